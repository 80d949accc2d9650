"""Follow-up questions: what they are rewritten to, what is left alone, and what a rewrite may never do."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.followups import CONSIDERED, standalone
from qa.followups.clauses import parse
from qa.followups.guards import sound
from qa.followups.rewriting import adds_nothing, rewrite_with, told
from qa.followups.verbs import base_form
from qa.prompting import load
from qa.types import Claim, Turn
from qa.words import content
from qa_index.errors import LanguageModelUnavailable
from tests.qa.samples import ABSTAINED, ANSWERED

SUITES = Path(__file__).parents[2] / "eval" / "suites"
SHIPPED = [
    json.loads(line)["question"]
    for name in ("seeds", "seeds_dev")
    for line in (SUITES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
]


def turn(question: str, short: str | None = None, said: str = "Nothing else was said.") -> Turn:
    """A question as it was understood, its bare answer, and the words of its claim."""
    claim = Claim(said, ANSWERED.claims[0].citations)
    return Turn(question, replace(ANSWERED, question=question, standalone=question, short=short, claims=(claim,)))


def abstained(question: str) -> Turn:
    return Turn(question, replace(ABSTAINED, question=question, standalone=question))


FERRY = turn("Who is the captain of the Sea Star?", "Ada Brook")
SANK = turn("How many boats sank in Port Vell on Monday?", "three")
TOLL = turn("How many sailors were hurt according to the Ferry Post?", "12")
OPENED = turn("Who opened the bridge in Vellmar?", "Ada Brook")
BRIDGE = turn("Where was the opening ceremony held?", "Vellmar")
COMPANY = turn("Which company built the bridge?", "Brook Brothers")
COUNCIL = turn("What did the council approve?", "the new harbour")
CLOSED = turn("Was the harbour closed?")


@pytest.mark.parametrize(
    ("history", "question", "rewritten"),
    [
        # nothing but an opening
        ([CLOSED], "Why?", "Why was the harbour closed?"),
        ([CLOSED], "When?", "When was the harbour closed?"),
        ([CLOSED], "By whom?", "By whom was the harbour closed?"),
        ([CLOSED], "And since when?", "Since when was the harbour closed?"),
        ([CLOSED], "Why was that?", "Why was the harbour closed?"),
        ([OPENED], "When?", "When did Ada Brook open the bridge in Vellmar?"),
        ([abstained("Who opened the bridge?")], "When?", "When did someone open the bridge?"),
        ([COUNCIL], "Why?", "Why did the council approve the new harbour?"),
        ([turn("When did the strike in Vellmar end?", "May")], "And where?", "Where did the strike in Vellmar end?"),
        ([turn("Is there water in Vellmar?")], "Why not?", "Why is there no water in Vellmar?"),
        ([turn("Were ships sent to Vellmar?")], "What for?", "What were ships sent to Vellmar for?"),
        ([turn("What happened to the price of fish?", "had doubled")], "Why?", "Why had the price of fish doubled?"),
        ([turn("Did divers find coins?")], "How many?", "How many coins did divers find?"),
        ([SANK], "Which ones?", "Which boats sank in Port Vell on Monday?"),
        ([OPENED], "Who else?", "Who else opened the bridge in Vellmar?"),
        # the source
        ([OPENED], "Who said that?", "Who said that Ada Brook opened the bridge in Vellmar?"),
        ([SANK], "Says who?", "According to whom did three boats sink in Port Vell on Monday?"),
        ([CLOSED], "According to whom?", "According to whom was the harbour closed?"),
        ([TOLL], "Which outlet reported the exact number?",
         "Which outlet reported the exact number of sailors hurt according to the Ferry Post?"),
        # another phrase in the place of its like
        ([SANK], "And on Tuesday?", "How many boats sank in Port Vell on Tuesday?"),
        ([SANK], "And in Vellmar?", "How many boats sank in Vellmar on Monday?"),
        ([SANK], "What about Vellmar?", "How many boats sank in Vellmar on Monday?"),
        ([SANK], "And how many ships?", "How many ships sank in Port Vell on Monday?"),
        ([TOLL], "And according to Radio Vell?", "How many sailors were hurt according to Radio Vell?"),
        ([TOLL], "What about the passengers?", "How many passengers were hurt according to the Ferry Post?"),
        ([TOLL], "And how many were killed?", "How many sailors were killed according to the Ferry Post?"),
        ([FERRY], "And its owner?", "Who is the Sea Star's owner?"),
        ([FERRY], "And the mayor of Vellmar?", "Who is the mayor of Vellmar?"),
        ([turn("How many boats did Norway send?", "nine")], "What about rope?", "How much rope did Norway send?"),
        # pronouns
        ([FERRY], "Where does she live?", "Where does Ada Brook live?"),
        ([FERRY], "What did people do to his house?", "What did people do to Ada Brook's house?"),
        ([COMPANY], "Who owns it?", "Who owns Brook Brothers?"),
        ([BRIDGE], "How many people live there?", "How many people live in Vellmar?"),
        ([BRIDGE], "Who was there?", "Who was at the opening ceremony?"),
        ([turn("What is the Harbour Treaty?", "an agreement")], "Which countries signed it?",
         "Which countries signed the Harbour Treaty?"),
        ([turn("What did Ada Brook call the divers?", "heroes")], "Where did she say they were trained?",
         "Where did Ada Brook say the divers were trained?"),
        ([turn("Who phoned Ada Brook?", "Ben Quill"), turn("When?", "Monday")], "What did he ask her?",
         "What did Ben Quill ask Ada Brook?"),
        # two at once, and over several turns
        ([turn("Who spoke with Ada Brook?", "Ben Quill")], "What about Cy Marsh, when did he meet her?",
         "When did Cy Marsh meet Ada Brook?"),
        ([FERRY, turn("When was Ada Brook born?", "1960")], "And where did she study?", "Where did Ada Brook study?"),
    ],
)  # fmt: skip
def test_a_follow_up_is_put_into_words_of_its_own(history, question, rewritten):
    assert standalone(question, history) == rewritten
    assert standalone(rewritten, history) == rewritten


@pytest.mark.parametrize(
    "question",
    [
        "How much equipment did the force have with it?",
        "What did Karim Massimov say at his trial?",
        "What did Tokayev call the events when he thanked his allies?",
        "When was it reported that Massimov had been detained?",
        "Why was there no internet in Kazakhstan?",
        "According to CNN, how many dead are there?",
        "Since what event has Kazakhstan not seen street protests this bad?",
        "Who said that the state of emergency was over?",
        "How many members of the police lost their lives?",
        "Almaty governor?",
        "largest telecom company in kazakhstan",
        "Is it true that the bridge fell?",
        "What causes rust?",
        "Which royal swore allegiance to their country at a ceremony?",
        "Who is the mayor of Vellmar?",
        "",
        "?",
        "And?",
    ],
)
def test_what_stands_alone_is_left_as_it_is(question):
    for history in ([FERRY], [SANK, OPENED], [CLOSED], [abstained("Who opened the bridge?")], [COUNCIL, BRIDGE]):
        assert standalone(question, history) == question


def test_without_a_history_nothing_is_rewritten():
    assert standalone("And why did he leave?", []) == "And why did he leave?"


def test_a_pronoun_that_nothing_agrees_with_stays():
    assert standalone("Why did she leave?", [turn("How many boats sank?", "three")]) == "Why did she leave?"


NET = turn("Who shut off the internet?", "Kazakhtelecom")
ENDED = turn("When did the strike end?", "12 January 2022")
CREW = turn("What is the CSTO?", "an alliance")
PUTIN = turn("Who is Vladimir Putin?", "the president")
KREMLIN = turn("What did the Kremlin say about the call?")
COMMANDER = turn("Who commands the force?", "Anatoly Serdyukov")


@pytest.mark.parametrize(
    ("history", "question"),
    [
        # a place or a time of what was asked for one, or of nobody's
        ([turn("Where is Zhanaozen?", "Mangystau")], "And in Almaty?"),
        ([ENDED], "And on Friday?"),
        ([turn("Who is Karim Massimov?")], "And in Almaty?"),
        ([turn("What happened on the next day?", "protests")], "And the day after?"),
        ([turn("Was the internet shut off in Kazakhstan?")], "And then?"),
        ([turn("Which company cut off the internet?")], "What about the police?"),
        ([turn("Why was there no internet in Kazakhstan?")], "What about the police?"),
        # what was said or done is nobody and nothing with a name
        ([NET], "Why did it do that?"),
        ([NET], "Was it legal?"),
        ([NET], "Did it work?"),
        ([CREW], "When did it say that?"),
        ([CREW], "Is it legal?"),
        ([CREW], "What does it mean?"),
        ([CREW], "What does he think about it?"),
        ([KREMLIN], "Who did it?"),
        ([turn("When was the internet shut off?", "Wednesday")], "Which company was it?"),
        ([turn("When did the internet go down?", "Wednesday")], "When did it do that?"),
        ([turn("Who leads the Harbour Council?", "Ada Brook")], "Was it published?"),
        ([turn("Are the people detained foreigners?")], "What's that?"),
        ([turn("Are the people detained foreigners?")], "Where did it happen?"),
        ([turn("Did the Kremlin put out a statement?")], "Which one?"),
        ([NET], "Who caused this?"),
        ([NET], "What did that lead to?"),
        ([turn("Who attended the talks?", "Ada Brook")], "How long did it last?"),
        # what cannot be asked that way
        ([turn("Who is Karim Massimov?")], "And women?"),
        ([turn("Who is Karim Massimov?")], "What about 2021?"),
        ([turn("When did Stanislav Zas meet Ada Brook?")], "And its size?"),
        ([turn("Has the CSTO decided to send troops?")], "And women?"),
        ([turn("Who shot at the sailors?", "Ada Brook")], "Why not?"),
        ([turn("What did Ada Brook say on television?")], "Where?"),
        ([turn("What did the council declare?")], "Whose idea was it?"),
        ([turn("Why did people protest?")], "What about him?"),
        ([turn("In which regions has the strike ended?")], "What else?"),
        ([turn("What did the Herald report?")], "How many of those?"),
        ([turn("Who was detained?", "Ada Brook")], "Are they allies?"),
        # nobody is a place
        ([turn("Where is Almaty?", "Kazakhstan")], "How tall is he?"),
        ([turn("What happened?", said="They marched in Almaty.")], "How tall is she?"),
        # a piece of a sentence
        ([turn("List the boats.")], "Where was he born?"),
        ([turn("Hmm, who?")], "Where was he born?"),
        ([COMMANDER], "Sputnik?"),
        ([COMMANDER], "any Russians?"),
    ],
)
def test_where_a_rewrite_would_be_a_guess_the_question_stays(history, question):
    assert standalone(question, history) == question


@pytest.mark.parametrize(
    ("history", "question", "rewritten"),
    [
        ([KREMLIN, PUTIN], "When did he say that?", "When did Vladimir Putin say that?"),
        ([NET], "Why did they do it?", "Why did Kazakhtelecom do it?"),
        ([NET], "Is it state-owned?", "Is Kazakhtelecom state-owned?"),
        ([turn("Is Massimov innocent?")], "Why was he detained?", "Why was Massimov detained?"),
        ([turn("Who is Nazarbayev anyway?")], "Where does he live?", "Where does Nazarbayev live?"),
        ([turn("How long has Kassym-Jomart Tokayev been president?", "2019")], "Where was he born?",
         "Where was Kassym-Jomart Tokayev born?"),
        ([turn("Is Massimov's deputy innocent?")], "Is his successor innocent?",
         "Is Massimov's deputy's successor innocent?"),
        ([turn("What did Tokayev thank Zas for?", "support")], "What did he thank him for?",
         "What did Tokayev thank Zas for?"),
        ([turn("How many people were detained?", "9")], "Where were some of them detained?",
         "Where were some of the people detained?"),
        ([turn("How many people were hurt according to NHK World?", "9")], "And Russia?",
         "How many people were hurt according to NHK World in Russia?"),
        ([turn("How many people were detained in Norway?", "9")], "And in May?",
         "How many people were detained in Norway in May?"),
        ([turn("How many people were detained in Norway?", "9")], "And Kyrgyzstan?",
         "How many people were detained in Kyrgyzstan?"),
        ([turn("How many sailors died?", "Eight")], "Where?", "Where did eight sailors die?"),
        ([NET], "On Friday?", "Who shut off the internet on Friday?"),
        # who said what, as it is told
        ([ENDED], "Who said that?", "Who said that the strike ended on 12 January 2022?"),
        ([turn("Where did the strike begin?", "Zhanaozen")], "Who said that?",
         "Who said that the strike began in Zhanaozen?"),
        ([turn("How did the strike end?", "peacefully")], "Who said that?", "According to whom did the strike end?"),
        ([turn("How many members does the CSTO have?", "six")], "Who said so?",
         "Who said that the CSTO has six members?"),
        # manners of typing
        ([COMMANDER], "WHERE IS HE FROM?", "Where is Anatoly Serdyukov from?"),
        ([COMMANDER], "Where is he from, though?", "Where is Anatoly Serdyukov from?"),
        ([COMMANDER], "Hmm, where is he from?", "Where is Anatoly Serdyukov from?"),
        ([COMMANDER], "who's his wife?", "Who is Anatoly Serdyukov's wife?"),
    ],
)  # fmt: skip
def test_a_rewrite_speaks_of_what_was_named_and_no_piece_of_it(history, question, rewritten):
    assert standalone(question, history) == rewritten


@pytest.mark.parametrize(
    ("written", "question"),
    [
        ("When did the internet do the internet?", "When did it do it?"),
        ("Is Massimov's deputy innocent's successor innocent?", "Is his successor innocent?"),
        ("What did Zas thank Zas for?", "What did he thank him for?"),
        ("What happened on the next day for the day after?", "And the day after?"),
        ("Who commands the?", "Who commands it?"),
        ("What did Ada Brook been?", "What was she?"),
    ],
)
def test_a_rewrite_that_doubles_a_word_or_breaks_off_is_refused(written, question):
    assert not sound(written, question, [turn("Who is he?")])


def test_a_word_that_was_said_twice_may_be_doubled():
    assert sound("Did the mayor of Vellmar meet the mayor of Port Vell?", "Did she?", [
        turn("When did the mayor of Vellmar meet the mayor of Port Vell?")])  # fmt: skip


@pytest.mark.parametrize("question", ["it is " * 333, "Why did he say it there? " * 80, "x" * 2000])
def test_a_question_of_many_words_stays_and_is_quick(question):
    started = time.perf_counter()
    assert standalone(question, [FERRY, NET]) == question
    assert time.perf_counter() - started < 0.5


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(SHIPPED), min_size=1, max_size=4), st.sampled_from(["Ada Brook", "three", None, "Vellmar"])
)
def test_the_shipped_questions_stand_alone_whatever_came_before(history, short):
    turns = [turn(each, short) for each in history]
    assert [each for each in SHIPPED if standalone(each, turns) != each] == []


FOLLOW_UPS = [
    *("Why?", "When?", "Who said that?", "And where?", "What about Almaty?", "And in Almaty?", "How many?", "By whom?"),
    *(
        "Where was he born?",
        "What did they do there?",
        "Who owns it?",
        "And how many were hurt?",
        "Why did that happen?",
    ),
    *("What happened then?", "Who else was there?", "And its president?", "Which ones?", "How come?", "Whose was it?"),
]
ADDED = {"besides", "someone", "something", "accord"}  # they say nothing


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(SHIPPED), st.sampled_from(["Ada Brook", "three", None, "a new harbour"])), min_size=1
    ),
    st.sampled_from(FOLLOW_UPS),
)
def test_every_word_of_a_rewrite_was_said(history, question):
    turns = [turn(asked, short) if short else abstained(asked) for asked, short in history]
    rewritten = standalone(question, turns)
    said = " ".join([question, *(f"{each.answer.standalone} {each.answer.short or ''}" for each in turns)])
    said += " " + " ".join(claim.text for each in turns for claim in each.answer.claims)
    known = {form for word in content(said) for form in (word.stem, base_form(word.text)[1])} | ADDED
    assert [w.text for w in content(rewritten) if {w.stem, base_form(w.text)[1]}.isdisjoint(known)] == []


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.text(max_size=40), st.text(min_size=1, max_size=20))
def test_no_text_breaks_it(question, asked, short):
    assert isinstance(standalone(question, [turn(asked, short, said=short)]), str)
    assert isinstance(standalone("Why did she do that there?", [turn(asked, short)]), str)


def test_an_abstention_stands_for_nothing():
    near = replace(ABSTAINED, standalone="Who baked it?", nearest=ANSWERED.citations)
    assert "Ada" not in standalone("Where does she live?", [Turn("Who baked it?", near)])


def test_only_the_latest_turns_are_considered_and_a_long_history_is_quick():
    long = [FERRY, *[turn(f"How many boats sank in {year}?", "three") for year in range(1000)]]
    started = time.perf_counter()
    assert standalone("Where does she live?", long) == "Where does she live?"
    assert standalone("Where does she live?", [FERRY, *long[1:CONSIDERED]]) == "Where does Ada Brook live?"
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("finite", "base"),
    [("cut", "cut"), ("phoned", "phone"), ("stopped", "stop"), ("declared", "declare"), ("leads", "lead"),
     ("toppled", "topple"), ("killed", "kill"), ("carried", "carry"), ("visited", "visit"), ("met", "meet"),
     ("watches", "watch"), ("arrived", "arrive"), ("detained", "detain")],
)  # fmt: skip
def test_the_base_form_of_a_verb(finite, base):
    assert base_form(finite)[1] == base


@pytest.mark.parametrize(
    ("question", "role", "subject", "verb"),
    [
        ("When did the old bridge fall?", "adjunct", "the old bridge", "fall"),
        ("Who opened the bridge?", "subject", "", "opened"),
        ("What did the council of Vellmar approve?", "object", "the council of Vellmar", "approve"),
        ("Who is the captain?", "copula", "the captain", ""),
        ("Has the state of emergency been lifted?", "none", "the state of emergency", "been lifted"),
        ("How many people were hurt?", "subject", "", "hurt"),
        ("Where did the ceremony take place?", "adjunct", "the ceremony", "take"),
    ],
)
def test_a_question_is_cut_into_its_parts(question, role, subject, verb):
    clause = parse(question)
    assert clause and (clause.role, clause.subject, clause.verb) == (role, subject, verb)


# With a language model


class Model:
    """Replies what it was made with, in two pieces; or raises."""

    name, host, window = "scripted", "", 4096

    def __init__(self, reply):
        self.reply, self.asked = reply, []

    def stream(self, messages, *, schema, seconds, stop):
        self.asked.append((messages, seconds))
        if isinstance(self.reply, Exception):
            raise self.reply
        yield from (self.reply[:5], self.reply[5:])


def reply(question: str) -> str:
    return json.dumps({"question": question})


def test_what_a_model_writes_is_taken_where_it_adds_nothing():
    model = Model(reply("Where did captain Ada Brook study?"))
    assert rewrite_with(model, "Where did she study?", [FERRY], seconds=5) == "Where did captain Ada Brook study?"
    (system, user), seconds = model.asked[0]
    assert (system.role, user.role, seconds) == ("system", "user", 5)
    assert "Q: Who is the captain of the Sea Star?\nA: Ada Brook." in user.text
    assert user.text.endswith("Last question: Where did she study?")


@pytest.mark.parametrize(
    "written",
    [
        reply("Where did Ada Brook study medicine?"),  # a word
        reply("Where did Ada Brook study in 1999?"),  # a number
        reply("Where did Ada Brook Senior study?"),  # a name
        reply("Where did Karim Massimov study?"),
        reply(""),
        reply("x" * 2000),
        reply("Where did Ada Brook\x1b[31m study?"),
        "no JSON",
        '{"question": 7}',
        '["Where did Ada Brook study?"]',
        "[" * 100_000,
        "a" * 2_000_000,
        LanguageModelUnavailable("Asked the model, but it is not there."),
        TimeoutError(),
    ],
)
def test_the_rules_stand_where_a_model_adds_or_fails(written):
    assert rewrite_with(Model(written), "Where did she study?", [FERRY], seconds=5) == "Where did Ada Brook study?"


SAID = (
    "Putin phoned Tokayev on Saturday. Tokayev asked for help. Anatoly Serdyukov commanded the CSTO peacekeeping "
    "force. The council did agree. Eight were killed after Saturday. The commander spoke."
)
CALL = turn("Whom did Putin phone?", "Tokayev", said=SAID)


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("who did not agree?", "Who did agree?"),
        ("who did agree?", "Who did not agree?"),
        ("how many were killed?", "Who was killed?"),
        ("was it before Saturday?", "Was it after Saturday?"),
        ("was it Saturday?", "Was it before Saturday?"),
        ("Did Putin thank him?", "Did Tokayev thank Putin?"),
        ("Who asked for help?", "Who is the commander?"),
        ("why?", "Who commanded the CSTO peacekeeping force?"),
        ("Where was he?", "When was Tokayev killed?"),
        ("Did he phone him?", "Did Putin phone Putin?"),
    ],
)
def test_a_model_may_not_ask_something_else(question, written):
    taken = rewrite_with(Model(reply(written)), question, [CALL], seconds=5)
    assert taken == standalone(question, [CALL]) != written


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("why?", "Why did Putin phone Tokayev?"),
        ("And why?", "Why did Putin phone Tokayev?"),
        ("How many?", "How many were killed?"),
        ("Did Putin ask him?", "Did Putin ask Tokayev?"),
        ("And where did he ask?", "Where did Tokayev ask for help?"),
        ("Who said that?", "Who said that Putin phoned Tokayev?"),
        ("And how many were killed?", "How many were killed after Saturday?"),
    ],
)
def test_what_a_model_may_write(question, written):
    history = [turn("What happened after Saturday?"), CALL]
    assert rewrite_with(Model(reply(written)), question, history, seconds=5) == written


def test_a_model_may_not_leave_out_a_name_or_a_number():
    assert not adds_nothing("Where did Ada Brook study?", "Where did she study with Ben in 1999?", [FERRY])
    assert adds_nothing("When did Ada Brook study?", "And when did she study?", [FERRY])


def test_what_an_abstention_came_near_to_is_not_known_to_a_model():
    near = Turn("Who baked it?", replace(ABSTAINED, standalone="Who baked it?", nearest=ANSWERED.citations))
    assert told([near]) == "Q: Who baked it?\nA: The articles do not say."
    assert not adds_nothing("Where does Ada Brook live?", "Where does she live?", [near])


def test_a_model_is_not_asked_about_a_first_question():
    model = Model(reply("x"))
    assert rewrite_with(model, "Who?", [], seconds=5) == "Who?"
    assert model.asked == []


def test_the_prompt_takes_a_conversation_and_a_question():
    assert load("standalone").fill(conversation="$question", question="q")[1].text.count("$question") == 1

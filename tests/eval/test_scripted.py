import json
import re
import threading
from collections import Counter

import pytest

from qa.prompting import load
from qa.types import Message, Numbered
from qa.writing.numbered import listed
from qa_eval.metrics.text import states
from qa_eval.scripted import KINDS, NAMES, Lying, Obedient, Truthful, scripted
from qa_eval.types import Case, Gold
from qa_index.errors import LanguageModelUnavailable, UsageError
from qa_index.reading.articles import from_text
from qa_index.reading.canonical import canonical
from qa_index.reading.chunks import cut
from tests.qa.injections import INJECTIONS

MILL = "The mill burned down on Monday. Its owner, Ada Quill, said that 1,200 sacks were lost. Nobody was hurt."
BAKER = "A baker in Osk has found work for the miller. The village will rebuild the mill\nin 14 weeks. Rain is due."
CASES = (
    Case("c1", "Who owns the mill?", ("Quill", "Ada Quill"), (Gold("000", "owner, Ada Quill"),)),
    Case("c2", "When will it be rebuilt?", ("14 weeks",), (Gold("001", "rebuild the mill in 14 weeks"),)),
    Case("c3", "When did the mill burn?", ("12 January 2022",), (Gold("000", "burned down on Monday"),)),
    Case("c4", "Who set the fire?", answerable=False),
    Case("c5", "Lost? And was anybody hurt?", ("Nobody",), (Gold("000", "sacks were lost. Nobody was"),)),
    Case("c6", "What is the weather?", ("Rain",), (Gold("001", "… as we wrote: Rain is due. And so it was"),)),
    Case("c7", "How many weeks?", ("14",), (Gold("001"),)),
    Case("c8", "Who found work?", ("baker",), (Gold("002", "a sentence that is not shown"),)),
)


def prompt(question, *texts):
    """What the writer says to a model about these articles."""
    articles = [from_text(text) for text in texts]
    spans = [(article, span) for article in articles for chunk in cut(article) for span in chunk.sentences]
    sentences = [Numbered(number, span, article) for number, (article, span) in enumerate(spans, start=1)]
    return load("write").fill(sentences=listed(sentences), question=question)


def said(model, messages, *, seconds=5.0, stop=None):
    return "".join(model.stream(messages, schema=None, seconds=seconds, stop=stop))


def reply(model, question, *texts):
    return json.loads(said(model, prompt(question, *(texts or (MILL, BAKER)))))


# Truthful


@pytest.mark.parametrize(
    ("question", "short", "cited", "quote"),
    [
        ("Who owns the mill?", "Ada Quill", [2], "Its owner, Ada Quill, said that 1,200 sacks were lost."),
        ("when will it be  rebuilt?", "14 weeks", [5], "The village will rebuild the mill in 14 weeks."),
        ("Lost? And was anybody hurt?", "Nobody", [2, 3], "Nobody was hurt."),
        ("What is the weather?", "Rain", [6], "Rain is due."),
        ("How many weeks?", "14", [5], "The village will rebuild the mill in 14 weeks."),
    ],
)
def test_the_truthful_one_states_the_fact_from_the_sentence_that_holds_it(question, short, cited, quote):
    found = reply(Truthful(CASES), question)
    assert (found["answerable"], found["short"]) == (True, short)
    claim = found["claims"][0]
    assert (claim["sentences"], claim["quote"]) == (cited, quote)
    assert states(claim["text"], [short])


@pytest.mark.parametrize("question", ["Who set the fire?", "Who found work?", "Who is the baker's wife?"])
def test_the_truthful_one_refuses_what_it_is_not_shown(question):
    assert reply(Truthful(CASES), question) == {"answerable": False, "short": None, "claims": []}
    assert reply(Truthful(CASES), "Who owns the mill?", BAKER)["answerable"] is False


def test_an_answer_in_other_words_is_put_first_and_left_out_when_it_is_sent_back():
    first = prompt("When did the mill burn?", MILL)
    found = json.loads(said(Truthful(CASES), first))
    assert found["claims"][0]["text"] == "12 January 2022: The mill burned down on Monday."
    again = (*first, Message("assistant", "…"), *load("repair").fill(failed="…"))
    assert json.loads(said(Truthful(CASES), again))["claims"][0]["text"] == "The mill burned down on Monday."


def test_a_question_to_be_rewritten_comes_back_as_it_was():
    messages = load("standalone").fill(conversation="Q: Who?\nA: Ada.", question="And why?")
    assert json.loads(said(Truthful(CASES), messages)) == {"question": "And why?"}
    assert json.loads(said(Obedient(), messages)) == {"question": "And why?"}
    assert "1789" in said(Lying("memory"), messages)


def test_an_example_or_an_article_is_not_taken_for_the_question():
    asked = prompt("Who set the fire?", f"{MILL}\nQuestion: Who owns the mill?\n")
    assert json.loads(said(Truthful(CASES), asked))["answerable"] is False


# Lying


@pytest.mark.parametrize("kind", ["numbers", "names", "memory", "quotes", "citations"])
def test_every_lie_says_what_its_sentences_do_not_and_has_the_form_that_was_asked_for(kind):
    messages = prompt("Who owns the mill?", MILL, BAKER)
    shown = dict(re.findall(r"^\[(\d+)\] (.*)$", messages[-1].text, re.MULTILINE))
    found = json.loads(said(Lying(kind), messages))
    assert found["answerable"]
    assert len(found["claims"]) == 4
    for claim in found["claims"]:
        cited = " ".join(shown[str(number)] for number in claim["sentences"])
        assert claim["text"] not in cited
        assert (claim["quote"] in cited) == (kind != "quotes")


def test_numbers_are_changed_and_names_are_swapped():
    changed, swapped = (reply(Lying(kind), "Who?")["claims"] for kind in ("numbers", "names"))
    assert "2,200 sacks" in changed[1]["text"]
    assert "Ada Quill" not in swapped[1]["text"]
    assert "Osk" in swapped[1]["text"]


def test_a_long_reply_is_long_and_a_broken_one_is_no_json():
    assert len(said(Lying("long"), prompt("Who?", MILL))) > 1_000_000
    broken = said(Lying("broken"), prompt("Who?", MILL))
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken[broken.index("{") :])


class Clock:
    """A clock that goes on while somebody waits."""

    now = 0.0

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds


@pytest.mark.parametrize("kind", ["endless", "repeating"])
def test_what_does_not_end_fails_after_its_seconds_and_stops_when_told_to(kind):
    clock, stop = Clock(), threading.Event()
    model = Lying(kind, clock, clock.wait)
    with pytest.raises(LanguageModelUnavailable, match="3 seconds"):
        said(model, prompt("Who?", MILL), seconds=3)
    assert 3 < clock.now < 3.1
    pieces = model.stream(prompt("Who?", MILL), schema=None, seconds=3, stop=stop)
    assert [next(pieces) for _ in range(5)]
    stop.set()
    assert list(pieces) == []


@pytest.mark.parametrize("model", [Truthful(CASES), Obedient(), Lying("numbers"), Lying("long")])
def test_every_script_stops_when_told_to(model):
    stop = threading.Event()
    pieces = model.stream(prompt("Who owns the mill?", MILL), schema=None, seconds=1, stop=stop)
    next(pieces)
    stop.set()
    assert list(pieces) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_liar_needs_no_number_and_no_name_to_lie(kind):
    clock = Clock()
    pieces = Lying(kind, clock, clock.wait).stream(prompt("Who?", "it rained."), schema=None, seconds=9, stop=None)
    assert next(pieces)


# Obedient


def test_who_is_told_nothing_says_nothing():
    assert reply(Obedient(), "Who owns the mill?") == {"answerable": False, "short": None, "claims": []}


@pytest.mark.parametrize("injected", INJECTIONS, ids=lambda injected: injected.name)
def test_the_obedient_one_says_what_an_article_tells_it_to_say(injected):
    messages = prompt(injected.question, injected.text)
    replied = said(Obedient(), messages)
    assert json.loads(replied)
    if injected.name == "ferry-tags":  # what cannot be seen is not part of an article
        assert all(mark not in messages[-1].text.casefold() for mark in injected.marks)
        assert json.loads(replied)["answerable"] is False
    else:
        assert any(claim.casefold() in replied.casefold() for claim in injected.claims), replied


def test_thirty_articles_hold_instructions_of_many_kinds():
    assert len(INJECTIONS) == len({injected.name for injected in INJECTIONS}) == 30
    assert len(Counter(injected.kind for injected in INJECTIONS)) >= 12


@pytest.mark.parametrize("injected", INJECTIONS, ids=lambda injected: injected.name)
def test_only_the_instruction_of_an_injected_article_is_false(injected):
    without = canonical(injected.page.replace("{here}", "")).casefold()
    assert injected.marks
    assert all(mark not in without for mark in injected.marks)
    assert all(any(mark in claim.casefold() for mark in injected.marks) for claim in injected.claims)
    assert any(injected.marks[0] in claim.casefold() for claim in injected.claims)
    assert states(injected.quote, injected.answers)
    assert canonical(injected.text).count(injected.quote) == 1


# By name


def test_each_script_can_be_named_and_another_name_is_an_error_that_lists_them():
    assert [scripted(name, CASES).name for name in NAMES] == list(NAMES)
    assert all((scripted(name, CASES).host, scripted(name, CASES).window) == ("", 8192) for name in NAMES)
    with pytest.raises(UsageError, match="lying-numbers"):
        scripted("honest", CASES)


def test_the_same_prompt_gets_the_same_reply():
    asked = prompt("Who owns the mill?", MILL, BAKER)
    for name in set(NAMES) - {"lying-endless", "lying-repeating"}:
        assert said(scripted(name, CASES), asked) == said(scripted(name, CASES), asked)

"""What a language model writes is shown only where the articles say it; the model here says what it was told to."""

import datetime as dt
import json
import threading

import pytest

from qa.answer import answer
from qa.compose import ABSTENTION, Made
from qa.settings import Settings
from qa.types import Answer, Claim, Question
from qa.writing.writer import Writer
from qa_index.errors import ArticleNotFound, LanguageModelUnavailable

from .making import NOTHING_SEARCHED, FixedReader, article, candidate, passage

FLOOD = article(
    "The river Orn rose four metres on Sunday. According to the fire brigade, 12 houses were lost. Nobody was hurt.",
    title="Flood",
    publisher="The Post",
    published=dt.date(2020, 5, 5),
)
LOST = "According to the fire brigade, 12 houses were lost."
ROSE = "The river Orn rose four metres on Sunday."
GOOD = {"text": "The fire brigade said that 12 houses were lost.", "sentences": [2], "quote": "12 houses were lost"}
RIVER = {"text": "The Orn rose four metres.", "sentences": [1], "quote": "rose four metres on Sunday"}
WRONG = {"text": "The fire brigade said that 15 houses were lost.", "sentences": [2], "quote": "12 houses were lost"}


class Sure:
    """A judge that finds everything supported."""

    name, threshold = "sure", 0.5

    def support(self, evidence, claim):
        return 0.9


class Told:
    """A model that replies what it was told to, one reply after the other, a few characters at a time."""

    name, host, window = "told", "", 4_000

    def __init__(self, *replies, window=4_000, clock=None):
        self.replies, self.said, self.window, self.clock, self.closed = list(replies), [], window, clock, 0

    def stream(self, messages, *, schema, seconds, stop):
        self.said.append(messages)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        try:
            for i in range(0, len(reply), 9):
                if stop is not None and stop.is_set():
                    return
                if self.clock:
                    self.clock.now += 0.01
                yield reply[i : i + 9]
            if reply.endswith("…"):
                raise LanguageModelUnavailable("It was there, and then it was gone.")
        finally:
            self.closed += 1


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def said(*claims, answerable=True, short=None):
    return json.dumps({"answerable": answerable, "short": short, "claims": list(claims)})


def article_of(article_id):
    if article_id == FLOOD.id:
        return FLOOD
    raise ArticleNotFound(f"Asked for {article_id}, but it is not here.")


def streamed(
    model,
    *candidates,
    question="How many houses were lost?",
    stop=None,
    seconds=60.0,
    clock=None,
    found=(FLOOD,),
    known=(FLOOD,),
):
    clock = clock or Clock()

    def article_of(article_id):
        if found := [one for one in known if one.id == article_id]:
            return found[0]
        raise ArticleNotFound(f"Asked for {article_id}, but it is not here.")

    return answer(
        Question(question),
        search=lambda text, filters, limit: tuple(passage(one) for one in found),
        reader=FixedReader(*candidates),
        article_of=article_of,
        made=Made(NOTHING_SEARCHED, {}),
        settings=Settings(),
        writer=Writer(model, Sure(), seconds=seconds, sure=0.8, abstention=ABSTENTION, clock=clock),
        stop=stop,
    )


def parts(model, *candidates, **options):
    return list(streamed(model, *candidates, **options))


EXTRACT = candidate(FLOOD, LOST, answer="12", score=0.7)


def test_claims_come_one_by_one_and_then_the_answer_made_of_them():
    first, second, last = parts(Told(said(GOOD, RIVER, short="12")), EXTRACT)
    assert isinstance(first, Claim)
    assert isinstance(second, Claim)
    assert last.claims == (first, second)
    assert last.text == f"{GOOD['text']} [1]\n{RIVER['text']} [2]"
    assert (last.status, last.short) == ("answered", "12")
    assert [citation.quote for citation in last.citations] == [LOST, ROSE]
    assert (last.dropped, last.failure) == ((), None)


def test_the_model_sees_numbered_sentences_and_the_question_and_nothing_of_the_draft():
    model = Told(said(GOOD))
    parts(model, EXTRACT)
    system, user = model.said[0]
    assert (system.role, user.role) == ("system", "user")
    assert '"Flood", The Post, 2020-05-05\n[1] The river Orn' in user.text
    assert user.text.endswith("Question: How many houses were lost?")


def test_a_claim_that_fails_is_asked_for_again_with_what_is_wrong_and_its_correction_is_shown():
    model = Told(said(WRONG, RIVER), said(GOOD))
    *claims, last = parts(model, EXTRACT)
    assert [claim.text for claim in claims] == [RIVER["text"], GOOD["text"]]
    assert "15" in model.said[1][-1].text
    assert last.dropped == ()


def test_a_claim_that_fails_twice_is_dropped_and_the_answer_says_so():
    *claims, last = parts(Told(said(WRONG, RIVER), said(WRONG)), EXTRACT)
    assert [claim.text for claim in claims] == [RIVER["text"]]
    assert [(d.text, d.check) for d in last.dropped] == [(WRONG["text"], "number")]
    assert "15" in last.dropped[0].reason
    assert WRONG["text"] not in last.text


def test_where_nothing_survives_the_extractive_answer_stands_in():
    (last,) = parts(Told(said(WRONG), said(WRONG)), EXTRACT)
    assert (last.status, last.short, last.claims[0].kind) == ("answered", "12", "extract")
    assert len(last.dropped) == 1


def test_where_nothing_survives_and_nothing_was_found_it_abstains_with_what_was_dropped():
    (last,) = parts(Told(said(WRONG), said(WRONG)))
    assert (last.status, last.citations, last.text) == ("abstained", (), ABSTENTION)
    assert len(last.dropped) == 1


def test_where_the_model_finds_no_answer_it_abstains():
    (last,) = parts(Told(said(answerable=False)), EXTRACT)
    assert (last.status, last.citations, last.short, last.failure) == ("abstained", (), None, None)
    assert last.nearest[0].quote == LOST


def test_an_answer_that_the_reader_is_sure_of_stands_though_the_model_finds_none():
    (last,) = parts(Told(said(answerable=False)), candidate(FLOOD, LOST, answer="12", score=0.9))
    assert (last.status, last.short) == ("answered", "12")


@pytest.mark.parametrize("reply", ["I am sorry.", "", "{", '{"claims": 3}', "\x00" * 100, "[" * 5_000])
def test_a_reply_that_is_not_what_was_asked_for_leaves_the_extractive_answer_with_a_reason(reply):
    (last,) = parts(Told(reply), EXTRACT)
    assert (last.status, last.short) == ("answered", "12")
    assert "not the JSON" in last.failure


def test_a_server_that_fails_leaves_the_extractive_answer_with_a_reason():
    (last,) = parts(Told(LanguageModelUnavailable("It is not there.")), EXTRACT)
    assert (last.short, last.failure) == ("12", "It is not there.")


def test_a_server_that_dies_in_the_middle_leaves_what_was_checked_by_then():
    half = said(GOOD, RIVER)[:-30] + "…"
    claim, last = parts(Told(half), EXTRACT)
    assert last.claims == (claim,)
    assert last.failure == "It was there, and then it was gone."


def test_a_server_that_dies_while_it_corrects_leaves_what_was_checked_by_then():
    *claims, last = parts(Told(said(GOOD, WRONG), LanguageModelUnavailable("Gone.")), EXTRACT)
    assert [claim.text for claim in claims] == [GOOD["text"]]
    assert [dropped.text for dropped in last.dropped] == [WRONG["text"]]


def test_what_is_said_twice_is_shown_once():
    *claims, last = parts(Told(said(GOOD, GOOD, GOOD)), EXTRACT)
    assert len(claims) == len(last.claims) == 1


def test_two_claims_of_one_sentence_share_its_number():
    again = {"text": "12 houses were lost.", "sentences": [2], "quote": "12 houses were lost"}
    *_, last = parts(Told(said(GOOD, again)), EXTRACT)
    assert [c.number for c in last.citations] == [1]
    assert last.text.count("[1]") == 2


def test_a_model_is_not_asked_again_when_the_time_is_up():
    clock = Clock()
    model = Told(said(WRONG, RIVER), clock=clock)
    *claims, last = parts(model, EXTRACT, seconds=0.2, clock=clock)
    assert len(model.said) == 1
    assert [claim.text for claim in claims] == [RIVER["text"]]
    assert [dropped.text for dropped in last.dropped] == [WRONG["text"]]


def test_stop_ends_it_with_what_was_shown_by_then():
    stop = threading.Event()
    model = Told(said(GOOD, RIVER, WRONG))
    stream = streamed(model, EXTRACT, stop=stop)
    claim = next(stream)
    stop.set()
    (last,) = stream
    assert isinstance(last, Answer)
    assert last.claims == (claim,)
    assert (len(model.said), model.closed) == (1, 1)


def test_who_stops_listening_closes_the_request():
    model = Told(said(GOOD, RIVER))
    stream = streamed(model, EXTRACT)
    next(stream)
    stream.close()
    assert model.closed == 1


def test_a_window_too_small_for_a_sentence_is_said():
    (last,) = parts(Told(window=512), EXTRACT)
    assert last.short == "12"
    assert "window of 512 tokens" in last.failure


def test_a_small_window_gets_the_likeliest_passage():
    fair = article("The fair opened on Monday with music. " * 30, title="Fair")
    model = Told(said(GOOD), window=1_600)
    parts(model, EXTRACT, found=(fair, FLOOD))
    assert "12 houses were lost" in model.said[0][-1].text
    assert model.said[0][-1].text.index("Flood") < model.said[0][-1].text.index("[2]")


def test_with_nothing_found_nothing_is_asked():
    model = Told()
    (last,) = parts(model, found=())
    assert (last.status, model.said) == ("abstained", [])


@pytest.mark.parametrize(
    ("short", "shown"), [("12 houses", "12 houses"), ("15", "12"), ("12 Houses", "12"), (None, "12")]
)
def test_the_bare_answer_is_the_models_only_where_the_cited_words_say_it(short, shown):
    *_, last = parts(Told(said(GOOD, short=short)), EXTRACT)
    assert last.short == shown


def test_what_is_at_least_so_many_is_no_bare_number():
    least = article("At least 12 houses were lost.", title="Least")
    claim = {"text": "At least 12 houses were lost there.", "sentences": [1], "quote": "At least 12 houses were lost"}
    *_, last = parts(Told(said(claim, short="12")), candidate(least, least.text), found=(least,), known=(least,))
    assert last.short == "At least 12"


@pytest.mark.parametrize("short", ["2 houses", "500", "Bea Lund"])
def test_a_bare_answer_that_is_cut_out_or_denied_is_not_shown(short):
    text = "The storm, not Bea Lund, took 12,500 houses."
    storm = article(text, title="Storm")
    claim = {"text": text, "sentences": [1], "quote": "took 12,500 houses"}
    *_, last = parts(Told(said(claim, short=short)), found=(storm,), known=(storm,))
    assert (last.status, last.short) == ("answered", None)


def test_an_article_that_goes_while_the_model_writes_is_not_cited():
    *claims, last = parts(Told(said(GOOD, RIVER), said()), EXTRACT, known=())
    assert claims == []
    assert (last.status, last.citations) == ("abstained", ())


def test_claims_that_fail_are_sent_back_only_as_far_as_there_is_room():
    long = [WRONG | {"text": f"{WRONG['text'][:-1]} {n} times {'and so on ' * 200}."} for n in range(12)]
    model = Told(said(*long), said())
    parts(model, EXTRACT)
    assert len(model.said[1][-2].text) < 8_000


def test_sides_that_disagree_stay_with_what_is_written():
    other = article("The mayor counted 40 lost houses.", title="Mayor")

    def both(article_id):
        return {FLOOD.id: FLOOD, other.id: other}[article_id]

    *_, last = answer(
        Question("How many houses were lost?"),
        search=lambda text, filters, limit: (passage(FLOOD), passage(other)),
        reader=FixedReader(EXTRACT, candidate(other, "The mayor counted 40 lost houses.", answer="40", score=0.65)),
        article_of=both,
        made=Made(NOTHING_SEARCHED, {}),
        settings=Settings(),
        writer=Writer(Told(said(GOOD)), Sure(), seconds=60, sure=0.8, abstention=ABSTENTION, clock=Clock()),
    )
    assert last.status == "conflicting"
    assert {citation.span.article_id for claim in last.conflicts for citation in claim.citations} == {
        FLOOD.id,
        other.id,
    }

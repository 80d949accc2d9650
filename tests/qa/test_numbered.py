import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.writing.numbered import listed, numbered
from qa_index.reading.tokens import count

from .making import article, candidate, passage

FLOOD = article(
    "The river rose on Sunday. Twelve houses were lost.",
    title="Flood",
    publisher="The Post",
    published=dt.date(2020, 5, 4),
)
FAIR = article("The fair opened. Nobody came to it at first.", title=None, published=None)


def test_sentences_are_numbered_in_reading_order_under_their_articles_heading():
    shown = numbered([passage(FLOOD), passage(FAIR)], [], room_tokens=1_000)
    assert listed(shown) == (
        'Article 1: "Flood", The Post, 2020-05-04\n'
        "[1] The river rose on Sunday.\n"
        "[2] Twelve houses were lost.\n"
        'Article 2: "no title", no outlet, no date\n'
        "[3] The fair opened.\n"
        "[4] Nobody came to it at first."
    )
    assert [s.article.text[s.span.start : s.span.end] for s in shown] == [s.text for s in shown]


def test_the_passage_with_the_likeliest_candidate_comes_first():
    shown = numbered([passage(FLOOD), passage(FAIR)], [candidate(FAIR, "The fair opened.")], room_tokens=1_000)
    assert shown[0].article is FAIR


def test_a_reprint_is_shown_once():
    reprint = article(FLOOD.text + " More follows.", title="Flood again")
    shown = numbered([passage(FLOOD), passage(reprint)], [], room_tokens=1_000)
    assert {s.article.id for s in shown} == {FLOOD.id}


def test_a_passage_that_is_found_twice_is_shown_once():
    assert len(numbered([passage(FLOOD), passage(FLOOD)], [], room_tokens=1_000)) == 2


@settings(max_examples=30)
@given(st.integers(0, 120))
def test_what_is_shown_fits_its_room(room_tokens):
    shown = numbered([passage(FLOOD), passage(FAIR)], [], room_tokens=room_tokens)
    assert count(listed(shown)) <= room_tokens
    if room_tokens >= 110:
        assert len(shown) == 4

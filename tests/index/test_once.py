from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa_index.duplicates import Teller
from qa_index.storage.once import each_story_once

STORY = "The ministry said on Friday that the bridge over the river would stay closed until the end of the month."
OWN = "Its mayor, who was not asked before, told reporters that nobody in the town had been informed at all."
TEXTS = {
    "first": f"{STORY} {OWN}",
    "first:0-9": STORY,
    "again": STORY,
    "again:0-9": STORY.replace("Friday", "Saturday"),
    "more": f"{STORY} {OWN}",
    "more:0-9": STORY,
    "more:9-20": OWN,
    "other": "Snow fell.",
    "other:0-9": "Snow fell.",
}
TELLERS = {"first": Teller("first", 1), "again": Teller("first", 2), "more": Teller("first", 0)}


def shown(*chunk_ids: str) -> list[str]:
    ranked = [(chunk_id, 1 / place) for place, chunk_id in enumerate(chunk_ids, start=1)]
    return [chunk_id for chunk_id, _ in each_story_once(ranked, TELLERS, TEXTS.__getitem__)]


def test_of_a_story_the_article_of_the_lowest_rank_is_shown_where_the_story_was_first_found():
    assert shown("again:0-9", "other:0-9", "first:0-9") == ["first:0-9", "other:0-9"]
    assert shown("again:0-9", "first:0-9", "more:0-9", "other:0-9") == ["more:0-9", "other:0-9"]


def test_a_passage_that_only_another_of_the_articles_has_is_not_lost():
    assert shown("more:9-20", "again:0-9") == ["more:9-20"]
    tellers = {**TELLERS, "more": Teller("first", 3)}
    ranked = [("again:0-9", 1.0), ("more:9-20", 0.5)]
    assert each_story_once(ranked, tellers, TEXTS.__getitem__) == ranked


def test_articles_of_their_own_words_are_left_alone():
    assert shown("other:0-9", "first:0-9") == ["other:0-9", "first:0-9"]


@given(st.permutations(sorted(name for name in TEXTS if ":" in name)))
def test_whatever_the_order_nothing_is_invented_or_doubled_and_each_story_is_there(order):
    found = shown(*order)
    assert len(set(found)) == len(found)
    assert set(found) <= set(order)
    assert {"more:9-20", "other:0-9", "more:0-9"} == set(found)

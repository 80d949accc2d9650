from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_eval.metrics.spans import article_precision, article_recall, covered, overlap, span_precision, span_recall
from qa_index.types import Span


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (Span("x", 0, 10), Span("x", 5, 20), 5),
        (Span("x", 0, 10), Span("x", 10, 20), 0),  # half-open: they only touch
        (Span("x", 0, 10), Span("x", 30, 40), 0),
        (Span("x", 0, 10), Span("x", 2, 4), 2),
        (Span("x", 0, 10), Span("y", 0, 10), 0),
    ],
)
def test_spans_share_the_characters_that_both_hold(one, other, shared):
    assert overlap(one, other) == overlap(other, one) == shared


@pytest.mark.parametrize(
    ("ranges", "gold", "expected"),
    [
        ([(0, 10)], [(5, 20)], [(5, 10)]),
        ([(0, 10)], [(10, 20)], []),
        ([(0, 10), (20, 30)], [(5, 25)], [(5, 10), (20, 25)]),
        ([(20, 30), (0, 10)], [(5, 25)], [(5, 10), (20, 25)]),  # in order
        ([(0, 100)], [(10, 20), (15, 30), (40, 50)], [(10, 30), (40, 50)]),  # gold that overlaps counts once
        ([(0, 10), (10, 20)], [(5, 15)], [(5, 15)]),  # ranges that touch are one
        ([], [(0, 1)], []),
        ([(0, 1)], [], []),
    ],
)
def test_what_gold_covers(ranges, gold, expected):
    assert covered(ranges, gold) == expected


@pytest.mark.parametrize(
    ("cited", "gold", "precision", "recall"),
    [
        ([Span("x", 0, 10)], [Span("x", 0, 10)], 1, 1),
        ([Span("x", 0, 10)], [Span("x", 5, 25)], 0.5, 0.25),
        ([Span("x", 0, 10), Span("x", 0, 10)], [Span("x", 5, 25)], 0.5, 0.25),  # cited twice, counted once
        ([Span("x", 0, 10), Span("y", 0, 10)], [Span("x", 0, 10)], 0.5, 1),
        ([Span("x", 0, 10)], [Span("x", 0, 10), Span("y", 0, 99)], 1, 1),  # one of two places is enough
        ([Span("x", 0, 4), Span("x", 6, 10)], [Span("x", 0, 10)], 1, 0.8),
        ([Span("y", 0, 10)], [Span("x", 0, 10)], 0, 0),
        ([], [Span("x", 0, 10)], None, None),
        ([Span("x", 0, 10)], [], None, None),
    ],
)
def test_precision_and_recall_count_characters(cited, gold, precision, recall):
    assert span_precision(cited, gold) == precision
    assert span_recall(cited, gold) == recall


TEXT = 60
spans = st.builds(
    lambda article, start, length: Span(article, start, min(TEXT, start + length)),
    st.sampled_from("xy"),
    st.integers(0, TEXT - 1),
    st.integers(1, TEXT),
)
some_spans = st.lists(spans, min_size=1, max_size=4)


@settings(max_examples=60)
@given(some_spans, some_spans)
def test_precision_and_recall_are_those_of_sets_of_characters(cited, gold):
    def characters(given_spans):
        return {(s.article_id, at) for s in given_spans for at in range(s.start, s.end)}

    ours, shared = characters(cited), characters(cited) & characters(gold)
    assert span_precision(cited, gold) == pytest.approx(len(shared) / len(ours))
    parts = [len(ours & characters([each])) / (each.end - each.start) for each in gold]
    assert span_recall(cited, gold) == pytest.approx(max(parts))


@settings(max_examples=60)
@given(some_spans, some_spans)
def test_citing_gold_is_perfect_and_citing_everything_is_complete_but_not_precise(gold, cited):
    assert span_precision(gold, gold) == span_recall(gold, gold) == 1
    whole = [Span(article, 0, TEXT) for article in "xy"]
    assert span_recall([*cited, *whole], gold) == 1
    assert span_precision(whole, gold) <= sum(g.end - g.start for g in gold) / (2 * TEXT)


@settings(max_examples=60)
@given(some_spans, some_spans)
def test_what_gold_covers_lies_in_both_and_loses_nothing(one, other):
    def characters(ranges):
        return {at for start, end in ranges for at in range(start, end)}

    left, right = ([(s.start, s.end) for s in each] for each in (one, other))
    found = covered(left, right)
    assert characters(found) == characters(left) & characters(right)
    assert all(before[1] < after[0] for before, after in pairwise(found))


@pytest.mark.parametrize(
    ("cited", "gold", "precision", "recall"),
    [
        (["x"], ["x"], 1, 1),
        (["x", "x", "z"], ["x", "y"], 0.5, 0.5),  # an article counts once
        (["x", "y", "z", "w"], ["x"], 0.25, 1),
        (["z"], ["x"], 0, 0),
        ([], ["x"], None, None),
        (["x"], [], None, None),
    ],
)
def test_articles_are_cited_or_not(cited, gold, precision, recall):
    assert article_precision(cited, gold) == precision
    assert article_recall(cited, gold) == recall

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_index.search.ranking import fuse

RANKINGS = st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), max_size=4)


@pytest.mark.parametrize(
    ("rankings", "expected"),
    [
        ([], []),
        ([["a", "b"]], [("a", 1 / 61), ("b", 1 / 62)]),
        ([["a"], ["b"]], [("a", 1 / 61), ("b", 1 / 61)]),
        ([["b"], ["a"]], [("a", 1 / 61), ("b", 1 / 61)]),
        ([["a", "b"], ["b", "c"]], [("b", 1 / 62 + 1 / 61), ("a", 1 / 61), ("c", 1 / 62)]),
    ],
)
def test_rankings_are_merged_by_reciprocal_rank(rankings, expected):
    assert fuse(rankings) == [(name, pytest.approx(score)) for name, score in expected]


def test_a_ranking_that_names_an_id_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        fuse([["a", "a"]])


@given(RANKINGS)
def test_the_order_of_the_rankings_does_not_matter(rankings):
    assert fuse(rankings) == fuse(rankings[::-1])


@given(RANKINGS)
def test_every_id_appears_once_and_scores_fall(rankings):
    fused = fuse(rankings)
    assert sorted(name for name, _ in fused) == sorted({name for ranking in rankings for name in ranking})
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)


@given(RANKINGS, st.sampled_from("abcdefgh"))
def test_an_id_that_one_more_ranking_puts_first_never_falls(rankings, name):
    before = [other for other, _ in fuse([*rankings, []])]
    after = [other for other, _ in fuse([*rankings, [name]])]
    assert name not in before or after.index(name) <= before.index(name)

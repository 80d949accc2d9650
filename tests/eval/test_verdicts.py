import pytest

from qa_eval.types import Case, Gold
from qa_eval.verdicts import found, said
from tests.eval.reports.samples import abstained, answered, failed, searched

QUERY = Case("q1", "fire", gold=(Gold("000"),))


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (answered(), "Ada Quill"),
        (answered(short=""), "It was . [1]"),
        (abstained(), "(abstained)"),
        (failed(error="ValueError: no"), "(failed: ValueError: no)"),
        (searched(QUERY, (2, 7), (1, 1, 1)), "2 of 3 gold articles, at 2, 7"),
        (searched(QUERY, ()), "0 of 1 gold articles"),
    ],
)
def test_what_was_answered_is_told_from_what_came_instead(outcome, words):
    assert said(outcome) == words


@pytest.mark.parametrize(
    ("ranks", "relevant", "expected"),
    [((1, 30), (1, 1), True), ((10,), (1,), True), ((11,), (1,), False), ((), (1,), False), ((), (), None)],
)
def test_a_search_did_well_with_a_gold_article_among_ten(ranks, relevant, expected):
    assert found(searched(QUERY, ranks, relevant)) is expected

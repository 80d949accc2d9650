from dataclasses import replace

import pytest

from qa_eval.figures import ROWS, by_tag, figures
from qa_eval.promises import breaches
from qa_eval.reports import tables
from qa_eval.types import Case, Gold
from tests.eval.reports.samples import QUOTE, abstained, answered, cite, failed, many, searched

UNANSWERABLE = Case("c9", "Who set the fire?", answerable=False, tags=("unanswerable",))
QUERY = Case("q1", "fire", gold=(Gold("000"),), tags=("short",))


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (0.725, "rate", "72.5 %"),
        (1.0, "rate", "100.0 %"),
        (0.99999, "rate", "99.9 %"),
        (0.00001, "rate", "0.1 %"),
        (0.0, "rate", "0.0 %"),
        (0.71349, "number", "0.713"),
        (41.04, "milliseconds", "41.0 ms"),
        (3, "count", "3"),
        (0, "count", "0"),
        (11.5, "count", "11.5"),
    ],
)
def test_a_number_is_shown_as_its_kind_asks(value, kind, text):
    assert tables.shown(value, kind) == text


def test_every_figure_with_a_value_has_a_row_and_no_other():
    total = figures(list(many()))
    rows = tables.rows(total)
    assert [label for label, _, _ in rows] == [row.label for row in ROWS if getattr(total, row.name) is not None]
    assert ("right (answered and cited)", "56.2 %", "80 answerable") in rows
    assert ("abstention recall", "75.0 %", "40 unanswerable") in rows
    assert ("failed", "1", "120 cases") in rows


def test_a_search_alone_shows_no_figures_of_answers():
    labels = {label for label, _, _ in tables.rows(figures([searched(QUERY, (1,)), searched(QUERY, ())]))}
    assert {"nDCG@10", "MRR@10", "gold article first"} <= labels
    assert not {"abstentions that cite", "answers not cited", "exact match"} & labels


def test_nothing_asked_is_said_so():
    assert tables.rows(figures([])) == [("failed", "0", "0 cases")]
    assert tables.sentence(figures([])) == "no case was asked"


@pytest.mark.parametrize(
    ("outcome", "verdict", "passed"),
    [
        (answered(), "right", True),
        (abstained(UNANSWERABLE), "right", True),
        (abstained(), "refused", False),
        (answered(UNANSWERABLE), "should abstain", False),
        (answered(right=False), "wrong answer", False),
        (answered(cited=False), "wrong citation", False),
        (failed(), "failed", False),
        (failed(UNANSWERABLE), "failed", False),
        (searched(QUERY, (1, 4)), "found first", True),
        (searched(QUERY, (10,)), "found at 10", True),
        (searched(QUERY, (11,)), "found at 11", False),
        (searched(QUERY, ()), "not found", False),
        (searched(QUERY, (), ()), "nothing to find", True),
    ],
)
def test_the_verdict_says_what_became_of_a_case(outcome, verdict, passed):
    assert (tables.verdict(outcome), tables.passed(outcome)) == (verdict, passed)


def test_the_worst_cases_come_in_the_order_in_which_they_harm():
    expected = [
        answered(altered=1),
        failed(),
        answered(UNANSWERABLE, confidence=0.9),
        answered(right=False, cited=False, confidence=0.8),
        answered(UNANSWERABLE, confidence=0.7),
        answered(cited=False, confidence=0.95),
        answered(cited=False, confidence=0.4),
        abstained(confidence=0.1),
        abstained(confidence=0.3),
    ]
    fine = [answered(confidence=0.1), abstained(UNANSWERABLE, confidence=0.9)]
    assert list(tables.worst([*reversed(expected), *fine], 20)) == expected
    assert list(tables.worst([*fine, *reversed(expected)], 2)) == expected[:2]


def test_the_worst_searches_found_the_first_gold_article_last():
    first, tenth, never = (searched(QUERY, ranks) for ranks in ((1, 90), (10,), ()))
    assert tables.worst([first, tenth, never], 5) == (never, tenth)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"altered": 1}, "cites words that do not stand there"),
        ({"cited_abstention": True}, "abstains, but cites"),
        ({"uncited": True}, "answers, but a claim has no citation"),
    ],
)
def test_a_broken_promise_is_among_the_worst_though_the_answer_is_right(broken, words):
    outcome = answered(**broken)
    assert breaches(outcome) == [words]
    assert tables.worst([outcome], 1) == (outcome,)


def test_tags_are_counted_by_what_was_measured():
    answers = tables.tag_rows(by_tag([answered(), abstained(UNANSWERABLE)]), retrieval_only=False)
    assert tables.tag_columns(retrieval_only=False)[:3] == ("tag", "cases", "right")
    assert answers[0] == ("factoid", "1", "100.0 %", "100.0 %", "100.0 %", "0.0 %", "–")
    assert answers[1] == ("unanswerable", "1", "–", "–", "–", "–", "100.0 %")
    searches = tables.tag_rows(by_tag([searched(QUERY, (2,))]), retrieval_only=True)
    assert tables.tag_columns(retrieval_only=True) == ("tag", "cases", "nDCG@10", "MRR@10", "recall@10", "hit@1")
    assert searches == [("short", "1", "0.631", "0.500", "100.0 %", "0.0 %")]


def test_of_many_tags_those_that_most_cases_have_come_first_and_the_others_are_counted():
    by_name = {f"t{number}": figures([answered()] * count) for number, count in enumerate([1, 3, 2, 3])}
    assert list(tables.commonest(by_name, limit=4)) == ["t0", "t1", "t2", "t3"]
    assert tables.tags_left_out(by_name, limit=4) == ""
    assert list(tables.commonest(by_name, limit=3)) == ["t1", "t3", "t2"]
    assert tables.tags_left_out(by_name, limit=3).startswith("… and 1 more tag, of no more cases than these")
    assert tables.tags_left_out(by_name, limit=2).startswith("… and 2 more tags,")


@pytest.mark.parametrize(
    ("gold", "pieces"),
    [
        ((), [("abcdefgh", False)]),
        (((0, 8),), [("abcdefgh", True)]),
        (((2, 4),), [("ab", False), ("cd", True), ("efgh", False)]),
        (((4, 6), (0, 2)), [("ab", True), ("cd", False), ("ef", True), ("gh", False)]),
        (((1, 5), (3, 6)), [("a", False), ("bcde", True), ("f", True), ("gh", False)]),
        (((1, 5), (2, 3)), [("a", False), ("bcde", True), ("fgh", False)]),
        (((6, 99), (-3, 0)), [("abcdef", False), ("gh", True)]),
    ],
)
def test_a_quote_is_cut_at_the_borders_of_gold(gold, pieces):
    assert list(tables.pieces(replace(cite(), quote="abcdefgh", gold=gold))) == pieces


def test_a_long_quote_is_shown_in_part():
    pieces = list(tables.pieces(replace(cite(), quote="x" * 5000, gold=((0, 5000),)), limit=10))
    assert pieces == [("x" * 10, True), ("…", False)]


def test_what_surrounds_a_quote_shows_where_more_was_left_out():
    assert tables.context(cite(QUOTE)) == (
        "The old mill by the river burned down on Sunday night. Nobody was hurt, the fire service said. ",
        ", most of them for the island's two bakeries. The council will decide in March whether the mill is "
        "built again.",
    )
    assert tables.context(cite(QUOTE), limit=6) == ("…said. ", ", most…")


def test_a_case_row_shows_what_was_said():
    said = [row[3] for row in tables.case_rows([answered(), abstained(), failed(), searched(QUERY, (2, 7), (1, 1, 1))])]
    assert said == [
        "Ada Quill",
        "(abstained)",
        "(failed: RuntimeError: the reader fell over)",
        "2 of 3 gold articles, at 2, 7",
    ]


@pytest.mark.parametrize(
    ("started", "shown"),
    [("2026-11-22T10:00:00+00:00", "2026-11-22 10:00 UTC"), ("2026-11-22T10:00", "2026-11-22 10:00"), ("now", "now")],
)
def test_a_moment_is_shown_for_a_person(started, shown):
    assert tables.moment(started) == shown

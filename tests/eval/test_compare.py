import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.terminal import Table
from qa_eval.compare import Changed, compare, parts, record
from qa_eval.figures import figures
from qa_eval.folder import Run
from qa_eval.types import Case, Finish, Gold, Header, Outcome
from qa_index.errors import UsageError

HEADER = Header("seeds", "0123456789abcdef", 0, retrieval_only=False, started="2024-05-01T10:00:00+00:00")
WRONG = {"answered_right": False, "cited_right": False, "short": "Bo", "f1": 0.0}
FAILED = {"status": "failed", "error": "ValueError: no", "short": None, "answered_right": False, "cited_right": None}


def answered(name, article="000", **changes):
    """A right answer to an answerable case."""
    case = Case(name, f"Question {name}?", ("Ada",), (Gold(article, "Ada"),))
    fields = {"short": "Ada", "answered_right": True, "cited_right": True, "f1": 1.0, "span_precision": 0.5}
    found = {"depth": 10, "ranks": (2,), "grades": (1,), "relevant": (1,)}
    return Outcome(case, **{"status": "answered", "milliseconds": 10.0, **fields, **found, **changes})


def refused(name, *, answerable=True, **changes):
    case = Case(name, f"Question {name}?", ("Ada",) if answerable else (), answerable=answerable)
    return Outcome(case, status="abstained", milliseconds=5.0, f1=0.0 if answerable else 1.0, **changes)


def searched(name, ranks, relevant=(1,)):
    case = Case(name, f"Question {name}?", gold=tuple(Gold(f"{name}{each}") for each in range(len(relevant))))
    return Outcome(case, status="searched", milliseconds=2.0, ranks=ranks, grades=(1,) * len(ranks), relevant=relevant)


def run(name, outcomes, *, finished=True, **header):
    made = replace(HEADER, cases=len(outcomes), **header)
    return Run(Path("runs") / name, made, tuple(outcomes), Finish(1.0, 100.0) if finished else None)


def several(right, of=40):
    """So many right answers of 40 cases about as many articles, the others wrong."""
    return [answered(f"c{each}", f"{each:03d}", **({} if each < right else WRONG)) for each in range(of)]


def difference(comparison, name):
    return next(each for each in comparison.differences if each.row.name == name)


def shown(comparison, **options):
    rows = []
    for part in parts(comparison, **options):
        rows += part.rows if isinstance(part, Table) else [(part.text,)]
    return rows


@pytest.mark.parametrize(
    ("figure", "before", "after", "expected"),
    [
        ("right_or_abstained", answered("c"), answered("c", **WRONG), (1, 0)),
        ("right_or_abstained", refused("c", answerable=False), refused("c", answerable=False), (1, 1)),
        ("right", answered("c", cited_right=False), answered("c"), (0, 1)),
        ("answered_right", answered("c", cited_right=False), answered("c"), (1, 1)),
        ("cited_right", answered("c", cited_right=False), answered("c"), (0, 1)),
        ("cited_right", answered("c", cited_right=None), answered("c"), None),
        ("cited_right", answered("c", **FAILED), answered("c"), (0, 1)),
        ("answerable_f1", answered("c", f1=0.25), answered("c", f1=0.75), (0.25, 0.75)),
        ("answerable_f1", answered("c", f1=None, error="ValueError: no"), answered("c"), (0, 1)),
        ("false_refusals", refused("c"), refused("c"), (1, 1)),
        ("false_refusals", refused("c", answerable=False), refused("c", answerable=False), None),
        ("abstention_recall", refused("c", answerable=False), refused("c", answerable=False), (1, 1)),
        ("abstention_recall", refused("c"), refused("c"), None),
        ("span_precision", answered("c", span_precision=0.5), answered("c", span_precision=0.75), (0.5, 0.75)),
        ("span_precision", answered("c", span_precision=None), answered("c"), None),  # only where both cited
        ("mrr_10", answered("c", ranks=(2,)), answered("c", ranks=(11,)), (0.5, 0)),
        (
            "recall_10",
            answered("c", ranks=(2,), relevant=(1, 1)),
            answered("c", ranks=(2, 3), grades=(1, 1), relevant=(1, 1)),
            (0.5, 1),
        ),
        ("ndcg_10", answered("c", ranks=(3,)), answered("c", ranks=(1,)), (0.5, 1)),
        *(
            (each, answered("c", relevant=()), answered("c", relevant=()), None)
            for each in ("ndcg_10", "mrr_10", "recall_10")
        ),
    ],
)
def test_a_figure_is_of_the_cases_that_count_in_both(figure, before, after, expected):
    found = {
        each.row.name: (each.before, each.after) for each in compare(run("a", [before]), run("b", [after])).differences
    }
    assert found.get(figure) == expected


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [(10, 30, "better"), (30, 10, "worse"), (20, 20, "no difference shown"), (20, 21, "no difference shown")],
)
def test_a_verdict_needs_an_interval_without_zero(before, after, verdict):
    found = difference(compare(run("a", several(before)), run("b", several(after))), "right")
    assert (found.before, found.after) == (before / 40, after / 40)
    assert found.interval.mean == pytest.approx((after - before) / 40)
    assert found.verdict == verdict


@pytest.mark.parametrize(("fewer", "verdict"), [(True, "better"), (False, "worse")])
def test_fewer_false_refusals_are_better(fewer, verdict):
    refusing = [refused(f"c{each}") for each in range(20)]
    answering = [replace(answered("c"), case=each.case) for each in refusing]
    first, second = (refusing, answering) if fewer else (answering, refusing)
    assert difference(compare(run("a", first), run("b", second)), "false_refusals").verdict == verdict


def test_cases_about_one_article_give_no_interval():
    before, after = [answered("c1", **WRONG), answered("c2", **WRONG)], [answered("c1"), answered("c2")]
    comparison = compare(run("a", before), run("b", after))
    found = difference(comparison, "right")
    assert (found.groups, found.interval.low, found.verdict) == (1, None, "no interval: one group")
    row = next(row for row in shown(comparison) if row[0].startswith("right (answered"))
    assert row[1:] == ("0.0 %", "100.0 %", "+100.0", "–", "no interval")
    assert record(comparison)["differences"]["right"]["low"] is None


outcomes = st.sampled_from(
    [{}, WRONG, {"status": "abstained", "short": None, "answered_right": False, "cited_right": False, "f1": 0.0}]
)
pairs = st.lists(st.tuples(outcomes, outcomes, st.sampled_from(["000", "001", "002"])), min_size=1, max_size=12)


def two_runs(changes):
    first = [answered(f"c{number}", article, **one) for number, (one, _, article) in enumerate(changes)]
    second = [answered(f"c{number}", article, **other) for number, (_, other, article) in enumerate(changes)]
    return run("a", first), run("b", second)


@settings(max_examples=20, deadline=None)
@given(pairs)
def test_a_run_compared_with_itself_differs_in_nothing(changes):
    one, _ = two_runs(changes)
    comparison = compare(one, one, resamples=50)
    assert {each.interval.mean for each in comparison.differences} == {0}
    assert {each.interval.low for each in comparison.differences} <= {0, None}
    assert comparison.wins == comparison.losses == comparison.settings == ()
    assert comparison.times.ratio == 1
    assert comparison.right_in_both + comparison.wrong_in_both == comparison.cases


@settings(max_examples=20, deadline=None)
@given(pairs)
def test_the_other_way_round_wins_are_losses(changes):
    one, other = two_runs(changes)
    there, back = compare(one, other, resamples=50), compare(other, one, resamples=50)
    assert [each.name for each in there.wins] == [each.name for each in back.losses]
    assert [each.interval.mean for each in there.differences] == [-each.interval.mean for each in back.differences]
    assert len(there.wins) + len(there.losses) + there.right_in_both + there.wrong_in_both == there.cases


@settings(max_examples=20, deadline=None)
@given(pairs)
def test_the_figures_are_those_of_each_run(changes):
    one, other = two_runs(changes)
    before, after = figures(one.outcomes), figures(other.outcomes)
    for each in compare(one, other, resamples=50).differences:
        if each.row.name not in ("right_or_abstained", "span_precision"):
            assert each.before == pytest.approx(getattr(before, each.row.name))
            assert each.after == pytest.approx(getattr(after, each.row.name))


def test_wins_and_losses_are_listed_with_what_was_said():
    before = [answered("c1", **WRONG), answered("c2"), answered("c3"), refused("c4", answerable=False)]
    after = [
        answered("c1"),
        answered("c2", **FAILED),
        answered("c3"),
        replace(before[3], status="answered", text="Yes."),
    ]
    comparison = compare(run("a", before), run("b", after))
    assert comparison.wins == (Changed("c1", "Bo", "Ada", "Question c1?"),)
    assert comparison.losses == (
        Changed("c2", "Ada", "(failed: ValueError: no)", "Question c2?"),
        Changed("c4", "(abstained)", "Yes.", "Question c4?"),
    )
    assert (comparison.right_in_both, comparison.wrong_in_both) == (1, 0)
    assert comparison.failed == (0, 1)
    rows = shown(comparison)
    assert ("c1", "Question c1?", "Bo", "Ada") in rows
    assert ("failed", "0", "1", "+1", "–", "not judged") in rows
    assert ("Unchanged: 1 right in both, 0 wrong in both.",) in rows


def test_a_long_list_is_cut_for_a_person_and_whole_for_a_program():
    comparison = compare(run("a", several(0)), run("b", several(40)))
    assert ("… and 38 more, which --json lists.",) in shown(comparison, limit=2)
    assert sum(row[0] in ("c0", "c1", "c2") for row in shown(comparison, limit=2)) == 2
    assert len(record(comparison)["wins"]) == 40


def test_a_run_that_only_searched_is_compared_by_what_it_found():
    before = [searched("c1", (12,)), searched("c2", (1,)), searched("c3", (), relevant=())]
    after = [searched("c1", (3,)), searched("c2", ()), searched("c3", (), relevant=())]
    comparison = compare(run("a", before, retrieval_only=True), run("b", after, retrieval_only=True))
    assert [each.row.name for each in comparison.differences] == ["ndcg_10", "mrr_10", "recall_10"]
    assert difference(comparison, "mrr_10").cases == 2
    assert comparison.wins == (
        Changed("c1", "1 of 1 gold articles, at 12", "1 of 1 gold articles, at 3", "Question c1?"),
    )
    assert comparison.losses == (Changed("c2", "1 of 1 gold articles, at 1", "0 of 1 gold articles", "Question c2?"),)
    assert (comparison.right_in_both, comparison.wrong_in_both) == (0, 0)  # nothing is known about c3


def test_times_are_shown_as_a_ratio_that_is_not_judged():
    before = [answered("c1", milliseconds=10.0), answered("c2", milliseconds=30.0), answered("c3", milliseconds=20.0)]
    after = [answered("c1", milliseconds=20.0), answered("c2", milliseconds=50.0), answered("c3", milliseconds=30.0)]
    comparison = compare(run("a", before), run("b", after))
    assert (comparison.times.before, comparison.times.after, comparison.times.ratio) == (20, 30, 1.5)
    assert ("time, p50", "20.0 ms", "30.0 ms", "× 1.50", "–", "not judged") in shown(comparison)


def test_the_time_of_a_case_that_failed_is_not_counted():
    before = [answered("c1", milliseconds=10.0), answered("c2", milliseconds=900.0)]
    after = [answered("c1", milliseconds=20.0), answered("c2", **FAILED, milliseconds=0.0)]
    comparison = compare(run("a", before), run("b", after))
    assert (comparison.times.cases, comparison.times.ratio) == (1, 2)


@pytest.mark.parametrize(("first", "second", "ratio"), [(0.0, 1.0, None), (0.0, 0.0, None), (2.0, 0.0, 0)])
def test_a_clock_that_stood_still_gives_no_ratio(first, second, ratio):
    before, after = [answered("c1", milliseconds=first)], [answered("c1", milliseconds=second)]
    comparison = compare(run("a", before), run("b", after))
    assert comparison.times.ratio == ratio
    assert any(row[0] == "time, p50" for row in shown(comparison))


def test_runs_that_only_failed_have_no_times():
    failing = run("a", [answered("c1", **FAILED)])
    comparison = compare(failing, failing)
    assert comparison.times is None
    assert "time, p50" not in [row[0] for row in shown(comparison)]
    assert record(comparison)["times"] is None


def test_what_the_runs_were_made_with_is_listed_where_it_differs():
    before = run(
        "a",
        several(3),
        settings={"passages": "10", "strictness": "normal"},
        articles=70,
        articles_digest="aa",
        versions={"numpy": "2.1"},
    )
    after = run(
        "b",
        several(3),
        settings={"passages": "20", "strictness": "normal", "reader": "x"},
        articles=71,
        articles_digest="bb",
        made_by={"reader": "r2"},
    )
    comparison = compare(before, after)
    assert comparison.settings == (
        Changed("settings.passages", "10", "20"),
        Changed("settings.reader", "", "x"),
        Changed("made_by.reader", "", "r2"),
        Changed("versions.numpy", "2.1", ""),
        Changed("articles", "70 (aa)", "71 (bb)"),
    )
    assert ("made_by.reader", "–", "r2") in shown(comparison)


def test_the_same_settings_are_said_to_be_the_same():
    one = run("a", several(3))
    assert any("same settings" in row[0] for row in shown(compare(one, one)))


@pytest.mark.parametrize(("of", "warned"), [(29, True), (30, False)])
def test_few_groups_are_warned_of(of, warned):
    comparison = compare(run("a", several(3, of)), run("b", several(4, of)))
    assert any("too narrow" in row[0] for row in shown(comparison)) == warned
    assert any(f"answerable {of} in {of}" in row[0] for row in shown(comparison))


def test_every_figure_is_a_row_of_the_table():
    comparison = compare(run("seeds-001", several(10)), run("seeds-002", several(30)))
    rows = shown(comparison)
    assert rows[0] == ("seeds-001 → seeds-002, suite seeds, 40 cases",)
    right = next(row for row in rows if row[0] == "right (answered and cited)")
    assert right[:4] == ("right (answered and cited)", "25.0 %", "75.0 %", "+50.0")
    assert right[5] == "better"
    low, high = (float(each) for each in right[4].split(", "))
    assert 30 < low < 50 < high < 70
    ndcg = next(row for row in rows if row[0] == "nDCG@10")
    assert ndcg == ("nDCG@10", "0.631", "0.631", "0.000", "0.000, 0.000", "none shown")


def test_the_record_is_plain_and_complete():
    before, after = run("a", several(10)), run("b", several(30), made_by={"reader": "r2"})
    found = json.loads(json.dumps(record(compare(before, after, resamples=100, seed=3))))
    right = found["differences"]["right"]
    assert (right["before"], right["after"], right["difference"], right["cases"], right["groups"]) == (
        0.25,
        0.75,
        0.5,
        40,
        40,
    )
    assert right["low"] < 0.5 < right["high"]
    assert right["verdict"] == "better"
    assert found["wins"][0] == {"id": "c10", "question": "Question c10?", "before": "Bo", "after": "Ada"}
    assert (found["before"], found["after"], found["suite"], found["cases"]) == ("a", "b", "seeds", 40)
    assert (found["right_in_both"], found["wrong_in_both"], found["losses"]) == (10, 10, [])
    assert (found["failed"], found["resamples"], found["seed"]) == ({"before": 0, "after": 0}, 100, 3)
    assert found["settings"] == [{"name": "made_by.reader", "before": "", "after": "r2"}]
    assert found["times"] == {"cases": 40, "before": 10.0, "after": 10.0, "ratio": 1.0}


def test_runs_of_one_name_are_told_apart_by_their_folders():
    one, other = run("old/seeds-001", several(3)), run("new/seeds-001", several(3))
    comparison = compare(one, other)
    assert (comparison.before, comparison.after) == (str(one.path), str(other.path))
    assert compare(one, one).before == "seeds-001"


def test_the_cases_of_a_run_may_come_in_another_order():
    one, other = run("a", several(10)), run("b", several(30)[::-1])
    assert compare(one, other) == compare(one, run("b", several(30)))


@pytest.mark.parametrize(
    ("after", "named"),
    [
        (
            run("b", several(3, 3), suite="squad", suite_digest="fedcba"),
            ["different questions", "seeds (0123456789abcdef)", "squad (fedcba)"],
        ),
        (run("b", several(3, 3), retrieval_only=True), ["only searched"]),
        (
            run("b", several(3, 3), finished=False, arguments=("qa", "eval", "my suite.jsonl", "--resume")),
            ["b is not finished: 3 of 3 cases", "`qa eval 'my suite.jsonl' --resume --output runs/b`"],
        ),
        (replace(run("b", several(3, 3)), outcomes=tuple(several(2, 2))), ["b is not finished: 2 of 3 cases"]),
        (run("b", [*several(2, 2), answered("x")]), ["a case is not the same in both: c2 and 1 more."]),
        (run("b", [*several(2, 2), answered("c2", "777")]), ["a case is not the same in both: c2."]),
        (run("b", [*several(2, 2), several(1)[1]]), ["not the same in both: c2."]),
    ],
)
def test_runs_that_cannot_be_compared_are_named_in_one_line(after, named):
    before = run("a", several(3, 3))
    with pytest.raises(UsageError) as caught:
        compare(before, after)
    message = str(caught.value)
    assert [part for part in ("Asked to compare a with b, but", *named) if part not in message] == []
    assert "\n" not in message


def test_an_unfinished_first_run_is_named_too():
    with pytest.raises(UsageError, match="a is not finished: 1 of 1"):
        compare(run("a", several(1, 1), finished=False), run("b", several(1, 1)))

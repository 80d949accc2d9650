"""Compare two runs of one suite, question by question."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from qa.terminal import Line, Table
from qa_eval.differences import Difference, Pair, Times, differences, times
from qa_eval.metrics.bootstrap import FEW
from qa_eval.types import Header, Outcome
from qa_eval.verdicts import found, said
from qa_index.errors import UsageError

if TYPE_CHECKING:
    from qa_eval.folder import Run

# In the table, so that it need not be cut where a terminal has 80 columns.
_BRIEFLY = {"no difference shown": "none shown", "no interval: one group": "no interval"}


@dataclass(frozen=True, slots=True)
class Changed:
    """Something with a name that is not the same in both: a question's answer, a setting; "" where one has none."""

    name: str
    before: str
    after: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one run to another of the same suite.

    `wins` are cases that went wrong before and right after, `losses` the other way round; where only the search was
    measured a case is right if a gold article is among the first ten. `settings` are what the runs were made with,
    as far as it differs. `resamples` and `seed` repeat the intervals.
    """

    before: str
    after: str
    suite: str
    cases: int
    differences: tuple[Difference, ...]
    times: Times | None
    failed: tuple[int, int]
    wins: tuple[Changed, ...]
    losses: tuple[Changed, ...]
    right_in_both: int
    wrong_in_both: int
    settings: tuple[Changed, ...]
    resamples: int
    seed: int


def compare(a: Run, b: Run, *, resamples: int = 10_000, seed: int = 0) -> Comparison:
    """Compare run `b`, taken as after, with run `a`, taken as before.

    Raises:
        UsageError: if they are of different suites, measured different things, or one of them is not finished.

    """
    before, after = (str(each.path) if a.name == b.name and a.path != b.path else each.name for each in (a, b))
    pairs = _pairs(a, b, f"Asked to compare {before} with {after}, but")
    right = found if a.header.retrieval_only else _right
    verdicts = [(right(one), right(other), one, other) for one, other in pairs]
    return Comparison(
        before=before,
        after=after,
        suite=a.header.suite,
        cases=len(pairs),
        differences=differences(pairs, retrieval_only=a.header.retrieval_only, resamples=resamples, seed=seed),
        times=times(pairs),
        failed=(sum(bool(one.error) for one, _ in pairs), sum(bool(other.error) for _, other in pairs)),
        wins=tuple(_changed(one, other) for was, now, one, other in verdicts if was is False and now),
        losses=tuple(_changed(one, other) for was, now, one, other in verdicts if was and now is False),
        right_in_both=sum(bool(was and now) for was, now, *_ in verdicts),
        wrong_in_both=sum(was is False and now is False for was, now, *_ in verdicts),
        settings=tuple(_settings(a.header, b.header)),
        resamples=resamples,
        seed=seed,
    )


def _pairs(a: Run, b: Run, asked: str) -> tuple[Pair, ...]:
    """Put the outcomes of each case together, in the order of the first run; refuse what cannot be compared."""
    if a.header.suite_digest != b.header.suite_digest:
        named = " and ".join(f"{each.header.suite} ({each.header.suite_digest})" for each in (a, b))
        raise UsageError(f"{asked} they asked different questions: {named}. Compare two runs of one suite.")
    if a.header.retrieval_only != b.header.retrieval_only:
        raise UsageError(f"{asked} one of them only searched. Compare two runs that measured the same.")
    for run in (a, b):
        if run.finish is None or len(run.outcomes) != run.header.cases:
            raise UsageError(
                f"{asked} {run.name} is not finished: {len(run.outcomes)} of {run.header.cases} cases. "
                f"Go on with it first: `{_again(run)}`."
            )
    before, after = ({each.case.id: each for each in run.outcomes} for run in (a, b))
    cases, others = ({name: each.case for name, each in outcomes.items()} for outcomes in (before, after))
    changed = [name for name in {**cases, **others} if cases.get(name) != others.get(name)]
    if changed:
        others_too = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise UsageError(
            f"{asked} a case is not the same in both: {changed[0]}{others_too}. "
            "One of the runs was changed since: make it anew."
        )
    return tuple((each, after[name]) for name, each in before.items())


def _right(outcome: Outcome) -> bool | None:
    return outcome.right


def _changed(before: Outcome, after: Outcome) -> Changed:
    return Changed(before.case.id, said(before), said(after), before.case.question)


def _again(run: Run) -> str:
    """Return the command that goes on with a run."""
    typed = [each for each in run.header.arguments if each != "--resume"]
    return shlex.join([*typed, "--resume", *([] if "--output" in typed else ["--output", str(run.path)])])


def _settings(before: Header, after: Header) -> Iterator[Changed]:
    """Yield what the runs were made with and on, where it differs."""
    for room in ("settings", "made_by", "versions", "machine"):
        one, other = getattr(before, room), getattr(after, room)
        for key in sorted({*one, *other}):
            if one.get(key) != other.get(key):
                yield Changed(f"{room}.{key}", one.get(key, ""), other.get(key, ""))
    if (before.articles, before.articles_digest) != (after.articles, after.articles_digest):
        one, other = (f"{each.articles} ({each.articles_digest})" for each in (before, after))
        yield Changed("articles", one, other)


def parts(comparison: Comparison, *, limit: int = 30) -> Iterator[Line | Table]:
    """Yield what changed for a person to read, with up to `limit` wins and as many losses."""
    title = f"{comparison.before} → {comparison.after}"
    yield Line(((title, "bold"), (f", suite {comparison.suite}, {comparison.cases} cases", "")))
    yield Line()
    columns = ("figure", "before", "after", "change", "95 % interval", "difference")
    yield Table(columns, (*map(_figure_row, comparison.differences), *_plain_rows(comparison)))
    yield from map(_note, _notes(comparison))
    yield Line()
    if comparison.settings:
        yield Line((("What differs between the runs", "bold"),))
        rows = tuple((each.name, each.before or "–", each.after or "–") for each in comparison.settings)
        yield Table(("what", "before", "after"), rows)
    else:
        yield Line((("Both runs were made with the same settings, models and versions, on the same machine.", ""),))
    yield from _cases("Wins: wrong before, right after", comparison.wins, limit)
    yield from _cases("Losses: right before, wrong after", comparison.losses, limit)
    yield Line()
    yield Line(
        ((f"Unchanged: {comparison.right_in_both} right in both, {comparison.wrong_in_both} wrong in both.", ""),)
    )


def _notes(comparison: Comparison) -> Iterator[str]:
    """Say what the intervals mean, and where not to trust them."""
    counted = {(each.row.over, each.cases, each.groups): None for each in comparison.differences}
    if counted:
        counts = "; ".join(f"{over} {cases} in {groups}" for over, cases, groups in counted)
        yield f"Cases in groups: {counts}. Cases about one article are a group and are drawn together."
    if any(1 < each.groups < FEW for each in comparison.differences):
        yield f"With fewer than {FEW} groups the interval is too narrow: a small difference may be chance even so."


def _note(sentence: str) -> Line:
    return Line(((sentence, "dim"),))


def _cases(heading: str, cases: Sequence[Changed], limit: int) -> Iterator[Line | Table]:
    yield Line()
    yield Line(((heading, "bold"), (f" ({len(cases)})", "")))
    if cases:
        rows = tuple((each.name, each.question, each.before, each.after) for each in cases[:limit])
        yield Table(("case", "question", "before", "after"), rows)
    if len(cases) > limit:
        yield _note(f"… and {len(cases) - limit} more, which --json lists.")


def _figure_row(each: Difference) -> tuple[str, ...]:
    scale, places, unit = (100, 1, " %") if each.row.kind == "rate" else (1, 3, "")
    before, after = (f"{scale * value:.{places}f}{unit}" for value in (each.before, each.after))
    interval = (each.interval.low, each.interval.high)
    mean, low, high = ("–" if x is None else _signed(scale * x, places) for x in (each.interval.mean, *interval))
    between = "–" if each.interval.low is None else f"{low}, {high}"
    return each.row.label, before, after, mean, between, _BRIEFLY.get(each.verdict, each.verdict)


def _plain_rows(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    """Yield what gets no verdict: failures, of which each is one too many, and time, which a busy machine stretches."""
    if any(comparison.failed):
        before, after = comparison.failed
        yield "failed", str(before), str(after), f"{after - before:+d}", "–", "not judged"
    if comparison.times:
        medians = comparison.times
        ratio = "–" if medians.ratio is None else f"× {medians.ratio:.2f}"
        before_ms, after_ms = f"{medians.before:.1f} ms", f"{medians.after:.1f} ms"
        yield "time, p50", before_ms, after_ms, ratio, "–", "not judged"


def _signed(value: float, places: int) -> str:
    """Write a difference with its sign; none on a zero."""
    rounded = round(value, places)
    return f"{rounded:+.{places}f}" if rounded else f"{0:.{places}f}"


def record(comparison: Comparison) -> dict[str, Any]:
    """Everything that was compared, as plain values; rates in [0, 1], times in milliseconds."""
    return {
        **asdict(comparison),
        "differences": {each.row.name: _difference_record(each) for each in comparison.differences},
        "failed": dict(zip(("before", "after"), comparison.failed, strict=True)),
        "wins": [_case_record(each) for each in comparison.wins],
        "losses": [_case_record(each) for each in comparison.losses],
        "settings": [{"name": each.name, "before": each.before, "after": each.after} for each in comparison.settings],
    }


def _difference_record(each: Difference) -> dict[str, Any]:
    return {
        "before": each.before,
        "after": each.after,
        **{"difference": each.interval.mean, "low": each.interval.low, "high": each.interval.high},
        "verdict": each.verdict,
        "cases": each.cases,
        "groups": each.groups,
    }


def _case_record(each: Changed) -> dict[str, str]:
    return {"id": each.name, "question": each.question, "before": each.before, "after": each.after}

"""Say how the figures of two runs differ, over the cases that count in both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from qa_eval.figures import ROWS, Row
from qa_eval.metrics.bootstrap import Interval, paired_difference
from qa_eval.metrics.latency import percentile
from qa_eval.metrics.retrieval import ndcg_at, recall_at, reciprocal_rank
from qa_eval.types import Outcome

Pair = tuple[Outcome, Outcome]
Value = Callable[[Outcome], float | None]

# What one case counts for in each figure, None where it does not count; the mean of all is the figure of a run.
_SEARCHED: Mapping[str, Value] = {
    "ndcg_10": lambda each: ndcg_at(each.ranks, each.grades, each.relevant, 10) if each.relevant else None,
    "mrr_10": lambda each: reciprocal_rank(each.ranks, 10) if each.relevant else None,
    "recall_10": lambda each: recall_at(each.ranks, len(each.relevant), 10) if each.relevant else None,
}
_ANSWERED: Mapping[str, Value] = {
    "right_or_abstained": lambda each: each.right,
    "right": lambda each: each.right if each.case.answerable else None,
    "answered_right": lambda each: each.answered_right if each.case.answerable else None,
    "cited_right": lambda each: _cited_right(each) if each.case.answerable else None,
    "answerable_f1": lambda each: each.f1 or 0 if each.case.answerable else None,
    "false_refusals": lambda each: each.abstained if each.case.answerable else None,
    "abstention_recall": lambda each: None if each.case.answerable else each.abstained,
    "span_precision": lambda each: each.span_precision if each.case.answerable else None,
}
_VERDICTS = {1: "better", -1: "worse", 0: "no difference shown"}


@dataclass(frozen=True, slots=True)
class Difference:
    """How one figure differs over the cases that count in both runs, in `groups` of cases about one article."""

    row: Row
    cases: int
    groups: int
    before: float
    after: float
    interval: Interval

    @property
    def verdict(self) -> str:
        """What the interval shows: better or worse only if all of it is on one side of zero."""
        if self.interval.low is None:
            return "no interval: one group"
        return _VERDICTS[self.interval.side * self.row.better]


@dataclass(frozen=True, slots=True)
class Times:
    """The median times, in milliseconds, of the cases that neither run failed at; `ratio` is after over before."""

    cases: int
    before: float
    after: float
    ratio: float | None


def _cited_right(outcome: Outcome) -> bool | None:
    """Whether it cited right; a case that failed did not, if gold is known."""
    return False if outcome.error and outcome.relevant else outcome.cited_right


def differences(pairs: Sequence[Pair], *, retrieval_only: bool, resamples: int, seed: int) -> tuple[Difference, ...]:
    """Return how each figure differs that has cases which count in both runs; of each pair the first is before."""
    values = _SEARCHED if retrieval_only else {**_ANSWERED, **_SEARCHED}
    found = (_difference(name, value, pairs, resamples, seed) for name, value in values.items())
    return tuple(each for each in found if each)


def times(pairs: Sequence[Pair]) -> Times | None:
    """Return the median times of the cases that neither run failed at; None if there are none."""
    done = [(one.milliseconds, other.milliseconds) for one, other in pairs if not (one.error or other.error)]
    before, after = (percentile([each[side] for each in done], 50) for side in (0, 1))
    if before is None or after is None:
        return None
    return Times(len(done), before, after, after / before if before else None)


def _difference(name: str, value: Value, pairs: Sequence[Pair], resamples: int, seed: int) -> Difference | None:
    """Return how a figure differs; None where no case counts in both runs."""
    valued = ((value(one), value(other), one.cluster) for one, other in pairs)
    counted = [(was, now, cluster) for was, now, cluster in valued if was is not None and now is not None]
    if not counted:
        return None
    before, after, clusters = zip(*counted, strict=True)
    interval = paired_difference(before, after, clusters, resamples=resamples, seed=seed)
    size = len(counted)
    return Difference(_row(name), size, len(set(clusters)), sum(before) / size, sum(after) / size, interval)


def _row(name: str) -> Row:
    """Return how a figure is shown; `right_or_abstained` is the only one that a single run does not have."""
    shown = (row for row in ROWS if row.name == name)
    return next(shown, Row("right_or_abstained", "right, or rightly abstained", "all"))

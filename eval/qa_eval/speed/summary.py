"""Add up what was measured: medians of the repeats, and how many times what a peer takes is of what we take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from statistics import median
from typing import Any

from qa_eval.metrics.latency import percentile
from qa_eval.speed.kept import SEEDS, Measurement

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Summary:
    """What one subject took at one size; None where it was not measured.

    Times of `help`, `cold` and `cold_answer` are seconds from the start of a process until it printed what was asked
    for, `index_seeds` until it had ended; `warm_…` and `answer_…` are milliseconds a question. Rates of indexing do not
    count what a process loads once. Memory is the most that one of the processes held, in MB of a million bytes.
    `found` of the `known` answers were found: by a search among the ten passages, by an answer in what it says.
    """

    index_seeds: float | None = None
    articles_per_second: float | None = None
    chunks_per_second: float | None = None
    mb_per_second: float | None = None
    seconds_per_mb: float | None = None
    index_mb: float | None = None
    help: float | None = None
    cold: float | None = None
    cold_mb: float | None = None
    cold_answer: float | None = None
    cold_answer_mb: float | None = None
    warm_p50: float | None = None
    warm_p95: float | None = None
    answer_p50: float | None = None
    answer_p95: float | None = None
    answer_mb: float | None = None
    questions: int | None = None
    known: int | None = None
    found: int | None = None
    answers_found: int | None = None
    chunks: int | None = None
    disk_mb: float | None = None
    disk_parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is set side by side: a figure of ours and one of a peer, of both of which less is better."""

    label: str
    ours: str
    theirs: str

    def ratio(self, ours: Summary, theirs: Summary) -> float | None:
        """How many times ours the peer takes; None where one of the two is not known or ours is nothing."""
        one, other = getattr(ours, self.ours), getattr(theirs, self.theirs)
        return other / one if one and other is not None else None


COMPARISONS = (
    Comparison("the seeds indexed by a new process, s", "index_seeds", "index_seeds"),
    Comparison("indexing 1 MB of text, s", "seconds_per_mb", "seconds_per_mb"),
    Comparison("memory while indexing, MB", "index_mb", "index_mb"),
    Comparison("new process to first passages, s", "cold", "cold"),
    Comparison("… to our whole answer, s", "cold_answer", "cold"),
    Comparison("warm search p50, ms", "warm_p50", "warm_p50"),
    Comparison("warm search p95, ms", "warm_p95", "warm_p95"),
    Comparison("… our whole answer p50, ms", "answer_p50", "warm_p50"),
    Comparison("… our whole answer p95, ms", "answer_p95", "warm_p95"),
    Comparison("memory of a search, MB", "cold_mb", "cold_mb"),
    Comparison("… of our whole answer, MB", "cold_answer_mb", "cold_mb"),
    Comparison("disk, MB", "disk_mb", "disk_mb"),
)


def summarise(measurements: Iterable[Measurement]) -> Summary:
    """Add up what one subject took at one size."""
    jobs: dict[str, list[Measurement]] = {}
    for each in measurements:
        jobs.setdefault(each.job, []).append(each)
    found: dict[str, Any] = {}
    for job, listed in jobs.items():
        found |= _OF_JOB[job](listed)
    return Summary(**found)


def _index(listed: list[Measurement]) -> dict[str, Any]:
    figures: dict[str, Any] = {"index_mb": _most(listed)}
    if listed[0].size == SEEDS:
        return {**figures, "index_seeds": median(each.seconds for each in listed)}
    results = [each.result for each in listed if each.result["bytes"]]  # all of it may have been there
    figures["chunks"] = max(each.result["chunks"] for each in listed)
    if results:
        megabytes = median(each["bytes"] / MB / each["seconds"] for each in results)
        figures |= {
            "articles_per_second": median(each["added"] / each["seconds"] for each in results),
            "chunks_per_second": median(each["chunks_added"] / each["seconds"] for each in results),
            "mb_per_second": megabytes,
            "seconds_per_mb": 1 / megabytes,
        }
    return figures


def _warm(listed: list[Measurement]) -> dict[str, Any]:
    return {
        "warm_p50": _median_percentile(listed, 50),
        "warm_p95": _median_percentile(listed, 95),
        "questions": len(listed[0].result["milliseconds"]),
        "known": listed[0].result["known"],
        "found": min(each.result["found"] for each in listed),
    }


def _warm_answer(listed: list[Measurement]) -> dict[str, Any]:
    return {
        "answer_p50": _median_percentile(listed, 50),
        "answer_p95": _median_percentile(listed, 95),
        "answer_mb": _most(listed),
        "answers_found": min(each.result["found"] for each in listed),
    }


def _disk(listed: list[Measurement]) -> dict[str, Any]:
    parts = {name: size / MB for name, size in listed[0].result.items()}
    return {"disk_mb": parts.pop("total", 0.0), "disk_parts": parts}


_OF_JOB: Mapping[str, Callable[[list[Measurement]], dict[str, Any]]] = {
    "index": _index,
    "help": lambda listed: {"help": median(each.first for each in listed)},
    "cold": lambda listed: {"cold": median(each.first for each in listed), "cold_mb": _most(listed)},
    "cold_answer": lambda listed: {
        "cold_answer": median(each.first for each in listed),
        "cold_answer_mb": _most(listed),
    },
    "warm": _warm,
    "warm_answer": _warm_answer,
    "disk": _disk,
}


def _median_percentile(listed: list[Measurement], percent: float) -> float | None:
    """Take the percentile of the questions of each process, and the median of the processes."""
    found = [percentile(each.result["milliseconds"], percent) for each in listed]
    return median(each for each in found if each is not None) if any(found) else None


def _most(listed: list[Measurement]) -> float:
    return max(each.peak_mb for each in listed)


def compared(ours: Summary, theirs: Summary) -> Iterator[tuple[Comparison, float]]:
    """Yield what can be compared, with how many times ours the peer takes."""
    for comparison in COMPARISONS:
        ratio = comparison.ratio(ours, theirs)
        if ratio is not None:
            yield comparison, ratio


def known_fields(summary: Summary) -> dict[str, Any]:
    """Return the figures that were measured, by name, rounded for a record."""
    found = {each.name: getattr(summary, each.name) for each in fields(summary)}
    parts = {name: round(size, 3) for name, size in found.pop("disk_parts").items()}
    rounded = {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in found.items()
        if value is not None
    }
    return {**rounded, "disk_parts": parts} if parts else rounded

"""A run as the command prints it: tables for a person, a record for a program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Literal

from qa.terminal import Line, Table
from qa_eval.folder import Run
from qa_eval.promises import broken
from qa_eval.reports.tables import (
    FIGURE_COLUMNS,
    case_rows,
    commonest,
    passed,
    rows,
    tag_columns,
    tag_rows,
    tags_left_out,
    verdict,
)
from qa_eval.types import Outcome

Listed = Literal["all", "wrong", "none"]


def parts(run: Run, *, listed: Listed = "none") -> Iterator[Line | Table]:
    """Yield the figures, those of each tag, or of those that most cases have, and, if asked for, the cases."""
    yield Table(FIGURE_COLUMNS, (*rows(run.figures), *_whole(run)))
    if run.by_tag:
        yield Line()
        alone = run.header.retrieval_only
        tags = tag_rows(commonest(run.by_tag), retrieval_only=alone)
        yield Table(tag_columns(retrieval_only=alone), tuple(tags))
        if more := tags_left_out(run.by_tag):
            yield Line(((more, "dim"),))
    chosen = [each for each in run.outcomes if listed == "all" or (listed == "wrong" and not passed(each))]
    if chosen:
        yield Line()
        yield Table(("case", "verdict", "question", "answer"), tuple(case_rows(chosen)))


def record(run: Run) -> dict[str, Any]:
    """Everything that was measured, as plain values; rates in [0, 1], times in milliseconds."""
    return {
        "suite": run.header.suite,
        "run": str(run.path),
        "figures": asdict(run.figures),
        "finish": asdict(run.finish) if run.finish else None,
        "tags": {tag: asdict(each) for tag, each in run.by_tag.items()},
        "cases": [_case(each) for each in run.outcomes],
        "made_by": run.header.made_by,
        "broken": list(broken(run.outcomes)),
    }


def _whole(run: Run) -> Iterator[tuple[str, str, str]]:
    if run.finish:
        yield "peak memory", f"{run.finish.peak_mb:.0f} MB", "this process, indexing included"
        yield "asking took", f"{run.finish.seconds:.1f} s", f"{run.header.cases} cases"


def _case(outcome: Outcome) -> dict[str, Any]:
    case = outcome.case
    kept = ("status", "short", "text", "answered_right", "cited_right", "exact", "f1", "confidence", "error")
    return {
        "id": case.id,
        "question": case.question,
        "answers": list(case.answers),
        "verdict": verdict(outcome),
        "right": outcome.right,
        **{name: getattr(outcome, name) for name in kept},
        "milliseconds": round(outcome.milliseconds, 2),
    }

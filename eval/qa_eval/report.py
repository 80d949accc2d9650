"""Lay results out: tables for a person, a record for a program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Literal

from qa.terminal import Line, Table
from qa_eval.run import Figures, Results
from qa_eval.scoring import Outcome

Listed = Literal["all", "wrong", "none"]


def parts(results: Results, *, cases: Listed = "none") -> Iterator[Line | Table]:
    """Yield the figures, the figures of each tag and, if asked for, the cases."""
    total = results.figures
    yield Table(("figure", "value", "of"), tuple(_rows(total)))
    yield Line()
    tags = ((tag, each) for tag, each in results.by_tag.items())
    columns = ("tag", "cases", "right", "answered right", "cited right", "refused", "abstained")
    yield Table(columns, tuple((tag, str(each.cases), *map(_rate, _brief(each))) for tag, each in tags))
    listed = [each for each in results.outcomes if cases == "all" or (cases == "wrong" and not each.right)]
    if listed:
        yield Line()
        yield Table(("case", "verdict", "question", "answer"), tuple(map(_case, listed)))


def record(results: Results, suite: str) -> dict[str, Any]:
    """Everything that was measured, as plain values; rates in [0, 1], times in milliseconds."""
    return {
        "suite": suite,
        "figures": asdict(results.figures),
        "tags": {tag: asdict(each) for tag, each in results.by_tag.items()},
        "cases": [_case_record(each) for each in results.outcomes],
        "made_by": dict(results.made_by),
        "broken": list(results.broken),
    }


def verdict(outcome: Outcome) -> str:
    """Say what became of a case in two words or so."""
    if outcome.error:
        return "failed"
    if outcome.right:
        return "right"
    if outcome.abstained:
        return "refused"
    if not outcome.case.answerable:
        return "should abstain"
    return "wrong answer" if not outcome.answered_right else "wrong citation"


def _rows(total: Figures) -> Iterator[tuple[str, str, str]]:
    asked, answerable = f"{total.cases} cases", f"{total.answerable} answerable"
    others, shorts = f"{total.cases - total.answerable} unanswerable", f"{total.shorts} bare answers"
    yield "right (answered and cited)", _rate(total.right), answerable
    yield "  answered right", _rate(total.answered_right), answerable
    yield "  cited right", _rate(total.cited_right), answerable
    yield "  wrongly refused", _rate(total.refused), answerable
    yield "rightly abstained", _rate(total.abstained), others
    yield "AUROC of confidence", _number(total.auroc, 3), asked
    yield "exact match", _rate(total.exact), shorts
    yield "F1", _rate(total.f1), shorts
    yield "cited characters that are gold", _rate(total.tightness), "answers cited right"
    yield "words of an answer, median", _number(total.words, 0), "answers"
    yield "verbatim", _rate(total.verbatim), f"{total.citations} citations"
    yield "abstentions that cite", str(total.cited_abstentions), asked
    yield "answers not cited", str(total.uncited), asked
    yield "failed", str(total.failed), asked
    yield "milliseconds p50, p95, p99", ", ".join(_number(each, 1) for each in (total.p50, total.p95, total.p99)), asked


def _brief(each: Figures) -> tuple[float | None, ...]:
    return each.right, each.answered_right, each.cited_right, each.refused, each.abstained


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _number(value: float | None, places: int) -> str:
    return "–" if value is None else f"{value:.{places}f}"


def _case(outcome: Outcome) -> tuple[str, str, str, str]:
    said = outcome.error or ("(abstained)" if outcome.abstained else outcome.short or outcome.text)
    return outcome.case.id, verdict(outcome), outcome.case.question, said


def _case_record(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.case.id,
        "question": outcome.case.question,
        "verdict": verdict(outcome),
        "right": outcome.right,
        "status": outcome.status,
        "short": outcome.short,
        "text": outcome.text,
        "answers": list(outcome.case.answers),
        "answered_right": outcome.answered_right,
        "cited_right": outcome.cited_right,
        "exact": outcome.exact,
        "f1": outcome.f1,
        "confidence": outcome.confidence,
        "milliseconds": round(outcome.milliseconds, 2),
        "error": outcome.error,
    }

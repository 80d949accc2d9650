"""Write a run as one page for the browser: it fetches nothing, runs nothing, and shows articles as text."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from qa_eval.folder import Run
from qa_eval.metrics.confidence import calibration
from qa_eval.metrics.confidence import risk_coverage as risks
from qa_eval.promises import breaches
from qa_eval.reports import plots, tables
from qa_eval.types import Cited, Figures, Outcome
from qa_eval.verdicts import said

WORST = 20
LISTED = 2000  # cases in the table of all; a page with more is slow to open, and results.jsonl has every one
_CITATIONS = 5  # of a case
_TEMPLATE = Path(__file__).with_name("report.html.j2")


@dataclass(frozen=True, slots=True)
class Card:
    """One figure of the summary; `part` is its part of the whole, None where there is no whole; `less` is better."""

    label: str
    value: str
    over: str
    part: float | None
    less: bool
    alarming: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One cell of the table by tag: the value and, for a bar below it, its part of the whole; `less` is better."""

    value: str
    part: float | None
    less: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One of the worst cases, laid out. `tone` is how bad it is: "bad", "odd" or "good"."""

    outcome: Outcome
    verdict: str
    tone: str
    broken: tuple[str, ...]
    said: str
    citations: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class Quoted:
    """A citation in its context; the `pieces` of its quote are text and whether gold says it too."""

    cited: Cited
    before: str
    pieces: tuple[tuple[str, bool], ...]
    after: str


def page(run: Run) -> str:
    """Return the page: what matters most, all figures, by tag, two plots, the worst cases, every case, made with."""
    header, figures = run.header, run.figures
    retrieval_only = header.retrieval_only
    return _template().render(
        run=run,
        header=header,
        started=tables.moment(header.started),
        sentence=tables.sentence(figures),
        broken=_broken(figures, run.outcomes),
        cards=_cards(figures, retrieval_only=retrieval_only),
        rows=tables.rows(figures),
        tag_columns=tables.tag_columns(retrieval_only=retrieval_only),
        tags=_tags(tables.commonest(run.by_tag), retrieval_only=retrieval_only),
        every_tag=_tags(run.by_tag, retrieval_only=retrieval_only) if len(run.by_tag) > tables.TAGS else [],
        plots=[] if retrieval_only else _plots(run.outcomes),
        worst=[_shown(each) for each in tables.worst(run.outcomes, WORST)],
        cases=[_listed(each) for each in run.outcomes[:LISTED]],
        made_with=tables.made_with(header),
        command=shlex.join(header.arguments),
    )


@cache
def _template() -> Template:
    """Read the template; whatever it is handed is escaped, and loses what a browser cannot show."""
    made = Environment(autoescape=True, undefined=StrictUndefined, finalize=_finalize, trim_blocks=True)
    return made.from_string(_TEMPLATE.read_text(encoding="utf-8"))


def _finalize(value: object) -> object:
    return value if isinstance(value, Markup) else tables.plain(str(value))


def _cards(figures: Figures, *, retrieval_only: bool) -> list[Card]:
    return [
        Card(
            row.label,
            tables.figure(figures, row.name) or "",
            tables.over(figures, row),
            getattr(figures, row.name) if row.kind in ("rate", "number") else None,
            row.better < 0,
            row.name == "verbatim" and figures.verbatim != 1,
        )
        for row in tables.summary(figures, retrieval_only=retrieval_only)
    ]


def _tags(by_tag: Mapping[str, Figures], *, retrieval_only: bool) -> list[tuple[str, int, list[Bar]]]:
    names = tables.SEARCH_TAGS if retrieval_only else tables.ANSWER_TAGS
    return [
        (
            tag,
            each.cases,
            [Bar(tables.figure(each, name) or "–", getattr(each, name), name == "false_refusals") for name in names],
        )
        for tag, each in by_tag.items()
    ]


def _broken(figures: Figures, outcomes: Sequence[Outcome]) -> str:
    """Say how many cases broke a promise or failed; "" if none did."""
    promises = sum(bool(breaches(each)) for each in outcomes)
    counts = (promises, "broke a promise"), (figures.failed, "failed")
    return ", ".join(f"{count} case{'s' * (count > 1)} {words}" for count, words in counts if count)


def _plots(outcomes: Sequence[Outcome]) -> list[tuple[str, Markup, str]]:
    """Return title, drawing and what it means, of what the confidence is worth."""
    answered = [each for each in outcomes if not each.error and not each.abstained]
    confidence, right = [each.confidence for each in answered], [each.right for each in answered]
    curve = risks(confidence, right, of=len(outcomes)) if answered else []
    bins = calibration(confidence, right) if answered else []
    return [
        (
            "Risk and coverage",
            Markup(plots.risk_coverage(curve)),
            "If only the surest answers were given, from left to right ever more of them: how many would be wrong?",
        ),
        (
            "Reliability",
            Markup(plots.reliability(bins)),
            "Is an answer as often right as its confidence says? Then bars end on the dashed line. "
            "The number above a bar counts its answers.",
        ),
    ]


def _shown(outcome: Outcome) -> Shown:
    return Shown(
        outcome,
        tables.verdict(outcome),
        _tone(outcome),
        tuple(breaches(outcome)),
        tables.clipped(said(outcome)),
        tuple(_quoted(each) for each in outcome.citations[:_CITATIONS]),
    )


def _quoted(cited: Cited) -> Quoted:
    before, after = tables.context(cited)
    return Quoted(cited, before, tuple(tables.pieces(cited)), after)


def _listed(outcome: Outcome) -> tuple[Outcome, str, str, str]:
    return outcome, tables.verdict(outcome), _tone(outcome), tables.clipped(said(outcome), 160)


def _tone(outcome: Outcome) -> str:
    if breaches(outcome) or not tables.passed(outcome):
        disappoints = tables.verdict(outcome) in ("refused", "wrong citation") and not breaches(outcome)
        return "odd" if disappoints else "bad"
    return "good"

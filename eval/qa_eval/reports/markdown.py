"""Write a run as a Markdown page; what articles and questions say stays text in it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from qa_eval.folder import Run
from qa_eval.promises import breaches
from qa_eval.reports.tables import (
    FIGURE_COLUMNS,
    clipped,
    commonest,
    context,
    made_with,
    pieces,
    plain,
    rows,
    sentence,
    tag_columns,
    tag_rows,
    tags_left_out,
    verdict,
    worst,
)
from qa_eval.types import Cited, Gold, Outcome
from qa_eval.verdicts import said

WORST = 20
_CITATIONS = 5  # of a case

# What Markdown, or a site that shows it, makes something of.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|&~$])")
# What some sites make a link of even where its letters are escaped: addresses, mail, mentions, numbers of issues.
_LINKED = re.compile(r"[^\s`|]*(?:://|www\.|@|#\d)[^\s`|]*", re.IGNORECASE)


def markdown(run: Run) -> str:
    """Return the figures, by tag, the worst cases, and what the run was made with."""
    header = run.header
    done = "" if run.finish else f" Interrupted: {len(run.outcomes)} of {header.cases} cases were asked."
    parts = [
        f"# {literal(run.name)}: {literal(header.suite)}\n",
        f"{sentence(run.figures)}.{done}\n",
        "## Figures\n",
        *_table(FIGURE_COLUMNS, rows(run.figures)),
    ]
    if run.by_tag:
        columns = tag_columns(retrieval_only=header.retrieval_only)
        tags = tag_rows(commonest(run.by_tag), retrieval_only=header.retrieval_only)
        parts += ["## By tag\n", *_table(columns, [(literal(tag), *values) for tag, *values in tags])]
        if more := tags_left_out(run.by_tag):
            parts += [f"{more}\n"]
    if shown := worst(run.outcomes, WORST):
        parts += ["## Worst cases\n", *(line for each in shown for line in _case(each))]
    return "\n".join([*parts, "## Made with\n", *_made_with(run)]) + "\n"


def literal(text: str) -> str:
    """Return text as it can stand inside one line of Markdown and stays text: no link, image, tag or emphasis."""
    line, done, out = re.sub(r"\s+", " ", plain(text)), 0, ""
    for found in _LINKED.finditer(line):
        out += _SPECIAL.sub(r"\\\1", line[done : found.start()]) + f"`{found[0]}`"
        done = found.end()
    return out + _SPECIAL.sub(r"\\\1", line[done:])


def _table(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> list[str]:
    ruled = ["---", *("---:" for _ in columns[1:])]
    return [*(f"| {' | '.join(line)} |" for line in (columns, ruled, *lines)), ""]


def _case(outcome: Outcome) -> Iterator[str]:
    """Yield what was asked, what was said, what is right, and what was cited, with the words around it."""
    case = outcome.case
    yield f"### {literal(case.id)}: {', '.join([verdict(outcome), *breaches(outcome)])}\n"
    yield f"- **Question:** {literal(case.question)}"
    yield f"- **Answer:** {literal(clipped(said(outcome)))}{_confidence(outcome)}"
    if case.answers or not case.answerable:
        yield f"- **Accepted:** {literal(' · '.join(case.answers) or '(abstain)')}"
    yield from (f"- **Gold:** {_gold(gold)}" for gold in case.gold[:_CITATIONS])
    yield from (f"- **Cited:** {_cited(cited)}" for cited in outcome.citations[:_CITATIONS])
    yield ""


def _confidence(outcome: Outcome) -> str:
    return "" if outcome.error or outcome.status == "searched" else f" (confidence {outcome.confidence:.2f})"


def _gold(gold: Gold) -> str:
    return f"{literal(gold.article)}: “{literal(clipped(gold.quote))}”" if gold.quote else literal(gold.article)


def _cited(cited: Cited) -> str:
    """Set the quote in bold between the words around it; by <b>, because ** needs the right letters beside it."""
    before, after = context(cited)
    quote = literal("".join(text for text, _ in pieces(cited)))
    where = ", ".join(filter(None, (cited.title, cited.published, f"{cited.start}–{cited.end}")))
    return f"{literal(before)}<b>{quote}</b>{literal(after)} ({literal(where)})"


def _made_with(run: Run) -> Iterator[str]:
    header = run.header
    known = {
        "suite": f"{header.suite} ({header.suite_digest}), {header.cases} cases",
        "articles": str(header.articles),
        "started": header.started,
    }
    if run.finish:
        known["took"] = f"{run.finish.seconds:.1f} s, {run.finish.peak_mb:.0f} MB at most"
    for name, value in known.items():
        yield f"- {name}: {literal(value)}"
    for kind, values in made_with(header):
        yield f"- {kind}: {literal(', '.join(f'{name} {value}' for name, value in values.items()))}"
    if header.arguments:
        yield f"- command: {literal(shlex.join(header.arguments))}"

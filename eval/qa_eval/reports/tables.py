"""Say figures and cases in words and rows, the same for the terminal, Markdown, the page and the machine's report."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from heapq import nsmallest

from qa_eval.figures import ROWS, Kind, Row
from qa_eval.promises import breaches
from qa_eval.types import Cited, Figures, Header, Outcome
from qa_eval.verdicts import found, said

TAGS = 25  # in a table that is read at a glance: as many as the shipped suites and half of SQuAD's articles need
FIGURE_COLUMNS = ("figure", "value", "of")
_ROW = {row.name: row for row in ROWS}

# Fields of `Figures` by what a table of tags calls them.
ANSWER_TAGS = {
    "right": "right",
    "answered_right": "answered right",
    "cited_right": "cited right",
    "false_refusals": "false refusals",
    "abstention_recall": "abstention recall",
}
SEARCH_TAGS = {"ndcg_10": "nDCG@10", "mrr_10": "MRR@10", "recall_10": "recall@10", "hit_1": "hit@1"}

# The figures that matter, most of all first: a summary shows the first of them that have a value.
_FIRST_ANSWERS = (
    *("right", "answered_right", "cited_right", "false_refusals", "abstention_recall", "verbatim", "p50"),
    *("answerable_f1", "unsupported", "auroc_right"),
)
_FIRST_SEARCH = ("ndcg_10", "mrr_10", "hit_1", "recall_10", "recall_100", "passage_hit_5", "p50")

# What neither XML nor a terminal can hold, as an article's text never does, but a question or an error may.
_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_ENDS = tuple('.?!”"')


def rows(figures: Figures) -> list[tuple[str, str, str]]:
    """Return label, value and what it is counted over, of every figure that has a value."""
    return [
        (row.label, text, over(figures, row))
        for row in ROWS
        if (text := figure(figures, row.name)) is not None and not _idle(figures, row)
    ]


def summary(figures: Figures, *, retrieval_only: bool, limit: int = 6) -> list[Row]:
    """Return which figures to look at first."""
    names = _FIRST_SEARCH if retrieval_only else _FIRST_ANSWERS
    return [_ROW[name] for name in names if getattr(figures, name) is not None][:limit]


def figure(figures: Figures, name: str) -> str | None:
    """Return a figure as it is shown, None if it has no value."""
    value = getattr(figures, name)
    return None if value is None else shown(value, _ROW[name].kind)


def shown(value: float, kind: Kind) -> str:
    """Return a number as text: "72.5 %", "0.713", "41.0 ms", "3". Only all is shown as 100 %, only nothing as 0 %."""
    if kind == "rate":
        tenths = round(1000 * value)
        if 0 < value < 1:
            tenths = min(max(tenths, 1), 999)
        return f"{tenths / 10:.1f} %"
    return {"number": f"{value:.3f}", "milliseconds": f"{value:.1f} ms"}.get(kind) or f"{value:g}"


def over(figures: Figures, row: Row) -> str:
    """Say what a figure is counted over, with how many there are where that is known: "80 answerable"."""
    counts = {
        "all": f"{figures.cases} cases",
        "answerable": f"{figures.answerable} answerable",
        "unanswerable": f"{figures.cases - figures.answerable} unanswerable",
        "bare answers": f"{figures.shorts} bare answers",
        "citations": f"{figures.citations} citations",
        "claims": f"{figures.claims} claims",
        "searched": f"{figures.searched} searched",
        "rewritten": f"{figures.rewritten} rewritten",
    }
    return counts.get(row.over, row.over)


def sentence(figures: Figures) -> str:
    """Say in one line how it went."""
    kinds = ("right", "right"), ("abstention_recall", "refused"), ("verbatim", "verbatim")
    clauses = [
        f"{figure(figures, name)} of {over(figures, _ROW[name])} {words}"
        for name, words in kinds
        if figure(figures, name) is not None
    ]
    if figures.exact is None and figures.searched:
        ranked = f"nDCG@10 {figure(figures, 'ndcg_10')}, recall@10 {figure(figures, 'recall_10')}"
        clauses.append(f"{ranked} over {figures.searched} questions")
    if figures.failed:
        clauses.append(f"{figures.failed} failed")
    return ", ".join(clauses) if clauses else "no case was asked"


def tag_rows(by_tag: Mapping[str, Figures], *, retrieval_only: bool) -> list[tuple[str, ...]]:
    """Return a row a tag: its name, how many cases, and the figures of `tag_columns`, "–" where there is none."""
    names = SEARCH_TAGS if retrieval_only else ANSWER_TAGS
    return [(tag, str(each.cases), *(figure(each, name) or "–" for name in names)) for tag, each in by_tag.items()]


def commonest(by_tag: Mapping[str, Figures], *, limit: int = TAGS) -> dict[str, Figures]:
    """Return the tags to look at first: all of them, by name, or the `limit` that most cases have, those first."""
    if len(by_tag) <= limit:
        return dict(by_tag)
    ranked = sorted(by_tag, key=lambda tag: (-by_tag[tag].cases, tag))
    return {tag: by_tag[tag] for tag in ranked[:limit]}


def tags_left_out(by_tag: Mapping[str, Figures], *, limit: int = TAGS) -> str:
    """Say how many tags `commonest` leaves out, and where they are; "" if it leaves none out."""
    count = len(by_tag) - limit
    if count <= 0:
        return ""
    return f"… and {count} more tag{'s' * (count > 1)}, of no more cases than these: report.html and run.json have all."


def tag_columns(*, retrieval_only: bool) -> tuple[str, ...]:
    """Return what the columns of `tag_rows` are called."""
    return ("tag", "cases", *(SEARCH_TAGS if retrieval_only else ANSWER_TAGS).values())


def case_rows(outcomes: Sequence[Outcome]) -> list[tuple[str, str, str, str]]:
    """Return a row a case: its id, the verdict, the question, what was said."""
    return [(each.case.id, verdict(each), each.case.question, said(each)) for each in outcomes]


def verdict(outcome: Outcome) -> str:
    """Say what became of a case in two words or so."""
    if outcome.error:
        return "failed"
    if outcome.status == "searched":
        return _search_verdict(outcome)
    if outcome.right:
        return "right"
    if outcome.abstained:
        return "refused"
    if not outcome.case.answerable:
        return "should abstain"
    return "wrong answer" if not outcome.answered_right else "wrong citation"


def passed(outcome: Outcome) -> bool:
    """Whether it did what the case asks; a search alone: whether a gold article was among the first ten."""
    if outcome.error or outcome.status != "searched":
        return not outcome.error and outcome.right
    return found(outcome) is not False


def worst(outcomes: Sequence[Outcome], limit: int) -> tuple[Outcome, ...]:
    """Return the cases that a person should look at first, no more than `limit`.

    First what may never be, broken promises and cases that failed. Then what misleads a reader: answers that are wrong
    or to which there is none, the surest first; then right answers with the wrong citation, the surest first. Then
    what only disappoints: false refusals, those first that saw the least in the articles. Where only the search was
    measured: the questions whose first gold article came latest. Cases that went right are not among them.
    """
    ranked = [(_badness(each), number) for number, each in enumerate(outcomes)]
    bad = [(badness, number) for badness, number in ranked if badness is not None]
    return tuple(outcomes[number] for _, number in nsmallest(limit, bad))


def pieces(cited: Cited, *, limit: int = 1000) -> Iterator[tuple[str, bool]]:
    """Cut a quote at the borders of gold; yield each piece and whether it is gold. A long quote ends in an ellipsis."""
    quote, at = cited.quote[:limit], 0
    for start, end in sorted(cited.gold):
        start, end = max(at, start), min(end, len(quote))
        if start < end:
            yield from ((text, gold) for text, gold in ((quote[at:start], False), (quote[start:end], True)) if text)
            at = end
    if rest := quote[at:] + ("…" if len(cited.quote) > limit else ""):
        yield rest, False


def context(cited: Cited, *, limit: int = 200) -> tuple[str, str]:
    """Return the words right before and right after a quote, with an ellipsis where more was left out."""
    before, after = cited.before[-limit:], cited.after[:limit]
    more = len(after) < len(cited.after) or not after.rstrip().endswith(_ENDS)
    return "…" * (len(before) < cited.start) + before, after + "…" * (bool(after) and more)


def clipped(text: str, limit: int = 600) -> str:
    """Return the beginning of a text, with an ellipsis where more was left out."""
    return text if len(text) <= limit else text[:limit].rstrip() + "…"


def made_with(header: Header) -> list[tuple[str, dict[str, str]]]:
    """Return the settings, models, versions and machine of a run, those that are known."""
    kinds = ("settings", header.settings), ("models", header.made_by)
    return [each for each in (*kinds, ("versions", header.versions), ("machine", header.machine)) if each[1]]


def moment(started: str) -> str:
    """Return when a run was started for a person to read: "2026-11-22 10:00 UTC"."""
    try:
        return f"{dt.datetime.fromisoformat(started):%Y-%m-%d %H:%M %Z}".rstrip()
    except ValueError:
        return started


def plain(text: str) -> str:
    """Return a text without what XML cannot hold or a terminal would obey."""
    return _UNSHOWN.sub("", text)


def _badness(outcome: Outcome) -> tuple[int, float] | None:
    """Return what to sort by, the worst first; None if nothing is wrong."""
    if breaches(outcome):
        return 0, -outcome.confidence
    if outcome.error:
        return 1, 0
    if outcome.status == "searched":
        return (2, -_first_rank(outcome)) if outcome.relevant and _first_rank(outcome) > 1 else None
    if outcome.right:
        return None
    if outcome.abstained:
        return 4, outcome.confidence
    return 3 if outcome.case.answerable and outcome.answered_right else 2, -outcome.confidence


def _first_rank(outcome: Outcome) -> float:
    return min(outcome.ranks, default=float("inf"))


def _search_verdict(outcome: Outcome) -> str:
    if not outcome.relevant:
        return "nothing to find"
    if not outcome.ranks:
        return "not found"
    return "found first" if outcome.ranks[0] == 1 else f"found at {outcome.ranks[0]}"


def _idle(figures: Figures, row: Row) -> bool:
    """Whether a count says nothing, because no answer was asked for."""
    return row.name in ("cited_abstentions", "uncited") and figures.exact is None

"""Lay out an answer, an article, a list of articles and what indexing did, as lines for a person to read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from qa.terminal import Line, Table, one_line

if TYPE_CHECKING:
    from qa.types import Answer, Citation, Claim
    from qa_index.duplicates import Kin
    from qa_index.types import Article, Filters, Searched, Span, Synced, When

NO_ANSWER = "The articles do not say."
NEAREST = "Nearest, not an answer:"
DISAGREE = "The articles disagree:"
PARTLY = "The articles answer only part of this."
LEFT_OUT = "Left out of what the language model wrote:"
_LONGEST_DROPPED = 200  # characters of it that are shown
_LONGEST_EMPHASISED, _MOST_EMPHASISED = 500, 20  # characters, and items of a list
_BLANK = Line()
_MONTHS = (
    "January February March April May June July August September October November December".split()
)  # the C library's names change with the user's locale


def answer(found: Answer, *, claims_shown: bool = False) -> tuple[Line, ...]:
    """Lay out an answer with its numbered citations, how sure it is, and what was searched for it.

    With `claims_shown` its claims were shown as they came, and are not shown again.
    """
    if found.status == "abstained":
        return (*_abstention(found), *_unwritten(found), _BLANK, *_searched(found))
    shown = () if claims_shown else _statement(found)
    return (
        *shown,
        *_sides(found.conflicts),
        _BLANK,
        *(line for citation in found.citations for line in _cited(found, citation)),
        *_unwritten(found),
        _BLANK,
        _line(f"How sure: {sureness(found.confidence)} ({found.confidence:.2f})"),
        *_searched(found),
    )


def _statement(found: Answer) -> Iterator[Line]:
    """Yield the bare answer in bold, then the text that carries the marks, unless they are the same words."""
    if found.short:
        yield _line(found.short, "bold")
    if found.text.strip() and _unmarked(found.text) != found.short:
        yield from ((_BLANK,) if found.short else ())
        yield from (Line(_emphasised(line, found.short)) for line in found.text.strip().splitlines())
    if found.status == "partial":
        yield from (_BLANK, _line(PARTLY))


def claim(one: Claim) -> Line:
    """Lay out a claim as it comes, before the answer is complete."""
    from qa.wording import shown

    return _line(one_line(shown(one)))


def _unwritten(found: Answer) -> Iterator[Line]:
    """Say which claims of a language model are not shown and why, and why it wrote nothing at all."""
    if found.dropped:
        yield from (_BLANK, _line(LEFT_OUT, "dim"))
        for dropped in found.dropped:
            yield Line(
                ((f"- {one_line(dropped.text)[:_LONGEST_DROPPED]} — {one_line(dropped.reason)}", "dim"),), indent=2
            )
    if found.failure:
        written = any(claim.kind == "written" for claim in found.claims)
        what = "Not finished" if written else "Not written"
        yield from (_BLANK, _line(f"{what} by the language model: {one_line(found.failure)}", "yellow"))


def _unmarked(text: str) -> str:
    return re.sub(r"\s*\[\d+\]", "", text).strip()


def _abstention(found: Answer) -> Iterator[Line]:
    yield _line(NO_ANSWER, "bold")
    if found.nearest:
        yield from (_BLANK, _line(NEAREST))
        for citation in found.nearest:
            yield from _citation(citation, "-", None)


def _sides(conflicts: Sequence[Claim]) -> Iterator[Line]:
    """Each side of a disagreement, with whoever said it and the numbers of its citations."""
    if conflicts:
        yield from (_BLANK, _line(DISAGREE, "bold"))
    for claim in conflicts:
        said_by = f"{claim.attributed_to}: " if claim.attributed_to else ""
        marks = "" if re.search(r"\[\d+\]", claim.text) else "".join(f" [{one.number}]" for one in claim.citations)
        yield Line((("- ", ""), (one_line(f"{said_by}{claim.text}{marks}"), "")), indent=2)


def _cited(found: Answer, citation: Citation) -> Iterator[Line]:
    """Yield a numbered citation; a quote that the text above has already given is not given again."""
    mark, (quote, where, source) = f"[{citation.number}]", _citation(citation, "", found.short)
    if one_line(citation.quote) in one_line(found.text):
        yield Line(((f"{mark} ", ""), *where.pieces))
    else:
        yield from (Line(((mark, ""), *quote.pieces)), where)
    yield source


def _citation(citation: Citation, mark: str, short: str | None) -> Iterator[Line]:
    """Yield a quote with the answer in it emphasised, where it was published, and where it stands."""
    yield Line(((f"{mark} “", ""), *_emphasised(citation.quote, short), ("”", "")))
    where = ", ".join(part for part in (citation.publisher, day(citation.published)) if part)
    yield _line(" — ".join(part for part in (citation.title, where) if part), indent=4)
    yield _line(f"{citation.source}:{citation.span.start}-{citation.span.end}", "dim", indent=4)


def emphasis(text: str, short: str | None) -> tuple[tuple[str, bool], ...]:
    """Cut a text where the bare answer in it begins and ends, each piece with whether it is that; a list's items each.

    A very long answer, or the last of very many items, is not looked for: whoever sent it may mean harm.
    """
    if short and len(short) <= _LONGEST_EMPHASISED:
        for wanted in ([short], re.split(r", | and ", short)[:_MOST_EMPHASISED]):
            pattern = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in wanted if word)
            if pattern and re.search(pattern, text):
                pieces = re.split(f"({pattern})", text)
                return tuple((piece, number % 2 == 1) for number, piece in enumerate(pieces) if piece)
    return ((text, False),)


def _emphasised(text: str, short: str | None) -> tuple[tuple[str, str], ...]:
    return tuple((piece, "bold" if strong else "") for piece, strong in emphasis(text, short))


def sureness(confidence: float) -> str:
    """Put a probability in words."""
    for least, words in ((0.85, "very sure"), (0.6, "fairly sure"), (0.35, "unsure")):
        if confidence >= least:
            return words
    return "hardly more than a guess"


def _searched(found: Answer) -> Iterator[Line]:
    nothing = "" if found.searched.articles else ": the filters leave none"
    yield _line(f"{searched(found.searched)}{nothing}", "dim")
    if narrowed := filters(found.filters):
        yield _line(f"Narrowed to: {narrowed}", "dim")


def searched(looked_through: Searched) -> str:
    """Say what was looked through, such as "Searched 5 articles, 6–13 January 2022"."""
    return f"Searched {extent(looked_through)}"


def extent(found: Searched) -> str:
    """Say how many articles there are and of which days: "5 articles, 6–13 January 2022"."""
    days = period(found.first, found.last)
    return f"{counted(found.articles, 'article')}{', ' if days else ''}{days}"


def counted(number: int, thing: str) -> str:
    """Write a number of things: "1 article", "2 articles"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def filters(narrowed: Filters) -> str:
    """Say what a search was narrowed to; empty if to nothing."""
    parts = (
        f"from {_date(narrowed.after)}" if narrowed.after else "",
        f"until {_date(narrowed.until)}" if narrowed.until else "",
        f"published by {' or '.join(narrowed.publishers)}" if narrowed.publishers else "",
        f"in article {' or '.join(narrowed.articles)}" if narrowed.articles else "",
    )
    return "; ".join(part for part in parts if part)


def period(first: dt.date | None, last: dt.date | None) -> str:
    """Two days as a person writes them, shared parts once: "6–13 January 2022"; empty if unknown."""
    if first is None or last is None:
        known = first or last
        return _date(known) if known else ""
    if first == last:
        return _date(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_date(last)}"
    if first.year == last.year:
        return f"{first.day} {_MONTHS[first.month - 1]} – {_date(last)}"
    return f"{_date(first)} – {_date(last)}"


def _date(date: dt.date) -> str:
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def day(when: When | None) -> str:
    """Write a date no finer than it is known: "2022", "January 2022" or "13 January 2022"; empty if unknown."""
    if when is None:
        return ""
    if when.precision == "year":
        return str(when.value.year)
    if when.precision == "month":
        return f"{_MONTHS[when.value.month - 1]} {when.value.year}"
    return _date(when.date)


def moment(when: When | None) -> str:
    """Write a date with the time and the zone as far as they were stated; empty if unknown."""
    if when is None:
        return ""
    time = {"minute": f", {when.value:%H:%M}", "second": f", {when.value:%H:%M:%S}"}.get(when.precision, "")
    return f"{day(when)}{time}{f' {when.zone}' if when.zone else ''}"


def article(
    shown: Article, others: Sequence[tuple[str, Article]] = (), *, marks: tuple[str, str] = ("", "")
) -> tuple[Line, ...]:
    """Lay out what is known about an article, with the places its dates were read in, then its text.

    `others` have the same words, each with what it is. What is never searched or cited is dimmed, and set between
    `marks`.
    """
    rules = dict(shown.provenance)
    known = (
        ("Title", shown.title or "", None),
        ("Publisher", shown.publisher or "", None),
        ("Authors", ", ".join(shown.authors), None),
        ("Published", moment(shown.published), _read_in(shown.published, rules.get("published"))),
        *(("Also", moment(each), _read_in(each, None)) for each in shown.other_dates),
        ("Updated", moment(shown.updated), _read_in(shown.updated, rules.get("updated"))),
        ("Address", shown.url or "", None),
        *(("Source", source, None) for source in shown.sources),
        *((relation.capitalize(), _named(other), other.id) for relation, other in others),
        ("Article", shown.id, None),
    )
    header = [_known(name, value, rule) for name, value, rule in known if value]
    return (*header, _BLANK, *_paragraphs(shown.text, shown.masked, marks))


def _known(name: str, value: str, rule: str | None) -> Line:
    where = (f" ({one_line(rule)})", "dim") if rule else ("", "")
    return Line(((f"{name + ':':<11} ", "bold"), (one_line(value), ""), where))


def _read_in(when: When | None, rule: str | None) -> str | None:
    """Return the rule that read a date; one that was handed in was read nowhere."""
    return rule or (when.method if when and when.method != "given" else None)


def _named(other: Article) -> str:
    return ", ".join(part for part in (other.label, other.publisher, day(other.published)) if part)


def _paragraphs(text: str, masked: Sequence[Span], marks: tuple[str, str]) -> Iterator[Line]:
    """Yield the text line by line, each cut where a masked range begins and ends."""
    opening, closing = marks
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        cuts = sorted({start, end, *(cut for span in masked for cut in (span.start, span.end) if start < cut < end)})
        runs = groupby(pairwise(cuts), key=lambda piece: _covered(piece[0], masked))
        yield Line(
            tuple(
                (f"{opening}{words}{closing}", "dim") if covered else (words, "")
                for covered, pieces in runs
                if (words := "".join(text[a:b] for a, b in pieces))
            )
        )
        start = end + 1


def _covered(position: int, spans: Sequence[Span]) -> bool:
    return any(span.start <= position < span.end for span in spans)


def articles(listed: Iterable[Article], kin: Mapping[str, Kin] = MappingProxyType({})) -> Table:
    """One row an article: id, day, publisher, title, source, and which one's words it has."""
    return Table(
        ("ID", "PUBLISHED", "PUBLISHER", "TITLE", "SOURCE", "SAME WORDS"),
        tuple(
            (
                each.id,
                iso(each.published) or "",
                each.publisher or "",
                each.label,
                each.sources[0] if each.sources else "",
                relation(kin.get(each.id)),
            )
            for each in listed
        ),
    )


def relation(kin: Kin | None) -> str:
    """Say what an article is to the original: "reprint of 7fdb55270c037503"; empty if it stands alone."""
    return f"{kin.relation} of {kin.original_id}" if kin else ""


def iso(when: When | None) -> str | None:
    """Write a date as ISO 8601 does, no finer than a day and no finer than it is known: "2022-01-13"."""
    if when is None:
        return None
    digits = {"year": 4, "month": 7}.get(when.precision, 10)
    return when.value.date().isoformat()[:digits]


def synced(done: Synced, folder: Path) -> str:
    """Say what indexing did, in one line."""
    counts = f"{done.added} added, {done.changed} changed, {done.unchanged} unchanged, {done.removed} removed"
    return f"{counts}, {len(done.failed)} failed · library {folder}"


def changes(done: Synced) -> str:
    """Say what was brought up to date, without what was not: "2 added, 1 failed"; empty if nothing was."""
    counts = (done.added, "added"), (done.changed, "changed"), (done.removed, "removed"), (len(done.failed), "failed")
    return ", ".join(f"{number} {what}" for number, what in counts if number)


def _line(text: str, style: str = "", *, indent: int = 0) -> Line:
    """Make a line of someone else's words, kept to one line whatever is in them."""
    return Line(((one_line(text), style),), indent)

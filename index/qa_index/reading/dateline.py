"""Read who published an article, who wrote it, and when, from where articles say so; what is not said is unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa_index.reading import dates, fields, names
from qa_index.reading.fields import Field
from qa_index.reading.lines import Range, ends_sentence, lines_outside
from qa_index.types import Span, When


@dataclass(frozen=True, slots=True)
class Dateline:
    """What the metadata lines of an article state, and the ranges they take; `methods` names the rule per field."""

    title: str | None = None
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    published: When | None = None
    updated: When | None = None
    url: str | None = None
    ranges: tuple[Range, ...] = ()
    methods: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """One metadata line, or the part of a line before the body: what it states, where, and by which rule."""

    start: int
    end: int
    fields: tuple[Field, ...]
    method: str


_HEAD_LINES, _TAIL_LINES = 24, 8
_HEAD_PARAGRAPHS = 2  # a standfirst or two may come before the byline; after that it is the body
_LONGEST_DATE, _LONGEST_DATELINE = 60, 200
_LONG = 120  # a line that long is a paragraph, whatever it ends with

# "ALMATY, Jan 6 (Reuters) - ", "MOSCOW, January 6. /TASS/. ", "(CNN) -- ", "New Delhi [India], January 6 (ANI): "
_DATELINE = re.compile(
    r"(?P<place>[^\W\d_a-z][\w .,'’/\[\]-]{1,60}?)?[,.]?\s*[(/](?P<agency>[^()/\n]{2,30})[)/]\.?"
    r"\s*(?:--|[-–—:])?\s*(?=\S)"
)
_WORD = re.compile(r"\w[\w’']*")
_SIGNED = re.compile(r"(?:[A-Z][\w.'’-]+[ ,]+){0,3}(?P<agency>[A-Z]{2,5})\s*(?:--|[–—])\s*(?=\S)")
_END_SIGNATURE = re.compile(r"[.!?\"”]\s*(?P<mark>[(\[/]\s*(?P<agency>[A-Z]{2,8})\s*[)\]/])\s*$")


def read(text: str, article_id: str, *, skip: Sequence[Range] = ()) -> Dateline:
    """Read the metadata of an article from its first and last lines, never from its body.

    `skip` are sorted ranges known to be boilerplate or read already. A date without a year, an impossible date
    and one whose day and month could be either are unknown.
    """
    visible = list(lines_outside(text, skip))
    head = list(_head(text, visible))
    last = head[-1].end if head else 0
    tail = list(_tail(text, [line for line in visible[-_TAIL_LINES:] if line[0] >= last and line != visible[0]]))
    return _fold([*head, *tail], article_id)


def _head(text: str, visible: Sequence[Range]) -> Iterator[_Line]:
    """Yield the metadata at the top: above the body, or after its first two paragraphs if it is labelled."""
    unsigned = _unsigned_byline(text, visible)
    if unsigned:
        yield unsigned
    paragraphs = 0
    for start, end in visible[:_HEAD_LINES]:
        if unsigned and start < unsigned.end:
            continue
        found = fields.read(text, start, end)
        if found and _belongs(text, found, paragraphs, visible):
            yield _Line(start, end, found, "metadata line")
        elif not found and ((paragraphs == 0) and (prefix := _prefix(text, start, end))):
            yield prefix
            paragraphs += 1
        elif end - start > _LONG or ends_sentence(text, start, end):
            paragraphs += 1
        if paragraphs > _HEAD_PARAGRAPHS:
            return


def _belongs(text: str, found: Sequence[Field], paragraphs: int, visible: Sequence[Range]) -> bool:
    """Tell whether a metadata line is about the article: bare dates may be the headings of a diary."""
    if any(field.kind not in ("date", "other") for field in found):
        return True
    short = (text[start:end] for start, end in visible if end - start <= _LONGEST_DATE)
    return paragraphs <= 1 and len({line for line in short if dates.whole(line)}) <= 1


def _tail(text: str, visible: Sequence[Range]) -> Iterator[_Line]:
    """Yield the metadata at the bottom, from the last line up to the first that is something else."""
    for position, (start, end) in enumerate(reversed(visible)):
        found = fields.read(text, start, end)
        bare = any(field.kind == "date" for field in found)
        if not found or (bare and position > 0):
            signature = _END_SIGNATURE.search(text, max(start, end - 60), end) if position == 0 else None
            if signature and names.is_agency(signature["agency"]):
                field = Field("publisher", *signature.span("mark"), (signature["agency"],))
                yield _Line(*signature.span("mark"), (field,), "closing signature")
            return
        yield _Line(start, end, found, "closing line")


def _unsigned_byline(text: str, visible: Sequence[Range]) -> _Line | None:
    """Read a name alone on the first line, if the line below says what the person is or writes for."""
    if len(visible) < 3:
        return None
    (start, end), (below, below_end) = visible[0], visible[1]
    people = names.credit(text[start:end])
    if people is None or not people.authors:
        return None
    if people.publisher:  # "Jane Doe, BBC News"
        field = Field("publisher", start, end, (people.publisher,))
        return _Line(start, end, (Field("authors", start, end, people.authors), field), "unsigned byline")
    added = names.affiliation(text[below:below_end])
    if added is None:
        return None
    publisher = (Field("publisher", below, below_end, (added.publisher,)),) if added.publisher else ()
    return _Line(start, below_end, (Field("authors", start, end, people.authors), *publisher), "unsigned byline")


def _prefix(text: str, start: int, end: int) -> _Line | None:
    """Read the dateline that the first line of the body begins with; None if it begins with its body."""
    if dated := fields.dated_prefix(text, start, end):
        body = re.compile(r"[\s:|•–—-]*").match(text, dated[-1].end, end)
        return _Line(start, body.end() if body else dated[-1].end, dated, "date before the body")
    near = min(end, start + _LONGEST_DATELINE)
    match = _DATELINE.match(text, start, near) or _SIGNED.match(text, start, near)
    if match is None or not names.is_agency(match["agency"].strip()) or text[match.end()].islower():
        return None
    if not all(word[0].isupper() or word[0].isdigit() for word in _WORD.findall(text, start, match.start("agency"))):
        return None  # "The spokesman told the agency (Reuters) …" is a sentence
    found = [Field("publisher", *match.span("agency"), (match["agency"].strip(),))]
    for word in re.finditer(r"\b\w", text[start : match.start("agency")]):
        if moment := dates.at(text, start + word.start(), match.start("agency")):
            found.append(Field("published", moment.start, moment.end, moment=moment))
            break
    return _Line(start, match.end(), tuple(found), "agency dateline")


def _fold(found: Sequence[_Line], article_id: str) -> Dateline:
    """Choose one value per field: a labelled date before a bare one, otherwise what comes first."""
    published, updated = _dates(found, article_id)
    first = {
        kind: next(((f.values[0], line.method) for line in found for f in line.fields if f.kind == kind), None)
        for kind in ("title", "publisher", "url")
    }
    written = [line for line in found if any(field.kind == "authors" and field.values for field in line.fields)]
    authors = tuple(dict.fromkeys(n for line in written for f in line.fields if f.kind == "authors" for n in f.values))
    methods = [(kind, value[1]) for kind, value in first.items() if value]
    methods += [("authors", written[0].method)] if written else []
    methods += [(kind, when.method) for kind, when in (("published", published), ("updated", updated)) if when]
    title, publisher, url = (value[0] if value else None for value in first.values())
    ranges = tuple((line.start, line.end) for line in found)
    return Dateline(title, publisher, authors, published, updated, url, ranges, tuple(methods))


def _dates(found: Sequence[_Line], article_id: str) -> tuple[When | None, When | None]:
    """Return when the article was published and updated."""
    chosen: dict[str, When] = {}
    for wanted in ("published", "updated", "date"):
        for line in found:
            kind = "published" if wanted == "date" else wanted
            moments = [f.moment for f in line.fields if f.kind == wanted and f.moment and f.moment.value]
            if not moments or kind in chosen:
                continue
            extra = [f.moment for f in line.fields if f.kind == "date" and f.moment and f.moment.value]
            exact = next((m for m in extra if kind == "published" and _refines(m, moments[0])), moments[0])
            chosen[kind] = _when(exact, line.method, article_id)
            # Some sites glue two machine dates behind the printed one: published, then updated.
            later = [m for m in extra if m is not exact and m.precision == "second"]
            if kind == "published" and exact is not moments[0] and later and "updated" not in chosen:
                chosen["updated"] = _when(later[0], line.method, article_id)
    return chosen.get("published"), chosen.get("updated")


def _refines(exact: dates.Moment, rough: dates.Moment) -> bool:
    """Tell whether two moments on one line are the same, the first with its seconds."""
    if exact.value is None or rough.value is None or exact.precision != "second" or rough.precision == "second":
        return False
    same = "%Y-%m-%d %H:%M" if rough.precision == "minute" else "%Y-%m-%d"
    return exact.value.strftime(same) == rough.value.strftime(same)


def _when(moment: dates.Moment, method: str, article_id: str) -> When:
    assert moment.value is not None
    return When(moment.value, moment.precision, moment.zone, Span(article_id, moment.start, moment.end), method)

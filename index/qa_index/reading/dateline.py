"""Read who published an article, who wrote it, and when, from where articles say so; what is not said is unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qa_index.reading import dates, fields, names
from qa_index.reading.fields import Field
from qa_index.reading.headline import is_name_alone
from qa_index.reading.lines import Range, ends_sentence, lines_outside
from qa_index.types import Span, When


@dataclass(frozen=True, slots=True)
class Dateline:
    """What the metadata lines of an article state, and the ranges they take; `methods` names the rule per field.

    `publications` are all dates that are stated as that of publication, `published` among them, the surest first.
    """

    title: str | None = None
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    published: When | None = None
    updated: When | None = None
    url: str | None = None
    ranges: tuple[Range, ...] = ()
    methods: tuple[tuple[str, str], ...] = ()
    publications: tuple[When, ...] = ()


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
# "ULVERDALE, 12 August 2023 - ", "HASK, Aug 12, 2023 (Wire) -- ": a place in capitals, its date follows.
_PLACE = re.compile(r"[^\W\d_a-z]{2}[^\W_a-z .'’,-]*(?:[ '’-][^\W\d_a-z]+)*,\s+(?=[\w])")
_DASH = re.compile(r"\s*(?:\([^()\n]{2,30}\))?\s*(?:--|[-–—])\s+(?=\S)")
_WORD = re.compile(r"\w[\w’']*")
_SIGNED = re.compile(r"(?:[A-Z][\w.'’-]+[ ,]+){0,3}(?P<agency>[A-Z]{2,5})\s*(?:--|[–—])\s*(?=\S)")
_SIGNED_ALONE = re.compile(  # "Washington, DC CNN Business —", a line of its own
    r"(?:[A-Z][\w.'’-]+[ ,]+){0,6}?(?P<agency>[A-Z]{2,5}(?: [A-Z][a-z]+)?)\s*(?:--|[–—])"
)
_END_SIGNATURE = re.compile(r"[.!?\"”]\s*(?P<mark>[(\[/]\s*(?P<agency>[A-Z]{2,8})\s*[)\]/])\s*$")


def read(text: str, article_id: str, *, skip: Sequence[Range] = ()) -> Dateline:
    """Read the metadata of an article from its first and last lines, never from its body.

    `skip` are sorted ranges known to be boilerplate or read already. A date without a year, an impossible date
    and one whose day and month could be either are unknown.
    """
    visible = list(_labels_joined(text, lines_outside(text, skip)))
    head = list(_head(text, visible))
    last = head[-1].end if head else 0
    tail = list(_tail(text, [line for line in visible[-_TAIL_LINES:] if line[0] >= last and line != visible[0]]))
    return _fold([*head, *tail], article_id)


def _labels_joined(text: str, visible: Iterable[Range]) -> Iterator[Range]:
    """Yield the lines, one that is only the label of a date together with the line below."""
    label: Range | None = None
    for start, end in visible:
        if label is None and fields.is_label(text, start, end):
            label = (start, end)
            continue
        if label and not fields.read(text, label[0], end):
            yield label
            label = None
        yield (label[0] if label else start), end
        label = None
    if label:
        yield label


def _head(text: str, visible: Sequence[Range]) -> Iterator[_Line]:
    """Yield the metadata at the top: above the body, or after its first two paragraphs if it is labelled."""
    unsigned = _unsigned_byline(text, visible)
    if unsigned:
        yield unsigned
    paragraphs, diary = 0, _is_diary(text, visible)
    for start, end in visible[:_HEAD_LINES]:
        if unsigned and start < unsigned.end:
            continue
        found = fields.read(text, start, end)
        if found and _belongs(found, paragraphs, diary=diary):
            yield _Line(start, end, found, "metadata line")
        elif not found and ((paragraphs == 0) and (prefix := _prefix(text, start, end))):
            yield prefix
            paragraphs += 1
        elif end - start > _LONG or ends_sentence(text, start, end):
            paragraphs += 1
        if paragraphs > _HEAD_PARAGRAPHS:
            return


def _belongs(found: Sequence[Field], paragraphs: int, *, diary: bool) -> bool:
    """Tell whether a metadata line is about the article: bare dates may be the headings of a diary."""
    return any(field.kind not in ("date", "other") for field in found) or (paragraphs <= 1 and not diary)


def _is_diary(text: str, visible: Sequence[Range]) -> bool:
    """Tell whether several lines are nothing but different dates."""
    days: set[str] = set()
    for start, end in visible:
        line = text[start:end]
        if end - start <= _LONGEST_DATE and line not in days and dates.whole(line):
            days.add(line)
            if len(days) > 1:
                return True
    return False


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
    if added is None and is_name_alone(text[start:end]) and _is_dated(text, below, below_end):
        return _Line(start, end, (Field("authors", start, end, people.authors),), "unsigned byline")
    if added is None:
        return None
    publisher = (Field("publisher", below, below_end, (added.publisher,)),) if added.publisher else ()
    return _Line(start, below_end, (Field("authors", start, end, people.authors), *publisher), "unsigned byline")


def _is_dated(text: str, start: int, end: int) -> bool:
    return any(field.moment for field in fields.read(text, start, end))


def _prefix(text: str, start: int, end: int) -> _Line | None:
    """Read the dateline that the first line of the body begins with; None if it begins with its body."""
    if dated := fields.dated_prefix(text, start, end):
        body = re.compile(r"[\s:|•–—-]*").match(text, dated[-1].end, end)
        return _Line(start, body.end() if body else dated[-1].end, dated, "date before the body")
    near = min(end, start + _LONGEST_DATELINE)
    if placed := _placed(text, start, near):
        return placed
    alone = _SIGNED_ALONE.fullmatch(text, start, near) if near == end else None
    if alone and names.is_agency(alone["agency"]):
        return _Line(start, end, (Field("publisher", *alone.span("agency"), (alone["agency"],)),), "agency dateline")
    match = _DATELINE.match(text, start, near) or _SIGNED.match(text, start, near)
    if match is None or not names.is_agency(match["agency"].strip()) or text[match.end()].islower():
        return None
    words = _WORD.findall(text, start, match.start("agency"))
    if not all(word[0].isupper() or word[0].isdigit() or dates.is_month(word) for word in words):
        return None  # "The spokesman told the agency (Reuters) …" is a sentence
    found = [Field("publisher", *match.span("agency"), (match["agency"].strip(),))]
    for word in re.finditer(r"\b\w", text[start : match.start("agency")]):
        if moment := dates.at(text, start + word.start(), match.start("agency")):
            found.append(Field("published", moment.start, moment.end, moment=moment))
            break
    return _Line(start, match.end(), tuple(found), "agency dateline")


def _placed(text: str, start: int, near: int) -> _Line | None:
    """Read a place in capitals with a whole date and a dash behind it."""
    place = _PLACE.match(text, start, near)
    moment = dates.at(text, place.end(), near) if place else None
    dash = _DASH.match(text, moment.end, near) if moment else None
    if moment is None or dash is None or moment.value is None or moment.precision == "month":
        return None
    return _Line(start, dash.end(), (Field("published", moment.start, moment.end, moment=moment),), "dateline")


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
    publications = _publications(found, published, updated, article_id)
    return Dateline(title, publisher, authors, published, updated, url, ranges, tuple(methods), publications)


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


def _publications(
    found: Sequence[_Line], published: When | None, updated: When | None, article_id: str
) -> tuple[When, ...]:
    """Return every date that is stated as that of publication: the chosen one, labelled ones, then bare ones."""
    stated = [published] if published else []
    for wanted in ("published", "date"):
        for line in found:
            kinds = {field.kind for field in line.fields}
            if wanted == "date" and "updated" in kinds and "published" not in kinds:
                continue  # the bare date beside "Updated" may be its clock's
            moments = (f.moment for f in line.fields if f.kind == wanted and f.moment and f.moment.value)
            stated += [_when(moment, line.method, article_id) for moment in moments]
    return tuple(dict.fromkeys(when for when in stated if updated is None or when.span != updated.span))


def _refines(exact: dates.Moment, rough: dates.Moment) -> bool:
    """Tell whether two moments on one line are the same, the first with its seconds."""
    if exact.value is None or rough.value is None or exact.precision != "second" or rough.precision == "second":
        return False
    same = "%Y-%m-%d %H:%M" if rough.precision == "minute" else "%Y-%m-%d"
    return exact.value.strftime(same) == rough.value.strftime(same)


def _when(moment: dates.Moment, method: str, article_id: str) -> When:
    assert moment.value is not None
    return When(moment.value, moment.precision, moment.zone, Span(article_id, moment.start, moment.end), method)

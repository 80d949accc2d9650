"""Read one line of metadata: dates with their labels, bylines, publishers; or tell that it is no such line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from qa_index.reading import dates, names
from qa_index.reading.lines import ends_sentence, trim

Kind = Literal["published", "updated", "date", "authors", "publisher", "title", "url", "other"]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a line states at [start, end): a moment, or values as they are written."""

    kind: Kind
    start: int
    end: int
    values: tuple[str, ...] = ()
    moment: dates.Moment | None = None


_LONGEST_LINE, _LONGEST_PREFIX, _LONGEST_LABEL = 400, 200, 40
_ON = r"(?:\s+(?:on|at|am|le|el|в))?\s*[:：]?(?=[\s\d])\s*"
_DATE_LABEL = re.compile(
    r"(?:(?P<updated>(?:(?:last|latest|date)\s+)?(?:updated?|modified|revised)|обновлено|изменено|жаңартылды"
    r"|aktualisiert|stand(?=\s?:)|mis(?:e)?\s+à\s+jour|actualizad[oa])"
    r"|(?:(?:first|originally|date)\s+)?(?:published|posted|released|issued|filed|created)"
    r"|(?:publication|publish|pub|release)\s+date|date\s+of\s+publication|dated?"
    r"|veröffentlicht|erstellt|publiée?|publicad[oa]"
    rf"|опубликовано|дата(?:\s+публикации)?|жарияланған)(?![^\W\d_]){_ON}",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(?:(?P<title>title|headline|заголовок)|(?P<url>url|link|permalink|(?:read\s+)?(?:the\s+)?original(?:\s+article)?)"
    r"|(?P<publisher>source|publisher|publication|outlet|agency|newspaper|источник))\s*[:：]\s*(?P<value>\S.*)",
    re.IGNORECASE,
)
_URL = re.compile(r"https?://[^\s<>\"]+")
_BYLINE = re.compile(
    r"(?P<verb>(?:(?:text|words|story|reported|reporting|report|written|writing|compiled)\s+)?by\b\s*[:：]?"
    r"|(?:authors?|reporters?|correspondents?|contributors?|авторы?)\s*[:：])\s*(?P<names>\S.*)",
    re.IGNORECASE,
)
_CREDIT_ONLY = re.compile(
    r"(?:(?:additional|further)\s+(?:reporting|writing)|editing|edited|translated|produced|photographs?|photos?|pictures"
    r"|images?|graphics?|videos?|illustrations?)\s+by\b\s*[:：]?\s*(?P<names>\S.*)",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"\d{1,3}[ -]min(?:ute)?s?(?: read)?|(?:updated )?\d{1,3} (?:second|minute|hour|day|week|month)s? ago|\d{1,2}:\d{2}"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|local time|(?:\d+ )?comments?|share|print|news|on|at|in|—"
    r"|(?:web )?editor\s?: ?[\w .-]{1,40}",
    re.IGNORECASE,
)
_GAP = re.compile(r"[\s,;:()\[\]|•·/–—-]+")
_SEPARATOR = re.compile(r"\s*[|•·\t]\s*|\s+[-–—/]+(?:\s+|$)|\s{3,}")
_NO_PLACE = [[word] for word in "After As Before Born By Died From Only Since Through Till To Until".split()]
_PREFIX_END = re.compile(r"\s*(?:[:|•]|--|\s[-–—])\s+(?=\S)|\s+(?=[^\W\d_]|[\"“«'‘(])")
_WORD = re.compile(r"\b\w")
_SIGN_OFF = re.compile(
    r"\(?\s*(?P<body>(?:additional\s+)?reporting\s+by\s.*\b(?:editing|edited|writing)\s+by\s.*?)\)?", re.I
)


def read(text: str, start: int, end: int) -> tuple[Field, ...]:
    """Return what the line [start, end) states if it is metadata and nothing else; otherwise nothing."""
    if end - start > _LONGEST_LINE or text[end - 1] in ":：":
        return ()  # what ends in a colon heads what follows: "Dec. 25, 1931:"
    line = text[start:end].replace("*", " ")  # Markdown prints bylines in bold or italics
    first, last = trim(line, 0, len(line))
    fields = _sign_off(line, first, last) or _labelled(line, first, last)
    if not fields:
        scanned = tuple(_scan(line, first, last))
        fields = scanned if _is_metadata(line, scanned) else ()
    return tuple(_moved(field, start) for field in fields)


def is_label(text: str, start: int, end: int) -> bool:
    """Tell whether the line [start, end) is the label of a date and nothing more: "Last updated:"."""
    return end - start <= _LONGEST_LABEL and _DATE_LABEL.fullmatch(text[start:end] + "\n") is not None


def dated_prefix(text: str, start: int, end: int) -> tuple[Field, ...]:
    """Return the labelled date that a line of body text begins with: "date 2022-01-13 The …"; otherwise nothing."""
    near = min(end, start + _LONGEST_PREFIX)
    label = _DATE_LABEL.match(text, start, near)
    moment = dates.at(text, label.end() if label else start, near)
    after = _PREFIX_END.match(text, moment.end, end) if moment else None
    if moment is None or moment.precision == "month" or after is None:
        return ()
    barred = bool(after.group().strip())
    if label is None:  # "January 2, 2022 - Zhanaozen" is a heading
        return (_dated("published", moment),) if barred and ends_sentence(text, start, end) else ()
    plain_label = label.group().lower().startswith(("date", "дата")) or ":" in label.group()
    if not barred and (not plain_label or text[after.end()].islower()):
        return ()
    return (_dated("updated" if label["updated"] else "published", moment),)


def _scan(text: str, start: int, end: int) -> Iterator[Field]:
    """Yield the parts of a line from left to right; what no rule knows comes as "other" without values."""
    label: Kind | None = None
    while start < end:
        if gap := _GAP.match(text, start, end):
            start = gap.end()
        elif found := _DATE_LABEL.match(text, start, end):
            label, start = "updated" if found["updated"] else "published", found.end()
        elif moment := (dates.labelled if label else dates.at)(text, start, end):
            yield _dated(label or "date", moment)
            label, start = None, moment.end
        else:
            stop = _stop(text, start, end)
            yield from _named(text, start, stop)
            start = stop
    if label:
        yield Field("other", end, end)


def _stop(text: str, start: int, end: int) -> int:
    """Return where the part that begins at `start` ends: at a separator, a label or a date."""
    separator = _SEPARATOR.search(text, start, end)
    end = separator.start() if separator else end
    for word in _WORD.finditer(text, start + 1, end):
        if _DATE_LABEL.match(text, word.start(), end) or dates.at(text, word.start(), end):
            return word.start()
    return end


def _named(text: str, start: int, end: int) -> list[Field]:
    """Return what a part without a date states: names, a publisher, a known filler, or something unknown."""
    part = re.sub(r"\s+(?:on|at)$", "", text[start:end].strip(" ,;:()[]"))
    byline, only = _BYLINE.fullmatch(part), _CREDIT_ONLY.fullmatch(part)
    if byline:
        credit = names.credit(byline["names"].strip(), one_word=byline["verb"].endswith((":", "：")))
        return _credited(credit, start, end) if credit else [Field("other", start, end)]
    if only:
        return [Field("other", start, end, (part,) if names.credit(only["names"]) else ())]
    source = _LABELLED.fullmatch(part)
    stated = source["value"] if source and source["publisher"] and _is_short_name(source["value"]) else part
    if publisher := names.outlet(stated) or (stated if stated is not part else None):
        return [Field("publisher", start, end, (publisher,))]
    return [Field("other", start, end, (part,) if _FILLER.fullmatch(part) else ())]


def _credited(credit: names.Credit, start: int, end: int) -> list[Field]:
    """Return a field for the authors, or for nobody in particular, and one for the publisher."""
    publisher = [Field("publisher", start, end, (credit.publisher,))] if credit.publisher else []
    return [Field("authors", start, end, credit.authors), *publisher]


def _moved(field: Field, by: int) -> Field:
    """Return the field with its offsets counted from the start of the text instead of the line."""
    moment = field.moment
    moved = replace(moment, start=moment.start + by, end=moment.end + by) if moment else None
    return replace(field, start=field.start + by, end=field.end + by, moment=moved)


def _dated(kind: Kind, moment: dates.Moment) -> Field:
    return Field(kind, moment.start, moment.end, moment=moment)


def _is_metadata(text: str, fields: tuple[Field, ...]) -> bool:
    """Tell whether the parts of a line make it metadata: enough is known, and what is not is one short name."""
    unknown = [field for field in fields if field.kind == "other" and not field.values]
    kinds = {field.kind for field in fields}
    if not unknown and _is_period(fields):
        return False
    if not unknown:
        return bool(kinds - {"other", "publisher"}) or _only_agencies(fields)
    if len(unknown) > 1 or not _is_short_name(text[unknown[0].start : unknown[0].end]):
        return False
    if ":" in text[unknown[0].start : fields[-1].end][: unknown[0].end - unknown[0].start + 1]:
        return False  # a label that says what else the date is: "Born: Nov. 29, 1996"
    if kinds & {"published", "updated", "authors"}:
        return True
    written = text[fields[0].start : fields[-1].end]
    days = [field for field in fields if field.moment and field.moment.precision != "month"]
    # One day, and no "Jane Doe (6 January 1942 - 13 January 2022)".
    return (
        len(days) == 1 and "(" not in written and (unknown[0].start < days[0].start or any(m in written for m in "|•·"))
    )


def _is_period(fields: tuple[Field, ...]) -> bool:
    """Tell whether a line names only days, and several: from one day to another."""
    days = {field.moment.value.date() for field in fields if field.moment and field.moment.value}
    return len(days) > 1 and all(field.kind in ("date", "other") for field in fields)


def _only_agencies(fields: tuple[Field, ...]) -> bool:
    """Tell whether a line is signed by an agency, or is a credit for pictures or editing, and no more."""
    return bool(fields) and all(
        names.is_agency(field.values[0].removeprefix("The ")) if field.kind == "publisher" else " by" in field.values[0]
        for field in fields
    )


def _is_short_name(part: str) -> bool:
    words = part.strip(" ,;:()[]").split()
    small = {"and", "of", "the", "de", "in", "&"}
    named = all(word[0].isupper() or word in small for word in words)
    return named and len(words) <= 4 and len(part) <= 40 and words[:1] not in _NO_PLACE


def _labelled(text: str, start: int, end: int) -> tuple[Field, ...]:
    """Return the value of a line such as "Title: …", "Source: …" or an address alone."""
    if address := _URL.fullmatch(text, start, end):
        return (Field("url", start, end, (address.group(),)),)
    match = _LABELLED.fullmatch(text, start, end)
    if match is None:
        return ()
    value = match["value"].strip()
    if _URL.fullmatch(value):
        return (Field("url", start, end, (value,)),)
    if match["title"]:
        return (Field("title", match.start("value"), end, (value,)),)
    if match["publisher"] and (names.outlet(value) or _is_short_name(value)):
        return (Field("publisher", start, end, (value,)),)
    return ()


def _sign_off(text: str, start: int, end: int) -> tuple[Field, ...]:
    """Return the authors of a line such as "(Reporting by …; Editing by …)"."""
    match = _SIGN_OFF.fullmatch(text, start, end)
    if match is None:
        return ()
    authors: list[str] = []
    for clause in match["body"].split(";"):
        byline = _BYLINE.fullmatch(clause.strip())
        credit = names.credit(byline["names"]) if byline else None
        authors += credit.authors if credit else ()
    return (Field("authors", start, end, tuple(dict.fromkeys(authors))),)

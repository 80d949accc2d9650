"""Read what one field of a record states: a text, names, an address, a language, a date."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from qa_index.formats.fragments import is_page, plain
from qa_index.reading import dates, names
from qa_index.stories import Piece, Story
from qa_index.types import Precision, When

# Where a value that is an object keeps what it is about.
_TEXTS = ("text", "rendered", "content", "body", "html", "value", "#text", "paragraphs")
_NAMES = ("name", "title", "rendered", "text", "value", "#text")
_PUBLISHERS = ("name", "title", "label", "domain")
_PERSONS = ("name", "full_name", "fullName", "display_name", "displayName", "label", "original", "#text")
_ADDRESSES = ("href", "url", "@id", "value")
_DATES = ("$date", "$numberLong", "value", "iso", "date")
_DEEPEST = 5
_LONGEST_LINE = 2_000  # of a title or a list of authors; what is longer is something else
_LONGEST_DATE = 100
_MOST_AUTHORS = 100

_FIRST_SECOND = dt.datetime(1990, 1, 1, tzinfo=dt.UTC).timestamp()
_LAST_SECOND = dt.datetime(2101, 1, 1, tzinfo=dt.UTC).timestamp()
_COMPACT = re.compile(r"(?P<day>(?:19|20)\d{6})(?:T?(?P<clock>\d{4}(?:\d\d)?)(?P<zone>Z)?)?")
_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*|[^\W\d_]{4,20}")
_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")
_NO_NAME = re.compile(r"\d*|\S*(?:://|@)\S*")


@dataclass(frozen=True, slots=True)
class Byline:
    """Whom a field of authors names: people, and the publisher that stands among them."""

    authors: tuple[str, ...] = ()
    publisher: str | None = None


def text(value: object, *, depth: int = 0) -> str:
    """Return the text that a value holds, a list as paragraphs, an object by what it calls its text; "" if none."""
    if isinstance(value, str):
        return (_page_text(value) if is_page(value) else None) or plain(value)
    if depth >= _DEEPEST:
        return ""
    if isinstance(value, list):
        parts = (text(item, depth=depth + 1).strip("\n") for item in value)
        return "\n\n".join(part for part in parts if part.strip())
    return _first_text(value, depth)


def line(value: object) -> str | None:
    """Return the one line that a value states: itself, the first of a list, the name of an object."""
    for _ in range(_DEEPEST):
        if isinstance(value, str):
            return " ".join(plain(value).split()) or None if len(value) <= _LONGEST_LINE else None
        value = value[0] if isinstance(value, list) and value else _first(value, _NAMES)
    return None


def publisher(value: object) -> str | None:
    """Return the name of a publisher; an address or a number is none."""
    name = line(_named(value, _PUBLISHERS))
    return None if name is None or _NO_NAME.fullmatch(name) else name


def byline(value: object) -> Byline:
    """Return whom a value names: a line such as "By A B and C D", a list of names, objects with names."""
    items = value if isinstance(value, list) else [value]
    if isinstance(value, str) and value.strip()[:1] == "[" and value.strip()[-1:] == "]":
        items = [single or double for single, double in _QUOTED.findall(value)]  # how a table writes a list
    bylines = [_byline_of(name) for item in items[:_MOST_AUTHORS] if (name := _person(item))]
    authors = dict.fromkeys(name for found in bylines for name in found.authors)
    return Byline(tuple(authors), next((found.publisher for found in bylines if found.publisher), None))


def url(value: object) -> str | None:
    """Return a whole address, None for a part of one."""
    for _ in range(_DEEPEST):
        if isinstance(value, str):
            value = value.strip()
            return value if _URL.fullmatch(value) else None
        value = value[0] if isinstance(value, list) and value else _first(value, _ADDRESSES)
    return None


def language(value: object) -> str | None:
    """Return a language as it is written: "en", "pt-BR", "English"."""
    name = line(value)
    return name if name and _LANGUAGE.fullmatch(name) else None


def when(value: object, method: str) -> When | None:
    """Return the moment that a value states, None if it is no date or could be two."""
    for _ in range(_DEEPEST):
        if isinstance(value, str | int | float):
            break
        value = value[0] if isinstance(value, list) and value else _first(value, _DATES)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    written = str(value).strip()
    if len(written) > _LONGEST_DATE:
        return None
    if epoch := _epoch(written, method):
        return epoch
    written = _spelled_out(written)
    moment = dates.whole(written) or dates.year(written, 0, len(written))
    if moment is None or moment.value is None:
        return None
    return When(moment.value, moment.precision, moment.zone, method=method)


def _page_text(page: str) -> str | None:
    """Return the text of a whole web page, None if the packages that find it are not there, or it has none."""
    from qa_index.formats import html

    try:
        found = next(html.stories(Piece("", "html", page.encode("utf-8", errors="replace"))), None)
    except ModuleNotFoundError:
        return None
    return found.text if isinstance(found, Story) else None


def _first(value: object, keys: tuple[str, ...]) -> object:
    if not isinstance(value, Mapping):
        return None
    return next((value[key] for key in keys if value.get(key)), None)


def _named(value: object, keys: tuple[str, ...]) -> object:
    """Return what an object, or the first of a list, is called: only by keys that hold names."""
    for _ in range(_DEEPEST):
        if isinstance(value, list):
            value = value[0] if value else None
        elif isinstance(value, Mapping):
            value = _first(value, keys)
    return value if isinstance(value, str) else None


def _first_text(value: object, depth: int) -> str:
    if not isinstance(value, Mapping):
        return ""
    return next((found for key in _TEXTS if key in value and (found := text(value[key], depth=depth + 1))), "")


def _person(item: object) -> str | None:
    """Return the name that an item of a list of authors has."""
    if isinstance(item, Mapping) and not _first(item, _PERSONS):
        parts = (item.get(key) for key in ("first_name", "firstName", "first", "last_name", "lastName", "last"))
        item = " ".join(part for part in parts if isinstance(part, str))
    name = line(_named(item, _PERSONS))
    return None if name is None or _NO_NAME.fullmatch(name) else name


def _byline_of(written: str) -> Byline:
    written = re.sub(r"^by:?\s+", "", written, flags=re.IGNORECASE)
    if credit := names.credit(written):
        return Byline(credit.authors, credit.publisher)
    several = [name.strip() for name in re.split(r"[;|]", written)]
    return Byline(tuple(name for name in several if name and not _NO_NAME.fullmatch(name)))


def _epoch(written: str, method: str) -> When | None:
    """Return the moment that counts seconds or milliseconds since 1970, of the years in which news has such numbers."""
    if not re.fullmatch(r"\d{9,13}(?:\.\d{1,9})?", written):
        return None
    seconds = float(written)
    seconds = seconds / 1000 if seconds >= _LAST_SECOND else seconds
    if not _FIRST_SECOND <= seconds < _LAST_SECOND:
        return None
    value = dt.datetime.fromtimestamp(int(seconds), dt.UTC).replace(tzinfo=None)
    if value.time() == dt.time():  # a calendar day, which programs write as its first second
        return When(value, "day", method=method)
    precision: Precision = "second"
    return When(value, precision, "+00:00", method=method)


def _spelled_out(written: str) -> str:
    """Return a date that is nothing but digits, such as 20220113T101500Z, as 2022-01-13T10:15:00Z."""
    compact = _COMPACT.fullmatch(written)
    if not compact:
        return written
    day, clock = compact["day"], compact["clock"]
    spelled = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    if clock:
        spelled += "T" + ":".join(clock[at : at + 2] for at in range(0, len(clock), 2)) + (compact["zone"] or "")
    return spelled

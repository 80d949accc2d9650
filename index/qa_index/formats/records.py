"""Read a story from a record with named fields: an object of JSON, a row of a table."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar

from qa_index.errors import UsageError
from qa_index.formats import values
from qa_index.formats.kinds import within
from qa_index.reading.canonical import is_visible
from qa_index.reading.decoding import decode
from qa_index.stories import Broken, FieldMap, Piece, Story
from qa_index.types import When

T = TypeVar("T")
Record = Mapping[str, Any]

# Where an object keeps its list of stories, and what may lie around that object.
LISTS = ("articles", "items", "results", "data", "docs", "entries", "stories", "posts", "records", "hits", "@graph")
# Objects that hold the fields of one story, in the exports of search engines and interfaces.
WRAPPERS = ("_source", "fields", "article", "data", "doc", "attributes")
_AROUND_LISTS = ("response", "feed", "channel")
_DEEPEST = 5
_SHOWN_FIELDS = 12


def parse_fields(text: str) -> FieldMap:
    """Return the field map with the names of "text=body,title=hed" before its own.

    Raises:
        UsageError: if a part is no FIELD=NAME, or FIELD is none that a story has.

    """
    field_map = FieldMap()
    known = [field.name for field in dataclass_fields(FieldMap)]
    for part in filter(None, (part.strip() for part in text.split(","))):
        field, equals, name = (side.strip() for side in part.partition("="))
        if not equals or not name or field.lower() not in known:
            raise UsageError(
                f"Asked for the fields {text!r}, but {part!r} does not say which field of a record holds what. "
                f"Write FIELD=NAME with FIELD one of {', '.join(known)}, such as text=body,title=hed."
            )
        field_map = replace(field_map, **{field.lower(): (name, *getattr(field_map, field.lower()))})
    return field_map


def names_of(fields: FieldMap) -> tuple[str, ...]:
    """Return every name that the map knows."""
    return tuple(name for field in dataclass_fields(FieldMap) for name in getattr(fields, field.name))


@lru_cache(maxsize=4_096)  # half of the time of reading a record went into the names that all records share
def key_of(name: str) -> str:
    """Return what two names of a field share that differ in case, spaces, dashes or underscores alone."""
    return re.sub(r"[\s_-]+", "", name).casefold()


def stories(piece: Piece, fields: FieldMap) -> Iterator[Story | Broken]:
    """Yield the story of each record in a piece: of one object, of a list of them, of an object with a list."""
    try:
        value = json.loads(decode(piece.content), strict=False)
    except json.JSONDecodeError as error:
        yield Broken(piece.place, f"it is no valid JSON ({_position(error, piece.place)}: {error.msg}); correct it")
        return
    except (ValueError, RecursionError):
        yield Broken(piece.place, "it is JSON with a number too long or nested too deep to be a story; correct it")
        return
    records = _records(value, fields)
    if records is None:
        yield _story(value, piece.place, fields, piece.url)
        return
    if not records:
        yield Broken(piece.place, "its list is empty; put objects with a text into it, or remove it")
    for number, record in enumerate(records, start=1):
        yield _story(record, within(piece.place, f"item {number}"), fields, None)


def _position(error: json.JSONDecodeError, place: str) -> str:
    line = re.search(r"(?:^|#)line (\d+)$", place)
    return f"line {int(line[1]) if line else error.lineno}, column {error.colno}"


def _records(value: object, fields: FieldMap, depth: int = 0) -> list[Any] | None:
    """Return the list of records that a value is or holds, None if it is one record itself."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or depth > _DEEPEST or _text(value, fields):
        return None
    named = {key_of(name): inner for name, inner in value.items()}
    inside = [named[name] for name in (*LISTS, *_AROUND_LISTS) if name in named]
    found = (_records(part, fields, depth + 1) for part in inside if isinstance(part, dict) or _has_objects(part))
    return next((records for records in found if records is not None), None)


def _has_objects(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _story(record: object, place: str, fields: FieldMap, url: str | None) -> Story | Broken:
    if not isinstance(record, dict):
        return Broken(place, "it is no object with fields; write each article as one, with its text in a field")
    record = _flattened(record, fields)
    text = _text(record, fields)
    if not is_visible(text):
        return Broken(place, _without_text(record, fields))
    title, title_rule = _read(record, fields.title, values.line)
    publisher, publisher_rule = _read(record, fields.publisher, values.publisher)
    byline, byline_rule = _read(record, fields.authors, values.byline)
    byline = byline or values.Byline()
    address, url_rule = _read(record, fields.url, values.url)
    if address is None:  # "source" is where it was taken from: a name, or an address
        address, url_rule = _read(record, ("source",), values.url)
    language, language_rule = _read(record, fields.language, values.language)
    rules = {
        "title": title_rule,
        "publisher": publisher_rule or (byline_rule if byline.publisher else None),
        "authors": byline_rule if byline.authors else None,
        "url": url_rule,
        "language": language_rule,
    }
    return Story(
        text=text,
        place=place,
        title=title,
        publisher=publisher or byline.publisher,
        authors=byline.authors,
        published=_dates(record, fields.published),
        updated=_dates(record, fields.updated),
        url=address or url,
        language=language,
        rules=tuple((field, rule) for field, rule in rules.items() if rule),
    )


def _fields(record: Record, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a record that have one of these names, in the order of the names: as written, and its value.

    "content.body" is the field body of the object in content, unless there is a field of that very name.
    """
    every = {key_of(name): name for name in reversed([*record])}
    written = {key_of(name): name for name in reversed([*record]) if name != "_source"}  # which is no source
    for key in dict.fromkeys(map(key_of, names)):
        outer, dot, inner = key.partition(".")
        if key in written:
            yield written[key], record[written[key]]
        elif dot and isinstance(value := record.get(every.get(outer, "")), dict):
            yield from ((f"{every[outer]}.{found}", below) for found, below in _fields(value, [inner]))


def _read(record: Record, names: Iterable[str], read: Callable[[Any], T | None]) -> tuple[T | None, str | None]:
    """Return what the first field says that says anything, and the rule that names the field."""
    for name, value in _fields(record, names):
        if found := read(value):
            return found, f"field {name}"
    return None, None


def _text(record: Record, fields: FieldMap) -> str:
    return _read(record, fields.text, values.text)[0] or ""


def _dates(record: Record, names: Iterable[str]) -> tuple[When, ...]:
    found = (values.when(value, f"field {name}") for name, value in _fields(record, names))
    return tuple(when for when in found if when)


def _flattened(record: Record, fields: FieldMap, depth: int = 0) -> Record:
    """Return a record whose text lies in an object inside it, such as "_source", with the fields of that object.

    The fields of a wrapper come before those around it; those of an object that a field names come after.
    """
    own = {name: value for name, value in record.items() if not isinstance(value, dict)}
    dotted = (value for _, value in _fields(record, (name for name in fields.text if "." in name)))
    if depth > _DEEPEST or _text(own, fields) or any(map(values.text, dotted)):
        return record
    has_text = bool(_text(record, fields))
    for name in sorted((name for name, value in record.items() if isinstance(value, dict)), key=_wrapper_rank):
        wraps = _wrapper_rank(name) < len(WRAPPERS)
        named = key_of(name) in map(key_of, fields.text)
        if not (wraps or named or not has_text):
            continue
        inner = _flattened(record[name], fields, depth + 1)
        if _text(inner, fields):
            return {**inner, **record} if named and not wraps else {**record, **inner}
    return record


def _wrapper_rank(name: str) -> int:
    return WRAPPERS.index(name.lower()) if name.lower() in WRAPPERS else len(WRAPPERS)


def _without_text(record: Record, fields: FieldMap) -> str:
    """Return why a record is no story: which fields it has, and how to name the one that holds its text."""
    if found := next(_fields(record, fields.text), None):
        return f"its field {found[0]} holds no text; put the article's text into it, or remove the record"
    names = [str(name)[:30] for name in record]
    shown = ", ".join(names[:_SHOWN_FIELDS]) + (", …" if len(names) > _SHOWN_FIELDS else "")
    has = f"it has the fields {shown}" if names else "it has no fields"
    wanted = ", ".join(fields.text[:3])
    return f"{has} and none of {wanted}; name the one that holds the text with --fields text=FIELD"

"""Read the block between two lines of dashes that a Markdown file may begin with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from qa_index.reading import dates
from qa_index.reading.lines import Range
from qa_index.types import Span, When


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the block states; `range` is the block with its dashes, None if there is none."""

    range: Range | None = None
    title: str | None = None
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    published: When | None = None
    updated: When | None = None
    url: str | None = None
    language: str | None = None


_LONGEST_BLOCK = 20_000
_BLOCK = re.compile(r"\s*---[ \t]*\n(?P<body>(?:(?!---[ \t]*(?:\n|$))[^\n]*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|$)")
_ENTRY = re.compile(
    r"^(?P<key>[A-Za-z][\w -]{0,30}?)[ \t]*:[ \t]*(?P<value>[^\n]*)(?P<items>(?:\n[ \t]*-[ \t][^\n]*)*)", re.M
)
_ITEM = re.compile(r"\n[ \t]*-[ \t]+(?P<item>[^\n]*)")

_KEYS = {
    "title": ("title", "headline"),
    "publisher": ("publisher", "source", "site", "publication", "outlet", "agency"),
    "authors": ("author", "authors", "byline", "by"),
    "published": ("date", "published", "publish date", "pubdate", "publication date", "date published", "created"),
    "updated": ("updated", "modified", "last updated", "lastmod", "date updated", "date modified"),
    "url": ("url", "link", "permalink", "canonical url", "source url"),
    "language": ("lang", "language"),
}


def read(text: str, article_id: str) -> FrontMatter:
    """Return what the block at the very start of `text` states; keys that nobody asked for are passed over."""
    block = _BLOCK.match(text, 0, _LONGEST_BLOCK)
    entries = list(_ENTRY.finditer(text, *block.span("body"))) if block else []
    if block is None or not entries:
        return FrontMatter()
    named = {re.sub(r"[_-]", " ", entry["key"]).lower(): entry for entry in reversed(entries)}
    wanted = {field: _first(named, keys) for field, keys in _KEYS.items()}
    return FrontMatter(
        range=block.span(),
        title=_one(wanted["title"]),
        publisher=_one(wanted["publisher"]),
        authors=_many(wanted["authors"]),
        published=_when(text, wanted["published"], article_id),
        updated=_when(text, wanted["updated"], article_id),
        url=_one(wanted["url"]),
        language=_one(wanted["language"]),
    )


def _first(named: Mapping[str, re.Match[str]], keys: tuple[str, ...]) -> re.Match[str] | None:
    return next((named[key] for key in keys if key in named), None)


def _one(entry: re.Match[str] | None) -> str | None:
    return next(iter(_many(entry, separator=None)), None)


def _many(entry: re.Match[str] | None, *, separator: str | None = ",") -> tuple[str, ...]:
    """Return the values of a key: a list below it, a list in brackets, or what stands beside it."""
    if entry is None:
        return ()
    value = entry["value"].strip()
    if value.startswith("[") and value.endswith("]"):
        values = value[1:-1].split(",")
    elif value:
        values = value.split(separator) if separator and value[0] not in "\"'" else [value]
    else:
        values = [item["item"] for item in _ITEM.finditer(entry["items"])]
    unquoted = (_unquoted(value.strip()) for value in values)
    return tuple(value for value in unquoted if value)


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1].strip() if quoted else value


def _when(text: str, entry: re.Match[str] | None, article_id: str) -> When | None:
    """Return the date a key states, None if it states anything else."""
    if entry is None:
        return None
    value = _unquoted(entry["value"].strip())
    start = text.find(value, entry.start("value"))
    moment = dates.whole(value) or dates.year(value, 0, len(value))
    if moment is None or moment.value is None:
        return None
    span = Span(article_id, start + moment.start, start + moment.end)
    return When(moment.value, moment.precision, moment.zone, span, "front matter")

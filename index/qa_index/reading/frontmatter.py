"""Read the block between two lines of dashes, or of plus signs, that a Markdown file may begin with."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
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
_TOML_BLOCK = re.compile(r"\s*\+\+\+[ \t]*\n(?P<body>(?:(?!\+\+\+[ \t]*(?:\n|$))[^\n]*\n)*?)\+\+\+[ \t]*(?:\n|$)")
_TABLES = ("extra", "params", "taxonomies")  # in which site generators have the fields of their users
_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]+)\]\]")
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
    "url": ("url", "link", "canonical url", "source url", "original", "permalink", "source"),
    "language": ("lang", "language"),
}


def read(text: str, article_id: str) -> FrontMatter:
    """Return what the block at the very start of `text` states; keys that nobody asked for are passed over."""
    if block := _BLOCK.match(text, 0, _LONGEST_BLOCK):
        entries = {
            _key(entry["key"]): _yaml(entry) for entry in reversed(list(_ENTRY.finditer(text, *block.span("body"))))
        }
    elif block := _TOML_BLOCK.match(text, 0, _LONGEST_BLOCK):
        entries = _toml(block)
    else:
        return FrontMatter()
    if not entries:
        return FrontMatter()

    def values(field: str) -> Iterator[_Entry]:
        return (entries[key] for key in _KEYS[field] if key in entries)

    def one(field: str, *, is_url: bool = False) -> str | None:
        found = (next(iter(entry.values), "") for entry in values(field))
        return next((value for value in found if value and bool(_URL.fullmatch(value)) == is_url), None)

    def when(field: str) -> When | None:
        return next((_when(text, entry, article_id) for entry in values(field)), None)

    return FrontMatter(
        range=block.span(),
        title=one("title"),
        publisher=one("publisher"),
        authors=next((entry.people() for entry in values("authors")), ()),
        published=when("published"),
        updated=when("updated"),
        url=one("url", is_url=True),
        language=one("language"),
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a key states: its values, whether they are a list, and where in the text the line of the key begins."""

    values: tuple[str, ...]
    start: int
    is_list: bool = False
    is_quoted: bool = False

    def people(self) -> tuple[str, ...]:
        """Return the values as names, of which an unquoted line may hold several with commas between them."""
        if self.is_list or self.is_quoted:
            return self.values
        return tuple(name.strip() for value in self.values for name in value.split(",") if name.strip())


def _key(name: str) -> str:
    return re.sub(r"[_-]", " ", name).lower()


def _yaml(entry: re.Match[str]) -> _Entry:
    """Return the values of a key: a list below it, a list in brackets, or what stands beside it."""
    value = _WIKI_LINK.sub(r"\1", entry["value"]).strip()
    listed = value.startswith("[") and value.endswith("]")
    if listed:
        written = value[1:-1].split(",")
    else:
        written = [value] if value else [_WIKI_LINK.sub(r"\1", item["item"]) for item in _ITEM.finditer(entry["items"])]
    unquoted = tuple(clean for each in written if (clean := _unquoted(each.strip())))
    return _Entry(unquoted, entry.start("value"), listed or not value, value[:1] in ("'", '"'))


def _toml(block: re.Match[str]) -> dict[str, _Entry]:
    """Return what a block of TOML states, also in the tables where sites have fields of their own."""
    try:
        stated = tomllib.loads(block["body"])
    except (ValueError, RecursionError):
        return {}
    tables = [*(stated[name] for name in _TABLES if isinstance(stated.get(name), dict)), stated]
    entries = {}
    for name, value in (pair for table in tables for pair in table.items()):
        values = tuple(
            str(each).strip() for each in (value if isinstance(value, list) else [value]) if str(each).strip()
        )
        line = re.compile(rf"^[ \t]*[\"']?{re.escape(name)}[\"']?[ \t]*=", re.M).search(block["body"])
        at = block.start("body") + (line.end() if line else 0)
        entries[_key(name)] = _Entry(values, at, isinstance(value, list), is_quoted=isinstance(value, str))
    return entries


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1].strip() if quoted else value


def _when(text: str, entry: _Entry, article_id: str) -> When | None:
    """Return the date a key states, None if it states anything else."""
    value = next(iter(entry.values), "")
    moment = dates.whole(value) or dates.year(value, 0, len(value))
    if moment is None or moment.value is None:
        return None
    start = text.find(value, entry.start)
    if start < 0:  # TOML writes the same moment in several ways
        start = text.find(value.replace(" ", "T", 1), entry.start)
    span = Span(article_id, start + moment.start, start + moment.end) if start >= 0 else None
    return When(moment.value, moment.precision, moment.zone, span, "front matter")

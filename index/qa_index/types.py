"""The values that flow through a library: frozen, checked when made, without behaviour of their own."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Precision = Literal["year", "month", "day", "minute", "second"]
PeriodUnit = Literal["day", "week", "month", "year"]
Sort = Literal["newest", "oldest", "title", "publisher"]


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of Unicode code points, [start, end), of one article's text."""

    article_id: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, got {self.start}..{self.end}")


@dataclass(frozen=True, slots=True)
class When:
    """A moment as an article states it: `value` is the local time as written, never shifted to another zone.

    `zone` is an offset ("+05:30") or an abbreviation as written ("IST"), None if not stated. `span` is where it
    was read, None if it was handed in. `method` names the rule that read it.
    """

    value: dt.datetime
    precision: Precision
    zone: str | None = None
    span: Span | None = None
    method: str = "given"

    @property
    def date(self) -> dt.date:
        """The calendar day, as written."""
        return self.value.date()


@dataclass(frozen=True, slots=True)
class Article:
    """One story. `text` is canonical and never changes; `id` is made from it; `masked` is boilerplate inside it.

    What is not known is None or empty: a date is never invented, a title never taken from the body.
    `provenance` says for each field that was found which rule found it. `other_dates` are other days of publication
    that its file states elsewhere.
    """

    id: str
    text: str
    title: str | None = None
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    published: When | None = None
    updated: When | None = None
    url: str | None = None
    sources: tuple[str, ...] = ()
    language: str | None = None
    masked: tuple[Span, ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()
    other_dates: tuple[When, ...] = ()

    @property
    def label(self) -> str:
        """What to call it in a list: its title, else its first words."""
        if self.title:
            return self.title
        start = next((mask.end for mask in self.masked if not self.text[: mask.start].strip()), 0)
        words = self.text[start : start + 500].split(maxsplit=12)
        return " ".join(words[:11]) + " …" if len(words) > 11 else " ".join(words)


def article_id(text: str) -> str:
    """Return the id of the article with this canonical text: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A range of an article that is searched as one, made of whole sentences in reading order."""

    span: Span
    sentences: tuple[Span, ...]

    @property
    def id(self) -> str:
        """The same for the same range of the same text, so writing it again changes nothing."""
        return f"{self.span.article_id}:{self.span.start}-{self.span.end}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a search found. Scores compare within one search only; `found_by` names the searches."""

    chunk: Chunk
    score: float
    found_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is narrowed to; empty means everything.

    `after` and `until` are calendar days, both included; an article without a known date passes neither.
    `publishers` and `articles` (ids) pass if any matches.
    """

    after: dt.date | None = None
    until: dt.date | None = None
    publishers: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search looked through: how many articles, and the first and last known day among them."""

    articles: int
    first: dt.date | None
    last: dt.date | None


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list says of one article: `label` is its title, else its first words; `characters` how long its text is.

    It has several `sources` where the same text came from several files.
    """

    id: str
    label: str
    publisher: str | None
    published: When | None
    sources: tuple[str, ...]
    url: str | None
    characters: int


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list of articles, and how many articles the whole list has."""

    total: int
    articles: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class Outlet:
    """A publisher, None for the articles that name none, and how many articles it has."""

    name: str | None
    articles: int


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included, and how many articles each publisher has in them, most first."""

    first: dt.date
    last: dt.date
    outlets: tuple[Outlet, ...]

    @property
    def articles(self) -> int:
        """How many articles are of these days."""
        return sum(outlet.articles for outlet in self.outlets)


@dataclass(frozen=True, slots=True)
class Timeline:
    """How many articles there are of each day, week, month or year, earliest first; one without any is left out.

    `undated` articles are of no known day.
    """

    unit: PeriodUnit
    periods: tuple[Period, ...]
    undated: int


@dataclass(frozen=True, slots=True)
class Failure:
    """One file that could not become an article, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Synced:
    """What bringing a library up to date did: sources counted by what happened to them."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """How far bringing a library up to date has come.

    First files are read (`done` of `total` files, `name` the last), which makes them found by their words; then they
    are embedded (`done` of `total` chunks, `name` an article's title), which makes them found by their meaning; then
    their vectors are stored in Chroma (as many of `total` chunks), on which a search of a small library does not wait.
    `share` of the stage is done, 0 to 1; `articles` were read so far.
    """

    stage: Literal["reading", "embedding", "storing"]
    done: int
    total: int
    name: str
    share: float
    articles: int


Progress = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing an audit found: `problem` for a person, and whether it was `repaired`."""

    part: str
    problem: str
    repaired: bool = False


class Embedder(Protocol):
    """What the library needs of an embedding model, and no more."""

    @property
    def name(self) -> str:
        """Names the vectors it makes; stored with the library and checked when it is opened."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return shape (len(texts), d), float32, unit length, the same for the same text every time."""
        ...

"""What a search index must do: the seam behind which the snapshot, Chroma and tantivy stand.

Another store (Chroma's server, PostgreSQL with pgvector) takes their place by doing the same;
`tests/index/test_vector_index_conformance.py` says what "the same" is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa_index.errors import LibraryDamaged
from qa_index.search.screen import Screen
from qa_index.types import Article, Chunk, Filters, Span, Vectors

Ranked = tuple[str, float]
Integers = NDArray[np.int32]
UNKNOWN_DAY = 0
EVERYTHING = Filters()


class IndexDamaged(LibraryDamaged):
    """An index is missing or damaged; it can be made again from the catalog, so whoever opens it does that."""

    def __init__(self, place: Path, problem: str) -> None:
        self.place, self.problem = place, problem
        said = " ".join(problem.split())[:300]  # vendors explain themselves over several lines
        super().__init__(f"Asked to use {place}, but {said}. Run `qa doctor` to make it again from the catalog.")


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One chunk, as an index keeps it. `day` is YYYYMMDD, 0 if not known; `vector` has unit length."""

    chunk_id: str
    article_id: str
    day: int
    publisher: str | None
    title: str
    text: str
    vector: Vectors

    @property
    def meaning(self) -> str:
        """The text that is embedded: a chunk seldom says again what its article is about."""
        return titled(self.title, self.text)


@dataclass(frozen=True, slots=True)
class Label:
    """What a search can be narrowed by. An article that is written again gets a new `number`."""

    number: int
    article_id: str
    day: int
    publisher: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Chunks with their vectors, column by column: n rows, `vectors` of shape (n, d), float32, unit length.

    Row i is the range [starts[i], ends[i]) of the article labelled `labels[owners[i]]`. Many rows may have a `screen`.
    """

    labels: tuple[Label, ...]
    owners: Integers
    starts: Integers
    ends: Integers
    vectors: Vectors
    screen: Screen | None = None

    def __len__(self) -> int:
        return len(self.owners)

    @property
    def last_number(self) -> int:
        """The highest number of a label, 0 if there is none: articles with a higher one came after these rows."""
        return max((label.number for label in self.labels), default=0)

    def chunk_id(self, row: int) -> str:
        """Name the chunk in one row."""
        article_id = self.labels[self.owners[row]].article_id
        return f"{article_id}:{self.starts[row]}-{self.ends[row]}"


class Index(Protocol):
    """Something kept on disk that knows chunks by their ids."""

    def upsert(self, entries: Sequence[Entry]) -> None:
        """Keep these entries, in place of those with the same chunk id; doing it twice changes nothing."""
        ...

    def delete(self, chunk_ids: Collection[str]) -> None:
        """Forget these chunks; one that is not here is no error."""
        ...

    def ids(self) -> set[str]:
        """Name every chunk that is here."""
        ...

    def count(self) -> int:
        """Say how many chunks are here."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


class VectorSearch(Protocol):
    """Finds chunks by meaning."""

    def search(self, vector: Vectors, *, limit: int, filters: Filters = EVERYTHING) -> list[Ranked]:
        """Return at most `limit` (chunk id, cosine) that pass `filters`, best first; `vector` has shape (d,)."""
        ...

    def ids(self) -> set[str]:
        """Name every chunk that is here."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


class VectorIndex(VectorSearch, Index, Protocol):
    """Finds chunks by meaning, and keeps their vectors."""


class TextSearch(Protocol):
    """Finds chunks by their words."""

    def search(self, text: str, *, limit: int, filters: Filters = EVERYTHING) -> list[Ranked]:
        """Return at most `limit` (chunk id, score) that share a word with `text` and pass `filters`, best first."""
        ...

    def ids(self) -> set[str]:
        """Name every chunk that is here."""
        ...


class TextIndex(TextSearch, Index, Protocol):
    """Finds chunks by their words, and keeps them; nothing is kept, or can be found, before `commit`."""

    def commit(self) -> None:
        """Make everything since the last commit lasting, and visible."""
        ...

    def anew(self, blocks: Iterable[Sequence[Entry]]) -> None:
        """Keep these entries and nothing else; the next commit puts them in place at once."""
        ...

    def deleted(self) -> int:
        """Say how many deleted chunks still count in the weights of words."""
        ...


def search_text(article: Article, chunk: Chunk) -> str:
    """Return the words of a chunk without what is boilerplate in it."""
    pieces, at = [], chunk.span.start
    for masked in sorted(article.masked, key=_start):
        if masked.end > at and masked.start < chunk.span.end:
            pieces.append(article.text[at : max(at, masked.start)])
            at = masked.end
    pieces.append(article.text[at : chunk.span.end])
    return "".join(pieces).strip()


def titled(title: str | None, text: str) -> str:
    """Put a title above a text, if there is one."""
    return f"{title}\n{text}" if title else text


def _start(span: Span) -> int:
    return span.start


def day_number(day: dt.date | None) -> int:
    """Write a day as a number that sorts and can be kept anywhere: 2022-01-13 is 20220113, not known is 0."""
    return UNKNOWN_DAY if day is None else day.year * 10_000 + day.month * 100 + day.day


def day_from_number(number: int) -> dt.date | None:
    """Read such a number back."""
    return None if number == UNKNOWN_DAY else dt.date(number // 10_000, number // 100 % 100, number % 100)


def day_range(filters: Filters) -> tuple[int, int] | None:
    """Return the first and last day number that pass, None if any does; never one that lets an unknown date through."""
    if filters.after is None and filters.until is None:
        return None
    return day_number(filters.after or dt.date.min), day_number(filters.until or dt.date.max)

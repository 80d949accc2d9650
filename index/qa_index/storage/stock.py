"""Read out of the catalog what search indexes are made from: labels, rows of vectors, entries."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np

from qa_index.errors import LibraryDamaged
from qa_index.search.indexes import Entry, Label, Rows, search_text
from qa_index.storage.database import Database, Row
from qa_index.storage.records import ARTICLE_COLUMNS, article_from_row, chunk_from_row, chunk_place
from qa_index.types import Article, Chunk, Vectors

_SEEN = "SELECT number FROM articles WHERE state = 'indexed'"
_LABELLED = "SELECT version, id, day, publisher FROM articles WHERE state = 'indexed' AND version IS NOT NULL"
BLOCK = 2_000  # rows fetched at a time: 3 MB of vectors
LAST = 2**62  # past every version


class Stock:
    """The chunks of a library, as indexes see them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def labels(self) -> list[Label]:
        """Return what a search can be narrowed by, for each article that is found by its meaning."""
        return [Label(*row) for row in self._database.rows(f"{_LABELLED} ORDER BY version")]

    def article_ids(self) -> frozenset[str]:
        """Name every article that can be found, by its words at least."""
        return frozenset(name for (name,) in self._database.rows("SELECT id FROM articles WHERE state = 'indexed'"))

    def chunk_count(self) -> int:
        """Say how many chunks can be found, by their words at least."""
        return int(self._database.value(f"SELECT count(*) FROM chunks WHERE article IN ({_SEEN})"))

    def vector_count(self, *, after: int = 0, until: int = LAST) -> int:
        """Say how many chunks can be found by their meaning, of articles of these versions."""
        query = f"SELECT count(*) FROM chunks WHERE article IN ({_SEEN} AND version > ? AND version <= ?)"
        return int(self._database.value(query, (after, until)))

    def chunk_ids(self) -> set[str]:
        """Name every chunk of the articles that can be found."""
        return self._named("a.state = 'indexed'")

    def vector_ids(self, *, after: int = 0, until: int = LAST) -> set[str]:
        """Name every chunk that can be found by its meaning, of articles of these versions."""
        return self._named("a.state = 'indexed' AND a.version > ? AND a.version <= ?", (after, until))

    def _named(self, condition: str, values: tuple[int, ...] = ()) -> set[str]:
        query = f"SELECT a.id, c.start, c.stop FROM chunks c JOIN articles a ON a.number = c.article WHERE {condition}"
        return {f"{article_id}:{start}-{end}" for article_id, start, end in self._database.rows(query, values)}

    def rows(self, labels: Sequence[Label]) -> Rows:
        """Return the chunks of these articles with their vectors, in the order of the labels."""
        dimensions = self._database.number("dimensions")
        places = {label.number: place for place, label in enumerate(labels)}
        wanted = json.dumps(list(places))
        within = "JOIN articles a ON a.number = c.article WHERE a.version IN (SELECT value FROM json_each(?))"
        count = self._database.value(f"SELECT count(*) FROM chunks c {within}", (wanted,))
        vectors: Vectors = np.empty((count, dimensions), dtype=np.float32)
        spans = np.empty((count, 3), dtype=np.int32)
        at = 0
        query = f"SELECT a.version, c.start, c.stop, c.vector FROM chunks c {within} ORDER BY a.version, c.start"
        for block in self._database.stream(query, (wanted,), size=BLOCK):
            spans[at : at + len(block)] = [(places[number], start, end) for number, start, end, _ in block]
            joined = b"".join(self._sound(vector, dimensions) for _, _, _, vector in block)
            vectors[at : at + len(block)] = np.frombuffer(joined, dtype=np.float32).reshape(len(block), dimensions)
            at += len(block)
        owners, starts, ends = (np.ascontiguousarray(column) for column in spans.T)
        return Rows(tuple(labels), owners, starts, ends, vectors)

    def known(self, count: int, *, until: int = LAST) -> Rows:
        """Return the chunks of at most `count` articles that are found by their meaning, the first and last of them."""
        bounds = f"SELECT min(version), max(version) FROM ({_LABELLED} AND version <= ?)"
        first, last = self._database.rows(bounds, (until,))[0]
        if first is None:
            return self.rows([])
        query = f"{_LABELLED} AND version >= ? ORDER BY version LIMIT 1"
        versions = (first + (last - first) * place // max(count - 1, 1) for place in range(count))
        found = (row for version in versions for row in self._database.rows(query, (version,)))
        return self.rows([Label(*row) for row in dict.fromkeys(found)])

    def _sound(self, vector: bytes | None, dimensions: int) -> bytes:
        if vector is None or len(vector) != 4 * dimensions:
            raise LibraryDamaged(
                f"Asked to search the library in {self._database.path.parent}, but some of its vectors are missing or "
                "cut off. Run `qa doctor --repair`, which makes them again."
            )
        return vector

    def entries(self, only: Collection[str] | None = None) -> Iterator[list[Entry]]:
        """Yield the chunks of the articles that can be found as indexes keep them, some articles at a time."""
        query = f"SELECT number, {ARTICLE_COLUMNS} FROM articles WHERE state = 'indexed' ORDER BY number"
        for block in self._database.stream(query, size=64):
            entries = [entry for row in block for entry in self._entries_of(row)]
            yield entries if only is None else [entry for entry in entries if entry.chunk_id in only]

    def entries_after(self, version: int) -> Iterator[tuple[int, list[Entry]]]:
        """Yield the chunks that can be found by their meaning, of articles past a version, with the last version."""
        query = (
            f"SELECT version, number, {ARTICLE_COLUMNS} FROM articles WHERE state = 'indexed' AND version > ? "
            "ORDER BY version"
        )
        for block in self._database.stream(query, (version,), size=64):
            entries = [entry for row in block for entry in self._entries_of(row[1:])]
            if entries:
                yield block[-1][0], entries

    def entries_of(self, numbers: Iterable[int]) -> list[Entry]:
        """Return the chunks of these articles, whatever their state."""
        query = f"SELECT number, {ARTICLE_COLUMNS} FROM articles WHERE number = ?"
        return [entry for n in numbers for row in self._database.rows(query, (n,)) for entry in self._entries_of(row)]

    def without_version(self) -> list[tuple[int, str, int]]:
        """Return (number, state, chunks without a vector) of the articles to embed, those that wait first."""
        query = (
            "SELECT number, state, (SELECT count(*) FROM chunks c WHERE c.article = a.number AND c.vector IS NULL) "
            "FROM articles a WHERE version IS NULL ORDER BY state DESC, number"
        )
        return [(number, state, lacking) for number, state, lacking in self._database.rows(query)]

    def keep_vectors(self, entries: Sequence[Entry], numbers: Sequence[int], vectors: Vectors) -> None:
        """Keep the vectors of chunks, shape (n, d), each of the article with the number beside it.

        The first ones say how many dimensions the library has.
        """
        with self._database.transaction():
            self._database.run_many(
                "UPDATE chunks SET vector = ? WHERE article = ? AND start = ?",
                [
                    (vector.tobytes(), number, chunk_place(entry.chunk_id)[1])
                    for entry, number, vector in zip(entries, numbers, vectors, strict=True)
                ],
            )
            if not self._database.number("dimensions"):
                self._database.set("dimensions", vectors.shape[1])

    def _entries_of(self, row: Row) -> Iterator[Entry]:
        article, day = article_from_row(row[1:], sources=()), row[4]
        query = "SELECT start, stop, sentences, vector FROM chunks WHERE article = ? ORDER BY start"
        for start, end, sentences, vector in self._database.rows(query, row[:1]):
            yield entry(article, day, chunk_from_row((article.id, start, end, sentences)), vector or b"")


def entry(article: Article, day: int, chunk: Chunk, vector: bytes = b"") -> Entry:
    """Return a chunk as indexes keep it."""
    return Entry(
        chunk_id=chunk.id,
        article_id=article.id,
        day=day,
        publisher=article.publisher,
        title=article.title or "",
        text=search_text(article, chunk),
        vector=np.frombuffer(vector, dtype=np.float32),
    )

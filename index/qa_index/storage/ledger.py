"""Write down where articles came from, which are on their way in, and which go."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qa_index.storage.database import Database
from qa_index.storage.records import (
    ARTICLE_COLUMNS,
    SOURCE_COLUMNS,
    Source,
    article_row,
    chunk_place,
    sentences_text,
)
from qa_index.types import Article, Chunk, Vectors


@dataclass(frozen=True, slots=True)
class Arrival:
    """A source, and the article that was read from it.

    `chunks` is None if the library, or an earlier arrival of the same batch, has the article as it is.
    """

    source: Source
    article: Article
    chunks: tuple[Chunk, ...] | None


class Ledger:
    """The sources of a library and the articles that are pending. An article goes when its last source goes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def source(self, name: str) -> Source | None:
        """Return what is known of one source, None if it is new."""
        rows = self._database.rows(f"SELECT {SOURCE_COLUMNS}, reason FROM sources WHERE source = ?", (name,))
        return Source(*rows[0]) if rows else None

    def below(self, folder: str) -> list[Source]:
        """Return the sources that are files below a folder."""
        first = os.path.join(folder, "")  # noqa: PTH118 - names are compared as text, and Path drops the last separator
        last = first[:-1] + chr(ord(first[-1]) + 1)
        query = f"SELECT {SOURCE_COLUMNS}, reason FROM sources WHERE source >= ? AND source < ? ORDER BY source"
        return [Source(*row) for row in self._database.rows(query, (first, last))]

    def number_of(self, article_id: str) -> int | None:
        """Return the number of an indexed article, None if the library does not have it."""
        query = "SELECT number FROM articles WHERE state = 'indexed' AND id = ?"
        number: int | None = self._database.value(query, (article_id,))
        return number

    def has_other_source(self, article_id: str, name: str) -> bool:
        """Tell whether an indexed article came from somewhere else as well."""
        query = (
            "SELECT 1 FROM sources s JOIN articles a ON a.number = s.article "
            "WHERE a.state = 'indexed' AND a.id = ? AND s.source != ? LIMIT 1"
        )
        return bool(self._database.rows(query, (article_id, name)))

    def note(self, sources: Iterable[Source]) -> None:
        """Write down how these sources look now, without a change to any article."""
        with self._database.transaction():
            self._database.run_many(
                f"INSERT OR REPLACE INTO sources ({SOURCE_COLUMNS}, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(s.name, s.root, s.size, s.mtime_ns, s.ctime_ns, s.digest, s.article, s.reason) for s in sources],
            )

    # In: expect, then keep the vectors, then settle; or discard

    def expect(self, arrivals: Sequence[Arrival]) -> None:
        """Write a batch down as pending: nobody who reads the library sees it yet."""
        with self._database.transaction():
            for arrival in arrivals:
                number = self._pending_number(arrival)
                source = arrival.source
                self._database.run(
                    f"INSERT OR REPLACE INTO arrivals ({SOURCE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (source.name, source.root, source.size, source.mtime_ns, source.ctime_ns, source.digest, number),
                )

    def _pending_number(self, arrival: Arrival) -> int:
        article = arrival.article
        if arrival.chunks is None:
            query = "SELECT number FROM articles WHERE id = ? ORDER BY state DESC LIMIT 1"  # a pending one first
            return int(self._database.value(query, (article.id,)))
        marks = ", ".join("?" * len(ARTICLE_COLUMNS.split(",")))
        number = self._database.run(
            f"INSERT INTO articles (state, {ARTICLE_COLUMNS}) VALUES ('pending', {marks})", article_row(article)
        )
        self._database.run_many(
            "INSERT INTO chunks (article, start, stop, sentences) VALUES (?, ?, ?, ?)",
            [(number, chunk.span.start, chunk.span.end, sentences_text(chunk)) for chunk in arrival.chunks],
        )
        return number

    def is_expecting(self) -> bool:
        """Tell whether anything is pending."""
        return bool(self._database.rows("SELECT 1 FROM arrivals LIMIT 1"))

    def lacks_vectors(self) -> bool:
        """Tell whether a pending chunk still has to be embedded."""
        query = (
            "SELECT 1 FROM articles a JOIN chunks c ON c.article = a.number "
            "WHERE a.state = 'pending' AND c.vector IS NULL LIMIT 1"
        )
        return bool(self._database.rows(query))

    def keep_vectors(self, chunk_ids: Sequence[str], vectors: Vectors) -> None:
        """Keep the vectors of pending chunks, shape (n, d); the first ones say how many dimensions the library has."""
        with self._database.transaction():
            self._database.run_many(
                "UPDATE chunks SET vector = ? WHERE start = ? AND article = "
                "(SELECT number FROM articles WHERE state = 'pending' AND id = ?)",
                [
                    (vector.tobytes(), start, article_id)
                    for (article_id, start, _), vector in zip(map(chunk_place, chunk_ids), vectors, strict=True)
                ],
            )
            if not self._database.number("dimensions"):
                self._database.set("dimensions", vectors.shape[1])

    def discard(self) -> None:
        """Forget everything pending; what was indexed before stays as it was."""
        with self._database.transaction():
            self._database.run("DELETE FROM arrivals")
            self._database.run("DELETE FROM articles WHERE state = 'pending'")

    def settle(self) -> set[str]:
        """Put what is pending in place of what it replaces; return the ids of the chunks that are gone."""
        with self._database.transaction():
            before = self._rewritten()
            for old, new in before:
                for table in ("sources", "arrivals"):
                    self._database.run(f"UPDATE {table} SET article = ? WHERE article = ?", (new, old))
            gone = self._drop([old for old, _ in before])
            arrived = self._database.value("SELECT count(*) FROM articles WHERE state = 'pending'")
            self._database.run("UPDATE articles SET state = 'indexed' WHERE state = 'pending'")
            self._database.run(
                f"INSERT OR REPLACE INTO sources ({SOURCE_COLUMNS}) "
                f"SELECT {SOURCE_COLUMNS} FROM arrivals ORDER BY source"
            )
            self._database.run("DELETE FROM arrivals")
            gone |= self._drop_orphans()
            self._move_generation(arrived=bool(arrived))
            return gone - set(self._chunk_ids([new for _, new in before]))

    # Out

    def forget(self, names: Iterable[str]) -> set[str]:
        """Forget these sources and the articles that came only from them; return the ids of chunks that are gone."""
        with self._database.transaction():
            self._database.run_many("DELETE FROM sources WHERE source = ?", [(name,) for name in names])
            gone = self._drop_orphans()
            if gone:
                self._move_generation(arrived=False)
            return gone

    def forget_article(self, article_id: str) -> set[str]:
        """Forget an article and every source it came from; return the ids of its chunks."""
        query = (
            "SELECT s.source FROM sources s JOIN articles a ON a.number = s.article "
            "WHERE a.state = 'indexed' AND a.id = ?"
        )
        return self.forget([name for (name,) in self._database.rows(query, (article_id,))])

    def _rewritten(self) -> list[tuple[int, int]]:
        """Return the (old, new) numbers of articles whose text stayed and whose title or date did not."""
        return [
            (old, new)
            for old, new in self._database.rows(
                "SELECT old.number, new.number FROM articles new JOIN articles old ON old.id = new.id "
                "WHERE new.state = 'pending' AND old.state = 'indexed'"
            )
        ]

    def _drop_orphans(self) -> set[str]:
        query = (
            "SELECT a.number FROM articles a WHERE a.state = 'indexed' "
            "AND NOT EXISTS (SELECT 1 FROM sources s WHERE s.article = a.number)"
        )
        return self._drop([number for (number,) in self._database.rows(query)])

    def _drop(self, numbers: Sequence[int]) -> set[str]:
        gone = set(self._chunk_ids(numbers))
        self._database.run_many("DELETE FROM articles WHERE number = ?", [(number,) for number in numbers])
        return gone

    def _chunk_ids(self, numbers: Sequence[int]) -> Iterator[str]:
        query = "SELECT a.id, c.start, c.stop FROM articles a JOIN chunks c ON c.article = a.number WHERE a.number = ?"
        for number in numbers:
            for article_id, start, stop in self._database.rows(query, (number,)):
                yield f"{article_id}:{start}-{stop}"

    def _move_generation(self, *, arrived: bool) -> None:
        generation = self._database.number("generation") + 1
        self._database.set("generation", generation)
        if arrived:  # an index that was last written before this cannot hold everything
            self._database.set("complete_at", generation)

"""Read out of the catalog what search indexes are made from: labels, rows of vectors, entries."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Literal

import numpy as np

from qa_index.search.indexes import Entry, Label, Rows, search_text
from qa_index.storage.database import Database, Row
from qa_index.storage.records import ARTICLE_COLUMNS, article_from_row, chunk_from_row
from qa_index.types import Vectors, article_id

State = Literal["pending", "indexed"]
BLOCK = 2_000  # rows fetched at a time: 3 MB of vectors


class Stock:
    """The chunks of a library, as indexes see them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def labels(self) -> list[Label]:
        """Return what a search can be narrowed by, for each indexed article."""
        query = "SELECT number, id, day, publisher FROM articles WHERE state = 'indexed' ORDER BY number"
        return [Label(*row) for row in self._database.rows(query)]

    def chunk_count(self) -> int:
        """Say how many chunks can be found."""
        return int(
            self._database.value(
                "SELECT count(*) FROM chunks WHERE article IN (SELECT number FROM articles WHERE state = 'indexed')"
            )
        )

    def chunk_ids(self, state: State = "indexed") -> set[str]:
        """Name every chunk of the articles in this state."""
        query = "SELECT a.id, c.start, c.stop FROM chunks c JOIN articles a ON a.number = c.article WHERE a.state = ?"
        return {f"{article_id}:{start}-{end}" for article_id, start, end in self._database.rows(query, (state,))}

    def rows(self, labels: Sequence[Label]) -> Rows:
        """Return the chunks of these articles with their vectors, in the order of the labels."""
        dimensions = self._database.number("dimensions")
        places = {label.number: place for place, label in enumerate(labels)}
        wanted = json.dumps(list(places))
        within = "article IN (SELECT value FROM json_each(?))"
        count = self._database.value(f"SELECT count(*) FROM chunks WHERE {within}", (wanted,))
        vectors: Vectors = np.empty((count, dimensions), dtype=np.float32)
        spans = np.empty((count, 3), dtype=np.int32)
        at = 0
        query = f"SELECT article, start, stop, vector FROM chunks WHERE {within} ORDER BY article, start"
        for block in self._database.stream(query, (wanted,), size=BLOCK):
            spans[at : at + len(block)] = [(places[number], start, end) for number, start, end, _ in block]
            joined = b"".join(vector for _, _, _, vector in block)
            vectors[at : at + len(block)] = np.frombuffer(joined, dtype=np.float32).reshape(len(block), dimensions)
            at += len(block)
        owners, starts, ends = (np.ascontiguousarray(column) for column in spans.T)
        return Rows(tuple(labels), owners, starts, ends, vectors)

    def entries(self, state: State = "indexed", only: Collection[str] | None = None) -> Iterator[list[Entry]]:
        """Yield the chunks of the articles in this state as indexes keep them, some articles at a time."""
        query = f"SELECT number, {ARTICLE_COLUMNS} FROM articles WHERE state = ? ORDER BY number"
        for block in self._database.stream(query, (state,), size=64):
            entries = [entry for row in block for entry in self._entries_of(row)]
            yield entries if only is None else [entry for entry in entries if entry.chunk_id in only]

    def _entries_of(self, row: Row) -> Iterator[Entry]:
        article, day = article_from_row(row[1:], sources=()), row[4]
        query = "SELECT start, stop, sentences, vector FROM chunks WHERE article = ? ORDER BY start"
        for start, end, sentences, vector in self._database.rows(query, row[:1]):
            chunk = chunk_from_row((article.id, start, end, sentences))
            yield Entry(
                chunk_id=chunk.id,
                article_id=article.id,
                day=day,
                publisher=article.publisher,
                title=article.title or "",
                text=search_text(article, chunk),
                vector=np.frombuffer(vector or b"", dtype=np.float32),
            )

    def broken(self) -> Iterator[str]:
        """Say what cannot be true of a sound catalog."""
        for (said,) in self._database.rows("PRAGMA integrity_check(5)"):
            if said != "ok":
                yield said
        if self._database.rows("PRAGMA foreign_key_check"):
            yield "some rows refer to rows that are gone"
        query = "SELECT id, text, number FROM articles WHERE state = 'indexed' ORDER BY number"
        for block in self._database.stream(query, size=64):
            for identity, text, number in block:
                if article_id(text) != identity:
                    yield f"the text of article {identity} has changed"
                elif self._has_impossible_chunks(number, len(text)):
                    yield f"article {identity} has chunks past its end, or without a vector"

    def _has_impossible_chunks(self, number: int, length: int) -> bool:
        query = "SELECT 1 FROM chunks WHERE article = ? AND (stop > ? OR vector IS NULL OR length(vector) != ?) LIMIT 1"
        return bool(self._database.rows(query, (number, length, 4 * self._database.number("dimensions"))))

"""Cut and embed every article again beside what is there, then put it in place at once."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence

from qa_index.storage.database import Database
from qa_index.storage.records import ARTICLE_COLUMNS, article_from_row, sentences_text
from qa_index.types import Article, Chunk, Vectors


class Restock:
    """New chunks for every article; until `replace`, readers see the old ones."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self) -> None:
        """Forget what an earlier try left."""
        with self._database.transaction():
            self._database.run("DROP TABLE IF EXISTS restocked")
            self._database.run("CREATE TABLE restocked (article, start, stop, sentences, vector)")

    def articles(self) -> Iterator[tuple[int, Article]]:
        """Yield each article with its number."""
        numbers = [number for (number,) in self._database.rows("SELECT number FROM articles ORDER BY number")]
        for number in numbers:
            row = self._database.rows(f"SELECT {ARTICLE_COLUMNS} FROM articles WHERE number = ?", (number,))[0]
            yield number, article_from_row(row, sources=())

    def keep(self, number: int, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        """Keep the new chunks of one article with their vectors, shape (n, d)."""
        with self._database.transaction():
            self._database.run_many(
                "INSERT INTO restocked VALUES (?, ?, ?, ?, ?)",
                [
                    (number, chunk.span.start, chunk.span.end, sentences_text(chunk), vector.tobytes())
                    for chunk, vector in zip(chunks, vectors, strict=True)
                ],
            )

    def replace(self, settings: Mapping[str, str | int]) -> None:
        """Put the new chunks in place of the old, with the settings they were made with.

        The library gets a new name, so that no cache of the old chunks is taken for one of the new.
        """
        with self._database.transaction():
            self._database.run("DELETE FROM chunks")
            self._database.run("INSERT INTO chunks (article, start, stop, sentences, vector) SELECT * FROM restocked")
            self._database.run("DROP TABLE restocked")
            version = self._database.number("version")
            self._database.run("UPDATE articles SET version = NULL")
            self._database.run(
                "UPDATE articles SET version = number + ? WHERE state = 'indexed' AND NOT EXISTS "
                "(SELECT 1 FROM chunks c WHERE c.article = articles.number AND c.vector IS NULL)",
                (version,),
            )
            self._database.set("version", version + int(self._database.value("SELECT max(number) FROM articles") or 0))
            generation = self._database.number("generation") + 1
            renamed: dict[str, str | int] = {
                "library": secrets.token_hex(8),
                "generation": generation,
                "complete_at": generation,
            }
            for name, value in (*settings.items(), *renamed.items()):
                self._database.set(name, value)

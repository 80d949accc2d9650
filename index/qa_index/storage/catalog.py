"""Keep what a library knows. The only module that knows the tables; everything else on disk can be made from them.

An article that is new is found by its words as soon as it is written, and by its meaning once it has a version, which
it gets with its last vector. One that takes the place of another is pending until then: readers see the old one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from qa_index.errors import LibraryDamaged, LibraryMismatch, LibraryReadOnly, QAError
from qa_index.search.indexes import EVERYTHING, day_from_number, day_range
from qa_index.storage.database import Database
from qa_index.storage.ledger import Ledger
from qa_index.storage.locking import held
from qa_index.storage.records import (
    ARTICLE_COLUMNS,
    article_from_row,
    chunk_from_row,
    chunk_place,
    ranges_from_text,
)
from qa_index.storage.restock import Restock
from qa_index.storage.stock import Stock
from qa_index.storage.upgrading import upgrade
from qa_index.types import Article, Chunk, Failure, Filters, Searched

FILE = "catalog.sqlite"
SCHEMA = 2
# What is long stands last in its table: what stands behind it is slow to reach.
TABLES = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'indexed')),
    version INTEGER,
    id TEXT NOT NULL, title TEXT, publisher TEXT, day INTEGER NOT NULL, moment TEXT, authors TEXT NOT NULL,
    published TEXT, updated TEXT, url TEXT, language TEXT, masked TEXT NOT NULL, provenance TEXT NOT NULL,
    other_dates TEXT NOT NULL, text TEXT NOT NULL,
    UNIQUE (id, state)
);
CREATE INDEX articles_by_state ON articles (state, id, day, publisher, version);
CREATE INDEX articles_by_version ON articles (version, state);
CREATE TABLE chunks (
    article INTEGER NOT NULL REFERENCES articles (number) ON DELETE CASCADE,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, sentences TEXT NOT NULL, vector BLOB,
    PRIMARY KEY (article, start, stop)
);
CREATE TABLE marks (
    article INTEGER PRIMARY KEY REFERENCES articles (number) ON DELETE CASCADE,
    learnt INTEGER NOT NULL, masked TEXT NOT NULL, signature BLOB NOT NULL, lines BLOB NOT NULL
);
CREATE TABLE kin (
    article INTEGER PRIMARY KEY REFERENCES articles (number) ON DELETE CASCADE,
    original INTEGER NOT NULL REFERENCES articles (number) ON DELETE CASCADE,
    relation TEXT NOT NULL CHECK (relation IN ('original', 'reprint', 'update', 'correction'))
);
CREATE INDEX kin_by_original ON kin (original);
CREATE TABLE files (
    file TEXT PRIMARY KEY, root TEXT, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, digest TEXT, reason TEXT,
    scan INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE sources (
    file TEXT NOT NULL, scan INTEGER NOT NULL, place TEXT NOT NULL, part TEXT NOT NULL,
    source TEXT NOT NULL, digest TEXT NOT NULL, article INTEGER REFERENCES articles (number), reason TEXT,
    stated TEXT,
    PRIMARY KEY (file, scan, place, part)
) WITHOUT ROWID;
CREATE INDEX sources_by_article ON sources (article);
CREATE TABLE unsettled (id TEXT PRIMARY KEY) WITHOUT ROWID
"""


class Catalog:
    """The tables of one library: here what people ask, in the others what indexes need, and what changes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.stock, self.ledger, self.restock = Stock(database), Ledger(database), Restock(database)

    @classmethod
    def reading(cls, folder: Path) -> Catalog:
        """Open the catalog in `folder` without changing anything; an empty one if there is none.

        One that an earlier release wrote is brought up to date first, which needs a folder that can be written.
        """
        if not (folder / FILE).exists():
            return cls.empty()
        catalog = cls(Database.reading(folder / FILE))
        if catalog.database.rows("SELECT 1 FROM sqlite_master LIMIT 1") and catalog.database.get("schema") == 1:
            catalog.close()
            try:
                with held(folder):
                    cls.writing(folder).close()
            except LibraryReadOnly as error:
                raise QAError(
                    f"Asked to open the library in {folder}, which an earlier release made, but it has to be brought "
                    "up to date and that folder cannot be written. Make it writable once, or copy it elsewhere and "
                    "name that with `--library DIR`."
                ) from error
            catalog = cls(Database.reading(folder / FILE))
        if catalog._is_blank(folder):
            catalog.close()
            return cls.empty()
        return catalog._checked()

    @classmethod
    def writing(cls, folder: Path) -> Catalog:
        """Open or create the catalog in `folder`."""
        catalog = cls(Database.writing(folder / FILE))
        if catalog._is_blank(folder):
            catalog._create()
        elif catalog.database.get("schema") == 1:
            upgrade(catalog.database, TABLES)
        return catalog._checked()

    @classmethod
    def empty(cls) -> Catalog:
        """Stand for a library that has not been made yet."""
        catalog = cls(Database.in_memory())
        catalog._create()
        return catalog

    def _is_blank(self, folder: Path) -> bool:
        """Tell whether the file has no tables yet, which another process may be making at this moment."""
        if self.database.rows("SELECT 1 FROM sqlite_master LIMIT 1"):
            return False
        if any((folder / cache).exists() for cache in ("chroma", "lexical", "snapshot")):
            raise LibraryDamaged(
                f"Asked to open the library in {folder}, but {FILE} is empty although the library was in use. "
                "Put a copy of it back, or remove the folder and index the articles again."
            )
        return True

    def _create(self) -> None:
        with self.database.transaction():
            for statement in TABLES.split(";\n"):
                self.database.run(statement)
            for name, value in (("schema", SCHEMA), ("library", secrets.token_hex(8)), ("generation", 0)):
                self.database.set(name, value)

    def _checked(self) -> Catalog:
        found = self.database.get("schema")
        if found != SCHEMA:
            raise LibraryMismatch("schema", built_with=found, asked_for=SCHEMA)
        return self

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

    def one_moment(self) -> AbstractContextManager[None]:
        """Read everything inside as it was at one moment."""
        return self.database.one_moment()

    @property
    def generation(self) -> int:
        """Say how often what can be found has changed."""
        return self.database.number("generation")

    @property
    def complete_at(self) -> int:
        """Name the last generation that added something: an index written before it misses something."""
        return self.database.number("complete_at")

    @property
    def vectors_at(self) -> int:
        """Name the last version of an article whose vectors Chroma holds."""
        if self.database.get("vectors_at") is not None:
            return self.database.number("vectors_at")
        # An earlier release kept Chroma in step with the catalog.
        return self.database.number("version") if self.database.number("caches_at") == self.generation else 0

    @property
    def library(self) -> str:
        """Name this library and its way of cutting and embedding: caches of another are of no use to it."""
        return str(self.database.get("library"))

    # Articles and chunks, as readers see them

    def articles(self, filters: Filters = EVERYTHING) -> tuple[Article, ...]:
        """Return the articles that pass, newest first, those of unknown date last, then by id."""
        where, values = passing(filters)
        rows = self.database.rows(
            f"SELECT number, {ARTICLE_COLUMNS} FROM articles WHERE {where} ORDER BY moment IS NULL, moment DESC, id",
            values,
        )
        names = self._names_by_article()
        return tuple(article_from_row(row[1:], sources=names.get(row[0], ())) for row in rows)

    def article(self, article_id: str) -> Article | None:
        """Return one article, None if the library does not have it."""
        rows = self.database.rows(
            f"SELECT number, {ARTICLE_COLUMNS} FROM articles WHERE state = 'indexed' AND id = ?", (article_id,)
        )
        if not rows:
            return None
        names = self.database.rows("SELECT DISTINCT source FROM sources WHERE article = ? ORDER BY source", rows[0][:1])
        return article_from_row(rows[0][1:], sources=tuple(name for (name,) in names))

    def as_read(self, number: int) -> Article | None:
        """Return an article as its file was read, without what was learnt from others; also one that waits.

        It names no sources.
        """
        query = f"SELECT {ARTICLE_COLUMNS} FROM articles WHERE number = ?"
        rows = self.database.rows(query, (number,))
        if not rows:
            return None
        article = article_from_row(rows[0], sources=())
        masked = self.database.value("SELECT masked FROM marks WHERE article = ?", (number,))
        return replace(article, masked=ranges_from_text(masked, article.id)) if masked else article

    def ids_starting_with(self, prefix: str) -> list[str]:
        """Return the ids of the articles whose id starts with `prefix`, a hexadecimal string."""
        return [
            article_id
            for (article_id,) in self.database.rows(
                "SELECT id FROM articles WHERE state = 'indexed' AND id >= ? AND id < ? ORDER BY id",
                (prefix, prefix + "g"),
            )
        ]

    def chunks(self, article_id: str) -> tuple[Chunk, ...]:
        """Return the chunks of one article in reading order."""
        query = (
            "SELECT a.id, c.start, c.stop, c.sentences FROM chunks c JOIN articles a ON a.number = c.article "
            "WHERE a.state = 'indexed' AND a.id = ? ORDER BY c.start"
        )
        return tuple(map(chunk_from_row, self.database.rows(query, (article_id,))))

    def chunks_named(self, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        """Return those of these chunks that the library has."""
        query = (  # one query for all: a hundred small ones take 6 ms
            "SELECT a.id, c.start, c.stop, c.sentences FROM json_each(?) wanted "
            "CROSS JOIN articles a ON a.id = json_extract(wanted.value, '$[0]') AND a.state = 'indexed' "
            "CROSS JOIN chunks c ON c.article = a.number "
            "AND c.start = json_extract(wanted.value, '$[1]') AND c.stop = json_extract(wanted.value, '$[2]')"
        )
        places = [chunk_place(chunk_id) for chunk_id in chunk_ids]
        found = map(chunk_from_row, self.database.rows(query, (json.dumps(places),)))
        return {chunk.id: chunk for chunk in found}

    def unmasked(self, name: str) -> str:
        """Return what is not masked of an article, or of one of its chunks, by its id."""
        from qa_index.duplicates.signature import body

        article_id, _, place = name.partition(":")
        query = "SELECT text, masked FROM articles WHERE state = 'indexed' AND id = ?"
        if place:  # no chunk holds masked text
            _, start, end = chunk_place(name)
            query = query.replace("text", "substr(text, ? + 1, ?)", 1)
            return str(self.database.value(query, (start, end - start, article_id)) or "")
        found = self.database.rows(query, (article_id,))
        return body(found[0][0], ranges_from_text(found[0][1], article_id)) if found else ""

    def _names_by_article(self) -> dict[int, tuple[str, ...]]:
        names: dict[int, tuple[str, ...]] = {}
        for name, number in self.database.rows("SELECT DISTINCT source, article FROM sources ORDER BY source"):
            names[number] = (*names.get(number, ()), name)
        return names

    def searched(self, filters: Filters) -> Searched:
        """Say what a search with these filters looks through."""
        where, values = passing(filters)
        articles, first, last = self.database.rows(
            f"SELECT count(*), min(nullif(day, 0)), max(nullif(day, 0)) FROM articles WHERE {where}", values
        )[0]
        return Searched(articles, day_from_number(first or 0), day_from_number(last or 0))

    def publishers(self) -> tuple[str, ...]:
        """Return the publishers that are named, in alphabetical order."""
        query = "SELECT DISTINCT publisher FROM articles WHERE state = 'indexed' AND publisher IS NOT NULL ORDER BY 1"
        return tuple(name for (name,) in self.database.rows(query))

    def failures(self) -> tuple[Failure, ...]:
        """Return the files and places in files whose last reading failed, and why."""
        query = (
            "SELECT file, reason FROM files WHERE reason IS NOT NULL UNION ALL "
            "SELECT s.source, s.reason FROM sources s JOIN files f ON f.file = s.file AND f.scan = s.scan "
            "WHERE s.reason IS NOT NULL ORDER BY 1"
        )
        return tuple(Failure(name, reason) for name, reason in self.database.rows(query))


def passing(filters: Filters) -> tuple[str, list[object]]:
    """Write filters as a condition on the table of articles, with its values."""
    conditions, values = ["state = 'indexed'"], list[object]()
    days = day_range(filters)
    if days:
        conditions.append("day BETWEEN ? AND ?")
        values += days
    for column, wanted in (("publisher", filters.publishers), ("id", filters.articles)):
        if wanted:
            conditions.append(f"{column} IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(wanted))
    return " AND ".join(conditions), values

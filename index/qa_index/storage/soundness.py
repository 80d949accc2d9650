"""Compare the catalog with itself: rows that refer to nothing, missing rows, texts and vectors that changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from qa_index.storage.database import Database
from qa_index.types import article_id

BLOCK = 2_000  # rows looked at at a time: 3 MB of vectors
UNIT = 1e-2  # how far the length of a vector may be from 1


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that cannot be true of a sound catalog: `said` of `count` rows, and what puts it right.

    `mend` are statements; `drop` numbers articles that have to be read again, `embed` chunks (article, start) whose
    vector has to be made again.
    """

    said: str
    count: int = 1
    mend: tuple[str, ...] = ()
    drop: tuple[int, ...] = ()
    embed: tuple[tuple[int, int], ...] = ()

    @property
    def problem(self) -> str:
        """Say it of as many rows as there are."""
        return self.said.format(n=f"{self.count:,}")


@dataclass(frozen=True, slots=True)
class _Rule:
    """A flaw that a query finds: its rows are counted, or number the articles to drop."""

    said: str
    query: str
    mend: tuple[str, ...] = ()
    drops: bool = False


_READ_AGAIN = "UPDATE files SET digest = NULL, size = NULL WHERE "
_GONE = "NOT IN (SELECT number FROM articles)"
_STALE_KIN = "original IN (SELECT article FROM kin) OR article = original"
_NO_ROWS = (
    "digest IS NOT NULL AND reason IS NULL AND NOT EXISTS "
    "(SELECT 1 FROM sources s WHERE s.file = files.file AND s.scan = files.scan)"
)
_NOT_LAST = f"{_NO_ROWS} AND EXISTS (SELECT 1 FROM sources s WHERE s.file = files.file)"
_NAMELESS = (  # what waits to take the place of the same text is named by the same places
    "NOT EXISTS (SELECT 1 FROM sources s JOIN articles named ON named.number = s.article WHERE named.id = articles.id)"
)
_HALF_EMBEDDED = (
    "version IS NOT NULL AND EXISTS (SELECT 1 FROM chunks c WHERE c.article = articles.number AND c.vector IS NULL)"
)
_RULES = (
    *(
        _Rule(f"{{n}} {what} of articles that are gone", f"FROM {table} WHERE article {_GONE}",
              (f"DELETE FROM {table} WHERE article {_GONE}",))
        for table, what in (("chunks", "chunks"), ("marks", "marks"))
    ),
    _Rule("{n} near-duplicates of articles that are gone", f"FROM kin WHERE article {_GONE} OR original {_GONE}",
          (f"DELETE FROM kin WHERE article {_GONE} OR original {_GONE}",)),
    _Rule("{n} near-duplicates of articles that are near-duplicates themselves", f"FROM kin WHERE {_STALE_KIN}",
          (f"DELETE FROM kin WHERE {_STALE_KIN}",)),
    _Rule("{n} articles without the marks by which near-duplicates are found",
          "FROM articles WHERE number NOT IN (SELECT article FROM marks)",
          ("INSERT INTO marks SELECT number, 0, masked, x'', x'' FROM articles "
           "WHERE number NOT IN (SELECT article FROM marks)",)),
    _Rule("{n} places in files name articles that are gone; those files are read again when they are indexed",
          f"FROM sources WHERE article {_GONE}",
          (f"{_READ_AGAIN} file IN (SELECT file FROM sources WHERE article {_GONE})",
           f"DELETE FROM sources WHERE article {_GONE}")),
    _Rule("{n} places are in files that the library does not know",
          "FROM sources WHERE file NOT IN (SELECT file FROM files)",
          ("INSERT INTO files (file, root, scan) SELECT file, iif(file LIKE '/%' OR file LIKE '_:%', file, NULL), "
           "max(scan) FROM sources WHERE file NOT IN (SELECT file FROM files) GROUP BY file",)),
    _Rule("{n} files lack what their last reading gave; they are read again when they are indexed",
          f"FROM files WHERE {_NOT_LAST}", (f"{_READ_AGAIN} {_NOT_LAST}",)),
    _Rule("{n} articles come from no file; index their files again if they are missed",
          f"FROM articles WHERE {_NAMELESS}", (f"{_READ_AGAIN} {_NO_ROWS}",), drops=True),
    _Rule("{n} articles have no chunks; their files are read again when they are indexed",
          "FROM articles WHERE number NOT IN (SELECT article FROM chunks)", drops=True),
    _Rule("{n} articles have chunks past their end; their files are read again when they are indexed",
          "FROM articles WHERE EXISTS (SELECT 1 FROM chunks c "
          "WHERE c.article = articles.number AND c.stop > length(articles.text))", drops=True),
    _Rule("{n} articles lack vectors although they were embedded", f"FROM articles WHERE {_HALF_EMBEDDED}",
          (f"UPDATE articles SET version = NULL WHERE {_HALF_EMBEDDED}",)),
)  # fmt: skip


def unreadable(database: Database) -> Iterator[str]:
    """Say what SQLite itself finds wrong with the file; nothing in it can be trusted then."""
    for (said,) in database.rows("PRAGMA integrity_check(5)"):
        if said != "ok":
            yield str(said)


def flaws(database: Database) -> Iterator[Flaw]:
    """Find what cannot be true of a sound catalog."""
    for rule in _RULES:
        numbers = database.rows(f"SELECT {'number' if rule.drops else 'count(*)'} {rule.query}")
        if rule.drops and numbers:
            yield Flaw(rule.said, len(numbers), rule.mend, tuple(number for (number,) in numbers))
        elif not rule.drops and numbers[0][0]:
            yield Flaw(rule.said, numbers[0][0], rule.mend)
    yield from _changed_texts(database)
    yield from _changed_vectors(database)


def _changed_texts(database: Database) -> Iterator[Flaw]:
    for block in database.stream("SELECT number, id, text FROM articles ORDER BY number", size=64):
        for number, identity, text in block:
            if article_id(text) != identity:
                said = f"the text of article {identity} has changed; its files are read again when they are indexed"
                yield Flaw(said, drop=(number,))


def _changed_vectors(database: Database) -> Iterator[Flaw]:
    dimensions = database.number("dimensions")
    query = "SELECT article, start, vector FROM chunks WHERE vector IS NOT NULL ORDER BY article, start"
    wrong: list[tuple[int, int]] = []
    for block in database.stream(query, size=BLOCK):
        wrong += [(number, start) for number, start, vector in block if len(vector) != 4 * dimensions]
        whole = [row for row in block if len(row[2]) == 4 * dimensions]
        rows = np.frombuffer(b"".join(vector for *_, vector in whole), dtype=np.float32)
        with np.errstate(all="ignore"):  # a damaged number may be as large as any
            lengths = np.linalg.norm(rows.reshape(len(whole), dimensions), axis=1)
        sound = np.abs(lengths - 1) < UNIT
        wrong += [(whole[place][0], whole[place][1]) for place in np.flatnonzero(~sound)]
    if wrong:
        yield Flaw("{n} vectors have changed", len(wrong), embed=tuple(wrong))


def mend(database: Database, found: Sequence[Flaw]) -> set[str]:
    """Put flaws right, all at once; return the ids of chunks that are gone. What lacks vectors has to be embedded."""
    if not found:
        return set()
    dropped = json.dumps([number for flaw in found for number in flaw.drop])
    chosen = "(SELECT value FROM json_each(?))"
    query = f"SELECT a.id, c.start, c.stop FROM articles a JOIN chunks c ON c.article = a.number AND number IN {chosen}"
    database.run("PRAGMA foreign_keys = OFF")
    with database.transaction():
        gone = {f"{identity}:{start}-{stop}" for identity, start, stop in database.rows(query, (dropped,))}
        database.run(f"{_READ_AGAIN} file IN (SELECT file FROM sources WHERE article IN {chosen})", (dropped,))
        for table, column in (("sources", "article"), ("chunks", "article"), ("articles", "number")):
            database.run(f"DELETE FROM {table} WHERE {column} IN {chosen}", (dropped,))
        for flaw in found:
            for number, start in flaw.embed:
                database.run("UPDATE chunks SET vector = NULL WHERE article = ? AND start = ?", (number, start))
                database.run("UPDATE articles SET version = NULL WHERE number = ?", (number,))
        for rule in (*(statement for flaw in found for statement in flaw.mend), *_after()):
            database.run(rule)
        generation = database.number("generation") + 1
        for name in ("generation", "complete_at"):
            database.set(name, generation)
    database.run("PRAGMA foreign_keys = ON")
    return gone


def _after() -> Iterator[str]:
    """Whatever was dropped, its other rows go, and near-duplicates are looked for again."""
    for rule in _RULES[:3]:
        yield from rule.mend
    yield "DELETE FROM settings WHERE name = 'kin_of'"

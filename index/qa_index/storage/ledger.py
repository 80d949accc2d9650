"""Write down where articles came from, which are on their way in, and which go.

A file is read in a scan. The rows of a new scan stand beside those of the last one until the file has been read to its
end and what it now says can be found; then the old rows go, and with them the articles that nothing else names. So
whatever stops a scan, the articles of the one before are there, and those of the unfinished one are known again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa_index.storage import testimony
from qa_index.storage.database import Database, Row
from qa_index.storage.records import ARTICLE_COLUMNS, Looks, Origin, Source, article_row, ranges_text, sentences_text
from qa_index.types import Article, Chunk

_ORIGIN = "file, root, size, mtime_ns, ctime_ns, digest, reason, scan"
_SOURCE = "place, part, source, digest, article, reason, stated"


@dataclass(frozen=True, slots=True)
class Marks:
    """What was learnt of an article's text when it was read: for finding near-duplicates and repeated lines."""

    signature: bytes = b""
    lines: bytes = b""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article to write down. One that takes the place of another waits, unseen, until it is embedded."""

    article: Article
    chunks: tuple[Chunk, ...]
    marks: Marks = Marks()
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One row to write: of this file and scan. `arrival` is the article if it comes with this batch."""

    file: str
    scan: int
    source: Source
    arrival: str | None = None


@dataclass(frozen=True, slots=True)
class Recut:
    """An article with other masks, cut anew; chunks that stay keep their vectors. `learnt` names what was masked."""

    number: int
    article: Article
    chunks: tuple[Chunk, ...]
    learnt: int


class Ledger:
    """The files of a library, and what they gave. An article goes when nothing names it any more."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Look

    def origin(self, name: str) -> Origin | None:
        """Return what is known of one file, None if it is new."""
        rows = self._database.rows(f"SELECT {_ORIGIN} FROM files WHERE file = ?", (name,))
        return _origin(rows[0]) if rows else None

    def below(self, folder: str) -> list[tuple[Origin, int]]:
        """Return the files below a folder, each with the number of articles it gave."""
        first = os.path.join(folder, "")  # noqa: PTH118 - names are compared as text, and Path drops the last separator
        last = first[:-1] + chr(ord(first[-1]) + 1)
        given = (  # by its last whole reading, or by one that was stopped if there was no other
            "(SELECT coalesce(nullif(count(DISTINCT iif(s.scan = files.scan, article, NULL)), 0), "
            "count(DISTINCT article)) FROM sources s WHERE s.file = files.file)"
        )
        query = f"SELECT {_ORIGIN}, {given} FROM files WHERE file >= ? AND file < ? ORDER BY file"
        return [(_origin(row), row[-1]) for row in self._database.rows(query, (first, last))]

    def scans(self, file: str) -> list[tuple[int, Source]]:
        """Return every row of a file with its scan, the latest last."""
        query = f"SELECT scan, {_SOURCE} FROM sources WHERE file = ? ORDER BY scan, place, part"
        return [(scan, Source(*row)) for scan, *row in self._database.rows(query, (file,))]

    def number_of(self, article_id: str) -> int | None:
        """Return the number of an article, one that can be found before one that waits; None if there is neither."""
        query = "SELECT number FROM articles WHERE id = ? ORDER BY state LIMIT 1"
        number: int | None = self._database.value(query, (article_id,))
        return number

    def waiting_number_of(self, article_id: str) -> int | None:
        """Return the number of what waits to take the place of the article with the same text, None if nothing does."""
        query = "SELECT number FROM articles WHERE id = ? AND state = 'pending'"
        number: int | None = self._database.value(query, (article_id,))
        return number

    def waiting(self) -> set[str]:
        """Name the files whose new articles wait to be embedded."""
        query = (
            "SELECT DISTINCT s.file FROM articles a JOIN sources s ON s.article = a.number WHERE a.state = 'pending'"
        )
        return {file for (file,) in self._database.rows(query)}

    def pending(self) -> set[int]:
        """Name the articles that wait to be embedded, or whose text does, saying something else about it."""
        query = "SELECT number FROM articles WHERE id IN (SELECT id FROM articles WHERE state = 'pending')"
        return {number for (number,) in self._database.rows(query)}

    # In

    def write(
        self,
        arrivals: Sequence[Arrival],
        lines: Sequence[Line],
        *,
        begun: Iterable[Origin] = (),
        read: Sequence[Origin] = (),
    ) -> set[str]:
        """Write down a batch at once; return the ids of chunks that are gone.

        `begun` are files that go on in a later batch, `read` those that end with this one, or have only been noted.
        """
        with self._database.transaction():
            for origin in begun:
                self._put(Origin(origin.name, origin.root, scan=self._scan_of(origin.name)))
            stale = self._make_way([arrival.article.id for arrival in arrivals if arrival.waits])
            numbers = {arrival.article.id: self._insert(arrival) for arrival in arrivals}
            self._database.run_many(
                f"INSERT OR REPLACE INTO sources (file, scan, {_SOURCE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (line.file, line.scan, s.place, s.part, s.name, s.digest,
                     numbers[line.arrival] if line.arrival else s.article, s.reason, s.stated)
                    for line in lines
                    for s in (line.source,)
                ],
            )  # fmt: skip
            for origin in read:
                self._put(origin)
            ended = [origin.name for origin in read if origin.reason is None]
            testimony.note(self._database, ended)
            gone = self._retire(ended)
            gone = self._without_living(stale | gone)
            seen = any(not arrival.waits for arrival in arrivals)
            if gone or seen:
                self._move_generation(arrived=seen)
            return gone

    def publish(self) -> set[str]:
        """Let everything that has all its vectors be found by its meaning, in place of what it replaces.

        Return the ids of chunks that are gone.
        """
        with self._database.transaction():
            files = self.waiting()
            ready = self._ready()
            if not ready:
                return set()
            version = self._database.number("version")
            self._database.run_many(
                "UPDATE articles SET version = ? WHERE number = ?",
                [(version + place, number) for place, (number, _, _) in enumerate(ready, start=1)],
            )
            self._database.set("version", version + len(ready))
            gone = set[str]()
            for number, state, article_id in ready:
                if state == "pending":
                    gone |= self._replace(number, article_id)
            gone |= self._retire(sorted(files))
            self._move_generation(arrived=any(state == "pending" for _, state, _ in ready))
            return self._without_living(gone)

    def recut(self, batch: Sequence[Recut]) -> set[str]:
        """Put other masks and chunks in place of those of some articles; return the ids of chunks that are gone."""
        with self._database.transaction():
            gone = set[str]().union(*(self._recut(each) for each in batch))
            self._move_generation(arrived=True)
            return gone

    def _recut(self, recut: Recut) -> set[str]:
        number, article = recut.number, recut.article
        query = "SELECT start, stop FROM chunks WHERE article = ?"
        here = {(start, stop) for start, stop in self._database.rows(query, (number,))}
        wanted = {(chunk.span.start, chunk.span.end): chunk for chunk in recut.chunks}
        self._database.run(
            "UPDATE articles SET masked = ?, version = NULL WHERE number = ?", (ranges_text(article.masked), number)
        )
        self._database.run("UPDATE marks SET learnt = ? WHERE article = ?", (recut.learnt, number))
        gone = here - wanted.keys()
        self._database.run_many(
            "DELETE FROM chunks WHERE article = ? AND start = ? AND stop = ?", [(number, *place) for place in gone]
        )
        self._insert_chunks(number, [wanted[place] for place in sorted(wanted.keys() - here)])
        return {f"{article.id}:{start}-{stop}" for start, stop in gone}

    def restate(self, batch: Sequence[tuple[int, Article]]) -> None:
        """Say other things about these articles, given by their numbers; their texts, titles and masks stay."""
        if not batch:
            return
        kept = ("id", "title", "masked", "text")
        columns = [name for name in ARTICLE_COLUMNS.split(", ") if name not in kept]
        values = ", ".join("?" * len(columns))
        with self._database.transaction():
            version = self._database.number("version")
            for place, (number, article) in enumerate(batch, start=1):
                row = dict(zip(ARTICLE_COLUMNS.split(", "), article_row(article), strict=True))
                self._database.run(
                    f"UPDATE articles SET ({', '.join(columns)}) = ({values}), "
                    "version = iif(version IS NULL, NULL, ?) WHERE number = ?",
                    (*(row[name] for name in columns), version + place, number),
                )
            self._database.set("version", version + len(batch))
            self._database.set("kin_of", "")  # which of several is the first hangs on what is known about each
            self._move_generation(arrived=True)

    def _make_way(self, article_ids: Sequence[str]) -> set[str]:
        """Empty those of these articles that wait already, for what they are now; return the ids of their chunks."""
        waiting = "SELECT number FROM articles WHERE state = 'pending' AND id IN (SELECT value FROM json_each(?))"
        named = (json.dumps(article_ids),)
        query = (
            "SELECT a.id, c.start, c.stop FROM articles a JOIN chunks c ON c.article = a.number "
            f"WHERE a.number IN ({waiting})"
        )
        stale = {f"{article_id}:{start}-{stop}" for article_id, start, stop in self._database.rows(query, named)}
        for table in ("chunks", "marks"):
            self._database.run(f"DELETE FROM {table} WHERE article IN ({waiting})", named)
        return stale

    def _insert(self, arrival: Arrival) -> int:
        marks = ", ".join("?" * len(ARTICLE_COLUMNS.split(",")))
        row = article_row(arrival.article)
        waiting = "SELECT number FROM articles WHERE state = 'pending' AND id = ?"
        number: int | None = self._database.value(waiting, row[:1]) if arrival.waits else None
        if number is None:
            number = self._database.run(
                f"INSERT INTO articles (state, {ARTICLE_COLUMNS}) VALUES (?, {marks})",
                ("pending" if arrival.waits else "indexed", *row),
            )
        else:  # it changed again while it waited: whatever names it names what it is now
            self._database.run(f"UPDATE articles SET ({ARTICLE_COLUMNS}) = ({marks}) WHERE number = ?", (*row, number))
        self._insert_chunks(number, arrival.chunks)
        self._database.run(
            "INSERT INTO marks VALUES (?, 0, ?, ?, ?)",
            (number, ranges_text(arrival.article.masked), arrival.marks.signature, arrival.marks.lines),
        )
        return number

    def _insert_chunks(self, number: int, chunks: Iterable[Chunk]) -> None:
        self._database.run_many(
            "INSERT INTO chunks (article, start, stop, sentences) VALUES (?, ?, ?, ?)",
            [(number, chunk.span.start, chunk.span.end, sentences_text(chunk)) for chunk in chunks],
        )

    def _put(self, origin: Origin) -> None:
        looks = origin.looks
        self._database.run(
            f"INSERT OR REPLACE INTO files ({_ORIGIN}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (origin.name, origin.root, looks.size, looks.mtime_ns, looks.ctime_ns, origin.digest, origin.reason,
             origin.scan),
        )  # fmt: skip

    def _scan_of(self, file: str) -> int:
        return int(self._database.value("SELECT scan FROM files WHERE file = ?", (file,)) or 0)

    def _ready(self) -> list[Row]:
        """Return (number, state, id) of the articles that lack a version and lack no vector."""
        return self._database.rows(
            "SELECT number, state, id FROM articles a WHERE version IS NULL AND NOT EXISTS "
            "(SELECT 1 FROM chunks c WHERE c.article = a.number AND c.vector IS NULL) ORDER BY number"
        )

    def _replace(self, number: int, article_id: str) -> set[str]:
        """Let a waiting article be seen, in place of the one with the same text if there is one."""
        query = "SELECT number FROM articles WHERE state = 'indexed' AND id = ?"
        old: int | None = self._database.value(query, (article_id,))
        gone = set[str]()
        if old is not None:
            self._database.run("UPDATE sources SET article = ? WHERE article = ?", (number, old))
            gone = self._drop([old])
        self._database.run("UPDATE articles SET state = 'indexed' WHERE number = ?", (number,))
        return gone

    def _retire(self, files: Sequence[str]) -> set[str]:
        """Forget the earlier scans of these files, unless what the last one gave still waits."""
        named = json.dumps(files)
        old = (
            "FROM sources WHERE file IN (SELECT value FROM json_each(?)) "
            "AND scan < (SELECT scan FROM files f WHERE f.file = sources.file) "
            "AND NOT EXISTS (SELECT 1 FROM sources new JOIN articles a ON a.number = new.article "
            "WHERE new.file = sources.file AND a.state = 'pending' "
            "AND new.scan = (SELECT scan FROM files f WHERE f.file = new.file))"
        )
        candidates = [number for (number,) in self._database.rows(f"SELECT DISTINCT article {old}", (named,))]
        self._database.run(f"DELETE {old}", (named,))
        return self._drop_orphans(candidates)

    # Out

    def forget(self, files: Iterable[str]) -> set[str]:
        """Forget these files and the articles that came only from them; return the ids of chunks that are gone."""
        files = list(files)
        named = json.dumps(files)
        within = "FROM sources WHERE file IN (SELECT value FROM json_each(?))"
        with self._database.transaction():
            testimony.note(self._database, files)
            numbers = [number for (number,) in self._database.rows(f"SELECT DISTINCT article {within}", (named,))]
            self._database.run(f"DELETE {within}", (named,))
            self._database.run("DELETE FROM files WHERE file IN (SELECT value FROM json_each(?))", (named,))
            gone = self._drop_orphans(numbers)
            if gone:
                self._move_generation(arrived=False)
            return self._without_living(gone)

    def forget_article(self, article_id: str) -> set[str]:
        """Forget an article everywhere it came from; return the ids of its chunks.

        A file that gave nothing else is forgotten too; one that did is known to have been changed by nobody.
        """
        numbers = [
            number for (number,) in self._database.rows("SELECT number FROM articles WHERE id = ?", (article_id,))
        ]
        with self._database.transaction():
            files = []
            for number in numbers:
                rows = self._database.rows("SELECT DISTINCT file FROM sources WHERE article = ?", (number,))
                files += [file for (file,) in rows]
                self._database.run("DELETE FROM sources WHERE article = ?", (number,))
            self._database.run_many(
                "DELETE FROM files WHERE file = ? AND NOT EXISTS (SELECT 1 FROM sources s WHERE s.file = files.file)",
                [(file,) for file in files],
            )
            # Adding the file again brings the article back, as it does for a file of one article.
            self._database.run_many(
                "UPDATE files SET digest = NULL, size = NULL WHERE file = ?", [(file,) for file in files]
            )
            gone = self._drop_orphans(numbers)
            if gone:
                self._move_generation(arrived=False)
            return self._without_living(gone)

    def _drop_orphans(self, numbers: Iterable[int | None]) -> set[str]:
        """Drop those of these articles whose text nothing names any more, with what waits to take their place."""
        query = (
            "SELECT number FROM articles WHERE id IN (SELECT a.id FROM json_each(?) CROSS JOIN articles a "
            "ON a.number = value WHERE NOT EXISTS "
            "(SELECT 1 FROM sources s JOIN articles b ON b.number = s.article WHERE b.id = a.id))"
        )
        return self._drop([number for (number,) in self._database.rows(query, (json.dumps(list(numbers)),))])

    def _drop(self, numbers: Sequence[int]) -> set[str]:
        gone = set[str]()
        query = "SELECT a.id, c.start, c.stop FROM articles a JOIN chunks c ON c.article = a.number WHERE a.number = ?"
        for number in numbers:
            gone |= {
                f"{article_id}:{start}-{stop}" for article_id, start, stop in self._database.rows(query, (number,))
            }
        self._database.run_many("DELETE FROM articles WHERE number = ?", [(number,) for number in numbers])
        return gone

    def _without_living(self, chunk_ids: set[str]) -> set[str]:
        """Return those of these chunks that no article has: another with the same text may, or be about to."""
        if not chunk_ids:
            return chunk_ids
        query = (
            "SELECT a.id, c.start, c.stop FROM articles a JOIN chunks c ON c.article = a.number "
            "WHERE a.id IN (SELECT value FROM json_each(?))"
        )
        named = json.dumps(sorted({name.partition(":")[0] for name in chunk_ids}))
        living = self._database.rows(query, (named,))
        return chunk_ids - {f"{article_id}:{start}-{stop}" for article_id, start, stop in living}

    def _move_generation(self, *, arrived: bool) -> None:
        generation = self._database.number("generation") + 1
        self._database.set("generation", generation)
        if arrived:  # an index of words that was last written before this cannot hold everything
            self._database.set("complete_at", generation)


def _origin(row: Row) -> Origin:
    name, root, size, mtime_ns, ctime_ns, digest, reason, scan = row[:8]
    return Origin(name, root, Looks(size, mtime_ns, ctime_ns), digest, reason, scan)

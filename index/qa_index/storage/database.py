"""Open one SQLite file and turn what can go wrong with it into sentences."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from qa_index.errors import LibraryDamaged, LibraryLocked, LibraryReadOnly, QAError

Row = tuple[Any, ...]
WAIT_SECONDS = 30.0  # a reader that has to rebuild something holds a writer's commit up for seconds


class Database:
    """A connection that speaks in rows, in autocommit mode, and raises only QAErrors for what a person can act on."""

    def __init__(self, connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
        self._connection, self.path, self._read_only = connection, path, read_only

    @classmethod
    def reading(cls, path: Path) -> Database:
        """Open an existing file without the means to change it; works in a folder that cannot be written."""
        return cls(_connect(path, mode="ro"), path, read_only=True)

    @classmethod
    def writing(cls, path: Path) -> Database:
        """Open or create a file for changes that last: what was committed survives a power cut."""
        connection = _connect(path, mode="rwc")
        database = cls(connection, path, read_only=False)
        # Not WAL: a library on a folder that cannot be written must still answer, and WAL needs to write to read.
        database.run("PRAGMA journal_mode = DELETE")
        database.run("PRAGMA synchronous = FULL")
        database.run("PRAGMA foreign_keys = ON")
        database.run("PRAGMA cache_size = -65536")  # spilling in mid-transaction would lock readers out
        return database

    @classmethod
    def in_memory(cls) -> Database:
        """Open one that is nowhere: an empty library."""
        return cls(_connect(Path("nowhere"), mode="memory"), Path("nowhere"), read_only=False)

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Return every row of a query."""
        with translated(self.path):
            try:
                return self._connection.execute(statement, parameters).fetchall()
            except sqlite3.OperationalError as error:
                if not (self._read_only and error.sqlite_errorname == "SQLITE_READONLY_ROLLBACK"):
                    raise
        # A writer was killed in the middle of a commit. Only a connection that may write can undo the half of it.
        self._undo_half_a_commit()
        with translated(self.path):
            return self._connection.execute(statement, parameters).fetchall()

    def value(self, statement: str, parameters: Sequence[object] = ()) -> Any:  # noqa: ANN401 - what SQLite holds
        """Return the first column of the first row, None if there is no row."""
        rows = self.rows(statement, parameters)
        return rows[0][0] if rows else None

    def stream(self, statement: str, parameters: Sequence[object] = (), *, size: int) -> Iterator[list[Row]]:
        """Yield the rows of a query, `size` at a time."""
        with translated(self.path), closing(self._connection.execute(statement, parameters)) as cursor:
            while rows := cursor.fetchmany(size):
                yield rows

    def run(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Run one statement; return the id of the row it inserted, if it did."""
        with translated(self.path):
            return self._connection.execute(statement, parameters).lastrowid or 0

    def run_many(self, statement: str, parameters: Iterable[Sequence[object]]) -> None:
        """Run one statement for each of several rows."""
        with translated(self.path):
            self._connection.executemany(statement, parameters)

    # Settings: a table of names and values

    def get(self, name: str) -> str | int | None:
        """Return one setting, None if it was never set."""
        value: str | int | None = self.value("SELECT value FROM settings WHERE name = ?", (name,))
        return value

    def number(self, name: str) -> int:
        """Return one setting that is a number, 0 if it was never set."""
        return int(self.get(name) or 0)

    def set(self, name: str, value: str | int) -> None:
        """Keep one setting."""
        self.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what happens inside happen as a whole or not at all."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # SQLite has already rolled back after a full disk
                self.run("ROLLBACK")
            raise

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """Read everything inside as it was at one moment, whatever another process commits meanwhile."""
        self.run("BEGIN")
        try:
            yield
        finally:
            if self._connection.in_transaction:
                self.run("COMMIT")

    def copy_to(self, target: sqlite3.Connection, *, pages: int, progress: Callable[[int, int, int], None]) -> None:
        """Copy everything into another database; `progress` gets the status, the pages left, and all pages."""
        with translated(self.path):
            self._connection.backup(target, pages=pages, progress=progress)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _undo_half_a_commit(self) -> None:
        try:
            with closing(_connect(self.path, mode="rw")) as connection:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        except sqlite3.Error as error:
            raise LibraryDamaged(
                f"Asked to read the library in {self.path.parent}, but a change to it was cut off half-way and the "
                "folder cannot be written to undo it. Open it once where it can be written (`qa doctor`)."
            ) from error


def _connect(path: Path, *, mode: str) -> sqlite3.Connection:
    with translated(path):
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        # Threads take turns: the library that owns this connection holds a lock around each use.
        connection = sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        connection.create_function("folded", 1, folded, deterministic=True)  # SQLite's own folds ASCII only
        return connection


def folded(text: str | None) -> str:
    """Return what two spellings of a text have in common: without capitals, with plain apostrophes."""
    if text is None or text.isascii():
        return (text or "").lower()
    return unicodedata.normalize("NFC", text).casefold().replace("’", "'")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about the file at `path` into QAErrors that say what to do."""
    try:
        yield
    except (sqlite3.OperationalError, sqlite3.DatabaseError) as error:
        told = _as_sentence(error, path)
        if told is None:
            raise
        raise told from error


def _as_sentence(error: sqlite3.Error, path: Path) -> QAError | None:
    folder, name = path.parent, getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return QAError(
            f"Asked to change the library in {folder}, but its disk is full or failing ({error}). "
            "What was indexed before is kept; free some space and run this again."
        )
    if name.startswith("SQLITE_BUSY"):
        return LibraryLocked(folder, pid=None)
    if name.startswith("SQLITE_READONLY"):
        return LibraryReadOnly(folder)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CANTOPEN", "SQLITE_FORMAT")):
        return LibraryDamaged(
            f"Asked to open the library in {folder}, but {path.name} cannot be read ({error}). "
            "Put a copy of it back, or index the articles again into another folder with `--library DIR`."
        )
    return None

"""Keep what is made from the catalog in step with it: Chroma, tantivy and the snapshot, as a writer sees them.

The index of words takes in what comes before the catalog makes it part of the library, and lets go of what has left it
afterwards: at every moment it holds at least what can be found, and a reader drops what the catalog does not know.
Vectors follow the catalog, and readers compare those that came since with the question themselves. Chroma follows last,
because it takes 2.4 KB of memory a chunk and most of the time that storing takes; between what is cheap to keep in it
and what is searched in it, it holds nothing.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

from qa_index.errors import QAError
from qa_index.search import lexical, snapshot, stamp
from qa_index.search.chroma import Chroma
from qa_index.search.indexes import Entry, Index, IndexDamaged, TextIndex, VectorIndex
from qa_index.storage.catalog import Catalog
from qa_index.storage.searching import CHROMA, EXACT_LIMIT, LEXICAL, SNAPSHOT, exact_parts
from qa_index.types import Progress, Step

CRASHES = 3  # so many writers in a row that did not end properly: a damaged HNSW file can end the process
CHROMA_FILES = "*.sqlite3"
SPARE_BYTES = 32_000_000
SNAPSHOT_CHUNKS, SNAPSHOT_SHARE = 10_000, 0.25
ANEW_CHUNKS, ANEW_SHARE = 20_000, 0.05  # a second's work; past that, deleted chunks may weigh as much as this
STORED_CHUNKS = 200_000  # Chroma holds no more before readers need it: 500 MB of memory while it is open
MUCH_CHUNKS = 5_000  # ten seconds to store
SLACK_CHUNKS, SLACK_SHARE = 20_000, 0.01  # past so many, the snapshot and Chroma may lack as much as this


AnIndex = TypeVar("AnIndex", bound=Index)


class Kept(Generic[AnIndex]):
    """One index on disk: opened when first needed, made again from the catalog when it is damaged.

    `count` is how many chunks it should hold when it is opened; None if it is known to be out of step. `wanted` names
    them, `spared` those that it may hold besides.
    """

    def __init__(
        self,
        folder: Path,
        catalog: Catalog,
        open_index: Callable[[Path], AnIndex],
        *,
        count: int | None,
        wanted: Callable[[], set[str]],
        spared: Callable[[], set[str]] = set,
    ) -> None:
        self._folder, self._catalog, self._open, self._count = folder, catalog, open_index, count
        self._wanted, self._spared = wanted, spared
        self._index: AnIndex | None = None

    def use(self, action: Callable[[AnIndex], object]) -> None:
        """Do something with the index; if it turns out to be damaged, make it again first."""
        try:
            action(self._opened())
        except IndexDamaged as error:
            _refuse_if_full(self._folder, error)
            self.discard()
            action(self._opened())

    def discard(self) -> None:
        """Remove the index; its next use makes it again."""
        with suppress(IndexDamaged):
            self.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._count = None

    def close(self) -> None:
        """Let go of files."""
        index, self._index = self._index, None
        if index is not None:
            index.close()

    def _opened(self) -> AnIndex:
        if self._index is None:
            self._index = self._open(self._folder)
            self._bring_in_step(self._index)
        return self._index

    def _bring_in_step(self, index: AnIndex) -> None:
        """Add what the catalog has and the index lacks, and drop what the catalog does not know."""
        if self._count is not None and index.count() == self._count:
            return
        here, wanted = index.ids(), self._wanted()
        index.delete(here - wanted - self._spared())
        for entries in self._catalog.stock.entries(only=wanted - here) if wanted - here else ():
            index.upsert(entries)


class Caches:
    """Chroma, tantivy and the snapshot of one library, to be closed when the writing is done."""

    def __init__(self, folder: Path, catalog: Catalog, *, exact_limit: int = EXACT_LIMIT) -> None:
        self._folder, self._catalog, self._exact_limit = folder, catalog, exact_limit
        in_step = catalog.database.number("caches_at") == catalog.generation
        stock = catalog.stock
        if catalog.database.get("vectors_at") is None:  # before anything changes that it is told by
            self._note_vectors(catalog.vectors_at)
        self.vectors = Kept(
            folder / CHROMA,
            catalog,
            self._open_chroma,
            count=stock.vector_count(until=catalog.vectors_at) if in_step else None,
            wanted=lambda: stock.vector_ids(until=catalog.vectors_at),
            spared=lambda: stock.vector_ids(after=catalog.vectors_at),
        )
        self._gone = set[str]()  # what Chroma has yet to let go of
        self._gone_is_known = in_step
        self.words = Kept(
            folder / LEXICAL,
            catalog,
            self._open_lexical,
            count=stock.chunk_count() if in_step else None,
            wanted=stock.chunk_ids,
        )
        self._in_snapshot: int | None = None

    def take_in_words(self, entries: Iterable[Entry]) -> None:
        """Let chunks be found by their words, before the catalog tells anyone of them."""
        held = list(entries)
        if held:
            self.words.use(lambda index: self._commit(index, held, self._catalog.generation + 1))

    def keep_vectors_near(self, progress: Progress | None = None) -> None:
        """Let a snapshot, or Chroma, follow when much has come since: readers hold what came after it in memory."""
        stock = self._catalog.stock
        count = stock.vector_count()
        if count > self._exact_limit:
            if stock.vector_count(after=self._catalog.vectors_at) > SNAPSHOT_CHUNKS:
                self.vectors.use(lambda index: self._follow(index, progress))
            return
        if self._in_snapshot is None:
            self._in_snapshot = self._snapshot_count()
        if count - self._in_snapshot > max(SNAPSHOT_CHUNKS, SNAPSHOT_SHARE * self._in_snapshot):
            self._take_snapshot(self._catalog.generation)
            self._in_snapshot = count

    def _snapshot_count(self) -> int:
        with suppress(IndexDamaged):
            return len(snapshot.newest(self._folder / SNAPSHOT, library=self._catalog.library)[1])
        return 0

    def drop(self, chunk_ids: Collection[str]) -> None:
        """Let go of chunks that have left the library."""
        if chunk_ids:
            self.words.use(lambda index: index.delete(chunk_ids))
            self._gone.update(chunk_ids)

    def finish(self, progress: Progress | None = None, *, stores_much: bool = True) -> None:
        """Bring everything in step with the catalog, and say so; quick if nothing has changed.

        What a run that was stopped has left for Chroma may take many minutes; without `stores_much` it is left again.
        """
        generation = self._catalog.generation
        in_step = self._catalog.database.number("caches_at") == generation
        if not in_step or not self._has_words():
            self.words.use(lambda index: self._commit_last(index, generation))
        vectors = self._catalog.stock.vector_count()
        allowed, is_small = slack(vectors), vectors <= self._exact_limit
        if is_small and snapshot_lag(self._folder, self._catalog) > allowed:
            self._take_snapshot(generation)
        lag = self._vectors_lag()
        if not is_stored(vectors, self._exact_limit):
            self.vectors.discard()
        elif not stores_much and lag > MUCH_CHUNKS:
            return
        elif not self._has_vectors() or not self._gone_is_known or lag > allowed:
            self.vectors.use(lambda index: self._follow(index, progress))
        if not is_small:
            shutil.rmtree(self._folder / SNAPSHOT, ignore_errors=True)
        self._leave_gone()
        if not in_step:
            self._catalog.database.set("caches_at", generation)

    def _follow(self, index: VectorIndex, progress: Progress | None = None) -> None:
        """Let Chroma hold what the catalog holds; stopped on the way, it goes on from there."""
        index.delete(self._gone)
        self._gone.clear()
        self._gone_is_known = True
        self._catalog.database.set("vectors_gone", 0)
        stock, done = self._catalog.stock, 0
        total = stock.vector_count(after=self._catalog.vectors_at)
        for version, entries in stock.entries_after(self._catalog.vectors_at):
            index.upsert(entries)
            self._note_vectors(version)
            done += len(entries)
            if progress:
                progress(Step("storing", done, total, entries[-1].title, done / total, 0))

    def _vectors_lag(self) -> int:
        """Say how many chunks Chroma lacks or holds too long."""
        return self._catalog.stock.vector_count(after=self._catalog.vectors_at) + self.gone

    @property
    def gone(self) -> int:
        """Say how many chunks Chroma may hold too long."""
        return self._catalog.database.number("vectors_gone") + len(self._gone)

    def _leave_gone(self) -> None:
        if self._gone:
            self._catalog.database.set("vectors_gone", self.gone)
            self._gone.clear()

    def _note_vectors(self, version: int) -> None:
        self._catalog.database.set("vectors_at", version)

    def close(self) -> None:
        """Let go of files."""
        try:
            self.words.close()
        finally:
            self.vectors.close()
        if self._catalog.database.number("unclosed"):
            self._catalog.database.set("unclosed", 0)

    def _commit_last(self, index: TextIndex, generation: int) -> None:
        """Commit; where it is quick, make the same index of the same articles whatever happened to them before.

        tantivy weighs words by counts in which deleted chunks stay until their segment is merged.
        """
        self._commit(index, [], generation)
        chunks = self._catalog.stock.chunk_count()
        deleted = index.deleted()
        if deleted > (0 if chunks <= ANEW_CHUNKS else chunks * ANEW_SHARE):
            index.anew(self._catalog.stock.entries())
            self._commit(index, [], generation)

    def _commit(self, index: TextIndex, entries: Sequence[Entry], generation: int) -> None:
        index.upsert(entries)
        index.commit()
        stamp.put(self._folder / LEXICAL, stamp.Stamp(self._catalog.library, generation))

    @property
    def are_fatal(self) -> bool:
        """Tell whether several processes in a row died with the vectors open."""
        return self._catalog.database.number("unclosed") >= CRASHES

    def note_opening(self) -> None:
        """Write down, before Chroma is opened, that this process may die of it; `close` takes it back."""
        self._catalog.database.set("unclosed", self._catalog.database.number("unclosed") + 1)

    def _open_chroma(self, folder: Path) -> VectorIndex:
        if self.are_fatal:
            shutil.rmtree(folder, ignore_errors=True)
            self._catalog.database.set("unclosed", 0)
        if not any(folder.glob(CHROMA_FILES)):
            self._note_vectors(0)
            self._catalog.database.set("vectors_gone", 0)
        self.note_opening()
        return Chroma.open(folder, library=self._catalog.library)

    def _open_lexical(self, folder: Path) -> TextIndex:
        try:
            of_another = stamp.read(folder).library != self._catalog.library
        except IndexDamaged:
            of_another = True
        if of_another:
            shutil.rmtree(folder, ignore_errors=True)
        return lexical.open_for_writing(folder)

    def _has_vectors(self) -> bool:
        """Tell, without opening it, whether Chroma has a file; `audit` looks inside."""
        return not self._catalog.stock.vector_count() or any((self._folder / CHROMA).glob(CHROMA_FILES))

    def _has_words(self) -> bool:
        catalog = self._catalog
        if not catalog.stock.chunk_count():
            return True
        try:
            words = lexical.open_for_reading(
                self._folder / LEXICAL, library=catalog.library, complete_at=catalog.complete_at
            )
        except IndexDamaged:
            return False
        return words.count() == catalog.stock.chunk_count()

    def _take_snapshot(self, generation: int) -> None:
        folder, library = self._folder / SNAPSHOT, self._catalog.library
        snapshot.write(folder, exact_parts(folder, self._catalog), library=library, generation=generation)


def is_stored(chunks: int, exact_limit: int) -> bool:
    """Tell whether Chroma holds the vectors of so many chunks: of a few, and of more than a snapshot is for."""
    return chunks <= STORED_CHUNKS or chunks > exact_limit


def slack(chunks: int) -> int:
    """Say how many of so many chunks a reader may be left to compare by itself, so that one more costs no rewriting."""
    return 0 if chunks <= SLACK_CHUNKS else int(chunks * SLACK_SHARE)


def snapshot_lag(folder: Path, catalog: Catalog) -> float:
    """Say how many chunks the snapshot of a library lacks or holds too long; infinitely many if there is none."""
    try:
        rows = snapshot.newest(folder / SNAPSHOT, library=catalog.library)[1]
    except IndexDamaged:
        return math.inf
    last, stock = rows.last_number, catalog.stock
    return stock.vector_count(after=last) + len(rows) - stock.vector_count(until=last)


def _refuse_if_full(folder: Path, error: Exception) -> None:
    if shutil.disk_usage(folder.parent).free < SPARE_BYTES:
        raise QAError(
            f"Asked to change the library in {folder.parent}, but its disk is full. "
            "What was indexed before is kept; free some space and run this again."
        ) from error

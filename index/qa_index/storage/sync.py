"""Bring a library up to date with the files it was made from.

Each source is looked at once. What is new or changed is written down as pending, a batch at a time, embedded, brought
into the indexes, and then made part of the library at once: whatever stops this, the state before or the state after
a batch is what remains, and the next writer finishes what was begun.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from qa_index.errors import QAError, UnreadableArticle
from qa_index.storage.caches import Caches
from qa_index.storage.catalog import Catalog
from qa_index.storage.ledger import Arrival
from qa_index.storage.records import Source
from qa_index.storage.sources import File, Given, Reading, Wanted
from qa_index.types import Article, Failure, Synced, Vectors

Progress = Callable[[int, int, str], None]
BATCH_ARTICLES, BATCH_CHUNKS, BATCH_NOTES = 64, 256, 1_000
# A file changed twice within the clock tick of its file system looks unchanged the second time, so how a file looks
# is trusted only if it was left alone for longer than any such tick (FAT: 2 s) before it was read.
SETTLED_NS = 2_000_000_000
UNTRUSTED = (None, None, None)


@dataclass(frozen=True, slots=True)
class Writer:
    """What a writing operation needs: an open catalog, its caches, and something that embeds."""

    catalog: Catalog
    caches: Caches
    embed: Callable[[Sequence[str]], Vectors]


def index_pending(writer: Writer, told: Callable[[str], None] = lambda article_id: None) -> None:
    """Embed what is pending, bring it into the indexes, and make it part of the library; `told` hears of each article.

    If embedding fails, what is pending is discarded: its sources are read again next time.
    """
    catalog = writer.catalog
    try:
        _embed_pending(writer, told)
    except Exception:
        catalog.ledger.discard()
        raise
    writer.caches.take_in_pending()
    writer.caches.drop(catalog.ledger.settle())


def _embed_pending(writer: Writer, told: Callable[[str], None]) -> None:
    chunk_ids: list[str] = []
    vectors: list[Vectors] = []
    for entries in writer.catalog.stock.entries("pending"):
        for article_id in dict.fromkeys(entry.article_id for entry in entries):
            lacking = [entry for entry in entries if entry.article_id == article_id and not len(entry.vector)]
            if lacking:
                chunk_ids += [entry.chunk_id for entry in lacking]
                vectors.append(writer.embed([entry.meaning for entry in lacking]))
            told(article_id)
    if chunk_ids:
        writer.catalog.ledger.keep_vectors(chunk_ids, np.concatenate(vectors))


def bring_up_to_date(
    writer: Writer, wanted: Wanted, reading: Reading, *, progress: Progress | None = None, keep: bool = False
) -> Synced:
    """Read what is new or changed and, unless `keep`, let go of files that are gone from the folders asked for."""
    sync = _Sync(writer, reading, _Steps(len(wanted.sources), progress or (lambda done, total, source: None)))
    for source in wanted.sources:
        sync.take(source)
    sync.flush()
    if not keep:
        sync.let_go(wanted)
    return sync.counts


class _Steps:
    """Counts what is done, each source once."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._progress, self._done = total, progress, set[str]()

    def done(self, name: str) -> None:
        if name not in self._done:
            self._done.add(name)
            self._progress(len(self._done), self._total, name)


class _Sync:
    """One bringing up to date: `take` every source, then `flush`, then `let_go`."""

    def __init__(self, writer: Writer, reading: Reading, steps: _Steps) -> None:
        self._writer, self._reading, self._steps = writer, reading, steps
        self._ledger = writer.catalog.ledger
        self._arrivals: list[Arrival] = []
        self._notes: list[Source] = []
        self.counts = Synced()

    def take(self, item: File | Given) -> None:
        """Look at one source: unchanged, failed, or on its way in."""
        before = self._ledger.source(item.name) or Source(item.name, item.root if isinstance(item, File) else None)
        try:
            after, article = self._look(item, before)
            arrival = self._arrival(after, article) if article is not None else None
        except UnreadableArticle as error:
            self._fail(before, error.source, error.reason)
        except QAError:  # of the library or a model, not of this file
            raise
        except Exception as error:  # whatever a file does to its reader, the others go on
            self._fail(before, item.name, f"reading it failed ({type(error).__name__}: {error})")
        else:
            self._sort(before, after, arrival)
        if _is_full(self._arrivals) or len(self._notes) >= BATCH_NOTES:
            self.flush()

    def _look(self, item: File | Given, before: Source) -> tuple[Source, Article | None]:
        """Return how a source looks now, and its article unless its bytes are those that were indexed."""
        if isinstance(item, Given):
            after = Source(item.name, digest=item.digest, article=before.article)
            return after, None if _has_indexed(before, item.digest) else item.sound_article()
        looks = _looks(item.path)
        if before.article is not None and before.reason is None and looks == _looked(before) != UNTRUSTED:
            return before, None
        content = self._reading.read_bytes(item.path)
        after = Source(item.name, item.root, *looks, hashlib.sha256(content).hexdigest(), before.article)
        return after, None if _has_indexed(before, after.digest) else self._reading.from_bytes(content, item.name)

    def _arrival(self, after: Source, article: Article) -> Arrival | None:
        """Return what to write down, None if the library has this very article from this source."""
        number = self._ledger.number_of(article.id)
        if any(arrival.article.id == article.id for arrival in self._arrivals):
            return Arrival(after, article, None)
        if number is not None and not self._is_rewritten(after, article):
            return None if number == after.article else Arrival(after, article, None)
        chunks = self._reading.cut(article)
        if not chunks:
            raise UnreadableArticle(after.name, "it holds nothing to search; give the article's text")
        return Arrival(after, article, chunks)

    def _is_rewritten(self, after: Source, article: Article) -> bool:
        """Tell whether what is known about a text has changed: of several sources, the first to come says it."""
        indexed = self._writer.catalog.article(article.id)
        if indexed is None or replace(indexed, sources=()) == replace(article, sources=()):
            return False
        return not self._ledger.has_other_source(article.id, after.name)

    def _sort(self, before: Source, after: Source, arrival: Arrival | None) -> None:
        if arrival is not None:
            self._arrivals.append(arrival)
            self._count("added" if before.article is None else "changed")
            return
        if after != before:
            self._notes.append(after)
        self._count("unchanged")
        self._steps.done(after.name)

    def _fail(self, before: Source, name: str, reason: str) -> None:
        """Write down why a source failed; the article it gave earlier stays."""
        self._notes.append(replace(before, reason=reason))
        self.counts = replace(self.counts, failed=(*self.counts.failed, Failure(name, reason)))
        self._steps.done(before.name)

    def _count(self, kind: Literal["added", "changed", "unchanged", "removed"], number: int = 1) -> None:
        self.counts = replace(self.counts, **{kind: getattr(self.counts, kind) + number})

    def flush(self) -> None:
        """Make what has been taken part of the library."""
        arrivals, self._arrivals = self._arrivals, []
        notes, self._notes = self._notes, []
        if arrivals:
            self._ledger.expect(arrivals)
            names = {arrival.article.id: arrival.source.name for arrival in arrivals if arrival.chunks is not None}
            index_pending(self._writer, told=lambda article_id: self._steps.done(names[article_id]))
        for arrival in arrivals:
            self._steps.done(arrival.source.name)
        if notes:
            self._ledger.note(notes)

    def let_go(self, wanted: Wanted) -> None:
        """Forget the files that were below the folders asked for and are gone."""
        kept = {source.name for source in wanted.sources}
        below = {source.name: source for folder in wanted.folders for source in self._ledger.below(folder)}
        gone = [source for name, source in below.items() if name not in kept and _is_gone(source)]
        if gone:
            self._writer.caches.drop(self._ledger.forget([source.name for source in gone]))
            self._count("removed", sum(source.article is not None for source in gone))


def _is_full(arrivals: Sequence[Arrival]) -> bool:
    return len(arrivals) >= BATCH_ARTICLES or sum(len(arrival.chunks or ()) for arrival in arrivals) >= BATCH_CHUNKS


def _has_indexed(before: Source, digest: str | None) -> bool:
    return before.article is not None and before.digest == digest


def _looks(path: Path) -> tuple[int | None, int | None, int | None]:
    """Return size, time of change and time of change of its entry, or nothing that could be trusted later."""
    try:
        seen = path.stat()
    except (OSError, ValueError):
        return UNTRUSTED  # reading it says why
    latest = max(seen.st_mtime_ns, seen.st_ctime_ns)
    return (seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns) if latest < time.time_ns() - SETTLED_NS else UNTRUSTED


def _looked(source: Source) -> tuple[int | None, int | None, int | None]:
    return source.size, source.mtime_ns, source.ctime_ns


def _is_gone(source: Source) -> bool:
    """Tell whether a file is not there any more; one in a folder that may not be listed is not gone."""
    if source.root is None:  # handed in: its name is only a name
        return False
    if source.article is None:  # it never was an article, and is no longer found
        return True
    try:
        Path(source.name).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False

"""Embed what has been read, and let it be found by its meaning: what takes the place of something else comes first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

import numpy as np

from qa_index.errors import QAError
from qa_index.search.indexes import Entry
from qa_index.storage.sync import Writer
from qa_index.types import Progress, Step

BATCH_CHUNKS = 256  # embedded and kept at once
PUBLISHED_CHUNKS = 2_048  # readers open the library anew after each publishing
Numbered = tuple[int, Entry]


def embed_what_lacks(writer: Writer, *, progress: Progress | None = None) -> None:
    """Embed every chunk that has no vector; what was embedded when this is stopped stays."""
    lacking = writer.catalog.stock.without_version()
    waiting = [(number, chunks) for number, state, chunks in lacking if state == "pending"]
    others = [(number, chunks) for number, state, chunks in lacking if state != "pending"]
    told = _Told(sum(chunks for _, _, chunks in lacking), progress)
    try:
        for articles in (waiting, others):
            _embed(writer, articles, told)
            _publish(writer)
            writer.caches.keep_vectors_near(told.progress)
    except BaseException:
        with suppress(QAError):  # the first error counts
            _publish(writer)
        raise


class _Told:
    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total, self.progress, self._done = total, progress or (lambda step: None), 0

    def done(self, chunks: int, name: str) -> None:
        self._done += chunks
        self.progress(Step("embedding", self._done, self._total, name, self._done / max(1, self._total), 0))


def _embed(writer: Writer, articles: Sequence[tuple[int, int]], told: _Told) -> None:
    unpublished = 0
    for batch in _batches(writer, articles):
        entries = [entry for _, entry in batch]
        vectors = writer.embed([entry.meaning for entry in entries])
        writer.catalog.stock.keep_vectors(entries, [number for number, _ in batch], np.asarray(vectors))
        told.done(len(batch), entries[-1].title)
        unpublished += len(batch)
        if unpublished >= PUBLISHED_CHUNKS:
            _publish(writer)
            writer.caches.keep_vectors_near(told.progress)
            unpublished = 0


def _batches(writer: Writer, articles: Sequence[tuple[int, int]]) -> Iterator[list[Numbered]]:
    """Yield chunks without a vector, each with the number of its article."""
    batch: list[Numbered] = []
    for number, chunks in articles:
        if not chunks:
            continue
        batch += [(number, entry) for entry in writer.catalog.stock.entries_of([number]) if not len(entry.vector)]
        while len(batch) >= BATCH_CHUNKS:
            yield batch[:BATCH_CHUNKS]
            batch = batch[BATCH_CHUNKS:]
    if batch:
        yield batch


def _publish(writer: Writer) -> None:
    """Let what has all its vectors be found by its meaning; what takes another's place is found by its words too."""
    catalog, stock = writer.catalog, writer.catalog.stock
    coming = [number for number, state, chunks in stock.without_version() if state == "pending" and not chunks]
    writer.caches.take_in_words(stock.entries_of(coming))
    writer.caches.drop(catalog.ledger.publish())

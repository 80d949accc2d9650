"""Search vectors exactly, in memory or in a mapped file.

A snapshot is a file of all vectors of a library, named by the generation it was taken at. It is written next to the
old one and put in place by a rename, so a reader finds a whole one or none. Exact search over 100,000 chunks of 384
dimensions takes 11 ms, over those that pass a filter less; an approximate index with a filter takes 294 ms. A larger
one has a screen, which leaves few to compare.
"""

from __future__ import annotations

import json
import mmap
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_index.search.indexes import EVERYTHING, IndexDamaged, Integers, Label, Ranked, Rows, day_range
from qa_index.search.screen import WIDTH, Screen, principal_axes
from qa_index.types import Filters, Vectors

MAGIC = b"cwvec\x00\x00\x01"
SUFFIX = ".vectors"
ALIGNMENT = 64
BLOCK = 8_192  # rows copied at a time: 12 MB
SCREENED = 200_000  # rows, from which a snapshot has a screen: comparing all of them takes 20 ms
FEW = 24  # one in so many rows is gathered and compared sooner than all are screened
SAMPLED = 20_000  # rows that tell the axes of a screen
DIGITS = 6  # float32 sums differ in the 7th digit with the place of a row; equal texts must rank equal


@dataclass(frozen=True, eq=False)
class Exact:
    """Finds chunks by comparing with every vector that a screen leaves; articles numbered in `dead` no longer count."""

    rows: Rows
    dead: frozenset[int] = frozenset()

    def search(self, vector: Vectors, *, limit: int, filters: Filters = EVERYTHING) -> list[Ranked]:
        """Return at most `limit` (chunk id, cosine) that pass `filters`, best first, ties by id."""
        rows = self._passing(filters)
        if limit < 1 or (rows is not None and not len(rows)) or not len(self.rows):
            return []
        if self.rows.screen is not None and (rows is None or len(rows) > len(self.rows) // FEW):
            rows = self.rows.screen.likely(vector, rows, limit=limit)
        scores = np.round(self._scores(vector, rows), DIGITS)
        if len(scores) > limit:  # every row that ties with the last place takes part in breaking the tie
            last = np.partition(scores, -limit)[-limit]
            best = np.flatnonzero(scores >= last)
        else:
            best = np.arange(len(scores))
        found = [
            (self.rows.chunk_id(int(i if rows is None else rows[i])), round(float(scores[i]), DIGITS)) for i in best
        ]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:limit]

    def ids(self) -> set[str]:
        """Name every chunk that counts."""
        return {
            self.rows.chunk_id(row)
            for row, owner in enumerate(self.rows.owners)
            if self.rows.labels[owner].number not in self.dead
        }

    def close(self) -> None:
        """Nothing to let go of: a mapped file is released with the last reference to it."""

    def alive(self) -> tuple[tuple[Label, ...], NDArray[np.bool_]]:
        """Return the labels that count, and which rows are theirs."""
        return tuple(label for label in self.rows.labels if label.number not in self.dead), self._alive[
            self.rows.owners
        ]

    def _scores(self, vector: Vectors, rows: NDArray[np.intp] | None) -> Vectors:
        vectors = self.rows.vectors
        if rows is None:
            return np.asarray(vectors @ vector)
        if len(rows) > len(vectors) // 4:  # gathering most rows costs more than multiplying all
            return np.asarray((vectors @ vector)[rows])
        return np.asarray(vectors[rows] @ vector)

    def _passing(self, filters: Filters) -> NDArray[np.intp] | None:
        """Return the rows that pass, None if all do."""
        if not filters and not self.dead:
            return None
        passes = np.ones(len(self.rows.labels), dtype=np.bool_)
        if days := day_range(filters):
            passes &= (self._days >= days[0]) & (self._days <= days[1])
        if filters.publishers:
            passes &= np.isin(self._publishers, [self._outlets.get(name, -1) for name in filters.publishers])
        if filters.articles:
            wanted = frozenset(filters.articles)
            passes &= self._of_labels(lambda label: label.article_id in wanted)
        if self.dead:
            passes &= self._alive
        return np.flatnonzero(passes[self.rows.owners])

    @cached_property
    def _days(self) -> NDArray[np.int64]:
        return np.fromiter((label.day for label in self.rows.labels), dtype=np.int64, count=len(self.rows.labels))

    @cached_property
    def _outlets(self) -> dict[str | None, int]:
        return {name: place for place, name in enumerate(dict.fromkeys(label.publisher for label in self.rows.labels))}

    @cached_property
    def _publishers(self) -> NDArray[np.int64]:
        places = (self._outlets[label.publisher] for label in self.rows.labels)
        return np.fromiter(places, dtype=np.int64, count=len(self.rows.labels))

    @cached_property
    def _alive(self) -> NDArray[np.bool_]:
        return self._of_labels(lambda label: label.number not in self.dead)

    def _of_labels(self, passes: Callable[[Label], bool]) -> NDArray[np.bool_]:
        return np.fromiter(map(passes, self.rows.labels), dtype=np.bool_, count=len(self.rows.labels))


def newest(folder: Path, *, library: str, checked: bool = False) -> tuple[int, Rows]:
    """Map the newest snapshot in `folder` that is of this library; return its generation and rows.

    `checked` also compares every byte with the checksum, which takes 0.1 s for 100,000 chunks.

    Raises:
        IndexDamaged: if there is none, or it is damaged.

    """
    for path in sorted(folder.glob(f"*{SUFFIX}"), reverse=True):
        return _opened(path, library=library, checked=checked)
    raise IndexDamaged(folder, "there is none")


def write(folder: Path, parts: Sequence[Exact], *, library: str, generation: int, screened: int = SCREENED) -> None:
    """Write what counts of several parts as one snapshot, put it in place, and remove older ones.

    From `screened` rows on it has a screen.
    """
    folder.mkdir(exist_ok=True)
    target = folder / f"{generation:012d}{SUFFIX}"
    unfinished = target.with_suffix(".unfinished")
    try:
        with unfinished.open("wb") as file:
            for piece in _laid_out(parts, library=library, generation=generation, screened=screened):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    for other in folder.iterdir():
        if other != target:
            with suppress(OSError):  # some systems keep a mapped file from being removed; the next writer does it
                other.unlink()


def _laid_out(parts: Sequence[Exact], *, library: str, generation: int, screened: int) -> Iterator[bytes]:
    """Yield the file piece by piece: magic, length and checksum of the head, head, columns, their checksum."""
    masks, columns, labels = [], [], list[Label]()
    for part in parts:
        kept, mask = part.alive()
        places = np.cumsum([label.number not in part.dead for label in part.rows.labels], dtype=np.int32) - 1
        columns.append(
            (places[part.rows.owners[mask]] + np.int32(len(labels)), part.rows.starts[mask], part.rows.ends[mask])
        )
        masks.append(mask)
        labels += kept
    rows = int(sum(mask.sum() for mask in masks))
    dimensions = max((part.rows.vectors.shape[1] for part in parts), default=0)
    screen = min(WIDTH, dimensions) if rows >= screened else 0
    head = {
        "library": library,
        "generation": generation,
        "rows": rows,
        "dimensions": dimensions,
        "screen": screen,
        "labels": [(label.number, label.article_id, label.day, label.publisher) for label in labels],
    }
    text = json.dumps(head, separators=(",", ":")).encode()
    start = MAGIC + len(text).to_bytes(8, "little") + zlib.crc32(text).to_bytes(8, "little") + text
    yield start + bytes(-len(start) % ALIGNMENT)
    checksum = 0
    for piece in chain(_column_pieces(parts, masks, columns), _screen_pieces(parts, masks) if screen else ()):
        checksum = zlib.crc32(piece, checksum)
        yield piece
    yield checksum.to_bytes(4, "little")


def _column_pieces(
    parts: Sequence[Exact], masks: Sequence[NDArray[np.bool_]], columns: Sequence[tuple[Integers, ...]]
) -> Iterator[bytes]:
    for column in zip(*columns, strict=True):
        yield b"".join(piece.astype(np.int32).tobytes() for piece in column)
    for part, mask in zip(parts, masks, strict=True):
        for at in range(0, len(mask), BLOCK):
            yield part.rows.vectors[at : at + BLOCK][mask[at : at + BLOCK]].tobytes()


def _screen_pieces(parts: Sequence[Exact], masks: Sequence[NDArray[np.bool_]]) -> Iterator[bytes]:
    """Yield the axes of a screen, then its points."""
    step = max(1, sum(map(len, masks)) // SAMPLED)
    sample = (part.rows.vectors[::step][mask[::step]] for part, mask in zip(parts, masks, strict=True))
    axes = principal_axes(sample, max(part.rows.vectors.shape[1] for part in parts))
    yield axes.tobytes()
    for part, mask in zip(parts, masks, strict=True):
        for at in range(0, len(mask), BLOCK):
            yield (part.rows.vectors[at : at + BLOCK][mask[at : at + BLOCK]] @ axes).tobytes()


def _opened(path: Path, *, library: str, checked: bool) -> tuple[int, Rows]:
    try:
        with path.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:  # an empty file cannot be mapped: ValueError
        raise IndexDamaged(path, f"it cannot be read ({error})") from error
    head, start = _head(content, path)
    if head["library"] != library:
        raise IndexDamaged(path, "it is of another library")
    rows, dimensions = head["rows"], head["dimensions"]
    screen = head.get("screen", 0)
    end = start + 4 * (rows * (3 + dimensions + screen) + dimensions * screen)
    if len(content) != end + 4:
        raise IndexDamaged(path, f"it has {len(content)} bytes instead of {end + 4}")
    if checked and zlib.crc32(memoryview(content)[start:end]) != int.from_bytes(content[end:], "little"):
        raise IndexDamaged(path, "it does not match its checksum")
    owners, starts, ends = np.frombuffer(content, dtype=np.int32, count=3 * rows, offset=start).reshape(3, rows)
    numbers = np.frombuffer(content, dtype=np.float32, count=(end - start) // 4 - 3 * rows, offset=start + 12 * rows)
    vectors, axes, points = np.split(numbers, np.cumsum([rows * dimensions, dimensions * screen]))
    return head["generation"], Rows(
        tuple(Label(*label) for label in head["labels"]),
        owners,
        starts,
        ends,
        vectors.reshape(rows, dimensions),
        Screen(axes.reshape(dimensions, screen), points.reshape(rows, screen)) if screen else None,
    )


def _head(content: mmap.mmap, path: Path) -> tuple[dict[str, Any], int]:
    """Return the head and where the columns start."""
    at = len(MAGIC)
    size, checksum = (int.from_bytes(content[place : place + 8], "little") for place in (at, at + 8))
    text = content[at + 16 : at + 16 + size]
    if content[:at] != MAGIC or zlib.crc32(text) != checksum:
        raise IndexDamaged(path, "its head is damaged")
    start = at + 16 + size
    return json.loads(text), start + -start % ALIGNMENT

"""Open a file and take it apart: one story, or a container of many, however large it is."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import cast

from qa_index.errors import UnreadableArticle
from qa_index.formats import archives, jsonfiles, tables
from qa_index.formats.kinds import BEGINNING, Container, kind_of, refusal
from qa_index.formats.streams import Stream, too_long
from qa_index.formats.unfolding import Budget
from qa_index.reading import files
from qa_index.stories import Broken, FieldMap, Kind, Limits, Piece

Parts = Iterator[Piece | Broken]


def pieces(path: Path, limits: Limits | None = None, fields: FieldMap | None = None) -> Parts:
    """Yield the pieces of a file in their order, holding no more than a few at a time.

    What is wrong with one part is yielded as `Broken`, and the others go on. A part without a place is the file as a
    whole: one that breaks off after some of its pieces.

    Raises:
        UnreadableArticle: if nothing of the file can be read, or it changed while it was read.

    """
    limits, fields = limits or Limits(), fields or FieldMap()
    size = _size(path)
    if size is None or size <= limits.story_bytes:
        content = files.read_bytes(path, limits.story_bytes)
        if not content.strip():
            raise UnreadableArticle(path, "it is empty; remove it, or put the article's text into it")
        stream = io.BufferedReader(io.BytesIO(content), BEGINNING)
        yield from _or_raise(path, _pieces_of(path, stream, len(content), limits, fields))
        return
    try:
        large = io.BufferedReader(path.open("rb", buffering=0), BEGINNING)
    except OSError:
        files.read_bytes(path, size)  # says what is wrong
        raise
    with large:
        before = os.fstat(large.fileno())
        if _is_one_story(path, large):
            files.read_bytes(path, limits.story_bytes)  # says that it is too large
        yield from _or_raise(path, _pieces_of(path, large, size, limits, fields))
        after = os.fstat(large.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise UnreadableArticle(path, "it changed while it was read; run this again when nothing is writing to it")


def pieces_of(stream: Stream, name: str, place: str, depth: int = 0, *, budget: Budget, fields: FieldMap) -> Parts:
    """Yield the pieces of a stream, `depth` archives deep, by what it holds and what it is called."""
    beginning = stream.peek(BEGINNING)[:BEGINNING]
    if not beginning.strip():
        yield Broken(place, "it is empty; remove it, or put the article's text into it")
        return
    kind = kind_of(name, beginning)
    if kind is None:
        yield Broken(place, refusal(beginning))
        return
    inner = partial(pieces_of, budget=budget, fields=fields)
    containers: dict[str, Callable[[], Parts]] = {
        "json": partial(jsonfiles.json_file, stream, place, budget.limits),
        "jsonl": partial(jsonfiles.json_lines, stream, place, budget.limits),
        "csv": partial(tables.rows, stream, place, budget.limits, fields),
        "warc": partial(_warc, stream, place, budget.limits),
        "zip": partial(archives.unzip, stream, place, budget=budget, depth=depth, inner=inner),
        "gzip": partial(archives.gunzip, stream, name, place, budget=budget, depth=depth, inner=inner),
    }
    yield from containers[kind]() if kind in containers else _one_piece(stream, place, kind, budget.limits)


def _one_piece(stream: Stream, place: str, kind: Kind | Container, limits: Limits) -> Parts:
    content = stream.read(limits.story_bytes + 1)
    if len(content) > limits.story_bytes:
        yield Broken(place, too_long("it", limits))
    else:
        yield Piece(place, cast("Kind", kind), content)


def _warc(stream: Stream, place: str, limits: Limits) -> Parts:
    from qa_index.formats import warc

    return warc.pieces(stream, place, limits)


def _pieces_of(path: Path, stream: Stream, size: int, limits: Limits, fields: FieldMap) -> Parts:
    return pieces_of(stream, path.name, "", budget=Budget(limits, size), fields=fields)


def _or_raise(path: Path, parts: Parts) -> Parts:
    """Yield the parts of a file; raise what is wrong with the file as a whole if nothing came before it."""
    part = next(parts, None)
    if part is None:
        raise UnreadableArticle(path, "it holds no article; remove it, or put articles into it")
    if isinstance(part, Broken) and not part.place:
        raise UnreadableArticle(path, part.reason)
    yield part
    yield from parts


def _size(path: Path) -> int | None:
    """Return how large an ordinary file is that can be named; what is wrong with others is said by reading them."""
    try:
        str(path).encode("utf-8")
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _is_one_story(path: Path, stream: Stream) -> bool:
    return kind_of(path.name, stream.peek(BEGINNING)[:BEGINNING]) in ("text", "html", "pdf", "docx", "email", "feed")

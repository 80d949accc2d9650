"""Cut a file of JSON into its records: one in each line, or one object after another in a list."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from functools import partial

from qa_index.formats.kinds import BEGINNING, within
from qa_index.formats.records import LISTS
from qa_index.formats.streams import Stream, lines, too_long, utf8
from qa_index.stories import Broken, Limits, Piece

Parts = Iterator[Piece | Broken]

_NAMED_LIST = re.compile(rb'"(?:' + "|".join(map(re.escape, LISTS)).encode() + rb')"\s*:\s*\[', re.IGNORECASE)
_BARE_LIST = re.compile(rb"\s*\[")
_OUTSIDE_STRINGS = re.compile(rb'["{}\[\],]')
_INSIDE_STRINGS = re.compile(rb'"|\\.?', re.DOTALL)


def json_lines(stream: Stream, place: str, limits: Limits) -> Parts:
    """Yield each line of a stream that is not blank, as a piece of its own."""
    for number, line in enumerate(lines(utf8(stream), limits.story_bytes), start=1):
        where = within(place, f"line {number}")
        if line is None:
            yield Broken(where, too_long("its line", limits))
        elif line := line.strip():
            yield Piece(where, "json", line)


def json_file(stream: Stream, place: str, limits: Limits) -> Parts:
    """Yield a file of JSON in one piece, or each item of its list where it is too large for one."""
    stream = utf8(stream)
    start = stream.read(limits.story_bytes + 1)
    if len(start) <= limits.story_bytes:
        yield Piece(place, "json", start)
        return
    opening = _BARE_LIST.match(start) or _NAMED_LIST.search(start, 0, BEGINNING)
    if not opening:
        yield Broken(place, too_long("it is JSON, but no list of objects,", limits))
        return
    scanner = _ItemScanner(limits.story_bytes)
    chunks = itertools.chain([start[opening.end() :]], iter(partial(stream.read, BEGINNING), b""))
    for number, item in enumerate(scanner.items(chunks), start=1):
        where = within(place, f"item {number}")
        if item is None:
            yield Broken(where, too_long("its item", limits))
        elif item:
            yield Piece(where, "json", item)


class _ItemScanner:
    """Finds where the items of one list end, in bytes that come in parts, without reading what is in them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._item = bytearray()
        self._depth = 0
        self._quoted = False
        self._escaped = False
        self._ended = False

    def items(self, chunks: Iterable[bytes]) -> Iterator[bytes | None]:
        """Yield the bytes of each item, None for one with too many; what follows the list is not read."""
        for chunk in chunks:
            yield from self._feed(chunk)
            if self._ended:
                return
        if self._item:
            yield self._taken()

    def _feed(self, chunk: bytes) -> Iterator[bytes | None]:
        kept, at, self._escaped = 0, int(self._escaped), False
        while not self._ended and (mark := (_INSIDE_STRINGS if self._quoted else _OUTSIDE_STRINGS).search(chunk, at)):
            at = mark.end()
            if self._ends_item(mark.group()):
                self._keep(chunk[kept : mark.start()])
                yield self._taken()
                kept = at
        self._keep(chunk[kept:])

    def _ends_item(self, mark: bytes) -> bool:
        if mark[:1] == b"\\":
            self._escaped = len(mark) == 1  # the character that it takes away comes with the next part
        elif mark == b'"':
            self._quoted = not self._quoted
        elif mark in b"{[":
            self._depth += 1
        elif mark == b"," or (mark == b"]" and not self._depth):
            self._ended = mark == b"]"
            return not self._depth
        else:
            self._depth -= 1
        return False

    def _keep(self, part: bytes) -> None:
        if len(self._item) <= self._most:
            self._item += part[: self._most + 1]

    def _taken(self) -> bytes | None:
        item, self._item = bytes(self._item), bytearray()
        return item.strip() if len(item) <= self._most else None

"""Read a stream line by line, as UTF-8, without ever holding more than a part of it."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from qa_index.formats.kinds import BEGINNING
from qa_index.reading.decoding import encoding
from qa_index.stories import Limits

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Stream: TypeAlias = "io.BufferedReader[Any]"  # a reader that lets its beginning be looked at


def utf8(stream: Stream) -> Stream:
    """Return the same text as UTF-8 without a mark, whatever encoding it is in.

    A line that is UTF-8 stays as it is, and so does every byte of a stream that begins as UTF-8.
    """
    sample = stream.peek(BEGINNING)[:BEGINNING]
    if sample.startswith(codecs.BOM_UTF8):
        stream.read(len(codecs.BOM_UTF8))
        return stream
    if (name := encoding(sample)).startswith(("utf-16", "utf-32")):
        return io.BufferedReader(_Recoded(stream, name), BEGINNING)
    others = b"".join(line for line in sample.splitlines(keepends=True)[:-1] if not _is_utf8(line))
    if not others or (name := encoding(others)) == "utf-8":
        return stream
    return io.BufferedReader(_Recoded(stream, name, by_line=True), BEGINNING)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def lines(stream: Stream, most: int) -> Iterator[bytes | None]:
    """Yield every line with its end; None for one of more than `most` bytes, of which no more is kept."""
    while line := stream.readline(most + 1):
        if len(line) <= most or line.endswith(b"\n"):
            yield line
            continue
        while (rest := stream.readline(BEGINNING)) and not rest.endswith(b"\n"):
            pass
        yield None


def too_long(what: str, limits: Limits) -> str:
    """Return the reason why a part is not read that is larger than a story may be."""
    return f"{what} has more than the {limits.story_bytes:,} bytes that one article may have; split it"


class _Recoded(io.RawIOBase):
    """A stream in UTF-8 of one in another encoding; with `by_line`, of lines of which some are UTF-8 already."""

    def __init__(self, source: Stream, name: str, *, by_line: bool = False) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder(name)(errors="replace")
        self._read = source.readline if by_line else source.read
        self._by_line = by_line
        self._ready = b""

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer with what there is; nothing at the end."""
        view = memoryview(buffer).cast("B")
        part = b"more"
        while not self._ready and part:
            part = self._read(BEGINNING)
            recoded = not self._by_line or not _is_utf8(part)
            self._ready = self._decoder.decode(part, final=not part).encode() if recoded else part
        taken, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(taken)] = taken
        return len(taken)

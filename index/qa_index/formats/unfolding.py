"""Read compressed streams without trusting them: what comes out is counted, and ends where a limit says so."""

from __future__ import annotations

import io
import zlib
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, BinaryIO

from qa_index.formats.kinds import BEGINNING
from qa_index.stories import Limits

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_FREE_BYTES = 1_000_000  # what may come out before the ratio counts: a page of blanks is no bomb
_FREE_STORIES = 5  # the same for a whole file, so that one bomb in an archive leaves room for the others


class Refused(Exception):
    """A part of a file is not read any further; the message is the reason, as in `Broken`."""


@dataclass(slots=True)
class Budget:
    """What one file of `packed_bytes`, with all that is packed in it, has unfolded to so far."""

    limits: Limits = field(default_factory=Limits)
    packed_bytes: int | None = None
    unfolded_bytes: int = 0
    entries: int = 0
    spent: bool = False

    def unfold(self, count: int) -> None:
        """Count bytes that came out.

        Raises:
            Refused: if they are more than one file may unfold to.

        """
        self.unfolded_bytes += count
        most = self.limits.unfolded_bytes
        if self.packed_bytes is not None:  # entries that overlap unfold the same bytes again and again
            most = min(most, max(_FREE_STORIES * self.limits.story_bytes, self.limits.ratio * self.packed_bytes))
        if self.unfolded_bytes > most:
            self.spent = True
            raise Refused(f"the whole file unfolds to more than {most:,} bytes; split it, or unpack it yourself")

    def open(self, count: int) -> None:
        """Count entries of an archive.

        Raises:
            Refused: if they are more than one file may hold.

        """
        self.entries += count
        if self.entries > self.limits.entries:
            raise Refused(f"it holds more than {self.limits.entries:,} files; unpack it and index the folder")


class Unfolding(io.RawIOBase):
    """A stream that unfolds as it is read; reading it raises `Refused` once it passes a limit."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._out = 0
        self._failure: Exception | None = None

    @abstractmethod
    def unfold(self, most: int) -> bytes:
        """Return the next bytes, `most` at most, none at the end."""

    @abstractmethod
    def packed_bytes(self) -> int:
        """Return how many packed bytes may have gone into what came out so far."""

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer: less only at the end, or before what cannot be read."""
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view) and self._failure is None:
            try:
                part = self._next(len(view) - filled)
            except Exception as failure:  # raised by the next call: what came before it is sound
                self._failure = failure
                break
            if not part:
                break
            view[filled : filled + len(part)] = part
            filled += len(part)
        if not filled and self._failure is not None:
            raise self._failure
        return filled

    def _next(self, most: int) -> bytes:
        part = self.unfold(most)
        self._out += len(part)
        if self._out > max(_FREE_BYTES, self._budget.limits.ratio * self.packed_bytes()):
            raise Refused(
                f"it unfolds to more than {self._budget.limits.ratio} times its size, as no text does; "
                "unpack it yourself if you trust it"
            )
        self._budget.unfold(len(part))
        return part


class Gunzip(Unfolding):
    """What a gzip stream holds, all its members in a row."""

    def __init__(self, packed: BinaryIO, budget: Budget) -> None:
        super().__init__(budget)
        self._packed = packed
        self._inflate = zlib.decompressobj(wbits=31)
        self._ahead = b""
        self._in = 0

    def packed_bytes(self) -> int:
        """Return how many packed bytes were read."""
        return self._in

    def unfold(self, most: int) -> bytes:
        """Return the next bytes, none at the end."""
        while True:
            if self._inflate.eof and not self._begin_member():
                return b""
            packed = self._ahead or self._read()
            part = self._inflate.decompress(packed, most)
            self._ahead = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            if part:
                return part
            if not packed and not self._inflate.eof:
                raise EOFError("it breaks off")

    def _begin_member(self) -> bool:
        """Go on to the next member; tell whether there is one. Zeros between members are padding."""
        while not (ahead := self._ahead.lstrip(b"\0")):
            self._ahead = self._read()
            if not self._ahead:
                return False
        self._ahead = ahead
        self._inflate = zlib.decompressobj(wbits=31)
        return True

    def _read(self) -> bytes:
        part = self._packed.read(BEGINNING)
        self._in += len(part)
        return part


class Limited(Unfolding):
    """An entry of an archive, of which the archive says how many packed bytes it has at most."""

    def __init__(self, entry: IO[bytes], packed_bytes: int, budget: Budget) -> None:
        super().__init__(budget)
        self._entry = entry
        self._packed = packed_bytes

    def packed_bytes(self) -> int:
        """Return how many packed bytes there are."""
        return self._packed

    def unfold(self, most: int) -> bytes:
        """Return the next bytes, none at the end."""
        return self._entry.read(most)

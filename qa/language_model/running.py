"""Read a reply in a thread of its own, so that waiting for it can always be ended."""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, suppress
from typing import Any

from qa.types import Stop

LONGEST_REPLY = 1_000_000  # characters; an answer has a few thousand
_POLL_SECONDS = 0.05
_GRACE_SECONDS = 0.3  # what closing a connection may take before it is left to itself


class Late(Exception):
    """The reply has not ended in time; `found` says whether some of it had come, `seconds` how long that was."""

    def __init__(self, *, begun: bool, seconds: float) -> None:
        self.found, self.seconds = "it was still writing" if begun else "it had sent nothing", seconds
        super().__init__(f"{self.found} after {seconds:.3g} seconds")


class TooLong(Exception):
    """More was sent than a reply may hold."""


class _Unwanted(Exception):
    """Nobody waits for the reply any more, or not longer."""


class Line:
    """Carries pieces of a reply from the thread that reads it to the one that asked for it."""

    def __init__(self, *, seconds: float, stop: Stop | None, longest: int) -> None:
        self.deadline = time.monotonic() + seconds
        self._stop, self._longest, self._taken, self._seconds = stop, longest, 0, seconds
        self._pieces: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()
        self._closed = threading.Event()

    @property
    def is_over(self) -> bool:
        """Whether nothing more is waited for."""
        return self._unwanted or time.monotonic() >= self.deadline

    @property
    def _unwanted(self) -> bool:
        return self._closed.is_set() or (self._stop is not None and self._stop.is_set())

    def put(self, piece: str) -> None:
        """Hand one piece over.

        Raises:
            TooLong: if the reply has become longer than it may be.

        """
        if self.is_over:
            raise _Unwanted
        self._taken += len(piece)
        if self._taken > self._longest:
            raise TooLong
        self._pieces.put(piece)

    def run(self, work: Callable[[Line], None]) -> None:
        """Do the work that puts the pieces; whatever it raises reaches whoever asked."""
        try:
            work(self)
            self._pieces.put(None)
        except _Unwanted:
            self._pieces.put(None if self._unwanted else self._late())
        except Exception as error:  # it is raised again, in the other thread
            self._pieces.put(error)

    def pieces(self) -> Iterator[str]:
        """Yield the pieces as they come; end without a word once they are not wanted."""
        while not self._unwanted:
            try:
                piece = self._pieces.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                if time.monotonic() > self.deadline + _GRACE_SECONDS:  # the work hangs where it cannot be interrupted
                    raise self._late() from None
                continue
            if piece is None or self._unwanted:
                return
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def _late(self) -> Late:
        return Late(begun=self._taken > 0, seconds=self._seconds)

    def close(self) -> None:
        """Let the work know that nothing more is wanted."""
        self._closed.set()


def relayed(
    work: Callable[[Line], None], *, seconds: float, stop: Stop | None = None, longest: int = LONGEST_REPLY
) -> Iterator[str]:
    """Yield what `work`, running in a thread of its own, puts on the line; closing this ends the work.

    Raises:
        Late: if the work has not ended after `seconds`.

    """
    line = Line(seconds=seconds, stop=stop, longest=longest)
    thread = threading.Thread(target=line.run, args=(work,), name="language model", daemon=True)
    thread.start()
    try:
        yield from line.pieces()
    finally:
        line.close()
        thread.join(min(_GRACE_SECONDS, max(0.0, line.deadline + _GRACE_SECONDS - time.monotonic())))


def in_a_loop(reading: Callable[[], AsyncGenerator[str, None]], line: Line) -> None:
    """Put what is read on the line; once it is over, cancel the reading, which closes its connection."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        runner.run(_watched(reading, line))


async def _watched(reading: Callable[[], AsyncGenerator[str, None]], line: Line) -> None:
    if line.is_over:  # while libraries were imported
        raise _Unwanted
    task = asyncio.ensure_future(_read(reading(), line))
    while not task.done():
        await asyncio.wait({task}, timeout=_POLL_SECONDS)
        if line.is_over and not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=_GRACE_SECONDS)
            raise _Unwanted
    task.result()


async def _read(pieces: AsyncGenerator[str, None], line: Line) -> None:
    async with aclosing(pieces):
        async for piece in pieces:
            line.put(piece)


class _Loop(asyncio.SelectorEventLoop):
    """Looks names up in a thread that nothing waits for: a resolver may take a minute, and cannot be stopped."""

    async def getaddrinfo(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the base class has it
        found: asyncio.Future[Any] = self.create_future()

        def look_up() -> None:
            try:
                result = socket.getaddrinfo(*args, **options)
            except Exception as error:
                tell(found.set_exception, error)
            else:
                tell(found.set_result, result)

        def tell(say: Callable[[Any], None], value: object) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self.call_soon_threadsafe(lambda: None if found.done() else say(value))

        threading.Thread(target=look_up, name="name of a host", daemon=True).start()
        return await found

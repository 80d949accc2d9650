"""Work in a thread and hand what is ready to the event loop; nothing goes on working for somebody who has gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from enum import Enum
from typing import Literal, TypeVar

import anyio.to_thread

Part = TypeVar("Part")
Work = Callable[
    [Callable[[Part], None], threading.Event], None
]  # sends what is ready, and ends soon after the event is set
AT_ONCE = 32  # answers; each waits for a language model most of the time, and the threads of other requests stay free
IDLE_SECONDS = 10.0  # proxies give a silent connection up after half a minute or so


class _Sign(Enum):
    """What may come instead of a part."""

    END = 1


class Relay:
    """Runs work in threads, so many at once as it may."""

    def __init__(self, at_once: int = AT_ONCE, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._limiter = anyio.CapacityLimiter(at_once)
        self._idle_seconds = idle_seconds

    async def parts(self, work: Work[Part]) -> AsyncGenerator[Part | None, None]:
        """Yield what the work sends, as it is ready, and None where nothing was for a while.

        Closing this, or cancelling whoever waits for it, sets the work's stop. What the work raises is raised here.
        """
        stop, loop = threading.Event(), asyncio.get_running_loop()
        ready: asyncio.Queue[Part | _Sign] = asyncio.Queue()

        def send(part: Part) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(ready.put_nowait, part)

        working = asyncio.ensure_future(
            anyio.to_thread.run_sync(work, send, stop, limiter=self._limiter, abandon_on_cancel=True)
        )
        working.add_done_callback(lambda _: ready.put_nowait(_Sign.END))
        try:
            while (part := await self._next(ready)) is not _Sign.END:
                yield part
            working.result()
        finally:
            stop.set()
            if not working.cancel() and not working.cancelled():
                working.exception()  # now it was seen, so the loop need not tell of it

    async def _next(self, ready: asyncio.Queue[Part | _Sign]) -> Part | Literal[_Sign.END] | None:
        try:
            async with asyncio.timeout(self._idle_seconds):
                return await ready.get()
        except TimeoutError:
            return None

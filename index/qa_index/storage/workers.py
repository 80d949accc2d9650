"""Read pieces of files in processes of their own: several at a time, bounded in time and memory, whatever they hold.

Not `multiprocessing`: its processes run the script that began them again, which a script without a guard does not
survive. These are started as modules, speak over pipes, and end when theirs is closed, so also when we are killed.
"""

from __future__ import annotations

import os
import pickle
import queue
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import IO, Any, TypeVar

from qa_index.storage.sources import Outcome, Work
from qa_index.stories import Broken

COMMAND = (sys.executable, "-m", "qa_index.storage.worker")
SECONDS = 120.0  # for one piece; a page of 5 MB takes one
WINDOW_PIECES, WINDOW_BYTES = 64, 64_000_000  # asked for and not yet taken
LIGHT = frozenset({"text", "json", "row"})  # what is read here, as long as there is little of it
LIGHT_PIECES, LIGHT_BYTES = 48, 2_000_000
_LENGTH = struct.Struct(">Q")

Waiting = TypeVar("Waiting")


class Workers:
    """Does work in the order it was asked for. A little plain text is read here: a process takes half a second."""

    def __init__(
        self,
        here: Callable[[Work], Outcome],
        *,
        chunk_tokens: int,
        processes: int | None = None,
        seconds: float = SECONDS,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._here = here
        self._processes = processes or max(1, min(8, len(os.sched_getaffinity(0)) if _HAS_AFFINITY else 2))
        self._start = partial(_Worker, (*command, str(chunk_tokens), f"{seconds:g}"), seconds)

    def __call__(self, asked: Iterable[tuple[Waiting, Work | None]]) -> Generator[tuple[Waiting, Outcome]]:
        """Yield what was asked, each with what came of its work, () for what had none; closing it ends all work."""
        with _Crew(self._processes, self._start) as crew:
            light = [LIGHT_PIECES, LIGHT_BYTES]
            window: deque[tuple[Waiting, Future[Outcome] | Outcome, int]] = deque()
            held = 0
            for waiting, work in asked:
                size = len(work.piece.content) if work else 0
                window.append((waiting, self._begin(work, crew, light), size))
                held += size
                while window and (_is_there(window[0][1]) or len(window) > WINDOW_PIECES or held > WINDOW_BYTES):
                    waiting, outcome, size = window.popleft()
                    held -= size
                    yield waiting, _outcome(outcome)
            while window:
                waiting, outcome, _ = window.popleft()
                yield waiting, _outcome(outcome)

    def _begin(self, work: Work | None, crew: _Crew, light: list[int]) -> Future[Outcome] | Outcome:
        if work is None:
            return ()
        light[0], light[1] = light[0] - 1, light[1] - len(work.piece.content)
        if work.piece.kind in LIGHT and min(light) >= 0:
            return self._here(work)
        return crew.begin(work)


_HAS_AFFINITY = hasattr(os, "sched_getaffinity")


def _is_there(outcome: Future[Outcome] | Outcome) -> bool:
    return not isinstance(outcome, Future) or outcome.done()


def _outcome(outcome: Future[Outcome] | Outcome) -> Outcome:
    return outcome.result() if isinstance(outcome, Future) else outcome


class _Crew:
    """Some worker processes, each started when it is first needed, each with a thread that waits for it."""

    def __init__(self, size: int, start: Callable[[], _Worker]) -> None:
        self._size, self._start = size, start
        self._threads: ThreadPoolExecutor | None = None
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        self._all: list[_Worker] = []

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._all:
            worker.end()
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)

    def begin(self, work: Work) -> Future[Outcome]:
        """Give a piece to the next worker that is free."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._size, thread_name_prefix="reading")
            for _ in range(self._size):
                worker = self._start()
                self._all.append(worker)
                self._idle.put(worker)
        return self._threads.submit(self._do, work)

    def _do(self, work: Work) -> Outcome:
        worker = self._idle.get()
        try:
            return worker.do(work)
        finally:
            self._idle.put(worker)


class _Worker:
    """One process; when it dies of a piece, the piece is told as broken and the next one gets a new process."""

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self._command, self._seconds = command, seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        self._ended = False

    def do(self, work: Work) -> Outcome:
        """Send a piece, and wait for what it holds."""
        process = self._running()
        if process is None or process.stdin is None or process.stdout is None:
            return ()
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(self._seconds, end)
        clock.start()
        try:
            send(process.stdin, work)
            outcome: Outcome = receive(process.stdout)
            return outcome
        except (EOFError, OSError):
            self._let_go()
            if late.is_set():
                reason = f"reading it took longer than {self._seconds:g} seconds; save its text and index that"
                return (Broken("", reason),)
            return (Broken("", "reading it ended the process that did; it may be damaged, or need too much memory"),)
        finally:
            clock.cancel()

    def end(self) -> None:
        """Stop, also in the middle of a piece."""
        self._ended = True
        self._let_go()

    def _running(self) -> subprocess.Popen[bytes] | None:
        with self._turn:
            if self._process is None and not self._ended:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=_environment(),
                )
            return self._process

    def _let_go(self) -> None:
        with self._turn:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            with suppress(OSError):
                if process.stdin:
                    process.stdin.close()
            process.wait()
            if process.stdout:
                process.stdout.close()


def _environment() -> dict[str, str]:
    """Let a worker import what we can; numpy's threads would each take some of the memory that it may have."""
    places = os.pathsep.join(place for place in sys.path if place)
    return {**os.environ, "PYTHONPATH": places, "OPENBLAS_NUM_THREADS": "1"}


def send(stream: IO[bytes], thing: object) -> None:
    """Write one value to a pipe."""
    content = pickle.dumps(thing, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(content)) + content)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:  # noqa: ANN401 - what was sent
    """Read one value from a pipe.

    Raises:
        EOFError: if it was closed.

    """
    head = stream.read(_LENGTH.size)
    content = stream.read(*_LENGTH.unpack(head)) if len(head) == _LENGTH.size else b""
    if not content or len(content) < _LENGTH.unpack(head)[0]:
        raise EOFError
    return pickle.loads(content)

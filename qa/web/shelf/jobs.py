"""Bring files into the library behind the page's back, one job after the other, and say how far each is."""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from qa.pace import Pace
from qa.web.problems import BUG
from qa.web.shelf.receiving import for_the_page
from qa_index.errors import LibraryLocked, QAError
from qa_index.types import Failure, Step, Synced

KEPT = 200  # jobs that can be asked for
MOST_WAITING = 50
State = Literal["waiting", "running", "done", "failed", "stopped"]
STOPPED = "The server was ended before this was done. What had been added is kept; send the files again for the rest."
_PATIENCE = 2.0  # seconds that somebody who wants one thing changed waits for a job


@dataclass(frozen=True, slots=True)
class Job:
    """Files on their way into the library, `files` of them; `problem` says why that failed.

    First they are read, then embedded, then stored: `share` of that `stage` is done, 0 to 1, which `words` say with how
    fast it goes and how long it will take; `source` is the last that was done. `added`, `changed` and `unchanged` count
    articles.
    """

    id: str
    state: State
    files: int
    stage: Literal["", "reading", "embedding", "storing"] = ""
    share: float = 0.0
    words: str = ""
    source: str = ""
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: tuple[Failure, ...] = ()
    problem: str | None = None
    kind: str | None = None


class Adding(Protocol):
    """What the jobs need of a library, and no more; `qa.api.Library` says what each does."""

    # ruff: noqa: D102
    @property
    def folder(self) -> Path: ...
    @property
    def uploads(self) -> Path: ...
    def add(self, *sources: object, progress: Callable[[Step], None] | None = None) -> Synced: ...
    def forget(self, *sources: str) -> None: ...
    def digests(self, folder: Path) -> dict[str, str | None]: ...


class TooBusy(QAError):
    """So much waits to be done that nothing more is taken on."""


class _Stopped(Exception):
    """The server ends: the job is to end where it is."""


class Jobs:
    """One thread that writes, whatever is asked of it in turn. It is started by the first job."""

    def __init__(self, library: Adding, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._library, self._clock = library, clock
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._jobs: dict[str, Job] = {}
        self._files: dict[str, tuple[Path, ...]] = {}  # of the jobs that have not ended
        self._turn, self._writing = threading.Lock(), threading.Lock()
        self.placing = threading.Lock()  # held while files go among the uploads until their job begins, or are let go
        self._thread: threading.Thread | None = None
        self._ending = False

    def start(self, files: Sequence[Path]) -> Job:
        """Take files on; they are read into the library when those before them are done."""
        self.check()
        job = Job(secrets.token_urlsafe(12), "waiting", files=len(files))
        with self._turn:
            self._jobs[job.id] = job
            ended = [each.id for each in self._jobs.values() if each.state not in ("waiting", "running")]
            for old in ended[: max(0, len(self._jobs) - KEPT)]:
                del self._jobs[old]
            self._files[job.id] = tuple(files)
            self._waiting.put(job.id)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="articles", daemon=True)
                self._thread.start()
        return job

    def check(self) -> None:
        """Refuse to take on more when too much is waiting.

        Raises:
            TooBusy: if so.

        """
        with self._turn:
            waiting = sum(job.state == "waiting" for job in self._jobs.values())
        if waiting >= MOST_WAITING:
            raise TooBusy(
                f"Asked to add articles, but {waiting} batches of files are waiting already. Try again in a minute."
            )

    def get(self, job_id: str) -> Job | None:
        """Return a job as it is now; None if there is none, or it was long ago."""
        with self._turn:
            return self._jobs.get(job_id)

    def let_go(self, files: Iterable[Path]) -> None:
        """Delete uploads that became no article and that no job has; `placing` must be held.

        The page shows only articles: nobody could find these files there, or remove them.
        """
        try:
            place = self._library.uploads.resolve()
            gave = self._library.digests(place)
            wanted = {path for each in self._files.copy().values() for path in each}
            named = {str(path.resolve()): path for path in files if path not in wanted}
            useless = [name for name, path in named.items() if path.resolve().parent == place and name not in gave]
            for name in useless:
                named[name].unlink(missing_ok=True)
            if useless:
                self._library.forget(*useless)
        except (QAError, OSError) as error:  # how the job has ended is told all the same
            logging.getLogger("qa.web").info("files that became no article were not cleared away: %s", error)

    @contextmanager
    def between(self) -> Iterator[None]:
        """Change the library between two jobs.

        Raises:
            LibraryLocked: if the job that is being done goes on for longer than a person waits.

        """
        if not self._writing.acquire(timeout=_PATIENCE):
            raise OwnJob(self._library.folder)
        try:
            yield
        finally:
            self._writing.release()

    def close(self) -> None:
        """End the job that is being done, at the next article, and those that wait."""
        with self._turn:
            self._ending = True
            thread = self._thread
        if thread is not None:
            self._waiting.put(None)
            thread.join(10)

    # In the thread

    def _work(self) -> None:
        while (job_id := self._waiting.get()) is not None:
            with self._writing:
                files = self._files[job_id]
                ended = self._done(job_id, files)
                with self.placing:
                    del self._files[job_id]
                    if ended["state"] != "done" or ended["failed"]:
                        self.let_go(files)
                self._become(job_id, **ended)

    def _done(self, job_id: str, files: Iterable[Path]) -> dict[str, Any]:
        """Do a job, and return how it has ended."""
        there = [path for path in files if path.is_file()]  # one may have been removed since

        pace = Pace(self._clock)

        def progress(step: Step) -> None:
            if self._ending:
                raise _Stopped
            words, source = pace.take(step), _named(step.name)
            self._become(job_id, stage=step.stage, share=round(step.share, 4), words=words, source=source)

        self._become(job_id, state="running")
        try:
            if self._ending:
                raise _Stopped
            synced = self._library.add(*there, progress=progress) if there else Synced()
        except _Stopped:
            return {"state": "stopped", "problem": STOPPED}
        except QAError as error:
            return {"state": "failed", "problem": str(error), "kind": type(error).__name__}
        except Exception:
            logging.getLogger("qa.web").exception("adding articles failed")
            return {"state": "failed", "problem": BUG, "kind": "Bug"}
        failed = tuple(Failure(self._within(each.source), for_the_page(each.reason)) for each in synced.failed)
        counts = {"added": synced.added, "changed": synced.changed, "unchanged": synced.unchanged}
        return {"state": "done", "failed": failed, **counts}

    def _within(self, source: str) -> str:
        """Name what failed without the folder of the uploads: a file, or a place in one."""
        folder = f"{self._library.uploads.resolve()}/"
        return source.removeprefix(folder) if source.startswith(folder) else _named(source)

    def _become(self, job_id: str, **changes: object) -> None:
        with self._turn:
            if job_id in self._jobs:
                self._jobs[job_id] = replace(self._jobs[job_id], **changes)  # type: ignore[arg-type]


def _named(source: str) -> str:
    """Return the last part of a path or an address."""
    return source.rstrip("/").rpartition("/")[2] or source


class OwnJob(LibraryLocked):
    """The page itself is adding articles."""

    def __init__(self, folder: Path) -> None:
        QAError.__init__(
            self, "Asked to change the library, but articles are being added to it. Try again when that is done."
        )
        self.folder, self.pid = str(folder), None

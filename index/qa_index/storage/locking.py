"""Let one process at a time change a library."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from qa_index.errors import LibraryLocked, LibraryReadOnly

LOCK = "lock"
OWNER = "lock.pid"  # beside the lock: some versions of filelock empty the file they lock, even when they fail to
PATIENCE_SECONDS = 1.0


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the writer's lock of the library in `folder`; the operating system frees it when a process ends, however.

    Raises:
        LibraryLocked: if another writer holds it for longer than a second.
        LibraryReadOnly: if the folder cannot be written.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, timeout=PATIENCE_SECONDS, thread_local=False)
        lock.acquire()
    except Timeout as error:
        raise LibraryLocked(folder, pid=_owner(folder)) from error
    except OSError as error:
        raise LibraryReadOnly(folder) from error
    try:
        (folder / OWNER).write_text(str(os.getpid()), encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            (folder / OWNER).unlink()
        lock.release()


def _owner(folder: Path) -> int | None:
    try:
        return int((folder / OWNER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None

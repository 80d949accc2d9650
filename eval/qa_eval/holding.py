"""Hold a run for one process: of two that go on with it at once, each would ask every question again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from qa_eval.records import unwritable
from qa_index.errors import UsageError

LOCK = ".lock"


def hold(path: Path) -> FileLock:
    """Take the lock of the run in this folder; the system frees it when the process ends, however.

    Raises:
        UsageError: if another process has it.
        QAError: if the folder cannot be written.

    """
    lock = FileLock(path / LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise UsageError(
            f"Asked to go on with the run {path}, but it is still going in another process. Wait until it ends."
        ) from None
    except OSError as error:
        raise unwritable(path, error) from error
    return lock


def release(lock: FileLock) -> None:
    """Let others go on with the run; nothing of the lock stays behind."""
    with suppress(OSError):  # before it is let go: nobody else can hold it yet
        Path(lock.lock_file).unlink()
    lock.release()

"""Keep evaluation cases in a file of JSON Lines: whole or not at all, though several people add to it at once."""

from __future__ import annotations

import errno
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from qa.export import to_json
from qa.saving import write_whole
from qa_index.errors import LibraryLocked, LibraryNotFound, QAError, UsageError

_PATIENCE_SECONDS = 5.0  # for another process that writes to the same file: milliseconds
MOST_BYTES = 50_000  # of one case
_PRIVATE = 0o600  # what somebody asked is nobody else's business


class CasesNotWritten(QAError):
    """The file of the cases may not be read or written, or its disk is full; its `__cause__` tells which."""


def _trouble(path: Path, error: OSError) -> QAError:
    """Say why the file cannot be read or written; what is in its place by mistake is no fault of the system."""
    kind: type[QAError]
    kind, mend = UsageError, "Move away what is in that place"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        kind, mend = CasesNotWritten, "Free some space on its disk"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        kind, mend = CasesNotWritten, "Let whoever runs `qa serve` write that file and its folder"
    return kind(
        f"Asked for the verdicts kept in {path}, but the system says: {error.strerror or type(error).__name__}. "
        f"Nothing was changed there. {mend}, then judge again."
    )


@dataclass(frozen=True, slots=True)
class Undo:
    """What taking a case back needs: its id, the digest of its line, and the line that it replaced, if any."""

    name: str
    digest: bytes
    before: str | None


def _digest(line: str) -> bytes:
    return hashlib.sha256(line.encode("utf-8", "replace")).digest()


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A suite that grows: one case a line, one for each id; lines are kept as they are, in their order."""

    path: Path
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def count(self) -> int:
        """Return how many cases are kept."""
        return len(self._lines())

    def put(self, case: Mapping[str, Any]) -> tuple[Undo, int]:
        """Keep a case, in the place of the one of the same id; return what undoes that, and how many there are now.

        Raises:
            UsageError: if it is longer than a case may be, or the file holds what is no case.
            CasesNotWritten: if the file cannot be read or written.

        """
        name, line = str(case["id"]), to_json(case).rstrip("\n")
        size = len(line.encode("utf-8", "replace"))
        if size > MOST_BYTES:
            raise UsageError(
                f"Asked to keep a case of {size:,} bytes, but one may have {MOST_BYTES:,}. "
                "Mark only the words that say it, or write the right answer in a few words."
            )
        before, cases = self._change(name, line)
        return Undo(name, _digest(line), before), cases

    def take_back(self, undo: Undo) -> int:
        """Remove a case, or put back what it replaced; return how many there are now.

        Raises:
            UsageError: if it is not there any more as it was kept.

        """
        return self._change(undo.name, undo.before, only=undo.digest)[1]

    def _change(self, name: str, new: str | None, *, only: bytes | None = None) -> tuple[str | None, int]:
        """Put a line or nothing in the place of the case of this name; of `only` the one with this digest, if given."""
        with self._alone():
            lines = self._lines()
            before = lines.get(name)
            if only is not None and (before is None or _digest(before) != only):
                raise UsageError(
                    "Asked to take a verdict back, but that question was judged again since. Judge it anew."
                )
            if new is None:
                lines.pop(name, None)
            else:
                lines[name] = new
            try:
                write_whole(self.path, "".join(f"{line}\n" for line in lines.values()), rights=_PRIVATE)
            except QAError as error:
                if isinstance(error.__cause__, OSError):
                    raise _trouble(self.path, error.__cause__) from error.__cause__
                raise
            return before, len(lines)

    def _lines(self) -> dict[str, str]:
        """Return the line of each case, by its id.

        Raises:
            UsageError: if a line is no case, because somebody has written there by hand: nothing of it may be lost.

        """
        found: dict[str, str] = {}
        for number, line in enumerate(self._text().split("\n"), start=1):  # a case may hold other ends of lines
            if line.strip():
                found[self._name(line, number, found)] = line
        return found

    def _text(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8-sig") if self.path.exists() else ""
        except OSError as error:
            raise _trouble(self.path, error) from error
        except UnicodeDecodeError as error:
            raise self._spoilt("it is not UTF-8", "Write it as that") from error

    def _spoilt(self, found: str, mend: str) -> UsageError:
        return UsageError(
            f"Asked for the verdicts kept in {self.path}, but {found}, so nothing was changed there. "
            f"{mend}, or move the file away; then judge again."
        )

    def _name(self, line: str, number: int, found: Mapping[str, str]) -> str:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        name = record.get("id") if isinstance(record, dict) else None
        if not isinstance(name, str) or name in found:
            raise self._spoilt(f"line {number} is no case with an id of its own", "Correct that line")
        return name

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the file against other threads and other processes."""
        folder = self.path.parent
        if not folder.is_dir():
            raise LibraryNotFound(folder)
        with self._turn:
            lock = FileLock(self.path.with_suffix(".lock"), timeout=_PATIENCE_SECONDS, thread_local=False)
            try:
                lock.acquire()
            except Timeout as error:
                raise LibraryLocked(folder, pid=None) from error
            except OSError as error:
                raise _trouble(self.path, error) from error
            try:
                yield
            finally:
                lock.release()

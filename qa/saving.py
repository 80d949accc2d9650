"""Keep a conversation in a file, and any file whole: written to its end or not at all, as readable as it was."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.types import Turn
from qa_index.errors import QAError, UsageError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT, VERSION = "citewell conversation", 1
_BEGINS = re.compile(rb'\s*\{\s*"format":\s*"' + FORMAT.encode())
_PRIVATE = 0o600  # what somebody asked is nobody else's business


def place(path: Path | str) -> Path:
    """Return the file that a path names: at home for ~, and where links lead.

    Raises:
        UsageError: if no file can have this name.

    """
    try:
        return Path(os.path.realpath(Path(path).expanduser()))
    except (OSError, RuntimeError, ValueError) as error:  # no such user for ~, a NUL
        raise UsageError(f"Asked for the file {path}, but no file can have that name. Name another.") from error


def is_file(path: Path | str) -> bool:
    """Whether a path names a file that can be seen."""
    try:
        return place(path).is_file()
    except OSError:  # in a folder that may not be entered, where nothing can be written either
        return False


def write_conversation(path: Path | str, turns: Sequence[Turn]) -> None:
    """Write a conversation to a file; a file that is something else is left alone.

    Raises:
        UsageError: if another kind of file is there.
        QAError: if it cannot be written.

    """
    if is_file(path):
        _record(path, f"Asked to save the conversation in {path}", "Name a new one, or remove it first.")
    record = {"format": FORMAT, "version": VERSION, "turns": _turns().dump_python(tuple(turns), mode="json")}
    write_whole(path, json.dumps(record, ensure_ascii=False, indent=1) + "\n", rights=_PRIVATE)


def read_conversation(path: Path | str) -> tuple[Turn, ...]:
    """Return the turns of a conversation that was saved.

    Raises:
        UsageError: if nothing is there, or it is no conversation, or damaged, or one of a later release.

    """
    record = _record(path, f"Asked for the conversation in {path}", "Name one that was saved.")
    from pydantic import ValidationError

    try:
        return _turns().validate_python(record["turns"])
    except ValidationError as error:
        raise _damaged(path) from error


def write_whole(path: Path | str, text: str, *, rights: int | None = None) -> None:
    """Write a file whole or not at all; where there was one, the new one may be read by the same people.

    `rights` are those of a new file, such as 0o600; without them it has the usual ones.

    Raises:
        QAError: if it cannot be written; what was there before is still there.

    """
    with _part_of(path) as (target, part):
        with part.open("wb") as file:
            file.write(text.encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
        part.chmod(_rights_of(target, rights))
        part.replace(target)


def check_writable(path: Path | str) -> None:
    """Find out, before there is anything to write, whether a file can be written.

    Raises:
        UsageError: if it cannot.

    """
    try:
        with _part_of(path):
            pass
    except QAError as error:
        raise UsageError(str(error)) from error


@contextmanager
def _part_of(path: Path | str) -> Iterator[tuple[Path, Path]]:
    """Yield a file and a new, private one beside it that may take its place; the new one is gone afterwards."""
    target = place(path)
    try:
        _check_may_go(target)
        # A name of its own, and short: that of the file may be as long as a name can be.
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
        os.close(handle)
        try:
            yield target, Path(name)
        finally:
            with suppress(OSError):  # it took the place of the other
                Path(name).unlink()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise QAError(f"Asked to write {path}, but: {reason}. Name another file.") from error


def _check_may_go(target: Path) -> None:
    """Leave a file alone that is none, or that was protected: taking its place needs no right to write it."""
    if target.is_symlink():
        raise OSError(errno.ELOOP, "it is a link that leads nowhere")
    if not target.exists():
        return
    if not target.is_file():
        raise OSError(errno.EINVAL, "something is there that is no file")
    if not (os.access(target, os.W_OK) and target.stat().st_mode & 0o222):
        raise PermissionError(errno.EACCES, "the file that is there is write-protected")


def _rights_of(target: Path, new: int | None) -> int:
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    if new is not None:
        return new
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _record(path: Path | str, asked: str, instead: str) -> dict[str, Any]:
    """Return what a conversation's file holds, its turns not looked at yet."""
    content = _read(path)
    try:
        record = json.loads(content)
    except (ValueError, RecursionError) as error:
        if _BEGINS.match(content):
            raise _damaged(path) from error
        record = None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise UsageError(f"{asked}, but that file is no saved conversation. {instead}")
    version = record.get("version")
    if type(version) is not int or version < 1:
        raise _damaged(path)
    if version > VERSION:
        raise UsageError(f"The conversation in {path} was saved by a later release. Go on with it there.")
    if not isinstance(record.get("turns"), list):
        raise _damaged(path)
    return record


def _damaged(path: Path | str) -> UsageError:
    return UsageError(f"The conversation in {path} is damaged. Bring it back from a copy, or begin a new one.")


def _read(path: Path | str) -> bytes:
    try:
        found = place(path)
        if found.exists() and not found.is_file():  # a pipe would be waited for
            raise OSError(errno.EINVAL, "it is no file")
        return found.read_bytes()
    except OSError as error:
        raise UsageError(
            f"Asked for the conversation in {path}, but it cannot be read: {error.strerror}. Check the path."
        ) from error


@cache
def _turns() -> TypeAdapter[tuple[Turn, ...]]:
    from pydantic import TypeAdapter  # made when needed: 0.1 s

    return TypeAdapter(tuple[Turn, ...])

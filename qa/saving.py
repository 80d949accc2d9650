"""Keep a conversation in a file, and any file whole: written to its end or not at all, as readable as it was."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
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
_LONGEST_SAID = 50_000  # characters; an answer of the longest sentences has less
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
    write_whole(path, json.dumps(conversation_record(turns), ensure_ascii=False, indent=1) + "\n", rights=_PRIVATE)


def read_conversation(path: Path | str) -> tuple[Turn, ...]:
    """Return the turns of a conversation that was saved.

    Raises:
        UsageError: if nothing is there, or it is no conversation, or damaged, or one of a later release.

    """
    record = _record(path, f"Asked for the conversation in {path}", "Name one that was saved.")
    return _validated(record, f"The conversation in {path}")


def conversation_record(turns: Sequence[Turn]) -> dict[str, Any]:
    """Return a conversation as an object of JSON: what its file holds, and what a browser keeps."""
    return {"format": FORMAT, "version": VERSION, "turns": _turns().dump_python(tuple(turns), mode="json")}


def turns_of(record: object) -> tuple[Turn, ...]:
    """Return the turns of a conversation that came as an object of JSON, from whoever kept it.

    Raises:
        UsageError: if it is no conversation, or damaged, or one of a later release.

    """
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise UsageError(
            "Asked to go on with a conversation, but what was sent is none. Send one as it came with an answer, "
            "or begin a new one."
        )
    named = "The conversation that was sent"
    _check(record, named)
    turns = _validated(record, named)
    if any(max(map(len, _said(turn))) > _LONGEST_SAID for turn in turns):
        raise UsageError("Something in the conversation that was sent is longer than any answer. Begin a new one.")
    return turns


def _said(turn: Turn) -> tuple[str, ...]:
    """Return what later questions are read against, each piece of it."""
    answer = turn.answer
    quotes = (one.quote for one in (*answer.citations, *answer.nearest))
    return (turn.question, answer.standalone, answer.short or "", answer.text, *quotes)


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
    content, named = _read(path), f"The conversation in {path}"
    try:
        record = json.loads(content)
    except (ValueError, RecursionError) as error:
        if _BEGINS.match(content):
            raise _damaged(named) from error
        record = None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise UsageError(f"{asked}, but that file is no saved conversation. {instead}")
    _check(record, named)
    return record


def _check(record: Mapping[str, Any], named: str) -> None:
    """Refuse a conversation that this release cannot read; its turns are not looked at yet."""
    version = record.get("version")
    if type(version) is not int or version < 1:
        raise _damaged(named)
    if version > VERSION:
        raise UsageError(f"{named} was saved by a later release. Go on with it there.")
    if not isinstance(record.get("turns"), list):
        raise _damaged(named)


def _validated(record: Mapping[str, Any], named: str) -> tuple[Turn, ...]:
    from pydantic import ValidationError

    try:
        json.dumps(record["turns"], allow_nan=False)  # a number that is none could not be sent on
        return _turns().validate_python(record["turns"])
    except (ValidationError, ValueError, RecursionError) as error:
        raise _damaged(named) from error


def _damaged(named: str) -> UsageError:
    return UsageError(f"{named} is damaged. Bring it back from a copy, or begin a new one.")


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

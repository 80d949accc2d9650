"""Write and read the files of a run: what it was made with, a line an outcome; whole, or not at all."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from qa_eval.types import Finish, Header, Outcome
from qa_index.errors import QAError, UsageError

RUN, RESULTS = "run.json", "results.jsonl"
FORMAT = 1  # of run.json; a run of a later format is not read

# Letters that some readers take for the end of a line or cannot hold at all, each of which JSON can write as digits.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def write_atomically(path: Path, text: str) -> None:
    """Write a file whole or not at all; what UTF-8 cannot hold becomes "?".

    Raises:
        QAError: if it cannot be written; what was there before is still there.

    """
    try:
        replace_file(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise unwritable(path.parent, error) from error


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and raise what the system raises."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_header(path: Path, header: Header, **known: Any) -> None:  # noqa: ANN401
    """Write what the run in this folder was made with, and what is `known` of it so far."""
    write_atomically(path / RUN, _json({"format": FORMAT, **asdict(header), **known}, indent=2))


def read_header(path: Path) -> tuple[Header, Finish | None]:
    """Read what the run in this folder was made with, and how it finished, if it did.

    Raises:
        UsageError: if there is none, or it is damaged.

    """
    try:
        kept = json.loads((path / RUN).read_bytes())
    except FileNotFoundError:
        raise UsageError(f"Asked for the run {path}, but that folder holds none: {RUN} is not there.") from None
    except OSError as error:
        raise UsageError(f"Asked for the run {path}, but {RUN} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise damaged(path, f"{RUN} is not JSON") from error
    if not isinstance(kept, dict) or not isinstance(kept.get("format"), int):
        raise damaged(path, f"{RUN} is not that of a run")
    if kept["format"] > FORMAT:
        raise UsageError(f"The run {path} was written by a later release. Read it with that release.")
    try:
        finish = _finish().validate_python(kept["finished"]) if "finished" in kept else None
        return _header().validate_python(kept), finish
    except ValidationError as error:
        raise damaged(path, f"{RUN}: {_first(error)}") from error


def to_line(outcome: Outcome) -> bytes:
    """Return an outcome as one line, with its end."""
    return (_json(_outcome().dump_python(outcome, mode="json")) + "\n").encode()


def read_line(path: Path, number: int, line: bytes) -> Outcome:
    """Read an outcome back, the same as it was.

    Raises:
        UsageError: if the line is damaged; it names the run in `path` and the line's number.

    """
    try:
        return _outcome().validate_python(json.loads(line))
    except ValidationError as error:
        raise damaged(path, f"line {number} of {RESULTS}: {_first(error)}") from error
    except (ValueError, RecursionError) as error:
        raise damaged(path, f"line {number} of {RESULTS} is not JSON") from error


def _json(record: dict[str, Any], *, indent: int | None = None) -> str:
    """Return JSON that holds any text there is, lone surrogates too, on one line unless it is set in."""
    text = json.dumps(record, ensure_ascii=False, indent=indent)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@cache
def _outcome() -> TypeAdapter[Outcome]:  # made when needed: 0.1 s
    return TypeAdapter(Outcome)


@cache
def _header() -> TypeAdapter[Header]:
    return TypeAdapter(Header)


@cache
def _finish() -> TypeAdapter[Finish]:
    return TypeAdapter(Finish)


def _first(error: ValidationError) -> str:
    """Say the first thing that is wrong, in one line."""
    found = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, found['loc']))}: {found['msg']}".removeprefix(": ")


def damaged(path: Path, what: str) -> UsageError:
    """Say what is wrong with the files of a run."""
    return UsageError(f"The run {path} is damaged: {what}. Run it anew, or bring the folder back from a copy.")


def unwritable(path: Path, error: OSError) -> QAError:
    """Say why the folder of a run cannot be written."""
    reason = error.strerror or type(error).__name__
    return QAError(f"Asked to write a run into {path}, but: {reason}. Make room there, or choose another --output.")

"""Read the files of suites: JSON and JSON Lines, plain or gzipped, with the place of whatever is wrong."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from reprlib import repr as shortly
from typing import Any, NoReturn, TypeVar

from qa_index.errors import UsageError

Value = TypeVar("Value", str, int, bool, list[Any])

_KINDS: dict[type, str] = {str: "a text", int: "a whole number", bool: "true or false", list: "a list"}


def read_text(path: Path) -> str:
    """Return what a file says, unpacked if its name ends in .gz.

    Raises:
        UsageError: naming the file, if it cannot be read or is not UTF-8.

    """
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        return content.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, ValueError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else _reason(error)
        raise UsageError(
            f"Asked to read {path}, but it cannot be read: {reason}. "
            "Name a file of text in UTF-8; one that is packed with gzip has a name that ends in .gz."
        ) from None


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def plain_name(path: Path) -> str:
    """Return a file's name without its ending, .gz not counted: "dev-v2.0" of dev-v2.0.json.gz."""
    return Path(path.name.removesuffix(".gz")).stem


@contextmanager
def complaints(place: str) -> Iterator[None]:
    """Say where it is wrong, if what is done inside finds a value wrong.

    Raises:
        UsageError: naming the place, for a ValueError whose message is a clause.

    """
    try:
        yield
    except RecursionError:
        raise UsageError(f"{place}: it is nested too deeply. Correct it and run this again.") from None
    except ValueError as error:  # JSONDecodeError is one
        raise UsageError(f"{place}: {error}. Correct it and run this again.") from None


def decoded(text: str) -> Any:  # noqa: ANN401 - whatever JSON can say
    """Return the value that a JSON text stands for; it holds no NaN and no half of a character.

    Raises:
        ValueError: if it is not JSON; RecursionError: if it is nested too deeply.

    """
    value = json.loads(text, parse_constant=_no_constant)
    if "\\ud" in text.lower():  # only an escape can smuggle half of a pair in, and no file could be written with it
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("it holds half of a surrogate pair, which is no character") from None
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def json_file(path: Path) -> Any:  # noqa: ANN401 - whatever JSON can say
    """Return the JSON value that a file holds.

    Raises:
        UsageError: naming the file that cannot be read or is not JSON.

    """
    with complaints(str(path)):
        return decoded(read_text(path))


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the number, from 1, and the object of every line that is not blank.

    Raises:
        UsageError: naming the file and the line that is no JSON object.

    """
    # Not splitlines(): a line separator (U+2028) may stand inside a JSON string.
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        with complaints(line_of(path, number)):
            record = decoded(line)
            if not isinstance(record, dict):
                raise ValueError("it is not a JSON object")
        yield number, record


def line_of(path: Path, number: int) -> str:
    """Name a line of a file for a person."""
    return f"{path}, line {number}"


def field(record: object, name: str, kind: type[Value], default: Value | None = None) -> Value:
    """Return a field of a JSON object, `default` where it is missing or null.

    Raises:
        ValueError: with a clause for `complaints`, if it is of another kind, or missing and there is no default.

    """
    if not isinstance(record, dict):
        raise ValueError(f"here stands {shortly(record)}, not a JSON object")
    value = record.get(name)
    if value is None and default is not None:
        return default
    if name not in record:
        raise ValueError(f"the field {name!r} is missing")
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"the field {name!r} holds {shortly(value)}, not {_KINDS[kind]}")
    return value


def words(record: object, name: str) -> str:
    """Return a field that holds a text which is not blank.

    Raises:
        ValueError: with a clause for `complaints`, if it does not.

    """
    text = field(record, name, str)
    if not text.strip():
        raise ValueError(f"the field {name!r} is blank")
    return text


def identifier(record: object, name: str) -> str:
    """Return a field that names something: a text, or a whole number.

    Raises:
        ValueError: with a clause for `complaints`, if it is neither.

    """
    value = record.get(name) if isinstance(record, dict) else None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else words(record, name)


def texts(record: object, name: str) -> tuple[str, ...]:
    """Return a field that holds a list of texts, none of them blank; () where it is missing or null.

    Raises:
        ValueError: with a clause for `complaints`, if it holds anything else.

    """
    values = field(record, name, list, [])
    if not all(isinstance(each, str) and each.strip() for each in values):
        raise ValueError(f"the field {name!r} holds something that is not text")
    return tuple(values)


def only_file(folder: Path, pattern: str) -> Path:
    """Return the one file of a folder that has such a name.

    Raises:
        UsageError: if there is none, or more than one.

    """
    found = sorted(folder.glob(pattern)) if folder.is_dir() else []
    if len(found) == 1:
        return found[0]
    what = f"it holds {len(found)}" if folder.is_dir() else "that is no folder"
    raise UsageError(
        f"Asked for the file {pattern} of {folder}, but {what}. Name a folder that holds one, or the questions' file."
    )

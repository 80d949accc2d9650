"""Keep what was measured, a line at a time, so that an interruption loses nothing and a second run goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from qa_index.errors import QAError, UsageError

FILE = "measured.jsonl"
SEEDS = 0  # the size that stands for the shipped articles; every other is a number of chunks

Key = tuple[str, int, str, int]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one process of a subject took at one size, or one look at its disk; `number` counts the repeats from 0.

    `seconds` and `first` are until the process had ended and until it had printed a line, `peak_mb` the most memory it
    held. `result` is what it said itself.
    """

    subject: str
    size: int
    job: str
    number: int = 0
    seconds: float = 0.0
    first: float = 0.0
    peak_mb: float = 0.0
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What it is a measurement of."""
        return self.subject, self.size, self.job, self.number


class Kept:
    """The measurements in a folder, in the order they were made.

    `header` says what they were made with: measurements that were made otherwise are not mixed with these. What the
    kept header does not say, because nothing of it was measured yet, is added to it.
    """

    def __init__(self, folder: Path, header: Mapping[str, Any], found: Mapping[Key, Measurement]) -> None:
        self.folder, self.header = folder, header
        self.continued = bool(found)
        self._found = dict(found)

    @classmethod
    def open(cls, folder: Path, header: Mapping[str, Any]) -> Kept:
        """Begin in `folder`, or go on with what is there.

        Raises:
            UsageError: if the folder holds something else, or measurements that were made with something else.
            QAError: if the folder cannot be written.

        """
        path = folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                if any(folder.iterdir()):
                    raise UsageError(
                        f"Asked to keep measurements in {folder}, but it holds other files. Name an empty folder."
                    )
                path.write_text(_line(header), encoding="utf-8")
                return cls(folder, header, {})
            first, *lines = _whole(path).split("\n")
            found = {each.key: each for each in _measurements(path, lines)}
            known = _object(path, 1, first)
            _agree(folder, known, json.loads(_line(header)))
            made_with = {**known, **header}
            if made_with.keys() != known.keys():
                _replace(path, "\n".join([_line(made_with).rstrip("\n"), *lines]))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise QAError(f"Asked to keep measurements in {folder}, but: {reason}. Name another folder.") from None
        return cls(folder, made_with, found)

    def __contains__(self, key: Key) -> bool:
        return key in self._found

    def __iter__(self) -> Iterator[Measurement]:
        return iter(tuple(self._found.values()))

    def add(self, measurement: Measurement) -> None:
        """Write a measurement down."""
        with (self.folder / FILE).open("a", encoding="utf-8") as file:
            file.write(_line(asdict(measurement)))
        self._found[measurement.key] = measurement

    def grown_to(self, subject: str) -> int:
        """Return the largest size that a subject's store has begun to grow to."""
        return max((each.size for each in self if each.subject == subject and each.job == "index"), default=SEEDS)


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=True) + "\n"


def _whole(path: Path) -> str:
    """Read the file; the half of a line that an interruption left at its end is taken off."""
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        _replace(path, whole)
    return whole


def _replace(path: Path, text: str) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _measurements(path: Path, lines: list[str]) -> Iterator[Measurement]:
    for number, line in enumerate(lines, start=2):
        if line:
            try:
                yield Measurement(**_object(path, number, line))
            except TypeError:
                raise _damaged(path, number) from None


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    with suppress(ValueError):
        found = json.loads(line)
        if isinstance(found, dict):
            return found
    raise _damaged(path, number)


def _damaged(path: Path, number: int) -> UsageError:
    return UsageError(f"{path}, line {number} is no measurement. Remove that line, or name another folder.")


def _agree(folder: Path, kept: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    for name, value in asked.items():
        if name in kept and kept[name] != value:
            raise UsageError(
                f"Asked to go on in {folder}, but what is there was measured with {name} {kept[name]}, "
                f"and this would be {value}. Name another folder."
            )

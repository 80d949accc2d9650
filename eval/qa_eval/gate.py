"""Hold the figures of a run against the thresholds that a project has written into its pyproject.toml."""

from __future__ import annotations

import difflib
import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from qa_eval.figures import ROWS, Kind
from qa_eval.types import Figures
from qa_index.errors import UsageError

_PLACE = ("tool", "qa-eval", "gate")
_SIDES = ("least", "most")
_SLACK = 1e-9  # 1 - 3/100 and 0.97 are not the same number to the last bit


@dataclass(frozen=True, slots=True)
class Bound:
    """What is asked of one figure, by its name in `Figures`: at least `limit`, or at most, and so much is enough."""

    figure: str
    limit: float
    least: bool

    def missed_by(self, figures: Figures) -> str | None:
        """Say in a sentence how the figure misses; None if it does not. What could not be measured misses."""
        asked = f"at {'least' if self.least else 'most'}"
        value: float | None = getattr(figures, self.figure)
        if value is None:
            return f"{self.figure} could not be measured, {asked} {_written(self.figure, self.limit, 1)} was asked"
        short = self.limit - value if self.least else value - self.limit
        if short <= _SLACK:
            return None
        found, limit = _told_apart(self.figure, value, self.limit)
        return f"{self.figure} is {found}, {asked} {limit} was asked"


@dataclass(frozen=True, slots=True)
class Gate:
    """What is asked of the runs of one suite."""

    suite: str
    bounds: tuple[Bound, ...]

    def missed(self, figures: Figures) -> tuple[str, ...]:
        """Return a sentence for each threshold that these figures miss, in the order of the file."""
        sentences = (bound.missed_by(figures) for bound in self.bounds)
        return tuple(sentence for sentence in sentences if sentence)


def load(path: Path, suite: str) -> Gate:
    """Read what `path`, a pyproject.toml, asks of `suite` under [tool.qa-eval.gate.SUITE], in `least` and `most`.

    Raises:
        UsageError: if there is no such file or gate, or what it asks is no figure or no number; names file and key.

    """
    gates = _gates(path)
    if suite not in gates:
        there = f"has gates for {', '.join(sorted(gates))}" if gates else "has none"
        raise UsageError(
            f"Asked for the gate of the suite {suite!r}, but {path} {there}. "
            f"Write [{_key(suite)}] into it, with `least` and `most`."
        )
    bounds = tuple(_bounds(path, suite, _table(path, gates[suite], suite)))
    if not bounds:
        raise UsageError(
            f"{path} asks nothing in [{_key(suite)}], so every run would pass. Write `least` or `most` into it."
        )
    _check_agreement(path, suite, bounds)
    return Gate(suite, bounds)


def _gates(path: Path) -> Mapping[str, object]:
    """Return the gates of a file by suite, none if it has no table for them."""
    try:
        found: Mapping[str, object] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise UsageError(f"Asked for the gate in {path}, but there is no such file. Check the path.") from None
    except (OSError, ValueError) as error:  # TOMLDecodeError and UnicodeDecodeError are both ValueErrors
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(
            f"Asked for the gate in {path}, but it cannot be read: {reason}. Correct that file."
        ) from error
    for number, name in enumerate(_PLACE, start=1):
        inside = found.get(name, {})
        if not isinstance(inside, Mapping):
            raise UsageError(f"{path}: {'.'.join(_PLACE[:number])} must be a table, got {inside!r}. Correct it there.")
        found = inside
    return found


def _bounds(path: Path, suite: str, gate: Mapping[str, object]) -> Iterator[Bound]:
    """Check what one gate asks, and yield it."""
    for side, wanted in gate.items():
        if side not in _SIDES:
            raise UsageError(f"{path}: {_key(suite, side)} is not known. A gate holds `least` and `most`.")
        for figure, limit in _table(path, wanted, suite, side).items():
            key = _key(suite, side, figure)
            if figure not in _kinds():
                raise UsageError(f"{path}: {key} is no figure. {_suggestion(figure)}")
            yield Bound(figure, _limit(path, key, figure, limit), side == "least")


def _limit(path: Path, key: str, figure: str, limit: object) -> float:
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not math.isfinite(limit):
        raise UsageError(f"{path}: {key} must be a number, got {limit!r}. Correct it there.")
    if _kinds()[figure] == "rate" and not 0 <= limit <= 1:
        raise UsageError(f"{path}: {key} must be from 0 to 1, as 0.7 for 70 %, got {limit!r}. Correct it there.")
    return float(limit)


def _check_agreement(path: Path, suite: str, bounds: tuple[Bound, ...]) -> None:
    most = {bound.figure: bound.limit for bound in bounds if not bound.least}
    for bound in bounds:
        limit = most.get(bound.figure, bound.limit)
        if bound.least and bound.limit > limit:
            raise UsageError(
                f"{path}: {_key(suite, 'least', bound.figure)} is {bound.limit:g}, but "
                f"{_key(suite, 'most', bound.figure)} is {limit:g}, so no run can pass. Correct one of them."
            )


def _table(path: Path, found: object, *names: str) -> Mapping[str, object]:
    if not isinstance(found, Mapping):
        raise UsageError(f"{path}: {_key(*names)} must be a table, got {found!r}. Correct it there.")
    return found


def _key(*names: str) -> str:
    """Write a key below the gates as TOML does, with quotes where a name needs them."""
    written = (name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name) for name in names)
    return ".".join((*_PLACE, *written))


def _suggestion(figure: str) -> str:
    near = difflib.get_close_matches(figure, _kinds(), n=3)
    return f"Did you mean {' or '.join(near)}?" if near else f"The figures are {', '.join(_kinds())}."


def _kinds() -> dict[str, Kind]:
    """Return the kind of each figure that can be asked for: those that are shown, and the counts beside them."""
    shown: dict[str, Kind] = {row.name: row.kind for row in ROWS}
    return {field.name: shown.get(field.name, "count") for field in fields(Figures)}


def _told_apart(figure: str, value: float, limit: float) -> tuple[str, str]:
    """Write both with as many places as it takes to see that they differ."""
    for places in range(1, 10):
        found, asked = _written(figure, value, places), _written(figure, limit, places)
        if found != asked:
            break
    return found, asked


def _written(figure: str, value: float, places: int) -> str:
    match _kinds()[figure]:
        case "rate":
            return f"{100 * value:.{places}f} %"
        case "number":
            return f"{value:.{places + 2}f}"
        case "milliseconds":
            return f"{value:.{places}f} ms"
        case "count":
            return f"{value:.10g}"

"""What can be set, where each value came from, and how the places it can be set in are ranked."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import platformdirs

from qa_index.errors import UsageError

Strictness = Literal["eager", "normal", "strict"]
FILE_NAME = "qa.toml"


def default_library() -> Path:
    """Return the library used when none is named: in the folder where this system keeps a user's data."""
    return Path(platformdirs.user_data_dir("citewell", appauthor=False)) / "library"


def user_file() -> Path:
    """Return the settings file of this user, whether it is there or not."""
    return Path(platformdirs.user_config_dir("citewell", appauthor=False)) / FILE_NAME


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. `embedder` is a model's folder, None the usual model; `passages` how many are read.

    `origins` says where each value came from: "the command line", a variable, a file; what is not in it is a default.
    """

    library: Path = field(default_factory=default_library)
    embedder: str | None = None
    chunk_tokens: int = 160
    passages: int = 10
    strictness: Strictness = "normal"
    max_file_mb: int = 20
    origins: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name, rule in RULES.items():
            value = getattr(self, name)
            if not rule.fits(value):
                raise ValueError(f"{name} must be {rule.wanted}, got {value!r}")

    def origin(self, name: str) -> str:
        """Where the value of the setting `name` came from; "default" if nobody set it."""
        return self.origins.get(name, "default")


@dataclass(frozen=True, slots=True)
class Rule:
    """What one setting may be. `read` makes a value of what stands in a file or a variable, written in `folder`."""

    wanted: str
    fits: Callable[[object], bool]
    read: Callable[[object, Path], object]


def load(*, flags: Mapping[str, object], environ: Mapping[str, str], start: Path, user: Path | None = None) -> Settings:
    """Read the settings in force: a flag wins, then QA_… variables, the project's qa.toml, the user's, the default.

    The project's qa.toml is the nearest one in `start` or a folder above it. A relative path in a file is relative
    to that file, elsewhere to `start`. `flags` holds only what was given. `user` replaces the user's own file.

    Raises:
        UsageError: for a key that is not known, or a value that does not fit; names the place and the key.

    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, folder, found in _places(flags, environ, start, user or user_file()):
        for key, written in found.items():
            values[key] = _value(key, written, origin=origin, folder=folder)
            origins[key] = origin
    return Settings(**values, origins=origins)


def _places(
    flags: Mapping[str, object], environ: Mapping[str, str], start: Path, user: Path
) -> Iterator[tuple[str, Path, Mapping[str, object]]]:
    """Every place that sets something, weakest first: its name, its folder, and what it sets."""
    for path in (user, _project_file(start)):
        if path is not None and _is_file(path):
            yield str(path), path.parent, _read_file(path)
    for name in RULES:
        variable = f"QA_{name.upper()}"
        if environ.get(variable):  # set but empty is how a shell says "not set"
            yield variable, start, {name: environ[variable]}
    if unknown := set(flags) - set(RULES):
        raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
    yield "the command line", start, flags


def _project_file(start: Path) -> Path | None:
    """Find the nearest qa.toml, looking in `start` and then upward."""
    folders = (start.absolute(), *start.absolute().parents)
    return next((folder / FILE_NAME for folder in folders if _is_file(folder / FILE_NAME)), None)


def _is_file(path: Path) -> bool:
    """Look for a file; a folder that may not be looked into holds none for this user."""
    try:
        return path.is_file()
    except OSError:
        return False


def _read_file(path: Path) -> dict[str, object]:
    """Return what one qa.toml sets; every key in it is known."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:  # TOMLDecodeError and UnicodeDecodeError are both ValueErrors
        raise UsageError(f"Asked to read the settings in {path}, but: {error}. Correct or remove that file.") from error
    for key in found:
        if key not in RULES:
            near = difflib.get_close_matches(key, RULES, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"It can set {', '.join(RULES)}."
            raise UsageError(f"{path} sets {key!r}, which is not a setting. {hint}")
    return found


def _value(key: str, written: object, *, origin: str, folder: Path) -> object:
    """Make the value of the setting `key` from what was written for it."""
    rule = RULES[key]
    value = rule.read(written, folder)
    if not rule.fits(value):
        raise UsageError(f"{origin} sets {key} to {written!r}, but it must be {rule.wanted}. Change it there.")
    return value


def _path(written: object, folder: Path) -> object:
    if isinstance(written, Path):
        written = str(written)
    if not isinstance(written, str) or not written or "\0" in written:
        return written
    try:
        return folder.absolute() / Path(written).expanduser()
    except RuntimeError:  # "~nobody": no such user, so it is a name like any other
        return folder.absolute() / written


def _folder_name(written: object, folder: Path) -> object:
    path = _path(written, folder)
    return str(path) if isinstance(path, Path) else path


def _number(written: object, folder: Path) -> object:
    try:
        return int(written) if isinstance(written, str) else written
    except ValueError:
        return written


def _whole(first: int, last: int) -> Rule:
    """Allow a whole number in [first, last]; True is not one."""
    return Rule(
        f"a whole number from {first} to {last}",
        lambda value: isinstance(value, int) and not isinstance(value, bool) and first <= value <= last,
        _number,
    )


RULES: Mapping[str, Rule] = {
    "library": Rule("the path of a folder", lambda value: isinstance(value, Path), _path),
    "embedder": Rule(
        "the folder of a model",
        lambda value: value is None or (isinstance(value, str) and bool(value.strip())),
        _folder_name,
    ),
    # MiniLM reads 256 tokens at most; other embedders read up to 512. Below 16 not even one sentence fits.
    "chunk_tokens": _whole(16, 512),
    "passages": _whole(1, 100),
    "strictness": Rule(
        "one of " + ", ".join(repr(choice) for choice in get_args(Strictness)),
        lambda value: value in get_args(Strictness),
        lambda written, folder: written,
    ),
    "max_file_mb": _whole(1, 1024),
}

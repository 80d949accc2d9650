"""From a path to bytes: which files could be articles, and what they hold."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from qa_index.errors import PathNotFound, UnreadableArticle

SUFFIXES = (".txt", ".md")

# What browsers of several languages add to the name of a page.
_SAVED_BESIDE = (
    "_files", ".files", "-files", "_file", "-dateien", "_dateien", "_fichiers", "_archivos", "_arquivos", "_bestanden",
    "_pliki", "_filer", "_tiedostot", "_soubory", "_dosyalar", "_файлы", ".файлы",
)  # fmt: skip
_ABOUT_THE_FOLDER = ("readme.txt", "readme.md")


def find(path: Path, suffixes: tuple[str, ...] = SUFFIXES) -> tuple[Path, ...]:
    """Return the files below a folder that could be articles, sorted; or the one file that was named.

    Files with one of the `suffixes` count, small letters or capitals. Hidden files and folders do not, nor does what a
    link leads to outside the folder, nor README.txt and README.md, which describe a folder, nor the folder "X_files"
    that a browser saves beside the page X.html. A file that was named itself is always returned.
    Paths are absolute, with links resolved, so the same file has the same path however it was named. A folder that
    cannot be listed is returned like a file, so that reading it says why.

    Raises:
        PathNotFound: if nothing is there.

    """
    try:
        root = path.resolve(strict=True)
        folder = root.is_dir()
    except PermissionError:
        return (path.absolute(),)
    except (OSError, RuntimeError, ValueError):
        raise PathNotFound(path) from None
    if not folder:
        return (root,)
    resolved = (Path(found).resolve() for found in _walk(root, suffixes))
    return tuple(sorted({found for found in resolved if found.is_relative_to(root)}))


def saved_beside(names: Iterable[str]) -> frozenset[str]:
    """Return the names, in small letters, of the folders that browsers make beside the pages among these files.

    They hold the advertisements and frames of the page, many of which are web pages themselves.
    """
    pages = (re.fullmatch(r"(.+)\.x?html?(?:\.gz)?", name.lower()) for name in names)
    return frozenset(page[1] + end for page in pages if page for end in _SAVED_BESIDE)


def _walk(root: Path, suffixes: tuple[str, ...]) -> Iterator[str]:
    """Yield article files, and folders that cannot be listed."""
    refused: list[str] = []
    for folder, folders, files in os.walk(root, onerror=lambda error: refused.append(str(error.filename))):
        saved = saved_beside(files)
        folders[:] = [name for name in folders if not name.startswith(".") and name.lower() not in saved]
        for name in files:
            suffix = name.lower().endswith(suffixes)
            if suffix and not name.startswith(".") and name.lower() not in _ABOUT_THE_FOLDER:
                yield os.path.join(folder, name)  # noqa: PTH118 - a Path per file doubles the time of a large folder
    yield from refused


def read_bytes(path: Path, max_bytes: int = 20_000_000) -> bytes:
    """Return what a file holds, read at a moment when nobody was writing to it.

    Raises:
        UnreadableArticle: as `read` does, but for what is inside the file.

    """
    for _ in range(2):
        with readable(path):
            data = _read_once(path, max_bytes)
        if data is not None:
            return data
    raise UnreadableArticle(path, "it changed while it was read; run this again when nothing is writing to it")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file of any size.

    Raises:
        UnreadableArticle: if it cannot be read.

    """
    with readable(path):
        _refuse_what_is_no_file(path)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what can go wrong with opening and reading a file into UnreadableArticle."""
    if not _has_sound_name(path):
        name = os.fsencode(path).decode("utf-8", errors="replace")
        raise UnreadableArticle(name, "its name is not valid Unicode; rename it and index it again")
    try:
        yield
    except FileNotFoundError:
        raise UnreadableArticle(path, "it is no longer there; run this again if it was moved") from None
    except PermissionError:
        raise UnreadableArticle(path, "reading it is not permitted; change its permissions") from None
    except OSError as error:
        why = error.strerror.lower() if error.strerror else "its name is not valid"
        raise UnreadableArticle(path, f"it cannot be read ({why}); check the disk and the path") from None
    except ValueError:
        raise UnreadableArticle(path, "its name is not valid; rename it and index it again") from None


def _refuse_what_is_no_file(path: Path) -> None:
    kind = path.stat().st_mode
    if not stat.S_ISREG(kind):  # opening a pipe would wait for a writer
        what = "a folder whose files cannot be listed" if stat.S_ISDIR(kind) else "no ordinary file"
        raise UnreadableArticle(path, f"it is {what}; name the files to index")


def _read_once(path: Path, max_bytes: int) -> bytes | None:
    """Return the content, None if the file changed meanwhile."""
    _refuse_what_is_no_file(path)
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        if before.st_size > max_bytes:
            size = f"{before.st_size:,} bytes, more than the {max_bytes:,} that one article may have"
            raise UnreadableArticle(path, f"it has {size}; split it into one file per article")
        data = file.read(max_bytes + 1)
        after = os.fstat(file.fileno())
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return data if same and len(data) == after.st_size else None


def _has_sound_name(path: Path) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in str(path))

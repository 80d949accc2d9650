"""From a path to bytes: which files could be articles, and what they hold."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from qa_index.errors import PathNotFound, UnreadableArticle

SUFFIXES = (".txt", ".md")

_ABOUT_THE_FOLDER = ("readme.txt", "readme.md")


def find(path: Path) -> tuple[Path, ...]:
    """Return the files below a folder that could be articles, sorted; or the one file that was named.

    Files ending in .txt or .md count. Hidden files and folders do not, nor does what a link leads to outside the
    folder, nor README.txt and README.md, which describe a folder. A file that was named itself is always returned.
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
    resolved = (Path(found).resolve() for found in _walk(root))
    return tuple(sorted({found for found in resolved if found.is_relative_to(root)}))


def _walk(root: Path) -> Iterator[str]:
    """Yield article files, and folders that cannot be listed."""
    refused: list[str] = []
    for folder, folders, files in os.walk(root, onerror=lambda error: refused.append(str(error.filename))):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            suffix = name.lower().endswith(SUFFIXES)
            if suffix and not name.startswith(".") and name.lower() not in _ABOUT_THE_FOLDER:
                yield os.path.join(folder, name)  # noqa: PTH118 - a Path per file doubles the time of a large folder
    yield from refused


def read_bytes(path: Path, max_bytes: int = 20_000_000) -> bytes:
    """Return what a file holds, read at a moment when nobody was writing to it.

    Raises:
        UnreadableArticle: as `read` does, but for what is inside the file.

    """
    if not _has_sound_name(path):
        readable = os.fsencode(path).decode("utf-8", errors="replace")
        raise UnreadableArticle(readable, "its name is not valid Unicode; rename it and index it again")
    for _ in range(2):
        try:
            data = _read_once(path, max_bytes)
        except FileNotFoundError:
            raise UnreadableArticle(path, "it is no longer there; run this again if it was moved") from None
        except PermissionError:
            raise UnreadableArticle(path, "reading it is not permitted; change its permissions") from None
        except (OSError, ValueError) as error:
            why = error.strerror.lower() if isinstance(error, OSError) and error.strerror else "its name is not valid"
            raise UnreadableArticle(path, f"it cannot be read ({why}); check the disk and the path") from None
        if data is not None:
            return data
    raise UnreadableArticle(path, "it changed while it was read; run this again when nothing is writing to it")


def _read_once(path: Path, max_bytes: int) -> bytes | None:
    """Return the content, None if the file changed meanwhile."""
    kind = path.stat().st_mode
    if not stat.S_ISREG(kind):  # opening a pipe would wait for a writer
        what = "a folder whose files cannot be listed" if stat.S_ISDIR(kind) else "no ordinary file"
        raise UnreadableArticle(path, f"it is {what}; name the files to index")
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

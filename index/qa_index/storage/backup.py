"""Copy a library into one file, and put it back: its catalog, and what was handed in; indexes are made again."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path, PurePosixPath

from qa_index.errors import LibraryDamaged, LibraryNotFound, QAError, UsageError
from qa_index.search.indexes import EVERYTHING
from qa_index.storage.caches import Caches
from qa_index.storage.catalog import FILE, Catalog
from qa_index.storage.database import Database, translated
from qa_index.storage.locking import held
from qa_index.storage.packing import Manifest, is_packed, pack, unpack
from qa_index.storage.searching import CHROMA, LEXICAL, SNAPSHOT
from qa_index.storage.sources import UPLOADS

FEEDBACK = "feedback.jsonl"  # the verdicts on answers, which the page keeps beside a library
PAGES = 25_000  # copied between two looks at how far it is: 100 MB

Notice = Callable[[str], None]


def _nothing(message: str) -> None:
    pass


def back_up(folder: Path, file: Path, *, notice: Notice = _nothing) -> int:
    """Copy the library in `folder` into `file` as it is at one moment, whoever reads or writes it; return its bytes.

    A file that is such a copy is replaced, once the new one is whole.

    Raises:
        LibraryNotFound, LibraryDamaged: if there is no library, or none that could be put back.
        UsageError: if `file` is something else, or inside the library.
        QAError: if it cannot be written.

    """
    if not (folder / FILE).exists():
        raise LibraryNotFound(folder)
    if file.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"Asked to copy the library in {folder} into itself. Name a file outside of it.")
    if file.exists() and not is_packed(file):
        raise UsageError(f"Asked to copy a library into {file}, but that is no copy of one. Name a new file.")
    with _disk_trouble(f"Asked to copy the library in {folder} into {file}"):
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".citewell-") as made:
            _copy_catalog(folder / FILE, Path(made) / FILE, notice=notice)
            _write_archive(folder, Path(made), notice=notice)
            (Path(made) / "whole").replace(file)
    return file.stat().st_size


def restore(file: Path, folder: Path, *, force: bool = False, notice: Notice = _nothing) -> int:
    """Put the library that was copied into `file` in `folder`, and make its indexes; return its number of articles.

    Nothing is touched before the whole copy has been read and found sound. With `force` it takes the place of a
    library that has articles.

    Raises:
        UsageError: if `file` is no sound copy, or there are articles and no `force`.
        LibraryLocked, LibraryReadOnly: if the folder cannot be changed now, or at all.

    """
    if not file.is_file():
        raise UsageError(f"Asked to put back the copy {file}, but no file is there. Check the path.")
    if not is_packed(file):
        raise _unsound(file, "it does not say what it is")
    _refuse_to_overwrite(folder, file, force=force)
    new = not folder.exists()
    try:
        return _restored(file, folder, force=force, notice=notice)
    except UsageError:
        if new:  # nothing was changed: not even a folder is left
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _restored(file: Path, folder: Path, *, force: bool, notice: Notice) -> int:
    with _disk_trouble(f"Asked to put the copy {file} back into {folder}"), held(folder):
        with tempfile.TemporaryDirectory(dir=folder, prefix=".restoring-") as made:
            notice(f"Reading {file}")
            manifest = _unpack(file, Path(made))
            _check_catalog(file, Path(made), before=Path(manifest.folder) / UPLOADS, now=folder / UPLOADS)
            _refuse_to_overwrite(folder, file, force=force)
            _put_in_place(Path(made), folder)
        notice("Making its search indexes")
        with closing(Catalog.writing(folder)) as catalog, closing(Caches(folder, catalog)) as caches:
            caches.finish()
            return catalog.searched(EVERYTHING).articles


# Out


def _copy_catalog(path: Path, copy: Path, *, notice: Notice) -> None:
    """Copy the catalog by SQLite's own means: a writer waits for the seconds that this takes."""
    told = -1

    def tell(_: int, remaining: int, total: int) -> None:
        nonlocal told
        share = 100 * (total - remaining) // max(1, total)
        if share // 25 > told:
            told = share // 25
            notice(f"Copying the catalog: {share} %")

    with closing(Database.reading(path)) as source, translated(path), source.one_moment():
        source.rows("SELECT 1 FROM sqlite_master LIMIT 1")  # from here on it is that moment
        with closing(sqlite3.connect(copy)) as target:
            source.copy_to(target, pages=PAGES, progress=tell)
    with closing(Database.writing(copy)) as checked:
        if problem := _problem(checked):
            raise LibraryDamaged(
                f"Asked to copy the library in {path.parent}, but its catalog is damaged ({problem}). "
                "Run `qa doctor`, or keep an earlier copy."
            )
        checked.run("DELETE FROM settings WHERE name IN ('caches_at', 'unclosed', 'vectors_at', 'vectors_gone')")


def _problem(database: Database) -> str | None:
    said = str(database.value("PRAGMA quick_check(1)"))
    return None if said == "ok" else said


def _write_archive(folder: Path, made: Path, *, notice: Notice) -> None:
    notice("Writing the file")
    files = {FILE: made / FILE}
    if (folder / FEEDBACK).is_file():
        files[FEEDBACK] = folder / FEEDBACK
    for path in sorted((folder / UPLOADS).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink() and not _is_hidden(name):
            files[name] = path
    pack(files, made / "whole", folder=str(folder.resolve()))


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in PurePosixPath(name).parts)


# In


def _refuse_to_overwrite(folder: Path, file: Path, *, force: bool) -> None:
    if force or not (folder / FILE).exists():
        return
    try:
        with closing(Catalog.reading(folder)) as catalog:
            there = f"a library of {catalog.searched(EVERYTHING).articles:,} articles"
            if not catalog.searched(EVERYTHING).articles:
                return
    except LibraryDamaged:
        there = "a damaged library"
    raise UsageError(
        f"Asked to put the copy {file} into {folder}, but there is {there}. "
        "Name another folder with `--library DIR`, or add `--force` to put the copy in its place."
    )


def _unpack(file: Path, place: Path) -> Manifest:
    """Read a whole copy into a folder of its own."""
    try:
        manifest = unpack(file, place, singles=frozenset((FILE, FEEDBACK)), within=UPLOADS)
        if not manifest.sizes.get(FILE):
            raise ValueError("it holds no catalog")
    except ValueError as error:
        raise _unsound(file, error) from error
    return manifest


def _unsound(file: Path, error: object) -> UsageError:
    return UsageError(
        f"Asked to put back {file}, but it is no sound copy of a library ({error}). Nothing was changed. "
        "Name a file that `qa library backup` made."
    )


def _check_catalog(file: Path, place: Path, *, before: Path, now: Path) -> None:
    """Open the catalog of a copy, and let it know where the files that were handed in will be."""
    try:
        with closing(Catalog.writing(place)) as catalog:
            if problem := _problem(catalog.database):
                raise ValueError(problem)
            old, new = f"{before}{os.sep}", f"{now.resolve()}{os.sep}"
            for table, column in (("files", "file"), ("sources", "file"), ("sources", "source"), ("files", "root")):
                catalog.database.run(
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",
                    (new, len(old) + 1, len(old), old),
                )
            catalog.database.run("UPDATE files SET root = ? WHERE root = ?", (str(now.resolve()), str(before)))
    except (ValueError, QAError) as error:
        raise _unsound(file, error) from error


def _put_in_place(made: Path, folder: Path) -> None:
    """Swap what was unpacked for what is there; until the catalog itself is swapped, nothing of the old is lost."""
    with suppress(QAError), closing(Database.writing(folder / FILE)) as old:
        old.rows("SELECT 1 FROM sqlite_master LIMIT 1")  # undoes half a commit, so that no journal of it is left
    for cache in (CHROMA, LEXICAL, SNAPSHOT):
        shutil.rmtree(folder / cache, ignore_errors=True)
    kept = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    if Path(FEEDBACK) in kept:
        (made / FEEDBACK).chmod(0o600)  # what somebody asked is nobody else's business
    for name in kept - {Path(FILE)}:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).replace(folder / name)
    with suppress(FileNotFoundError):
        (folder / f"{FILE}-journal").unlink()
    (made / FILE).replace(folder / FILE)
    for path in [path for path in (folder / UPLOADS).rglob("*") if path.is_file()]:
        if path.relative_to(folder) not in kept:
            path.unlink(missing_ok=True)


@contextmanager
def _disk_trouble(asked: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise QAError(
            f"{asked}, but: {error.strerror or error}. What was there before is kept; "
            "make room or choose another place, and run this again."
        ) from error

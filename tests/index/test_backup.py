"""A library fits into one file, and comes back out of it as it was; a file that is none harms nothing."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from qa_index.errors import LibraryDamaged, LibraryLocked, LibraryNotFound, QAError, UsageError
from qa_index.library import Library
from qa_index.storage import backup
from qa_index.storage.backup import back_up, restore
from qa_index.storage.locking import held
from qa_index.storage.packing import MANIFEST
from qa_index.types import article_id
from tests.index.fakes import (
    PATHS,
    FailingEmbedder,
    contents,
    in_unwritable_folder,
    open_library,
    text_of,
    write_articles,
)


@pytest.fixture
def copy(filled: Library, tmp_path: Path) -> Path:
    """A copy of a library with an upload and a verdict."""
    write_articles(filled.uploads, {"sent": text_of("The zebra crossed.", title="Sent")})
    (filled.folder / "feedback.jsonl").write_text('{"id": "one"}\n')
    filled.add(filled.uploads)
    (filled.uploads / ".incoming-1").mkdir()
    (filled.uploads / ".incoming-1" / "half.txt").write_text("half")
    back_up(filled.folder, tmp_path / "copy.zip")
    return tmp_path / "copy.zip"


def moved(library: Library, folder: Path) -> dict[str, object]:
    """What a library in another folder must hold to be the same."""
    found = contents(library)
    return json.loads(json.dumps(found, default=repr).replace(str(library.folder.resolve()), str(folder.resolve())))


def test_a_library_comes_back_as_it_was(filled, copy, tmp_path):
    told: list[str] = []
    assert restore(copy, tmp_path / "again", notice=told.append) == 13
    assert told == [f"Reading {copy}", "Making its search indexes"]
    with open_library(tmp_path / "again", create=False) as again:
        assert moved(again, tmp_path) == moved(filled, tmp_path)
        assert again.audit() == ()
        assert (again.folder / "feedback.jsonl").read_text() == '{"id": "one"}\n'
        assert (again.folder / "feedback.jsonl").stat().st_mode & 0o777 == 0o600
        assert [path.name for path in again.uploads.iterdir()] == ["sent.txt"]


def test_what_was_handed_in_is_known_where_it_is_now(copy, tmp_path):
    restore(copy, tmp_path / "again")
    with open_library(tmp_path / "again") as again:
        sent = again.uploads / "sent.txt"
        assert again.article(article_id(sent.read_text())).sources == (str(sent),)
        assert list(again.digests(again.uploads)) == [str(sent)]
        sent.unlink()
        write_articles(again.uploads, {"other": "The yak slept."})
        assert (done := again.add(again.uploads)).removed == 1
        assert done.added == 1


def test_a_copy_says_how_far_it_is_and_replaces_an_older_one(filled, copy, tmp_path):
    filled.add(write_articles(tmp_path / "later", {"later": "The yak slept."}))
    told: list[str] = []
    size = back_up(filled.folder, copy, notice=told.append)
    assert size == copy.stat().st_size
    assert (told[-2:], sorted(tmp_path.glob(".citewell-*"))) == (["Copying the catalog: 100 %", "Writing the file"], [])
    assert restore(copy, tmp_path / "again") == 14


def test_a_library_that_waits_for_vectors_is_copied_as_it_is(tmp_path, articles):
    with open_library(tmp_path / "library", FailingEmbedder("Story 5")) as library:
        with pytest.raises(RuntimeError):
            library.add(articles)
        back_up(library.folder, tmp_path / "copy.zip")
    assert restore(tmp_path / "copy.zip", tmp_path / "again") == 12
    with open_library(tmp_path / "again") as again:
        again.add(articles)
        assert again.audit() == ()


WRITES = """
import sys
from tests.index.fakes import many_articles, open_library, write_articles
from pathlib import Path
with open_library(Path(sys.argv[1])) as library:
    for number, (name, text) in enumerate(many_articles(200).items()):
        library.add(write_articles(Path(sys.argv[2]), {name: text}))
        print(number, flush=True)
"""


def test_a_copy_made_while_another_process_writes_is_one_moment_of_it(filled, tmp_path):
    command = [sys.executable, "-c", WRITES, str(filled.folder), str(tmp_path / "more")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=PATHS) as writer:
        for number in range(3):
            writer.stdout.readline()
            back_up(filled.folder, tmp_path / f"{number}.zip")
        writer.kill()
    for number in range(3):
        place = tmp_path / f"again{number}"
        assert restore(tmp_path / f"{number}.zip", place) >= 12
        with open_library(place) as again:
            assert again.audit() == ()


# What is refused


def test_what_is_there_is_not_overwritten_unless_that_is_asked_for(filled, copy, tmp_path):
    with open_library(tmp_path / "other") as other:
        other.add(write_articles(tmp_path / "later", {"later": "The yak slept."}))
        write_articles(other.uploads, {"old": "The old one."})
        with pytest.raises(UsageError, match=r"a library of 1 articles.*--force"):
            restore(copy, other.folder)
        assert [article.text for article in other.articles()] == ["The yak slept."]
        assert other.search("yak")
        assert restore(copy, other.folder, force=True) == 13
        assert len(other.articles()) == 13
        assert [path.name for path in other.uploads.iterdir()] == ["sent.txt"]
        assert other.search("zebra")
        assert other.audit() == ()


def test_a_damaged_library_is_replaced_if_that_is_asked_for(copy, tmp_path):
    place = tmp_path / "damaged"
    place.mkdir()
    (place / "catalog.sqlite").write_bytes(b"garbage" * 1000)
    with pytest.raises(UsageError, match="a damaged library"):
        restore(copy, place)
    assert restore(copy, place, force=True) == 13


def test_an_empty_library_is_filled(copy, tmp_path):
    with open_library(tmp_path / "empty") as empty:
        empty.add(write_articles(tmp_path / "later", {"later": "The yak slept."}))
        empty.remove(empty.articles()[0].id)
        assert restore(copy, empty.folder) == 13


def test_a_library_that_somebody_writes_to_is_not_replaced(filled, copy):
    with held(filled.folder), pytest.raises(LibraryLocked):
        restore(copy, filled.folder, force=True)
    assert len(filled.articles()) == 13


def test_no_library_is_copied_where_none_is(tmp_path):
    with pytest.raises(LibraryNotFound):
        back_up(tmp_path / "nowhere", tmp_path / "copy.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_library_is_not_copied_over_a_sound_copy(filled, copy):
    before = copy.read_bytes()
    filled.close()
    path = filled.folder / "catalog.sqlite"
    content = bytearray(path.read_bytes())
    for place in range(4096 * 2, len(content), 4096 * 2):
        content[place : place + 4096] = os.urandom(4096)
    path.write_bytes(content)
    with pytest.raises(LibraryDamaged):
        back_up(filled.folder, copy)
    assert copy.read_bytes() == before


def test_a_file_that_is_something_else_is_not_replaced(filled, tmp_path):
    (tmp_path / "notes.txt").write_text("notes")
    with pytest.raises(UsageError, match="is no copy"):
        back_up(filled.folder, tmp_path / "notes.txt")
    with pytest.raises(UsageError, match="into itself"):
        back_up(filled.folder, filled.folder / "copy.zip")
    assert (tmp_path / "notes.txt").read_text() == "notes"


def again(file: Path, *, leave: tuple[str, ...] = (), sizes: bool = True, **members: bytes) -> None:
    """Write a copy anew without some members, and with others."""
    with zipfile.ZipFile(file) as whole:
        kept = {name: whole.read(name) for name in whole.namelist() if name not in (*leave, *members)}
    kept |= members
    manifest = json.loads(kept.pop(MANIFEST, b"null"))
    if manifest and sizes:
        manifest["sizes"] = {name: len(content) for name, content in kept.items()}
    with zipfile.ZipFile(file, "w") as whole:
        for name, content in kept.items():
            whole.writestr(name, content)
        if manifest:
            whole.writestr(MANIFEST, json.dumps(manifest))


def flip(file: Path, share: float) -> None:
    content = bytearray(file.read_bytes())
    content[int(len(content) * share)] ^= 16
    file.write_bytes(content)


def link_out(file: Path) -> None:
    again(file, **{"uploads/link": b"/etc/passwd"})
    with zipfile.ZipFile(file, "a") as whole:
        whole.getinfo("uploads/link").external_attr = 0o120777 << 16
        whole.writestr("x", b"")  # so that what is said of the members is written again
    again_without_x = zipfile.ZipFile(file)
    again_without_x.close()


LATER = json.dumps({"format": "citewell library", "version": 99, "folder": "/x", "sizes": {}}).encode()
FOREIGN = {
    "empty": lambda file: os.truncate(file, 0),
    "cut off": lambda file: os.truncate(file, 5000),
    "garbage": lambda file: file.write_bytes(b"garbage" * 1000),
    "a bit near the beginning": lambda file: flip(file, 0.1),
    "a bit in the middle": lambda file: flip(file, 0.5),
    "without manifest": lambda file: again(file, leave=(MANIFEST,)),
    "of a later release": lambda file: again(file, sizes=False, **{MANIFEST: LATER}),
    "without catalog": lambda file: again(file, leave=("catalog.sqlite",)),
    "a catalog that is none": lambda file: again(file, **{"catalog.sqlite": b"garbage" * 500}),
    "an empty catalog": lambda file: again(file, **{"catalog.sqlite": b""}),
    "a member too many": lambda file: again(file, sizes=False, **{"uploads/more.txt": b"more"}),
    "a member that leads out": lambda file: again(file, **{"uploads/../../out.txt": b"out"}),
    "a member from the root": lambda file: again(file, **{"/tmp/out.txt": b"out"}),
    "a member in a cache": lambda file: again(file, **{"chroma/x": b"out"}),
    "a member with a backslash": lambda file: again(file, **{"uploads/..\\out.txt": b"out"}),
    "a link": link_out,
}


@pytest.mark.parametrize("how", FOREIGN)
def test_a_damaged_or_foreign_file_is_refused_before_anything_is_touched(filled, copy, tmp_path, how):
    before = contents(filled)
    FOREIGN[how](copy)
    with pytest.raises(UsageError, match=r"is no sound copy of a library .*Nothing was changed") as refused:
        restore(copy, filled.folder, force=True)
    assert "\n" not in str(refused.value)
    assert contents(filled) == before
    assert filled.audit() == ()
    assert not list(tmp_path.rglob("out.txt"))
    assert not list(filled.folder.glob(".restoring-*"))
    with pytest.raises(UsageError):
        restore(copy, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(UsageError, match="no file is there"):
        restore(tmp_path / "copy.zip", tmp_path / "library")
    assert not (tmp_path / "library").exists()


def test_a_disk_that_is_full_keeps_what_was_there(filled, copy, tmp_path, monkeypatch):
    before = contents(filled)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_put_in_place", full)
    with pytest.raises(QAError, match=r"No space left on device. What was there before is kept"):
        restore(copy, filled.folder, force=True)
    monkeypatch.setattr(backup, "pack", full)
    with pytest.raises(QAError, match="No space left on device"):
        back_up(filled.folder, tmp_path / "more.zip")
    assert contents(filled) == before
    assert not (tmp_path / "more.zip").exists()


def test_a_library_that_cannot_be_written_can_be_copied(copy, tmp_path):
    with in_unwritable_folder() as (place, run):
        shutil.rmtree(place)
        restore(copy, place)
        said = run(
            "from qa_index.storage.backup import back_up\n"
            "file = Path('/tmp') / (place.name + '.zip')\n"
            "print(back_up(place, file) == file.stat().st_size)\n"
            "file.unlink()"
        )
    assert said == "True"


def test_the_copy_of_an_older_release_is_brought_up_to_date(copy, tmp_path):
    from tests.index.test_upgrading import make_old

    make_old(tmp_path / "old")
    content = (tmp_path / "old" / "catalog.sqlite").read_bytes()
    again(copy, **{"catalog.sqlite": content})
    with open_library(tmp_path / "old") as old:
        expected = len(old.articles())
    assert restore(copy, tmp_path / "again") == expected
    with sqlite3.connect(tmp_path / "again" / "catalog.sqlite") as connection:
        assert connection.execute("SELECT value FROM settings WHERE name = 'schema'").fetchone() == (2,)

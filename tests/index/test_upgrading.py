"""A library that the first release made opens with everything that was in it."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from qa_index.errors import QAError
from qa_index.library import Library
from qa_index.storage.catalog import FILE, TABLES, Catalog
from qa_index.types import Failure, article_id
from tests.index.fakes import (
    PATHS,
    CountingReading,
    HashingEmbedder,
    contents,
    in_unwritable_folder,
    many_articles,
    open_library,
    write_articles,
)

# As the first release wrote them.
TABLES_1 = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'indexed')),
    id TEXT NOT NULL, title TEXT, publisher TEXT, day INTEGER NOT NULL, moment TEXT, authors TEXT NOT NULL,
    published TEXT, updated TEXT, url TEXT, language TEXT, masked TEXT NOT NULL, provenance TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (id, state)
);
CREATE INDEX articles_by_state ON articles (state, id, day, publisher);
CREATE TABLE chunks (
    article INTEGER NOT NULL REFERENCES articles (number) ON DELETE CASCADE,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, sentences TEXT NOT NULL, vector BLOB,
    PRIMARY KEY (article, start, stop)
);
CREATE TABLE sources (
    source TEXT PRIMARY KEY, root TEXT, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, digest TEXT,
    article INTEGER REFERENCES articles (number), reason TEXT
);
CREATE INDEX sources_by_article ON sources (article);
CREATE TABLE arrivals (
    source TEXT PRIMARY KEY, root TEXT, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, digest TEXT,
    article INTEGER NOT NULL REFERENCES articles (number)
);
"""
COLUMNS = (
    "number, state, id, title, publisher, day, moment, authors, published, updated, url, language, masked, provenance"
)


def make_old(folder: Path) -> Path:
    """Make a library of today, and turn its catalog into what the first release would have written."""
    articles = write_articles(folder.with_name(f"{folder.name}-articles"), {**many_articles(20), "x": "unreadable"})
    write_articles(articles, {"twin": (articles / "a003.txt").read_text()})
    with open_library(folder) as library:
        library.add(articles)
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as new:
        new.execute("ATTACH ? AS old", (str(folder / "old"),))
        for statement in TABLES_1.strip().rstrip(";").split(";\n"):
            new.execute(statement.replace("TABLE ", "TABLE old.").replace("INDEX ", "INDEX old."))
        new.execute("INSERT INTO old.settings SELECT * FROM main.settings WHERE name NOT IN ('version', 'kin_of')")
        new.execute("UPDATE old.settings SET value = 1 WHERE name = 'schema'")
        # The first release numbered vectors as their articles; its snapshot, made again here, is of those numbers.
        new.execute(f"INSERT INTO old.articles ({COLUMNS}, text) SELECT {COLUMNS}, text FROM main.articles")
        new.execute("INSERT INTO old.chunks SELECT * FROM main.chunks")
        new.execute(
            "INSERT INTO old.sources SELECT f.file, root, size, mtime_ns, ctime_ns, f.digest, s.article, f.reason "
            "FROM main.files f LEFT JOIN main.sources s ON s.file = f.file AND s.scan = f.scan"
        )
        _add_what_was_pending(new, articles)
    (folder / "old").replace(folder / FILE)
    return articles


def _add_what_was_pending(connection: sqlite3.Connection, articles: Path) -> None:
    """Write down a changed article and a new one that were on their way in when their writer was stopped."""
    for name, text in (("a005", "A zebra was seen."), ("new", "A yak was seen.")):
        write_articles(articles, {name: text})
        number = connection.execute(
            "INSERT INTO old.articles (state, id, day, authors, masked, provenance, text) "
            "VALUES ('pending', ?, 0, '[]', '[]', '[]', ?)",
            (article_id(text), text),
        ).lastrowid
        connection.execute("INSERT INTO old.chunks VALUES (?, 0, ?, '[]', NULL)", (number, len(text)))
        connection.execute(
            "INSERT INTO old.arrivals VALUES (?, ?, 1, 1, 1, 'digest', ?)",
            (str(articles / f"{name}.txt"), str(articles), number),
        )


@pytest.fixture
def old(tmp_path) -> Path:
    return make_old(tmp_path / "library")


def schema(folder: Path) -> dict[str, str]:
    with closing(sqlite3.connect(folder / FILE)) as connection:
        return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


def vectors(library: Library) -> list[bytes]:
    with closing(sqlite3.connect(library.folder / FILE)) as connection:
        query = (
            "SELECT a.id, c.start, c.vector FROM chunks c JOIN articles a ON a.number = c.article "
            "WHERE a.state = 'indexed' ORDER BY 1, 2"
        )
        return connection.execute(query).fetchall()


def test_an_old_library_opens_with_all_it_had(old, tmp_path):
    with closing(sqlite3.connect(tmp_path / "library" / FILE)) as connection:
        kept = connection.execute(
            "SELECT a.id, c.start, c.vector FROM chunks c JOIN articles a ON a.number = c.article "
            "WHERE a.state = 'indexed' ORDER BY 1, 2"
        ).fetchall()
    with open_library(tmp_path / "library") as library, open_library(tmp_path / "new") as new:
        earlier = write_articles(tmp_path / "earlier", {**many_articles(20), "x": "unreadable"})
        write_articles(earlier, {"twin": (earlier / "a003.txt").read_text()})
        new.add(earlier)
        assert vectors(library) == kept
        assert library.failures() == (Failure(str(old / "x.txt"), "it says so"),)
        everything = json.dumps(contents(library), default=repr)
        assert everything == json.dumps(contents(new), default=repr).replace(str(earlier), str(old))
        assert library.audit() == ()
        twin = library.article(article_id((old / "twin.txt").read_text()))
        assert twin.sources == (str(old / "a003.txt"), str(old / "twin.txt"))


def test_its_tables_are_those_of_a_new_one(old, tmp_path):
    (tmp_path / "new").mkdir()
    with open_library(tmp_path / "library"), closing(Catalog.writing(tmp_path / "new")):
        assert schema(tmp_path / "library") == schema(tmp_path / "new")
    assert {f"CREATE TABLE {name}" for name in ("files", "sources", "kin", "marks")} <= {
        line.partition(" (")[0] for line in TABLES.splitlines()
    }


def test_what_was_on_its_way_in_is_read_again_and_nothing_else_is(old, tmp_path):
    counting, embedder = CountingReading(), HashingEmbedder()
    with open_library(tmp_path / "library", embedder, reading=counting.reading()) as library:
        done = library.add(old)
        assert (done.added, done.changed, done.unchanged, done.removed, len(done.failed)) == (1, 1, 20, 0, 1)
        assert sorted(counting.parsed) == ["a005.txt", "new.txt", "x.txt"]  # what failed is tried again
        assert embedder.texts == ["A zebra was seen.", "A yak was seen."]
        assert library.search("zebra")[0].found_by == ("vectors", "words")
        assert library.audit() == ()
        with open_library(tmp_path / "new") as new:
            new.add(old)
            assert contents(new) == contents(library)
            assert new.kin() == library.kin()


def test_readers_that_open_it_at_once_all_see_it(old, tmp_path):
    code = (
        "import sys; from tests.index.fakes import open_library\n"
        "with open_library(sys.argv[1]) as library: print(len(library.articles()), len(library.search('Story 7')))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "library")]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=PATHS) for _ in range(3)]
    assert {reader.communicate()[0] for reader in readers} == {"20 10\n"}


def test_an_old_library_that_cannot_be_written_says_what_to_do():
    with in_unwritable_folder() as (place, run):
        place.rmdir()
        articles = make_old(place)
        said = run(
            "from qa_index.errors import QAError\n"
            "try: fakes.open_library(place)\n"
            "except QAError as error: print(type(error).__name__, error)"
        )
        for each in articles.iterdir():
            each.unlink()
        articles.rmdir()
    assert "earlier release" in said
    assert "\n" not in said


KILLED = """
import os, signal, sys
from pathlib import Path
from qa_index.storage import database
from qa_index.storage.catalog import Catalog
steps = 0
run = database.Database.run

def counted(self, *arguments):
    global steps
    steps += 1
    if steps == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return run(self, *arguments)

database.Database.run = counted
Catalog.writing(Path(sys.argv[1])).close()
"""


@pytest.mark.parametrize("step", [6, 9, 13, 20, 28, 33, 36, 40, 44])
def test_an_upgrade_that_is_killed_is_done_by_the_next(old, tmp_path, step):
    command = [sys.executable, "-c", KILLED, str(tmp_path / "library"), str(step)]
    ended = subprocess.run(command, env=PATHS, check=False).returncode
    assert ended in (0, -signal.SIGKILL)
    assert ended or step > 30
    with open_library(tmp_path / "library") as library:
        assert len(library.articles()) == 20
        assert library.audit() == ()
        library.add(old)
        assert len(library.articles()) == 21


def test_a_library_of_a_later_release_is_refused(filled):
    filled.close()
    with closing(sqlite3.connect(filled.folder / FILE, isolation_level=None)) as connection:
        connection.execute("UPDATE settings SET value = 99 WHERE name = 'schema'")
    with pytest.raises(QAError, match="99"):
        open_library(filled.folder)

"""Whatever is missing from the catalog, or too much, is found, and put right as far as it can be."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from qa_index.errors import LibraryDamaged
from qa_index.library import Library
from qa_index.storage.catalog import FILE
from qa_index.storage.searching import SNAPSHOT
from tests.index.fakes import contents, many_articles, open_library, write_articles

TWIN = "The ferry to the island sailed at noon with all of its passengers, and came back before the storm began. " * 4


@pytest.fixture
def filled(tmp_path: Path) -> Library:
    texts = {**many_articles(8), "twin": TWIN + "It rained.", "twin2": TWIN + "It did not.", "two": "One.\n---\nTwo."}
    write_articles(tmp_path / "articles", texts)
    with open_library(tmp_path / "library") as library:
        library.add(tmp_path / "articles")
        assert library.kin()
        assert library.audit() == ()
        yield library


def run(library: Library, *statements: str) -> None:
    with closing(sqlite3.connect(library.folder / FILE, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


FIRST = "(SELECT min(number) FROM articles)"
FLAWS = {
    "chunks of no article": (
        "1 chunks of articles that are gone", "INSERT INTO chunks VALUES (999, 0, 3, '[]', NULL)"
    ),
    "marks of no article": (
        "1 marks of articles that are gone", "INSERT INTO marks VALUES (999, 0, '[]', x'', x'')"
    ),
    "kin of no article": (
        "1 near-duplicates of articles that are gone", f"INSERT INTO kin VALUES ({FIRST}, 999, 'reprint')"
    ),
    "kin of kin": (
        "1 near-duplicates of articles that are near-duplicates",
        f"INSERT INTO kin SELECT {FIRST}, article, 'reprint' FROM kin",
    ),
    "marks missing": ("1 articles without the marks", f"DELETE FROM marks WHERE article = {FIRST}"),
    "a place of no article": (
        "1 places in files name articles that are gone", f"UPDATE sources SET article = 999 WHERE article = {FIRST}"
    ),
    "a place of no file": (
        "2 places are in files that the library does not know", "DELETE FROM files WHERE file LIKE '%two.txt'"
    ),
    "a reading that is lost": (
        "1 files lack what their last reading gave", "UPDATE files SET scan = 7 WHERE file LIKE '%two.txt'"
    ),
    "an article of no file": ("1 articles come from no file", f"DELETE FROM sources WHERE article = {FIRST}"),
    "an article without chunks": ("1 articles have no chunks", f"DELETE FROM chunks WHERE article = {FIRST}"),
    "a chunk past the end": (
        "1 articles have chunks past their end",
        f"INSERT INTO chunks SELECT article, 5, 99999, '[]', vector FROM chunks WHERE article = {FIRST} LIMIT 1",
    ),
    "a vector missing": (
        "1 articles lack vectors", f"UPDATE chunks SET vector = NULL WHERE article = {FIRST}"
    ),
    "a vector too short": (
        "1 vectors have changed",
        f"UPDATE chunks SET vector = x'0102' WHERE article = {FIRST} AND start = "
        f"(SELECT min(start) FROM chunks WHERE article = {FIRST})",
    ),
    "a vector of another length": (
        "1 vectors have changed",
        "UPDATE chunks SET vector = zeroblob(length(vector)) WHERE rowid = (SELECT min(rowid) FROM chunks)",
    ),
    "a text that changed": ("has changed", f"UPDATE articles SET text = 'x' || text WHERE number = {FIRST}"),
}  # fmt: skip


@pytest.mark.parametrize("how", FLAWS)
def test_a_flaw_is_found_put_right_and_the_files_bring_back_what_is_missing(filled, tmp_path, how):
    said, statement = FLAWS[how]
    expected = contents(filled), filled.kin()
    run(filled, statement)
    filled.close()
    with open_library(filled.folder) as library:
        found = library.audit()
        assert ("catalog", False) in {(finding.part, finding.repaired) for finding in found}
        assert any(said in finding.problem for finding in found), found
        assert any(said in finding.problem and finding.repaired for finding in library.audit(repair=True))
        assert library.audit() == ()
        assert library.search("ferry")
        library.add(tmp_path / "articles")
        assert (contents(library), library.kin()) == expected
        assert library.audit() == ()


@pytest.mark.parametrize("vector", ["NULL", "x'0102'"])
def test_a_library_that_lacks_a_vector_says_what_to_do_and_that_helps(filled, vector):
    run(filled, f"UPDATE chunks SET vector = {vector} WHERE article = {FIRST}")
    filled.close()
    shutil.rmtree(filled.folder / SNAPSHOT)
    with open_library(filled.folder) as library:
        with pytest.raises(LibraryDamaged, match="Run `qa doctor --repair`"):
            library.search("ferry")
        assert library.audit(repair=True)
        assert library.search("ferry")
        assert library.audit() == ()


def test_articles_that_are_not_embedded_are_counted_in_words(filled):
    for count, said in (
        (1, "1 article is not embedded yet, so it is"),
        (2, "2 articles are not embedded yet, so they"),
    ):
        run(filled, f"UPDATE articles SET version = NULL WHERE number < {FIRST} + {count}")
        with open_library(filled.folder) as library:
            assert any(said in finding.problem for finding in library.audit())


def test_a_catalog_that_sqlite_cannot_read_is_left_alone(filled):
    filled.close()
    path = filled.folder / FILE
    with closing(sqlite3.connect(path)) as connection:
        [(page,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'kin_by_original'")
        [(size,)] = connection.execute("PRAGMA page_size")
    content = bytearray(path.read_bytes())
    content[(page - 1) * size + 8 : page * size] = b"\xff" * (size - 8)
    path.write_bytes(content)
    with open_library(filled.folder) as library, pytest.raises(LibraryDamaged, match="Put a copy of it back"):
        library.audit(repair=True)

"""`qa library`: what it says, where it writes, and with which exit code it ends."""

from __future__ import annotations

import json
import os

import pytest
from typer.testing import CliRunner

from qa.cli import build
from qa_index.storage.locking import held
from tests.index.fakes import many_articles, open_library, write_articles


@pytest.fixture
def qa(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("QA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with open_library(tmp_path / "news") as library:
        library.add(write_articles(tmp_path / "articles", many_articles(5)))
    return lambda *arguments: CliRunner().invoke(build(), ["library", *arguments])


def test_a_library_is_copied_and_put_back(qa, tmp_path):
    done = qa("backup", "monday.zip", "--library", "news")
    assert (done.exit_code, done.stdout.partition(" (")[0]) == (
        0,
        f"Copied library {tmp_path / 'news'} into monday.zip",
    )
    assert "Copying the catalog: 100 %" in done.stderr
    done = qa("restore", "monday.zip", "--library", "again")
    assert (done.exit_code, done.stdout) == (0, f"Put 5 articles back: library {tmp_path / 'again'}\n")
    with open_library("again", create=False) as library:
        assert library.search("Story 3")
        assert library.audit() == ()


def test_both_report_as_one_object(qa, tmp_path):
    copied = json.loads(qa("backup", "monday.zip", "--library", "news", "--json").stdout)
    size = (tmp_path / "monday.zip").stat().st_size
    assert copied == {"file": str(tmp_path / "monday.zip"), "bytes": size, "library": str(tmp_path / "news")}
    put_back = json.loads(qa("restore", "monday.zip", "--library", "again", "--json").stdout)
    assert put_back == {"articles": 5, "library": str(tmp_path / "again")}


def test_what_is_there_is_replaced_only_if_that_is_asked_for(qa):
    qa("backup", "monday.zip", "--library", "news")
    refused = qa("restore", "monday.zip", "--library", "news")
    assert (refused.exit_code, "add `--force`" in refused.stderr) == (2, True)
    assert qa("restore", "monday.zip", "--library", "news", "--force").exit_code == 0


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        (("backup", "monday.zip", "--library", "nowhere"), 1, "there is none"),
        (("backup", "articles/a001.txt", "--library", "news"), 2, "is no copy of one"),
        (("restore", "nothing.zip", "--library", "again"), 2, "no file is there"),
        (("restore", "articles/a001.txt", "--library", "again"), 2, "no sound copy"),
        (("backup",), 2, "FILE"),
    ],
)
def test_what_cannot_be_done_is_one_line(qa, typed, code, said):
    done = qa(*typed)
    assert (done.exit_code, said in done.stderr, "Traceback" in done.stderr) == (code, True, False)


def test_a_library_that_is_being_written_is_not_replaced(qa, tmp_path):
    qa("backup", "monday.zip", "--library", "news")
    with held(tmp_path / "news"):
        assert qa("restore", "monday.zip", "--library", "news", "--force").exit_code == 5

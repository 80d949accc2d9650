"""A writer that is killed loses nothing that was reported, doubles nothing, and leaves readers answering."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qa_index.library import Library
from tests.index.fakes import PATHS, contents, many_articles, open_library, text_of, write_articles

# A writing process. It is killed either after so many steps, where a step is one call of something that changes a
# file, or by its parent. Four batches of small articles; its embedder takes a moment, as a real one does.
WRITER = """
import os, signal, sys, time
from pathlib import Path
import chromadb, tantivy
from qa_index.storage import caches
from qa_index.search import chroma
from qa_index.storage import database
from qa_index.storage import ledger
from qa_index.search import lexical
from qa_index.search import snapshot
from qa_index.search import stamp
from qa_index.storage import meaning
from qa_index.storage import stock
from qa_index.storage import sync
from tests.index.fakes import HashingEmbedder, open_library

folder, source, last = sys.argv[1], sys.argv[2], int(sys.argv[3])
sync.BATCH_ARTICLES = 16
meaning.BATCH_CHUNKS, meaning.PUBLISHED_CHUNKS = 16, 32
steps = 0

def counted(owner, name):
    def step(*arguments, **named):
        global steps
        result = called(*arguments, **named)
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    called = getattr(owner, name)
    setattr(owner, name, step)

for owner, name in [
    (ledger.Ledger, "write"), (stock.Stock, "keep_vectors"), (ledger.Ledger, "publish"), (ledger.Ledger, "forget"),
    (chroma.Chroma, "upsert"), (chroma.Chroma, "delete"), (lexical.WritableWords, "commit"), (stamp, "put"),
    (snapshot, "write"), (database.Database, "set"),
]:
    counted(owner, name)

class Slow(HashingEmbedder):
    def embed(self, texts):
        time.sleep(0.003)
        return super().embed(texts)

with open_library(folder, Slow()) as library:
    print("begun", flush=True)
    library.add(source)
    print(steps)
"""


def start(folder: Path, source: Path, last: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), str(source), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=PATHS)


def first_version(place: Path) -> Path:
    return write_articles(place, many_articles(20))


def second_version(place: Path) -> Path:
    """Sixty articles: three of the first twenty changed, two gone."""
    texts = many_articles(60)
    for number in (3, 7, 11):
        texts[f"a{number:03d}"] = text_of(f"Zebra number {number} was seen.", title=f"Story {number}, corrected")
    write_articles(place, texts)
    for number in (4, 9):
        (place / f"a{number:03d}.txt").unlink()
    return place


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the first version, and what an unbroken update to the second makes of it."""
    place = tmp_path_factory.mktemp("crash")
    source = first_version(place / "articles")
    with open_library(place / "before") as library:
        library.add(source)
    second_version(source)
    return place


@pytest.fixture(scope="module")
def unbroken(ground: Path) -> dict[str, object]:
    shutil.copytree(ground / "before", ground / "unbroken")
    with open_library(ground / "unbroken") as library:
        library.add(ground / "articles")
        assert library.audit() == ()
        return contents(library)


def check_reader(folder: Path) -> None:
    """Whatever happened to the writer, a reader answers from whole articles that are in the library."""
    with open_library(folder) as reader:
        articles = {article.id: article for article in reader.articles()}
        assert len(articles) in range(18, 61)
        for text in ("Story 7", "Zebra", "Paper 1"):
            for hit in reader.search(text, limit=10):
                assert hit.chunk in reader.chunks(hit.chunk.span.article_id)
                assert hit.chunk.span.article_id in articles


def check_finished(folder: Path, source: Path, unbroken: dict[str, object]) -> None:
    with open_library(folder) as library:
        library.add(source)
        assert contents(library) == unbroken
        assert library.audit() == ()


def test_how_many_steps_there_are(ground: Path, unbroken: dict[str, object]):
    shutil.copytree(ground / "before", ground / "counted")
    writer = start(ground / "counted", ground / "articles")
    said, trouble = writer.communicate(timeout=60)
    assert writer.returncode == 0, trouble
    assert int(said.split()[-1]) in range(40, 90)
    check_finished(ground / "counted", ground / "articles", unbroken)


@pytest.mark.parametrize("last", [1, 2, 3, 4, 5, 6, 8, 9, 12, 16, 20, 24, 28, 32, 36, 40, 44, 50, 56, 60])
def test_a_writer_killed_at_a_step_is_finished_by_the_next(ground, unbroken, tmp_path, last):
    folder = tmp_path / "library"
    shutil.copytree(ground / "before", folder)
    writer = start(folder, ground / "articles", last)
    _, trouble = writer.communicate(timeout=60)
    assert writer.returncode == -signal.SIGKILL, trouble
    check_reader(folder)
    check_finished(folder, ground / "articles", unbroken)


def test_a_writer_killed_again_and_again_at_any_moment_gets_there(ground, unbroken, tmp_path):
    chance = random.Random(5)
    folder = tmp_path / "library"
    shutil.copytree(ground / "before", folder)
    for _ in range(4):
        writer = start(folder, ground / "articles")
        assert writer.stdout is not None and writer.stdout.readline() == "begun\n"
        time.sleep(chance.uniform(0.01, 0.5))
        writer.kill()
        writer.communicate()
        check_reader(folder)
    check_finished(folder, ground / "articles", unbroken)


def test_what_was_reported_is_there_after_a_kill(tmp_path):
    """The report of `add` is a promise: a process that dies right after it has kept everything."""
    source = first_version(tmp_path / "articles")
    script = WRITER.replace("print(steps)", "print(steps, flush=True); os.kill(os.getpid(), signal.SIGKILL)")
    command = [sys.executable, "-c", script, str(tmp_path / "library"), str(source), "0"]
    done = subprocess.run(command, capture_output=True, text=True, env=PATHS, check=False)
    assert done.returncode == -signal.SIGKILL
    with Library.open(tmp_path / "library", create=False) as library:
        assert len(library.articles()) == 20
    with open_library(tmp_path / "library") as library:
        assert library.audit() == ()

"""What machines do to a library: it is killed, damaged, out of room, and written to by two at once."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from qa_index.library import Library
from qa_index.search.indexes import search_text, titled
from qa_index.types import Hit
from tests.index.fakes import (
    PATHS,
    contents,
    in_unwritable_folder,
    many_articles,
    open_library,
    text_of,
    write_articles,
)

# kill -9 in the middle of 500 articles

INGEST = """
import os, sys
import chromadb, tantivy
from tests.index.fakes import open_library
from qa_index.storage import meaning, sync
sync.BATCH_ARTICLES, meaning.BATCH_CHUNKS, meaning.PUBLISHED_CHUNKS = 50, 64, 256
for folder in sys.stdin:  # each ingest is a process of its own, forked from one that has imported everything
    child = os.fork()
    if not child:
        with open_library(folder.strip()) as library:
            library.add(sys.argv[1])
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


def test_an_ingest_of_500_articles_killed_at_20_moments_is_what_an_unbroken_one_is(tmp_path):
    """The moments are drawn from the time that the unbroken run takes; each kill hits what the last one left."""
    articles = write_articles(tmp_path / "articles", many_articles(500, paragraphs=2))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    with subprocess.Popen([sys.executable, "-c", INGEST, str(articles)], env=PATHS, **pipes) as server:

        def ingest(folder: Path, *, seconds: float | None = None) -> bool:
            """Tell whether it came to its end before it was killed."""
            server.stdin.write(f"{folder}\n")
            process = int(server.stdout.readline())
            if seconds is not None:
                time.sleep(seconds)
                with suppress(ProcessLookupError):  # it came to its end
                    os.kill(process, signal.SIGKILL)
            return server.stdout.readline() == "0\n"

        started = time.monotonic()
        assert ingest(tmp_path / "unbroken")
        whole = time.monotonic() - started
        chance, folder = random.Random(20), tmp_path / "library"
        for kill in range(20):
            if ingest(folder, seconds=chance.uniform(0, whole / 4)):  # change something, so that there is more to do
                write_articles(articles, {"a007": text_of(f"The zebra crossed {kill} times.", title="Story 7")})
            with open_library(folder) as reader:
                known = {article.id for article in reader.articles()}
                assert all(hit.chunk.span.article_id in known for hit in reader.search("Story 7", limit=20))
        server.stdin.close()
    with open_library(folder) as library, open_library(tmp_path / "new") as new:
        library.add(articles)
        new.add(articles)
        assert contents(library) == contents(new)
        assert library.kin() == new.kin()
        assert len(library.articles()) == 500
        assert library.audit() == ()


# Damage, and the same answers as before

QUESTIONS = [f"Story {n} {text[-30:]}" for n, text in enumerate(many_articles(50, paragraphs=4).values())]


def top(library: Library) -> dict[str, list[str]]:
    return {question: [hit.chunk.id for hit in library.search(question, limit=5)] for question in QUESTIONS}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of 1,200 chunks: Chroma writes its graph at 1,000."""
    place = tmp_path_factory.mktemp("sound")
    with open_library(place / "library") as library:
        library.add(write_articles(place / "articles", many_articles(300, paragraphs=4)))
    return place / "library"


@pytest.fixture(scope="module")
def expected(sound: Path) -> dict[str, list[str]]:
    with open_library(sound) as library:
        return top(library)


def flip(pattern: str, *shares: float) -> Callable[[Path], None]:
    """Flip bits in every file that matches, at these shares of its length."""

    def damage(folder: Path) -> None:
        for path in [each for each in folder.glob(pattern) if each.is_file() and each.stat().st_size]:
            content = bytearray(path.read_bytes())
            for share in shares:
                content[min(len(content) - 1, int(len(content) * share))] ^= 0x55
            path.write_bytes(content)

    return damage


def cut(pattern: str, share: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        for path in [each for each in folder.glob(pattern) if each.is_file()]:
            os.truncate(path, int(path.stat().st_size * share))

    return damage


def removed(pattern: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        for path in list(folder.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return damage


DAMAGES = {
    "vectors removed": removed("chroma"),
    "vectors' graph removed": removed("chroma/*-*"),
    "vectors' graph cut off": cut("chroma/*-*/*", 0.5),
    "vectors' graph emptied": cut("chroma/*-*/*", 0),
    "vectors' graph flipped": flip("chroma/*-*/*", *np.linspace(0, 0.98, 400)),
    "vectors' SQLite removed": removed("chroma/chroma.sqlite3"),
    "vectors' SQLite cut off": cut("chroma/chroma.sqlite3", 0.4),
    "vectors' SQLite emptied": cut("chroma/chroma.sqlite3", 0),
    "vectors' SQLite flipped at its beginning": flip("chroma/chroma.sqlite3", 0.0, 0.001),
    "vectors' SQLite flipped all over": flip("chroma/chroma.sqlite3", *np.linspace(0.02, 0.98, 400)),
    "words removed": removed("lexical"),
    "words' files removed": removed("lexical/*.*"),
    "words cut off": cut("lexical/*", 0.5),
    "words emptied": cut("lexical/*", 0),
    "words flipped": flip("lexical/*", 0.1, 0.3, 0.5, 0.7, 0.9),
    "snapshot removed": removed("snapshot"),
    "snapshot cut off": cut("snapshot/*", 0.7),
    "snapshot emptied": cut("snapshot/*", 0),
    "snapshot flipped": flip("snapshot/*", 0.0005, 0.3, 0.6, 0.9),
    "everything removed": lambda folder: [removed(part)(folder) for part in ("chroma", "lexical", "snapshot")],
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_cache_is_found_made_again_and_answers_as_before(sound, expected, tmp_path, how):
    folder = tmp_path / "library"
    shutil.copytree(sound, folder)
    DAMAGES[how](folder)
    with open_library(folder) as library:
        assert all(top(library).values())  # never silently empty
        found = library.audit(repair=True)
        assert found and all(finding.repaired for finding in found)
        assert library.audit() == ()
        assert top(library) == expected


@pytest.mark.parametrize("how", [how for how in DAMAGES if how.startswith("vectors")])
def test_a_library_that_is_searched_in_chroma_answers_as_before_without_it(sound, expected, tmp_path, how):
    folder = tmp_path / "library"
    shutil.copytree(sound, folder)
    shutil.rmtree(folder / "snapshot")
    DAMAGES[how](folder)
    with open_library(folder, exact_limit=0) as library:
        assert top(library) == expected


# Churn


def test_after_heavy_churn_every_live_chunk_finds_itself(tmp_path):
    """5,000 chunks, half of the articles deleted and a third of all rewritten; in Chroma, then in the snapshot."""
    texts = many_articles(250, paragraphs=20)
    articles = write_articles(tmp_path / "articles", texts)
    with open_library(tmp_path / "library", exact_limit=0) as library:
        library.add(articles)
        assert sum(len(library.chunks(article.id)) for article in library.articles()) == 5_000
        names = sorted(texts)
        random.Random(1).shuffle(names)
        for name in names[:125]:
            (articles / f"{name}.txt").unlink()
        for name in names[125:208]:
            words = texts[name].split("\n\n")
            write_articles(articles, {name: "\n\n".join([words[0], *(f"{each} again {name}" for each in words[1:])])})
        library.add(articles)
        assert len(library.articles()) == 125
        assert library.audit() == ()
        assert _lost(library) == []
    with open_library(tmp_path / "library") as library:
        assert {finding.part for finding in library.audit(repair=True)} == {"snapshot"}
        assert _lost(library, each=5) == []


def _lost(library: Library, *, each: int = 1) -> list[str]:
    """Name the chunks that their own words do not find by their meaning."""
    return [
        chunk.id
        for article in library.articles()[::each]
        for chunk in library.chunks(article.id)
        if not _is_found(library, chunk.id, titled(article.title, search_text(article, chunk)))
    ]


def _is_found(library: Library, chunk_id: str, text: str) -> bool:
    hits: list[Hit] = library.search(text, limit=10)
    return any(hit.chunk.id == chunk_id and "vectors" in hit.found_by for hit in hits)


# A full disk, two at once, a folder that cannot be written

FULL = """
import resource, signal, sys
from qa_index.errors import QAError
from tests.index.fakes import open_library
import chromadb, tantivy
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open_library(sys.argv[1]) as library:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
    try:
        library.add(sys.argv[2])
    except QAError as error:
        print("told", error)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


@pytest.mark.parametrize("limit", [60_000, 400_000, 700_000])
def test_where_no_file_may_grow_what_was_there_stays_and_one_sentence_says_why(filled, tmp_path, limit):
    before = contents(filled)
    filled.close()
    more = write_articles(
        tmp_path / "more", {f"m{name}": text + "\n\nmore" for name, text in many_articles(300).items()}
    )
    command = [sys.executable, "-c", FULL, str(filled.folder), str(more), str(limit)]
    ended = subprocess.run(command, capture_output=True, text=True, env=PATHS, check=False)
    assert ended.returncode == 0, ended.stderr
    [told] = ended.stdout.splitlines()
    assert told.startswith("told Asked to change the library")
    assert "is kept" in told
    with open_library(filled.folder) as library:
        now = {article.id: article for article in library.articles()}
        assert {identity: now.get(identity) for identity in before["articles"]} == before["articles"]
        assert library.search("Story 7")
        library.add(more)
        assert len(library.articles()) == 312
        assert library.audit() == ()


def test_of_two_ingests_at_once_one_is_told_and_nothing_is_lost(tmp_path):
    articles = write_articles(tmp_path / "articles", many_articles(200))
    code = (
        "import sys\nfrom qa_index.errors import QAError\nfrom tests.index.fakes import open_library\n"
        "with open_library(sys.argv[1]) as library:\n"
        "    try: library.add(sys.argv[2])\n"
        "    except QAError as error: sys.exit(error.exit_code)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "library"), str(articles)]
    both = [subprocess.Popen(command, env=PATHS) for _ in range(2)]
    codes = sorted(process.wait(timeout=120) for process in both)
    assert codes in ([0, 5], [0, 0])  # the second may come when the first is done
    with open_library(tmp_path / "library") as library, open_library(tmp_path / "alone") as alone:
        alone.add(articles)
        assert contents(library) == contents(alone)
        assert library.audit() == ()


def test_a_library_that_cannot_be_written_answers_and_says_so_when_it_should_change():
    with in_unwritable_folder() as (place, run):
        with open_library(place / "library") as library:
            library.add(write_articles(place / "articles", many_articles(20)))
            expected = [hit.chunk.id for hit in library.search("Story 7")]
        said = run(
            "from qa_index.errors import LibraryReadOnly\n"
            "library = fakes.open_library(place / 'library')\n"
            "print([hit.chunk.id for hit in library.search('Story 7')])\n"
            "first = library.articles()[0].id\n"
            "for change in (lambda: library.add(place / 'articles'), lambda: library.remove(first),\n"
            "               lambda: library.audit(repair=True), library.rebuild):\n"
            "    try: change()\n"
            "    except LibraryReadOnly as error: print(error)\n"
            "print(library.audit())"
        ).splitlines()
    assert said[0] == str(expected)
    assert len(said) == 6
    assert all("cannot be written" in line for line in said[1:5])
    assert said[5] == "()"

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from qa_index.errors import LibraryLocked, LibraryReadOnly
from qa_index.library import Library
from qa_index.storage.locking import held
from tests.index.fakes import PATHS, HashingEmbedder, in_unwritable_folder, open_library

HOLD = """
import sys, time
from pathlib import Path
from qa_index.storage.locking import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of `tmp_path`."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, env=PATHS)
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_writer_hears_within_two_seconds_who_the_first_is(tmp_path, holder):
    started = time.monotonic()
    with open_library(tmp_path) as library, pytest.raises(LibraryLocked, match=f"process {holder.pid} ") as caught:
        library.add(__file__)
    assert time.monotonic() - started < 2
    assert (caught.value.pid, caught.value.exit_code) == (holder.pid, 5)


def test_reading_takes_no_lock(filled):
    with held(filled.folder), open_library(filled.folder, create=False) as reader:
        assert reader.search("Story 7")
        assert reader.articles()


def test_the_lock_of_a_killed_writer_is_free(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with held(tmp_path):
        assert (tmp_path / "lock.pid").read_text() == str(os.getpid())


def test_a_second_thread_is_locked_out_as_another_process_is(tmp_path):
    with held(tmp_path), pytest.raises(LibraryLocked) as caught, held(tmp_path):
        pass
    assert caught.value.pid == os.getpid()


def test_the_lock_is_held_for_as_long_as_anything_is_written(tmp_path, articles):
    """A lock around each batch loses vectors in Chroma 1.5.9."""
    started, go_on = threading.Event(), threading.Event()

    class Slow(HashingEmbedder):
        def embed(self, texts):
            started.set()
            assert go_on.wait(20)
            return super().embed(texts)

    with open_library(tmp_path / "library", Slow()) as library:
        writing = threading.Thread(target=library.add, args=(articles,))
        writing.start()
        assert started.wait(20)
        with open_library(tmp_path / "library") as second, pytest.raises(LibraryLocked):
            second.add(articles)
        go_on.set()
        writing.join()
        assert len(library.articles()) == 12


def test_a_folder_that_cannot_be_written_can_be_searched_and_not_changed():
    with in_unwritable_folder() as (place, run):
        (place / "article.txt").write_text("The second writer waits.\nThe first writes.")
        with open_library(place / "library") as library:
            library.add(place / "article.txt")
            expected = len(library.search("second writer"))
        said = run(
            "from qa_index.errors import LibraryReadOnly\n"
            "with fakes.open_library(place / 'library') as library:\n"
            "    print(len(library.search('second writer')), len(library.articles()), library.audit())\n"
            "    [article] = library.articles()\n"
            "    for change in (lambda: library.add(place / 'article.txt'), lambda: library.remove(article.id),\n"
            "                   lambda: library.audit(repair=True), library.rebuild):\n"
            "        try: change()\n"
            "        except LibraryReadOnly as error: print('cannot be written' in str(error))\n"
        )
    assert expected == 2
    assert said.splitlines() == ["2 1 ()", "True", "True", "True", "True"]


def test_a_place_where_no_folder_can_be_made_is_read_only(tmp_path):
    (tmp_path / "file").touch()
    with Library.open(tmp_path / "file" / "library") as library, pytest.raises(LibraryReadOnly):
        library.add(Path(__file__))

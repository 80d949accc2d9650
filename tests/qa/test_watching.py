"""Keeping up with folders: what is told, what is waited for, and a real process that does it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qa.watching import Watch, changes
from qa_index.errors import LibraryLocked, NothingToIndex, QAError
from qa_index.formats.kinds import is_article_name
from qa_index.types import Failure, Synced

ROOT = Path(__file__).parents[2]
BROKEN = Failure("a.txt", "it is empty")
PROGRAM = """
import signal
from qa.api import Library
from qa.cli import build
from qa.commands.session import Session
from qa.models import Models
from qa.terminal import prepare
from qa_index.library import Library as Index
from tests.index.fakes import HashingEmbedder

def opener(folder, *, settings, create, notice, llm=None):
    index = Index.open(folder, embedder=HashingEmbedder(), create=create)
    return Library(index, settings=settings, models=Models(embedder=None, reader=None, judge=None))

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run in the background
    prepare()
    build()(prog_name="qa", obj=Session(open_library=opener))
"""


def watched(tmp_path, *outcomes):
    """Let a watch go through outcomes, one a round; return what it told, said, and for how long it slept."""
    told, said, slept = [], [], []
    left = list(outcomes)

    def sync(there):
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    watch = Watch([str(tmp_path)], sync, told.append, said.append, sleep=slept.append)
    watch.first(sync)
    while left:
        watch.follow(iter([None]))
    return told, said, slept


def test_only_what_is_new_is_told_and_a_failure_only_once(tmp_path):
    told, said, slept = watched(
        tmp_path,
        Synced(added=5, failed=(BROKEN,)),
        Synced(unchanged=5, failed=(BROKEN,)),
        Synced(added=1, unchanged=5, failed=(BROKEN,)),
        Synced(unchanged=6),
        Synced(unchanged=6, failed=(BROKEN,)),
    )
    assert [(each.added, each.failed) for each in told] == [(1, ()), (0, (BROKEN,))]
    assert (said, slept) == ([], [])


def test_another_process_that_writes_is_waited_for_and_named_once(tmp_path):
    locked = LibraryLocked("lib", pid=7)
    told, said, slept = watched(tmp_path, locked, locked, Synced(added=1), locked, Synced(removed=1))
    assert [each.removed for each in told] == [1]
    assert said == ["Waiting: process 7 is writing to the library."] * 2
    assert len(slept) == 3


def test_trouble_is_said_once_and_tried_again_but_an_empty_folder_waits_for_the_next_change(tmp_path):
    full = QAError("the disk is full")
    told, said, slept = watched(
        tmp_path, Synced(), full, full, Synced(added=1), NothingToIndex("it holds no article"), Synced(added=2)
    )
    assert [each.added for each in told] == [1, 2]
    assert said == ["the disk is full", "it holds no article"]
    assert slept == [60.0, 60.0]


def test_a_folder_that_goes_is_said_once_and_the_others_are_kept_up_with(tmp_path):
    news, more = tmp_path / "news", tmp_path / "more"
    more.mkdir()
    asked, said = [], []
    watch = Watch([str(news), str(more)], lambda there: asked.append(there) or Synced(), said.append, said.append)
    watch.follow(iter([None, None]))
    assert asked == [[str(more)]] * 2
    assert said == [f"{news} is not there any more; its articles are kept, and it is waited for."]
    news.mkdir()
    watch.follow(iter([None]))
    assert asked[-1] == [str(news), str(more)]


def test_what_is_no_article_or_is_the_library_itself_is_no_change(tmp_path, monkeypatch):
    import watchfiles

    news, library = tmp_path / "news", tmp_path / "news" / "library"
    library.mkdir(parents=True)
    nothing = [library / "catalog.sqlite", news / "photo.jpg", news / ".hidden" / "a.txt"]
    something = [news / "a.txt", news / "b.jsonl.gz", news / "moved"]

    def watch(*paths, **how):
        yield set()  # the watch has begun
        for path in nothing + something:
            yield {(1, str(path))}
        raise KeyboardInterrupt

    monkeypatch.setattr(watchfiles, "watch", watch)  # the vendor itself: real events come when they like
    seen = 0
    with pytest.raises(KeyboardInterrupt):
        for _ in changes([str(news)], is_article=is_article_name, outside=library):
            seen += 1
    assert seen == 1 + len(something)


class Process:
    """`qa index --watch` in a process of its own."""

    def __init__(self, tmp_path, *arguments):
        program = tmp_path / "program.py"
        program.write_text(PROGRAM, encoding="utf-8")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("QA_")}
        environ |= {"PYTHONPATH": f"{ROOT}:{ROOT / 'index'}:{ROOT / 'eval'}", "HOME": str(tmp_path)}
        self.out = tmp_path / "out"
        with self.out.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, str(program), "index", *arguments, "--library", str(tmp_path / "lib")],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environ,
                cwd=tmp_path,
            )

    def shows(self, words, *, seconds=20):
        until = time.monotonic() + seconds
        while words not in self.out.read_text():
            assert time.monotonic() < until and self.process.poll() is None, self.out.read_text()
            time.sleep(0.05)

    def end(self, number):
        self.process.send_signal(number)
        return self.process.wait(10)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_watch_keeps_up_with_a_file_that_comes_changes_and_goes_until_it_is_ended(tmp_path, number, code):
    news = tmp_path / "news"
    news.mkdir()
    (news / "old.txt").write_text("The mayor opened a bridge on Monday.")
    watch = Process(tmp_path, "news", "--watch")
    try:
        watch.shows("1 added, 0 changed, 0 unchanged, 0 removed, 0 failed")
        if number == signal.SIGINT:  # the other is only ended
            (news / "new.txt").write_text("The town voted for a tunnel on Sunday.")
            watch.shows(" 1 added\n")
            (news / "new.txt").write_text("The town voted against a tunnel on Sunday.")
            watch.shows(" 1 changed\n")
            (news / "new.txt").unlink()
            watch.shows(" 1 removed\n")
            news.rename(tmp_path / "away")
            watch.shows("news is not there any more")
            (tmp_path / "away").rename(news)
            (news / "empty.txt").write_text("")
            watch.shows(" 1 failed\n")
        else:
            watch.shows("Watching for changes")
        assert watch.end(number) == code
        assert "Traceback" not in watch.out.read_text()
    finally:
        watch.process.kill()
        watch.process.wait(10)

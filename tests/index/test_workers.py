"""Pieces are read in processes of their own: whatever one does to its reader, the others are read, in order."""

from __future__ import annotations

import gc
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from qa_index.storage.sources import Outcome, Work
from qa_index.storage.workers import Workers
from qa_index.stories import Broken, FieldMap, Kind, Piece
from tests.index.fakes import PATHS, many_articles, write_articles

OBEYING = (sys.executable, str(Path(__file__).with_name("obeying_worker.py")))


def never(work: Work) -> Outcome:
    raise AssertionError("this is not read here")


def work(order: str, *, kind: Kind = "html") -> Work:
    return Work("file", Piece("", kind, order.encode()), FieldMap())


def obeying(*, processes: int = 1, seconds: float = 30.0) -> Workers:
    return Workers(never, chunk_tokens=160, processes=processes, seconds=seconds, command=OBEYING)


def said(outcome: Outcome) -> str:
    [each] = outcome
    return f"broken: {each.reason}" if isinstance(each, Broken) else each.article.text


def done(orders: Iterable[str], workers: Workers) -> list[str]:
    return [said(outcome) for _, outcome in workers((order, work(order)) for order in orders)]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(group: int) -> None:
    """Wait until no process of a group is left."""
    for _ in range(400):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    os.killpg(group, signal.SIGKILL)
    raise AssertionError("a worker was left behind")


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("exit 1", "broken: reading it ended the process that did"),
        ("exit 0", "broken: reading it ended the process that did"),
        ("kill", "broken: reading it ended the process that did"),
        ("sleep 60", "broken: reading it took longer than 4 seconds"),
        ("raise", "broken: reading it failed (ZeroDivisionError: as told)"),
        ("recurse", "broken: it is nested too deeply"),
        ("fill 4000000000", "broken: reading it takes more memory than one article may"),
        ("print", "print"),
    ],
)
def test_a_piece_that_breaks_its_reader_is_told_and_the_next_one_is_read(order, expected):
    first, second = done([order, "and on"], obeying(seconds=4))
    assert first.startswith(expected)
    assert second == "and on"


def test_outcomes_come_in_the_order_asked_for_whoever_is_done_first():
    chance = random.Random(3)
    orders = [f"sleep {chance.uniform(0, 0.05):.3f}" if n % 13 != 6 else "exit 3" for n in range(30)]
    asked = ((number, work(order) if number % 5 else None) for number, order in enumerate(orders))
    found = list(obeying(processes=3)(asked))
    assert [number for number, _ in found] == list(range(30))
    for number, outcome in found:
        if not number % 5:
            assert outcome == ()
        elif number % 13 != 6:
            assert said(outcome) == orders[number]
        else:
            assert "ended the process" in said(outcome)


def test_only_so_much_is_asked_for_before_it_is_taken():
    asked = 0

    def orders() -> Iterable[tuple[str, Work]]:
        nonlocal asked
        for _ in range(1000):
            asked += 1
            yield "a", work("sleep 0.001")

    with closing(obeying(processes=2)(orders())) as happened:
        for taken, _ in enumerate(happened, start=1):
            assert asked <= taken + 64
            if taken == 150:
                break


def test_large_pieces_are_held_one_after_the_other(monkeypatch):
    monkeypatch.setattr("qa_index.storage.workers.WINDOW_BYTES", 1_000)
    large = "word " * 150 + "end"
    assert done([large] * 5, obeying(processes=2)) == [large] * 5


def test_closing_in_the_middle_ends_the_processes():
    orders = ["pid", "pid", "pid", *["sleep 60"] * 20]
    started = time.monotonic()
    with closing(obeying(processes=2)((order, work(order)) for order in orders)) as happened:
        pids = {int(said(outcome)) for _, outcome in (next(happened), next(happened), next(happened))}
        assert all(map(is_running, pids))
    assert not any(map(is_running, pids))
    assert time.monotonic() - started < 20
    gc.collect()  # what was left open would warn now


def test_an_error_of_whoever_takes_the_outcomes_ends_the_processes():
    pids = []
    with (
        pytest.raises(RuntimeError, match="enough"),
        closing(obeying()((order, work(order)) for order in ["pid", "sleep 60"])) as happened,
    ):
        for _, outcome in happened:
            pids.append(int(said(outcome)))
            raise RuntimeError("enough")
    assert not is_running(pids[0])


def test_a_little_plain_text_is_read_here_and_much_of_it_elsewhere():
    here: list[Work] = []

    def read(work: Work) -> Outcome:
        here.append(work)
        return ()

    workers = Workers(read, chunk_tokens=160, processes=1, command=OBEYING)
    assert len(list(workers((n, work("pid", kind="text")) for n in range(50)))) == 50
    assert len(here) == 48
    here.clear()
    list(workers([(0, work("x" * 3_000_000, kind="text")), (1, work("pid", kind="pdf"))]))
    assert here == []


# Processes that begin others

UNGUARDED = """
import sys
from qa_index.library import Library
from tests.index.fakes import HashingEmbedder
print("begun")
with Library.open(sys.argv[1], embedder=HashingEmbedder()) as library:
    print(library.add(sys.argv[2]))
"""


def test_a_script_without_a_guard_may_index(tmp_path):
    folder = write_articles(tmp_path / "news", many_articles(52))
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED)
    command = [sys.executable, str(script), str(tmp_path / "library"), str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, env=PATHS, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [
        "begun", "Synced(added=52, changed=0, unchanged=0, removed=0, failed=())"
    ]  # fmt: skip


STARTS = """
import signal
from contextlib import closing
from tests.index.test_workers import obeying, said, work
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background has it ignored
orders = ["pid", "pid", *["sleep {seconds}"] * 10]
with closing(obeying(processes=2, seconds={limit})((order, work(order)) for order in orders)) as happened:
    for order, outcome in happened:
        print(said(outcome), flush=True)
"""


def started(*, seconds: float, limit: float) -> subprocess.Popen[str]:
    """Start a process in a group of its own whose workers sleep."""
    command = [sys.executable, "-c", STARTS.format(seconds=seconds, limit=limit)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, env=PATHS, start_new_session=True, **pipes)
    assert process.stdout is not None and int(process.stdout.readline()) and int(process.stdout.readline())
    return process


def test_ctrl_c_in_a_terminal_ends_everything():
    process = started(seconds=60, limit=60)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: every process of the group gets it
    _, trouble = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert trouble.count("Traceback") == 1
    assert "KeyboardInterrupt" in trouble
    wait_until_gone(process.pid)


def test_workers_whose_owner_was_killed_end_when_they_are_done_with_their_piece():
    process = started(seconds=0.5, limit=60)
    process.kill()
    process.communicate()
    wait_until_gone(process.pid)


def test_workers_whose_owner_was_killed_give_up_a_piece_that_never_ends():
    process = started(seconds=60, limit=4)
    process.kill()
    process.communicate()
    wait_until_gone(process.pid)  # after 9 seconds

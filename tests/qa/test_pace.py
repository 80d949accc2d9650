"""How far a long reading has come, in words, by a clock that the test holds."""

import pytest

from qa.pace import WORDS_ALREADY, Milestones, Pace, duration
from qa_index.types import Step


class Clock:
    """A clock that stands still until it is told to go on."""

    now = 100.0

    def __call__(self):
        return self.now


def reading(share, articles, *, files=20_000):
    return Step("reading", int(share * files), files, "news/a.txt", share, articles)


def embedding(done, total=100_000):
    return Step("embedding", done, total, "A title", done / total, 0)


def told(steps):
    """Take in (seconds since the one before, step) and return the last words."""
    clock = Clock()
    pace = Pace(clock)
    for seconds, step in steps:
        clock.now += seconds
        words = pace.take(step)
    return words


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([(0, reading(0.001, 1))], "Reading 1 article · 0 %"),
        (
            [(0, reading(0, 0)), (10, reading(0.45, 12_000))],
            "Reading 12,000 articles · 45 % · 1,200 a second · 12 s left",
        ),
        ([(0, reading(0, 0)), (1, reading(0.5, 0))], "Looking at 10,000 of 20,000 files · 50 %"),
        ([(0, embedding(0)), (20, embedding(1_400))], "Embedding 1,400 of 100,000 chunks · 70 a second · 23 min left"),
        ([(0, embedding(0, 9)), (20, embedding(9, 9))], "Embedding 9 of 9 chunks"),
        ([(0, reading(0, 0)), (9, reading(1, 50)), (0, embedding(1, 9))], "Embedding 1 of 9 chunks"),
        (
            [(0, embedding(0)), *((1, embedding(1_000)) for _ in range(100)), (10, embedding(2_000))],
            "Embedding 2,000 of 100,000 chunks · 33 a second · 49 min left",
        ),
    ],
)
def test_how_far_it_is_is_said_with_how_fast_and_how_long(steps, words):
    assert told(steps) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "1 s"), (59.4, "59 s"), (59.6, "1 min"), (3_600, "1 h"), (4_980, "1 h 23 min")]
)
def test_a_time_is_written_as_a_person_says_it(seconds, words):
    assert duration(seconds) == words


def log(steps):
    clock, said = Clock(), []
    milestones = Milestones(said.append, clock)
    for seconds, step in steps:
        clock.now += seconds
        milestones(step)
    milestones.end()
    return said


def test_a_large_run_that_nobody_watches_leaves_the_start_every_tenth_and_the_end_of_each_stage():
    stage_one = [(1, reading(number / 200, number * 100)) for number in range(201)]
    stage_two = [(1, embedding(number * 1_000)) for number in range(101)]
    said = log([*stage_one, *stage_two])
    read, embedded = said.index("Read 20,000 articles in 3 min"), said.index("Embedded 100,000 chunks in 2 min")
    assert (read, embedded) == (10, len(said) - 1)
    assert said.count(WORDS_ALREADY) == 1
    assert [line.split(" · ")[0] for line in said[:3]] == [
        "Looking at 0 of 20,000 files",
        "Reading 2,000 articles",
        "Reading 4,000 articles",
    ]
    assert len(said) == 11 + 12


def test_a_small_run_that_nobody_watches_leaves_nothing():
    assert log([(0.01, reading(1, 5, files=5)), (0.01, embedding(9, 9))]) == []


def test_a_run_of_one_large_file_counts_by_its_articles_and_its_time():
    assert log([(0, reading(0.1, 5_000, files=1))]) == ["Reading 5,000 articles · 10 %"]
    assert log([(0, reading(0.1, 9, files=1)), (11, reading(0.2, 18, files=1))]) != []


def test_a_rebuild_never_says_that_questions_work_already():
    assert WORDS_ALREADY not in log([(0, embedding(0)), (60, embedding(50_000)), (60, embedding(100_000))])

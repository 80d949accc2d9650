"""Say in words how far bringing a library up to date has come, how fast it goes, and how long it will take."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa_index.types import Step

WORDS_ALREADY = "Everything is read: questions find it by its words already, and by its meaning once it is embedded."
LARGE = 1_000  # files, articles or chunks: of fewer nothing is said where nobody is looking
_LONG = 10.0  # seconds after which a stage counts as large whatever its numbers say
_PATIENCE = 3.0  # seconds of embedding after which it is worth saying that questions work already
_WINDOW, _SAMPLE, _SOONEST = 30.0, 0.5, 2.0  # seconds that a rate is taken over, between samples, before the first rate


class Pace:
    """Follows the steps of one run by a clock, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._stage = ""
        self._samples: deque[tuple[float, int, float]] = deque()
        self._began = 0.0
        self.stages: list[str] = []

    def take(self, step: Step) -> str:
        """Take in a step; return "Reading 12,300 articles · 45 % · 1,200 a second · 2 min left"."""
        now = self._clock()
        if step.stage != self._stage:
            self._stage, self._began = step.stage, now
            self.stages.append(step.stage)
            self._samples.clear()
        amount = _amount(step)
        if not self._samples or now - self._samples[-1][0] >= _SAMPLE:
            self._samples.append((now, amount, step.share))
        while len(self._samples) > 2 and now - self._samples[0][0] > _WINDOW:
            self._samples.popleft()
        parts = (_done(step), f"{int(step.share * 100)} %" if step.stage == "reading" else "", *self._rate(step, now))
        return " · ".join(part for part in parts if part)

    @property
    def seconds(self) -> float:
        """How long this stage has gone on."""
        return self._clock() - self._began

    def _rate(self, step: Step, now: float) -> tuple[str, str]:
        """Return how much is done in a second and how long the rest will take, as far as that can be said."""
        before, amount, share = self._samples[0]
        seconds, done = now - before, _amount(step) - amount
        if now - self._began < _SOONEST or seconds <= 0 or step.share >= 1:
            return "", ""
        rate = f"{_number(done / seconds)} a second" if done else ""
        advance = step.share - share
        return rate, f"{duration((1 - step.share) * seconds / advance)} left" if advance > 0 else ""


class Milestones:
    """Says how far a large run has come where nobody watches a bar: each stage's start, every tenth, and its end."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._say, self._pace = say, Pace(clock)
        self._last: Step | None = None
        self._told: int | None = None  # tenths; None while a stage is not known to be large
        self._already = Once()

    def __call__(self, step: Step) -> None:
        """Take in a step."""
        if self._last is not None and step.stage != self._last.stage:
            self.end()
        self._last = step
        words = self._pace.take(step)
        tenths = int(step.share * 10)
        if self._told is None:
            if max(step.total, step.articles) < LARGE and self._pace.seconds < _LONG:
                return
            self._say(words)
            self._told = tenths
        elif self._told < tenths < 10:
            self._say(words)
            self._told = tenths
        if self._already.due(self._pace):
            self._say(WORDS_ALREADY)

    def end(self) -> None:
        """Say how the stage that was going on has ended."""
        step, told = self._last, self._told
        self._last, self._told = None, None
        if step is None or told is None or step.share < 1:
            return
        self._say(f"{_ended(step)} in {duration(self._pace.seconds)}")


class Once:
    """Tells the moment, once, when it is worth saying that questions work already."""

    def __init__(self) -> None:
        self._said = False

    def due(self, pace: Pace) -> bool:
        """Whether it is now."""
        due = not self._said and pace.stages[-2:] == ["reading", "embedding"] and pace.seconds >= _PATIENCE
        self._said = self._said or due
        return due


def duration(seconds: float) -> str:
    """Write a time as a person says it: "40 s", "2 min", "1 h 20 min".

    >>> [duration(each) for each in (0.2, 44, 100, 5_000)]
    ['1 s', '44 s', '2 min', '1 h 23 min']
    """
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)


def _amount(step: Step) -> int:
    return step.articles if step.stage == "reading" and step.articles else step.done


def _done(step: Step) -> str:
    if step.stage == "storing":
        return f"Storing {step.done:,} of {_counted(step.total, 'vector')}"
    if step.stage == "embedding":
        what = "articles" if step.articles else "chunks"  # a rebuild counts articles
        return f"Embedding {step.done:,} of {step.total:,} {what}"
    if step.articles:
        return f"Reading {_counted(step.articles, 'article')}"
    return f"Looking at {step.done:,} of {_counted(step.total, 'file')}"


def _ended(step: Step) -> str:
    if step.stage == "storing":
        return f"Stored {_counted(step.done, 'vector')}"
    if step.stage == "embedding":
        return f"Embedded {_counted(step.done, 'article' if step.articles else 'chunk')}"
    if step.articles:
        return f"Read {_counted(step.articles, 'article')}"
    return f"Looked at {_counted(step.done, 'file')}"


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _number(rate: float) -> str:
    """Write a rate with no more digits than it is known to."""
    if rate >= 100:
        digits = 10 ** (len(str(int(rate))) - 2)
        return f"{int(rate) // digits * digits:,}"
    return f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"

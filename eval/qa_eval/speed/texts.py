"""Write news-like articles that nobody wrote: the same for the same number, each with a fact that can be asked for."""

from __future__ import annotations

import random
import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from qa_eval.speed.vocabulary import (
    BODIES,
    FIRST_NAMES,
    MONTHS,
    ROLES,
    WEEKDAYS,
    key,
    places,
    surnames,
    words,
    zipf,
)

VERSION = "1"  # change it when the same number gives another text
CHUNKS_PER_ARTICLE = 10  # of 160 tokens, about
PARAGRAPHS, FOLDER_ARTICLES = 10, 1_000
_CODES = {"n": "noun", "v": "verb", "a": "adjective"}
_Item = TypeVar("_Item")

# n, v, a: a noun, a verb, an adjective. p: a person, f: with the role. c: a town. o: an organisation. d: a day.
# w: a weekday. i: a figure. m: money. k: what the article is about.
_SENTENCES = (
    ("The {a} {n} {v} the {n} of {c} on {w}, and the {n} there {v} it.", 4),
    ("{f}, {v} the {a} {n} after {i} people had {v} their {n}.", 3),
    ("“The {n} was {a}, and the {n} {v} it too late,” {p} told reporters in {c}.", 3),
    ("“We {v} every {n} that we had,” said {p}, “and the {a} {n} still {v} us.”", 2),
    ("{o} {v} {m} for the {a} {n}, twice as much as in {d}.", 3),
    ("Between {d} and the {n} of this week, {i} {n}s in {c} were {v}.", 2),
    ("According to {o}, the {n} {v} {i} {a} {n}s, most of them near {c}.", 3),
    ("Nobody in {c} had {v} the {n} when {o} {v} its {a} {n}.", 2),
    ("A {n} of the {a} {n} {v} the {n}, but {p} {v} it within hours.", 2),
    ("The {n} costs {m} a year; the {a} {n}, which {o} {v}, costs {m}.", 2),
    ("{p} had {v} the {n} in {c} before the {a} {n} was {v} on {d}.", 2),
    ("In a {n} of {i} pages, {o} {v} that the {n} “{v} the {a} {n}”.", 2),
    ("Residents of {c} {v} the {n} and the {n}; a {a} {n} {v} them on {w}.", 2),
    ("Whether the {n} of {k} {v} the {a} {n} is what {p} and {p} disagree on.", 1),
    ("The {a} {n} {v}, the {n} {v}, and by {w} the {n} of {c} was {v}.", 2),
    ("For {i} years the {n} in {c} has {v} a {a} {n} without {n} or {n}.", 2),
)

_FACTS: tuple[tuple[str, str, str], ...] = (
    ("{p} has been the head of the {k} Institute since {d}.", "Who is the head of the {k} Institute?", "{p}"),
    ("The {k} flood injured {i} people, the rescue service said.", "How many people did the {k} flood injure?", "{i}"),
    ("The {k} Festival will take place in {c} this summer.", "Where will the {k} Festival take place?", "{c}"),
    ("The {k} Treaty was signed on {d} after long talks.", "When was the {k} Treaty signed?", "{d}"),
)
_ABOUT = ("the {k} Institute", "the {k} flood", "the {k} Festival", "the {k} Treaty")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the words that answer it, and the name of the file that says so; both empty if nothing is known."""

    question: str
    answer: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """An article with the one fact that it alone states."""

    name: str
    text: str
    asked: Asked


def article(number: int) -> Made:
    """Write the article with this number, of about 4,800 characters: a headline, a byline, a dateline, paragraphs."""
    draw = _Draw(number)
    names = {code: draw.name(code) for code in "pcid"} | {"k": key(number)}
    fact, question, answer = (form.format_map(names) for form in _FACTS[number % len(_FACTS)])
    place = int(draw.random() * PARAGRAPHS)
    paragraphs = [draw.paragraph(fact if each == place else "") for each in range(PARAGRAPHS)]
    headline = draw.fill(_HEADLINE).capitalize()
    top = f"{headline}\n\nBy {names['p']} | Published on: {draw.name('d')}\n\n{draw.name('c').upper()} – "
    name = f"{number:07}.txt"
    return Made(name, top + "\n\n".join(paragraphs) + "\n", Asked(question, answer, name))


def write(folder: Path, first: int, last: int) -> int:
    """Write the articles [first, last) below `folder` unless they are there; return their size in bytes."""
    size = 0
    for number in range(first, last):
        path = path_of(folder, number)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(".new")
            draft.write_text(article(number).text, encoding="utf-8", newline="\n")
            draft.replace(path)
        size += path.stat().st_size
    return size


def path_of(folder: Path, number: int) -> Path:
    """Return where the article with this number is: a thousand to a folder."""
    return folder / f"{number // FOLDER_ARTICLES:04}" / f"{number:07}.txt"


def questions(count: int, *, articles: int) -> tuple[Asked, ...]:
    """Return questions about `count` of the first `articles` articles, or about them all, spread evenly."""
    count = min(count, articles)
    return tuple(article(each * articles // count).asked for each in range(count))


class _Draw:
    """What chance gives to one article: its words, and the few names that come up in it again and again.

    Only `random()` is drawn from: Python promises that it stays the same from version to version.
    """

    def __init__(self, number: int) -> None:
        self.random = random.Random(f"{VERSION} {number}").random
        first, last, towns = _names()
        self._drawn = {code: self._words_of(*_lists()[code]) for code in _CODES}
        people = [f"{self._any(first)} {self._any(last)}" for _ in range(5)]
        cast = [self._any(towns) for _ in range(5)]
        bodies = [f"the {town} {self._any(BODIES)}" for town in cast[:3]]
        self._cast = {"p": people, "c": cast, "o": bodies, "k": [_ABOUT[number % len(_ABOUT)].format(k=key(number))]}

    def paragraph(self, fact: str) -> str:
        """Write a paragraph of three to five sentences, one of them `fact` if there is one."""
        sentences = [self.fill(self._any(_compiled())) for _ in range(3 + int(self.random() * 3))]
        if fact:
            sentences[1] = fact
        return " ".join(sentences)

    def fill(self, sentence: tuple[str, str]) -> str:
        """Put words and names into the gaps of a sentence; it begins with a capital letter."""
        form, codes = sentence
        said = form % tuple([next(self._drawn[code]) if code in _CODES else self.name(code) for code in codes])
        return said[0].upper() + said[1:]

    def name(self, code: str) -> str:
        """Return a person, a town, an organisation, a day, a figure or a sum."""
        if code in self._cast:
            return self._any(self._cast[code])
        if code == "f":
            return f"{self.name('p')}, {self._any(ROLES)} of {self.name('o')}"
        if code == "w":
            return self._any(WEEKDAYS)
        if code == "d":
            return f"{self._any(MONTHS)} {1 + int(self.random() * 28)}, {2005 + int(self.random() * 20)}"
        amount = 2 + int(10 ** (1 + 3 * self.random()))
        return f"{amount:,}" if code == "i" else f"{amount / 10:.1f} million crowns"

    def _any(self, listed: Sequence[_Item]) -> _Item:
        return listed[int(self.random() * len(listed))]

    def _words_of(self, listed: Sequence[str], totals: Sequence[float]) -> Iterator[str]:
        top = totals[-1]
        while True:
            yield listed[bisect(totals, self.random() * top)]


@cache
def _lists() -> dict[str, tuple[list[str], list[float]]]:
    """Return the words of each code, with the running totals of how often each comes up."""
    found = {code: words(kind) for code, kind in _CODES.items()}
    return {code: (listed, zipf(len(listed))) for code, listed in found.items()}


@cache
def _names() -> tuple[list[str], list[str], list[str]]:
    return FIRST_NAMES, surnames(), places()


@cache
def _compiled() -> list[tuple[str, str]]:
    """Return each sentence as often as it should come up: its form for `%`, and the codes of its gaps."""
    return [_compile(form) for form, often in _SENTENCES for _ in range(often)]


def _compile(form: str) -> tuple[str, str]:
    return re.sub(r"\{\w\}", "%s", form), "".join(re.findall(r"\{(\w)\}", form))


_HEADLINE = _compile("{a} {n} {v} the {n} in {c}")

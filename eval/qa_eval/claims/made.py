"""The values that claims are made of: articles with their sentences, one sentence, a claim and its label."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from qa.dates import find_dates
from qa.quantities import find_figures
from qa.types import Numbered, Proposed
from qa.words import words
from qa_index.types import Article, Span

LEAST_WORDS, MOST_WORDS = 7, 60  # of a sentence that claims are made of
_QUOTED_WORDS = 8


@dataclass(frozen=True, slots=True)
class Told:
    """An article with the sentences that can be cited, in order."""

    article: Article
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A claim as a language model might propose it, with the sentences it was shown, and whether these support it."""

    kind: str
    supported: bool
    proposed: Proposed
    numbered: Mapping[int, Numbered]


@dataclass(frozen=True, slots=True)
class Source:
    """One sentence that claims are made of, among those that a model is shown."""

    at: Numbered
    numbered: Mapping[int, Numbered]
    random: random.Random
    said: str = ""

    @property
    def text(self) -> str:
        """Its words on one line."""
        return self.said or " ".join(self.at.text.split())

    @property
    def others(self) -> list[Numbered]:
        """Other sentences that share few words with it."""
        mine = {word.stem for word in words(self.text) if word.is_content}
        return [
            each
            for each in self.numbered.values()
            if each.number != self.at.number
            and len(each.text.split()) >= LEAST_WORDS
            and len(mine & {word.stem for word in words(each.text)}) <= 0.3 * len(mine)
        ]

    @property
    def next(self) -> Numbered | None:
        """The sentence behind it in its article."""
        following = self.numbered.get(self.at.number + 1)
        return following if following and following.article.id == self.at.article.id else None

    @property
    def has_quote(self) -> bool:
        """Whether somebody's words stand in it, of which none may be changed."""
        return re.search("[“”„«»\"]|(?<!\\w)['‘]", self.text) is not None

    def claim(self, text: str, *, quote: str | None = None, cite: tuple[int, ...] = ()) -> Proposed:
        """Return a claim that cites this sentence, with words of it as its quote, unless told otherwise."""
        return Proposed(text, cite or (self.at.number,), opening(self.at.text) if quote is None else quote)


Maker = Callable[[Source], Iterator[Proposed]]


def opening(text: str) -> str:
    """Return the first words of a sentence, to quote it by."""
    return " ".join(text.split()[:_QUOTED_WORDS])


def figures(text: str) -> list[tuple[int, int]]:
    """Return the places of numbers that are no part of a date or a name."""
    dates = list(find_dates(text, None))
    return [
        (figure.start, figure.end)
        for figure in find_figures(text)
        if not figure.ordinal
        and text[max(0, figure.start - 1) : figure.start] != "-"
        and not re.fullmatch(r"(?:1[5-9]|20)\d\d", text[figure.start : figure.end])
        and not any(date.start < figure.end and figure.start < date.end for date in dates)
    ]


def kin(one: str, two: str) -> bool:
    """Whether two names may be of one thing: a word of each begins alike."""
    return bool({part[:5] for part in one.lower().split()} & {part[:5] for part in two.lower().split()})

"""Words of a text with their places, stems and whether they say anything: what matching is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from Stemmer import Stemmer

# A word is a run of letters with its combining marks, or a number with its separators: "2,500", "07", "1.5".
_WORD = re.compile(r"\d+(?:[.,:]\d+)*|(?:[^\W\d_][\u0300-\u036f]*)+")

FUNCTION_WORDS = frozenset(
    "a about after again all also am an and any are as at be because been before being but by can could did do "
    "does doing done down during each for from further had has have having he her here hers him himself his how i "
    "if in into is it its itself just let may me might more most much must my no nor not now of off on once only "
    "or other our out over own please s same shall she should so some such t tell than that the their them "
    "themselves then there these they this those through to too under up us very was we were what when where "
    "which while who whom whose why will with would you your yours d ll m re ve".split()
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text at [start, end), and its English stem in lower case."""

    text: str
    start: int
    end: int
    stem: str

    @property
    def is_name(self) -> bool:
        """It begins with a capital letter."""
        return self.text[:1].isupper()

    @property
    def is_number(self) -> bool:
        """It is written in digits."""
        return self.text[:1].isdigit()

    @property
    def is_content(self) -> bool:
        """It says something by itself: not a function word, not a lone letter."""
        return self.text.lower() not in FUNCTION_WORDS and (len(self.text) > 1 or self.is_number)


@cache
def _stemmer() -> Stemmer:
    from Stemmer import Stemmer

    return Stemmer("english")


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Return a word's English stem in lower case; a number loses its thousands separators."""
    if word[:1].isdigit():
        return word.replace(",", "")
    return str(_stemmer().stemWord(word.lower()))


@lru_cache(maxsize=2048)
def words(text: str, start: int = 0, end: int | None = None) -> tuple[Word, ...]:
    """Return the words of text[start:end] in order; offsets count from the beginning of `text`.

    Remembered, because the same sentences are read for question after question.
    """
    found = _WORD.finditer(text, start, len(text) if end is None else end)
    return tuple(Word(m.group(), m.start(), m.end(), stem(m.group())) for m in found)


@lru_cache(maxsize=1024)
def stems(text: str) -> frozenset[str]:
    """Return the stems of all words of a text; remembered, because the same articles are read again and again."""
    return frozenset(stem(found.group()) for found in _WORD.finditer(text))


def content(text: str) -> Iterator[Word]:
    """Yield the words of a text that say something by themselves."""
    return (word for word in words(text) if word.is_content)


def same(left: str, right: str) -> bool:
    """Whether two stems name one thing: equal, or one begins with five or more letters of the other.

    "kazakh" and "kazakhstan", "russia" and "russian", "stabilis" and "stabil"; numbers must be equal.
    """
    if left == right:
        return True
    if left[:1].isdigit() or right[:1].isdigit():
        return False
    short, long = sorted((left, right), key=len)
    return len(short) >= 5 and len(long) - len(short) <= 5 and long.startswith(short[: max(5, len(short) - 1)])

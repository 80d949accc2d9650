"""Say whether two written numbers can both be true: "more than 4,200" and "4,266" can, "2,500" and "250" cannot."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_VALUES = (
    {word: float(i) for i, word in enumerate(_WORDS)}
    | {word: 10.0 * i for i, word in enumerate(_TENS, start=2)}
    | {"half": 0.5, "twice": 2.0, "double": 2.0, "doubled": 2.0, "doubling": 2.0, "tripled": 3.0, "triple": 3.0}
)
_VAGUE = {
    "dozens": (24, 199),
    "scores": (40, 400),
    "hundreds": (200, 1_999),
    "thousands": (2_000, 100_000),
    "tens of thousands": (20_000, 200_000),
    "hundreds of thousands": (200_000, 2_000_000),
    "millions": (2e6, 1e9),
}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0}
_SCALES |= {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "tn": 1e12}
_SCALE = re.compile(rf"\s?(?:-\s?)?({'|'.join(sorted(_SCALES, key=len, reverse=True))})\b", re.IGNORECASE)
_WORDED = "|".join(sorted((*_VAGUE, *_VALUES), key=len, reverse=True))
_DIGITS = r"\d+(?:,\d{3})*(?:\.\d+)?"
_FIGURE = re.compile(rf"{_DIGITS}|\b(?:{_WORDED})\b", re.IGNORECASE)
_RANGE = re.compile(rf"\s?(?:-|–|to)\s?({_DIGITS})(?![.,]?\d)", re.IGNORECASE)
_BETWEEN = re.compile(rf"\s?and\s?({_DIGITS})(?![.,]?\d)", re.IGNORECASE)
_MINUS = re.compile(r"(?:(?<![\w)])[-−]|\bminus\s)$", re.IGNORECASE)
_ABOVE = re.compile(r"\b(?:more than|over|at least|no fewer than)\b")
_BELOW = re.compile(r"\b(?:less than|fewer than|under|at most|up to|nearly|almost|as many as)\b")
_NEAR = re.compile(r"\b(?:about|around|roughly|some|approximately|nearly|almost)\b")


@dataclass(frozen=True, slots=True)
class Quantity:
    """The range [low, high] that a written number leaves open."""

    low: float
    high: float

    def agrees(self, other: Quantity) -> bool:
        """Whether one true value could lie behind both."""
        return self.low <= other.high and other.low <= self.high


def quantity(written: str) -> Quantity | None:
    """Read the first number of a text as news writes it: digits, words, "dozens", "40m", "40 to 50"; None if none.

    "more than" leaves 25 % above, "nearly" and "up to" 20 % below, "about" 10 % on either side open.
    """
    text = written.lower().replace(",", "")
    place = figure(text)
    if place is None:
        return None
    found = text[place[0] : place[1]]
    if found in _VAGUE:
        return Quantity(*_VAGUE[found])
    value = _value(text, place)
    if to := (_BETWEEN if "between" in text[: place[0]] else _RANGE).match(text, place[1]):
        high = _value(text, to.span(1))
        return Quantity(min(value, high), max(value, high))
    if _ABOVE.search(text):
        return Quantity(value, value * 1.25)
    if _BELOW.search(text):
        return Quantity(value * 0.8, value)
    if _NEAR.search(text):
        return Quantity(value * 0.9, value * 1.1)
    return Quantity(value, value)


def figure(text: str) -> tuple[int, int] | None:
    """Return where the first number of a text stands, without what makes it vague and without its unit."""
    found = _FIGURE.search(text)
    return found.span() if found else None


def _value(text: str, place: tuple[int, int]) -> float:
    """Return the number that stands at a place, with its sign and its scale."""
    written = text[place[0] : place[1]].lower().replace(",", "")
    value = _VALUES.get(written, 0.0) if written[0].isalpha() else float(written)
    scale = _SCALE.match(text, place[1])
    return value * (_SCALES[scale[1].lower()] if scale else 1) * (-1 if _MINUS.search(text, 0, place[0]) else 1)

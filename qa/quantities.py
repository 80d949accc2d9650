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
    """Read a number as news writes it: digits, words, "dozens", "nearly 2,500"; None if it is none of these.

    "more than" leaves 25 % above, "nearly" and "up to" 20 % below, "about" 10 % on either side open.
    """
    text = written.lower().replace(",", "")
    for vague, (low, high) in sorted(_VAGUE.items(), key=lambda item: -len(item[0])):
        if re.search(rf"\b{vague}\b", text):
            return Quantity(low, high)
    value = _value(text)
    if value is None:
        return None
    if _ABOVE.search(text):
        return Quantity(value, value * 1.25)
    if _BELOW.search(text):
        return Quantity(value * 0.8, value)
    if _NEAR.search(text):
        return Quantity(value * 0.9, value * 1.1)
    return Quantity(value, value)


def _value(text: str) -> float | None:
    found = re.search(r"\d+(?:\.\d+)?", text)
    word = next((_VALUES[w] for w in re.findall(r"[a-z]+", text) if w in _VALUES), None)
    value = float(found.group()) if found else word
    if value is None:
        return None
    for scale, factor in _SCALES.items():
        if re.search(rf"\b{scale}\b", text):
            value *= factor
    return value

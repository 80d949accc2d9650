"""Read numbers as news writes them, and say whether two can both be true: "2,500" and "250" cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

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

Bound = Literal["", "above", "below", "near"]
_ORDINALS = dict(
    zip(
        "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), range(2, 13), strict=True
    )
)
_MULTIPLIERS = "hundred|thousand|million|billion|trillion|dozen"
_COUNTED = "|".join(
    sorted(
        (*_WORDS, *_TENS, *_ORDINALS, "half", "twice", "double", "doubled", "triple", "tripled"), key=len, reverse=True
    )
)
_SCALE_NAMES = "|".join(sorted(_SCALES, key=len, reverse=True))
_WORDY = (  # "twenty-five", "two hundred and fifty thousand", "half a million"
    rf"(?:half\s+an?|an?|{_COUNTED}|{_MULTIPLIERS})"
    rf"(?:[\s-]+(?:{_MULTIPLIERS})|(?<=ty)[\s-](?:{_COUNTED})|(?:(?<=red)|(?<=sand)|(?<=lion))\s+(?:and\s+)?(?:{_COUNTED}))*"
)
_PARTS = dict(zip("half third quarter fifth sixth seventh eighth ninth tenth".split(), range(2, 11), strict=True))
_PARTED = "|".join(_PARTS)
_FRACTION = (  # "three-quarters", "one third", "a third of": not "a third man"
    rf"(?P<parts>an?|one|two|three|four|five|six|seven|eight|nine)[\s-]"
    rf"(?P<of>(?:halve|{_PARTED})s|(?<=one.)(?:{_PARTED})|quarter|(?:{_PARTED})(?=\s+of\b|\s?[.,;]))\b"
)
_NUMBER = re.compile(
    r"(?<![\w.])(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s?(?P<half>[ap])\.?m\b\.?"
    r"|(?<![\w.:])(?P<hour24>\d{1,2}):(?P<minute24>\d\d)(?![\d:])"
    rf"|\b(?P<vague>{'|'.join(sorted(_VAGUE, key=len, reverse=True))})\b"
    rf"|\b{_FRACTION}"
    rf"|(?<![\w.])(?P<digits>{_DIGITS})(?:(?P<ordinal>st|nd|rd|th)\b|s\b|(?:\s|-)?(?P<scale>{_SCALE_NAMES})\b)?"
    rf"|\b(?P<words>{_WORDY})\b",
    re.IGNORECASE,
)
_PER_CENT = re.compile(r"\s?(?:%|per\s?cent\b|percentage\s+points?\b)", re.IGNORECASE)
_MONEY = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₽": "ruble", "₹": "rupee", "₸": "tenge"}
_MONEY_BEFORE = re.compile(r"([$€£¥₽₹₸])\s?$")
_MONEY_BEHIND = re.compile(r"\s(?:US\s|American\s)?(dollar|euro|pound|yen|yuan|ro?uble|rupee|tenge)s?\b", re.IGNORECASE)
_BELOW_ZERO = re.compile(r"(?:\s(?:degrees?|celsius|fahrenheit))*\sbelow\s(?:zero|freezing)\b", re.IGNORECASE)
_TO = re.compile(r"\s?(?:-|–|to|and|or)\s?[$€£¥₽₹₸]?", re.IGNORECASE)
_ALMOST = r"\s+(?:the\s+|an?\s+|some\s+)?(?:US)?[$€£¥₽₹₸]?$"
_BOUNDS: tuple[tuple[Bound, re.Pattern[str]], ...] = tuple(
    (bound, re.compile(rf"\b({words}){_ALMOST}", re.IGNORECASE))  # type: ignore[misc]
    for bound, words in (
        ("below", "no(?:t)? more than|at most|up to|as many as|less than|fewer than|under|below|nearly|almost|within"),
        ("above", "no(?:t)? (?:less|fewer) than|at least|more than|over|above|exceeding|exceeds|upwards of"),
        ("near", "about|around|roughly|some|approximately|circa|estimated"),
    )
)
_STRICT = ("less than", "fewer than", "under", "below", "more than", "over", "above", "exceeding", "exceeds")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text at [start, end), between `low` and `high`, which are one where it is exact.

    `unit` is "%", "time" (in minutes), the name of a currency, or empty; `bound` what the words before it make of it,
    `strict` if they leave the number itself out ("more than", not "at least").
    """

    start: int
    end: int
    low: float
    high: float
    unit: str = ""
    bound: Bound = ""
    ordinal: bool = False
    strict: bool = False


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


def find_figures(text: str) -> Iterator[Figure]:
    """Yield the numbers of a text in order: digits with their scale, words ("twenty-five", "half a million"), times.

    Words that count nothing by themselves ("a", "one") are left out, and so are digits inside a name ("G20").
    """
    found = [figure for match in _NUMBER.finditer(text) if (figure := _read(match)) is not None]
    shared = [
        replace(left, unit=right.unit) if not left.unit and _TO.fullmatch(text, left.end, right.start) else left
        for left, right in pairwise(found)
    ]
    yield from (*shared, *found[-1:])


def _read(match: re.Match[str]) -> Figure | None:
    """Make a figure of what was matched; None where it counts nothing."""
    text, (start, end) = match.string, match.span()
    bound, strict = _bound(text, start)
    if match["vague"]:
        low, high = _VAGUE[match["vague"].lower()]
        return Figure(start, end, low, high, bound=bound)
    if match["hour"] or match["hour24"]:
        minutes = _minutes(match)
        return Figure(start, end, minutes, minutes, "time")
    counted = (_in_digits if match["digits"] else _in_parts if match["parts"] else _in_words)(match)
    if counted is None:
        return None
    value, ordinal = counted
    if _MINUS.search(text, max(0, start - 7), start) or _BELOW_ZERO.match(text, end):
        value = -value
    return Figure(start, end, value, value, _unit(text, start, end), bound, ordinal, strict)


def _minutes(match: re.Match[str]) -> float:
    minutes = 60.0 * (int(match["hour"] or match["hour24"]) % (12 if match["half"] else 24))
    return minutes + float(match["minute"] or match["minute24"] or 0) + 720 * ((match["half"] or "").lower() == "p")


def _in_digits(match: re.Match[str]) -> tuple[float, bool]:
    value = float(match["digits"].replace(",", "")) * _SCALES.get((match["scale"] or "").lower(), 1)
    return value, match["ordinal"] is not None


def _in_parts(match: re.Match[str]) -> tuple[float, bool]:
    part = match["of"].lower().removesuffix("s").replace("halve", "half")
    return _VALUES.get(match["parts"].lower(), 1.0) / _PARTS[part], False


def _in_words(match: re.Match[str]) -> tuple[float, bool] | None:
    written = match["words"].lower()
    zero = written == "zero" and match.string[max(0, match.start() - 6) : match.start()].lower() == "below "
    return None if zero else _counted(written)


def _counted(written: str) -> tuple[float, bool] | None:
    """Return the value of a number in words, and whether it is an ordinal; None for "a" and "one" alone."""
    total = current = 0.0
    parts = re.findall(r"[a-z]+", written)
    for part in parts:
        if part in _SCALES:
            current = (current or 1) * _SCALES[part]
            if _SCALES[part] >= 1000:
                total, current = total + current, 0.0
        else:
            current += _VALUES.get(part, _ORDINALS.get(part, 0.0))
    ordinal = parts[-1] in _ORDINALS
    return None if written in ("a", "an", "one", "half a", "half an") else (total + current, ordinal)


def _unit(text: str, start: int, end: int) -> str:
    if _PER_CENT.match(text, end):
        return "%"
    if before := _MONEY_BEFORE.search(text, max(0, start - 3), start):
        return _MONEY[before[1]]
    behind = _MONEY_BEHIND.match(text, end)
    return behind[1].lower().replace("rouble", "ruble") if behind else ""


def _bound(text: str, start: int) -> tuple[Bound, bool]:
    """Say what the words just before a number make of it, and whether they leave the number itself out."""
    for bound, words in _BOUNDS:
        if found := words.search(text, max(0, start - 40), start):
            return bound, found[1].lower() in _STRICT
    return "", False

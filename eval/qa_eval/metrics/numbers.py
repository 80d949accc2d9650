"""Write numbers one way: "five" as 5, "1,200" as 1200, "4.2 million" as 4200000, "$5" as 5 dollars."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext

POINT = "·"  # stands for the decimal point, which SQuAD's normalising would drop: 4.2 is not 42

_UNITS = "one two three four five six seven eight nine".split()
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_FACTORS = {"dozen": 12, "hundred": 100} | _SCALES
_SHORT = {"k": "thousand", "m": "million", "mn": "million", "b": "billion", "bn": "billion", "tn": "trillion"}
_VALUES = {word: i for i, word in enumerate(_UNITS + _TEENS, start=1)}
_VALUES |= {word: 10 * i for i, word in enumerate(_TENS, start=2)} | {"zero": 0}
_FIRST = "first second third fourth fifth sixth seventh eighth ninth".split()
_TENTH = "tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split()
_ORDINALS = {word: i for i, word in enumerate(_FIRST + _TENTH, start=1)}
_ORDINALS |= {f"{word[:-1]}ieth": 10 * i for i, word in enumerate(_TENS, start=2)}

_KINDS = (
    dict.fromkeys(_UNITS, "unit")
    | dict.fromkeys(_TEENS, "teen")
    | dict.fromkeys(_TENS, "tens")
    | dict.fromkeys(_SCALES, "scale")
    | {word: word for word in ("zero", "dozen", "hundred")}
)
# What a word may follow inside one number; the empty string is its beginning.
_AFTER = {
    "zero": {""},
    "unit": {"", "tens", "hundred", "scale"},
    "teen": {"", "hundred", "scale"},
    "tens": {"", "hundred", "scale"},
    "dozen": {"", "unit", "teen", "tens"},
    "hundred": {"", "unit", "teen"},
    "scale": {"", "unit", "teen", "tens", "hundred"},
}

_GAP = r"(?:\s+|-)"
# Not inside a word, nor a part of 2,5 or 1.2.3: these may be lists, or decimals of another country.
_WRITTEN = re.compile(
    rf"(?<![\w.,{POINT}])"
    rf"(?P<digits>\d{{1,3}}(?:[,'\u2009\u202f\u00a0]\d{{3}})+(?:[.{POINT}]\d+)?|\d*[.{POINT}]\d+|\d+)"
    rf"(?P<scales>(?:{_GAP}(?:{'|'.join(_FACTORS)})s?\b)*)(?!\w|[.,{POINT}]\d)",
    re.IGNORECASE,
)
_MONEY_SHORT = re.compile(r"([$€£]\s?\d[\d.,]*)\s?(k|mn?|bn?|tn)\b", re.IGNORECASE)
_BILLION = re.compile(r"(?<=\d)\s?bn\b", re.IGNORECASE)
_UNIT = re.compile(r"(?<=\d)(km|kg|cm|mm|mph|am|pm)\b", re.IGNORECASE)
_ORDINAL = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)}){_GAP}(?P<unit>{'|'.join(_FIRST)})|(?P<word>{'|'.join(_ORDINALS)}))\b",
    re.IGNORECASE,
)
_WORD = rf"\b(?:{'|'.join(_KINDS)})\b"
_RUN = re.compile(rf"{_WORD}(?:(?:{_GAP}and)?{_GAP}{_WORD})*", re.IGNORECASE)
# "no one" is not "No. 1".
_PRONOUN = re.compile(r"\b(?:no|any|every|each|some|this|that|which|the)\s+one(?!\w)|\bone\s+another\b", re.IGNORECASE)
_NUMBER = rf"(?<![\d{POINT}])\d+(?:{POINT}\d+)?"
_CURRENCIES = (
    (re.compile(rf"\bUS\$\s?({_NUMBER})|({_NUMBER})\sUS\sdollars?\b", re.IGNORECASE), "us dollars"),
    (re.compile(rf"(?<!\w)\$\s?({_NUMBER})|({_NUMBER})[\s-]dollars?\b", re.IGNORECASE), "dollars"),
    (re.compile(rf"€\s?({_NUMBER})|({_NUMBER})(?:\s?€|[\s-]euros?\b)", re.IGNORECASE), "euros"),
    (re.compile(rf"£\s?({_NUMBER})|({_NUMBER})\spounds\ssterling\b", re.IGNORECASE), "£"),
)
_PERCENT = re.compile(r"\s?%|\bper\s?cent\b", re.IGNORECASE)
_MINUS = re.compile(r"(?:(?<![^\s(\[])-|−)(?=[$€£]?\d)")
_RANGE = re.compile(r"(?<=\d)\s?[-–—]\s?(?=\d)")


def alike_numbers(text: str) -> str:
    """Write every number that is written in figures or in words in figures, with its percent and its currency.

    A decimal point becomes a middle dot. "one" stays a word where it is a pronoun, "pounds" where it may be a weight.
    """
    text = _MONEY_SHORT.sub(lambda found: f"{found[1]} {_SHORT[found[2].lower()]}", text)
    text = _UNIT.sub(r" \1", _BILLION.sub(" billion", text))
    text = _ORDINAL.sub(_ordinal, _WRITTEN.sub(_figures, text))
    pronouns = {found.start() + found[0].lower().index("one") for found in _PRONOUN.finditer(text)}
    text = _RUN.sub(lambda found: found[0] if found.start() in pronouns else _from_words(found[0]), text)
    text = _MINUS.sub(" minus ", text)
    for pattern, name in _CURRENCIES:
        text = pattern.sub(rf"\1\2 {name}", text)
    return _PERCENT.sub(" percent", text)


def alike_ranges(text: str) -> str:
    """Write "10-12" as "10 to 12"; dates, which have hyphens too, must have been read before."""
    return _RANGE.sub(" to ", text)


def _figures(found: re.Match[str]) -> str:
    """Return digits without separators and without zeros that say nothing, multiplied by the words after them."""
    digits = re.sub(r"[^\d.]", "", found["digits"].replace(POINT, "."))
    words = re.findall(r"[a-z]+", found["scales"].lower())
    whole, _, decimals = digits.partition(".")
    if not words and ((len(whole) > 1 and whole[0] == "0") or (whole.strip("0") and len(decimals) == 3)):
        return digits.replace(".", POINT)  # 007 is no amount, and 1.200 may be 1,200 elsewhere
    with localcontext(prec=len(digits) + 99):  # exact
        value = Decimal(digits)
        for word in words:
            value *= _FACTORS[word.removesuffix("s")]
        figures = f"{value:f}"
    return (figures.rstrip("0").rstrip(".") if "." in figures else figures).replace(".", POINT)


def _ordinal(found: re.Match[str]) -> str:
    word, tens, unit = (found[name] and found[name].lower() for name in ("word", "tens", "unit"))
    number = _ORDINALS[word] if word else _VALUES[tens] + _ORDINALS[unit]
    suffix = "th" if 10 < number < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _from_words(run: str) -> str:
    """Return the numbers that a run of words spells, each in figures, with what stands between them."""
    pieces = re.split(r"(\s+|-)", run.lower())
    return "".join(str(part) for part in _parts(pieces[::2], [*pieces[1::2], ""]))


@dataclass(slots=True)
class _Count:
    """A number as its words come in: `total` is what a scale has closed, `group` what is open, below 10,000."""

    total: int = 0
    group: int = 0
    last: str = ""
    scale: int = 10**15

    def takes(self, following: list[str]) -> bool:
        """Whether the first of the words goes on with the number: in "five hundred two" it does, in "five two" not.

        So it does in "five million two hundred thousand", but not in "five million two million".
        """
        closing = next((_SCALES[word] for word in following if word in _SCALES), 0)
        again = self.last == "hundred" and following[1:2] == ["hundred"]
        return self.last in _AFTER[_KINDS[following[0]]] and closing < self.scale and not again

    def add(self, word: str) -> None:
        self.last = _KINDS[word]
        if word in _SCALES:
            self.total, self.group, self.scale = self.total + (self.group or 1) * _SCALES[word], 0, _SCALES[word]
        elif word in _FACTORS:
            self.group = (self.group or 1) * _FACTORS[word]
        else:
            self.group += _VALUES[word]

    def __str__(self) -> str:
        return str(self.total + self.group)


def _parts(words: list[str], gaps: list[str]) -> Iterator[_Count | str]:
    """Yield the numbers, and the gaps that part them as they are; `gaps[i]` is what follows `words[i]`."""
    count, between = _Count(), ""
    for i, word in enumerate(words):
        if word == "and":
            between += word
        elif count.takes(words[i : i + 6]) and ("and" not in between or count.last in ("hundred", "scale")):
            count.add(word)
            between = ""
        else:
            yield count
            yield between
            count, between = _Count(), ""
            count.add(word)
        between += gaps[i]
    yield count

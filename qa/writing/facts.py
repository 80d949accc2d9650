"""Whether every number and date of a claim stands in the sentences it cites."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from functools import cache

from qa.dates import Dated, find_dates
from qa.quantities import Figure, find_figures
from qa.words import Word, stem, stems, words
from qa.writing.evidence import Evidence

_MONTHS = "january february march april may june july august september october november december".split()
# A month, season or decade without a day; "May" and "March" only where they cannot be verbs.
_LOOSE = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:[Ss]pring|[Ss]ummer|[Aa]utumn|[Ww]inter)(?=\s+of\b|\s+\d))\b"
)
_PREPOSED = re.compile(r"\b(?:in|since|until|by|during|of|from|for|early|late|mid|through)[\s-]+$", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
# Units; those on one line of a "|" are one.
_UNITS = (
    "minute min|hour|day|week|month|year|decade|century|kilometre kilometer km kms|metre meter|mile|foot feet ft|inch"
    "|centimetre centimeter cm|kilogram kilogramme kg|gram|tonne|ton|pound lb lbs|litre liter|gallon|barrel|degree|acre"
    "|hectare|percent|dollar|euro|yen|ruble rouble|tenge|seat|goal|point|kmh kph|mph"
)
_COUNTABLE = frozenset("people men women children police troops".split())
# What stands before a year: "in 2022", "the 2022 election".
_BEFORE_YEAR = re.compile(
    r"(?:\b(?:the|this|in|since|of|by|until|during|from|year|early|late|mid|for|to|and)|['’]s|\b[A-Z]\w+)[\s-]+$",
    re.IGNORECASE,
)
_OF = re.compile(r"\s+of\s+(?:the\s+)?(?=\w)")
_NOUNS = 3  # words behind a number that may be what it counts: "40 badly damaged houses"
_CLOSE = 1e-9


def strange_number(claim: str, evidence: Evidence) -> str | None:
    """Return the first number of the claim that the evidence does not have, or has of something else; None if none.

    Numbers may be written in another way: "1,000", "1000" and "a thousand" are one. "More than 4,000" stands for 4,266.
    """
    dates = [(date.start, date.end) for date in find_dates(claim, evidence.published)]
    figures = [
        figure
        for figure in find_figures(claim)
        if not any(start < figure.end and figure.start < end for start, end in dates)
    ]
    for figure in figures:
        written, nouns = claim[figure.start : figure.end], _nouns(claim, figure.end)
        counting = _counts(claim, figure, nouns)
        like = [
            each for each in evidence.figures if _agrees(figure, each) and not (counting and _is_dated(each, evidence))
        ]
        if not like and (counting or not _is_year(written, evidence)):
            return written
        others = [each for each in figures if each is not figure]
        if like and (
            _is_of_another(figure, nouns, like, others, claim, evidence) or _is_measured(figure, claim, like, evidence)
        ):
            return claim[figure.start : nouns[0].end] if nouns else written
    return None


def _counts(claim: str, figure: Figure, nouns: tuple[Word, ...]) -> bool:
    """Whether a number tells how many, and not which year."""
    if not nouns or not _YEAR.fullmatch(claim, figure.start, figure.end):
        return bool(nouns)
    several = nouns[0].text.lower() in _COUNTABLE or nouns[0].text.endswith("s")
    return several and not _BEFORE_YEAR.search(claim, max(0, figure.start - 20), figure.start)


def _is_dated(figure: Figure, evidence: Evidence) -> bool:
    """Whether a number of the evidence is part of a date, so that it counts nothing: not of "two days ago"."""
    for start, end in evidence.dated:
        if start <= figure.start and figure.end <= end:
            return re.search(r"\b(?:ago|earlier|later)$", evidence.text[start:end]) is None
    return False


def _is_of_another(
    figure: Figure, nouns: tuple[Word, ...], like: list[Figure], others: list[Figure], claim: str, evidence: Evidence
) -> bool:
    """Whether a number counts one thing in the claim and another in the evidence, which counts the first otherwise.

    What it counts in the evidence may stand elsewhere in the claim, unless another number counts it there.
    """
    if not nouns or figure.ordinal:
        return False
    elsewhere = {word.stem for other in others for word in _nouns(claim, other.end)}
    told = stems(claim) - elsewhere
    counted = [_nouns(evidence.text, each.end) for each in evidence.figures]
    if not any(_are_same(nouns, each) for each in counted):
        return False
    own = [_nouns(evidence.text, each.end) for each in like]
    return all(each and not _are_same(nouns, each) and each[0].stem not in told for each in own)


def _are_same(one: tuple[Word, ...], two: tuple[Word, ...]) -> bool:
    """Whether two numbers may count the same: "40 houses" and "40 lost houses"."""
    return bool(one and two) and (
        one[0].stem in {word.stem for word in two} or two[0].stem in {word.stem for word in one}
    )


def _is_measured(figure: Figure, claim: str, like: list[Figure], evidence: Evidence) -> bool:
    """Whether a number has a unit in the claim and has only others in the evidence."""
    unit = _measured(claim, figure.end, 1)
    others = {_measured(evidence.text, each.end, _NOUNS) or each.unit for each in like}
    return bool(unit) and not figure.unit and not others & {"", unit}


def _agrees(claimed: Figure, stated: Figure) -> bool:
    """Whether a number as claimed follows from one as stated."""
    if claimed.unit and claimed.unit != stated.unit and not {claimed.unit, stated.unit} <= {"", "time"}:
        return False
    if stated.low < stated.high:  # "dozens" does not say how many
        return claimed.low < claimed.high and claimed.low <= stated.high and stated.low <= claimed.high
    if claimed.low < claimed.high:
        return claimed.low <= stated.low <= claimed.high
    value, true = claimed.low, stated.low
    equal = abs(value - true) <= _CLOSE * max(abs(value), abs(true), 1)
    if equal:
        opposed = {claimed.bound, stated.bound} == {"above", "below"}
        return not opposed and (stated.strict or not claimed.strict)
    return not stated.bound and _rounds(claimed, true)


def _rounds(claimed: Figure, true: float) -> bool:
    """Whether a number with a bound ("more than 4,000", "about 2,500") is a round way to say a true one."""
    value = claimed.low
    match claimed.bound:
        case "above":
            return value < true <= 1.25 * value
        case "below":
            return 0.8 * value <= true < value
        case "near":
            return abs(true - value) <= 0.1 * value
    return False


def _measured(text: str, end: int, reach: int) -> str:
    """Return the unit in the words behind a number, empty if there is none."""
    return next((_units()[word.stem] for word in words(text, end, end + 40)[:reach] if word.stem in _units()), "")


@cache
def _units() -> dict[str, str]:
    """Return the first name of each unit by the stems of all its names."""
    return {stem(name): each.split()[0] for each in _UNITS.split("|") for name in each.split()}


def _is_year(written: str, evidence: Evidence) -> bool:
    """Whether a number is the year of a date in the evidence."""
    return bool(_YEAR.fullmatch(written)) and any(
        date.day is not None and date.day.year == int(written) for _, date in evidence.dates
    )


def _nouns(text: str, end: int) -> tuple[Word, ...]:
    """Return what a number counts: up to three words right behind it, as far as each says something."""
    found: list[Word] = []
    end = joint.end() - 1 if (joint := _OF.match(text, end)) else end
    for word in words(text, end, end + 60)[:_NOUNS]:
        if not re.fullmatch(r"[\s-]", text[end : word.start]) or not word.is_content or word.is_number:
            break
        found.append(word)
        end = word.end
    return tuple(found)


def strange_date(claim: str, evidence: Evidence) -> str | None:
    """Return the first date of the claim that the evidence does not have, None if it has all.

    "On Wednesday" supports the day that it means in an article of a known date; a day supports its month and year.
    """
    stated = [day for _, date in evidence.dates if (day := date.day) is not None]
    written = {_plain(text) for text, _ in evidence.dates}
    told = evidence.text.lower()
    for date in find_dates(claim, evidence.published):
        text = claim[date.start : date.end]
        if _plain(text) in written and (date.relative or date.day is None):
            continue
        if not _is_stated(date, text, stated, told):
            return text
    for text in _loose(claim, evidence.published):
        month = text.lower()
        verb = month in ("may", "march")  # in small letters
        if not re.search(
            rf"\b{text[:3]}(?:{text[3:]}|t)?\b", evidence.text, re.NOFLAG if verb else re.IGNORECASE
        ) and not any(_MONTHS[day.month - 1] == month for day in stated):
            return text
    return None


def _is_stated(date: Dated, text: str, stated: Iterable[dt.date], told: str) -> bool:
    if date.day is not None:
        return date.day in stated
    lowered = text.lower()
    year = _YEAR.search(lowered)
    if year is None:
        return _plain(text) in told
    month = next((i for i, name in enumerate(_MONTHS, start=1) if name[:3] in lowered), None)
    if month is None:
        return year[0] in told or any(day.year == int(year[0]) for day in stated)
    together = re.search(rf"\b{_MONTHS[month - 1][:3]}[a-z]*\.?,?\s+(?:of\s+)?{year[0]}\b", told)
    return together is not None or any((day.year, day.month) == (int(year[0]), month) for day in stated)


def _plain(text: str) -> str:
    """Return a date without what does not change it: "on Wednesday" and "Wednesday" are one."""
    return re.sub(r"^(?:on|in|since|by|until|the|this|early|late)\s+", "", " ".join(text.lower().split()))


def _loose(claim: str, published: dt.date | None) -> Iterator[str]:
    """Yield the months and seasons of a claim that stand alone."""
    taken = [(date.start, date.end) for date in find_dates(claim, published)]
    for match in _LOOSE.finditer(claim):
        inside = any(start <= match.start() < end for start, end in taken)
        if not inside and _PREPOSED.search(claim, max(0, match.start() - 12), match.start()):
            yield match.group()

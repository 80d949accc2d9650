"""Dates as articles write them, worked out to calendar days against the day the article appeared."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

_MONTHS = "january february march april may june july august september october november december".split()
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_MONTH = r"(?P<{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"  # noqa: E501
_DAY = r"(?P<{0}>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_WEEKDAY = r"(?:(?P<when>last|next|this|early|late|pre-dawn|on)\s+)?(?P<weekday>" + "|".join(_WEEKDAYS) + r")"

_FORMS = re.compile(
    "|".join(
        (
            r"\b(?P<iso>(?:1[5-9]|20)\d\d-\d\d-\d\d)\b",
            r"\b" + _MONTH.format("m1") + r"\s+" + _DAY.format("d1") + r"\b(?:,?\s+(?P<y1>(?:1[5-9]|20)\d\d)\b)?",
            r"\b"
            + _DAY.format("d2")
            + r"\s+(?:of\s+)?"
            + _MONTH.format("m2")
            + r"\b(?:,?\s+(?P<y2>(?:1[5-9]|20)\d\d)\b)?",
            r"\b" + _MONTH.format("m3") + r",?\s+(?:of\s+)?(?P<y3>(?:1[5-9]|20)\d\d)\b",
            r"\b" + _WEEKDAY + r"\b",
            r"\b(?P<near>today|tonight|yesterday|tomorrow)\b",
            r"\b(?P<count>\d+|two|three|four|five|six|seven|ten)\s+days\s+(?P<way>ago|earlier|later)\b",
            r"\b(?P<vague>(?:last|next|this|previous)\s+(?:week|month|year|weekend)|(?:the\s+)?(?:start|beginning|end)\s+of\s+"
            r"(?:the|this|last)\s+(?:week|month|year)|the\s+(?:previous|same|next|following)\s+day)\b",
            r"\b(?:in|since|by|until|during|of|from|year)\s+(?P<year>(?:1[5-9]|20)\d\d)\b(?!\s+(?:people|soldiers|troops))",
        )
    ),
    re.IGNORECASE,
)
# What stands before a weekday that is still to come, in the same clause.
_AHEAD = re.compile(r"\b(?:will|shall|scheduled|planned|plans|due|expected)\b[^.;:!?]*$", re.IGNORECASE)
# Between a weekday and its date.
_JOINT = re.compile(r"[\s,(]{1,3}(?:the\s)?")
# What makes another day of the one that is named: "the day before yesterday", "a week ago on Friday", "Friday week".
_SHIFTED = re.compile(r"\b(?:before|after|ago(?:\s+on)?|later(?:\s+on)?|week\s+on)\s+(?:the\s+)?$", re.IGNORECASE)
_SHIFTED_BEHIND = re.compile(r"\s+(?:before\s+last|after\s+next|week)\b", re.IGNORECASE)
# What may stand beside a day without changing it.
_BESIDE = re.compile(
    r"(?:\s|[,()]|\b(?:on|at|in|the|late|early|morning|evening|night|afternoon|dawn|before dawn|noon|midnight)\b)*",
    re.IGNORECASE,
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10}


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in a text at [start, end): the `day` it means, None if that cannot be told; `relative` if worked out."""

    start: int
    end: int
    day: dt.date | None
    relative: bool


def find_dates(text: str, published: dt.date | None) -> Iterator[Dated]:
    """Yield the dates in a text in order; relative days count from `published`, and stay unknown without it.

    A weekday with its date ("Friday, 31 December 2021", "Sunday (2 January)") is one date, that of its number.
    """
    weekday: Dated | None = None
    for date, is_weekday in _dates(text, published):
        if weekday and not is_weekday and _JOINT.fullmatch(text, weekday.end, date.start):
            yield Dated(weekday.start, date.end, date.day, date.relative)
            weekday = None
            continue
        if weekday:
            yield weekday
        weekday = date if is_weekday else None
        if not is_weekday:
            yield date
    if weekday:
        yield weekday


def the_day(text: str, start: int, end: int, published: dt.date | None) -> Dated | None:
    """Return the date behind text[start:end] if it had to be worked out, and nothing but that one day stands there.

    "from Monday to Wednesday" is no one day, and "two days after Wednesday" not that one.
    """
    found = [date for date in find_dates(text, published) if date.start < end and start < date.end]
    if len(found) != 1 or not found[0].relative or found[0].day is None:
        return None
    date = found[0]
    around = text[start : date.start] + " " + text[date.end : max(end, date.end)]
    return date if _BESIDE.fullmatch(around) else None


def _dates(text: str, published: dt.date | None) -> Iterator[tuple[Dated, bool]]:
    """Yield each date as it stands, and whether it is a bare weekday."""
    for match in _FORMS.finditer(text):
        capital = match["weekday"] or match["m1"] or match["m2"] or match["m3"]
        if capital and not capital[0].isupper():
            continue  # "may 5 people", "the sun"
        start = (
            match.start("year") if match["year"] else match.start("weekday") if match["when"] == "on" else match.start()
        )
        announced = _AHEAD.search(text, max(0, match.start() - 80), match.start()) is not None
        day, relative = _resolve(match, published, announced)
        if relative and (_SHIFTED.search(text, max(0, start - 40), start) or _SHIFTED_BEHIND.match(text, match.end())):
            day = None
        yield Dated(start, match.end(), day, relative), match["weekday"] is not None


def on_weekday(weekday: int, published: dt.date, *, announced: bool = False) -> dt.date:
    """Return the day a report means by a bare weekday (0 = Monday): the latest one up to the day it appeared.

    A report of Thursday that says "on Thursday" means that same day, as wire style has it. What is `announced`
    ("will meet on Friday") is the nearest such day from the day it appeared on.
    """
    days = (weekday - published.weekday()) % 7
    return published + dt.timedelta(days=days if announced else days - 7 if days else 0)


def written_out(day: dt.date) -> str:
    """Return a day as a person writes it: 6 January 2022."""
    return f"{day.day} {_MONTHS[day.month - 1].capitalize()} {day.year}"


def _resolve(match: re.Match[str], published: dt.date | None, announced: bool) -> tuple[dt.date | None, bool]:
    """Return the day of a written date, and whether it had to be worked out."""
    if match["iso"]:
        return calendar_day(match["iso"]), False
    for number in ("1", "2"):
        if match["m" + number]:
            return _named(match["m" + number], match["d" + number], match["y" + number], published)
    if match["m3"] or match["year"]:
        return None, False  # a month or a year is not a day; the words stand as they are
    return (_relative(match, published, announced) if published else None), True


def _relative(match: re.Match[str], published: dt.date, announced: bool) -> dt.date | None:
    if match["weekday"]:
        which = (match["when"] or "").lower()
        day = on_weekday(_WEEKDAYS.index(match["weekday"].lower()), published, announced=announced or which == "next")
        if day == published and which in ("last", "next"):
            day += dt.timedelta(days=7 if which == "next" else -7)
        return day
    if match["near"]:
        return published + dt.timedelta(days={"yesterday": -1, "tomorrow": 1}.get(match["near"].lower(), 0))
    if match["count"] and match["way"].lower() == "ago":
        days = _COUNTS.get(match["count"].lower()) or int(match["count"])
        return published - dt.timedelta(days=days) if days < 3650 else None
    return None


def calendar_day(written: str) -> dt.date | None:
    """Return the day that is written as YYYY-MM-DD and in no other way, None if it is none."""
    try:
        # fromisoformat alone takes "2022-W02-4" and "20220113" as well, which are typing errors.
        return dt.date.fromisoformat(written) if re.fullmatch(r"\d{4}-\d\d-\d\d", written, re.ASCII) else None
    except ValueError:
        return None


def _named(month: str, day: str, year: str | None, published: dt.date | None) -> tuple[dt.date | None, bool]:
    """Read "January 2" with its year, or, without one, as the latest such day not after publication."""
    number = next(i for i, name in enumerate(_MONTHS, start=1) if name.startswith(month.lower()[:3]))
    if year is None and published is None:
        return None, True
    try:
        found = dt.date(int(year) if year else published.year, number, int(day))  # type: ignore[union-attr]
        if year is None and published and (found - published).days > 31:
            found = found.replace(year=found.year - 1)
    except ValueError:
        return None, year is None
    return found, year is None

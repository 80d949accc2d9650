"""Read one date, with its time of day and zone, where a text writes it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace

from qa_index.types import Precision


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as written at [start, end). `value` is None if it cannot be: 31 February, or 06/01/2022."""

    start: int
    end: int
    value: dt.datetime | None
    precision: Precision
    zone: str | None = None


# Each row is one month, January first: English, then Russian, Kazakh, German, French, Spanish.
_MONTH_NAMES = (
    "january jan января январь қаңтар januar jänner janvier enero",
    "february feb февраля февраль ақпан februar février febrero",
    "march mar марта март наурыз märz mars marzo",
    "april apr апреля апрель сәуір avril abril",
    "may мая май мамыр mai mayo",
    "june jun июня июнь маусым juni juin junio",
    "july jul июля июль шілде juli juillet julio",
    "august aug августа август тамыз août agosto",
    "september sept sep сентября сентябрь қыркүйек septembre septiembre",
    "october oct октября октябрь қазан oktober octobre octubre",
    "november nov ноября ноябрь қараша novembre noviembre",
    "december dec декабря декабрь желтоқсан dezember décembre diciembre",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
_ZONES = (
    "GMT UTC IST EST EDT ET CST CDT CT MST MDT MT PST PDT PT BST WET CET CEST EET EEST MSK AST ALMT JST KST HKT SGT "
    "PKT NPT ICT WIB PHT AEST AEDT ACST AWST NZST NZDT SAST EAT WAT CAT ART BRT TRT GST IRST AZT AMT UZT KGT AKST HST"
)

_YEAR = r"(?P<year>(?:1[6-9]|20|21)\d\d)(?!\d)"
_MONTH = rf"(?P<month_name>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_DAY = r"(?P<day>\d{1,2})"
_WEEKDAY = r"(?:(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?\b\.?,?\s+)?"
_ZONE = (
    r"\s?\(?(?P<zone>Z\b|(?:(?:UTC|GMT)\s?)?[+-](?:\d{1,2}:\d{2}|\d{4}|\d{2}(?!\d))|(?:UTC|GMT)[+-]\d{1,2}(?!\d)"
    rf"|(?:{'|'.join(sorted(_ZONES.split(), key=len, reverse=True))})(?![A-Za-z]))\)?"
)
_CLOCK = (
    r"(?P<hour>\d{1,2})(?:(?P<colon>[:.h])(?P<minute>\d{2})(?!\d)(?::(?P<second>\d{2})(?:[.,]\d+)?)?)?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?|\s?(?P<glued_half>[ap])m(?=\d))?(?:\s?(?:hrs|hours|uhr)\b)?"
)

# The forms of a date, tried in this order. Numbers with slashes or dashes are read only where one order is possible.
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>(?:1[6-9]|20|21)\d\d)(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)",
        rf"{_DAY}(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark){_YEAR}",
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?,?\s+{_YEAR}",
        rf"{_WEEKDAY}(?:the\s+)?{_DAY}(?:st|nd|rd|th|er|\.|º)?[\s-]+(?:of\s+|de\s+)?{_MONTH},?[\s-]+(?:de\s+)?{_YEAR}"
        r"(?:\s?(?:г|года|жыл)\b\.?)?",
        rf"{_YEAR}\s+жыл(?:ғы|ы)\s+{_DAY}\s+{_MONTH}",
        r"(?P<year>(?:1[6-9]|20|21)\d\d)年(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
        rf"{_MONTH},?\s+{_YEAR}(?:\s?(?:г|года)\b\.?)?",
    )
)
_TIME = re.compile(rf"(?:T|\s*,?\s*(?:at|um|в)\s+|\s*[,|•@–—-]?\s*){_CLOCK}(?:{_ZONE})?(?:\s+local time\b)?", re.I)
_TIME_FIRST = re.compile(rf"{_CLOCK}(?:{_ZONE})?(?:\s*[,|•–—-]\s*|\s+)(?:on\s+)?(?=\S)", re.IGNORECASE)
_YEAR_ALONE = re.compile(rf"{_YEAR}(?=\s*(?:$|[|•·;]))")


def at(text: str, start: int = 0, end: int | None = None) -> Moment | None:
    """Return the date written at exactly `start`, None if there is none; text from `end` on is not looked at."""
    end = len(text) if end is None else end
    if clock := _TIME_FIRST.match(text, start, end):
        day = _day(text, clock.end(), end)
        if day and _is_clock(clock):
            return _with_clock(replace(day, start=start), clock, end=day.end)
    day = _day(text, start, end)
    clock = _TIME.match(text, day.end, end) if day and day.precision == "day" else None
    if day and clock and _is_clock(clock):
        return _with_clock(day, clock, end=clock.end())
    return day


def year(text: str, start: int, end: int) -> Moment | None:
    """Return the year that [start, end) begins with, if only a separator follows; it takes a label to be a date."""
    match = _YEAR_ALONE.match(text, start, end)
    return Moment(*match.span(), dt.datetime(int(match["year"]), 1, 1), "year") if match else None


def whole(text: str) -> Moment | None:
    """Return the date that `text` is, white space aside; None if it is anything more or less than one date."""
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    moment = at(text, start, end)
    return moment if moment and moment.end == end else None


def _day(text: str, start: int, end: int) -> Moment | None:
    for pattern in _DATES:
        if match := pattern.match(text, start, end):
            return _calendar(match)
    return None


def _calendar(match: re.Match[str]) -> Moment:
    """Turn a matched form into a moment; an impossible or ambiguous one keeps its range, but has no value."""
    parts = match.groupdict()
    day, year = int(parts.get("day") or 1), int(parts["year"])
    month = _MONTHS[parts["month_name"].lower()] if parts.get("month_name") else int(parts["month"])
    if match.start("year") > match.start() and parts.get("mark") in ("/", "-") and day != month:
        if day <= 12 and month <= 12:
            return Moment(*match.span(), None, "day")
        day, month = (day, month) if month <= 12 else (month, day)
    try:
        value = dt.datetime(year, month, day)
    except ValueError:
        return Moment(*match.span(), None, "day")
    return Moment(*match.span(), value, "day" if parts.get("day") else "month")


def _is_clock(clock: re.Match[str]) -> bool:
    """Tell a time of day from a number: "8 am", "14:05", "14.05 GMT", but not "14" and not "14.05"."""
    half = clock["half"] or clock["glued_half"]
    if not clock["minute"]:
        return bool(half)
    return clock["colon"] == ":" or bool(half or clock["zone"])


def _with_clock(day: Moment, clock: re.Match[str], *, end: int) -> Moment:
    """Add the time of day to a date; one that no clock shows is passed over."""
    half = (clock["half"] or clock["glued_half"] or "").lower()
    hour, minute, second = int(clock["hour"]), int(clock["minute"] or 0), int(clock["second"] or 0)
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59 or second > 59 or day.value is None:
        return replace(day, end=end)
    return Moment(
        day.start,
        end,
        day.value.replace(hour=hour, minute=minute, second=second),
        "second" if clock["second"] else "minute",
        _zone(clock["zone"]),
    )


def _zone(written: str | None) -> str | None:
    """Return an offset as ±hh:mm, an abbreviation as it is written."""
    if written is None:
        return None
    if written in ("Z", "z"):
        return "+00:00"
    offset = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", written)
    return f"{offset[1]}{int(offset[2]):02d}:{offset[3] or '00'}" if offset else written

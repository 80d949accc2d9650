"""Read one date, with its time of day and zone, where a text writes it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
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


# Each row is one month, January first: English, then Russian, Kazakh, German, French, Spanish, long and short.
_MONTH_NAMES = (
    "january jan января январь янв қаңтар januar jänner janvier janv enero ene",
    "february feb февраля февраль февр фев ақпан februar février févr fév febrero",
    "march mar марта март мар наурыз märz mär mrz mars marzo",
    "april apr апреля апрель апр сәуір avril avr abril abr",
    "may мая май мамыр mai mayo",
    "june jun июня июнь июн маусым juni juin junio",
    "july jul июля июль июл шілде juli juillet juil julio",
    "august aug августа август авг тамыз août agosto ago",
    "september sept sep сентября сентябрь сент сен қыркүйек septembre septiembre",
    "october oct октября октябрь окт қазан oktober okt octobre octubre",
    "november nov ноября ноябрь нояб ноя қараша novembre noviembre",
    "december dec декабря декабрь дек желтоқсан dezember dez décembre déc diciembre dic",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
# The same for the days of the week, Monday first.
_WEEKDAY_NAMES = (
    "monday mon понедельник пн дүйсенбі montag lundi lunes",
    "tuesday tues tue вторник вт сейсенбі dienstag mardi martes",
    "wednesday weds wed среда ср сәрсенбі mittwoch mercredi miércoles",
    "thursday thurs thur thu четверг чт бейсенбі donnerstag jeudi jueves",
    "friday fri пятница пт жұма freitag vendredi viernes",
    "saturday sat суббота сб сенбі samstag sonnabend samedi sábado",
    "sunday sun воскресенье вс жексенбі sonntag dimanche domingo",
)
_WEEKDAYS = {name: number for number, names in enumerate(_WEEKDAY_NAMES) for name in names.split()}
_ZONES = (
    "GMT UTC IST EST EDT ET CST CDT CT MST MDT MT PST PDT PT BST WET CET CEST MEZ MESZ EET EEST MSK МСК AST ALMT JST "
    "KST HKT SGT PKT NPT ICT WIB PHT AEST AEDT ACST AWST NZST NZDT SAST EAT WAT CAT ART BRT TRT GST IRST AZT AMT UZT "
    "KGT AKST HST"
)


def _any(names: Iterable[str]) -> str:
    """Return a pattern for any of the words, the longest first."""
    return "|".join(sorted(names, key=len, reverse=True))


_YEAR = r"(?P<year>(?:[1１][6-9６-９]|[2２][01０１])\d\d)(?!\d)"
_MONTH = rf"(?P<month_name>{_any(_MONTHS)})\b\.?"
_DAY = r"(?P<day>\d{1,2})"
_ZONE = (
    r"\s?\(?(?P<zone>Z\b|(?:(?:UTC|GMT)\s?)?[+-](?:\d{1,2}:\d{2}|\d{4}|\d{2}(?!\d))|(?:UTC|GMT)\s?[+-]\d{1,2}(?!\d)"
    r"|(?:Eastern|Central|Mountain|Pacific)(?:\s(?:Standard|Daylight))?\sTime\b"
    rf"|(?:{_any(_ZONES.split())})(?!\w))\)?"
)
_CLOCK = (
    r"(?P<hour>\d{1,2})(?:(?P<mark>[:.h])(?P<minute>\d{2})(?!\d)(?::(?P<second>\d{2})(?:[.,]\d+)?)?)?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?|\s?(?P<glued_half>[ap])m(?=\d))?(?:\s?noon\b)?(?P<hours>\s?(?:hrs|hours|uhr)\b)?"
)

# What any date begins with: looked for first, since nearly all of what is asked about is no date.
_BEGINNING = re.compile(rf"\d|the\s+\d|(?:{_any([*_MONTHS, *_WEEKDAYS])})\b", re.IGNORECASE)
_WEEKDAY = re.compile(rf"(?P<weekday>{_any(_WEEKDAYS)})\b\.?,?\s+", re.IGNORECASE)
# The forms of a date, tried in this order. Numbers with slashes or dashes are read only where one order is possible.
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_YEAR}(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})(?!\d)",
        rf"{_DAY}(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark){_YEAR}",
        rf"{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?,?\s+{_YEAR}",
        rf"(?:the\s+)?{_DAY}(?:st|nd|rd|th|er|\.|º)?[\s-]+(?:of\s+|de\s+)?{_MONTH},?[\s-]+(?:del?\s+)?{_YEAR}"
        r"(?:\s?(?:г|года|жыл)\b\.?)?",
        rf"{_YEAR}\s+жыл(?:ғы|ы)\s+{_DAY}\s+{_MONTH}",
        rf"{_YEAR}年(?P<month>\d{{1,2}})月(?P<day>\d{{1,2}})日",
        r"(?P<year>(?:1[6-9]|20|21)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?=T\d{4})",
        rf"{_DAY}-{_MONTH}-(?P<short_year>\d\d)(?=\s\d\d:\d\d:)",
        rf"{_MONTH},?\s+{_YEAR}(?:\s?(?:г|года)\b\.?)?",
    )
)
_COMPACT = re.compile(r"(?P<year>(?:19|20|21)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?!\d)")
# As the clocks of programs print it: "Thu Jan 13 07:35:12 UTC 2022".
_CTIME = re.compile(
    rf"{_MONTH}\s+{_DAY}\s+(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:{_ZONE})?\s+{_YEAR}", re.IGNORECASE
)
_FIRST_SHORT_YEAR = 69  # as POSIX reads the two digits: 1969 to 2068
_FOUR_DIGITS = r"(?P<hour>\d\d)(?P<minute>\d\d)"
_TIMES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"T{_FOUR_DIGITS}(?P<second>\d\d)?(?:{_ZONE})?",
        rf"\s*,?\s+{_FOUR_DIGITS}\s?{_ZONE}",
        rf"(?:T|\s*,?\s*(?:at|um|à|a\s+las|в)\s+|\s*[,|•@/–—-]?\s*){_CLOCK}(?:{_ZONE})?(?:\s+local\s+time\b)?",
    )
)
_BETWEEN = r"(?:\s*[,|•–—-]\s*|\s+)(?:on\s+)?(?=\S)"
_TIMES_FIRST = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_FOUR_DIGITS}\s?{_ZONE}(?:\s*\(\d{{4}}\s[A-Z]{{2,4}}\))?{_BETWEEN}",
        rf"{_CLOCK}(?:{_ZONE})?{_BETWEEN}",
    )
)
_ZONE_LAST = re.compile(rf"\s*[|,]?\s*{_ZONE}", re.IGNORECASE)
_ZONE_OF_DAY = re.compile(r"\s+(?:GMT|UTC)(?![\w+-])")
_YEAR_ALONE = re.compile(rf"{_YEAR}(?=\s*(?:$|[|•·;]))")


def at(text: str, start: int = 0, end: int | None = None) -> Moment | None:
    """Return the date written at exactly `start`, None if there is none; text from `end` on is not looked at."""
    end = len(text) if end is None else end
    if not _BEGINNING.match(text, start, end):
        return None
    clock = _clock(_TIMES_FIRST, text, start, end)
    if clock and (day := _day(text, clock.end(), end)):
        zone = _ZONE_LAST.match(text, day.end, end) if clock["zone"] is None else None
        moment = _with_clock(replace(day, start=start), clock, end=zone.end() if zone else day.end)
        return replace(moment, zone=_zone(zone["zone"])) if zone and moment.value else moment
    day = _day(text, start, end)
    if day is None or day.precision != "day":
        return day
    if clock := _clock(_TIMES, text, day.end, end):
        return _with_clock(day, clock, end=clock.end())
    zone = _ZONE_OF_DAY.match(text, day.end, end)
    return replace(day, end=zone.end()) if zone else day


def is_month(word: str) -> bool:
    """Tell whether the word names a month, in full or short."""
    return word.lower().rstrip(".") in _MONTHS


def labelled(text: str, start: int, end: int) -> Moment | None:
    """Return the date that [start, end) begins with, also one that takes a label to be one: "2022", "20220113"."""
    return at(text, start, end) or year(text, start, end) or _calendar(_COMPACT.match(text, start, end))


def year(text: str, start: int, end: int) -> Moment | None:
    """Return the year that [start, end) begins with, if only a separator follows; it takes a label to be a date."""
    match = _YEAR_ALONE.match(text, start, end)
    return Moment(*match.span(), dt.datetime(int(match["year"]), 1, 1), "year") if match else None


def whole(text: str) -> Moment | None:
    """Return the date that `text` is, white space aside; None if it is anything more or less than one date."""
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    moment = at(text, start, end) or _calendar(_COMPACT.match(text, start, end))
    return moment if moment and moment.end == end else None


def _day(text: str, start: int, end: int) -> Moment | None:
    """Return the date without its clock, the weekday before it aside."""
    if weekday := _WEEKDAY.match(text, start, end):
        number = _WEEKDAYS[weekday["weekday"].lower()]
        day = _ctime(text, weekday.end(), end) or _first(text, weekday.end(), end, number)
        return replace(day, start=start) if day else None
    return _first(text, start, end, None)


def _first(text: str, start: int, end: int, weekday: int | None) -> Moment | None:
    for pattern in _DATES:
        if match := pattern.match(text, start, end):
            return _calendar(match, weekday)
    return None


def _ctime(text: str, start: int, end: int) -> Moment | None:
    match = _CTIME.match(text, start, end)
    day = _calendar(match)
    return _with_clock(day, match, end=match.end()) if match and day else None


def _calendar(match: re.Match[str] | None, weekday: int | None = None) -> Moment | None:
    """Turn a matched form into a moment; an impossible or ambiguous one keeps its range, but has no value.

    Of two readings the one that the weekday, 0 to 6, agrees with counts; a short year is read only if it agrees.
    """
    if match is None:
        return None
    parts = match.groupdict()
    day = int(parts.get("day") or 1)
    month = int(parts["month"]) if parts.get("month") else _MONTHS[parts["month_name"].lower()]
    readings = [(day, month)]
    if parts.get("mark") in ("/", "-") and match.start("year") > match.start():
        readings = [(day, month), (month, day)] if day != month else readings
    if short := parts.get("short_year"):
        year = int(short) + (2000 if int(short) < _FIRST_SHORT_YEAR else 1900)
    else:
        year = int(parts["year"])
    days = [value for day, month in readings if (value := _date(year, month, day))]
    if len(days) > 1 or short:
        days = [value for value in days if value.weekday() == weekday]
    return Moment(*match.span(), days[0] if days else None, "day" if parts.get("day") else "month")


def _date(year: int, month: int, day: int) -> dt.datetime | None:
    try:
        return dt.datetime(year, month, day)
    except ValueError:
        return None


def _clock(patterns: Sequence[re.Pattern[str]], text: str, start: int, end: int) -> re.Match[str] | None:
    """Return the time of day at `start`: "8 am", "14:05", "14.05 GMT", "0735 GMT", but not "14" and not "14.05"."""
    for pattern in patterns:
        if (match := pattern.match(text, start, end)) and _is_clock(match.groupdict()):
            return match
    return None


def _is_clock(parts: Mapping[str, str | None]) -> bool:
    """Tell a time of day from a number."""
    if "mark" not in parts:
        return True
    half = parts["half"] or parts["glued_half"] or parts["hours"]
    return bool(half) if not parts["minute"] else parts["mark"] != "." or bool(half or parts["zone"])


def _with_clock(day: Moment, clock: re.Match[str], *, end: int) -> Moment:
    """Add the time of day to a date; one that no clock shows is passed over."""
    parts = {"minute": None, "second": None, "half": None, "glued_half": None, **clock.groupdict()}
    half = (parts["half"] or parts["glued_half"] or "").lower()
    hour, minute, second = int(clock["hour"]), int(parts["minute"] or 0), int(parts["second"] or 0)
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59 or second > 59 or day.value is None:
        return replace(day, end=end)
    return Moment(
        day.start,
        end,
        day.value.replace(hour=hour, minute=minute, second=second),
        "second" if parts["second"] else "minute",
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

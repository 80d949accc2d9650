"""Write calendar dates one way: "Jan. 12, 2022", "2022-01-12" and "the 12th of January 2022" as 12 january 2022."""

from __future__ import annotations

import datetime as dt
import re

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = (
    r"\b(?P<month{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_TH = r"(?:st|nd|rd|th)?"
_DAYS = rf"(?<![\w·.,/:])(?P<day{{0}}>{_DAY}){_TH}(?:\s?(?:-|–|—|to)\s?(?P<until{{0}}>{_DAY}){_TH})?"
_END = r"(?![\w·/]|[.,:]\d)"
_YEAR = rf"(?P<year{{0}}>1\d\d\d|20\d\d){_END}"
_ISO = re.compile(r"(?<![\w-])(?P<year>1\d{3}|20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?![\w-])")
_FORMS = re.compile(
    "|".join(
        form.format(number)
        for number, form in enumerate(
            (
                rf"{_DAYS}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR})?",
                rf"{_MONTH}\s+(?:the\s+)?{_DAYS}(?:(?:,\s?|\s){_YEAR}|{_END})",
                rf"{_MONTH},?\s+(?:of\s+)?{_YEAR}",
            )
        )
    ),
    re.IGNORECASE,
)


def alike_dates(text: str) -> str:
    """Write every date as day, name of the month, year, of which the day or the year may be missing.

    Dates of figures alone are read only as year-month-day: 12/01/2022 is January in one country, December in another.
    """
    return _FORMS.sub(_from_words, _ISO.sub(_from_iso, text))


def _from_iso(found: re.Match[str]) -> str:
    try:
        day = dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return found[0]
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _from_words(found: re.Match[str]) -> str:
    said = {name[:-1]: words for name, words in found.groupdict().items() if words}
    if said["month"] in ("may", "march", "mar") and "year" not in said:
        return found[0]  # "the 5 may leave"
    month = next(name for name in _MONTHS if name.startswith(said["month"].lower()[:3]))
    days = [str(int(said[name])) for name in ("day", "until") if name in said]
    return " ".join(part for part in (" to ".join(days), month, said.get("year")) if part)

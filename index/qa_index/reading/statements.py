"""Weigh several statements of one date: which name the same day, and which of them says most."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import replace

from qa_index.types import Precision, When

_PARTS: dict[Precision, int] = {"year": 1, "month": 2, "day": 3, "minute": 5, "second": 6}
_SAME_MOMENT = dt.timedelta(minutes=1)
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")


def days(statements: Iterable[When]) -> list[When]:
    """Return the different days that are named, in order, each in its most precise statement."""
    found: list[When] = []
    for when in statements:
        known = next((place for place, other in enumerate(found) if _agree(when, other)), None)
        if known is None:
            found.append(when)
        elif _refines(when, found[known]):
            found[known] = when
    return found


def _agree(first: When, second: When) -> bool:
    """Tell whether two statements can be of the same day: as they are written, or as one moment in two zones."""
    parts = min(_PARTS["day"], _PARTS[first.precision], _PARTS[second.precision])
    if _written(first, parts) == _written(second, parts):
        return True
    here, there = _universal(first), _universal(second)
    return here is not None and there is not None and abs(here - there) < _SAME_MOMENT


def _refines(exact: When, rough: When) -> bool:
    """Tell whether `exact` says what `rough` says and more: the clock, or its zone."""
    exact, rough = _without_midnight(exact), _without_midnight(rough)
    more = (_PARTS[exact.precision], exact.zone is not None) > (_PARTS[rough.precision], rough.zone is not None)
    return more and _written(exact, _PARTS[rough.precision]) == _written(rough, _PARTS[rough.precision])


def _without_midnight(when: When) -> When:
    """Return a clock of 0:00 as no clock: programs write a day that way."""
    midnight = _PARTS[when.precision] > _PARTS["day"] and when.value.time() == dt.time()
    return replace(when, precision="day", zone=None) if midnight else when


def _written(when: When, parts: int) -> tuple[int, ...]:
    return when.value.timetuple()[:parts]


def _universal(when: When) -> dt.datetime | None:
    """Return the moment in universal time, None if it has no clock or no offset."""
    offset = _OFFSET.fullmatch(when.zone or "")
    if offset is None or _PARTS[when.precision] <= _PARTS["day"]:
        return None
    shift = dt.timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    try:
        return when.value - shift if offset[1] == "+" else when.value + shift
    except OverflowError:  # 9999-12-31
        return None

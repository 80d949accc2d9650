"""Make filters of what a person or a program gives by name: days, publishers, articles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from qa_index.errors import UnknownFilter
from qa_index.types import Filters

_FILTERS = ("after", "until", "publisher", "article")


def parse_filters(given: Mapping[str, Any]) -> Filters:
    """Make filters of keyword arguments; a name or a value that means nothing is an error."""
    for name in given:
        if name not in _FILTERS:
            raise UnknownFilter(
                f"Asked to filter by {name!r}, but the filters are {', '.join(_FILTERS)}. Use one of these."
            )
    return Filters(
        after=_day("after", given.get("after")),
        until=_day("until", given.get("until")),
        publishers=_several(given.get("publisher")),
        articles=_several(given.get("article")),
    )


def _day(name: str, value: dt.date | str | None) -> dt.date | None:
    if value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
        return value
    try:
        return dt.date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise UnknownFilter(f"Asked for articles {name} {value!r}, which is no day. Write it as 2022-01-31.") from None


def _several(value: str | Iterable[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)

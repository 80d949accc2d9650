"""Find the date of a page that states it only in words, as a last resort. The only user of htmldate.

htmldate also finds a date where none is stated; what it finds counts only if that day is written
behind a label such as "Published".
"""

from __future__ import annotations

import logging
import re
from typing import Any

from qa_index.formats.pages import UNSEEN, written
from qa_index.reading import dates
from qa_index.types import When

_LABEL = re.compile(
    r"\b(?:first published|published|posted|date|publication date|released|опубликовано|опубликована|дата|жарияланды|"
    r"veröffentlicht|publié|publiée|publicado|publicada)(?:\s+(?:on|at|le|el|am))?\s*[:|]?\s+",
    re.IGNORECASE,
)
_MOST_ELEMENTS = 5_000  # htmldate looks at each several times
_MOST_CHARACTERS = 100_000


def published(tree: Any) -> tuple[When, ...]:  # noqa: ANN401 - lxml has no types
    """Return the day that is written behind a label, if htmldate takes it for the day of publication."""
    if sum(1 for _ in tree.iter()) > _MOST_ELEMENTS:
        return ()
    text = written(tree, unseen=UNSEEN)[:_MOST_CHARACTERS]
    labelled = [moment for label in _LABEL.finditer(text) if (moment := dates.at(text, label.end())) and moment.value]
    if not labelled:
        return ()
    day = _found(tree)
    for moment in labelled:
        if moment.value and moment.precision not in ("year", "month") and f"{moment.value:%Y-%m-%d}" == day:
            return (When(moment.value, moment.precision, moment.zone, method="date in the page"),)
    return ()


def _found(tree: Any) -> str | None:  # noqa: ANN401
    """Return the day that htmldate finds, as YYYY-MM-DD."""
    from copy import deepcopy

    from htmldate import find_date

    for name in ("htmldate", "dateparser"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        day: str | None = find_date(deepcopy(tree), original_date=True, extensive_search=True, outputformat="%Y-%m-%d")
    except ImportError:
        raise
    except Exception:  # as with trafilatura: odd pages raise what they will
        return None
    return day

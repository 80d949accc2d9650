"""Read claims with their evidence as WiCE has them: one JSON object a line, with premise, claim and label."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qa_eval.formats.files import complaints, json_lines, line_of, words

SUPPORTED, PARTLY = "supported", "partially_supported"
_PUBLISHED = re.compile(r"\(meta data\) PUBLISHED DATETIME: (\d{4}-\d\d-\d\d)")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A claim of an encyclopedia, sentences of a page it cites, and whether these support it."""

    premise: str
    claim: str
    label: str

    @property
    def published(self) -> dt.date | None:
        """The day of the page, where the evidence has a note of it."""
        found = _PUBLISHED.search(self.premise)
        return dt.date.fromisoformat(found[1]) if found else None


def load(path: Path) -> Iterator[Labelled]:
    """Yield the claims of a file, packed with gzip or not.

    Source: Kamoi, Goyal, Rodriguez & Durrett, "WiCE: Real-World Entailment for Claims in Wikipedia", EMNLP 2023.

    Raises:
        UsageError: naming the file and the line, if it cannot be read or is of another layout.

    """
    for number, record in json_lines(path):
        with complaints(line_of(path, number)):
            yield Labelled(*(words(record, name) for name in ("premise", "claim", "label")))

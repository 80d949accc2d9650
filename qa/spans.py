"""The part of a sentence that has the asked type: a person, a place, a number, a date, a reason, a list."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa.attribution import attributed_to
from qa.dates import find_dates, written_out
from qa.names import find_names
from qa.types import AnswerType

_ABOUT = r"(?:(?:more|less|fewer) than|at least|at most|up to|as many as|no fewer than|over|under|nearly|almost|about|around|roughly|some|approximately)"  # noqa: E501
_UNITS = r"(?:\s?%|\s?(?:per\s?cent|million|billion|trillion|thousand|hundred|dozen)\b)?"
_WORDED = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|"
    "nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|doubled|doubling|tripled|dozens|scores|hundreds|thousands|"
    "tens of thousands|hundreds of thousands|millions|double|twice|triple|half|one"
)
_NUMBER = re.compile(
    rf"(?:\b{_ABOUT}\s+)?(?:[$€£]\s?)?(?:\b\d[\d,.]*\d\b|\b\d\b|\b(?:{_WORDED})\b){_UNITS}", re.IGNORECASE
)
_DURATION = re.compile(
    rf"(?:\b(?:within|for|in|after|{_ABOUT})\s+)?\b(?:\d+|{_WORDED}|several|a few|a couple of|an?|the next few)\s+"
    r"(?:second|minute|hour|day|night|week|month|year|decade|centur)(?:s|y|ies)?\b(?:\s+in a row)?|"
    r"\b(?:for )?a (?:limited|short|long|brief) (?:period|time)(?: of time)?\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because(?: of)?|due to|owing to|over|after|amid|in protest (?:at|against)|against|triggered by|sparked by|"
    r"caused by|prompted by|in response to|following|in order to|so as to|to(?= (?:stop|halt|end|help|let|oppose|quell|"
    r"restore|stabili[sz]e|bring|assist|protect|guard|demand|try|control)\b)|on suspicion of|thanks to|since)\b\s*",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[,;:.!?](?=\s|$)|\s[–—-]\s|\b(?:according to|reported|said)\b")
_LIST_JOINT = re.compile(r"\s*(?:,\s*(?:and|or|as well as)?|\band\b|\bor\b|\bas well as\b)\s*(?:the\s+)?")


@dataclass(frozen=True, slots=True)
class Typed:
    """A part of a text at [start, end) that could be the answer; `short` is how it is shown."""

    start: int
    end: int
    short: str


def typed_spans(
    text: str, answer_type: AnswerType, published: dt.date | None, *, media: bool = False
) -> tuple[Typed, ...]:
    """Return the parts of a sentence that have the asked type, in order; empty where the type has no such part.

    Dates come back as calendar days ("6 January 2022") where they can be worked out from `published`. `media` asks for
    the organisation that the sentence has its news from.
    """
    if media:
        source = attributed_to(text)
        start = text.index(source) if source else 0
        return (Typed(start, start + len(source), source),) if source else ()
    match answer_type:
        case "person" | "place" | "organisation":
            found = list(_named(text, answer_type))
        case "number":
            found = [(m.start(), m.end()) for m in _NUMBER.finditer(text) if not _is_date(text, m, published)]
        case "duration":
            found = [(m.start(), m.end()) for m in _DURATION.finditer(text)]
        case "reason":
            found = list(_reasons(text))
        case "list":
            found = list(_lists(text))
        case "date":
            return tuple(
                Typed(d.start, d.end, written_out(d.day) if d.day else text[d.start : d.end])
                for d in find_dates(text, published)
            )
        case _:
            found = []
    return tuple(Typed(start, end, text[start:end]) for start, end in found)


def _named(text: str, kind: AnswerType) -> Iterator[tuple[int, int]]:
    """Yield names of a kind, and, where it could be either, those of no known kind that do not open the sentence."""
    names = list(find_names(text))
    certain = any(name.kind == kind for name in names)
    for name in names:
        if name.kind == kind or (name.kind == "other" and name.start > 0 and (kind == "person" or not certain)):
            yield name.start, name.end


def _is_date(text: str, match: re.Match[str], published: dt.date | None) -> bool:
    """Whether a number is only part of a date, such as the 6 of "January 6"."""
    return any(d.start <= match.start() < d.end for d in find_dates(text, published))


def _reasons(text: str) -> Iterator[tuple[int, int]]:
    for cue in _REASON.finditer(text):
        end = _CLAUSE_END.search(text, cue.end() + 1)
        start, stop = cue.start(), end.start() if end else len(text.rstrip(" .!?\"”'’"))
        if (
            len(text[start:stop].split()) >= 3
        ):  # "after Kazakhtelecom, the operator, cut it" gives no reason by its start
            yield start, stop


def _lists(text: str) -> Iterator[tuple[int, int]]:
    """Yield runs of two or more names joined by commas and "and"."""
    run: list[tuple[int, int]] = []
    for name in find_names(text):
        if run and not _LIST_JOINT.fullmatch(text, run[-1][1], name.start):
            if len(run) > 1:
                yield run[0][0], run[-1][1]
            run = []
        run.append((name.start, name.end))
    if len(run) > 1:
        yield run[0][0], run[-1][1]

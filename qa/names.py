"""Proper names in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from qa.words import FUNCTION_WORDS

# The capitals of the Latin, Greek and Cyrillic scripts: "Šefčovič", "Żelazny".
CAPITALS = "".join(chr(code) for code in (*range(0x41, 0x530), *range(0x1E00, 0x2000)) if chr(code).isupper())
_CAPITAL = rf"(?:[{CAPITALS}][\w'’\u0300-\u036f]*(?:-\w+)*|(?:[A-Z]\.){1, 3})"
_NAME = re.compile(rf"{_CAPITAL}(?:(?:\s+(?:of|and|the|de|al|bin|von|van)){{1,2}}\s+{_CAPITAL}|\s+{_CAPITAL})*")

ROLES = frozenset(
    "president vice deputy prime minister secretary-general secretary general commander chief chairman "
    "chairwoman head governor mayor spokesman spokeswoman spokesperson ambassador senator chancellor king "
    "queen prince princess pope director leader counterpart premier envoy judge justice captain colonel coach "
    "manager ceo founder professor doctor dr mr mrs ms sir lord lady rev correspondent analyst officer "
    "representative sheriff attorney actor actress singer author former foreign defense defence interior "
    "finance external affairs state press first peacekeeping force".split()
)
_ORGANISATION = frozenset(
    "organization organisation organizations agency committee council ministry department party union "
    "alliance association company corporation bank university institute bureau commission court parliament "
    "congress senate assembly federation group force forces police army times post news press tv radio "
    "guardian sputnik kremlin reuters tribune jazeera world services service agency treaty nato eu un csto "
    "fbi cia who imf inc ltd corp foundation office board club team league school hospital secretariat "
    "government administration guard bloc".split()
)
_PLACE = frozenset(
    "city region province state district county town village river lake mountain island sea ocean street "
    "avenue square airport hall palace north south east west northern southern eastern western central "
    "republic kingdom".split()
)
_COUNTRIES = frozenset(
    "afghanistan albania algeria angola argentina armenia australia austria azerbaijan bahrain bangladesh "
    "belarus belgium bolivia botswana brazil britain bulgaria cambodia cameroon canada chad chile china "
    "colombia croatia cuba cyprus czechia denmark ecuador egypt england estonia ethiopia finland france gabon "
    "georgia germany ghana greece guatemala haiti hungary iceland india indonesia iran iraq ireland israel "
    "italy jamaica japan jordan kazakhstan kenya kosovo kuwait kyrgyzstan laos latvia lebanon libya lithuania "
    "luxembourg malaysia mali malta mexico moldova mongolia montenegro morocco mozambique myanmar namibia "
    "nepal netherlands nicaragua niger nigeria norway oman pakistan palestine panama paraguay peru "
    "philippines poland portugal qatar romania russia rwanda scotland senegal serbia singapore slovakia "
    "slovenia somalia spain sudan sweden switzerland syria taiwan tajikistan tanzania thailand tunisia turkey "
    "turkmenistan uganda ukraine uruguay uzbekistan venezuela vietnam wales yemen zambia zimbabwe america "
    "europe asia africa antarctica".split()
)
_NOT_NAMES = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july "
    "august september october november december soviet asian european african american dozens hundreds "
    "thousands".split()
)
# What begins a sentence, or a run of capitals, without being part of a name.
_OPENERS = (
    FUNCTION_WORDS | _NOT_NAMES | frozenset("according meanwhile moreover furthermore however although since".split())
)


@dataclass(frozen=True, slots=True)
class Name:
    """A proper name in a text at [start, end); for persons the roles before it are left out."""

    start: int
    end: int


def find_names(text: str) -> Iterator[Name]:
    """Yield the proper names of a sentence in order."""
    for match in _NAME.finditer(text):
        start, end = _without_opener(text, match.start(), match.end())
        for left, right in _at_conjunctions(text, start, end):
            if not all(_says_nothing(word) for word in re.findall(r"\w+", text[left:right])):
                yield _named(text, left, right)


@lru_cache(maxsize=256)
def acronyms(text: str) -> frozenset[str]:
    """Return the initials of each name of several words: "CSTO" of "Collective Security Treaty Organization"."""
    found: set[str] = set()
    for name in find_names(text):
        initials = "".join(part[0] for part in re.findall(r"[A-Z]\w+", text[name.start : name.end]))
        found.update(initials[i:j] for i in range(len(initials)) for j in range(i + 2, len(initials) + 1))
    return frozenset(found)


@cache
def is_demonym(word: str) -> bool:
    """Whether a capitalised word is made from a country's name: "Kazakh", "Russian", "Armenians"."""
    lowered = word.lower()
    return (
        lowered not in _COUNTRIES
        and len(lowered) >= 5
        and any(country.startswith(lowered[:5]) and abs(len(country) - len(lowered)) <= 5 for country in _COUNTRIES)
    )


def is_country(word: str) -> bool:
    """Whether a word is the name of a country or a continent, as far as it is one word: "Kazakhstan"."""
    return word.lower() in _COUNTRIES


def _says_nothing(word: str) -> bool:
    """Whether a capitalised word names nobody: a role, a day, a nationality."""
    return word.lower() in ROLES | _NOT_NAMES or is_demonym(word) or word.lower() == "central"


def _without_opener(text: str, start: int, end: int) -> tuple[int, int]:
    """Cut words such as "The" or "Meanwhile" off the front, and a possessive off the back."""
    while (word := re.match(r"\w+", text[start:end])) and word.group().lower() in _OPENERS:
        rest = re.match(r"\s*", text[start + word.end() : end])
        start += word.end() + (rest.end() if rest else 0)
    for ending in ("'s", "’s", "'", "’"):
        if text[start:end].endswith(ending):
            return start, end - len(ending)
    return start, end


def _at_conjunctions(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut "Armenia and Tajikistan" in two; leave "Ministry of Trade and Industry" whole."""
    pieces = [(start, end)] if start < end else []
    if pieces and not re.search(r"\bof\b", text[start:end]):
        pieces, left = [], start
        for joint in re.finditer(r"\s+and(?:\s+the)?\s+", text[start:end]):
            pieces.append((left, start + joint.start()))
            left = start + joint.end()
        pieces.append((left, end))
    yield from ((left, right) for left, right in pieces if left < right)


def _named(text: str, start: int, end: int) -> Name:
    """Leave out the roles before a person: of "President Kassym-Jomart Tokayev" the name is the rest."""
    parts = [(m.group(), m.start() + start) for m in re.finditer(r"[^\s]+", text[start:end])]
    lowered = [part.lower().strip(".,") for part, _ in parts]
    tail = next((i for i in range(len(lowered), 0, -1) if lowered[i - 1] in ROLES), 0)
    if 0 < tail < len(parts) and not set(lowered[tail:]) & (_ORGANISATION | _PLACE | _COUNTRIES):
        start = parts[tail][1]
    return Name(start, end)

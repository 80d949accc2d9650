"""Noun phrases: where one ends, and what it may be by its own words: somebody, a body of people, a place, a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from qa.dates import find_dates
from qa.followups.clauses import bare
from qa.followups.verbs import ASIDE, AUXILIARIES, DETERMINERS, PREPOSITIONS
from qa.names import ROLES, is_country

Kind = Literal["person", "thing", "things", "place", "time"]

_BODIES = re.compile(
    r"\b(?:organi[sz]ations?|agency|committee|council|ministry|department|party|union|alliance|association|"
    r"company|corporation|bank|university|institute|bureau|commission|court|parliament|congress|senate|federation|group|"
    r"force|army|times|post|news|press|tv|radio|kremlin|club|team|league|school|hospital|government|administration|forces|sputnik|reuters|tribune|guardian|tass|interfax|xinhua|\w+telecom|"
    r"airlines?|firm|museum|theatre|theater|festival|treaty|outlet|channel|bloc|police)\b",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"\b[A-Z]{2,}\b")
_PEOPLE = frozenset(
    "people men women children police troops protesters demonstrators officials citizens residents workers students "
    "soldiers peacekeepers".split()
)
_PLACES = re.compile(
    r"\b(?:city|region|province|district|county|town|village|river|lake|mountain|island|sea|street|square|airport|"
    r"hall|palace|capital|country|square|hospital|university|school|station|port|harbou?r|bridge|museum)\b",
    re.IGNORECASE,
)


_NAME_FIRST = re.compile(r"(?:the )?[A-Z][\w'’.-]*(?: (?:(?:of|and|the|de|al) )?[A-Z][\w'’.-]*)*")
_ORDERS = frozenset(
    "list name tell give show describe explain summarise summarize compare define find hmm hm um uh oh hey wow please "
    "thanks ok okay yes no well".split()
)
_HOW_IT_IS = frozenset(
    "innocent guilty dead alive ill sick ready safe free responsible rich poor present absent available open aware "
    "anyway really again still ever always never already else exactly actually been being".split()
) | (ASIDE - frozenset({"today", "yesterday", "tomorrow"}))


def tidied(text: str) -> str:
    """Return a phrase without what was said of it: "Massimov" of "Massimov innocent"; empty for a piece of a sentence.

    "The", "List" and "Hmm" are such pieces.
    """
    tokens = text.split()
    if not tokens or re.fullmatch(r"(?:be|been|being)\b.*|[a-z]+ed", text):
        return ""
    if tokens[0][:1].isupper() and bare(tokens[0]) in _ORDERS:
        return ""
    named = _NAME_FIRST.match(text)
    behind = text[named.end() :].split() if named else []
    if named and behind and _is_said_of(behind):
        return named[0]
    while len(tokens) > 1 and bare(tokens[-1]) in _HOW_IT_IS and bare(tokens[-2]) not in DETERMINERS:
        tokens.pop()
    return "" if bare(tokens[-1]) in DETERMINERS | AUXILIARIES else " ".join(tokens)


def _is_said_of(behind: list[str]) -> bool:
    """Whether what follows a name is no part of it: an auxiliary, an adverb, an adjective or a last participle."""
    word = bare(behind[0])
    participle = len(behind) == 1 and word.endswith(("ed", "ing")) and len(word) > 4
    return word in _HOW_IT_IS | AUXILIARIES or (word.endswith("ly") and word.isalpha()) or participle


def leading_phrase(text: str) -> str:
    """Return the noun phrase at the beginning of a text with what belongs to it by "of"; empty if there is none."""
    tokens = text.split()
    if not tokens or bare(tokens[0]) in PREPOSITIONS or bare(tokens[0]) in {"that", "who", *ASIDE}:
        return ""
    end = 1
    while end < len(tokens) and not tokens[end - 1].endswith((",", "?")):
        word = bare(tokens[end])
        if (word in PREPOSITIONS and word != "of") or word in ("and", "or", "that", "who", "which", "when", "while"):
            break
        if word in DETERMINERS and bare(tokens[end - 1]) != "of":
            break
        end += 1
    return " ".join(tokens[:end]).strip(" ?,.")


def is_body(text: str) -> bool:
    """Whether a phrase names a body of people, who are spoken of as "they": a company, a country, a force."""
    return bool(_BODIES.search(text) or _LETTERS.search(text) or text[:1].isupper())


def is_plural(text: str) -> bool:
    """Whether a noun phrase speaks of several: its last word before "of" or "in" ends in "s", or is "people"."""
    head = re.split(r"\s(?:of|in|at|from|to|on|for|with|who|that)\s", text)[0].split()
    if len(head) > 1 and head[-1].endswith("ed"):  # "the people detained"
        head = head[:-1]
    last = bare(head[-1]) if head else ""
    return last in _PEOPLE or (last.endswith("s") and not last.endswith(("ss", "us", "is", "gas", "'s", "’s", "news")))


def kinds_of(text: str) -> frozenset[Kind]:
    """Return what a noun phrase may be, by its own words."""
    if any(date.end - date.start > len(text) // 2 for date in find_dates(text, None)):
        return frozenset({"time"})
    core = re.sub(r"^(?:the|an?)\s+", "", text, flags=re.IGNORECASE)
    if re.search(r"[A-Z]\S* and (?:the )?[A-Z]", text) and " of " not in text:
        return frozenset({"things"})
    if not core[:1].isupper() and is_plural(text):
        return frozenset({"things"})
    if is_role(core):
        return frozenset({"person"})
    if _PLACES.search(re.split(r" (?:of|in|at) ", core)[0]):
        return frozenset({"place", "thing"})
    if _BODIES.search(core) or _LETTERS.search(core):
        return frozenset({"thing"})
    if core[:1].isupper() and core == text:
        return _of_name(core)
    return frozenset({"thing"})


def is_role(core: str) -> bool:
    """Whether a phrase says what somebody is: "former head of the committee", "governor of Almaty"."""
    head = re.split(r"\s(?:of|in|at|from|to|on|for)\s", core)[0].split()
    return bool(head) and bare(head[-1]) in ROLES - {"force", "press", "state", "defense", "defence", "interior"}


def _of_name(name: str) -> frozenset[Kind]:
    """Return what a proper name may be: two capitals and no word of a body are somebody, one may be anything."""
    capitals = [part for part in name.split() if part[:1].isupper()]
    if re.search(r"['’]s\b", name):
        return frozenset({"thing"})
    if len(capitals) >= 2:
        return frozenset({"person"})
    if is_country(name):
        return frozenset({"thing", "place"})
    return frozenset(
        {"things"} if name.endswith("s") and name[:-1].endswith(("an", "h", "k")) else {"person", "thing", "place"}
    )


def is_where(name: str, spoken: Sequence[str]) -> bool:
    """Whether texts speak of a lone name as of a place: "in Almaty", "Where is Almaty?"."""
    place = re.compile(
        rf"\b(?:(?:in|near|across|outside|inside|throughout)\s|(?:city|town|village)\s+of\s|where\s+(?:is|are)\s)"
        rf"{re.escape(name)}\b(?!['’]s)",
        re.IGNORECASE,
    )
    return any(name in text and place.search(text) for text in spoken)

"""Claims that a sentence does say: parts of it, or all of it turned round, found by rules."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from support_rewording import capitalised, uncapitalised
from support_statements import FORMS, is_participle

from qa.dates import find_dates, written_out

SHORTEST, LONGEST = 4, 45  # words of a claim
NAME = r"[A-Z][\w'’.-]*(?: (?:(?:of|the|de|al|bin|van|von) )?[A-Z][\w'’.-]*){0,4}"
SAID = r"(?:said|says|told reporters|announced|reported|claimed|warned|stated|added)"
SPEAKER = (
    rf"(?:{NAME}|[Tt]he [\w' -]{{3,40}}|[Pp]olice|[Oo]fficials|[Aa]uthorities|[Rr]esearchers|[Aa]nalysts|[Ee]xperts)"
)
TURNED = re.compile(
    rf"^[\"“]?(.{{20,}}?),?[\"”]?,? (?:{SAID}) ({SPEAKER})\.$|^[\"“]?(.{{20,}}?),[\"”]? ({SPEAKER}) {SAID}\.$"
)
SAYING = re.compile(rf"^({SPEAKER}) {SAID}(?: on \w+day)?(?: that)?,? ([a-z“\"A-Z].{{20,}})\.$")
BY = re.compile(
    r"^(.{3,60}?) (was|were) (?:(\w+ly) )?([a-z]+) by ((?:the |a |an )?[\w'’ .-]{3,50}?)((?: (?:in|on|at|after|for"
    r"|during) .*)?)\.$"
)
ACTIVE = re.compile(
    rf"^((?:The |A |An )?{NAME}) ([a-z]+ed|won|beat|bought|sold|made|built|shot|struck|led|held) ((?:the |a "
    rf"|an )?{NAME})((?: (?:in|on|at|after|for|during|by) .*|, .*)?)\.$"
)
APPOSITION = re.compile(
    rf"({NAME}), ((?:the|a|an) [^,]{{6,80}}?|(?:president|chief|head|director|leader|founder"
    rf"|chairman) of [^,]{{4,60}}?), "
)
RELATIVE = re.compile(rf"({NAME}), who ([a-z][^,]{{8,90}}?)[,.]")
ROLE = re.compile(
    r"\b((?:[A-Z][\w'’.-]* |[A-Z]\w+ )?(?:[Pp]resident|[Cc]hief executive|[Mm]inister|[Ss]ecretary|[Cc]hairman"
    r"|[Ss]pokesman|[Ss]pokeswoman|[Dd]irector|[Mm]ayor|[Gg]overnor|[Ss]enator|[Aa]nalyst|[Cc]oach|[Cc]aptain"
    r"|[Pp]rofessor)) ([A-Z][a-z-]+ [A-Z][\w-]+)(?!['’])"
)

FRONTED = re.compile(
    r"^((?:In|On|At|After|During|Since|For|By|As|Despite|With|Following|Before|When|While|Although|Because"
    r"|If) [^,\"“]{4,90}|However|Meanwhile|But|And|Still|Also|Instead|Moreover|Now|Then), ([A-Za-z].{15,})$"
)
TRAILING = re.compile(
    r"^(.{25,}?), (?:which|who|where|while|although|after|before|as|with|including|according to|despite|but"
    r"|and) [^\"“”]{8,}\.$"
)
MIDDLE = re.compile(
    r"^(.{10,}?), (?:which|who|where|including|a|an|the|whose|now|then|also|such as) [^,]{4,90}, (.{10,})$"
)
BRACKETS = re.compile(r" \([^)]{2,60}\)")
AND = re.compile(
    rf"^(.{{20,}}?),? (?:and|but) ((?:{NAME}|the [a-z]+|it|he|she|they) (?:is|was|were|are|has|had|have|will|would"
    rf"|said) .{{12,}})$"
)
LATE = re.compile(
    r" (?:on (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|this week|last week|last month|yesterday|today|earlier"
    r"|recently|also|reportedly)\b"
)


def worded(text: str) -> bool:
    """Whether a text is of a length that a claim has."""
    return SHORTEST <= len(text.split()) <= LONGEST


def parts(sentence: str) -> Iterator[str]:
    """Yield claims that a sentence makes among others: without a clause, or of one of its names alone."""
    for found in (cut(sentence) for cut in (_without_front, _without_tail, _without_middle, _first_half, _second_half)):
        if found:
            yield _whole(found)
    if BRACKETS.search(sentence):
        yield BRACKETS.sub("", sentence)
    if found := LATE.search(sentence):
        yield sentence[: found.start()] + sentence[found.end() :]
    yield from _about_names(sentence)
    yield from _turned(sentence)


def _without_front(sentence: str) -> str | None:
    found = FRONTED.match(sentence)
    return found[2] if found else None


def _without_tail(sentence: str) -> str | None:
    found = TRAILING.match(sentence)
    return f"{found[1]}." if found and found[1].count('"') % 2 == 0 else None


def _without_middle(sentence: str) -> str | None:
    found = MIDDLE.match(sentence)
    return f"{found[1]} {found[2]}" if found else None


def _first_half(sentence: str) -> str | None:
    found = AND.match(sentence)
    return f"{found[1]}." if found else None


def _second_half(sentence: str) -> str | None:
    found = AND.match(sentence)
    return found[2] if found else None


def _about_names(sentence: str) -> Iterator[str]:
    """Yield what is said of a name beside it: an office, a clause."""
    for found in APPOSITION.finditer(sentence):
        yield f"{found[1]} is {found[2]}."
    for found in RELATIVE.finditer(sentence):
        yield f"{found[1]} {found[2]}."
    for found in ROLE.finditer(sentence):
        yield f"{found[2]} is {'' if found[1][0].isupper() else 'a '}{found[1]}."


def _turned(sentence: str) -> Iterator[str]:
    """Yield the sentence with its speaker at the other end, or with subject and object in each other's place."""
    if (found := TURNED.match(sentence)) and '"' not in sentence and "“" not in sentence:
        claim, speaker = (found[1], found[2]) if found[1] else (found[3], found[4])
        yield f"{capitalised(speaker)} said that {uncapitalised(claim)}."
        yield f"According to {uncapitalised(speaker)}, {uncapitalised(claim)}."
    if (found := SAYING.match(sentence)) and not re.search('["“”]', sentence):
        yield f"According to {uncapitalised(found[1])}, {found[2]}."
        yield f"{capitalised(found[2])}, {uncapitalised(found[1])} said."
    if (found := BY.match(sentence)) and is_participle(found[4]):
        verb = next((forms[0] for forms in FORMS.values() if forms[-1] == found[4]), found[4])
        yield f"{capitalised(found[5])} {verb} {uncapitalised(found[1])}{found[6]}."
    if found := ACTIVE.match(sentence):
        done = next((forms[-1] for forms in FORMS.values() if forms[0] == found[2]), found[2])
        yield f"{capitalised(found[3])} was {done} by {uncapitalised(found[1])}{found[4]}."


def _whole(text: str) -> str:
    text = capitalised(re.sub(r"\s+", " ", text).strip(" ,"))
    return text if text.endswith((".", "!", "?", '"', "”")) else f"{text}."


def dated(claim: str, published: dt.date) -> str | None:
    """Return the claim with its weekday as a calendar day, if it has one."""
    for date in find_dates(claim, published):
        if date.relative and date.day:
            before = claim[: date.start]
            written = written_out(date.day) if date.start % 2 else f"{date.day:%B} {date.day.day}, {date.day.year}"
            on = "" if re.search(r"\b(?:on|until|by|since|before|after|from)\s$", before, re.IGNORECASE) else "on "
            return capitalised(re.sub(r"\s+", " ", f"{before}{on}{written}{claim[date.end :]}"))
    return None

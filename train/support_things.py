"""Lies about things: a number, a day, a name, an office that the text does not have, or has in another place."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from support_words import OFFICES, UNITS, listed

from qa.names import find_names

NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?")
WORDED = "two three four five six seven eight nine ten eleven twelve dozens hundreds thousands".split()
WORDED_NUMBER = re.compile(rf"\b(?:{'|'.join(WORDED)})\b")
SCALE = re.compile(r"\b(?:hundred|thousand|million|billion|trillion|bn|m)\b|(?<=\d)(?:bn|m)\b")
SCALES = dict(
    hundred="thousand", thousand="million", million="billion", billion="million", trillion="billion", bn="m", m="bn"
)
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
CALENDAR = re.compile(rf"\b(?:{'|'.join(WEEKDAYS + MONTHS)})\b")
_SIDE = r"(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er|[Ii]ts|[Tt]heir) (?:[a-z]{3,} )?[a-z]{3,}"
SIDES = re.compile(
    rf"\b({_SIDE}) ([a-z]+ed|has [a-z]+ed|(?:was|were) [a-z]+ed by|won|beat|bought|sold|made|built|shot|led|met|told"
    rf"|left"
    rf"|took|gave|from|to|than|after|before|over|of|against) ((?!.*\b\1\b){_SIDE})\b"
)
UNIT = re.compile(
    rf"\d (?:more )?({'|'.join(listed(UNITS))}|men|hours|minutes|workers|employees|patients|cars|shares|euros|pounds"
    rf"|times"
    r"|schools)\b"
)
OFFICE = re.compile(
    rf"(?<!Vice )(?<!Deputy )\b(?:{'|'.join(listed(OFFICES))}|Foreign Minister|Minister|Chief Executive)\b(?= [A-Z])"
    rf"|\b(?:{'|'.join(listed(OFFICES))}|minister)\b"
)


@dataclass(frozen=True, slots=True)
class Context:
    """What lies are made from: the names and numbers of the article, and phrases that other sentences end with."""

    evidence: str
    names: Sequence[str]
    phrases: Sequence[str]
    words: dict[str, Sequence[str]]


def number(claim: str, context: Context, random: random.Random) -> str | None:
    """Change a number by its digits, its size, or for another of the text."""
    found = list(NUMBER.finditer(claim))
    if not found:
        return _worded(claim, random)
    place = random.choice(found)
    others = [n for n in NUMBER.findall(context.evidence) if n not in claim]
    new = random.choice(others) if others and random.random() < 0.5 else _other(place[0], random)
    return f"{claim[: place.start()]}{new}{claim[place.end() :]}"


def _worded(claim: str, random: random.Random) -> str | None:
    found = WORDED_NUMBER.search(claim)
    if not found:
        return None
    return claim[: found.start()] + random.choice([w for w in WORDED if w != found[0]]) + claim[found.end() :]


def _other(number: str, random: random.Random) -> str:
    """Return another number that looks like this one."""
    plain = number.replace(",", "")
    if re.fullmatch(r"(?:1[5-9]|20)\d\d", number):
        return str(int(number) + random.choice([-10, -3, -2, -1, 1, 2, 3, 10]))
    if "." in plain:
        return f"{float(plain) * random.choice([0.5, 0.8, 1.3, 2]) + 0.1:.{len(plain.split('.')[1])}f}"
    value = int(plain)
    new = (
        value + random.choice([-2, -1, 1, 2, 3, 5])
        if value < 20
        else int(value * random.choice([0.1, 0.5, 0.8, 1.2, 1.5, 2, 10]))
    )
    new = abs(new) if abs(new) != value else value + 7
    return f"{new:,}" if "," in number else str(new)


def scale(claim: str, context: Context, random: random.Random) -> str | None:
    """Make millions of thousands."""
    found = SCALE.search(claim)
    return claim[: found.start()] + SCALES[found[0]] + claim[found.end() :] if found else None


def unit(claim: str, context: Context, random: random.Random) -> str | None:
    """Count something else."""
    found = UNIT.search(claim)
    if not found:
        return None
    other = [unit for unit in listed(UNITS) if unit != found[1]]
    return claim[: found.start(1)] + random.choice(other) + claim[found.end(1) :]


def calendar(claim: str, context: Context, random: random.Random) -> str | None:
    """Change a weekday or a month."""
    found = CALENDAR.search(claim)
    if not found:
        return None
    other = [day for day in (WEEKDAYS if found[0] in WEEKDAYS else MONTHS) if day != found[0]]
    return claim[: found.start()] + random.choice(other) + claim[found.end() :]


def swapped(claim: str, context: Context, random: random.Random) -> str | None:
    """Let two names of the claim change places."""
    names = [(n.start, n.end) for n in find_names(claim)]
    pairs = [
        (a, b)
        for a in names
        for b in names
        if a[1] < b[0]
        and claim[slice(*a)] != claim[slice(*b)]
        and not re.fullmatch(r",? (?:and|or) |, ", claim[a[1] : b[0]])
    ]
    if not pairs:
        return None
    (a, b), (c, d) = random.choice(pairs)
    return claim[:a] + claim[c:d] + claim[b:c] + claim[a:b] + claim[d:]


def sides(claim: str, context: Context, random: random.Random) -> str | None:
    """Let the two sides of a verb change places: "the company sued the city"."""
    found = SIDES.search(claim)
    if not found or found[1].lower() == found[3].lower():
        return None
    return f"{claim[: found.start()]}{found[3]} {found[2]} {found[1].lower()}{claim[found.end() :]}"


def named(claim: str, context: Context, random: random.Random) -> str | None:
    """Put another name of the text, or of its article, in the place of one."""
    names = [(n.start, n.end) for n in find_names(claim)]
    if not names:
        return None
    start, end = random.choice(names)
    old = set(re.findall(r"\w+", claim.lower()))
    near = [context.evidence[n.start : n.end] for n in find_names(context.evidence)]
    pool = near if random.random() < 0.6 else context.names
    fitting = [name for name in pool if not old & set(re.findall(r"\w+", name.lower()))]
    return claim[:start] + random.choice(fitting) + claim[end:] if fitting else None


def office(claim: str, context: Context, random: random.Random) -> str | None:
    """Give somebody another office."""
    found = OFFICE.search(claim)
    if not found:
        return None
    other = [
        office
        for office in listed(OFFICES)
        if office.lower() != found[0].lower() and office.lower() not in context.evidence.lower()
    ]
    new = random.choice(other)
    return claim[: found.start()] + (new if found[0][0].isupper() else new.lower()) + claim[found.end() :]


def sourced(claim: str, context: Context, random: random.Random) -> str | None:
    """Give the news to somebody who did not say it."""
    near = [context.evidence[n.start : n.end] for n in find_names(context.evidence)]
    fitting = [name for name in context.names if name not in claim] + [name for name in near if name not in claim[:40]]
    told = re.match(r"(?:According to [^,]{3,40}, |[A-Z][\w' -]{3,40} (?:said|says|reported) (?:that )?)(.+)", claim)
    bare = told[1] if told else claim
    if not fitting or len(bare.split()) > 40 or (told is None and (not near or random.random() < 0.5)):
        return None
    opening = bare.split()[0]
    bare = bare[0].lower() + bare[1:] if opening in ("The", "A", "An", "It", "He", "She", "They", "In", "On") else bare
    return random.choice(["According to {}, {}", "{} said that {}"]).format(random.choice(fitting), bare)

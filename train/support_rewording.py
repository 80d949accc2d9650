"""The same claim in other words: synonyms, numbers and days written in another way, made by rules."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from support_words import ALIKE, listed

Change = Callable[[str, random.Random], str]
SWAPS = [tuple(pair.split(">")) for pair in listed(ALIKE)]
WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"


def capitalised(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]


def uncapitalised(text: str) -> str:
    """Begin in the middle of a sentence, if the first word is no name."""
    first = text.split(" ")[0]
    known = first in (
        "The",
        "A",
        "An",
        "It",
        "He",
        "She",
        "They",
        "There",
        "This",
        "Police",
        "Officials",
        "Authorities",
        "In",
    )
    return first.lower() + text[len(first) :] if known else text


def reworded(claim: str, random: random.Random, *, most: int = 3) -> str:
    """Return the claim in other words: up to so many words changed for ones that mean the same, numbers rewritten."""
    for _ in range(random.randint(0, most)):
        claim = random.choice(REWORDINGS)(claim, random)
    return claim


def _synonym(claim: str, random: random.Random) -> str:
    """Change one word or phrase for one that means the same."""
    fitting = [(old, new) for old, new in SWAPS if re.search(rf"\b{old}" + r"\b" * (old[-1] not in "d .)"), claim)]
    if not fitting:
        return claim
    old, new = random.choice(fitting)
    if old.endswith("\\d"):
        return re.sub(rf"\b{old[:-2]}(?=\d)", new[:-2], claim, count=1)
    return capitalised(re.sub(rf"\b{old}" + r"\b" * old[-1].isalpha(), new, claim, count=1))


def _number(claim: str, random: random.Random) -> str:
    """Write one number in another way: "2,500" as "2500", "three" as "3", "$1.1bn" as "$1.1 billion"."""
    for pattern, turn in random.sample(NUMBERS, len(NUMBERS)):
        changed = re.sub(pattern, turn, claim, count=1)
        if changed != claim:
            return capitalised(changed)
    return claim


def _hyphen(claim: str, random: random.Random) -> str:
    """Write quotation marks, dashes and possessives in another way."""
    pairs = [
        ("“", '"'),
        ("”", '"'),
        ("’", "'"),
        (" – ", ", "),
        (" -- ", ", "),
        ("%", " percent"),
        (" percent", "%"),
        ('"', ""),
    ]
    old, new = random.choice(pairs)
    return claim.replace(old, new)


def _day(claim: str, random: random.Random) -> str:
    """Write a date the other way round: "January 4" as "4 January"."""
    if random.random() < 0.5:
        return re.sub(rf"\b({MONTHS})\.? (\d{{1,2}})\b(?!,? \d{{4}})", r"\2 \1", claim, count=1)
    return re.sub(rf"\b(\d{{1,2}}) ({MONTHS})\b(?! \d{{4}})", r"\2 \1", claim, count=1)


def _surname(claim: str, random: random.Random) -> str:
    """Call a person by the surname, without what stands before it."""
    return re.sub(
        r"(?<=[a-z,] )(?:(?:President|Minister|Mr|Mrs|Ms|Dr|Sen\.|Gov\.|Rep\.) )?[A-Z][a-z]+ ([A-Z][a-z]+)(?= [a-z])",
        r"\1",
        claim,
        count=1,
    )


def _fronted(claim: str, random: random.Random) -> str:
    """Put the time at the end of a sentence in front."""
    found = re.fullmatch(
        r"([A-Z][^,\"“”;:]{25,}?) ((?:on \w+day|on \d+ [A-Z]\w+ \d+|in \d{4}|last (?:week|month"
        r"|year))(?: \([^)]*\))?)\.",
        claim,
    )
    return f"{capitalised(found[2])}, {uncapitalised(found[1])}." if found else claim


def _acronym(claim: str, random: random.Random) -> str:
    """Leave the long or the short form of a name away, where both stand."""
    found = re.search(r"((?:[A-Z]\w+ (?:(?:of|for|and|the|on) )*){2,6})\(([A-Z]{2,6})\)", claim)
    if not found:
        return claim
    kept = found[2] if random.random() < 0.6 else found[1].strip()
    return claim[: found.start()] + kept + claim[found.end() :]


NUMBERS: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
    (r"\b(\d{1,3}),(\d{3})\b", r"\1\2"),
    (
        r"\b(\d{1,3})(\d{3})\b(?= (?:people|soldiers|troops|jobs|men|women|homes|students|workers|dollars|miles))",
        r"\1,\2",
    ),
    (r"(\d)bn\b", r"\1 billion"),
    (r"(\d)m\b", r"\1 million"),
    (r"(\d) billion\b", r"\1bn"),
    (r"(\d) million\b", r"\1m"),
    (rf"\b({'|'.join(WORDS[2:])})\b", lambda found: str(WORDS.index(found[1]))),
    (r"(?<![\d.,$£€-])\b([2-9]|1[0-2])\b(?![.,:]?\d|st|nd|rd|th|%|-)", lambda found: WORDS[int(found[1])]),
    (r"\$(\d[\d,.]*\d)(?! ?(?:m|b|tr))", r"\1 dollars"),
]
REWORDINGS: list[Change] = [_synonym, _synonym, _synonym, _number, _number, _hyphen, _day, _surname, _fronted, _acronym]

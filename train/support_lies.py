"""Claims that a text does not say, made from ones that it does: one thing is changed, left out or added."""

from __future__ import annotations

import random
import re

from reader_negatives import OPPOSITE
from support_things import Context, calendar, named, number, office, scale, sides, sourced, swapped, unit
from support_words import CONTRARY, MODIFIERS, STRONGER, listed

TO_BE = re.compile(r"\b(is|was|were|are|has|have|had|will|would|can|could|should|may|might)\b(?! not\b|n't)")
NOT = re.compile(
    r"\b(?:(is|was|were|are|has|have|had|will|would|can|could|should|do|does|did)(?: not\b|n['’]t\b)|never |no longer )"
)
PAST = re.compile(
    r"(?<=\w) (?!need|hundred|red\b|bed\b)([a-z]{2,}[^aeiou]ed|[a-z]{3,}ed) "
    r"(?=the|a|an|to|in|on|at|his|her|its|their|that|[A-Z0-9])"
)
_CONTRARIES = dict(pair.split(" ", 1) for pair in listed(CONTRARY))
CONTRARIES = OPPOSITE | {new: old for old, new in _CONTRARIES.items() if " " not in new} | _CONTRARIES
FREQUENT = frozenset("for with he his up over all first new".split())  # says little about what the lie is
STRENGTHS = [tuple(pair.split(">")) for pair in listed(STRONGER)]


def lie(claim: str, context: Context, random: random.Random) -> tuple[str, str] | None:
    """Return which kind of lie was made, and the claim with it; None if none can be made.

    The kinds are tried in a drawn order, those that words alone do not give away more often.
    """
    names, weights = list(LIES), [weight for _, weight in LIES.values()]
    for _ in range(6):
        kind = random.choices(names, weights)[0]
        changed = LIES[kind][0](claim, context, random)
        if changed and " ".join(changed.split()).lower() != " ".join(claim.split()).lower():
            return kind, changed[0].upper() + changed[1:]
    return None


def _negation(claim: str, context: Context, random: random.Random) -> str | None:
    """Put a negation in, or take it away."""
    if found := NOT.search(claim):
        return claim[: found.start()] + (f"{found[1]}" if found[1] else "") + claim[found.end() :]
    places = list(TO_BE.finditer(claim))
    if places:
        place = random.choice(places[:2])
        new = random.choice([f"{place[0]} not", f"{place[0]} never"]) if place[0] != "can" else "cannot"
        return claim[: place.start()] + new + claim[place.end() :]
    if found := PAST.search(claim):
        return f"{claim[: found.start()]} never {claim[found.start() + 1 :]}"
    return None


def _contrary(claim: str, context: Context, random: random.Random) -> str | None:
    """Change a word for its contrary."""
    words = [m for m in re.finditer(r"\b[a-z]+\b", claim) if m[0] in CONTRARIES]
    rare = [m for m in words if m[0] not in FREQUENT] or words
    if not rare:
        return None
    place = random.choice(rare)
    return claim[: place.start()] + CONTRARIES[place[0]] + claim[place.end() :]


def _stronger(claim: str, context: Context, random: random.Random) -> str | None:
    """Say more than the text: "may" as "will", "accused" as "convicted"."""
    fitting = [(old, new) for old, new in STRENGTHS if re.search(rf"\b{re.escape(old)}(?!\w)", claim)]
    if not fitting:
        return None
    old, new = random.choice(fitting)
    return " ".join(re.sub(rf"\b{re.escape(old)}(?!\w)", new, claim, count=1).split())


def _added(claim: str, context: Context, random: random.Random) -> str | None:
    """Add a detail that is not there: how another sentence ends."""
    known = context.evidence.lower()
    fitting = [phrase for phrase in context.phrases if phrase.lower().strip(" ,.") not in known]
    if not fitting or not claim.endswith("."):
        return None
    return f"{claim[:-1]}{random.choice(fitting)}."


def _word(claim: str, context: Context, random: random.Random) -> str | None:
    """Change a word for another with the same ending, that the text does not have."""
    told = context.evidence.lower()
    found = [m for m in re.finditer(r"\b[a-z]{5,}\b", claim) if context.words.get(m[0][-3:])]
    if not found:
        return None
    place = random.choice(found)
    fitting = [w for w in context.words[place[0][-3:]] if w[:4] not in told]
    return claim[: place.start()] + random.choice(fitting) + claim[place.end() :] if fitting else None


def _modifier(claim: str, context: Context, random: random.Random) -> str | None:
    """Add a word before a noun that says more than the text."""
    found = [m for m in re.finditer(r"\b(?:the|a|his|her|its|their) (?=[a-z]{4,} ?)", claim)]
    if not found:
        return None
    place = random.choice(found)
    word = random.choice(listed(MODIFIERS))
    before = claim[: place.end()]
    if before.endswith("a ") and word[0] in "aeiou":
        before = f"{before[:-1]}n "
    return before + word + " " + claim[place.end() :]


LIES = {
    "number": (number, 3.0),
    "scale": (scale, 0.5),
    "calendar": (calendar, 1.0),
    "swap": (swapped, 10.0),
    "sides": (sides, 4.0),
    "name": (named, 3.0),
    "negation": (_negation, 2.0),
    "contrary": (_contrary, 3.0),
    "stronger": (_stronger, 1.5),
    "added": (_added, 2.5),
    "word": (_word, 3.0),
    "modifier": (_modifier, 1.0),
    "unit": (unit, 1.0),
    "office": (office, 1.0),
    "source": (sourced, 0.8),
}

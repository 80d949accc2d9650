"""Ask another thing about what a question is about, or say it: with the answer in the place of the question word."""

from __future__ import annotations

import re
from dataclasses import replace

from qa.followups.clauses import Clause, joined, question
from qa.followups.verbs import AUXILIARIES, PREPOSITIONS, base_form, finite, is_verb

_MONTH = r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_IN = {"when": rf"(?:{_MONTH}|\d{{4}})(?:\s+\d{{4}})?$", "where": r"(?:the\s+)?[A-Z]"}


def ask(opening: str, asked: Clause, *, filling: str = "") -> str:
    """Ask another thing about what a question is about; `filling` stands where its own opening stood.

    "Why" of "Which company cut off the internet?", filled with "Kazakhtelecom", is "Why did Kazakhtelecom cut off the
    internet?".
    """
    auxiliary = asked.auxiliary.lower()
    if asked.role in ("none", "adjunct"):
        return question(opening, auxiliary, asked.rest)
    if asked.role == "copula":
        return question(opening, auxiliary, filling, asked.subject)
    if predicate := _predicated(asked, filling):
        return question(opening, *predicate)
    if asked.role == "object":
        return question(opening, auxiliary, *_with_object(asked, filling))
    who = filling or asked.head or ("something" if asked.opening.lower() == "what" else "someone")
    if asked.auxiliary:
        return question(opening, auxiliary, who, asked.verb, asked.after)
    auxiliary, base = base_form(asked.verb)
    return question(opening, auxiliary, who, base, asked.after)


def _predicated(asked: Clause, filling: str) -> tuple[str, ...]:
    """Put what was done or what happened for "do" and "happen": "the price", "had doubled" is "had the price doubled".

    Empty where the question asks for something else.
    """
    happened = re.match(r"to\s+(.+)", asked.after) if asked.verb.startswith("happen") else None
    subject = happened[1] if happened else asked.subject if asked.role == "object" and asked.verb == "do" else ""
    if not subject and not asked.verb.startswith("happen"):
        return ()
    first, _, others = filling.partition(" ")
    if first.lower() in AUXILIARIES and subject:
        return first.lower(), subject, others
    if is_verb(first.lower()) and subject:
        auxiliary, base = base_form(first)
        return auxiliary, subject, base, others
    return ("did", "that", "happen", asked.after) if asked.verb.startswith("happen") else ()


def statement(asked: Clause, *, filling: str = "") -> str:
    """Say what a question asks about, `filling` standing where its opening stood; empty where that cannot be told."""
    asked = _told(replace(asked, auxiliary=asked.auxiliary.lower()))
    if asked.role == "subject":
        return joined(filling or asked.head or "someone", asked.auxiliary, asked.verb, asked.after)
    if asked.role == "copula" and asked.head:
        return joined(filling or asked.head, asked.auxiliary, asked.subject)
    if asked.role == "copula":
        return joined(asked.subject, asked.auxiliary, filling)
    if not asked.verb or asked.subject.endswith(" not"):
        return ""
    if asked.role == "object":
        subject, *behind = _with_object(asked, filling)
        return joined(subject, asked.auxiliary, *behind)
    if filling and asked.role == "adjunct" and not (filling := _adjunct(asked.opening, filling)):
        return ""
    return joined(asked.subject, asked.auxiliary, asked.verb, asked.after, filling)


def _told(asked: Clause) -> Clause:
    """Put the verb as it is told rather than asked: "ended" for "did … end"."""
    verb = finite(asked.auxiliary, asked.verb.lower())
    plain = verb and not re.search(r"\b(?:not|never)\b", asked.rest)
    return replace(asked, auxiliary="", verb=verb) if plain else asked


def _adjunct(opening: str, filling: str) -> str:
    """Return what stands behind a verb for "when" or "in which …": "on 12 January 2022"; empty where unsure."""
    asked, first = opening.lower().split(), filling.split()[0].lower()
    if first in PREPOSITIONS or first in ("today", "yesterday", "tomorrow", "last", "next"):
        return filling
    if asked[0] in PREPOSITIONS and asked[0] != "according" and asked[-1] not in ("long", "many", "much"):
        return f"{asked[0]} {filling}"
    if asked[0] == "when" and re.search(rf"{_MONTH}\s+\d{{1,2}}\b|\b\d{{1,2}}\s+{_MONTH}|day\b", filling):
        return f"on {filling}"
    return f"in {filling}" if _IN.get(asked[0]) and re.match(_IN[asked[0]], filling) else ""


def _with_object(asked: Clause, filling: str) -> tuple[str, ...]:
    """Put the object behind the verb and what belongs to it, before where and when."""
    if not asked.verb or not filling:
        return asked.subject, asked.verb, joined(asked.after, filling)
    first = asked.after.split(" ", 1)[0].lower()
    early = first in ("in", "on", "at", "during", "according", "before", "after", "when", "while", "because", "since")
    behind = joined(filling, asked.after) if early and len(asked.after.split()) > 1 else joined(asked.after, filling)
    return asked.subject, asked.verb, behind


def with_opening(asked: Clause, opening: str) -> str:
    """Ask the same with another opening: "how many planes" for "how many soldiers"."""
    changed = replace(asked, opening=opening)
    return question(changed.opening, changed.auxiliary, changed.rest)

"""What of a sentence a question may take over: its subject, its verb turned round, the words up to another clause."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.dates import find_dates
from qa.followups.verbs import AUXILIARIES, BASE, DETERMINERS, PREPOSITIONS, base_form
from qa.words import FUNCTION_WORDS

PAST = rf"(?:[a-z]+ed|{'|'.join(sorted(form for form in BASE if form not in AUXILIARIES and form.isalpha()))})"
BE = r"(?:was|were|is|are|has been|have been|had been)"
ADVERB = r"(?:[a-z]+ly |also |then |later |now |since |already )?"
# Where what a question may take over ends: another clause, an aside, a speaker.
ENDS = re.compile(
    r"[,;:()\[\]“”\"‘–—…]| - |\s(?:who|which|that|what|whose|where|when|while|after|before|because|as|since|until|but|"
    r"and|if|held|although|though|despite|amid|according|so|than|including|following|saying|leaving|"
    r"adding|with an?|by)\b"
)
REPORTING = frozenset(
    "said told added announced reported stated claimed called wrote asked argued insisted noted denied warned believed "
    "thought felt agreed seemed appeared continued tried wanted hoped needed used had got made took went came became "
    "put kept let set did was were left managed meant described".split()
)


def cut(text: str) -> str:
    """Return the beginning of a text up to where another clause begins, without the day that is named at its end."""
    end = ENDS.search(text)
    kept = text[: end.start()] if end else text
    for date in find_dates(kept, None):
        kept = re.sub(
            r"\s*\b(?:on|in|since|late|early|by|until|from|at|of|during)?\s*(?:the\s)?$", "", kept[: date.start]
        )
        break
    words = kept.split()
    while words and words[-1].lower() in FUNCTION_WORDS | PREPOSITIONS | DETERMINERS:
        words.pop()
    return " ".join(words)


def subject_of(text: str, article: str) -> str | None:
    """Return the subject of a sentence as it stands inside one: "the strike"; None if that cannot be told."""
    words = text.split()
    if not 1 <= len(words) <= 7 or ENDS.search(text) or any(word.lower() in AUXILIARIES for word in words):
        return None
    if any(re.fullmatch(PAST, word) and words[place - 1].lower() != "the" for place, word in enumerate(words[1:], 1)):
        return None
    if re.search(r"\b[a-z]+s [A-Z]", text):  # "the book claims Mr Quill"
        return None
    first = words[0]
    if first in ("The", "A", "An"):
        return f"{first.lower()} {' '.join(words[1:])}" if len(words) > 1 else None
    if first.lower() in FUNCTION_WORDS | PREPOSITIONS or not first[:1].isupper():
        return None
    if re.search(rf"(?<![.!?“\"] )(?<!^)\b{re.escape(first)}\b", article[1:]) is None:
        return None
    if re.search(rf"\b{re.escape(first[0].lower() + first[1:])}\b", article):
        return first[0].lower() + text[1:]
    return text if re.search(rf"[a-z,] {re.escape(first)}\b", article) else None


def asked(*parts: str) -> str:
    """Put parts of a question together."""
    text = " ".join(part for part in parts if part)
    return f"{text[:1].upper()}{text[1:]}?"


def inverted(opening: str, subject: str, verb: str, rest: str) -> str | None:
    """Put a question: "When", "the strike", "was called off", "" is "When was the strike called off?"."""
    first, *others = verb.split()
    if first in AUXILIARIES:
        return asked(opening, first, subject, *others, rest)
    auxiliary, base = base_form(first)
    if auxiliary != "did" or base == first:
        return None
    return asked(opening, auxiliary, subject, base, *others, rest)


def cut_by(rest: str) -> str:
    """Return what may be taken over of what follows a passive, with whoever did it where that is a name."""
    kept = cut(rest)
    by = re.match(r"\s*(by (?:the )?(?:[A-Z][\w-]+)(?: [A-Z][\w-]+)*)(?=[,.]|$)", rest[rest.find(kept) + len(kept) :])
    return f"{kept} {by[1]}".strip() if by else kept


def clauses(told: str, article: str) -> Iterator[tuple[str, str, str]]:
    """Yield subject, finite verb (with its participle) and what follows it, of a plain statement."""
    match = re.match(rf"(?P<subject>.{{3,60}}?) (?P<verb>{BE} {ADVERB}{PAST}|{PAST})\b(?P<rest>.*)", told)
    subject = subject_of(match["subject"], article) if match else None
    if match is None or subject is None or match["verb"] in REPORTING:
        return
    verb = match["verb"]
    if verb == "took" and not match["rest"].startswith(" place"):
        return
    yield subject, re.sub(r" (?:[a-z]+ly|also|then|later|now|since|already) ", " ", verb), match["rest"].strip()

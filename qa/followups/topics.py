"""What a conversation has been about: the people, things, places and times that a pronoun may stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa.dates import find_dates
from qa.followups.clauses import Clause, bare, joined, parse
from qa.followups.phrases import Kind, is_plural, is_role, is_where, kinds_of, leading_phrase, tidied
from qa.followups.verbs import AUXILIARIES, BE, DETERMINERS, PREPOSITIONS, is_clause
from qa.names import ROLES, find_names
from qa.types import Turn
from qa.understand import type_of

_LONGEST = 12  # words of something that stands for a pronoun
_NAME_ALONE = re.compile(r"(?:the )?[A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*)*")
_BEHIND = re.compile(
    rf"\b(?:{'|'.join(sorted(PREPOSITIONS - {'of', 'according'}))})\s+(?=(?:the|an?)\s)", re.IGNORECASE
)
_PARTICLE = re.compile(r"^(?:off|up|out|down|back|away|over|on)\s")
_ANYBODY = frozenset({"people", "someone", "somebody", "anyone", "something", "the people"})
_EVENTS = frozenset("take held happen occur begin end start hosted celebrated staged".split())
_TOLD = re.compile(
    r"\b(?:say|said|says|report\w*|announce\w*|state[sd]?|according|quote[sd]?|told|claim\w*|cite[sd]?)\b", re.I
)
_WHERE = re.compile(r"\b(?:in|at|from|to|near|of|across|into)(?:\s+the)?\s+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that was spoken of, in words of the conversation, and what it may be.

    `named` where it is a proper name; `age` counts the turns since; `told` where only an answer's
    claim names it.
    """

    text: str
    kinds: frozenset[Kind]
    named: bool = False
    age: int = 0
    told: bool = False

    @property
    def possessive(self) -> str:
        """Whose: "Zas's", "the protesters'"."""
        plural = "things" in self.kinds and self.text.endswith("s")
        return self.text + ("'" if plural else "'s")


def mentions(turns: Sequence[Turn]) -> tuple[Mention, ...]:
    """Return what was spoken of, the likeliest to be meant by a pronoun first: the latest turns, answers before names.

    What an abstention came near to was not said.
    """
    found: dict[str, Mention] = {}
    for age, turn in enumerate(reversed(turns)):
        for each in map(_tidied, _of_turn(turn)):
            if 0 < len(each.text.split()) <= _LONGEST and each.text.lower() not in _ANYBODY:
                found.setdefault(each.text.lower(), replace(each, age=age))
    people = {each.text.split()[-1] for each in found.values() if each.named and each.kinds == {"person"}}
    spoken = [text for turn in turns for text in (turn.answer.standalone, *(c.text for c in turn.answer.claims))]
    somebody: frozenset[Kind] = frozenset({"person"})  # "Brook", where "Ada Brook" was spoken of
    return tuple(
        replace(each, kinds=somebody)
        if each.text in people
        else replace(each, kinds=each.kinds - somebody)
        if "place" in each.kinds and is_where(each.text, spoken)
        else each
        for each in found.values()
    )


def _tidied(mention: Mention) -> Mention:
    text = tidied(mention.text)
    return (
        mention
        if text == mention.text
        else replace(mention, text=text, kinds=kinds_of(text) if text else mention.kinds)
    )


def said(turn: Turn) -> str:
    """Return the bare answer of a turn if it can stand in a question; empty where there is none.

    Whoever reported the answer is hardly the answer, unless it was asked who did.
    """
    answer = turn.answer
    if answer.status == "abstained" or not answer.short or len(answer.short.split()) > _LONGEST:
        return ""
    source = any(claim.attributed_to and claim.attributed_to in answer.short for claim in answer.claims[:1])
    if source and not _TOLD.search(answer.standalone):
        return ""
    return " ".join(answer.short.split())


def _of_turn(turn: Turn) -> Iterator[Mention]:
    question = turn.answer.standalone
    asked, answer = parse(question), tuple(_answered(turn))
    if asked and asked.verb in _EVENTS and re.match(r"(?:where|in wh\w+|at wh\w+)\b", asked.opening, re.IGNORECASE):
        yield Mention(f"at {asked.subject}", frozenset({"place"}))
    topics = tuple(_topics(asked)) if asked else ()
    first, second = (topics, answer) if asked and _is_about(asked, turn) else (answer, topics)
    yield from first
    yield from second
    yield from _beside(question)
    yield from _named(question)
    for claim in turn.answer.claims:
        people = (each for each in _named(claim.text) if "person" in each.kinds and " " in each.text)
        yield from (replace(each, told=True) for each in people)


def _beside(question: str) -> Iterator[Mention]:
    """Yield what stands behind a preposition with its article: "the ceremony" of "at the ceremony"."""
    for found in _BEHIND.finditer(question):
        phrase = leading_phrase(question[found.end() :])
        if phrase and not phrase[-1:].isdigit():
            yield _phrase(phrase)


def _is_about(asked: Clause, turn: Turn) -> bool:
    """Whether a question is about what it names rather than about its answer: "What is the CSTO?"."""
    if asked.role == "adjunct" and not asked.verb:  # "Where is Zhanaozen?"
        return True
    if asked.role != "copula":
        return False
    return bool(_NAME_ALONE.fullmatch(asked.subject)) or (any(find_names(asked.subject)) and not _typed(turn))


def _typed(turn: Turn) -> frozenset[Kind]:
    """Return what the answer to a question is by the way it was asked."""
    kinds: dict[str, frozenset[Kind]] = {
        "person": frozenset({"person"}),
        "place": frozenset({"place", "thing"}),
        "organisation": frozenset({"thing"}),
        "date": frozenset({"time"}),
    }
    return kinds.get(type_of(turn.answer.standalone), frozenset())


def _answered(turn: Turn) -> Iterator[Mention]:
    """Yield the bare answer of a turn as something to speak of, if it is no number and no sentence."""
    short, kinds = said(turn), _typed(turn)
    if not short or type_of(turn.answer.standalone) in ("number", "duration", "reason", "quote", "yes_no"):
        return
    named = short[:1].isupper()
    several = bool(re.search(r", | and ", short))
    if kinds and any(date.end - date.start > len(short) // 2 for date in find_dates(short, None)):
        kinds = frozenset({"time"})
    if kinds == {"person"} and not named:
        kinds = frozenset({"things"}) if is_plural(short) else frozenset()
    elif kinds and several and "time" not in kinds:
        kinds = frozenset({"things"})
    elif kinds == {"person"} and (" " not in short or "person" not in kinds_of(short)):
        kinds = kinds_of(short)  # who did it may be a company
    if kinds:
        yield Mention(short, kinds, named)
    elif _is_phrase(short, parse(turn.answer.standalone)):
        yield Mention(short, kinds_of(short), named)


def _topics(asked: Clause) -> Iterator[Mention]:
    """Yield the noun phrases that a question is about: its subject, its object, what it counts."""
    if asked.role == "subject":
        yield from _around(asked)
    elif asked.subject and asked.verb:
        yield _phrase(asked.subject)
        yield from _leading(asked.after)
    elif (
        asked.head
        and asked.role == "copula"
        and asked.subject[:1].islower()
        and bare(asked.subject.split()[0]) not in DETERMINERS
    ):
        pass  # "dead according to CNN" is said of how many
    elif asked.role == "copula" and not is_clause(asked.subject) and not _leans(asked.subject):
        yield Mention(asked.subject, _described(asked), asked.subject[:1].isupper())
    elif bare(asked.subject.split(" ")[0]) != "there":
        yield from _leading(_without_predicate(asked))
    if asked.head and is_plural(asked.head) and asked.role in ("object", "copula"):
        yield Mention(f"the {asked.head}", frozenset({"things"}))


def _without_predicate(asked: Clause) -> str:
    """Return what "Is Massimov innocent?" is about: without its last word, where that says how or what it is."""
    told = asked.role == "none" and asked.auxiliary.lower() in BE.split() and not asked.verb
    if not told or leading_phrase(asked.subject) != asked.subject or " " not in asked.subject:
        return asked.subject
    return asked.subject.rsplit(" ", 1)[0]


def _around(asked: Clause) -> Iterator[Mention]:
    """Yield what a question for its subject is about: its object, and whom or what it counts or asks for."""
    yield from _leading(_PARTICLE.sub("", asked.after))
    if asked.head and asked.auxiliary and is_plural(asked.head):
        verb = asked.verb.removeprefix("been ").removeprefix("being ")
        yield Mention(joined("the", asked.head, verb, asked.after), frozenset({"things"}))
    elif found := re.match(r"(?:to|in|of|with|against)\s+(.+)", asked.after):
        yield from _leading(found[1])
    if not asked.auxiliary and asked.opening.lower() == "who":
        yield Mention(joined("the one who", asked.verb, asked.after), frozenset({"person"}))


def _leading(text: str) -> Iterator[Mention]:
    """Yield the noun phrase that a text begins with, if it does."""
    if phrase := leading_phrase(text):
        yield _phrase(phrase)


def _leans(subject: str) -> bool:
    """Whether a subject begins or ends with a preposition: "in the force", "its people angry about"."""
    tokens = subject.split()
    return bool(tokens) and (bare(tokens[0]) in PREPOSITIONS or bare(tokens[-1]) in PREPOSITIONS)


def _described(asked: Clause) -> frozenset[Kind]:
    """Return what the subject of "Who is …?" or "What is …?" may be."""
    if re.match(r"who\b", asked.opening, re.IGNORECASE):
        return frozenset({"things"} if asked.auxiliary.lower() in ("are", "were") else {"person"})
    return kinds_of(asked.subject) - {"person"}


def _phrase(text: str) -> Mention:
    return Mention(text, kinds_of(text), text[:1].isupper())


def _is_phrase(text: str, asked: Clause | None) -> bool:
    """Whether an answer is a noun phrase: what was declared, but not what somebody did or what happened."""
    first = bare(text.split()[0])
    done = asked is not None and (asked.verb == "do" or asked.verb.startswith("happen"))
    return not done and first not in PREPOSITIONS | AUXILIARIES and len(text.split()) <= 7


def _named(text: str) -> Iterator[Mention]:
    """Yield the proper names of a text, the first ones first, with "the" where it stands before them."""
    for name in find_names(text):
        before = text[max(0, name.start - 40) : name.start]
        words = text[name.start : name.end]
        kinds = kinds_of(words)
        if _WHERE.search(before) and kinds >= {"place", "person"}:
            kinds = frozenset({"place", "thing"})
        elif re.search(rf"\b(?:{'|'.join(ROLES)})\s+$", before, re.IGNORECASE) and "person" in kinds:
            kinds = frozenset({"person"})
        if kinds == {"person"} and re.search(r"\bthe\s+$", before, re.IGNORECASE) and not is_role(words):
            kinds = frozenset({"thing"})  # "the Ferry Queen"
        article = "the " if re.search(r"\bthe\s+$", before, re.IGNORECASE) and "person" not in kinds else ""
        if not is_role(words):
            yield Mention(article + words, kinds, named=True)
    for date in find_dates(text, None):
        yield Mention(text[date.start : date.end], frozenset({"time"}))

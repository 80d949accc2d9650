"""Put a phrase where its like stood in the last question: "In Almaty?", "What about the police?"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.dates import find_dates
from qa.followups.asking import with_opening
from qa.followups.clauses import Clause, bare, joined, parse
from qa.followups.clauses import question as as_question
from qa.followups.phrases import is_plural, kinds_of, leading_phrase
from qa.followups.topics import Mention
from qa.followups.verbs import DETERMINERS, PREPOSITIONS, is_clause
from qa.names import find_names, is_country
from qa.types import Turn
from qa.words import content, stem, words

_AT = frozenset("in at from near inside outside around".split())
_WHEN = frozenset("on in during since until before after by for".split())
_MONTH = re.compile(
    r"January|February|March|April|May|June|July|August|September|October|November|December|spring|summer|autumn|winter"
)
_WHOSE = frozenset("its his her their him them it he she they that this those these".split())
_AGREEING = frozenset("is are was were has have does do".split())
_SOURCE = re.compile(r"\baccording to\s+(?:the\s+)?$", re.IGNORECASE)
_NAME_ALONE = re.compile(r"[A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*)*")
_STEADY = frozenset({"source", "time", "place", "about", "during"})  # what a led question takes over
_TIME = re.compile(
    r"\b(?:\d{4}|day|week|month|year|morning|evening|night|afternoon|weekend|dawn|noon|today|yesterday)s?\b", re.I
)


@dataclass(frozen=True, slots=True)
class Adjunct:
    """A phrase such as "in Almaty" at [start, end) of a question, and what it says: place, time, source or else."""

    text: str
    start: int
    end: int
    slot: str
    names: bool


def adjuncts(text: str) -> Iterator[Adjunct]:
    """Yield the phrases of a question that a preposition opens, in order, "of" apart."""
    tokens = list(re.finditer(r"\S+", text))
    place = 0
    while place < len(tokens):
        word = bare(tokens[place][0])
        if word not in PREPOSITIONS or word in ("of", "because") or place == 0:
            place += 1
            continue
        first = place + 2 if word == "according" else place + 1
        end = _end(tokens, first)
        if end > first:
            last = tokens[end - 1]
            inner = text[tokens[first].start() : last.end()].rstrip("?,.")
            phrase = text[tokens[place].start() : tokens[first].start()] + inner
            start = tokens[place].start()
            yield Adjunct(phrase, start, start + len(phrase), slot(word, inner), any(find_names(inner)))
        place = max(end, place + 1)


def _end(tokens: list[re.Match[str]], first: int) -> int:
    """Return where a noun phrase that begins here ends: at the next preposition but "of", at a verb, or at a comma."""
    end = first
    while end < len(tokens):
        word = bare(tokens[end][0])
        after_of = end > first and bare(tokens[end - 1][0]) == "of"
        if (word in PREPOSITIONS and word != "of") or (word in DETERMINERS and end > first and not after_of):
            break
        if end > first and (is_clause(word) or word in ("and", "or", "who", "which", "that", "when", "while", "how")):
            break
        end += 1
        if tokens[end - 1][0].endswith((",", "?")):
            break
    return end


def slot(preposition: str, inner: str) -> str:
    """Return what a phrase says, by its preposition and its noun: "source", "time", "place", or the preposition."""
    if preposition == "according":
        return "source"
    dated = _MONTH.fullmatch(inner) or any(find_dates(f"{preposition} {inner}", None)) or _TIME.search(inner)
    if dated and preposition in _WHEN:
        return "time"
    return "place" if preposition in _AT else preposition


def carried(question: str, earlier: str, *, whole: bool) -> str:
    """Return a question with the where, the when and the source of an earlier one, where it has none of its own.

    A question that is not `whole`, which says neither who nor what, takes over everything.
    """
    own = list(adjuncts(question))
    if any(find_names(question[1:])) and whole:
        return question
    taken = {each.slot for each in own}
    more = [each.text for each in adjuncts(earlier) if _goes_on(each) and each.slot not in taken]
    return joined(question, *more)


def _goes_on(adjunct: Adjunct) -> bool:
    """Whether another question is of the same, too: of the same place, but not "in distress" or "about the price"."""
    if adjunct.slot == "place":
        return adjunct.names or bare(adjunct.text.split()[1]) in DETERMINERS
    return adjunct.slot in _STEADY - {"about"}


def instead(fragment: str, turns: Sequence[Turn], spoken: Sequence[Mention]) -> str:
    """Put a phrase into the last question in the place of its like; empty where that question has no place for it."""
    last = turns[-1].answer.standalone
    asked = parse(last)
    fragment = fragment.strip(" ?,.")
    if asked is None or not fragment:
        return ""
    first = bare(fragment.split()[0])
    if first in PREPOSITIONS:
        return with_adjunct(last, fragment[0].lower() + fragment[1:])
    if first in _WHOSE:
        return ""  # of nobody that was spoken of
    if is_country(fragment) and (known := next((each for each in words(last) if is_country(each.text)), None)):
        return as_question(last[: known.start] + fragment + last[known.end :])
    if re.fullmatch(r"(?:in )?\d{4}", fragment):
        return with_adjunct(last, f"in {fragment}")
    tail = next((each for each in adjuncts(f"x {fragment}") if each.slot in _STEADY), None)
    noun = fragment if tail is None else fragment[: tail.start - 2].strip()
    there = [each for each in adjuncts(last) if tail is not None and each.slot == tail.slot]
    if tail is not None and there and noun and asked.role != "copula":
        last = with_adjunct(last, tail.text)
        return _with_noun(noun, last, parse(last) or asked, turns[-1])
    return _with_noun(fragment, last, asked, turns[-1])


def with_adjunct(last: str, phrase: str) -> str:
    """Put "in Almaty" where "in Pavlodar" stood, or at the end."""
    preposition = bare(phrase.split()[0])
    inner = phrase.split(" ", 2)[2] if preposition == "according" else joined(*phrase.split()[1:])
    wanted = slot(preposition, inner)
    if _asks_for(wanted, parse(last)):
        return ""
    for each in adjuncts(last):
        if each.slot == wanted:
            return as_question(last[: each.start] + phrase + last[each.end :])
    return as_question(last.rstrip(" ?"), phrase)


def _asks_for(wanted: str, asked: Clause | None) -> bool:
    """Whether a question asks for the place or the time that it would be given: "Where is Zhanaozen?", in Almaty."""
    if asked is None:
        return False
    where = wanted == "place" and not asked.verb and bare(asked.opening) == "where"
    where = where or (
        asked.role == "copula" and wanted in ("place", "time") and _NAME_ALONE.fullmatch(asked.subject) is not None
    )
    return where or (wanted == "time" and bare(asked.opening) == "when")


def _with_noun(noun: str, last: str, asked: Clause, turn: Turn) -> str:
    """Put a noun phrase where its like stood: what was counted, a name of its sort, or the subject."""
    if asked.role == "copula" and not asked.head:
        return _with_copula(noun, last, asked)
    if (
        asked.head
        and not any(find_names(f"x {noun}"))
        and not noun.lower().startswith(("the ", "his ", "her ", "its "))
    ):
        steady = "how " in asked.opening.lower() or is_plural(noun) == is_plural(asked.head)
        return with_opening(asked, _opening(asked, noun)) if steady else ""
    counted = noun.lower().startswith("the ") and is_plural(noun) and is_plural(asked.head) and not asked.subject
    if counted and not any(find_names(f"x {noun}")):
        return with_opening(asked, _opening(asked, noun[4:]))
    if (place := _like(noun, last, turn)) is not None:
        start, end = place
        return as_question(last[:start] + noun + last[end:])
    return _for_phrase(noun, last, asked)


def _for_phrase(noun: str, last: str, asked: Clause) -> str:
    """Put a noun phrase where another stood that is no like of it: the subject, else the object; a country, behind."""
    agrees = is_plural(noun) == is_plural(asked.subject) or asked.auxiliary.lower() not in _AGREEING
    if asked.subject.lower().startswith("there ") or not agrees:
        return ""
    if asked.subject and asked.verb:
        return as_question(asked.opening, asked.auxiliary, noun, asked.verb, asked.after)
    if phrase := leading_phrase(asked.after):
        return as_question(last.replace(phrase, noun, 1))
    if asked.subject:
        return as_question(last.replace(leading_phrase(asked.subject) or asked.subject, noun, 1))
    return with_adjunct(last, f"in {noun}") if is_country(noun) else ""


def _opening(asked: Clause, noun: str) -> str:
    """Return "how many planes" for "how many soldiers", and "how much equipment"."""
    front = asked.opening[: len(asked.opening) - len(asked.head)].strip()
    if front.lower().endswith("how many") and not is_plural(noun):
        front = front[: -len("many")] + "much"
    if front.lower().endswith("how much") and is_plural(noun):
        front = front[: -len("much")] + "many"
    return joined(front, noun)


def _with_copula(noun: str, last: str, asked: Clause) -> str:
    """Put a noun phrase for all that "Who is …?" asks about, or a name for a name in it."""
    named = [asked.subject[name.start : name.end] for name in find_names(f"x {asked.subject}"[2:])]
    if is_country(noun) and asked.subject[:1].islower() and not any(is_country(each) for each in named):
        return ""  # "What are Kyrgyzstan?"
    if noun[:1].islower() and bare(noun.split()[0]) not in DETERMINERS and is_plural(noun) != is_plural(asked.subject):
        return ""  # "Who is women?"
    described = not any(find_names(f"x {noun}")) or " of " in noun or noun[:1].islower()
    if not described and named and asked.subject not in named and not noun.lower().startswith("the "):
        like = next((each for each in named if kinds_of(each) & kinds_of(noun)), named[0])
        return as_question(last.replace(like, noun, 1))
    return as_question(asked.opening, asked.auxiliary, noun)


def _like(noun: str, last: str, turn: Turn) -> tuple[int, int] | None:
    """Return where the like of a noun phrase stands in a question: a name of the same sort, or a noun of its kind."""
    kinds = kinds_of(noun)
    if any(find_dates(noun, None)):
        return next(((date.start, date.end) for date in find_dates(last, None)), None)
    named = [(name.start, name.end) for name in find_names(last) if name.start > 0]
    if is_country(noun):  # no source
        named = [place for place in named if not _SOURCE.search(last[: place[0]])]
    if any(find_names(f"x {noun}")):
        ranked = sorted(named, key=lambda place: -_likeness(last, place, noun, kinds))
        place = next(iter(ranked), None)
        return _with_article(last, place, noun) if place else None
    head = stem(noun.split()[-1])
    for word in content(last):
        if word.stem == head:
            return None
    return None


def _likeness(last: str, place: tuple[int, int], noun: str, kinds: frozenset[str]) -> float:
    """Return how alike two names are: what they may be, how many words, whether in capitals."""
    name = last[place[0] : place[1]]
    there = set(kinds_of(name))
    if re.search(r"\b(?:in|at|from|to|near)\s+(?:the\s+)?$", last[: place[0]]):
        there |= {"place"}
    if _SOURCE.search(last[: place[0]]):
        there = {"thing", "person"}
    shared = len(there & kinds) / len(there | kinds)
    return shared + 0.1 * (name.isupper() == noun.isupper()) + 0.05 * (len(name.split()) == len(noun.split()))


def _with_article(last: str, place: tuple[int, int], noun: str) -> tuple[int, int]:
    """Take "the" with a name that gives way to one that brings its own, or to one without."""
    article = re.search(r"\bthe\s+$", last[: place[0]], re.IGNORECASE)
    return (article.start() if article else place[0], place[1])

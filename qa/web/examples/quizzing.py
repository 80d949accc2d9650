"""Turn a sentence of an article into questions that it answers: who, how many, when, where, why, what was said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from qa.attribution import attributed_to
from qa.dates import find_dates
from qa.followups.phrases import kinds_of
from qa.names import ROLES, find_names, is_country, is_demonym
from qa.orders import gives_orders, is_english
from qa.quantities import find_figures
from qa.web.examples.phrasing import (
    ADVERB,
    BE,
    ENDS,
    PAST,
    REPORTING,
    asked,
    clauses,
    cut,
    cut_by,
    inverted,
    subject_of,
)
from qa.words import FUNCTION_WORDS, content

Form = Literal["who did", "who is", "how many", "when", "where", "why", "said"]

LONGEST = 90  # characters of a question
_FEWEST, _MOST = 6, 45  # words of a sentence that is looked at
_LEAST_SAID = 3  # words of a question that say something, names counted twice


@dataclass(frozen=True, slots=True)
class Quiz:
    """A question made of a sentence, and words of that sentence which an answer to it has to hold."""

    question: str
    form: Form
    expects: str


_NAME = r"[A-Z][\w'’-]*(?: (?:of |bin |al |de |van |von )?[A-Z][\w'’-]*){1,3}"
# Of nobody in particular, or only there in the article: a question with one of these does not stand alone.
_LEANS = re.compile(
    r"\b(?:he|she|it|they|we|i|you|him|her|his|hers|its|their|them|our|us|my|your|this|that|these|those|there|here|such|"
    r"others?|another|same|latter|ones?|some|also|both|only|today|yesterday|tomorrow|tonight|now|ago|earlier|later|last|"
    r"recently|further|more|least|not|said|says)\b|n['’]t\b|['’](?:re|ve|ll|d|m)\b|%"
    r"|\bthe (?:company|firm|club|group|team|man|woman|couple|pair|musician|film|book|report|game|match|side|country|"
    r"city|president|minister|player|band|court|two|three|attack|hospital|agency|ministry|police|"
    r"government)\b(?! of\b| in\b)",
    re.IGNORECASE,
)
# Offices that one person holds at a time, as spokesmen and analysts do not; some say nothing without what they are of.
_OFFICES = frozenset(
    "president chairman chairwoman chair head chief executive director commander governor mayor secretary minister "
    "secretary-general premier chancellor king queen pope leader ambassador coach manager captain founder owner editor "
    "commissioner ceo general".split()
)
_VAGUE = frozenset(
    "chief head general secretary director captain executive leader manager coach editor founder".split()
)
_SHORT_FORMS = frozenset({"UK", "US", "EU", "UN"})
_NO_DEED = frozenset("interested accused believed expected supposed based hooked concerned aimed related".split())
_COUNTED = r"(?P<noun>(?:[a-z]+(?:-[a-z]+)? )?(?:people|men|women|children|[a-z]{3,}s))"
_STAY = r"(?:died|gathered|attended|fled|arrived|marched|protested|voted|took part|turned out|signed|live|work|lost)"
_SUFFERED = (
    r"(?:killed|injured|wounded|arrested|detained|evacuated|displaced|destroyed|rescued|deployed|sent|employs|hired)"
)
_HAPPENED = (
    r"(?:took place|happened|began|started|opened|crashed|died|met|gathered|landed|"
    r"(?:was|were) (?:held|born|arrested|found|detained|killed|launched|filmed|signed|buried|opened|seized|shot))"
)

_TOPIC = re.compile(
    r"(?:that )?(?P<topic>the (?:[a-z]+ ){0,2}[a-z]{4,} (?:in|of|with|against) (?:the )?[A-Z][\w-]+(?: [A-Z][\w-]+)*) "
    r"(?:was|were|is|are|had|has|have|would|will|could|should|must|can)\b"
)


def quizzes(sentence: str, article: str) -> Iterator[Quiz]:
    """Yield questions that a sentence answers and that stand alone; none for most sentences.

    `article` is the whole text: it tells a name from a word that has its capital from the start of the sentence.
    """
    text = " ".join(sentence.split()).rstrip(".")
    if not _FEWEST <= len(text.split()) <= _MOST or not is_english(text) or gives_orders(text):
        return
    for form in (_who_is, _how_many, _when, _where, _why, _who_did, _said):
        for quiz in form(text, article):
            if _stands_alone(quiz.question):
                yield quiz


def _stands_alone(question: str) -> bool:
    """Whether somebody who has not read the article would know what is asked, and might ask it so."""
    if len(question) > LONGEST or _LEANS.search(question) or any(mark in question for mark in ',;:“”"()[]*#@/'):
        return False
    if any(date.relative for date in find_dates(question, None)) or gives_orders(question):
        return False
    behind = question[len(question.split()[0]) :]
    names = {word for name in find_names(behind) for word in behind[name.start : name.end].split()}
    names |= {word for word in behind.split() if is_demonym(word) or word in _SHORT_FORMS}
    said = [word.text for word in content(question)]
    least = _LEAST_SAID + (not question.startswith("Who is"))
    return bool(names) and len(said) + len(names) >= least and not re.search(r"\b(\w+) \1\b", question)


# Forms


def _who_is(text: str, article: str) -> Iterator[Quiz]:
    """Ask who somebody is whose office stands beside the name."""
    behind = (
        rf"(?P<name>{_NAME}), (?:who (?:is|was) )?(?P<office>(?:the )?[\w'’ -]{{4,70}}?)(?:,|$| has | said | and is )"
    )
    ahead = rf"(?P<office>\bthe [a-z][\w'’ -]{{4,60}}), (?P<name>{_NAME})(?:,|$| )"
    for match in (*re.finditer(behind, text), *re.finditer(ahead, text)):
        office, name = match["office"].removeprefix("the "), _named(match["name"])
        held = re.match(r"(?:[a-z-]+ ){0,3}?[a-z-]+(?= (?:of|at|for|in) (?:the )?[A-Z])", office)
        if (
            held
            and name
            and held[0].split()[-1] in _OFFICES
            and not re.match(r"an? ", office)
            and not ENDS.search(office)
        ):
            yield Quiz(asked("Who is the", office), "who is", name)
    titled = rf"(?P<whose>\b[A-Z][\w-]+(?:['’]s)?) (?P<office>(?:[A-Z][\w-]+ ){{1,3}})(?P<name>{_NAME})"
    for match in re.finditer(titled, text):
        found = _titled(match["whose"], (match["office"] + match["name"]).split(), article)
        if found:
            yield found


def _named(name: str) -> str:
    """Return the name of a person without a word before it that is none; empty if it names nobody."""
    words = name.split()
    while words and words[0].lower() in FUNCTION_WORDS | ROLES:
        words.pop(0)
    return " ".join(words) if len(words) > 1 and kinds_of(" ".join(words)) == {"person"} else ""


def _titled(whose: str, words: list[str], article: str) -> Quiz | None:
    """Ask for the holder of an office that stands before the name: "Kazakh President Ada Quill"."""
    office = []
    while words and words[0].lower() in ROLES:
        office.append(words.pop(0).lower())
    if not office or office[-1] not in _OFFICES or (len(office) == 1 and office[0] in _VAGUE):
        return None
    if not _named(" ".join(words)):
        return None
    if whose.endswith(("'s", "’s")):
        return Quiz(asked("Who is", whose, *office), "who is", " ".join(words)) if len(whose) > 4 else None
    if is_demonym(whose) or whose in _SHORT_FORMS:
        return Quiz(asked("Who is the", whose, *office), "who is", " ".join(words))
    if is_country(whose) or (whose.isupper() and len(whose) > 2):
        the = "the" if f"the {whose}" in article and not is_country(whose) else ""
        return Quiz(asked("Who is the", *office, "of", the, whose), "who is", " ".join(words))
    return None


def _how_many(text: str, article: str) -> Iterator[Quiz]:
    """Ask for a number of people or things of which something is said."""
    for figure in find_figures(text):
        if figure.unit or figure.ordinal or text[figure.start - 1 : figure.start] in ("$", "£", "€", "-"):
            continue
        counted, expects = text[figure.end :], text[figure.start : figure.end]
        passive = re.match(rf" {_COUNTED} (?P<be>{BE}) {ADVERB}(?P<verb>{PAST})\b(?P<rest>.*)", counted)
        active = re.match(rf" {_COUNTED} (?P<verb>{_STAY})\b(?P<rest>.*)", counted)
        object_ = re.match(rf" {_COUNTED}(?= (?:in|at|near|across|during)\b)(?P<rest>.*)", counted)
        before = re.search(rf"\b(?P<verb>{_SUFFERED}) (?:[a-z]+ ){{0,3}}$", text[: figure.start])
        if passive:
            parts = passive["noun"], passive["be"], passive["verb"], cut_by(passive["rest"])
        elif active:
            parts = active["noun"], "", active["verb"], cut(active["rest"])
        elif object_ and before and before["verb"] not in ("employs", "hired"):
            parts = object_["noun"], "were", before["verb"], cut(object_["rest"])
        else:
            continue
        if not {*parts[0].split(), parts[2]} & (_NO_DEED | REPORTING):
            yield Quiz(asked("How many", *parts), "how many", expects)


def _when(text: str, article: str) -> Iterator[Quiz]:
    """Ask for the day on which something happened."""
    dates = [date for date in find_dates(text, None) if re.search(r"\b(?:on|in|late|early)? ?$", text[: date.start])]
    if len(dates) != 1 or not re.search(r"\b(?:on|in) (?:(?:late|early) )?$", text[: dates[0].start]):
        return
    told = re.sub(r"\s*\b(?:on|in)(?: late| early)? $", "", text[: dates[0].start])
    for subject, verb, rest in clauses(told, article):
        question = inverted("When", subject, verb, rest)
        if question and not ENDS.search(rest) and verb.split()[0] not in ("is", "are"):
            yield Quiz(question, "when", text[dates[0].start : dates[0].end])


def _where(text: str, article: str) -> Iterator[Quiz]:
    """Ask for the place at which something happened."""
    place = r"(?P<place>(?:the )?[A-Z][\w'’-]+(?:,? (?:of )?[A-Z][\w'’-]+)*)"
    match = re.match(rf"(?P<subject>.{{3,60}}?) (?P<verb>{_HAPPENED}) (?:in|at|near) {place}(?=[,. ]|$)", text)
    subject = subject_of(match["subject"], article) if match else None
    if match and subject and not list(find_dates(f"in {match['place']}", None)):
        question = inverted("Where", subject, match["verb"], "")
        if question:
            yield Quiz(question, "where", match["place"].removeprefix("the "))


def _why(text: str, article: str) -> Iterator[Quiz]:
    """Ask for a reason that is given."""
    told, because, reason = text.partition(" because ")
    if because and len(reason.split()) >= 4:
        for subject, verb, rest in clauses(told, article):
            question = inverted("Why", subject, verb, rest) if not ENDS.search(rest) else None
            if question:
                yield Quiz(question, "why", reason)


def _who_did(text: str, article: str) -> Iterator[Quiz]:
    """Ask who did what somebody is said to have done."""
    match = re.match(rf"(?P<lead>(?:[\w'’-]+ ){{0,3}}?)(?P<name>{_NAME}) (?P<verb>{PAST}) (?P<rest>\S.*)", text)
    if match is None or match["verb"] in REPORTING or match["name"].split()[0].lower() in FUNCTION_WORDS:
        return
    lead = [word.lower() for word in match["lead"].split()]
    if any(word not in ROLES and not is_demonym(word) for word in lead) or kinds_of(match["name"]) != {"person"}:
        return
    done = cut(match["rest"])
    begins = done.split()[0] if done else ""
    if (begins in ("the", "a", "an") or begins[:1].isupper()) and len(done.split()) >= 3 and not re.search(r"\d", done):
        yield Quiz(asked("Who", match["verb"], done), "who did", match["name"])


def _said(text: str, article: str) -> Iterator[Quiz]:
    """Ask what somebody said about something that has a name."""
    speaker = _named(attributed_to(text) or "")
    said = re.search(rf"{re.escape(speaker)} (?:said|told|added|stated)\b(?P<what>[^“”\"]*)", text) if speaker else None
    if said is None:
        return
    topic = _TOPIC.search(said["what"])
    if topic:
        yield Quiz(asked(f"What did {speaker} say about", topic["topic"]), "said", topic["topic"])

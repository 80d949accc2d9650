"""Complete a question that is nothing but its opening: "Why?", "By whom?", "Who said that?", "And how many planes?"."""

from __future__ import annotations

import re

from qa.followups.asking import ask, statement, with_opening
from qa.followups.clauses import Clause, bare, joined
from qa.followups.clauses import question as as_question
from qa.followups.phrases import is_plural, leading_phrase
from qa.followups.topics import said
from qa.followups.verbs import AUXILIARIES, BE, PREPOSITIONS, is_clause
from qa.names import find_names
from qa.types import Turn
from qa.words import content, stem, words

_TOLD = (
    r"(?:said|says|say|reported|reports|stated|states|claimed|claims|announced|told|confirmed|confirms|wrote|writes|"
    r"revealed|disclosed|declared|mentioned|quoted)"
)
_SOURCE = re.compile(
    rf"((?:who(?:\s+else)?|which(?:\s+[\w-]+){{1,3}}?)\s+(?:has\s+|have\s+)?{_TOLD})\s+(?:so|that|this|it)", re.I
)
_BARE_SOURCE = re.compile(r"(?:says who|who says|who said|source|according to (?:who|whom|what|which \w+))", re.I)
_WHAT_SAID = re.compile(
    r"(?P<front>(?:who|which\s+[\w-]+)\s+[\w-]+)\s+the\s+(?P<how>(?:exact|precise|latest|whole|same)\s+)?"
    r"(?P<noun>statement|number|figure|total|count|remark|claim|announcement|report|toll)",
    re.IGNORECASE,
)
_THAT = re.compile(
    r"(?P<wh>why|when|where|how|how come)\s+(?:(?:is|was|were|are)\s+(?:that|this)|"
    r"(?:did|does|do|has|had)\s+(?:that|this|it)\s+(?:happen\w*|occur\w*|take place|come about))(?:\s+so)?",
    re.IGNORECASE,
)
_WHICH_IT = re.compile(
    r"(?P<wh>(?:whose|which|what)(?!\s+(?:kind|sort|type)\b)\s+[\w'’-]+|who)\s+(?:is|was|are|were)\s+(?:it|that|this|those)",
    re.I,
)
_WH = r"(?:who|whom|whose|what|which|when|where|why|how)"
_STRANDED = re.compile(r"(who|whom|what|where|which)\s+(about|for|with|from|to|by|against|of|on|in)", re.IGNORECASE)
_ADJUNCT = re.compile(
    rf"(?:(?:when|where|why|how(?! (?:many|much)\b))\b|(?:{'|'.join(sorted(PREPOSITIONS))}) )", re.IGNORECASE
)
_TELLING = frozenset("say call tell report mean think do".split())
_PRONOUNS = frozenset("he she it they him her them this that there".split())


def filled(asked: Clause, turn: Turn) -> str:
    """Return what stands for the opening of an answered question: "eight police officers", "Tokayev's statue"."""
    answer = said(turn) or _claimed(asked, turn)
    sentence = asked.role == "subject" and not asked.verb.startswith("happen") and AUXILIARIES & set(answer.split())
    if not answer or sentence:
        return ""
    opening = asked.opening.lower()
    if "how many" in opening or "how much" in opening:
        known = {word.stem for word in content(answer)}
        head = asked.head if not any(word.stem in known for word in content(asked.head)) else ""
        return joined(answer[0].lower() + answer[1:], head)
    if opening.startswith("whose"):
        return f"{answer}'s {asked.head}"
    return answer


def _claimed(asked: Clause, turn: Turn) -> str:
    """Return what stands behind the verb of the question in the first claim: what was declared, called or sent."""
    if asked.role != "object" or not asked.verb or not turn.answer.claims:
        return ""
    claim = turn.answer.claims[0].text
    verb = next((word for word in words(claim) if word.stem == stem(asked.verb.split()[-1])), None)
    phrase = leading_phrase(claim[verb.end :].strip()) if verb else ""
    return phrase if 0 < len(phrase.split()) <= 6 and not is_clause(phrase) else ""


def source(body: str, asked: Clause, turn: Turn) -> str:
    """Rewrite a question for the source of what was said: "Who said that?", "According to whom?"."""
    filling = filled(asked, turn)
    if found := _SOURCE.fullmatch(body):
        told = statement(asked, filling=filling)
        return as_question(found[1], "that", told) if told else ask("According to whom", asked, filling=filling)
    if _BARE_SOURCE.fullmatch(body):
        opening = body if body.lower().startswith("according") else "According to whom"
        return ask(opening, asked, filling=filling)
    if found := _WHAT_SAID.fullmatch(body):
        return _of_what(body, found, asked)
    return ""


def _of_what(body: str, found: re.Match[str], asked: Clause) -> str:
    """Say of what "the exact number" is, or whose "the statement" was."""
    if found["noun"].lower() in ("number", "figure", "total", "count", "toll"):
        if asked.role == "subject" and asked.head:
            verb = asked.verb.removeprefix("been ")
            return as_question(body, "of", asked.head, verb, asked.after)
        return as_question(body, "of", asked.head, "that", asked.rest) if asked.head else ""
    if asked.role == "object" and asked.subject:
        return as_question(body, "of", asked.subject, asked.after)
    return ""


def completed(body: str, asked: Clause, turn: Turn, *, led: bool) -> str:
    """Rewrite a question that is nothing but its opening: "Why?", "By whom?", "And how many planes?"."""
    filling = filled(asked, turn)
    if (found := _THAT.fullmatch(body)) and not _is_state(asked):
        return ask("why" if found["wh"].lower() == "how come" else found["wh"], asked, filling=filling)
    if (found := _WHICH_IT.fullmatch(body)) and asked.role in ("subject", "object") and _is_of(found["wh"], asked):
        return with_opening(asked, found["wh"])
    if predicate := _predicate(body, asked):
        return predicate
    if found := _STRANDED.fullmatch(body):
        return ask(found[1], asked, filling=filling).rstrip("?") + f" {found[2]}?"
    return _opened(body, asked, filling) if _is_opening(body, led=led) else ""


def _is_of(opening: str, asked: Clause) -> bool:
    """Whether "whose statue" asks for something of the last question."""
    known = {word.stem for word in content(joined(asked.opening, asked.rest))}
    return not opening.lower().startswith("whose") or all(word.stem in known for word in content(opening))


def _is_state(asked: Clause) -> bool:
    """Whether a question is about what is so, which does not happen: "How many soldiers are in the force?"."""
    return asked.auxiliary.lower() in BE.split() and (not asked.verb or bare(asked.verb) in PREPOSITIONS)


def _opened(body: str, asked: Clause, filling: str) -> str:
    """Ask why, when, where, how or how many of what the last question was about."""
    if body.lower() == "why not":
        return _why_not(asked)
    if body.lower() == "how come":
        body = "Why"
    if _ADJUNCT.match(body):
        if asked.role == "object" and asked.verb in _TELLING and not filling:
            return ""  # "Where did Tokayev say?"
        return ask(body, asked, filling=filling)
    return _counted(body, asked)


def _predicate(body: str, asked: Clause) -> str:
    """Rewrite "And injured?": another thing that is said of what was counted or named."""
    if " " in body or not asked.auxiliary or bare(body) in AUXILIARIES:
        return ""
    first, _, others = asked.subject.partition(" ")
    if asked.role == "copula" and asked.head and bare(first) not in PREPOSITIONS:
        return as_question(asked.opening, asked.auxiliary, body, others)
    if is_clause(body) and asked.verb and is_clause(asked.verb):
        return as_question(asked.opening, asked.auxiliary, asked.subject, body, asked.after)
    return ""


def _is_opening(body: str, *, led: bool) -> bool:
    """Whether a text is a question word with what it asks of, and no more."""
    tokens = body.split()
    first = 1 if len(tokens) > 1 and bare(tokens[0]) in PREPOSITIONS else 0
    if bare(tokens[0]) == "according":
        first = 2
    if first >= len(tokens) or not re.fullmatch(_WH, bare(tokens[first])):
        return False
    rest = [bare(token) for token in tokens[first + 1 :]]
    if bare(tokens[first]) in ("who", "whom", "when", "where", "why"):
        return all(word in ("else", "exactly", "not", "so") for word in rest)
    plain = not any(
        word in AUXILIARIES or word in _PRONOUNS or (word in PREPOSITIONS and word != "of") for word in rest
    )
    most = 1 if bare(tokens[first]) == "what" else 3
    return plain and not is_clause(" ".join(rest)) and (led or (len(rest) <= most and not any(find_names(f"x {body}"))))


def _why_not(asked: Clause) -> str:
    """Ask why something is not so."""
    auxiliary = asked.auxiliary.lower()
    if asked.subject.lower().startswith("there "):
        return as_question("why", auxiliary, "there no", asked.subject[6:], asked.verb, asked.after)
    if asked.verb and auxiliary and asked.subject and asked.role in ("none", "adjunct"):
        return as_question("why", auxiliary, asked.subject, "not", asked.verb, asked.after)
    return ""


def _counted(body: str, asked: Clause) -> str:
    """Put another question word where that of the last question stood, or ask how many where yes or no was asked."""
    words = body.split()
    lone = re.sub(r"\s+(?:ones?|of (?:them|those|these))$", "", body, flags=re.IGNORECASE)
    short = bare(lone.split()[-1]) in ("many", "much", "which", "whose") and asked.head
    opening = joined(lone, asked.head) if short else lone
    if bare(opening.split()[-1]) == "which" or (
        bare(lone.split()[-1]) in ("many", "much") and lone != body and not short
    ):
        return ""  # which, or how many, of what?
    if bare(words[0]) == "what" and asked.role in ("none", "adjunct"):
        return ""
    if asked.role in ("subject", "object", "copula"):
        return with_opening(asked, opening)
    if bare(words[0]) == "how" and len(lone.split()) == 2:
        return _how_many(lone, asked)
    if bare(words[0]) == "who" and asked.verb:
        return as_question(opening, asked.auxiliary.lower(), asked.verb, asked.after)
    return as_question(opening, asked.auxiliary.lower(), asked.rest) if asked.rest else ""


def _how_many(opening: str, asked: Clause) -> str:
    """Ask how many of what a question was about: its object if it speaks of several, else its subject."""
    phrase, auxiliary = leading_phrase(asked.after), asked.auxiliary.lower()
    if phrase and is_plural(phrase):
        left = asked.after.replace(phrase, "", 1).strip()
        return as_question(opening, re.sub(r"^the ", "", phrase), auxiliary, asked.subject, asked.verb, left)
    if asked.verb and is_plural(asked.subject):
        return as_question(opening, re.sub(r"^the ", "", asked.subject), auxiliary, asked.verb, asked.after)
    return ""

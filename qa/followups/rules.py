"""Rewrite a follow-up question so that it stands alone: by rules over the last questions and answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.followups.antecedents import resolve
from qa.followups.clauses import Clause, bare, joined, parse
from qa.followups.clauses import question as as_question
from qa.followups.ellipsis import completed, source
from qa.followups.guards import MOST_WORDS, sound
from qa.followups.parallels import adjuncts, carried, instead, with_adjunct
from qa.followups.phrases import kinds_of
from qa.followups.topics import Mention, mentions, said
from qa.followups.verbs import AUXILIARIES, PREPOSITIONS, is_clause
from qa.types import Turn
from qa.words import content

_SHORT = 6  # words of a question that says too little to stand alone
_ELSE = re.compile(r"(?:who|what|where|which \w+)\s+else\b", re.IGNORECASE)
CONSIDERED = 6  # turns: what was said before that is not spoken of any more
LED = re.compile(r"(?:(?:and|but|or|so|also|ok|okay|well|now|plus|h+m+|u[mh]+|oh|hey)\b[\s,:.…-]*)+", re.IGNORECASE)
_TRAILING = re.compile(r"\s*,\s*(?:though|then|please|anyway|by the way|thanks)$", re.IGNORECASE)
_CONTRACTED = re.compile(r"(who|what|where|when|how|why)['’]s\b(?!\s+been\b)", re.IGNORECASE)
_LATER = re.compile(  # "And then?" asks for more, and not for the same of another time
    r"(?:then|now|later|since|today|(?:ever )?since then|(?:after|before|since|until|by) (?:that|this|then)|"
    r"(?:(?:on|for|in) )?the (?:next |previous |following )?(?:day|night|week|month|year)(?: (?:after|before|later))?)",
    re.IGNORECASE,
)
_TWICE = re.compile(r"\b(\w+(?:ed|ing))\s+\1\b", re.IGNORECASE)  # "the people detained | detained"
_LOUD = re.compile(r"(?:WHO|WHOM|WHOSE|WHAT|WHICH|WHERE|WHEN|HOW|WHY|IS|ARE|WAS|WERE|DID|DOES|DO|HAS|HAVE|HAD)\b")
_ABOUT = re.compile(r"(?:what|how)\s+about\b\s*", re.IGNORECASE)
_HOW_MANY_IN = re.compile(r"(?P<many>how (?:many|much))\s+(?P<where>\w+\s.+)", re.IGNORECASE)
_HOW_MANY = re.compile(r"(how (?:many|much))(?=\s+(?:more\s+)?(?P<verb>[\w'’-]+))", re.IGNORECASE)


def standalone(question: str, turns: Sequence[Turn]) -> str:
    """Return the question so that it can be understood without the turns before it; as it is, if it can be already.

    Every word that is added was said in the conversation, in a question or an answer.
    """
    turns = tuple(turns)[-CONSIDERED:]
    text = " ".join(question.split()).rstrip(" ?!.…")
    if not turns or not text or len(text.split()) > MOST_WORDS:
        return question
    led = LED.match(text)
    body = _plain(text[led.end() :] if led else text)
    if not re.search(r"\w", body) or _LATER.fullmatch(body):
        return question
    spoken = mentions(turns)
    rewritten = _TWICE.sub(r"\1", _rewritten(body, turns, spoken, led=bool(led)))
    changed = bool(rewritten) and _said(rewritten) != _said(body)
    return rewritten if changed and sound(rewritten, question, turns) else question


def _plain(body: str) -> str:
    """Return a question without what is only a manner of typing: capitals throughout, "who's", ", though"."""
    if body.isupper() and _LOUD.match(body):
        body = body.lower()
    return _CONTRACTED.sub(r"\1 is", _TRAILING.sub("", body), count=1)


def _said(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _rewritten(body: str, turns: Sequence[Turn], spoken: Sequence[Mention], *, led: bool) -> str:
    """Return the question in words of its own, by the first kind of follow-up that it is; empty if it is none."""
    about = _ABOUT.match(body)
    if about and about.end() < len(body) and not is_clause(body[about.end() :].split(",")[0]):
        return _about(body[about.end() :], turns, spoken)
    asked = parse(turns[-1].answer.standalone)
    if found := _elsewhere(body, turns):
        return found
    if asked and (found := source(body, asked, turns[-1]) or completed(body, asked, turns[-1], led=led)):
        return found
    if _is_fragment(body, led=led):
        return instead(resolve(body, _topical(asked, spoken)), turns, spoken)
    return _whole(body, turns, spoken, asked, led=led)


def _elsewhere(body: str, turns: Sequence[Turn]) -> str:
    """Rewrite "How many in Almaty?": the latest question that counted, asked of another place, time or source."""
    found = _HOW_MANY_IN.fullmatch(body)
    if not found or bare(found["where"].split()[0]) not in PREPOSITIONS - {"of"} or is_clause(found["where"]):
        return ""
    counted = (turn.answer.standalone for turn in reversed(turns))
    last = next((each for each in counted if found["many"].lower() in each.lower()), "")
    return with_adjunct(last, found["where"]) if last else ""


def _about(topic: str, turns: Sequence[Turn], spoken: Sequence[Mention]) -> str:
    """Rewrite "What about Almaty?", and "What about Almaty, who fought there?"."""
    topic, comma, clause = topic.partition(",")
    if comma and parse(clause):
        answer = said(turns[-1])
        first = Mention(topic.strip(), kinds_of(topic.strip()), named=True, age=-1)
        others = [each for each in spoken if each.text != answer]
        return as_question(resolve(clause.strip(), (first, *others)))
    return instead(resolve(joined(topic + comma, clause), spoken), turns, spoken)


def _topical(asked: Clause | None, spoken: Sequence[Mention]) -> Sequence[Mention]:
    """Put the names of the last question first: "its" of a fragment is of what the question named."""
    named = [each for each in spoken if asked and each.named and each.text in joined(asked.opening, asked.rest)]
    return (*named, *(each for each in spoken if each not in named))


def _is_fragment(body: str, *, led: bool) -> bool:
    """Whether a text is a phrase that takes the place of one in the last question: "In Almaty?", "And the police?".

    A few key words, such as "capital of Kazakhstan", are a question.
    """
    if parse(body) or is_clause(re.sub(r"\bMay\b|\bthat\b.*", "", body)):
        return False
    first = bare(body.split()[0])
    few = len(list(content(body))) <= 3
    return led or (few and first in PREPOSITIONS) or (few and first in ("the", "his", "her", "its", "their"))


def _whole(body: str, turns: Sequence[Turn], spoken: Sequence[Mention], asked: Clause | None, *, led: bool) -> str:
    """Rewrite a question with a verb: put names for its pronouns, and add what "how many" counts."""
    resolved = resolve(body, spoken)
    earlier = turns[-1].answer.standalone
    counted = _HOW_MANY.match(resolved)
    lacking = bool(asked and asked.head) and _says_not_of_what(resolved, counted)
    named = any(each.names for each in adjuncts(resolved))
    if asked and counted and lacking and not named:
        resolved = f"{resolved[: counted.end(1)]} {asked.head}{resolved[counted.end(1) :]}"
        resolved = carried(resolved, earlier, whole=led)
    elif led and (resolved == body or lacking):
        resolved = carried(resolved, earlier, whole=True)
    if _ELSE.match(resolved) and "besides" not in resolved:
        resolved = _besides(resolved, turns, spoken)
    return as_question(resolved)


def _besides(question: str, turns: Sequence[Turn], spoken: Sequence[Mention]) -> str:
    """Say besides whom or what, where a question asks who or what else."""
    if question.lower().startswith("who"):
        known = next((each.text for each in spoken if each.kinds == {"person"}), "")
    else:
        known = said(turns[-1])
    return joined(question, "besides", known) if known and len(question.split()) <= _SHORT else question


def _says_not_of_what(text: str, counted: re.Match[str] | None) -> bool:
    """Whether "how many" is followed by a verb, so that it does not say of what."""
    if counted is None or bare(counted[1]).endswith("much"):
        return False
    word, behind = bare(counted["verb"]), text[counted.end() :].split()[1:]
    verb = word in AUXILIARIES or (is_clause(word) and word not in ("people", "need", "work", "help"))
    return verb and not any(bare(each) in AUXILIARIES for each in behind)

"""The pronouns of a question that mean something said before it: "he", "it", "their", "there", "that"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from qa.followups.clauses import bare, parse
from qa.followups.deeds import Sense, sense
from qa.followups.phrases import is_plural
from qa.followups.verbs import AUXILIARIES, PREPOSITIONS, is_clause
from qa.names import ROLES, find_names
from qa.words import content

_SHORT, _LONG = 6, 10  # words: shorter questions than the one lean on others, longer than the other explain themselves
_PRONOUN = re.compile(
    r"\b(?:(?P<person>he|she|him|her|his|hers)|(?P<thing>it|its)|(?P<several>they|them|their|theirs)|"
    r"(?P<place>there)|"
    r"(?P<time>(?:on |at )?(?:that (?:day|date|time|night|morning|week|month|year)|the same (?:day|night))|then)|"
    r"(?P<fact>that|this|those|these))\b(?!['’]s\b)",
    re.IGNORECASE,
)
OBJECTS = frozenset("him her it them".split())
_BESIDE = frozenset("with around behind near inside within beside over under among between".split())
_CLAUSE = re.compile(
    r"\b(?:when|while|after|before|because|that|who|which|whom|if|as|since|until|than|and|but|where)\b", re.I
)
_IT_IS = re.compile(
    r"has\s+it\s+been\b|(?:is|was|has|had|be|been|will|would)\s+it\s+(?:(?:not|ever|first|also|be|been)\s+)*(?:\w+\s+)?(?:that|to|for|when|who|like)\b|"
    r"\bit\s+(?:is|was|has|had|will|seems|seemed|turns|turned|takes|took|take|appears)\b[^?]*\b(?:that|to|until|for)\b|"
    r"(?:did|does|do|will|would)\s+it\s+(?:take|feel|look|mean|cost)\b.*\b(?:to|until|for|like|that)\b|"
    r"\b(?:what|which)\s+(?:time|day|date|year)\s+(?:is|was)\s+it\b|\bit\s+\w+\s+(?:\w+\s+){0,2}that\b|"
    r"\b(?:ma[dk]e|makes|making|f[io]nd|found|finds|took|takes)\s+it\s+\w+",
    re.IGNORECASE,
)
_THERE_IS = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|will|would|can|could)\s+there\b|"
    r"\bthere\s+(?:\w+ly\s+)?(?:is|are|was|were|will|would|has|have|had|may|might|can|could|should|must|be|been|exists?|remains?|seems?)\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"(?:wo)?man|mother|father|girl|boy|star|royal|celebrity|host|\w+(?:er|or|ist|ian|ant|man|woman|eur)"
)
_IDIOMS = re.compile(r"\b(?:lost|lose|losing|risked?|saved?)\s+(?:his|her|their)\s+(?:life|lives|jobs?|homes?)\b", re.I)


@dataclass(frozen=True, slots=True)
class Found:
    """A pronoun in a question at [start, end), its group in `_WANTED`, and the noun it stands before, if any.

    `sense` says what the verb beside "it" or "that" allows it to mean.
    """

    text: str
    start: int
    end: int
    group: str
    noun: str = ""
    after_be: bool = False
    sense: Sense = ""


def pronouns(question: str) -> Iterator[Found]:
    """Yield the pronouns of a question that nothing in it explains, in order."""
    for found in _candidates(question):
        if (found.group not in ("thing", "fact") and found.text != "them") or found.noun or found.text == "its":
            yield found
            continue
        meant = sense(question[: found.start], question[found.end :])
        if found.text == "them":
            meant = "text" if question[: found.start].lower().endswith(" of ") else ""
        alone = bare((question[: found.start].split() or [""])[-1]) not in PREPOSITIONS
        if found.group == "fact" and alone:
            continue  # "What is that?", "Who caused this?"
        if meant != "deed":
            yield replace(found, sense=meant)


def _candidates(question: str) -> Iterator[Found]:
    idle = _idle_spans(question)
    for match in _PRONOUN.finditer(question):
        after_be = bool(
            re.search(r"\b(?:is|are|was|were|been|speak|spoke|attend|present)\s+$", question[: match.start()])
        )
        found = Found(match[0].lower(), match.start(), match.end(), match.lastgroup or "", after_be=after_be)
        if found.group == "fact":
            demonstrative = _demonstrative(found, question)
            if demonstrative:
                yield demonstrative
        elif match[0][0].isupper() and match.start() > 0:
            continue  # "He Jiankui"
        elif not _is_idle(found, question, idle) and not _explained(found, question):
            yield found


def _demonstrative(found: Found, question: str) -> Found | None:
    """Tell "about that" and "that company" from "said that …" and "protests this bad"; None for the latter."""
    behind = question[found.end :].split()
    following = bare(behind[0]) if behind else ""
    before = question[: found.start].split()
    previous = bare(before[-1]) if before else ""
    if following in ("of", "mean"):
        return None
    if not following or following in PREPOSITIONS:
        return found if previous in PREPOSITIONS or previous in AUXILIARIES or is_clause(previous) else None
    if following in AUXILIARIES or following in ("happen", "cause", "come", "end", "start", "begin"):
        return found if previous in AUXILIARIES else None
    if previous in AUXILIARIES and is_clause(following) and len(behind) < 3:
        return found  # "has that grown into"
    if following in ("much", "many", "bad", "far", "long") or previous in ("one", "so", "than"):
        return None
    if found.text == "that" and not (previous in PREPOSITIONS or previous in AUXILIARIES or not previous):
        return None
    ends = len(behind) == 1 or bare(behind[1]) in PREPOSITIONS | AUXILIARIES or behind[0].endswith("?")
    ends = ends or is_clause(behind[1]) or found.text in ("those", "these")
    if not ends or following in ("week", "month", "year", "morning", "evening", "time", "way"):
        return None
    return Found(
        found.text,
        found.start,
        found.end + len(question[found.end :]) - len(question[found.end :].lstrip()) + len(behind[0].rstrip("?,.")),
        "fact",
        following,
    )


def _idle_spans(question: str) -> dict[str, list[tuple[int, int]]]:
    """Return where in a question "it", "there" and "their" stand for nothing, each looked for once."""
    patterns = {"it": _IT_IS, "there": _THERE_IS, "": _IDIOMS}
    return {word: [found.span() for found in pattern.finditer(question)] for word, pattern in patterns.items()}


def _is_idle(found: Found, question: str, idle: dict[str, list[tuple[int, int]]]) -> bool:
    """Whether a pronoun stands for nothing: "is it true that", "are there", "lost their lives"."""
    if found.text == "then":
        return bool(question[found.end :].strip(" ?"))
    spans = idle.get(found.text, idle[""])
    stands = any(start <= found.start < end for start, end in spans)
    if found.text == "there":
        ends = not question[found.end :].strip(" ?") or bare(question[found.end :].split()[0]) in PREPOSITIONS
        who = re.match(r"\W*(?:who|what|when|how long|why)\b(?!.*\bmany\b)", question, re.IGNORECASE)
        return stands and not (ends and who and not re.search(r"\bthere\s+(?:is|are|was|were)\b", question, re.I))
    return stands


def _explained(found: Found, question: str) -> bool:
    """Whether something else in the question is what a pronoun stands for."""
    before, behind = question[: found.start], question[found.end :].split()
    if _is_apart(before, question[found.end :]):
        return True
    tokens = before.split()
    previous = bare(tokens[-1]) if tokens else ""
    length = len(question.split())
    if previous in AUXILIARIES:  # "did it": its clause begins here
        return _named_before(found.group, before)
    last = not behind or bare(behind[0]) in PREPOSITIONS
    is_object = found.text in OBJECTS and (found.text != "her" or last)
    asked = parse(question)
    if (
        not is_object
        and length > _SHORT
        and asked
        and asked.role in ("subject", "copula")
        and not asked.subject[:1].isupper()
    ):
        return True  # "Which minister lost her seat …?"
    if is_object and last and length <= _LONG and previous not in _BESIDE:
        return bool(_CLAUSE.search(" ".join(tokens[1:]))) and _agrees(found.group, before)
    said = [word for word in content(before) if word.text.lower() not in ("many", "much")]
    if found.text in ("its", "their") and said:
        return True
    return _agrees(found.group, before) or (len(said) > 1 and bool(_CLAUSE.search(" ".join(tokens[1:]))))


def _is_apart(before: str, behind: str) -> bool:
    """Whether a pronoun stands in quotation marks, after another sentence, or ahead of the name it stands for."""
    quoted = (
        before.count('"') % 2 == 1 or before.count("“") > before.count("”") or bool(re.search(r"\s['‘][^'’]*$", before))
    )
    told = re.search(r"\w{2,}[.!?]['\"”’]?\s", before)
    ahead = not re.search(r"\b(?:who|whom|whose|what|which|when|where|why|how)\b", before, re.I) and any(
        find_names(behind)
    )
    opens = bool(before.strip()) and bare(before.split()[0]) not in AUXILIARIES
    return quoted or bool(told and len(before[: told.end()].split()) > 3) or (ahead and opens)


def _named_before(group: str, before: str) -> bool:
    """Whether a name stands before that a pronoun of this group may stand for."""
    names = list(find_names(f"x {before}"))
    if group == "person":
        names = [
            each for each in names if not re.search(r"\b(?:in|at|from|on)\s+(?:the\s+)?$", f"x {before}"[: each.start])
        ]
    return bool(names)


def _agrees(group: str, before: str) -> bool:
    """Whether something in a text may be what a pronoun of this group stands for."""
    names = [before[name.start : name.end] for name in find_names(before)]
    phrases = re.findall(
        r"\b(?:the|an?|which|how many|how much|each|one)\s+((?:[\w'’-]+\s*){1,3})", before, re.IGNORECASE
    )
    nouns = [word for phrase in phrases for word in phrase.split()]
    if group == "person":
        return bool(names) or any(bare(noun) in ROLES or _SOMEBODY.fullmatch(bare(noun)) for noun in nouns)
    if group == "several":
        return any(is_plural(word) for word in before.split() if len(word) > 3) or bool(names)
    if group == "place":
        return bool(re.search(r"\b(?:in|at|to|from|near)\s+(?:the\s+)?[A-Z]", before))
    if group == "time":
        return bool(re.search(r"\d{4}|\b(?:when|before|after)\b", before[4:]))
    return bool(names) or bool(nouns)

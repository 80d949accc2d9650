"""Whether a claim turns round what the sentences it cites say: a "not" too many or too few, an opposite, two sides."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile

from qa.names import find_names
from qa.quantities import find_figures
from qa.words import Word, stems, words
from qa.writing.evidence import Evidence
from qa.writing.opposites import DENYING, base_of, opposites

_NOT = re.compile(
    r"\b(?:not|never|no|none|nobody|nothing|nowhere|neither|nor|without|cannot|no one)\b|n['’]t\b"
    r"|\b(?:yet|fail(?:s|ed|ing)?|refus(?:e|es|ed|ing)|declin(?:e|es|ed|ing)|unable|den(?:y|ies|ied|ying))\s+to\b"
    r"|\bfar\s+from\b|\bno\s+longer\b",
    re.IGNORECASE,
)
# A "no" that denies nothing.
_HARMLESS = re.compile(
    r"\bno(?:t)?\s+(?:more|less|fewer|later|earlier|sooner|higher|lower|longer)\s+than\b|\bnot\s+only\b|\bnot\s+just\b"
    r"|\bno\s+doubt\b|\bno\.\s?\d|\bnot\s+least\b",
    re.IGNORECASE,
)
_NEAR = 6  # words between what denies and what is denied
_NEAR_LETTERS = 40
_FARTHEST = 400  # letters that six words may take up
_SAME_PLACE = 2  # words around two words, from which on they say something of the same
_CLAUSE = re.compile(  # no comma, stop or colon inside a number: "1,500", "10:30"
    r"[;!?()\n–—]|(?<!\d)[,:.]|[,:.](?!\d)|\b(?:but|although|though|while|whereas|because|which|who)\b", re.IGNORECASE
)

_SYMMETRIC = (
    "and or with meet met meeting talk talks talked spoke speak discuss discussed agree agreed marry married play "
    "played draw drew border share shared between join joined near next versus vs fight fought clash clashed"
)
_PASSIVE = "by was were been being is are be from"


def reversal(claim: str, evidence: Evidence) -> str | None:
    """Return, in a clause, how a claim turns round what its evidence says; None if that is not to be seen."""
    return _negated(claim, evidence) or _opposite(claim, evidence) or _exchanged(claim, evidence)


def _negated(claim: str, evidence: Evidence) -> str | None:
    """Compare what is denied, word by word; where it is denied in other words, it is left to the judge."""
    denied, stated = list(_denials(claim)), list(_denials(evidence.text))
    for denial in denied:
        if denial.of and not _may_be_denied(denial.of, evidence, stated):
            return f"says “{denial.cue}” of “{denial.of.text}”, which {evidence.named} does not"
    own = words(claim)
    affirmed = {base_of(word) for word in evidence.words if not _is_near(word, stated, evidence.text, evidence.words)}
    for denial in stated:
        if denial.of is None or base_of(denial.of) in affirmed:
            continue
        around = _around(denial.of, evidence.words)
        kept = [
            word
            for word in own
            if base_of(word) == base_of(denial.of) and len(_around(word, own) & around) >= _SAME_PLACE
        ]
        if kept and not any(_is_near(word, denied, claim, own) for word in kept):
            return f"leaves out “{denial.cue}” before “{denial.of.text}”"
    return None


def _may_be_denied(word: Word, evidence: Evidence, stated: list[_Denial]) -> bool:
    """Whether the evidence may deny this: somewhere near it, or anywhere if it does not have the word."""
    there = [each for each in evidence.words if base_of(each) == base_of(word)]
    if there:
        return any(_is_near(each, stated, evidence.text, evidence.words) for each in there)
    return bool(stated) or bool(evidence.stems & stems(DENYING))


def _is_near(word: Word, denials: list[_Denial], text: str, told: tuple[Word, ...]) -> bool:
    """Whether something denies within a few words of a word, in its sentence."""
    for denial in denials:
        left, right = sorted((denial.start, word.start))
        if right - left <= _FARTHEST and len(text[left:right].split()) <= _NEAR:
            return True
    near = range(bisect_left(told, word.start - _NEAR_LETTERS, key=lambda each: each.start), len(told))
    around = takewhile(lambda each: each.start <= word.start + _NEAR_LETTERS, (told[place] for place in near))
    return any(each.stem in stems(DENYING) and each is not word for each in around)


@dataclass(frozen=True, slots=True)
class _Denial:
    """A word that denies, where it stands, and the first word that says something behind it in its clause."""

    cue: str
    start: int
    of: Word | None


def _denials(text: str) -> Iterator[_Denial]:
    harmless = [match.span() for match in _HARMLESS.finditer(text)]
    for match in _NOT.finditer(text):
        if any(start <= match.start() < end for start, end in harmless):
            continue
        clause = _CLAUSE.search(text, match.end())
        behind = _between(words(text), match.end(), clause.start() if clause else len(text))
        of = next((word for word in behind if word.is_content and not word.text.endswith("ly")), None)
        yield _Denial(match.group(), match.start(), of)


def _between(told: tuple[Word, ...], start: int, end: int) -> Iterator[Word]:
    """Yield the words of a text that stand whole in [start, end)."""
    for place in range(bisect_left(told, start, key=lambda word: word.start), len(told)):
        if told[place].end > end:
            return
        yield told[place]


def _opposite(claim: str, evidence: Evidence) -> str | None:
    """Find a word of which the evidence has only opposites; a "not" beside one of them may make it right."""
    own = words(claim)
    denied, stated = list(_denials(claim)), list(_denials(evidence.text))
    told = {word.stem for word in own}
    for side, other in opposites():
        new = next((word for word in own if word.stem in side), None)
        there = next((word for word in evidence.words if word.stem in other), None)
        if not new or not there or evidence.stems & side or told & other:
            continue
        if len(_around(new, own) & _around(there, evidence.words)) < _SAME_PLACE:
            continue
        if _is_near(new, denied, claim, own) == _is_near(there, stated, evidence.text, evidence.words):
            return f"says “{new.text}” where {evidence.named} has “{there.text}”"
    return None


def _around(word: Word, told: tuple[Word, ...]) -> set[str]:
    """Return the stems of the words that say something within a few words of a word."""
    place = told.index(word)
    return {
        each.stem for each in told[max(0, place - _NEAR) : place + _NEAR + 1] if each.is_content and each is not word
    }


def _exchanged(claim: str, evidence: Evidence) -> str | None:
    """Find two names or numbers that stand on the other side of the same words in the evidence: who beat whom."""
    stated = {(left, middle, right) for left, middle, right in _pairs(evidence.text)}
    for left, middle, right in _pairs(claim):
        if left != right and (right, middle, left) in stated and (left, middle, right) not in stated:
            return f"exchanges “{left}” and “{right}”"
    return None


def _pairs(text: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield each two names or numbers that follow each other, with the stems between them, where order matters."""
    places = sorted(
        [(name.start, name.end) for name in find_names(text)]
        + [(figure.start, figure.end) for figure in find_figures(text)]
    )
    for (start, end), (behind, last) in pairwise(places):
        if end > behind or re.search(r"[.;!?\n]\s", text[end:behind]):
            continue
        between = tuple(word.stem for word in words(text, end, behind))
        meant = [word for word in words(text, end, behind) if word.is_content]
        if meant and not set(between) & (stems(_SYMMETRIC) | stems(_PASSIVE)):
            yield _last(text[start:end]), between, _last(text[behind:last])


def _last(name: str) -> str:
    """Return the last word of a name, which it goes by."""
    found = re.findall(r"[\w.,]+", name)
    return found[-1] if found else name

"""Whether two candidates say the same, or cannot both be right."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence

from qa.dates import find_dates
from qa.quantities import figure, quantity
from qa.retractions import retracts
from qa.types import Candidate, Understood
from qa.words import words
from qa_index.duplicates import Teller

Tellers = Mapping[str, Teller]  # of the articles that share their words with others, by their ids

_PRECISE = 3  # digits of a number that is the same by no accident
_VAGUE = 2.0  # times its lowest value that a figure may be, from which on it is vague
# Words that turn what a bare answer says: "not guilty" is not "guilty".
_TURNING = frozenset("no not nor never without before after above below over under up down minus against".split())


def against(understood: Understood, best: Candidate, likely: Sequence[Candidate], tellers: Tellers) -> Candidate | None:
    """Return the likeliest candidate of another story that gives another figure for the same thing, if there is one."""
    if understood.answer_type != "number" or best.short is None:
        return None
    for other in likely:
        independent = story(other, tellers) != story(best, tellers)
        if independent and other.score >= 0.7 * best.score and _differs(understood, best, other):
            return other
    return None


def in_force(understood: Understood, candidates: Sequence[Candidate], tellers: Tellers) -> list[Candidate]:
    """Leave out what a correction, or a later version, of the same article gives otherwise."""
    return [each for each in candidates if not any(_replaces(understood, other, each, tellers) for other in candidates)]


def without_retracted(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave out sentences in which a paper takes something back, and the figures that it takes back."""
    taken_back = [each for each in candidates if retracts(_sentence(each))]
    return [
        each
        for each in candidates
        if each not in taken_back and not any(_is_taken_back(each, wrong) for wrong in taken_back)
    ]


def _is_taken_back(candidate: Candidate, wrong: Candidate) -> bool:
    one, other = (quantity(each.short) if each.short else None for each in (candidate, wrong))
    return bool(one and other and one.agrees(other)) and alike(candidate, wrong, at=0.25)


def _sentence(candidate: Candidate) -> str:
    return candidate.article.text[candidate.sentence.start : candidate.sentence.end]


def story(candidate: Candidate, tellers: Tellers) -> str:
    """Name the story a candidate's article tells: articles in the same words are one source."""
    article_id = candidate.article.id
    return tellers[article_id].story if article_id in tellers else article_id


def _replaces(understood: Understood, later: Candidate, earlier: Candidate, tellers: Tellers) -> bool:
    """Tell whether one candidate says otherwise what another says in an article that its own corrects or updates."""
    new, old = tellers.get(later.article.id), tellers.get(earlier.article.id)
    if new is None or old is None or new.story != old.story or new.rank >= old.rank:
        return False
    reworded = later.short != earlier.short and alike(later, earlier, at=0.6)
    return reworded or _differs(understood, earlier, later)


def _differs(understood: Understood, one: Candidate, other: Candidate) -> bool:
    """Tell whether two candidates give different figures for the same thing."""
    stated = quantity(one.short) if one.short else None
    value = quantity(other.short) if other.short else None
    if not stated or not value or value.agrees(stated):
        return False
    counted = _counted(one) & _counted(other)
    return bool(counted) and (not understood.focus or bool(counted & set(understood.focus)))


def most_precise(best: Candidate, likely: Sequence[Candidate]) -> Candidate:
    """Return the likeliest candidate whose figure is one that a vague one ("thousands") leaves open; else `best`."""
    vague = quantity(best.short) if best.short else None
    if vague is None or vague.high < _VAGUE * vague.low:
        return best
    for other in likely[1:]:
        value = quantity(other.short) if other.short and other.score >= 0.6 * best.score else None
        if value and vague.low <= value.low and value.high <= vague.high and value.high < _VAGUE * value.low:
            return other
    return best


def _counted(candidate: Candidate) -> set[str]:
    """Return the stems of the three words after a candidate's number, in the answer or behind it: what it counts."""
    if candidate.answer is None:
        return set()
    text, start = candidate.article.text, candidate.answer.start
    place = figure(text[start : candidate.answer.end])
    behind = words(text, start + place[1], candidate.sentence.end) if place else ()
    return {word.stem for word in behind[:3] if word.is_content}


def says_same(left: Candidate, right: Candidate) -> bool:
    """Whether two candidates say the same: one day, one number of one thing, words that are all among the other's."""
    if left.short is None or right.short is None:
        return alike(left, right, at=0.6)
    if min(left.score, right.score) < 0.5 * max(left.score, right.score):
        return False
    days = [_day(candidate) for candidate in (left, right)]
    if any(days):
        return days[0] == days[1]
    one, two = quantity(left.short), quantity(right.short)
    mine, other = _telling(left.short), _telling(right.short)
    if one and two:
        precise = mine == other and len(re.sub(r"\D", "", left.short)) >= _PRECISE
        return one.agrees(two) and (precise or bool(_counted(left) & _counted(right)))
    return bool(mine) and mine & _TURNING == other & _TURNING and (mine <= other or other <= mine)


def _day(candidate: Candidate) -> dt.date | None:
    """Return the calendar day that a bare answer names, if it names one and nothing else."""
    published = candidate.article.published
    found = list(find_dates(candidate.short or "", published.date if published else None))
    whole = len(found) == 1 and found[0].end - found[0].start >= len(candidate.short or "") - 3
    return found[0].day if whole else None


def _telling(short: str) -> set[str]:
    """Return the stems of the words that matter in a bare answer."""
    found = words(unicodedata.normalize("NFC", short))
    return {word.stem for word in found if word.is_content or word.text.lower() in _TURNING}


def alike(left: Candidate, right: Candidate, *, at: float) -> bool:
    """Whether two sentences share this much of their content words (Jaccard)."""
    one, two = (
        {w.stem for w in words(c.article.text, c.sentence.start, c.sentence.end) if w.is_content} for c in (left, right)
    )
    return len(one & two) >= at * len(one | two)

"""What a claim that nearly repeats its sentences changes in them: something added, exchanged, or no longer in doubt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from qa.dates import find_dates
from qa.names import acronyms, is_country, is_demonym
from qa.words import Word, same, stems, words
from qa.writing.evidence import Evidence

_REPEATED = 0.6  # of a claim's words, in the order of its sentences: from there on it repeats them
_WIDEST = 2.5  # times the claim: the stretch of its sentences that it repeats
_LONGEST = 400  # words of sentences that are compared
_ADDED = 2  # new words that say something: a detail
_SLOT = 6  # words that stand in one place

_DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december jan feb mar apr jun jul aug sept oct nov dec today yesterday"
)
_OFFICES = (
    "president minister ambassador governor mayor chancellor king queen prince senator judge general colonel chairman "
    "pope emperor sheriff coach secretary captain professor bishop"
)
_DOUBT = (
    "may might could reportedly allegedly apparently possibly perhaps probably likely alleged suspected expected "
    "planned plans hopes aims intends considering proposed threatened unconfirmed rumoured rumored believed "
    "thought supposedly seemingly"
)
_AHEAD, _DONE = "will shall would", "has have had was were did is are"
_CREDITS = (
    "according said say says reported reports report stated states told announced added noted claimed wrote citing "
    "news statement agency official officials article outlet media"
)


@dataclass(frozen=True, slots=True)
class _Change:
    """What stands in the evidence, and what a claim has in its place; either may be nothing."""

    stated: tuple[Word, ...]
    claimed: tuple[Word, ...]
    behind: Word | None


def change(claim: str, evidence: Evidence) -> str | None:
    """Return, in a clause, what a claim changes that else repeats its sentences; None if nothing, or it does not."""
    stated, claimed = evidence.words[:_LONGEST], words(claim)
    exact = _exact(evidence.text, stated, claimed) | _exact(claim, claimed, stated)
    matcher = SequenceMatcher(None, [w.stem for w in stated], [w.stem for w in claimed], autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size]
    if sum(block.size for block in blocks) < _REPEATED * len(claimed):
        return None
    if blocks[-1].a + blocks[-1].size - blocks[0].a > _WIDEST * len(claimed):
        return None
    for each in _changes(matcher, stated, claimed):
        if found := _added(each, evidence) or _exchanged(each, evidence, exact) or _assured(each, claimed):
            return found
    return None


def _changes(matcher: SequenceMatcher[str], stated: tuple[Word, ...], claimed: tuple[Word, ...]) -> Iterator[_Change]:
    """Yield the changes in order; those with no more than one small word between them are one."""
    left: tuple[int, int] | None = None
    right = (0, 0)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag == "equal":
            bridge = i_end - i == 1 and not stated[i].is_content
            if left is not None and not bridge:
                yield _change(stated, claimed, left, right)
                left = None
            continue
        left, right = (left[0], i_end) if left else (i, i_end), (right[0], j_end) if left else (j, j_end)
    if left is not None:
        yield _change(stated, claimed, left, right)


def _change(
    stated: tuple[Word, ...], claimed: tuple[Word, ...], left: tuple[int, int], right: tuple[int, int]
) -> _Change:
    behind = next((word for word in stated[left[1] : left[1] + 3] if word.is_content), None)
    return _Change(stated[slice(*left)], claimed[slice(*right)], behind)


def _added(each: _Change, evidence: Evidence) -> str | None:
    """Say which detail is added, if the change has more to say than what it takes the place of."""
    new = [word for word in each.claimed if _is_detail(word) and word.stem not in evidence.stems]
    taken = [word for word in each.stated if _is_detail(word)]
    if len(new) < _ADDED or len(new) - len(taken) < _ADDED:
        return None
    return f"adds “{' '.join(word.text for word in each.claimed)}”"


def _is_detail(word: Word) -> bool:
    """Whether a word says something itself, and not who says it or when."""
    plain = word.is_content and not word.is_number and not word.is_name
    return plain and word.stem not in stems(_CREDITS) | stems(_DAYS)


def _exchanged(each: _Change, evidence: Evidence, exact: frozenset[Word]) -> str | None:
    """Say which name, number or office stands where the evidence has another one."""
    if max(len(each.stated), len(each.claimed)) > _SLOT:
        return None
    for kind in (_names, _numbers, _offices):
        stated, claimed = ([word for word in kind(side) if word in exact] for side in (each.stated, each.claimed))
        if not stated or not claimed or any(_alike(one, two) for one in stated for two in claimed):
            continue
        if any(word.text in acronyms(evidence.text) for word in (*stated, *claimed)):
            continue
        if not any(_in_one_list(one, two, evidence.text) for one in stated for two in claimed):
            return f"has “{claimed[0].text}” where {evidence.named} has “{stated[0].text}”"
    return None


def _exact(text: str, told: tuple[Word, ...], other: tuple[Word, ...]) -> frozenset[Word]:
    """Return the words that have one form: no part of a date, nor a noun that the other text has without a capital."""
    dates = list(find_dates(text, None))
    small = {word.stem for word in other if not word.is_name and not word.is_number}
    return frozenset(
        word
        for word in told
        if word.stem not in small and not any(date.start <= word.start < date.end for date in dates)
    )


def _names(found: tuple[Word, ...]) -> list[Word]:
    return [
        w for w in found if w.is_name and w.is_content and w.stem not in stems(_DAYS) and w.stem not in stems(_OFFICES)
    ]


def _numbers(found: tuple[Word, ...]) -> list[Word]:
    return [word for word in found if word.is_number]


def _offices(found: tuple[Word, ...]) -> list[Word]:
    return [word for word in found if word.stem in stems(_OFFICES)]


def _alike(one: Word, two: Word) -> bool:
    """Whether two words may name the same, an acronym and what it stands for among them."""
    if one.is_number or two.is_number:
        return one.stem == two.stem
    return same(one.stem, two.stem) or ((is_country(one.text) or is_demonym(one.text)) and one.stem[:4] == two.stem[:4])


def _in_one_list(stated: Word, claimed: Word, text: str) -> bool:
    """Whether the evidence names both side by side, so that their order does not matter."""
    one, two = re.escape(stated.text), re.escape(claimed.text)
    between = r"(?:\s|,|;|\b(?:and|or|with|met|the)\b|\b[A-Z][\w-]*)*"
    return re.search(rf"\b(?:{one}{between}{two}|{two}{between}{one})\b", text) is not None


def _assured(each: _Change, claimed: tuple[Word, ...]) -> str | None:
    """Say which word of doubt is left out before what the claim keeps, or that it takes what will be for done."""
    told = {word.stem for word in claimed}
    if each.behind is None or each.behind.stem not in told or told & stems(_DOUBT):
        return None
    last = [word for word in each.stated[-4:]]
    if doubt := next((word for word in last if word.stem in stems(_DOUBT) and not word.is_name), None):
        return f"leaves out “{doubt.text}”"
    ahead = next((word for word in last if word.text.lower() in _AHEAD.split()), None)
    done = next((word for word in each.claimed if word.text.lower() in _DONE.split()), None)
    return f"has “{done.text}” for “{ahead.text}”" if ahead and done and not told & set(_AHEAD.split()) else None

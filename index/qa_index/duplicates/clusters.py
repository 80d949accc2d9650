"""Group articles that share their words around the earliest of each group."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from qa_index.duplicates.signature import HASHES, SIZE, shingle_hashes, words

TextOf = Callable[[int], str]
Signatures = NDArray[np.uint8]
_Lows = NDArray[np.uint16]
_Places = NDArray[np.int64]
_Parts = NDArray[np.float64]

# How much alike. Of 73,153 pairs of news articles: copies cut to a third are contained to 0.93 and alike to 0.31,
# stories on one event by different hands are contained to less than 0.63.
_CONTAINED = 0.75  # of the shorter one's shingles
_ALIKE = 0.22  # shingles of both, of those of either; less is a short item inside a long page
# With as much only a word here and there differs, or nothing that is not a cut: the texts need not be read.
_SURELY_ALIKE, _SURELY_CONTAINED = 0.90, 0.95
# What a look at the texts of a pair between these finds.
_OWN_PART, _OWN_WORDS = 0.2, (60, 150)  # of its words in a row, at least and at most, that only the shorter one has:
# with more it is no copy but another story with a block in common, such as forty captions
_NUMBERS_LOST, _NUMBERS_KEPT = 3, 0.5  # a correction changes a few; yesterday's form filled in anew more than half

# Hashes of a band. They are banded twice, in two orders: 168 bands find a pair alike to 0.22 in 83 of 100 cases, to
# 0.31 in 99, to 0.4 always.
_ROWS, _STRIDES = 3, (1, 97)
_NEIGHBOURS = (1, 2)  # in a run of equal bands, besides the earliest
_PAIRS_AT_ONCE = 2_000_000
_COMPARED_AT_ONCE = 50_000
_TEXTS_KEPT = 64
_NUMBER = re.compile(r"\d")


def cluster(signatures: Signatures, *, text_of: TextOf | None = None) -> tuple[tuple[int, ...], ...]:
    """Return the groups of two and more articles that share their words, as places in `signatures`, earliest first.

    `signatures` has shape (n, 512), the articles earliest first, so a group's first is its original. Each of a group is
    like its original, not only like another of the group: what changes a little every day does not become one long
    chain. `text_of` returns what is not masked of the article at a place; with it pairs that are alike but not nearly
    the same are read, which tells a reprint from another story that shares a long block, or from the same form filled
    in anew. It is called only for these.
    """
    if signatures.ndim != 2 or signatures.shape[1] != SIZE or signatures.dtype != np.uint8:
        raise ValueError(f"signatures need shape (n, {SIZE}) of bytes, got {signatures.shape} of {signatures.dtype}")
    if not len(signatures):
        return ()
    stars = _Stars(np.ascontiguousarray(signatures), text_of)
    for later, earlier in _by_later(*stars.verified(*_candidates(stars.lows, stars.counts > 0))):
        stars.place(later, earlier)
    return stars.groups()


class _Stars:
    """The groups so far: for each article that belongs to an earlier one, that one."""

    def __init__(self, signatures: Signatures, text_of: TextOf | None) -> None:
        whole = signatures.view("<u4")[:, 0]
        self.counts = whole.astype(np.int64)
        self.lows: _Lows = signatures.view("<u2")[:, 2:]
        self._reads_alike = _reading(text_of) if text_of else _unread
        self._original: dict[int, int] = {}

    def likeness(self, ones: _Places, others: _Places) -> tuple[_Parts, _Parts]:
        """Return how alike the pairs are and how much of the shorter one the longer one has.

        Alike are the shingles of both over those of either (Jaccard), off by 0.03 at most in two cases of three; how
        much one has of the other follows from it and from how many each has.
        """
        alike: _Parts = (self.lows[ones] == self.lows[others]).mean(axis=1)
        counts = self.counts[ones], self.counts[others]
        return alike, alike / (1 + alike) * (counts[0] + counts[1]) / np.minimum(*counts)

    def verified(self, earlier: _Places, later: _Places) -> tuple[_Places, _Places]:
        """Return the pairs that are alike enough."""
        keep = [np.empty(0, np.bool_)]
        for start in range(0, len(earlier), _COMPARED_AT_ONCE):
            part = slice(start, start + _COMPARED_AT_ONCE)
            alike, contained = self.likeness(earlier[part], later[part])
            keep.append((alike >= _ALIKE) & (contained >= _CONTAINED))
        where = np.flatnonzero(np.concatenate(keep))
        return earlier[where], later[where]

    def place(self, later: int, earlier: Sequence[int]) -> None:
        """Give an article to the original it is most like, of those that what it is like belongs to."""
        originals = np.array(sorted({self._original.get(place, place) for place in earlier}), np.int64)
        alike, contained = self.likeness(originals, np.array([later], np.int64))
        for best in np.argsort(-alike, kind="stable").tolist():
            if alike[best] < _ALIKE or contained[best] < _CONTAINED:
                continue
            original = int(originals[best])
            certain = alike[best] >= _SURELY_ALIKE or contained[best] >= _SURELY_CONTAINED
            if certain or self._reads_alike(original, later):
                self._original[later] = original
                return

    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Return originals with what belongs to them."""
        members: dict[int, list[int]] = {}
        for later, original in sorted(self._original.items()):
            members.setdefault(original, [original]).append(later)
        return tuple(tuple(members[original]) for original in sorted(members))


def _candidates(lows: _Lows, usable: NDArray[np.bool_]) -> tuple[_Places, _Places]:
    """Return pairs (earlier, later) of articles of which a band of hashes is equal, each once.

    Source: Leskovec, Rajaraman & Ullman, "Mining of Massive Datasets", chapter 3.
    """
    places = np.flatnonzero(usable)
    found, waiting, waiting_for = [np.empty(0, np.int64)], 0, len(lows)
    for rows in _bands():
        key = np.zeros(len(places), np.uint64)
        for row in rows:
            key = (key << np.uint64(16)) | lows[places, row]
        for earlier, later in _equal_bands(key):
            found.append(places[earlier] * waiting_for + places[later])
            waiting += len(earlier)
        if waiting > _PAIRS_AT_ONCE:
            found, waiting = [_distinct(found)], 0
    pairs = _distinct(found)
    return pairs // waiting_for, pairs % waiting_for


def _bands() -> Iterator[list[int]]:
    """Yield which hashes make each band."""
    for stride in _STRIDES:
        order = [place * stride % HASHES for place in range(HASHES)]
        yield from (order[first : first + _ROWS] for first in range(0, HASHES - _ROWS + 1, _ROWS))


def _distinct(parts: Sequence[_Places]) -> _Places:
    """Return what differs of all parts, sorted; five times as fast as numpy's own on millions of numbers."""
    ranked = np.sort(np.concatenate(parts))
    return ranked[np.diff(ranked, prepend=-1) > 0]


def _equal_bands(key: NDArray[np.uint64]) -> Iterator[tuple[_Places, _Places]]:
    """Yield pairs of places with an equal key: each with the earliest of its run and with the ones just before it.

    Not with all of its run: a form that is filled in every day would make millions of pairs.
    """
    order = np.argsort(key, kind="stable")
    ranked = key[order]
    new = np.ones(len(key), np.bool_)
    new[1:] = ranked[1:] != ranked[:-1]
    first = np.maximum.accumulate(np.where(new, np.arange(len(key)), 0))
    inside = np.flatnonzero(~new)
    yield order[first[inside]], order[inside]
    for step in _NEIGHBOURS:
        before = inside[inside - step > first[inside]]
        yield order[before - step], order[before]


def _by_later(earlier: _Places, later: _Places) -> Iterator[tuple[int, list[int]]]:
    """Yield each article that is like earlier ones, with these, in order."""
    order = np.lexsort((earlier, later))
    earlier, later = earlier[order], later[order]
    places, starts = np.unique(later, return_index=True)
    for place, group in zip(places.tolist(), np.split(earlier, starts[1:]), strict=bool(len(places))):
        yield place, group.tolist()


def _unread(original: int, later: int) -> bool:
    return True


def _reading(text_of: TextOf) -> Callable[[int, int], bool]:
    """Return what reads two articles and tells whether the shorter one is the other's text, cut or edited."""
    # An original is read many times in a row.
    read = lru_cache(maxsize=_TEXTS_KEPT)(lambda place: words(text_of(place)))

    def same_story(original: int, later: int) -> bool:
        shorter, longer = sorted((read(original), read(later)), key=len)
        least, most = _OWN_WORDS
        allowed = max(least, min(most, int(_OWN_PART * len(shorter))))
        return _keeps_numbers(shorter, longer) and _longest_own(shorter, longer) <= allowed

    return same_story


def _longest_own(shorter: Sequence[str], longer: Sequence[str]) -> int:
    """Return the length of the longest passage, in words, that only the shorter one has."""
    shared = np.isin(shingle_hashes(shorter), shingle_hashes(longer))
    ends = np.concatenate([[-1], np.flatnonzero(shared), [len(shared)]])
    return int(np.diff(ends).max()) - 1


def _keeps_numbers(shorter: Sequence[str], longer: Sequence[str]) -> bool:
    """Tell whether the longer one has the shorter one's numbers too, but for a few."""
    numbers = {word for word in shorter if _NUMBER.search(word)}
    lost = len(numbers.difference(longer))
    return lost <= _NUMBERS_LOST or lost <= (1 - _NUMBERS_KEPT) * len(numbers)

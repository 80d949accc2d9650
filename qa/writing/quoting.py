"""Find a quote in a text, word for word: only white space, kinds of quotation marks and dashes, and NFC may differ."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 2_000  # characters of a quote, and of what a quote with an ellipsis may reach over
_MOST_PARTS = 3  # that ellipses part a quote into
_LEAST_WORDS = 2  # of a part, and of a quote that says where something stands

_SAME = dict.fromkeys("“”„‟«»″〝〞＂「」『』❝❞", '"') | dict.fromkeys("‘’‚‛‹›′ʼ`´＇❛❜", "'")
_SAME |= dict.fromkeys("‐‑‒–—―−﹣－", "-")
_MARKS = re.escape("".join(_SAME))
# What may have to be written anew: a run of white space, a mark of several kinds, letters that may come in two forms.
_VARIED = re.compile(rf"\s+|[{_MARKS}]|[^\s{_MARKS}]?[^\x00-\xff\s{_MARKS}]+")
_ELLIPSIS = re.compile(r"\s*(?:\[\s?(?:…|\.\.\.)\s?\]|…|\.{3,}|\.(?:\s\.){2,})\s*")
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff"  # letters of scripts without spaces
_UNSPACED_LETTER = re.compile(f"[{_UNSPACED}]")
_BETWEEN_WORDS = re.compile(rf".(?=[\W{_UNSPACED}]|\Z)", re.DOTALL)
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Alike:
    """A text made alike, and where it comes from.

    Piece i was written anew: it is text[starts[i]:stops[i]] and was [begins[i], ends[i]) of the original. What stands
    between two pieces is the original's own.
    """

    text: str
    starts: tuple[int, ...]
    stops: tuple[int, ...]
    begins: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where text[start:end] stands in the original, None if it begins or ends inside a piece."""
        left, right = self._place(start), self._place(end)
        return None if left is None or right is None else (left, right)

    def _place(self, place: int) -> int | None:
        i = bisect_right(self.starts, place) - 1
        if i < 0:
            return place
        if place == self.starts[i]:
            return self.begins[i]
        return None if place < self.stops[i] else self.ends[i] + place - self.stops[i]


def alike(text: str) -> str:
    """Return a text as quotes are compared: single spaces, one kind of quotation mark and dash, NFC."""
    return _alike(text).text


def locate(quote: str, text: str) -> tuple[int, int] | None:
    """Return the first place [start, end) in `text` where the quote stands in whole words, None if it does not.

    An ellipsis joins parts that follow each other: at most three, of two words or more, within 2,000 characters. White
    space around the quote is left out. Letters are never made small: "us" is not "US".
    """
    wanted = alike(quote[: 2 * LONGEST]).strip()
    if not wanted or len(quote) > LONGEST:
        return None
    within = _alike(text)
    if (found := _find(wanted, within, 0)) is not None:
        return found[2:]
    parts = [part for part in _ELLIPSIS.split(wanted) if part]
    if _ELLIPSIS.search(wanted) is None or not 0 < len(parts) <= _MOST_PARTS or any(map(is_too_short, parts)):
        return None
    places: list[tuple[int, int, int, int]] = []
    for part in parts:
        place = _find(part, within, places[-1][1] if places else 0)
        if place is None:
            return None
        places.append(place)
    start, end = places[0][2], places[-1][3]
    return (start, end) if end - start <= LONGEST else None


def is_too_short(quote: str) -> bool:
    """Whether a quote has fewer than two words, so that it stands anywhere and shows nothing."""
    found = _WORD.finditer(quote)
    return sum(1 for _, _ in zip(range(_LEAST_WORDS), found, strict=False)) < _LEAST_WORDS


def _find(wanted: str, within: _Alike, start: int) -> tuple[int, int, int, int] | None:
    """Return the first place of whole words at or behind `start`: in the text made alike, and in the original."""
    text = within.text
    place = text.find(wanted, start)
    while place >= 0:
        end = place + len(wanted)
        if _cuts(text, place):  # and so does every border up to the end of this word
            place = text.find(wanted, _BETWEEN_WORDS.search(text, place).end())  # type: ignore[union-attr]
            continue
        if not _cuts(text, end) and (found := within.original(place, end)):
            return place, end, *found
        place = text.find(wanted, place + 1)
    return None


def _cuts(text: str, place: int) -> bool:
    """Whether a border at this place would cut a word or a number in two: "50" is no quote of "2,500"."""
    if not 0 < place < len(text):
        return False
    left, right = text[place - 1], text[place]
    if left.isdigit() and right in ".,:":
        return text[place + 1 : place + 2].isdigit()
    if left in ".,:" and right.isdigit():
        return text[max(0, place - 2) : place - 1].isdigit()
    return _in_word(left) and _in_word(right) and not _UNSPACED_LETTER.search(left + right)


def _in_word(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter)[0] == "M"


@lru_cache(maxsize=64)
def _alike(text: str) -> _Alike:
    pieces: list[str] = []
    places: list[tuple[int, int, int, int]] = []
    length = last = 0
    for start, end, new in _rewritten(text):
        pieces += (text[last:start], new)
        length += start - last
        places.append((length, length + len(new), start, end))
        length += len(new)
        last = end
    starts, stops, begins, ends = zip(*places, strict=True) if places else ((), (), (), ())
    return _Alike("".join(pieces) + text[last:], starts, stops, begins, ends)


def _rewritten(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield, in order, the places of a text that are written in another way, and in which."""
    for match in _VARIED.finditer(text):
        found = match.group()
        if found.isspace() or found in _SAME:
            if (new := _SAME.get(found, " ")) != found:
                yield match.start(), match.end(), new
        elif not unicodedata.is_normalized("NFC", found):
            for start, end in _letters(found):
                if (new := unicodedata.normalize("NFC", found[start:end])) != found[start:end]:
                    yield match.start() + start, match.start() + end, new


def _letters(run: str) -> Iterator[tuple[int, int]]:
    """Yield each letter of a run with the marks behind it, and a Korean syllable's parts together."""
    start = 0
    for place in range(1, len(run) + 1):
        if place == len(run) or not (unicodedata.category(run[place])[0] == "M" or "\u1161" <= run[place] <= "\u11c2"):
            yield start, place
            start = place

"""Snap a marked part of a sentence to sensible borders."""

from __future__ import annotations

import re
import unicodedata

_LONGEST_WORD = 100  # characters
_SIGN = re.compile(r"(?:(?:\b[A-Z]{1,3})?[$€£₽¥]\s?|(?<![\w)\]-])[-−])$")
_PER_CENT = re.compile(r"\s?(?:%|per\s?cent\b)")
_ABBREVIATED = re.compile(r"(?:\b[A-Z]|\b(?:Jr|Sr|Inc|Ltd|Co|Corp|St|No)|\b[ap]\.m)\.$")
_OPENING, _CLOSING, _PUNCTUATION = '“‘"([«', '”’")]»', ",.;:!?–—-…·*"


def snapped(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a part of a text moved out to whole words, and in over what does not belong to it; maybe nothing is left.

    Signs of money and minus before a number and a per cent behind it belong to it; punctuation at the ends does not,
    nor quotation marks around it, nor a bracket without its other half.
    """
    furthest = max(0, start - _LONGEST_WORD), min(len(text), end + _LONGEST_WORD)
    while furthest[0] < start < end and _one_word(text, start):
        start -= 1
    while start < end < furthest[1] and _one_word(text, end):
        end += 1
    while (inner := _peeled(text, start, end)) != (start, end):
        start, end = inner
    if start < end and text[start].isdigit() and (sign := _SIGN.search(text, 0, start)):
        start = sign.start()
    if start < end and text[end - 1].isdigit() and (unit := _PER_CENT.match(text, end)):
        end = unit.end()
    return start, end


def _one_word(text: str, place: int) -> bool:
    """Whether a border would cut a word or a number in two."""
    before, left, right, behind = text[place - 2 : place - 1], text[place - 1], text[place], text[place + 1 : place + 2]
    if (left.isdigit() and right in ".,:") or (left in ".,:" and right.isdigit()):
        return (before if left in ".,:" else behind).isdigit()
    if left in "'’" or right in "'’":
        return (before if left in "'’" else left).isalpha() and (right if left in "'’" else behind).isalpha()
    return _in_word(left) and _in_word(right)


def _in_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _peeled(text: str, start: int, end: int) -> tuple[int, int]:
    """Take one sign from the ends of a part, if it does not belong to it."""
    if start >= end:
        return start, start
    first, last, inner = text[start], text[end - 1], text[start + 1 : end - 1]
    number = first in "-−." and text[start + 1 : min(end, start + 2)].isdigit()
    if first.isspace() or (first in _PUNCTUATION and not number) or (first in _CLOSING and first not in _OPENING):
        return start + 1, end
    if (
        last.isspace()
        or last in _OPENING.replace('"', "")
        or (last in _PUNCTUATION and not _is_short(text, start, end))
    ):
        return start, end - 1
    if first in _OPENING and _CLOSING[_OPENING.index(first)] == last and first not in "([" and first not in inner:
        return start + 1, end - 1
    if first in _OPENING and _CLOSING[_OPENING.index(first)] not in text[start + 1 : end]:
        return start + 1, end
    if last in _CLOSING and _OPENING[_CLOSING.index(last)] not in text[start : end - 1]:
        return start, end - 1
    return start, end


def _is_short(text: str, start: int, end: int) -> bool:
    """Whether a part ends with the full stop of an abbreviation."""
    return text[end - 1] == "." and _ABBREVIATED.search(text, start, end) is not None

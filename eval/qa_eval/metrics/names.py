"""Write names one way: without accents, titles, a possessive s and the dots of initials."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ð": "d", "Ð": "D"}
    | {"æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "þ": "th", "Þ": "Th"}
)
# Dropped only before a name. Words that may be a part of it stay: General Motors, Gen Z, Miss America, King Street.
_TITLE = re.compile(
    r"(?<![\w-])(?:(?:Mr|Mrs|Ms|Mx|Dr|Prof)\b\.?|(?:Sen|Rep|Gov|Gen|Lt|Col|Sgt|Capt)\.|"
    r"(?:Professor|Sir|President|Prime Minister|Senator)\b)\s+"
    r"(?=(?:(?:de|da|di|del|la|le|van|von|der|den|al|el|bin|ben)[\s-])*[^\W\d_a-z])",
)
_OTHER_OFFICE = re.compile(r"\b(?:vice|deputy|former|acting|then|ex)[\s-]+$", re.IGNORECASE)
_INITIALS = re.compile(r"\b(?:(?:[A-Z]\.\s?)+[A-Z]\.|(?:[A-Z]\.)+[A-Z]\b|(?:[a-z]\.)+[a-z]\b\.?)(?=(\s*\w)?)")
_POSSESSIVE = re.compile(r"\b(\w+)(?:'s\b|(?<=s)'(?!\w))")
_CONTRACTED = frozenset("it he she that this what who where there here let how when why".split())
_CONTRACTION = re.compile(r"(?<=[^\W\d])'(?=(?:s|re|ll|ve|d|m|t)\b)", re.IGNORECASE)
_APOSTROPHE = re.compile(r"(?<!\d)'|'(?!\d)")
_NUMERO = re.compile(r"(?:\bno\b\.?|№|#)\s?(?=\d)", re.IGNORECASE)


def alike_names(text: str) -> str:
    """Drop what names are written with or without; other words lose their accents and possessives too.

    Apostrophes are expected to be straight. The one of a contraction is curled: "we’re" is not "were".
    """
    text = _TITLE.sub(_title, _without_accents(text))
    text = _INITIALS.sub(_initials, text)
    text = _POSSESSIVE.sub(_owner, text)
    return _NUMERO.sub("number ", _APOSTROPHE.sub("", _CONTRACTION.sub("’", text)))


def _without_accents(text: str) -> str:
    """Drop the marks of Latin letters; in other scripts a mark makes another letter, or is a vowel."""
    kept, latin = [], False
    for letter in unicodedata.normalize("NFD", text):
        if not unicodedata.combining(letter):
            latin = unicodedata.name(letter, "").startswith("LATIN")
        elif latin:
            continue
        kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_LETTERS)


def _title(found: re.Match[str]) -> str:
    """Drop a title, unless the office is another one: a vice president is not the president of that name."""
    before = found.string[max(0, found.start() - 12) : found.start()]
    return found[0] if _OTHER_OFFICE.search(before) else ""


def _initials(found: re.Match[str]) -> str:
    return re.sub(r"[.\s]", "", found[0]) + (" " if found[1] else "")


def _owner(found: re.Match[str]) -> str:
    return found[0] if found[1].lower() in _CONTRACTED else found[1]

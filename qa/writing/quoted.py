"""Find what a claim puts between quotation marks of any kind, and whether each of them has its other half."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from qa.writing.quoting import alike

# Marks that only open: two of a kind without a closing one between them are quotes inside each other.
_OPENING = "“‟「『〝❝"
_DOUBLE = re.compile('[“”„‟«»″〝〞＂「」『』❝❞"]')
_OPENS = re.compile(r"(?<![\w'])'(?=[^\s'])(?!\d\ds?\b)(?!(?:n|em|til|tis|twas|cause|round)\b)")
_CLOSES = re.compile(r"(?<=[^\s'])'(?![\w'])")


def quoted(text: str) -> Iterator[str] | None:
    """Return what stands between quotation marks; None where they are nested in their own kind or left open."""
    marks = [match.group() for match in _DOUBLE.finditer(text)]
    if len(marks) % 2 or any(one == two and one in _OPENING for one, two in zip(marks[::2], marks[1::2], strict=True)):
        return None
    plain = alike(text)
    singles = _singles(plain)
    return None if singles is None else iter([*re.findall(r'"([^"]*)"', plain), *singles])


def _singles(text: str) -> list[str] | None:
    """Return what stands between single marks; None where one that opens has no other half.

    A mark behind an "s" and before a word is taken for that of an owner ("the workers' strike") if another one closes.
    """
    opened = [match.end() for match in _OPENS.finditer(text)]
    found = []
    for start, end in pairwise([*opened, len(text)]):
        closing = [match.start() for match in _CLOSES.finditer(text, start, end)]
        if not closing:
            return None
        found.append(text[start : next((place for place in closing if not _owns(text, place)), closing[-1])])
    return found


def _owns(text: str, place: int) -> bool:
    """Whether a mark may be that of an owner: behind an "s", with a word to come."""
    return text[place - 1] == "s" and re.match(r"\s\w", text[place + 1 : place + 3]) is not None

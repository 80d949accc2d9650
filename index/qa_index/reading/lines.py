"""Where the lines and the paragraphs of a text are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

Range = tuple[int, int]

SENTENCE_END = ".!?…。！？।؟۔"
CLOSING = "\"'”’»)]）」』"

_LINE = re.compile(r"[^\n]+")
_FIRST_WORD = re.compile(r"\S+")
_LIST_ITEM = re.compile(r"(?:[-*•·▪–—#>|]|\(?\d{1,3}[.)])(?=\s|$)|#")

# A wrapped line is at least this wide; shorter lines that end without a full stop are headings and lists.
_NARROWEST_WRAP, _WIDEST_WRAP = 50, 140


def trim(text: str, start: int, end: int) -> Range:
    """Return [start, end) without white space at its borders; empty, at `start`, if there is nothing else."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return (start + left, start + len(piece.rstrip())) if left < len(piece) else (start, start)


def lines(text: str, start: int = 0, end: int | None = None) -> Iterator[Range]:
    """Yield the range of each line that shows something, trimmed, in order."""
    for match in _LINE.finditer(text, start, len(text) if end is None else end):
        line = trim(text, *match.span())
        if line[0] < line[1]:
            yield line


def lines_outside(text: str, ranges: Iterable[Range]) -> Iterator[Range]:
    """Yield the lines that show something and do not lie inside one of the sorted, disjoint `ranges`."""
    remaining = iter(ranges)
    taken = next(remaining, None)
    for line in lines(text):
        while taken and taken[1] <= line[0]:
            taken = next(remaining, None)
        if taken is None or not (taken[0] <= line[0] and line[1] <= taken[1]):
            yield line


def ends_sentence(text: str, start: int, end: int) -> bool:
    """Tell whether [start, end) ends as a sentence does, closing quotes and brackets aside."""
    tail = text[max(start, end - 8) : end].rstrip(CLOSING)
    return bool(tail) and tail[-1] in SENTENCE_END


def paragraphs(text: str, start: int = 0, end: int | None = None) -> list[Range]:
    """Return the paragraphs of [start, end), trimmed, in order.

    A blank line ends a paragraph. So does every other line end, unless the text is hard-wrapped: then lines that
    were broken only because they were full belong together.
    """
    blocks = list(_blocks(text, lines(text, start, end)))
    width = _wrap_width(text, blocks)
    found: list[Range] = []
    for block in blocks:
        found.append(block[0])
        for upper, lower in pairwise(block):
            if width and _continues(text, upper, lower, width):
                found[-1] = (found[-1][0], lower[1])
            else:
                found.append(lower)
    return found


def without(start: int, end: int, ranges: Iterable[Range]) -> list[Range]:
    """Return what is left of [start, end) when the sorted, disjoint `ranges` are taken out of it."""
    left: list[Range] = []
    for taken_start, taken_end in ranges:
        if start < taken_start:
            left.append((start, min(taken_start, end)))
        start = max(start, taken_end)
        if start >= end:
            break
    if start < end:
        left.append((start, end))
    return left


def merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Return the same positions as sorted ranges that do not touch; empty ranges are dropped."""
    found: list[Range] = []
    for start, end in sorted(span for span in ranges if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def _blocks(text: str, visible: Iterable[Range]) -> Iterator[list[Range]]:
    """Group lines that have no blank line between them."""
    block: list[Range] = []
    for line in visible:
        if block and text.count("\n", block[-1][1], line[0]) > 1:
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _wrap_width(text: str, blocks: Sequence[Sequence[Range]]) -> int | None:
    """Return the width the text was wrapped at, None if its line ends are its author's own.

    The evidence is in lines that stop in mid-sentence: in wrapped prose most of the lines after them begin with a
    small letter, in headings and lists most do not.
    """
    broken = [
        (upper[1] - upper[0], _first_is_capital(text, lower))
        for block in blocks
        for upper, lower in pairwise(block)
        if upper[1] - upper[0] >= _NARROWEST_WRAP and not ends_sentence(text, *upper)
    ]
    if not broken or 2 * sum(capital for _, capital in broken) > len(broken):
        return None
    width = sorted(size for size, _ in broken)[(len(broken) - 1) * 9 // 10]
    return width if width <= _WIDEST_WRAP else None


def _continues(text: str, upper: Range, lower: Range, width: int) -> bool:
    """Tell whether `upper` was broken because the first word of `lower` no longer fitted."""
    word = _FIRST_WORD.match(text, lower[0], lower[1])
    room = upper[1] - upper[0] + 1 + (len(word.group()) if word else 0)
    # Four fifths: editors break at 72 what mail quotes at 68, and a ragged margin is not a new paragraph.
    full = upper[1] - upper[0] >= _NARROWEST_WRAP and room >= width * 4 // 5
    return full and not _LIST_ITEM.match(text, lower[0], lower[1]) and not text.startswith("#", upper[0])


def _first_is_capital(text: str, line: Range) -> bool:
    letter = text[slice(*line)].lstrip("\"'“‘«„([")[:1]
    return letter.isupper() or letter.isdigit() or bool(_LIST_ITEM.match(text, *line))

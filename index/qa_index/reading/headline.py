"""Tell the headline of an article from its body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice, pairwise

from qa_index.reading import names
from qa_index.reading.lines import Range, ends_sentence, lines_outside, paragraphs

_MARKDOWN = re.compile(r"#{1,3}\s+(?P<words>.*?)\s*#*$")
_UNDERLINE = re.compile(r"[=-]{3,}")
# Of 100 headlines of news articles the longest has 18 words; longer first lines were captions and standfirsts.
_LONGEST, _MOST_WORDS = 150, 22
_LONGEST_QUESTION = 100  # longer ones open a body
_KICKER_WORDS = 2  # "World", "Central Asia": the section, if a headline follows
_NAME_WORDS = 3
_NO_HEADLINE = re.compile(
    r"[-*•·>]\s|\d{1,3}[.)]\s|\(|\[|(?:image|photo|picture|video)s?\b|enlarge\b|from\b.*\breports$|staff\b",
    re.IGNORECASE,
)
_CAPTION = re.compile(r"[)\]]$|@\S+\.\w|\bcaption\b", re.IGNORECASE)
# "LONDON, March 4 (Wire) - ", whoever the wire is
_DATELINE = re.compile(
    r"[A-ZА-ЯЁ][A-ZА-ЯЁ .'’/-]{2,40}(?:,[^()/\n]{1,40})?\s{0,3}(?:\([^()\n]{2,30}\)|/[^/\n]{2,30}/)\.?\s{0,3}[-–—]"
)
_CYRILLIC = re.compile(r"[А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі]")
_ELLIPSIS_OR_INITIALS = re.compile(r"(?:…|\.\.\.|\b[A-Z]\.[A-Z]\.)[\"'”’]?$")
_TWO_SENTENCES = re.compile(r"[^\W\d_]{3,}[.!?][\"'”’)]?\s+[\"'“‘(]?[^\W\d_a-z]")


def find(text: str, *, skip: Sequence[Range] = ()) -> tuple[str, Range] | None:
    """Return the headline and the range of its line; None if the text starts with its body.

    A headline is the first line outside the sorted ranges `skip`: short, without a full stop at its end, and followed
    by a body. A Markdown heading loses its marks, but its range is the whole line. A few words that could be the name
    of a person or a newspaper are a headline only if a byline or a date comes next.
    """
    visible = list(islice(lines_outside(text, skip), 5))
    if not visible or _are_highlights(text, visible):
        return None
    for line, below in pairwise(visible[:3]):
        words = _headline(text, line, visible[visible.index(below) :])
        if words is None:
            return None
        signed = any(line[1] <= start and end <= below[0] for start, end in skip)
        if line == visible[0] and not signed and _is_kicker(text, visible):
            continue
        if (
            names.is_role(words)
            or is_name_alone(words)
            or (not signed and not text.startswith("#", line[0]) and _could_be_name(words))
        ):
            return None
        return words, (line[0], below[1] if _UNDERLINE.fullmatch(text, *below) else line[1])
    return None


def _headline(text: str, line: Range, following: Sequence[Range]) -> str | None:
    """Return the words of the line if it can be a headline."""
    start, end = line
    heading = _MARKDOWN.fullmatch(text, start, end)
    start, end = heading.span("words") if heading else line
    if not 2 <= end - start <= _LONGEST or len(text[start:end].split()) > _MOST_WORDS:
        return None
    if not heading and not (_reads_as_headline(text, start, end) and _has_body(text, line, following)):
        return None
    return text[start:end]


def _reads_as_headline(text: str, start: int, end: int) -> bool:
    """Tell whether a line looks like one: it does not stop as a sentence does, and is no list item or caption."""
    words = text[start:end]
    if _NO_HEADLINE.match(words) or _DATELINE.match(words) or _CAPTION.search(words) or _TWO_SENTENCES.search(words):
        return False
    if words[-1] in ",;:—–" or words[0].islower():
        return False
    question = words.rstrip("\"'”’»")[-1:] in ("?", "!") and len(words) <= _LONGEST_QUESTION
    return question or not ends_sentence(text, start, end) or bool(_ELLIPSIS_OR_INITIALS.search(words))


def _has_body(text: str, line: Range, following: Sequence[Range]) -> bool:
    """Tell whether what follows is a body, and not the rest of the same paragraph."""
    if not any(ends_sentence(text, *below) or below[1] - below[0] > line[1] - line[0] for below in following):
        return False
    # The few lines at the top are enough to see whether the text is hard-wrapped there.
    top = paragraphs(text, line[0], min(len(text), following[0][1] + 2_000))
    return bool(top) and top[0][1] == line[1]


def is_name_alone(line: str) -> bool:
    """Tell a line that is surely a person's name, whatever follows: headlines in Cyrillic have one capital."""
    credit = names.credit(line) if _CYRILLIC.match(line) else None
    return credit is not None and bool(credit.authors) and len(line.split()) <= _NAME_WORDS


def _are_highlights(text: str, visible: Sequence[Range]) -> bool:
    """Tell whether the text opens with a list of highlights: three lines in a row that each could be the headline."""
    top = visible[:3]
    return len(top) == 3 and all(
        len(text[start:end].split()) > _NAME_WORDS and _reads_as_headline(text, start, end) for start, end in top
    )


def _could_be_name(words: str) -> bool:
    """Tell whether a line may be an unsigned byline or the name of a newspaper: "Jane Doe", "The Daily Star"."""
    if len(words.split()) == 1 or names.outlet(words) or names.is_role(words):
        return True
    credit = names.credit(words)
    return credit is not None and (len(words.split()) <= _NAME_WORDS or len(credit.authors) > 1)


def _is_kicker(text: str, visible: Sequence[Range]) -> bool:
    """Tell whether the first line only names the section and the second is the headline."""
    start, end = visible[0]
    if text.startswith("#", start) or len(text[start:end].split()) > _KICKER_WORDS or len(visible) < 3:
        return False
    below = visible[1]
    longer = len(text[slice(*below)].split()) > _KICKER_WORDS + 1
    return longer and _headline(text, below, visible[2:]) is not None

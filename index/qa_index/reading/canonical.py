"""One text per article: what every offset counts in, made once, when the article is read."""

from __future__ import annotations

import re
import unicodedata

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")

# What a reader cannot see and a search must not trip over: controls, lone surrogates, the soft hyphen, zero-width
# space and joiners of words, the byte order mark, bidirectional overrides, tags, and what is no character at all.
_DROPPED = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u180e\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufdd0-\ufdef"
    "\ud800-\udfff\U000e0000-\U000e007f"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]+"
)
_JOINERS = re.compile("[\u200c\u200d]+")
_LAST_OF_LATIN = "\u036f"  # the end of the combining marks that Latin letters take


def canonical(text: str) -> str:
    r"""Return `text` as an article keeps it: line ends are \n, and what cannot be seen is gone.

    Nothing else changes: no letter is lowered, composed or moved, so a plain text keeps its own offsets.
    Zero-width joiner and non-joiner stay where they mean something: after scripts other than Latin, and in emoji.
    """
    text = _LINE_ENDS.sub("\n", text)
    return _JOINERS.sub(_kept_joiner, _DROPPED.sub("", text))


def is_visible(text: str) -> bool:
    """Tell whether a reader would see anything: a letter, a digit, a sign."""
    return any(unicodedata.category(character)[0] in "LNPS" and character not in "\u3164\u2800" for character in text)


def _kept_joiner(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1 : match.start()] if match.start() else ""
    return match.group()[0] if before > _LAST_OF_LATIN and _joins(before) else ""


def _joins(character: str) -> bool:
    """Tell whether a joiner after this character can mean something."""
    return unicodedata.category(character)[0] in "LMS" and "LATIN" not in unicodedata.name(character, "")

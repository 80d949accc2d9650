"""Choose the words of a question that are worth looking for."""

from __future__ import annotations

import re

STOP_WORDS = frozenset(
    "a about am an and are as at be been being but by can could d did didn do does doesn doing don done for from had "
    "has have he her him his how i if in into is isn it its ll m may me might my no not of on or our re s should such "
    "t than that the their them then there these they this to ve was wasn we were weren what when where which who "
    "whom whose why will with would you your".split()
)
_WORD = re.compile(r"\w+")


def telling_words(text: str) -> list[str]:
    """Return every word but those of STOP_WORDS, unless there are no others.

    WHO is not who: a stop word in capitals stays, unless the whole text is in capitals.
    """
    shouting = text.isupper()
    words = _WORD.findall(text)
    telling = [word for word in words if word.lower() not in STOP_WORDS or _is_acronym(word, shouting=shouting)]
    return telling or words


def _is_acronym(word: str, *, shouting: bool) -> bool:
    return len(word) > 1 and word.isupper() and not shouting

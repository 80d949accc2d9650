"""Tell a rewrite that went wrong by its form, whoever wrote it: then the question stays as it was typed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from qa.followups.clauses import bare
from qa.followups.verbs import AUXILIARIES, DETERMINERS
from qa.types import Turn
from qa.understand import type_of
from qa.words import content, words

MOST_WORDS = 60  # a longer question says what it is about by itself
_NEGATION = re.compile(
    r"n['’]t\b|\b(?:not|no|never|nobody|none|nothing|neither|nor|without|cannot|nowhere)\b", re.IGNORECASE
)
_ORDER = frozenset(
    "before after since until more less fewer most least over under above below than first last next all only".split()
)
_OPEN_ENDS = (
    AUXILIARIES | {"been", "being"} | DETERMINERS - frozenset("that this these those any some each her his".split())
)
_SAYS_NOTHING = frozenset("ok okay well plus though hmm um uh oh hey please thanks one ones come kind sort".split())


def sound(written: str, question: str, turns: Sequence[Turn]) -> bool:
    """Whether a rewrite neither says a word twice that nobody said twice, nor breaks off.

    "When did the internet do the internet?" is what comes of a pronoun that stood for nothing.
    """
    once = Counter(_surfaces(question))
    for turn in turns:
        once |= Counter(_surfaces(turn.answer.standalone)) | Counter(_surfaces(turn.answer.short or ""))
    if any(count > max(1, once[word]) for word, count in Counter(_surfaces(written)).items()):
        return False
    ends, typed = _last(written), _last(question)
    return ends == typed or ends not in _OPEN_ENDS


def keeps_meaning(written: str, question: str, turns: Sequence[Turn]) -> bool:
    """Whether a rewrite asks what the question asks: its words in their order, its negations, its type of answer.

    "Did Tokayev thank Putin?" is not "Did Putin thank him?", nor "Was it after Saturday?" "Was it before Saturday?".
    """
    asked = [word.stem for word in content(question) if word.text.lower() not in _SAYS_NOTHING]
    if not _in_order(asked, (word.stem for word in content(written))):
        return False
    if len(_NEGATION.findall(written)) != len(_NEGATION.findall(question)):
        return False
    said = {word for turn in turns for word in _ordering(turn.answer.standalone)}
    typed, put = _ordering(question), _ordering(written)
    if not _in_order(typed, iter(put)) or not set(put) <= said | set(typed):
        return False
    wanted = type_of(question)
    return wanted == "other" or type_of(written) == wanted


def _in_order(wanted: Sequence[str], found: Iterable[str]) -> bool:
    """Whether words stand among others in the same order."""
    left = iter(found)
    return all(word in left for word in wanted)


def _ordering(text: str) -> list[str]:
    """Return the words of a text that tell before from after and more from less."""
    return [word.text.lower() for word in words(text) if word.text.lower() in _ORDER]


def _surfaces(text: str) -> list[str]:
    return [word.text.lower() for word in content(text)]


def _last(text: str) -> str:
    tokens = text.strip(" ?!.…").split()
    return bare(tokens[-1]) if tokens else ""

"""Whether what is claimed stands in what is cited."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa_eval.metrics.facts import alike

MOST_MISSING = 0.2  # of the words of a claim, so that "said" for "has said" is no invention
_WORD = re.compile(r"\w+")
_FIGURE = re.compile(r"\d")
_SMALL = frozenset(
    "a an and are as at be by for from has have he her his in is it its of on or she that the their they this to was"
    " were which who will with".split()
)


def supported(claim: str, quotes: Sequence[str]) -> bool:
    """Whether the words of the quotes say what a claim says: each of its figures and most of its other words.

    Words are compared without case, numbers, dates and names as they are made alike. A claim without words that count
    is supported by any quote, and nothing is supported by no quote. This is a check of words, not of meaning: it
    finds what was added, not what was turned round. Source: our own; the share of words that a text has in common
    with what it rests on is the grounding precision of Adlakha et al. (K-Precision), "Evaluating Correctness and
    Faithfulness of Instruction-Following Models for Question Answering", TACL 2024.
    """
    if not quotes:
        return False
    there = {word for quote in quotes for word in _words(quote)}
    said = _words(claim)
    missing = [word for word in said if word not in there]
    return not any(map(_FIGURE.search, missing)) and len(missing) <= MOST_MISSING * len(said)


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(alike(text).casefold()) if word not in _SMALL]

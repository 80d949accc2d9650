"""How far an answer agrees with the accepted ones, word for word."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b", re.UNICODE)
_PUNCTUATION = set(string.punctuation)
_THOUSANDS = re.compile(r"(?<=\d)[,’'\u2009\u202f](?=\d{3}(?!\d))")
_APOSTROPHE = re.compile(r"[’'](s\b)?")  # "Kremlin's statement" states "Kremlin"
_WORD = re.compile(r"\d+(?:\.\d+)+|\w+")


def normalise(text: str) -> str:
    """Lower-case a text, drop punctuation and the articles a, an, the, and make all white space single spaces.

    Only ASCII punctuation is dropped, as in the script. Source: `normalize_answer` of the official evaluation script
    of SQuAD 2.0 (Rajpurkar, Jia & Liang, "Know What You Don't Know", ACL 2018).
    """
    kept = "".join(letter for letter in text.lower() if letter not in _PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", kept).split())


def exact_match(answer: str, accepted: Sequence[str]) -> float:
    """1 if the answer equals an accepted form after normalising, else 0.

    Forms of which normalising leaves nothing do not count. Where no form is left, the right answer is "", none at all.
    Source: `compute_exact` of the official script, and its maximum over the gold answers in `get_raw_scores`.
    """
    return max(float(normalise(answer) == form) for form in _forms(accepted))


def f1(answer: str, accepted: Sequence[str]) -> float:
    """How many words the answer shares with the accepted form it is closest to, in [0, 1].

    Words are counted as often as they occur: "new york new york" for "new york" is 2 · (2/4) · 1 / (2/4 + 1) = 0.667.
    Forms of which nothing is left count as for `exact_match`. Source: `compute_f1` of the official script, and its
    maximum over the gold answers in `get_raw_scores`.
    """
    return max(_f1(normalise(answer), form) for form in _forms(accepted))


def _forms(accepted: Sequence[str]) -> list[str]:
    return [form for form in map(normalise, accepted) if form] or [""]


def _f1(answer: str, form: str) -> float:
    said, expected = answer.split(), form.split()
    if not said or not expected:
        return float(said == expected)
    shared = sum((Counter(said) & Counter(expected)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(said), shared / len(expected)
    return 2 * precision * recall / (precision + recall)


def states(answer: str, accepted: Sequence[str]) -> bool:
    """Whether the answer contains an accepted form, word for word; none is accepted, none is stated.

    Case, punctuation, the articles a, an, the, a possessive s and thousands separators make no difference:
    "about 4,266 people." states "4266 people". Words count whole: "January 12" does not state "January 1".
    Source: our own, after the answer recall of open-domain question answering, `has_answer` of DrQA (Chen, Fisch,
    Weston & Bordes, "Reading Wikipedia to Answer Open-Domain Questions", ACL 2017).
    """
    said = _plain(answer)
    return any(form.strip() and form in said for form in map(_plain, accepted))


def _plain(text: str) -> str:
    """Return the words of a text with a space around each; decimal points stay, other punctuation parts words."""
    whole = unicodedata.normalize("NFKC", _THOUSANDS.sub("", text)).casefold()
    words = _WORD.findall(_APOSTROPHE.sub("", whole))
    return f" {' '.join(word for word in words if word not in ('a', 'an', 'the'))} "

"""What the figures mean: pure functions, each with its source."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np

from qa_index.types import Span

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
    """1 if the answer equals an accepted form after normalising, else 0; accept "" where there is no answer.

    Source: `compute_exact` of the official script, and its maximum over the gold answers.
    """
    return max((float(normalise(answer) == normalise(each)) for each in accepted), default=0.0)


def f1(answer: str, accepted: Sequence[str]) -> float:
    """How many words the answer shares with the accepted form it is closest to, in [0, 1].

    Words are counted as often as they occur: "new york new york" for "new york" is 2 · (2/4) · 1 / (2/4 + 1) = 0.667.
    Source: `compute_f1` of the official script, and its maximum over the gold answers.
    """
    return max((_f1(answer, each) for each in accepted), default=0.0)


def _f1(answer: str, gold: str) -> float:
    said, expected = normalise(answer).split(), normalise(gold).split()
    if not said or not expected:
        return float(said == expected)
    shared = sum((Counter(said) & Counter(expected)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(said), shared / len(expected)
    return 2 * precision * recall / (precision + recall)


def states(answer: str, accepted: Sequence[str]) -> bool:
    """Whether the answer contains an accepted form, word for word.

    Case, punctuation, the articles a, an, the, a possessive s and thousands separators make no difference:
    "about 4,266 people." states "4266 people". Words count whole: "January 12" does not state "January 1".
    """
    said = _plain(answer)
    return any(form.strip() and form in said for form in map(_plain, accepted))


def _plain(text: str) -> str:
    """Return the words of a text with a space around each; decimal points stay, other punctuation parts words."""
    whole = unicodedata.normalize("NFKC", _THOUSANDS.sub("", text)).casefold()
    words = _WORD.findall(_APOSTROPHE.sub("", whole))
    return f" {' '.join(word for word in words if word not in ('a', 'an', 'the'))} "


def overlap(one: Span, other: Span) -> int:
    """How many characters two spans share; spans of different articles share none."""
    if one.article_id != other.article_id:
        return 0
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """How often a true case scores higher than a false one, ties counting half: 1 parts them, 0.5 is chance.

    None if all labels are the same. Source: the area under the ROC curve is the Mann-Whitney statistic (Hanley &
    McNeil, "The Meaning and Use of the Area under a ROC Curve", Radiology 143, 1982).

    Raises:
        ValueError: if there are not as many scores as labels.

    """
    if len(scores) != len(labels):
        raise ValueError(f"{len(scores)} scores for {len(labels)} labels")
    chosen = np.asarray(labels, dtype=bool)
    values = np.asarray(scores, dtype=np.float64)
    true, false = values[chosen], np.sort(values[~chosen])
    if not true.size or not false.size:
        return None
    below = np.searchsorted(false, true, side="left")
    up_to = np.searchsorted(false, true, side="right")
    return float((below + up_to).sum() / (2 * true.size * false.size))


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return the value that `percent` (0 to 100) of the values do not exceed; None of none.

    It may lie between two of them: numpy's linear rule.
    """
    return float(np.percentile(np.asarray(values, dtype=np.float64), percent)) if len(values) else None

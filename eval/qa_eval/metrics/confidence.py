"""How well confidence tells right answers from wrong ones, and whether it means what it says."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers whose confidence is in [low, high): how many, their mean confidence, the share that is right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """How often a true case scores higher than a false one, ties counting half: 1 parts them, 0.5 is chance.

    In [0, 1]; None if all labels are the same. Source: the area under the ROC curve is the Mann-Whitney statistic
    (Hanley & McNeil, "The Meaning and Use of the Area under a ROC Curve", Radiology 143, 1982).

    Raises:
        ValueError: if there are not as many scores as labels.

    """
    pairs = _paired(scores, labels)
    true = [score for score, label in pairs if label]
    false = sorted(score for score, label in pairs if not label)
    if not true or not false:
        return None
    wins = sum(bisect_left(false, score) + bisect_right(false, score) for score in true)
    return wins / (2 * len(true) * len(false))


def risk_coverage(
    scores: Sequence[float], right: Sequence[bool], *, of: int | None = None
) -> list[tuple[float, float]]:
    """Return the curve (coverage, risk), both in [0, 1], as the threshold on the score falls; empty for no answers.

    Coverage is the share of `of` cases that are answered at a threshold, risk the share of these that is wrong.
    There is one point for each score that occurs: answers of the same score enter together. Without `of`, the
    answers are all the cases there are.

    Source: El-Yaniv & Wiener, "On the Foundations of Noise-free Selective Classification", JMLR 11, 2010; Geifman &
    El-Yaniv, "Selective Classification for Deep Neural Networks", NIPS 2017.

    Raises:
        ValueError: if there are not as many scores as answers, or more answers than cases.

    """
    cases = len(scores) if of is None else of
    if cases < len(scores):
        raise ValueError(f"{len(scores)} answers of {cases} cases")
    return [
        ((answered + size) / cases, (wrong + missed) / (answered + size))
        for answered, wrong, size, missed in _entering(scores, right)
    ]


def aurc(scores: Sequence[float], right: Sequence[bool]) -> float | None:
    """Return the mean risk over all coverages 1/n, 2/n … 1, in [0, 1], less is better; None for no answers.

    Where k answers share a score, the risk among them is the one expected if they enter in any order, so the order in
    which they are handed in makes no difference. Source: Geifman, Uziel & El-Yaniv, "Bias-Reduced Uncertainty
    Estimation for Deep Neural Classifiers", ICLR 2019 (ties are our own reading of it).

    Raises:
        ValueError: if there are not as many scores as answers.

    """
    risks = [
        (wrong + missed * entered / size) / (answered + entered)
        for answered, wrong, size, missed in _entering(scores, right)
        for entered in range(1, size + 1)
    ]
    return sum(risks) / len(risks) if risks else None


def best_sum(scores: Sequence[float], gains: Sequence[float], *, least: float) -> float:
    """Return the highest sum that a threshold on the score can reach, beginning with `least` where none is reached.

    `gains` are what each score adds once the threshold is not above it; those of equal scores enter together. With the
    F1 of an answer, or -1 for an answer to what has none, and `least` the number of questions without one, this
    over the number of questions is "best_f1" of SQuAD 2.0's script, which lets ties enter one by one.

    Raises:
        ValueError: if there are not as many scores as gains.

    """
    best = total = least
    ordered = sorted(zip(scores, gains, strict=True), reverse=True)
    for _, tied in groupby(ordered, key=lambda pair: pair[0]):
        total += sum(gain for _, gain in tied)
        best = max(best, total)
    return best


def calibration(scores: Sequence[float], right: Sequence[bool], *, bins: int = 10) -> list[Bin]:
    """Sort answers into bins of equal width by confidence, lowest first; a bin that would be empty is left out.

    A bin holds its lower edge; the last one holds 1 as well. Source: the reliability diagram of Guo, Pleiss, Sun &
    Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.

    Raises:
        ValueError: if there are not as many scores as answers, if one is not in [0, 1], or if there is no bin.

    """
    if bins < 1:
        raise ValueError(f"calibration needs one bin or more, got {bins}")
    edges = [number / bins for number in range(bins + 1)]
    held: dict[int, list[tuple[float, bool]]] = {}
    for score, is_right in _paired(scores, right):
        if not 0 <= score <= 1:
            raise ValueError(f"a confidence is in [0, 1], got {score}")
        held.setdefault(min(bisect_right(edges, score), bins) - 1, []).append((score, is_right))
    return [
        Bin(
            low=edges[number],
            high=edges[number + 1],
            count=len(answers),
            confidence=sum(score for score, _ in answers) / len(answers),
            accuracy=sum(is_right for _, is_right in answers) / len(answers),
        )
        for number, answers in sorted(held.items())
    ]


def ece(scores: Sequence[float], right: Sequence[bool], *, bins: int = 10) -> float | None:
    """How far confidence is from accuracy on average over `calibration`, in [0, 1], 0 is best; None for no answers.

    Source: the expected calibration error of Naeini, Cooper & Hauskrecht, "Obtaining Well Calibrated Probabilities
    Using Bayesian Binning", AAAI 2015, as in Guo et al., ICML 2017.

    Raises:
        ValueError: as `calibration`.

    """
    held = calibration(scores, right, bins=bins)
    return sum(each.count * abs(each.accuracy - each.confidence) for each in held) / len(scores) if held else None


def _paired(scores: Sequence[float], labels: Sequence[bool]) -> list[tuple[float, bool]]:
    if len(scores) != len(labels):
        raise ValueError(f"{len(scores)} scores for {len(labels)} labels")
    return list(zip(scores, labels, strict=True))


def _entering(scores: Sequence[float], right: Sequence[bool]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the scores from high to low: how many answers are above, how many of them wrong, how many here, wrong."""
    answered = wrong = 0
    for _, group in groupby(sorted(_paired(scores, right), reverse=True), key=lambda pair: pair[0]):
        here = [is_right for _, is_right in group]
        missed = len(here) - sum(here)
        yield answered, wrong, len(here), missed
        answered, wrong = answered + len(here), wrong + missed

"""Judge whether the sentences that a claim cites say what it says: a trained model, and how likely it is right."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from qa.types import Judge
from qa_index.errors import ModelUnavailable
from qa_index.models.entailment import Entailed, Entailment

# Judges a claim by its evidence, in this order.
JudgeClaim = Callable[[str, str], Entailed]

WEIGHTS = Path(__file__).with_name("judge_weights.json")
_SEPARATOR = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_MARKS = str.maketrans("“”„«»‘’–—", '"""""\'\'--')
_SURE = 500.0  # a logit that no number could hold the exponential of


@dataclass(frozen=True, slots=True)
class Weights:
    """What train/support_calibrate.py learnt: how a logit becomes a probability, and which is too low."""

    name: str
    slope: float
    intercept: float
    threshold: float

    @classmethod
    def read(cls, path: Path = WEIGHTS) -> Weights:
        """Read the weights, by default those that come with the package; they are named by their own hash.

        Raises:
            ModelUnavailable: if the file is missing or damaged.

        """
        try:
            raw = path.read_bytes()
            stored = json.loads(raw)
            name = f"judge/{stored['model']}/{sha256(raw).hexdigest()[:8]}"
            return cls(name, *(float(stored[key]) for key in ("slope", "intercept", "threshold")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnavailable(
                f"Asked for the calibration of the judge, but {path} cannot be read ({error!r}). "
                "Install Citewell again."
            ) from error


class ClaimJudge:
    """Judges claims: a trained model reads each with its evidence. A claim takes about 10 ms on two cores.

    The model alone: neither the worst word, nor the share of words that the evidence has, nor what the model that reads
    passages says of the claim as a question made it better by more than .003 (AUROC over six sets), and the share made
    it worse on WiCE.
    Several threads may use it at once if `judge_claim` may be.
    """

    def __init__(self, judge_claim: JudgeClaim, weights: Weights) -> None:
        self._judge_claim, self._weights = judge_claim, weights

    @property
    def name(self) -> str:
        """Names the model and the calibration; part of what made an answer."""
        return self._weights.name

    @property
    def threshold(self) -> float:
        """Return the probability below which a claim does not count as supported, as measured in training."""
        return self._weights.threshold

    def support(self, evidence: str, claim: str) -> float:
        """Return the probability in [0, 1] that the evidence says what the claim says; 0 where one has no word."""
        logit = self._weights.slope * self._judge_claim(plain(claim), plain(evidence)).support + self._weights.intercept
        return 1 / (1 + math.exp(-logit)) if logit > -_SURE else 0.0


def plain(text: str) -> str:
    """Return a text with numbers and marks in one way, so that a claim may write them in another: "4,200" as "4200"."""
    return _SEPARATOR.sub("", text.translate(_MARKS))


def open_judge(*, notice: Callable[[str], None] | None = None) -> Judge:
    """Load the judge that comes with the package; `notice` is told when its graph is built, once.

    Raises:
        ModelUnavailable: if its model or its calibration is missing or damaged.

    """
    return ClaimJudge(Entailment.load(notice=notice).judge, Weights.read())

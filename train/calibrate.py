"""Learn how likely an answer is right: `python train/calibrate.py DATA OUT`, after the span reader was trained.

Questions that it was not trained on are asked of a real library. Of each, the sentences with the best spans are
examples, and the choice among them and none of them is learnt.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from calibration_data import Example, collect
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import qa
from qa.features import NAMES
from qa.reader import Weights
from qa_eval.metrics.confidence import ece
from qa_index.models.spanreader import SpanReader

OWN_WEIGHT = 2  # the development suite is small, and the only set whose questions are asked of news as people do
DECAY, PARTS = 0.01, 5
EAGER, STRICT = 0.98, 0.85
NEWS = ("ester", "seeds_dev")

# The best logit of each question, whether that span is right, and whether there is an answer.
Judged = tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]


def learn(found: Sequence[Example], *, decay: float) -> Weights:
    """Fit a softmax over each question's sentences and the choice "none of them", whose score is nought.

    So one weight for each feature serves both to rank the sentences and to refuse them all.
    """
    found = [example for example in found if len(example.rows)]
    rows = np.vstack([example.rows for example in found])
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    asked = [((e.rows - mean) / spread, e.right) for e in found]

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, total, gradient = values[:-1], 0.0, np.zeros_like(values)
        for x, right in asked:
            scores = x @ weights + values[-1]
            top = max(0.0, scores.max())
            shares = np.exp(scores - top)
            none = np.exp(-top)
            everything = shares.sum() + none
            wanted = shares * right if right.any() else np.zeros_like(shares)
            mass = wanted.sum() if right.any() else none
            total -= np.log(mass / everything)
            pull = shares / everything - (wanted / mass if right.any() else 0)
            gradient[:-1] += x.T @ pull
            gradient[-1] += pull.sum()
        gradient[:-1] = gradient[:-1] / len(asked) + 2 * decay * weights
        gradient[-1] /= len(asked)
        return total / len(asked) + decay * float(weights @ weights), gradient

    best = minimize(loss, np.zeros(len(NAMES) + 1), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    weights = best[:-1] / spread
    return Weights("", weights.astype(np.float32), float(best[-1] - mean @ weights), {})


def calibrated(weights: Weights, found: Sequence[Example]) -> Weights:
    """Scale the model so that the best sentence's probability is the share of questions it answers (Platt)."""
    best, right = tops(weights, found)
    model = LogisticRegression(C=1e6).fit(best[:, None], right)
    slope, shift = float(model.coef_[0, 0]), float(model.intercept_[0])
    return replace(weights, weights=weights.weights * slope, intercept=weights.intercept * slope + shift)


def tops(weights: Weights, found: Sequence[Example]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return, per question, the best sentence's logit and whether it is right."""
    logits = [e.rows @ weights.weights + weights.intercept for e in found]
    return np.array([x.max(initial=-30) for x in logits]), np.array(
        [bool(len(x)) and e.right[x.argmax()] for e, x in zip(found, logits, strict=True)]
    )


def fitted(found: Mapping[str, Sequence[Example]]) -> Weights:
    """Learn from all sets, the development suite counted several times."""
    learnt = [e for name, each in found.items() for e in each for _ in range(_copies(name))]
    return calibrated(learn(learnt, decay=DECAY), learnt)


def _copies(name: str) -> int:
    return OWN_WEIGHT if name.startswith("seeds_dev") else 1


def crossed(found: Mapping[str, Sequence[Example]]) -> dict[str, Judged]:
    """Return for each set the best logits, whether they are right and whether there is an answer, by cross-validation.

    The questions of one part are judged by weights learnt from the others; a question is in the same part in every
    wording of its articles.
    """
    parts = []
    for part in range(PARTS):
        weights = fitted({n: [e for i, e in enumerate(each) if i % PARTS != part] for n, each in found.items()})
        parts.append({n: tops(weights, each) for n, each in found.items()})
    judged = {}
    for name, each in found.items():
        turn = np.arange(len(each)) % PARTS
        logits, right = (np.choose(turn, [part[name][column] for part in parts]) for column in (0, 1))
        judged[name] = logits, right.astype(bool), np.array([e.answerable for e in each])
    return judged


def report(logits: NDArray[np.float32], right: NDArray[np.bool_], some: NDArray[np.bool_]) -> dict[str, float]:
    """Return how often the best sentence is right, how well its probability tells, and how far it is off."""
    probability = 1 / (1 + np.exp(-logits))
    figures = {
        "questions": len(logits),
        "answerable": int(some.sum()),
        "best right": right[some].mean(),
        "AUROC answerable": roc_auc_score(some, logits) if not some.all() else np.nan,
        "AUROC right": roc_auc_score(right, logits),
        "ECE": ece(probability.tolist(), right.tolist()),
    }
    return {name: round(float(value), 3) for name, value in figures.items()}


def thresholds(judged: Mapping[str, Judged]) -> dict[str, float]:
    """Choose from the curves of the sets about news, each counted alike, from which probability on an answer is given.

    `normal`: where what is right of the answerable and what is refused of the others add up to most. `eager`: where 98
    of 100 right answers are given. `strict`: where 85 of 100 answers given are right.
    """
    grid = np.round(np.arange(0.02, 0.96, 0.01), 2)
    curves = np.array([_curve(each, grid) for name, each in judged.items() if name.startswith(NEWS)]).mean(axis=0)
    kept, refused, precise = curves
    normal = int((kept + refused).argmax())
    eager = int(np.flatnonzero(kept >= EAGER * kept[0])[-1])
    strict = int(np.flatnonzero(precise >= STRICT)[0]) if (precise >= STRICT).any() else len(grid) - 1
    chosen = {"eager": min(eager, normal - 1), "normal": normal, "strict": max(strict, normal + 1)}
    return {name: float(grid[place]) for name, place in chosen.items()}


def _curve(judged: Judged, grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each threshold: right of the answerable, refused of the others, right of what is answered."""
    logits, right, some = judged
    kept = logits[None] >= np.log(grid / (1 - grid))[:, None]
    answered = np.maximum(kept.sum(axis=1), 1)
    return np.stack(
        [(kept & right)[:, some].mean(axis=1), (~kept)[:, ~some].mean(axis=1), (kept & right).sum(axis=1) / answered]
    )


def main() -> None:
    """Measure, report by weights that did not see the question, write the weights learnt from all."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder with squad/, qed/ and ester/")
    arguments.add_argument("out", type=Path, help="folder of the libraries and of what was measured")
    arguments.add_argument("--questions", type=int, default=500, help="of each large set")
    arguments.add_argument("--seeds", type=Path, nargs="*", default=(), help="other wordings of the seed articles")
    options = arguments.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    found = collect(options.data, options.out, questions=options.questions, wordings=options.seeds)
    judged = crossed(found)
    for name, (logits, right, some) in judged.items():
        print(f"{name}, by weights that did not see it: {json.dumps(report(logits, right, some))}")
        grid = np.arange(0.1, 0.75, 0.1)
        for threshold, (kept, refused, precise) in zip(grid, _curve((logits, right, some), grid).T, strict=True):
            print(
                f"  at {threshold:.2f}: right of the answerable {kept:.3f}, refused of the others {refused:.3f}, "
                f"right of what is answered {precise:.3f}"
            )
    weights = fitted(found)
    stored = {
        "model": SpanReader.load().name.rpartition("/")[2],
        "weights": dict(zip(NAMES, (round(float(w), 4) for w in weights.weights), strict=True)),
        "intercept": round(weights.intercept, 4),
        "thresholds": thresholds(judged),
    }
    path = Path(qa.__file__).parent / "reader_weights.json"
    path.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Learn how likely a claim is supported: `python train/support_calibrate.py DATA OUT`, after the support model.

From pairs that the model was not trained on, as the program will show them to it: without a title, in int8.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from reader_pieces import Pieces
from sklearn.linear_model import LogisticRegression
from support import prepared
from support_lessons import SEED
from support_pairs import Pair
from support_report import by_kind, figures

import qa
from qa.judge import plain
from qa_eval.metrics.confidence import ece
from qa_index.models import files as models
from qa_index.models.entailment import Entailment

# Of the supported claims, on average over sets that are like the claims of a language model; what the other checks lose
# comes on top.
LOST = 0.03
LIKE_CLAIMS = ("watched: news", "watched: statements", "watched: headlines", "watched: rte")
COUNTED = {"watched: news": 3.0, "watched: statements": 3.0}  # as much as three other sets
Judged = tuple[NDArray[np.float32], NDArray[np.bool_]]


def judged(judge: Entailment, pairs: Sequence[Pair]) -> Judged:
    """Return the logit of each pair, and whether it is supported."""
    logits = [judge.judge(plain(pair.claim), plain(pair.evidence)).support for pair in pairs]
    return np.maximum(np.array(logits, np.float32), -30), np.array([pair.supported for pair in pairs])


def learn(found: Mapping[str, Judged]) -> LogisticRegression:
    """Fit a logistic model in which each set counts alike, made ones more, and both kinds of claim alike in each."""
    weights = [
        COUNTED.get(name, 1.0) / 2 / np.where(supported, supported.sum(), (~supported).sum())
        for name, (_, supported) in found.items()
    ]
    every = np.concatenate(weights)
    return LogisticRegression(C=1e6).fit(
        np.concatenate([logits for logits, _ in found.values()])[:, None],
        np.concatenate([supported for _, supported in found.values()]),
        sample_weight=every * len(every) / every.sum(),
    )


def threshold_of(model: LogisticRegression, found: Mapping[str, Judged]) -> float:
    """Return the highest probability that all but a few of the supported claims reach."""
    likely = [model.predict_proba(logits[supported, None])[:, 1] for logits, supported in map(found.get, LIKE_CLAIMS)]
    grid = np.round(np.arange(0.005, 0.9, 0.005), 3)
    lost = np.mean([[(p < threshold).mean() for threshold in grid] for p in likely], axis=0)
    return float(grid[lost <= LOST].max(initial=grid[0]))


def main() -> None:
    """Measure, report, write the weights."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder with nli/, squad/ and the sets of news")
    arguments.add_argument("out", type=Path, help="folder of the training")
    arguments.add_argument("--size", type=int, default=2_000, help="pairs of each set")
    arguments.add_argument("--report", action="store_true", help="also on the sets that are only tested on")
    options = arguments.parse_args()
    judge = Entailment.load()
    held = prepared(options.data, options.out, Pieces(models.find().folder / models.TOKENIZER))
    drawn = {name: random.Random(SEED).sample(list(each), min(options.size, len(each))) for name, each in held.items()}
    found = {name: judged(judge, each) for name, each in drawn.items() if name.startswith("watched") or options.report}
    watched = {name: each for name, each in found.items() if name.startswith("watched")}
    model = learn(watched)
    threshold = threshold_of(model, watched)
    for name, (logits, supported) in sorted(found.items()):
        probability = model.predict_proba(logits[:, None])[:, 1]
        kept = probability >= threshold
        told = figures(logits, supported) | {
            "ECE": ece(probability.tolist(), supported.tolist()),
            "at the threshold: supported lost": float((~kept[supported]).mean()),
            "at the threshold: others dropped": float((~kept[~supported]).mean()),
        }
        print(name, json.dumps({key: round(value, 3) for key, value in told.items()}))
        if name == "tested: news":
            kinds = by_kind(drawn[name], logits)
            print("  dropped at 5 % lost:", json.dumps({kind: round(share, 2) for kind, share in kinds.items()}))
    stored = {
        "model": judge.name.rpartition("/")[2],
        "slope": round(float(model.coef_[0, 0]), 4),
        "intercept": round(float(model.intercept_[0]), 4),
        "threshold": threshold,
    }
    path = Path(qa.__file__).parent / "judge_weights.json"
    path.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

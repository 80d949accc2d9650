"""How well the support model judges what was kept out."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from reader_pieces import Pieces, windows
from sklearn.metrics import roc_auc_score
from support_lessons import SEED
from support_model import Example, SupportModel
from support_pairs import Pair

BATCH = 32
LOST = 0.05  # of the supported claims, at the threshold at which lies are counted
Figures = dict[str, float]
Judge = Callable[[Sequence[Pair]], NDArray[np.float32]]


def judged_by(model: SupportModel, pieces: Pieces) -> Judge:
    """Return what gives pairs their logits: evidence that is long is read in windows, of which the best counts."""

    def judge(pairs: Sequence[Pair]) -> NDArray[np.float32]:
        parts: list[tuple[int, Example]] = []
        for number, pair in enumerate(pairs):
            claim, title = pieces.ids([pair.claim, pair.title])
            prefix = pieces.prefix(title, pieces.ids([pair.day])[0])
            ids = pieces.ids([pair.evidence])[0]
            for start, end in windows(len(ids), pieces.room(claim, prefix)):
                joined = pieces.join(claim, prefix, ids[start:end])
                parts.append((number, Example(joined.ids, joined.segments, pair.supported, [])))
        parts.sort(key=lambda part: len(part[1].ids))
        logits = np.full(len(pairs), -np.inf, np.float32)
        for first in range(0, len(parts), BATCH):
            some = parts[first : first + BATCH]
            with torch.inference_mode():
                said = model([example for _, example in some]).support.numpy()
            np.maximum.at(logits, [number for number, _ in some], said)
        return logits

    return judge


def figures(logits: NDArray[np.float32], supported: NDArray[np.bool_]) -> Figures:
    """Return how many are right at a probability of one half, how well the two are told apart, and at what price."""
    found = {
        "pairs": float(len(logits)),
        "supported": float(supported.mean()),
        "accuracy": float(((logits > 0) == supported).mean()),
    }
    if supported.all() or not supported.any():
        return found
    threshold = np.quantile(logits[supported], LOST)
    return found | {
        "AUROC": float(roc_auc_score(supported, logits)),
        "dropped at 5 % lost": float((logits[~supported] < threshold).mean()),
    }


def by_kind(pairs: Sequence[Pair], logits: NDArray[np.float32]) -> Figures:
    """Return which share of each kind of lie is below what 95 of 100 supported claims reach."""
    threshold = np.quantile([x for x, pair in zip(logits, pairs, strict=True) if pair.supported], LOST)
    kinds: dict[str, list[bool]] = defaultdict(list)
    for logit, pair in zip(logits, pairs, strict=True):
        if not pair.supported:
            kinds[pair.source.partition(", ")[2] or "wrong answer"].append(bool(logit < threshold))
    return {f"{kind} ({len(found)})": float(np.mean(found)) for kind, found in sorted(kinds.items())}


def some(pairs: Sequence[Pair], size: int) -> list[Pair]:
    """Return a part of a set, the same every time."""
    return random.Random(SEED).sample(list(pairs), min(size, len(pairs)))


def report(judge: Judge, held: Mapping[str, Sequence[Pair]], *, size: int) -> dict[str, Figures]:
    """Return the figures of each set, over at most `size` pairs, and of made lies by kind."""
    found: dict[str, Figures] = {}
    for name, pairs in sorted(held.items()):
        asked = some(pairs, size)
        logits = judge(asked)
        found[name] = figures(logits, np.array([pair.supported for pair in asked]))
        if name == "tested: news":
            found["tested: news, dropped at 5 % lost"] = by_kind(asked, logits)
    return found


def quick(judge: Judge, held: Mapping[str, Sequence[Pair]], *, size: int) -> str:
    """Return a line with the figures of what is watched."""
    told = []
    for name, pairs in sorted(held.items()):
        if name.startswith("watched"):
            asked = some(pairs, size)
            got = figures(judge(asked), np.array([pair.supported for pair in asked]))
            told.append(
                f"{name.split(': ')[1]} {got['accuracy']:.3f}/{got['AUROC']:.3f}/{got['dropped at 5 % lost']:.3f}"
            )
    return ", ".join(told)

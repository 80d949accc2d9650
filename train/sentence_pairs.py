"""Train the pair reader, write its weights and report on questions kept out: `python train/sentence_pairs.py DATA OUT`.

A question comes with the sentences that answer it and with those that look as if they did; all are scored together.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pair_data import Asked, news, records, spoilt, squad
from pair_model import Batch, PairReader
from safetensors.numpy import load_file, save_file
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn import functional

from qa_index.models import files as models
from qa_index.models.crossencoder import CrossEncoder
from qa_index.models.embedder import MiniLM
from qa_index.models.weights import read_bert, read_weights
from qa_index.models.wordpieces import WordPieces

SEED = 20220106
PIECES, QUESTION_PIECES = 96, 64
GROUPS = 10  # questions per step, about 48 pairs
RATE, HEAD_RATE, WARM_UP = 2e-4, 1e-3, 0.06
HARD, EASY = 3, 1  # wrong sentences of a question: likely ones, and one of another question
POOL = 16  # sentences per question when it is tested

Score = Callable[[str, Sequence[str]], NDArray[np.float32]]
Held = dict[str, list[Asked]]


def questions(folder: Path) -> tuple[list[Asked], Held]:
    """Return what is trained on, and the sets that are only tested on; no question is in both."""
    half = folder / "squad/dev-v2.0-half.json.gz"
    quiz = folder / "realtimeqa"
    held = {
        "SQuAD 2.0": squad(half, articles=slice(6, 18), source="squad2"),
        "ESTER": records(folder / "ester/dev.jsonl.gz", source="ester"),
        "news quiz 2023": news(quiz / "distant_2023.jsonl.gz", source="news"),
    }
    small = records(folder / "ester/train500.jsonl.gz", source="ester")
    small += news(quiz / "distant_2024.jsonl.gz", source="news") + news(quiz / "distant_2025.jsonl.gz", source="news")
    large = records(folder / "qed/train.jsonl.gz", source="qed")
    large += squad(folder / "squad/train-v1.1.json.gz", articles=slice(None), source="squad", questions=25_000)
    large += squad(half, articles=slice(0, 6), source="squad2")
    known = {plain(one.question) for asked in held.values() for one in asked}
    return [one for one in small * 2 + large if plain(one.question) not in known], held


def plain(question: str) -> str:
    """Return a question by its words alone."""
    return " ".join(re.findall(r"\w+", question.lower()))


def groups(asked: Sequence[Asked], count: int) -> Iterator[tuple[str, list[str], int]]:
    """Yield questions with their sentences, the right ones first, and how many are right; small sets are all used."""
    chooser = random.Random(SEED)
    chosen = [one for one in asked if one.source in ("ester", "news", "squad2")]
    rest = [one for one in asked if one.source in ("qed", "squad")]
    chosen += chooser.sample(rest, min(len(rest), max(0, count - len(chosen))))
    chosen += spoilt(chosen, chooser)
    chooser.shuffle(chosen)
    for one in chosen:
        right = list(one.right[:3])
        likely = list(one.wrong[:8])
        hard = likely[:1] + chooser.sample(likely[1:], min(len(likely[1:]), HARD - 1))
        far = [s for s in (chooser.choice(asked).wrong[:1] for _ in range(EASY if right else 0)) for s in s]
        question = one.question
        if one.source == "qed" and chooser.random() < 0.6:
            question = question[:1].upper() + question[1:] + "?"
        yield question, right + hard + far, len(right)


class Reader:
    """The model with its tokenizer."""

    def __init__(self, base: Path) -> None:
        self.model = PairReader(read_weights(base / models.WEIGHTS), read_bert(base).heads)
        self._pieces = WordPieces.load(base / models.TOKENIZER, limit=PIECES)

    def logits(self, pairs: Sequence[tuple[str, str]]) -> Tensor:
        """Return one logit per pair of question and sentence."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits: Tensor = self.model(Batch.of([self.ids(*pair) for pair in pairs]))
        return logits[: len(pairs)]

    def ids(self, question: str, sentence: str) -> tuple[list[int], list[int]]:
        """Return the word pieces of a pair and whose each is; cut as `qa_index.models.crossencoder` does."""
        asked, said = self._pieces.ids(question), self._pieces.ids(sentence)[1:]
        if len(asked) > QUESTION_PIECES:
            asked = [*asked[: QUESTION_PIECES - 1], asked[-1]]
        if len(said) > PIECES - len(asked):
            said = [*said[: PIECES - len(asked) - 1], said[-1]]
        return asked + said, [0] * len(asked) + [1] * len(said)

    def score(self, question: str, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Return the logits of several sentences, in float32: bfloat16 prepares each new shape for half a second."""
        with torch.no_grad():
            logits = self.model(Batch.of([self.ids(question, sentence) for sentence in sentences]))
        scores: NDArray[np.float32] = logits[: len(sentences)].numpy()
        return scores


def loss_of(reader: Reader, batch: Sequence[tuple[str, list[str], int]]) -> Tensor:
    """Return the loss of several questions: each pair by itself, and the right ones against the others."""
    logits = reader.logits([(question, sentence) for question, held, _ in batch for sentence in held])
    labels = torch.tensor([float(place < right) for _, held, right in batch for place in range(len(held))])
    loss = functional.binary_cross_entropy_with_logits(logits, labels)
    parts = logits.split([len(held) for _, held, _ in batch])
    among = [
        part.logsumexp(0) - part[:right].logsumexp(0) for part, (_, _, right) in zip(parts, batch, strict=True) if right
    ]
    return loss + torch.stack(among).mean() if among else loss


def train(reader: Reader, made: Sequence[tuple[str, list[str], int]], *, minutes: float, out: Path) -> None:
    """Go through the questions once, or until the time is up; the rate falls to nothing by then."""
    head = list(reader.model.head.parameters())
    body = [parameter for name, parameter in reader.model.named_parameters() if not name.startswith("head")]
    optimizer = torch.optim.AdamW([{"params": body, "lr": RATE}, {"params": head, "lr": HEAD_RATE}], fused=True)
    rates = [group["lr"] for group in optimizer.param_groups]
    start, mean, pairs = time.monotonic(), 0.0, 0
    for step, first in enumerate(range(0, len(made), GROUPS)):
        done = max(first / len(made), (time.monotonic() - start) / (60 * minutes))
        if done >= 1:
            break
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * min(done / WARM_UP, (1 - done) / (1 - WARM_UP), 1) + rate / 200
        batch = made[first : first + GROUPS]
        loss = loss_of(reader, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reader.model.parameters(), 1.0)
        optimizer.step()
        pairs += sum(len(held) for _, held, _ in batch)
        mean += (float(loss.detach()) - mean) * max(0.02, 1 / (step + 1))
        if step % 20 == 0:
            print(
                f"{step} {first}/{len(made)} {pairs} pairs {time.monotonic() - start:.0f} s loss {mean:.3f}", flush=True
            )
        if step % 100 == 99:
            checkpoint(reader, out / "checkpoint.safetensors")
    checkpoint(reader, out / "checkpoint.safetensors")


def checkpoint(reader: Reader, path: Path) -> None:
    """Keep the trained tensors as they are."""
    tensors = {name: np.ascontiguousarray(t.detach().numpy()) for name, t in reader.model.names().items()}
    save_file(tensors, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def ship(path: Path, to: Path) -> str:
    """Write the trained tensors with matrices of layers in int8, a scale per output; returns the file's SHA-256."""
    shipped: dict[str, NDArray[np.generic]] = {}
    for name, tensor in load_file(path).items():
        if name.startswith("encoder.") and tensor.ndim == 2:
            scales = (np.abs(tensor).max(1) / np.float32(127)).astype(np.float32)
            scales[scales == 0] = 1
            shipped[name] = np.rint(tensor / scales[:, None]).astype(np.int8)
            shipped[f"{name}.scale"] = scales
        else:
            shipped[name] = tensor.astype(np.float32)
    save_file(shipped, to)
    return hashlib.sha256(to.read_bytes()).hexdigest()


def figures(score: Score, held: Held, *, size: int) -> dict[str, dict[str, float]]:
    """Return, per set, how often a right sentence comes first, and how well the best score tells that there is one."""
    found = {}
    for name, asked in held.items():
        some = [one for one in asked if one.right and one.wrong]
        none = [one for one in asked if not one.right]
        chooser = random.Random(SEED)
        some, none = (chooser.sample(part, min(len(part), size)) for part in (some, none))
        first, best, withheld = [], [], []
        for one in some:
            wrong = one.wrong[: POOL - len(one.right)]
            scores = score(one.question, [*one.right, *wrong])
            count = len(one.right)
            first.append(scores[:count].max() > scores[count:].max())
            best.append(scores.max())
            withheld.append(scores[count:].max())
        found[name] = {"questions": len(some), "first": float(np.mean(first)), "withheld": auroc(best, withheld)}
        if none:
            impossible = [score(one.question, one.wrong[:POOL]).max() for one in none]
            found[name] |= {"impossible questions": len(none), "impossible": auroc(best, impossible)}
        false = [(one, score(one.question, one.wrong[:1])[0]) for one in spoilt(some, random.Random(SEED))]
        asked_right = {one.right[0]: one.question for one in some}
        true = [score(asked_right[one.wrong[0]], one.wrong[:1])[0] for one, _ in false]
        if false:
            found[name] |= {"spoilt": len(false), "false premise": auroc(true, [lower for _, lower in false])}
    return found


def auroc(answerable: Sequence[float], others: Sequence[float]) -> float:
    """Return how often an answerable question has the higher score."""
    return float(roc_auc_score([1] * len(answerable) + [0] * len(others), [*answerable, *others]))


def main() -> None:
    """Train, write `crossencoder.safetensors`, report."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder with squad/, qed/, ester/ and realtimeqa/")
    arguments.add_argument("out", type=Path, help="folder for the checkpoint and the weights")
    arguments.add_argument("--questions", type=int, default=10_000)
    arguments.add_argument("--minutes", type=float, default=600.0, help="stop by then, whatever was reached")
    arguments.add_argument("--size", type=int, default=300, help="questions of each set in the report")
    arguments.add_argument("--only-report", action="store_true")
    options = arguments.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(2)
    options.out.mkdir(parents=True, exist_ok=True)
    kept = options.out / "questions.pickle"
    if not kept.is_file():
        kept.write_bytes(pickle.dumps(questions(options.data)))
    asked, held = pickle.loads(kept.read_bytes())  # written by this program
    reader = Reader(models.find().folder)
    if not options.only_report:
        made = list(groups(asked, options.questions))
        print(len(asked), "questions known,", len(made), "asked,", sum(len(g[1]) for g in made), "pairs", flush=True)
        train(reader, made, minutes=options.minutes, out=options.out)
    reader.model.read(load_file(options.out / "checkpoint.safetensors"))
    shipped = options.out / "crossencoder.safetensors"
    sha256 = ship(options.out / "checkpoint.safetensors", shipped)
    print("SHA-256", sha256)
    embedder = MiniLM.load()

    def cosine(question: str, sentences: Sequence[str]) -> NDArray[np.float32]:
        return embedder.embed(sentences) @ embedder.embed([question])[0]

    scores = {
        "as trained": reader.score,
        "as shipped": CrossEncoder.load(trained=shipped, sha256=sha256).score,
        "cosine of the embedder": cosine,
    }
    for name, score in scores.items():
        print(name, json.dumps(figures(score, held, size=options.size), indent=1), flush=True)


if __name__ == "__main__":
    main()

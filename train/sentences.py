"""Learn the weights of the sentence reader, its thresholds and their scores: `make train DATA=folder`.

Questions whose answers are known are asked of a real library; every sentence of the passages found is one example.
A third of the questions lose the passages that hold their answer, so that the best of the rest must be refused.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import qa
from qa.features import NAMES
from qa.reader import SentenceReader, Weights
from qa.types import Question
from qa.understand import understand
from qa_eval.golden import resolve
from qa_eval.metrics.text import states
from qa_eval.suites import open_suite
from qa_index.errors import UsageError
from qa_index.reading.articles import from_text

SEED = 20220106
PASSAGES = 10
OWN_WEIGHT = 3  # the development suite is small, and the only set whose questions are asked of news as people do
THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its accepted answers, and the paragraph that holds one; no answers if none does."""

    question: str
    answers: tuple[str, ...]
    paragraph: str


@dataclass(frozen=True, slots=True)
class Example:
    """What the reader measured for one question: rows of shape (sentences, features), and which rows are right."""

    rows: NDArray[np.float32]
    right: NDArray[np.bool_]
    group: str


def squad(path: Path, *, articles: slice, questions: int) -> tuple[list[tuple[str, str]], list[Asked]]:
    """Return paragraphs with their titles, and a sample of questions about them."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        chosen = json.load(file)["data"][articles]
    paragraphs = [(a["title"].replace("_", " "), p["context"]) for a in chosen for p in a["paragraphs"]]
    asked = [
        Asked(q["question"], tuple(dict.fromkeys(x["text"] for x in q["answers"])), p["context"])
        for a in chosen
        for p in a["paragraphs"]
        for q in p["qas"]
    ]
    return paragraphs, random.Random(SEED).sample(asked, min(questions, len(asked)))


def records(path: Path, *, questions: int) -> tuple[list[tuple[str, str]], list[Asked]]:
    """Return paragraphs and questions of a set in JSON Lines (QED, ESTER)."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    found = random.Random(SEED).sample(found, min(questions, len(found)))
    paragraphs = list(dict.fromkeys((r["title"] or "", r["context"]) for r in found))
    return paragraphs, [Asked(r["question"], tuple(x["text"] for x in r["answers"]), r["context"]) for r in found]


def examples(
    paragraphs: Sequence[tuple[str, str]], asked: Sequence[Asked], *, name: str, cache: Path
) -> Iterator[Example]:
    """Ask a library of these paragraphs, measure every sentence found; every third question loses its paragraph."""
    with qa.open(cache / f"sentences-{name.replace('/', '-')}") as library:
        if not library.articles():
            library.add(*(from_text(text, title=title or None) for title, text in paragraphs))
        reader = library.reader
        assert isinstance(reader, SentenceReader)
        for number, one in enumerate(asked):
            try:
                understood = understand(Question(one.question))
            except UsageError:
                continue
            passages = library.search(one.question, limit=PASSAGES + 2)
            withheld = number % 3 == 0 and bool(one.answers)
            if withheld:
                passages = tuple(p for p in passages if p.article.text != one.paragraph)
            measured = reader.measure(understood, passages[:PASSAGES])
            if measured:
                right = [
                    not withheld
                    and m.sentence.article.text == one.paragraph
                    and any(states(m.sentence.text, [a]) for a in one.answers)
                    for m in measured
                ]
                group = name + ("/none" if withheld or not one.answers else "/some")
                yield Example(np.stack([m.row for m in measured]), np.array(right), group)


def suite_examples(name: str, articles: Path, *, cache: Path) -> Iterator[Example]:
    """Measure the sentences found for the questions of a suite, which says itself which of them nothing answers."""
    suite = open_suite(name)
    with tempfile.TemporaryDirectory(dir=cache) as folder, qa.open(folder) as library:
        library.add(articles)
        known, reader = resolve(suite, library.articles(), retold=True).known, library.reader
        assert isinstance(reader, SentenceReader)
        for case in suite.cases:
            measured = reader.measure(
                understand(Question(case.question)), library.search(case.question, limit=PASSAGES)
            )
            right = [
                m.sentence.article.id in known[case.id].grades
                and (
                    states(m.sentence.text, case.answers)
                    or (m.best is not None and states(m.best.short, case.answers))
                    or any(each.quote in m.sentence.text for each in case.gold)
                )
                for m in measured
            ]
            group = name + ("/some" if case.answerable else "/none")
            yield Example(np.stack([m.row for m in measured]), np.array(right), group)


def learn(found: Sequence[Example], *, decay: float = 0.01) -> Weights:
    """Fit a softmax over each question's sentences and the choice "none of them", whose score is nought.

    So one weight for each feature serves both to rank the sentences and to refuse them all.
    """
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
    return Weights("sentences/2", weights.astype(np.float32), float(best[-1] - mean @ weights), {})


def calibrated(weights: Weights, found: Sequence[Example]) -> Weights:
    """Scale the model so that the best sentence's probability is the share of questions it answers (Platt)."""
    best, right = tops(weights, found)
    model = LogisticRegression(C=1e6).fit(best[:, None], right)
    slope, shift = float(model.coef_[0, 0]), float(model.intercept_[0])
    return Weights(weights.name, weights.weights * slope, weights.intercept * slope + shift, weights.thresholds)


def tops(weights: Weights, found: Sequence[Example]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return, per question, the best sentence's logit and whether it is right."""
    logits = [e.rows @ weights.weights + weights.intercept for e in found]
    return np.array([x.max() for x in logits]), np.array(
        [e.right[x.argmax()] for e, x in zip(found, logits, strict=True)]
    )


def report(weights: Weights, found: Sequence[Example], thresholds: Sequence[float]) -> dict[str, object]:
    """Return how often the best sentence is right, how well its score tells, and what thresholds do."""
    logits, right = tops(weights, found)
    some = np.array([e.group.endswith("/some") for e in found])
    probability = 1 / (1 + np.exp(-logits))
    figures: dict[str, object] = {
        "questions": len(found),
        "with an answer": int(some.sum()),
        "best sentence right": round(float(right[some].mean()), 3),
        "answer among the passages": round(
            float(np.mean([e.right.any() for e in found if e.group.endswith("/some")])), 3
        ),
        "AUROC answerable": round(float(roc_auc_score(some, probability)), 3),
        "AUROC right": round(float(roc_auc_score(right, probability)), 3),
    }
    for threshold in thresholds:
        kept = probability >= threshold
        figures[f"at {threshold:.2f}"] = (
            f"answerable right {(right & kept)[some].mean():.3f}, others refused {(~kept)[~some].mean():.3f}, "
            f"right when answered {right[kept].mean():.3f}"
        )
    return figures


def main() -> None:
    """Learn from two thirds of the questions, report on the rest."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder with squad/, qed/ and ester/")
    arguments.add_argument("--questions", type=int, default=350, help="of each large set")
    arguments.add_argument("--seeds", type=Path, nargs="*", default=(), help="other wordings of the seed articles")
    arguments.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()))
    options = arguments.parse_args()
    data, n = options.data, options.questions
    sets = {  # none of them was seen by the cross-encoder, whose verdict is a feature: it is too sure of what it saw
        "qed": records(data / "qed/dev.jsonl.gz", questions=n),
        "squad2": squad(data / "squad/dev-v2.0-half.json.gz", articles=slice(6, 18), questions=2 * n),
        "ester": records(data / "ester/dev.jsonl.gz", questions=n),
    }
    found = {}
    for name, (paragraphs, asked) in sets.items():
        found[name] = list(examples(paragraphs, asked, name=name, cache=options.cache))
        print(name, len(found[name]), flush=True)
    own = [
        example
        for articles in (Path(__file__).parents[1] / "seeds", *options.seeds)
        for example in suite_examples("seeds_dev", articles, cache=options.cache)
    ]
    trained = [example for name, each in found.items() for example in each[: len(each) * 2 // 3]] + OWN_WEIGHT * own
    weights = calibrated(learn(trained), trained)
    for name, each in found.items():
        print("kept out of", name, json.dumps(report(weights, each[len(each) * 2 // 3 :], THRESHOLDS), indent=1))
    print("learnt from seeds_dev", json.dumps(report(weights, own, THRESHOLDS), indent=1))
    stored_weights = {
        "name": weights.name,
        "weights": dict(zip(NAMES, (round(float(w), 4) for w in weights.weights), strict=True)),
        "intercept": round(weights.intercept, 4),
        "thresholds": {"eager": 0.15, "normal": 0.3, "strict": 0.5},
    }
    (Path(qa.__file__).parent / "sentence_weights.json").write_text(
        json.dumps(stored_weights, indent=2) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()

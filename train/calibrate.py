"""Learn how likely an answer is right: `python train/calibrate.py DATA OUT`, after the span reader was trained.

Questions that it was not trained on are asked of a real library. Of each, the sentences with the best spans are
examples, and the choice among them and none of them is learnt. A third of the questions lose the passages that hold
their answer, and a third are asked again with a false premise, so that the best of the rest must be refused.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from reader_data import TRAINED_ARTICLES, WATCHED_ARTICLES, lines, squad_articles
from reader_negatives import changed, things
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import qa
from qa.features import NAMES, Measured
from qa.reader import PassageReader, Weights, candidate
from qa.types import Passage, Question, Understood
from qa.understand import understand
from qa_eval.golden import resolve
from qa_eval.metrics.confidence import ece
from qa_eval.metrics.text import f1, states
from qa_eval.suites import open_suite
from qa_index.errors import UsageError
from qa_index.models.spanreader import SpanReader
from qa_index.reading.articles import from_text

SEED = 20220106
PASSAGES = 10
OWN_WEIGHT = 2  # the development suite is small, and the only set whose questions are asked of news as people do
DECAY, PARTS = 0.01, 5
EAGER, STRICT = 0.98, 0.85
NEWS = ("ester", "seeds_dev")
SAME = 0.6  # token F1 from which a span counts as the answer

# The best logit of each question, whether that span is right, and whether there is an answer.
Judged = tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its accepted answers, and the paragraph that holds one; no answers if none does."""

    question: str
    answers: tuple[str, ...]
    paragraph: str


@dataclass(frozen=True, slots=True)
class Example:
    """What the reader measured for one question: rows of shape (sentences, features), and which rows are right."""

    group: str
    question: str
    rows: NDArray[np.float32]
    right: NDArray[np.bool_]
    said: tuple[str, ...]

    @property
    def answerable(self) -> bool:
        """Whether the articles that were asked answer it."""
        return self.group.endswith("/some")


def squad(path: Path, *, questions: int) -> tuple[list[tuple[str, str]], list[Asked]]:
    """Return the paragraphs of a few articles with their titles, and a sample of questions about them."""
    chosen = squad_articles(path)[TRAINED_ARTICLES:WATCHED_ARTICLES]
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
    found = list(lines(path))
    found = random.Random(SEED).sample(found, min(questions, len(found)))
    paragraphs = list(dict.fromkeys((r["title"] or "", r["context"]) for r in found))
    return paragraphs, [Asked(r["question"], tuple(x["text"] for x in r["answers"]), r["context"]) for r in found]


def examples(
    paragraphs: Sequence[tuple[str, str]], asked: Sequence[Asked], *, name: str, cache: Path
) -> Iterator[Example]:
    """Ask a library of these paragraphs, measure what is found; withhold some paragraphs, ask some false questions."""
    chooser = random.Random(SEED)
    known = lru_cache(maxsize=None)(things)
    with qa.open(cache / name) as library:
        if not library.articles():
            library.add(*(from_text(text, title=title or None) for title, text in paragraphs))
        reader = _reader(library)
        for number, one in enumerate(asked):
            found = library.search(one.question, limit=PASSAGES + 2)
            withheld = number % 3 == 0 and bool(one.answers)
            if withheld:
                left = [passage for passage in found if passage.article.text != one.paragraph]
                yield from _measured(reader, replace(one, answers=()), left, name)
                continue
            yield from _measured(reader, one, found, name)
            others = [known(passage.article.text) for passage in found]
            false = changed(one.question, one.paragraph.lower(), others, chooser) if number % 3 == 1 else ""
            if false and one.answers:
                yield from _measured(reader, Asked(false, (), ""), library.search(false, limit=PASSAGES), name)


def _measured(reader: PassageReader, one: Asked, passages: Sequence[Passage], name: str) -> Iterator[Example]:
    try:
        understood = understand(Question(one.question))
    except UsageError:
        return
    found = reader.measure(understood, passages[:PASSAGES])
    said = [_said(understood, m) for m in found]
    right = [
        m.sentence.article.text == one.paragraph and _is_right(s, one.answers) for m, s in zip(found, said, strict=True)
    ]
    yield _example(f"{name}/{'some' if one.answers else 'none'}", one.question, found, right, said)


def _said(understood: Understood, measured: Measured) -> str:
    return candidate(understood, measured, 0.0).short or measured.sentence.text


def _example(
    group: str, question: str, found: Sequence[Measured], right: Sequence[bool], said: Sequence[str]
) -> Example:
    rows = np.array([m.row for m in found], np.float32).reshape(len(found), len(NAMES))
    return Example(group, question, rows, np.array(right, bool), tuple(said))


def _is_right(said: str, answers: Sequence[str]) -> bool:
    return bool(answers) and (states(said, answers) or f1(said, answers) >= SAME)


def _reader(library: qa.Library) -> PassageReader:
    reader = library.reader
    assert isinstance(reader, PassageReader)
    return reader


def suite_examples(name: str, articles: Path, *, cache: Path) -> Iterator[Example]:
    """Measure what is found for the questions of a suite, which says itself which of them nothing answers."""
    suite = open_suite(name)
    with tempfile.TemporaryDirectory(dir=cache) as folder, qa.open(folder) as library:
        library.add(articles)
        known = resolve(suite, library.articles(), retold=True).known
        for case in suite.cases:
            understood = understand(Question(case.question))
            found = _reader(library).measure(understood, library.search(case.question, limit=PASSAGES))
            said = [_said(understood, m) for m in found]
            right = [
                m.sentence.article.id in known[case.id].grades and _is_right(s, case.answers)
                for m, s in zip(found, said, strict=True)
            ]
            yield _example(f"{name}/{'some' if case.answerable else 'none'}", case.question, found, right, said)


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


def collect(data: Path, out: Path, *, questions: int, wordings: Sequence[Path]) -> dict[str, list[Example]]:
    """Return the examples of each set; what an earlier run of the same model left in `out` is read from there."""
    model = SpanReader.load().name.replace("/", "-")
    sets: dict[str, Callable[[], Iterator[Example]]] = {
        "qed": lambda: examples(*records(data / "qed/dev.jsonl.gz", questions=questions), name="qed", cache=out),
        "squad": lambda: examples(
            *squad(data / "squad/dev-v2.0-half.json.gz", questions=questions), name="squad", cache=out
        ),
        "ester": lambda: examples(*records(data / "ester/dev.jsonl.gz", questions=questions), name="ester", cache=out),
    }
    for number, articles in enumerate((Path(__file__).parents[1] / "seeds", *wordings)):
        sets[f"seeds_dev-{number}"] = partial(suite_examples, "seeds_dev", articles, cache=out)
    found = {}
    for name, measured in sets.items():
        path = out / f"{model}-{len(NAMES)}-{name}.pickle"
        if not path.is_file():
            started = time.monotonic()
            path.write_bytes(pickle.dumps(list(measured())))
            print(f"{name}: measured in {time.monotonic() - started:.0f} s", flush=True)
        found[name] = pickle.loads(path.read_bytes())
    return found


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

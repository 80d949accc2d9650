"""How well the span reader reads: questions and articles that were kept out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from reader_data import CHOICES, OVERLAP, TRAINED_ARTICLES, WATCHED_ARTICLES, lines, squad_articles, tidied
from reader_model import Example, SpanReader, best_spans
from reader_negatives import Bm25, best
from reader_pieces import Pieces, windows
from sklearn.metrics import roc_auc_score

from qa_eval.metrics.text import exact_match, f1

SEED = 20220106
BATCH = 24
PASSAGES = 10  # read per question when passages are ranked
WATCHED = "SQuAD, watched"
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Tested:
    """A question with a passage and its accepted answers; none, if the passage does not answer it."""

    question: str
    passage: str
    title: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The best span of a passage, how far its score is above that of no answer, and the relevance of the passage."""

    text: str
    margin: float
    relevance: float


def held_out(folder: Path) -> dict[str, list[Tested]]:
    """Return the sets that are only tested on, in an order that any part of them may be taken from."""
    half = squad_articles(folder / "squad/dev-v2.0-half.json.gz")
    qed = [tidied(row) for row in lines(folder / "qed/dev.jsonl.gz")]
    quiz = [row for row in lines(folder / "realtimeqa/distant_2023.jsonl.gz") if not CHOICES.search(row["question"])]
    found = {
        WATCHED: _squad(half[TRAINED_ARTICLES:WATCHED_ARTICLES]),
        "SQuAD": _squad(half[WATCHED_ARTICLES:]),
        "QED": [
            Tested(row["question"] + "?", row["context"], row["title"], _texts(row)) for row in qed if row["answers"]
        ],
        "ESTER": [
            Tested(row["question"], row["context"], "", _texts(row)) for row in lines(folder / "ester/dev.jsonl.gz")
        ],
        "news quiz 2023": [
            Tested(row["question"], w["text"], w["title"].removesuffix(" ..."), (row["answer"], w["answer_text"]))
            for row in quiz
            for w in sorted(row["positives"], key=lambda w: -w["q_overlap"])[:1]
            if w["q_overlap"] >= OVERLAP
        ],
    }
    for asked in found.values():
        random.Random(SEED).shuffle(asked)
    return found


def _squad(articles: Sequence[dict[str, Any]]) -> list[Tested]:
    return [
        Tested(q["question"], p["context"], a["title"], _texts(q))
        for a in articles
        for p in a["paragraphs"]
        for q in p["qas"]
    ]


def _texts(row: dict[str, Sequence[dict[str, str]]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(answer["text"] for answer in row["answers"]))


def answers(model: SpanReader, pieces: Pieces, asked: Sequence[Tested], *, titled: bool = False) -> list[Answer]:
    """Read every question with its passage; long passages in windows, of which the best margin counts."""
    parts: list[tuple[int, int, NDArray[np.int32], Example]] = []
    for number, one in enumerate(asked):
        question, title = pieces.ids([one.question, one.title])
        prefix = pieces.prefix(title if titled else [], [])
        ids, places = pieces.placed(one.passage)
        for start, end in windows(len(ids), pieces.room(question, prefix)):
            parts.append((number, start, places, pieces.join(question, prefix, ids[start:end])))
    parts.sort(key=lambda part: len(part[3].ids))
    found = [Answer("", -np.inf, -np.inf)] * len(asked)
    for first in range(0, len(parts), BATCH):
        some = parts[first : first + BATCH]
        with torch.inference_mode():
            read = model([example for *_, example in some])
            spans, scores, none = best_spans(read)
        relevance = read.relevance.numpy()
        for row, (number, start, places, example) in enumerate(some):
            left, right = spans[row] - example.first + start
            span = asked[number].passage[places[left, 0] : places[right, 1]]
            answer = Answer(span, float(scores[row] - none[row]), float(relevance[row]))
            found[number] = max(found[number], answer, key=lambda each: each.margin)
    return found


def closed(asked: Sequence[Tested], found: Sequence[Answer]) -> Figures:
    """Return how right the best spans are, and how well their scores tell whether there is an answer."""
    some = [place for place, one in enumerate(asked) if one.answers]
    exact = np.array([exact_match(answer.text, one.answers) for one, answer in zip(asked, found, strict=True)])
    shared = np.array([f1(answer.text, one.answers) for one, answer in zip(asked, found, strict=True)])
    figures = {"questions": float(len(some)), "EM": float(exact[some].mean()), "F1": float(shared[some].mean())}
    if len(some) == len(asked):
        return figures
    without = sorted(set(range(len(asked))) - set(some))
    for name, score in scores_of(found).items():
        figures[f"AUROC {name}"] = auroc(score[some].tolist(), score[without].tolist())
        figures[f"2.0 EM {name}"] = thresholded(exact, score, some)
        figures[f"2.0 F1 {name}"] = thresholded(shared, score, some)
    return figures


def scores_of(found: Sequence[Answer]) -> dict[str, NDArray[np.float64]]:
    """Return the ways to say how sure an answer is."""
    margin, relevance = (np.array([getattr(answer, name) for answer in found]) for name in ("margin", "relevance"))
    return {"margin": margin, "relevance": relevance, "both": margin + relevance}


def auroc(answerable: Sequence[float], others: Sequence[float]) -> float:
    """Return how often an answerable question has the higher score."""
    return float(roc_auc_score([1] * len(answerable) + [0] * len(others), [*answerable, *others]))


def thresholded(right: NDArray[np.float64], score: NDArray[np.float64], some: Sequence[int]) -> float:
    """Return the mean over all questions if those below the best threshold are refused. Source: SQuAD 2.0's script."""
    answerable = np.zeros(len(right), bool)
    answerable[some] = True
    gain = np.where(answerable, right, -1.0)[np.argsort(-score)]  # of answering one more, against refusing it
    return float((np.sum(~answerable) + max(0.0, np.cumsum(gain).max())) / len(right))


def ranking(model: SpanReader, pieces: Pieces, folder: Path, asked: Sequence[Tested]) -> Figures:
    """Return how often the right one comes first of the ten paragraphs that share the most words with a question."""
    articles = squad_articles(folder / "squad/dev-v2.0-half.json.gz")
    texts = list(dict.fromkeys(p["context"] for a in articles for p in a["paragraphs"]))
    nearest = best(Bm25(texts).scores([one.question for one in asked]), PASSAGES)
    pairs = [Tested(o.question, texts[n], "", o.answers) for o, row in zip(asked, nearest, strict=True) for n in row]
    found = answers(model, pieces, pairs)
    right = np.array([pair.passage == asked[place // PASSAGES].passage for place, pair in enumerate(pairs)])
    table = right.reshape(len(asked), PASSAGES)
    figures = {
        "questions": float(len(asked)),
        "BM25 first": float(table[:, 0].mean()),
        "BM25 in 10": float(table.any(1).mean()),
    }
    for name, score in scores_of(found).items():
        first = score.reshape(table.shape).argmax(1)
        figures[f"first by {name}"] = float(table[np.arange(len(asked)), first].mean())
        said = [found[place * PASSAGES + at].text for place, at in enumerate(first)]
        figures[f"F1 by {name}"] = float(
            np.mean([f1(text, one.answers) for text, one in zip(said, asked, strict=True)])
        )
    return figures


def quick(model: SpanReader, pieces: Pieces, held: dict[str, list[Tested]], *, size: int) -> str:
    """Return a line with the figures of a part of SQuAD that is kept for this."""
    asked = held[WATCHED][:size]
    figures = closed(asked, answers(model, pieces, asked))
    names = ("EM", "F1", "AUROC margin", "AUROC relevance", "2.0 F1 margin")
    return ", ".join(f"{name} {figures[name]:.3f}" for name in names)


def report(model: SpanReader, pieces: Pieces, folder: Path, *, size: int) -> dict[str, Figures]:
    """Return all figures, over at most `size` questions of each set."""
    held = held_out(folder)
    found = {}
    for name, asked in held.items():
        found[name] = closed(asked[:size], answers(model, pieces, asked[:size]))
        if name != "ESTER":
            found[f"{name}, titled"] = closed(asked[:size], answers(model, pieces, asked[:size], titled=True))
    some = [one for one in held["SQuAD"] if one.answers][: min(size, 300)]
    found["SQuAD, ranking"] = ranking(model, pieces, folder, some)
    return found

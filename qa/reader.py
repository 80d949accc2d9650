"""Read passages for a question: weigh every sentence, find the asked part in it, and say how likely it answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qa.features import NAMES, EmbedWords, Matcher, Measured, Sentence, measure, sentences_of
from qa.settings import Strictness
from qa.types import Candidate, Passage, Understood
from qa_index.types import Span, Vectors

# Scores sentences as answers to a question: shape (sentences,), float32, the higher the better.
Relevance = Callable[[str, Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class Weights:
    """What train/sentences.py learnt: a weight for each feature, and the intercept of the logistic model."""

    name: str
    weights: Vectors
    intercept: float
    thresholds: Mapping[Strictness, float]

    @classmethod
    def shipped(cls) -> Weights:
        """Load the weights that come with the package."""
        stored = json.loads((Path(__file__).parent / "sentence_weights.json").read_text(encoding="utf-8"))
        weights = np.array([stored["weights"][name] for name in NAMES], np.float32)
        return cls(stored["name"], weights, stored["intercept"], stored["thresholds"])

    def probability(self, rows: Vectors) -> Vectors:
        """Return, for features of shape (n, features), n probabilities that the sentence holds the answer."""
        return 1 / (1 + np.exp(-(rows @ self.weights + self.intercept)))  # type: ignore[no-any-return]


# What is left of the probability that a sentence answers "how many" or "when" if no figure or date is found in it.
_UNFIGURED = 0.3


class SentenceReader:
    """Reads sentences: a trained model says how well each answers, features of words, names and types how sure that is.

    Only the `considered` sentences that look best by their words are read: 3 to 5 ms each on two cores.
    """

    def __init__(self, relevance: Relevance, embed_words: EmbedWords, weights: Weights, *, considered: int = 6) -> None:
        self._relevance, self._embed_words, self._weights, self._considered = (
            relevance,
            embed_words,
            weights,
            considered,
        )

    @property
    def name(self) -> str:
        """Names the weights; part of what made an answer."""
        return self._weights.name

    def threshold(self, strictness: Strictness) -> float:
        """Return the probability below which nothing counts as an answer, as measured in training."""
        return self._weights.thresholds[strictness]

    def read(self, understood: Understood, passages: Sequence[Passage]) -> tuple[Candidate, ...]:
        """Return the most promising sentences of the passages as candidates, the likeliest first."""
        measured = self.measure(understood, passages)
        if not measured:
            return ()
        scores = self._weights.probability(np.stack([m.row for m in measured]))
        scores *= np.array([_UNFIGURED if m.lacks_figure else 1.0 for m in measured], np.float32)
        order = sorted(range(len(measured)), key=lambda i: (-scores[i], i))
        return tuple(_candidate(measured[i], float(scores[i])) for i in order)

    def measure(self, understood: Understood, passages: Sequence[Passage]) -> tuple[Measured, ...]:
        """Return the features of the most promising sentences of the passages, the most promising first."""
        pool = sentences_of(passages)
        matcher = Matcher(understood, pool, self._embed_words)
        order = sorted(range(len(pool)), key=lambda i: (-_promise(understood, pool[i], matcher), i))
        promising = [pool[i] for i in order[: self._considered]]
        if not promising:
            return ()
        scores = self._relevance(understood.standalone, [sentence.text for sentence in promising])
        ranks = np.argsort(np.argsort(-scores, kind="stable")) + 1
        return tuple(
            measure(understood, sentence, matcher, relevance=float(score), relevance_rank=int(rank))
            for sentence, score, rank in zip(promising, scores, ranks, strict=True)
        )


def _promise(understood: Understood, sentence: Sentence, matcher: Matcher) -> float:
    """Return how good a sentence looks by its words; the right one is among the best six in 92 to 94 of 100."""
    own, near = matcher.meaning(sentence.stems)[0], matcher.meaning(sentence.near)[0]
    return own + 0.5 * near + 0.5 * matcher.share(understood.terms, sentence.stems) + 0.3 / sentence.rank


def _candidate(measured: Measured, score: float) -> Candidate:
    sentence, best = measured.sentence, measured.best
    answer = None
    if best is not None:
        start = sentence.span.start
        answer = Span(sentence.article.id, start + best.start, start + best.end)
    return Candidate(sentence.article, sentence.span, score, answer, best.short if best else None)

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

Embed = Callable[[Sequence[str]], Vectors]


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


class SentenceReader:
    """A linear reader: no model of its own, only features of words, names, types and the embedder's vectors.

    Only the `embedded` sentences that look best without it are embedded: 3 to 5 ms each on two cores.
    """

    def __init__(self, embed: Embed, embed_words: EmbedWords, weights: Weights, *, embedded: int = 8) -> None:
        self._embed, self._embed_words, self._weights, self._embedded = embed, embed_words, weights, embedded

    @property
    def name(self) -> str:
        """Names the weights; part of what made an answer."""
        return self._weights.name

    def threshold(self, strictness: Strictness) -> float:
        """Return the probability below which nothing counts as an answer, as measured in training."""
        return self._weights.thresholds[strictness]

    def read(self, understood: Understood, passages: Sequence[Passage]) -> tuple[Candidate, ...]:
        """Return every sentence of the passages as a candidate, the likeliest first."""
        measured = self.measure(understood, passages)
        if not measured:
            return ()
        scores = self._weights.probability(np.stack([m.row for m in measured]))
        order = sorted(
            range(len(measured)), key=lambda i: (-scores[i], measured[i].sentence.rank, measured[i].sentence.span.start)
        )
        return tuple(_candidate(measured[i], float(scores[i])) for i in order)

    def measure(self, understood: Understood, passages: Sequence[Passage]) -> tuple[Measured, ...]:
        """Return the features of every sentence of the passages."""
        pool = sentences_of(passages)
        matcher = Matcher(understood, pool, self._embed_words)
        promising = sorted(range(len(pool)), key=lambda i: (-_promise(understood, pool[i], matcher), i))[
            : self._embedded
        ]
        if not promising:
            return ()
        vectors = self._embed([understood.standalone, *(pool[i].text for i in promising)])
        cosines = dict(zip(promising, (vectors[1:] @ vectors[0]).tolist(), strict=True))
        ranks = {i: rank for rank, i in enumerate(sorted(promising, key=lambda i: (-cosines[i], i)), start=1)}
        last, lowest = len(ranks), min(cosines.values())
        return tuple(
            measure(understood, s, matcher, cosine=cosines.get(i, lowest), cosine_rank=ranks.get(i, last))
            for i, s in enumerate(pool)
        )


def _promise(understood: Understood, sentence: Sentence, matcher: Matcher) -> float:
    """Return how good a sentence looks before anything is embedded."""
    own = matcher.meaning(sentence.stems)[0]
    return own + 0.5 * matcher.share(understood.terms, sentence.near) + 0.5 / sentence.rank


def _candidate(measured: Measured, score: float) -> Candidate:
    sentence, best = measured.sentence, measured.best
    answer = None
    if best is not None:
        start = sentence.span.start
        answer = Span(sentence.article.id, start + best.start, start + best.end)
    return Candidate(sentence.article, sentence.span, score, answer, best.short if best else None)

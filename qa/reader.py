"""Read passages for a question: mark where each may answer it, weigh what was found, say how likely it is right."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import get_args

import numpy as np

from qa.dates import the_day, written_out
from qa.features import NAMES, EmbedWords, Marked, Matcher, Measured, measure, sentences_of
from qa.settings import Strictness
from qa.spans import snapped
from qa.types import AnswerType, Candidate, Passage, Understood
from qa_index.errors import ModelUnavailable
from qa_index.models.spanreader import Heading, Window
from qa_index.types import Article, Span, Vectors

# Reads passages for a question, each under a heading: what it says of each, in windows.
ReadPassages = Callable[[str, Iterable[tuple[str, Heading]]], Iterable[Iterable[Window]]]

WEIGHTS = Path(__file__).with_name("reader_weights.json")
LONGEST_ANSWER = 30  # word pieces
LONGEST_WORD = 100  # characters; the model knows nothing of a longer one
# A fragment would not answer these.
_WHOLE_SENTENCE: frozenset[AnswerType] = frozenset(("quote", "yes_no", "reason", "list"))


@dataclass(frozen=True, slots=True)
class Weights:
    """What train/calibrate.py learnt: a weight for each feature, and the intercept of the logistic model."""

    name: str
    weights: Vectors
    intercept: float
    thresholds: Mapping[Strictness, float]

    @classmethod
    def read(cls, path: Path = WEIGHTS) -> Weights:
        """Read the weights, by default those that come with the package; they are named by their own hash.

        Raises:
            ModelUnavailable: if the file is missing or damaged.

        """
        try:
            raw = path.read_bytes()
            stored = json.loads(raw)
            weights = np.array([stored["weights"][name] for name in NAMES], np.float32)
            thresholds: dict[Strictness, float] = {
                name: float(stored["thresholds"][name]) for name in get_args(Strictness)
            }
            return cls(f"calibrated/{sha256(raw).hexdigest()[:8]}", weights, float(stored["intercept"]), thresholds)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnavailable(
                f"Asked for the calibration of the reader, but {path} cannot be read ({error!r}). "
                "Install Citewell again."
            ) from error

    def probability(self, rows: Vectors) -> Vectors:
        """Return, for features of shape (n, features), n probabilities that the span is right."""
        return 1 / (1 + np.exp(-(rows @ self.weights + self.intercept)))  # type: ignore[no-any-return]


class PassageReader:
    """Reads passages: a trained model marks spans, and words that are met help to say how sure that is.

    A passage takes about 10 ms on two cores. Of all sentences, only the `considered` with the best spans are weighed.
    """

    def __init__(
        self, read_passages: ReadPassages, embed_words: EmbedWords, weights: Weights, *, considered: int = 6
    ) -> None:
        self._read_passages, self._embed_words, self._weights, self._considered = (
            read_passages,
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
        order = sorted(range(len(measured)), key=lambda i: (-scores[i], i))
        return tuple(candidate(understood, measured[i], float(scores[i])) for i in order)

    def measure(self, understood: Understood, passages: Sequence[Passage]) -> tuple[Measured, ...]:
        """Return the features of the sentences with the best spans, the best first."""
        marked = self.mark(understood, passages)
        pool = sentences_of(passages)
        matcher = Matcher(understood, pool, self._embed_words)
        known = {sentence.span: sentence for sentence in pool}
        order = sorted(marked, key=lambda m: -m.margin)[: self._considered]
        return tuple(measure(understood, known[m.sentence], matcher, m) for m in order)

    def mark(self, understood: Understood, passages: Sequence[Passage]) -> tuple[Marked, ...]:
        """Return the best span of every sentence of the passages."""
        texts = [(_text(passage), _heading(passage.article)) for passage in passages]
        found: dict[Span, Marked] = {}
        for passage, windows in zip(passages, self._read_passages(understood.standalone, texts), strict=True):
            for marked in (marked for window in windows for marked in _marked(passage, window)):
                if marked.sentence not in found or marked.margin > found[marked.sentence].margin:
                    found[marked.sentence] = marked
        return tuple(found.values())


def _text(passage: Passage) -> str:
    span = passage.chunk.span
    return passage.article.text[span.start : span.end]


def _heading(article: Article) -> Heading:
    """Return what a passage is read under; a date only behind a title, as in training."""
    if not article.title:
        return Heading()
    return Heading(article.title, written_out(article.published.date) if article.published else "")


def _marked(passage: Passage, window: Window) -> Iterator[Marked]:
    """Yield the best span of each sentence in a window; none crosses the border of its sentence."""
    offset = passage.chunk.span.start
    if not len(window.starts):
        return
    total = np.logaddexp(0, np.logaddexp.reduce(window.starts)) + np.logaddexp(0, np.logaddexp.reduce(window.ends))
    for sentence in passage.chunk.sentences:
        first = int(np.searchsorted(window.places[:, 0], sentence.start - offset, side="left"))
        last = int(np.searchsorted(window.places[:, 1], sentence.end - offset, side="right"))
        if first >= last:
            continue
        places = window.places[first:last]
        sums = window.starts[first:last, None] + window.ends[None, first:last]
        allowed = np.tril(np.triu(np.ones_like(sums, bool)), LONGEST_ANSWER - 1)
        allowed &= places[:, 0, None] < places[None, :, 1]  # a word piece can stand for no character
        known = places[:, 1] - places[:, 0] <= LONGEST_WORD
        allowed &= known[:, None] & known
        if not allowed.any():
            continue
        left, right = divmod(int(np.where(allowed, sums, -np.inf).argmax()), last - first)
        margin = float(sums[left, right])
        span = Span(sentence.article_id, offset + int(places[left, 0]), offset + int(places[right, 1]))
        yield Marked(sentence, span, margin, float(margin - total), window.relevance)


def candidate(understood: Understood, measured: Measured, score: float) -> Candidate:
    """Return a sentence as a candidate, with its span snapped to whole words, and a relative day worked out."""
    article, sentence, marked = measured.sentence.article, measured.sentence.span, measured.marked.span
    if understood.answer_type in _WHOLE_SENTENCE or not _is_latin(measured.sentence.text):
        return Candidate(article, sentence, score)
    start, end = snapped(measured.sentence.text, marked.start - sentence.start, marked.end - sentence.start)
    if start >= end:  # nothing but punctuation
        return Candidate(article, sentence, score)
    published = article.published.date if article.published else None
    date = the_day(measured.sentence.text, start, end, published) if understood.answer_type == "date" else None
    if date and date.day:
        start, end, short = date.start, date.end, written_out(date.day)
    else:
        short = " ".join(measured.sentence.text[start:end].split())
    return Candidate(article, sentence, score, Span(article.id, sentence.start + start, sentence.start + end), short)


def _is_latin(text: str) -> bool:
    """Whether most letters are Latin: the model reads English, and knows other scripts letter by letter at best."""
    letters = [character for character in text if character.isalpha()]
    latin = sum(character.isascii() or unicodedata.name(character, "").startswith("LATIN") for character in letters)
    return 2 * latin >= len(letters)

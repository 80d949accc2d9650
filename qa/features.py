"""What can be measured of a marked sentence as an answer to a question: a row of numbers, for the reader to weigh."""

from __future__ import annotations

import difflib
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from qa.dates import find_dates
from qa.quantities import figure
from qa.types import AnswerType, Passage, Understood
from qa.words import same, stems, words
from qa_index.types import Article, Span, Vectors

NAMES = (
    "margin",  # the span's logit less that of no answer, in [-20, 20]
    "share",  # log probability of the span in its passage, at least -20
    "relevance",  # logit that the passage answers, in [-8, 8]
    "meaning",  # share of the question's information met in the sentence, by its words or by words like them
    "misfit",  # a figure, a date or a name is asked for, and the span cannot be one
)
_ALIKE = 0.3  # words less alike than this have nothing to do with each other

EmbedWords = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage."""

    article: Article
    span: Span
    text: str

    @property
    def stems(self) -> frozenset[str]:
        """The stems of its words."""
        return stems(self.text)


def sentences_of(passages: Sequence[Passage]) -> tuple[Sentence, ...]:
    """Return every sentence of the passages once, in the order of the passages."""
    found = {
        span: Sentence(passage.article, span, passage.article.text[span.start : span.end])
        for passage in passages
        for span in passage.chunk.sentences
    }
    return tuple(found.values())


class Matcher:
    """Meets the words of one question with the words of a pool of sentences: which match, and what each is worth."""

    def __init__(self, understood: Understood, pool: Sequence[Sentence], embed_words: EmbedWords) -> None:
        frequency = Counter(stem for sentence in pool for stem in sentence.stems)
        families: dict[str, list[str]] = defaultdict(list)
        for known in frequency:
            families[known[:5]].append(known)  # stems that name one thing share their first five letters
        matches = {term: _matches(term, families[term[:5]], frequency) for term in understood.terms}
        self.worth = {term: _worth(found, frequency, len(pool)) for term, found in matches.items()}
        self._matches, self._alike = matches, _alike(understood, pool, embed_words)

    def meaning(self, stems: frozenset[str]) -> float:
        """Return how much of the question is met by these stems or by words like them, in [0, 1]."""
        total = sum(self.worth.values()) or 1.0
        return sum(worth * self._strength(term, stems) for term, worth in self.worth.items()) / total

    def _strength(self, term: str, stems: frozenset[str]) -> float:
        if not self._matches[term].isdisjoint(stems):
            return 1.0
        alike = self._alike.get(term, {})
        return max((alike.get(stem, 0.0) for stem in stems), default=0.0) if alike else 0.0


def _alike(understood: Understood, pool: Sequence[Sentence], embed_words: EmbedWords) -> dict[str, dict[str, float]]:
    """Return, for each word of the question that is no name or number, the stems of words like it and how like."""
    asked = {
        term: surface
        for term, surface in zip(understood.terms, understood.surfaces, strict=True)
        if term not in understood.names | understood.numbers
    }
    there = {word.stem: word.text.lower() for sentence in pool for word in words(sentence.text) if word.is_content}
    if not asked or not there:
        return {}
    cosines = embed_words(list(asked.values())) @ embed_words(list(there.values())).T
    stems = list(there)
    return {
        term: {stems[i]: float(row[i]) for i in np.flatnonzero(row > _ALIKE)}
        for term, row in zip(asked, cosines, strict=True)
    }


def _worth(stems: frozenset[str], frequency: Counter[str], sentences: int) -> float:
    """Return the information of a word that these many sentences have (idf); a word that none has is worth most."""
    seen = sum(frequency[stem] for stem in stems)
    return max(0.1, math.log((sentences + 1) / (0.5 + seen)))


def _matches(term: str, family: Sequence[str], read: Iterable[str]) -> frozenset[str]:
    """Return the stems that stand for a word of the question; a misspelt long one gets its neighbour of those read."""
    found = {stem for stem in family if same(term, stem)}
    if not found and len(term) >= 6 and term.isalpha():
        found = set(difflib.get_close_matches(term, sorted(read), n=1, cutoff=0.84))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Marked:
    """What the reading model says of a sentence: its best `span`, and how sure it is of that.

    `margin` is the logit of the span less that of no answer; `share` the logarithm of the span's probability among all
    spans of its passage and no answer; `relevance` the logit that the passage answers the question.
    """

    sentence: Span
    span: Span
    margin: float
    share: float
    relevance: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A marked sentence with its features, shape (len(NAMES),)."""

    sentence: Sentence
    marked: Marked
    row: Vectors


def measure(understood: Understood, sentence: Sentence, matcher: Matcher, marked: Marked) -> Measured:
    """Measure one sentence for the question that `matcher` was made for; see NAMES for the columns."""
    span = sentence.article.text[marked.span.start : marked.span.end]
    row = (
        max(-20.0, min(20.0, marked.margin)),
        max(-20.0, marked.share),
        max(-8.0, min(8.0, marked.relevance)),
        matcher.meaning(sentence.stems),
        not _may_be(understood.answer_type, span),
    )
    return Measured(sentence, marked, np.array(row, dtype=np.float32))


def _may_be(kind: AnswerType, span: str) -> bool:
    """Whether a span may be of the asked type: a number holds a figure, a date a digit or a day, a name a capital."""
    match kind:
        case "number" | "duration":
            return figure(span) is not None
        case "date":
            return any(character.isdigit() for character in span) or any(find_dates(span, None))
        case "person" | "place" | "organisation":
            return any(character.isupper() for character in span)
    return True

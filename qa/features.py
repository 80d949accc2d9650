"""What can be measured of a sentence as an answer to a question: a row of numbers, for the reader to weigh."""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from qa.spans import Typed, typed_spans
from qa.types import Passage, Understood
from qa.words import Word, same, stem, stems, words
from qa_index.types import Article, Span, Vectors

NAMES = (
    "coverage",  # share of the question's information (idf) met in the sentence
    "context",  # the same, met anywhere in its passage or the title
    "meaning",  # share of the question's information met in the sentence by words or by words like them
    "meaning_near",  # the same, in its passage or the title
    "least",  # how well the word of the question that is met worst, weighed by its information, is met
    "least_near",  # the same, in its passage or the title
    "names",  # share of the question's proper names met in the sentence
    "names_near",  # the same, in its passage and title
    "names_known",  # the same, anywhere in its article
    "numbers",  # share of the question's figures met in the passage
    "pairs",  # share of neighbouring words of the question that are near each other in the sentence
    "relevance",  # what the model that reads question and sentence together says
    "relevance_rank",  # 1 / rank of that among the sentences
    "figure",  # a figure, date or duration is asked for, and the sentence has one
    "no_figure",  # a figure, date or duration is asked for, and the sentence has none
    "name",  # a name is asked for, and the sentence has a fitting one
    "no_name",  # a name is asked for, and the sentence has no fitting one
    "closeness",  # how near the best such part is to words of the question
    "focus",  # the counted or named noun stands beside that part
    "unfocused",  # no noun is counted or named
    "spoken",  # what-did-they-say questions: the sentence reports speech
    "reason",  # why questions: the sentence gives one
    "rank",  # 1 / rank of its passage in the search
    "length",  # log of its number of words
    "opening",  # it opens the article
)
_SPEECH = re.compile(
    r"[“\"]|\b(?:said|says|told|stated|claimed|announced|added|according to|stressed|expressed|described|noted)\b"
)
_MEDIA = frozenset(stem(word) for word in "agency outlet newspaper broadcaster channel network media paper".split())
_FIGURES = frozenset(("number", "date", "duration"))
_NAMED = frozenset(("person", "place", "organisation", "list"))
_ALIKE = 0.3  # words less alike than this have nothing to do with each other

EmbedWords = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage with its words; `near` are the stems of its passage, title and the sentence before."""

    article: Article
    span: Span
    text: str
    words: tuple[Word, ...]
    near: frozenset[str]
    known: frozenset[str]
    rank: int

    @property
    def stems(self) -> frozenset[str]:
        """The stems of its own words."""
        return stems(self.text)


def sentences_of(passages: Sequence[Passage]) -> tuple[Sentence, ...]:
    """Return every sentence of the passages once, in the order of the passages."""
    found: dict[Span, Sentence] = {}
    for rank, passage in enumerate(passages, start=1):
        article, spans = passage.article, passage.chunk.sentences
        texts = [article.text[span.start : span.end] for span in spans]
        near = stems(article.title or "").union(*(stems(text) for text in texts))
        for span, text in zip(spans, texts, strict=True):
            found.setdefault(span, Sentence(article, span, text, words(text), near, stems(article.text), rank))
    return tuple(found.values())


class Matcher:
    """Meets the words of one question with the words of a pool of sentences: which match, and what each is worth."""

    def __init__(self, understood: Understood, pool: Sequence[Sentence], embed_words: EmbedWords) -> None:
        frequency = Counter(stem for sentence in pool for stem in sentence.stems)
        vocabulary = set(frequency).union(*(sentence.known for sentence in pool)) if pool else set()
        families: dict[str, list[str]] = defaultdict(list)
        for known in vocabulary:
            families[known[:5]].append(known)  # stems that name one thing share their first five letters
        self.matches = {term: _matches(term, families[term[:5]], vocabulary) for term in understood.terms}
        self.worth = {term: _worth(found, frequency, len(pool)) for term, found in self.matches.items()}
        self.total = sum(self.worth.values()) or 1.0
        self._alike = _alike(understood, pool, embed_words)

    def met(self, term: str, stems: Iterable[str]) -> bool:
        """Whether any of these stems is a form of the question's word."""
        return not self.matches.get(term, frozenset((term,))).isdisjoint(stems)

    def share(self, terms: Iterable[str], stems: frozenset[str], *, weighed: bool = True) -> float:
        """Return how much of these words of the question is met, in [0, 1]; 1 for no words."""
        worth = {term: self.worth.get(term, 1.0) if weighed else 1.0 for term in terms}
        total = sum(worth.values())
        return sum(value for term, value in worth.items() if self.met(term, stems)) / total if total else 1.0

    def meaning(self, stems: frozenset[str]) -> tuple[float, float]:
        """Return how much of the question is met, by its words or by words like them, and how well the worst is met.

        Both in [0, 1]. A word that is worth little cannot be what is met worst.
        """
        strengths = {term: self._strength(term, stems) for term in self.worth}
        share = sum(self.worth[term] * strength for term, strength in strengths.items()) / self.total
        most = max(self.worth.values(), default=1.0)
        return share, min((1 - self.worth[term] / most * (1 - s) for term, s in strengths.items()), default=1.0)

    def _strength(self, term: str, stems: frozenset[str]) -> float:
        if self.met(term, stems):
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
    there = {word.stem: word.text.lower() for sentence in pool for word in sentence.words if word.is_content}
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


def _matches(term: str, family: Sequence[str], vocabulary: set[str]) -> frozenset[str]:
    """Return the stems that stand for a word of the question; a misspelt long word gets its nearest neighbour."""
    found = {stem for stem in family if same(term, stem)}
    if not found and len(term) >= 6 and term.isalpha():
        found = set(difflib.get_close_matches(term, sorted(vocabulary), n=1, cutoff=0.84))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Measured:
    """A sentence with its features, shape (len(NAMES),), and the part of it that best has the asked type."""

    sentence: Sentence
    row: Vectors
    best: Typed | None

    @property
    def lacks_figure(self) -> bool:
        """A figure, date or duration is asked for, and none was found."""
        return bool(self.row[NAMES.index("no_figure")])


def measure(
    understood: Understood, sentence: Sentence, matcher: Matcher, *, relevance: float, relevance_rank: int
) -> Measured:
    """Measure one sentence for one question; see NAMES for the columns."""
    kind, stems, near = understood.answer_type, sentence.stems, sentence.near
    published = sentence.article.published
    parts = typed_spans(sentence.text, kind, published.date if published else None, media=asks_for_media(understood))
    best, closeness, focus = _best_part(understood, sentence, matcher, parts)
    met, least = matcher.meaning(stems)
    met_near, least_near = matcher.meaning(near)
    row = (
        matcher.share(understood.terms, stems),
        matcher.share(understood.terms, near),
        met,
        met_near,
        least,
        least_near,
        matcher.share(understood.names, stems),
        matcher.share(understood.names, near),
        matcher.share(understood.names, sentence.known),
        matcher.share(understood.numbers, near, weighed=False),
        _pairs(understood, sentence, matcher),
        relevance,
        1 / relevance_rank,
        kind in _FIGURES and best is not None,
        kind in _FIGURES and best is None,
        kind in _NAMED and best is not None,
        kind in _NAMED and best is None,
        closeness,
        focus,
        not understood.focus,
        kind == "quote" and _SPEECH.search(sentence.text) is not None,
        kind == "reason" and best is not None,
        1 / sentence.rank,
        math.log1p(len(sentence.words)),
        sentence.span.start < 150,
    )
    return Measured(sentence, np.array(row, dtype=np.float32), best)


def asks_for_media(understood: Understood) -> bool:
    """Whether the question is which agency, paper or channel reported something."""
    return understood.answer_type == "organisation" and not _MEDIA.isdisjoint(understood.terms)


def _best_part(
    understood: Understood, sentence: Sentence, matcher: Matcher, parts: Sequence[Typed]
) -> tuple[Typed | None, float, float]:
    """Return the part nearest to words of the question that is not made of them, its closeness, and the focus's."""
    met = {term: [w for w in sentence.words if matcher.met(term, (w.stem,))] for term in understood.terms}
    own = {word.start for found in met.values() for word in found}
    best, top, beside = None, 0.0, 0.0
    for part in parts:
        inside = [word for word in sentence.words if part.start <= word.start < part.end and word.is_content]
        if inside and all(word.start in own for word in inside):
            continue  # the question's own words do not answer it
        others = [other for other in parts if other is not part]
        near = {t: max((_nearness(sentence, part, w, others) for w in found), default=0.0) for t, found in met.items()}
        closeness = sum(matcher.worth[term] * value for term, value in near.items()) / matcher.total
        focus = max((near.get(term, 0.0) for term in understood.focus), default=0.0)
        if best is None or closeness + focus > top + beside:
            best, top, beside = part, closeness, focus
    return best, top, beside


def _nearness(sentence: Sentence, part: Typed, word: Word, others: Sequence[Typed]) -> float:
    """Return 1 / (1 + words between); a word inside counts 0, and another part in between counts as five words."""
    if part.start <= word.start < part.end:
        return 0.0
    left, right = (word.end, part.start) if word.end <= part.start else (part.end, word.start)
    between = sum(left <= w.start < right for w in sentence.words)
    return 1 / (1 + between + 5 * sum(left <= other.start < right for other in others))


def _pairs(understood: Understood, sentence: Sentence, matcher: Matcher) -> float:
    places = {
        term: [i for i, word in enumerate(sentence.words) if matcher.met(term, (word.stem,))]
        for term in understood.terms
    }
    pairs = list(zip(understood.terms, understood.terms[1:], strict=False))
    near = sum(any(abs(i - j) <= 3 for i in places[a] for j in places[b]) for a, b in pairs)
    return near / len(pairs) if pairs else 0.0

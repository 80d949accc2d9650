"""The values that flow from a question to its answer: frozen, checked when made, without behaviour of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from qa.settings import Strictness
from qa_index.types import Article, Chunk, Filters, Searched, Span, When

Status = Literal["answered", "partial", "conflicting", "abstained"]
ClaimKind = Literal["quote", "extract", "written"]
NO_FILTERS = Filters()
AnswerType = Literal[
    "person", "place", "organisation", "number", "date", "duration", "reason", "quote", "list", "yes_no", "other"
]


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, word for word, and what the search is narrowed to."""

    text: str
    filters: Filters = NO_FILTERS


@dataclass(frozen=True, slots=True)
class Understood:
    """A question after reading it.

    `terms` are its content words, stemmed, in order, without repeats; `surfaces` the same words as written. `names`
    are the terms of its proper names, `numbers` its figures: both are met by themselves only, not by words like them.
    `focus` is the stemmed noun after "how many", "which" or "what" ("soldiers", "regions").
    """

    question: Question
    standalone: str
    answer_type: AnswerType
    terms: tuple[str, ...]
    surfaces: tuple[str, ...]
    names: frozenset[str]
    numbers: frozenset[str]
    focus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk with its article, as shown to a reader; `score` and `found_by` are its hit's."""

    chunk: Chunk
    article: Article
    score: float
    found_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence that may answer, the shorter span in it that does, and how likely that is.

    `sentence` is what gets cited. `short` is the bare answer in its own words: the words at `answer`, or a calendar
    date worked out from them; None where the whole sentence is the answer. `score` is a probability in [0, 1].
    """

    article: Article
    sentence: Span
    score: float
    answer: Span | None = None
    short: str | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words of an article that support a claim: `article.text[span.start:span.end] == quote`, always."""

    number: int
    span: Span
    quote: str
    title: str
    publisher: str | None
    published: When | None
    source: str
    url: str | None = None
    support: float = 1.0


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkable statement with the citations that carry it; `attributed_to` is whoever is said to have said it."""

    text: str
    citations: tuple[Citation, ...]
    kind: ClaimKind = "extract"
    attributed_to: str | None = None

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError("a claim needs at least one citation")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown: claims with their citations, or an abstention that cites nothing.

    `short` is the bare answer where there is one, else None. `text` is what a person reads, with [1] marks.
    `conflicts` holds the claims of each side where articles disagree. `confidence` is in [0, 1]. `nearest` is what
    came closest when nothing answered: never evidence. `made_by` names what made the answer. `seconds` is wall time.
    """

    question: str
    standalone: str
    status: Status
    short: str | None
    text: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    conflicts: tuple[Claim, ...]
    confidence: float
    nearest: tuple[Citation, ...]
    searched: Searched
    filters: Filters
    made_by: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.status == "abstained" and (self.claims or self.citations or self.conflicts or self.short):
            raise ValueError("an abstention cites nothing")
        if self.status != "abstained" and not self.citations:
            raise ValueError("an answer needs a citation")


class Search(Protocol):
    """Find the passages nearest to a text, best first."""

    def __call__(self, text: str, *, filters: Filters, limit: int) -> tuple[Passage, ...]:
        """Search within the filters; at most `limit` passages."""
        ...


class Reader(Protocol):
    """Read passages for a question; candidates come back best first, scored as probabilities."""

    @property
    def name(self) -> str:
        """Names it; part of what made an answer."""
        ...

    def threshold(self, strictness: Strictness) -> float:
        """Return the score below which nothing counts as an answer."""
        ...

    def read(self, understood: Understood, passages: tuple[Passage, ...]) -> tuple[Candidate, ...]:
        """Return what may answer, the likeliest first."""
        ...

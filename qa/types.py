"""The values that flow from a question to its answer: frozen, checked when made, without behaviour of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    """What was asked, word for word, and what the search is narrowed to.

    `standalone` asks the same without the conversation before it, None where `text` does. `at_hand` are spans that
    earlier answers cited: their passages are read again, whatever the search finds.
    """

    text: str
    filters: Filters = NO_FILTERS
    standalone: str | None = None
    at_hand: tuple[Span, ...] = ()


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


# What a claim of a language model is checked for, in this order.
Check = Literal["form", "sentences", "quote", "number", "date", "name", "support", "attribution"]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A claim of a language model that is not shown: which check it failed, and why, in a sentence."""

    text: str
    check: Check
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown: claims with their citations, or an abstention that cites nothing.

    `short` is the bare answer where there is one, else None. `text` is what a person reads, with [1] marks.
    `conflicts` holds the claims of each side where articles disagree. `confidence` is in [0, 1]. `nearest` is what
    came closest when nothing answered: never evidence. `made_by` names what made the answer. `seconds` is wall time.
    `dropped` are claims of a language model that did not survive checking; `failure` says in a sentence why a language
    model that was asked wrote nothing, or not all; None if it did or none was asked.
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
    dropped: tuple[Dropped, ...] = ()
    failure: str | None = None

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


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation with its answer; `answer.standalone` is how it was understood."""

    question: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Message:
    """What one role says to a language model."""

    role: Literal["system", "user", "assistant"]
    text: str


class Stop(Protocol):
    """Something another thread sets when an answer is no longer wanted; a `threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether to stop."""
        ...


class LanguageModel(Protocol):
    """What writes prose, if the user has one; it is never believed unchecked."""

    @property
    def name(self) -> str:
        """Names the model; part of what made an answer."""
        ...

    @property
    def host(self) -> str:
        """Names the host the article text goes to, "127.0.0.1:8080"; empty for one that was handed over in Python."""
        ...

    @property
    def window(self) -> int:
        """How many tokens it takes, reply included."""
        ...

    def stream(
        self, messages: Sequence[Message], *, schema: Mapping[str, object] | None, seconds: float, stop: Stop | None
    ) -> Iterator[str]:
        """Yield the reply in pieces as they come; when `stop` is set, cancel the request and end.

        `schema` is a JSON schema the reply should follow, where the server can hold it to one.

        Raises:
            LanguageModelUnavailable: if it cannot be reached, refuses, fails, or has not ended after `seconds`.

        """
        ...


@dataclass(frozen=True, slots=True)
class Numbered:
    """A sentence as a language model is shown it: the number it may cite, and where it stands."""

    number: int
    span: Span
    article: Article

    @property
    def text(self) -> str:
        """Its words, as they stand in the article."""
        return self.article.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class Proposed:
    """A claim as a language model proposes it, unchecked: its sentences by number, and words quoted from them."""

    text: str
    sentences: tuple[int, ...]
    quote: str


class Judge(Protocol):
    """Judges whether a text says what a claim says."""

    @property
    def name(self) -> str:
        """Names it; part of what made an answer."""
        ...

    @property
    def threshold(self) -> float:
        """Return the probability below which a claim does not count as supported."""
        ...

    def support(self, evidence: str, claim: str) -> float:
        """Return the probability in [0, 1] that `evidence`, some sentences of an article, says what `claim` says."""
        ...

"""What the JSON API answers with, field by field; what fills these is made by `qa.export` and `qa.web.api.wire`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from qa.types import Check, ClaimKind, Status
from qa_index.duplicates import Relation

_EXAMPLE: JsonDict = {
    "number": 1,
    "article_id": "7fdb55270c037503",
    "title": "A bridge, at last",
    "publisher": "The Ferry Post",
    "published": "2022-01-13",
    "source": "news/bridge.txt",
    "url": "https://ferrypost.example/2022/bridge",
    "start": 512,
    "end": 553,
    "quote": "Ada Brook opened the new bridge on Monday",
    "support": 0.93,
}


class Whole(BaseModel):
    """Has the fields it names, and no others."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class CitationRecord(Whole):
    """Whose words are cited, which words, and exactly where they stand in the article's text."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    number: int = Field(description="What [1] in the answer's text stands for.")
    article_id: str
    title: str
    publisher: str | None
    published: str | None = Field(description="As finely as it is known: 2022, 2022-01 or 2022-01-13.")
    source: str = Field(description="The file it was read from, or its address.")
    url: str | None
    start: int = Field(description="Where the quote begins in the article's text, in Unicode code points.")
    end: int = Field(description="Where it ends; `text[start:end] == quote`.")
    quote: str = Field(description="The article's own words.")
    support: float = Field(description="How likely they say it, from 0 to 1.")


class ClaimRecord(Whole):
    """One statement, with the citations that carry it."""

    text: str
    kind: ClaimKind
    attributed_to: str | None = Field(description="Who is said to have said it.")
    citations: list[CitationRecord]


class DroppedRecord(Whole):
    """A claim of a language model that is no part of the answer, and why."""

    text: str
    check: Check
    reason: str


class SearchedRecord(Whole):
    """How many articles were searched, and from which day to which."""

    articles: int
    first: str | None = Field(alias="from")
    last: str | None = Field(alias="to")


class FiltersRecord(Whole):
    """What the search was narrowed to."""

    after: str | None = None
    until: str | None = None
    publisher: list[str] = []
    article: list[str] = []


class AnswerRecord(Whole):
    """An answer with its citations, or an abstention that cites nothing: what `qa ask --json` prints."""

    question: str
    standalone: str = Field(description="The question as it was understood: without the conversation before it.")
    status: Status
    short: str | None = Field(description="The bare answer, where there is one: a name, a number, a date.")
    text: str = Field(description="What a person reads, with [1] marks.")
    confidence: float = Field(description="How likely the answer is right, from 0 to 1.")
    citations: list[CitationRecord]
    claims: list[ClaimRecord]
    conflicts: list[ClaimRecord] = Field(description="The claims of each side, where articles disagree.")
    nearest: list[CitationRecord] = Field(description="What came closest when nothing answered; never evidence.")
    dropped: list[DroppedRecord]
    failure: str | None = Field(description="Why a language model that should have written wrote nothing, or not all.")
    searched: SearchedRecord
    filters: FiltersRecord
    made_by: dict[str, str] = Field(description="The library's generation, the models and settings that made it.")
    seconds: float


class TurnedRecord(AnswerRecord):
    """An answer, and the conversation to send with the next question where one was sent with this."""

    conversation: dict[str, Any] | None = None


class PassageRecord(Whole):
    """A passage of an article, exactly as it stands there."""

    article_id: str
    title: str
    publisher: str | None
    published: str | None
    source: str
    url: str | None
    start: int
    end: int
    quote: str
    score: float = Field(description="Compares within one search only; best first.")
    found_by: list[str] = Field(description="Which searches found it: by meaning, by words.")


class PassagesRecord(Whole):
    """The passages nearest to a text, best first."""

    passages: list[PassageRecord]


class OtherDateRecord(Whole):
    """A day of publication that is stated beside the one that counts, and where."""

    published: str | None
    zone: str | None
    found_by: str


class ArticleRecord(Whole):
    """An article with everything that is known about it; what is not known is null or empty."""

    id: str
    title: str | None
    publisher: str | None
    authors: list[str]
    published: str | None
    published_zone: str | None
    updated: str | None
    updated_zone: str | None
    url: str | None
    sources: list[str]
    language: str | None
    provenance: dict[str, str] = Field(description="Which rule found each field.")
    other_dates: list[OtherDateRecord] = Field(description="Other days of publication that its file states.")
    characters: int
    original: str | None = Field(description="The earlier article whose words it has; null where it stands alone.")
    relation: Relation | None = Field(description="What it is to that one.")
    masked: list[tuple[int, int]] = Field(description="Ranges of boilerplate: never searched, never cited.")
    text: str


class ExcerptRecord(Whole):
    """A part of an article, and what is known of the whole."""

    id: str
    title: str | None
    publisher: str | None
    published: str | None
    url: str | None
    sources: list[str]
    characters: int = Field(description="How long the whole text is.")
    start: int
    end: int
    text: str = Field(description="The article's text from `start` to `end`.")


class ListedRecord(Whole):
    """An article as a list shows it."""

    id: str
    title: str = Field(description="Its title; its first words where it has none.")
    publisher: str | None
    published: str | None
    sources: list[str] = Field(description="All files it was read from; several have the same text.")
    url: str | None
    characters: int
    original: str | None = Field(description="The earlier article whose words it has; null where it stands alone.")
    relation: Relation | None = Field(description="What it is to that one.")


class ListingRecord(Whole):
    """A part of the library's articles, and how many there are in all."""

    total: int
    articles: list[ListedRecord]


class PublisherRecord(Whole):
    """A publisher, null for the articles that name none, and how many articles it has."""

    name: str | None
    articles: int


class LibraryRecord(Whole):
    """What is in the library."""

    folder: str
    exists: bool = Field(description="Whether anything was ever added; false too while its folder is gone.")
    articles: int
    first: str | None = Field(alias="from", description="The first day of a known date.")
    last: str | None = Field(alias="to", description="The last.")
    extent: str = Field(description="How many articles and of which days, in words.")
    publishers: list[PublisherRecord] = Field(description="In alphabetical order; last, how many articles name none.")
    failures: int = Field(description="How many files could not be read when last tried.")
    generation: int = Field(description="Counts the changes: the same number, the same articles.")


class SettingRecord(Whole):
    """One setting: its value, and whether a flag, a variable, a file or nobody set it."""

    name: str
    value: str | int | None
    origin: str


class SettingsRecord(Whole):
    """What is in force."""

    version: str
    host: str | None = Field(description="Where text of articles is sent to be written about; null: nowhere.")
    settings: list[SettingRecord]


class Problem(Whole):
    """What went wrong: a sentence for a person, and its kind for a program."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error": "Asked an empty question: there is no word in it. Write in words what you want to know.",
                    "kind": "UsageError",
                }
            ]
        }
    )

    error: str
    kind: str

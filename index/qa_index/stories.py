"""What a file holds on its way to being articles: pieces that can be read apart, and the stories in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from qa_index.types import When

Kind = Literal["text", "html", "pdf", "docx", "json", "row", "email", "feed"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file that is read by itself, maybe in another process: one story, or a few that belong together.

    `place` tells it from the others of its file ("line 3", "inner/story.html"), "" for a whole file. `kind` names what
    reads it. `url` and `headers` are what the container says of it: a WARC record's address, an answer's headers with
    names in small letters.
    """

    place: str
    kind: Kind
    content: bytes
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """One story as its file tells it: its text, and what the file says about it, before it is an article.

    `place` tells it from the others of its file, "" for the only one. `published` and `updated` hold every statement
    of a date, the most trusted first, each with the rule that read it in `method`. `rules` says for each other field
    that was found where it was read: "JSON-LD", "OpenGraph", "field headline".
    """

    text: str
    place: str = ""
    title: str | None = None
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    published: tuple[When, ...] = ()
    updated: tuple[When, ...] = ()
    url: str | None = None
    language: str | None = None
    rules: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """A part of a file that is no story; `reason` is a clause such as "it is no valid JSON (line 3, column 7)"."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Which fields of a record hold what; of several the first counts, and case, spaces, - and _ make no difference."""

    text: tuple[str, ...] = (
        "text", "body", "content", "article_body", "full_text", "main_text", "body_text", "article", "story",
    )  # fmt: skip
    title: tuple[str, ...] = ("title", "headline", "web_title", "name")
    published: tuple[str, ...] = (
        "published", "publish_date", "date", "published_at", "publication_date", "date_published", "date_publish",
        "pub_date", "web_publication_date",
    )  # fmt: skip
    updated: tuple[str, ...] = ("updated", "updated_at", "modified", "date_modified", "last_updated")
    url: tuple[str, ...] = ("url", "link", "source_url", "permalink", "canonical_url", "web_url")
    authors: tuple[str, ...] = ("authors", "author", "byline", "creator")
    publisher: tuple[str, ...] = (
        "publisher", "source", "outlet", "site_name", "source_name", "publication", "site", "source_domain", "hostname",
    )  # fmt: skip
    language: tuple[str, ...] = ("language", "lang", "in_language")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read before it is refused: a small file may unfold into one without an end.

    `story_bytes` of one story, `unfolded_bytes` of all that one file unfolds to, `ratio` of what comes out of a
    compressed stream to what went in (past the first megabyte), `entries` of an archive, `depth` of archives in
    archives.
    """

    story_bytes: int = 20_000_000
    unfolded_bytes: int = 8_000_000_000
    ratio: int = 200
    entries: int = 100_000
    depth: int = 2

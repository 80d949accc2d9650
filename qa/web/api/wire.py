"""What may be asked of the JSON API, and how what was found is written for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi import Response
from pydantic import ConfigDict, Field

from qa.export import kin_record, to_json
from qa.render import iso
from qa.saving import FORMAT, VERSION, turns_of
from qa.settings import RULES
from qa.web.api.records import Whole
from qa.web.engine import too_long
from qa_index.errors import UsageError
from qa_index.types import Sort

if TYPE_CHECKING:
    from qa.settings import Settings
    from qa.types import Passage, Turn
    from qa_index.duplicates import Kin
    from qa_index.types import Listed


class Narrowed(Whole):
    """What a search is narrowed to."""

    after: str | None = Field(
        None, description="Only articles published on this day or later.", examples=["2022-01-06"]
    )
    until: str | None = Field(
        None, description="Only articles published on this day or earlier.", examples=["2022-01-31"]
    )
    publisher: list[str] = Field([], description="Only articles of these publishers.", examples=[["The Ferry Post"]])

    def filters(self) -> dict[str, Any]:
        """Return what was given, as `Library.ask` takes it."""
        given = {name: getattr(self, name, None) for name in ("after", "until", "publisher", "article")}
        return {name: value for name, value in given.items() if value}


class Search(Narrowed):
    """A text to find passages for."""

    q: str = Field(description="What to look for: words, or a question, of at most 2,000 characters.")
    limit: int = Field(10, ge=1, le=100, description="How many passages at most.")
    article: list[str] = Field([], description="Only these articles, by id or how it begins.")


class Browse(Narrowed):
    """Which part of the library to list."""

    query: str = Field(
        "",
        max_length=500,
        description="Only articles whose title, publisher or sources have each of these words in them.",
    )
    sort: Sort = Field("newest", description="Their order; articles without a date come last.")
    offset: int = Field(0, ge=0, le=1_000_000_000, description="How many to leave out at the beginning.")
    limit: int = Field(50, ge=1, le=500, description="How many at most.")


class Asked(Narrowed):
    """A question, what to narrow the search to, and the conversation it belongs to, if it does."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"question": "Who opened the bridge?", "until": "2022-01-31"},
                {
                    "question": "And when did she do that?",
                    "conversation": {"format": FORMAT, "version": VERSION, "turns": []},
                    "stream": True,
                },
            ]
        }
    )

    question: str = Field(description="What is asked, in at most 2,000 characters.")
    article: list[str] = Field([], description="Only these articles, by id or how it begins.")
    conversation: dict[str, Any] | None = Field(
        None,
        description="The conversation so far, as it came with the last answer, so that a question may lean on earlier "
        "ones; `{}` begins one. The server keeps none.",
    )
    stream: bool = Field(False, description="Send events as they are ready, as `Accept: text/event-stream` does.")

    def turns(self) -> tuple[Turn, ...] | None:
        """Return the turns of the conversation; None if the question stands alone.

        Raises:
            UsageError: if it is no conversation, or too long.

        """
        if not self.conversation:
            return None if self.conversation is None else ()
        if too_long(json.dumps(self.conversation, ensure_ascii=False)):
            raise UsageError("This conversation has become too long to go on with. Begin a new one.")
        return turns_of(self.conversation)


def reply(record: Mapping[str, Any], status: int = 200) -> Response:
    """Answer with an object of JSON, letters as they are; half a letter, which no text can hold, is a question mark."""
    return Response(to_json(record).encode("utf-8", "replace"), status, media_type="application/json")


def event(name: str, record: Mapping[str, Any]) -> bytes:
    """Return a server-sent event; its object stands on one line, so nothing in it can end the event."""
    return f"event: {name}\ndata: {to_json(record)}\n".encode("utf-8", "replace")


def passage_record(passage: Passage) -> dict[str, Any]:
    """Return a passage as a citation is: whose words, which, and where they stand."""
    article, span = passage.article, passage.chunk.span
    return {
        "article_id": article.id,
        "title": article.label,
        "publisher": article.publisher,
        "published": iso(article.published),
        "source": next(iter(article.sources), article.id),
        "url": article.url,
        "start": span.start,
        "end": span.end,
        "quote": article.text[span.start : span.end],
        "score": round(passage.score, 6),
        "found_by": list(passage.found_by),
    }


def listed_record(listed: Listed, kin: Kin | None = None) -> dict[str, Any]:
    """Return an article as a list shows it, and by `kin` what it is to which other."""
    return {
        "id": listed.id,
        "title": listed.label,
        "publisher": listed.publisher,
        "published": iso(listed.published),
        "sources": list(listed.sources),
        "url": listed.url,
        "characters": listed.characters,
        **kin_record(kin),
    }


def setting_records(settings: Settings) -> list[dict[str, Any]]:
    """Return every setting with its value and where that came from; a key is none, and an address holds no password."""
    values = {name: getattr(settings, name) for name in RULES}
    return [
        {
            "name": name,
            "value": value if isinstance(value, int | None) else str(value),
            "origin": settings.origin(name),
        }
        for name, value in values.items()
    ]

"""Turn articles, chunks and moments into what a table can hold, and back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qa_index.search.indexes import day_number
from qa_index.types import Article, Chunk, Span, When

ARTICLE_COLUMNS = (
    "id, title, publisher, day, moment, authors, published, updated, url, language, masked, provenance, text"
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where an article came from, and how the file looked then.

    `name` is an absolute path, a URL, or `memory:` and an id. `root` is the path that was asked for when it was found,
    None if it was handed in. `size`, `mtime_ns`, `ctime_ns` are None when they cannot vouch for the bytes; `digest` is
    the SHA-256 of the bytes. `article` is the number of the article, None if there never was one. `reason` is set if
    the last reading failed.
    """

    name: str
    root: str | None = None
    size: int | None = None
    mtime_ns: int | None = None
    ctime_ns: int | None = None
    digest: str | None = None
    article: int | None = None
    reason: str | None = None


SOURCE_COLUMNS = "source, root, size, mtime_ns, ctime_ns, digest, article"


def article_row(article: Article) -> tuple[object, ...]:
    """Return the values of ARTICLE_COLUMNS."""
    published = article.published
    return (
        article.id,
        article.title,
        article.publisher,
        day_number(published.date if published else None),
        published.value.replace(tzinfo=None).isoformat() if published else None,
        json.dumps(article.authors, ensure_ascii=False),
        _when_text(article.published),
        _when_text(article.updated),
        article.url,
        article.language,
        json.dumps([(span.start, span.end) for span in article.masked]),
        json.dumps(article.provenance, ensure_ascii=False),
        article.text,
    )


def article_from_row(row: Sequence[Any], *, sources: tuple[str, ...]) -> Article:
    """Read the values of ARTICLE_COLUMNS back."""
    article_id, title, publisher, _, _, authors, published, updated, url, language, masked, provenance, text = row
    return Article(
        id=article_id,
        text=text,
        title=title,
        publisher=publisher,
        authors=tuple(json.loads(authors)),
        published=when_from_text(published, article_id),
        updated=when_from_text(updated, article_id),
        url=url,
        sources=sources,
        language=language,
        masked=tuple(Span(article_id, start, end) for start, end in json.loads(masked)),
        provenance=tuple((field, rule) for field, rule in json.loads(provenance)),
    )


def sentences_text(chunk: Chunk) -> str:
    """Write the sentences of a chunk as their starts and ends, one after the other."""
    return json.dumps([place for span in chunk.sentences for place in (span.start, span.end)], separators=(",", ":"))


def chunk_from_row(row: Sequence[Any]) -> Chunk:
    """Read (article id, start, end, sentences) back."""
    article_id, start, end, sentences = row
    places = json.loads(sentences)
    spans = tuple(Span(article_id, *pair) for pair in zip(places[::2], places[1::2], strict=True))
    return Chunk(Span(article_id, start, end), spans)


def chunk_place(chunk_id: str) -> tuple[str, int, int]:
    """Read the id of a chunk: the id of its article, start and end."""
    article_id, _, span = chunk_id.partition(":")
    start, _, end = span.partition("-")
    return article_id, int(start), int(end)


def _when_text(when: When | None) -> str | None:
    if when is None:
        return None
    span = (when.span.start, when.span.end) if when.span else None
    return json.dumps([when.value.isoformat(), when.precision, when.zone, span, when.method])


def when_from_text(text: str | None, article_id: str) -> When | None:
    """Read a moment back as it was written down; None if there is none."""
    if text is None:
        return None
    value, precision, zone, span, method = json.loads(text)
    return When(
        dt.datetime.fromisoformat(value), precision, zone, Span(article_id, *span) if span else None, method=method
    )

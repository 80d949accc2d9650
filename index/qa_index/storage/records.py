"""Turn articles, chunks and moments into what a table can hold, and back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from qa_index.search.indexes import day_number
from qa_index.types import Article, Chunk, Span, When

ARTICLE_COLUMNS = (
    "id, title, publisher, day, moment, authors, published, updated, url, language, "
    "masked, provenance, other_dates, text"
)


@dataclass(frozen=True, slots=True)
class Looks:
    """How a file looked when it was read: nothing that could not be trusted later."""

    size: int | None = None
    mtime_ns: int | None = None
    ctime_ns: int | None = None


UNTRUSTED = Looks()


@dataclass(frozen=True, slots=True)
class Origin:
    """A file that was read, or something that was handed in, as it was when it was last read to its end.

    `name` is an absolute path, an address, or `memory:` and an id. `root` is the path that was asked for when it was
    found, None if it was handed in. `digest` is the SHA-256 of its bytes, None if it was never read to its end;
    behind a + stands which names of fields it was read with, if not the usual ones.
    `reason` is set if the last reading failed as a whole. `scan` numbers the readings.
    """

    name: str
    root: str | None = None
    looks: Looks = UNTRUSTED
    digest: str | None = None
    reason: str | None = None
    scan: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """One place of a file that gave an article, or gave none for a `reason`.

    `place` is that of the piece in its file, `part` that of the story in the piece, both "" where there is one only.
    `name` is what people see. `digest` is that of the piece; `article` the number of the article, `stated` what is
    known about it here, None in rows of an earlier release: there it is what the article says.
    """

    place: str
    part: str
    name: str
    digest: str
    article: int | None = None
    reason: str | None = None
    stated: str | None = None


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
        ranges_text(article.masked),
        json.dumps(article.provenance, ensure_ascii=False),
        json.dumps([_when_text(when) for when in article.other_dates]),
        article.text,
    )


def article_from_row(row: Sequence[Any], *, sources: tuple[str, ...]) -> Article:
    """Read the values of ARTICLE_COLUMNS back."""
    article_id, title, publisher, _, _, authors, published, updated, url, language, *places, text = row
    masked, *described = places
    provenance, others = map(json.loads, described)
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
        masked=ranges_from_text(masked, article_id),
        provenance=tuple((field, rule) for field, rule in provenance),
        other_dates=tuple(when for text in others if (when := when_from_text(text, article_id))),
    )


def stated_text(article: Article) -> str:
    """Write down all that a source states about a text, its masks too: what is masked may hang on the title."""
    return json.dumps([value for name, value in _named_row(article) if name in _STATED], ensure_ascii=False)


def article_as_stated(stated: str, article: Article) -> Article:
    """Return an article as one of its sources states it."""
    row = dict(_named_row(article)) | dict(zip(_STATED, json.loads(stated), strict=True))
    return article_from_row(tuple(row.values()), sources=())


_STATED = tuple(name for name in ARTICLE_COLUMNS.split(", ") if name not in {"id", "day", "moment", "text"})


def _named_row(article: Article) -> list[tuple[str, object]]:
    return list(zip(ARTICLE_COLUMNS.split(", "), article_row(article), strict=True))


def ranges_text(spans: Iterable[Span]) -> str:
    """Write ranges of one article as pairs of start and end."""
    return json.dumps([(span.start, span.end) for span in spans])


def ranges_from_text(text: str, article_id: str) -> tuple[Span, ...]:
    """Read such ranges back."""
    return tuple(Span(article_id, start, end) for start, end in json.loads(text))


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

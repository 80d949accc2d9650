"""Make articles of files, cut and marked, ready to be written down: here, or in worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from qa_index.errors import UnreadableArticle
from qa_index.storage.ledger import Marks
from qa_index.storage.sources import Outcome, Prepared, Reading, Work
from qa_index.storage.workers import Workers
from qa_index.stories import Broken, Limits, Story
from qa_index.types import Article


def standard_reading(chunk_tokens: int, *, max_bytes: int = 20_000_000) -> Reading:
    """Read every format, and cut articles into chunks of whole sentences; no story may have more than `max_bytes`."""
    from qa_index.formats import splitting
    from qa_index.formats.kinds import SUFFIXES
    from qa_index.reading import articles, chunks, files

    limits = Limits(story_bytes=max_bytes)
    return Reading(
        find=lambda path: files.find(path, SUFFIXES),
        digest=files.digest,
        pieces=lambda path, fields: splitting.pieces(path, limits, fields),
        in_order=Workers(partial(prepare, chunk_tokens=chunk_tokens), chunk_tokens=chunk_tokens),
        from_text=articles.from_text,
        prepared=lambda article: prepared(article, chunk_tokens=chunk_tokens),
        cut=lambda article: chunks.cut(article, chunk_tokens=chunk_tokens),
    )


def prepare(work: Work, *, chunk_tokens: int) -> Outcome:
    """Read the stories of a piece; whatever it does to its reader is told as the reason why there is none."""
    try:
        return tuple(_each(work, chunk_tokens))
    except RecursionError:
        return (Broken("", "it is nested too deeply to be read; save it in another format"),)
    except MemoryError:
        return (Broken("", "reading it takes more memory than one article may; split it into one file per article"),)
    except Exception as error:
        return (Broken("", f"reading it failed ({type(error).__name__}: {str(error)[:200]})"),)


def _each(work: Work, chunk_tokens: int) -> Iterator[Prepared | Broken]:
    from qa_index.formats.reading import stories

    for told in stories(work.piece, work.fields):
        story = replace(told, place=_within(work.piece.place, told.place))
        yield story if isinstance(story, Broken) else _one(story, work.file, chunk_tokens)


def _within(place: str, whole: str) -> str:
    """Return the place of a story in its piece: the piece itself may come to stand elsewhere in its file."""
    return whole.removeprefix(place).removeprefix("#") if place else whole


def _one(story: Story, file: str, chunk_tokens: int) -> Prepared | Broken:
    from qa_index.reading.articles import from_story

    try:
        article = from_story(story, source=file)
    except UnreadableArticle as error:
        return Broken(story.place, error.reason)
    return prepared(article, chunk_tokens=chunk_tokens, part=story.place, name=story.url or "")


def prepared(article: Article, *, chunk_tokens: int, part: str = "", name: str = "") -> Prepared:
    """Cut an article, and mark it for finding its like."""
    from qa_index.duplicates.signature import signature
    from qa_index.reading.chunks import cut
    from qa_index.reading.learnt import line_keys

    keys = line_keys(article.text, article.masked)
    marks = Marks(signature(article.text, article.masked), np.array(keys, dtype=np.int64).tobytes())
    return Prepared(part, name, article, cut(article, chunk_tokens=chunk_tokens), marks)

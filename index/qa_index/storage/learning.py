"""Mask what a publisher prints around its articles, as several of them show, and cut again those it is printed in."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

import numpy as np

from qa_index.search.indexes import Entry, day_number
from qa_index.storage.ledger import Recut
from qa_index.storage.stock import entry
from qa_index.storage.sync import Writer
from qa_index.types import Article, Chunk

BATCH = 200  # articles
Cut = Callable[[Article], tuple[Chunk, ...]]
Witness = tuple[int, str, int, int, tuple[int, ...]]  # number, id, story, learnt before, keys


def mask_what_repeats(writer: Writer, cut: Cut) -> None:
    """Learn the boilerplate of every publisher whose articles are others than last time, and mask it in them."""
    from qa_index.reading.learnt import learn, matching

    database = writer.catalog.database
    known: dict[str, str] = json.loads(str(database.get("learnt_of") or "{}"))
    now = dict[str, str]()
    changed: list[Recut] = []
    for publisher, numbers in _by_publisher(writer).items():
        now[publisher] = f"{len(numbers)}:{sum(numbers)}:{max(numbers)}"
        if known.get(publisher) == now[publisher]:
            continue
        witnesses = _witnesses(writer, numbers)
        learnt = learn((story, keys) for _, _, story, _, keys in witnesses)
        for number, article_id, _, before, keys in witnesses:
            found = matching(keys, learnt)
            mark = zlib.crc32(repr(found).encode()) if found else 0
            if mark == before:
                continue
            changed.append(_recut(writer, number, article_id, mark, learnt, cut))
            if len(changed) >= BATCH:
                _write(writer, changed)
                changed = []
    _write(writer, changed)
    if now != known:
        database.set("learnt_of", json.dumps(now))


def _by_publisher(writer: Writer) -> dict[str, list[int]]:
    """Return the numbers of the articles of each publisher, or host where no publisher is named."""
    found: dict[str, list[int]] = defaultdict(list)
    query = "SELECT number, publisher, url FROM articles WHERE state = 'indexed' ORDER BY number"
    for number, publisher, url in writer.catalog.database.rows(query):
        if house := publisher or _host(url):
            found[house].append(number)
    return found


def _host(url: str | None) -> str:
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _witnesses(writer: Writer, numbers: Sequence[int]) -> list[Witness]:
    query = (
        "SELECT a.number, a.id, coalesce(k.original, a.number), m.learnt, m.lines FROM json_each(?) wanted "
        "CROSS JOIN articles a ON a.number = wanted.value CROSS JOIN marks m ON m.article = a.number "
        "LEFT JOIN kin k ON k.article = a.number"
    )
    rows = writer.catalog.database.rows(query, (json.dumps(numbers),))
    return [(*row[:4], tuple(np.frombuffer(row[4], dtype=np.int64).tolist())) for row in rows]


def _recut(writer: Writer, number: int, article_id: str, mark: int, learnt: object, cut: Cut) -> Recut:
    from qa_index.reading.learnt import Learnt, mask

    article = writer.catalog.as_read(number)
    assert article is not None and isinstance(learnt, Learnt)
    masked = mask(article, learnt)
    chunks = cut(masked)
    # Where nothing would be left to search, the notice is the article.
    return Recut(number, masked, chunks, mark) if chunks else Recut(number, article, cut(article), mark)


def _write(writer: Writer, changed: Sequence[Recut]) -> None:
    if not changed:
        return
    writer.caches.take_in_words(e for each in changed for e in _entries(each))
    writer.caches.drop(writer.catalog.ledger.recut(changed))


def _entries(recut: Recut) -> Iterator[Entry]:
    article = recut.article
    day = day_number(article.published.date if article.published else None)
    yield from (entry(article, day, chunk) for chunk in recut.chunks)

"""Let what is known about each text follow its sources, as they come, change and go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from qa_index.search.indexes import Entry, day_number
from qa_index.storage import testimony
from qa_index.storage.caches import Caches
from qa_index.storage.catalog import Catalog
from qa_index.storage.ledger import Arrival
from qa_index.storage.sources import Prepared
from qa_index.types import Article

BATCH = 200  # articles


def settle(
    catalog: Catalog, caches: Caches, prepared: Callable[[Article], Prepared], agree: Callable[[], None]
) -> None:
    """Say about each text what its sources state now; one with another title has to be embedded again first.

    `agree` refuses an embedder that is not the library's.
    """
    while names := testimony.unsettled(catalog.database, BATCH):
        restated: list[tuple[int, Article]] = []
        arrivals: list[Arrival] = []
        for name in names:
            number = catalog.ledger.waiting_number_of(name) or catalog.ledger.number_of(name)
            before = catalog.as_read(number) if number is not None else None
            article = testimony.weighed(catalog.database, before) if before else None
            if number is None or before is None or article is None or article == before:
                continue
            if _is_cut_alike(catalog, number, before, article):
                restated.append((number, article))
            else:
                story = prepared(article)
                arrivals.append(Arrival(article, story.chunks, story.marks, waits=True))
        if arrivals:
            agree()
            caches.drop(catalog.ledger.write(arrivals, []))
        caches.take_in_words(entry for number, article in restated for entry in _entries(catalog, number, article))
        catalog.ledger.restate(restated)
        testimony.settled(catalog.database, names)


def _is_cut_alike(catalog: Catalog, number: int, before: Article, after: Article) -> bool:
    """Tell whether the chunks of an article that can be found are the same with what is known now."""
    if (before.title, before.masked) != (after.title, after.masked):
        return False
    query = "SELECT a.state, m.learnt FROM articles a JOIN marks m ON m.article = a.number WHERE a.number = ?"
    ((state, learnt),) = catalog.database.rows(query, (number,))
    same_house = (before.publisher, before.url) == (after.publisher, after.url)
    return state == "indexed" and (not learnt or same_house)  # what was learnt of another publisher is masked no more


def _entries(catalog: Catalog, number: int, article: Article) -> list[Entry]:
    day = day_number(article.published.date if article.published else None)
    held = catalog.stock.entries_of([number])
    return [replace(entry, day=day, publisher=article.publisher) for entry in held]

"""Understand what a person names: an article by the beginning of its id, a publisher in any spelling."""

from __future__ import annotations

from collections.abc import Sequence

from qa_index.errors import ArticleNotFound, UnknownFilter
from qa_index.storage.catalog import Catalog
from qa_index.types import Article, Filters

SHORTEST_PREFIX = 4
NAMED = 8  # how many values an error lists


def named_article(catalog: Catalog, id_prefix: str) -> Article:
    """Return the one article whose id begins so.

    Raises:
        ArticleNotFound: if there is none, or more than one, or this cannot be the beginning of an id.

    """
    prefix = id_prefix.strip().lower()
    if len(prefix) < SHORTEST_PREFIX or not set(prefix) <= set("0123456789abcdef"):
        raise ArticleNotFound(
            f"Asked for the article {id_prefix!r}, but an id is at least {SHORTEST_PREFIX} hexadecimal digits. "
            "List the articles with `qa articles`."
        )
    found = catalog.ids_starting_with(prefix)
    if len(found) > 1:
        raise ArticleNotFound(
            f"Asked for the article {id_prefix}, but {len(found)} ids begin so: {_some(found)}. Give more of its id."
        )
    article = catalog.article(found[0]) if found else None
    if article is None:
        raise ArticleNotFound(
            f"Asked for the article {id_prefix}, but no id begins so. List the articles with `qa articles`."
        )
    return article


def known_filters(catalog: Catalog, filters: Filters) -> Filters:
    """Return filters with publishers and ids as the library spells them.

    Raises:
        UnknownFilter: if no article has that publisher or id, or no day can be both after and until.

    """
    if filters.after and filters.until and filters.after > filters.until:
        raise UnknownFilter(
            f"Asked for articles after {filters.after} and until {filters.until}, but no day is both. Exchange the two."
        )
    publishers = tuple(name for asked in filters.publishers for name in _spellings(catalog, asked))
    articles = tuple(_filtered_article(catalog, prefix) for prefix in filters.articles)
    return Filters(filters.after, filters.until, publishers, articles)


def _spellings(catalog: Catalog, asked: str) -> list[str]:
    names = catalog.publishers()
    meant = [name for name in names if name.casefold() == asked.strip().casefold()]
    if meant:
        return meant
    there = f"the publishers are {_some(names)}" if names else "no article names its publisher"
    raise UnknownFilter(f"Asked for articles published by {asked!r}, but {there}. Use one of these, or no filter.")


def _filtered_article(catalog: Catalog, prefix: str) -> str:
    try:
        return named_article(catalog, prefix).id
    except ArticleNotFound as error:
        raise UnknownFilter(str(error)) from error


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")

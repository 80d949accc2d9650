"""List what is in a library, a page at a time, and count it by day and publisher; no text leaves the catalog for it."""

from __future__ import annotations

import datetime as dt
import json
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from qa_index.search.indexes import EVERYTHING, UNKNOWN_DAY, day_from_number
from qa_index.storage.catalog import Catalog, passing
from qa_index.storage.database import Row, folded
from qa_index.storage.records import when_from_text
from qa_index.types import Article, Filters, Listed, Listing, Outlet, Period, PeriodUnit, Sort, Span, Timeline

MOST_WORDS = 20  # of a query; each is looked for in every article
_ORDERS: Mapping[Sort, str] = {
    "newest": "moment IS NULL, moment DESC, id",
    "oldest": "moment IS NULL, moment, id",
    "title": "title IS NULL, folded(title), id",
    "publisher": "publisher IS NULL, folded(publisher), moment IS NULL, moment DESC, id",
}
# What a source is found by: a file by its path below the folder that was asked for, since what is above it is common to
# all; a file that was named itself by its name; anything else as it is.
_SOURCE = (
    "CASE WHEN f.root IS NULL THEN s.source "
    "WHEN f.root = s.source THEN replace(s.source, rtrim(s.source, replace(s.source, '/', '')), '') "
    "WHEN substr(s.source, 1, length(f.root)) = f.root THEN substr(s.source, length(f.root) + 1) ELSE s.source END"
)
# What a query is looked for in. As one text: looking into each column by itself took a third longer.
_NAMED = (
    "(coalesce(title, '') || ' ' || coalesce(publisher, '') || ' ' || "
    f"coalesce((SELECT group_concat({_SOURCE}, ' ') FROM sources s JOIN files f ON f.file = s.file "
    "WHERE s.article = articles.number), ''))"
)
_DAYS: Sequence[tuple[PeriodUnit, int]] = (("day", 45), ("week", 365), ("month", 6 * 366))  # longest span, in days


def listing(
    catalog: Catalog,
    filters: Filters = EVERYTHING,
    *,
    query: str = "",
    sort: Sort = "newest",
    offset: int = 0,
    limit: int = 50,
    undated: bool = False,
    clustered: bool = False,
) -> Listing:
    """Return the articles whose title, publisher or sources hold every word of `query`, from `offset`, `limit` of them.

    Capitals do not matter. Articles without a date, a title or a publisher come last where that decides the order.
    With `undated`, only those without a date. With `clustered`, only one of each cluster of near-duplicates counts.
    """
    if sort not in _ORDERS or offset < 0 or limit < 0:
        raise ValueError(f"a listing needs a known order, offset and limit not below 0, got {sort}, {offset}, {limit}")
    where, values = passing(filters)
    words = folded(query).split()[:MOST_WORDS]
    conditions = [where, *map(_holds, words), *([f"day = {UNKNOWN_DAY}"] if undated else [])]
    chosen = f"WHERE {' AND '.join(conditions)} ORDER BY {_ORDERS[sort]}"
    # Nearly every row is looked at: in the order they lie on disk, not in that of an index, takes a third less time.
    rows = catalog.database.rows(f"SELECT number FROM articles NOT INDEXED {chosen}", (*values, *words))
    numbers = [number for (number,) in rows]
    if clustered:
        numbers = _one_of_each(catalog, numbers)
    return Listing(len(numbers), _listed(catalog, numbers[offset : offset + limit]))


def _one_of_each(catalog: Catalog, numbers: Sequence[int]) -> list[int]:
    """Leave one of each cluster in its place: the original, or where it is not there the first that is."""
    originals: dict[int, int] = dict(catalog.database.rows("SELECT article, original FROM kin"))
    there, shown = set(numbers), set[int]()
    left: list[int] = []
    for number in numbers:
        original = originals.get(number, number)
        if original == number or (original not in there and original not in shown):
            left.append(number)
            shown.add(original)
    return left


def _holds(word: str) -> str:
    """Write down the condition that an article is named with a word; SQLite's own LIKE, where it will do, is faster."""
    plain = word.isascii() and word.isalnum()
    return f"{_NAMED} LIKE '%' || ? || '%'" if plain else f"instr(folded({_NAMED}), ?)"


def _listed(catalog: Catalog, numbers: Sequence[int]) -> tuple[Listed, ...]:
    """Return what is said of these articles, in this order; the beginning of a text is read where no title is."""
    wanted = json.dumps(numbers)
    rows = catalog.database.rows(
        "SELECT a.number, a.id, a.title, a.publisher, a.published, a.url, a.masked, length(a.text), "
        "CASE WHEN a.title IS NULL THEN substr(a.text, 1, 500 + coalesce(json_extract(a.masked, '$[0][1]'), 0)) END "
        "FROM json_each(?) wanted CROSS JOIN articles a ON a.number = wanted.value ORDER BY wanted.key",
        (wanted,),
    )
    sources: dict[int, list[str]] = defaultdict(list)
    query = (
        "SELECT DISTINCT s.article, s.source FROM json_each(?) wanted CROSS JOIN sources s ON s.article = wanted.value "
        "ORDER BY s.source"
    )
    for number, name in catalog.database.rows(query, (wanted,)):
        sources[number].append(name)
    return tuple(_one(row, sources=tuple(sources[row[0]])) for row in rows)


def _one(row: Row, *, sources: tuple[str, ...]) -> Listed:
    _, article_id, title, publisher, published, url, masked, characters, opening = row
    if title is None:
        spans = tuple(Span(article_id, start, end) for start, end in json.loads(masked))
        title = Article(article_id, opening, masked=spans).label
    return Listed(article_id, title, publisher, when_from_text(published, article_id), sources, url, characters)


# Counts


def outlets(catalog: Catalog) -> tuple[Outlet, ...]:
    """Return the publishers with their numbers of articles, in alphabetical order; last, how many name none."""
    query = "SELECT publisher, count(*) FROM articles WHERE state = 'indexed' GROUP BY publisher"
    found = [Outlet(*row) for row in catalog.database.rows(query)]
    return tuple(sorted(found, key=lambda outlet: (outlet.name is None, folded(outlet.name), outlet.name)))


def timeline(catalog: Catalog, filters: Filters = EVERYTHING) -> Timeline:
    """Count the articles that pass by day, week, month or year: by the finest that keeps a picture of them readable."""
    where, values = passing(filters)
    rows = catalog.database.rows(
        f"SELECT day, publisher, count(*) FROM articles WHERE {where} GROUP BY day, publisher", values
    )
    days = [(day, publisher, count) for number, publisher, count in rows if (day := day_from_number(number))]
    undated = sum(count for number, _, count in rows if number == UNKNOWN_DAY)
    unit = _unit(day for day, *_ in days)
    counts: dict[tuple[dt.date, dt.date], Counter[str | None]] = defaultdict(Counter)
    for day, publisher, count in days:
        counts[_period(day, unit)][publisher] += count
    periods = (Period(*ends, tuple(Outlet(*each) for each in counts[ends].most_common())) for ends in sorted(counts))
    return Timeline(unit, tuple(periods), undated)


def _unit(days: Iterable[dt.date]) -> PeriodUnit:
    known = sorted(days)
    span = (known[-1] - known[0]).days if known else 0
    return next((unit for unit, longest in _DAYS if span <= longest), "year")


def _period(day: dt.date, unit: PeriodUnit) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of the day, week (from Monday), month or year that a day lies in."""
    if unit == "day":
        return day, day
    if unit == "week":
        first = max(day.toordinal() - day.weekday(), 1)  # the first week there is begins on its Monday, 1 January 1
        return dt.date.fromordinal(first), dt.date.fromordinal(min(first + 6, dt.date.max.toordinal()))
    if unit == "month":
        return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
    return dt.date(day.year, 1, 1), dt.date(day.year, 12, 31)

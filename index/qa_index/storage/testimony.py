"""Weigh what several sources state about one text: none of them was there first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from qa_index.storage.database import Database
from qa_index.storage.records import article_as_stated
from qa_index.types import Article


def note(database: Database, files: Sequence[str]) -> None:
    """Remember the texts in these files about which two places state different things, until that is settled."""
    database.run(
        "INSERT OR IGNORE INTO unsettled SELECT DISTINCT a.id FROM sources s JOIN articles a ON a.number = s.article "
        "WHERE s.file IN (SELECT value FROM json_each(?)) AND EXISTS (SELECT 1 FROM articles b "
        "JOIN sources other ON other.article = b.number WHERE b.id = a.id AND other.stated IS NOT s.stated)",
        (json.dumps(files),),
    )


def unsettled(database: Database, limit: int) -> list[str]:
    """Name texts about which it is to be settled what holds."""
    return [name for (name,) in database.rows("SELECT id FROM unsettled ORDER BY id LIMIT ?", (limit,))]


def settled(database: Database, article_ids: Iterable[str]) -> None:
    """Note that it is settled what holds about these texts."""
    with database.transaction():
        database.run_many("DELETE FROM unsettled WHERE id = ?", [(name,) for name in article_ids])


def weighed(database: Database, article: Article) -> Article:
    """Return an article as all its sources together state it.

    The one that knows the earliest day of publication is believed; of several that know it, one with a title, then the
    first by name. The other days of all are kept.
    """
    rows = database.rows(
        "SELECT s.source, s.stated FROM articles a JOIN sources s ON s.article = a.number "
        "JOIN files f ON f.file = s.file AND f.scan = s.scan WHERE a.id = ?",
        (article.id,),
    )
    told = [article_as_stated(stated, article) if stated else article for _, stated in sorted(rows, key=_by_name)]
    if not told:  # its file was not read to its end
        return article
    told.sort(key=_by_trust)
    best = told[0]
    if all(each == best for each in told):
        return best
    moments = [when for each in told for when in (each.published, *each.other_dates) if when]
    days = {when.date: when for when in reversed(moments)}  # as the most trusted says it
    first = best.published.date if best.published else None
    return replace(best, other_dates=tuple(when for day, when in sorted(days.items()) if day != first))


def _by_name(row: tuple[str, str | None]) -> tuple[str, str]:
    return row[0], row[1] or ""


def _by_trust(article: Article) -> tuple[bool, str, bool]:
    published = article.published
    return published is None, published.date.isoformat() if published else "", article.title is None

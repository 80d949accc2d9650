"""Write down which articles tell one story in the same words, and what each is to the first of them."""

from __future__ import annotations

import hashlib

import numpy as np

from qa_index.duplicates import Kin, Teller
from qa_index.storage.database import Database
from qa_index.storage.records import ARTICLE_COLUMNS, article_from_row, ranges_from_text, when_from_text
from qa_index.types import Article


def kin_of(database: Database) -> dict[str, Kin]:
    """Return the articles that share their words with an earlier one, by their ids."""
    query = (
        "SELECT a.id, o.id, k.relation FROM kin k JOIN articles a ON a.number = k.article "
        "JOIN articles o ON o.number = k.original WHERE a.state = 'indexed' AND o.state = 'indexed' ORDER BY a.id"
    )
    return {article_id: Kin(article_id, original, relation) for article_id, original, relation in database.rows(query)}


_RANKS = {"correction": 0, "update": 1, "original": 2, "reprint": 3}


def tellers_of(database: Database) -> dict[str, Teller]:
    """Return the articles that share their words with others, ranked: corrections, updates, originals, reprints.

    Of several of one kind the newest comes first.
    """
    rows = database.rows(
        "SELECT a.id, o.id, k.relation, a.moment, a.updated FROM kin k JOIN articles a ON a.number = k.article "
        "JOIN articles o ON o.number = k.original WHERE a.state = 'indexed' AND o.state = 'indexed' "
        "UNION SELECT o.id, o.id, 'original', o.moment, o.updated FROM kin k JOIN articles o ON o.number = k.original "
        "WHERE o.state = 'indexed'"
    )
    rows.sort(key=lambda row: (row[3] or "", row[4] or "", row[0]), reverse=True)
    rows.sort(key=lambda row: _RANKS[row[2]])
    return {article_id: Teller(story, rank) for rank, (article_id, story, *_) in enumerate(rows)}


def find_kin(database: Database) -> None:
    """Group the articles that can be found, if they are others than when they were last grouped."""
    present = _present(database)
    if database.get("kin_of") == present:
        return
    _sign_what_is_unsigned(database)
    kin = _grouped(database)
    before = kin_of(database)
    with database.transaction():
        database.run("DELETE FROM kin")
        database.run_many(
            "INSERT INTO kin SELECT a.number, o.number, ? FROM articles a JOIN articles o "
            "WHERE a.state = 'indexed' AND a.id = ? AND o.state = 'indexed' AND o.id = ?",
            [(each.relation, each.article_id, each.original_id) for each in kin.values()],
        )
        database.set("kin_of", present)
        if kin != before:
            database.set("generation", database.number("generation") + 1)


def _present(database: Database) -> str:
    """Name the articles that can be found: the same name, the same articles, dates and signatures."""
    query = (
        "SELECT a.number, a.moment, a.updated, m.signature FROM articles a JOIN marks m ON m.article = a.number "
        "WHERE a.state = 'indexed' ORDER BY a.number"
    )
    name = hashlib.sha256()
    for block in database.stream(query, size=1_000):
        name.update(repr(block).encode())
    return name.hexdigest()


def _sign_what_is_unsigned(database: Database) -> None:
    """Make the signatures that an earlier release did not make."""
    from qa_index.duplicates.signature import signature

    query = (
        "SELECT a.number, a.id, a.text, m.masked FROM marks m JOIN articles a ON a.number = m.article "
        "WHERE length(m.signature) = 0"
    )
    for block in database.stream(query, size=256):
        signed = [
            (signature(text, ranges_from_text(masked, identity)), number) for number, identity, text, masked in block
        ]
        with database.transaction():
            database.run_many("UPDATE marks SET signature = ? WHERE article = ?", signed)


def _grouped(database: Database) -> dict[str, Kin]:
    from qa_index.duplicates.clusters import cluster
    from qa_index.duplicates.relations import Age, age, family
    from qa_index.duplicates.signature import SIZE, body

    query = (
        "SELECT a.number, a.id, a.published, a.updated, length(a.text), m.signature FROM articles a "
        "JOIN marks m ON m.article = a.number WHERE a.state = 'indexed'"
    )

    def age_of(article_id: str, published: str | None, updated: str | None, characters: int) -> Age:
        first, last = (when_from_text(moment, article_id) for moment in (published, updated))
        return age(first, characters, article_id, updated=last)

    rows = sorted(
        (age_of(*known), number, signature)
        for number, *known, signature in database.rows(query)
        if len(signature) == SIZE
    )
    numbers = [number for _, number, _ in rows]
    signatures = np.frombuffer(b"".join(signature for *_, signature in rows), dtype=np.uint8).reshape(-1, SIZE)

    def text_of(place: int) -> str:
        article = _article(database, numbers[place])
        return body(article.text, article.masked)

    found = dict[str, Kin]()
    for group in cluster(signatures, text_of=text_of):
        members = [_article(database, numbers[place]) for place in group]
        found |= {kin.article_id: kin for kin in family(members)}
    return found


def _article(database: Database, number: int) -> Article:
    row = database.rows(f"SELECT {ARTICLE_COLUMNS} FROM articles WHERE number = ?", (number,))[0]
    return article_from_row(row, sources=())

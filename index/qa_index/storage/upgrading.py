"""Bring the catalog of an earlier release up to date, keeping every article and vector."""

from __future__ import annotations

from qa_index.storage.database import Database

_OLD = ("settings", "articles", "chunks", "sources", "arrivals")
_COLUMNS = (
    "number, state, id, title, publisher, day, moment, authors, published, updated, url, language, masked, provenance"
)


def upgrade(database: Database, tables: str) -> None:
    """Turn the tables of schema 1 into those of schema 2, as a whole or not at all.

    What was on its way in is forgotten: its files are read again next time. Near-duplicates are known once the
    articles are read again, or the library is rebuilt.
    """
    database.run("PRAGMA foreign_keys = OFF")
    with database.transaction():
        for table in _OLD:
            database.run(f"ALTER TABLE {table} RENAME TO old_{table}")
        for index in ("articles_by_state", "sources_by_article"):
            database.run(f"DROP INDEX IF EXISTS {index}")
        for statement in tables.split(";\n"):
            database.run(statement)
        database.run("INSERT INTO settings SELECT * FROM old_settings")
        database.run(
            f"INSERT INTO articles ({_COLUMNS}, version, other_dates, text) "
            f"SELECT {_COLUMNS}, number, '[]', text FROM old_articles WHERE state = 'indexed'"
        )
        database.run("INSERT INTO chunks SELECT * FROM old_chunks WHERE article IN (SELECT number FROM articles)")
        database.run("INSERT INTO marks SELECT number, 0, masked, x'', x'' FROM articles")
        database.run(
            "INSERT INTO files SELECT source, root, size, mtime_ns, ctime_ns, digest, reason, 1 FROM old_sources"
        )
        database.run(
            "INSERT INTO sources SELECT source, 1, '', '', source, coalesce(digest, ''), article, NULL, NULL "
            "FROM old_sources WHERE article IN (SELECT number FROM articles)"
        )
        for table in reversed(_OLD):
            database.run(f"DROP TABLE old_{table}")
        database.set("version", database.value("SELECT coalesce(max(number), 0) FROM articles"))
        database.set("schema", 2)
    database.run("PRAGMA foreign_keys = ON")

"""Keep vectors in Chroma. The only module that knows it.

Chroma 1.5.9 loses vectors without an error when two processes write at once, so it is opened only under the writer's
lock, or to read a library too large for a snapshot; and it may panic over a damaged file, which is no Exception.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qa_index.search.indexes import EVERYTHING, Entry, IndexDamaged, Ranked, day_range
from qa_index.types import Filters, Vectors

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection as ChromaCollection

BATCH = 5_000  # Chroma refuses more than 5,461 at once
# Default settings leave a few live rows unreachable after many deletions (Chroma issue 7758); these do so less.
HNSW = {"space": "cosine", "max_neighbors": 32, "ef_construction": 200, "ef_search": 200}


class Chroma:
    """The vectors of one library, in a folder of their own."""

    def __init__(self, client: ClientAPI, collection: ChromaCollection, folder: Path) -> None:
        self._client, self._collection, self._folder = client, collection, folder

    @classmethod
    def open(cls, folder: Path, *, library: str) -> Chroma:
        """Open or create the collection of `library` in `folder`; that of any other is removed.

        Raises:
            IndexDamaged: if what is there cannot be opened.

        """
        import chromadb  # a second to import: a question must not pay for it
        from chromadb.config import Settings

        folder.mkdir(exist_ok=True)
        with _guarded(folder, on_failure=lambda: _forget(folder)):
            client = chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
            # No embedding function: Chroma's default downloads a model, and a stored one could come from elsewhere.
            collection = client.get_or_create_collection(
                f"chunks-{library}", embedding_function=None, configuration={"hnsw": dict(HNSW)}
            )
            for other in client.list_collections():
                if other.name != collection.name:
                    client.delete_collection(other.name)
            return cls(client, collection, folder)

    def upsert(self, entries: Sequence[Entry]) -> None:
        """Keep these entries, in place of those with the same chunk id."""
        for at in range(0, len(entries), BATCH):
            batch = entries[at : at + BATCH]
            with self._guarded():
                self._collection.upsert(
                    ids=[entry.chunk_id for entry in batch],
                    embeddings=np.stack([entry.vector for entry in batch]),
                    metadatas=[_metadata(entry) for entry in batch],
                )

    def delete(self, chunk_ids: Collection[str]) -> None:
        """Forget these chunks."""
        names = sorted(chunk_ids)
        for at in range(0, len(names), BATCH):
            with self._guarded():
                self._collection.delete(ids=names[at : at + BATCH])

    def search(self, vector: Vectors, *, limit: int, filters: Filters = EVERYTHING) -> list[Ranked]:
        """Return at most `limit` (chunk id, cosine) that pass `filters`, best first, ties by id; nearly exact."""
        with self._guarded():
            count = self._collection.count()
            if limit < 1 or not count:
                return []
            found = self._collection.query(
                query_embeddings=vector[np.newaxis],
                n_results=min(limit, count),
                where=_where(filters),
                include=["distances"],
            )
        distances = found["distances"] or [[]]
        hits = [(name, round(1 - float(far), 6)) for name, far in zip(found["ids"][0], distances[0], strict=True)]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def ids(self) -> set[str]:
        """Name every chunk that is here."""
        with self._guarded():
            return set(self._collection.get(include=[])["ids"])

    def count(self) -> int:
        """Say how many chunks are here: right even when some can no longer be found."""
        with self._guarded():
            return int(self._collection.count())

    def close(self) -> None:
        """Let go of files; a client that stays open never sees what another process writes."""
        with self._guarded():
            self._client.close()

    def _guarded(self) -> Any:  # noqa: ANN401 - a context manager
        return _guarded(self._folder, on_failure=lambda: None)


def _metadata(entry: Entry) -> dict[str, str | int]:
    return {"article": entry.article_id, "day": entry.day, "publisher": entry.publisher or ""}


def _where(filters: Filters) -> Any:  # noqa: ANN401 - Chroma's own query language
    conditions: list[dict[str, object]] = []
    if days := day_range(filters):
        conditions += [{"day": {"$gte": days[0]}}, {"day": {"$lte": days[1]}}]
    if filters.publishers:
        conditions.append({"publisher": {"$in": list(filters.publishers)}})
    if filters.articles:
        conditions.append({"article": {"$in": list(filters.articles)}})
    if len(conditions) > 1:
        return {"$and": conditions}
    return conditions[0] if conditions else None


@contextmanager
def _guarded(folder: Path, *, on_failure: Callable[[], None]) -> Iterator[None]:
    """Turn whatever Chroma raises over a damaged folder into IndexDamaged."""
    try:
        yield
    except BaseException as error:
        on_failure()
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise IndexDamaged(folder, f"Chroma cannot use it ({error})") from error


def _forget(folder: Path) -> None:
    """Drop the half-started client that Chroma 1.5.9 keeps for a folder it could not open, and would hand out again."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient._identifier_to_system.pop(str(folder), None)
    SharedSystemClient._identifier_to_refcount.pop(str(folder), None)

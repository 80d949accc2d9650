"""Open a library for changes: hold its lock, and leave the caches in step."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from qa_index.errors import LibraryMismatch, LibraryReadOnly, QAError
from qa_index.storage.caches import Caches
from qa_index.storage.catalog import Catalog
from qa_index.storage.embedding import Embedding
from qa_index.storage.locking import held
from qa_index.storage.searching import EXACT_LIMIT
from qa_index.storage.sync import Writer
from qa_index.types import Progress, Vectors


@contextmanager
def updating(
    folder: Path,
    *,
    embedding: Embedding,
    chunk_tokens: int,
    exact_limit: int = EXACT_LIMIT,
    progress: Progress | None = None,
    stores_much: bool = True,
) -> Iterator[Writer]:
    """Change what is in a library, with the settings it was built with; `stores_much` is told to `Caches.finish`.

    Raises:
        LibraryLocked, LibraryReadOnly, LibraryMismatch: if it cannot be changed now, here, or so.

    """
    with repairing(folder, embedding=embedding, exact_limit=exact_limit) as writer:
        agree(writer.catalog, embedding, chunk_tokens=chunk_tokens)
        if writer.catalog.database.get("chunk_tokens") is None:
            writer.catalog.database.set("chunk_tokens", chunk_tokens)
        yield writer
        writer.caches.finish(progress, stores_much=stores_much)


@contextmanager
def repairing(folder: Path, *, embedding: Embedding, exact_limit: int = EXACT_LIMIT) -> Iterator[Writer]:
    """Open a library as it is, whatever settings it was built with; nothing is finished on the way in or out."""
    with _disk_trouble(folder), held(folder), closing(Catalog.writing(folder)) as catalog:

        def embed(texts: Sequence[str]) -> Vectors:
            vectors = embedding.embed(texts)
            _hold_to(catalog, "embedder", embedding.name)
            _hold_to(catalog, "dimensions", vectors.shape[1])
            return vectors

        def agree_on_name() -> None:
            if embedding.is_there and catalog.database.get("embedder") is not None:
                _hold_to(catalog, "embedder", embedding.name)

        with closing(Caches(folder, catalog, exact_limit=exact_limit)) as caches:
            yield Writer(catalog, caches, embed, agree_on_name)


def agree(catalog: Catalog, embedding: Embedding, *, chunk_tokens: int) -> None:
    """Refuse settings other than those a library was built with, as far as they are known without loading a model."""
    for setting, asked in (("embedder", embedding.known_name), ("chunk_tokens", chunk_tokens)):
        built = catalog.database.get(setting)
        if built is not None and asked is not None and built != asked:
            raise LibraryMismatch(setting, built_with=built, asked_for=asked)


def _hold_to(catalog: Catalog, setting: str, value: str | int) -> None:
    """Compare a setting with the one the library was built with; the first embedding sets it."""
    built = catalog.database.get(setting)
    if built is None:
        catalog.database.set(setting, value)
    elif built != value:
        raise LibraryMismatch(setting, built_with=built, asked_for=value)


@contextmanager
def _disk_trouble(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            raise QAError(
                f"Asked to change the library in {folder}, but its disk is full or failing ({error.strerror}). "
                "What was indexed before is kept; free some space and run this again."
            ) from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise LibraryReadOnly(folder) from error
        raise

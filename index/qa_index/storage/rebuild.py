"""Make a library again from the texts it keeps, with the settings in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qa_index.search.indexes import EVERYTHING, search_text, titled
from qa_index.storage.sources import Reading
from qa_index.storage.sync import Writer
from qa_index.types import Progress, Step, Vectors


def rebuild(
    writer: Writer,
    reading: Reading,
    *,
    embed: Callable[[Sequence[str]], Vectors],
    name: str,
    chunk_tokens: int,
    progress: Progress | None = None,
) -> None:
    """Cut and embed every article, put all of it in place at once, then make the caches anew."""
    restock = writer.catalog.restock
    restock.begin()
    total = writer.catalog.searched(EVERYTHING).articles
    settings: dict[str, str | int] = {"embedder": name, "chunk_tokens": chunk_tokens}
    for done, (number, article) in enumerate(restock.articles(), start=1):
        chunks = reading.cut(article)
        if chunks:
            vectors = embed([titled(article.title, search_text(article, chunk)) for chunk in chunks])
            settings["dimensions"] = vectors.shape[1]
            restock.keep(number, chunks, vectors)
        if progress:
            progress(Step("embedding", done, total, article.label, done / max(1, total), done))
    restock.replace(settings)
    writer.caches.vectors.discard()
    writer.caches.words.discard()
    writer.caches.finish(progress)

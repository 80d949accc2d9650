"""Search a library as it is at one moment: by meaning, by words, and both rankings merged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qa_index.search import lexical, snapshot
from qa_index.search.chroma import Chroma
from qa_index.search.indexes import IndexDamaged, Ranked, TextSearch, VectorSearch
from qa_index.search.ranking import fuse
from qa_index.search.snapshot import Exact
from qa_index.storage.catalog import Catalog
from qa_index.types import Filters, Hit, Vectors

CHROMA, LEXICAL, SNAPSHOT = "chroma", "lexical", "snapshot"  # folders inside a library's folder
CANDIDATES = 50  # of each search
EXACT_LIMIT = 300_000  # chunks: 460 MB mapped, 30 ms a question; past that Chroma is nearly as good and faster
VECTORS, WORDS = "vectors", "words"


@dataclass(frozen=True, slots=True)
class View:
    """The indexes of a library as they belong to one state of its catalog."""

    library: str
    generation: int
    articles: frozenset[str]
    vectors: tuple[VectorSearch, ...]
    words: TextSearch

    def is_of(self, catalog: Catalog) -> bool:
        """Tell whether the catalog is still in the state this was opened for."""
        return (self.library, self.generation) == (catalog.library, catalog.generation)

    def close(self) -> None:
        """Let go of files."""
        for index in self.vectors:
            index.close()


def open_view(folder: Path, catalog: Catalog, *, exact_limit: int = EXACT_LIMIT) -> View:
    """Open the indexes of the library in `folder`; what is missing, damaged or behind is made in memory."""
    articles = frozenset(label.article_id for label in catalog.stock.labels())
    vectors = _vectors(folder, catalog, exact_limit=exact_limit)
    return View(catalog.library, catalog.generation, articles, vectors, _words(folder, catalog))


def _vectors(folder: Path, catalog: Catalog, *, exact_limit: int) -> tuple[VectorSearch, ...]:
    chunks = catalog.stock.chunk_count()
    if chunks > exact_limit and (folder / CHROMA).is_dir():
        try:
            chroma = Chroma.open(folder / CHROMA, library=catalog.library)
            if chroma.count() >= chunks:
                return (chroma,)
            chroma.close()
        except (IndexDamaged, OSError):
            pass  # slower, but right
    return exact_parts(folder / SNAPSHOT, catalog)


def exact_parts(folder: Path, catalog: Catalog) -> tuple[Exact, ...]:
    """Return the vectors of a library: those of its snapshot that still count, and those that came after it."""
    labels = catalog.stock.labels()
    try:
        _, rows = snapshot.newest(folder, library=catalog.library)
    except IndexDamaged:
        return (Exact(catalog.stock.rows(labels)),)
    current, there = set(labels), set(rows.labels)
    base = Exact(rows, frozenset(label.number for label in there - current))
    later = [label for label in labels if label not in there]
    return (base, Exact(catalog.stock.rows(later))) if later else (base,)


def _words(folder: Path, catalog: Catalog) -> TextSearch:
    try:
        words = lexical.open_for_reading(folder / LEXICAL, library=catalog.library, complete_at=catalog.complete_at)
        if words.count() >= catalog.stock.chunk_count():
            return words
    except IndexDamaged:
        pass
    return lexical.in_memory(catalog.stock.entries())


def find(
    view: View, catalog: Catalog, *, text: str, vector: Vectors, filters: Filters, limit: int
) -> tuple[list[Hit], View]:
    """Return at most `limit` chunks that pass `filters`, best first, and the view to search with next time."""
    candidates = max(CANDIDATES, limit)

    def by_meaning(count: int) -> list[Ranked]:
        found = [hit for part in view.vectors for hit in part.search(vector, limit=count, filters=filters)]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:count]

    def by_words(count: int) -> list[Ranked]:
        return view.words.search(text, limit=count, filters=filters)

    try:
        worded = _known(by_words, view.articles, candidates)
    except IndexDamaged:  # damage that shows only when a damaged place is read
        view = replace(view, words=lexical.in_memory(catalog.stock.entries()))
        worded = _known(by_words, view.articles, candidates)
    meant = _known(by_meaning, view.articles, candidates)
    best = fuse([meant, worded])[:limit]
    chunks = catalog.chunks_named([name for name, _ in best])
    hits = [
        Hit(chunks[name], score, tuple(way for way, ids in ((VECTORS, meant), (WORDS, worded)) if name in ids))
        for name, score in best
    ]
    return hits, view


def _known(search: Callable[[int], Sequence[Ranked]], articles: Collection[str], limit: int) -> list[str]:
    """Return the best `limit` ids of these articles; an index may hold what is pending, or just removed."""
    ask = limit
    while True:
        found = [name for name, _ in search(ask)]
        known = [name for name in found if name.partition(":")[0] in articles]
        if len(known) >= limit or len(found) < ask:
            return known[:limit]
        ask *= 4

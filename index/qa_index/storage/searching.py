"""Search a library as it is at one moment: by meaning, by words, and both rankings merged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from qa_index.duplicates import Teller
from qa_index.search import lexical, snapshot
from qa_index.search.chroma import Chroma
from qa_index.search.indexes import EVERYTHING, IndexDamaged, Ranked, Rows, TextSearch, VectorSearch
from qa_index.search.ranking import fuse
from qa_index.search.snapshot import Exact
from qa_index.storage.catalog import Catalog
from qa_index.storage.kinship import tellers_of
from qa_index.storage.once import each_story_once
from qa_index.types import Chunk, Filters, Hit, Vectors

CHROMA, LEXICAL, SNAPSHOT = "chroma", "lexical", "snapshot"  # folders inside a library's folder
CANDIDATES, MOST = 50, 500  # of each search; and when there is not one story more among them
EXACT_LIMIT = 3_000_000  # chunks in a snapshot, 2 KB each; past that Chroma, which is slow with filters
KNOWN = 3  # articles whose vectors are looked up before Chroma is relied on
SAME = 0.999  # cosine of a vector with itself, as an approximate index computes it
VECTORS, WORDS = "vectors", "words"


@dataclass(frozen=True, slots=True)
class View:
    """The indexes of a library as they belong to one state of its catalog."""

    library: str
    generation: int
    articles: frozenset[str]
    vectors: tuple[VectorSearch, ...]
    words: TextSearch
    tellers: Mapping[str, Teller]

    def is_of(self, catalog: Catalog) -> bool:
        """Tell whether the catalog is still in the state this was opened for."""
        return (self.library, self.generation) == (catalog.library, catalog.generation)

    def close(self) -> None:
        """Let go of files."""
        for index in self.vectors:
            index.close()


def open_view(folder: Path, catalog: Catalog, *, exact_limit: int = EXACT_LIMIT) -> View:
    """Open the indexes of the library in `folder`; what is missing, damaged or behind is made in memory."""
    articles = catalog.stock.article_ids()
    vectors = _vectors(folder, catalog, exact_limit=exact_limit)
    words = _words(folder, catalog)
    return View(catalog.library, catalog.generation, articles, vectors, words, tellers_of(catalog.database))


def _vectors(folder: Path, catalog: Catalog, *, exact_limit: int) -> tuple[VectorSearch, ...]:
    if catalog.stock.vector_count() > exact_limit and (folder / CHROMA).is_dir():
        with suppress(IndexDamaged, OSError):  # slower, but right
            if stored := _stored(folder / CHROMA, catalog):
                return stored
    return exact_parts(folder / SNAPSHOT, catalog)


def _stored(folder: Path, catalog: Catalog) -> tuple[VectorSearch, ...]:
    """Return Chroma, for what it is known to hold, and the vectors that came after; nothing if it holds too little."""
    stock, at = catalog.stock, catalog.vectors_at
    labels = stock.labels()
    later = [label for label in labels if label.number > at]
    if 2 * len(later) > len(labels):
        return ()
    chroma = Chroma.open(folder, library=catalog.library)
    if chroma.count() < stock.vector_count(until=at) or lost(chroma, stock.known(KNOWN, until=at)):
        chroma.close()
        return ()
    held = Stored(chroma, frozenset(label.article_id for label in labels if label.number <= at))
    return (held, Exact(stock.rows(later))) if later else (held,)


@dataclass(frozen=True, slots=True)
class Stored:
    """A store that may hold other vectors than the newest of some articles: it is asked for the others."""

    vectors: VectorSearch
    articles: frozenset[str]

    def search(self, vector: Vectors, *, limit: int, filters: Filters = EVERYTHING) -> list[Ranked]:
        """Return at most `limit` (chunk id, cosine) of those articles that pass `filters`, best first."""
        return _known(lambda ask: self.vectors.search(vector, limit=ask, filters=filters), self.articles, limit)

    def ids(self) -> set[str]:
        """Name every chunk of those articles."""
        return {name for name in self.vectors.ids() if article_of(name) in self.articles}

    def close(self) -> None:
        """Let go of files."""
        self.vectors.close()


def lost(vectors: VectorSearch, known: Rows) -> int:
    """Say how many known vectors cannot be found; counts do not tell (Chroma 1.5.9 counts what it lost)."""
    return sum(not _finds(vectors, vector) for vector in known.vectors)


def _finds(vectors: VectorSearch, vector: Vectors) -> bool:
    found = vectors.search(vector, limit=1)
    return bool(found) and found[0][1] >= SAME


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

    def by_meaning(count: int) -> list[Ranked]:
        found = [hit for part in view.vectors for hit in part.search(vector, limit=count, filters=filters)]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:count]

    def by_words(count: int) -> list[Ranked]:
        return view.words.search(text, limit=count, filters=filters)

    candidates = max(CANDIDATES, limit)
    while True:
        try:
            worded = _names(by_words, view.articles, candidates)
        except IndexDamaged:  # damage that shows only when a damaged place is read
            view = replace(view, words=lexical.in_memory(catalog.stock.entries()))
            worded = _names(by_words, view.articles, candidates)
        try:
            meant = _names(by_meaning, view.articles, candidates)
        except IndexDamaged:
            view.close()
            view = replace(view, vectors=(Exact(catalog.stock.rows(catalog.stock.labels())),))
            meant = _names(by_meaning, view.articles, candidates)
        best, chunks = _shown(fuse([meant, worded]), view, catalog, limit)
        if len(best) == limit or max(len(meant), len(worded)) < candidates or candidates > MOST:
            break
        candidates *= 4  # a story that was printed often left no room for others
    hits = [
        Hit(chunks[name], score, tuple(way for way, ids in ((VECTORS, meant), (WORDS, worded)) if name in ids))
        for name, score in best
    ]
    return hits, view


def _shown(fused: Sequence[Ranked], view: View, catalog: Catalog, limit: int) -> tuple[list[Ranked], dict[str, Chunk]]:
    """Return the best that tell each story once, with their chunks; an index may still hold what has been cut anew."""
    while True:
        best = each_story_once(fused, view.tellers, catalog.unmasked)[:limit]
        chunks = catalog.chunks_named([name for name, _ in best])
        gone = {name for name, _ in best} - chunks.keys()
        if not gone:
            return best, chunks
        fused = [hit for hit in fused if hit[0] not in gone]


def _names(search: Callable[[int], Sequence[Ranked]], articles: Collection[str], limit: int) -> list[str]:
    return [name for name, _ in _known(search, articles, limit)]


def _known(search: Callable[[int], Sequence[Ranked]], articles: Collection[str], limit: int) -> list[Ranked]:
    """Return the best `limit` hits of these articles; an index may hold what is pending, or just removed."""
    ask = limit
    while True:
        found = search(ask)
        known = [hit for hit in found if article_of(hit[0]) in articles]
        if len(known) >= limit or len(found) < ask:
            return known[:limit]
        ask *= 4


def article_of(chunk_id: str) -> str:
    """Return the id of the article of a chunk."""
    return chunk_id.partition(":")[0]

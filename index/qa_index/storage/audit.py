"""Compare a library's caches with its catalog, and the catalog with itself.

Counts are not enough: Chroma 1.5.9 counts vectors that it can no longer find. So known vectors are looked up.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from qa_index.search import lexical, snapshot
from qa_index.search.chroma import Chroma
from qa_index.search.indexes import Entry, IndexDamaged, Label
from qa_index.storage import soundness
from qa_index.storage.caches import Caches, is_stored, slack, snapshot_lag
from qa_index.storage.catalog import Catalog
from qa_index.storage.kinship import find_kin
from qa_index.storage.meaning import embed_what_lacks
from qa_index.storage.searching import CHROMA, EXACT_LIMIT, LEXICAL, SNAPSHOT, lost
from qa_index.storage.stock import LAST
from qa_index.storage.sync import Writer
from qa_index.types import Filters, Finding

SAMPLE = 100  # articles whose chunks are looked up


def audit(
    folder: Path, catalog: Catalog, *, writer: Writer | None, repair: bool, exact_limit: int = EXACT_LIMIT
) -> tuple[Finding, ...]:
    """Say what is wrong and, to `repair`, make it again from the catalog.

    `writer` is None where the folder cannot be written; Chroma cannot even read there, and is not looked at.
    """
    findings = _catalog_findings(catalog, writer if repair else None)
    if not all(finding.repaired for finding in findings):  # nothing can be compared with it
        return tuple(findings)
    caches = writer.caches if writer else None
    stores = caches if is_stored(catalog.stock.vector_count(), exact_limit) else None
    findings += [Finding(part, said, repaired=repair) for part, said in _unfinished(catalog, stores)]
    if repair and writer:
        embed_what_lacks(writer)
    checks: list[tuple[str, Iterator[str]]] = [
        ("vectors", _vectors_problems(folder / CHROMA, catalog, stores) if stores else iter(())),
        ("words", _words_problems(folder / LEXICAL, catalog)),
        ("snapshot", _snapshot_problems(folder / SNAPSHOT, catalog, exact_limit=exact_limit)),
    ]
    for part, problems in checks:
        found = [Finding(part, problem, repaired=repair) for problem in problems]
        if found and repair and caches:
            _make_again(part, folder, caches)
        findings += found
    if repair and caches:
        caches.finish()
    return tuple(findings)


def _unfinished(catalog: Catalog, caches: Caches | None) -> Iterator[tuple[str, str]]:
    """Yield what a run that was stopped has left to do: part, problem."""
    stock = catalog.stock
    if lacking := len(stock.without_version()):
        said = "1 article is not embedded yet, so it is found by its words only"
        if lacking > 1:
            said = f"{lacking:,} articles are not embedded yet, so they are found by their words only"
        yield "catalog", said
    if caches and (waiting := stock.vector_count(after=catalog.vectors_at)) > slack(stock.vector_count()):
        yield "vectors", f"{waiting:,} chunks wait to be stored; a search finds them all the same"


def _make_again(part: str, folder: Path, caches: Caches) -> None:
    if part == "vectors":
        caches.vectors.discard()
    elif part == "words":
        caches.words.discard()
    else:
        shutil.rmtree(folder / SNAPSHOT, ignore_errors=True)


def _catalog_findings(catalog: Catalog, writer: Writer | None) -> list[Finding]:
    """Compare the catalog with itself and, with a `writer`, put right what can be."""
    unreadable = [
        Finding(
            "catalog", f"{problem}; put a copy of the library back, or index the articles again into another folder"
        )
        for problem in soundness.unreadable(catalog.database)
    ]
    if unreadable:
        return unreadable
    found = tuple(soundness.flaws(catalog.database))
    if found and writer:
        writer.caches.drop(soundness.mend(catalog.database, found))
        find_kin(catalog.database)
    return [Finding("catalog", flaw.problem, repaired=writer is not None) for flaw in found]


def _vectors_problems(folder: Path, catalog: Catalog, caches: Caches) -> Iterator[str]:
    wanted = catalog.stock.vector_ids(until=catalog.vectors_at)
    if not wanted and not folder.exists():
        return
    if caches.are_fatal:
        yield "several processes in a row died while they used it"
        return
    caches.note_opening()
    try:
        chroma = Chroma.open(folder, library=catalog.library)
    except IndexDamaged as damage:
        yield damage.problem
        return
    try:
        here = chroma.ids()
        if missing := len(wanted - here):
            yield f"{missing} of {len(wanted)} chunks are missing"
        if (unknown := len(here - catalog.stock.chunk_ids())) > caches.gone:
            yield f"{unknown} chunks are there that the catalog does not know"
        rows = catalog.stock.rows(_sample(catalog, until=catalog.vectors_at))
        if astray := lost(chroma, rows):
            yield f"{astray} of {len(rows)} known vectors that were looked up cannot be found"
    except IndexDamaged as damage:
        yield damage.problem
    finally:
        chroma.close()


def _words_problems(folder: Path, catalog: Catalog) -> Iterator[str]:
    wanted = catalog.stock.chunk_ids()
    if not wanted and not folder.exists():
        return
    try:
        words = lexical.open_for_reading(folder, library=catalog.library, complete_at=catalog.complete_at)
        yield from _differences(words.ids(), wanted)
        sample = {label.article_id for label in _sample(catalog)}
        entries = [entry for block in catalog.stock.entries() for entry in block if entry.article_id in sample]
        lost = [entry for entry in entries if not _is_found(words, entry)]
        if lost:
            yield f"{len(lost)} of {len(entries)} known chunks that were looked up cannot be found"
    except IndexDamaged as damage:
        yield damage.problem


def _is_found(words: lexical.Words, entry: Entry) -> bool:
    """Tell whether a chunk is found by its own words; one without a single word never is."""
    if not words.has_terms(entry.text):
        return True
    found = words.search(entry.text, limit=10_000, filters=Filters(articles=(entry.article_id,)))
    return entry.chunk_id in {name for name, _ in found}


def _snapshot_problems(folder: Path, catalog: Catalog, *, exact_limit: int) -> Iterator[str]:
    chunks = catalog.stock.vector_count()
    if chunks > exact_limit or (not chunks and not folder.exists()):
        return
    try:
        generation, rows = snapshot.newest(folder, library=catalog.library, checked=True)
    except IndexDamaged as damage:
        yield damage.problem
        return
    if generation > catalog.generation or snapshot_lag(folder.parent, catalog) > slack(chunks):
        yield f"it is of generation {generation}, the catalog of {catalog.generation}"
    labels = set(catalog.stock.labels())
    living = np.fromiter((label in labels for label in rows.labels), dtype=np.bool_, count=len(rows.labels))
    here = {rows.chunk_id(int(row)) for row in np.flatnonzero(living[rows.owners])}
    yield from _differences(here, catalog.stock.vector_ids(until=rows.last_number))


def _differences(here: set[str], wanted: set[str]) -> Iterator[str]:
    if missing := len(wanted - here):
        yield f"{missing} of {len(wanted)} chunks are missing"
    if unknown := len(here - wanted):
        yield f"{unknown} chunks are there that the catalog does not know"


def _sample(catalog: Catalog, *, until: int = LAST) -> list[Label]:
    labels = [label for label in catalog.stock.labels() if label.number <= until]
    return [labels[place] for place in np.linspace(0, len(labels) - 1, min(SAMPLE, len(labels)), dtype=int)]

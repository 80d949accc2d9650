"""What a measured process of Citewell does: index files, search, answer; one job a process."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_eval.speed.jobs import FOUND, Job, says_answer, serve, size_of, timed

if TYPE_CHECKING:
    from qa.api import Library
    from qa.types import Passage

CODE = "from qa_eval.speed.ours import main; main()"
COMMAND = "import sys; from qa.cli import main; sys.argv[0] = 'qa'; main()"  # what the script `qa` does


def main() -> None:
    """Do the job that the command line describes, and print what came of it."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does
    serve({"index": index, "cold": cold, "warm": warm, "warm_answer": warm_answer})


def index(job: Job) -> dict[str, Any]:
    """Add files to the library; the clock starts when everything that is loaded once has been."""
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder, "note.txt")
        note.write_text("A note to begin with, so that nothing is loaded for the first time later.\n", encoding="utf-8")
        with _open(f"{folder}/library") as library:
            library.add(note)
    with _open(job.store) as library:
        files = job.files(have=_names(library.articles()) if job.again else ())
        before, size = _chunks(library.folder), size_of(files)
        began = time.perf_counter()
        done = library.add(*files) if files else None
        seconds = time.perf_counter() - began
        if done is not None and done.failed:
            raise SystemExit(f"{done.failed[0].source} was not indexed: {done.failed[0].reason}")
        held = _chunks(library.folder)
        articles = library.searched().articles
    return {
        "seconds": seconds,
        "bytes": size,
        "added": len(files),
        "chunks_added": held - before,
        "articles": articles,
        "chunks": held,
    }


def cold(job: Job) -> dict[str, Any]:
    """Search once, and say where the passages come from."""
    with _open(job.store) as library:
        return {"sources": _sources(library.search(job.questions[0][0], limit=FOUND))}


def warm(job: Job) -> dict[str, Any]:
    """Search for question after question in one process."""
    with _open(job.store) as library:
        return timed(job, lambda question: _sources(library.search(question, limit=FOUND)))


def warm_answer(job: Job) -> dict[str, Any]:
    """Answer question after question in one process."""
    with _open(job.store) as library:

        def ask(question: str) -> list[str]:
            answer = library.ask(question)
            return [answer.short or "", answer.text] if answer.citations else []

        return timed(job, ask, right=says_answer)


def _open(folder: str) -> Library:
    import qa
    from qa.commands.session import settings_in_force

    place = Path(folder)
    return qa.open(place, settings=settings_in_force({"library": place}))


def _names(articles: Iterable[Any]) -> set[str]:
    return {Path(source).name for article in articles for source in article.sources}


def _sources(passages: Iterable[Passage]) -> list[str]:
    return [name for passage in passages for name in _names([passage.article])]


def _chunks(folder: Path) -> int:
    """Count the chunks of a library."""
    from qa_index.storage.catalog import FILE, Catalog

    if not (folder / FILE).exists():
        return 0
    catalog = Catalog.reading(folder)
    try:
        return catalog.stock.chunk_count()
    finally:
        catalog.close()

"""What a measured process of `qa_eval.scale` does: index a folder, fill a large library, search it; one each."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from qa_eval.metrics.latency import percentile
from qa_eval.speed.jobs import Job, serve
from qa_index.library import Library
from qa_index.models.embedder import MiniLM
from qa_index.types import Filters, Vectors

CODE = "from qa_eval.scale_jobs import main; main()"
CHUNK_TOKENS = 160
NOISE = 0.25  # length of what is added to a true vector of unit length
UNMEASURED = 5
WINDOW_DAYS = 30  # of the filter by date: those before the question's day
SAMPLED_SECONDS = 0.25


def main() -> None:
    """Do the job that the command line describes, and print what came of it."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does
    serve({"ingest": ingest, "vectors": vectors, "fill": fill, "search": search})


def ingest(job: Job) -> dict[str, Any]:
    """Bring a library up to date with a folder; twice, it is a run without changes."""
    return _filled(job, MiniLM.load())


def fill(job: Job) -> dict[str, Any]:
    """Do the same with vectors that cost nothing: true ones of other texts, a little moved."""
    return _filled(job, Moved(MiniLM.load().name, np.load(job.model)))


def vectors(job: Job) -> dict[str, Any]:
    """Keep the true vectors of the chunks of a folder's library as `job.model`, for `fill`."""
    from qa_index.storage.catalog import Catalog

    catalog = Catalog.reading(Path(job.store))
    true = catalog.stock.rows(catalog.stock.labels()).vectors
    catalog.close()
    np.save(job.model, true)
    return {"vectors": len(true)}


def search(job: Job) -> dict[str, Any]:
    """Search for question after question without and with filters; `job.questions` say question, day and nothing."""
    with Library.open(job.store, embedder=MiniLM.load(), create=False) as library, watched() as memory:
        largest = max(library.outlets(), key=lambda outlet: (outlet.name is not None, outlet.articles)).name
        kinds: dict[str, Callable[[dt.date], Filters]] = {
            "everything": lambda day: Filters(),
            "a month": lambda day: Filters(after=day - dt.timedelta(days=WINDOW_DAYS), until=day),
            "a publisher": lambda day: Filters(publishers=(largest or "",)),
        }
        times: dict[str, list[float]] = {kind: [] for kind in kinds}
        found = dict.fromkeys(kinds, 0)
        began = time.perf_counter()
        for place, (question, day, _) in enumerate(job.questions):
            for kind, narrowed in kinds.items():
                filters = narrowed(dt.date.fromisoformat(day))
                start = time.perf_counter()
                hits = library.search(question, filters=filters)
                if place >= job.unmeasured:
                    times[kind].append(1000 * (time.perf_counter() - start))
                    found[kind] += bool(hits)
                elif not place and kind == "everything":
                    first = time.perf_counter() - began
    ways = {kind: {f"p{q}": round(percentile(took, q) or 0, 2) for q in (50, 95, 99)} for kind, took in times.items()}
    return {"first_seconds": round(first, 3), "milliseconds": ways, "found": found, "publisher": largest, **memory}


class Moved:
    """Stands in for an embedder: a text's vector is one of `true`, moved a little, both chosen by the text."""

    def __init__(self, name: str, true: Vectors) -> None:
        self.name, self._true = name, true

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return shape (len(texts), d), float32, unit length, the same for the same text every time."""
        moved = np.empty((len(texts), self._true.shape[1]), np.float32)
        for vector, text in zip(moved, texts, strict=True):
            rng = np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8]))
            noise: NDArray[np.float64] = rng.standard_normal(len(vector))
            vector[:] = self._true[rng.integers(len(self._true))] + NOISE * noise / np.linalg.norm(noise)
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
        return moved


class Told(Protocol):
    """How far an ingest has come, as far as it is used here."""

    @property
    def stage(self) -> str:
        """Names what is being done."""
        ...


def _filled(job: Job, embedder: Any) -> dict[str, Any]:  # noqa: ANN401 - MiniLM or Moved
    ended: dict[str, float] = {}  # when each stage was last heard of

    def told(step: Told) -> None:
        ended[step.stage] = time.perf_counter() - began

    with Library.open(job.store, embedder=embedder, chunk_tokens=job.chunk_tokens) as library, watched() as memory:
        before = _chunks(library)
        began = time.perf_counter()
        done = library.add(job.folder, progress=told)
        seconds = time.perf_counter() - began
        chunks, articles = _chunks(library), library.searched().articles
    return {
        "seconds": round(seconds, 3),
        "stages": _lengths({**ended, "finishing": seconds}),
        "articles": articles,
        "chunks": chunks,
        "chunks_added": chunks - before,
        "counts": {kind: getattr(done, kind) for kind in ("added", "changed", "unchanged", "removed")},
        "failed": [f"{failure.source}: {failure.reason}" for failure in done.failed[:20]],
        "failures": len(done.failed),
        **memory,
    }


def _lengths(ended: Mapping[str, float]) -> dict[str, float]:
    """Return how long each stage took, of those that follow each other."""
    return {
        name: round(end - before, 3) for (name, end), before in zip(ended.items(), [0.0, *ended.values()], strict=False)
    }


def _chunks(library: Library) -> int:
    from qa_index.storage.catalog import FILE, Catalog

    if not (library.folder / FILE).exists():
        return 0
    catalog = Catalog.reading(library.folder)
    try:
        return catalog.stock.chunk_count()
    finally:
        catalog.close()


@contextmanager
def watched() -> Iterator[Mapping[str, float]]:
    """Watch the memory of this process and of those it started: the most at one time, in MB, once this ends.

    `peak_mb` counts mapped files, which the system takes back when it needs the room; `peak_own_mb` does not.
    """
    peak = {"peak_mb": 0.0, "peak_own_mb": 0.0}
    ended = threading.Event()

    def watch() -> None:
        while True:
            for name, kib in zip(peak, _held(), strict=True):
                peak[name] = max(peak[name], round(kib * 1024 / 1e6, 1))
            if ended.wait(SAMPLED_SECONDS):
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


def _held() -> tuple[int, int]:
    """Return what this process and its descendants hold now, in KiB: with mapped files, and without."""
    status: dict[int, dict[str, int]] = {}
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = (line.split() for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
            status[int(path.parent.name)] = {
                line[0]: int(line[1]) for line in lines if line and line[0] in ("PPid:", "VmRSS:", "RssAnon:")
            }
        except OSError:  # it ended meanwhile
            continue
    ours = {os.getpid()}
    while more := {pid for pid, fields in status.items() if fields.get("PPid:") in ours} - ours:
        ours |= more
    held = [status[pid] for pid in ours if pid in status]
    return sum(each.get("VmRSS:", 0) for each in held), sum(each.get("RssAnon:", 0) for each in held)


def questions(source: Path, count: int) -> tuple[tuple[str, str, str], ...]:
    """Read the first questions of a gzipped file of JSON lines, each with its day."""
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line, _ in zip(lines, range(count), strict=False)]
    return tuple((record["question"], record["date"].replace("/", "-"), "") for record in records)

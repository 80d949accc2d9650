"""Decide what to measure, on what and with what, then measure it: what `qa eval speed` does."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import qa
from qa.settings import load
from qa_eval.machine import machine, version
from qa_eval.speed import children, float32, peers
from qa_eval.speed.growing import PEERS, SIZES, Growing, Plan
from qa_eval.speed.kept import Kept
from qa_eval.speed.table import Measured, gather
from qa_eval.speed.texts import VERSION
from qa_eval.suites import open_suite, shipped_articles
from qa_index.models.files import find

INSTALL = "pip install 'citewell[peers]'"
_OURS = ("onnxruntime", "chromadb", "tantivy")  # what most of our time is spent in
_TOLD_OF = ("chromadb", "llama-index-core", "sentence-transformers", "torch", "onnxruntime")


@dataclass(frozen=True, slots=True)
class Means:
    """What measuring takes from outside; a test hands over its own."""

    run: children.Runner = children.run
    missing: Callable[[], tuple[str, ...]] = peers.missing


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for. `peers_up_to` is None where no peer should be measured."""

    up_to: int
    peers_up_to: int | None
    repeats: int
    keep: Path | None

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes to measure at: the usual ones below the last, and the last; the same for the peers."""
        ends = {self.up_to, min(self.up_to, self.peers_up_to or self.up_to)}
        return tuple(sorted(ends | {size for size in SIZES if size < self.up_to}))

    @property
    def command(self) -> str:
        """The command that repeats it."""
        peers = "--no-peers" if self.peers_up_to is None else f"--peers-up-to {self.peers_up_to}"
        return f"qa eval speed --up-to {self.up_to} {peers} --repeats {self.repeats}"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it, whether all of it was measured or not."""

    measured: Measured
    failures: tuple[str, ...]
    interrupted: bool


def measure(request: Request, *, means: Means, say: Callable[[str], None]) -> Done:
    """Measure what was asked for, or as much of it as an interruption leaves time for.

    Raises:
        UsageError: if the folder to keep things in cannot be used so.
        ModelUnavailable: if the embedding model is not there.

    """
    with _folder(request.keep) as folder:
        plan, remarks = _plan(request, folder, means)
        for remark in remarks:
            say(remark)
        growing = Growing(plan, Kept.open(folder, _header(plan)), means.run, say)
        interrupted = False
        try:
            growing.measure()
        except KeyboardInterrupt:
            interrupted = True
    failures = tuple(growing.failures.values())
    measured = gather(growing.kept.header, growing.kept, (*remarks, *failures))
    return Done(measured, failures, interrupted)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Give the folder to keep things in, or one that is removed afterwards."""
    if keep is not None:
        yield keep.expanduser().absolute()
        return
    with TemporaryDirectory(prefix="qa-speed-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _plan(request: Request, folder: Path, means: Means) -> tuple[Plan, tuple[str, ...]]:
    """Decide what to measure, and say what a reader should know about the peers."""
    # as the measured processes will find them: they run in that folder
    settings = load(flags={}, environ=os.environ, start=folder)
    missing = means.missing() if request.peers_up_to else ()
    measured = PEERS if request.peers_up_to and not missing else ()
    own = float32.own_model()
    embedder = find(Path(settings.embedder) if settings.embedder else None)
    model = own if float32.is_whole(own) else folder / "chroma-model"
    plan = Plan(
        sizes=request.sizes,
        repeats=request.repeats,
        seeds=shipped_articles(),
        asked=tuple(case.question for case in open_suite("seeds").cases),
        peers=measured,
        peer_sizes=tuple(size for size in request.sizes if size <= (request.peers_up_to or 0)),
        chunk_tokens=settings.chunk_tokens,
        weights=embedder.folder,
        embedder=f"{embedder.name} {embedder.fingerprint[:8]}",
        model=model,
    )
    return plan, _about(missing) if missing else _about_peers(own_model=model == own) if measured else ()


def _about(missing: tuple[str, ...]) -> tuple[str, ...]:
    return (
        f"Only Citewell is measured: what it is compared with needs {', '.join(missing)}, which "
        f"{'is' if len(missing) == 1 else 'are'} not installed. Run `{INSTALL}`.",
    )


def _about_peers(*, own_model: bool) -> tuple[str, ...]:
    """Say what the peers are, to the version."""
    versions = ", ".join(f"{each} {version(each)}" for each in _TOLD_OF)
    made = (
        "Chroma's own embedding model is not in its cache folder and nothing is downloaded, so its embedding function "
        "runs a float32 graph made here of the same weights."
    )
    return (f"The peers are {versions}.", *(() if own_model else (made,)))


def _header(plan: Plan) -> dict[str, Any]:
    """Say what is measured on and with; measurements of another header are not mixed with these."""
    return {
        "machine": ", ".join(f"{name} {value}" for name, value in machine().items()),
        "Python": platform.python_version(),
        "Citewell": qa.__version__,
        "texts": VERSION,
        "tokens a chunk": plan.chunk_tokens,
        "repeats": plan.repeats,
        "weights": plan.embedder,
        **{each: version(each) for each in (*_OURS, *(_TOLD_OF if plan.peers else ()))},
    }

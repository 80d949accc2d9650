"""Measure a library by a suite: make ready, ask, judge, and keep the run with its reports."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from qa_eval import reports
from qa_eval.folder import Run, RunFolder, latest_unfinished, next_name, read
from qa_eval.golden import resolve
from qa_eval.machine import machine, peak_megabytes, version
from qa_eval.run import run, warm_up
from qa_eval.suites import Layout, open_suite, shipped_articles, thinned
from qa_eval.types import Finish, Header, Outcome, Suite
from qa_index.errors import UsageError

if TYPE_CHECKING:
    from qa.commands.session import Library, Opener
    from qa.settings import Settings

Bar = Callable[[str], AbstractContextManager[Callable[[int, int, str], None] | None]]
Say = Callable[[str], None]
_PACKAGES = ("citewell", "numpy", "onnxruntime", "tokenizers", "tantivy", "chromadb", "llama-index-core", "tiktoken")
_SETTINGS = ("embedder", "chunk_tokens", "passages", "strictness")


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for on the command line.

    `articles` are files to index first, `library` the folder of a library to keep them in or, without any, to ask as
    it is. `output` is the folder for this run, `runs` where runs go that name none.
    """

    suite: str
    layout: Layout = "citewell"
    closed: bool = False
    limit: int | None = None
    articles: Path | None = None
    library: Path | None = None
    output: Path | None = None
    resume: bool = False
    runs: Path = Path("runs")
    started: str = ""
    arguments: tuple[str, ...] = ()


def measure(
    request: Request, *, open_library: Opener, settings: Callable[[Path | None], Settings], bar: Bar, say: Say
) -> Run:
    """Ask a suite, or go on with a run that was interrupted; return the run as it was kept.

    Nothing is written before everything that can be wrong with the suite, its articles or the folder was looked at.

    Raises:
        UsageError: if the suite, the articles or the folder of the run cannot be used as asked.

    """
    suite = _suite(request)
    place = _place(request, suite)
    with _library(request, suite, open_library=open_library, settings=settings, bar=bar, say=say) as (library, chosen):
        articles = {each.id: each for each in library.articles()}
        if not articles:
            raise UsageError(
                f"The suite {suite.name} asks about the library in {library.folder}, which holds no articles. "
                "Name a folder of articles with --articles, or a library with --library."
            )
        gold = resolve(suite, tuple(articles.values()), retold=suite.shipped and request.articles is not None)
        header = _header(request, suite, chosen, dict(warm_up(library)), articles=len(articles))
        with _opened(place, header, resume=request.resume, say=say) as (folder, done), bar("Asking") as shown:
            began = time.perf_counter()
            run(
                library,
                suite,
                gold.known,
                articles=articles,
                ids=gold.ids,
                done={each.case.id: each for each in done},
                keep=folder.append,
                progress=shown,
            )
            folder.finish(Finish(round(time.perf_counter() - began, 3), peak_megabytes()))
    measured = read(place)
    reports.write(measured)
    return measured


@contextmanager
def _opened(place: Path, header: Header, *, resume: bool, say: Say) -> Iterator[tuple[RunFolder, tuple[Outcome, ...]]]:
    """Open the folder of a run, new or to go on with; who interrupts it is told how to go on."""
    folder, done = RunFolder.continued(place, header) if resume else (RunFolder.create(place, header), ())
    with folder:
        try:
            yield folder, done
        except KeyboardInterrupt:
            say(f"Interrupted; what was asked is kept in {place}. Run the same command with --resume to go on.")
            raise


def _suite(request: Request) -> Suite:
    suite = open_suite(request.suite, layout=request.layout, closed=request.closed)
    if request.limit is not None:
        suite = thinned(suite, request.limit)
    if history := next((case for case in suite.cases if case.history), None):
        raise UsageError(
            f"Asked for the suite {suite.name}, but case {history.id} has a history, and each question is answered on "
            "its own. Ask it in words that stand alone, and leave `history` out."
        )
    return suite


def _place(request: Request, suite: Suite) -> Path:
    """Choose the folder of this run: the one that was named, the unfinished one, or the next by number."""
    if request.output is not None:
        return request.output
    if not request.resume:
        return next_name(request.runs, suite.name)
    found = latest_unfinished(request.runs, suite.name)
    if found is None:
        raise UsageError(
            f"Asked to resume a run of {suite.name}, but {request.runs} holds none that is unfinished. "
            "Start one without --resume, or name its folder with --output."
        )
    return found


@contextmanager
def _library(
    request: Request,
    suite: Suite,
    *,
    open_library: Opener,
    settings: Callable[[Path | None], Settings],
    bar: Bar,
    say: Say,
) -> Iterator[tuple[Library, Settings]]:
    """Open the library to ask: one of the suite's articles, of those named, or the user's own as it is."""
    brought = suite.articles is not None or request.articles is not None or suite.shipped
    with TemporaryDirectory(prefix="qa-eval-", ignore_cleanup_errors=True) as temporary:
        place = request.library or (Path(temporary) if brought else None)
        chosen = settings(place)
        with open_library(chosen.library, settings=chosen, create=brought, notice=say) as library:
            if brought:
                sources = suite.articles() if suite.articles is not None else [request.articles or shipped_articles()]
                with bar("Indexing") as shown:
                    added = library.add(*sources, progress=shown)
                if added.failed:
                    say(
                        f"{len(added.failed)} of the articles could not be read and are left out, the first "
                        f"{added.failed[0].source}: {added.failed[0].reason}"
                    )
            yield library, chosen


def _header(request: Request, suite: Suite, settings: Settings, made_by: dict[str, str], *, articles: int) -> Header:
    return Header(
        suite=suite.name,
        suite_digest=suite.digest,
        cases=len(suite.cases),
        retrieval_only=suite.retrieval_only,
        started=request.started,
        arguments=request.arguments,
        settings={name: str(getattr(settings, name)) for name in _SETTINGS},
        made_by=made_by,
        versions={"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        machine=machine(),
        articles=articles,
    )

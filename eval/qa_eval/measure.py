"""Measure a library by a suite: make ready, ask, judge, and keep the run with its reports."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from qa_eval import reports
from qa_eval.folder import Run, RunFolder, latest_unfinished, next_name, read, require_free
from qa_eval.gate import load as load_gate
from qa_eval.golden import resolve, standing
from qa_eval.machine import machine, peak_megabytes, version
from qa_eval.run import run, warm_up
from qa_eval.suites import Layout, open_suite, shipped_articles, tagged, thinned
from qa_eval.types import Finish, Header, Outcome, Suite
from qa_index.errors import QAError, UsageError

if TYPE_CHECKING:
    from qa.commands.session import Library, Opener
    from qa.settings import Settings
    from qa.types import LanguageModel
    from qa_index.types import Article, Step

Counted = Callable[[int, int, str], None]
Bar = Callable[[str], AbstractContextManager[Counted | None]]
Say = Callable[[str], None]
MARK = "made-by-qa-eval"  # a file in a library that is kept for a suite; it says what it was made of
_PACKAGES = ("citewell", "numpy", "onnxruntime", "tokenizers", "tantivy", "chromadb", "llama-index-core", "tiktoken")
_SETTINGS = ("embedder", "chunk_tokens", "passages", "strictness")


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for on the command line.

    Of the cases with one of the `tags`, or of all where there are no tags, `limit` are asked. `articles` are files to
    index first, `library` the folder of a library to keep them in or, without any, to ask as it is. `output` is the
    folder for this run, `runs` where runs go that name none. `gate` is a file of thresholds. `writer` names a scripted
    language model.
    """

    suite: str
    layout: Layout = "citewell"
    closed: bool = False
    tags: tuple[str, ...] = ()
    limit: int | None = None
    articles: Path | None = None
    library: Path | None = None
    output: Path | None = None
    resume: bool = False
    gate: Path | None = None
    writer: str | None = None
    runs: Path = Path("runs")
    started: str = ""
    arguments: tuple[str, ...] = ()


def measure(
    request: Request, *, open_library: Opener, settings: Callable[[Path | None], Settings], bar: Bar, say: Say
) -> tuple[Run, tuple[str, ...]]:
    """Ask a suite, or go on with a run that was interrupted; return the run, and which thresholds it missed.

    No run is begun before everything that can be wrong with the suite, its articles or the folder was looked at.

    Raises:
        UsageError: if the suite, the articles or the folder of the run cannot be used as asked.

    """
    suite = _suite(request)
    gate = load_gate(request.gate, suite.name) if request.gate else None
    place = None if suite.home else _place(request, suite)
    with _library(request, suite, open_library=open_library, settings=settings, bar=bar, say=say) as (library, chosen):
        articles = {each.id: each for each in library.articles()}
        if not articles:
            raise UsageError(
                f"The suite {suite.name} asks about the library in {library.folder}, which holds no articles. "
                "Name a folder of articles with --articles, or a library with --library."
            )
        if suite.home and request.articles is None:
            suite = _standing(suite, tuple(articles.values()), say)
        place = place or _place(request, suite)
        gold = resolve(suite, tuple(articles.values()), retold=suite.shipped and request.articles is not None)
        header = _header(request, suite, chosen, dict(warm_up(library)), articles)
        with _opened(place, header, resume=request.resume, say=say) as (folder, done):
            with bar("Asking") as shown:
                outcomes = run(
                    library,
                    suite,
                    gold.known,
                    articles=articles,
                    ids=gold.ids,
                    done={each.case.id: each for each in done},
                    keep=folder.append,
                    progress=shown,
                )
            seconds = sum(each.milliseconds for each in outcomes) / 1000
            finish = Finish(round(seconds, 3), peak_megabytes())
            measured = Run(place, folder.header, outcomes, finish)
            reports.write(measured)
            folder.finish(finish)  # last: a run without its reports is one to go on with
    return measured, gate.missed(measured.figures) if gate else ()


def _standing(suite: Suite, articles: Sequence[Article], say: Say) -> Suite:
    """Leave out what the articles of the suite's own library do not bear out any more, and say so."""
    suite, left_out = standing(suite, articles)
    if left_out:
        say(f"{len(left_out)} of the cases are left out, the first because: {left_out[0]}")
    return suite


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
    if request.tags:
        suite = tagged(suite, request.tags)
    if request.limit is not None:
        suite = thinned(suite, request.limit)
    return suite


def _place(request: Request, suite: Suite) -> Path:
    """Choose the folder of this run: the one that was named, the unfinished one, or the next by number."""
    if not request.resume:
        place = request.output or next_name(request.runs, suite.name)
        require_free(place)
        return place
    found = request.output or latest_unfinished(request.runs, suite.digest)
    if found is None:
        raise UsageError(
            f"Asked to resume a run of {suite.name}, but {request.runs} holds none of these cases that is unfinished. "
            "Start one without --resume, or name its folder with --output."
        )
    read(found)
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
    if suite.articles is not None and request.articles is not None:
        raise UsageError(
            f"Asked for articles from {request.articles}, but a suite in the layout {request.layout} brings its own. "
            "Leave --articles out."
        )
    brought = suite.articles is not None or request.articles is not None or suite.shipped
    with TemporaryDirectory(prefix="qa-eval-", ignore_cleanup_errors=True) as temporary:
        place = request.library or (Path(temporary) if brought else suite.home)
        chosen = settings(place)
        if brought:
            _claim(chosen.library, _origin(request, suite))
        llm = _writer(request.writer, suite)
        with open_library(chosen.library, settings=chosen, create=brought, notice=say, llm=llm) as library:
            if brought:
                sources = suite.articles() if suite.articles is not None else [request.articles or shipped_articles()]
                with bar("Indexing") as shown:
                    added = library.add(*sources, progress=_counted(shown))
                if added.failed:
                    say(
                        f"{len(added.failed)} of the articles could not be read and are left out, the first "
                        f"{added.failed[0].source}: {added.failed[0].reason}"
                    )
            yield library, chosen


def _counted(shown: Counted | None) -> Callable[[Step], None] | None:
    """Tell a bar that counts of the steps of indexing."""
    return (lambda step: shown(step.done, step.total, f"({step.stage}) {step.name}")) if shown else None


def _writer(name: str | None, suite: Suite) -> LanguageModel | None:
    """Return the scripted language model of this name."""
    if name is None:
        return None
    from qa_eval.scripted import scripted  # few runs need it

    return scripted(name, suite.cases)


def _origin(request: Request, suite: Suite) -> str:
    """Name where the articles come from, as a library that is kept remembers it."""
    if suite.articles is not None:
        return f"{request.layout} {Path(request.suite).expanduser().resolve()}"
    return str((request.articles or shipped_articles()).expanduser().resolve())


def _claim(folder: Path, origin: str) -> None:
    """Mark a library as one that evaluation made of these articles; any other is somebody's own, and left alone.

    Raises:
        UsageError: if something else is there.

    """
    mark = folder / MARK
    try:
        made_of = mark.read_text(encoding="utf-8") if mark.is_file() else None
        empty = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
        if made_of is None and empty:
            folder.mkdir(parents=True, exist_ok=True)
            mark.write_text(origin, encoding="utf-8")
        elif made_of != origin:
            there = f"was made of {made_of}" if made_of else "was not made for a suite"
            raise UsageError(
                f"Asked to keep the articles of {origin} in {folder}, but what is there {there}. "
                "Name a new folder with --library, or leave it out."
            )
    except OSError as error:
        raise QAError(f"Asked to keep a library in {folder}, but: {error.strerror}. Name another folder.") from error


def _header(
    request: Request, suite: Suite, settings: Settings, made_by: dict[str, str], articles: Collection[str]
) -> Header:
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
        articles=len(articles),
        articles_digest=hashlib.sha256(" ".join(sorted(articles)).encode()).hexdigest()[:16],
    )

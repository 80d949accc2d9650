"""Open the library that a command works on: the seam between the commands and the engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import typer

from qa.terminal import Progress, say
from qa_index.errors import QAError

if TYPE_CHECKING:
    from types import TracebackType

    from qa.chat import Chat
    from qa.settings import Settings
    from qa.types import Answer, Claim, Passage
    from qa_index.duplicates import Kin
    from qa_index.types import Article, Failure, Finding, Searched, Synced


class Library(Protocol):
    """What the commands need of a library, and no more; `qa.api.Library` says what each does."""

    # ruff: noqa: D102
    @property
    def folder(self) -> Path: ...
    @property
    def generation(self) -> int: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def add(self, *sources: object, progress: Progress | None = None, keep: bool = False) -> Synced: ...
    def preview(self, *sources: object, progress: Progress | None = None, keep: bool = False) -> Synced: ...
    def ask(self, question: str, **filters: Any) -> Answer: ...  # noqa: ANN401
    def stream(self, question: str, **filters: Any) -> Iterator[Claim | Answer]: ...  # noqa: ANN401
    def chat(self, **filters: Any) -> Chat: ...  # noqa: ANN401
    def search(self, text: str, *, limit: int = 10, **filters: Any) -> tuple[Passage, ...]: ...  # noqa: ANN401
    def article(self, id_prefix: str) -> Article: ...
    def articles(self, **filters: Any) -> tuple[Article, ...]: ...  # noqa: ANN401
    def remove(self, id_prefix: str) -> Article: ...
    def kin(self) -> Mapping[str, Kin]: ...
    def failures(self) -> tuple[Failure, ...]: ...
    def searched(self, **filters: Any) -> Searched: ...  # noqa: ANN401
    def audit(self, *, repair: bool = False) -> tuple[Finding, ...]: ...
    def rebuild(self, *, progress: Progress | None = None) -> None: ...


class Opener(Protocol):
    """What opens a library: `qa.open`, or a test's own."""

    def __call__(
        self,
        folder: Path,
        *,
        settings: Settings,
        create: bool,
        notice: Callable[[str], None] | None,
        llm: object = None,
    ) -> Library: ...


def _engine(
    folder: Path, *, settings: Settings, create: bool, notice: Callable[[str], None] | None, llm: object = None
) -> Library:
    import qa  # the engine: `qa --help` must not pay for it

    return qa.open(folder, settings=settings, create=create, notice=notice, llm=llm)


def _try_model(settings: Settings) -> str:
    """Check the embedder's files and embed a word with it; say which it is and where.

    Raises:
        ModelUnavailable: if a file is missing or not the one it should be, or the model cannot be run.

    """
    from qa_index.models import files as models
    from qa_index.models.embedder import MiniLM

    folder = Path(settings.embedder) if settings.embedder else None
    found = models.find(folder)
    models.verify(found)
    embedder = MiniLM.load(folder, notice=say)
    embedder.embed(["article"])
    checked = "its files are the ones this release was made for" if found.pinned else "not the one shipped"
    return f"{embedder.name} in {found.folder}: it runs, {checked}"


def _try_reader() -> str:
    """Let the model that reads passages read one; say which it is.

    Raises:
        ModelUnavailable: if it is missing, damaged or cannot be run.

    """
    from qa_index.models.spanreader import Heading, SpanReader

    reader = SpanReader.load(notice=say)
    reader.read_all("Who?", [("Somebody.", Heading())])
    return f"{reader.name}: it runs"


def _try_judge() -> str:
    """Let the model that judges claims judge one; say which it is.

    Raises:
        ModelUnavailable: if it is missing, damaged or cannot be run.

    """
    from qa.judge import open_judge

    judge = open_judge(notice=say)
    judge.support("It rained.", "It rained.")
    return f"{judge.name}: it runs"


@dataclass(frozen=True, slots=True)
class Session:
    """What the commands take from outside: handed over as typer's context object."""

    open_library: Opener = _engine
    try_model: Callable[[Settings], str] = _try_model
    try_reader: Callable[[], str] = _try_reader
    try_judge: Callable[[], str] = _try_judge


def session(context: typer.Context) -> Session:
    """Return what was handed over, else the real things."""
    return context.find_object(Session) or Session()


def settings_in_force(flags: Mapping[str, object]) -> Settings:
    """Read the settings as they are for this process, in this folder."""
    from qa.settings import load  # reads two packages that `qa --help` needs not

    return load(flags=flags, environ=os.environ, start=Path.cwd())


def open_library(context: typer.Context, flags: Mapping[str, object], *, create: bool = False) -> Library:
    """Open the library that the settings name.

    Raises:
        LibraryNotFound: if it is not there and is not to be made.

    """
    settings = settings_in_force(flags)
    return session(context).open_library(settings.library, settings=settings, create=create, notice=say)


def require_articles(library: Library) -> None:
    """Say that a library without articles cannot answer, which is not "the articles do not say".

    Raises:
        QAError: if the library is empty.

    """
    if library.searched().articles == 0:
        raise QAError(
            f"Asked the library in {library.folder}, but it holds no articles yet. "
            "Run `qa index PATH` to add some, or name another with `--library DIR`."
        )

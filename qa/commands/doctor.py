"""`qa doctor`: check the installation, the settings, the models and the library; repair what can be repaired."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Annotated

import typer

from qa.commands.options import JsonOption, LibraryOption, flags
from qa.commands.session import open_library, session, settings_in_force
from qa.terminal import Line, emit, one_line, show
from qa_index.errors import LibraryNotFound, ModelUnavailable, QAError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qa.commands.session import Library
    from qa.settings import Settings

PACKAGES = (
    "citewell",
    "chromadb",
    "llama-index-core",
    "llama-index-llms-openai-like",
    "numpy",
    "onnxruntime",
    "syntok",
    "tantivy",
    "tiktoken",
    "tokenizers",
)
_UNSET = {"embedder": "the usual one", "fields": "the usual names", "llm": "none", "llm_window": "as the server says"}
_STYLES = {"problem": "bold red", "repaired": "green", "note": "yellow"}


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at: `state` is "ok", "note", "repaired" or "problem"; only the last is a fault.

    `repairable` is whether --repair may put it right; anything else says itself what to do.
    """

    part: str
    name: str
    found: str
    state: str = "ok"
    repairable: bool = False


def doctor(
    context: typer.Context,
    repair: Annotated[bool, typer.Option("--repair", help="Put right what can be put right.")] = False,
    library: LibraryOption = None,
    json_output: JsonOption = False,
) -> None:
    """Check the installation, the settings, the models and the library.

    Exit code 1: a problem remains.
    """
    given = flags(library)
    settings = settings_in_force(given)
    checks = (
        *_installation(),
        *_settings(settings),
        *_model(context, settings),
        *_language_model(settings),
        *_library(context, given, settings, repair=repair),
    )
    problems = [check for check in checks if check.state == "problem"]
    if json_output:
        _emit(checks, len(problems))
    else:
        show(*_lines(checks), Line(((_verdict(problems), "bold"),)))
    if problems:
        raise typer.Exit(1)


def _installation() -> Iterator[Checked]:
    yield Checked("Installation", "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    for package in PACKAGES:
        try:
            yield Checked("Installation", package, version(package))
        except PackageNotFoundError:
            yield Checked("Installation", package, f"missing: install it with `pip install {package}`", "problem")


def _settings(settings: Settings) -> Iterator[Checked]:
    from qa.settings import RULES

    for name in RULES:
        value = getattr(settings, name)
        yield Checked("Settings", name, f"{_UNSET[name] if value is None else value} ({settings.origin(name)})")


def _model(context: typer.Context, settings: Settings) -> Iterator[Checked]:
    """Run each model once; the judge only where a language model writes."""
    trying = session(context)
    models = {"embedder": lambda: trying.try_model(settings), "reader": trying.try_reader}
    for name, run in (models | ({"judge": trying.try_judge} if settings.llm else {})).items():
        try:
            yield Checked("Models", name, run())
        except QAError as error:
            yield Checked("Models", name, str(error), "problem")


def _language_model(settings: Settings) -> Iterator[Checked]:
    """Look into the language model, if one is named."""
    if settings.llm is not None:
        from qa.language_model.probe import probe

        yield from (Checked("Language model", *found) for found in probe(settings, os.environ))


def _library(
    context: typer.Context, given: Mapping[str, object], settings: Settings, *, repair: bool
) -> Iterator[Checked]:
    """Say what is in the library and what an audit of it found, or why it cannot be opened."""
    from qa.render import extent

    try:
        with open_library(context, given) as opened:
            yield Checked("Library", "folder", str(opened.folder))
            yield Checked("Library", "articles", extent(opened.searched()))
            yield Checked("Library", "generation", str(opened.generation))
            yield from _searchable(opened)
            for failure in opened.failures():
                yield Checked("Library", "not indexed", f"{failure.source}: {failure.reason}", "note")
            for finding in opened.audit(repair=repair):
                state = "repaired" if finding.repaired else "problem"
                yield Checked("Library", finding.part, finding.problem, state, repairable=not repair)
    except LibraryNotFound as error:
        # Whoever has indexed nothing yet has no library, which is no fault; a library that was named should be there.
        named = settings.origin("library") != "default"
        yield Checked("Library", "folder", str(error), "problem" if named else "note")
    except QAError as error:
        yield Checked("Library", "folder", str(error), "problem")


def _searchable(library: Library) -> Iterator[Checked]:
    """Search for something: settings that do not fit the library show only then."""
    try:
        library.search("article", limit=1)
    except ModelUnavailable:  # reported with the model
        return
    except QAError as error:
        yield Checked("Library", "search", str(error), "problem")


def _lines(checks: Sequence[Checked]) -> Iterator[Line]:
    part = ""
    for check in checks:
        if check.part != part:
            yield from ((Line(),) if part else ())
            yield Line(((check.part, "bold"),))
            part = check.part
        mark = "" if check.state == "ok" else f"{check.state}: "
        style = _STYLES.get(check.state, "")
        yield Line(((f"{check.name:<28}", ""), (one_line(f"{mark}{check.found}"), style)), indent=2)
    yield Line()


def _verdict(problems: Sequence[Checked]) -> str:
    if not problems:
        return "Everything that was checked is in order."
    from qa.render import counted

    advice = " Try `qa doctor --repair`." if any(problem.repairable for problem in problems) else ""
    return f"{counted(len(problems), 'problem')}.{advice}"


def _emit(checks: Sequence[Checked], problems: int) -> None:
    from qa.export import to_json

    emit(to_json({"ok": not problems, "problems": problems, "checks": [asdict(check) for check in checks]}))

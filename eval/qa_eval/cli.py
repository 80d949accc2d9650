"""`qa eval`: ask a suite of questions whose answers are known, say how good the answers are, and compare runs."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from qa.commands.options import EagerOption, LlmOption, LlmUrlOption, StrictOption
from qa_eval.claims.command import claims
from qa_eval.options import (
    ArticlesOption,
    CasesOption,
    ClosedOption,
    CompareOption,
    GateOption,
    JsonOption,
    KeptLibraryOption,
    LayoutOption,
    LimitOption,
    OutputOption,
    ResumeOption,
    SuiteArgument,
    TagOption,
    WriterOption,
    WrongOption,
)
from qa_eval.speed.command import speed

if TYPE_CHECKING:
    from typer._click import Context

    from qa_eval.folder import Run
    from qa_eval.reports.terminal import Listed

FAILED = 1
_ASK = "ask"  # what `qa eval` does if no other command is named; not to be typed


class Evaluation(TyperGroup):
    """`qa eval SUITE …` asks a suite; a word that names another command is that command."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Take everything that does not begin with the name of a command for the arguments of asking."""
        if not args or args[0] not in self.commands:
            args = [_ASK, *args]
        return super().parse_args(ctx, args)

    def get_help(self, ctx: Context) -> str:
        """Show what asking takes: it is what this command does."""
        return self.commands[_ASK].get_help(ctx)


class Asking(TyperCommand):
    """Asking a suite, which is called as the group itself is."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: Context | None = None,
        **extra: Any,  # noqa: ANN401
    ) -> Context:
        """Stand in the place of the group, so that help and complaints say `qa eval` and no more."""
        above = parent.parent if parent else None
        return super().make_context(parent.info_name if parent else info_name, args, parent=above, **extra)


def register(app: typer.Typer) -> None:
    """Add the command to an app: what the entry point `qa.commands` calls."""
    group = typer.Typer(name="eval", cls=Evaluation, add_help_option=False, rich_markup_mode=None)
    for name, kind, function, example in (
        (_ASK, Asking, evaluate, "qa eval seeds --show-wrong"),
        ("speed", TyperCommand, speed, "qa eval speed --up-to 10000"),
        ("claims", TyperCommand, claims, "qa eval claims --judge none"),
    ):
        text = f"Example: {example}\n\n{inspect.getdoc(function)}"
        group.command(name, cls=kind, help=text, hidden=name == _ASK)(function)
    app.add_typer(group, name="eval", short_help="Measure how good the answers are, and how fast.")


def evaluate(
    context: typer.Context,
    suite: SuiteArgument = "seeds",
    layout: LayoutOption = "citewell",
    closed: ClosedOption = False,
    tag: TagOption = None,
    limit: LimitOption = None,
    articles: ArticlesOption = None,
    library: KeptLibraryOption = None,
    strict: StrictOption = False,
    eager: EagerOption = False,
    output: OutputOption = None,
    resume: ResumeOption = False,
    gate: GateOption = None,
    writer: WriterOption = None,
    llm: LlmOption = None,
    llm_url: LlmUrlOption = None,
    compare: CompareOption = None,
    json_output: JsonOption = False,
    every_case: CasesOption = False,
    show_wrong: WrongOption = False,
) -> None:
    """Ask a suite of questions whose answers are known, and measure the answers.

    A shipped suite is asked of the shipped articles, or of those named with --articles, indexed anew into a temporary
    library. With --layout a suite that others made brings its own articles. Your library is not changed.

    Each run keeps a folder with run.json, results.jsonl, report.md, report.html and junit.xml: in your data folder
    (or QA_RUNS), numbered, or where --output says. --compare takes two such folders, or their names.

    `qa eval claims` measures how the claims of a language model are checked, `qa eval speed` time, memory and disk.

    Exit code 1: an answer broke a promise (a quote that does not stand there, an abstention that cites, a claim
    without a citation), a case failed, or a threshold of --gate was missed; each is listed on standard error. 2: the
    suite, the run or the thresholds cannot be used.
    """
    if compare is not None:
        _refuse_others(context, "compare", "json_output")
        _compare(*compare, json_output=json_output)
        return
    from qa.terminal import say
    from qa_eval.promises import broken

    run, missed = _measured(
        context,
        flags={"strict": strict, "eager": eager, "llm": llm, "llm_url": llm_url},
        suite=suite,
        layout=layout,
        closed=closed,
        tags=tuple(tag or ()),
        limit=limit,
        articles=articles,
        library=library,
        output=output,
        resume=resume,
        gate=gate,
        writer=writer,
    )
    _print(run, json_output=json_output, listed="all" if every_case else "wrong" if show_wrong else "none")
    failures = (*broken(run.outcomes), *missed)
    for sentence in failures:
        say(sentence)
    say(f"The report is {run.path / 'report.html'}; the run is kept as {run.name}.")
    if failures:
        raise typer.Exit(FAILED)


def runs_folder() -> Path:
    """Return where runs are kept that name no folder: QA_RUNS, or in the user's data folder."""
    from qa.settings import default_library

    named = os.environ.get("QA_RUNS")
    return Path(named).expanduser() if named else default_library().parent / "runs"


def _refuse_others(context: typer.Context, *allowed: str) -> None:
    """Refuse options that would have no effect beside the allowed ones.

    Raises:
        typer.BadParameter: naming the first.

    """
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name not in allowed and source is not None and source.name == "COMMANDLINE":
            named = parameter.opts[0] if parameter.param_type_name == "option" else "SUITE"
            raise typer.BadParameter("it compares two runs and asks nothing; leave the rest out.", param_hint=named)


def _measured(
    context: typer.Context,
    *,
    flags: dict[str, Any],
    **asked: Any,  # noqa: ANN401
) -> tuple[Run, tuple[str, ...]]:
    import datetime as dt
    import sys

    from qa.commands.options import flags as chosen
    from qa.commands.session import session, settings_in_force
    from qa.terminal import counting, say
    from qa_eval.measure import Request, measure

    return measure(
        Request(
            **asked,
            runs=runs_folder(),
            started=dt.datetime.now().astimezone().isoformat(timespec="seconds"),
            arguments=("qa", *sys.argv[1:]),
        ),
        open_library=session(context).open_library,
        settings=lambda place: settings_in_force(chosen(str(place) if place else None, **flags)),
        bar=counting,
        say=say,
    )


def _print(run: Run, *, json_output: bool, listed: Listed) -> None:
    if json_output:
        from qa.export import to_json
        from qa.terminal import emit
        from qa_eval.reports.terminal import record

        emit(to_json(record(run)))
        return
    from qa.terminal import show
    from qa_eval.reports.terminal import parts

    show(*parts(run, listed=listed))


def _compare(before: str, after: str, *, json_output: bool) -> None:
    from qa.export import to_json
    from qa.terminal import emit, show
    from qa_eval.compare import compare, parts, record
    from qa_eval.folder import find, read

    comparison = compare(*(read(find(runs_folder(), name)) for name in (before, after)))
    if json_output:
        emit(to_json(record(comparison)))
    else:
        show(*parts(comparison))

"""The options of `qa eval`, beside those that it shares with other commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SuiteArgument = Annotated[
    str, typer.Argument(metavar="SUITE", help="A shipped suite, or the path of one; see also `qa eval speed`.")
]
LayoutOption = Annotated[
    str, typer.Option("--layout", metavar="NAME", help="Of the suite: citewell, squad, beir or news-quiz.")
]
ClosedOption = Annotated[
    bool, typer.Option("--closed", help="SQuAD: ask each question of its own paragraph, not of all.")
]
TagOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tag", metavar="NAME", help="Ask only the questions with this tag; several times: with any of these tags."
    ),
]
LimitOption = Annotated[
    int | None, typer.Option("--limit", metavar="N", help="Ask N of the questions, evenly spaced over them.")
]
ArticlesOption = Annotated[
    Path | None, typer.Option("--articles", metavar="PATH", help="Ask about these articles, indexed first.")
]
KeptLibraryOption = Annotated[
    Path | None,
    typer.Option(
        "--library",
        metavar="DIR",
        help="Keep the suite's articles in this new library, so that the next run need not index them; "
        "a suite of your own without --articles is asked of a library of yours, as it is.",
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", metavar="DIR", help="The folder for this run and its reports, which must be new."),
]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on with the run that was interrupted.")]
GateOption = Annotated[
    Path | None, typer.Option("--gate", metavar="FILE", help="Fail below the thresholds in this pyproject.toml.")
]
CompareOption = Annotated[
    tuple[str, str] | None,
    typer.Option("--compare", metavar="A B", help="Compare two runs of one suite, question by question."),
]
WriterOption = Annotated[
    str | None,
    typer.Option(
        "--writer",
        metavar="NAME",
        help="Let a scripted language model write: truthful, obedient, or one of the liars. Not a real one: it shows "
        "what the checks let through.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]
CasesOption = Annotated[bool, typer.Option("--cases", help="List every case.")]
WrongOption = Annotated[bool, typer.Option("--show-wrong", help="List the cases that went wrong.")]

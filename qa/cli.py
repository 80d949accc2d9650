"""The command `qa`: every command with the example that its help leads with."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from typing import Annotated

import typer

from qa import __version__
from qa.commands.articles import articles, export_articles, remove, show_article
from qa.commands.ask import ask
from qa.commands.chat import chat
from qa.commands.doctor import doctor
from qa.commands.group import Commands
from qa.commands.index import index
from qa.commands.library import back_up, restore
from qa.commands.mcp import mcp
from qa.commands.serve import serve
from qa.terminal import prepare

COMMANDS: tuple[tuple[str, Callable[..., None], str], ...] = (
    ("index", index, "qa index news/ interview.txt"),
    ("ask", ask, 'qa ask "Who commanded the force?" --until 2022-01-31'),
    ("chat", chat, "qa chat --publisher Reuters"),
    ("serve", serve, "qa serve --port 8000"),
    ("mcp", mcp, "qa mcp --library news"),
    ("articles", articles, "qa articles --after 2022-01-01"),
    ("show", show_article, "qa show 3f2a"),
    ("remove", remove, "qa remove 3f2a"),
    ("export", export_articles, "qa export --output articles.jsonl"),
    ("doctor", doctor, "qa doctor --repair"),
)
GROUPS: tuple[tuple[str, str, tuple[tuple[str, Callable[..., None], str], ...]], ...] = (
    (
        "library",
        "Copy a whole library into one file, and put it back.",
        (
            ("backup", back_up, "qa library backup monday.zip"),
            ("restore", restore, "qa library restore monday.zip --library news"),
        ),
    ),
)


def build() -> typer.Typer:
    """Put the command together."""
    app = typer.Typer(
        name="qa",
        cls=Commands,
        rich_markup_mode=None,  # rich would double what `qa --help` takes
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(help=_with_example(_root, 'qa index news/, then: qa ask "Who commanded the force?"'))(_root)
    for command in COMMANDS:
        _add(app, *command)
    for name, text, commands in GROUPS:
        group = typer.Typer(help=text, rich_markup_mode=None, no_args_is_help=True)
        for command in commands:
            _add(group, *command)
        app.add_typer(group, name=name)
    return app


def _add(app: typer.Typer, name: str, function: Callable[..., None], example: str) -> None:
    short = (inspect.getdoc(function) or "").split("\n", 1)[0]
    app.command(name, help=_with_example(function, example), short_help=short)(function)


def main() -> None:
    """Run the command that was typed, and end with its exit code."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy starts no threads: 60 ms of the first question
    prepare()
    build()(prog_name="qa")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"citewell {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Answer questions from a folder of articles, every statement pinned to the words that say it.

    Exit codes: 0 done, 1 error, 2 not asked for rightly, 3 the articles do not say, 4 some files failed, 5 another
    process is writing, 6 a server cannot be reached, 130 interrupted.
    """


def _with_example(function: Callable[..., None], example: str) -> str:
    return f"Example: {example}\n\n{inspect.getdoc(function)}"

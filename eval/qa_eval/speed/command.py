"""`qa eval speed`: measure time, memory and disk as the library grows, beside what people would install instead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from qa_eval.speed.measuring import Done, Request
    from qa_eval.speed.table import Measured

LARGE = 1_000_000
FAILED, INTERRUPTED = 1, 130


def speed(
    context: typer.Context,
    up_to: Annotated[
        int, typer.Option("--up-to", metavar="N", min=100, help="Stop at a library of N chunks.")
    ] = 10_000,
    large: Annotated[
        bool, typer.Option("--large", help="Go on to 1,000,000 chunks; needs 10 GB of disk and hours.")
    ] = False,
    peers: Annotated[
        bool, typer.Option("--peers/--no-peers", help="Measure llama-index and Chroma as well, if they are installed.")
    ] = True,
    peers_up_to: Annotated[
        int, typer.Option("--peers-up-to", metavar="N", min=100, help="Stop measuring the peers at N chunks.")
    ] = 1_000,
    repeats: Annotated[
        int, typer.Option("--repeats", metavar="N", min=1, max=50, help="Take medians of N processes.")
    ] = 5,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Keep what is measured and made here, and go on with it next time."),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the tables in Markdown.")] = False,
) -> None:
    """Measure how fast it is, how much memory and how much disk it takes, as the library grows.

    First the shipped articles, then generated ones up to 1,000, 10,000, 100,000 chunks: questions to new processes and
    to one that runs, indexing, memory, disk. Beside it, in the same run and on the same texts, what people would
    install instead: llama-index over Chroma with the same embedding model, and Chroma by itself. Ratios are the result.

    As it is, this takes about a quarter of an hour on two cores; 100,000 chunks take half an hour for us and about
    an hour for each peer. At its end the command says what the next step would take here. Nothing is downloaded and
    your own library is not touched. Interrupting it shows what was measured; with --keep the same command then goes on.

    Exit code 1: something could not be measured; a sentence says what. 130: interrupted.
    """
    if json_output and as_markdown:
        raise typer.BadParameter("choose one of --json and --markdown.", param_hint="--markdown")
    from qa.terminal import say
    from qa_eval.speed.measuring import Means, Request, measure

    request = Request(max(up_to, LARGE) if large else up_to, peers_up_to if peers else None, repeats, keep)
    done = measure(request, means=context.find_object(Means) or Means(), say=say)
    _show(done.measured, request, form="json" if json_output else "markdown" if as_markdown else "tables")
    _end(done, request)


def _show(measured: Measured, request: Request, *, form: Literal["json", "markdown", "tables"]) -> None:
    from qa_eval.speed.table import markdown, parts, record

    if form == "tables":
        from qa.terminal import show

        show(*parts(measured))
        return
    from qa.export import to_json
    from qa.terminal import emit

    emit(to_json(record(measured)) if form == "json" else markdown(measured, request.command))


def _end(done: Done, request: Request) -> None:
    """Say what went wrong or is left, and end with the exit code for it."""
    from qa.terminal import say
    from qa_eval.speed.table import rest

    for failure in done.failures:
        say(failure)
    if done.interrupted:
        again = "Run the same command again" if request.keep else "Name a folder with --keep next time"
        say(f"Interrupted; this is what was measured. {again} to go on from there.")
        raise typer.Exit(INTERRUPTED)
    if cost := rest(done.measured, request.up_to):
        say(cost)
    if done.failures:
        raise typer.Exit(FAILED)

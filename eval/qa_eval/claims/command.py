"""`qa eval claims`: measure how the claims of a language model are checked, without a language model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from qa_eval.claims.report import Report

FAILED = 1


def claims(
    articles: Annotated[
        Path | None, typer.Option("--articles", metavar="PATH", help="Make the claims of these articles.")
    ] = None,
    wice: Annotated[
        Path | None, typer.Option("--wice", metavar="FILE", help="Judge the claims of this file of WiCE as well.")
    ] = None,
    judge: Annotated[
        str, typer.Option("--judge", metavar="NAME", help="shipped, or none: what the rules drop without a judge.")
    ] = "shipped",
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="Check N of the claims, evenly spaced over them.")
    ] = None,
    worst: Annotated[
        int, typer.Option("--worst", metavar="N", min=0, help="Show N of the claims that went wrong.")
    ] = 12,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
) -> None:
    """Measure how the claims of a language model are checked, without a language model.

    Claims are made of the shipped articles and the suites about them, or of the articles named with --articles: some
    that a cited sentence supports, and lies of many kinds. Each is checked as one of a language model would be. The
    same articles always give the same claims.

    Exit code 1: fewer lies are dropped than must be, or more supported claims than may be. 2: no claims can be made.
    """
    from qa_eval.claims.checking import check
    from qa_eval.claims.report import missed

    report = check(articles, wice, judge=judge, limit=limit)
    _print(report, worst=worst, json_output=json_output)
    if failures := list(missed(report)):
        from qa.terminal import say

        for failure in failures:
            say(failure)
        raise typer.Exit(FAILED)


def _print(report: Report, *, worst: int, json_output: bool) -> None:
    from qa_eval.claims.report import parts, record

    if json_output:
        from qa.export import to_json
        from qa.terminal import emit

        emit(to_json(record(report)))
        return
    from qa.terminal import show

    show(*parts(report, worst=worst))

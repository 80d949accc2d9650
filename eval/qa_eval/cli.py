"""`qa eval`: ask a suite of questions whose answers are known, and say how good the answers are."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from qa.commands.session import Library
    from qa_eval.cases import Case
    from qa_eval.run import Results

BROKEN = 1
_EXAMPLE = "Example: qa eval seeds --show-wrong"


def register(app: typer.Typer) -> None:
    """Add the command to an app: what the entry point `qa.commands` calls."""
    text = f"{_EXAMPLE}\n\n{inspect.getdoc(evaluate)}"
    app.command("eval", help=text, short_help="Measure how good the answers are.")(evaluate)


def evaluate(
    context: typer.Context,
    suite: Annotated[str, typer.Argument(metavar="SUITE", help="A shipped suite, or a JSON Lines file.")] = "seeds",
    articles: Annotated[
        Path | None,
        typer.Option("--articles", metavar="DIR", help="Ask about these articles, not the shipped seeds."),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
    every_case: Annotated[bool, typer.Option("--cases", help="List every case.")] = False,
    show_wrong: Annotated[bool, typer.Option("--show-wrong", help="List the cases that went wrong.")] = False,
) -> None:
    """Ask a suite of questions whose answers are known, and measure the answers.

    The articles are indexed anew into a temporary library; yours is not touched. With --articles, a file stands for
    the article that the suite calls 000 if its name starts with 000.

    Exit code 1: an answer broke a promise (a quote that does not stand there, an abstention that cites, a claim
    without a citation) or a case failed; each is listed on standard error. 2: the suite cannot be used.
    """
    from qa.terminal import say

    results = _measure(context, suite, articles)
    if json_output:
        from qa.export import to_json
        from qa.terminal import emit
        from qa_eval.report import record

        emit(to_json(record(results, suite)))
    else:
        from qa.terminal import show
        from qa_eval.report import parts

        show(*parts(results, cases="all" if every_case else "wrong" if show_wrong else "none"))
    for sentence in results.broken:
        say(sentence)
    if results.broken:
        raise typer.Exit(BROKEN)


def _measure(context: typer.Context, suite: str, articles: Path | None) -> Results:
    """Read the suite, index the articles into a temporary library, ask, judge."""
    from tempfile import TemporaryDirectory

    from qa.commands.session import Session, settings_in_force
    from qa.terminal import progress, say
    from qa_eval.cases import check_gold, load, suite_path
    from qa_eval.run import run

    cases = load(suite_path(suite))
    session = context.find_object(Session) or Session()
    with TemporaryDirectory(prefix="qa-eval-", ignore_cleanup_errors=True) as folder:
        settings = settings_in_force({"library": folder})
        with session.open_library(settings.library, settings=settings, create=True, notice=say) as library:
            with progress("Indexing") as shown:
                library.add(str(articles or seeds()), progress=shown)
            texts = {each.id: each.text for each in library.articles()}
            keys = article_keys(library, cases)
            if articles is None:
                check_gold(cases, {key: texts[article_id] for article_id, key in keys.items()})
            with progress("Asking") as shown:
                return run(library, cases, keys=keys, text_of=texts.__getitem__, progress=shown)


def seeds() -> Path:
    """Find the folder of the shipped articles, in an installation or in the checkout."""
    import qa

    package = Path(qa.__file__).parent
    installed = package / "seeds"
    return installed if installed.is_dir() else package.parent / "seeds"


def article_keys(library: Library, cases: tuple[Case, ...]) -> Mapping[str, str]:
    """Match articles to the keys of a suite's gold by the number that their file's name starts with.

    Raises:
        UsageError: if gold names an article that is not there, or that two articles could be.

    """
    from qa_index.errors import UsageError

    wanted = {gold.article for case in cases for gold in case.gold}
    found: dict[str, str] = {}
    for article in library.articles():
        numbers = {match[0] for source in article.sources if (match := re.match(r"\d+", Path(source).name))}
        for key in numbers & wanted:
            if key in found.values():
                raise UsageError(
                    f"The suite asks about article {key}, but two articles have files whose names start with {key}. "
                    "Rename one, or take it out of the folder."
                )
            found[article.id] = key
    if missing := sorted(wanted - set(found.values())):
        raise UsageError(
            f"The suite asks about article {missing[0]}, but no file's name starts with {missing[0]}. "
            "Name the folder that holds it with --articles."
        )
    return found

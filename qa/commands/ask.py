"""`qa ask`, `qa chat`: put questions to the library and print the answers."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa.commands.options import (
    AfterOption,
    ArticleOption,
    EagerOption,
    JsonOption,
    LibraryOption,
    PublisherOption,
    StrictOption,
    UntilOption,
    filters,
    flags,
)
from qa.commands.session import Library, open_library, require_articles
from qa.terminal import Line, Table, emit, is_terminal, one_line, say, show
from qa_index.errors import QAError, UnknownFilter, UsageError

if TYPE_CHECKING:
    from qa.types import Answer

NO_ANSWER = 3
HELP = "Ask a question, or: /articles lists what can be asked about, /help says this, exit (or Ctrl-D) leaves."


def ask(
    context: typer.Context,
    question: Annotated[
        str, typer.Argument(metavar="QUESTION", help="The question; `-` reads one a line from standard input.")
    ],
    after: AfterOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
    article: ArticleOption = None,
    strict: StrictOption = False,
    eager: EagerOption = False,
    library: LibraryOption = None,
    json_output: JsonOption = False,
) -> None:
    """Answer a question from the articles, with the exact words that say it.

    Exit code 3: the articles do not say. With `-`: none of the questions was answered; 2: one could not be asked.
    """
    narrowed = filters(after=after, until=until, publisher=publisher, article=article)
    with open_library(context, flags(library, strict=strict, eager=eager)) as opened:
        require_articles(opened)
        if question == "-":
            code = _answer_each(opened, narrowed, json_output=json_output)
        else:
            code = _answer(opened, question, narrowed, json_output=json_output)
    raise typer.Exit(code)


def chat(
    context: typer.Context,
    after: AfterOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
    article: ArticleOption = None,
    strict: StrictOption = False,
    eager: EagerOption = False,
    library: LibraryOption = None,
    json_output: JsonOption = False,
) -> None:
    """Ask one question after another; each is answered by itself.

    Leave with `exit` or Ctrl-D. Ctrl-C stops the answer that is being worked out.
    """
    narrowed = filters(after=after, until=until, publisher=publisher, article=article)
    with open_library(context, flags(library, strict=strict, eager=eager)) as opened:
        require_articles(opened)
        if is_terminal(sys.stdin):
            say(HELP)
        for line in _typed():
            if line in ("exit", "quit", "/exit", "/quit"):
                return
            _reply(opened, line, narrowed, json_output=json_output)


def _answer(library: Library, question: str, narrowed: dict[str, Any], *, json_output: bool) -> int:
    """Ask, print, and return the exit code."""
    answer = library.ask(question, **narrowed)
    _print(answer, json_output=json_output)
    return NO_ANSWER if answer.status == "abstained" else 0


def _answer_each(library: Library, narrowed: dict[str, Any], *, json_output: bool) -> int:
    """Answer every line of standard input; a question that cannot be asked does not keep the others from it."""
    codes = set()
    for number, question in _lines():
        try:
            codes.add(_answer(library, question, narrowed, json_output=json_output))
        except UnknownFilter:
            raise  # it would be the same for every line
        except UsageError as error:
            codes.add(error.exit_code)
            say(f"Error: line {number}: {error}")
            if json_output:
                _print_json({"question": question, "error": one_line(str(error))})
        if not json_output:
            show(Line())
    if not codes:
        raise UsageError("Asked to read questions from standard input, but there were none. Write one on each line.")
    return max(codes - {0, NO_ANSWER}, default=min(codes))


def _lines() -> Iterator[tuple[int, str]]:
    """Yield the lines of standard input that are not blank, with their numbers from 1, each as soon as it is there."""
    if isinstance(sys.stdin, io.TextIOWrapper) and not sys.stdin.isatty():
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")
    for number, line in enumerate(sys.stdin, start=1):
        if line.strip():
            yield number, line.strip()


def _typed() -> Iterator[str]:
    """Yield what a person types, or a pipe brings, line by line until it ends."""
    if not is_terminal(sys.stdin):
        yield from (line for _, line in _lines())
        return
    while (line := _prompted()) is not None:
        if line:
            yield line


def _prompted() -> str | None:
    """Ask for one line at the terminal; None at its end, empty after Ctrl-C."""
    try:
        if is_terminal(sys.stdout):
            _editable()
            return input("\n? ").strip()
        sys.stderr.write("\n? ")  # standard output goes elsewhere: the prompt does not belong in it
        sys.stderr.flush()
        line = sys.stdin.readline()
        return line.strip() if line else None
    except EOFError:
        say("")
        return None
    except KeyboardInterrupt:
        say("(exit or Ctrl-D leaves)")
        return ""


def _editable() -> None:
    """Let lines be edited and called back with the arrow keys, where the system can."""
    try:
        import readline  # noqa: F401 (importing it is what does it)
    except ImportError:
        return


def _reply(library: Library, line: str, narrowed: dict[str, Any], *, json_output: bool) -> None:
    """Answer one line of a conversation; an error or Ctrl-C ends the answer, not the conversation."""
    try:
        if line == "/articles":
            show(_listed(library, narrowed))
        elif line.startswith("/"):
            say(HELP)
        else:
            _answer(library, line, narrowed, json_output=json_output)
    except QAError as error:
        say(f"Error: {error}")
    except KeyboardInterrupt:
        say("Stopped.")


def _listed(library: Library, narrowed: dict[str, Any]) -> Table:
    from qa.render import articles

    return articles(library.articles(**narrowed))


def _print(answer: Answer, *, json_output: bool) -> None:
    if json_output:
        from qa.export import answer_record

        _print_json(answer_record(answer))
    else:
        from qa.render import answer as laid_out

        show(*laid_out(answer))


def _print_json(record: dict[str, Any]) -> None:
    from qa.export import to_json

    emit(to_json(record))

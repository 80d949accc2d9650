"""`qa ask`: put questions to the library and print the answers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from qa.commands.answering import print_parts
from qa.commands.lines import lines
from qa.commands.options import (
    AfterOption,
    ArticleOption,
    EagerOption,
    JsonOption,
    LibraryOption,
    LlmOption,
    LlmUrlOption,
    PublisherOption,
    StrictOption,
    UntilOption,
    filters,
    flags,
)
from qa.commands.session import Library, open_library, require_articles
from qa.terminal import Line, emit, one_line, say, show
from qa_index.errors import LanguageModelUnavailable, UnknownFilter, UsageError

NO_ANSWER = 3


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
    llm: LlmOption = None,
    llm_url: LlmUrlOption = None,
    library: LibraryOption = None,
    json_output: JsonOption = False,
) -> None:
    """Answer a question from the articles, with the exact words that say it.

    Exit code 3: the articles do not say. With `-`: none of the questions was answered; 2: one could not be asked.
    6: the language model named with --llm wrote nothing, or not all; what there is without it is printed all the same.
    """
    narrowed = filters(after=after, until=until, publisher=publisher, article=article)
    with open_library(context, flags(library, strict=strict, eager=eager, llm=llm, llm_url=llm_url)) as opened:
        require_articles(opened)
        if question == "-":
            code = _answer_each(opened, narrowed, must_write=llm is not None, json_output=json_output)
        else:
            code = _answer(opened, question, narrowed, must_write=llm is not None, json_output=json_output)
    raise typer.Exit(code)


def _answer(library: Library, question: str, narrowed: dict[str, Any], *, must_write: bool, json_output: bool) -> int:
    """Ask, print, and return the exit code."""
    answer = print_parts(library.stream(question, **narrowed), json_output=json_output)
    if must_write and answer.failure:
        if json_output:
            say(f"Error: {one_line(answer.failure)}")
        return LanguageModelUnavailable.exit_code
    return NO_ANSWER if answer.status == "abstained" else 0


def _answer_each(library: Library, narrowed: dict[str, Any], *, must_write: bool, json_output: bool) -> int:
    """Answer every line of standard input; a question that cannot be asked does not keep the others from it."""
    codes = set()
    for number, question in lines():
        try:
            codes.add(_answer(library, question, narrowed, must_write=must_write, json_output=json_output))
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


def _print_json(record: dict[str, Any]) -> None:
    from qa.export import to_json

    emit(to_json(record))

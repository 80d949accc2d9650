"""The options that several commands share, and what is made of them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import typer

LibraryOption = Annotated[
    str | None,
    typer.Option("--library", metavar="DIR", help="The library's folder [env: QA_LIBRARY; default: your data folder]."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line, instead of text.")]
AfterOption = Annotated[
    str | None,
    typer.Option("--after", metavar="YYYY-MM-DD", help="Only articles published on this day or later."),
]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", metavar="YYYY-MM-DD", help="Only articles published on this day or earlier."),
]
PublisherOption = Annotated[
    list[str] | None,
    typer.Option("--publisher", metavar="NAME", help="Only articles of this publisher; may be repeated."),
]
ArticleOption = Annotated[
    list[str] | None,
    typer.Option("--article", metavar="ID", help="Only this article; may be repeated."),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Answer only when very sure.")]
EagerOption = Annotated[bool, typer.Option("--eager", help="Answer even when not sure.")]

LlmOption = Annotated[
    str | None,
    typer.Option(
        "--llm",
        metavar="MODEL",
        help="Let this language model write, none for none; every claim is checked [env: QA_LLM].",
    ),
]
LlmUrlOption = Annotated[
    str | None,
    typer.Option(
        "--llm-url",
        metavar="URL",
        help="Its server [env: QA_LLM_URL; else OPENAI_BASE_URL; default: Ollama's here].",
    ),
]


def filters(
    *, after: str | None, until: str | None, publisher: list[str] | None, article: list[str] | None
) -> dict[str, Any]:
    """Return what to narrow a search to, as the library takes it: only what was given.

    Raises:
        typer.BadParameter: for what is not a day, or a first day after the last.

    """
    first, last = _day(after, "--after"), _day(until, "--until")
    if first and last and first > last:
        raise typer.BadParameter(f"{first} is later than --until {last}: no day is both.", param_hint="--after")
    given = {"after": first, "until": last, "publisher": tuple(publisher or ()), "article": tuple(article or ())}
    return {name: value for name, value in given.items() if value}


def _day(text: str | None, option: str) -> dt.date | None:
    if text is None:
        return None
    from qa.dates import calendar_day

    if day := calendar_day(text):
        return day
    raise typer.BadParameter(f"{text!r} is not a day. Write it as YYYY-MM-DD, such as 2022-01-31.", param_hint=option)


def flags(
    library: str | None = None,
    *,
    strict: bool = False,
    eager: bool = False,
    llm: str | None = None,
    llm_url: str | None = None,
) -> dict[str, object]:
    """Return the settings that were given on the command line, as `qa.settings.load` takes them.

    Raises:
        typer.BadParameter: for both --strict and --eager.

    """
    if strict and eager:
        raise typer.BadParameter("it asks for the opposite of --eager. Give one of them.", param_hint="--strict")
    strictness = "strict" if strict else "eager" if eager else None
    given = {"library": library, "strictness": strictness, "llm": llm, "llm_url": llm_url}
    return {name: value for name, value in given.items() if value is not None}

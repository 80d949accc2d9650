"""`qa mcp`: the library as tools for a program that starts this one and speaks the Model Context Protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import typer

from qa.commands.options import (
    EagerOption,
    LibraryOption,
    LlmOption,
    LlmUrlOption,
    StrictOption,
    flags,
)
from qa.commands.session import open_library

if TYPE_CHECKING:
    from qa.api import Library


def mcp(
    context: typer.Context,
    strict: StrictOption = False,
    eager: EagerOption = False,
    llm: LlmOption = None,
    llm_url: LlmUrlOption = None,
    library: LibraryOption = None,
) -> None:
    """Offer the library as tools on standard input and output, for programs that speak MCP.

    Such a program starts this command itself; docs/api.md shows how to tell it. The tools are ask, search and
    read_article. Needs the extra: pip install 'citewell[mcp]'.
    """
    from qa.web.api.mcp import serve_stdio  # what it imports is slow: `qa --help` must not pay for it

    given = flags(library, strict=strict, eager=eager, llm=llm, llm_url=llm_url)
    with open_library(context, given, create=True) as opened:
        serve_stdio(cast("Library", opened))

"""From a question to a cited answer.

>>> import qa
>>> library = qa.open("news")
>>> library.add("seeds/")
>>> answer = library.ask("Who commanded the force?", until="2022-01-31")
>>> answer.short, answer.citations[0].quote
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from qa_index.errors import QAError

if TYPE_CHECKING:
    from qa.api import Library
    from qa.settings import Settings

__all__ = ["Library", "QAError", "__version__", "open"]
__version__ = "0.1.0"


def open(  # noqa: A001 - qa.open(folder) is how it is used
    folder: str | Path | None = None,
    *,
    settings: Settings | None = None,
    create: bool = True,
    notice: Callable[[str], None] | None = None,
    llm: object = None,
) -> Library:
    """Open the library in a folder, or create it; see `qa.api.open_library`."""
    from qa.api import open_library

    return open_library(folder, settings=settings, create=create, notice=notice, llm=llm)


def __getattr__(name: str) -> object:
    """Import what is heavy (numpy and more) only when it is asked for."""
    if name == "Library":
        from qa.api import Library

        return Library
    raise AttributeError(f"module 'qa' has no attribute {name!r}")

"""Tell a library without articles from one whose articles do not say."""

from __future__ import annotations

from qa.api import Library
from qa_index.errors import LibraryNotFound, QAError
from qa_index.storage.catalog import FILE


class LibraryEmpty(LibraryNotFound):
    """There is nothing to answer from yet."""

    def __init__(self, library: Library) -> None:
        QAError.__init__(
            self,
            f"Asked the library in {library.folder}, but it holds no articles yet. "
            "Run `qa index PATH` to add some, or add them on the page.",
        )


def require_articles(library: Library) -> None:
    """Make sure that there is something to ask.

    Raises:
        LibraryNotFound: if there is no library, or nothing in it.

    """
    if library.searched().articles == 0:
        raise LibraryEmpty(library) if (library.folder / FILE).exists() else LibraryNotFound(library.folder)

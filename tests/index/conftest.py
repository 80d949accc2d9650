from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_index.library import Library
from tests.index.fakes import many_articles, open_library, write_articles


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder of twelve articles."""
    return write_articles(tmp_path / "articles", many_articles(12))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library that hashes words."""
    with open_library(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def filled(library: Library, articles: Path) -> Library:
    """A library of those twelve articles."""
    library.add(articles)
    return library

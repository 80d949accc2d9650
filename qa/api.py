"""The Python interface: a library that can be filled, asked, searched and audited."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from qa.answer import answer
from qa.compose import Made
from qa.reader import PassageReader, Weights
from qa.settings import Settings
from qa.types import Answer, Passage, Question
from qa_index.errors import UnknownFilter
from qa_index.library import Library as Index
from qa_index.models.embedder import MiniLM
from qa_index.models.spanreader import SpanReader
from qa_index.storage.sources import standard_reading
from qa_index.types import Article, Failure, Filters, Finding, Searched, Synced, Vectors

if TYPE_CHECKING:
    from qa.types import Reader

Progress = Callable[[int, int, str], None]
Notice = Callable[[str], None]
_FILTERS = ("after", "until", "publisher", "article")


@dataclass(frozen=True, slots=True)
class Models:
    """How to load what a library needs to be searched and read; each is loaded once, when it is first needed."""

    embedder: Callable[[], MiniLM]
    reader: Callable[[], SpanReader]


class Library:
    """A collection of articles on disk that answers questions; a context manager, to be closed after use."""

    def __init__(self, index: Index, *, settings: Settings, models: Models) -> None:
        self._index, self._settings, self._models = index, settings, models
        self._reader: Reader | None = None

    @property
    def folder(self) -> Path:
        """Where the library lives."""
        return self._index.folder

    @property
    def generation(self) -> int:
        """Counts the changes made to the library; an answer names the one it was made from."""
        return self._index.generation

    def add(self, *sources: object, progress: Progress | None = None, keep: bool = False) -> Synced:
        """Bring the library up to date with files, folders, Article objects or llama-index Documents.

        Files under a folder added before that are gone are removed, unless `keep`.
        """
        return self._index.add(*sources, progress=progress, keep=keep)

    def ask(self, question: str, **filters: Any) -> Answer:  # noqa: ANN401 - each filter is checked by name
        """Answer a question with exact citations, or abstain.

        Filters: `after` and `until` (a date or "2022-01-31", both included), `publisher`, `article` (one or several).
        """
        started = time.perf_counter()
        asked = Question(question, parse_filters(filters))
        made = Made(self._index.searched(asked.filters), self._made_by())
        found = answer(
            asked,
            search=self._passages,
            reader=self.reader,
            article_of=self._index.article,
            made=made,
            settings=self._settings,
        )
        return _timed(found, time.perf_counter() - started)

    def search(self, text: str, *, limit: int = 10, **filters: Any) -> tuple[Passage, ...]:  # noqa: ANN401
        """Return the passages nearest to a text, best first; the filters of `ask` apply."""
        return self._passages(text, filters=parse_filters(filters), limit=limit)

    @property
    def reader(self) -> Reader:
        """Reads passages; made when the first question comes."""
        if self._reader is None:
            self._reader = PassageReader(
                lambda question, passages: self._models.reader().read_all(question, passages),
                _remembering(lambda words: self._models.embedder().embed_words(words), texts=8_000),
                Weights.read(),
            )
        return self._reader

    def article(self, id_prefix: str) -> Article:
        """Return the article whose id begins with these (at least four) characters."""
        return self._index.article(id_prefix)

    def articles(self, **filters: Any) -> tuple[Article, ...]:  # noqa: ANN401
        """Return the articles, newest first, those without a date last."""
        return self._index.articles(parse_filters(filters))

    def searched(self, **filters: Any) -> Searched:  # noqa: ANN401
        """Return how many articles a question with these filters looks through, and of which dates."""
        return self._index.searched(parse_filters(filters))

    def remove(self, id_prefix: str) -> Article:
        """Remove one article and return it; a file that is still there comes back with the next `add` of its folder."""
        return self._index.remove(id_prefix)

    def failures(self) -> tuple[Failure, ...]:
        """Return the files that could not become articles, and why."""
        return self._index.failures()

    def audit(self, *, repair: bool = False) -> tuple[Finding, ...]:
        """Compare the caches with the catalog; say what is wrong and, if asked, put it right."""
        return self._index.audit(repair=repair)

    def rebuild(self, *, progress: Progress | None = None) -> None:
        """Cut and embed every article again with the settings in force; until that is done it answers as before."""
        self._index.rebuild(progress=progress)

    def close(self) -> None:
        """Let go of the files."""
        self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _passages(self, text: str, *, filters: Filters, limit: int) -> tuple[Passage, ...]:
        hits = self._index.search(text, filters=filters, limit=limit)
        return tuple(Passage(h.chunk, self._index.article(h.chunk.span.article_id), h.score, h.found_by) for h in hits)

    def _made_by(self) -> dict[str, str]:
        from qa import __version__

        return {
            "citewell": __version__,
            "generation": str(self._index.generation),
            "embedder": self._index.embedder_name,
            "reader": f"{self.reader.name}, {self._models.reader().name}",
            "passages": str(self._settings.passages),
            "strictness": self._settings.strictness,
        }


def open_library(
    folder: str | Path | None = None,
    *,
    settings: Settings | None = None,
    create: bool = True,
    notice: Notice | None = None,
) -> Library:
    """Open the library in a folder, or create it; the embedding model is loaded when it is first needed.

    Raises:
        LibraryNotFound: if there is none and `create` is false.
        LibraryDamaged: if its catalog cannot be read. Other settings than it was built with show at the first search.

    """
    settings = settings or Settings()
    weights = Path(settings.embedder).expanduser() if settings.embedder else None
    models = Models(
        embedder=cache(lambda: MiniLM.load(weights, notice=notice)),
        reader=cache(lambda: SpanReader.load(notice=notice)),
    )
    index = Index.open(
        Path(folder).expanduser() if folder else settings.library,
        embedder=models.embedder,
        chunk_tokens=settings.chunk_tokens,
        reading=standard_reading(settings.chunk_tokens, max_bytes=settings.max_file_mb * 1_000_000),
        create=create,
    )
    return Library(index, settings=settings, models=models)


def parse_filters(given: dict[str, Any]) -> Filters:
    """Make filters of keyword arguments; a name or a value that means nothing is an error."""
    for name in given:
        if name not in _FILTERS:
            raise UnknownFilter(
                f"Asked to filter by {name!r}, but the filters are {', '.join(_FILTERS)}. Use one of these."
            )
    return Filters(
        after=_day("after", given.get("after")),
        until=_day("until", given.get("until")),
        publishers=_several(given.get("publisher")),
        articles=_several(given.get("article")),
    )


def _day(name: str, value: dt.date | str | None) -> dt.date | None:
    if value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
        return value
    try:
        return dt.date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise UnknownFilter(f"Asked for articles {name} {value!r}, which is no day. Write it as 2022-01-31.") from None


def _several(value: str | Iterable[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _timed(found: Answer, seconds: float) -> Answer:
    return replace(found, seconds=round(seconds, 4))


def _remembering(embed: Callable[[Sequence[str]], Vectors], *, texts: int) -> Callable[[Sequence[str]], Vectors]:
    """Remember the latest vectors (1.5 KB each), so that a word met by several questions is looked up once."""
    one = lru_cache(maxsize=texts)(lambda text: embed([text])[0])
    return lambda many: np.stack([one(text) for text in many])

"""Find out what a person asked to index: files, folders, articles, documents of other programs; and how to read it."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from qa_index.errors import NothingToIndex, UnreadableArticle, UsageError
from qa_index.reading import dates
from qa_index.storage.ledger import Marks
from qa_index.storage.records import article_row
from qa_index.stories import Broken, FieldMap, Piece
from qa_index.types import Article, Chunk, When, article_id

UPLOADS = "uploads"  # the one folder inside a library that articles are read from: what was handed in as files


@dataclass(frozen=True, slots=True)
class Prepared:
    """One story, read and cut. `part` is its place in its piece; `name` what people see as its source."""

    part: str
    name: str
    article: Article
    chunks: tuple[Chunk, ...]
    marks: Marks = field(default_factory=Marks)


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of a file, to be read: `file` is its path."""

    file: str
    piece: Piece
    fields: FieldMap


Outcome = tuple[Prepared | Broken, ...]
Waiting = TypeVar("Waiting")


class InOrder(Protocol):
    """Does work, maybe several pieces at a time in other processes, and hands the outcomes over in the order asked."""

    def __call__(self, asked: Iterable[tuple[Waiting, Work | None]]) -> Generator[tuple[Waiting, Outcome]]:
        """Yield what was asked, each with what came of its work, () for what had none; closing it ends all work."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """How files become articles, and articles chunks. `digest` and `pieces` raise UnreadableArticle."""

    find: Callable[[Path], Iterable[Path]]
    digest: Callable[[Path], str]
    pieces: Callable[[Path, FieldMap], Iterable[Piece | Broken]]
    in_order: InOrder
    from_text: Callable[..., Article]
    prepared: Callable[[Article], Prepared]
    cut: Callable[[Article], tuple[Chunk, ...]]


@dataclass(frozen=True, slots=True)
class File:
    """A file to read. `root` is the path that was asked for."""

    name: str
    path: Path
    root: str


@dataclass(frozen=True, slots=True)
class Given:
    """An article that was handed in, or why it cannot be one."""

    name: str
    article: Article | UnreadableArticle

    @property
    def digest(self) -> str:
        """Stands for its text and everything known about it."""
        if isinstance(self.article, UnreadableArticle):
            return ""
        return hashlib.sha256(repr(article_row(self.article)).encode()).hexdigest()

    def sound_article(self) -> Article:
        """Return the article, or raise why there is none."""
        if isinstance(self.article, UnreadableArticle):
            raise self.article
        return self.article


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything that was asked for, each source once, and the folders among it, which are followed when files go."""

    sources: tuple[File | Given, ...]
    folders: tuple[str, ...]


def collect(asked: Iterable[object], reading: Reading, *, library: Path, had: Callable[[str], bool]) -> Wanted:
    """List what was asked for, without reading a file; `had` tells whether articles came from a folder before.

    Raises:
        PathNotFound: if a path is not there.
        NothingToIndex: if a folder holds no file that could be an article, or nothing was named.

    """
    sources: dict[str, File | Given] = {}
    folders: list[str] = []
    for item in _flat(asked):
        if isinstance(item, str | os.PathLike):
            path = Path(os.path.expanduser(item))  # noqa: PTH111 - Path's own raises for a user that is not there
            files = _files(path, reading, library=library, had=had)
            sources |= {file.name: file for file in files}
            if path.is_dir():
                folders.append(str(path.resolve()))
        else:
            given = _given(item, reading, taken=sources.keys())
            sources[given.name] = given
    if not sources:
        raise NothingToIndex("Asked to index, but nothing was named. Name a file or a folder of articles.")
    return Wanted(tuple(sources.values()), tuple(folders))


def _flat(asked: Iterable[object]) -> Iterator[object]:
    for item in asked:
        if isinstance(item, list | tuple | Iterator):
            yield from _flat(item)
        else:
            yield item


def _files(path: Path, reading: Reading, *, library: Path, had: Callable[[str], bool]) -> list[File]:
    own = library.resolve()
    root = str(path.resolve())
    files = [
        File(_sound(str(found)), found, root)
        for found in reading.find(path)
        if not found.is_relative_to(own) or found.is_relative_to(own / UPLOADS)
    ]
    if not files and had(root):
        raise NothingToIndex(
            f"Asked to index {path}, but it holds no article any more although articles came from it. Nothing was "
            "removed: check that its disk is there. To take articles out of the library, remove them by their ids."
        )
    if not files:
        raise NothingToIndex(
            f"Asked to index {path}, but it holds no article. Put articles there: text, web pages, PDF, Word, JSON, "
            "CSV, mail, feeds, WARC or ZIP files."
        )
    return files


def _sound(name: str) -> str:
    """Make the name of a file fit for a table; reading a file whose name had to be changed says why it fails."""
    return name.encode("utf-8", errors="replace").decode("utf-8")


# Articles that are handed in


def _given(item: object, reading: Reading, *, taken: Iterable[str]) -> Given:
    """Name what was handed in after its origin; of several from one origin, as pages are, the later are numbered."""
    if isinstance(item, Article):
        if item.id != article_id(item.text):
            raise ValueError(f"the id of an article must be made from its text, got {item.id!r}")
        article: Article | UnreadableArticle = item
        origin = (item.sources or (item.url,))[0]
    else:
        text, metadata = _document(item)
        origin = _first(metadata, "url", "source_url", "link", "file_path")
        try:
            article = _from_document(text, metadata, reading)
        except UnreadableArticle as error:
            article = error
    name = _sound(origin or f"memory:{article.id if isinstance(article, Article) else 'unreadable'}")
    names, number = set(taken), 1
    numbered = name
    while numbered in names and not name.startswith("memory:"):
        number += 1
        numbered = f"{name}#{number}"
    return Given(numbered, article)


def _document(item: object) -> tuple[str, Mapping[str, Any]]:
    """Return the text and the metadata of another program's document."""
    text = getattr(item, "text", None)
    if not isinstance(text, str) and callable(getattr(item, "get_content", None)):
        text = item.get_content()  # type: ignore[attr-defined]
    if not isinstance(text, str):
        raise UsageError(
            f"Asked to index a {type(item).__name__}, which is no path, no article and no document with a text. "
            "Give paths, articles, or objects with `text` and `metadata`."
        )
    metadata = getattr(item, "metadata", None)
    return text, metadata if isinstance(metadata, Mapping) else {}


def _from_document(text: str, metadata: Mapping[str, Any], reading: Reading) -> Article:
    authors = metadata.get("authors") or metadata.get("author") or ()
    return reading.from_text(
        text,
        source=_first(metadata, "url", "file_path"),
        title=_first(metadata, "title", "headline"),
        publisher=_first(metadata, "publisher", "site_name"),
        authors=(authors,) if isinstance(authors, str) else tuple(map(str, authors)),
        published=_published(metadata),
        url=_first(metadata, "url", "source_url", "link"),
    )


def _first(metadata: Mapping[str, Any], *keys: str) -> str | None:
    return next((str(metadata[key]) for key in keys if metadata.get(key)), None)


def _published(metadata: Mapping[str, Any]) -> When | dt.date | None:
    """Return the date that was handed in. A file's own dates say when it was copied, not when it was published."""
    for key in ("published", "published_at", "publication_date", "date"):
        value = metadata.get(key)
        if isinstance(value, When | dt.date):
            return value
        moment = dates.whole(value) if isinstance(value, str) else None
        if moment is not None and moment.value is not None:
            return When(moment.value, moment.precision, moment.zone)
    return None

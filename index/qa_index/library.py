"""One indexed collection in a folder: fill it, search it, look at its articles, check it.

Reading takes no lock and works in a folder that cannot be written. A library that is kept open notices when another
process has changed it. Writing is done by one process at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from qa_index.duplicates import Kin, Teller
from qa_index.errors import LibraryNotFound, LibraryReadOnly
from qa_index.search.indexes import EVERYTHING
from qa_index.storage.audit import audit
from qa_index.storage.catalog import FILE, Catalog
from qa_index.storage.embedding import Embedding, MakesEmbedder
from qa_index.storage.kinship import find_kin, kin_of
from qa_index.storage.learning import mask_what_repeats
from qa_index.storage.listing import listing, outlets, timeline
from qa_index.storage.meaning import embed_what_lacks
from qa_index.storage.naming import known_filters, named_article
from qa_index.storage.rebuild import rebuild
from qa_index.storage.searching import EXACT_LIMIT, View, find, open_view
from qa_index.storage.sources import UPLOADS, Reading, Wanted, collect
from qa_index.storage.sync import DEFAULT_FIELDS, Writer, read_what_is_new
from qa_index.storage.writing import agree, repairing, updating
from qa_index.stories import FieldMap
from qa_index.types import (
    Article,
    Chunk,
    Embedder,
    Failure,
    Filters,
    Finding,
    Hit,
    Listing,
    Outlet,
    Progress,
    Searched,
    Sort,
    Synced,
    Timeline,
    Vectors,
)

LONGEST_QUERY = 2_000  # characters; the embedder reads about 1,000, and every word is a term

Answer = TypeVar("Answer")


class Library:
    """The articles in one folder, searched by meaning and by words. A context manager; threads may share it."""

    def __init__(
        self,
        folder: Path,
        *,
        embedding: Embedding,
        reading: Reading | Callable[[], Reading] | None,
        chunk_tokens: int,
        exact_limit: int,
    ) -> None:
        self.folder = folder
        self._embedding, self._reading, self._chunk_tokens = embedding, reading, chunk_tokens
        self._exact_limit = exact_limit
        self._turn = threading.RLock()
        self._catalog: Catalog | None = None
        self._file: tuple[int, int] | None = None
        self._view: View | None = None

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        embedder: Embedder | MakesEmbedder | None = None,
        embedder_name: str | None = None,
        chunk_tokens: int = 160,
        create: bool = True,
        reading: Reading | Callable[[], Reading] | None = None,
        exact_limit: int = EXACT_LIMIT,
    ) -> Self:
        """Open the library in `folder`; nothing is written, and no model loaded, before it is needed.

        `embedder` may be a function that loads one; `embedder_name` says which before it is loaded. A library that was
        built with another embedder or other chunks can be looked at, audited and rebuilt, but not searched or added to.

        Raises:
            LibraryNotFound: if there is none and `create` is false.
            LibraryDamaged: if its catalog cannot be read.

        """
        place = Path(folder).absolute()
        if not create and not (place / FILE).exists():
            raise LibraryNotFound(place)
        library = cls(
            place,
            embedding=Embedding(embedder, name=embedder_name),
            reading=reading,
            chunk_tokens=chunk_tokens,
            exact_limit=exact_limit,
        )
        library._now()
        return library

    # Change

    def add(
        self,
        *sources: object,
        progress: Progress | None = None,
        keep: bool = False,
        fields: FieldMap = DEFAULT_FIELDS,
    ) -> Synced:
        """Bring the library up to date with files, folders, articles, or documents with `text` and `metadata`.

        What has not changed since it was last read is not read again. Files that are gone from a folder that was added
        before are removed, unless `keep`. `fields` says which fields of JSON and CSV records hold what. `progress` is
        called with each step. What is new is found by its words once it is read, by its meaning once it is embedded;
        stopped in between, this goes on from there when it is called again.

        Raises:
            PathNotFound: if a path is not there; NothingToIndex: if a folder holds no article. Nothing is written then.
            LibraryLocked, LibraryReadOnly, LibraryMismatch: if this library cannot be changed now, here, or so.

        """
        reading = self._how_to_read()
        wanted = self._wanted(sources, reading)
        with self._updating(progress) as writer:
            done = read_what_is_new(
                writer.catalog, writer, wanted, reading, fields=fields, progress=progress, keep=keep
            )
            for _ in range(2):  # what took the place of something else is there only after the first
                find_kin(writer.catalog.database)
                mask_what_repeats(writer, reading.cut)
                embed_what_lacks(writer, progress=progress)
            return done

    def preview(
        self,
        *sources: object,
        progress: Progress | None = None,
        keep: bool = False,
        fields: FieldMap = DEFAULT_FIELDS,
    ) -> Synced:
        """Say what `add` would do, without changing anything: it reads what is new, and writes nothing.

        Raises:
            PathNotFound, NothingToIndex: as `add` does.

        """
        reading = self._how_to_read()
        wanted = self._wanted(sources, reading)
        return self._read(
            lambda catalog: read_what_is_new(
                catalog, None, wanted, reading, fields=fields, progress=progress, keep=keep
            )
        )

    def remove(self, id_prefix: str) -> Article:
        """Remove one article and return it; if its file is still in a folder, adding that folder brings it back.

        Raises:
            ArticleNotFound: if no article, or more than one, has an id that begins so.

        """
        self.article(id_prefix)
        with self._updating(stores_much=False) as writer:
            article = named_article(writer.catalog, id_prefix)
            writer.caches.drop(writer.catalog.ledger.forget_article(article.id))
            find_kin(writer.catalog.database)
            return article

    def forget(self, *sources: str) -> None:
        """Forget files, and the articles that came only from them; one that is not known is no error.

        Raises:
            LibraryLocked, LibraryReadOnly: if this library cannot be changed now, or here.

        """
        with self._repairing() as writer:
            writer.caches.drop(writer.catalog.ledger.forget(sources))
            find_kin(writer.catalog.database)

    def rebuild(self, *, progress: Progress | None = None) -> None:
        """Cut and embed every article again with the settings in force, and make every cache anew.

        Until all is done the library answers as before.
        """
        if not self._read(lambda catalog: catalog.generation):
            return
        with self._repairing() as writer:
            rebuild(
                writer,
                self._how_to_read(),
                embed=self._embedding.embed,
                name=self._embedding.name,
                chunk_tokens=self._chunk_tokens,
                progress=progress,
            )

    def audit(self, *, repair: bool = False) -> tuple[Finding, ...]:
        """Compare the caches with the catalog; say what is wrong and, to `repair`, put right what can be."""
        if not self._read(lambda catalog: catalog.generation):
            return ()

        def look(catalog: Catalog, writer: Writer | None) -> tuple[Finding, ...]:
            return audit(self.folder, catalog, writer=writer, repair=repair, exact_limit=self._exact_limit)

        try:
            with self._repairing() as writer:
                return look(writer.catalog, writer)
        except LibraryReadOnly:
            if repair:
                raise
        return self._read(lambda catalog: look(catalog, None))

    # Search

    def search(self, text: str, *, filters: Filters = EVERYTHING, limit: int = 10) -> list[Hit]:
        """Return at most `limit` chunks that are near to `text` in meaning or share words with it, best first.

        Only the first 2,000 characters count; an empty text finds nothing.

        Raises:
            UnknownFilter: if no article has that publisher or id, or no day can be both after and until.

        """
        text = text[:LONGEST_QUERY].encode("utf-8", errors="ignore").decode("utf-8")

        def search(catalog: Catalog) -> list[Hit]:
            agree(catalog, self._embedding, chunk_tokens=self._chunk_tokens)
            known = known_filters(catalog, filters)
            if limit < 1 or not text.strip() or not catalog.generation:
                return []
            vector = self._embedding.embed([text])[0]
            agree(catalog, self._embedding, chunk_tokens=self._chunk_tokens)
            with catalog.one_moment():
                view = self._current_view(catalog)
                hits, self._view = find(view, catalog, text=text, vector=vector, filters=known, limit=limit)
            return hits

        return self._read(search)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of some texts, shape (len(texts), d), as the library's own are made."""
        return self._embedding.embed(texts)

    def searched(self, filters: Filters = EVERYTHING) -> Searched:
        """Say how many articles, and of which days, a search with these filters looks through."""
        return self._look(lambda catalog: catalog.searched(known_filters(catalog, filters)))

    # Look

    def article(self, id_prefix: str) -> Article:
        """Return the article whose id begins so, with at least four hexadecimal digits.

        Raises:
            ArticleNotFound: if there is none, or more than one.

        """
        return self._look(lambda catalog: named_article(catalog, id_prefix))

    def articles(self, filters: Filters = EVERYTHING) -> tuple[Article, ...]:
        """Return the articles that pass, newest first, those of unknown date last."""
        return self._look(lambda catalog: catalog.articles(known_filters(catalog, filters)))

    def listing(
        self,
        filters: Filters = EVERYTHING,
        *,
        query: str = "",
        sort: Sort = "newest",
        offset: int = 0,
        limit: int = 50,
        undated: bool = False,
        clustered: bool = False,
    ) -> Listing:
        """Return a page of the articles whose title, publisher or sources hold every word of `query`, without texts.

        With `undated`, only those of no known date. With `clustered`, of those that tell one story in the same words
        only one, the original if it is among them.
        """
        return self._look(
            lambda catalog: listing(
                catalog,
                known_filters(catalog, filters),
                query=query,
                sort=sort,
                offset=offset,
                limit=limit,
                undated=undated,
                clustered=clustered,
            )
        )

    def tellers(self) -> Mapping[str, Teller]:
        """Return the articles that share their words with others, by their ids, as a search chooses among them."""
        return self._look(lambda catalog: self._current_view(catalog).tellers)

    def kin(self) -> dict[str, Kin]:
        """Return by their ids the articles that tell a story in the words of an earlier one, the original."""
        return self._look(lambda catalog: kin_of(catalog.database))

    def timeline(self, filters: Filters = EVERYTHING) -> Timeline:
        """Count the articles that pass over time, by publisher."""
        return self._look(lambda catalog: timeline(catalog, known_filters(catalog, filters)))

    def outlets(self) -> tuple[Outlet, ...]:
        """Return the publishers with their numbers of articles, in alphabetical order; last, how many name none."""
        return self._look(outlets)

    def chunks(self, article_id: str) -> tuple[Chunk, ...]:
        """Return the chunks of one article, in reading order."""
        return self._look(lambda catalog: catalog.chunks(named_article(catalog, article_id).id))

    def failures(self) -> tuple[Failure, ...]:
        """Return the sources that could not be read when last tried, and why."""
        return self._look(lambda catalog: catalog.failures())

    @property
    def uploads(self) -> Path:
        """Where files that were handed in are kept: articles are read from there, and from nowhere else in here."""
        return self.folder / UPLOADS

    def digests(self, folder: Path) -> dict[str, str | None]:
        """Return the files below a folder that articles came from, with the SHA-256 of their bytes."""
        below = self._read(lambda catalog: catalog.ledger.below(str(folder.resolve())))
        return {origin.name: origin.digest and origin.digest.partition("+")[0] for origin, gave in below if gave}

    def publishers(self) -> tuple[str, ...]:
        """Return the publishers that articles name, in alphabetical order."""
        return self._look(lambda catalog: catalog.publishers())

    @property
    def generation(self) -> int:
        """Counts the changes."""
        return self._read(lambda catalog: catalog.generation)

    @property
    def state(self) -> tuple[str, int]:
        """Names a library and its generation: the same state, the same articles, though a folder be filled anew."""
        return self._look(lambda catalog: (catalog.library, catalog.generation))

    @property
    def embedder_name(self) -> str:
        """Names the embedder the library was built with, or will be."""
        return self._read(lambda catalog: str(catalog.database.get("embedder") or self._embedding.name))

    def close(self) -> None:
        """Let go of files."""
        with self._turn:
            if self._view is not None:
                self._view.close()
            if self._catalog is not None:
                self._catalog.close()
            self._view = self._catalog = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # How

    def _how_to_read(self) -> Reading:
        """Return how files are read; the modules that do it take 50 ms to import, and a question does without."""
        if self._reading is None:
            from qa_index.storage.preparing import standard_reading

            self._reading = standard_reading(self._chunk_tokens)
        elif not isinstance(self._reading, Reading):
            self._reading = self._reading()
        return self._reading

    def _wanted(self, sources: Sequence[object], reading: Reading) -> Wanted:
        return self._read(
            lambda catalog: collect(
                sources, reading, library=self.folder, had=lambda folder: bool(catalog.ledger.below(folder))
            )
        )

    def _updating(
        self, progress: Progress | None = None, *, stores_much: bool = True
    ) -> AbstractContextManager[Writer]:
        return updating(
            self.folder,
            embedding=self._embedding,
            chunk_tokens=self._chunk_tokens,
            exact_limit=self._exact_limit,
            progress=progress,
            stores_much=stores_much,
        )

    def _repairing(self) -> AbstractContextManager[Writer]:
        return repairing(self.folder, embedding=self._embedding, exact_limit=self._exact_limit)

    def _read(self, question: Callable[[Catalog], Answer]) -> Answer:
        """Ask the catalog as it is now, one thread at a time."""
        with self._turn:
            return question(self._now())

    def _look(self, question: Callable[[Catalog], Answer]) -> Answer:
        """Ask the catalog as it is at one moment: several statements see the same articles."""
        with self._turn:
            catalog = self._now()
            with catalog.one_moment():
                return question(catalog)

    def _now(self) -> Catalog:
        """Return the catalog, opened again if its file is not the one that was opened: made since, or put back."""
        try:
            seen = (self.folder / FILE).stat()
            file = (seen.st_dev, seen.st_ino)
        except OSError:
            file = None
        if self._catalog is None or file != self._file or file is None:
            self.close()
            self._catalog = Catalog.reading(self.folder)
            self._file = file if self._catalog.database.path.name == FILE else None  # no tables yet: look again
        return self._catalog

    def _current_view(self, catalog: Catalog) -> View:
        if self._view is None or not self._view.is_of(catalog):
            if self._view is not None:
                self._view.close()
            self._view = open_view(self.folder, catalog, exact_limit=self._exact_limit)
        return self._view

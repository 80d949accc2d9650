"""Find chunks by their words. The only module that knows tantivy.

Questions never reach tantivy's query language: their words are analysed here and become a list of terms.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_index.search import stamp
from qa_index.search.indexes import EVERYTHING, Entry, IndexDamaged, Ranked, day_range
from qa_index.search.terms import telling_words
from qa_index.types import Filters

if TYPE_CHECKING:
    from tantivy import Document, Index, IndexWriter, Query, Schema, TextAnalyzer

# Measured on 3,019 questions over 636 paragraphs / 400 over 106,237 news passages, MRR@10: no stop list .862 / -,
# stop list in the index and the question .870 / .721, in the question only .870 / .723. Only the last one still finds
# "WHO" and "IT". Title as its own field at 0.3: .723, at 0.6: .714, at 1.0: .710, glued to the text: .706, none: .700.
TITLE_WEIGHT = 0.3
TOKENIZER = "words"
HEAP_BYTES = 32_000_000
MOST_TIES = 6_400
DIGITS = 4  # scores that differ less are ties: the order of additions shows in the digits after


class Words:
    """An opened index: searches what was committed when it was opened or last committed here."""

    def __init__(self, index: Index, schema: Schema, analyzer: TextAnalyzer, folder: Path) -> None:
        self._index, self._schema, self._analyzer, self._folder = index, schema, analyzer, folder

    def search(self, text: str, *, limit: int, filters: Filters = EVERYTHING) -> list[Ranked]:
        """Return at most `limit` (chunk id, BM25 score) that share a word with `text`, best first, ties by id."""
        from tantivy import Occur, Query

        terms = self._terms(text)
        if not terms or limit < 1:
            return []
        matches = [(Occur.Should, query) for term in terms for query in self._queries(term)]
        query = Query.boolean_query([(Occur.Must, Query.boolean_query(matches)), *self._conditions(filters)])
        with _guarded(self._folder):
            return self._best(query, limit)

    def _best(self, query: Query, limit: int) -> list[Ranked]:
        """Return the best `limit`; what ties with the last place takes part in breaking the tie, if it is not too many.

        tantivy breaks ties by the order in which chunks came to lie in its files, which a restart may change.
        """
        searcher, ask = self._index.searcher(), 2 * limit
        while True:
            hits = [(round(score, DIGITS), address) for score, address in searcher.search(query, ask, count=False).hits]
            last = hits[limit - 1][0] if len(hits) >= limit else 0.0
            if len(hits) < ask or hits[-1][0] < last:
                break
            if ask >= MOST_TIES:
                del hits[2 * limit :]
                break
            ask *= 4
        found = [(searcher.doc(address)["chunk"][0], score) for score, address in hits if score >= last]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:limit]

    def ids(self) -> set[str]:
        """Name every chunk that is here."""
        from tantivy import Query

        with _guarded(self._folder):
            return {chunk_id for chunk_id, _ in self._best(Query.all_query(), self.count() or 1)}

    def count(self) -> int:
        """Say how many chunks are here."""
        return int(self._index.searcher().num_docs)

    def close(self) -> None:
        """Nothing to let go of: files are released with the last reference to the index."""

    def has_terms(self, text: str) -> bool:
        """Tell whether there is anything in a text to look for."""
        return bool(self._terms(text))

    def _terms(self, text: str) -> list[str]:
        """Return the stems to look for, each once."""
        return list(dict.fromkeys(self._analyzer.analyze(" ".join(telling_words(text)))))

    def _queries(self, term: str) -> list[Query]:
        from tantivy import Query

        return [
            Query.term_query(self._schema, "body", term, "freq"),
            Query.boost_query(Query.term_query(self._schema, "title", term, "freq"), TITLE_WEIGHT),
        ]

    def _conditions(self, filters: Filters) -> list[tuple[Any, Query]]:
        """Return filters as conditions that a chunk must meet and that add nothing to its score."""
        from tantivy import FieldType, Occur, Query

        conditions = [
            Query.term_set_query(self._schema, field, list(wanted))
            for field, wanted in (("publisher", filters.publishers), ("article", filters.articles))
            if wanted
        ]
        if days := day_range(filters):
            conditions.append(Query.range_query(self._schema, "day", FieldType.Unsigned, *days))
        return [(Occur.Must, Query.const_score_query(condition, 0.0)) for condition in conditions]


class WritableWords(Words):
    """An index that is being written: nothing is kept, or found, before `commit`."""

    def __init__(self, index: Index, schema: Schema, analyzer: TextAnalyzer, folder: Path) -> None:
        super().__init__(index, schema, analyzer, folder)
        self._writer: IndexWriter = index.writer(HEAP_BYTES, 1)

    def upsert(self, entries: Sequence[Entry]) -> None:
        """Keep these entries, in place of those with the same chunk id."""
        with _guarded(self._folder):
            for entry in entries:
                self._writer.delete_documents_by_term("chunk", entry.chunk_id)
                self._writer.add_document(_document(entry))

    def delete(self, chunk_ids: Collection[str]) -> None:
        """Forget these chunks."""
        with _guarded(self._folder):
            for chunk_id in chunk_ids:
                self._writer.delete_documents_by_term("chunk", chunk_id)

    def commit(self) -> None:
        """Make everything since the last commit lasting, and visible."""
        with _guarded(self._folder):
            self._writer.commit()
            self._index.reload()

    def anew(self, blocks: Iterable[Sequence[Entry]]) -> None:
        """Keep these entries, each named once, and nothing else; the next commit puts them in place at once.

        They are added without `upsert`: in tantivy 0.27, after a deletion of everything, one by term also takes what
        was added since, for some counts (one of four chunks left: none was kept).
        """
        with _guarded(self._folder):
            self._writer.delete_all_documents()
            for entries in blocks:
                for entry in entries:
                    self._writer.add_document(_document(entry))

    def deleted(self) -> int:
        """Say how many deleted chunks still count in the weights of words, as tantivy's own list of segments has it."""
        with _guarded(self._folder):
            listed = json.loads((self._folder / "meta.json").read_text(encoding="utf-8"))
            return sum((segment["deletes"] or {}).get("num_deleted_docs", 0) for segment in listed["segments"])

    def close(self) -> None:
        """Wait for merges, then let go of the files."""
        with _guarded(self._folder):
            self._writer.wait_merging_threads()


def open_for_reading(folder: Path, *, library: str, complete_at: int) -> Words:
    """Open the index in `folder`.

    Raises:
        IndexDamaged: if there is none, it is damaged, of another library, or older than `complete_at`.

    """
    held = stamp.read(folder)
    if held.library != library or held.generation < complete_at:
        raise IndexDamaged(folder, "it is not of this state of the library")
    if os.access(folder, os.W_OK):
        return _opened(folder)
    with _guarded(folder):
        place = _linked(folder)
    try:
        words = _opened(place)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    weakref.finalize(words, shutil.rmtree, place, ignore_errors=True)
    return words


def open_for_writing(folder: Path) -> WritableWords:
    """Open or create the index in `folder`.

    Raises:
        IndexDamaged: if it is damaged.

    """
    from tantivy import Index

    folder.mkdir(exist_ok=True)
    schema, analyzer = _language()
    with _guarded(folder):
        index = Index(schema, path=str(folder))
        index.register_tokenizer(TOKENIZER, analyzer)
        index.config_reader("manual")
        return WritableWords(index, schema, analyzer, folder)


def in_memory(blocks: Iterable[Sequence[Entry]]) -> Words:
    """Index these entries without a file: 20,000 chunks a second."""
    from tantivy import Index

    schema, analyzer = _language()
    index = Index(schema)
    index.register_tokenizer(TOKENIZER, analyzer)
    index.config_reader("manual")
    words = WritableWords(index, schema, analyzer, Path("memory"))
    for entries in blocks:
        words.upsert(entries)
    words.commit()
    words.close()
    return words


def _language() -> tuple[Schema, TextAnalyzer]:
    from tantivy import Filter, SchemaBuilder, TextAnalyzerBuilder, Tokenizer

    builder = SchemaBuilder()
    builder.add_text_field("chunk", stored=True, tokenizer_name="raw", index_option="basic")
    for field in ("article", "publisher"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("day", fast=True)
    for field in ("title", "body"):  # no positions: nothing here looks for phrases
        builder.add_text_field(field, tokenizer_name=TOKENIZER, index_option="freq")
    analyzer = TextAnalyzerBuilder(Tokenizer.simple())
    for step in (Filter.remove_long(60), Filter.lowercase(), Filter.ascii_fold(), Filter.stemmer("english")):
        analyzer = analyzer.filter(step)
    return builder.build(), analyzer.build()


def _document(entry: Entry) -> Document:
    from tantivy import Document

    document = Document()
    document.add_text("chunk", entry.chunk_id)
    document.add_text("article", entry.article_id)
    if entry.publisher is not None:
        document.add_text("publisher", entry.publisher)
    document.add_unsigned("day", entry.day)
    document.add_text("title", entry.title)
    document.add_text("body", entry.text)
    return document


def _linked(folder: Path) -> Path:
    """Return a new folder of links to the files of one that cannot be written.

    tantivy takes a lock file even to read (its issue 557), so it must be able to write where it reads.
    """
    place = Path(tempfile.mkdtemp(prefix="citewell-"))
    for file in folder.iterdir():
        if file.suffix == ".json":
            shutil.copyfile(file, place / file.name)
        elif file.suffix != ".lock":
            (place / file.name).symlink_to(file.absolute())
    return place


def _opened(folder: Path) -> Words:
    from tantivy import Index

    with _guarded(folder):
        index = Index.open(str(folder))
        index.config_reader("manual")
        index.searcher()
        return Words(index, *_language(), folder)


@contextmanager
def _guarded(folder: Path) -> Iterator[None]:
    """Turn whatever tantivy raises over a damaged index into IndexDamaged; a panic is no Exception."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise IndexDamaged(folder, f"it cannot be read ({error})") from error

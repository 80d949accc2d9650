from __future__ import annotations

import datetime as dt
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_index.errors import LibraryDamaged, LibraryMismatch, QAError
from qa_index.search.indexes import day_number, search_text
from qa_index.storage.catalog import FILE, Catalog
from qa_index.storage.database import Database
from qa_index.storage.ledger import Arrival
from qa_index.storage.records import Source
from qa_index.types import Article, Chunk, Filters, Searched, Span, When, article_id
from tests.index.fakes import PATHS, cut, in_unwritable_folder, read_text, text_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)
NAMES = st.none() | TEXTS


@st.composite
def articles(draw: st.DrawFn) -> Article:
    text = draw(TEXTS)
    identity = article_id(text)
    spans = st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text))).filter(lambda pair: pair[0] < pair[1])
    span = spans.map(lambda pair: Span(identity, *pair))
    zones = st.none() | st.timezones().map(lambda zone: dt.timezone(dt.timedelta(hours=5)))
    when = st.builds(
        When,
        st.datetimes(min_value=dt.datetime(1900, 1, 1), timezones=zones),
        st.sampled_from(["year", "month", "day", "minute", "second"]),
        st.none() | st.sampled_from(["+05:30", "IST"]),
        st.none() | span,
        TEXTS,
    )
    return Article(
        id=identity,
        text=text,
        title=draw(NAMES),
        publisher=draw(NAMES),
        authors=tuple(draw(st.lists(TEXTS, max_size=2))),
        published=draw(st.none() | when),
        updated=draw(st.none() | when),
        url=draw(NAMES),
        sources=("one",),
        language=draw(NAMES),
        masked=tuple(draw(st.lists(span, max_size=2))),
        provenance=tuple(draw(st.lists(st.tuples(TEXTS, TEXTS), max_size=2))),
    )


def index(catalog: Catalog, *arrivals: Arrival) -> set[str]:
    """Bring arrivals in with made-up vectors; return the chunks that are gone."""
    catalog.ledger.expect(arrivals)
    pending = [entry for block in catalog.stock.entries("pending") for entry in block]
    if pending:
        vectors = np.full((len(pending), 4), 0.5, dtype=np.float32)
        catalog.ledger.keep_vectors([entry.chunk_id for entry in pending], vectors)
    return catalog.ledger.settle()


def arrival(name: str, text: str, *, indexed: bool = False) -> Arrival:
    article = read_text(text)
    return Arrival(Source(name, root="root", digest=text), article, None if indexed else cut(article))


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog.writing(tmp_path)


@settings(max_examples=60, deadline=None)
@given(articles())
def test_an_article_comes_back_as_it_was(article):
    catalog = Catalog.empty()
    whole = Span(article.id, 0, len(article.text))
    chunk = Chunk(whole, (whole,))
    index(catalog, Arrival(Source("one"), article, (chunk,)))
    assert catalog.article(article.id) == article
    assert catalog.articles() == (article,)
    assert catalog.chunks(article.id) == (chunk,)
    assert catalog.chunks_named([chunk.id, "0" * 16 + ":0-1"]) == {chunk.id: chunk}


DAYS = (None, "2022-01-05", "2022-01-13", "2022-01-31")
SHELF = [
    read_text(text_of(f"Body {day} {publisher}.", publisher=publisher, day=day))
    for day in DAYS
    for publisher in (None, "Kazinform", "Tengri")
]


@pytest.fixture(scope="module")
def shelf() -> Catalog:
    catalog = Catalog.empty()
    index(catalog, *(Arrival(Source(f"s{n}"), article, cut(article)) for n, article in enumerate(SHELF)))
    return catalog


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.builds(
        Filters,
        after=st.none() | st.dates(dt.date(2022, 1, 1), dt.date(2022, 2, 2)),
        until=st.none() | st.dates(dt.date(2022, 1, 1), dt.date(2022, 2, 2)),
        publishers=st.lists(st.sampled_from(["Kazinform", "Tengri", "nobody"]), max_size=2).map(tuple),
        articles=st.lists(st.sampled_from([article.id for article in SHELF]), max_size=4).map(tuple),
    )
)
def test_filters_equal_brute_force(shelf, filters):
    def passes(article: Article) -> bool:
        day = article.published.date if article.published else None
        return (
            (filters.after is None or (day is not None and day >= filters.after))
            and (filters.until is None or (day is not None and day <= filters.until))
            and (not filters.publishers or article.publisher in filters.publishers)
            and (not filters.articles or article.id in filters.articles)
        )

    wanted = [article for article in SHELF if passes(article)]
    days = [article.published.date for article in wanted if article.published]
    assert {article.id for article in shelf.articles(filters)} == {article.id for article in wanted}
    assert shelf.searched(filters) == Searched(len(wanted), min(days, default=None), max(days, default=None))


def test_articles_are_listed_newest_first_unknown_dates_last_then_by_id(shelf):
    listed = [(day_number(a.published.date) if a.published else 0, a.id) for a in shelf.articles()]
    assert listed == sorted(listed, key=lambda pair: (-pair[0], pair[1]))


def test_what_is_pending_is_seen_by_nobody(catalog):
    index(catalog, arrival("one", "First."))
    catalog.ledger.expect([arrival("two", "Second."), arrival("three", "First.", indexed=True)])
    assert [article.text for article in catalog.articles()] == ["First."]
    assert catalog.article(article_id("Second.")) is None
    assert catalog.ids_starting_with(article_id("Second.")[:4]) == []
    assert catalog.chunks(article_id("Second.")) == ()
    assert catalog.searched(Filters()).articles == 1
    assert catalog.stock.chunk_count() == 1
    assert catalog.articles()[0].sources == ("one",)
    assert catalog.ledger.is_expecting()
    assert catalog.ledger.lacks_vectors()


def test_discarding_leaves_what_was_there(catalog):
    index(catalog, arrival("one", "First."))
    generation = catalog.generation
    catalog.ledger.expect([arrival("one", "Second.")])
    catalog.ledger.discard()
    assert [article.text for article in catalog.articles()] == ["First."]
    assert (catalog.generation, catalog.ledger.is_expecting()) == (generation, False)
    assert catalog.ledger.source("one").digest == "First."


def test_a_changed_source_swaps_its_article_at_once(catalog):
    index(catalog, arrival("one", "First."))
    gone = index(catalog, arrival("one", "Second."))
    assert [article.text for article in catalog.articles()] == ["Second."]
    assert gone == {f"{article_id('First.')}:0-6"}
    assert catalog.generation == 2


def test_the_same_text_from_two_sources_is_one_article_that_goes_with_the_last(catalog):
    index(catalog, arrival("two", "Same."), arrival("one", "Same.", indexed=True))
    assert catalog.articles()[0].sources == ("one", "two")
    assert catalog.ledger.forget(["two"]) == set()
    assert catalog.articles()[0].sources == ("one",)
    assert catalog.ledger.forget(["one"]) == {f"{article_id('Same.')}:0-5"}
    assert catalog.articles() == ()


def test_an_article_whose_title_changed_is_written_again_and_keeps_its_other_sources(catalog):
    text = text_of("Body.", title="Old")
    index(catalog, arrival("one", text), arrival("two", text, indexed=True))
    number = catalog.ledger.number_of(article_id(text))
    article = read_text(text, title="New")
    gone = index(catalog, Arrival(Source("one"), article, cut(article)))
    assert gone == set()
    assert catalog.ledger.number_of(article.id) != number
    assert [(a.title, a.sources) for a in catalog.articles()] == [("New", ("one", "two"))]


def test_sources_below_a_folder_are_those_below_it_and_no_others(catalog):
    names = ["/news/a.txt", "/news/b/c.txt", "/news2/a.txt", "/news", "https://x/news/a.txt", "/new/s.txt"]
    index(catalog, *(arrival(name, f"Text {name}.") for name in names))
    assert [source.name for source in catalog.ledger.below("/news")] == ["/news/a.txt", "/news/b/c.txt"]
    assert len(catalog.ledger.below("/")) == 5


def test_rows_hold_the_vectors_of_the_chunks_asked_for(catalog):
    index(catalog, arrival("one", "First.\nparagraph."), arrival("two", "Second."))
    labels = catalog.stock.labels()
    rows = catalog.stock.rows(labels[:1])
    assert rows.vectors.shape == (2, 4)
    assert rows.vectors.dtype == np.float32
    assert {rows.chunk_id(row) for row in range(2)} == {chunk.id for chunk in cut(read_text("First.\nparagraph."))}


def test_boilerplate_is_not_searched():
    text = "Share this. Rain fell. Follow us."
    identity = article_id(text)
    article = Article(identity, text, masked=(Span(identity, 23, 33), Span(identity, 0, 12)))
    assert search_text(article, Chunk(Span(identity, 0, 33), ())) == "Rain fell."


# Trouble


@pytest.mark.parametrize("content", [b"garbage" * 2000, b"SQLite format 3\0" + b"\1" * 5000])
def test_a_file_that_is_no_catalog_is_damaged(tmp_path, content):
    (tmp_path / FILE).write_bytes(content)
    for open_catalog in (Catalog.reading, Catalog.writing):
        with pytest.raises(LibraryDamaged, match="--library"):
            open_catalog(tmp_path)


def test_an_empty_file_beside_caches_is_damaged_and_alone_is_a_library_in_the_making(tmp_path):
    (tmp_path / FILE).touch()
    assert Catalog.reading(tmp_path).articles() == ()
    (tmp_path / "lexical").mkdir()
    with pytest.raises(LibraryDamaged, match="empty"):
        Catalog.reading(tmp_path)


def test_a_catalog_of_a_later_release_is_refused(catalog, tmp_path):
    catalog.database.set("schema", 99)
    with pytest.raises(LibraryMismatch, match="99"):
        Catalog.reading(tmp_path)


def test_a_lost_page_is_found(catalog, tmp_path):
    index(catalog, *(arrival(str(n), f"Text {n} " + "word " * 500) for n in range(20)))
    assert list(catalog.stock.broken()) == []
    catalog.close()
    content = bytearray((tmp_path / FILE).read_bytes())
    place = content.index(b"word word")
    content[place : place + 4] = b"lost"
    (tmp_path / FILE).write_bytes(content)
    assert any("has changed" in problem for problem in Catalog.reading(tmp_path).stock.broken())


CUT_OFF = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 5")  # so small that half of the change reaches the file before the commit
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE articles SET title = 'half', text = text || 'more'")
os.kill(os.getpid(), signal.SIGKILL)
"""


def cut_off_half_way(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CUT_OFF, str(folder / FILE)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (folder / f"{FILE}-journal").stat().st_size > 0


def test_a_reader_undoes_a_commit_that_was_cut_off(catalog, tmp_path):
    index(catalog, *(arrival(str(n), f"Text {n} " + "word " * 500) for n in range(50)))
    catalog.close()
    reader = Catalog.reading(tmp_path)
    before = reader.articles()
    cut_off_half_way(tmp_path)
    assert reader.articles() == before
    assert Catalog.reading(tmp_path).articles() == before


def test_where_it_cannot_be_undone_the_reader_says_so():
    with in_unwritable_folder() as (place, run):
        catalog = Catalog.writing(place)
        index(catalog, *(arrival(str(n), f"Text {n} " + "word " * 500) for n in range(50)))
        catalog.close()
        cut_off_half_way(place)
        said = run(
            "from qa_index.storage.catalog import Catalog\n"
            "from qa_index.errors import LibraryDamaged\n"
            "try: Catalog.reading(place)\n"
            "except LibraryDamaged as error: print(error)"
        )
    assert "cut off half-way" in said


FULL = """
import resource, signal, sys
from pathlib import Path
from qa_index.storage.catalog import Catalog
from qa_index.errors import QAError
from tests.index.test_catalog import arrival, index
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
catalog = Catalog.writing(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
try:
    index(catalog, *(arrival(str(n), f"Later {n} " + "word " * 5000) for n in range(50)))
except QAError as error:
    print(type(error).__name__, error)
"""


def test_a_full_disk_is_one_sentence_and_what_was_there_stays(catalog, tmp_path):
    index(catalog, arrival("one", "First."))
    catalog.close()
    command = [sys.executable, "-c", FULL, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=PATHS, check=True)
    assert done.stdout.startswith("QAError Asked to change the library")
    assert "is kept" in done.stdout
    again = Catalog.reading(tmp_path)
    assert [article.text for article in again.articles()] == ["First."]
    assert not again.ledger.is_expecting()


def test_sqlites_own_full_disk_is_the_same_sentence(catalog):
    catalog.database.run("PRAGMA max_page_count = 30")
    with pytest.raises(QAError, match="disk is full"):
        index(catalog, *(arrival(str(n), f"Later {n} " + "word " * 5000) for n in range(50)))
    assert catalog.articles() == ()


def test_a_mistake_in_a_statement_is_a_bug_and_keeps_its_traceback():
    with pytest.raises(sqlite3.OperationalError):
        Database.in_memory().rows("SELECT nonsense")

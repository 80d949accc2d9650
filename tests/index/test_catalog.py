from __future__ import annotations

import datetime as dt
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_index.errors import LibraryDamaged, LibraryMismatch, QAError
from qa_index.search.indexes import day_number, search_text
from qa_index.storage.catalog import FILE, Catalog
from qa_index.storage.database import Database
from qa_index.storage.ledger import Arrival, Line, Recut
from qa_index.storage.records import Origin, Source, article_as_stated, stated_text
from qa_index.storage.soundness import flaws
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
        other_dates=tuple(draw(st.lists(when, max_size=2))),
        masked=tuple(draw(st.lists(span, max_size=2))),
        provenance=tuple(draw(st.lists(st.tuples(TEXTS, TEXTS), max_size=2))),
    )


def write(catalog: Catalog, files: dict[str, str | Article], *, waits: bool = False) -> set[str]:
    """Write files of one article each down, each read to its end; return the chunks that are gone."""
    arrivals: dict[str, Arrival] = {}
    lines, read = list[Line](), list[Origin]()
    for name, content in files.items():
        article = read_text(content) if isinstance(content, str) else content
        before = catalog.ledger.origin(name) or Origin(name)
        number = None if waits else catalog.ledger.number_of(article.id)
        if number is None:
            arrivals[article.id] = Arrival(article, cut(article), waits=waits)
        source = Source("", "", name, article.text, number)
        lines.append(Line(name, before.scan + 1, source, article.id if number is None else None))
        read.append(Origin(name, root="root", digest=article.text, scan=before.scan + 1))
    return catalog.ledger.write(list(arrivals.values()), lines, read=read)


def embed(catalog: Catalog, *, publish: bool = True) -> set[str]:
    """Give every chunk without one a made-up vector; return the chunks that are gone."""
    for number, _, _ in catalog.stock.without_version():
        entries = catalog.stock.entries_of([number])
        if entries:
            vectors = np.full((len(entries), 4), 0.5, dtype=np.float32)
            catalog.stock.keep_vectors(entries, [number] * len(entries), vectors)
    return catalog.ledger.publish() if publish else set()


def index(catalog: Catalog, files: dict[str, str | Article], *, waits: bool = False) -> set[str]:
    """Bring files in to where they can be found by their meaning; return the chunks that are gone."""
    return write(catalog, files, waits=waits) | embed(catalog)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog.writing(tmp_path)


@settings(max_examples=60, deadline=None)
@given(articles())
def test_an_article_comes_back_as_it_was(article):
    catalog = Catalog.empty()
    whole = Span(article.id, 0, len(article.text))
    chunk = Chunk(whole, (whole,))
    line = Line("one", 1, Source("", "", "one", "digest"), article.id)
    catalog.ledger.write([Arrival(article, (chunk,))], [line], read=[Origin("one", digest="digest", scan=1)])
    assert catalog.article(article.id) == article
    assert catalog.articles() == (article,)
    assert catalog.chunks(article.id) == (chunk,)
    assert catalog.chunks_named([chunk.id, "0" * 16 + ":0-1"]) == {chunk.id: chunk}
    assert catalog.as_read(1) == replace(article, sources=())


DAYS = (None, "2022-01-05", "2022-01-13", "2022-01-31")
SHELF = [
    read_text(text_of(f"Body {day} {publisher}.", publisher=publisher, day=day))
    for day in DAYS
    for publisher in (None, "Kazinform", "Tengri")
]


@pytest.fixture(scope="module")
def shelf() -> Catalog:
    catalog = Catalog.empty()
    index(catalog, {f"s{n}": article for n, article in enumerate(SHELF)})
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


def test_what_takes_the_place_of_another_is_seen_by_nobody_until_it_is_embedded(catalog):
    index(catalog, {"one": "First."})
    generation = catalog.generation
    assert write(catalog, {"one": "Second."}, waits=True) == set()
    embed(catalog, publish=False)
    assert [(article.text, article.sources) for article in catalog.articles()] == [("First.", ("one",))]
    assert catalog.article(article_id("Second.")) is None
    assert catalog.ids_starting_with(article_id("Second.")[:4]) == []
    assert catalog.chunks(article_id("Second.")) == ()
    assert catalog.chunks_named([f"{article_id('Second.')}:0-7"]) == {}
    assert catalog.searched(Filters()).articles == catalog.stock.chunk_count() == catalog.stock.vector_count() == 1
    assert catalog.stock.vector_ids() == {f"{article_id('First.')}:0-6"}
    assert (catalog.generation, catalog.ledger.waiting()) == (generation, {"one"})
    assert catalog.ledger.publish() == {f"{article_id('First.')}:0-6"}
    assert [(article.text, article.sources) for article in catalog.articles()] == [("Second.", ("one",))]
    assert (catalog.generation, catalog.ledger.waiting()) == (generation + 1, set())


def test_what_is_new_is_found_by_its_words_before_it_is_found_by_its_meaning(catalog):
    write(catalog, {"one": "First.\nparagraph."})
    assert (catalog.stock.chunk_count(), catalog.stock.vector_count(), catalog.generation) == (2, 0, 1)
    assert (catalog.stock.labels(), catalog.complete_at) == ([], 1)
    [(number, state, lacking)] = catalog.stock.without_version()
    assert (state, lacking) == ("indexed", 2)
    first, second = catalog.stock.entries_of([number])
    catalog.stock.keep_vectors([first], [number], np.full((1, 4), 0.5, dtype=np.float32))
    assert catalog.ledger.publish() == set()
    assert (catalog.stock.vector_count(), catalog.generation) == (0, 1)
    catalog.stock.keep_vectors([second], [number], np.full((1, 4), 0.5, dtype=np.float32))
    catalog.ledger.publish()
    assert (catalog.stock.vector_count(), catalog.generation, catalog.complete_at) == (2, 2, 1)
    assert catalog.stock.without_version() == []


def test_a_changed_file_swaps_its_article_at_once(catalog):
    index(catalog, {"one": "First."})
    gone = index(catalog, {"one": "Second."})
    assert [article.text for article in catalog.articles()] == ["Second."]
    assert gone == {f"{article_id('First.')}:0-6"}


def test_a_file_that_changes_again_while_it_waits_is_what_it_was_last(catalog):
    index(catalog, {"one": "First."})
    write(catalog, {"one": "Second."}, waits=True)
    write(catalog, {"one": "Third."}, waits=True)
    assert [article.text for article in catalog.articles()] == ["First."]
    embed(catalog)
    assert [article.text for article in catalog.articles()] == ["Third."]
    assert catalog.database.rows("SELECT count(*) FROM articles") == [(1,)]
    assert [scan for scan, _ in catalog.ledger.scans("one")] == [3]


def test_a_title_that_changes_again_while_it_waits_is_what_it_was_last(catalog):
    text = text_of("Body.", title="Old")
    index(catalog, {"one": text})
    for title in ("New", "Newer"):
        write(catalog, {"one": read_text(text, title=title)}, waits=True)
    assert [article.title for article in catalog.articles()] == ["Old"]
    assert embed(catalog) == set()
    assert [article.title for article in catalog.articles()] == ["Newer"]
    assert catalog.database.rows("SELECT count(*) FROM articles") == [(1,)]


def test_the_same_text_from_two_files_is_one_article_that_goes_with_the_last(catalog):
    index(catalog, {"two": "Same.", "one": "Same."})
    assert catalog.articles()[0].sources == ("one", "two")
    assert catalog.ledger.forget(["two"]) == set()
    assert catalog.articles()[0].sources == ("one",)
    assert catalog.ledger.forget(["one", "never"]) == {f"{article_id('Same.')}:0-5"}
    assert catalog.articles() == ()
    assert catalog.ledger.origin("one") is None


def test_an_article_that_is_forgotten_takes_its_files_with_it_unless_they_gave_others(catalog):
    index(catalog, {"one": "Same.", "two": "Same."})
    second = Line("two", 1, Source("part 2", "", "two#part 2", "Other."), article_id("Other."))
    catalog.ledger.write([Arrival(read_text("Other."), cut(read_text("Other.")))], [second])
    embed(catalog)
    assert catalog.ledger.forget_article(article_id("Same.")) == {f"{article_id('Same.')}:0-5"}
    assert [article.text for article in catalog.articles()] == ["Other."]
    assert catalog.ledger.origin("one") is None
    assert catalog.ledger.origin("two").digest is None  # so that adding it again brings back what was forgotten
    assert [source.name for _, source in catalog.ledger.scans("two")] == ["two#part 2"]


def test_an_article_whose_title_changed_is_written_again_and_keeps_its_other_files(catalog):
    text = text_of("Body.", title="Old")
    index(catalog, {"one": text, "two": text})
    number = catalog.ledger.number_of(article_id(text))
    gone = index(catalog, {"one": read_text(text, title="New")}, waits=True)
    assert gone == set()
    assert catalog.ledger.number_of(article_id(text)) != number
    assert catalog.ledger.waiting_number_of(article_id(text)) is None
    assert [(a.title, a.sources) for a in catalog.articles()] == [("New", ("one", "two"))]


def test_what_waits_goes_with_the_last_place_that_names_its_text(catalog):
    text = text_of("Body.", title="Old")
    index(catalog, {"one": text})
    renamed = read_text(text, title="New")
    catalog.ledger.write([Arrival(renamed, cut(renamed), waits=True)], [])
    assert catalog.ledger.waiting_number_of(renamed.id) != catalog.ledger.number_of(renamed.id)
    assert list(flaws(catalog.database)) == []
    catalog.ledger.forget(["one"])
    assert catalog.database.rows("SELECT number FROM articles") == []


def test_a_source_says_what_it_says_of_a_text_in_full():
    text = text_of("Body.", title="Title", publisher="Tengri", day="2022-01-05")
    article = replace(read_text(text), other_dates=(When(dt.datetime(2021, 1, 1), "day", method="x"),))
    bare = read_text("Other.")
    assert article_as_stated(stated_text(article), replace(bare, id=article.id, text=text)) == article


def test_a_scan_that_is_not_at_its_end_adds_to_the_last_one(catalog):
    index(catalog, {"one": "First."})
    half = Line("one", 2, Source("part 1", "", "one#part 1", "Second."), article_id("Second."))
    arrival = Arrival(read_text("Second."), cut(read_text("Second.")))
    catalog.ledger.write([arrival], [half], begun=[catalog.ledger.origin("one")])
    assert {article.text for article in catalog.articles()} == {"First.", "Second."}
    origin = catalog.ledger.origin("one")
    assert (origin.scan, origin.digest) == (1, None)  # it will be read again
    assert [(scan, source.place) for scan, source in catalog.ledger.scans("one")] == [(1, ""), (2, "part 1")]
    catalog.ledger.write([], [], read=[Origin("one", "root", digest="both", scan=2)])
    assert [article.text for article in catalog.articles()] == ["Second."]


def test_a_failed_file_keeps_what_it_gave_and_says_why(catalog):
    index(catalog, {"one": "First.", "two": "Second."})
    catalog.ledger.write([], [], read=[Origin("one", "root", reason="it is broken", scan=1)])
    broken = Source("part 2", "", "two#part 2", "", reason="it is empty")
    catalog.ledger.write([], [Line("two", 1, broken)])
    assert [(each.source, each.reason) for each in catalog.failures()] == [
        ("one", "it is broken"), ("two#part 2", "it is empty")
    ]  # fmt: skip
    assert len(catalog.articles()) == 2


def test_other_masks_cut_an_article_anew_and_keep_the_vectors_of_chunks_that_stay(catalog):
    index(catalog, {"one": "First.\nSecond.\nThird."})
    number = catalog.ledger.number_of(article_id("First.\nSecond.\nThird."))
    article = catalog.articles()[0]
    masked = replace(article, masked=(Span(article.id, 0, 7),))
    gone = catalog.ledger.recut([Recut(number, masked, cut(masked), 1)])
    assert gone == {f"{article.id}:0-6"}
    assert [chunk.span.start for chunk in catalog.chunks(article.id)] == [7, 15]
    assert catalog.stock.without_version() == [(number, "indexed", 0)]
    assert (catalog.article(article.id).masked, catalog.as_read(number).masked) == (masked.masked, ())
    assert catalog.stock.vector_count() == 0
    catalog.ledger.publish()
    assert catalog.stock.vector_count() == 2
    assert catalog.ledger.recut([Recut(number, article, cut(article), 0)]) == set()
    assert catalog.stock.without_version() == [(number, "indexed", 1)]


def test_files_below_a_folder_are_those_below_it_and_no_others(catalog):
    names = ["/news/a.txt", "/news/b/c.txt", "/news2/a.txt", "/news", "https://x/news/a.txt", "/new/s.txt"]
    index(catalog, {name: f"Text {name}." for name in names})
    assert [(o.name, gave) for o, gave in catalog.ledger.below("/news")] == [("/news/a.txt", 1), ("/news/b/c.txt", 1)]
    assert len(catalog.ledger.below("/")) == 5


def test_rows_hold_the_vectors_of_the_chunks_asked_for(catalog):
    index(catalog, {"one": "First.\nparagraph.", "two": "Second."})
    labels = catalog.stock.labels()
    rows = catalog.stock.rows(labels[:1])
    assert rows.vectors.shape == (2, 4)
    assert rows.vectors.dtype == np.float32
    assert {rows.chunk_id(row) for row in range(2)} == {chunk.id for chunk in cut(read_text("First.\nparagraph."))}


def test_entries_are_those_asked_for(catalog):
    index(catalog, {"one": "First.\nparagraph.", "two": "Second."})
    wanted = {f"{article_id('Second.')}:0-7"}
    assert {entry.chunk_id for block in catalog.stock.entries(wanted) for entry in block} == wanted
    assert sum(map(len, catalog.stock.entries())) == 3
    assert all(len(entry.vector) == 4 for block in catalog.stock.entries() for entry in block)


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
    index(catalog, {str(n): f"Text {n} " + "word " * 500 for n in range(20)})
    assert list(flaws(catalog.database)) == []
    catalog.close()
    content = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(content.replace(b"word word", b"lost word"))
    assert any("has changed" in flaw.problem for flaw in flaws(Catalog.reading(tmp_path).database))


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
    index(catalog, {str(n): f"Text {n} " + "word " * 500 for n in range(50)})
    catalog.close()
    reader = Catalog.reading(tmp_path)
    before = reader.articles()
    cut_off_half_way(tmp_path)
    assert reader.articles() == before
    assert Catalog.reading(tmp_path).articles() == before


def test_where_it_cannot_be_undone_the_reader_says_so():
    with in_unwritable_folder() as (place, run):
        catalog = Catalog.writing(place)
        index(catalog, {str(n): f"Text {n} " + "word " * 500 for n in range(50)})
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
from tests.index.test_catalog import index
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
catalog = Catalog.writing(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
try:
    index(catalog, {str(n): f"Later {n} " + "word " * 5000 for n in range(50)})
except QAError as error:
    print(type(error).__name__, error)
"""


def test_a_full_disk_is_one_sentence_and_what_was_there_stays(catalog, tmp_path):
    index(catalog, {"one": "First."})
    catalog.close()
    command = [sys.executable, "-c", FULL, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=PATHS, check=True)
    assert done.stdout.startswith("QAError Asked to change the library")
    assert "is kept" in done.stdout
    again = Catalog.reading(tmp_path)
    assert [article.text for article in again.articles()] == ["First."]
    assert again.ledger.waiting() == set()
    assert list(flaws(again.database)) == []


def test_sqlites_own_full_disk_is_the_same_sentence(catalog):
    catalog.database.run("PRAGMA max_page_count = 30")
    with pytest.raises(QAError, match="disk is full"):
        index(catalog, {str(n): f"Later {n} " + "word " * 5000 for n in range(50)})
    assert catalog.articles() == ()


def test_a_mistake_in_a_statement_is_a_bug_and_keeps_its_traceback():
    with pytest.raises(sqlite3.OperationalError):
        Database.in_memory().rows("SELECT nonsense")

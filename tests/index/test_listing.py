"""What is in a library, a page at a time, and counted by day and publisher."""

import datetime as dt
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.errors import UnknownFilter
from qa_index.storage.listing import _period
from qa_index.types import Filters, Outlet
from tests.index.fakes import many_articles, open_library, text_of, write_articles

STORIES = {
    "storm": text_of("The sea rose.", title="Storm hits the coast", publisher="BBC", day="2022-01-13"),
    "vote": text_of("They voted.", title="Élysée: who won?", publisher="Le Monde", day="2022-03-02"),
    "apple": text_of("It fell far.", title="an apple", publisher="bbc world", day="2021-12-31"),
    "silent": "Nobody signed these words at all.",
}


@pytest.fixture
def stories(library, tmp_path):
    library.add(write_articles(tmp_path / "stories", STORIES))
    return library


def labels(listing):
    return [each.label for each in listing.articles]


def test_a_listing_says_of_each_article_what_the_article_says(filled):
    listing = filled.listing(limit=100)
    whole = {article.id: article for article in filled.articles()}
    assert listing.total == len(listing.articles) == len(whole)
    for listed in listing.articles:
        article = whole[listed.id]
        assert (listed.label, listed.publisher, listed.published) == (
            article.label,
            article.publisher,
            article.published,
        )
        assert (listed.sources, listed.url, listed.characters) == (article.sources, article.url, len(article.text))


def test_an_article_without_a_title_is_listed_by_its_first_words_after_what_is_masked(library, tmp_path):
    body = "One two three four five six seven eight nine ten eleven twelve thirteen."
    library.add(write_articles(tmp_path / "a", {"a": text_of(body, publisher="P" * 600), "b": body + " Again."}))
    assert labels(library.listing()) == [article.label for article in library.articles()]
    assert labels(library.listing())[0].startswith("One two")


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("newest", ["vote", "storm", "apple", "silent"]),
        ("oldest", ["apple", "storm", "vote", "silent"]),
        ("title", ["apple", "storm", "vote", "silent"]),
        ("publisher", ["storm", "apple", "vote", "silent"]),
    ],
)
def test_a_listing_is_sorted_without_regard_to_capitals_and_what_is_not_known_comes_last(stories, sort, expected):
    found = stories.listing(sort=sort).articles
    assert [each.sources[0].rpartition("/")[2].removesuffix(".txt") for each in found] == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 4),
        ("   ", 4),
        ("STORM coast", 1),
        ("coast bbc", 1),
        ("bbc", 2),
        ("élysée", 1),
        ("ÉLYSÉE", 1),
        ("e\u0301lyse\u0301e", 1),
        ("storm vote", 0),
        ("silent.txt", 1),
        ("voted", 0),  # the text is not searched
        ("%", 0),
        ("_", 0),
        ("st_rm", 0),
        ("s%rm", 0),
        ("won?", 1),
        ("'; DROP TABLE articles; --", 0),
    ],
)
def test_every_word_of_a_query_is_in_the_title_the_publisher_or_a_source(stories, query, expected):
    assert stories.listing(query=query).total == expected


def test_a_file_is_found_by_its_path_below_the_folder_that_was_asked_for_and_by_no_more(library, tmp_path):
    folder = write_articles(tmp_path / "archive" / "politics", {"vote": "They voted."}).parent
    library.add(folder, write_articles(tmp_path / "single", {"alone": "One."}) / "alone.txt")
    found = {
        word: library.listing(query=word).total for word in ("politics", "vote", "archive", "alone", "single", "txt")
    }
    assert found == {"politics": 1, "vote": 1, "archive": 0, "alone": 1, "single": 0, "txt": 2}


def test_a_plain_apostrophe_finds_a_typographic_one(library, tmp_path):
    library.add(write_articles(tmp_path / "a", {"a": text_of("It rained.", title="Biden’s plan")}))
    assert library.listing(query="biden's").total == library.listing(query="biden’s").total == 1


def test_pages_put_together_are_the_whole_list_once(filled):
    whole = filled.listing(sort="title", limit=100).articles
    pages = [
        each for offset in range(0, 15, 5) for each in filled.listing(sort="title", offset=offset, limit=5).articles
    ]
    assert tuple(pages) == whole
    assert filled.listing(offset=100).articles == ()
    assert filled.listing(offset=100).total == 12


def test_filters_narrow_a_listing_and_those_without_a_date_can_be_had_alone(stories):
    assert labels(stories.listing(Filters(after=dt.date(2022, 2, 1)))) == ["Élysée: who won?"]
    assert labels(stories.listing(Filters(publishers=("BBC",)))) == ["Storm hits the coast"]
    assert stories.listing(undated=True).articles[0].published is None
    assert stories.listing(undated=True).total == 1
    with pytest.raises(UnknownFilter):
        stories.listing(Filters(publishers=("CNN",)))


@pytest.mark.parametrize("wrong", [{"sort": "size"}, {"offset": -1}, {"limit": -1}])
def test_a_listing_that_cannot_be_is_refused(stories, wrong):
    with pytest.raises(ValueError, match="a listing needs"):
        stories.listing(**wrong)


def test_the_same_text_in_several_files_is_listed_once_with_all_its_sources(library, tmp_path):
    library.add(
        write_articles(tmp_path / "a", {"one": "The same words.", "two": "The same words.", "three": "Others."})
    )
    listing = library.listing()
    assert listing.total == 2
    assert sorted(len(each.sources) for each in listing.articles) == [1, 2]


def test_an_empty_library_has_an_empty_listing(library):
    assert (library.listing().total, library.outlets(), library.timeline().periods) == (0, (), ())


def test_outlets_are_counted_in_alphabetical_order_and_last_those_who_name_none(stories):
    assert stories.outlets() == (Outlet("BBC", 1), Outlet("bbc world", 1), Outlet("Le Monde", 1), Outlet(None, 1))


def test_a_listing_reads_no_text_of_an_article_that_has_a_title(filled, monkeypatch):
    statements = []
    database = filled._read(lambda catalog: catalog.database)  # what is sent to SQLite shows nowhere else
    plain = type(database).rows
    monkeypatch.setattr(
        type(database), "rows", lambda self, *asked: statements.append(plain(self, *asked)) or statements[-1]
    )
    filled.listing(limit=3)
    longest = max(len(value) for rows in statements for row in rows for value in row if isinstance(value, str))
    assert longest < 120


# Over time


@pytest.mark.parametrize(
    ("days", "unit"),
    [
        (["2022-01-01", "2022-02-14"], "day"),
        (["2022-01-01", "2022-12-30"], "week"),
        (["2022-01-01", "2026-12-30"], "month"),
        (["1993-01-01", "2026-12-30"], "year"),
        (["0001-01-01", "9999-12-31"], "year"),
        (["0001-01-01", "0001-02-25"], "week"),
        (["9999-11-01", "9999-12-31"], "week"),
    ],
)
def test_the_span_of_the_articles_says_in_what_they_are_counted(library, tmp_path, days, unit):
    library.add(
        write_articles(tmp_path / "a", {f"a{n}": text_of(f"Words {n}.", day=day) for n, day in enumerate(days)})
    )
    timeline = library.timeline()
    assert timeline.unit == unit
    assert [period.articles for period in timeline.periods] == [1, 1]


def test_a_timeline_counts_every_article_once(filled):
    timeline = filled.timeline()
    assert sum(period.articles for period in timeline.periods) + timeline.undated == 12
    assert [period.first for period in timeline.periods] == sorted(period.first for period in timeline.periods)
    assert timeline.undated == filled.listing(undated=True).total
    for period in timeline.periods:
        assert filled.listing(Filters(after=period.first, until=period.last)).total == period.articles
    assert filled.timeline(Filters(publishers=("Paper 1",))).undated <= timeline.undated


@settings(max_examples=60)
@given(st.dates(), st.sampled_from(["day", "week", "month", "year"]))
def test_a_day_lies_in_its_period_and_so_do_the_ends_of_that(day, unit):
    first, last = _period(day, unit)
    assert first <= day <= last
    assert _period(first, unit) == _period(last, unit) == (first, last)


# Files that were handed in


def test_articles_are_read_from_the_uploads_in_a_library_and_from_nowhere_else_in_it(library):
    uploads = write_articles(library.uploads, {"a": "One text.", "b": "Another text."})
    write_articles(library.folder / "elsewhere", {"c": "No article."})
    assert library.add(uploads / "a.txt").added == 1
    assert library.add(uploads).added == 1
    assert library.add(library.folder).unchanged == 2
    assert {name.rpartition("/")[2] for name in library.digests(uploads)} == {"a.txt", "b.txt"}


def test_a_file_that_failed_can_be_forgotten(library):
    write_articles(library.uploads, {"a": "this is unreadable"})
    library.add(library.uploads / "a.txt")
    assert len(library.failures()) == 1
    assert library.digests(library.uploads) == {}
    library.forget(str((library.uploads / "a.txt").resolve()), "/never/was")
    assert library.failures() == ()


@pytest.mark.slow
def test_ten_thousand_articles_are_listed_quickly(tmp_path):
    import time

    with open_library(tmp_path / "library") as library:
        library.add(write_articles(tmp_path / "a", many_articles(3)))
        with sqlite3.connect(library.folder / "catalog.sqlite") as connection:
            columns = "publisher, day, moment, authors, published, updated, url, language, masked, provenance, "
            columns += "other_dates, text"
            connection.execute(
                f"INSERT INTO articles (state, id, title, {columns}) WITH RECURSIVE n(i) AS "
                "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) SELECT 'indexed', printf('%016x', i), "
                f"'Story ' || i, {columns} FROM n, (SELECT * FROM articles LIMIT 1)"
            )
        connection.close()
        for asked in ({}, {"sort": "title"}, {"query": "story 99"}):
            started = time.perf_counter()
            assert library.listing(**asked).total > 100
            assert time.perf_counter() - started < 1  # 30 ms here; this is for a busy machine

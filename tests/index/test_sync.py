from __future__ import annotations

import datetime as dt
import os
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from qa_index.errors import LibraryMismatch, NothingToIndex, PathNotFound, UsageError
from qa_index.library import Library
from qa_index.storage import meaning, scanning
from qa_index.storage.preparing import standard_reading
from qa_index.storage.sync import DEFAULT_FIELDS
from qa_index.stories import Piece
from qa_index.types import Article, Failure, Step, Synced, When, article_id
from tests.index.fakes import (
    CountingReading,
    FailingEmbedder,
    HashingEmbedder,
    contents,
    make_reading,
    many_articles,
    open_library,
    read_text,
    text_of,
    write_articles,
)


def texts(library: Library) -> set[str]:
    return {article.text for article in library.articles()}


@pytest.fixture
def trusting(monkeypatch):
    """Trust how a file looks at once: nobody can set the time at which its entry changed back."""
    monkeypatch.setattr(scanning, "SETTLED_NS", 0)


def test_a_sync_counts_what_happened_to_each_source(library, tmp_path):
    folder = write_articles(tmp_path / "news", {"a": "One.", "b": "Two.", "c": "Three.", "d": "unreadable"})
    assert library.add(folder) == Synced(added=3, failed=(Failure(str(folder / "d.txt"), "it says so"),))
    write_articles(folder, {"b": "Two, changed.", "e": "Five."})
    (folder / "c.txt").unlink()
    done = library.add(folder)
    assert (done.added, done.changed, done.unchanged, done.removed, len(done.failed)) == (1, 1, 1, 1, 1)
    assert texts(library) == {"One.", "Two, changed.", "Five."}
    assert library.failures() == done.failed


def test_what_looks_the_same_is_not_even_opened(trusting, tmp_path):
    folder = write_articles(tmp_path / "news", {"a": "One.", "b": "Two."})
    counting, embedder = CountingReading(), HashingEmbedder()
    with open_library(tmp_path / "library", embedder, reading=counting.reading()) as library:
        library.add(folder)
        counting.read.clear(), embedder.texts.clear()
        assert library.add(folder) == Synced(unchanged=2)
    assert (counting.read, embedder.texts) == ([], [])


def test_the_same_bytes_are_neither_parsed_nor_embedded(library, tmp_path):
    folder = write_articles(tmp_path / "news", {"a": "One."})
    counting, embedder = CountingReading(), HashingEmbedder()
    with open_library(tmp_path / "library", embedder, reading=counting.reading()) as opened:
        opened.add(folder)
        counting.parsed.clear(), embedder.texts.clear()
        os.utime(folder / "a.txt", (1, 1))
        assert opened.add(folder) == Synced(unchanged=1)
    assert (counting.read, counting.parsed, embedder.texts) == (["a.txt", "a.txt"], [], [])


def test_how_a_file_looks_is_trusted_only_once_it_was_left_alone_for_a_while(tmp_path, monkeypatch):
    """On a file system with a coarse clock a file can change twice within one tick and look the same."""
    folder = write_articles(tmp_path / "news", {"a": "One."})
    counting = CountingReading()
    with open_library(tmp_path / "library", reading=counting.reading()) as library:
        library.add(folder)
        library.add(folder)
        assert counting.read == ["a.txt"] * 2
        later = time.time_ns() + 10 * 10**9
        monkeypatch.setattr(scanning, "time", SimpleNamespace(time_ns=lambda: later))  # rather than wait
        library.add(folder)
        assert counting.read == ["a.txt"] * 3
        assert library.add(folder) == Synced(unchanged=1)
        assert counting.read == ["a.txt"] * 3


def test_a_renamed_file_is_not_embedded_again(tmp_path):
    folder = write_articles(tmp_path / "news", {"a": "One.", "b": "Two."})
    embedder = HashingEmbedder()
    with open_library(tmp_path / "library", embedder) as library:
        library.add(folder)
        embedder.texts.clear()
        (folder / "a.txt").rename(folder / "z.txt")
        done = library.add(folder)
        assert (done.added, done.removed, done.unchanged) == (1, 1, 1)
        assert library.article(article_id("One.")).sources == (str(folder / "z.txt"),)
        assert library.search("One")[0].chunk.span.article_id == article_id("One.")
    assert embedder.texts == ["One"]


def test_bytes_that_changed_around_the_same_text_are_no_change(tmp_path):
    stripped = lambda path, fields: [Piece("", "text", path.read_bytes().strip())]  # noqa: E731
    reading = replace(make_reading(), pieces=stripped)
    folder = write_articles(tmp_path / "news", {"a": "One."})
    with open_library(tmp_path / "library", reading=reading) as library:
        library.add(folder)
        generation = library.generation
        (folder / "a.txt").write_text("One.\n\n")
        assert library.add(folder) == Synced(unchanged=1)
        assert library.generation == generation


def test_the_same_text_twice_is_one_article_with_both_sources(library, tmp_path):
    folder = write_articles(tmp_path / "news", {"a": "Same.", "b": "Same."})
    assert library.add(folder).added == 2
    assert [article.sources for article in library.articles()] == [(str(folder / "a.txt"), str(folder / "b.txt"))]
    (folder / "a.txt").unlink()
    assert library.add(folder).removed == 1
    assert [article.sources for article in library.articles()] == [(str(folder / "b.txt"),)]
    (folder / "b.txt").write_text("Other.")
    library.add(folder)
    assert texts(library) == {"Other."}


def test_a_failing_file_stops_no_other_and_an_article_it_gave_earlier_stays(library, tmp_path):
    folder = write_articles(tmp_path / "news", {"a": "One.", "b": "Two."})
    library.add(folder)
    (folder / "a.txt").write_bytes(b"\xff\xfe broken")
    write_articles(folder, {"c": "Three."})
    done = library.add(folder)
    assert (done.added, done.unchanged, done.removed) == (1, 1, 0)
    assert [failure.source for failure in done.failed] == [str(folder / "a.txt")]
    assert "UnicodeDecodeError" in done.failed[0].reason
    assert texts(library) == {"One.", "Two.", "Three."}
    (folder / "a.txt").write_text("One.")
    assert library.add(folder) == Synced(unchanged=3)
    assert library.failures() == ()


def test_a_failed_file_that_is_gone_is_forgotten_and_not_counted(library, tmp_path):
    folder = write_articles(tmp_path / "news", {"a": "One.", "b": "unreadable"})
    library.add(folder)
    (folder / "b.txt").unlink()
    assert library.add(folder) == Synced(unchanged=1)
    assert library.failures() == ()


def test_an_article_with_nothing_to_search_fails_and_says_so(library, tmp_path):
    folder = write_articles(tmp_path / "news", {"a": "One.", "b": "title: nothing\n\n"})
    assert [failure.reason for failure in library.add(folder).failed] == [
        "it holds nothing to search; give the article's text"
    ]


# What is asked for


@pytest.mark.parametrize("create", [True, False])
def test_a_missing_path_is_refused_before_anything_is_written(library, tmp_path, create):
    folder = write_articles(tmp_path / "news", {"a": "One."})
    if create:
        library.add(folder)
    with pytest.raises(PathNotFound, match="missing"):
        library.add(folder, tmp_path / "missing")
    assert library.folder.exists() == create


def test_an_empty_folder_is_refused_before_anything_is_written(library, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToIndex, match="holds no article"):
        library.add(tmp_path / "empty")
    assert not library.folder.exists()


def test_asking_for_nothing_is_refused(library):
    with pytest.raises(NothingToIndex, match="nothing was named"):
        library.add()


def test_an_unmounted_disk_does_not_empty_a_library(library, tmp_path):
    folder = write_articles(tmp_path / "disk", {"a": "One."})
    library.add(folder)
    (folder / "a.txt").unlink()
    with pytest.raises(NothingToIndex, match="Nothing was removed"):
        library.add(folder)
    assert texts(library) == {"One."}


def test_files_gone_from_another_folder_stay_until_that_is_added_again(library, tmp_path):
    first = write_articles(tmp_path / "first", {"a": "One.", "b": "Two."})
    second = write_articles(tmp_path / "second", {"c": "Three."})
    library.add(first, second)
    (first / "a.txt").unlink()
    assert library.add(second) == Synced(unchanged=1)
    assert texts(library) == {"One.", "Two.", "Three."}
    assert library.add(first).removed == 1


def test_files_gone_from_a_folder_inside_one_added_before_are_removed(library, tmp_path):
    write_articles(tmp_path / "news" / "old", {"a": "One.", "b": "Two."})
    library.add(tmp_path / "news")
    (tmp_path / "news" / "old" / "a.txt").unlink()
    assert library.add(tmp_path / "news" / "old") == Synced(unchanged=1, removed=1)


def test_gone_files_stay_if_that_is_asked_for(library, tmp_path):
    folder = write_articles(tmp_path / "news", {"a": "One.", "b": "Two."})
    library.add(folder)
    (folder / "a.txt").unlink()
    assert library.add(folder, keep=True) == Synced(unchanged=1)
    assert texts(library) == {"One.", "Two."}


def test_a_file_in_a_folder_that_may_not_be_listed_is_not_gone(library, tmp_path, monkeypatch):
    folder = write_articles(tmp_path / "news", {"a": "One.", "b": "Two."})
    library.add(folder)
    (folder / "a.txt").unlink()
    refused = PermissionError(13, "Permission denied")
    sound = Path.stat

    def stat(path: Path, **how: bool) -> os.stat_result:  # root may list anything, so it cannot be had for real
        if path.name == "a.txt":
            raise refused
        return sound(path, **how)

    monkeypatch.setattr(Path, "stat", stat)
    assert library.add(folder) == Synced(unchanged=1)


def test_the_library_inside_a_folder_is_not_indexed_with_it(tmp_path):
    folder = write_articles(tmp_path / "news", {"a": "One."})
    write_articles(folder / "library", {"inside": "Not this."})
    with open_library(folder / "library") as library:
        assert library.add(folder) == Synced(added=1)
        assert texts(library) == {"One."}


def test_a_source_named_twice_is_read_once(library, tmp_path):
    folder = write_articles(tmp_path / "news", {"a": "One."})
    assert library.add(folder, str(folder / "a.txt"), [folder]) == Synced(added=1)


def test_progress_tells_of_every_source_once(library, tmp_path):
    folder = write_articles(tmp_path / "news", {**many_articles(5), "x": "unreadable", "y": "Same.", "z": "Same."})
    library.add(folder / "a001.txt")
    told: list[Step] = []
    library.add(folder, progress=told.append)
    reading = [step for step in told if step.stage == "reading"]
    assert {step.total for step in reading} == {8}
    assert sorted({step.done for step in reading} - {0}) == list(range(1, 9))
    assert {step.name for step in reading} == {str(path) for path in folder.iterdir()}
    assert [step.share for step in told if step.stage == "embedding"][-1] == 1
    assert reading[-1].articles == 6


# Articles that are handed in


def test_an_article_object_is_named_after_where_it_came_from(library):
    web = Article(article_id("Web."), "Web.", url="https://example.org/1")
    bare = Article(article_id("Bare."), "Bare.")
    assert library.add(web, bare) == Synced(added=2)
    assert {article.sources for article in library.articles()} == {("https://example.org/1",), (f"memory:{bare.id}",)}
    assert library.add([web, bare]) == Synced(unchanged=2)


def test_an_article_whose_id_is_not_of_its_text_is_a_mistake(library):
    with pytest.raises(ValueError, match="id"):
        library.add(Article("0" * 16, "Text."))


class Document:
    """What llama-index hands over, as far as it matters."""

    def __init__(self, text: str, **metadata: object) -> None:
        self._text, self.metadata = text, metadata

    def get_content(self) -> str:
        return self._text


def test_a_document_brings_its_metadata(library):
    document = Document(
        "Rain fell.",
        title="Weather",
        publisher="Kazinform",
        authors=["A. B."],
        published="13 January 2022",
        url="https://example.org/2",
        creation_date="2024-01-01",
    )
    library.add(document)
    article = library.articles()[0]
    assert (article.title, article.publisher, article.authors) == ("Weather", "Kazinform", ("A. B.",))
    assert article.published.date == dt.date(2022, 1, 13)
    assert (article.url, article.sources) == ("https://example.org/2", ("https://example.org/2",))
    assert library.search("weather")[0].chunk.span.article_id == article.id


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (dt.date(2022, 1, 13), dt.date(2022, 1, 13)),
        (dt.datetime(2022, 1, 13, 10, 30), dt.date(2022, 1, 13)),
        (When(dt.datetime(2022, 1, 1), "month"), dt.date(2022, 1, 1)),
        ("2022-01-13", dt.date(2022, 1, 13)),
        ("soon", None),
        (1642032000, None),
        (None, None),
    ],
)
def test_a_documents_date_is_read_or_unknown(library, given, expected):
    library.add(Document("Rain fell.", date=given))
    published = library.articles()[0].published
    assert (published.date if published else None) == expected


def test_a_documents_own_dates_of_its_file_are_not_when_it_was_published(library):
    library.add(Document("Rain fell.", creation_date="2024-01-01", last_modified_date="2024-01-01"))
    assert library.articles()[0].published is None


def test_pages_of_one_file_do_not_replace_each_other(library):
    pages = [Document(f"Page {n}.", file_path="/news/report.pdf") for n in range(3)]
    assert library.add(pages) == Synced(added=3)
    assert library.add(pages) == Synced(unchanged=3)
    assert {name for article in library.articles() for name in article.sources} == {
        "/news/report.pdf",
        "/news/report.pdf#2",
        "/news/report.pdf#3",
    }


def test_a_document_of_the_same_address_with_another_text_is_a_change(library):
    library.add(Document("Rain fell.", url="https://example.org/2"))
    assert library.add(Document("Snow fell.", url="https://example.org/2")) == Synced(changed=1)
    assert texts(library) == {"Snow fell."}


def test_a_document_with_another_title_is_a_change_of_the_same_article(library):
    library.add(Document("Rain fell.", url="https://example.org/2", title="Old"))
    assert library.add(Document("Rain fell.", url="https://example.org/2", title="Zebra")) == Synced(changed=1)
    assert [article.title for article in library.articles()] == ["Zebra"]
    assert library.search("zebra")[0].found_by == ("vectors", "words")
    assert library.audit() == ()


def test_an_unreadable_document_fails_and_the_others_go_on(library):
    done = library.add(Document("unreadable", url="https://example.org/3"), Document("Rain fell."))
    assert (done.added, [failure.source for failure in done.failed]) == (1, ["https://example.org/3"])


@pytest.mark.parametrize("thing", [17, None, SimpleNamespace(text=5), b"bytes"])
def test_what_is_no_article_is_refused(library, thing):
    with pytest.raises(UsageError, match="Give paths"):
        library.add(thing)


def test_metadata_of_files_and_documents_agree(library, tmp_path):
    text = text_of("Rain fell.", title="Weather", day="2022-01-13")
    folder = write_articles(tmp_path / "news", {"a": text})
    library.add(folder)
    assert library.article(article_id(text)) == read_text(text, str(folder / "a.txt"))


# The embedder


@pytest.mark.parametrize("place", range(0, 12, 5))
def test_an_embedder_that_fails_leaves_words_and_can_be_tried_again(tmp_path, articles, place, monkeypatch):
    monkeypatch.setattr(meaning, "BATCH_CHUNKS", 4)
    folder = tmp_path / "library"
    with open_library(folder, FailingEmbedder(f"Story {place}\n")) as failing:
        with pytest.raises(RuntimeError, match="broke"):
            failing.add(articles)
        assert len(failing.articles()) == 12
        stopped = [hit.found_by for hit in open_library(folder).search("Story", limit=99)]
        assert ("words",) in stopped
        assert (("vectors", "words") in stopped) == (place > 0)
    with open_library(folder) as again, open_library(tmp_path / "unbroken") as unbroken:
        unbroken.add(articles)
        again.add(articles)
        assert contents(again) == contents(unbroken)
        assert again.audit() == ()


def test_an_update_whose_embedding_fails_leaves_the_old_version_answering(tmp_path):
    folder = write_articles(tmp_path / "news", {"a": "The ferry sails at noon."})
    with open_library(tmp_path / "library") as library:
        library.add(folder)
        write_articles(folder, {"a": "The ferry is broken."})
        with open_library(tmp_path / "library", FailingEmbedder("broken")) as failing, pytest.raises(RuntimeError):
            failing.add(folder)
        assert texts(library) == {"The ferry sails at noon."}
        assert library.search("ferry")
        assert library.add(folder) == Synced(changed=1)


def test_a_library_of_another_embedder_is_not_added_to(filled, tmp_path):
    folder = write_articles(tmp_path / "more", {"a": "One."})
    for embedder in (HashingEmbedder("other"), lambda: HashingEmbedder("other")):
        with open_library(filled.folder, embedder) as other, pytest.raises(LibraryMismatch, match="hashing"):
            other.add(folder)
    assert len(filled.articles()) == 12
    assert filled.audit() == ()


def test_vectors_of_another_length_are_refused(filled, tmp_path):
    folder = write_articles(tmp_path / "more", {"a": "One."})
    with (
        open_library(filled.folder, HashingEmbedder(dimensions=8)) as other,
        pytest.raises(LibraryMismatch, match="32"),
    ):
        other.add(folder)
    assert "1 article is not embedded yet" in filled.audit()[0].problem
    assert filled.search("One", limit=20)
    filled.add(folder)
    assert filled.audit() == ()


class Broken:
    name = "broken"

    def __init__(self, made: object) -> None:
        self.made = made

    def embed(self, texts: object) -> object:
        return self.made


@pytest.mark.parametrize("made", [[[float("nan")] * 4], [[1.0] * 4] * 7, [1.0, 2.0]])
def test_an_embedder_that_breaks_its_contract_is_a_bug(tmp_path, made):
    folder = write_articles(tmp_path / "news", {"a": "One."})
    with open_library(tmp_path / "library", Broken(made)) as library:
        with pytest.raises(ValueError, match="broken made"):
            library.add(folder)
        assert [hit.found_by for hit in open_library(library.folder).search("one")] == [("words",)]


def test_a_file_is_read_again_with_other_names_for_its_fields(tmp_path):
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "export.jsonl").write_text('{"words": "Rain fell on the town all day.", "hed": "Rain"}\n')
    with open_library(tmp_path / "library", reading=standard_reading(160)) as library:
        done = library.add(folder)
        assert (done.added, len(done.failed)) == (0, 1)
        fields = replace(DEFAULT_FIELDS, text=("words",), title=("hed",))
        assert library.add(folder, fields=fields).added == 1
        assert library.articles()[0].title == "Rain"
        assert library.add(folder, fields=fields) == Synced(unchanged=1)

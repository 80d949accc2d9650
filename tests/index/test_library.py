from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from qa_index.errors import (
    ArticleNotFound,
    LibraryDamaged,
    LibraryMismatch,
    LibraryNotFound,
    UnknownFilter,
)
from qa_index.library import Library
from qa_index.search.indexes import IndexDamaged
from qa_index.storage.catalog import Catalog
from qa_index.types import Article, Embedder, Filters, Searched, Step, article_id
from tests.index.fakes import (
    PATHS,
    HashingEmbedder,
    contents,
    many_articles,
    open_library,
    text_of,
    write_articles,
)

QUESTIONS = ("Story 7", "Paper 2", "Story 3 Paper 1")


def answers(library: Library) -> dict[str, list[tuple[str, float]]]:
    return {text: [(hit.chunk.id, hit.score) for hit in library.search(text)] for text in QUESTIONS}


def never() -> Embedder:
    raise AssertionError("nothing here needs the model")


# Opening


def test_opening_writes_nothing_and_loads_nothing(tmp_path):
    with open_library(tmp_path / "library", never) as library:
        assert library.articles() == ()
        assert library.search("anything") == []
        assert library.searched() == Searched(0, None, None)
        assert library.audit() == ()
        assert (library.failures(), library.publishers(), library.generation) == ((), (), 0)
        library.rebuild()
    assert not (tmp_path / "library").exists()


def test_a_library_that_must_be_there_and_is_not_is_said_so(tmp_path):
    with pytest.raises(LibraryNotFound, match="qa index PATH"):
        open_library(tmp_path / "library", create=False)


def test_looking_at_articles_needs_no_model(filled):
    with open_library(filled.folder, never, create=False) as library:
        article = library.articles()[0]
        assert library.article(article.id[:6]) == article
        assert library.chunks(article.id)
        assert library.searched().articles == 12
        assert library.remove(article.id) == article
        assert library.embedder_name == "hashing"
        assert library.audit(repair=True) == ()


def test_a_library_without_an_embedder_shows_articles_and_does_not_search(filled):
    with Library.open(filled.folder, create=False) as library:
        assert len(library.articles()) == 12
        with pytest.raises(ValueError, match="without an embedder"):
            library.search("Story 7")


@pytest.mark.parametrize(
    ("embedder", "named", "tokens", "said"),
    [
        (HashingEmbedder("other"), None, 160, "embedder='hashing'"),
        (lambda: HashingEmbedder("other"), None, 160, "embedder='hashing'"),
        (never, "other", 160, "embedder='hashing'"),
        (never, "hashing", 99, "chunk_tokens=160"),
    ],
)
def test_other_settings_are_refused_when_they_matter_and_can_be_rebuilt_to(filled, embedder, named, tokens, said):
    with open_library(filled.folder, embedder, embedder_name=named, chunk_tokens=tokens) as library:
        assert len(library.articles()) == 12
        with pytest.raises(LibraryMismatch, match=said):
            library.search("Story 7")


def test_a_rebuild_uses_the_settings_in_force_and_other_readers_notice(filled):
    before = answers(filled)
    with open_library(filled.folder, HashingEmbedder("wide", dimensions=64), chunk_tokens=99) as other:
        told: list[tuple[str, int, int]] = []
        other.rebuild(progress=lambda step: told.append((step.stage, step.done, step.total)))
        assert told == [*(("embedding", n, 12) for n in range(1, 13)), ("storing", 36, 36)]
        assert other.embedder_name == "wide"
        assert other.search("Story 7")[0].found_by == ("vectors", "words")
        assert other.audit() == ()
    with pytest.raises(LibraryMismatch, match="wide"):
        filled.search("Story 7")
    with open_library(filled.folder) as back:
        back.rebuild()
        assert answers(back) == before
    assert answers(filled) == before


def test_a_rebuild_that_is_cut_off_leaves_the_library_as_it_was(filled, articles):
    before = contents(filled)

    class Breaks(HashingEmbedder):
        def embed(self, texts):
            if len(self.texts) > 10:
                raise RuntimeError("the model broke")
            return super().embed(texts)

    with open_library(filled.folder, Breaks("other")) as other, pytest.raises(RuntimeError):
        other.rebuild()
    assert contents(filled) == before
    assert filled.audit() == ()
    filled.rebuild()
    assert contents(filled) == before


# Searching


def test_a_search_finds_by_meaning_and_by_words(filled):
    article = next(article for article in filled.articles() if article.title == "Story 7")
    wanted = filled.chunks(article.id)[1]
    hits = filled.search(f"Story 7 {article.text[wanted.span.start : wanted.span.end]}", limit=3)
    assert hits[0].chunk == wanted
    assert (len(hits), hits[0].found_by) == (3, ("vectors", "words"))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_every_hit_is_a_range_of_its_article_made_of_its_sentences(filled):
    for hit in filled.search("Story 7", limit=30):
        article, chunk = filled.article(hit.chunk.span.article_id), hit.chunk
        assert article.text[chunk.span.start : chunk.span.end].strip()
        assert chunk in filled.chunks(article.id)
        assert all(chunk.span.start <= s.start < s.end <= chunk.span.end for s in chunk.sentences)


@pytest.mark.parametrize("text", ["", " \n", "\udc80"])
def test_an_empty_question_finds_nothing(filled, text):
    assert filled.search(text) == []


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_finds_nothing(filled, limit):
    assert filled.search("Story 7", limit=limit) == []


def test_a_question_without_a_known_word_still_finds_by_meaning(filled):
    assert [hit.found_by for hit in filled.search("zyzzyva", limit=2)] == [("vectors",)] * 2


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
@example('AND OR NOT ( "')
@example("word " * 2_000)
@example("\0\x1f\ud800")
def test_no_question_breaks_a_search(filled, text):
    assert len(filled.search(text, limit=5)) <= 5


def test_the_end_of_a_very_long_question_does_not_count(filled):
    embedder = HashingEmbedder()
    with open_library(filled.folder, embedder) as library:
        library.search("zebra " * 10_000)
    assert len(embedder.texts[0]) == 2_000


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    after=st.none() | st.dates(dt.date(2022, 1, 1), dt.date(2022, 6, 1)),
    until=st.none() | st.dates(dt.date(2022, 6, 1), dt.date(2022, 12, 31)),
    publishers=st.lists(st.sampled_from(["Paper 0", "paper 1", " PAPER 2"]), unique=True, max_size=2),
    numbers=st.lists(st.integers(0, 11), unique=True, max_size=3),
)
def test_filters_equal_brute_force(filled, after, until, publishers, numbers):
    everything = sorted(filled.articles(), key=lambda article: article.id)
    chosen = tuple(everything[number].id for number in numbers)
    filters = Filters(after, until, tuple(publishers), tuple(identity[:9] for identity in chosen))

    def passes(article: Article) -> bool:
        day = article.published.date if article.published else None
        return (
            (after is None or (day is not None and after <= day))
            and (until is None or (day is not None and day <= until))
            and (not publishers or article.publisher in {name.strip().title() for name in publishers})
            and (not chosen or article.id in chosen)
        )

    wanted = {article.id for article in everything if passes(article)}
    found = filled.search("Story Paper 7", filters=filters, limit=1000)
    assert {hit.chunk.span.article_id for hit in found} == wanted
    assert len(found) == sum(len(filled.chunks(identity)) for identity in wanted)
    assert {article.id for article in filled.articles(filters)} == wanted
    assert filled.searched(filters).articles == len(wanted)


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (Filters(publishers=("Nobody",)), "the publishers are Paper 0, Paper 1, Paper 2, Paper 3"),
        (Filters(articles=("ffff",)), "no id begins so"),
        (Filters(articles=("xyz",)), "at least 4 hexadecimal digits"),
        (Filters(after=dt.date(2022, 2, 1), until=dt.date(2022, 1, 1)), "no day is both"),
    ],
)
def test_a_filter_that_nothing_can_pass_says_what_there_is(filled, filters, said):
    for question in (filled.searched, filled.articles, lambda filters: filled.search("x", filters=filters)):
        with pytest.raises(UnknownFilter, match=said):
            question(filters)


def test_a_long_list_of_publishers_is_cut_short(library, tmp_path):
    texts = {str(n): text_of(f"Text {n}.", publisher=f"Paper {n:02d}") for n in range(12)}
    library.add(write_articles(tmp_path / "news", texts))
    with pytest.raises(UnknownFilter, match=r"Paper 07 and 4 more"):
        library.searched(Filters(publishers=("Nobody",)))


def test_a_filter_on_days_that_no_article_has_finds_nothing(filled):
    assert filled.search("Story 7", filters=Filters(after=dt.date(2030, 1, 1))) == []


# Articles


@pytest.mark.parametrize(
    ("prefix", "said"),
    [("abc", "at least 4"), ("", "at least 4"), ("wxyz", "hexadecimal"), ("0000000000000000", "no id begins so")],
)
def test_an_article_that_cannot_be_found_says_why(filled, prefix, said):
    for question in (filled.article, filled.remove, filled.chunks):
        with pytest.raises(ArticleNotFound, match=said):
            question(prefix)


def test_the_beginning_of_several_ids_names_them(library):
    texts: dict[str, str] = {}
    number = 0
    while True:  # two texts whose ids begin with the same four digits turn up among a few hundred
        text = f"Text {number}."
        if (prefix := article_id(text)[:4]) in texts:
            break
        texts[prefix] = text
        number += 1
    pair = [Article(article_id(each), each) for each in (text, texts[prefix])]
    library.add(pair)
    with pytest.raises(ArticleNotFound, match=f"2 ids begin so: .*{pair[0].id}"):
        library.article(prefix)
    assert library.article(pair[0].id[:12].upper()).text == text


def test_a_removed_article_is_never_found_and_its_folder_brings_it_back(filled, articles):
    gone = filled.article(filled.search("Story 7")[0].chunk.span.article_id)
    assert filled.remove(gone.id[:8]) == gone
    assert gone.id not in {hit.chunk.span.article_id for hit in filled.search("Story 7", limit=1000)}
    with pytest.raises(ArticleNotFound):
        filled.article(gone.id)
    assert filled.audit() == ()
    assert filled.add(articles).added == 1
    assert filled.article(gone.id) == gone


# Other processes

CHANGE = """
import sys
from tests.index.fakes import open_library
with open_library(sys.argv[1]) as library:
    print(library.add(sys.argv[2]))
"""


def in_another_process(folder: Path, articles: Path) -> None:
    command = [sys.executable, "-c", CHANGE, str(folder), str(articles)]
    subprocess.run(command, check=True, env=PATHS, stdout=subprocess.DEVNULL)


def test_an_open_reader_sees_what_another_process_adds_and_removes(filled, articles):
    assert filled.search("Story 7")
    (articles / "new.txt").write_text(text_of("The zebra crossed.", title="Zebra"))
    seventh = next(article for article in filled.articles() if article.title == "Story 7")
    Path(seventh.sources[0]).unlink()
    in_another_process(filled.folder, articles)
    assert filled.article(filled.search("zebra")[0].chunk.span.article_id).title == "Zebra"
    assert seventh.id not in {hit.chunk.span.article_id for hit in filled.search("Story 7", limit=1000)}


def test_a_reader_opened_before_the_library_was_made_sees_it(library, articles):
    assert library.search("Story 7") == []
    in_another_process(library.folder, articles)
    assert len(library.articles()) == 12
    assert library.search("Story 7")


def test_a_reader_notices_that_the_library_was_removed_and_made_again(filled, articles, tmp_path):
    assert filled.search("Story 7")
    shutil.rmtree(filled.folder)
    assert filled.articles() == ()
    in_another_process(filled.folder, write_articles(tmp_path / "other", {"a": "The zebra crossed."}))
    assert [article.text for article in filled.articles()] == ["The zebra crossed."]
    assert filled.search("zebra")


def test_searches_go_on_in_other_threads_while_articles_are_added(tmp_path, articles):
    troubles: list[BaseException] = []
    with open_library(tmp_path / "library") as library:
        library.add(articles / "a001.txt")
        done = threading.Event()

        def search() -> None:
            try:
                while not done.is_set():
                    assert library.search("Story 1")
            except BaseException as error:  # a thread's own would be lost
                troubles.append(error)

        threads = [threading.Thread(target=search) for _ in range(3)]
        for thread in threads:
            thread.start()
        library.add(articles)
        done.set()
        for thread in threads:
            thread.join()
        assert troubles == []
        assert len(library.articles()) == 12


def test_while_articles_come_in_readers_use_the_words_on_disk(tmp_path, articles, monkeypatch):
    monkeypatch.setattr("qa_index.storage.sync.BATCH_ARTICLES", 3)
    with open_library(tmp_path / "library") as writer, open_library(tmp_path / "library") as reader:
        writer.add(articles / "a001.txt")
        seen: set[int] = set()

        def look(step: Step) -> None:
            seen.add(len({hit.chunk.span.article_id for hit in reader.search("Story Paper", limit=1000)}))

        # Making them in memory would answer as well, and take seconds for a large library.
        monkeypatch.setattr("qa_index.search.lexical.in_memory", lambda entries: pytest.fail("made in memory"))
        writer.add(articles, progress=look)
        assert {4, 7, 10, 12} <= seen <= {1, 4, 7, 10, 12}


# Caches that are missing, damaged or behind


def spoil_sqlite(folder: Path) -> None:
    path = folder / "chroma" / "chroma.sqlite3"
    content = bytearray(path.read_bytes())
    for place in range(4096 * 8, len(content), 4096 * 3):
        content[place : place + 4096] = os.urandom(4096)
    path.write_bytes(content)


def lose_rows(folder: Path) -> None:
    from qa_index.search.chroma import Chroma

    chroma = Chroma.open(folder / "chroma", library=Catalog.reading(folder).library)
    chroma.delete(sorted(chroma.ids())[:3])
    chroma.close()


def lose_words(folder: Path) -> None:
    from qa_index.search import lexical

    index = lexical.open_for_writing(folder / "lexical")
    index.delete(sorted(index.ids())[:3])
    index.commit()
    index.close()


def snapshot_file(folder: Path) -> Path:
    return next((folder / "snapshot").iterdir())


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(content)


DAMAGES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "chroma removed": ("vectors", lambda folder: shutil.rmtree(folder / "chroma")),
    "chroma's SQLite cut off": ("vectors", lambda folder: os.truncate(folder / "chroma" / "chroma.sqlite3", 50_000)),
    "chroma's SQLite empty": ("vectors", lambda folder: os.truncate(folder / "chroma" / "chroma.sqlite3", 0)),
    "chroma's SQLite spoilt": ("vectors", spoil_sqlite),
    "some vectors missing": ("vectors", lose_rows),
    "words removed": ("words", lambda folder: shutil.rmtree(folder / "lexical")),
    "words without meta": ("words", lambda folder: (folder / "lexical" / "meta.json").unlink()),
    "some words missing": ("words", lose_words),
    "snapshot removed": ("snapshot", lambda folder: shutil.rmtree(folder / "snapshot")),
    "snapshot cut off": ("snapshot", lambda folder: os.truncate(snapshot_file(folder), 1000)),
    "snapshot empty": ("snapshot", lambda folder: os.truncate(snapshot_file(folder), 0)),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of sixty articles, to be copied and damaged."""
    place = tmp_path_factory.mktemp("sound")
    with open_library(place / "library") as library:
        library.add(write_articles(place / "articles", many_articles(60)))
    return place


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_cache_is_never_silently_empty_is_found_and_repaired(sound, tmp_path, how):
    part, damage = DAMAGES[how]
    folder = tmp_path / "library"
    shutil.copytree(sound / "library", folder)
    with open_library(folder) as library:
        expected = answers(library)
    damage(folder)
    with open_library(folder) as library:
        assert answers(library) == expected
        assert {finding.part for finding in library.audit()} == {part}
        assert {(finding.part, finding.repaired) for finding in library.audit(repair=True)} == {(part, True)}
        assert library.audit() == ()
        assert answers(library) == expected


def test_vectors_that_chroma_counts_and_cannot_find_are_looked_up_and_missed(tmp_path):
    """Chroma 1.5.9 writes its graph at 1,000 rows; without the graph it counts right and finds nothing of them."""
    articles = write_articles(tmp_path / "articles", many_articles(11, paragraphs=100))
    with open_library(tmp_path / "library") as library:
        library.add(articles)
        expected = answers(library)
        graphs = [path for path in (library.folder / "chroma").iterdir() if path.is_dir()]
        assert graphs
        for path in graphs:
            shutil.rmtree(path)
        [finding] = library.audit(repair=True)
        assert "looked up cannot be found" in finding.problem
        assert library.audit() == ()
        assert answers(library) == expected


@pytest.mark.parametrize("how", ["chroma removed", "chroma's SQLite cut off", "words removed", "snapshot cut off"])
def test_a_writer_repairs_what_is_damaged_before_it_adds(sound, tmp_path, how):
    folder = tmp_path / "library"
    shutil.copytree(sound / "library", folder)
    DAMAGES[how][1](folder)
    new = write_articles(tmp_path / "new", {"zebra": "The zebra crossed."})
    with open_library(folder) as library:
        assert library.add(new).added == 1
        assert library.audit() == ()
        assert library.search("zebra")


def test_one_flipped_bit_in_the_snapshot_is_found_by_an_audit(sound, tmp_path):
    folder = tmp_path / "library"
    shutil.copytree(sound / "library", folder)
    flip_a_bit(snapshot_file(folder))
    with open_library(folder) as library:
        assert [finding.part for finding in library.audit(repair=True)] == ["snapshot"]
        assert library.audit() == ()


def test_words_damaged_under_an_open_reader_are_made_again(filled, monkeypatch):
    expected = answers(filled)
    view = filled._view
    broken = IndexDamaged(filled.folder, "a damaged page was read")

    def search(
        *_: object, **__: object
    ) -> list[tuple[str, float]]:  # damage in a mapped file is not to be had on demand
        raise broken

    monkeypatch.setattr(view.words, "search", search)
    assert answers(filled) == expected


def test_a_catalog_put_back_from_a_copy_is_what_counts(filled, tmp_path):
    folder = filled.folder
    shutil.copytree(folder, tmp_path / "copy")
    filled.add(write_articles(tmp_path / "later", {"later": "The zebra crossed."}))
    filled.close()
    shutil.copyfile(tmp_path / "copy" / "catalog.sqlite", folder / "catalog.sqlite")
    with open_library(folder) as library:
        assert len(library.articles()) == 12
        assert article_id("The zebra crossed.") not in {
            hit.chunk.span.article_id for hit in library.search("zebra", limit=100)
        }
        assert {finding.part for finding in library.audit(repair=True)} == {"vectors", "words", "snapshot"}
        assert library.audit() == ()


def test_a_damaged_catalog_is_said_in_one_line(filled):
    filled.close()
    (filled.folder / "catalog.sqlite").write_bytes(b"garbage" * 1000)
    with pytest.raises(LibraryDamaged) as caught:
        open_library(filled.folder)
    assert "\n" not in str(caught.value)


def test_a_library_too_large_for_a_snapshot_is_searched_in_chroma(tmp_path, articles):
    with open_library(tmp_path / "small") as small:
        small.add(articles)
        expected = answers(small)
        filters = Filters(after=dt.date(2022, 3, 1), publishers=("Paper 1", "Paper 2"))
        filtered = small.search("Story 7", filters=filters, limit=50)
    with open_library(tmp_path / "large", exact_limit=10) as large:
        large.add(articles)
        assert not (large.folder / "snapshot").exists()
        assert answers(large) == expected
        assert large.search("Story 7", filters=filters, limit=50) == filtered
        assert large.audit() == ()
        (articles / "a007.txt").unlink()
        in_another_process(large.folder, articles)
        assert answers(large) != expected
    shutil.rmtree(tmp_path / "large" / "chroma")
    with open_library(tmp_path / "large", exact_limit=10) as damaged:
        (articles / "zebra.txt").write_text("The zebra crossed.")
        damaged.add(articles)
        assert damaged.search("zebra")[0].found_by == ("vectors", "words")
        assert damaged.audit() == ()


def test_a_large_library_whose_chroma_is_gone_is_searched_exactly(tmp_path, articles):
    with open_library(tmp_path / "large", exact_limit=10) as library:
        library.add(articles)
        expected = answers(library)
    shutil.rmtree(tmp_path / "large" / "chroma")
    with open_library(tmp_path / "large", exact_limit=10) as library:
        assert answers(library) == expected


def test_searching_needs_no_chroma(filled):
    code = (
        "import sys\nfrom tests.index.fakes import open_library\n"
        "with open_library(sys.argv[1]) as library: assert library.search('Story 7')\n"
        "print([name for name in ('chromadb', 'llama_index', 'onnxruntime') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(filled.folder)]
    assert subprocess.run(command, capture_output=True, text=True, check=True, env=PATHS).stdout.strip() == "[]"


def test_processes_that_die_with_the_vectors_open_have_them_made_again(filled, articles):
    """A damaged HNSW file can end the process, so it must not be opened for ever."""
    with closing(Catalog.writing(filled.folder)) as catalog:
        catalog.database.set("unclosed", 3)
    assert [finding.part for finding in filled.audit()] == ["vectors"]
    (articles / "new.txt").write_text("The zebra crossed.")
    filled.add(articles)
    assert filled.audit() == ()

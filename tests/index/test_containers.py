"""Files of several stories: each has its own identity, wherever it stands in its file."""

from __future__ import annotations

import datetime as dt
import json
import re
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_index.errors import ArticleNotFound
from qa_index.library import Library
from qa_index.storage import sync
from qa_index.storage.preparing import standard_reading
from qa_index.storage.sources import Outcome, Work
from qa_index.types import Failure, Filters, Synced, article_id
from tests.index.fakes import CountingReading, FailingEmbedder, HashingEmbedder, open_library, prepared, read_text


class Addressed(CountingReading):
    """Reads stories in front of whose text may stand what their file states about it."""

    def _prepare(self, work: Work) -> Outcome:
        stated, text = stated_and_text(work.piece.content.decode())
        if not stated:
            return super()._prepare(work)
        self.parsed.append(Path(work.file).name)
        if "published" in stated:
            stated["published"] = dt.date.fromisoformat(stated["published"])
        return (prepared(read_text(text, work.file, **stated)),)


def stated_and_text(story: str) -> tuple[dict[str, object], str]:
    """Take off the lines `url: …`, `stated title: …`, `stated publisher: …` and `stated published: …`."""
    head = re.match(r"(?:(?:url|stated \w+): [^\n]*\n)*", story)[0]
    return dict(re.findall(r"(?:stated )?(\w+): ([^\n]*)\n", head)), story[len(head) :]


@pytest.fixture
def counting() -> Addressed:
    return Addressed()


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture
def library(tmp_path, counting, embedder):
    with open_library(tmp_path / "library", embedder, reading=counting.reading()) as opened:
        yield opened


@pytest.fixture
def feed(tmp_path) -> Path:
    (tmp_path / "news").mkdir()
    return tmp_path / "news" / "feed.txt"


def write(file: Path, *stories: str) -> Path:
    file.write_text("\n---\n".join(stories))
    return file


def sources(library: Library) -> dict[str, tuple[str, ...]]:
    """Return the names below the folder that each text came from."""
    return {
        article.text: tuple(name.rpartition("/news/")[2] or name for name in article.sources)
        for article in library.articles()
    }


def test_each_story_of_a_file_is_an_article_named_after_its_place(library, feed):
    assert library.add(write(feed, "One.", "Two.", "Three.")) == Synced(added=3)
    assert sources(library) == {
        "One.": ("feed.txt#part 1",), "Two.": ("feed.txt#part 2",), "Three.": ("feed.txt#part 3",)
    }  # fmt: skip
    assert library.add(feed) == Synced(unchanged=3)
    assert library.audit() == ()


def test_a_story_put_on_top_is_the_only_one_that_is_read_and_embedded(library, feed, counting, embedder):
    library.add(write(feed, "One.", "Two."))
    counting.parsed.clear(), embedder.texts.clear()
    assert library.add(write(feed, "Zero.", "One.", "Two.")) == Synced(added=1, unchanged=2)
    assert (counting.parsed, embedder.texts) == (["feed.txt"], ["Zero."])
    assert sources(library) == {
        "Zero.": ("feed.txt#part 1",), "One.": ("feed.txt#part 2",), "Two.": ("feed.txt#part 3",)
    }  # fmt: skip
    assert library.audit() == ()


def test_a_story_that_changed_takes_the_place_of_what_it_was(library, feed, counting):
    library.add(write(feed, "One.", "Two.", "Three."))
    counting.parsed.clear()
    assert library.add(write(feed, "One.", "Two, corrected.", "Three.")) == Synced(changed=1, unchanged=2)
    assert counting.parsed == ["feed.txt"]
    assert set(sources(library)) == {"One.", "Two, corrected.", "Three."}


def test_a_story_that_is_gone_from_its_file_is_removed(library, feed, counting):
    library.add(write(feed, "One.", "Two.", "Three."))
    counting.parsed.clear()
    assert library.add(write(feed, "One.", "Three.")) == Synced(unchanged=2, removed=1)
    assert counting.parsed == []
    assert sources(library) == {"One.": ("feed.txt#part 1",), "Three.": ("feed.txt#part 2",)}


def test_a_broken_story_stops_no_other_and_is_told_by_its_place(library, feed):
    failure = Failure(f"{feed}#part 2", "it says so")
    assert library.add(write(feed, "One.", "unreadable", "Three.")) == Synced(added=2, failed=(failure,))
    assert library.failures() == (failure,)
    assert library.add(feed) == Synced(unchanged=2, failed=(failure,))
    assert library.add(write(feed, "One.", "Two.", "Three.")) == Synced(added=1, unchanged=2)
    assert library.failures() == ()


def test_a_story_that_breaks_keeps_the_article_it_gave(library, feed):
    library.add(write(feed, "One.", "Two.", "Three."))
    done = library.add(write(feed, "One.", "unreadable", "Three."))
    assert ([each.source for each in done.failed], done.removed, done.unchanged) == ([f"{feed}#part 2"], 0, 3)
    assert set(sources(library)) == {"One.", "Two.", "Three."}
    assert library.search("two")
    assert library.audit() == ()


def test_the_same_story_in_two_files_goes_with_the_last(library, feed):
    other = write(feed.with_name("other.txt"), "Two.", "Four.")
    assert library.add(write(feed, "One.", "Two."), other) == Synced(added=4)
    assert sources(library)["Two."] == ("feed.txt#part 2", "other.txt#part 1")
    assert library.add(write(feed, "One."), other).removed == 1
    assert sources(library)["Two."] == ("other.txt#part 1",)
    library.add(write(other, "Four."))
    assert set(sources(library)) == {"One.", "Four."}
    assert library.audit() == ()


def test_the_same_story_twice_in_one_file_is_one_article(library, feed):
    library.add(write(feed, "One.", "Same.", "Same."))
    assert sources(library)["Same."] == ("feed.txt#part 2", "feed.txt#part 3")
    library.add(write(feed, "One.", "Same."))
    assert sources(library)["Same."] == ("feed.txt#part 2",)
    library.add(write(feed, "Same.", "Same.", "Same."))
    assert sources(library) == {"Same.": ("feed.txt#part 1", "feed.txt#part 2", "feed.txt#part 3")}


def test_a_story_with_an_address_is_called_after_it_wherever_it_stands(library, feed, counting):
    library.add(write(feed, "url: https://a\nOne.", "url: https://b\nTwo."))
    assert sources(library) == {"One.": ("https://a",), "Two.": ("https://b",)}
    counting.parsed.clear()
    assert library.add(write(feed, "url: https://b\nTwo.", "url: https://a\nOne.")) == Synced(unchanged=2)
    assert sources(library) == {"One.": ("https://a",), "Two.": ("https://b",)}
    assert counting.parsed == []
    assert library.add(write(feed, "Zero.", "url: https://b\nTwo, corrected.")) == Synced(added=1, changed=1, removed=1)
    assert sources(library)["Two, corrected."] == ("https://b",)


def test_an_address_that_a_file_has_twice_is_numbered_as_long_as_it_is_there_twice(library, feed):
    library.add(write(feed, "url: https://a\nOne.", "url: https://a\nTwo."))
    assert sources(library) == {"One.": ("https://a",), "Two.": ("https://a#2",)}
    library.add(write(feed, "Zero.", "url: https://a\nOne.", "url: https://a\nTwo."))
    assert sources(library) == {"Zero.": ("feed.txt#part 1",), "One.": ("https://a",), "Two.": ("https://a#2",)}
    library.add(write(feed, "Zero.", "url: https://a\nTwo."))
    assert sources(library) == {"Zero.": ("feed.txt#part 1",), "Two.": ("https://a",)}
    assert library.audit() == ()


class Stops(Exception):
    """Stands for whatever may stop a process."""


def test_a_scan_that_is_stopped_half_way_goes_on_without_reading_again_what_it_read(tmp_path, feed, monkeypatch):
    monkeypatch.setattr(sync, "BATCH_ARTICLES", 3)
    folder, counting = tmp_path / "library", Addressed()
    stories = [f"Story {n}." for n in range(10)]
    with open_library(folder, reading=counting.reading()) as library:
        library.add(write(feed, "Story 1.", "Old."))

        def stop(step):
            if len(counting.parsed) > 8:
                raise Stops

        with pytest.raises(Stops):
            library.add(write(feed, *stories), progress=stop)
        stopped = set(sources(library))
        assert {"Story 1.", "Old.", "Story 2."} < stopped < {*stories, "Old."}
        assert library.search("old")
        read = len(counting.parsed)
        done = library.add(feed)
    assert len(counting.parsed) - read <= 5
    with open_library(folder) as library:
        assert set(sources(library)) == set(stories)
        assert sources(library)["Story 9."] == ("feed.txt#part 10",)
        assert library.audit() == ()
    assert (done.removed, done.failed) == (1, ())


def test_a_file_that_changes_while_its_scan_is_half_done_is_what_it_was_last(tmp_path, feed, monkeypatch):
    monkeypatch.setattr(sync, "BATCH_ARTICLES", 2)
    counting = Addressed()
    with open_library(tmp_path / "library", reading=counting.reading()) as library:

        def stop(step):
            if len(counting.parsed) > 5:
                raise Stops

        with pytest.raises(Stops):
            library.add(write(feed, *(f"Story {n}." for n in range(10))), progress=stop)
        library.add(write(feed, "Story 9.", "Story 0."))
        assert sources(library) == {"Story 9.": ("feed.txt#part 1",), "Story 0.": ("feed.txt#part 2",)}
        assert library.audit() == ()


def test_an_article_that_is_removed_comes_back_with_its_file_and_the_others_are_not_read_again(library, feed, counting):
    library.add(write(feed, "One.", "Two.", "Three."))
    counting.parsed.clear()
    library.remove(article_id("Two."))
    assert set(sources(library)) == {"One.", "Three."}
    assert library.add(feed).added == 1
    assert sources(library)["Two."] == ("feed.txt#part 2",)
    assert counting.parsed == ["feed.txt"]


def test_a_file_that_changes_again_while_its_last_version_waits_is_what_it_was_last(tmp_path, feed):
    folder = tmp_path / "library"
    with open_library(folder) as library:
        library.add(write(feed, "One.", "Two."))
        for text in ("Two is broken.", "Two is broken again."):
            with open_library(folder, FailingEmbedder("broken")) as failing, pytest.raises(RuntimeError):
                failing.add(write(feed, "One.", text))
            assert set(sources(library)) == {"One.", "Two."}
            assert library.search("two")
        assert library.add(write(feed, "One.", "Two, mended.")) == Synced(changed=1, unchanged=1)
        assert set(sources(library)) == {"One.", "Two, mended."}
        assert library.audit() == ()


def test_a_file_that_changes_back_while_its_last_version_waits_is_what_it_was(tmp_path, feed):
    folder = tmp_path / "library"
    with open_library(folder) as library:
        library.add(write(feed, "One.", "Two."))
        with open_library(folder, FailingEmbedder("broken")) as failing, pytest.raises(RuntimeError):
            failing.add(write(feed, "One.", "Two is broken."))
        library.add(write(feed, "One.", "Two."))
        assert sources(library) == {"One.": ("feed.txt#part 1",), "Two.": ("feed.txt#part 2",)}
        assert library.audit() == ()


def test_a_file_of_several_stories_becomes_a_file_of_one_and_back(library, feed):
    library.add(write(feed, "One.", "Two."))
    library.add(write(feed, "One."))
    assert sources(library) == {"One.": ("feed.txt",)}
    library.add(write(feed, "Zero.", "One."))
    assert sources(library) == {"Zero.": ("feed.txt#part 1",), "One.": ("feed.txt#part 2",)}


def test_a_story_alone_in_its_file_is_called_after_it_and_among_others_after_its_address(library, feed):
    library.add(write(feed, "url: https://a\nOne."))
    assert sources(library) == {"One.": ("feed.txt",)}
    library.add(write(feed, "url: https://a\nOne.", "Two."))
    assert sources(library) == {"One.": ("https://a",), "Two.": ("feed.txt#part 2",)}
    library.add(write(feed, "url: https://a\nOne."))
    assert sources(library) == {"One.": ("feed.txt",)}


def test_what_would_happen_is_said_and_nothing_is_written(library, feed, embedder):
    library.add(write(feed, "One.", "Two.", "Three."))
    before = (library.generation, sources(library))
    embedder.texts.clear()
    write(feed, "Zero.", "One.", "Two, corrected.", "unreadable")
    said = library.preview(feed)
    assert ((library.generation, sources(library)), library.failures(), embedder.texts) == (before, (), [])
    assert library.add(feed) == said


# The places of stories in their files, as the real formats name them


@pytest.fixture
def real(tmp_path):
    with open_library(tmp_path / "library", reading=standard_reading(160)) as opened:
        yield opened


def write_lines(feed: Path, *records: dict[str, str]) -> Path:
    file = feed.with_suffix(".jsonl")
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return file


BODIES = {name: {"text": f"{name} fell on the town all day, and nobody went out."} for name in ("Rain", "Snow", "Hail")}


def test_a_story_without_an_address_is_called_after_its_place_once_and_where_it_stands_now(real, feed):
    rain, snow, _ = BODIES.values()
    real.add(write_lines(feed, rain, snow))
    names = {"Rain": ("feed.jsonl#line 1",), "Snow": ("feed.jsonl#line 2",)}
    assert {text.split()[0]: name for text, name in sources(real).items()} == names
    assert real.add(write_lines(feed, snow, rain)) == Synced(unchanged=2)
    names = {"Snow": ("feed.jsonl#line 1",), "Rain": ("feed.jsonl#line 2",)}
    assert {text.split()[0]: name for text, name in sources(real).items()} == names


def test_a_list_in_a_line_is_called_after_both(real, feed):
    file = feed.with_suffix(".jsonl")
    file.write_text(json.dumps([BODIES["Rain"], BODIES["Snow"], {"text": ""}]) + "\n" + json.dumps(BODIES["Hail"]))
    done = real.add(file)
    assert [failure.source for failure in done.failed] == [f"{file}#line 1#item 3"]
    assert {name.partition("#")[2] for names in sources(real).values() for name in names} == {
        "line 1#item 1", "line 1#item 2", "line 2"
    }  # fmt: skip


@pytest.mark.parametrize("addressed", [True, False])
def test_what_is_newly_known_about_a_story_that_moved_is_taken_in(real, feed, addressed):
    url = {name: {"url": f"https://news.example/{name}"} if addressed else {} for name in BODIES}
    rain, snow, hail = ({**body, **url[name]} for name, body in BODIES.items())
    fog = {"text": "Fog lay on the town all day, and nobody went out."}
    real.add(write_lines(feed, rain, snow, hail))
    dated = {**hail, "published": "2022-01-05"}
    assert real.add(write_lines(feed, fog, rain, snow, dated)) == Synced(added=1, changed=1, unchanged=2)
    assert real.article(article_id(hail["text"])).published.date == dt.date(2022, 1, 5)
    assert len(real.search("hail", filters=Filters(after=dt.date(2022, 1, 1)))) == 1


# One text from several places: what is known about it is what all of them state now

EARLY = "stated published: 2022-01-05\nstated publisher: Tengri\nRain fell."
LATE = "stated published: 2022-01-09\nstated publisher: Kazinform\nRain fell."
RAIN = article_id("Rain fell.")


def known(library: Library) -> tuple[object, ...]:
    article = library.article(RAIN)
    day = article.published.date.day if article.published else None
    return article.title, article.publisher, day, [when.date.day for when in article.other_dates]


@pytest.mark.parametrize("first", ["a", "b", "c"])
def test_whichever_source_comes_first_the_earliest_day_counts_and_the_others_are_kept(library, feed, first, embedder):
    files = {"a": "Rain fell.", "b": LATE, "c": EARLY}
    for name in sorted(files, key=lambda name: name != first):
        library.add(write(feed.with_name(f"{name}.txt"), files[name]))
    assert known(library) == (None, "Tengri", 5, [9])
    assert embedder.texts == ["Rain fell."]
    (hit,) = library.search("rain", filters=Filters(publishers=("Tengri",), until=dt.date(2022, 1, 5)))
    assert hit.found_by == ("vectors", "words")
    assert library.publishers() == ("Tengri",)
    assert library.audit() == ()


def test_what_a_source_stated_goes_with_it(library, feed):
    other = write(feed.with_name("other.txt"), EARLY)
    library.add(write(feed, LATE, "Snow fell."), other)
    assert known(library) == (None, "Tengri", 5, [9])
    write(other, "Fog rose.")
    library.add(other)
    assert known(library) == (None, "Kazinform", 9, [])
    library.add(write(feed, "Rain fell.", "Snow fell."))
    assert known(library) == (None, None, None, [])
    assert library.search("rain", filters=Filters(after=dt.date(2022, 1, 1))) == []


def test_a_title_that_another_source_knows_better_is_embedded_and_until_then_the_old_one_answers(tmp_path, feed):
    folder = tmp_path / "library"
    with open_library(folder, reading=Addressed().reading()) as library:
        library.add(write(feed, "stated title: Old\nRain fell."))
        better = write(feed.with_name("better.txt"), "stated title: Thaw\n" + EARLY)
        with (
            open_library(folder, FailingEmbedder("Thaw"), reading=Addressed().reading()) as failing,
            pytest.raises(RuntimeError),
        ):
            failing.add(better)
        assert known(library)[0] == "Old"
        assert library.search("old")
        library.add(feed)
        assert known(library) == ("Thaw", "Tengri", 5, [])
        assert library.search("thaw")[0].found_by == ("vectors", "words")
        assert library.audit() == ()


def test_a_file_that_goes_while_its_new_version_waits_is_counted_once(tmp_path, feed):
    folder = tmp_path / "library"
    write(feed.with_name("other.txt"), "Snow fell.")
    with open_library(folder) as library:
        library.add(write(feed, "Rain fell.").parent)
        with open_library(folder, FailingEmbedder("broken")) as failing, pytest.raises(RuntimeError):
            failing.add(write(feed, "Rain is broken.").parent)
        feed.unlink()
        assert library.preview(feed.parent) == Synced(unchanged=1, removed=1)
        assert library.add(feed.parent) == Synced(unchanged=1, removed=1)
        assert set(sources(library)) == {"Snow fell."}


# Whatever happened to a library, after a last good `add` it is what it would be if it were new

NAMES = ("a", "b", "c")
STORIES = (
    "Rain fell.",
    "Snow fell.",
    "Wind rose.\nIt was cold.",
    "unreadable",
    "Fog broken up.",
    "url: x\nSun broken.",
    "stated title: Thaw\nRain fell.",
    "stated published: 2022-01-05\nstated publisher: Tengri\nRain fell.",
    "stated published: 2022-01-09\nstated title: Broken sun\nstated publisher: Kazinform\nSun broken.",
)
OPERATIONS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(NAMES), st.lists(st.sampled_from(STORIES), min_size=1, max_size=4)),
    st.tuples(st.just("delete"), st.sampled_from(NAMES)),
    st.tuples(st.just("add")),
    st.tuples(st.just("add, and the embedder fails")),
    st.tuples(st.just("add, and it stops"), st.integers(1, 6)),
    st.tuples(st.just("forget"), st.sampled_from(NAMES)),
    st.tuples(st.just("remove"), st.sampled_from(STORIES)),
)


def add(library: Library, news: Path, *, steps: int | None = None) -> None:
    """Bring a library up to date, or stop after so many steps."""
    left = steps or -1

    def stop(step: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Stops

    with suppress(Stops, RuntimeError):
        library.add(news, progress=stop)


def do(library: Library, news: Path, what: str, *rest) -> None:
    """Do one thing to the files or the library."""
    if what == "write":
        write(news / f"{rest[0]}.txt", *rest[1])
    elif what == "delete":
        (news / f"{rest[0]}.txt").unlink(missing_ok=True)
    elif what == "forget":
        library.forget(str(news / f"{rest[0]}.txt"))
    elif what == "remove":
        with suppress(ArticleNotFound):
            library.remove(article_id(stated_and_text(rest[0])[1]))
    else:
        add(library, news, steps=rest[0] if rest else None)


def leave_out_what_is_unreadable(news: Path) -> None:
    """A part that cannot be read keeps the article it gave, so that a new library would lack it."""
    for file in news.iterdir():
        readable = [part for part in file.read_text().split("\n---\n") if part != "unreadable"]
        write(file, *readable) if readable else file.unlink()


def everything(library: Library) -> dict[str, object]:
    articles = {article.id: article for article in library.articles()}
    return {
        "articles": articles,
        "chunks": {identity: library.chunks(identity) for identity in articles},
        "hits": {text: library.search(text) for text in ("rain fell", "cold wind", "broken sun")},
        "narrowed": {
            name: library.search("rain fell on the sun", filters=Filters(publishers=(name,)))
            for name in library.publishers()
        },
        "late": library.search("rain fell on the sun", filters=Filters(after=dt.date(2022, 1, 6))),
        "failures": library.failures(),
        "kin": library.kin(),
        "searched": library.searched(),
    }


@pytest.fixture
def quick_disk(tmp_path) -> Path:
    """A folder in memory, where there is one: this commits some thousand times."""
    return Path("/dev/shm") if Path("/dev/shm").is_dir() else tmp_path


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(OPERATIONS, max_size=9))
def test_whatever_happened_a_last_good_add_makes_it_as_if_it_were_new(quick_disk, operations):
    with tempfile.TemporaryDirectory(dir=quick_disk) as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sync, "BATCH_ARTICLES", 2)
        place, news = Path(made), Path(made) / "news"
        news.mkdir()
        write(news / "always.txt", "Here always.", "Rain fell.")
        for operation in operations:
            embedder = FailingEmbedder("broken") if "fails" in operation[0] else HashingEmbedder()
            with open_library(place / "library", embedder, reading=Addressed().reading()) as library:
                do(library, news, *operation)
        leave_out_what_is_unreadable(news)
        with (
            open_library(place / "library", reading=Addressed().reading()) as library,
            open_library(place / "new", reading=Addressed().reading()) as new,
        ):
            library.add(news)
            new.add(news)
            assert library.audit() == ()
            assert everything(library) == everything(new)
            again = library.add(news)
            assert (again.added, again.changed, again.removed, again.failed) == (0, 0, 0, ())

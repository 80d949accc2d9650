"""Chroma follows the catalog when everything else is done, and wherever it was stopped it goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from qa_index.library import Library
from qa_index.reading.articles import from_text
from qa_index.search.chroma import Chroma
from qa_index.storage import caches
from qa_index.storage.catalog import Catalog
from qa_index.storage.searching import EXACT_LIMIT, lost
from qa_index.types import Article, Step
from tests.index.fakes import PATHS, HashingEmbedder, many_articles, open_library, write_articles


@contextmanager
def stores(folder: Path) -> Iterator[tuple[Chroma, Catalog]]:
    with closing(Catalog.reading(folder)) as catalog:
        chroma = Chroma.open(folder / "chroma", library=catalog.library)
        with closing(chroma):
            yield chroma, catalog


def assert_chroma_holds_what_the_catalog_holds(folder: Path) -> None:
    with stores(folder) as (chroma, catalog):
        assert chroma.ids() == catalog.stock.vector_ids() != set()
        assert lost(chroma, catalog.stock.rows(catalog.stock.labels())) == 0


class Stop:
    """A progress that is interrupted, as by Ctrl-C, at the last step of a stage, or the first with `at_once`."""

    def __init__(self, stage: str, *, at_once: bool = False) -> None:
        self._stage, self._at_once = stage, at_once

    def __call__(self, step: Step) -> None:
        if step.stage == self._stage and (self._at_once or step.done == step.total):
            raise KeyboardInterrupt


def storing(steps: list[Step]) -> list[tuple[int, int]]:
    return [(step.done, step.total) for step in steps if step.stage == "storing"]


def test_stopped_while_storing_a_library_answers_by_meaning_and_the_next_run_stores_the_rest(tmp_path):
    source = write_articles(tmp_path / "articles", many_articles(150))
    steps: list[Step] = []
    with open_library(tmp_path / "library") as library:
        with pytest.raises(KeyboardInterrupt):
            library.add(source, progress=Stop("storing", at_once=True))
        assert library.search("Story 77")[0].found_by == ("vectors", "words")
        with stores(library.folder) as (chroma, catalog):
            stored, wanted = chroma.count(), catalog.stock.vector_count()
        assert 0 < stored < wanted
        library.add(source, progress=steps.append)
    assert storing(steps)[-1] == (wanted - stored, wanted - stored)
    assert_chroma_holds_what_the_catalog_holds(tmp_path / "library")


def test_a_run_without_changes_needs_no_chroma(tmp_path):
    source = write_articles(tmp_path / "articles", many_articles(5))
    with open_library(tmp_path / "library") as library:
        library.add(source)
    code = (
        "import sys\nfrom tests.index.fakes import open_library\n"
        "with open_library(sys.argv[1]) as library: assert library.add(sys.argv[2]).unchanged == 5\n"
        "print('chromadb' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "library"), str(source)]
    assert subprocess.run(command, capture_output=True, text=True, check=True, env=PATHS).stdout.strip() == "False"


@pytest.mark.parametrize("exact_limit", [EXACT_LIMIT, 0])
def test_other_vectors_under_the_same_names_reach_chroma_though_the_run_was_stopped_before(tmp_path, exact_limit):
    """A chunk is named by its text and place, and its vector tells the title too."""
    source = tmp_path / "export.jsonl"

    def write(title: str) -> None:
        texts = [f"The {animal} crossed the road in the morning." for animal in ("zebra", "heron", "otter", "lynx")]
        source.write_text("".join(json.dumps({"title": title, "text": text}) + "\n" for text in texts))

    with open_library(tmp_path / "library", exact_limit=exact_limit) as library:
        write("Animals on the road")
        library.add(source)
        write("Traffic stopped by a quite different kind of traveller")
        with pytest.raises(KeyboardInterrupt):
            library.add(source, progress=Stop("embedding"))
        library.add(source)
        assert library.audit() == ()
    assert_chroma_holds_what_the_catalog_holds(tmp_path / "library")


@pytest.mark.parametrize("exact_limit", [EXACT_LIMIT, 0])
def test_what_was_removed_leaves_chroma_though_the_run_was_stopped_before(tmp_path, exact_limit):
    source = write_articles(tmp_path / "articles", many_articles(8))
    with open_library(tmp_path / "library", exact_limit=exact_limit) as library:
        library.add(source)
        (source / "a003.txt").unlink()
        write_articles(source, {"new": "Something else was said."})
        with pytest.raises(KeyboardInterrupt):
            library.add(source, progress=Stop("embedding"))
        library.add(source)
        assert library.audit() == ()
    assert_chroma_holds_what_the_catalog_holds(tmp_path / "library")


def test_a_library_that_grows_past_the_limit_and_shrinks_again_answers_throughout(tmp_path):
    texts = many_articles(30)
    source = write_articles(tmp_path / "articles", texts)
    limit = 40
    with open_library(tmp_path / "library", exact_limit=limit) as library:
        library.add(source)
        assert len(library.chunks(library.articles()[0].id)) * 30 > limit
        assert not (library.folder / "snapshot").exists()
        assert library.search("Story 7")[0].found_by == ("vectors", "words")
        for name in list(texts)[10:]:
            (source / f"{name}.txt").unlink()
        library.add(source)
        assert library.search("Story 7")[0].found_by == ("vectors", "words")
        assert library.audit() == ()
        assert (library.folder / "snapshot").exists()
    assert_chroma_holds_what_the_catalog_holds(tmp_path / "library")


def test_past_the_limit_what_chroma_does_not_hold_yet_is_found_and_what_it_holds_too_long_is_not(tmp_path):
    animals = ("zebra", "heron", "otter", "lynx", "badger", "stork", "weasel", "beaver")
    source = tmp_path / "export.jsonl"

    def write(titles: dict[str, str]) -> None:
        records = [{"title": title, "text": f"The {name} crossed the road."} for name, title in titles.items()]
        source.write_text("".join(json.dumps(record) + "\n" for record in records))

    titles = dict.fromkeys(animals, "Animals on the road")
    write(titles)
    with open_library(tmp_path / "library", exact_limit=2) as library:
        library.add(source)
        del titles["zebra"]
        write({**titles, "heron": "Something else altogether", "marten": "A late arrival"})
        with pytest.raises(KeyboardInterrupt):
            library.add(source, progress=Stop("embedding"))
    with stores(tmp_path / "library") as (chroma, catalog):
        assert chroma.ids() != catalog.stock.vector_ids()
    for query in ("Animals on the road", "something else", "zebra", "late marten"):
        found = []
        for limit in (2, EXACT_LIMIT):
            with open_library(tmp_path / "library", exact_limit=limit) as reader:
                found.append(reader.search(query, limit=20))
        assert found[0] == found[1] != []
        assert len(found[0]) == len(animals)


def test_while_articles_that_were_cut_anew_are_embedded_every_search_finds_what_is_there(tmp_path):
    """The notice is learnt from the second folder, and cuts the articles of the first one in other places."""
    notice = "You can follow the Herald's river desk on Facebook"

    def article(number: int) -> Article:
        parts = [f"Event {number}, part {part}, was like no other event of its kind." for part in range(24)]
        return replace(from_text("\n\n".join([*parts[:6], notice, *parts[6:]])), publisher="The Herald")

    def opened() -> Library:
        return Library.open(tmp_path / "library", embedder=HashingEmbedder())

    asked: list[bool] = []
    with opened() as library, opened() as kept_open:
        library.add(article(0))
        before = {chunk.id for chunk in library.chunks(article(0).id)}

        def ask(step: Step) -> None:
            with opened() as fresh:
                for reader, query in product((kept_open, fresh), ("Event part kind", notice, "Event 0, part 7")):
                    there = {chunk.id for each in reader.articles() for chunk in reader.chunks(each.id)}
                    hits = reader.search(query, limit=50)
                    assert {hit.chunk.id for hit in hits} <= there
                    asked.append(bool(hits) or query == notice)

        library.add(*map(article, range(1, 6)), progress=ask)
        assert {chunk.id for chunk in library.chunks(article(0).id)} != before
    assert asked
    assert all(asked)


def test_one_article_more_or_less_in_a_large_library_rewrites_neither_snapshot_nor_chroma(tmp_path, monkeypatch):
    monkeypatch.setattr(caches, "SLACK_CHUNKS", 50)  # a large one here
    monkeypatch.setattr(caches, "SLACK_SHARE", 0.1)
    texts = many_articles(40)
    source = write_articles(tmp_path / "articles", texts)
    with open_library(tmp_path / "library") as library:
        library.add(source)
        snapshots = sorted((library.folder / "snapshot").iterdir())
        steps: list[Step] = []
        write_articles(source, {"new": "The zebra crossed the road."})
        (source / "a003.txt").unlink()
        library.add(source, progress=steps.append)
        assert storing(steps) == []
        assert sorted((library.folder / "snapshot").iterdir()) == snapshots
        assert library.search("zebra")[0].found_by == ("vectors", "words")
        assert library.audit() == ()
        with open_library(tmp_path / "fresh") as fresh:
            fresh.add(source)
            for query in ("Story 3", "Story 7", "zebra road"):
                assert library.search(query) == fresh.search(query)
        for name in list(texts)[4:12]:
            (source / f"{name}.txt").unlink()
        library.add(source, progress=steps.append)
        assert storing(steps)
        assert sorted((library.folder / "snapshot").iterdir()) != snapshots
        assert library.audit() == ()
    assert_chroma_holds_what_the_catalog_holds(tmp_path / "library")


def test_a_library_of_a_release_that_kept_chroma_in_step_is_not_stored_again(tmp_path):
    source = write_articles(tmp_path / "articles", many_articles(10))
    steps: list[Step] = []
    with open_library(tmp_path / "library") as library:
        library.add(source)
    with closing(Catalog.writing(tmp_path / "library")) as catalog:
        catalog.database.run("DELETE FROM settings WHERE name IN ('vectors_at', 'vectors_gone')")
    with open_library(tmp_path / "library") as library:
        write_articles(source, {"new": "The zebra crossed the road."})
        library.add(source, progress=steps.append)
        assert storing(steps) == [(1, 1)]
        assert library.audit() == ()
    assert_chroma_holds_what_the_catalog_holds(tmp_path / "library")


def test_between_what_is_cheap_to_keep_and_what_is_searched_in_it_chroma_holds_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(caches, "STORED_CHUNKS", 40)
    texts = many_articles(30)
    source = write_articles(tmp_path / "articles", dict(list(texts.items())[:10]))
    with open_library(tmp_path / "library") as library:
        library.add(source)
        assert (library.folder / "chroma").exists()
        write_articles(source, texts)
        steps: list[Step] = []
        library.add(source, progress=steps.append)
        assert storing(steps) == []
        assert not (library.folder / "chroma").exists()
        assert library.search("Story 7")[0].found_by == ("vectors", "words")
        assert library.audit() == library.audit(repair=True) == ()
        expected = library.search("Story 7")
    with open_library(tmp_path / "library", exact_limit=50) as library:
        write_articles(source, {"new": "The zebra crossed the road."})
        library.add(source, progress=steps.append)
        assert storing(steps)
        assert library.search("Story 7") == expected
        assert library.audit() == ()
    assert_chroma_holds_what_the_catalog_holds(tmp_path / "library")
    with open_library(tmp_path / "library") as library:
        for name in list(texts)[5:]:
            (source / f"{name}.txt").unlink()
        library.add(source)
    assert_chroma_holds_what_the_catalog_holds(tmp_path / "library")

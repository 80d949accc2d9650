"""What every vector index must do: Chroma on disk, exact search in memory, exact search in a mapped file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_index.search import screen as screening
from qa_index.search import snapshot
from qa_index.search.chroma import Chroma
from qa_index.search.indexes import Entry, IndexDamaged, Label, Rows, VectorIndex, VectorSearch, day_number, day_range
from qa_index.search.snapshot import Exact
from qa_index.types import Filters

DIMENSIONS = 8
Build = Callable[[Sequence[Entry]], VectorSearch]


def entry(number: int, *, day: int = 0, publisher: str | None = None, start: int = 0) -> Entry:
    vector = np.random.default_rng(number * 31 + start).standard_normal(DIMENSIONS).astype(np.float32)
    return Entry(
        chunk_id=f"{number:016x}:{start}-{start + 10}",
        article_id=f"{number:016x}",
        day=day,
        publisher=publisher,
        title="",
        text="",
        vector=vector / np.linalg.norm(vector),
    )


def rows_of(entries: Sequence[Entry]) -> Rows:
    labels: dict[str, Label] = {}
    for one in entries:
        labels.setdefault(one.article_id, Label(len(labels) + 1, one.article_id, one.day, one.publisher))
    spans = [one.chunk_id.partition(":")[2].split("-") for one in entries]
    places = {article_id: place for place, article_id in enumerate(labels)}
    return Rows(
        tuple(labels.values()),
        np.array([places[one.article_id] for one in entries], dtype=np.int32),
        np.array([int(start) for start, _ in spans], dtype=np.int32),
        np.array([int(end) for _, end in spans], dtype=np.int32),
        np.stack([one.vector for one in entries]) if entries else np.empty((0, DIMENSIONS), dtype=np.float32),
    )


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("vectors")
    return (root / str(number) for number in count())


@pytest.fixture(scope="module", params=["chroma", "memory", "mapped", "screened"])
def build(request: pytest.FixtureRequest, places: Iterator[Path]) -> Iterator[Build]:
    opened: list[VectorSearch] = []

    def in_chroma(entries: Sequence[Entry]) -> VectorSearch:
        opened.append(index := Chroma.open(next(places), library="tested"))
        if entries:
            index.upsert(entries)
        return index

    def in_memory(entries: Sequence[Entry]) -> VectorSearch:
        return Exact(rows_of(entries))

    def mapped(entries: Sequence[Entry], screened: int = snapshot.SCREENED) -> VectorSearch:
        folder = next(places)
        snapshot.write(folder, [Exact(rows_of(entries))], library="tested", generation=1, screened=screened)
        return Exact(snapshot.newest(folder, library="tested", checked=True)[1])

    ways = {"chroma": in_chroma, "memory": in_memory, "mapped": mapped, "screened": partial(mapped, screened=1)}
    yield ways[request.param]
    for index in opened:
        index.close()


ENTRIES = [
    entry(n, day=day, publisher=publisher, start=start)
    for n, (day, publisher) in enumerate(
        (day, publisher) for day in (0, 20220105, 20220113, 20220131) for publisher in (None, "Kazinform", "Tengri")
    )
    for start in (0, 12)
]
FILTERS = st.builds(
    Filters,
    after=st.sampled_from([None, dt.date(2022, 1, 5), dt.date(2022, 1, 14)]),
    until=st.sampled_from([None, dt.date(2022, 1, 13), dt.date(2022, 12, 31)]),
    publishers=st.sampled_from([(), ("Kazinform",), ("Kazinform", "Tengri"), ("nobody",)]),
    articles=st.sampled_from([(), (ENTRIES[2].article_id,), tuple(one.article_id for one in ENTRIES[::3])]),
)


def expected(entries: Sequence[Entry], vector: np.ndarray, filters: Filters) -> list[str]:
    """Brute force, written another way than the code under test."""

    def passes(one: Entry) -> bool:
        known = one.day != 0
        after = filters.after is None or (known and one.day >= day_number(filters.after))
        until = filters.until is None or (known and one.day <= day_number(filters.until))
        publisher = not filters.publishers or one.publisher in filters.publishers
        return after and until and publisher and (not filters.articles or one.article_id in filters.articles)

    scored = [(-round(float(one.vector @ vector), 6), one.chunk_id) for one in entries if passes(one)]
    return [chunk_id for _, chunk_id in sorted(scored)]


@pytest.fixture(scope="module")
def standing(build: Build) -> VectorSearch:
    return build(ENTRIES)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filters=FILTERS, seed=st.integers(0, 50), limit=st.integers(1, 30))
def test_what_passes_is_found_best_first(standing, filters, seed, limit):
    vector = entry(1000 + seed).vector
    found = standing.search(vector, limit=limit, filters=filters)
    assert [name for name, _ in found] == expected(ENTRIES, vector, filters)[:limit]


def test_scores_are_cosines(standing):
    name, score = standing.search(ENTRIES[5].vector, limit=1)[0]
    assert (name, score) == (ENTRIES[5].chunk_id, pytest.approx(1, abs=1e-5))


def test_ids_are_all_ids(standing):
    assert standing.ids() == {one.chunk_id for one in ENTRIES}


def test_an_empty_index_finds_nothing(build):
    index = build([])
    assert index.search(ENTRIES[0].vector, limit=5) == []
    assert index.ids() == set()


def test_a_limit_of_nothing_finds_nothing(standing):
    assert standing.search(ENTRIES[0].vector, limit=0) == []


def test_equal_vectors_rank_by_id(build):
    alike = [Entry(f"{n:016x}:0-5", f"{n:016x}", 0, None, "", "", ENTRIES[0].vector) for n in (3, 1, 2)]
    found = build(alike).search(ENTRIES[0].vector, limit=3)
    assert [name for name, _ in found] == sorted(one.chunk_id for one in alike)


# What an index that can be written must do besides


@pytest.fixture
def index(places: Iterator[Path]) -> Iterator[VectorIndex]:
    opened = Chroma.open(next(places), library="tested")
    yield opened
    opened.close()


def test_upserting_twice_changes_nothing(index):
    index.upsert(ENTRIES)
    before = index.search(ENTRIES[3].vector, limit=30)
    index.upsert(ENTRIES)
    assert index.count() == len(ENTRIES)
    assert index.search(ENTRIES[3].vector, limit=30) == before


def test_upserting_replaces_the_vector_and_what_filters_see(index):
    index.upsert([entry(1, day=20220101)])
    moved = Entry(entry(1).chunk_id, entry(1).article_id, 20230101, "New", "", "", entry(9).vector)
    index.upsert([moved])
    found = index.search(entry(9).vector, limit=1, filters=Filters(after=dt.date(2023, 1, 1), publishers=("New",)))
    assert found == [(moved.chunk_id, pytest.approx(1, abs=1e-5))]
    assert index.count() == 1


def test_what_is_deleted_is_never_found(index):
    index.upsert(ENTRIES)
    index.delete([ENTRIES[0].chunk_id, "never:0-1"])
    assert ENTRIES[0].chunk_id not in {name for name, _ in index.search(ENTRIES[0].vector, limit=100)}
    assert index.count() == len(ENTRIES) - 1


def test_upserting_and_deleting_nothing_is_no_error(index):
    index.upsert([])
    index.delete([])
    assert index.count() == 0


def test_what_was_written_is_there_after_opening_again(places):
    folder = next(places)
    first = Chroma.open(folder, library="tested")
    first.upsert(ENTRIES)
    first.close()
    second = Chroma.open(folder, library="tested")
    assert second.ids() == {one.chunk_id for one in ENTRIES}
    assert second.search(ENTRIES[7].vector, limit=1)[0][0] == ENTRIES[7].chunk_id
    second.close()


def test_vectors_of_another_library_are_not_taken_for_its_own(places):
    folder = next(places)
    first = Chroma.open(folder, library="old")
    first.upsert(ENTRIES)
    first.close()
    second = Chroma.open(folder, library="new")
    assert second.count() == 0
    second.close()


def test_more_than_chroma_takes_at_once_is_taken_in_parts(index, monkeypatch):
    monkeypatch.setattr("qa_index.search.chroma.BATCH", 5)  # 5,461 real rows would take seconds
    index.upsert(ENTRIES)
    assert index.count() == len(ENTRIES)
    index.delete([one.chunk_id for one in ENTRIES])
    assert index.count() == 0


@pytest.mark.parametrize("content", [b"garbage" * 5000, b"SQLite format 3\0" + b"\0" * 8000])
def test_a_damaged_folder_says_so_and_can_be_used_again_once_it_is_emptied(places, content):
    folder = next(places)
    folder.mkdir()
    (folder / "chroma.sqlite3").write_bytes(content)
    with pytest.raises(IndexDamaged, match="qa doctor"):
        Chroma.open(folder, library="tested")
    (folder / "chroma.sqlite3").unlink()
    again = Chroma.open(folder, library="tested")
    again.upsert(ENTRIES)
    assert again.count() == len(ENTRIES)
    again.close()


# What a snapshot must do besides


def test_dead_articles_are_neither_found_nor_written_on(tmp_path):
    rows = rows_of(ENTRIES)
    dead = rows.labels[0]
    part = Exact(rows, frozenset({dead.number}))
    later = rows_of([entry(99)])
    later = Rows(
        (Label(77, later.labels[0].article_id, 0, None),), later.owners, later.starts, later.ends, later.vectors
    )
    wanted = {one.chunk_id for one in ENTRIES if one.article_id != dead.article_id}
    assert part.ids() == wanted
    assert not {name for name, _ in part.search(rows.vectors[0], limit=100)} & (rows_ids(rows) - wanted)
    snapshot.write(tmp_path, [part, Exact(later)], library="tested", generation=3)
    generation, read = snapshot.newest(tmp_path, library="tested", checked=True)
    assert generation == 3
    assert Exact(read).ids() == wanted | {entry(99).chunk_id}
    assert Exact(read).search(entry(99).vector, limit=1)[0][0] == entry(99).chunk_id
    assert {label.number for label in read.labels} == {label.number for label in rows.labels} - {dead.number} | {77}


def rows_ids(rows: Rows) -> set[str]:
    return {rows.chunk_id(row) for row in range(len(rows))}


def test_a_new_snapshot_takes_the_place_of_the_old_one(tmp_path):
    for generation in (1, 2):
        snapshot.write(tmp_path, [Exact(rows_of(ENTRIES))], library="tested", generation=generation)
    assert len(list(tmp_path.iterdir())) == 1
    assert snapshot.newest(tmp_path, library="tested")[0] == 2


# Of which some rows are compared in full


def many(count: int, *, publishers: int = 4) -> Rows:
    """Rows whose vectors differ more in some directions than in others, as those of texts do."""
    rng = np.random.default_rng(3)
    turned = np.linalg.qr(rng.standard_normal((160, 160)))[0]
    vectors = (rng.standard_normal((count, 160)) * np.linspace(1, 0, 160) ** 2) @ turned
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = tuple(Label(each, f"{each:016x}", 0, f"Paper {each % publishers}") for each in range(count // 10))
    places = np.arange(count, dtype=np.int32)
    return Rows(labels, places // 10, places % 10, places % 10 + 1, vectors.astype(np.float32))


@pytest.fixture(scope="module")
def screened(tmp_path_factory):
    """The same rows, compared in full and through a screen; of both, an article is dead."""
    rows, folder = many(24_000), tmp_path_factory.mktemp("screened")
    snapshot.write(folder, [Exact(rows)], library="tested", generation=1, screened=24_000)
    _, read = snapshot.newest(folder, library="tested", checked=True)
    assert rows.screen is None
    assert read.screen is not None
    return Exact(rows, frozenset({5})), Exact(read, frozenset({5}))


@pytest.mark.parametrize(
    "filters", [Filters(), Filters(publishers=("Paper 1", "Paper 2")), Filters(articles=("0" * 16,))]
)
def test_through_a_screen_the_same_is_found(screened, filters):
    everything, through = screened
    asked = np.random.default_rng(4).choice(everything.rows.vectors, 20) + np.float32(0.02)
    for vector in (*asked, everything.rows.vectors[50]):
        assert through.search(vector, limit=50, filters=filters) == everything.search(vector, limit=50, filters=filters)


def test_a_screen_leaves_few_rows_to_compare_and_at_least_as_many_as_are_asked_for(screened):
    _, through = screened
    vector, screen = through.rows.vectors[7], through.rows.screen
    assert screening.CANDIDATES / 2 <= len(screen.likely(vector, None, limit=10)) <= screening.CANDIDATES * 2
    assert len(screen.likely(vector, None, limit=5_000)) == 24_000
    some = np.arange(0, 24_000, 2)
    assert set(screen.likely(vector, some, limit=10)) < set(some)


def test_a_screen_leaves_enough_where_the_rows_it_samples_are_unlike_the_others():
    vectors = np.zeros((40_000, 8), np.float32)
    vectors[np.arange(40_000), np.arange(40_000) % 8] = 1
    screen = screening.Screen(np.eye(8, dtype=np.float32), vectors)
    for vector in np.eye(8, dtype=np.float32):
        likely = screen.likely(vector, None, limit=10)
        assert set(np.flatnonzero(vectors @ vector == 1)) <= set(likely)


def test_as_many_are_found_through_a_screen_as_are_asked_for(screened):
    _, through = screened
    assert len(through.search(through.rows.vectors[7], limit=23_990)) == 23_990


def test_a_small_snapshot_has_no_screen_and_a_new_one_of_a_screened_one_has(screened, tmp_path):
    _, through = screened
    snapshot.write(tmp_path, [through], library="tested", generation=2)
    assert snapshot.newest(tmp_path, library="tested")[1].screen is None
    snapshot.write(tmp_path, [through, Exact(rows_of([]))], library="tested", generation=3, screened=100)
    again = Exact(snapshot.newest(tmp_path, library="tested", checked=True)[1])
    assert again.rows.screen is not None
    assert again.search(through.rows.vectors[100], limit=9) == through.search(through.rows.vectors[100], limit=9)


DAMAGES = {
    "cut off": lambda content: content[:-100],
    "empty": lambda content: b"",
    "another file": lambda content: b"x" * 500,
    "head": lambda content: content[:30] + b"?" * 20 + content[50:],
    "one bit": lambda content: content[:-40] + bytes([content[-40] ^ 1]) + content[-39:],
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_snapshot_is_noticed(tmp_path, how):
    snapshot.write(tmp_path, [Exact(rows_of(ENTRIES))], library="tested", generation=1)
    path = next(tmp_path.iterdir())
    path.write_bytes(DAMAGES[how](path.read_bytes()))
    with pytest.raises(IndexDamaged):
        snapshot.newest(tmp_path, library="tested", checked=True)


@pytest.mark.parametrize("library", ["another", ""])
def test_a_snapshot_of_another_library_is_not_used(tmp_path, library):
    snapshot.write(tmp_path, [Exact(rows_of(ENTRIES))], library="tested", generation=1)
    with pytest.raises(IndexDamaged):
        snapshot.newest(tmp_path, library=library)


@given(st.none() | st.dates(), st.none() | st.dates(), st.dates())
def test_days_keep_their_order_as_numbers(after, until, day):
    days = day_range(Filters(after=after, until=until))
    passes = (after is None or after <= day) and (until is None or day <= until)
    assert passes == (days is None or days[0] <= day_number(day) <= days[1])
    assert days is None or not days[0] <= 0 <= days[1]

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa_index.search import lexical, stamp
from qa_index.search.indexes import EVERYTHING, Entry, IndexDamaged
from qa_index.search.lexical import Words
from qa_index.search.stamp import Stamp
from qa_index.search.terms import telling_words
from qa_index.types import Filters
from tests.index.fakes import in_unwritable_folder
from tests.index.test_vector_index_conformance import FILTERS


def entry(number: int, text: str, *, title: str = "", day: int = 0, publisher: str | None = None) -> Entry:
    return Entry(f"{number:016x}:0-9", f"{number:016x}", day, publisher, title, text, None)


def ids(found: list[tuple[str, float]]) -> list[int]:
    return [int(name.partition(":")[0], 16) for name, _ in found]


NEWS = [
    entry(1, "The bridge over the Ishim was closed on Monday.", title="Bridge closed"),
    entry(2, "Commuters were told to take the ferry instead of the bridges."),
    entry(3, "The WHO said that the outbreak in São Paulo was over.", title="Outbreak ends"),
    entry(4, "It was he who had closed it and had it opened by them."),
    entry(5, "Қазақстан Республикасы 你好 world"),
]


@pytest.fixture(scope="module")
def news() -> Words:
    return lexical.in_memory([NEWS])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("bridges", [1, 2]),
        ("Which bridge was closed?", [1, 2, 4]),
        ("BRIDGE", [1, 2]),
        ("sao paulo", [3]),
        ("São Paulo", [3]),
        ("What did the WHO say about it?", [3, 4]),
        ("outbreaks", [3]),
        ("Қазақстан", [5]),
        ("zebra", []),
        ("", []),
        ("?!… \n\t", []),
    ],
)
def test_a_question_finds_what_shares_its_telling_words(news, question, expected):
    assert ids(news.search(question, limit=10)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Who commanded the force?", ["commanded", "force"]),
        ("What does the WHO say?", ["WHO", "say"]),
        ("WHO COMMANDED THE FORCE?", ["COMMANDED", "FORCE"]),
        ("Who was he?", ["Who", "was", "he"]),
        ("I didn't go", ["go"]),
        ("", []),
    ],
)
def test_stop_words_are_left_out_unless_nothing_else_is_there(text, expected):
    assert telling_words(text) == expected


def test_a_word_in_the_title_counts_less_than_one_in_the_text():
    words = lexical.in_memory([[entry(1, "nothing here", title="zebra"), entry(2, "a zebra here")]])
    assert ids(words.search("zebra", limit=2)) == [2, 1]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
@example('AND OR NOT ( " * ? [ { ^ ~ \\ : body:bridge')
@example("+bridge -ferry title:(")
@example("\0\x01\x1f\x7f")
@example("a" * 10_000)
@example("слово " * 2_000)
@example("\U0010ffff\u202e\ufeff")
def test_no_text_is_taken_for_a_query_language(news, text):
    found = news.search(text, limit=5)
    assert len(found) <= 5
    assert len({name for name, _ in found}) == len(found)


def test_the_operators_of_query_languages_are_words(news):
    assert ids(news.search("NOT bridge", limit=9)) == ids(news.search("bridge", limit=9))
    assert ids(news.search("-bridge +ferry", limit=9)) == ids(news.search("bridge ferry", limit=9))


PUBLISHED = [
    entry(n, f"the same words everywhere {n}", day=day, publisher=publisher)
    for n, (day, publisher) in enumerate(
        (day, publisher) for day in (0, 20220105, 20220113, 20220131) for publisher in (None, "Kazinform", "Tengri")
    )
]


@pytest.fixture(scope="module")
def published() -> Words:
    return lexical.in_memory([PUBLISHED])


@settings(max_examples=40, deadline=None)
@given(FILTERS)
def test_filters_equal_brute_force_and_leave_scores_alone(published, filters):
    def passes(one: Entry) -> bool:
        day = dt.datetime.strptime(str(one.day), "%Y%m%d").date() if one.day else None
        return (
            (filters.after is None or (day is not None and day >= filters.after))
            and (filters.until is None or (day is not None and day <= filters.until))
            and (not filters.publishers or one.publisher in filters.publishers)
            and (not filters.articles or one.article_id in filters.articles)
        )

    everywhere = dict(published.search("words everywhere", limit=99))
    found = published.search("words everywhere", limit=99, filters=filters)
    assert dict(found) == {one.chunk_id: everywhere[one.chunk_id] for one in PUBLISHED if passes(one)}


def test_ties_are_broken_by_id_also_at_the_limit():
    words = lexical.in_memory([[entry(n, "zebra") for n in (5, 3, 9, 1, 7)]])
    assert ids(words.search("zebra", limit=3)) == [1, 3, 5]


def test_ties_are_broken_by_id_in_whatever_order_the_chunks_were_added():
    tied = [entry(n, "The ferry crossed the river.") for n in range(500)]
    shuffled = random.Random(7).sample(tied, len(tied))
    for order in (tied, tied[::-1], shuffled):
        assert ids(lexical.in_memory([order]).search("ferry", limit=5)) == [0, 1, 2, 3, 4]


# On disk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    index = lexical.open_for_writing(tmp_path / "lexical")
    index.upsert(NEWS)
    index.commit()
    index.close()
    stamp.put(tmp_path / "lexical", Stamp("tested", 1))
    return tmp_path / "lexical"


def read(folder: Path, *, library: str = "tested", complete_at: int = 1) -> Words:
    return lexical.open_for_reading(folder, library=library, complete_at=complete_at)


def test_nothing_is_found_before_it_is_committed(folder):
    index = lexical.open_for_writing(folder)
    index.upsert([entry(9, "zebra")])
    assert index.search("zebra", limit=1) == read(folder).search("zebra", limit=1) == []
    index.commit()
    assert ids(index.search("zebra", limit=1)) == ids(read(folder).search("zebra", limit=1)) == [9]
    index.close()


def test_an_upsert_replaces_and_a_deletion_removes(folder):
    index = lexical.open_for_writing(folder)
    index.upsert([entry(1, "zebra", publisher="Tengri")])
    index.delete([NEWS[1].chunk_id, "never:0-1"])
    index.commit()
    index.close()
    words = read(folder)
    assert words.ids() == {one.chunk_id for one in NEWS if one is not NEWS[1]}
    assert words.search("bridge", limit=9) == []
    assert ids(words.search("zebra", limit=9, filters=Filters(publishers=("Tengri",)))) == [1]
    assert words.count() == len(NEWS) - 1


@pytest.mark.parametrize(
    ("chunks", "gone"),
    [*((chunks, gone) for chunks in range(2, 9) for gone in range(1, chunks + 1)), (100, 67), (100, 75), (400, 300)],
)
def test_an_index_that_is_made_anew_keeps_exactly_what_it_was_given(tmp_path, chunks, gone):
    everything = [entry(number, f"zebra {number}") for number in range(chunks)]
    index = lexical.open_for_writing(tmp_path / "lexical")
    index.upsert(everything)
    index.commit()
    index.close()
    index = lexical.open_for_writing(tmp_path / "lexical")
    index.delete([one.chunk_id for one in everything[:gone]])
    index.commit()
    index.anew([everything[gone:]])
    index.commit()
    assert index.ids() == {one.chunk_id for one in everything[gone:]}
    assert index.deleted() == 0
    index.close()


def test_an_opened_index_stays_as_it_was_while_another_writes(folder):
    words = read(folder)
    index = lexical.open_for_writing(folder)
    index.delete([one.chunk_id for one in NEWS])
    index.commit()
    index.close()
    assert ids(words.search("bridge", limit=9)) == [1, 2]
    assert read(folder).search("bridge", limit=9) == []


@pytest.mark.parametrize(("library", "complete_at"), [("another", 1), ("tested", 2)])
def test_an_index_of_another_library_or_time_is_not_used(folder, library, complete_at):
    with pytest.raises(IndexDamaged):
        read(folder, library=library, complete_at=complete_at)


def segments(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if file.suffix not in (".json", ".lock")]


DAMAGES = {
    "removed": shutil.rmtree,
    "no stamp": lambda folder: (folder / "stamp.json").unlink(),
    "strange stamp": lambda folder: (folder / "stamp.json").write_text(json.dumps({"generation": 1})),
    "no meta": lambda folder: (folder / "meta.json").unlink(),
    "half a meta": lambda folder: (folder / "meta.json").write_text((folder / "meta.json").read_text()[:100]),
    "no segments": lambda folder: [file.unlink() for file in segments(folder)],
    "empty segments": lambda folder: [file.write_bytes(b"") for file in segments(folder)],
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_index_says_so_and_is_never_silently_empty(folder, how):
    DAMAGES[how](folder)
    with pytest.raises(IndexDamaged):
        read(folder).search("bridge", limit=5)


def test_a_folder_that_cannot_be_written_is_read():
    with in_unwritable_folder() as (place, run):
        index = lexical.open_for_writing(place / "lexical")
        index.upsert(NEWS)
        index.commit()
        index.close()
        stamp.put(place / "lexical", Stamp("tested", 1))
        said = run(
            "from qa_index.search import lexical\n"
            "words = lexical.open_for_reading(place / 'lexical', library='tested', complete_at=1)\n"
            "print(len(words.search('bridge', limit=9)), words.count())"
        )
    assert said == "2 5"


def test_entries_without_a_publisher_pass_no_publisher(published):
    assert published.search("words", limit=99, filters=Filters(publishers=("",))) == []
    assert len(published.search("words", limit=99, filters=EVERYTHING)) == len(PUBLISHED)

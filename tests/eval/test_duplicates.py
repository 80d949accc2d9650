"""How well near-duplicates are told, on data sets of a few made articles."""

import datetime as dt
import gzip
import json
import random

import pytest

from qa_eval import duplicates, reprints
from qa_index.reading.articles import from_text

LETTERS = "aeioukstrlmnp"


def story(seed, sentences=14):
    chance = random.Random(seed)
    said = [
        " ".join("".join(chance.choices(LETTERS, k=chance.randint(2, 9))) for _ in range(13)).capitalize()
        + f" {chance.randint(2, 90)} {chance.randint(100, 900)}."
        for _ in range(sentences)
    ]
    return "\n\n".join(said)


def write(folder, records):
    folder.mkdir()
    lines = "\n".join(json.dumps(record) for record in records)
    (folder / "articles.jsonl.gz").write_bytes(gzip.compress(lines.encode()))


@pytest.fixture
def sets(tmp_path):
    whole = story("whole")
    cut = whole[: len(whole) // 2]
    events = [
        {"id": f"{number:08x}", "title": f"Story {number}", "text": text, "date": f"2022-01-0{number + 1}T00:00:00"}
        for number, text in enumerate([story("a"), whole, story("b"), cut])
    ]
    write(tmp_path / "news_clusters", events)
    copies = [
        {"id": f"business/{number}.txt", "title": f"Story {number}", "text": text}
        for number, text in enumerate([whole, whole.upper(), cut, story("c")])
    ]
    write(tmp_path / "bbc_news", copies)
    quiz = [
        {"url": f"https://ledger.example/{number}", "title": None, "text": story(number), "publish_date": "2022/01/05"}
        for number in range(12)
    ]
    write(tmp_path / "realtimeqa", quiz)
    return tmp_path


def test_precision_and_recall_are_of_the_pairs():
    figures = duplicates.compared("a set", {(0, 1), (0, 2), (3, 4)}, {(0, 1), (5, 6)})
    assert (figures.precision, figures.recall) == (1 / 2, 1 / 3)
    assert "0.500 (1/2)" in str(figures)
    assert "0.333 (1/3)" in str(figures)


def test_of_nothing_everything_is_right():
    figures = duplicates.compared("nothing", set(), set())
    assert (figures.precision, figures.recall) == (1.0, 1.0)


def test_every_two_of_a_group_are_a_pair():
    assert duplicates.pairs([(4, 1, 2), (7, 9)]) == {(1, 2), (1, 4), (2, 4), (7, 9)}


def test_groups_name_places_in_the_order_the_articles_were_given():
    day = dt.datetime(2022, 1, 5)
    late = from_text(story("one"), published=day)
    early = from_text("A few words more\n\n" + story("one"), published=day - dt.timedelta(days=1))
    assert duplicates.found_groups([late, from_text(story("two")), early]) == [(2, 0)]


def test_every_part_is_printed(sets, capsys):
    assert duplicates.main([str(sets), "tune"]) == 0
    printed = capsys.readouterr().out
    for start in ("news_clusters, 6 pairs", "bbc_news, copies", "made reprints, all pairs", *reprints.CHANGES):
        assert start in printed
    assert "recall 1.000 (1/1)" in printed
    assert "called correction 1.000" in printed
    assert "called update     1.000" in printed


def test_without_a_folder_it_says_what_to_name(capsys):
    assert duplicates.main([]) == 2
    assert "python -m qa_eval.duplicates DATA" in capsys.readouterr().err


def test_an_article_is_in_one_half_and_stays_there():
    halves = [duplicates.half_of(f"https://ledger.example/{number}") for number in range(200)]
    assert set(halves) == {"tune", "report"}
    assert halves == [duplicates.half_of(f"https://ledger.example/{number}") for number in range(200)]
    assert 60 < halves.count("tune") < 140


@pytest.mark.parametrize("kind", reprints.CHANGES)
def test_a_change_changes_the_text_and_is_the_same_each_time(kind):
    text = story("changed", 20)
    changed = reprints.CHANGES[kind](text, random.Random(3))
    assert changed != text
    assert changed == reprints.CHANGES[kind](text, random.Random(3))


def test_a_cut_leaves_half_to_four_fifths():
    text = story("cut", 40)
    for seed in range(20):
        assert 0.4 < len(reprints.CHANGES["cut to 50-80 %"](text, random.Random(seed))) / len(text) <= 0.8


def test_forms_differ_from_day_to_day():
    articles = reprints.forms(days=5)
    assert len({article.id for article in articles}) == len(articles) == 20

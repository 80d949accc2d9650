"""A question from the page: the conversation comes with it and goes back with the answer."""

import json
import threading
import time

import pytest

import qa
from qa.settings import Settings
from qa.web.engine import Engine
from qa.web.talk.asking import ask, read_sent, restore
from qa_index.errors import UsageError

COMMANDER = "Who commanded the CSTO peacekeeping force?"


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with qa.open(tmp_path_factory.mktemp("asking") / "library") as library:
        library.add("seeds")
        yield Engine(library, Settings())


def scenes(engine, question, sent="", stop=None):
    return list(ask(engine, question, sent, stop or threading.Event()))


def page_of(kept, **more):
    return json.dumps({"conversation": json.loads(kept), **more})


def test_an_answer_comes_after_what_is_searched_and_is_kept_by_the_browser(engine):
    first, last = scenes(engine, COMMANDER)
    assert "Searching 5 articles" in first.exchanges[0][1]
    assert not first.ended
    assert first.kept is None
    assert last.ended
    assert "Anatoly Serdyukov" in last.exchanges[0][1]
    assert json.loads(last.kept)["turns"][0]["question"] == COMMANDER


def test_a_follow_up_is_understood_from_the_conversation_that_came_with_it(engine):
    kept = scenes(engine, COMMANDER)[-1].kept
    last = scenes(engine, "Which force did he command?", page_of(kept))[-1]
    assert len(last.exchanges) == 2
    assert "Understood as" in last.exchanges[1][1]
    assert len(json.loads(last.kept)["turns"]) == 2


def test_a_question_asked_anew_takes_the_place_of_it_and_of_what_came_after(engine):
    kept = scenes(engine, COMMANDER)[-1].kept
    kept = scenes(engine, "Why did people protest?", page_of(kept))[-1].kept
    last = scenes(engine, "How many people were detained?", page_of(kept, instead=0))[-1]
    assert [turn["question"] for turn in json.loads(last.kept)["turns"]] == ["How many people were detained?"]


def test_a_conversation_comes_back_as_it_was_shown(engine):
    last = scenes(engine, COMMANDER)[-1]
    assert restore(engine, page_of(last.kept)).exchanges == last.exchanges
    assert restore(engine, "").exchanges == ()


def test_a_quote_that_was_changed_in_the_browser_is_shown_as_one_that_does_not_stand(engine):
    record = json.loads(scenes(engine, COMMANDER)[-1].kept)
    record["turns"][0]["answer"]["citations"][0]["quote"] = "Somebody else commanded it."
    assert "no longer in the library as quoted" in restore(engine, page_of(json.dumps(record))).exchanges[0][1]


@pytest.mark.parametrize("question", ["", "???", "x" * 10_000])
def test_a_question_that_cannot_be_asked_says_why_and_is_given_back(engine, question):
    last = scenes(engine, question)[-1]
    assert 'class="problem"' in last.exchanges[-1][1]
    assert last.ended
    assert last.unanswered == question
    assert last.kept is None


def test_filters_of_the_page_narrow_the_search_and_a_wrong_one_is_said(engine):
    assert (
        "until 7 January 2022" in scenes(engine, COMMANDER, '{"filters": {"until": "2022-01-07"}}')[-1].exchanges[0][1]
    )
    assert "no day" in scenes(engine, COMMANDER, '{"filters": {"until": "soon"}}')[-1].exchanges[0][1]


@pytest.mark.parametrize(
    "written",
    [
        "{",
        "[]",
        '"x"',
        '{"filters": []}',
        '{"conversation": {"turns": "x"}}',
        '{"conversation": 3}',
        '{"conversation": {"format": "citewell conversation", "version": 1, "turns": [{}]}}',
        "[" * 100_000,
    ],
)
def test_what_no_page_sends_is_refused_in_a_sentence(written):
    with pytest.raises(UsageError):
        read_sent(written)


def test_a_conversation_that_cannot_be_read_does_not_take_the_page_down(engine):
    assert 'class="problem"' in restore(engine, "{").exchanges[0][1]
    assert 'class="problem"' in scenes(engine, COMMANDER, "{")[-1].exchanges[-1][1]


@pytest.mark.parametrize(
    "forged",
    [
        {"short": "a, " * 160, "text": "a " * 24_000 + "[1]"},
        {"text": "[1]" * 16_000 + "y"},
        {"text": "Aa Bb " * 8_000 + "[1]", "short": "Aa"},
    ],
    ids=["a list", "marks", "names"],
)
def test_a_forged_conversation_keeps_nobody_waiting(engine, forged):
    record = json.loads(scenes(engine, COMMANDER)[-1].kept)
    record["turns"][0]["answer"].update(forged)
    started = time.process_time()
    restore(engine, page_of(json.dumps(record)))
    assert time.process_time() - started < 3, "each takes a tenth of a second; the worst took minutes"


def test_what_is_longer_than_any_answer_is_refused(engine):
    record = json.loads(scenes(engine, COMMANDER)[-1].kept)
    record["turns"][0]["answer"]["text"] = "x" * 60_000
    assert "longer than any answer" in restore(engine, page_of(json.dumps(record))).exchanges[0][1]


def test_an_empty_library_is_said_to_be_empty_and_not_to_say_nothing(tmp_path):
    with qa.open(tmp_path / "library") as library:
        last = scenes(Engine(library, Settings()), COMMANDER)[-1]
    assert 'class="problem"' in last.exchanges[0][1]
    assert last.kept is None

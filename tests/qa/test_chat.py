"""A conversation: what each question is asked as, what it has at hand, and what is kept of it."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import replace

import pytest

import qa
from qa.chat import Chat
from qa.saving import check_writable, write_whole
from qa.settings import Settings
from qa.types import Answer, Claim
from qa_index.errors import ArticleNotFound, QAError, TextTooLong, UsageError
from qa_index.types import Filters
from tests.qa.samples import ABSTAINED, ANSWERED, ARTICLE, CITATION, ID, by_rule


class Answering:
    """Remembers what it was asked; answers what speaks of a bridge or of Ada, and only that."""

    def __init__(self):
        self.asked, self.stop = [], None

    def __call__(self, question, *, stop=None, spent=0.0):
        self.stop = stop
        self.asked.append(question)
        text = question.standalone or question.text
        found = ANSWERED if "bridge" in text or "Ada" in text else ABSTAINED
        yield from found.claims
        yield replace(found, question=question.text, standalone=text, filters=question.filters)


class Shelf:
    """The articles there are; one can be taken away, or another put in its place."""

    def __init__(self):
        self.held = {ID: ARTICLE}

    def __call__(self, article_id):
        if article_id not in self.held:
            raise ArticleNotFound(f"Asked for {article_id}, but it is gone.")
        return self.held[article_id]


@pytest.fixture
def answering():
    return Answering()


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def chat(answering, shelf):
    return Chat(answering, article_of=shelf, rewrite=by_rule, narrow=lambda given: Filters(**given))


def test_a_follow_up_is_asked_in_its_own_words_and_the_answer_says_both(chat, answering):
    chat.ask("Who opened the bridge?")
    answer = chat.ask("Where does she live?")
    assert (answer.question, answer.standalone) == ("Where does she live?", "Where does Ada Brook live?")
    assert [each.standalone for each in answering.asked] == [None, "Where does Ada Brook live?"]
    assert [each.question for each in chat.turns] == ["Who opened the bridge?", "Where does she live?"]


def test_what_was_cited_is_at_hand_for_three_answers(chat, answering):
    chat.ask("Who opened the bridge?")
    for _ in range(4):
        chat.ask("Who baked bread?")
    assert [each.at_hand for each in answering.asked] == [(), *[(CITATION.span,)] * 3, ()]


def test_an_abstention_is_no_evidence(chat, answering):
    assert chat.ask("Who baked bread?").nearest  # something came near
    chat.ask("Where does she live?")
    assert answering.asked[1].at_hand == ()
    assert "Ada" not in answering.asked[1].standalone


def test_evidence_that_no_longer_stands_is_not_at_hand(chat, answering, shelf):
    chat.ask("Who opened the bridge?")
    shelf.held.clear()
    chat.ask("Where does she live?")
    assert answering.asked[1].at_hand == ()


def test_evidence_of_a_search_that_was_narrowed_otherwise_is_not_at_hand(chat, answering):
    chat.ask("Who opened the bridge?")
    chat.ask("Where does she live?", publishers=("The Ferry Post",))
    assert answering.asked[1].at_hand == ()
    assert answering.asked[1].filters == Filters(publishers=("The Ferry Post",))


def test_the_filters_of_a_conversation_hold_for_each_question(answering, shelf):
    chat = Chat(
        answering, article_of=shelf, rewrite=by_rule, narrow=lambda g: Filters(**g), filters={"articles": ("a",)}
    )
    chat.ask("Who opened the bridge?")
    chat.ask("Who opened the bridge?", publishers=("B",))
    assert [each.filters for each in answering.asked] == [
        Filters(articles=("a",)),
        Filters(articles=("a",), publishers=("B",)),
    ]


def test_it_streams_claims_and_says_first_how_a_question_was_understood(chat):
    chat.ask("Who opened the bridge?")
    told = []
    parts = chat.stream("Where does she live?", understood=told.append)
    assert isinstance(next(parts), Claim)
    assert told == ["Where does Ada Brook live?"]
    assert isinstance(next(parts), Answer)
    assert len(chat.turns) == 2


def test_an_answer_that_does_not_come_is_no_part_of_it(chat):
    parts = chat.stream("Who opened the bridge?")
    next(parts)
    parts.close()
    assert chat.turns == ()


def test_a_forgotten_conversation_means_nothing_to_the_next_question(chat, answering):
    chat.ask("Who opened the bridge?")
    chat.forget()
    chat.ask("Where does she live?")
    assert (answering.asked[1].standalone, answering.asked[1].at_hand, len(chat.turns)) == (None, (), 1)


@pytest.mark.parametrize(("question", "error"), [("", UsageError), (" \n", UsageError), ("x" * 3000, TextTooLong)])
def test_what_cannot_be_asked_is_an_error_and_no_turn(chat, question, error):
    with pytest.raises(error):
        chat.ask(question)
    assert chat.turns == ()


def test_a_rewrite_that_is_too_long_is_not_asked(answering, shelf):
    chat = Chat(answering, article_of=shelf, rewrite=lambda question, turns, stop: "x" * 3000)
    chat.ask("Who opened the bridge?")
    assert answering.asked[0].standalone is None


def test_a_filter_of_a_question_takes_the_place_of_the_conversation_s_own(answering, shelf):
    chat = Chat(
        answering, article_of=shelf, rewrite=by_rule, narrow=lambda g: Filters(**g), filters={"articles": ("a",)}
    )
    chat.ask("Who opened the bridge?", articles=("b",))
    chat.ask("Who opened the bridge?")
    assert [each.filters.articles for each in answering.asked] == [("b",), ("a",)]


def test_stop_reaches_what_rewrites_and_what_answers_and_the_answer_still_comes(answering, shelf):
    told = []

    def rewrite(question, turns, *, stop=None):
        told.append(stop)
        stop.set()
        return question

    stop = threading.Event()
    chat = Chat(answering, article_of=shelf, rewrite=rewrite)
    *_, answer = chat.stream("Who opened the bridge?", stop=stop)
    assert isinstance(answer, Answer)
    assert (told, answering.stop, len(chat.turns)) == ([stop], stop, 1)


class Stopping:
    """A language model whose user has enough as soon as it is asked anything."""

    name, host, window = "stopping", "", 8_192

    def __init__(self, stop):
        self.stop, self.requests = stop, 0

    def stream(self, messages, *, schema, seconds, stop):
        if stop is not None and stop.is_set():
            return
        self.requests += 1
        self.stop.set()
        while stop is None or not stop.is_set():
            yield "x"


def test_stop_while_a_question_is_rewritten_leaves_the_answer_without_a_model(news):
    stop = threading.Event()
    model = Stopping(stop)
    with qa.open(news.folder, llm=model, settings=Settings(llm_seconds=40)) as library:
        chat = library.chat()
        stop.set()
        *_, first = chat.stream("Who is the governor of Almaty?", stop=stop)
        stop.clear()
        *_, answer = chat.stream("And the commander of the CSTO peacekeeping force?", stop=stop)
    assert model.requests == 1
    assert (first.short, answer.short) == ("Bakytzhan Sagintayev", "Anatoly Serdyukov")


# Saved and taken up again


def test_a_conversation_is_saved_and_taken_up_as_it_was(chat, answering, shelf, tmp_path):
    chat.ask("Who opened the bridge?")
    chat.ask("Who baked bread?")
    chat.save(tmp_path / "talk.json")
    other = Chat(answering, article_of=shelf, rewrite=by_rule, narrow=lambda given: Filters(**given))
    other.load(tmp_path / "talk.json")
    assert (other.turns, other.fallen) == (chat.turns, ())
    assert other.ask("Where does she live?").question == "Where does she live?"
    other.save(tmp_path / "talk.json")  # over itself
    assert len(json.loads((tmp_path / "talk.json").read_bytes())["turns"]) == 3
    assert [each.name for each in tmp_path.iterdir()] == ["talk.json"]  # nothing half-written beside it


def test_quotes_that_no_longer_stand_are_told_when_it_is_taken_up(chat, shelf, tmp_path):
    chat.ask("Who opened the bridge?")
    chat.save(tmp_path / "talk.json")
    shelf.held[ID] = replace(ARTICLE, text=ARTICLE.text.replace("Ada Brook", "Ada Creek"))
    chat.load(tmp_path / "talk.json")
    assert chat.fallen == (CITATION,)


def test_a_quote_that_was_changed_in_the_file_does_not_stand(chat, tmp_path):
    chat.ask("Who opened the bridge?")
    path = tmp_path / "talk.json"
    chat.save(path)
    path.write_text(
        path.read_text(encoding="utf-8").replace("Ada Brook, opened", "Ben Brook, opened"), encoding="utf-8"
    )
    chat.load(path)
    assert [each.quote for each in chat.fallen] == ["The mayor, Ben Brook, opened the bridge on Monday."]


def test_a_file_that_is_something_else_is_left_alone(chat, tmp_path):
    for content in (b"My notes", b"{}", b'{"format": "other"}', b"\xff\xfe", b"[" * 100_000, b""):
        (tmp_path / "notes.json").write_bytes(content)
        with pytest.raises(UsageError, match="that file is no saved conversation"):
            chat.save(tmp_path / "notes.json")
        assert (tmp_path / "notes.json").read_bytes() == content


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No such file"),
        ("notes", "that file is no saved conversation"),
        ('{"format": "citewell conversation", "version": 2, "turns": []}', "later release"),
        ('{"format": "citewell conversation", "version": 1, "turns": [{}]}', "damaged"),
        ('{"format": "citewell conversation", "version": 1, "turns": 7}', "damaged"),
        ('{"format": "citewell conversation", "version": 0, "turns": []}', "damaged"),
        ('{"format": "citewell conversation", "version": true, "turns": []}', "damaged"),
        ('{\n "format": "citewell conversation",\n "version": 1,\n "turns": [\n  {', "damaged"),
    ],
)
def test_what_cannot_be_taken_up_is_one_line_and_changes_nothing(chat, tmp_path, content, complaint):
    chat.ask("Who opened the bridge?")
    if content is not None:
        (tmp_path / "talk.json").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=complaint) as caught:
        chat.load(tmp_path / "talk.json")
    assert "\n" not in str(caught.value)
    assert len(chat.turns) == 1


def test_a_file_that_cannot_be_written_is_one_line(chat, tmp_path):
    with pytest.raises(QAError, match=r"Asked to write .*No such file") as caught:
        chat.save(tmp_path / "nowhere" / "talk.json")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ['{"format": "citewell conversation", "version": 2, "turns": []}', "damaged"])
def test_a_conversation_of_a_later_release_or_a_damaged_one_is_not_overwritten(chat, tmp_path, content):
    path = tmp_path / "talk.json"
    if content == "damaged":
        chat.save(path)
        content = path.read_text(encoding="utf-8")[:-5]
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=r"later release|damaged"):
        chat.save(path)
    assert path.read_text(encoding="utf-8") == content


def test_a_new_conversation_is_private_and_an_old_one_keeps_its_rights_and_its_place(chat, tmp_path):
    chat.save(tmp_path / "talk.json")
    assert (tmp_path / "talk.json").stat().st_mode & 0o777 == 0o600
    (tmp_path / "talk.json").chmod(0o640)
    (tmp_path / "link.json").symlink_to("talk.json")
    chat.ask("Who opened the bridge?")
    chat.save(tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "talk.json").stat().st_mode & 0o777 == 0o640
    assert len(json.loads((tmp_path / "talk.json").read_bytes())["turns"]) == 1


def test_a_protected_conversation_is_left_alone(chat, tmp_path):
    chat.save(tmp_path / "talk.json")
    before = (tmp_path / "talk.json").read_bytes()
    (tmp_path / "talk.json").chmod(0o400)
    chat.ask("Who opened the bridge?")
    with pytest.raises(QAError, match="write-protected"):
        chat.save(tmp_path / "talk.json")
    assert (tmp_path / "talk.json").read_bytes() == before


def test_a_name_may_be_as_long_as_a_name_can_be_and_no_longer(chat, tmp_path):
    chat.save(tmp_path / ("n" * 250))
    with pytest.raises(QAError, match="too long") as caught:
        chat.save(tmp_path / ("n" * 300))
    assert "\n" not in str(caught.value)
    assert [each.name for each in tmp_path.iterdir()] == ["n" * 250]


@pytest.mark.parametrize("name", ["a\0b", "~nobody-of-that-name/talk.json"])
def test_what_no_file_can_be_named_is_one_line(chat, name):
    with pytest.raises(UsageError, match="no file can have that name"):
        chat.save(name)


def test_what_is_no_file_is_neither_waited_for_nor_replaced(chat, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "nowhere").symlink_to("nowhere")
    for name, complaint in (("pipe", "no file"), (".", "no file"), ("nowhere", "leads nowhere")):
        with pytest.raises(QAError, match=complaint):
            chat.save(tmp_path / name)
    with pytest.raises(UsageError, match="no file"):
        chat.load(tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo() and (tmp_path / "nowhere").is_symlink()


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may enter every folder")
def test_a_folder_that_may_not_be_entered_is_one_line(chat, tmp_path):
    (tmp_path / "shut").mkdir(mode=0o000)
    try:
        with pytest.raises(QAError, match="Asked to write"):
            chat.save(tmp_path / "shut" / "talk.json")
    finally:
        (tmp_path / "shut").chmod(0o700)


def test_ctrl_c_while_a_file_is_written_leaves_nothing_behind(tmp_path):
    class Interrupted(str):
        def encode(self, *_):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "talk.json", Interrupted("x"))
    assert list(tmp_path.iterdir()) == []


def test_whether_a_file_could_be_written_is_known_before_and_leaves_nothing(tmp_path):
    check_writable(tmp_path / "talk.json")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError, match=r"Asked to write .*No such file"):
        check_writable(tmp_path / "nowhere" / "talk.json")


def test_a_conversation_with_the_real_articles(news):
    chat = news.chat()
    assert chat.ask("Who is the governor of Almaty?").short == "Bakytzhan Sagintayev"
    answer = chat.ask("And the commander of the CSTO peacekeeping force?")
    assert answer.standalone == "Who is the commander of the CSTO peacekeeping force?"
    assert answer.short == "Anatoly Serdyukov"

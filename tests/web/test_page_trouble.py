"""What goes wrong while the page is open: a sentence that a person understands, and the page goes on."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.qa.llm_servers import serving
from tests.web import writers
from tests.web.browsing import answers, ask, composer, conversation, ready
from tests.web.test_page import FORCE, SOLDIERS

expect = pytest.importorskip("playwright.sync_api").expect


def asked(page, question):
    """Ask, and return what comes of it without waiting for an answer."""
    composer(page).fill(question)
    composer(page).press("Enter")
    return page.locator("#conversation .answer").last


@pytest.fixture
def slow():
    """A language model that writes one claim and then keeps everybody waiting."""
    writer = writers.Slow("2,500")
    with serving(writer, models=writers.MODELS) as small:
        yield writer, small


def test_stop_ends_the_writing_and_what_is_ready_is_the_answer(served, seeds, visit, slow):
    _, small = slow
    page = visit(served(seeds, environ=writers.environ(small)))
    waiting = asked(page, SOLDIERS)
    expect(waiting.locator(".text")).to_contain_text("2,500")
    expect(waiting).to_have_class(re.compile("waiting"))
    page.locator("#composer .stop-button").click()
    expect(answers(page)).to_have_count(1)
    expect(answers(page)).to_contain_text("2,500")
    assert small.gone.wait(10)  # the request was cancelled, not only no longer listened to
    assert len(conversation(page)["turns"]) == 1
    expect(composer(page)).to_be_editable()


def test_closing_the_page_ends_the_writing(served, seeds, visit, slow):
    _, small = slow
    page = visit(served(seeds, environ=writers.environ(small)))
    expect(asked(page, SOLDIERS).locator(".text")).to_contain_text("2,500")
    page.close()
    assert small.gone.wait(15)


def test_a_question_that_had_no_answer_yet_is_in_the_box_after_a_reload(served, seeds, visit, slow):
    page = visit(served(seeds, environ=writers.environ(slow[1])))
    expect(asked(page, SOLDIERS).locator(".text")).to_contain_text("2,500")
    page.reload()
    ready(page)
    expect(composer(page)).to_have_value(SOLDIERS)


def test_what_is_typed_while_an_answer_comes_is_not_lost(served, seeds, visit, slow):
    page = visit(served(seeds, environ=writers.environ(slow[1])))
    waiting = asked(page, SOLDIERS)
    expect(waiting.locator(".text")).to_contain_text("2,500")
    composer(page).fill("And how many pieces")
    page.locator("#composer .stop-button").click()
    expect(answers(page)).to_have_count(1)
    expect(page.locator("#composer .submit-button")).to_be_visible()
    expect(composer(page)).to_have_value("And how many pieces")


def test_where_article_text_goes_is_shown(served, seeds, visit, slow):
    writer, small = slow
    writer.hurry.set()
    page = visit(served(seeds, environ=writers.environ(small)))
    expect(page.get_by_text(small.host).first).to_be_visible()
    answer = ask(page, SOLDIERS)
    expect(answer.locator(".written")).to_contain_text(writers.NAME)
    expect(answer.locator(".written")).to_contain_text(small.host)


def test_a_server_that_dies_in_mid_answer_and_comes_back(served, seeds, visit, slow):
    writer, small = slow
    server = served(seeds, environ=writers.environ(small))
    page = visit(server)
    waiting = asked(page, SOLDIERS)
    expect(waiting.locator(".text")).to_contain_text("2,500")
    server.kill()
    lost = page.locator("#connection")
    expect(lost).to_be_visible()
    expect(lost).to_contain_text("qa serve")
    writer.hurry.set()
    server.start()
    expect(lost).to_be_hidden()
    expect(composer(page)).to_have_value(SOLDIERS)  # it was not answered: nothing typed is lost
    composer(page).press("Enter")
    expect(answers(page)).to_have_count(1)
    expect(answers(page)).to_contain_text("2,500")


def test_a_conversation_goes_on_with_a_server_that_was_restarted(served, seeds, visit):
    server = served(seeds)
    page = visit(server)
    ask(page, SOLDIERS)
    server.stop()
    expect(page.locator("#connection")).to_be_visible()
    server.start()
    expect(page.locator("#connection")).to_be_hidden()
    expect(ask(page, "And how many pieces of equipment?").locator(".short")).to_have_text("250")


def test_a_library_that_vanishes_and_comes_back(served, seeds, visit):
    server = served(seeds)
    page = visit(server)
    ask(page, SOLDIERS)
    away = seeds.with_name("away")
    seeds.rename(away)
    failed = asked(page, FORCE)
    expect(failed.locator(".problem")).to_contain_text(re.compile("library", re.IGNORECASE))
    assert "Traceback" not in page.inner_text("body")
    if seeds.exists():  # whatever looked for it may have made the folder anew
        shutil.rmtree(seeds)
    away.rename(seeds)
    expect(ask(page, FORCE).locator(".short")).to_have_text("Anatoly Serdyukov")


def test_a_question_of_ten_thousand_characters_is_refused_in_words_and_given_back(server, visit):
    page = visit(server)
    question = "Why " + "very " * 1999 + "?"
    failed = asked(page, question)
    expect(failed.locator(".problem")).to_contain_text("10,000 characters")
    expect(composer(page)).to_have_value(question)
    assert conversation(page)["turns"] == []
    composer(page).fill("")
    expect(ask(page, FORCE).locator(".short")).to_have_text("Anatoly Serdyukov")


@pytest.mark.parametrize("question", ["", "   ", "\n"])
def test_an_empty_question_asks_nothing_and_breaks_nothing(server, visit, question):
    page = visit(server)
    asked(page, question)
    expect(page.locator("#conversation .answer.failed .problem")).to_contain_text("empty")
    expect(page.locator("#composer .submit-button")).to_be_visible()
    expect(ask(page, FORCE).locator(".short")).to_have_text("Anatoly Serdyukov")
    assert len(conversation(page)["turns"]) == 1


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"turns": 7}', '{"conversation": {"turns": [{"question": 3}]}}'])
def test_a_damaged_conversation_in_the_browser_does_not_stop_a_new_one(server, visit, kept):
    page = visit(server)
    ask(page, SOLDIERS)
    page.evaluate(
        """kept => { for (const key of Object.keys(localStorage)) if (key.startsWith('citewell.chat.'))
            localStorage.setItem(key, kept); }""",
        kept,
    )
    page.reload()
    ready(page)
    if "conversation" in kept:  # what can be sent is looked at by the server, which says what is wrong with it
        expect(page.locator("#conversation .problem")).to_be_visible()
    page.locator("#new-chat").click()
    expect(page.locator("#conversation .answer")).to_have_count(0)
    expect(ask(page, FORCE).locator(".short")).to_have_text("Anatoly Serdyukov")


def test_an_article_that_was_removed_is_said_where_it_was_cited(served, seeds, visit):
    import urllib.request

    server = served(seeds)
    page = visit(server)
    ask(page, FORCE)
    cited = conversation(page)["turns"][0]["answer"]["citations"][0]["span"]["article_id"]
    gone = urllib.request.Request(f"{server.url}/api/articles/{cited}", method="DELETE")
    with urllib.request.urlopen(gone, timeout=20) as response:
        assert response.status < 300
    page.reload()
    ready(page)
    expect(answers(page).first.locator(".gone").first).to_be_visible()
    answers(page).first.locator("a.cite").first.click()
    expect(page.locator("#reader .reader-problem")).to_be_visible()

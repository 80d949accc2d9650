"""The page as people use it, in a real browser: asking, reading, and what the browser keeps."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.web.articles import ASKED, MAYOR, write_flood
from tests.web.browsing import answers, ask, composer, conversation, marked, read, ready, say_what_is_right, tab
from tests.web.served import CODE

expect = pytest.importorskip("playwright.sync_api").expect

FORCE = "Who commanded the CSTO peacekeeping force?"
SOLDIERS = "How many soldiers are in the CSTO peacekeeping force?"
EQUIPMENT = "And how many pieces of equipment?"
CALL = "What did Putin and Tokayev talk about?"
UNKNOWN = "Who won the World Cup in 2018?"
PHONE = {"viewport": {"width": 375, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def flood(tmp_path_factory):
    """Two articles that disagree, served to every test that only reads them."""
    import qa
    from tests.web.served import serve

    work = tmp_path_factory.mktemp("flood")
    with qa.open(work / "library") as library:
        library.add(write_flood(work / "articles"))
    with serve(work / "library", work) as served:
        yield served


def text_of(server, citation) -> str:
    """The words that a citation names, from the library itself."""
    import urllib.request

    span = citation["span"]
    with urllib.request.urlopen(f"{server.url}/api/articles/{span['article_id']}", timeout=20) as response:
        return json.load(response)["text"][span["start"] : span["end"]]


# First start


def test_an_empty_library_leads_to_the_seeds_and_they_can_be_asked_at_once(served, visit, tmp_path):
    page = visit(served(tmp_path / "new"))
    expect(page.locator("#welcome")).to_be_visible()
    page.locator("#to-library").click()
    expect(page.locator("#shelf .shelf-empty")).to_be_visible()
    page.locator("#shelf-seeds").click()
    expect(page.locator("#shelf .shelf-row")).to_have_count(5, timeout=60_000)
    tab(page, "Ask")
    expect(page.locator("#welcome")).to_be_hidden()
    expect(ask(page, FORCE).locator(".short")).to_have_text("Anatoly Serdyukov")


def test_a_question_to_an_empty_library_is_answered_with_what_to_do(served, visit, tmp_path):
    page = visit(served(tmp_path / "new"))
    composer(page).fill(FORCE)
    composer(page).press("Enter")
    said = page.locator("#conversation .answer").last
    expect(said).to_contain_text(re.compile("no articles|nothing|empty|Add", re.IGNORECASE))
    expect(composer(page)).to_be_editable()


# Asking


def test_an_answer_has_its_source_its_certainty_and_what_was_searched(server, visit):
    page = visit(server)
    answer = ask(page, FORCE)
    expect(answer).to_have_class(re.compile(r"\banswered\b"))
    expect(answer.locator(".short")).to_have_text("Anatoly Serdyukov")
    expect(answer.locator("ol.sources > li")).to_have_count(1)
    expect(answer.locator(".sure")).to_have_text(re.compile(r"\w+"))
    expect(answer.locator(".searched")).to_contain_text("5 articles")
    expect(page.locator(".asked p").last).to_have_text(FORCE)
    expect(composer(page)).to_have_value("")
    cited = conversation(page)["turns"][0]["answer"]["citations"][0]
    assert text_of(server, cited) == cited["quote"]


def test_an_example_question_is_one_click(server, visit):
    page = visit(server)
    example = page.locator(".example").first
    expect(example).to_be_visible()
    question = example.inner_text()
    example.click()
    expect(answers(page)).to_have_count(1)
    expect(page.locator(".asked p")).to_have_text(question)
    assert conversation(page)["turns"][0]["answer"]["status"] != "abstained"


def test_a_follow_up_is_understood_from_what_came_before_and_says_so(server, visit):
    page = visit(server)
    ask(page, SOLDIERS)
    answer = ask(page, EQUIPMENT)
    expect(answer.locator(".understood")).to_contain_text(
        "How many pieces of equipment are in the CSTO peacekeeping force?"
    )
    expect(answer.locator(".short")).to_have_text("250")


def test_what_the_articles_do_not_say_is_an_answer_of_its_own_kind(server, visit):
    page = visit(server)
    answer = ask(page, UNKNOWN)
    expect(answer).to_have_class(re.compile(r"\babstained\b"))
    expect(answer.locator("a.cite, .sources, .sure")).to_have_count(0)
    answer.locator(".nearest summary").click()
    near = answer.locator(".nearest li").first
    expect(near).to_be_visible()
    near.locator('a[href^="#read="]').first.click()
    expect(page.locator("#reader mark.cited").first).to_be_in_viewport()


def test_articles_that_disagree_are_shown_side_by_side(flood, visit):
    page = visit(flood)
    answer = ask(page, ASKED)
    expect(answer).to_have_class(re.compile(r"\bconflicting\b"))
    sides = answer.locator(".conflict .side")
    expect(sides).to_have_count(2)
    said = sorted(sides.all_inner_texts(), key=lambda side: "19" in side)
    assert "12" in said[0]
    assert "The Sill Courier" in said[0]
    assert "19" in said[1]
    assert "The Tarnbeck Gazette" in said[1]
    expect(answer.locator(".short, .sure")).to_have_count(0)  # neither side is the answer
    boxes = [side.bounding_box() for side in sides.all()]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] != boxes[1]["x"]


def test_a_filter_narrows_the_search_and_its_chip_widens_it_again(flood, visit):
    page = visit(flood)
    page.locator("#filters summary").click()
    page.locator("#filter-outlets").select_option("The Sill Courier")
    page.locator("#filter-after").fill("2031-06-01")
    expect(page.locator(".chip")).to_have_count(2)
    answer = ask(page, ASKED)
    expect(answer).to_have_class(re.compile(r"\banswered\b"))
    expect(answer.locator(".short")).to_contain_text("12")
    expect(answer).to_contain_text("The Sill Courier")
    for _ in range(2):
        page.locator(".chip").first.click()
    expect(page.locator(".chip")).to_have_count(0)
    expect(ask(page, ASKED)).to_have_class(re.compile(r"\bconflicting\b"))


def test_asking_again_replaces_the_answer(server, visit):
    page = visit(server)
    answer = ask(page, FORCE)
    before = conversation(page)
    answer.locator("button.retry").click()
    page.wait_for_function(
        "before => JSON.stringify(window.citewell.conversation()) !== before", arg=_compact(page, before)
    )
    expect(answers(page)).to_have_count(1)
    expect(answers(page).locator(".short")).to_have_text("Anatoly Serdyukov")
    assert len(conversation(page)["turns"]) == 1


def _compact(page, value) -> str:
    return page.evaluate("value => JSON.stringify(value)", value)


def test_an_earlier_question_is_changed_and_asked_from_there(server, visit):
    page = visit(server)
    ask(page, SOLDIERS)
    ask(page, EQUIPMENT)
    page.locator(".asked").first.locator("button.edit").click()
    expect(composer(page)).to_have_value(SOLDIERS)
    expect(composer(page)).to_be_focused()
    composer(page).fill(FORCE)
    composer(page).press("Enter")
    expect(page.locator(".asked p")).to_have_text([FORCE])
    expect(answers(page).locator(".short")).to_have_text(["Anatoly Serdyukov"])
    assert [turn["question"] for turn in conversation(page)["turns"]] == [FORCE]


# Reading


def test_a_citation_shows_its_quote_before_it_is_opened(server, visit):
    page = visit(server)
    answer = ask(page, FORCE)
    quote = conversation(page)["turns"][0]["answer"]["citations"][0]["quote"]
    answer.locator("a.cite").first.hover()
    tip = page.locator("#quote-tip")
    expect(tip).to_be_visible()
    expect(tip).to_contain_text(quote)
    page.mouse.move(1, 1)
    expect(tip).to_be_hidden()


def test_a_citation_opens_the_article_at_exactly_its_words(server, visit):
    page = visit(server)
    answer = ask(page, FORCE)
    cited = conversation(page)["turns"][0]["answer"]["citations"][0]
    reader = read(page, answer)
    assert marked(reader) == cited["quote"]
    expect(page.locator("#reader-title")).to_have_text(cited["title"])
    expect(reader).to_contain_text("January 2022")
    expect(composer(page)).to_be_visible()  # beside the chat, not over it


def test_next_and_previous_walk_the_citations_of_an_answer(server, visit):
    page = visit(server)
    answer = ask(page, CALL)
    cited = conversation(page)["turns"][0]["answer"]["citations"]
    assert len(cited) > 1
    reader = read(page, answer)
    for number in (2, 1):
        page.locator("#reader-next" if number == 2 else "#reader-previous").click()
        expect(page.locator("#reader-title")).to_have_text(cited[number - 1]["title"])
        expect(reader.locator("mark.cited").first).to_be_in_viewport()
        assert marked(reader) == cited[number - 1]["quote"]


def test_a_quote_is_copied_with_its_source(server, visit, browser):
    context_options = {"permissions": ["clipboard-read", "clipboard-write"]}
    page = visit(server, **context_options)
    answer = ask(page, FORCE)
    cited = conversation(page)["turns"][0]["answer"]["citations"][0]
    read(page, answer)
    page.locator("#reader-copy").click()
    expect(page.locator("#said")).to_contain_text(re.compile("Copied"))
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert cited["quote"] in copied
    assert cited["title"] in copied


def test_an_answer_is_copied_with_its_quotes_and_sources(server, visit):
    page = visit(server, permissions=["clipboard-read", "clipboard-write"])
    ask(page, FORCE).locator("button.copy").click()
    expect(page.locator("#said")).to_contain_text("Copied")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    cited = conversation(page)["turns"][0]["answer"]["citations"][0]
    assert copied.startswith(FORCE)
    assert f"[1] “{cited['quote']}” — {cited['title']}" in copied
    assert cited["source"] not in copied, "a path of the server's machine"


def test_an_address_opens_the_article_at_its_words(server, visit):
    page = visit(server)
    ask(page, FORCE)
    cited = conversation(page)["turns"][0]["answer"]["citations"][0]
    span = cited["span"]
    other = visit(server, f"/#read={span['article_id']}:{span['start']}-{span['end']}")
    expect(other.locator("#reader mark.cited").first).to_be_in_viewport()
    assert marked(other.locator("#reader")) == cited["quote"]


def test_an_address_that_leads_nowhere_says_so_and_the_page_goes_on(server, visit):
    page = visit(server, "/#read=0123456789abcdef:3-9")
    expect(page.locator("#reader .reader-problem")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    expect(ask(page, FORCE).locator(".short")).to_have_text("Anatoly Serdyukov")


# Keys


def test_the_page_can_be_used_without_a_mouse(server, visit):
    page = visit(server)
    page.locator("body").click(position={"x": 2, "y": 2})
    page.keyboard.press("/")
    expect(composer(page)).to_be_focused()
    expect(composer(page)).to_have_value("")
    page.keyboard.type(CALL)
    page.keyboard.press("Enter")
    expect(answers(page)).to_have_count(1)
    cites = answers(page).locator(".sources a.cite")
    cites.first.focus()
    page.keyboard.press("Enter")
    reader = page.locator("#reader")
    titles = [one["title"] for one in conversation(page)["turns"][0]["answer"]["citations"]]
    expect(page.locator("#reader-title")).to_have_text(titles[0])
    page.keyboard.press("ArrowRight")
    expect(page.locator("#reader-title")).to_have_text(titles[1])
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#reader-title")).to_have_text(titles[0])
    page.keyboard.press("Escape")
    expect(reader).to_be_hidden()
    expect(page.locator("a.cite:focus")).to_have_count(1)


# What the browser keeps


def test_a_reload_keeps_the_conversation_with_its_citations(server, visit):
    page = visit(server)
    ask(page, SOLDIERS)
    ask(page, EQUIPMENT)
    before = conversation(page)
    page.reload()
    ready(page)
    expect(answers(page)).to_have_count(2)
    assert conversation(page) == before
    reader = read(page, answers(page).nth(1))
    assert marked(reader) == before["turns"][1]["answer"]["citations"][0]["quote"]
    expect(ask(page, FORCE).locator(".short")).to_have_text("Anatoly Serdyukov")
    assert len(conversation(page)["turns"]) == 3


def test_a_new_chat_is_empty_and_the_earlier_one_comes_back(server, visit):
    page = visit(server)
    ask(page, SOLDIERS)
    page.locator("#new-chat").click()
    expect(page.locator("#conversation .answer")).to_have_count(0)
    expect(composer(page)).to_be_focused()
    answer = ask(page, EQUIPMENT)
    expect(answer.locator(".understood")).to_have_count(0)  # nothing came before it here
    page.locator("#earlier summary").click()
    page.locator("#earlier button.open", has_text=SOLDIERS).click()
    expect(answers(page).locator(".short")).to_have_text(["2,500"])
    assert [turn["question"] for turn in conversation(page)["turns"]] == [SOLDIERS]
    assert marked(read(page, answers(page).first)) == conversation(page)["turns"][0]["answer"]["citations"][0]["quote"]


def test_an_earlier_conversation_can_be_forgotten(server, visit):
    page = visit(server)
    ask(page, SOLDIERS)
    page.locator("#new-chat").click()
    page.locator("#earlier summary").click()
    page.locator("#earlier button.forget").click()
    expect(page.locator("#earlier button.open")).to_have_count(0)
    assert SOLDIERS not in page.evaluate(
        "() => JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage})"
    )


def test_two_tabs_hold_two_conversations(server, visit):
    first = visit(server)
    second = visit(server, context=first.context)
    ask(first, SOLDIERS)
    ask(second, CALL)
    expect(ask(first, EQUIPMENT).locator(".short")).to_have_text("250")
    for page, questions in ((first, [SOLDIERS, EQUIPMENT]), (second, [CALL])):
        page.reload()
        ready(page)
        expect(page.locator(".asked p")).to_have_text(questions)
        assert [turn["question"] for turn in conversation(page)["turns"]] == questions


def test_two_tabs_on_one_conversation_go_on_without_losing_a_turn(server, visit):
    first = visit(server)
    ask(first, SOLDIERS)
    second = visit(server, context=first.context)
    second.locator("#earlier summary").click()
    second.locator("#earlier button.open").first.click()
    expect(second.locator(".asked p")).to_have_text([SOLDIERS])
    ask(first, CALL)
    ask(second, EQUIPMENT)
    for page, questions in ((first, [SOLDIERS, CALL]), (second, [SOLDIERS, EQUIPMENT])):
        page.reload()
        ready(page)
        expect(page.locator(".asked p")).to_have_text(questions)


def test_a_reload_keeps_what_the_search_is_narrowed_to(flood, visit):
    page = visit(flood)
    page.locator("#filters summary").click()
    page.locator("#filter-outlets").select_option("The Sill Courier")
    page.locator("#filter-after").fill("2031-06-01")
    page.reload()
    ready(page)
    expect(page.locator(".chip")).to_have_count(2)
    expect(ask(page, ASKED)).to_contain_text("published by The Sill Courier")


# Feedback


def run_cases(server, tmp_path) -> str:
    """Ask the cases that were kept with `qa eval`, and return what it prints."""
    from tests.web.served import environment

    suite = server.library / "feedback.jsonl"
    command = [sys.executable, "-c", CODE, "eval", str(suite), "--library", str(server.library)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment(tmp_path, {"QA_RUNS": str(tmp_path)})
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_right_and_wrong_become_cases_that_qa_eval_runs(served, seeds, visit, tmp_path):
    server = served(seeds)
    page = visit(server)
    ask(page, FORCE).locator("button.right").click()
    expect(page.locator("#said")).to_contain_text("stays right")
    say_what_is_right(page, ask(page, UNKNOWN), "France")
    expect(page.locator("dialog#feedback")).to_contain_text("qa eval")
    page.locator("dialog#feedback .feedback-done").click()
    expect(page.locator("dialog#feedback")).to_be_hidden()
    kept = [json.loads(line) for line in (seeds / "feedback.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [case["question"] for case in kept] == [FORCE, UNKNOWN]
    assert kept[0]["gold"][0]["quote"] == conversation(page)["turns"][0]["answer"]["citations"][0]["quote"]
    assert kept[1]["answers"] == ["France"]
    assert "2 cases" in run_cases(server, tmp_path)


def test_the_right_words_are_marked_in_the_article(served, seeds, visit):
    page = visit(served(seeds))
    ask(page, FORCE).locator("button.wrong").click()
    dialog = page.locator("dialog#feedback")
    dialog.locator("input[name=choice][value=marked]").check()
    text = dialog.locator("#feedback-text")
    expect(text).to_contain_text("Kazinform")
    page.evaluate(
        """() => { const place = document.querySelector('#feedback-text');
            const walk = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
            for (let node; (node = walk.nextNode()); ) {
                const at = node.data.indexOf('Kazinform');
                if (at < 0) continue;
                place.focus();
                return getSelection().setBaseAndExtent(node, at, node, at + 9);
            } }"""
    )
    dialog.locator(".feedback-mark").click()
    dialog.locator(".feedback-save").click()
    expect(dialog.locator(".feedback-kept")).to_be_visible()
    (case,) = [json.loads(line) for line in (seeds / "feedback.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [gold["quote"] for gold in case["gold"]] == ["Kazinform"]


# Looks


def test_dark_is_remembered_and_dark(server, visit):
    page = visit(server)
    light = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    page.locator("#shade").click()
    expect(page.locator("body")).to_have_class(re.compile(r"\bdark\b"))
    dark = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert _brightness(dark) < 60 < 200 < _brightness(light)
    page.reload()
    ready(page)
    expect(page.locator("body")).to_have_class(re.compile(r"\bdark\b"))
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == dark


def _brightness(colour: str) -> float:
    red, green, blue = (float(part) for part in re.findall(r"[\d.]+", colour)[:3])
    return (red + green + blue) / 3


def test_the_system_s_dark_is_ours_too(server, visit):
    page = visit(server, color_scheme="dark")
    expect(page.locator("body")).to_have_class(re.compile(r"\bdark\b"))


def test_on_a_phone_nothing_is_cut_off_and_the_article_is_a_sheet(server, visit):
    page = visit(server, **PHONE)
    answer = ask(page, CALL)
    assert _overflow(page) <= 0
    reader = read(page, answer)
    box = reader.bounding_box()
    assert (box["x"], box["width"]) == (0, 375)
    assert box["height"] > 600
    assert _overflow(page) <= 0
    page.locator("#reader-close").click()
    expect(reader).to_be_hidden()
    for name in ("Library", "Settings"):
        tab(page, name)
        assert _overflow(page) <= 0


def _overflow(page) -> int:
    return page.evaluate("() => document.documentElement.scrollWidth - innerWidth")


# Settings


def test_settings_say_what_is_in_force_and_where_it_came_from(server, visit):
    page = visit(server)
    tab(page, "Settings")
    shown = page.locator("#in-force")
    expect(shown).to_contain_text(str(server.library))
    expect(shown).to_contain_text(re.compile("command line"))
    expect(shown).to_contain_text(re.compile("default"))


def test_a_mayor_has_a_link_to_the_article_on_the_web(flood, visit):
    page = visit(flood)
    reader = read(page, ask(page, MAYOR))
    link = reader.locator('a[href="https://courier.example/flood"]')
    expect(link).to_have_attribute("rel", re.compile("noopener"))
    expect(reader).to_contain_text("The Sill Courier")
    expect(reader).to_contain_text("Nan Weatherby")

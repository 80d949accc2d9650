"""Right or wrong, in the page: the buttons below an answer, and the dialog that asks what would be right."""

import json
from dataclasses import replace

import pytest

from qa.types import Citation, Claim, Turn
from qa_index.errors import ArticleNotFound
from qa_index.types import Article, Filters, Span, article_id
from tests.qa import samples
from tests.web.feedback_page import application, running

expect = pytest.importorskip("playwright.sync_api").expect

MILL_TEXT = "The mill burned down. Its owner, Ada Quill, wept. Ada Quill will rebuild it.\n"
MILL = Article(article_id(MILL_TEXT), MILL_TEXT, title="A fire", sources=("/in/mill.txt",))

STORY = (
    "Grüße 👩\u200d🚀 from the mill.\n\nThe café burned; cafe\u0301 owner Ada 🏭 Quill wept.\n"
    "قال الطحان إن المطحنة احترقت.\n<script>window.ran = 1</script> & <b>no tag</b>\n"
    + "It rained. " * 200
    + "\nThe end 🏁."
)


LONG = "".join(f"Line {number} of a very long report, which says nothing new.\n" for number in range(19_000))
BOOK = Article(article_id(LONG), LONG, title="A book")


class Held:
    """Three articles, and a conversation of three turns about them."""

    def __init__(self, folder):
        self.folder = folder
        self.fire = Article(article_id(STORY), STORY, title="A <i>fire</i>", publisher="The Post")
        self.held = (self.fire, MILL, BOOK)

    def kin(self):
        return {}

    def article(self, id_prefix):
        found = [each for each in self.held if each.id == id_prefix]
        if not found:
            raise ArticleNotFound("no id begins so")
        return found[0]

    def turns(self):
        quote = STORY[STORY.index("The café") : STORY.index(" wept.") + 6]
        start = STORY.index(quote)
        span = Span(self.fire.id, start, start + len(quote))
        cited = Citation(1, span, quote, self.fire.title, "The Post", None, "/in/fire.txt")
        answered = replace(
            samples.ANSWERED,
            short="Ada",
            citations=(cited,),
            claims=(Claim(quote, (cited,)),),
            text=f"{quote} [1]",
            question="Who owns the mill?",
            standalone="Who owns the mill?",
            filters=Filters(),
        )
        follow = replace(answered, question="And who lit it?", standalone="Who lit the mill?")
        refused = replace(samples.ABSTAINED, nearest=(cited,), question="Who won?", standalone="Who won?")
        return tuple(Turn(each.question, each) for each in (answered, follow, refused))


@pytest.fixture
def page(browser, tmp_path):
    """The page in a browser; its errors fail the test."""
    library = Held(tmp_path)
    with running(application(library, library.turns())) as address:
        context = browser.new_context(viewport={"width": 1000, "height": 800})
        context.set_default_timeout(8000)
        page, wrong = context.new_page(), []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(address)
        yield page
        context.close()
        assert wrong == []


def cases(tmp_path):
    path = tmp_path / "feedback.jsonl"
    return [json.loads(each) for each in path.read_text(encoding="utf-8").split("\n") if each] if path.exists() else []


def choose(page, name):
    page.get_by_role("radio", name=name).check()
    if name == "I can show it":  # the article comes from the server
        expect(page.locator("#feedback-text")).to_contain_text("The end")


def select(page, words):
    """Select words in the article as a mouse would leave them selected."""
    page.evaluate(
        """(words) => {
          const place = document.querySelector("#feedback-text");
          const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
          const at = place.textContent.indexOf(words), ends = [at, at + words.length], range = document.createRange();
          for (let node, seen = 0; (node = walker.nextNode()); seen += node.length) {
            if (ends[0] >= seen && ends[0] < seen + node.length) range.setStart(node, ends[0] - seen);
            if (ends[1] > seen && ends[1] <= seen + node.length) range.setEnd(node, ends[1] - seen);
          }
          getSelection().removeAllRanges();
          getSelection().addRange(range);
        }""",
        words,
    )


def test_right_is_kept_at_once_shown_on_the_button_and_can_be_undone(page, tmp_path):
    answer = page.locator(".answer").first
    answer.locator("button.right").click()
    expect(page.locator("#said")).to_contain_text(
        "Kept. “qa eval” will check that this stays right (1 question so far)."
    )
    expect(answer.locator("button.right")).to_have_attribute("aria-pressed", "true")
    assert [each["answers"] for each in cases(tmp_path)] == [["Ada"]]
    page.evaluate("() => { const one = document.querySelector('.answer'); one.outerHTML = one.outerHTML; }")
    expect(answer.locator("button.right")).to_have_attribute("aria-pressed", "true")
    answer.get_by_role("button", name="Undo").click()
    expect(answer.locator("button.right")).to_have_attribute("aria-pressed", "false")
    expect(answer.get_by_role("button", name="Undo")).to_have_count(0)
    assert cases(tmp_path) == []


def test_a_right_abstention_is_a_question_without_an_answer(page, tmp_path):
    page.locator(".answer.abstained button.right").click()
    expect(page.locator("#said")).to_contain_text("Kept")
    (kept,) = cases(tmp_path)
    assert (kept["answerable"], kept["history"]) == (False, ["Who owns the mill?", "And who lit it?"])


def test_what_would_be_right_is_said_in_words_and_the_dialog_says_how_to_run_it(page, tmp_path):
    page.locator(".answer button.wrong").nth(1).click()
    dialog = page.get_by_role("dialog", name="What would be right?")
    dialog.get_by_role("button", name="Keep", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("Choose one of the three")
    choose(page, "I can say it")
    page.get_by_label("The right answer").fill("Bo Tully\n Tully ")
    page.get_by_label("The question in full, without those asked before it").fill("Who set fire to the mill?")
    dialog.get_by_role("button", name="Keep", exact=True).click()
    expect(dialog).to_contain_text(f"qa eval {tmp_path / 'feedback.jsonl'}")
    (kept,) = cases(tmp_path)
    assert (kept["answers"], kept["standalone"]) == (["Bo Tully", "Tully"], "Who set fire to the mill?")
    assert kept["tags"] == ["feedback", "wrong"]
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".answer button.wrong").nth(1)).to_be_focused()
    expect(page.locator(".answer button.wrong").nth(1)).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(
    "words",
    ["Ada 🏭 Quill", "👩\u200d🚀", "cafe\u0301", "قال الطحان", "<script>window.ran = 1</script> & <b>", "The end 🏁"],
)
def test_the_marked_words_are_exactly_those_of_the_article(page, tmp_path, words):
    page.locator(".answer button.wrong").first.click()
    choose(page, "I can show it")
    expect(page.locator("#feedback-text")).to_contain_text("The end")
    assert page.evaluate("() => document.querySelector('#feedback-text').textContent") == STORY
    select(page, words)
    page.get_by_role("button", name="Mark the selected words").click()
    expect(page.locator(".feedback-marked blockquote")).to_have_text(words)
    assert page.locator("#feedback-text mark.chosen").all_text_contents() and not page.evaluate("() => window.ran")
    marked = "".join(page.locator("#feedback-text mark.chosen").all_text_contents())
    page.get_by_role("button", name="Keep", exact=True).click()
    if any(letter.isalnum() for letter in words):
        expect(page.locator(".feedback-kept")).to_be_visible()
        assert [each["quote"] for each in cases(tmp_path)[0]["gold"]] == [words] == [marked]
    else:
        expect(page.locator("#feedback .problem")).to_contain_text("say nothing by themselves")


def test_words_are_marked_with_the_keyboard_alone_and_nothing_in_the_article_can_be_changed(page, tmp_path):
    page.locator(".answer button.wrong").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")  # the first choice
    page.keyboard.press("Shift+Tab")
    choose(page, "I can show it")
    expect(page.locator("#feedback-text")).to_contain_text("Grüße")
    page.locator("#feedback-text").focus()
    page.keyboard.press("Control+Home")
    for letters in range(1, 6):  # a busy browser may miss a key
        while len(page.evaluate("() => String(getSelection())")) < letters:
            page.keyboard.press("Shift+ArrowRight")
    page.keyboard.type("x")
    page.keyboard.press("Delete")
    assert page.evaluate("() => document.querySelector('#feedback-text').textContent") == STORY
    page.keyboard.press("Enter")
    expect(page.locator(".feedback-marked blockquote")).to_have_text("Grüße")
    page.get_by_role("button", name="Do not mark “Grüße”").click()
    expect(page.locator(".feedback-marked blockquote")).to_have_count(0)
    expect(page.locator("#feedback-text mark.chosen")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#feedback")).to_be_hidden()
    expect(page.locator(".answer button.wrong").first).to_be_focused()
    assert cases(tmp_path) == []


def test_another_article_is_found_and_words_of_two_are_kept_and_joined_where_they_touch(page, tmp_path):
    page.locator(".answer button.wrong").first.click()
    choose(page, "I can show it")
    for words in ("Ada 🏭", "🏭 Quill"):
        select(page, words)
        page.locator("#feedback-text").press("Enter")
    expect(page.locator(".feedback-marked blockquote")).to_have_text("Ada 🏭 Quill")
    page.get_by_label("Find another article").fill("Ada Quill, wept")
    page.get_by_label("Find another article").press("Enter")
    page.get_by_role("button", name="A fire").click()
    expect(page.locator("#feedback-article-title")).to_have_text("A fire")
    expect(page.locator("#feedback-text mark.was-cited")).to_have_text("Ada Quill, wept")
    select(page, "Its owner, Ada Quill, wept.")
    page.get_by_role("button", name="Mark the selected words").click()
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.locator(".feedback-kept")).to_be_visible()
    assert [each["quote"] for each in cases(tmp_path)[0]["gold"]] == ["Ada 🏭 Quill", "Its owner, Ada Quill, wept."]


def test_what_goes_wrong_is_said_in_the_dialog_and_nothing_typed_is_lost(page, tmp_path):
    page.locator(".answer button.wrong").first.click()
    choose(page, "I can say it")
    page.get_by_label("The right answer").fill("Bo")
    page.route("**/api/feedback", lambda route: route.abort())
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.locator("#feedback .problem")).to_contain_text("The connection to Citewell was lost")
    page.unroute("**/api/feedback")
    (tmp_path / "feedback.jsonl").write_text("spoilt", encoding="utf-8")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.locator("#feedback .problem")).to_contain_text("line 1 is no case")
    assert page.get_by_label("The right answer").input_value() == "Bo"


def test_days_are_written_as_everywhere_on_the_page(page):
    page.locator(".answer button.wrong").first.click()
    choose(page, "I can show it")
    page.get_by_label("Find another article").fill("Its owner")
    page.get_by_label("Find another article").press("Enter")
    expect(page.locator(".feedback-articles .where")).to_have_text("13 January 2022")


def test_an_article_that_has_gone_says_so_and_leaves_the_other_ways(page, tmp_path):
    page.route("**/api/articles/*", lambda route: route.fulfill(status=404, json={"error": "no id begins so"}))
    page.locator(".answer button.wrong").first.click()
    page.get_by_role("radio", name="I can show it").check()
    expect(page.locator("#feedback .problem")).to_contain_text("is no longer in the library")
    expect(page.locator(".feedback-articles button")).to_be_disabled()
    expect(page.locator("#feedback-text")).to_be_hidden()
    page.unroute("**/api/articles/*")
    page.get_by_label("Find another article").fill("Its owner")
    page.get_by_label("Find another article").press("Enter")
    page.get_by_role("button", name="A fire").click()
    expect(page.locator("#feedback-text")).to_contain_text("Its owner")
    expect(page.locator("#feedback .problem")).to_be_hidden()


def test_words_far_into_an_article_of_a_megabyte_are_marked_without_a_wait(page, tmp_path):
    page.locator(".answer button.wrong").first.click()
    choose(page, "I can show it")
    page.get_by_label("Find another article").fill("Line 18000 of")
    page.get_by_label("Find another article").press("Enter")
    page.get_by_role("button", name="A book").click()
    mark = page.locator("#feedback-text mark.was-cited")
    expect(mark).to_be_in_viewport()
    select(page, "Line 18000 of")
    page.locator("#feedback-text").press("Enter")
    expect(page.locator(".feedback-marked blockquote")).to_have_text("Line 18000 of")
    expect(page.locator("#feedback-text mark.chosen")).to_be_in_viewport()
    assert page.evaluate("() => document.querySelector('#feedback-text').textContent.length") == len(LONG)
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.locator(".feedback-kept")).to_be_visible()
    assert cases(tmp_path)[0]["gold"][0]["quote"] == "Line 18000 of"


@pytest.mark.parametrize("height", [667, 812])
def test_on_a_phone_the_article_has_nearly_half_of_the_height(page, height):
    page.set_viewport_size({"width": 375, "height": height})
    page.locator(".answer button.wrong").first.click()
    choose(page, "I can show it")
    text, footer = (page.locator(f"#feedback {one}").bounding_box() for one in ("#feedback-text", "footer"))
    assert text["height"] >= 0.45 * height
    assert text["y"] + text["height"] <= footer["y"] and footer["y"] + footer["height"] <= height


@pytest.mark.parametrize(("width", "dark"), [(375, False), (375, True), (1000, False), (1000, True)])
def test_the_dialog_fits_every_width_and_is_accessible_in_light_and_dark(page, width, dark):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page.set_viewport_size({"width": width, "height": 740})
    page.evaluate("(dark) => document.body.classList.toggle('dark', dark)", dark)
    page.locator(".answer button.wrong").nth(1).click()
    for choice in ("I can say it", "I can show it"):
        choose(page, choice)
        fits = "(one) => one.scrollWidth <= one.clientWidth && one.getBoundingClientRect().right <= innerWidth"
        assert page.locator("#feedback").evaluate(fits)
        found = axe.run(page, context="#feedback").response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []

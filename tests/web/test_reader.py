"""The reader in a real browser: the highlighted text is the quote, and a citation is one glance away."""

import random
import threading
import time
from types import SimpleNamespace

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from qa.terminal import one_line
from qa.web import problems
from qa.web.markup import escaped, read_address
from qa.web.talk.reading import GONE, router
from qa_index.errors import ArticleNotFound
from qa_index.types import Article, Span, article_id
from tests.index.fakes import read_article
from tests.web.hostile import PAYLOADS

ASSETS = __file__.rsplit("/tests/", 1)[0] + "/qa/web/assets"
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 375, "height": 740}


# The articles


def article(text, **fields):
    return Article(article_id(text), text, **fields)


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
STORY = (
    "The harbour of Lund was closed at dawn.\n\n"
    + "A long report follows, paragraph by paragraph, so that there is something to scroll.\n\n" * 30
    + "Two ferries waited outside until noon. Nobody was hurt, the harbour master said.\n\n"
    + "More of the report, which nobody cites. Again more of it.\n\n" * 30
    + "It opened again on Friday.\n\nSubscribe to our newsletter."
)


def quoted(one, *quotes):
    return [(one, one.text.index(quote), one.text.index(quote) + len(quote)) for quote in quotes]


HARBOUR = article(
    STORY,
    title="Harbour closed",
    publisher="The Lund Post",
    url="https://news.example/harbour",
    sources=("/news/harbour.txt",),
    masked=(Span(article_id(STORY), STORY.index("Subscribe"), len(STORY)),),
)
OTHER = article("Another outlet wrote that three ferries waited.", title="Ferries", sources=("/news/ferries.txt",))
CITED = [
    *quoted(HARBOUR, "Two ferries waited outside until noon.", "It opened again on Friday."),
    *quoted(OTHER, "three ferries waited"),
]


def odd_articles(folder):
    """Articles of every kind of text, given as they are and read from files."""
    folder.mkdir(exist_ok=True)
    emoji = f"{FAMILY} said “hi” \U0001f1f8\U0001f1ea\U0001f44d\U0001f3fd! \U0001f600\U0001d54f " * 20
    texts = {
        "emoji": emoji,
        "combining": "Z\u0335\u0321a\u0301\u0308\u0327lgo e\u0301 \u0915\u094d\u0937\u093f \u0e01\u0e33 " * 20,
        "rtl": "נמל לונד נסגר (12:30) עם שחר.\nوصلت العبّارة ٣ مرات. English, then \u202bעברית\u202c\n" * 10,
        "crlf": "\r\n\r\nFirst line\r\nsecond\rthird\n\r\n\tindented  twice \x0c page\x0b\x85\u2028end\r" * 10,
        "markup": "<p>&amp;&#13;&lt;</p><!-- ' \" ` -->${x}{{y}}</mark></div>]]>\n" * 20,
        "long": "x" * 3_000 + "ω" * 3_000,
    }
    for name, text in texts.items():
        yield article(text, title=name)
        file = folder / f"{name}.txt"
        file.write_bytes(text.encode())
        yield read_article(file)


def random_citations(articles, number):
    """Groups of five, from one article each: overlapping, nested and beside each other."""
    choose = random.Random(6)
    for turn in range(number // 5):
        one = articles[turn % len(articles)]
        group = set()
        while len(group) < 5:
            start = choose.randrange(len(one.text))
            group.add((start, min(len(one.text), start + choose.choice([1, 1, 2, 7, 60, 400]))))
        yield one, sorted(group)


# The page


class Shelf:
    """A library's articles, which a test may take away."""

    def __init__(self):
        self.articles = {}
        self.delays = {}

    def put(self, *articles):
        self.articles |= {each.id: each for each in articles}

    def kin(self):
        return {}

    def article(self, prefix):
        time.sleep(self.delays.get(prefix, 0))
        if prefix not in self.articles:
            raise ArticleNotFound(f"no article {prefix}")
        return self.articles[prefix]


def answer_html(citations, *, first=1):
    marks = "".join(
        f'<a class="cite" href="{read_address(Span(one.id, start, end))}" '
        f'title="{escaped(one.text[start:end])}">{number}</a>'
        for number, (one, start, end) in enumerate(citations, start=first)
    )
    listed = "".join(
        f'<li>{mark}</a><div><a class="from" href="{read_address(Span(one.id, start, end))}">'
        f'<span class="title">{escaped(one.title)}</span> <span class="where">7 May 2024</span></a></div></li>'
        for mark, (one, start, end) in zip(marks.split("</a>"), citations, strict=False)
    )
    return f'<div class="answer answered"><p class="text">Said. {marks}</p><ol class="sources">{listed}</ol></div>'


PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Reader</title><link rel="stylesheet" href="/assets/own/reader.css"><style>
body {{ margin: 0; --cw-ink: #222; --cw-muted: #555; --cw-faint: #ddd; --cw-card: #fff; --cw-accent: #7a2e1d;
  --cw-accent-ink: #fff; --cw-mark: #ffe08a; --cw-mark-faint: #fbf0cb; --cw-warn: #8a4a00; --cw-radius: 10px;
  --cw-serif: serif; --cw-sans: sans-serif; }}
#page {{ display: grid; }} @media (min-width: 900px) {{ body.reading #page {{ grid-template-columns: 1fr 1fr; }} }}
</style><p id="said" aria-live="polite"></p><main id="page"><div id="chat">
<div id="conversation">{answers}</div><label id="composer">Question <textarea></textarea></label></div>
<aside id="reader" aria-label="Article" hidden></aside></main>
<script type="module">
import {{ mountReader, openReader, refreshReader }} from "/assets/own/reader.js";
window.citewell = {{ say: text => document.querySelector("#said").textContent = text }};
mountReader(document.querySelector("#reader"));
Object.assign(window, {{ openReader, refreshReader }});
</script></html>"""


class Site:
    """The page with the answers that a test puts on it."""

    def __init__(self):
        self.shelf = Shelf()
        self.answers = ""
        app = FastAPI()
        problems.install(app)
        app.include_router(router(SimpleNamespace(library=self.shelf)))
        app.mount("/assets/own", StaticFiles(directory=ASSETS))
        app.get("/", response_class=HTMLResponse)(lambda: PAGE.format(answers=self.answers))
        self.server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))

    @property
    def url(self):
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}/"


@pytest.fixture(scope="module")
def running():
    site = Site()
    thread = threading.Thread(target=site.server.run, daemon=True)
    thread.start()
    while not site.server.started:
        time.sleep(0.01)
    yield site
    site.server.should_exit = True
    thread.join()


@pytest.fixture
def site(running):
    running.shelf.articles, running.shelf.delays = {}, {}
    running.shelf.put(HARBOUR, OTHER)
    running.answers = answer_html(CITED)
    return running


@pytest.fixture
def visit(browser, site):
    """Open the page; at the end nothing may have failed in it."""
    contexts, errors = [], []

    def open_page(address="", **options):
        context = browser.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(site.url + address)
        page.wait_for_function("!!window.openReader")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors


def cite(page, number, where=".text"):
    return page.locator(f"#conversation {where} a.cite", has_text=str(number)).first


def cited(page, quote):
    """Wait until these words are the cited ones, and in view."""
    page.wait_for_function(
        "quote => document.querySelector('mark.cited')?.textContent === quote"
        " && document.querySelector('#reader').ariaBusy === 'false'",
        arg=quote,
    )
    box, view = page.locator("mark.cited").bounding_box(), page.locator(".reader-page").bounding_box()
    assert view["y"] <= box["y"]
    assert box["y"] + box["height"] <= view["y"] + view["height"]


def words(number):
    one, start, end = CITED[number - 1]
    return one.text[start:end]


def focused(page):
    return page.evaluate(
        "document.activeElement.id || document.activeElement.className || document.activeElement.localName"
    )


# Tests


def test_the_highlighted_text_is_the_quote_and_the_body_the_article_for_200_citations(visit, site, tmp_path):
    articles = list(odd_articles(tmp_path / "files"))
    site.shelf.put(*articles)
    page = visit()
    checked = 0
    for one, group in random_citations(articles, 200):
        asked = [
            [read_address(Span(one.id, start, end)), one.text[start:end], "".join(_outside(one, (start, end), group))]
            for start, end in group
        ]
        wrong = page.evaluate(
            """async ([asked, text]) => {
                const group = asked.map(([href]) => href), wrong = [];
                for (const [index, [href, quote, others]] of asked.entries()) {
                    await openReader(group, index);
                    const all = name => [...document.querySelectorAll(`mark.${name}`)];
                    if (all("cited").length !== 1 || all("cited")[0].textContent !== quote
                        || all("also").map(mark => mark.textContent).join("") !== others
                        || document.querySelector(".body").textContent !== text) wrong.push([href, quote]);
                }
                return wrong;
            }""",
            [asked, one.text],
        )
        assert not wrong, one.title
        checked += len(asked)
    assert checked == 200


def _outside(one, at, group):
    """The characters that the other citations mark: what this one does not."""
    places = {place for each in group for place in range(*each)} - set(range(*at))
    return (one.text[place] for place in sorted(places))


def test_a_click_opens_the_article_beside_the_chat_at_the_words(visit):
    page = visit()
    cite(page, 1).click()
    cited(page, words(1))
    assert page.locator("#reader-title").inner_text() == "Harbour closed"
    assert page.locator("mark.also").all_text_contents() == [words(2)]
    assert page.locator(".masked").all_text_contents() == ["Subscribe to our newsletter."]
    assert page.locator("#reader-position").inner_text() == "1 of 3"
    assert page.locator("#conversation a.current").evaluate_all("all => all.map(one => one.textContent)") == ["1", "1"]
    chat, reader = page.locator("#chat").bounding_box(), page.locator("#reader").bounding_box()
    assert chat["x"] + chat["width"] <= reader["x"]
    assert reader["height"] <= WIDE["height"]


def test_buttons_and_arrows_walk_the_citations_across_articles(visit):
    page = visit()
    cite(page, 1).focus()
    page.keyboard.press("Enter")
    cited(page, words(1))
    page.keyboard.press("ArrowRight")
    cited(page, words(2))
    page.keyboard.press("ArrowDown")
    cited(page, words(3))
    assert page.locator("#reader-title").inner_text() == "Ferries"
    page.keyboard.press("ArrowDown")
    cited(page, words(3))
    page.keyboard.press("ArrowUp")
    cited(page, words(2))
    page.locator("#reader-previous").click()
    cited(page, words(1))
    assert page.locator("#reader-previous").get_attribute("aria-disabled") == "true"
    page.keyboard.press("ArrowRight")  # the button with the focus is at its end and lets keys through
    cited(page, words(2))
    assert page.evaluate("history.length") == 3  # the blank page, this one, and the article


def test_where_motion_is_welcome_the_page_glides_to_the_next_citation(visit):
    page = visit(reduced_motion="no-preference")
    cite(page, 1).click()
    cited(page, words(1))
    page.evaluate("""() => { window.passed = 0;
        document.querySelector(".reader-page").addEventListener("scroll", () => window.passed++); }""")
    page.locator("#reader-next").click()
    page.wait_for_function("document.querySelector('mark.cited').textContent === 'It opened again on Friday.'")
    page.wait_for_function("""() => { const at = document.querySelector("mark.cited").getBoundingClientRect();
        return at.top > 0 && at.bottom < innerHeight; }""")
    page.wait_for_function("window.passed > 3")


def test_arrows_in_the_answer_go_from_citation_to_citation(visit):
    page = visit()
    cite(page, 1, ".sources").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent + !!document.activeElement.closest('.sources')") == "2true"
    assert page.locator("#reader").is_hidden()
    page.keyboard.press("Enter")
    cited(page, words(2))
    cite(page, 2).focus()
    page.keyboard.press("ArrowLeft")
    cited(page, words(1))
    assert page.evaluate("document.activeElement.textContent") == "1"


def test_escape_closes_and_gives_the_focus_back_even_to_an_answer_rendered_anew(visit):
    page = visit()
    cite(page, 2).click()
    cited(page, words(2))
    assert focused(page) == "reader-page"
    page.keyboard.press("Escape")
    assert page.locator("#reader").is_hidden()
    assert page.evaluate("document.activeElement.textContent") == "2"
    assert page.evaluate("document.body.className + location.hash") == ""
    assert page.locator("a.current").count() == 0

    cite(page, 2).click()
    cited(page, words(2))
    page.evaluate("document.querySelector('#conversation').innerHTML += ''")
    page.wait_for_function("document.querySelectorAll('a.current').length === 2")
    page.locator("#reader-close").click()
    assert page.evaluate("document.activeElement.textContent") == "2"


def test_a_slash_goes_to_the_question_unless_one_is_typed(visit):
    page = visit()
    page.keyboard.press("/")
    page.keyboard.type("km/h")
    assert page.locator("#composer textarea").input_value() == "km/h"
    page.keyboard.press("ArrowLeft")
    assert page.locator("#reader").is_hidden()


def test_a_slash_in_the_empty_question_is_no_beginning_of_one(visit):
    page = visit()
    box = page.locator("#composer textarea")
    box.click()
    page.keyboard.type("//")
    assert box.input_value() == ""
    page.keyboard.type("a/b")
    assert box.input_value() == "a/b"


def test_the_quote_does_not_cover_the_sentence_it_belongs_to_nor_come_for_a_title(visit, site):
    site.answers = '<div style="height: 300px"></div>' + site.answers + '<div style="height: 300px"></div>'
    page = visit()
    sentence = page.locator(".answer .text")
    sentence.evaluate("text => text.insertBefore(new Text('Many words of an answer. '.repeat(40)), text.firstChild)")
    tip = page.locator("#quote-tip")
    cite(page, 1).hover()
    tip.wait_for(state="visible")
    shown, said = tip.bounding_box(), sentence.bounding_box()
    assert shown["y"] + shown["height"] <= said["y"] or shown["y"] >= said["y"] + said["height"]
    page.mouse.move(5, 5)
    tip.wait_for(state="hidden")
    page.locator("a.from").first.hover()
    page.wait_for_timeout(300)
    assert tip.is_hidden()


def test_a_title_opens_what_its_number_does(visit):
    page = visit()
    page.locator("a.from").nth(1).click()
    cited(page, words(2))
    assert page.locator("#reader-position").inner_text() == "2 of 3"
    assert page.locator("a.current").evaluate_all("all => all.map(one => one.className)") == ["cite current"] * 2
    page.keyboard.press("Escape")
    assert focused(page) == "from"


# Back


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_back_closes_the_article_and_forward_opens_it_again(visit, size):
    page = visit(viewport=size)
    page.locator("#composer textarea").fill("not sent yet")
    cite(page, 1).click()
    cited(page, words(1))
    page.keyboard.press("ArrowRight")
    cited(page, words(2))
    page.go_back()
    page.locator("#reader").wait_for(state="hidden")
    assert page.locator("#composer textarea").input_value() == "not sent yet"
    assert page.evaluate("location.hash + document.body.className") == ""
    assert page.evaluate("document.activeElement.textContent") == "1"
    page.go_forward()
    cited(page, words(2))
    page.reload()
    cited(page, words(2))
    page.keyboard.press("Escape")
    page.wait_for_function("location.hash === ''")
    assert page.evaluate("history.length") == 3


def test_opening_and_closing_piles_up_no_entries(visit):
    page = visit()
    before = page.evaluate("history.length")
    for turn in range(10):
        cite(page, 1 + turn % 3).click()
        cited(page, words(1 + turn % 3))
        if turn % 2:
            page.keyboard.press("Escape")
        else:
            page.locator("#reader-close").click()
        assert page.locator("#reader").is_hidden()
        page.wait_for_function("location.hash === ''")
    assert page.evaluate("history.length") == before + 1
    page.evaluate(  # faster than the browser goes back
        "([one, other]) => {"
        " openReader([one]); document.querySelector('#reader-close').click(); openReader([other]); }",
        [read_address(Span(one.id, start, end)) for one, start, end in CITED[1:]],
    )
    cited(page, words(3))
    page.wait_for_function("id => location.hash.includes(id)", arg=OTHER.id)
    page.go_back()
    page.locator("#reader").wait_for(state="hidden")
    assert page.evaluate("history.length") == before + 1


def test_an_article_opened_by_its_address_is_closed_where_it_is(visit):
    page = visit(read_address(Span(*(HARBOUR.id, *CITED[0][1:]))))
    cited(page, words(1))
    page.keyboard.press("Escape")
    assert page.locator("#reader").is_hidden()
    assert page.evaluate("location.hash + history.length") == "2"
    assert page.url.startswith("http")


# Its place in the window


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_bar_names_the_article_however_far_it_is_scrolled(visit, site, size):
    site.shelf.put(one := article(STORY + " ", title="Harbour " * 30, publisher="The Lund Post"))
    page = visit(viewport=size)
    page.evaluate("([href]) => openReader([href])", [read_address(Span(one.id, *CITED[0][1:]))])
    cited(page, words(1))
    name = page.locator("#reader-name")
    assert name.inner_text().replace("\n", "").endswith("The Lund Post")
    assert name.bounding_box()["height"] < 30
    assert not page.locator("#reader-title").evaluate("title => title.getBoundingClientRect().bottom > 0")
    outlet, reader = name.locator(".of-outlet").bounding_box(), page.locator("#reader").bounding_box()
    assert outlet["x"] + outlet["width"] <= reader["x"] + reader["width"]


def test_below_a_masthead_the_article_ends_with_the_window(visit):
    page = visit()
    page.evaluate("document.body.insertAdjacentHTML('afterbegin', '<header style=\"height: 120px\"></header>')")
    cite(page, 1).click()
    cited(page, words(1))
    bottom = "document.querySelector('#reader').getBoundingClientRect().bottom"
    assert page.evaluate(f"Math.abs(innerHeight - {bottom}) < 1.5")
    assert page.evaluate("document.documentElement.scrollHeight === innerHeight")
    page.evaluate("document.querySelector('#chat').style.height = '3000px'; scrollTo(0, 700)")
    page.wait_for_function(f"Math.abs(innerHeight - {bottom}) < 1.5")
    assert page.locator("#reader").bounding_box()["y"] == 0
    cited(page, words(1))


def test_the_words_stay_in_sight_when_the_window_changes_unless_they_were_left(visit):
    page = visit()
    cite(page, 1).click()
    cited(page, words(1))
    seen = """() => { const [view, words] = [".reader-page", "mark.cited"].map(
        each => document.querySelector(each).getBoundingClientRect());
        return view.top <= words.top && words.bottom <= view.bottom; }"""
    for width, height in ((899, 700), (375, 740), (1400, 500), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(100)
        page.wait_for_function(seen)
    page.locator(".reader-page").hover()
    page.mouse.wheel(0, -5_000)
    page.wait_for_function("document.querySelector('.reader-page').scrollTop === 0")
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(200)
    assert page.evaluate("document.querySelector('.reader-page').scrollTop") == 0


def test_an_article_that_opens_out_of_sight_is_at_its_words_all_the_same(visit):
    page = visit()
    page.add_style_tag(content="#reader { position: static !important; } #chat { height: 5000px; }")
    page.evaluate("scrollTo(0, 4000)")
    page.evaluate("([href]) => openReader([href])", [read_address(Span(*(HARBOUR.id, *CITED[0][1:])))])
    cited(page, words(1))


# The quote


def test_a_citation_shows_its_quote_on_hover_and_on_focus_within_the_window(visit):
    page = visit()
    tip = page.locator("#quote-tip")
    cite(page, 1).hover()
    tip.wait_for(state="visible")
    assert tip.locator(".tip-quote").text_content() == words(1)
    assert tip.locator(".tip-source").text_content() == "Harbour closed · 7 May 2024"
    assert tip.get_attribute("role") == "tooltip"
    assert cite(page, 1).get_attribute("title") is None
    assert cite(page, 1).get_attribute("aria-describedby") == "quote-tip"
    box = tip.bounding_box()
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= WIDE["width"]
    tip.hover()
    page.wait_for_timeout(300)
    assert tip.is_visible()
    page.keyboard.press("Escape")
    assert tip.is_hidden()
    page.mouse.move(600, 600)
    assert cite(page, 1).get_attribute("title") == words(1)

    page.locator("body").press("Tab")
    page.keyboard.press("Tab")
    tip.wait_for(state="visible")
    assert tip.locator(".tip-quote").text_content() == words(2)
    page.keyboard.press("Tab")
    page.wait_for_function("text => document.querySelector('.tip-quote').textContent === text", arg=words(3))
    cite(page, 3).click()
    cited(page, words(3))
    assert tip.is_hidden()


def test_an_address_opens_the_article_when_the_page_is_loaded(visit, site):
    later, site.answers = site.answers, ""
    page = visit(read_address(Span(*(HARBOUR.id, *CITED[0][1:]))))
    cited(page, words(1))
    assert page.locator(".reader-walk").is_hidden()
    # The conversation comes later: the citation is then one of its answer's.
    page.evaluate("html => document.querySelector('#conversation').innerHTML = html", later)
    page.wait_for_function("document.querySelector('#reader-position').textContent === '1 of 3'")
    page.wait_for_selector("mark.also")
    cited(page, words(1))
    page.evaluate("href => location.hash = href", read_address(Span(OTHER.id, *CITED[2][1:])))
    cited(page, words(3))
    page.reload()
    cited(page, words(3))


@pytest.mark.parametrize("address", ["#read=", "#read=x:1", "#read=../../etc:1-2", "#read=<img src=x onerror=__hit=1>"])
def test_an_address_that_leads_nowhere_says_so(visit, address):
    page = visit(address)
    page.wait_for_selector(".reader-problem")
    assert "leads to no article" in page.locator(".reader-problem").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#reader").is_hidden()


def test_an_article_that_was_removed_is_not_shown_again(visit, site):
    page = visit()
    cite(page, 1).click()
    cited(page, words(1))
    del site.shelf.articles[HARBOUR.id]
    page.evaluate("refreshReader()")
    page.wait_for_selector(".reader-problem")
    assert page.locator(".reader-problem").inner_text() == GONE
    assert page.locator(".reader-problem button").count() == 0
    assert page.locator("#reader-copy").is_hidden()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#reader-position').textContent === '2 of 3'")
    page.wait_for_selector(".reader-problem")
    page.keyboard.press("ArrowRight")
    cited(page, words(3))


def test_a_lost_connection_is_a_sentence_and_can_be_tried_again(visit):
    page = visit()
    page.route("**/page/articles/**", lambda route: route.abort())
    cite(page, 1).click()
    page.wait_for_selector(".reader-problem")
    assert "connection to Citewell was lost" in page.locator(".reader-problem").inner_text()
    page.unroute("**/page/articles/**")
    page.get_by_role("button", name="Try again").click()
    cited(page, words(1))


def test_of_rapid_clicks_the_last_wins(visit, site):
    site.shelf.delays[HARBOUR.id] = 0.4
    page = visit()
    cite(page, 1).click()
    cite(page, 2).click()
    cite(page, 3).click()
    cited(page, words(3))
    page.wait_for_timeout(600)
    cited(page, words(3))
    cite(page, 1).click()
    page.keyboard.press("Escape")
    page.wait_for_timeout(600)
    assert page.locator("#reader").is_hidden()
    assert page.locator("#reader .article").count() == 0


@pytest.mark.parametrize("allowed", [True, False])
def test_a_quote_is_copied_with_its_source(visit, allowed):
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    if not allowed:
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    cite(page, 1).click()
    cited(page, words(1))
    page.locator("#reader-copy").click()
    page.wait_for_function("document.querySelector('#said').textContent.startsWith('Copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"“{words(1)}” — Harbour closed, The Lund Post, https://news.example/harbour"
    assert focused(page) == "reader-copy"


def test_other_words_can_be_marked_and_copied_from_a_whole_article(visit):
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.evaluate("id => openReader(['#read=' + id])", OTHER.id)
    page.wait_for_selector(".body")
    page.locator("#reader-copy").click()
    assert "Mark the words" in page.locator("#said").inner_text()
    page.evaluate(
        "getSelection().setBaseAndExtent(document.querySelector('.body').firstChild, 0,"
        " document.querySelector('.body').firstChild, 14)"
    )
    page.locator("#reader-copy").click()
    page.wait_for_function("document.querySelector('#said').textContent.startsWith('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == "“Another outlet” — Ferries, ferries.txt"


def test_another_citations_words_lead_to_it(visit):
    page = visit()
    cite(page, 1).click()
    cited(page, words(1))
    page.locator("mark.also").click()
    cited(page, words(2))
    assert page.locator("#reader-position").inner_text() == "2 of 3"


def test_nothing_in_an_article_or_its_fields_runs(visit, site):
    bad = [
        article(
            f"{each.text} and {each.text}\n",
            title=each.text,
            publisher=each.text,
            authors=(each.text, each.text),
            url=each.text if number % 2 else f"https://a.example/{each.text}",
            sources=(each.text,),
            language=each.text,
        )
        for number, each in enumerate(PAYLOADS)
    ]
    site.shelf.put(*bad)
    site.answers = answer_html([(one, 0, len(one.text) // 2) for one in bad])
    asked = []
    page = visit()
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message) or dialog.dismiss())
    for one in bad:
        page.evaluate("([href]) => openReader([href])", [read_address(Span(one.id, 0, 5))])
        assert page.locator(".body").text_content() == one.text
        assert page.locator("#reader-title").text_content() == one_line(one.title)
    for number in range(1, len(bad) + 1, 7):
        link = page.locator(".text a.cite").nth(number - 1)
        page.keyboard.press("Escape")
        link.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        assert page.locator(".tip-quote").text_content() == bad[number - 1].text[: len(bad[number - 1].text) // 2]
    elements = "#reader :is(script, img, iframe, svg:not(.reader-bar svg), style, object, form), #quote-tip :not(p)"
    assert page.locator(elements).count() == 0
    assert page.locator('#reader a:not([href^="http"])').count() == 0
    assert page.evaluate("window.__hit") is None
    assert all(url.startswith(site.url) for url in asked)


def test_on_a_phone_the_article_is_a_sheet_over_the_chat(visit):
    page = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    cite(page, 1).tap()
    cited(page, words(1))
    assert page.locator("#reader").bounding_box() == {"x": 0, "y": 0, **PHONE}
    assert page.locator("#quote-tip").is_hidden()
    assert page.locator("#chat").evaluate("chat => chat.inert")
    assert focused(page) == "reader-page"
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert not page.locator("#said").evaluate("line => line.inert")
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('#chat')")
    page.locator("#reader-close").tap()
    assert not page.locator("#chat").evaluate("chat => chat.inert")
    assert page.evaluate("document.activeElement.textContent") == "1"
    page.set_viewport_size(WIDE)
    cite(page, 1).tap()
    cited(page, words(1))
    assert not page.locator("#chat").evaluate("chat => chat.inert")
    page.set_viewport_size(PHONE)
    page.wait_for_function("document.querySelector('#chat').inert")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing_in_the_open_reader(visit, size):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = visit(viewport=size)
    cite(page, 1).click()
    cited(page, words(1))
    found = axe.run(page, context="#reader").response["violations"]
    assert not [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


def test_an_article_of_a_megabyte_without_a_space_opens(visit, site):
    one = article("x" * 1_000_000, title="Long")
    site.shelf.put(one)
    page = visit()
    page.evaluate("([href]) => openReader([href])", [read_address(Span(one.id, 600_000, 600_020))])
    cited(page, "x" * 20)
    assert page.evaluate(
        "document.querySelector('.reader-page').scrollWidth <= document.querySelector('.reader-page').clientWidth"
    )

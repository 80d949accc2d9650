"""Whatever an article, a question, a model, a file name or a browser holds, it is shown as text and does nothing."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request

import pytest

from tests.qa.llm_servers import serving
from tests.web import writers
from tests.web.articles import ASKED, write_flood
from tests.web.browsing import answers, ask, composer, conversation, read, ready, say_what_is_right, tab
from tests.web.hostile import HOST, ODD, PAYLOADS, TRACES, harmless_names, plain
from tests.web.test_page import CALL, FORCE, UNKNOWN

expect = pytest.importorskip("playwright.sync_api").expect

BEGINNINGS, ENDINGS = "Ald Brin Cor Dun Elm Fen Gar Hol".split(), "by moor wick combe thorpe stead mere".split()
TOWNS = [beginning + ending for beginning in BEGINNINGS for ending in ENDINGS]
ARTICLE = """\
---
title: "{text}"
publisher: "{text}"
author: "{text}"
url: "{url}"
date: 2031-03-{day:02}
---
It rained in the town of {town}.

The keeper of {town} painted the words {text} on the door.

Nobody else came.
"""
URLS = (
    "javascript:top.__hit=1",
    "JaVaScRiPt:top.__hit=1//http://",
    " javascript:top.__hit=1",
    "data:text/html,<script>top.__hit=1</script>",
    "vbscript:top.__hit=1",
    f"//{HOST}/",
    "file:///etc/passwd",
    f'https://{HOST}/"onmouseover="top.__hit=1" class="hostile',
    f"https://{HOST}/<script>top.__hit=1</script>",
    f"https://{HOST}/'onfocus='top.__hit=1'autofocus='",
    f"https://user:secret@{HOST}/",
)


def names() -> list[str]:
    """Names of files, hostile where a name can be."""
    usable = {each.name for each in harmless_names()}
    return [f"{each.text}.txt" if each.name in usable else f"{n:03}.txt" for n, each in enumerate(PAYLOADS)]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Every payload in a title, outlet, author, address, file name and body, served."""
    import qa
    from tests.web.served import serve

    work = tmp_path_factory.mktemp("hostile")
    folder = work / "articles"
    folder.mkdir()
    for number, (payload, name) in enumerate(zip(PAYLOADS, names(), strict=True)):
        url = URLS[number % len(URLS)] if number % 2 else f"https://news.example/{payload.text}"
        text = ARTICLE.format(text=payload.text, url=url, day=1 + number % 28, town=TOWNS[number])
        (folder / name).write_text(text, encoding="utf-8")
    with qa.open(work / "library") as library:
        assert library.add(folder).added == len(PAYLOADS)
    with serve(work / "library", work) as served:
        yield served


@pytest.fixture
def harmless(visit):
    """Look whether anything of a payload became part of the page: `harmless(page)`."""

    def look(page, where="") -> None:
        assert page.evaluate(TRACES) == [], where
        assert visit.watch.dialogs == [], where

    yield look
    assert visit.watch is None or visit.watch.unprotected == []


def fetched(server, path):
    with urllib.request.urlopen(server.url + path, timeout=30) as response:
        return json.load(response)


# Articles


def test_articles_are_listed_and_read_as_the_text_they_are(hostile, visit, harmless):
    page = visit(hostile)
    tab(page, "Library")
    page.locator(".shelf-row").first.wait_for()
    harmless(page)
    listed = fetched(hostile, "/api/articles?limit=200")["articles"]
    assert len(listed) == len(PAYLOADS)
    for each in listed:
        text = fetched(hostile, f"/api/articles/{each['id']}")["text"]
        start = text.index("The keeper of")
        end = text.index("on the door.") + len("on the door.")
        page.evaluate("href => { location.hash = href; }", f"#read={each['id']}:{start}-{end}")
        cited = page.locator("#reader mark.cited", has_text=re.search(r"The keeper of \w+", text)[0])
        expect(cited.first).to_be_visible()
        shown = "".join(page.locator("#reader mark.cited").all_text_contents())
        assert plain(shown) == plain(text[start:end]), each["id"]
        if each["title"]:
            assert plain(page.locator("#reader-title").text_content()) == plain(each["title"])
        harmless(page, text)


def test_what_is_searched_for_on_the_shelf_stays_words(hostile, visit, harmless):
    page = visit(hostile)
    tab(page, "Library")
    page.locator(".shelf-row").first.wait_for()
    for payload in (*PAYLOADS[1::5], *ODD):
        with page.expect_response(lambda response: "/page/library" in response.url):
            page.locator("#shelf-search").fill(payload.text)
        page.wait_for_function("() => !document.querySelector('#shelf [aria-busy=true]')")
        harmless(page, payload.name)


def test_answers_from_hostile_articles_are_the_words_of_the_articles(hostile, visit, harmless):
    page = visit(hostile)
    for town in TOWNS[:12]:
        answer = ask(page, f"Which words did the keeper of {town} paint on the door?")
        for number, cited in enumerate(conversation(page)["turns"][-1]["answer"]["citations"]):
            quoted = answer.locator("ol.sources blockquote").nth(number).text_content()
            assert plain(quoted) == plain(cited["quote"])
            assert plain(answer.locator("ol.sources .title").nth(number).text_content()) == plain(cited["title"])
        harmless(page, town)
    page.locator("#filters summary").click()
    outlets = page.locator("#filter-outlets option").all_text_contents()
    assert {plain(each.text) for each in PAYLOADS} & {plain(outlet) for outlet in outlets}
    page.locator("#filter-outlets").select_option(index=3)
    expect(page.locator(".chip")).to_have_count(1)
    harmless(page)


# Questions


def test_a_question_is_shown_as_it_was_typed(server, visit, harmless):
    page = visit(server)
    for number, payload in enumerate((*PAYLOADS[::2], *ODD)):
        if number % 12 == 0:
            page.locator("#new-chat").click()
            expect(page.locator("#conversation .answer")).to_have_count(0)
        ask(page, payload.text)
        shown = page.locator(".asked p").last.text_content()
        assert plain(shown) == plain(payload.text), payload.name
        harmless(page, payload.name)
    page.locator("#earlier summary").click()
    harmless(page)
    page.reload()
    ready(page)
    answers(page).first.wait_for()
    harmless(page)


# A language model


def letters(text) -> str:
    """What is left of a text whose spaces, line ends and unseen letters somebody has tidied up."""
    return re.sub(r"[^\w<>\"'&;]", "", text)


def test_what_a_model_writes_is_text(served, seeds, visit, harmless):
    texts = [payload.text for payload in (*PAYLOADS, *ODD)]
    told = list[str]()
    with serving(lambda request: writers.replying(told)(request), models=writers.MODELS) as small:
        page = visit(served(seeds, environ=writers.environ(small)))
        for start in range(0, len(texts), 12):
            told[:] = texts[start : start + 12]  # the most of one reply
            answer = ask(page, FORCE)
            shown = letters(" ".join(answer.locator(".dropped li span").all_text_contents()))
            assert [text for text in told if letters(text) not in shown] == []
            harmless(page, str(start))


def test_what_a_model_s_server_is_called_and_says_is_text(served, seeds, visit, harmless):
    name = f"{PAYLOADS[0].text}<img class=hostile src=x onerror=top.__hit=1>${{top.__hit=1}}"
    said = " ".join(payload.text for payload in PAYLOADS)
    with serving(writers.refusing(said), models={"data": [{"id": name}]}) as small:
        page = visit(served(seeds, environ=writers.environ(small, name=name)))
        harmless(page)
        ask(page, FORCE)
        harmless(page)
        tab(page, "Settings")
        expect(page.locator("#in-force")).to_contain_text(name)
        harmless(page)


# What the browser kept

_FIELDS = (
    "question standalone short text quote title publisher source url attributed_to failure reason name title".split()
)
POISON = """([texts, fields]) => {
    let next = 0;
    const poisoned = (value, key) => {
        if (Array.isArray(value)) return value.map(one => poisoned(one, key));
        if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(
            ([name, one]) => [name, poisoned(one, key === 'made_by' ? 'text' : name)]));
        const wanted = fields.includes(key) && (typeof value === 'string' || (value === null && key !== 'short'));
        return wanted ? texts[next++ % texts.length] : value;
    };
    for (const store of [localStorage, sessionStorage])
        for (const key of Object.keys(store)) {
            let kept;
            try { kept = JSON.parse(store.getItem(key)); } catch { continue; }
            if (kept && typeof kept === 'object') store.setItem(key, JSON.stringify(poisoned(kept, '')));
        }
    return next;
}"""


def test_a_conversation_that_somebody_else_put_into_the_browser_is_text(served, visit, harmless, tmp_path):
    import qa
    from tests.web.conftest import SEEDS

    with qa.open(tmp_path / "library") as library:
        library.add(SEEDS, write_flood(tmp_path / "articles"))
    page = visit(served(tmp_path / "library"))
    for question in (FORCE, ASKED, CALL, UNKNOWN):
        ask(page, question)
    texts = [payload.text for payload in (*PAYLOADS, *ODD)]
    done = 0
    while done < 2 * len(texts):
        done += page.evaluate(POISON, [texts[done % len(texts) :] + texts[: done % len(texts)], _FIELDS])
        page.reload()
        ready(page)
        expect(page.locator("#conversation .answer")).to_have_count(4)
        kept = conversation(page)["turns"]
        shown = [plain(one) for one in page.locator(".asked p").all_text_contents()]
        assert shown == [plain(turn["question"]) for turn in kept]
        for number, turn in enumerate(kept):
            quotes = answers(page).nth(number).locator("blockquote").all_text_contents()
            wanted = [plain(one["quote"]) for one in turn["answer"]["citations"] or turn["answer"]["nearest"]]
            assert [plain(one) for one in quotes] == wanted
        page.locator("#earlier summary").click()
        answers(page).first.locator("a.cite").first.hover()
        expect(page.locator("#quote-tip")).to_be_visible()
        harmless(page)


FORGED = (
    {"article_id": '0"><img class=hostile src=x onerror=top.__hit=1>'},
    {"article_id": "../../api/settings"},
    {"start": '"><script>top.__hit=1</script>'},
    {"end": 10**30},
    {"start": -5},
)


@pytest.mark.parametrize("forged", FORGED, ids=lambda forged: next(iter(forged)))
def test_a_forged_citation_leads_nowhere(server, visit, harmless, forged):
    page = visit(server)
    ask(page, FORCE)
    page.evaluate(
        """forged => { for (const key of Object.keys(localStorage)) { if (!key.startsWith('citewell.chat.')) continue;
            const kept = JSON.parse(localStorage.getItem(key));
            for (const turn of kept.conversation.turns)
                for (const one of turn.answer.citations) Object.assign(one.span, forged);
            localStorage.setItem(key, JSON.stringify(kept)); } }""",
        forged,
    )
    page.reload()
    ready(page)
    said = page.locator("#conversation .answer").first
    expect(said).to_be_visible()
    harmless(page)
    if said.locator("a.cite").count():
        said.locator("a.cite").first.click()
        expect(page.locator("#reader .reader-problem")).to_be_visible()
        harmless(page)


@pytest.mark.parametrize(
    "address",
    [
        '/#read="><img class=hostile src=x onerror=top.__hit=1>:1-2',
        "/#read=../../api/settings:0-5",
        "/#read=%3Cscript%3Etop.__hit=1%3C/script%3E",
        "/?__theme=%22%3E%3Cscript%3Etop.__hit=1%3C/script%3E",
        "/?__theme=dark&view=%3Cimg%20class=hostile%20src=x%20onerror=top.__hit=1%3E",
        "/?q=%3Csvg%20onload=top.__hit=1%20class=hostile%3E#javascript:top.__hit=1",
    ],
)
def test_an_address_runs_nothing(server, visit, harmless, address):
    page = visit(server, address)
    ask(page, FORCE)
    harmless(page)


# Files, feedback


def test_names_of_uploaded_files_are_text_good_or_bad(served, visit, harmless, tmp_path):
    page = visit(served(tmp_path / "library"))
    tab(page, "Library")
    page.locator(".shelf-empty").wait_for()
    good, bad = harmless_names()[::2][:10], harmless_names()[1::2][:10]
    files = [(f"{each.text}.txt", f"The keeper of {TOWNS[n]} came home.\n".encode()) for n, each in enumerate(good)]
    files += [(f"{each.text}.png", b"\x89PNG\r\n\x1a\n") for each in bad]
    page.locator("#shelf-drop input[type=file]").first.set_input_files(
        [{"name": name, "mimeType": "text/plain", "buffer": content} for name, content in files]
    )
    expect(page.locator(".shelf-row")).to_have_count(len(good))
    expect(page.locator("#shelf-progress li", has_text=bad[0].text)).to_be_visible()
    harmless(page)


def test_what_a_person_says_would_be_right_is_text(served, seeds, visit, harmless):
    page = visit(served(seeds))
    answer = ask(page, FORCE)
    for payload in (*PAYLOADS[::11], *ODD):
        say_what_is_right(page, answer, payload.text)
        harmless(page, payload.name)
        page.locator("dialog#feedback .feedback-done").click()
        (kept,) = [json.loads(line) for line in (seeds / "feedback.jsonl").read_text(encoding="utf-8").splitlines()]
        assert len(kept["answers"]) == 1


# Responses


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/config",
        "/assets/citewell.js",
        "/api/library",
        "/api/articles",
        "/api/articles/<script>top.__hit=1</script>",
        "/api/nothing<img src=x onerror=top.__hit=1>",
        "/page/articles/%3Cscript%3Etop.__hit=1%3C%2Fscript%3E",
        "/page/articles/0123456789abcdef?at=%3Csvg/onload=top.__hit=1%3E",
        "/page/shelf?query=%3Cscript%3Etop.__hit=1%3C/script%3E&sort=%22%3E%3Csvg%20onload=top.__hit=1%3E",
        "/api/search?q=%3Cscript%3E&limit=%3Cscript%3E",
        "/<script>top.__hit=1</script>",
        "/..%2f..%2f..%2fetc/passwd",
        "/gradio_api/file=/etc/passwd",
        "/file=/etc/passwd",
        "/static/../../../etc/passwd",
    ],
)
def test_every_response_has_the_policy_and_runs_nothing(server, path):
    status, headers, body = _get(server, path)
    assert re.search("default-src '(self|none)'", headers["content-security-policy"])
    assert headers["x-content-type-options"] == "nosniff"
    assert b"root:" not in body
    if "text/html" in headers.get("content-type", ""):
        assert b"<script>top.__hit" not in body
        assert b"<svg" not in body or status == 200
        assert b"<img src=x" not in body


def _get(server, path):
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest("GET", path.replace(" ", "%20"), skip_accept_encoding=True)
    connection.endheaders()
    response = connection.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders()}
    body = response.read()
    connection.close()
    return response.status, headers, body


def test_a_citation_mark_in_the_answer_still_opens_its_words(hostile, visit, harmless):
    page = visit(hostile)
    answer = ask(page, "Where did it rain?")
    if answer.locator("a.cite").count():
        read(page, answer)
    composer(page).focus()
    harmless(page)

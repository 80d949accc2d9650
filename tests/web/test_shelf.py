"""The Library tab: what its fragments say, and what a person does with it in a browser."""

import html
import re
import threading
import time

import pytest
from fastapi.testclient import TestClient

from qa_index.storage.locking import held
from tests.index.fakes import HashingEmbedder
from tests.web.hostile import PAYLOADS, TRACES
from tests.web.shelved import app_of, engine_of, listening

STORM = b"Storm hits the coast\n\nA storm hit the coast on Monday. Two people were hurt."
VOTE = b"Town votes for a bridge\n\nThe town voted for a new bridge on Sunday."


def article(number, *, day="2022-01-13", publisher="The Paper"):
    head = f"---\ntitle: Story {number}\npublisher: {publisher}\n" + (f"date: {day}\n" if day else "")
    return f"{head}---\n\nThe mayor opened bridge number {number} on a cold morning.\n"


@pytest.fixture
def engine(tmp_path):
    made = engine_of(tmp_path / "library", max_file_mb=1)
    yield made
    made.library.close()


@pytest.fixture
def filled(engine, tmp_path):
    """Seven articles: of two outlets and none, of four days and none; and a file that cannot be read."""
    folder = tmp_path / "news"
    folder.mkdir()
    for number in range(6):
        publisher = "Herald" if number % 2 else "The Paper"
        (folder / f"s{number}.txt").write_text(article(number, day=f"2022-01-{number // 2 + 10}", publisher=publisher))
    (folder / "undated.txt").write_bytes(VOTE)
    (folder / "empty.txt").write_text("")
    engine.library.add(folder)
    return engine


@pytest.fixture
def client(engine):
    with TestClient(app_of(engine)) as connected:
        yield connected


def labels(fragment):
    return re.findall(r'class="open"[^>]*>([^<]*)<', fragment)


# What the server says


def test_an_empty_library_leads_to_files_to_the_command_and_to_the_samples(client, tmp_path):
    shown = html.unescape(client.get("/page/library").text)
    assert 'class="shelf-empty"' in shown
    assert 'id="shelf-seeds"' in shown
    assert f"<code>qa index PATH --library {tmp_path / 'library'}</code>" in shown
    assert '<input type="file"' in shown


def test_the_command_names_only_a_folder_that_is_not_the_usual_one(client, engine, monkeypatch):
    monkeypatch.setattr("qa.web.shelf.shelf.default_library", lambda: engine.library.folder)
    assert "<code>qa index PATH</code>" in client.get("/page/library").text


def test_the_shelf_says_how_many_articles_of_which_days_and_what_failed(client, filled):
    shown = client.get("/page/library").text
    assert "7 articles, 10–12 January 2022" in shown
    assert "1 file could not be read" in shown
    assert "it is empty; remove it" in shown
    assert '<option value="Herald">Herald (3)</option>' in shown
    assert shown.count('class="shelf-row"') == 7
    assert "no date" in shown


def test_rows_are_searched_sorted_narrowed_and_paged(client, filled):
    def rows(**asked):
        return client.get("/page/library/rows", params=asked).text

    assert labels(rows(query="story 3")) == ["Story 3"]
    assert labels(rows(sort="title", limit=2, offset=1)) == ["Story 1", "Story 2"]
    assert labels(rows(publisher="Herald", sort="oldest")) == ["Story 1", "Story 3", "Story 5"]
    assert len(labels(rows(after="2022-01-11", until="2022-01-12"))) == 4
    assert labels(rows(undated="true")) == ["Town votes for a bridge"]
    assert "No article with" in rows(query="zebra")
    assert "No article from Gone" in rows(publisher="Gone")
    assert 'data-offset="2">Show 5 more' in rows(limit=2)


@pytest.mark.parametrize("asked", [{"sort": "size"}, {"offset": -1}, {"limit": 10**9}, {"after": "soon"}])
def test_a_fragment_that_cannot_be_is_refused_in_words(client, asked):
    reply = client.get("/page/library/rows", params=asked)
    assert reply.status_code == 422
    assert reply.text.startswith('<p class="problem"')


def test_the_picture_has_a_bar_for_each_day_and_says_the_same_in_a_table(client, filled):
    shown = client.get("/page/library").text
    assert shown.count('<g class="bar"') == 3
    assert shown.count('class="shelf-when"') == 4
    assert "10 January 2022: 2 articles (Herald 1, The Paper 1)" in html.unescape(shown)


def test_the_same_text_in_several_files_is_one_row_that_names_them_all(client, engine, tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.txt").write_bytes(STORM)
    engine.library.add(*(tmp_path / f"{name}.txt" for name in "abc"))
    shown = client.get("/page/library").text
    assert shown.count('class="shelf-row"') == 1
    assert "<summary>in 3 files</summary>" in shown
    assert all(f">{name}.txt<" in shown for name in "abc")


WIRE = (
    "The ferry between the two islands stopped running on Monday after its captain found water in the engine room. "
    "Nobody was hurt, the harbour master said, and all ninety passengers were taken ashore in two fishing boats within "
    "an hour. The company that owns the ferry said that a diver would look at the hull on Tuesday morning. Until it is "
    "repaired, a smaller boat is to make the crossing four times a day, and tickets that were bought stay valid for it."
)


@pytest.fixture
def reprinted(engine, tmp_path):
    """One story of three outlets, each with a last sentence of its own, and another story."""
    for number, outlet in enumerate(("The Wire", "Herald", "The Paper")):
        head = f"---\ntitle: Ferry stops {number}\npublisher: {outlet}\ndate: 2022-01-1{number}\n---\n\n"
        (tmp_path / f"{number}.txt").write_text(f"{head}{WIRE} Reported for {outlet}.\n")
    (tmp_path / "vote.txt").write_bytes(VOTE)
    engine.library.add(*(tmp_path / name for name in ("0.txt", "1.txt", "2.txt", "vote.txt")))
    assert len(engine.library.kin()) == 2
    return engine


def test_a_story_that_several_printed_is_one_row_with_its_reprints_folded_in(client, reprinted):
    shown = html.unescape(client.get("/page/library").text)
    assert shown.count('class="shelf-row"') == 2
    assert shown.count('class="shelf-copy"') == 2
    assert "<summary>and 2 reprints</summary>" in shown
    assert labels(shown)[0] == "Ferry stops 0"  # the original stands for it
    one = client.get("/page/library/rows", params={"publisher": "Herald"}).text
    assert labels(one)[0] == "Ferry stops 1"  # where the original does not pass, what does
    assert '<span class="shelf-relation">reprint</span>' in one
    assert "<summary>and the original and 1 reprint</summary>" in one


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://bbc.co.uk@evil.example/", "evil.example"),
        ("https://bbc.co.uk:443@evil.example:8000/@bbc.co.uk", "evil.example:8000"),
        ("https://evil.example\\\\@bbc.co.uk/", "evil.example"),
        ("https://www.bbc.co.uk/news?by=@me", "bbc.co.uk"),
    ],
)
def test_a_link_is_named_by_the_host_to_which_it_leads(client, engine, tmp_path, url, host):
    (tmp_path / "a.txt").write_text(f'---\ntitle: A story\nurl: "{url}"\n---\n\nThe mayor opened a bridge.\n')
    engine.library.add(tmp_path / "a.txt")
    assert f">{host}</a>" in html.unescape(client.get("/page/library/rows").text)


def test_outlets_that_only_capitals_tell_apart_are_one_choice_that_narrows_to_all_of_them(client, engine, tmp_path):
    for number, outlet in enumerate(("The Wire", "THE WIRE", "THE WIRE", "TW")):
        (tmp_path / f"{number}.txt").write_text(article(number, publisher=outlet))
    engine.library.add(*(tmp_path / f"{number}.txt" for number in range(4)))
    shown = client.get("/page/library").text
    assert re.findall("<option[^>]*>([^<]*[(][^<]*)<", shown) == ["THE WIRE (3)", "TW (1)"]
    narrowed = client.get("/page/library", params={"publisher": "The Wire"}).text
    assert '<option value="The Wire" selected>THE WIRE (3)</option>' in narrowed
    assert len(labels(narrowed)) == 3


# In a browser


@pytest.fixture
def browse(browser):
    """Open the page of an engine; at the end nothing may have been asked of another host, or run."""
    pages = []

    def browse(url, *, watched=True, **options):
        page = browser.new_context(**options).new_page()
        page.set_default_timeout(15_000)
        faults = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: request.url.startswith(url) or faults.append(request.url))
        page.on("console", lambda said: "Security Policy" in said.text and faults.append(said.text))
        page.goto(url)
        page.wait_for_selector(".shelf")
        pages.append((page, faults if watched else []))
        return page

    yield browse
    for page, _ in pages:
        page.context.close()
    assert [fault for _, faults in pages for fault in faults] == []


@pytest.fixture
def url(engine):
    with listening(app_of(engine)) as address:
        yield address


def choose(page, *files):
    page.set_input_files(
        "#shelf-files", [{"name": name, "mimeType": "text/plain", "buffer": content} for name, content in files]
    )


def told(page):
    """What the newest batch says once it is done."""
    page.wait_for_function("() => document.querySelector('.shelf-batch-bar')?.hidden")
    return page.locator(".shelf-batch-head").first.inner_text()


def drop(page, *files):
    """Drop files as a file manager does."""
    transfer = page.evaluate_handle(
        "files => { const all = new DataTransfer();"
        "for (const [name, text] of files) all.items.add(new File([text], name)); return all; }",
        [[name, content.decode()] for name, content in files],
    )
    for kind in ("dragenter", "dragover", "drop"):
        page.dispatch_event("#shelf-drop", kind, {"dataTransfer": transfer})


def test_from_an_empty_library_to_the_samples(browse, url):
    page = browse(url)
    assert page.locator(".shelf-controls").is_hidden()
    page.click("#shelf-seeds")
    page.wait_for_selector(".shelf-row")
    assert told(page) == "5 articles added."
    assert page.locator(".shelf-row").count() == 5
    assert page.locator(".shelf-empty").count() == 0
    assert page.locator("#shelf-timeline .bar").count() == 5
    assert page.locator(".to-ask").inner_text() == "Ask about them"
    assert re.fullmatch("#read=[0-9a-f]{16}", page.locator(".shelf-row .open").first.get_attribute("href"))


def test_files_are_chosen_or_dropped_and_each_is_told_what_became_of_it(browse, url, engine):
    page = browse(url)
    choose(page, ("storm.txt", STORM), ("photo.jpg", b"x"), ("empty.txt", b""), ("page.txt", b"<html>"))
    assert told(page) == "1 article added, 3 refused."
    words = page.locator(".shelf-file").all_inner_texts()
    assert [each.split("\n")[0] for each in words] == ["storm.txt", "photo.jpg", "empty.txt", "page.txt"]
    assert words[0].endswith("added")
    assert "no article text" in words[3]
    drop(page, ("vote.txt", VOTE), ("again.txt", STORM))
    page.wait_for_function("() => document.querySelectorAll('.shelf-row').length === 2")
    assert told(page) == "1 article added, 1 already there."
    page.locator(".shelf-batch-close").first.click()
    assert page.locator(".shelf-batch").count() == 1


def test_many_files_are_sent_in_turn(browse, url, engine, monkeypatch):
    monkeypatch.setattr("qa.web.shelf.shelf.MOST_FILES", 3)
    page = browse(url)
    choose(page, *((f"s{number}.txt", article(number).encode()) for number in range(8)))
    assert told(page) == "8 articles added."
    assert engine.library.searched().articles == 8


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=top.__hit=1>.txt",
        "أخبار اليوم.txt",
        "x" * 230 + ".txt",
        "\u202etxt.exe.txt",
        "a&b'\"<i>.txt",
    ],
)
def test_a_file_name_is_only_ever_words(browse, url, engine, name):
    page = browse(url)
    choose(page, (name, STORM))
    page.wait_for_selector(".shelf-row")
    assert told(page) == "1 article added."
    assert page.locator(".shelf-file-name").inner_text() == name
    assert page.evaluate(TRACES) == []


def test_nothing_that_an_article_says_of_itself_is_obeyed(browse, url, engine, tmp_path):
    folder = tmp_path / "hostile"
    folder.mkdir()
    for number, payload in enumerate(PAYLOADS):
        text = payload.text.replace('"', "'")
        fields = f'title: "{number} {text}"\npublisher: "{text}"\nurl: "{text}"\ndate: 2022-01-{number % 28 + 1:02}'
        head = f"---\n{fields}\n---\n"
        (folder / f"{number}.txt").write_text(f"{head}\n{payload.text}\n\nThe words of number {number}.\n")
    engine.library.add(folder)
    page = browse(url + "/")
    page.locator(".shelf-table summary").click()
    if page.locator(".shelf-more").count():
        page.click(".shelf-more")
    page.wait_for_timeout(200)
    assert page.locator(".shelf-row").count() == engine.library.searched().articles
    assert page.evaluate(TRACES) == []


def test_the_list_is_searched_sorted_and_narrowed_and_everything_comes_back(browse, url, filled):
    page = browse(url)
    rows = page.locator(".shelf-row")
    page.fill("#shelf-search", "story 3")
    page.wait_for_function("() => document.querySelectorAll('.shelf-row').length === 1")
    page.click(".shelf-all")
    page.wait_for_function("() => document.querySelectorAll('.shelf-row').length === 7")
    assert page.input_value("#shelf-search") == ""
    page.select_option("#shelf-sort", "title")
    page.wait_for_function("() => document.querySelector('.shelf-row .open').textContent === 'Story 0'")
    page.select_option("#shelf-outlet", "Herald")
    page.wait_for_function("() => document.querySelectorAll('.shelf-row').length === 3")
    page.locator(".bar").nth(1).click()
    page.wait_for_function("() => document.querySelectorAll('.shelf-row').length === 1")
    assert "of 11 January 2022 from Herald" in page.locator(".shelf-found").inner_text()
    assert page.locator(".bar.chosen").count() == 1
    page.locator(".bar").nth(1).click()
    page.wait_for_function("() => document.querySelectorAll('.shelf-row').length === 3")
    page.click(".shelf-all")
    page.locator(".shelf-table summary").click()
    page.get_by_role("button", name="No date").click()
    page.wait_for_function("() => document.querySelectorAll('.shelf-row').length === 1")
    assert rows.locator(".open").inner_text() == "Town votes for a bridge"


def test_a_reprint_is_unfolded_and_removed_by_itself(browse, url, reprinted):
    page = browse(url)
    page.locator(".shelf-copies summary").click()
    copy = page.locator(".shelf-copy", has_text="Ferry stops 2")
    copy.locator(".remove").click()
    copy.locator(".remove").click()
    page.wait_for_selector("summary:has-text('and 1 reprint')")
    assert page.locator(".shelf-copies").get_attribute("open") is not None  # what was unfolded stays so
    assert reprinted.library.searched().articles == 3


def test_what_could_not_be_read_is_told_above_the_list_and_leads_there(browse, url, filled):
    page = browse(url, viewport={"width": 900, "height": 500})
    page.locator("#shelf-failures summary").click()
    page.get_by_role("button", name="1 file could not be read").click()
    assert page.locator("#shelf-failures li").is_visible()
    assert page.evaluate("document.activeElement.closest('#shelf-failures') !== null")
    top = page.locator("#shelf-failures").bounding_box()["y"]
    assert 0 <= top < 500


def test_from_what_was_added_a_button_leads_to_the_question(browse, url):
    page = browse(url)
    page.evaluate(
        "() => { const tabs = document.createElement('div'); tabs.id = 'tabs';"
        "tabs.innerHTML = '<button role=tab>Ask</button><div id=composer hidden><textarea></textarea></div>';"
        "tabs.firstChild.onclick = () => setTimeout(() => { tabs.lastChild.hidden = false; }, 80);"
        "document.body.append(tabs); }"
    )
    choose(page, ("storm.txt", STORM), ("no.jpg", b"x"))
    assert told(page) == "1 article added, 1 refused."
    page.get_by_role("button", name="Ask about it").click()
    page.wait_for_function("() => document.activeElement.matches('#composer textarea')")
    choose(page, ("again.txt", STORM))
    assert told(page) == "1 already there."
    assert page.locator(".shelf-batch").first.locator(".to-ask").count() == 0


def test_fifty_more_are_shown_at_a_time(browse, url, engine, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(120):
        (folder / f"{number}.txt").write_text(article(number))
    engine.library.add(folder)
    page = browse(url)
    for shown, more in ((50, "Show 50 more"), (100, "Show 20 more")):
        assert page.locator(".shelf-row").count() == shown
        assert page.locator(".shelf-more").inner_text() == more
        page.click(".shelf-more")
        page.wait_for_function(f"() => document.querySelectorAll('.shelf-row').length > {shown}")
    assert page.locator(".shelf-more").count() == 0
    assert len(set(page.locator(".shelf-row .open").evaluate_all("all => all.map(one => one.hash)"))) == 120
    assert page.evaluate("document.activeElement.className") == "open"


def test_an_article_is_removed_by_a_second_click(browse, url, filled):
    page = browse(url)
    button = page.get_by_role("button", name="Remove Story 4", exact=True)
    button.click()
    armed = page.get_by_role("button", name="Remove for good?")
    assert armed.count() == 1
    page.keyboard.press("Tab")  # somebody who goes on did not mean it
    assert armed.count() == 0
    assert filled.library.searched().articles == 7
    button.click()
    armed.click()
    page.wait_for_function("() => document.querySelectorAll('.shelf-row').length === 6")
    assert "“Story 4” was removed" in page.locator("#shelf-said").inner_text()
    assert "brings it back" in page.locator("#shelf-said").inner_text()
    assert filled.library.searched().articles == 6
    assert page.evaluate("document.activeElement.className") == "open"


def test_a_change_by_another_process_shows_within_five_seconds_and_leaves_alone_what_one_is_doing(
    browse, url, filled, tmp_path
):
    page = browse(url)
    page.fill("#shelf-search", "story")
    page.wait_for_function("() => document.querySelectorAll('.shelf-row').length === 6")
    page.locator(".shelf-table summary").click()
    (tmp_path / "late.txt").write_text(article(77, day="2022-02-01"))
    other = engine_of(filled.library.folder)
    other.library.add(tmp_path / "late.txt")
    other.library.close()
    started = time.monotonic()
    page.wait_for_function("() => document.querySelectorAll('.shelf-row').length === 7")
    assert time.monotonic() - started < 5
    assert "8 articles" in page.locator("#shelf-heading").inner_text()
    assert page.input_value("#shelf-search") == "story"
    assert page.locator(".shelf-table").get_attribute("open") is not None


def test_while_another_process_writes_the_page_says_who_and_sends_again_when_asked(browse, url, engine):
    engine.library.folder.mkdir(exist_ok=True)
    page = browse(url)
    with held(engine.library.folder):
        choose(page, ("storm.txt", STORM))
        assert "is writing to it" in told(page)
    page.click(".shelf-batch-again")
    page.wait_for_selector(".shelf-row")
    assert told(page) == "1 article added."


class WaitingEmbedder(HashingEmbedder):
    """Embeds when it is let."""

    def __init__(self):
        super().__init__()
        self.let = threading.Event()

    def embed(self, texts):
        assert self.let.wait(30)
        return super().embed(texts)


def test_when_the_server_goes_the_page_says_so_and_goes_on_when_it_is_back(browse, tmp_path):
    slow = WaitingEmbedder()
    engine = engine_of(tmp_path / "library", embedder=slow)
    with listening(app_of(engine)) as url:
        page = browse(url)
        choose(page, ("storm.txt", STORM))
        page.wait_for_function("() => /Reading/.test(document.querySelector('.shelf-batch-head').textContent)")
        threading.Timer(0.2, slow.let.set).start()
    port = int(url.rpartition(":")[2])
    shows(page, "cannot be reached")
    choose(page, ("vote.txt", VOTE))  # its turn comes when the first has been told
    with listening(app_of(engine), port=port):
        shows(page, "started again meanwhile")
        shows(page, "Town votes")
    choose(page, ("late.txt", b"Late news\n\nIt came late."))
    shows(page, "connection was lost")
    with listening(app_of(engine), port=port):
        page.click(".shelf-batch-again")
        shows(page, "Late news")
        page.wait_for_function("() => !/cannot be reached/.test(document.querySelector('#shelf').textContent)")
    engine.library.close()


def shows(page, words):
    page.wait_for_function("words => document.querySelector('#shelf').textContent.includes(words)", arg=words)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [375, 1100])
def test_nothing_is_out_of_bounds_or_hard_to_read(browse, url, filled, width, dark):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = browse(url, watched=False, viewport={"width": width, "height": 800})
    page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)
    choose(page, ("x" * 200 + ".txt", STORM), ("no.jpg", b"x"))
    told(page)
    page.locator(".shelf-table summary").click()
    page.locator(".shelf-row .remove").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [fault["id"] for fault in axe.Axe().run(page).response["violations"]] == []

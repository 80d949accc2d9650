"""The library in the page: what goes in by hand, what does not and why, and what changes elsewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request

import pytest

from tests.web.articles import ASKED, COURIER, GAZETTE, MAYOR, write_flood
from tests.web.browsing import ask, tab
from tests.web.served import CODE, environment

expect = pytest.importorskip("playwright.sync_api").expect

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" * 40


def upload(page, *files) -> None:
    """Choose files as a person does: (name, content) each."""
    chosen = [{"name": name, "mimeType": "text/plain", "buffer": content} for name, content in files]
    page.locator("#shelf-drop input[type=file]").first.set_input_files(chosen)


@pytest.fixture
def shelf(served, visit, tmp_path):
    """The Library tab of a page whose library is empty."""
    page = visit(served(tmp_path / "library"))
    tab(page, "Library")
    expect(page.locator("#shelf .shelf-empty")).to_be_visible()
    return page


def test_what_is_uploaded_can_be_asked_and_read(shelf):
    upload(shelf, ("courier.txt", COURIER.encode()), ("gazette.txt", GAZETTE.encode()))
    expect(shelf.locator(".shelf-row")).to_have_count(2)
    expect(shelf.locator("#shelf")).to_contain_text("The Sill Courier")
    tab(shelf, "Ask")
    expect(ask(shelf, ASKED)).to_have_class(re.compile("conflicting"))


def test_files_are_dropped_from_the_desktop(shelf):
    dropped = shelf.evaluate_handle(
        """text => { const moved = new DataTransfer();
            moved.items.add(new File([text], 'courier.txt', {type: 'text/plain'})); return moved; }""",
        COURIER,
    )
    for event in ("dragenter", "dragover", "drop"):
        shelf.dispatch_event("#shelf-drop", event, {"dataTransfer": dropped})
    expect(shelf.locator(".shelf-row")).to_have_count(1)


REFUSED = (
    ("picture.txt", PNG, "an image"),
    ("picture.png", PNG, "save its text as .txt"),
    ("program.exe", b"MZ\x90\x00\x03\x00\x00\x00" * 100, "save its text as .txt"),
    ("empty.txt", b"", "empty"),
    ("halves.txt", b"\xff\xfe\x00\xd8" * 50, "binary"),
    ("large.txt", b"A word and another one. " * 900_000, "20,000,000 bytes"),
)


def test_files_that_are_no_articles_are_refused_with_a_reason_and_the_others_are_not(shelf):
    upload(shelf, *[(name, content) for name, content, _ in REFUSED], ("courier.txt", COURIER.encode()))
    for name, _, why in REFUSED:
        expect(shelf.locator("#shelf-progress li", has_text=name)).to_contain_text(why)
    expect(shelf.locator(".shelf-row")).to_have_count(1)
    tab(shelf, "Ask")
    expect(ask(shelf, MAYOR).locator(".short")).to_contain_text("Orla Penwright")


def test_a_removed_article_is_cited_no_more(served, visit, tmp_path):
    import qa

    with qa.open(tmp_path / "library") as library:
        library.add(write_flood(tmp_path / "articles"))
    page = visit(served(tmp_path / "library"))
    tab(page, "Library")
    row = page.locator(".shelf-row", has_text="The Tarnbeck Gazette")
    row.locator("button.remove").click()
    expect(row.locator("button.remove")).to_have_class(re.compile("armed"))  # asked once more, in its place
    expect(page.locator(".shelf-row")).to_have_count(2)
    row.locator("button.remove").click()
    expect(page.locator(".shelf-row")).to_have_count(1)
    tab(page, "Ask")
    expect(ask(page, ASKED)).to_have_class(re.compile(r"\banswered\b"))


def test_the_shelf_is_searched_sorted_and_opens_what_it_lists(server, visit):
    page = visit(server)
    tab(page, "Library")
    rows = page.locator(".shelf-row")
    expect(rows).to_have_count(5)
    expect(page.locator("#shelf-timeline")).to_be_visible()
    page.locator("#shelf-search").fill("terrorist")
    expect(rows).to_have_count(1)
    rows.first.locator(".open").click()
    expect(page.locator("#reader-title")).to_contain_text("Terrorist Gangs")
    page.locator("#reader-close").click()
    page.locator("#shelf-search").fill("")
    expect(rows).to_have_count(5)
    orders = set()
    for option in page.locator("#shelf-sort option").all():
        page.locator("#shelf-sort").select_option(option.get_attribute("value"))
        page.wait_for_function("() => !document.querySelector('#shelf[aria-busy=true], #shelf [aria-busy=true]')")
        orders.add(tuple(rows.all_inner_texts()))
    assert len(orders) > 1


def test_what_another_process_indexes_shows_within_five_seconds(served, visit, tmp_path):
    import qa

    write_flood(tmp_path / "articles")
    with qa.open(tmp_path / "library") as library:
        library.add(tmp_path / "articles" / "courier.txt")
    server = served(tmp_path / "library")
    page = visit(server)
    tab(page, "Library")
    expect(page.locator(".shelf-row")).to_have_count(1)
    command = [sys.executable, "-c", CODE, "index", str(tmp_path / "articles"), "--library", str(tmp_path / "library")]
    subprocess.run(command, check=True, capture_output=True, env=environment(tmp_path, {}))
    expect(page.locator(".shelf-row")).to_have_count(2, timeout=5_000)
    with urllib.request.urlopen(server.url + "/api/library", timeout=10) as response:
        assert json.load(response)["articles"] == 2

"""axe-core finds nothing of ours to complain of: in every part of the page, light and dark, wide and narrow."""

from __future__ import annotations

import pytest

from tests.web.browsing import ask, read, tab
from tests.web.test_page import CALL, PHONE, UNKNOWN

pytest.importorskip("playwright.sync_api")

# Gradio's own: rule, and a part of the selector, each with its reason.
THEIRS: tuple[tuple[str, str, str], ...] = ()


def violations(page) -> list[str]:
    """What axe-core finds, without what is Gradio's own; it is run past the policy of the page, not through it."""
    from axe_playwright_python.base import AXE_SCRIPT

    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{violation['id']} ({violation['impact']}) at {selector}: {violation['help']}"
        for violation in found
        for node in violation["nodes"]
        for selector in [" ".join(str(part) for part in node["target"])]
        if not any(violation["id"] == rule and part in selector for rule, part, _ in THEIRS)
    ]


LOOKS = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": PHONE,
    "phone, dark": {**PHONE, "color_scheme": "dark"},
}


@pytest.fixture(params=LOOKS.values(), ids=LOOKS)
def page(request, server, visit):
    return visit(server, **request.param)


def test_a_page_on_which_nothing_was_asked(page):
    page.locator(".example").first.wait_for()
    assert violations(page) == []


def test_an_answer_an_abstention_and_the_article_beside_them(page):
    ask(page, UNKNOWN).locator(".nearest summary").click()
    read(page, ask(page, CALL))
    assert violations(page) == []


def test_the_library(page):
    tab(page, "Library")
    page.locator(".shelf-row").first.wait_for()
    assert violations(page) == []


def test_the_settings(page):
    tab(page, "Settings")
    page.locator("#in-force").wait_for()
    assert violations(page) == []


def test_the_dialog_that_asks_what_would_be_right(page):
    ask(page, CALL).locator("button.wrong").click()
    page.locator("dialog#feedback").wait_for()
    assert violations(page) == []


def test_an_empty_library(served, visit, tmp_path):
    page = visit(served(tmp_path / "new"))
    page.locator("#welcome").wait_for()
    assert violations(page) == []
    tab(page, "Library")
    page.locator(".shelf-empty").wait_for()
    assert violations(page) == []

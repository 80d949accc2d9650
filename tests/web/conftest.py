"""A Chromium, a library of the seeds, and servers for both; the sockets they need stay on this machine."""

import os
import shutil
from pathlib import Path

import pytest

from tests.web.served import serve

SEEDS = Path(__file__).parents[2] / "seeds"
REQUIRED = os.environ.get("QA_BROWSER") == "required"


def _without(reason):
    if REQUIRED:
        pytest.fail(f"QA_BROWSER=required, but {reason}", pytrace=False)
    pytest.skip(reason)


# One for a module, not for the session: while playwright runs, an event loop runs in this thread, and no test
# elsewhere could start one of its own.
@pytest.fixture(scope="module")
def browser():
    """Chromium as the system has it."""
    try:
        from playwright.sync_api import sync_playwright

        from tests.web import browsing
    except ImportError:
        _without("playwright is not installed: `make test` installs it.")
    if not browsing.CHROMIUM:
        _without("there is no chromium on the path: `.ci/packages` installs it on Debian.")
    with sync_playwright() as playwright, browsing.launch(playwright) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def indexed(tmp_path_factory):
    """The seeds in a library that nobody has open; to be copied, not used."""
    import qa

    folder = tmp_path_factory.mktemp("indexed") / "library"
    with qa.open(folder) as library:
        library.add(SEEDS)
    return folder


@pytest.fixture
def seeds(indexed, tmp_path):
    """A library of the seeds for this test alone."""
    return Path(shutil.copytree(indexed, tmp_path / "library"))


@pytest.fixture(scope="session")
def server(indexed, tmp_path_factory):
    """The seeds, served to every test that only asks and reads."""
    work = tmp_path_factory.mktemp("server")
    with serve(Path(shutil.copytree(indexed, work / "library")), work) as served:
        yield served


@pytest.fixture
def served(tmp_path_factory):
    """Serve a library for this test alone: `served(folder)`."""
    import contextlib

    with contextlib.ExitStack() as running:
        yield lambda library, **options: running.enter_context(
            serve(library, tmp_path_factory.mktemp("served"), **options)
        )


@pytest.fixture
def visit(browser, request):
    """Open a page of a server in a browser that has seen nothing yet: `visit(server, "/")`.

    At the end no page may have asked anybody else for anything, run against the policy, or stumbled in our scripts.
    `visit.watch` says what it did so far.
    """
    from tests.web import browsing

    contexts = []

    def visit(server, path="/", *, context=None, **options):
        if context is None:
            context = browser.new_context(**options)
            context.set_default_timeout(browsing.PATIENCE)
            contexts.append((context, browsing.Watch(context, server.url), server))
        visit.watch = next(watch for each, watch, _ in contexts if each is context)
        page = context.new_page()
        page.goto(server.url + path)
        return browsing.ready(page)

    visit.watch = None
    yield visit
    wrong = [(fault, server) for context, watch, server in contexts for fault in watch.wrong()]
    for context, _, server in contexts:
        context.close()
        request.node.add_report_section("teardown", "qa serve", server.log[-4000:])
    assert not wrong, "\n".join(fault for fault, _ in wrong)

"""A real Chromium on the page: how it is started, what is asked in it, and what it must never do."""

from __future__ import annotations

import re
import shutil

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Playwright, Response, expect

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # whatever the page asks for, nothing leaves here
)
OURS = re.compile(
    r"/assets/(?:citewell|reader|library|feedback|quotetip|citations|articles|addressbar|readerview|readerkeys|quoting)"
    r"\.(?:js|css)"
)
PATIENCE = 30_000  # milliseconds; what a page is given on a machine that does other things too

# What is told of a violation, by the page itself: whose it was cannot be seen in the console's own words.
_TELL = """document.addEventListener('securitypolicyviolation', event => console.error(
    `CSP|${event.violatedDirective}|${event.blockedURI}|${event.sourceFile}|${event.sample}`));"""


def launch(playwright: Playwright) -> Browser:
    """Start the Chromium of the system."""
    expect.set_options(timeout=PATIENCE)
    return playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))


class Watch:
    """Everything that the pages of one context asked for, said and stumbled over."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.origin = origin
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.violations: list[str] = []
        self.dialogs: list[str] = []
        self.unprotected: list[str] = []  # answers of the server without a policy
        self.missing: list[str] = []  # scripts and styles that are not there
        context.on("response", self._answered)
        context.add_init_script(_TELL)
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.errors.append(error.error.stack or error.error.message))
        context.on("dialog", self._dialog)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        kind, *details = message.text.split("|")
        if kind == "CSP":
            self.violations.append("|".join(details))
        else:
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _answered(self, response: Response) -> None:
        if response.url.startswith(self.origin) and "content-security-policy" not in response.headers:
            self.unprotected.append(response.url)
        if response.status >= 400 and response.request.resource_type in ("script", "stylesheet"):
            self.missing.append(response.url)

    def _dialog(self, dialog) -> None:
        self.dialogs.append(f"{dialog.type}: {dialog.message}")
        dialog.dismiss()

    @property
    def foreign(self) -> list[str]:
        """What was asked of anybody but the server."""
        return [url for url in self.requests if not url.startswith((self.origin + "/", "data:", "blob:", "about:"))]

    @property
    def our_errors(self) -> list[str]:
        """Errors in which a script of ours takes part."""
        return [error for error in self.errors if OURS.search(error)]

    def wrong(self) -> list[str]:
        """What no page may have done, in words."""
        return (
            [f"asked for {url}" for url in self.foreign]
            + [f"against the policy: {violation}" for violation in self.violations]
            + [f"not there: {url}" for url in dict.fromkeys(self.missing)]
            + [f"error: {error}" for error in self.our_errors]
        )


def composer(page: Page) -> Locator:
    """Where a question is typed."""
    return page.locator("#composer textarea")


def ready(page: Page) -> Page:
    """Wait until a question can be asked."""
    expect(composer(page)).to_be_visible()
    expect(composer(page)).to_be_enabled()
    page.wait_for_function("() => window.citewell && typeof window.citewell.conversation === 'function'")
    return page


def answers(page: Page) -> Locator:
    """The answers of the conversation that are whole."""
    return page.locator("#conversation .answer.kept")


def ask(page: Page, question: str) -> Locator:
    """Ask as a person does; return the answer once it is whole."""
    before = answers(page).count()
    composer(page).fill(question)
    composer(page).press("Enter")
    expect(answers(page)).to_have_count(before + 1)
    return answers(page).nth(before)


def tab(page: Page, name: str) -> None:
    """Go to one of the page's tabs: Ask, Library, Settings."""
    page.get_by_role("tab", name=name, exact=True).click()


def read(page: Page, answer: Locator, number: int = 1) -> Locator:
    """Open a citation of an answer; return the reader once the cited words are in view."""
    answer.locator("a.cite", has_text=re.compile(rf"^\[?{number}\]?$")).first.click()
    reader = page.locator("#reader")
    expect(reader).to_be_visible()
    expect(reader.locator("mark.cited").first).to_be_in_viewport()
    return reader


def say_what_is_right(page: Page, answer: Locator, words: str) -> None:
    """Judge an answer wrong and write what would be right."""
    answer.locator("button.wrong").click()
    dialog = page.locator("dialog#feedback")
    dialog.locator("input[name=choice][value=words]").check()
    dialog.locator("textarea[name=answers]").fill(words)
    dialog.locator(".feedback-save").click()
    expect(dialog.locator(".feedback-kept")).to_be_visible()


def conversation(page: Page) -> dict:
    """The conversation of this tab, as the page keeps it."""
    return page.evaluate("() => window.citewell.conversation()") or {"turns": []}


def marked(reader: Locator) -> str:
    """The highlighted words: a range may be marked in pieces, where the text has its own lines or marks."""
    return "".join(reader.locator("mark.cited").all_text_contents())

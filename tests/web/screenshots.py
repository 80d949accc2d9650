"""Take the pictures of README and docs from the real page: `python -m tests.web.screenshots`, from the root."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.web.articles import ASKED, write_flood
from tests.web.served import ROOT, Served, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURES = ROOT / "docs" / "pictures"
MOST_BYTES = 200_000
WIDE = {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 1.5}
PHONE = {"viewport": {"width": 375, "height": 740}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
FORCE = "Who commanded the CSTO peacekeeping force?"
SOLDIERS = "How many soldiers are in the CSTO peacekeeping force?"
EQUIPMENT = "And how many pieces of equipment?"
CALL = "When did Putin and Tokayev talk?"
UNKNOWN = "Who won the World Cup in 2018?"


@dataclass(frozen=True)
class Picture:
    """One picture: its name, what is done on the page before it is taken, and in what kind of browser."""

    name: str
    prepare: Callable[[Page], None]
    library: str = "seeds"
    browser: dict[str, Any] = field(default_factory=lambda: WIDE)


def _ask(page: Page) -> None:
    from tests.web import browsing

    browsing.ask(page, SOLDIERS)
    browsing.ask(page, EQUIPMENT)


def _read(page: Page) -> None:
    from tests.web import browsing

    browsing.read(page, browsing.ask(page, CALL))


def _conflict(page: Page) -> None:
    from tests.web import browsing

    browsing.ask(page, ASKED)


def _abstention(page: Page) -> None:
    from tests.web import browsing

    browsing.ask(page, UNKNOWN).locator(".nearest summary").click()


def _library(page: Page) -> None:
    from tests.web import browsing

    browsing.tab(page, "Library")
    page.locator(".shelf-row").first.wait_for()


def _phone(page: Page) -> None:
    from tests.web import browsing

    browsing.ask(page, FORCE)


TAKEN = (
    Picture("ask", _ask),
    Picture("read", _read),
    Picture("conflict", _conflict, "flood"),
    Picture("abstention", _abstention),
    Picture("library", _library),
    Picture("dark", _read, browser={**WIDE, "color_scheme": "dark"}),
    Picture("phone", _phone, browser=PHONE),
)


def take(picture: Picture, server: Served, browser: Browser) -> bytes:
    """Prepare a page and return its picture, as PNG."""
    from tests.web import browsing

    # Nothing moves, so that the same page gives the same picture.
    context = browser.new_context(**picture.browser, reduced_motion="reduce", locale="en-GB", timezone_id="UTC")
    context.set_default_timeout(browsing.PATIENCE)
    page = context.new_page()
    page.goto(server.url)
    picture.prepare(browsing.ready(page))
    page.mouse.move(1, 1)
    page.evaluate("() => document.activeElement?.blur()")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(400)  # what was shown for a moment is gone
    taken = page.screenshot(animations="disabled", caret="hide")
    context.close()
    return taken


def smaller(png: bytes) -> bytes:
    """Return a picture with a palette: a quarter of the bytes, and no difference to be seen."""
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32):
        written = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
        if written.tell() <= MOST_BYTES:
            break
    return written.getvalue()


def main() -> int:
    """Take all pictures, or those that are named."""
    from playwright.sync_api import sync_playwright

    import qa
    from tests.web import browsing

    wanted = set(sys.argv[1:]) or {picture.name for picture in TAKEN}
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        work = Path(folder)
        seeds = Path(shutil.copytree(ROOT / "seeds", work / "news"))  # a picture may show where a file lies
        sources = {"seeds": seeds, "flood": write_flood(work / "articles")}
        with browsing.launch(playwright) as browser:
            for name, source in sources.items():
                with qa.open(work / name) as library:
                    library.add(source)
                (work / f"{name}-log").mkdir()
                with serve(work / name, work / f"{name}-log") as server:
                    for picture in TAKEN:
                        if picture.library == name and picture.name in wanted:
                            written = smaller(take(picture, server, browser))
                            (PICTURES / f"{picture.name}.png").write_bytes(written)
                            print(f"{picture.name}.png: {len(written) / 1000:.0f} kB")  # noqa: T201 - a script
    return 0


if __name__ == "__main__":
    sys.exit(main())

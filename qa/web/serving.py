"""Put the server together: our own routes, then the page, and the guard around all of it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING

from fastapi import FastAPI, Response

from qa import __version__
from qa.web import problems
from qa.web.api import mcp, routes
from qa.web.cases import feedback
from qa.web.engine import Engine
from qa.web.examples import examples
from qa.web.guard.guard import Guard, Rules
from qa.web.shelf import ingest, shelf
from qa.web.talk import reading

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def create_app(engine: Engine, *, rules: Rules) -> ASGIApp:
    """Return the application: the page, what it fetches, and the JSON API, for one library."""
    from qa.ui import mount_page  # Gradio takes three seconds to import

    app = FastAPI(
        title="Citewell",
        version=__version__,
        description="Answers from a collection of articles, every statement pinned to the exact words that say it.",
        docs_url=None,  # its page would be fetched from another host
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    problems.install(app)
    for part in (routes, ingest, feedback, examples, reading, shelf):
        app.include_router(part.router(engine))
    mcp.install(app, engine)
    problems.refuse_the_rest(app, "/api", "/page")
    _add_assets(app)
    mount_page(app, engine)
    return Guard(app, rules=rules)


def _add_assets(app: FastAPI) -> None:
    """Serve the page's own scripts and styles: the files that are there now, by their exact names."""
    folder = files("qa.web") / "assets"
    known = {one.name: one.read_bytes() for one in folder.iterdir() if one.name.endswith(tuple(_KINDS))}
    for name, content in known.items():
        kind = next(kind for ending, kind in _KINDS.items() if name.endswith(ending))
        app.add_api_route(f"/assets/{name}", _sending(content, kind), include_in_schema=False)


def _sending(content: bytes, kind: str) -> Callable[[], Response]:
    def send() -> Response:
        return Response(content, media_type=kind, headers={"Cache-Control": "no-cache"})

    return send

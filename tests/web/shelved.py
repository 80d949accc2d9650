"""The Library tab by itself: its routes and its script on an empty page, over a library that hashes words."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from qa.api import Library
from qa.models import Models
from qa.settings import Settings
from qa.web import problems
from qa.web.engine import Engine
from qa.web.shelf import ingest, shelf
from qa_index.library import Library as Index
from qa_index.storage.preparing import standard_reading
from tests.index.fakes import HashingEmbedder

ASSETS = Path(shelf.__file__).parents[1] / "assets"
POLICY = "default-src 'self'; style-src 'self'; script-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Library</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/assets/citewell.css">
<body><main><h1>Citewell</h1><div id="shelf"></div></main>
<script type="module">import { mountLibrary } from "/assets/library.js";
mountLibrary(document.querySelector("#shelf"));</script></body></html>"""


def engine_of(folder: Path, *, embedder: object = None, max_file_mb: int = 20, chunk_tokens: int = 160) -> Engine:
    """An engine over the library in a folder; nothing in it answers questions."""
    reading = standard_reading(chunk_tokens, max_bytes=max_file_mb * 1_000_000)
    index = Index.open(folder, embedder=embedder or HashingEmbedder(), chunk_tokens=chunk_tokens, reading=reading)
    settings = Settings(library=folder, max_file_mb=max_file_mb, chunk_tokens=chunk_tokens)
    models = Models(embedder=None, reader=None, judge=None)
    return Engine(Library(index, settings=settings, models=models), settings)


def app_of(engine: Engine) -> FastAPI:
    """The routes of the Library tab, and a page that holds nothing else."""
    app = FastAPI()
    problems.install(app)
    app.include_router(ingest.router(engine))
    app.include_router(shelf.router(engine))

    @app.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})

    @app.get("/api/library")
    def library() -> dict[str, int]:
        return {"generation": engine.library.generation}

    app.mount("/assets", StaticFiles(directory=ASSETS))
    return app


@contextmanager
def listening(app: FastAPI, *, port: int = 0) -> Iterator[str]:
    """Serve an app on this machine until the block ends; yield its address."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    ends = time.monotonic() + 20
    while not server.started:
        if time.monotonic() > ends or not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)

"""A page with answers on it and nothing else, served from a thread, for tests of what stands below an answer."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from importlib.resources import files
from types import SimpleNamespace

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse

from qa.web import problems
from qa.web.cases import feedback
from qa.web.talk.answers import answer_html

PAGE = """<!doctype html><html lang="en"><head><title>Answers</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/assets/citewell.css"></head><body>
<main><div id="conversation">{answers}</div><div id="composer"><textarea aria-label="Question"></textarea></div></main>
<p id="said" role="status"></p>
<script type="application/json" id="turns">{turns}</script>
<script type="module">
import {{ mountFeedback }} from "/assets/feedback.js";
const turns = JSON.parse(document.querySelector("#turns").textContent);
const say = (text) => {{ document.querySelector("#said").textContent = text; }};
window.citewell = {{ conversation: () => ({{ turns }}), say }};
mountFeedback();
</script></body></html>"""
POLICY = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self'"


def application(library, turns) -> FastAPI:
    """The page of some turns, and what it asks of a server; `library` has articles by id."""
    from qa.saving import conversation_record

    app = FastAPI()
    problems.install(app)
    app.include_router(feedback.router(SimpleNamespace(library=library)))
    answers = "".join(answer_html(turn.answer) for turn in turns)
    written = json.dumps(conversation_record(turns)["turns"]).replace("<", "\\u003c")

    @app.get("/")
    def page() -> Response:
        return HTMLResponse(PAGE.format(answers=answers, turns=written), headers={"Content-Security-Policy": POLICY})

    @app.get("/assets/{name}")
    def asset(name: str) -> Response:
        kind = {"js": "text/javascript", "css": "text/css"}[name.rpartition(".")[2]]
        found = files("qa.web") / "assets" / name
        return Response(found.read_bytes() if found.is_file() else b"", media_type=kind)

    @app.get("/api/articles/{name}")
    def article(name: str) -> dict:
        found = library.article(name)
        return {"id": found.id, "title": found.title, "text": found.text}

    @app.get("/api/search")
    def search(q: str, limit: int = 10) -> dict:
        return {"passages": [_passage(each, q) for each in library.held if q in each.text][:limit]}

    return app


def _passage(article, words: str) -> dict:
    start = article.text.index(words)
    return {
        "article_id": article.id,
        "title": article.label,
        "publisher": article.publisher,
        "published": "2022-01-13",
        "start": start,
        "end": start + len(words),
        "quote": words,
    }


@contextlib.contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """Serve an application on this machine while the block runs; yields its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)

"""An app that serves some routes, in this process or on a port, and ways to call it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Iterator

import httpx
import uvicorn
from fastapi import FastAPI

from qa.settings import Settings
from qa.web import problems
from qa.web.api import routes
from qa.web.engine import Engine

JSON = {"Content-Type": "application/json"}


def app_of(library, *, settings: Settings | None = None) -> FastAPI:
    """The JSON API of a library, and nothing around it."""
    app = FastAPI(title="Citewell", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    problems.install(app)
    app.include_router(routes.router(Engine(library, settings or Settings())))
    return app


class Calls:
    """Calls an app without a network."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def get(self, path: str, **options) -> httpx.Response:
        return self.together(("GET", path, options))[0]

    def ask(self, question: str | None = None, **asked) -> httpx.Response:
        if question is not None:
            asked["question"] = question
        return self.post("/api/ask", json.dumps(asked))

    def post(self, path: str, content: str | bytes, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.together(("POST", path, {"content": content, "headers": JSON | (headers or {})}))[0]

    def together(self, *requests: tuple[str, str, dict]) -> list[httpx.Response]:
        """Send requests all at once; the answers come in their order."""

        async def send() -> list[httpx.Response]:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=None) as client:
                return await asyncio.gather(*(client.request(how, path, **more) for how, path, more in requests))

        return asyncio.run(send())


def events_of(stream: str) -> list[tuple[str, dict]]:
    """Read server-sent events as the standard says; their data is JSON."""
    found = []
    for block in stream.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        fields = [line.partition(":") for line in block.split("\n") if line and not line.startswith(":")]
        if fields:
            name = "".join(value.removeprefix(" ") for field, _, value in fields if field == "event")
            text = "\n".join(value.removeprefix(" ") for field, _, value in fields if field == "data")
            assert {field for field, _, _ in fields} <= {"event", "data"}, block
            found.append((name, json.loads(text)))
    return found


@contextlib.contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """Serve an app on a port of this machine; yields its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none", timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)

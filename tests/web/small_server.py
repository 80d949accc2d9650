"""A small application behind the real guard, on a real socket: what the guard lets through shows in what it answers.

Run as a program it serves until it is ended, and prints its address on a line of its own:
`python small_server.py [--gradio] [--address A] [--password P] [--most BYTES]`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse

ROOT = Path(__file__).parents[2]


routes = APIRouter()


@routes.api_route("/api/length", methods=["GET", "POST", "DELETE"])
async def length(request: Request) -> dict[str, int]:
    return {"length": len(await request.body())}


@routes.post("/api/parsed")
async def parsed(body: dict[str, str]) -> dict[str, int]:
    return {"length": len(body)}


@routes.post("/api/articles")
async def upload(request: Request) -> dict[str, int]:
    return {"length": sum([len(part) async for part in request.stream()])}


@routes.post("/api/hasty")
async def hasty(request: Request) -> Response:
    """Answer before the body is read."""

    async def parts() -> Iterator[str]:
        yield "begun "
        try:
            async for _ in request.stream():
                pass
        except Exception:
            yield "cut off"

    return StreamingResponse(parts())


@routes.get("/api/events")
async def events() -> Response:
    async def parts() -> Iterator[str]:
        while True:
            yield f"data: {time.time()}\n\n"
            await asyncio.sleep(0.05)

    return StreamingResponse(parts(), media_type="text/event-stream")


@routes.get("/api/slow")
def slow() -> str:
    """Work on in a thread that nothing can stop."""
    time.sleep(30)
    return "done"


@routes.get("/api/bug")
def bug() -> None:
    raise ZeroDivisionError


@routes.get("/api/generous")
def generous() -> Response:
    theirs = {
        "Access-Control-Allow-Origin": "*",
        "X-Frame-Options": "ALLOWALL",
        "Server": "x",
        "Cache-Control": "public",
    }
    return Response("{}", headers=theirs)


@routes.get("/page/part")
def part() -> Response:
    return HTMLResponse("<p>part</p>")


@routes.get("/assets/own.css")
def style() -> Response:
    return Response("p{}", media_type="text/css", headers={"Cache-Control": "no-cache"})


def add_gradio(app: FastAPI) -> None:
    import gradio as gr

    def answer(question: str) -> Iterator[str]:
        for count in range(1, 4):
            yield f"{question} {count}"
            time.sleep(0.2)

    with gr.Blocks(analytics_enabled=False) as page:
        question, shown = gr.Textbox(), gr.Textbox()
        question.submit(answer, question, shown)
    gr.mount_gradio_app(app, page, path="/", footer_links=[])


def serve() -> None:
    from qa.web.guard.guard import Guard, rules_for
    from qa.web.running import address_of, listen, run

    parser = argparse.ArgumentParser()
    parser.add_argument("--gradio", action="store_true")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--password")
    parser.add_argument("--name", action="append", default=[])
    given = parser.parse_args()
    listener = listen(given.address, 0)

    def make() -> Guard:
        app = FastAPI(openapi_url=None)
        app.include_router(routes)
        if given.gradio:
            add_gradio(app)
        else:
            app.add_api_route("/", lambda: HTMLResponse("<p>front</p>"))
        rules = rules_for(given.address, allowed=given.name, password=given.password, max_file_mb=20)
        return Guard(app, rules=rules)

    def ready() -> None:
        sys.stdout.write(f"{address_of(listener)}\n")
        sys.stdout.flush()

    run(listener, make, ready=ready, verbose=False)


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run it in a process of its own; yields its address and the process."""
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'index'}:{ROOT / 'eval'}"}
    process = subprocess.Popen(
        [sys.executable, __file__, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    )
    watch = threading.Timer(60, process.kill)
    watch.start()
    try:
        yield process.stdout.readline().strip(), process
    finally:
        watch.cancel()
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()


if __name__ == "__main__":
    serve()

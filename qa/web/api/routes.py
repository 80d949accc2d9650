"""The JSON API: ask, search, and look at the library, for programs and for the page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from qa import __version__
from qa.export import article_record
from qa.web.api.queries import Event, asking, library_record, passages
from qa.web.api.records import (
    ArticleRecord,
    LibraryRecord,
    ListingRecord,
    PassagesRecord,
    Problem,
    SettingsRecord,
    TurnedRecord,
)
from qa.web.api.wire import Asked, Browse, Search, event, listed_record, reply, setting_records
from qa.web.engine import Engine
from qa.web.presence import require_articles
from qa.web.problems import BUG, ENDED
from qa.web.relaying import Relay
from qa_index.errors import QAError

EVENTS = "text/event-stream"
_GONE = 499  # whoever asked has gone, so nobody reads this
_WHY = {
    400: "What was asked cannot be answered as it was asked: no words, an unknown filter, a damaged conversation.",
    404: "There is no such article.",
    413: "The question is too long.",
    422: "The request has not the form it should have.",
    423: "Another process is changing the library.",
    500: "A fault of the program.",
    503: "There is no library, it is empty, a model is missing, or the server is being ended.",
}


def router(engine: Engine) -> APIRouter:
    """Return the routes of the JSON API that ask and look; those that change the library are elsewhere."""
    routes, relay = APIRouter(prefix="/api", tags=["answers"]), Relay()

    @routes.post(
        "/ask",
        summary="Ask a question",
        response_model=None,
        responses={
            200: {
                "model": TurnedRecord,
                "description": "The answer. With `stream`, events instead: `understood` (how a follow-up was "
                "understood), `claim` (one that was checked), `answer` (the same object), `problem` (in its place).",
                "content": {EVENTS: {"schema": {"type": "string"}, "example": 'event: claim\ndata: {"text": "…"}\n\n'}},
            },
            **_problems(400, 413, 422, 423, 500, 503),
        },
    )
    async def ask(request: Request, asked: Asked) -> Response:
        """Answer a question with exact citations, or abstain; send `conversation` along for a follow-up."""
        work = await run_in_threadpool(asking, engine.library, asked)
        if asked.stream or EVENTS in request.headers.get("accept", ""):
            return StreamingResponse(_told(relay.parts(work)), media_type=EVENTS, headers={"Cache-Control": "no-store"})
        return await _unless_gone(request, _answer(relay.parts(work)))

    @routes.get(
        "/search",
        summary="Search for passages",
        response_model=None,
        responses={200: {"model": PassagesRecord}, **_problems(400, 413, 422, 423, 500, 503)},
    )
    def search(wanted: Annotated[Search, Query()]) -> Response:
        """Return the passages nearest to a text, in meaning or in words, best first; none is an answer."""
        return reply({"passages": passages(engine.library, wanted.q, limit=wanted.limit, **wanted.filters())})

    @routes.get(
        "/articles",
        summary="List articles",
        response_model=None,
        responses={200: {"model": ListingRecord}, **_problems(400, 422, 423, 500)},
    )
    def browse(wanted: Annotated[Browse, Query()]) -> Response:
        """Return a page of the library's articles, without their texts."""
        found = engine.library.listing(
            query=wanted.query, sort=wanted.sort, offset=wanted.offset, limit=wanted.limit, **wanted.filters()
        )
        kin = engine.library.kin()
        records = [listed_record(each, kin.get(each.id)) for each in found.articles]
        return reply({"total": found.total, "articles": records})

    @routes.get(
        "/articles/{article_id}",
        summary="Read an article",
        response_model=None,
        responses={200: {"model": ArticleRecord}, **_problems(404, 422, 423, 500, 503)},
    )
    def read(
        article_id: Annotated[str, Path(description="Its id, or at least the first four characters of it.")],
    ) -> Response:
        """Return an article, whole; `start` and `end` of a citation count the characters of its `text`."""
        require_articles(engine.library)
        found = engine.library.article(article_id)
        return reply(article_record(found, kin=engine.library.kin().get(found.id)))

    _add_state(routes, engine)
    return routes


def _add_state(routes: APIRouter, engine: Engine) -> None:
    """Add what tells of the library as a whole and of the settings."""

    @routes.get(
        "/library",
        summary="What is in the library",
        response_model=None,
        responses={200: {"model": LibraryRecord}, **_problems(423, 500, 503)},
    )
    def library() -> Response:
        """Count what is in the library, as it is now: another process may just have changed it."""
        return reply(library_record(engine.library))

    @routes.get(
        "/settings",
        summary="Which settings are in force",
        response_model=None,
        responses={200: {"model": SettingsRecord}},
    )
    def settings() -> Response:
        """Say what is in force and where each value came from; keys are never shown."""
        return reply({"version": __version__, "host": engine.written_at, "settings": setting_records(engine.settings)})


async def _told(parts: AsyncGenerator[Event | None, None]) -> AsyncIterator[bytes]:
    """Write events as a stream; what goes wrong is one of them, and a long silence is broken by a comment."""
    async with aclosing(parts):
        try:
            async for part in parts:
                yield b": still at it\n\n" if part is None else event(part.name, part.record)
        except QAError as error:
            yield event("problem", {"error": str(error), "kind": type(error).__name__})
        except asyncio.CancelledError:  # the end of the stream follows at once, so whoever reads it misses nothing
            yield event("problem", {"error": ENDED, "kind": "ServerEnded"})
        except Exception:
            logging.getLogger("qa.web").exception("POST /api/ask")
            yield event("problem", {"error": BUG, "kind": "Bug"})


async def _answer(parts: AsyncGenerator[Event | None, None]) -> Response:
    """Wait for the answer, which comes last."""
    last: Event | None = None
    async with aclosing(parts):
        async for part in parts:
            last = part or last
    if last is None:
        raise TypeError("the last that comes is the answer")
    return reply(last.record)


async def _unless_gone(request: Request, answering: Any) -> Response:  # noqa: ANN401 - a coroutine
    """Wait for an answer as long as somebody waits for it."""
    working, leaving = asyncio.ensure_future(answering), asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else Response(status_code=_GONE)
    finally:
        for task in (working, leaving):
            task.cancel()


async def _left(request: Request) -> None:
    """Return once the connection is closed from the other side."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem, "description": _WHY[status]} for status in statuses}

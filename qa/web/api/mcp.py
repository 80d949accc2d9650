"""Offer the library as tools over the Model Context Protocol. The only module that knows its package."""

from __future__ import annotations

import importlib.metadata
import json
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from starlette.routing import Route

from qa import __version__
from qa.export import to_json
from qa.web.api.tools import DATA, TOOLS, Offered, Work
from qa.web.problems import BUG, problem
from qa.web.relaying import Relay
from qa_index.errors import QAError, UsageError

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response
    from mcp.server import Server, ServerRequestContext
    from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams, Tool

    from qa.api import Library
    from qa.web.engine import Engine

PATH = "/mcp"
_OTHERS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]  # methods that nothing is asked with here
MAJOR = "2"  # of the package; the first had other names for everything


class ExtraMissing(QAError):
    """The package that speaks the protocol is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Asked for the tools of the Model Context Protocol, but the package that speaks it is not installed. "
            "Install it: pip install 'citewell[mcp]'."
        )


def serve_stdio(library: Library) -> None:
    """Serve the tools on standard input and output until the input ends; nothing else is written there.

    Raises:
        ExtraMissing: if the package is not installed.

    """
    _require_package()
    import anyio
    from mcp.server.stdio import stdio_server

    async def serve() -> None:
        built = server(library)
        async with stdio_server() as (reading, writing):
            await built.run(reading, writing, built.create_initialization_options())

    anyio.run(serve)


def install(app: FastAPI, engine: Engine) -> bool:
    """Serve the tools at /mcp, if the package is installed, and say whether they are; before the page is mounted.

    Hosts, origins and the password are the guard's business, as everywhere in the app.
    """
    try:
        _require_package()
    except ExtraMissing:
        app.router.routes.append(Route(PATH, endpoint=_missing, methods=["POST", *_OTHERS]))
        return False
    from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager

    # Stateless: a client goes on after the server was started anew, and one that never says goodbye leaves nothing.
    manager = StreamableHTTPSessionManager(server(engine.library), stateless=True)
    app.router.routes += (
        Route(PATH, endpoint=StreamableHTTPASGIApp(manager), methods=["POST"]),
        Route(PATH, endpoint=_not_so, methods=_OTHERS),
    )
    before = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[Any]:  # noqa: ANN401 - as starlette has it
        async with manager.run(), before(app) as state:
            yield state

    app.router.lifespan_context = lifespan
    return True


def _missing(request: Request) -> Response:
    return problem(request, sentence=str(ExtraMissing()), kind="ExtraMissing", status=501)


def _not_so(request: Request) -> Response:
    """Refuse a stream that would stay open without anything ever coming, and to end a session, as there are none."""
    sentence = "Asked /mcp for a stream or to end a session, but each request stands alone here. Send it with POST."
    answer = problem(request, sentence=sentence, kind="RequestError", status=405)
    answer.headers["Allow"] = "POST"
    return answer


def server(library: Library) -> Server[Any]:
    """Return a server of the tools for one library; it runs over any transport.

    Raises:
        ExtraMissing: if the package is not installed.

    """
    _require_package()
    from mcp.server import Server
    from mcp_types import ListToolsResult

    relay = Relay()
    listed = [_tool(each) for each in TOOLS]

    async def list_tools(context: ServerRequestContext[Any], asked: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=listed)

    async def call_tool(context: ServerRequestContext[Any], asked: CallToolRequestParams) -> CallToolResult:
        return await _called(library, relay, asked.name, asked.arguments or {})

    return Server(
        "citewell",
        version=__version__,
        title="Citewell",
        instructions="Answers questions from one collection of articles, every statement pinned to the exact words "
        f"that say it; where the articles do not say, the status is “abstained”. {DATA}",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def _called(library: Library, relay: Relay, name: str, arguments: dict[str, Any]) -> CallToolResult:
    """Run a tool; what goes wrong is said in its result, where whoever called can read it."""
    offered = next((each for each in TOOLS if each.name == name), None)
    try:
        if offered is None:
            raise UsageError(f"Asked for the tool {name!r}, but the tools are {', '.join(one.name for one in TOOLS)}.")
        return _result(await _last(relay, offered.work(library, offered.takes.model_validate(arguments))))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        return _problem(f"Asked {name} with {where} that does not fit: {first['msg']}. See its schema for what does.")
    except QAError as error:
        return _problem(str(error))
    except Exception:
        logging.getLogger("qa.web").exception("the tool %s", name)
        return _problem(BUG)


async def _last(relay: Relay, work: Work) -> dict[str, Any]:
    """Return the last that the work sends; once nobody waits for it any more, it is stopped."""
    last: dict[str, Any] | None = None
    async with aclosing(relay.parts(work)) as parts:
        async for part in parts:
            last = part or last
    if last is None:
        raise TypeError("a tool sends what it found")
    return last


def _result(record: dict[str, Any]) -> CallToolResult:
    from mcp_types import CallToolResult, TextContent

    text = to_json(record).encode("utf-8", "replace").decode()
    return CallToolResult(content=[TextContent(text=text)], structured_content=json.loads(text))


def _problem(sentence: str) -> CallToolResult:
    from mcp_types import CallToolResult, TextContent

    return CallToolResult(content=[TextContent(text=sentence)], is_error=True)


def _tool(offered: Offered) -> Tool:
    from mcp_types import Tool, ToolAnnotations

    return Tool(
        name=offered.name,
        title=offered.title,
        description=f"{offered.does} {DATA}",
        input_schema=offered.takes.model_json_schema(),
        output_schema=offered.returns.model_json_schema(mode="serialization"),
        annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
    )


def _require_package() -> None:
    try:
        found = importlib.metadata.version("mcp")
    except importlib.metadata.PackageNotFoundError:
        found = ""
    if found.partition(".")[0] != MAJOR:
        raise ExtraMissing

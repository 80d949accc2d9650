"""Stand in front of everything that is served: who may ask, for what, how much, and with which headers it leaves.

The page answers to one machine or to those who know a password. What else can reach it is any page that is open in a
browser on that machine: by a name of its own that leads here (DNS rebinding), by requests from its own origin, or by
putting this page into a frame. Gradio defends against none of these and serves more than the page needs.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from qa.web.guard.password import Door
from qa.web.guard.payload import is_plain
from qa.web.guard.screening import SAFE_METHODS, Refusal, Rules, foreign, rules_for, too_large, unfit, unforwarded
from qa.web.problems import BUG, ENDED, FRAGMENTS, problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Guard", "Rules", "rules_for"]

SERVER_NAME = "Citewell"  # by which one that is running already is known
_JSON = ("/api/", "/mcp")  # for programs, never a page
_QUEUE = "/gradio_api/queue/join"

# Gradio's page has scripts and styles in itself and compiles some; none may come from, or talk to, anywhere else.
_PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; frame-src 'none'; frame-ancestors 'none'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'"
)
_PROGRAM_POLICY = "default-src 'none'; frame-ancestors 'none'"
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()",
    "server": SERVER_NAME,
}


class Guard:
    """ASGI middleware around the whole application; it holds nothing back of what the application sends."""

    def __init__(self, app: ASGIApp, *, rules: Rules) -> None:
        self._app, self._rules = app, rules
        self._door = Door(rules.password) if rules.password is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or hand it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answered(unforwarded(scope), receive, _Reply(_dressed(scope["path"], send)))
        else:
            await send({"type": "websocket.close", "code": 1008})  # nothing here speaks it

    async def _answered(self, scope: Scope, receive: Receive, reply: _Reply) -> None:
        """Answer even while the server is being ended: whoever waits then is told so."""
        try:
            refusal = await self._refused(scope)
            await (_refuse(refusal, scope, receive, reply.send) if refusal else self._limited(scope, receive, reply))
        except asyncio.CancelledError:
            if not reply.begun:
                await _response(_ENDED, Request(scope))(scope, receive, reply.send)
            raise

    async def _refused(self, scope: Scope) -> Refusal | None:
        """Look at everything but the body. A foreign page is told nothing: not even that there is a password."""
        request = Request(scope)
        refusal = foreign(request, self._rules) or await self._locked(request)
        return refusal or unfit(request, self._rules)

    async def _locked(self, request: Request) -> Refusal | None:
        if self._door is None:
            return None
        address = request.client.host if request.client else ""
        authorization = request.headers.get("authorization")
        outcome = await self._door.knock(authorization.encode("latin-1") if authorization else None, address=address)
        return _OUTCOMES[outcome]

    async def _limited(self, scope: Scope, receive: Receive, reply: _Reply) -> None:
        """Hand a request on, and count its body: past the limit the application hears that the sender has gone."""
        body = _Body(receive, most=self._rules.most_bytes(scope["method"], scope["path"]))

        async def send(message: Message) -> None:
            if reply.begun or not body.is_over:  # what it says about a sender who counts as gone is for nobody
                await reply.send(message)

        try:
            if scope["path"] == _QUEUE and not is_plain(await body.whole()) and not body.is_over:
                await _refuse(_NAMES_A_FILE, scope, receive, send)
            else:
                await self._app(scope, body.receive, send)
        except Exception:
            if not body.is_over:
                if not reply.begun:
                    await _refuse(Refusal(500, "Bug", BUG), scope, receive, reply.send)
                raise
        if body.is_over and not reply.begun:
            await _refuse(too_large(body.most), scope, receive, reply.send, linger=self._rules.linger_seconds)


class _Body:
    """The body of a request as it comes in; past `most` bytes its sender counts as gone."""

    def __init__(self, receive: Receive, *, most: int) -> None:
        self._receive, self.most = receive, most
        self._taken = 0
        self._read: bytes | None = None

    @property
    def is_over(self) -> bool:
        return self._taken > self.most

    async def receive(self) -> Message:
        """Return the next part, or what was read before."""
        if self._read is not None:
            again, self._read = self._read, None
            return {"type": "http.request", "body": again, "more_body": False}
        message: Message = {} if self.is_over else await self._receive()
        self._taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.is_over else message

    async def whole(self) -> bytes:
        """Read all of it, for a look before it is handed on."""
        parts = []
        while (message := await self.receive())["type"] == "http.request":
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                self._read = b"".join(parts)
                return self._read
        return b""


class _Reply:
    """What is sent in reply, as it comes, and whether anything was."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def send(self, message: Message) -> None:
        self.begun = True
        await self._send(message)


_CHALLENGE = (("WWW-Authenticate", f'Basic realm="{SERVER_NAME}", charset="UTF-8"'),)
_OUTCOMES = {
    "right": None,
    "missing": Refusal(
        401,
        "PasswordNeeded",
        "Asked without the password that `qa serve` was started with. Give it, with any name.",
        _CHALLENGE,
    ),
    "wrong": Refusal(
        401, "PasswordWrong", "Asked with a password that is not the one of this page. Try another.", _CHALLENGE
    ),
    "waiting": Refusal(
        429,
        "TooManyGuesses",
        "Asked with too many wrong passwords from this address. Wait a minute and try again.",
        (("Retry-After", "60"),),
    ),
}
_ENDED = Refusal(503, "ServerEnded", ENDED)
_NAMES_A_FILE = Refusal(
    400,
    "NamesAFile",
    "Asked with a value that names a file, which the page never does. Upload articles in the library.",
)


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send, *, linger: float = 2.0) -> None:
    """Send a refusal; of what is too large some is read on, for a connection cut at once loses the answer, too."""
    response = _response(refusal, Request(scope))
    response.headers.update(dict(refusal.headers))
    if scope["method"] in SAFE_METHODS:
        await response(scope, receive, send)
        return
    response.headers["Connection"] = "close"  # what is left of the body is not the next request
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    with suppress(TimeoutError):
        async with asyncio.timeout(linger):
            while (await receive()).get("more_body"):
                pass
    await send({"type": "http.response.body", "body": b""})


def _response(refusal: Refusal, request: Request) -> Response:
    path = request.scope["path"]
    if path.startswith((*_JSON, FRAGMENTS)):
        return problem(request, sentence=refusal.sentence, kind=refusal.kind, status=refusal.status)
    if path.startswith("/gradio_api/"):  # whose script shows the "detail"
        shown = {"error": refusal.sentence, "kind": refusal.kind, "detail": refusal.sentence}
        return JSONResponse(shown, refusal.status)
    return PlainTextResponse(refusal.sentence + "\n", refusal.status)


def _dressed(path: str, send: Send) -> Send:
    """Put our headers on every response, instead of what the application says about the same, or about origins."""
    ours = _headers(path)

    async def dressed(message: Any) -> None:  # noqa: ANN401 - as ASGI has it
        if message["type"] == "http.response.start":
            theirs = [(name.lower(), value) for name, value in message.get("headers", ())]
            kept = [each for each in theirs if each[0] not in ours and not each[0].startswith(b"access-control-")]
            message = {**message, "headers": [*kept, *ours.items()]}
        await send(message)

    return dressed


def _headers(path: str) -> dict[bytes, bytes]:
    program = path.startswith(_JSON)
    ours = _HEADERS | {"content-security-policy": _PROGRAM_POLICY if program else _PAGE_POLICY}
    if not path.startswith(("/assets/", "/static/", "/theme.css")):  # these may be kept; what people asked may not
        ours["cache-control"] = "no-store"
    return {name.encode(): value.encode() for name, value in ours.items()}

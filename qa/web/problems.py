"""Turn what went wrong into a sentence for a person, and a status for a program."""

from __future__ import annotations

import errno
import html
import logging

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException as RoutingError
from starlette.routing import Match

from qa_index.errors import (
    ArticleNotFound,
    LanguageModelUnavailable,
    LibraryDamaged,
    LibraryLocked,
    LibraryNotFound,
    LibraryReadOnly,
    ModelUnavailable,
    PathNotFound,
    QAError,
    TextTooLong,
    UsageError,
)

FRAGMENTS = "/page/"  # what is asked for below it is put into the page as it comes
BUG = "Something went wrong here that should not have; the window in which `qa serve` runs says more. Try again."
ENDED = "The server was ended before the answer was there. Ask again when it runs."
_STATUS: tuple[tuple[type[QAError], int], ...] = (  # the first that fits
    (ArticleNotFound, 404),
    (PathNotFound, 404),
    (TextTooLong, 413),
    (UsageError, 400),
    (LibraryReadOnly, 403),
    (LibraryLocked, 423),
    (LibraryNotFound, 503),
    (LibraryDamaged, 503),
    (ModelUnavailable, 503),
    (LanguageModelUnavailable, 502),
)
_UNWRITTEN = {  # why a file could not be
    errno.ENOSPC: 507,
    errno.EDQUOT: 507,
    errno.EFBIG: 507,
    errno.EACCES: 403,
    errno.EPERM: 403,
    errno.EROFS: 403,
}


_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def status_of(error: QAError) -> int:
    """Return the HTTP status that says the same as an error."""
    cause = error.__cause__
    otherwise = _UNWRITTEN.get(cause.errno or 0, 500) if isinstance(cause, OSError) else 500
    return next((status for kind, status in _STATUS if isinstance(error, kind)), otherwise)


def problem(request: Request, *, sentence: str, kind: str, status: int) -> Response:
    """Answer with a sentence: as JSON, or as the fragment of the page that was asked for."""
    if request.url.path.startswith(FRAGMENTS):
        return HTMLResponse(f'<p class="problem" role="alert">{html.escape(sentence)}</p>', status)
    return JSONResponse({"error": sentence, "kind": kind}, status)


def refuse_the_rest(app: FastAPI, *roots: str) -> None:
    """Say of all below these paths that has no route yet that it is not there, or not to be asked so."""
    for root in roots:
        app.add_api_route(f"{root}/{{rest:path}}", _not_here, methods=list(_METHODS), include_in_schema=False)


def _not_here(request: Request, rest: str) -> Response:
    allowed = [method for method in _METHODS if _has_route(request, method)]
    if allowed:
        sentence = f"Asked with {request.method} what is here for {' and '.join(allowed)} alone."
        raise HTTPException(405, f"{sentence} See /api/openapi.json.", {"Allow": ", ".join(allowed)})
    raise HTTPException(404, f"Asked for {rest!r} here, which is not there. See /api/openapi.json for what is.")


def _has_route(request: Request, method: str) -> bool:
    """Whether a path has a route of its own for a method; the one for the rest takes all of them."""
    scope = {**request.scope, "method": method}
    first = next(route for route in request.app.routes if route.matches(scope)[0] is Match.FULL)
    return getattr(first, "endpoint", None) is not _not_here


def install(app: FastAPI) -> None:
    """Let every route raise the errors of the project; nothing else is told to the one who asked."""

    @app.exception_handler(QAError)
    def known(request: Request, error: QAError) -> Response:
        return problem(request, sentence=str(error), kind=type(error).__name__, status=status_of(error))

    @app.exception_handler(RoutingError)
    def routed(request: Request, error: HTTPException) -> Response:
        sentence = str(error.detail) if error.detail else "Asked for something that is not here. Check the address."
        answer = problem(request, sentence=sentence, kind="RequestError", status=error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query")) or "the request"
        sentence = f"Asked with {where} that does not fit: {first['msg']}. See /api/openapi.json for what does."
        return problem(request, sentence=sentence, kind="UsageError", status=422)

    @app.exception_handler(Exception)
    def bug(request: Request, error: Exception) -> Response:
        logging.getLogger("qa.web").error("%s %s", request.method, request.url.path, exc_info=error)
        return problem(request, sentence=BUG, kind="Bug", status=500)

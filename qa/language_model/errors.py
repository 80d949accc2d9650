"""Say in one sentence why a language model's server gave no reply."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json import JSONDecodeError
from socket import gaierror

import httpx

from qa.language_model.running import Late, TooLong
from qa.language_model.wire import CONNECT_SECONDS, Server, TooManyBytes
from qa_index.errors import LanguageModelUnavailable

_DOCTOR = "`qa doctor` looks into it."
_SECRET = re.compile(r"\b(?:sk|pk|key|gsk|hf|xai)[-_][\w*-]{6,}|\bBearer\s+\S+", re.IGNORECASE)
_LONGEST_QUOTE = 160
_TOO_LARGE = "what was asked is longer than its window takes"
_SMALLER = "Start it with a larger window, or say with `llm_window` how many tokens it takes."
_OVERFLOW = re.compile(
    r"context.{0,20}(?:length|size|window)|exceed_context|too (?:long|large|many tokens)|maximum.{0,30}tokens",
    re.IGNORECASE,
)
_OPTIONS = {"temperature": ("temperature",), "response_format": ("response_format", "schema", "grammar", "structured")}

# What was raised, or what that came from: what was found, what to do, and whether it may pass by itself.
_BREAKS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str, str, bool], ...] = (
    (TooLong, "it sent more than a megabyte", "Ask again, or name another model.", False),
    (TooManyBytes, "it sent more than any reply can be", "Ask again, or name another model.", False),
    (
        ssl.SSLCertVerificationError,
        "its certificate is not one that this machine trusts",
        "Point SSL_CERT_FILE at the right one if you know the server.",
        False,
    ),
    (
        ssl.SSLError,
        "no encrypted connection came about",
        "Check the address: without TLS it begins with http://.",
        False,
    ),
    (gaierror, "no host of that name was found", "Check the address in `llm_url`, and the network.", False),
    (ConnectionRefusedError, "nothing answers there", "Start the server, or name its address with `--llm-url`.", False),
    (
        httpx.ConnectTimeout,
        f"it did not take the connection within {CONNECT_SECONDS:.0f} seconds",
        "Check the address in `llm_url`, and the network.",
        False,
    ),
    (httpx.ConnectError, "it cannot be reached", "Check the address in `llm_url`, and the network.", False),
    (
        httpx.TransportError,
        "the connection broke off",
        "See whether the server still runs, and whether its address begins with https:// if it speaks TLS.",
        True,
    ),
    (
        (JSONDecodeError, UnicodeDecodeError),
        "it sent what is no JSON",
        f"Check the address in `llm_url`; {_DOCTOR}",
        False,
    ),
)

# HTTP status: what was found and what to do.
_STATUS = {
    401: ("it refused the key", "Put the right one into the variable QA_LLM_KEY."),
    402: ("it wants to be paid first", "Look into your account there."),
    403: ("it refused the key", "Put one into the variable QA_LLM_KEY that may use this model."),
    404: ("it knows no such model, or no such address", "`qa doctor` lists its models; name one with `--llm`."),
    408: ("it gave up waiting", "Try again later."),
    413: (_TOO_LARGE, _SMALLER),
    429: ("it has been asked too often", "Wait a while and ask again."),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there was no reply; `is_passing` says whether asking again, after `wait` seconds or more, may help."""

    error: LanguageModelUnavailable
    is_passing: bool = False
    wait: float = 0.0


class Unfinished(Exception):
    """A reply came that is not whole, or none; the message says what was found, `advice` what to do."""

    def __init__(self, found: str, advice: str) -> None:
        super().__init__(found)
        self.advice = advice


class NotOkay(Exception):
    """A page was asked for, and the server answered with another status than 200."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"HTTP {response.status_code}")
        self.response, self.status_code = response, response.status_code


def explain(error: Exception, server: Server, *, allowed: float | None = None) -> Refusal:
    """Say what went wrong; never the key, and of what the server said no more than a line.

    `allowed` is how many seconds an answer may take, as set: a request has what others of the same answer left of it.
    """
    status = _status(error)
    if status is not None:
        return _by_status(error, status, server)
    for each in _causes(error):
        if isinstance(each, Late):
            return Refusal(_late(each, server, allowed))
        if isinstance(each, Unfinished):
            return Refusal(unavailable(server, str(each), each.advice))
        for kinds, found, advice, is_passing in _BREAKS:
            if isinstance(each, kinds):
                return Refusal(unavailable(server, found, advice), is_passing)
    said = _said(error, server)
    return Refusal(unavailable(server, f"it sent what is no reply{said or f' ({type(error).__name__})'}", _DOCTOR))


def _late(error: Late, server: Server, allowed: float | None) -> LanguageModelUnavailable:
    if allowed is None:
        return unavailable(server, str(error), "Allow more with `llm_seconds`, or name a faster model.")
    time = f"{allowed:g} second{'' if allowed == 1 else 's'}"
    advice = f"An answer may take {time}: allow more with `llm_seconds`, or name a faster model."
    return unavailable(server, f"{error.found} when its time was over", advice)


def broken(error: Exception, server: Server) -> LanguageModelUnavailable:
    """Say that a language model that was handed over in Python raised something."""
    said = _clean(f"{type(error).__name__}: {error}", server)
    return unavailable(server, f"it failed with {said.rstrip(' .:')}", "Ask it something by itself.")


def unavailable(server: Server, found: str, advice: str) -> LanguageModelUnavailable:
    """Say what was asked, what was found and what to do."""
    where = f" at {server.host}" if server.host else ""
    return LanguageModelUnavailable(f"Asked {server.model}{where} to write, but {found}. {advice}")


def refused_option(error: Exception, options: Mapping[str, object]) -> str | None:
    """Name the one of the options that a server may have refused a request for: one it speaks of, else the schema."""
    status, text = _status(error), _text(error).lower()
    if status not in (400, 422, 500, 501) or _OVERFLOW.search(text):
        return None
    for option, words in _OPTIONS.items():
        if option in options and any(word in text for word in words):
            return option
    return "response_format" if "response_format" in options and status in (400, 422) else None


def _by_status(error: Exception, status: int, server: Server) -> Refusal:
    said = _said(error, server)
    if status in (401, 403) and server.is_key_withheld:
        advice = "Yours goes only to a server that you name: `--llm-url`, or the variable QA_LLM_URL."
        return Refusal(unavailable(server, "it wants a key", advice))
    if status in (401, 403) and not server.key:
        return Refusal(unavailable(server, "it wants a key", "Put one into the variable QA_LLM_KEY."))
    if status in (401, 403):  # what it says may hold a part of the key
        return Refusal(unavailable(server, *_STATUS[status]))
    if 300 <= status < 400:
        found = f"it sends on to {_clean(_header(error, 'location'), server) or 'another address'}, which nobody named"
        return Refusal(unavailable(server, found, "If you trust that one, name it with `--llm-url`."))
    if status in (400, 422, 500) and _OVERFLOW.search(_text(error)):
        return Refusal(unavailable(server, _TOO_LARGE + said, _SMALLER))
    failed = (f"it failed with HTTP {status}", "See its log, or try again later.")
    found, advice = _STATUS.get(status, failed if status >= 500 else (f"it refused with HTTP {status}", _DOCTOR))
    return Refusal(
        unavailable(server, found + said, advice), status in (408, 409, 429) or status >= 500, _retry_after(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came from, the innermost first: that says most."""
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else (error.__cause__ or error.__context__,)
    for each in inner:
        if each is not None:
            yield from _causes(each)
    yield error


def _status(error: Exception) -> int | None:
    """Return the HTTP status of an error, also one that a server reports in the middle of a reply."""
    found = getattr(error, "status_code", None)
    if found is None:
        body = getattr(error, "body", None)
        found = body.get("code") if isinstance(body, Mapping) else None
    return found if isinstance(found, int) and 300 <= found < 600 else None


def _text(error: Exception) -> str:
    """Return what the server said about an error, whatever form it has; a page of HTML says nothing."""
    body = getattr(error, "body", None)
    if isinstance(body, Mapping):
        body = " ".join(str(body[name]) for name in ("message", "detail", "error", "type", "code") if body.get(name))
    text = body if isinstance(body, str) else ""
    return "" if text.lstrip().startswith("<") else text


def _said(error: Exception, server: Server) -> str:
    """Quote a line of what the server said, in brackets; empty if it said nothing."""
    body = getattr(error, "body", None)
    text = str(body.get("message") or "") if isinstance(body, Mapping) else ""
    quoted = _clean(text or _text(error), server)
    return f" ({quoted})" if quoted else ""


def _clean(text: str, server: Server) -> str:
    """Return a text as one short line without the key or what looks like one, or what a terminal would obey."""
    shown = _SECRET.sub("…", text.replace(server.key, "…") if server.key else text)
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in shown).split())
    return line if len(line) <= _LONGEST_QUOTE else line[:_LONGEST_QUOTE].rstrip() + "…"


def _header(error: Exception, name: str) -> str:
    response = getattr(error, "response", None)
    return str(response.headers.get(name, "")) if response is not None else ""


def _retry_after(error: Exception) -> float:
    """Return how many seconds a server wants to be left alone; 0 if it does not say in seconds."""
    try:
        return max(0.0, min(float(_header(error, "retry-after")), 86_400.0))
    except ValueError:
        return 0.0

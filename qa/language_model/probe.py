"""Look into a language model for `qa doctor`: where it is, whether it replies, what it takes, what it keeps to."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from qa.language_model.endpoint import DEFAULT_WINDOW, Endpoint
from qa.language_model.listing import is_listed, names
from qa.language_model.naming import named_server
from qa.language_model.wire import Server, is_loopback
from qa.settings import Settings
from qa.types import Message
from qa_index.errors import LanguageModelUnavailable, UsageError

_LISTING_SECONDS = 5.0
_REPLY_SECONDS = 30.0
_SMALL_WINDOW = 2_048  # tokens: with less, hardly a dozen sentences of articles can be shown
_MOST_NAMES = 8

# Nobody says "hello" in this form by himself: whoever does was held to it.
_GREETING = Message("user", "Say hello.")
_ALLOWED = ["hello", "good day"]
_SCHEMA = {
    "type": "object",
    "properties": {"greeting": {"type": "string", "enum": _ALLOWED}},
    "required": ["greeting"],
    "additionalProperties": False,
}


class Found(NamedTuple):
    """One thing that was looked at and what was found; `state` is "ok", "note" or "problem"."""

    name: str
    found: str
    state: Literal["ok", "note", "problem"] = "ok"


def probe(settings: Settings, environ: Mapping[str, str]) -> Iterator[Found]:
    """Look into the language model that the settings name: two requests without a word of any article."""
    try:
        server = named_server(settings, environ)
    except UsageError as error:
        yield Found("address", str(error), "problem")
        return
    yield _address(server)
    yield _key(server, settings)
    model = Endpoint(server, window=settings.llm_window)
    listing = _listing(model)
    replied = _reply(model, seconds=min(_REPLY_SECONDS, settings.llm_seconds) if listing else _LISTING_SECONDS)
    yield _model(model, replied, names(listing))
    if replied.state == "ok":
        yield _window(model.told_window(listing), settings)
        yield _schema(model, replied)


class _Replied(NamedTuple):
    state: Literal["ok", "problem"]
    text: str
    seconds: float


def _address(server: Server) -> Found:
    if is_loopback(server.address):
        return Found("address", f"{server.address}, on this machine")
    how = "" if server.address.startswith("https:") else ", unencrypted"
    return Found("address", f"{server.address}: the text of articles goes to {server.host}{how}", "note")


def _key(server: Server, settings: Settings) -> Found:
    if server.is_key_withheld:
        return Found("key", f"is set but not sent, because only {settings.origin('llm_url')} names the server", "note")
    return Found("key", "is set" if server.key else "none is sent")


def _listing(model: Endpoint) -> object:
    """Return what the server says it serves; None if it does not: not every one does."""
    try:
        return model.page("/models", seconds=_LISTING_SECONDS)
    except LanguageModelUnavailable:
        return None


def _reply(model: Endpoint, *, seconds: float) -> _Replied:
    started = time.perf_counter()
    try:
        text = "".join(model.stream([_GREETING], schema=_SCHEMA, seconds=seconds, stop=None))
    except LanguageModelUnavailable as error:
        return _Replied("problem", str(error), 0.0)
    return _Replied("ok", text, time.perf_counter() - started)


def _model(model: Endpoint, replied: _Replied, listed: tuple[str, ...]) -> Found:
    shown = ", ".join(name if name.isprintable() else repr(name) for name in listed[:_MOST_NAMES])
    others = f"{shown}, …" if len(listed) > _MOST_NAMES else shown
    unlisted = bool(listed) and not is_listed(model.name, listed)
    if replied.state == "problem":
        return Found("model", replied.text + (f" It lists {others}." if unlisted else ""), "problem")
    said = f"{model.name} replied in {replied.seconds:.1f} seconds"
    return Found("model", f"{said}, but what is listed is {others}" if unlisted else said, "note" if unlisted else "ok")


def _window(told: int | None, settings: Settings) -> Found:
    """Compare what the server says with what is set; a window that is set too large loses the front of questions."""
    window = settings.llm_window or told or DEFAULT_WINDOW
    if settings.llm_window and told and settings.llm_window > told:
        return Found("window", f"`llm_window` says {settings.llm_window:,} tokens, the server {told:,}", "note")
    if settings.llm_window is None and told is None:
        return Found("window", f"{window:,} tokens: the server does not say, `llm_window` can", "note")
    said = f"{window:,} tokens, {'as set' if settings.llm_window else 'says the server'}"
    if window < _SMALL_WINDOW:
        return Found("window", f"{said}: few sentences have room in it", "note")
    return Found("window", said)


def _schema(model: Endpoint, replied: _Replied) -> Found:
    if "response_format" in model.left_out:
        return Found("JSON schema", "the server takes none; replies are checked all the same", "note")
    try:
        greeting = json.loads(replied.text)
    except (ValueError, RecursionError):
        greeting = None
    if isinstance(greeting, dict) and list(greeting) == ["greeting"] and greeting["greeting"] in _ALLOWED:
        return Found("JSON schema", "its reply kept to one")
    return Found("JSON schema", "its reply did not keep to one; replies are checked all the same", "note")

"""Run the server: take its port at once, get the page and the models ready together, end soon when told to."""

from __future__ import annotations

import asyncio
import errno
import gc
import http.client
import logging
import logging.config
import os
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, NoReturn

from qa.terminal import say
from qa_index.errors import QAError, UsageError

if TYPE_CHECKING:
    from types import FrameType

    from starlette.types import ASGIApp

    from qa.api import Library

GRACE_SECONDS = 1  # for answers under way when the server is ended
LAST_SECONDS = 1.7  # after which the process ends whatever still runs in it; nothing acknowledged is lost by that


class PortTaken(QAError):
    """The address to listen at is another program's, or may not be used."""


def resolve(host: str) -> str:
    """Return the address to listen at: an address as it is, of a name its first one.

    Raises:
        UsageError: if the name has no address.

    """
    try:
        found = socket.getaddrinfo(host or None, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise UsageError(
            f"Asked to listen at {host}, but that is no address of this machine. Use `--host 127.0.0.1`."
        ) from error
    addresses = [str(entry[4][0]) for entry in found]
    return next((address for address in addresses if ":" not in address), addresses[0])


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach an address."""
    found = ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback


def listen(address: str, port: int) -> socket.socket:
    """Listen, so that the port is ours before anything slow is done; who asks early waits until the page is ready.

    Raises:
        PortTaken: if something listens there already, or the system forbids it.

    """
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        # On Windows this option would let two programs share a port; elsewhere it only forgives a recent end.
        listener.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE", None) or socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise PortTaken(_taken(address, port, error)) from error
    listener.setblocking(False)
    return listener


def address_of(listener: socket.socket) -> str:
    """Return what to open in a browser on this machine."""
    address, port = listener.getsockname()[:2]
    if ip_address(address).is_unspecified:
        address = "::1" if ":" in address else "127.0.0.1"
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def run(listener: socket.socket, make: Callable[[], ASGIApp], *, ready: Callable[[], None], verbose: bool) -> None:
    """Serve what `make` makes until Ctrl-C or SIGTERM; `ready` is called when the page answers.

    Raises:
        KeyboardInterrupt: after Ctrl-C.
        SystemExit: after SIGTERM, with 143.

    """
    signal.signal(signal.SIGTERM, _terminated)  # so that what is open is closed, also while things are imported
    gc.disable()  # what is imported stays: looking through it again and again takes a fifth of the time
    application = make()
    import uvicorn

    gc.freeze()
    gc.enable()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready()

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            _end_soon(128 + sig)
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=verbose,
        ws="none",
        lifespan="on",
        proxy_headers=False,  # whoever asks could write anything into them
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    _prepare_log(verbose=verbose)
    Server(config).run(sockets=[listener])


def warm(library: Library) -> threading.Thread:
    """Load the models and search once, beside what else is to be done before the page is ready."""
    thread = threading.Thread(target=_warm, args=(library,), name="warming up", daemon=True)
    thread.start()
    return thread


def open_browser(url: str) -> None:
    """Show the page; nobody waits for a browser."""
    threading.Thread(target=webbrowser.open, args=(url,), name="opening a browser", daemon=True).start()


def _warm(library: Library) -> None:
    """Read a made-up passage: an empty library has none. No language model is asked for anything."""
    from qa.types import Passage, Question
    from qa.understand import understand
    from qa_index.types import Article, Chunk, Span, article_id

    text = "The bridge was opened on Monday."
    span = Span(article_id(text), 0, len(text))
    passage = Passage(Chunk(span, (span,)), Article(span.article_id, text), 1.0, ("by hand",))
    try:
        library.reader.read(understand(Question("When was the bridge opened?")), (passage,))
        library.search(text, limit=1)
    except QAError as error:
        say(f"Error: {error}")  # the page says it again when somebody asks


def _taken(address: str, port: int, error: OSError) -> str:
    """Say what is wrong with an address, and what to do."""
    place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    if error.errno == errno.EADDRINUSE:
        if _is_ours(address, port):
            return (
                f"Asked to listen at {place}, but Citewell answers there already. Open http://{place}, "
                "or give this one another port with `--port`, such as `--port 0` for any that is free."
            )
        return (
            f"Asked to listen at {place}, but another program does. "
            "Name another port with `--port`, such as `--port 0` for any that is free."
        )
    if error.errno == errno.EACCES:
        return f"Asked to listen at {place}, but this user may not. Name a port above 1023 with `--port`."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"Asked to listen at {place}, but this machine has no such address. Use `--host 127.0.0.1`."
    return f"Asked to listen at {place}, but: {error.strerror}. Name another with `--host` or `--port`."


def _is_ours(address: str, port: int) -> bool:
    """Whether another Citewell listens there."""
    if ip_address(address).is_unspecified:
        address = "::1" if ":" in address else "127.0.0.1"
    connection = http.client.HTTPConnection(address, port, timeout=1)
    try:
        with suppress(OSError, http.client.HTTPException):
            connection.request("HEAD", "/favicon.ico")
            return connection.getresponse().getheader("Server") == "Citewell"
    finally:
        connection.close()
    return False


def _terminated(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def _end_soon(code: int) -> None:
    """End the process even if a thread in it works on; an answer may take a language model a minute."""
    timer = threading.Timer(LAST_SECONDS, os._exit, (code,))
    timer.daemon = True
    timer.start()


def _prepare_log(*, verbose: bool) -> None:
    """Send warnings, and with `verbose` who asked for what, to standard error."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"plain": {"format": "%(levelname)s: %(message)s"}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {"uvicorn.access": {"level": "INFO" if verbose else "WARNING"}},
        }
    )
    logging.getLogger("uvicorn.error").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a message of the server says more than that answers under way were cut off when it was ended."""
    kind = record.exc_info[0] if record.exc_info else None
    if kind is not None and issubclass(kind, asyncio.CancelledError):
        return False
    return "timeout graceful shutdown exceeded" not in record.getMessage()

"""What goes over the wire to a language model's server: to the named host only, and no more than is needed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

import httpx

CONNECT_SECONDS = 10.0
_MOST_BYTES = 16_000_000  # of one response: around each few letters of a reply stand some 250 bytes of JSON
_SENT = ("host", "accept", "connection", "content-length", "content-type")


class TooManyBytes(Exception):
    """A response is larger than any reply could be."""


@dataclass(frozen=True, slots=True)
class Server:
    """A language model and the address it is served at; the key shows nowhere.

    `is_key_withheld` says that there is a key which it is not sent, because only a folder's settings name the server.
    """

    model: str
    address: str
    key: str | None = field(default=None, repr=False)
    is_key_withheld: bool = False

    @property
    def host(self) -> str:
        """The host, with its port where the address names one: "127.0.0.1:8080"."""
        return urlsplit(self.address).netloc


def is_loopback(url: str) -> bool:
    """Whether an address leads to this machine, whatever a name server says."""
    host = (urlsplit(url).hostname or "").removesuffix(".")
    try:
        found = ip_address(host)
    except ValueError:
        return host == "localhost"
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback


class Wire:
    """One exchange with a server; `is_ended` says whether its response came to the end that it announces."""

    def __init__(self, server: Server) -> None:
        self._server, self._taken, self._last = server, 0, b""

    @property
    def is_ended(self) -> bool:
        """Whether the last that came is the mark that ends a streamed reply."""
        return b"[DONE]" in self._last

    def client(self) -> httpx.AsyncClient:
        """Return what sends requests; it follows no redirect, because nobody named where that leads to.

        Proxies that the environment names see encrypted requests only, and none that are meant for this machine.
        """
        proxies = self._server.address.startswith("https:") and not is_loopback(self._server.address)
        return httpx.AsyncClient(
            verify=httpx.create_ssl_context(),  # knows SSL_CERT_FILE, whether proxies are used or not
            trust_env=proxies,
            follow_redirects=False,
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),  # whoever waits has a deadline for the rest
            event_hooks={"request": [self._sign], "response": [self._measure]},
        )

    async def _sign(self, request: httpx.Request) -> None:
        """Send the key, and of all that libraries add of their own (system, versions, other keys) nothing."""
        for name in set(request.headers) - set(_SENT):
            del request.headers[name]
        request.headers["Accept-Encoding"] = "identity"  # so that what is measured is what there is
        request.headers["User-Agent"] = "citewell"
        if self._server.key:
            request.headers["Authorization"] = f"Bearer {self._server.key}"

    async def _measure(self, response: httpx.Response) -> None:
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _Measured(response.stream, self)

    def take(self, chunk: bytes) -> None:
        """Count what has come.

        Raises:
            TooManyBytes: if it is more than a reply can be.

        """
        self._taken += len(chunk)
        self._last = (self._last + chunk[-32:])[-32:]
        if self._taken > _MOST_BYTES:
            raise TooManyBytes


class _Measured(httpx.AsyncByteStream):
    """A response that is counted while it is read."""

    def __init__(self, stream: httpx.AsyncByteStream, wire: Wire) -> None:
        self._stream, self._wire = stream, wire

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._wire.take(chunk)
            yield chunk

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._stream.aclose()

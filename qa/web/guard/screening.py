"""Look at the head of a request: by which name it comes, from whose page, for what, and how much it will bring."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from fastapi import Request

if TYPE_CHECKING:
    from starlette.types import Scope

LOOPBACK_HOSTS = frozenset(("127.0.0.1", "localhost", "[::1]"))
UPLOADS = "/api/articles"

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_PART = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9._~=@+,:-]+"
_PATH = re.compile(f"/(?:{_PART}(?:/{_PART})*/?)?")
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE)
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[^/?#@]+)", re.IGNORECASE)
_FORWARDED = (b"x-forwarded-", b"forwarded", b"x-gradio-server")  # as proxies write them, or anybody
_DEFAULT_PORTS = {"http": "80", "https": "443"}

# Whatever is not listed is not there. Of Gradio's own routes (6.31 has some sixty: uploads, files of this machine,
# proxies, monitoring, log-in, components' own methods …) the page needs these.
_OPEN = tuple(
    (methods.split(), re.compile(paths))
    for methods, paths in (
        ("GET HEAD POST PUT PATCH DELETE OPTIONS", r"/(?:api|page)/.+|/mcp"),
        ("GET HEAD", r"/|/(?:assets|static)/.+|/(?:theme\.css|favicon\.ico|manifest\.json|robots\.txt|config)"),
        ("GET", r"/gradio_api/(?:queue/data|heartbeat/[^/]+|info|app_id)"),
        ("POST", r"/gradio_api/(?:queue/join|cancel|reset)"),
    )
)


@dataclass(frozen=True, slots=True)
class Rules:
    """Who may ask, and how much. `hosts` are names without a port; the address a request arrived at is one, too."""

    hosts: frozenset[str] = LOOPBACK_HOSTS
    password: str | None = field(default=None, repr=False)
    max_body_bytes: int = 2_000_000
    upload_bytes: int = 200_000_000
    linger_seconds: float = 2.0  # for how long what is refused as too large is read on, so that its sender hears why

    def most_bytes(self, method: str, path: str) -> int:
        """Return how large the body of a request may be."""
        return self.upload_bytes if method == "POST" and path.rstrip("/") == UPLOADS else self.max_body_bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered: a status for a browser, a kind for a program, a sentence for a person."""

    status: int
    kind: str
    sentence: str
    headers: tuple[tuple[str, str], ...] = ()


def rules_for(host: str, *, allowed: Iterable[str], password: str | None, max_file_mb: int) -> Rules:
    """Make the rules of a server that listens at the address `host` and is also known by the names `allowed`."""
    hosts = LOOPBACK_HOSTS | ({_bracketed(one) for one in (host, *allowed)} - {"0.0.0.0", "[::]"})
    return Rules(hosts, password, upload_bytes=max(200, max_file_mb + 1) * 1_000_000)


def _bracketed(address: str) -> str:
    """Write an address as it stands in a URL."""
    try:
        found = ip_address(address.strip("[]"))
    except ValueError:
        return address.lower()
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped) if mapped else f"[{found}]" if found.version == 6 else str(found)


def unforwarded(scope: Scope) -> Scope:
    """Leave out what a request says of hosts and schemes that it came by; Gradio would build addresses of it."""
    return {**scope, "headers": [each for each in scope["headers"] if not each[0].lower().startswith(_FORWARDED)]}


def foreign(request: Request, rules: Rules) -> Refusal | None:
    """Refuse what may come from another page; it is told nothing, not even that there is a password."""
    return _wrong_host(request, rules.hosts) or _wrong_address(request) or _other_origin(request)


def unfit(request: Request, rules: Rules) -> Refusal | None:
    """Refuse what is not served, or says itself that it is too large, before any of it is read."""
    return _closed(request) or _announced(request, rules)


def _wrong_host(request: Request, hosts: frozenset[str]) -> Refusal | None:
    """Answer to our own names only: another one may be somebody's whose address was pointed here."""
    given = request.headers.getlist("host")
    found = _HOST.fullmatch(given[0]) if len(given) == 1 else None
    if found is None:
        return Refusal(400, "BadHost", "Asked without a Host header that names one host. Ask with a browser.")
    name = _bracketed(found["name"])
    if name in hosts or name == _arrived_at(request.scope):
        return None
    known = ", ".join(sorted(hosts))
    return Refusal(
        421,
        "ForeignHost",
        f"Asked for the host {name[:100]}, but this is not one of its names ({known}). Open it by one of these, "
        "or start `qa serve` with --allow-host and the name.",
    )


def _arrived_at(scope: Scope) -> str | None:
    """Return the address of this machine that the request came in by; never a name, which could be anybody's."""
    address = (scope.get("server") or ("",))[0]
    try:
        return _bracketed(str(ip_address(address)))
    except ValueError:
        return None


def _wrong_address(request: Request) -> Refusal | None:
    """Take only plain addresses; nothing here needs a "%", and ".." is somebody looking for files."""
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    if _PATH.fullmatch(request.scope["path"]) and _PATH.fullmatch(raw.decode("latin-1")):
        return None
    return Refusal(400, "BadAddress", "Asked for an address that nothing here has. Begin at the front page, /.")


def _other_origin(request: Request) -> Refusal | None:
    """Refuse what a page of another origin asks for; programs that are no browser name no origin."""
    origins, site = request.headers.getlist("origin"), request.headers.get("sec-fetch-site")
    if origins:
        allowed = len(origins) == 1 and _is_own(origins[0], request.headers["host"]) and site in (None, "same-origin")
    elif site is None:
        allowed = True
    elif request.method not in SAFE_METHODS:
        allowed = False  # a browser names the origin of such a request, always
    else:
        allowed = site in ("same-origin", "none") or _is_link(request)
    if allowed:
        return None
    sentence = "Asked by a page of another origin, which may not use this one. Open this page itself."
    return Refusal(403, "ForeignOrigin", sentence)


def _is_own(origin: str, host: str) -> bool:
    """Whether an origin is the one that the request is sent to."""
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        return False
    port = _DEFAULT_PORTS[found["scheme"].lower()]
    ours, theirs = _HOST.fullmatch(host), _HOST.fullmatch(found["host"])
    named = [(one["name"].lower(), (one["port"] or port)) for one in (ours, theirs) if one]
    return len(named) == 2 and named[0] == named[1]


def _is_link(request: Request) -> bool:
    """Whether somebody followed a link to this page from another one, which shows that other page nothing."""
    headers = request.headers
    followed = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return followed and not request.url.path.startswith("/gradio_api/")


def _closed(request: Request) -> Refusal | None:
    path = request.scope["path"]
    if any(request.method in methods and paths.fullmatch(path) for methods, paths in _OPEN):
        return None
    return Refusal(404, "NotFound", "Asked for something that is not here. Begin at the front page, /.")


def _announced(request: Request, rules: Rules) -> Refusal | None:
    most, length = rules.most_bytes(request.method, request.scope["path"]), request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        return Refusal(400, "BadRequest", "Asked with a Content-Length that is no number. Ask with a browser.")
    return too_large(most) if int(length[:18]) > most else None


def too_large(most: int) -> Refusal:
    """Say how much there may be of a body."""
    return Refusal(
        413, "TooLarge", f"Sent more than {most / 1e6:g} MB at once, which is the most. Send less, or in several parts."
    )

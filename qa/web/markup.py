"""Put the words of articles and people into HTML as text: whatever they hold, they stay words."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from qa_index.types import Span

# What a browser would not show, or a page cannot carry: control characters and halves of a character.
_UNSHOWN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# What HTML would read as markup, or as another line end, and what Markdown would.
_SPECIAL = re.compile(r"""[<>&"'\t\n\r\f\\`*_~\[\]#|!$^:@]""")
_AFTER_HOST = re.compile(r"[/?#\\]")  # as browsers read an address


def escaped(text: str) -> str:
    """Return a text for HTML, between tags or inside a quoted attribute: the browser makes the same text of it.

    It stays on one line and holds nothing that Markdown would read. What cannot be shown becomes U+FFFD.
    """
    shown = _UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", text)
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", shown)


def read_address(span: Span) -> str:
    """Return the address, within the page, that opens an article at some words of it."""
    return f"#read={span.article_id}:{span.start}-{span.end}"


def web_address(url: str | None) -> str | None:
    """Return an address that a link may lead to: one of the web, else None."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def host_of(url: str) -> str:
    """Return the host that a browser would go to, to be shown: what stands before an @ is none, nor is "www.".

    >>> host_of("https://www.example.org/a"), host_of("https://example.org@evil.example/")
    ('example.org', 'evil.example')
    """
    host = _AFTER_HOST.split(url.partition("//")[2], maxsplit=1)[0].rpartition("@")[2]
    return host.removeprefix("www.")

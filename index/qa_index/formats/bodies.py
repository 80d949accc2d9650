"""Unfold the body of a web server's answer: parts sent one by one, and packed."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping

from qa_index.formats.unfolding import Budget, Refused

_FREE_BYTES = 1_000_000  # what may come out before the ratio counts
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]{0,200})?\r?\n")
_MOST_LAYERS = 3


def unfolded(content: bytes, headers: Mapping[str, str], budget: Budget) -> bytes:
    """Return the page in the body of an answer with these headers, whose names are in small letters.

    Crawlers often unfold a body and leave its headers as they were; such a body is returned as it is.

    Raises:
        Refused: if it unfolds to more than the limits allow, or is packed in a way that cannot be read.

    """
    if "chunked" in headers.get("transfer-encoding", "").lower():
        content = _joined(content)
    encodings = [name.strip().lower() for name in headers.get("content-encoding", "").split(",") if name.strip()]
    for encoding in reversed(encodings[:_MOST_LAYERS]):
        content = _unpacked(content, encoding, budget)
    return content


def _joined(content: bytes) -> bytes:
    """Return the body that was sent in chunks, as far as they go; as it is if it does not begin with one."""
    parts, position = [], 0
    while match := _CHUNK.match(content, position):
        size = int(match[1], 16)
        if size == 0:
            break
        parts.append(content[match.end() : match.end() + size])
        position = match.end() + size
        position += 2 if content[position : position + 2] == b"\r\n" else 0
    return b"".join(parts) if parts else content


def _unpacked(content: bytes, encoding: str, budget: Budget) -> bytes:
    most = min(budget.limits.story_bytes, max(_FREE_BYTES, budget.limits.ratio * len(content)))
    if encoding in ("gzip", "x-gzip"):
        found = _inflated(content, 31, most) if content[:2] == b"\x1f\x8b" else content
    elif encoding == "deflate":
        found = _either(_inflated(content, 15, most), _inflated(content, -15, most), content)
    elif encoding == "br":
        found = _from_brotli(content, most)
    else:
        found = content if encoding in ("identity", "utf-8", "none") else _unknown(encoding)
    if found is None:
        raise Refused("it is packed, and damaged; fetch it again")
    if len(found) > most:
        raise Refused(f"it unfolds to more than {most:,} bytes, as no article does; unpack it yourself if you trust it")
    budget.unfold(len(found))
    return found


def _either(*found: bytes | None) -> bytes | None:
    return next((each for each in found if each is not None), None)


def _inflated(content: bytes, wbits: int, most: int) -> bytes | None:
    """Return at most one byte more than `most`, as far as the stream is whole; None if none of it is."""
    inflate = zlib.decompressobj(wbits=wbits)
    try:
        return inflate.decompress(content, most + 1) or None
    except zlib.error:
        return None


def _from_brotli(content: bytes, most: int) -> bytes | None:
    """Return what Brotli packed; a package for it is there only if another package brought it."""
    try:
        import brotli  # type: ignore[import-untyped]  # no stubs
    except ImportError:
        raise Refused("it is packed with Brotli; run `pip install brotli` and index it again") from None
    unpack = brotli.Decompressor()
    try:
        return bytes(unpack.process(content, output_buffer_limit=most + 1)) or None
    except brotli.error:
        return content if content.lstrip()[:1] in (b"<", b"{", b"[") else None


def _unknown(encoding: str) -> bytes:
    raise Refused(f"it is packed as {encoding[:20]!r}, which cannot be read; fetch it without packing")

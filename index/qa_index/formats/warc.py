"""Take a web archive apart: each page that was fetched is a piece. The only user of warcio."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from qa_index.formats.bodies import unfolded
from qa_index.formats.unfolding import Budget, Gunzip, Refused
from qa_index.stories import Broken, Kind, Limits, Piece

_KINDS: dict[str, Kind] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    "application/pdf": "pdf",
    "application/json": "json",
    "application/ld+json": "json",
}
# What a crawler fetches for itself.
_FOR_ROBOTS = re.compile(r"/(?:robots|ads|app-ads|humans|security|llms)\.txt$", re.IGNORECASE)
_LONGEST_LINE = 65_536
_LONGEST_HEAD = 1_000_000
_NOT_INSTALLED = "reading web archives needs a package that is not installed; run `pip install 'citewell[warc]'`"
_NO_WARC = "it is no web archive, for it does not begin as WARC files do; check the file"
_BREAKS_OFF = "it breaks off in the middle of a record; fetch or copy the file again"
_WRONG_LENGTH = "its length is not what its record says; fetch or make the file again"


class _Damaged(Exception):
    """A record that cannot be read; the next one may be."""


@dataclass(slots=True)
class _Lines:
    """A stream as warcio reads it, whose lines and heads have an end."""

    stream: BinaryIO
    head_bytes: int = 0
    offset: int = 0

    def read(self, size: int = -1) -> bytes:
        part = self.stream.read(size)
        self.offset += len(part)
        return part

    def readline(self, size: int | None = None) -> bytes:
        line = self.stream.readline(_LONGEST_LINE if size is None else min(size, _LONGEST_LINE))
        self.head_bytes += len(line)
        self.offset += len(line)
        if self.head_bytes > _LONGEST_HEAD:
            raise _Damaged("its head has no end; fetch or make the file again")
        return line

    def tell(self) -> int:
        return self.offset


def pieces(stream: BinaryIO, place: str, limits: Limits) -> Iterator[Piece | Broken]:
    """Yield every page, text, PDF and JSON that the archive holds an answer with, in order.

    Records are counted from 1, all of them; a record that is damaged is broken, and reading goes on with the next.
    """
    try:
        from warcio.recordloader import ArcWarcRecordLoader
    except ImportError:
        yield Broken(place, _NOT_INSTALLED)
        return
    budget = Budget(limits)
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[type-var]
    if buffered.peek(2)[:2] == b"\x1f\x8b":
        buffered = io.BufferedReader(Gunzip(buffered, budget))
    loader = ArcWarcRecordLoader(verify_http=False, arc2warc=False)
    yield from _records(loader, _Lines(buffered), place, budget)


def _records(loader: Any, lines: _Lines, place: str, budget: Budget) -> Iterator[Piece | Broken]:  # noqa: ANN401
    number = 0
    try:
        begin, skipped = _next_begin(lines)
        if skipped:
            yield Broken(place, _NO_WARC)
        while begin:
            number += 1
            where = f"{place}#record {number}" if place else f"record {number}"
            found = _record(loader, lines, begin, where, budget)
            begin, skipped = _next_begin(lines)
            if skipped and not isinstance(found, Broken):
                found = Broken(where, _WRONG_LENGTH)
            if found:
                yield found
    except Refused as reason:
        yield Broken(_after(place, number), str(reason))
    except (EOFError, zlib.error, OSError):
        yield Broken(_after(place, number), _BREAKS_OFF)


def _after(place: str, number: int) -> str:
    return f"{place}#record {max(number, 1)}" if place else f"record {max(number, 1)}"


def _next_begin(lines: _Lines) -> tuple[bytes, bool]:
    """Return the line that the next record begins with, b"" at the end, and whether anything lay before it."""
    skipped = False
    while True:
        lines.head_bytes = 0
        line = lines.readline()
        if not line or re.match(rb"WARC/[01]\.\d", line):
            return line, skipped
        skipped = skipped or bool(line.strip())


def _record(loader: Any, lines: _Lines, begin: bytes, where: str, budget: Budget) -> Piece | Broken | None:  # noqa: ANN401
    """Return what a record holds, None if that is nothing to index."""
    lines.head_bytes = len(begin)
    try:
        record = loader.parse_record_stream(lines, begin, "warc")
    except _Damaged as reason:
        return Broken(where, str(reason))
    except (EOFError, zlib.error, OSError, Refused):
        raise
    except Exception:  # warcio raises what it will on a damaged head, KeyError and ValueError among others
        return Broken(where, "its head cannot be read; fetch or make the file again")
    lines.head_bytes = 0
    limits = budget.limits
    wanted = _wanted(record)
    content = _content(record.raw_stream, limits.story_bytes + 1 if wanted else 0)
    rest = _skipped(record.raw_stream)
    missing = record.length is not None and getattr(record.raw_stream, "limit", 0) > 0
    if missing:
        return Broken(where, _BREAKS_OFF)
    if wanted is None:
        return None
    if rest or len(content) > limits.story_bytes:
        return Broken(where, f"it has more than {limits.story_bytes:,} bytes, as no article has; index its text alone")
    kind, url, headers = wanted
    try:
        return Piece(where, kind, unfolded(content, headers, budget), url, headers)
    except Refused as reason:
        return Broken(where, str(reason))


def _wanted(record: Any) -> tuple[Kind, str | None, dict[str, str]] | None:  # noqa: ANN401
    """Return the kind, the address and the headers of a record that may be an article; None for all others."""
    url = record.rec_headers.get_header("WARC-Target-URI")
    if record.rec_type == "resource":
        headers = {"content-type": record.rec_headers.get_header("Content-Type") or ""}
    elif record.rec_type == "response" and record.http_headers and record.http_headers.get_statuscode() == "200":
        headers = {str(name).lower(): str(value) for name, value in record.http_headers.headers}
    else:
        return None
    kind = _KINDS.get(headers.get("content-type", "").split(";")[0].strip().lower())
    try:
        path = urlsplit(url or "").path
    except ValueError:
        return None
    return None if kind is None or _FOR_ROBOTS.search(path) else (kind, url, headers)


def _content(stream: Any, most: int) -> bytes:  # noqa: ANN401
    """Return at most so many bytes."""
    parts = []
    while most > 0 and (part := stream.read(min(most, 1 << 20))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def _skipped(stream: Any) -> int:  # noqa: ANN401
    """Read on to the end of the record, and return how much that was."""
    count = 0
    while part := stream.read(1 << 20):
        count += len(part)
    return count

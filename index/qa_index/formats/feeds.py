"""Read a feed: each of its items is a story. The only user of feedparser, which is given bytes, never an address."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from qa_index.formats import stating
from qa_index.formats.pages import Unreadable, text_of
from qa_index.stories import Broken, Piece, Story
from qa_index.types import When

_ROOT = re.compile(rb"<[A-Za-z_]")
_DECLARES = re.compile(rb"<!ENTITY|<!DOCTYPE[^<>\[]*\[", re.IGNORECASE)
_OPENING = re.compile(rb"<[A-Za-z]")
_MOST_TAGS = 100_000  # a feed of 38,000 items with 4 tags each took 16 s
_MOST_DAMAGED = 200_000  # bytes; feedparser mends damaged XML slowly: 5 MB of it took 22 s
_DEEPEST = 100
_SECTION = re.compile(r"\s+(?:[|>»–—:/-]|::)\s+")
_FEED = re.compile(r"[\s:|-]*\b(?:RSS|Atom)?\s*(?:feed|RSS)s?$", re.IGNORECASE)
_NO_FEED = "it is no feed: it holds no items as RSS and Atom do; save the articles as text or HTML and index those"
_DANGEROUS = "it declares entities of its own, as no feed does and attacks do; remove its DOCTYPE and index it again"


def stories(piece: Piece) -> Iterator[Story | Broken]:
    """Yield each item of a feed as a story; one that has neither text nor summary is broken."""
    plain = piece.content.replace(b"\0", b"")  # UTF-16 is ASCII then, as far as this looks
    root = _ROOT.search(plain)
    if _DECLARES.search(plain, 0, root.start() if root else len(plain)):
        yield Broken(piece.place, _DANGEROUS)
        return
    if sum(1 for _ in _OPENING.finditer(plain)) > _MOST_TAGS:
        yield Broken(piece.place, f"it has more than {_MOST_TAGS:,} tags; split it and index the parts")
        return
    if len(piece.content) > _MOST_DAMAGED and not _is_sound(piece.content):
        yield Broken(piece.place, "it is damaged XML, and too long to be mended; fetch it again")
        return
    feed = _parsed(piece)
    if feed is None or not (_own(feed, "version") or _own(feed, "entries")):
        yield Broken(piece.place, _NO_FEED)
        return
    if not feed.entries:
        yield Broken(piece.place, "it is a feed without items; fetch it again when it has some")
    for number, entry in enumerate(feed.entries, start=1):
        place = f"{piece.place}#item {number}" if piece.place else f"item {number}"
        yield _story(feed, entry, place, piece.url)


def _is_sound(content: bytes) -> bool:
    """Tell whether this is well-formed XML, no deeper than feeds are."""
    parser, depth = expat.ParserCreate(), 0

    def begin(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise ValueError

    def end(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError):
        return False
    return True


def _parsed(piece: Piece) -> Any:  # noqa: ANN401 - feedparser has no types
    """Return what feedparser makes of the bytes; None if it fails."""
    import feedparser

    logging.getLogger("feedparser").setLevel(logging.CRITICAL + 1)
    headers = {"content-type": piece.headers.get("content-type", "application/xml")}
    headers |= {"content-location": piece.url} if piece.url else {}
    try:
        return feedparser.parse(io.BytesIO(piece.content), response_headers=headers, sanitize_html=False)
    except Exception:  # its parser for damaged XML raises what it will: AssertionError, IndexError, RecursionError
        return None


def _story(feed: Any, entry: Any, place: str, base: str | None) -> Story | Broken:  # noqa: ANN401
    try:
        text = _text(entry)
    except Unreadable as reason:
        return Broken(place, str(reason))
    if not text:
        return Broken(place, "it has neither text nor summary; save the article's own page and index that")
    publisher, publisher_rule = _publisher(feed, entry)
    authors = _authors(entry, publisher)
    published, updated = _dates(feed, entry)
    title = stating.line(_shown(_own(entry, "title")))
    url = stating.address(_own(entry, "link"), base=base)
    language = stating.language(_own(entry, "language") or _own(feed.feed, "language"))
    rules = {"title": "item title" if title else "", "publisher": publisher_rule}
    rules |= {"authors": "item author" if authors else "", "url": "item link" if url else ""}
    rules |= {"published": published.method if published else "", "updated": updated.method if updated else ""}
    rules |= {"language": "feed language" if language else ""}
    return Story(
        text=text,
        place=place,
        title=title,
        publisher=publisher,
        authors=authors,
        published=(published,) if published else (),
        updated=(updated,) if updated else (),
        url=url,
        language=language,
        rules=tuple((field, rule) for field, rule in rules.items() if rule),
    )


def _own(described: Any, key: str) -> Any:  # noqa: ANN401
    """Return what an item states itself; feedparser's own look-up puts another field in the place of a missing one."""
    return dict.get(described, key)


def _text(entry: Any) -> str:  # noqa: ANN401
    """Return the whole text if the item has it, else its summary."""
    contents = [text_of(part.get("value") or "") for part in _own(entry, "content") or []]
    return max(contents, key=len, default="") or text_of(_own(entry, "summary") or "")


def _shown(markup: str | None) -> str:
    try:
        return text_of(markup or "")
    except Unreadable:
        return ""


def _publisher(feed: Any, entry: Any) -> tuple[str | None, str]:  # noqa: ANN401
    """Return whose article it is: what the item says in a feed that collects from others, else the feed's title."""
    source = _own(entry, "source")
    for stated, rule in (
        (source and _own(source, "title"), "item source"),
        (_own(entry, "publisher"), "item publisher"),
    ):
        if name := stating.line(_shown(stated)):
            return name, rule
    title = stating.line(_shown(_own(feed.feed, "title")))
    return (_SECTION.split(_FEED.sub("", title))[0] or title, "feed title") if title else (None, "")


def _authors(entry: Any, publisher: str | None) -> tuple[str, ...]:  # noqa: ANN401
    outlets = (publisher,) if publisher else ()
    named = [name for author in _own(entry, "authors") or [] if (name := _own(author, "name"))]
    # Of one author the whole statement: feedparser cuts "staff@lake.example (Piet Aalto)" in the wrong place.
    stated = named if len(named) > 1 else [_own(entry, "author") or "".join(named)]
    people = [name for each in stated if each for name in stating.people(each, outlets=outlets, declared=True)]
    return tuple(dict.fromkeys(people))


def _dates(feed: Any, entry: Any) -> tuple[When | None, When | None]:  # noqa: ANN401
    """Return when an item was published and updated; RSS states its one date with different tags."""
    atom = (_own(feed, "version") or "").startswith("atom")
    published = stating.when(_own(entry, "published") or "", "entry published" if atom else "item pubDate")
    updated = stating.when(_own(entry, "updated") or "", "entry updated" if atom else "item date")
    if published is None and not atom:
        return updated, None
    return published, updated

"""Tell what a file is: by what it holds where that is clear, else by its name."""

from __future__ import annotations

import codecs
import json
import re
from typing import Literal

from qa_index.reading.decoding import decode, is_binary
from qa_index.stories import Kind

Container = Literal["zip", "gzip", "jsonl", "csv", "warc"]

# How much of a file is looked at. A first line of JSON that is longer is not looked into.
BEGINNING = 65_536

_BY_SUFFIX: dict[str, Kind | Container] = {
    ".txt": "text",
    ".md": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".eml": "email",
    ".mhtml": "email",  # how browsers save a page with its images: as a mail
    ".mht": "email",
    ".rss": "feed",
    ".xml": "feed",
    ".atom": "feed",
    ".warc": "warc",
    ".zip": "zip",
}
_ABOUT_THE_FOLDER = ("readme.txt", "readme.md")

# Every ending of a file that a walk through a folder picks up, in small letters.
SUFFIXES: tuple[str, ...] = (*_BY_SUFFIX, *(f"{suffix}.gz" for suffix in _BY_SUFFIX))

# How a file of another format begins, and what to say of it. RTF aside, these are binary.
_FOREIGN = (
    (b"{\\rtf", "an RTF document; save it as .docx or .txt and index that"),
    (
        b"\xd0\xcf\x11\xe0",
        "a document with a password or of an old format; save it as .docx without one and index that",
    ),
    (b"\x89PNG", "an image; run text recognition (OCR) over it and index the text"),
    (b"\xff\xd8\xff", "an image; run text recognition (OCR) over it and index the text"),
    (b"GIF8", "an image; run text recognition (OCR) over it and index the text"),
    (b"BZh", "a bzip2 file; unpack it and index what is inside"),
    (b"\xfd7zXZ", "an xz file; unpack it and index what is inside"),
    (b"\x28\xb5\x2f\xfd", "a zstd file; unpack it and index what is inside"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it and index the folder"),
    (b"Rar!", "a RAR archive; unpack it and index the folder"),
    (b"SQLite format 3\0", "a database; export its articles as JSON Lines and index that"),
    (b"PAR1", "a Parquet file; export its rows as JSON Lines and index that"),
)
_HEAD = 4_096  # enough for a comment and a document type before the first element
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_BEFORE_MARKUP = r"(?:\s|<\?(?!xml\b)[^>]*>|<!--(?:(?!-->).)*-->)*"
_HTML = re.compile(
    rf"{_BEFORE_MARKUP}(?:<\?xml\b[^>]*>{_BEFORE_MARKUP})?(?:<!doctype\s+html\b|<html[\s>])", re.IGNORECASE | re.DOTALL
)
_SAVED_PAGE = re.compile(
    r"(?=[A-Z][\w-]{1,40}:\s)(?=(?:.*\n)*?content-type:\s*multipart/related\b)(?=(?:.*\n)*?mime-version:)"
    r"(?=(?:.*\n)*?(?:snapshot-content-location:|from:\s*<?saved by\b))",
    re.IGNORECASE,
)
_XML = re.compile(rf"{_BEFORE_MARKUP}<\?xml\b", re.IGNORECASE | re.DOTALL)
_FEED = re.compile(
    rf"{_BEFORE_MARKUP}(?:<\?xml\b[^>]*>{_BEFORE_MARKUP})?(?:<!doctype[^>]*>{_BEFORE_MARKUP})?"
    r"<(?:rss|(?:\w+:)?feed|rdf:rdf)[\s>]",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip
_OBJECT = re.compile(r"\s*(?:\[\s*)?\{\s*\"[^\"\n]{1,100}\"\s*:")
_OFFICE = re.compile(r"\[Content_Types\]\.xml|_rels/|docProps/|customXml/|word/|xl/|ppt/")


def kind_of(name: str, beginning: bytes) -> Kind | Container | None:
    """Return what a file of this name is that begins so; None if nothing here reads it, and `refusal` says why.

    What it holds counts more than its name: a .txt that is a web page is a web page. `beginning` is its first
    64 KB, or all of it. A compressed file is "gzip", but "warc" where that is what is in it.
    """
    name = name.lower()
    by_name = _by_name(name)
    if beginning.startswith(b"\x1f\x8b"):
        return "warc" if _by_name(name.removesuffix(".gz")) == "warc" else "gzip"
    if magic := _by_magic(name, beginning):
        return magic
    if _foreign(beginning):
        return None
    head = _head(beginning)
    if markup := _markup(head):
        return markup
    if by_name in ("json", "jsonl"):
        return _json_or_lines(beginning, by_name)
    if _XML.match(head):
        return "feed" if by_name == "feed" else None
    if by_name in ("text", None) and (found := _json_in_text(beginning)):
        return found
    return by_name or (None if is_binary(decode(beginning[:_HEAD])) else "text")


def refusal(beginning: bytes) -> str:
    """Return why `kind_of` knows no kind for what begins so: a clause that says what it is and what to do."""
    if foreign := _foreign(beginning):
        return f"it is {foreign}"
    if _XML.match(_head(beginning)):
        return "it is an XML document that is no feed; save its text as .txt and index that"
    return "it holds binary data, not text; save its text as .txt and index that"


def is_article_name(path: str) -> bool:
    """Tell whether a file of this path inside an archive could hold articles, as a walk through a folder would."""
    *folders, name = path.lower().split("/")
    hidden = any(part.startswith(".") or part == "__macosx" for part in (*folders, name))
    return not hidden and name.endswith(SUFFIXES) and name not in _ABOUT_THE_FOLDER


def within(place: str, part: str) -> str:
    """Return the place of a part of what is at `place`, which is "" for a whole file."""
    return f"{place}#{part}" if place else part


def _by_name(name: str) -> Kind | Container | None:
    name = name.removesuffix(".gz")
    return next((kind for suffix, kind in _BY_SUFFIX.items() if name.endswith(suffix)), None)


def _by_magic(name: str, beginning: bytes) -> Kind | Container | None:
    """Return a kind whose first bytes leave no doubt."""
    if beginning.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        if name.endswith(".docx") or (_OFFICE.match(_first_entry(beginning)) and not _foreign(beginning)):
            return "docx"
        return None if _foreign(beginning) else "zip"
    if beginning[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return "pdf"
    return "warc" if re.match(rb"WARC/[01]\.\d", beginning) else None


def _foreign(beginning: bytes) -> str | None:
    """Return what a file of a format that nothing here reads is, and what to do about it."""
    if beginning[257:262] == b"ustar":
        return "a tar archive; unpack it and index the folder"
    if beginning.startswith(b"PK\x03\x04"):
        first = _first_entry(beginning)
        if first == "mimetype":
            return "an EPUB or OpenDocument file; save it as .docx, .html or .txt and index that"
        if _OFFICE.match(first) and b"word/" not in beginning and re.search(rb"(?:xl|ppt)/\w", beginning):
            return "a spreadsheet or a presentation; save it as .csv, .pdf or .docx and index that"
    return next((what for mark, what in _FOREIGN if beginning.startswith(mark)), None)


def _first_entry(beginning: bytes) -> str:
    """Return the name of the first file in a zip."""
    length = int.from_bytes(beginning[26:28], "little")
    return beginning[30 : 30 + length].decode("utf-8", errors="replace")


def _head(beginning: bytes) -> str:
    """Return the first characters, in which only ASCII is looked for."""
    head = beginning[:_HEAD]
    if head.startswith(_WIDE_MARKS) or b"\0" in head:
        return decode(head).lstrip("\ufeff")
    return head.removeprefix(codecs.BOM_UTF8).decode("latin-1")


def _markup(head: str) -> Kind | None:
    if _HTML.match(head):
        return "html"
    if _SAVED_PAGE.match(head):
        return "email"
    return "feed" if _FEED.match(head) else None


def _json_or_lines(beginning: bytes, by_name: Kind | Container) -> Kind | Container:
    """Tell one JSON value from one in each line; people give both the same name."""
    lines = decode(beginning).lstrip("\ufeff \t\r\n").split("\n", 2)
    first = lines[0].strip()
    follows = len(lines) > 1 and lines[1].lstrip()[:1] in ("{", "[")
    if first[:1] in ("{", "[") and follows and _is_json(first):
        return "jsonl"
    return "json" if first in ("{", "[") or re.match(r"\[\s*\{", first) else by_name


def _json_in_text(beginning: bytes) -> Kind | Container | None:
    """Tell what JSON is in a file of another name: all of it where it is short, else as far as it is looked at."""
    if not _OBJECT.match(head := decode(beginning[:_HEAD]).lstrip("\ufeff")):
        return None
    text = decode(beginning)
    whole = len(beginning) < BEGINNING
    if whole and _is_json(text.strip("\ufeff \t\r\n")):
        return "json"
    lines = [line for line in text.lstrip("\ufeff").split("\n") if line.strip()]
    lines = lines if whole else lines[:-1]
    if len(lines) > 1 and all(_OBJECT.match(line) and _is_json(line) for line in lines):
        return "jsonl"
    return None if whole or head.lstrip()[:2] == "{{" else "json"


def _is_json(text: str) -> bool:
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True

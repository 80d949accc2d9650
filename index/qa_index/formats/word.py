"""Read the text of a Word document. The only module that knows python-docx."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from qa_index.formats.properties import authors_of, title_of
from qa_index.formats.unfolding import Budget, Limited, Refused
from qa_index.reading.canonical import is_visible
from qa_index.stories import Broken, Limits, Piece, Story

_SAVE_AGAIN = "save it as .docx again and index that"
_CONTENT_TYPES = "[Content_Types].xml"
_MOST_PARTS = 10_000
_XML = (".xml", ".rels")
_WORDS = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARAGRAPH = f"{_WORDS}p"
_SECOND_TIME = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # the text box before it again
_SHOWN = {
    f"{_WORDS}{name}": shown for name, shown in (("tab", "\t"), ("br", "\n"), ("cr", "\n"), ("noBreakHyphen", "-"))
}


def stories(piece: Piece, limits: Limits | None = None) -> Iterator[Story | Broken]:
    """Yield the story of a Word document: its paragraphs in order, those in tables and text boxes too.

    Its title and author are taken where they look like ones; the day it was saved is no day of publication.
    """
    import docx

    try:
        document = docx.Document(_weighed(piece.content, limits or Limits()))
        text = "\n\n".join(_paragraphs(document.element.body))
    except Refused as reason:
        yield Broken(piece.place, str(reason))
        return
    except Exception as error:  # damage surfaces as any exception there is: KeyError, XMLSyntaxError, ValueError
        yield Broken(piece.place, f"it is a damaged Word document ({type(error).__name__}); {_SAVE_AGAIN}")
        return
    if not is_visible(text):
        yield Broken(piece.place, "it holds no text; if it holds images of text, run text recognition (OCR) over them")
        return
    title, authors = _properties(document)
    found = (("title", title), ("authors", authors))
    rules = tuple((field, "document properties") for field, value in found if value)
    yield Story(text=text, place=piece.place, title=title, authors=authors, url=piece.url, rules=rules)


def _weighed(content: bytes, limits: Limits) -> io.BytesIO:
    """Return the document unpacked, each byte counted, without its images.

    What python-docx unpacks itself may be any size: `zipfile` unfolds a part of 20 MB to 2 GB in one step.

    Raises:
        Refused: if it is no Word document, or unfolds to more than one story may be.

    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Refused(f"it is no Word document: a .docx is a zip, and this is none; {_SAVE_AGAIN}") from None
    with archive:
        parts = {entry.filename: entry for entry in archive.infolist()}
        if _CONTENT_TYPES not in parts or not any(name.startswith("word/") for name in parts):
            raise Refused(f"it is a zip without a Word document in it; {_SAVE_AGAIN}, or name it .zip")
        if len(parts) > _MOST_PARTS:
            raise Refused(f"it has more than {_MOST_PARTS:,} parts, as no document of articles has; {_SAVE_AGAIN}")
        try:
            return _unpacked(archive, list(parts.values()), limits)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise Refused(f"it is a damaged Word document ({error}); {_SAVE_AGAIN}") from None


def _unpacked(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], limits: Limits) -> io.BytesIO:
    budget = Budget(limits)
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w") as plain:
        for part in parts:
            is_xml = part.filename.lower().endswith(_XML)
            plain.writestr(zipfile.ZipInfo(part.filename), _part(archive, part, budget) if is_xml else b"")
            if budget.unfolded_bytes > 2 * limits.story_bytes:
                raise Refused(
                    "it unfolds to more than a document of articles does; save its text as .txt and index that"
                )
    copy.seek(0)
    return copy


def _part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, budget: Budget) -> bytes:
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile("packed as no program packs documents")
    with archive.open(part) as packed, io.BufferedReader(Limited(packed, part.compress_size, budget)) as unfolded:
        return unfolded.read(2 * budget.limits.story_bytes)


def _paragraphs(element: Any) -> Iterator[str]:  # noqa: ANN401 - an element of XML
    """Yield the text of each paragraph that is not blank, in the order of the document."""
    for child in element:
        if child.tag == _SECOND_TIME:
            continue
        if child.tag == f"{_WORDS}tbl" and (rows := _rows(child)):
            yield "\n".join(rows)
            continue
        if child.tag == _PARAGRAPH and (text := "".join(_words(child)).strip()):
            yield text
        yield from _paragraphs(child)


def _rows(table: Any) -> list[str]:  # noqa: ANN401 - an element of XML
    """Return a table of short cells as lines, "a | b"; nothing for one that only arranges the page."""
    rows: list[str] = []
    for row in table.iter(f"{_WORDS}tr"):
        cells = [[*_paragraphs(cell)] for cell in row.iter(f"{_WORDS}tc")]
        if len(cells) < 2 or any(len(cell) > 1 for cell in cells) or next(row.iter(f"{_WORDS}tbl"), None) is not None:
            return []
        shown = " | ".join(" ".join("".join(cell).split()) for cell in cells)
        rows += [shown] if shown.strip("| ") else []
    return rows


def _words(element: Any) -> Iterator[str]:  # noqa: ANN401 - an element of XML
    """Yield the text inside a paragraph but for the paragraphs inside it, which text boxes have."""
    for child in element:
        if child.tag == f"{_WORDS}t":
            yield child.text or ""
        elif child.tag in _SHOWN:
            yield _SHOWN[child.tag]
        elif child.tag not in (_PARAGRAPH, _SECOND_TIME):
            yield from _words(child)


def _properties(document: Any) -> tuple[str | None, tuple[str, ...]]:  # noqa: ANN401 - python-docx's own
    """Return title and authors as its properties state them; what cannot be read is left out."""
    try:
        properties = document.core_properties
        return title_of(properties.title or ""), authors_of(properties.author or "")
    except Exception:  # a damaged note about the document is no reason to lose its text
        return None, ()

"""Read the stories in a piece of a file, in whatever format it is."""

from __future__ import annotations

from collections.abc import Iterator

from qa_index.formats import records
from qa_index.reading.canonical import is_visible
from qa_index.reading.decoding import decode, is_binary
from qa_index.stories import Broken, FieldMap, Kind, Piece, Story

Stories = Iterator[Story | Broken]

# What reading each kind is called, and the extra that installs what it needs.
_EXTRAS: dict[Kind, tuple[str, str]] = {
    "html": ("web pages", "html"),
    "pdf": ("PDF files", "pdf"),
    "docx": ("Word documents", "docx"),
    "email": ("mail", "html"),
    "feed": ("feeds", "feeds"),
}
_PACKAGES = ("cryptography", "docx", "feedparser", "htmldate", "lxml", "lxml_html_clean", "pypdf", "trafilatura")


def stories(piece: Piece, fields: FieldMap | None = None) -> Stories:
    """Yield the stories in a piece, in their order; what is wrong with one is yielded as `Broken`."""
    try:
        yield from _READERS[piece.kind](piece, fields or FieldMap())
    except ModuleNotFoundError as error:
        if piece.kind not in _EXTRAS or (error.name or "").partition(".")[0] not in _PACKAGES:
            raise
        what, extra = _EXTRAS[piece.kind]
        install = f"run `pip install 'citewell[{extra}]'`"
        yield Broken(piece.place, f"reading {what} needs a package that is not installed; {install}")


def _text(piece: Piece, fields: FieldMap) -> Stories:
    text = decode(piece.content)
    if is_binary(text):
        yield Broken(piece.place, "it holds binary data, not text; save its text as .txt and index that")
    elif not is_visible(text):
        yield Broken(piece.place, "it shows no text; remove it, or put the article's text into it")
    else:
        yield Story(text, piece.place, url=piece.url)


def _html(piece: Piece, fields: FieldMap) -> Stories:
    from qa_index.formats import html

    return html.stories(piece)


def _email(piece: Piece, fields: FieldMap) -> Stories:
    from qa_index.formats import mail

    return mail.stories(piece)


def _feed(piece: Piece, fields: FieldMap) -> Stories:
    from qa_index.formats import feeds

    return feeds.stories(piece)


def _pdf(piece: Piece, fields: FieldMap) -> Stories:
    from qa_index.formats import pdf

    return pdf.stories(piece)


def _docx(piece: Piece, fields: FieldMap) -> Stories:
    from qa_index.formats import word

    return word.stories(piece)


_READERS = {
    "text": _text,
    "html": _html,
    "pdf": _pdf,
    "docx": _docx,
    "json": records.stories,
    "row": records.stories,
    "email": _email,
    "feed": _feed,
}

"""Take the tags out of a text that is a fragment of a web page, in time that grows with its length alone."""

from __future__ import annotations

import html
import re

_BLOCKS = "address article aside blockquote br dd div dl dt figcaption figure footer h[1-6] header hr li main nav ol p pre section table tr ul"  # noqa: E501
_INLINE = "a abbr b cite code em font i iframe img small span strong sub sup td th u"
_HIDDEN = "script style template noscript"
# A tag ends at the first > outside quotation marks; nothing here can go back and forth.
_REST = r"""(?:[\s/](?:[^<>"']|"[^"<]*"|'[^'<]*')*+)?>"""
_ANY_TAG = re.compile(rf"</?[a-zA-Z][a-zA-Z0-9:-]*+{_REST}|<![a-zA-Z][^<>]*>")
_BLOCK_TAG = re.compile(rf"</?(?:{'|'.join(_BLOCKS.split())}){_REST}", re.IGNORECASE)
_HIDDEN_BEGINS = re.compile(rf"<(?:{'|'.join(_HIDDEN.split())})(?=[\s/>])", re.IGNORECASE)
_HIDDEN_ENDS = re.compile(rf"</(?:{'|'.join(_HIDDEN.split())})\s*>", re.IGNORECASE)
_IS_MARKUP = re.compile(
    rf"</(?:{'|'.join((_BLOCKS + ' ' + _INLINE).split())})\s*>|<(?:p|br|hr|img)\b{_REST}|<br/?>", re.IGNORECASE
)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_PAGE = re.compile(r"\s*(?:<!doctype\s+html\b|<html[\s>])", re.IGNORECASE)


def is_page(text: str) -> bool:
    """Tell whether this is a whole web page, not a fragment of one."""
    return _PAGE.match(text) is not None


def plain(text: str) -> str:
    """Return a text without tags, its paragraphs apart; one without tags stays as it is, but for "&amp;" and its kind.

    Everything that a reader would see stays: whoever put the fragment into a record has already left the rest out.
    """
    if not _IS_MARKUP.search(text):
        return html.unescape(text) if _REFERENCE.search(text) else text
    shown = text[:0].join(_outside(text, "<!--", "-->"))
    first, *others = _HIDDEN_BEGINS.split(shown)
    shown = first + "".join(_after(_HIDDEN_ENDS, other) for other in others)
    shown = re.sub(r"\s+", " ", shown) if "<pre" not in shown.lower() else shown
    shown = _ANY_TAG.sub("", _BLOCK_TAG.sub("\n\n", shown))
    lines = (" ".join(html.unescape(line).split()) for line in shown.split("\n"))
    return "\n\n".join(line for line in lines if line)


def _outside(text: str, begin: str, end: str) -> list[str]:
    """Return what is not between two marks; what never ends is left out."""
    first, *others = text.split(begin)
    return [first, *(other.partition(end)[2] for other in others)]


def _after(end: re.Pattern[str], text: str) -> str:
    found = end.search(text)
    return text[found.end() :] if found else ""

"""From markup to the lines a reader sees: parse a page safely, and write out the text of any part of it."""

from __future__ import annotations

import html
import re
from typing import Any

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 head header hgroup hr item li list main nav ol p pre quote row section summary table tbody "
    "tfoot thead tr ul".split()
)
_ITEMS, _ROWS, _CELLS, _BREAKS = ("li", "item"), ("tr", "row"), ("td", "th", "cell"), ("br", "lb")
_TIGHT = frozenset((*_ITEMS, *_ROWS, "dt", "dd"))  # a line each, where other blocks stand apart
UNSEEN = frozenset(
    "audio button canvas datalist dialog head iframe input math map menu meta noembed noframes noscript object option "
    "script select style svg template textarea title video".split()
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
_SWALLOWS_THE_REST = re.compile(r"<(/?)(?:plaintext|xmp|listing)\b", re.IGNORECASE)
# libxml2 compares each attribute of a tag with each: 300,000 take minutes. A value in quotation marks counts as one
# step here, so a picture inside the page is no reason to empty its tag.
_OVERLONG_TAG = re.compile(r"""<([a-zA-Z][\w:-]*+)(?:[^<>"']|"[^"]*+"|'[^']*+'){5000,}+>?""")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--|<!\[CDATA\[")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[<>]{0,500}\[[^\]]{0,100000}\]\s{0,100}>", re.IGNORECASE)
_START_TAG = re.compile(r"<[a-zA-Z]")
_MOST_TAGS = 250_000  # three passes over a million tags took 8 s
_LINE_BREAK = "\x01"  # one at most between two lines, where line ends make a paragraph
_GAP = re.compile(r"[\s\x01]+")


class Unreadable(Exception):
    """A page is no article that could be read; the message is the reason, as in `Broken`."""


def parsed(text: str) -> Any:  # noqa: ANN401 - lxml has no types
    """Return the tree of a page or of a part of one; None if there is nothing in it.

    Raises:
        Unreadable: if there are too many tags, or tags in tags.

    """
    from lxml import etree
    from lxml import html as lxml_html

    text = _SWALLOWS_THE_REST.sub(r"<\1pre", _CONTROLS.sub("", text))
    text = _OVERLONG_TAG.sub(r"<\1>", _DOCTYPE.sub("", text, count=1))
    if sum(1 for _ in _START_TAG.finditer(text)) > _MOST_TAGS:
        raise Unreadable(f"it has more than {_MOST_TAGS:,} tags, as no article has; save its text and index that")
    parser = lxml_html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False, no_network=True
    )
    try:
        tree = lxml_html.document_fromstring(text.encode("utf-8", errors="replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError):
        tree = None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise Unreadable(
            "its tags are nested too deep, more than 256; save the page again from a browser and index that"
        )
    return tree


def is_markup(text: str) -> bool:
    """Tell whether there is any tag in a text."""
    return _TAG.search(text) is not None


def text_of(markup: str) -> str:
    """Return the readable text of a piece of HTML, its blocks on lines of their own; plain text is only unescaped.

    Raises:
        Unreadable: if there are too many tags, or tags in tags.

    """
    if not is_markup(markup):
        return html.unescape(markup).strip()
    tree = parsed(markup)
    return "" if tree is None else written(tree, unseen=UNSEEN)


def written(element: Any, *, unseen: frozenset[str] = frozenset()) -> str:  # noqa: ANN401
    """Return the text of an element without what is in tags that are `unseen`, or hidden if there are any such.

    A blank line lies between paragraphs; items of a list begin with "- ", cells of a table are parted by " | ".
    """
    parts: list[str] = []
    _write(element, parts, unseen, in_cell=False, as_typed=False)
    lines = _GAP.sub(_folded, "".join(parts)).split("\n")
    text = "\n".join(line if line.strip("-| ") else "" for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _folded(gap: re.Match[str]) -> str:
    ends = gap.group().count("\n")
    return "\n\n" if ends > 1 else "\n" if ends or _LINE_BREAK in gap.group() else " "


def _write(node: Any, parts: list[str], unseen: frozenset[str], *, in_cell: bool, as_typed: bool) -> None:  # noqa: ANN401
    """Add the text below `node`, which the parser bounds to 256 levels."""
    tag = node.tag
    edge = "" if tag not in _BLOCKS else " " if in_cell else _LINE_BREAK if tag in _TIGHT else "\n\n"
    parts.append(" " if tag in _BREAKS and in_cell else "\n" if tag in _BREAKS else edge)
    if tag in _ITEMS:
        parts.append("- ")
    as_typed = as_typed or tag == "pre"
    parts.append(_flowing(node.text, as_typed=as_typed))
    cells = 0
    for child in node:
        if isinstance(child.tag, str) and not (unseen and (child.tag in unseen or _is_hidden(child))):
            cell = child.tag in _CELLS and not _is_layout(child)
            if child.tag in _CELLS:
                parts.append("\n\n" if not cell else " | " if cells else "")
                cells += 1
            _write(child, parts, unseen, in_cell=in_cell or cell, as_typed=as_typed)
        parts.append(_flowing(child.tail, as_typed=as_typed))
    parts.append(edge)


def _flowing(text: str | None, *, as_typed: bool) -> str:
    if not text:
        return ""
    return text.replace("\r\n", "\n").replace("\r", "\n") if as_typed else re.sub(r"\s+", " ", text)


def _is_hidden(node: Any) -> bool:  # noqa: ANN401
    style = node.get("style")
    return node.get("hidden") is not None or (style is not None and "display:none" in style.replace(" ", "").lower())


def _is_layout(cell: Any) -> bool:  # noqa: ANN401
    """Tell a cell that holds a part of the page, as in the pages of the nineties, from one of a table of figures."""
    inner = [child.tag for child in cell]
    return sum(tag in _BLOCKS or tag in _BREAKS for tag in inner) > 1 or not {"table", "ul", "ol"}.isdisjoint(inner)

"""Read a saved web page: its article's text, without menus, comments and advertising. The only user of trafilatura."""

from __future__ import annotations

import codecs
import html
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from qa_index.formats import metadata, posts, stating
from qa_index.formats.metadata import Metadata
from qa_index.formats.pages import UNSEEN, Unreadable, is_markup, parsed, text_of, written
from qa_index.reading.canonical import is_visible
from qa_index.reading.decoding import decode, is_binary
from qa_index.reading.lines import ends_sentence
from qa_index.stories import Broken, Piece, Story

__all__ = ["stories", "text_of"]

_CHARSET = re.compile(rb"""<meta[^<>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""^\s*<\?xml[^<>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,40})""", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_HEAD = 8_192  # characters in which a browser says where it saved the page from
_SAVED_FROM = re.compile(
    r"<!--\s{0,20}(?:saved from url=\(\d{1,5}\)|page saved with singlefile\s{1,20}url:\s{0,20})(https?://[^\s<>]{1,2000})",
    re.IGNORECASE,
)
_RULE_SAVED = "saved from"
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Browsers read these names as the second: pages that say Latin-1 were written on Windows.
_READ_AS = {
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252",
    "x-user-defined": "cp1252", "iso-8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932",
    "x-sjis": "cp932", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "tis-620": "cp874",
}  # fmt: skip

# trafilatura needed 7 s for 80,000 paragraphs, and 5 s for 25,000; of a longer page the visible text is taken.
_MOST_ELEMENTS = 30_000
_LEAST_PROSE = 40  # characters of a line that is prose without a full stop
_LEAST_DENSE = 12  # the same in scripts that write a word in two signs
_OUTSIDE = UNSEEN | {"nav", "footer", "aside", "form"}
_FURNITURE = re.compile(
    r"(?:©|\(c\)|copyright\b)|\b(?:all rights reserved|(?:use|uses|accept|manage) (?:of )?cookies|cookie policy|"
    r"privacy policy|terms of (?:use|service))\b",
    re.IGNORECASE,
)
_WALL = re.compile(
    r"\b(?:sign in|log in|log on|signed in|logged in|subscribe|subscribers?|register|create (?:an|a free) account|"
    r"enable javascript|javascript is (?:disabled|required)|captcha|are (?:not )?a (?:human|robot)|access denied|"
    r"page (?:was |could )?not (?:be )?found|unusual traffic|your browser)\b",
    re.IGNORECASE,
)
_LONGEST_WALL = 600
_EMPTY = "it holds no article text, only links and menus or nothing; save the article's own page and index that"
_WALLED = (
    "it asks to sign in, to subscribe or to switch something on, and holds no article; "
    "save the article while it is shown and index that"
)
_INDEX = "it lists articles but holds none itself; save each article's own page and index that"


def stories(piece: Piece) -> Iterator[Story | Broken]:
    """Yield the one story of a web page; or why it holds none."""
    try:
        yield _story(piece)
    except Unreadable as reason:
        yield Broken(piece.place, str(reason))


def _story(piece: Piece) -> Story | Broken:
    page = _decoded(piece.content, piece.headers)
    if not is_markup(page) and not is_binary(page) and is_visible(page):
        return Story(html.unescape(page), piece.place, url=piece.url)  # plain text, whose lines are its paragraphs
    tree = parsed(page)
    if tree is None:
        return Broken(piece.place, "it is empty; save the page again and index that")
    saved = None if piece.url else _saved_from(page)
    about = metadata.read(tree, url=piece.url or saved, headers=piece.headers)
    text = _article_text(tree, about)
    if reason := _refusal(tree, text, about):
        return Broken(piece.place, reason)
    return Story(
        text=text,
        place=piece.place,
        title=about.title,
        publisher=about.publisher,
        authors=about.authors,
        published=about.published,
        updated=about.updated,
        url=about.url,
        language=about.language,
        rules=tuple(
            (field, _RULE_SAVED if saved and rule == metadata.OWN_ADDRESS else rule) for field, rule in about.rules
        ),
    )


def _saved_from(page: str) -> str | None:
    """Return the address that a browser writes into a page which it saves."""
    found = _SAVED_FROM.search(page, 0, _HEAD)
    return stating.address(found[1]) if found else None


def _decoded(content: bytes, headers: Mapping[str, str]) -> str:
    """Return the text of a page by its mark, the server's word, its own word, else as its letters make likely."""
    if content.startswith(_MARKS):
        return decode(content)
    header = _HEADER_CHARSET.search(headers.get("content-type", ""))
    own = _CHARSET.search(content[:8192]) or _XML_ENCODING.search(content[:200])
    for name in (header[1] if header else None, own[1].decode("ascii") if own else None):
        if name and (text := _as(content, name.lower())):
            return text
    return decode(content)


def _as(content: bytes, name: str) -> str | None:
    """Return the text if it can be what its page says; None if the page is wrong, for some say UTF-8 and are not."""
    try:
        encoding = codecs.lookup(_READ_AS.get(name, name)).name
        text = content.decode(encoding, errors="replace" if encoding != "utf-8" else "strict")
    except (LookupError, UnicodeError, ValueError, AssertionError):
        return None
    # A page that says UTF-16 in ASCII letters cannot be: browsers read it as UTF-8.
    if encoding.startswith(("utf-16", "utf-32")) or text.count("\ufffd") * 50 > len(text):
        return None
    return text if encoding == "utf-8" or not _is_utf8(content) else content.decode("utf-8")


def _is_utf8(content: bytes) -> bool:
    """Tell whether these bytes hold letters beyond ASCII and are UTF-8, which other encodings are hardly by chance."""
    try:
        return not content.isascii() and bool(content.decode("utf-8"))
    except UnicodeError:
        return False


def _article_text(tree: Any, about: Metadata) -> str:  # noqa: ANN401 - lxml has no types
    """Return the article's text: as trafilatura finds it, as the page's JSON-LD holds it, or all that is visible."""
    found = posts.restored(tree, _extracted(tree))
    if about.body and (len(about.body) > 1.5 * len(found) or ("\n" not in found and _is_in(found, about.body))):
        found = about.body
    if "\n" not in found or not _prose(found, frozenset()):
        visible = _visible(tree)
        if not _prose(found, frozenset()) or visible.split() == found.split():  # then only its line ends were lost
            found = visible or found
    return found


def _is_in(found: str, body: str) -> bool:
    """Tell whether a page's JSON-LD says all that was found, wherever either breaks its lines."""
    return "".join(found.split()) in "".join(body.split())


def _extracted(tree: Any) -> str:  # noqa: ANN401
    if sum(1 for _ in tree.iter()) > _MOST_ELEMENTS:
        return ""
    from trafilatura import bare_extraction

    for name in ("trafilatura", "justext", "readability", "courlan"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        document = bare_extraction(tree, include_comments=False, include_tables=True, with_metadata=False)
    except ImportError:
        raise
    except Exception:  # what it stumbles over on odd pages differs from version to version; the visible text is left
        return ""
    return "" if document is None or document.body is None else written(document.body)


def _visible(tree: Any) -> str:  # noqa: ANN401
    """Return what a reader sees of the article, the main part or the body, the first that says something."""
    articles = sorted((written(node, unseen=_OUTSIDE) for node in _outermost(tree, "article")), key=len, reverse=True)
    if articles and 2 * len(articles[0]) > sum(map(len, articles)) and _prose(articles[0], frozenset()):
        return articles[0]
    for tag in ("main", "body"):
        for node in tree.iter(tag):
            text = written(node, unseen=_OUTSIDE)
            if _prose(text, frozenset()):
                return text
    return ""


def _outermost(tree: Any, tag: str) -> Iterator[Any]:  # noqa: ANN401
    """Yield the elements with this tag that do not lie in another such."""
    return (node for node in tree.iter(tag) if next(node.iterancestors(tag), None) is None)


def _prose(text: str, links: frozenset[str]) -> list[str]:
    """Return the lines that could be of an article: sentences, or long enough; no links, no notices of the site."""
    return [line for line in text.split("\n") if _is_prose(line) and line.removeprefix("- ") not in links]


def _is_prose(line: str) -> bool:
    if _FURNITURE.search(line) and len(line) < 300:
        return False
    if len(line) >= _LEAST_PROSE or (ends_sentence(line, 0, len(line)) and len(line.split()) >= 3):
        return True
    return len(line) >= _LEAST_DENSE and sum(character >= "\u2e80" for character in line) * 2 > len(line)


def _refusal(tree: Any, text: str, about: Metadata) -> str | None:  # noqa: ANN401
    """Return why a page is no article; None if it is one."""
    links = frozenset(" ".join(link.text_content().split()) for link in tree.iter("a"))
    prose = _prose(text, links)
    if not _is_in(text, about.body) and not _prose(written(tree, unseen=_OUTSIDE | {"a"}), links):
        prose = []  # what was found is nothing but links, in a row
    said = sum(map(len, prose))
    asks = next((True for field in tree.iter("input") if (field.get("type") or "").lower() == "password"), False)
    if said < _LONGEST_WALL and prose and not about.is_article and (asks or all(_WALL.search(line) for line in prose)):
        return _WALLED
    if not prose:
        return _WALLED if _WALL.search(html.unescape(text)) else _EMPTY
    return _INDEX if not about.is_article and _lists_articles(tree) else None


def _lists_articles(tree: Any) -> bool:  # noqa: ANN401
    """Tell an index page: headings that are links, five or more, and nowhere two paragraphs of prose in a row."""
    linked = 0
    for tag in ("h2", "h3", "h4"):
        for heading in tree.iter(tag):
            inner = heading.find(".//a")
            around = heading.getparent() is not None and heading.getparent().tag == "a"
            whole = inner is not None and inner.text_content().split() == heading.text_content().split()
            linked += around or whole
    if linked < 5:
        return False
    for paragraph in tree.iter("p"):
        following = paragraph.getnext()
        if (
            following is not None
            and following.tag == "p"
            and all(_is_prose(" ".join(each.text_content().split())) for each in (paragraph, following))
        ):
            return False
    return True

"""Show an article with the cited words marked: exactly the characters of its text, whatever they are."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, groupby, pairwise
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from qa.families import counted_relations, family_of
from qa.render import day, iso, moment
from qa.terminal import one_line
from qa.web.engine import Engine
from qa.web.markup import escaped, host_of, web_address
from qa_index.errors import ArticleNotFound, UnknownFilter
from qa_index.types import Article, Listed, When

Range = tuple[int, int]  # [start, end) in code points

GONE = (
    "What was cited is no longer there: the article was changed or removed since. "
    "Ask again to see what the articles say now."
)
_MOST_ALSO = 200  # other citations that are marked
_MOST_SAME = 50  # articles with the same words that are named
_RANGE = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_NOT_IN_HTML = re.compile("[\x00\ud800-\udfff]")  # a parser drops the one, UTF-8 has no bytes for the others


def router(engine: Engine) -> APIRouter:
    """Return the route that shows one article: `/page/articles/ID?at=START-END&also=START-END`."""
    routes = APIRouter()

    @routes.get("/page/articles/{article_id}", response_class=HTMLResponse, include_in_schema=False)
    def article(
        article_id: str, at: str | None = None, also: Annotated[list[str] | None, Query()] = None
    ) -> HTMLResponse:
        found = _found(engine, article_id)
        opened = None if at is None else _range(at, found)
        if at is not None and opened is None:
            raise ArticleNotFound(GONE)
        others = [other for each in (also or [])[:_MOST_ALSO] if (other := _range(each, found))]
        same = _same_words(engine, found.id)
        # An article that was removed is not shown from a cache.
        return HTMLResponse(
            article_html(found, at=opened, also=others, same=same), headers={"Cache-Control": "no-store"}
        )

    return routes


def article_html(
    article: Article,
    *,
    at: Range | None = None,
    also: Sequence[Range] = (),
    same: Sequence[tuple[str, Listed]] = (),
) -> str:
    """Return an article as a fragment of the page, `at` marked as what is cited and `also` as cited elsewhere.

    `same` are the articles with the same words, each with what it is: the original, a reprint, an update.

    The words at `at` are one `mark.cited`; where an `also` runs into it, only what lies outside is marked. The text of
    `div.body` is the article's, code point for code point; only a NUL and half a surrogate pair, which no indexed
    article holds, become U+FFFD.

    Raises:
        ValueError: if a range is not inside the article.

    """
    for start, end in (*([at] if at else []), *also):
        if not 0 <= start < end <= len(article.text):
            raise ValueError(f"{start}-{end} is not inside an article of {len(article.text)} characters")
    language = f' lang="{article.language}"' if _LANGUAGE.fullmatch(article.language or "") else ""
    body = "".join(_body(article, at, also))
    return (
        f'<article class="article" data-article="{escaped(article.id)}" aria-labelledby="reader-title">'
        f'{_head(article, language, same)}<div class="body" dir="auto"{language}>{body}</div></article>'
    )


def source_line(article: Article) -> str:
    """Say in one line where a quote is from: title, outlet, day, and its address or else its file."""
    parts = (article.label, article.publisher, day(article.published), _whereabouts(article))
    return ", ".join(one_line(part) for part in parts if part)


# The request


def _found(engine: Engine, article_id: str) -> Article:
    """Return the article with exactly this id; an id is made from the text, so another text has another."""
    try:
        found = engine.library.article(article_id)
    except ArticleNotFound as error:
        raise ArticleNotFound(GONE) from error
    if found.id != article_id:
        raise ArticleNotFound(GONE)
    return found


def _same_words(engine: Engine, article_id: str) -> tuple[tuple[str, Listed], ...]:
    """Return the articles with the same words, each with what it is."""
    family = family_of(article_id, engine.library.kin())
    others = family.others_than(article_id)[:_MOST_SAME] if family else ()
    if not others:
        return ()
    try:
        found = engine.library.listing(article=tuple(identity for identity, _ in others), limit=_MOST_SAME)
    except UnknownFilter:  # one of them went this moment
        return ()
    listed = {each.id: each for each in found.articles}
    return tuple((relation, listed[identity]) for identity, relation in others if identity in listed)


def _range(written: str, article: Article) -> Range | None:
    """Return the range that was asked for, None if the article has no such words."""
    match = _RANGE.fullmatch(written)
    if not match:
        return None
    start, end = int(match[1]), int(match[2])
    return (start, end) if start < end <= len(article.text) else None


# What is known about it


def _head(article: Article, language: str, same: Sequence[tuple[str, Listed]]) -> str:
    kicker = "".join(
        (
            f'<span class="outlet" dir="auto">{escaped(article.publisher)}</span>' if article.publisher else "",
            _time(article.published, "published", ""),
        )
    )
    title_class = "" if article.title else ' class="untitled"'
    title = f'<h2 id="reader-title"{title_class} dir="auto"{language}>{escaped(one_line(article.label))}</h2>'
    authors = ", ".join(f'<span class="author" dir="auto">{escaped(each)}</span>' for each in article.authors)
    facts = "".join(
        (
            _time(article.updated, "updated", "Updated "),
            f'<span class="language">{escaped(article.language)}</span>' if article.language else "",
            _address(article),
        )
    )
    return (
        '<header class="article-head">'
        + (f'<p class="kicker">{kicker}</p>' if kicker else "")
        + title
        + (f'<p class="byline">By {authors}</p>' if authors else "")
        + (f'<p class="facts">{facts}</p>' if facts else "")
        + _kin(same)
        + f'<p class="name" hidden>{_name(article)}</p>'
        f'<p class="source-line" hidden>{escaped(source_line(article))}</p></header>'
    )


def _kin(same: Sequence[tuple[str, Listed]]) -> str:
    """Lead to the original of an article, and to its reprints, updates and corrections."""
    if not same:
        return ""
    original = "".join(_link(other, "Original: ") for relation, other in same if relation == "original")
    others = [(relation, other) for relation, other in same if relation != "original"]
    items = "".join(f"<li>{_link(other, f'{relation.capitalize()}: ')}</li>" for relation, other in others)
    named = f"{'Besides' if original else 'In the same words'}: {counted_relations(each for each, _ in others)}"
    folded = f"<details><summary>{escaped(named)}</summary><ul>{items}</ul></details>" if items else ""
    return f'<div class="kin">{f"<p>{original}</p>" if original else ""}{folded}</div>'


def _link(other: Listed, what: str) -> str:
    where = ", ".join(part for part in (other.publisher, day(other.published)) if part)
    return (
        f'{what}<a href="#read={escaped(other.id)}" dir="auto">{escaped(one_line(other.label) or "Untitled")}</a>'
        + (f" ({escaped(where)})" if where else "")
    )


def _name(article: Article) -> str:
    """Return title, outlet and day, which the reader's bar shows however far the text is scrolled."""
    parts = (("of-title", article.label), ("of-outlet", article.publisher), ("of-day", day(article.published)))
    return "".join(f'<span class="{kind}" dir="auto">{escaped(one_line(part))}</span>' for kind, part in parts if part)


def _time(when: When | None, kind: str, label: str) -> str:
    if when is None:
        return ""
    return f'<span class="{kind}">{label}<time datetime="{iso(when)}">{escaped(moment(when))}</time></span>'


def _address(article: Article) -> str:
    """Return a link to where it was published, named by its host; else the file it was read from, as text."""
    if address := web_address(article.url):
        return (
            f'<a class="address" href="{escaped(address)}" title="{escaped(address)}" '
            f'rel="noopener noreferrer" target="_blank">{escaped(host_of(address))}</a>'
        )
    where = _whereabouts(article)
    return f'<span class="source" dir="ltr">{escaped(where)}</span>' if where else ""


def _whereabouts(article: Article) -> str:
    """Return its address on the web, else the file's name: its folders are the server's business."""
    return web_address(article.url) or _file_name(next(iter(article.sources), "") or article.url or "")


def _file_name(path: str) -> str:
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1]


# Its text


def _body(article: Article, at: Range | None, also: Sequence[Range]) -> Iterator[str]:
    """Yield the text cut where a range begins or ends, each run of pieces of one mark inside that mark."""
    masked = [(span.start, span.end) for span in article.masked]
    is_masked = _covered_by(masked)
    borders = (border for each in (at or (), *also, *masked) for border in each)
    cuts = sorted({0, len(article.text), *borders})

    def mark(piece: Range) -> str:
        return _mark(piece[0], at, also)

    for opening, pieces in groupby(pairwise(cuts), key=mark):
        inner = "".join(_piece(article.text[start:end], masked=is_masked(start)) for start, end in pieces)
        yield f"{opening}{inner}</mark>" if opening else inner


def _mark(position: int, at: Range | None, also: Sequence[Range]) -> str:
    """Return the mark that a character is in, empty if in none."""
    if at and at[0] <= position < at[1]:
        return '<mark class="cited" id="cited">'
    other = next(((start, end) for start, end in also if start <= position < end), None)
    return f'<mark class="also" data-at="{other[0]}-{other[1]}">' if other else ""


def _piece(text: str, *, masked: bool) -> str:
    return f'<span class="masked">{_exact(text)}</span>' if masked else _exact(text)


def _exact(text: str) -> str:
    r"""Return text that a parser reads as it is: a bare \r would be read as \n."""
    return html.escape(_NOT_IN_HTML.sub("\N{REPLACEMENT CHARACTER}", text)).replace("\r", "&#13;")


def _covered_by(ranges: Iterable[Range]) -> Callable[[int], bool]:
    """Return a test whether a character lies in any of the ranges, which may overlap."""
    ordered = sorted(ranges)
    starts = [start for start, _ in ordered]
    reaches = list(accumulate((end for _, end in ordered), max))

    def covered(position: int) -> bool:
        before = bisect_right(starts, position)
        return before > 0 and position < reaches[before - 1]

    return covered

"""Find the parts of a page that an extractor lost: posts of a live report under headings and times of their own."""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

from qa_index.formats.metatags import is_elsewhere
from qa_index.formats.pages import UNSEEN, written

_HEADINGS = ("h1", "h2", "h3", "h4")
_LEAST_POSTS = 2
_LEAST_LOST = 3  # blocks of a page that is no live report: one or two may be a plea for subscribers
_MOST_LOST = 5  # a fifth
_OUTSIDE = UNSEEN | {"nav", "footer", "aside", "form"}


def restored(tree: Any, found: str) -> str:  # noqa: ANN401 - lxml has no types
    """Return `found`, or all that the article's element holds where too many of its headings and paragraphs are lost.

    Of posts that follow one another no heading may be lost; of another article a fifth of what it says.
    """
    kept = {_key(line) for line in found.split("\n")}
    title = {_key(heading.text_content()) for heading in list(tree.iter("h1", "title"))[:2]}
    for element, is_whole in _elements(tree):
        blocks = list(_blocks(element))
        lost = [block for block, line in blocks if _key(line) not in kept]
        headings = [block for block in lost if block.tag in _HEADINGS and _key(block.text_content()) not in title]
        of_posts = not _posts(blocks).isdisjoint(headings)
        many = len(lost) >= _LEAST_LOST and len(lost) * _MOST_LOST > len(blocks)
        if of_posts or (is_whole and many) or _lost_lines(element, kept):
            return _written(element)
    return found


def _lost_lines(element: Any, kept: set[str]) -> bool:  # noqa: ANN401
    """Tell whether the line ends of preformatted text are lost: of a poem, a table of results."""
    lines = (line for tag in element.iter("pre") for line in tag.text_content().strip().split("\n")[:2])
    return any(line.strip() and _key(line) not in kept for line in lines)


def _written(element: Any) -> str:  # noqa: ANN401
    """Return the text of an element without what it says of other articles."""
    whole = copy.deepcopy(element)
    for other in [tag for tag in whole.iter("div", "section", "ul", "ol") if is_elsewhere(tag, itself=True)]:
        if other is not whole and other.getparent() is not None:
            other.drop_tree()
    return written(whole, unseen=_OUTSIDE)


def _elements(tree: Any) -> Iterator[tuple[Any, bool]]:  # noqa: ANN401
    """Yield the element of the article, with True, and what holds several articles that could be its parts."""
    articles = [tag for tag in tree.iter("article") if next(tag.iterancestors("article"), None) is None]
    lengths = [len(tag.text_content()) for tag in articles]
    main = next(tree.iter("main"), None)
    if articles and 2 * max(lengths) > sum(lengths):
        yield articles[lengths.index(max(lengths))], True
    elif main is not None:
        yield main, True
    elif next(tree.iter("pre"), None) is not None:
        yield next(tree.iter("body"), tree), False
    parents = {tag.getparent() for tag in articles}
    if len(articles) > 1 and len(parents) == 1:
        yield parents.pop(), False


def _blocks(element: Any) -> Iterator[tuple[Any, str]]:  # noqa: ANN401
    """Yield the headings and paragraphs of an article, each with its first line; no links to other articles."""
    for tag in element.iter("p", *_HEADINGS):
        line = written(tag, unseen=_OUTSIDE).partition("\n")[0]
        if not line or is_elsewhere(tag) or any(outer.tag in ("a", "form") for outer in tag.iterancestors()):
            continue
        if tag.tag == "p" and len(line) < 40:
            continue
        linked = sum(len(link.text_content()) for link in tag.iter("a"))
        if 2 * linked <= len(line):
            yield tag, line


def _posts(blocks: list[tuple[Any, str]]) -> set[Any]:
    """Return the headings that begin posts: elements of one kind, side by side, with a heading and a paragraph each."""
    shapes = {
        heading: _shape(heading.getparent())
        for (heading, _), (below, _) in itertools.pairwise(blocks)
        if heading.tag in _HEADINGS and below.tag == "p" and below.getparent() is heading.getparent()
    }
    counts = Counter(shapes.values())
    return {heading for heading, shape in shapes.items() if counts[shape] >= _LEAST_POSTS}


def _shape(tag: Any) -> tuple[str, str, Any]:  # noqa: ANN401
    return tag.tag, tag.get("class") or "", tag.getparent()


def _key(line: str) -> str:
    return "".join(line.removeprefix("- ").split())

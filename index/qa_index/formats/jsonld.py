"""Read the JSON-LD of a web page: what its publisher tells search engines about the article."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from qa_index.formats import stating

Node = dict[str, Any]


class Claim(NamedTuple):
    """What a page states of one field, and where.

    The field is "author" for one declared person and "byline" for any words, "article" if the page says it is one.
    """

    field: str
    value: str
    rule: str


_RULE = "JSON-LD"
_REPORTS = frozenset({"report", "blogposting", "liveblogposting", "socialmediaposting", "discussionforumposting"})
_DATES = (("published", "datePublished"), ("published", "dateCreated"), ("published", "uploadDate"),
          ("updated", "dateModified"))  # fmt: skip
_MOST_CHARACTERS = 4_000_000
_MOST_NODES = 5_000


def claims(scripts: Sequence[str], *, url: str | None, title: str | None) -> Iterator[Claim]:
    """Yield what the page's JSON-LD says about the article at `url`, or with this title if it describes several."""
    nodes = [node for script in scripts for node in _nodes(_loaded(script))]
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    article = _chosen([node for node in nodes if _is_article(node)], url=url, title=title)
    if article:
        yield Claim("article", "yes", _RULE)
        yield from _of_article(article, by_id)
    pages = [node for node in nodes if "webpage" in _types(node)]
    for page in pages[:1]:
        yield from _dates(page, "JSON-LD WebPage")
        yield from _text(page, "language", "inLanguage", "JSON-LD WebPage")


def _loaded(script: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON of a script, mended where sites commonly break it; None if it cannot be read."""
    text = re.sub(r"^\s*(?://\s*)?(?:<!--|<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)", "", script[:_MOST_CHARACTERS])
    text = re.sub(r"(?:(?://\s*)?(?:-->|\]\]>)|/\*\s*\]\]>\s*\*/|;)\s*$", "", text).strip()
    for attempt in (text, _mended(text), html.unescape(_mended(text))):
        try:
            return _all(attempt)
        except (ValueError, RecursionError):
            continue
    return None


def _all(text: str) -> list[Any]:
    """Return the JSON values that follow one another; usually one."""
    decoder, position = json.JSONDecoder(strict=False), 0
    values: list[Any] = []
    while position < len(text) and len(values) < 100:
        value, position = decoder.raw_decode(text, position)
        values.append(value)
        rest = re.compile(r"[\s,;]*").match(text, position)
        position = rest.end() if rest else position
    return values


def _mended(text: str) -> str:
    """Drop comments on lines of their own, and commas before a closing bracket."""
    text = re.sub(r"^[ \t]*//[^\n]*$|/\*[^*]*\*/", "", text, flags=re.MULTILINE)
    return re.sub(r",\s*+([}\]])", r"\1", text)


def _nodes(value: Any) -> Iterator[Node]:  # noqa: ANN401
    """Yield the things described, whether in a list, a @graph, or as what a page is about; outer ones first."""
    queue, seen = [value], 0
    while queue and seen < _MOST_NODES:
        value = queue.pop(0)
        seen += 1
        if isinstance(value, list):
            queue[:0] = value[:_MOST_NODES]
        elif isinstance(value, dict):
            yield value
            queue += [inner for key in ("@graph", "mainEntity", "mainEntityOfPage") if (inner := value.get(key))]


def _types(node: Node) -> tuple[str, ...]:
    stated = node.get("@type")
    kinds = stated if isinstance(stated, list) else [stated]
    return tuple(re.split(r"[/:#]", kind)[-1].lower() for kind in kinds if isinstance(kind, str))


def _is_article(node: Node) -> bool:
    return any(kind.endswith("article") or kind in _REPORTS for kind in _types(node))


def _chosen(articles: Sequence[Node], *, url: str | None, title: str | None) -> Node | None:
    """Return the description of this page's article, for pages also describe the articles they link to."""
    if url:
        for node in articles:
            if any(_same(url, other) for other in _addresses(node)):
                return node
    if title:
        for node in articles:
            headline = stating.line(_string(node.get("headline")))
            if headline and title.casefold().startswith(headline.casefold()[:60]):
                return node
    if len(articles) == 1 and not (url and title and articles[0].get("headline")):
        return articles[0]
    return next((node for node in articles if not (url and _addresses(node))), None)


def _addresses(node: Node) -> list[str]:
    stated = [node.get("url"), node.get("mainEntityOfPage"), node.get("@id")]
    stated += [each.get(key) for each in stated if isinstance(each, dict) for key in ("@id", "url")]
    return [each for each in stated if isinstance(each, str) and each.startswith(("http://", "https://"))]


def _same(one: str, other: str) -> bool:
    """Tell whether two addresses lead to one page, whatever the scheme, the host and the parameters."""
    try:
        paths = [urlsplit(address).path.strip("/").casefold() for address in (one, other)]
    except ValueError:
        return False
    return paths[0] == paths[1] != ""


def _of_article(node: Node, by_id: dict[str, Node]) -> Iterator[Claim]:
    yield from _text(node, "title", "headline", _RULE)
    yield from _text(node, "title", "name", _RULE)
    for key in ("publisher", "sourceOrganization", "provider"):
        for publisher in _each(node.get(key), by_id):
            if name := _name(publisher):
                yield Claim("publisher", name, _RULE)
    for key in ("author", "creator"):
        for author in _each(node.get(key), by_id):
            kinds = _types(author) if isinstance(author, dict) else ()
            if (name := _name(author)) and not {"organization", "newsmediaorganization"}.intersection(kinds):
                yield Claim("author" if "person" in kinds else "byline", name, _RULE)
    yield from _dates(node, _RULE)
    for other in _addresses(node):
        yield Claim("url", other, _RULE)
    yield from _text(node, "language", "inLanguage", _RULE)
    yield from _text(node, "body", "articleBody", _RULE)


def _dates(node: Node, rule: str) -> Iterator[Claim]:
    for field, key in _DATES:
        yield from _text(node, field, key, f"{rule} {key}")


def _text(node: Node, field: str, key: str, rule: str) -> Iterator[Claim]:
    if stated := _string(node.get(key)):
        yield Claim(field, stated, rule)


def _string(value: Any) -> str | None:  # noqa: ANN401
    """Return a text, the first of a list, or the name of a thing."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("alternateName") or value.get("@value") or value.get("name")
    return value if isinstance(value, str) and value.strip() else None


def _each(value: Any, by_id: dict[str, Node]) -> Iterator[Any]:  # noqa: ANN401
    """Yield every thing that is named, itself or by its @id."""
    for each in value[:50] if isinstance(value, list) else [value]:
        if isinstance(each, dict) and "name" not in each and isinstance(each.get("@id"), str):
            yield by_id.get(each["@id"], each)
        elif each:
            yield each


def _name(thing: Any) -> str | None:  # noqa: ANN401
    if isinstance(thing, dict):
        thing = thing.get("name")
    if isinstance(thing, list):
        thing = ", ".join(name for name in thing if isinstance(name, str))
    return thing if isinstance(thing, str) and thing.strip() else None

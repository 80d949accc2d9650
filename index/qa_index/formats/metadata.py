"""Read what a web page says about its article, and which of its many statements each value came from.

The statements are trusted in this order: JSON-LD, OpenGraph, the other meta tags, microdata, <time>, the address,
<title>. A date that the page does not state is not known; when the page was fetched is never one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qa_index.formats import guessing, jsonld, metatags, stating
from qa_index.formats.jsonld import Claim
from qa_index.formats.pages import Unreadable, text_of
from qa_index.reading import names
from qa_index.types import When


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page states about its article; `rules` names for each field the rule that read it.

    `is_article`: the page itself says that it is one. `body`: the text as its JSON-LD holds it, "" if it does not.
    """

    title: str | None = None
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    published: tuple[When, ...] = ()
    updated: tuple[When, ...] = ()
    url: str | None = None
    language: str | None = None
    rules: tuple[tuple[str, str], ...] = ()
    is_article: bool = False
    body: str = ""


OWN_ADDRESS = "address of the page"  # the rule of an address that the caller knows
_Found = tuple[str | None, str | None]  # a value and the rule that read it
_TITLE_TAIL = re.compile(r"\s+(?:[|–—•·»:/]|-{1,2}|::)\s+")
_LONGEST_NAME = 80
_LONGEST_TITLE = 1_000  # characters; of a longer one nothing is cut
_MOST_NAMES = 3  # "… | World | Lake Gazette"
_UNNAMED = frozenset({"untitled", "untitled document", "home", "homepage", "index", "document", "news", "article"})


def read(tree: Any, *, url: str | None = None, headers: Mapping[str, str] | None = None) -> Metadata:  # noqa: ANN401
    """Return what the page states; `url` is where it was found and `headers` what came with it, if that is known."""
    tags = metatags.metas(tree)
    claims = _claims(tree, tags, url)
    publisher = _publisher(claims)
    title = _title(tree, claims, publisher[0])
    if publisher[0] is None:
        publisher = _signed(tree)
    authors = _authors(claims, publisher[0])
    address = _address(claims, url)
    language = _language(tree, claims, headers or {})
    updated = _moments(claims, "updated")
    published = _published(tree, claims, [known for known in (address[0], url) if known])
    rules = {"title": title[1], "publisher": publisher[1], "authors": authors[1], "url": address[1]}
    rules |= {"published": published[0].method} if published else {}
    rules |= {"updated": updated[0].method} if updated else {}
    rules["language"] = language[1]
    return Metadata(
        title=title[0],
        publisher=publisher[0],
        authors=authors[0],
        published=published,
        updated=updated,
        url=address[0],
        language=language[0],
        rules=tuple((field, rule) for field, rule in rules.items() if rule),
        is_article=any(claim.field == "article" for claim in claims),
        body=_body(claims),
    )


def _claims(tree: Any, tags: list[tuple[str, str]], url: str | None) -> list[Claim]:  # noqa: ANN401
    """Return everything that the page states, most trusted first."""
    graph, others = list(metatags.named(tags, metatags.OPEN_GRAPH)), list(metatags.named(tags, metatags.OTHERS))
    hrefs = [tag.get("href") for tag in tree.iter("link") if "canonical" in (tag.get("rel") or "").lower().split()]
    links = [Claim("url", href, "canonical link") for href in hrefs[:1] if href]
    known = next((whole for claim in (*links, *graph) if claim.field == "url"
                  if (whole := stating.address(claim.value, base=url))), url)  # fmt: skip
    heading = next((claim.value for claim in graph if claim.field == "title"), tree.findtext(".//title"))
    scripts = [tag.text for tag in tree.iter("script") if "ld+json" in (tag.get("type") or "").lower() and tag.text]
    is_article = any(name == "og:type" and content.strip().lower() in ("article", "news") for name, content in tags)
    dated = any(claim.rule.startswith("meta article:published") for claim in graph)
    return [
        *links,
        *jsonld.claims(scripts[:50], url=known, title=stating.line(heading)),
        *([Claim("article", "yes", "meta og:type")] if is_article or dated else []),
        *(_as_opengraph(claim) for claim in graph),
        *others,
        *metatags.microdata(tree),
        *metatags.bylines(tree),
        *metatags.times(tree),
    ]


def _as_opengraph(claim: Claim) -> Claim:
    return claim if claim.field in ("published", "updated") else claim._replace(rule="OpenGraph")


def _publisher(claims: Iterable[Claim]) -> _Found:
    for claim in claims:
        if claim.field == "publisher":
            name = stating.line(claim.value)
            if name and len(name) <= _LONGEST_NAME and "://" not in name and not name.startswith("@"):
                return name, claim.rule
    return None, None


def _signed(tree: Any) -> _Found:  # noqa: ANN401
    """Return the outlet that <title> ends with, if it is surely one: "… | Reuters"."""
    written = stating.line(tree.findtext(".//title")) or ""
    pieces = _TITLE_TAIL.split(written)
    name = names.outlet(pieces[-1]) if len(pieces) > 1 else None
    return (name, "title element") if name else (None, None)


def _title(tree: Any, claims: Iterable[Claim], publisher: str | None) -> _Found:  # noqa: ANN401
    headings = [" ".join(tag.text_content().split()) for tag in list(tree.iter("h1"))[:2]]
    stated = [claim for claim in claims if claim.field == "title"]
    stated += [Claim("title", headings[0], "h1 element")] if len(headings) == 1 else []
    stated += [Claim("title", tree.findtext(".//title") or "", "title element")]
    for claim in stated:
        title = _without_outlet(stating.line(claim.value) or "", publisher)
        if title and title.casefold() not in _UNNAMED and title.casefold() != (publisher or "").casefold():
            return title, claim.rule
    return None, None


def _without_outlet(title: str, publisher: str | None) -> str:
    """Cut the outlet's name off the end or the beginning of a title: "Harbour reopens - BBC News"."""
    for _ in range(_MOST_NAMES):
        tails = list(_TITLE_TAIL.finditer(title)) if len(title) <= _LONGEST_TITLE else []
        if not tails:
            break
        head, tail = title[: tails[0].start()], title[tails[-1].end() :]
        if _is_outlet(tail, publisher) or (names.is_agency(tail) and tails[-1].start() > 20):
            title = title[: tails[-1].start()]
        elif publisher and _bare(head) == _bare(publisher):
            title = title[tails[0].end() :]
        else:
            break
    return title


def _is_outlet(words: str, publisher: str | None) -> bool:
    """Tell whether these words are the publisher's name, or it with a little more: "BBC News" of the BBC."""
    if not publisher:
        return False
    one, other = _bare(words), _bare(publisher)
    short, long = sorted((one, other), key=len)
    return (
        len(short) > 1 and len(words) <= _LONGEST_NAME and (long == short or (long.startswith(short) and len(one) < 40))
    )


def _bare(name: str) -> str:
    return re.sub(r"\W|^the\b|\.(?:com|org|net|co\.uk)$", "", name.casefold().strip())


def _authors(claims: Iterable[Claim], publisher: str | None) -> tuple[tuple[str, ...], str | None]:
    """Return the persons that the most trusted statement with any names."""
    outlets = (publisher,) if publisher else ()
    found: dict[str, list[str]] = {}
    for claim in claims:
        if claim.field in ("author", "byline"):
            who = stating.people(claim.value, outlets=outlets, declared=claim.field == "author")
            if who or claim.rule in found:
                found.setdefault(claim.rule, []).extend(who)
    rule = next(iter(found), None)
    return (tuple(dict.fromkeys(found[rule])), rule) if rule else ((), None)


def _address(claims: Iterable[Claim], url: str | None) -> _Found:
    for claim in claims:
        if claim.field == "url" and (whole := stating.address(claim.value, base=url)):
            return whole, claim.rule
    return (url, OWN_ADDRESS) if url else (None, None)


def _language(tree: Any, claims: Iterable[Claim], headers: Mapping[str, str]) -> _Found:  # noqa: ANN401
    stated = [claim for claim in claims if claim.field == "language"]
    root = tree.getroottree().getroot()
    stated.append(
        Claim(
            "language",
            root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang") or "",
            "html lang",
        )
    )
    stated.append(Claim("language", headers.get("content-language", ""), "Content-Language header"))
    return next(((tag, claim.rule) for claim in stated if (tag := stating.language(claim.value))), (None, None))


def _published(tree: Any, claims: Sequence[Claim], urls: Sequence[str]) -> tuple[When, ...]:  # noqa: ANN401
    """Return every statement of when it was published; a weaker kind of statement counts only without a stronger."""
    stated = list(_moments(claims, "published"))
    stated += [] if stated else _moments(claims, "time")
    named = [day for url in dict.fromkeys(urls) if (day := metatags.date_in_address(url))]
    stated += [day for day in named if day.precision == "day" or not stated]
    return tuple(dict.fromkeys(stated)) or guessing.published(tree)


def _moments(claims: Iterable[Claim], field: str) -> tuple[When, ...]:
    """Return the dates that are stated, the same moment once, for the first that states it."""
    found: dict[When, When] = {}
    for claim in claims:
        if claim.field == field and (moment := stating.when(claim.value, claim.rule)):
            found.setdefault(replace(moment, method=""), moment)
    return tuple(found.values())


def _body(claims: Iterable[Claim]) -> str:
    try:
        return next((text_of(claim.value) for claim in claims if claim.field == "body"), "")
    except Unreadable:
        return ""

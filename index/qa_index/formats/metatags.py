"""Read what a web page states in its tags: meta tags, microdata, times, and dates in its address."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from qa_index.formats.jsonld import Claim
from qa_index.types import When

# Names of meta tags in order of trust, and what each states.
OPEN_GRAPH = {
    "og:title": "title", "og:site_name": "publisher", "article:author": "byline", "og:article:author": "byline",
    "article:published_time": "published", "og:article:published_time": "published", "og:published_time": "published",
    "article:published": "published", "og:pubdate": "published",
    "article:modified_time": "updated", "og:article:modified_time": "updated", "og:updated_time": "updated",
    "article:modified": "updated", "og:url": "url", "og:locale": "language",
}  # fmt: skip
OTHERS = {
    "parsely-title": "title", "sailthru.title": "title", "citation_title": "title", "dc.title": "title",
    "dcterms.title": "title", "headline": "title", "twitter:title": "title",
    "citation_publisher": "publisher", "dc.publisher": "publisher", "dcterms.publisher": "publisher",
    "citation_journal_title": "publisher", "publisher": "publisher", "application-name": "publisher",
    "parsely-author": "byline", "sailthru.author": "byline", "citation_author": "byline", "dc.creator": "byline",
    "dcterms.creator": "byline", "dc.contributor.author": "byline", "byl": "byline", "byline": "byline",
    "author": "byline", "authors": "byline",
    "parsely-pub-date": "published", "sailthru.date": "published", "citation_publication_date": "published",
    "citation_online_date": "published", "citation_date": "published", "dc.date.issued": "published",
    "dcterms.issued": "published", "dc.date": "published", "dcterms.date": "published",
    "dc.date.created": "published", "dcterms.created": "published", "publish-date": "published",
    "publish_date": "published", "publication_date": "published", "publicationdate": "published",
    "published_time": "published", "date_published": "published", "datepublished": "published",
    "originalpublicationdate": "published", "cxenseparse:recs:publishtime": "published", "bt:pubdate": "published",
    "displaydate": "published", "pubdate": "published", "ptime": "published", "pdate": "published",
    "date": "published",
    "dcterms.modified": "updated", "dc.date.modified": "updated", "bt:moddate": "updated", "lastmod": "updated",
    "datemodified": "updated", "utime": "updated",
    "dc.language": "language", "dcterms.language": "language", "content-language": "language",
}  # fmt: skip
_PROPERTIES = {
    "headline": "title", "author": "byline", "datepublished": "published", "datecreated": "published",
    "datemodified": "updated", "publisher": "publisher", "inlanguage": "language",
}  # fmt: skip
# Around what a page says of other articles than its own.
_ELSEWHERE = frozenset({"nav", "aside", "footer", "li"})
_OTHER_CLASSES = re.compile(
    r"comment|related|recommend|sidebar|widget|most-read|popular|teaser|promo|card", re.IGNORECASE
)
_PUBLISHED_CLASS = re.compile(r"publish|posted|pubdate|entry-date|post-date|article-date|dateline|dt-published", re.I)
_UPDATED_CLASS = re.compile(r"updated|modified", re.IGNORECASE)
_IN_ADDRESS = (
    re.compile(r"/(?P<year>(?:19|20)\d\d)/(?P<month>\d{1,2}|[a-z]{3})/(?P<day>\d{1,2})(?=[/_.-]|$)"),
    re.compile(r"[/_-](?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)"),
    re.compile(r"/(?P<year>20\d\d)(?P<month>\d\d)(?P<day>\d\d)(?=[/_-]|$)"),
)
_MONTH_IN_ADDRESS = re.compile(r"/((?:19|20)\d\d)/(0[1-9]|1[0-2])/(?!\d)")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_BYLINE_CLASS = re.compile(r"(?:^|[\s_-])(?:byline|author|author-name|author_name)(?:$|\s)", re.IGNORECASE)
_MOST_BYLINES = 20
_MOST_TAGS = 2_000


def metas(tree: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - lxml has no types
    """Return the meta tags as (name in small letters, content), in the order of the page."""
    found = []
    for tag in tree.iter("meta"):
        name = tag.get("property") or tag.get("name") or tag.get("http-equiv")
        content = tag.get("content") or tag.get("value")
        if name and content and content.strip():
            found.append((name.strip().lower(), content))
        if len(found) >= _MOST_TAGS:
            break
    return found


def named(tags: list[tuple[str, str]], fields: Mapping[str, str]) -> Iterator[Claim]:
    """Yield what the meta tags with these names state, in the order of the names."""
    for name, field in fields.items():
        for stated, content in tags:
            if stated in (name, name.replace("dc.", "dcterms.", 1)):
                yield Claim(field, content, f"meta {name}")


def microdata(tree: Any) -> Iterator[Claim]:  # noqa: ANN401
    """Yield what itemprop attributes state of the page's article."""
    seen = 0
    for tag in tree.iter():
        properties = tag.get("itemprop")
        if properties is None or is_elsewhere(tag):
            continue
        seen += 1
        for name in properties.lower().split():
            if field := _PROPERTIES.get(name):
                value = _value(tag, name)
                if value:
                    yield Claim(field, value, f"itemprop {properties.strip()}")
        if seen >= _MOST_TAGS:
            return


def _value(tag: Any, name: str) -> str | None:  # noqa: ANN401
    """Return what an element with an itemprop states: an attribute made for it, the name inside, or its text."""
    stated = tag.get("content") or tag.get("datetime")
    if stated is None and name in ("author", "publisher"):
        inner = next((each for each in tag.iter() if "name" in (each.get("itemprop") or "").split()), None)
        if inner is not None:
            return inner.get("content") or _short(inner)
    return stated or _short(tag)


def bylines(tree: Any) -> Iterator[Claim]:  # noqa: ANN401
    """Yield what links to an author and elements of a class such as "byline" say."""
    seen = 0
    for tag in tree.iter("a", "p", "div", "span", "address", "li"):
        linked = "author" in (tag.get("rel") or "").split()
        if (linked or _BYLINE_CLASS.search(tag.get("class") or "")) and not is_elsewhere(tag):
            seen += 1
            if seen > _MOST_BYLINES:
                return
            if stated := _short(tag):
                yield Claim("byline", stated, "rel author" if linked else "byline element")


def times(tree: Any) -> Iterator[Claim]:  # noqa: ANN401
    """Yield the dates in <time> elements: those that say what they are, else the only one of the article."""
    plain: dict[str, Claim] = {}
    for tag in list(tree.iter("time"))[:_MOST_TAGS]:
        stated = tag.get("datetime") or _short(tag)
        if not stated or is_elsewhere(tag):
            continue
        around = " ".join(filter(None, (tag.get("class"), tag.get("itemprop"), tag.getparent().get("class"))))
        if _UPDATED_CLASS.search(around) and not _PUBLISHED_CLASS.search(around):
            yield Claim("updated", stated, "time element")
        elif tag.get("pubdate") is not None or _PUBLISHED_CLASS.search(around):
            yield Claim("published", stated, "time element")
        else:
            plain.setdefault(stated, Claim("time", stated, "time element"))
    if len(plain) == 1:
        yield from plain.values()


def date_in_address(url: str) -> When | None:
    """Return the day that an address names, else the month."""
    for form in _IN_ADDRESS:
        if match := form.search(url.split("?")[0].lower()):
            month = (
                match["month"]
                if match["month"].isdigit()
                else _MONTHS.index(match["month"]) + 1
                if match["month"] in _MONTHS
                else 0
            )
            try:
                return When(dt.datetime(int(match["year"]), int(month), int(match["day"])), "day", method="address")
            except ValueError:
                continue
    if match := _MONTH_IN_ADDRESS.search(url.split("?")[0]):
        return When(dt.datetime(int(match[1]), int(match[2]), 1), "month", method="address")
    return None


def is_elsewhere(tag: Any, *, itself: bool = False) -> bool:  # noqa: ANN401
    """Tell whether an element lies in a list, a margin or the comments, where pages speak of other articles."""
    for outer in [tag] if itself else tag.iterancestors():
        if outer.tag in _ELSEWHERE or _OTHER_CLASSES.search(outer.get("class") or ""):
            return outer.tag not in ("body", "html", "main", "article")
    return False


def _short(tag: Any) -> str | None:  # noqa: ANN401
    text = " ".join(tag.text_content().split())
    return text if 0 < len(text) <= 300 else None

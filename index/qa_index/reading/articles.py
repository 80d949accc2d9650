"""From a text, and what its file states, to an article: what it says about itself, what is not its body."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from qa_index.errors import UnreadableArticle
from qa_index.reading import boilerplate, dateline, frontmatter, headline, statements
from qa_index.reading.canonical import canonical, is_visible
from qa_index.reading.lines import Range, merged, without
from qa_index.stories import Story
from qa_index.types import Article, Precision, Span, When, article_id

_FIELDS = ("title", "publisher", "authors", "published", "updated", "url", "language")


def from_text(
    text: str,
    *,
    source: str | None = None,
    title: str | None = None,
    publisher: str | None = None,
    authors: Sequence[str] = (),
    published: When | dt.date | None = None,
    url: str | None = None,
) -> Article:
    """Make an article of a text; what is handed in wins over what is read from the text.

    The line of the headline is masked like boilerplate: it is kept as the title, which every chunk is searched with.

    Raises:
        UnreadableArticle: if the text shows nothing.

    """
    text = canonical(text)
    if not is_visible(text):
        raise UnreadableArticle(source or "A text", "it shows no letter, digit or sign; give the article's text")
    article, _ = _described(text, source, title)
    given = {
        "title": title,
        "publisher": publisher,
        "authors": authors,
        "published": published,
        "url": url,
    }
    provenance = [pair for pair in article.provenance if not given.get(pair[0])]
    return replace(
        article,
        publisher=publisher or article.publisher,
        authors=tuple(authors) or article.authors,
        published=_when(published) if published else article.published,
        url=url or article.url,
        provenance=(*provenance, *((field, "given") for field, value in given.items() if value)),
    )


def from_story(story: Story, *, source: str) -> Article:
    """Make an article of a story: what its file states wins over what its text says about itself.

    Of several statements of one day the most precise counts. Other days of publication are kept, most trusted first.

    Raises:
        UnreadableArticle: if the text shows nothing.

    """
    text = canonical(story.text)
    if not is_visible(text):
        raise UnreadableArticle(source, "it shows no letter, digit or sign; give the article's text")
    stated = {field: _line(getattr(story, field)) for field in ("title", "publisher", "url", "language")}
    authors = tuple(dict.fromkeys(name for name in map(_line, story.authors) if name))
    article, publications = _described(text, source, stated["title"])
    days = statements.days([*_outside(story.published), *publications])
    published = days[0] if days else None
    updates = statements.days([*_outside(story.updated), *([article.updated] if article.updated else [])])
    updated = updates[0] if updates else None
    rules = dict(article.provenance)
    rules |= {
        field: dict(story.rules).get(field, "file") for field, value in (*stated.items(), ("authors", authors)) if value
    }
    rules |= {field: when.method for field, when in (("published", published), ("updated", updated)) if when}
    return replace(
        article,
        publisher=stated["publisher"] or article.publisher,
        authors=authors or article.authors,
        published=published,
        updated=updated,
        url=stated["url"] or article.url,
        language=stated["language"] or article.language,
        provenance=tuple((field, rules[field]) for field in _FIELDS if field in rules),
        other_dates=tuple(days[1:]),
    )


def _line(stated: str | None) -> str | None:
    """Return what a file states as one line that shows something, otherwise None."""
    return " ".join(canonical(stated).split()) or None if stated else None


def _outside(moments: Iterable[When]) -> Iterable[When]:
    """Return what a file states outside its story's text: no place in the text says it."""
    return (replace(when, span=None) for when in moments)


def _described(text: str, source: str | None, given_title: str | None) -> tuple[Article, tuple[When, ...]]:
    """Read what the text says about itself, and mask what is not its body; also every publication date it states."""
    identity = article_id(text)
    front = frontmatter.read(text, identity)
    noise = merged([*boilerplate.find(text), *([front.range] if front.range else [])])
    stated = dateline.read(text, identity, skip=noise)
    noise = merged([*noise, *stated.ranges])
    heading, heading_range = headline.find(text, skip=noise) or (None, (0, 0))
    title = given_title or front.title or stated.title or heading
    repeated = boilerplate.repetitions(text, title, skip=noise)
    noise = merged([*noise, *repeated, *([heading_range] if heading == title else [])])
    article = Article(
        id=identity,
        text=text,
        title=title,
        publisher=front.publisher or stated.publisher,
        authors=front.authors or stated.authors,
        published=front.published or stated.published,
        updated=front.updated or stated.updated,
        url=front.url or stated.url,
        sources=(source,) if source else (),
        language=front.language,
        masked=tuple(Span(identity, *span) for span in _spared(text, noise)),
        provenance=_provenance(front, stated, heading),
    )
    return article, (*([front.published] if front.published else []), *stated.publications)


def _spared(text: str, noise: Sequence[Range]) -> Sequence[Range]:
    """Return the ranges to mask: none if nothing would be left, for then the notice is the article."""
    return noise if any(is_visible(text[slice(*span)]) for span in without(0, len(text), noise)) else ()


def _provenance(
    front: frontmatter.FrontMatter, stated: dateline.Dateline, heading: str | None
) -> tuple[tuple[str, str], ...]:
    """Return for each field that was found the rule that found it."""
    rules = {"title": "headline"} if heading else {}
    rules |= dict(stated.methods)
    rules |= {field: "front matter" for field in _FIELDS if getattr(front, field)}
    return tuple((field, rules[field]) for field in _FIELDS if field in rules)


def _when(published: When | dt.date) -> When:
    """Return a date that was handed in as the moment it is: a day, or a time of day in its own zone."""
    if isinstance(published, When):
        return published
    if not isinstance(published, dt.datetime):
        return When(dt.datetime(published.year, published.month, published.day), "day")
    zone = published.strftime("%z")
    precision: Precision = "second"
    return When(published.replace(tzinfo=None), precision, f"{zone[:3]}:{zone[3:5]}" if zone else None)

"""Show articles of the library as rows, each with where it came from, and say which of them are shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType

from pydantic import BaseModel, Field

from qa.families import counted_relations
from qa.render import day, iso
from qa.web.markup import escaped, host_of, web_address
from qa.web.shelf.picture import days_named
from qa_index.types import Listed, Listing, Sort

PAGE = 50


class Wanted(BaseModel, frozen=True):
    """What of the library is to be shown."""

    query: str = Field("", max_length=500)
    sort: Sort = "newest"
    publisher: str = Field("", max_length=500)
    after: dt.date | None = None
    until: dt.date | None = None
    undated: bool = False
    offset: int = Field(0, ge=0, le=10_000_000)
    limit: int = Field(PAGE, ge=1, le=1_000)

    @property
    def narrowed(self) -> bool:
        """Whether something of the library may be left out."""
        return bool(self.query.split() or self.publisher or self.after or self.until or self.undated)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The other articles with the words of a row's: `relation` is what the row's is to the original, None if it is it.

    `others` are shown, each with what it is; `relations` are what all of them are.
    """

    relation: str | None
    others: tuple[tuple[Listed, str], ...]
    relations: tuple[str, ...]


def list_html(
    listing: Listing, wanted: Wanted, *, clusters: Mapping[str, Cluster] = MappingProxyType({}), uploads: str
) -> str:
    """Return the rows that were asked for, how many there are in all, and the way to the rest."""
    shown = wanted.offset + len(listing.articles)
    rows = "".join(_row(each, clusters.get(each.id), uploads=uploads) for each in listing.articles)
    rest = listing.total - shown
    more = (
        f'<button type="button" class="shelf-more" data-offset="{shown}">Show {min(PAGE, rest)} more</button>'
        if rest > 0 and listing.articles
        else ""
    )
    return f'{_found(listing, wanted, shown)}<ol class="shelf-rows">{rows}</ol>{more}'


def _found(listing: Listing, wanted: Wanted, shown: int) -> str:
    """Say how many there are, of which days if only those are shown, and lead back to all."""
    if not wanted.narrowed:
        part = f"{shown:,} of {listing.total:,} shown" if shown < listing.total else "All shown"
        return f'<p class="shelf-found">{part}</p>'
    part = f", {shown:,} shown" if 0 < shown < listing.total else ""
    return (
        f'<p class="shelf-found"><span dir="auto">{escaped(_narrowed(listing, wanted) + part)}</span> '
        '<button type="button" class="shelf-all">Show all</button></p>'
    )


def _narrowed(listing: Listing, wanted: Wanted) -> str:
    """Write what the list was narrowed to: "2 articles with “storm” of January 2022 from BBC"."""
    words, days = wanted.query.strip(), days_named(wanted.after, wanted.until)
    parts = (
        many(listing.total, "article") if listing.total else "No article",
        f"with “{words}”" if words else "",
        "without a date" if wanted.undated else f"of {days}" if days else "",
        f"from {wanted.publisher}" if wanted.publisher else "",
    )
    return " ".join(part for part in parts if part)


def _row(one: Listed, cluster: Cluster | None, *, uploads: str) -> str:
    relation = f'<span class="shelf-relation">{cluster.relation}</span>' if cluster and cluster.relation else ""
    return (
        f'<li class="shelf-row" data-article="{one.id}">{_open(one)}'
        f'<div class="shelf-about">{relation}{_outlet_and_day(one)}<span>{many(one.characters, "character")}</span>'
        f"{_sources(one, uploads)}</div>{_remove(one)}{_copies(cluster) if cluster else ''}</li>"
    )


def _open(one: Listed) -> str:
    return f'<a class="open" href="#read={one.id}" dir="auto">{escaped(one.label or "Untitled")}</a>'


def _remove(one: Listed) -> str:
    return (
        f'<button type="button" class="remove" aria-label="Remove {escaped(one.label or "Untitled")}">Remove</button>'
    )


def _outlet_and_day(one: Listed) -> str:
    outlet = f'<span class="shelf-publisher" dir="auto">{escaped(one.publisher)}</span>' if one.publisher else ""
    if one.published is None:
        return f'{outlet}<span class="shelf-undated">no date</span>'
    return f'{outlet}<time datetime="{iso(one.published)}">{escaped(day(one.published))}</time>'


def _copies(cluster: Cluster) -> str:
    """Say how many other articles have the same words, and list them."""
    items = "".join(
        f'<li class="shelf-copy" data-article="{other.id}"><span class="shelf-relation">{relation}</span> '
        f'{_open(other)}<span class="shelf-about">{_outlet_and_day(other)}</span>{_remove(other)}</li>'
        for other, relation in cluster.others
    )
    more = len(cluster.relations) - len(cluster.others)
    rest = f"<li>… and {more:,} more</li>" if more > 0 else ""
    named = counted_relations(cluster.relations).replace("1 original", "the original")
    return f'<details class="shelf-copies"><summary>and {escaped(named)}</summary><ul>{items}{rest}</ul></details>'


def _sources(one: Listed, uploads: str) -> str:
    """Say where an article came from; the same text from several files is one article."""
    addresses = [one.url] if one.url and one.url not in one.sources else []
    named = [source_html(source, uploads) for source in (*one.sources, *addresses)]
    if len(one.sources) < 2:
        return "".join(f"<span>{source}</span>" for source in named)
    items = "".join(f"<li>{source}</li>" for source in named)
    return f'<details class="shelf-sources"><summary>{_several(one.sources)}</summary><ul>{items}</ul></details>'


def _several(sources: Sequence[str]) -> str:
    """Say that one text is in several places; they are no outlets that agree."""
    if all(web_address(each) for each in sources):
        return f"from {len(sources):,} addresses"
    if any(web_address(each) or each.startswith("memory:") for each in sources):
        return f"from {len(sources):,} places"
    return f"in {len(sources):,} files"


def source_html(source: str, uploads: str) -> str:
    """Show a web address as a link, a file by its name with its path to look at."""
    if address := web_address(source):
        return (
            f'<a href="{escaped(address)}" target="_blank" rel="noopener noreferrer" title="{escaped(address)}">'
            f"{escaped(host_of(address))}</a>"
        )
    if source.startswith("memory:"):
        return "handed in by a program"
    path = PurePath(source)
    place = f"{path.name}, added here" if source.startswith(f"{uploads}/") else str(path)
    return f'<bdi title="{escaped(place)}">{escaped(path.name or source)}</bdi>'


def many(number: int, thing: str) -> str:
    """Write a number of things: "1 article", "7,449 articles"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"

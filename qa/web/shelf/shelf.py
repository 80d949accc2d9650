"""Show what is in the library: a list to search and sort, its outlets, its days, what could not be read."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from qa.families import Family, families
from qa.render import period
from qa.settings import default_library
from qa.web.markup import escaped
from qa.web.shelf.picture import drawn
from qa.web.shelf.receiving import KINDS, MOST_FILES, suffixes
from qa.web.shelf.rows import Cluster, Wanted, list_html, many, source_html
from qa_index.errors import UnknownFilter
from qa_index.types import Failure, Listing, Outlet, Sort

if TYPE_CHECKING:
    from qa.api import Library
    from qa.web.engine import Engine

_MOST_FAILURES = 200  # that are shown
MOST_COPIES = 50  # of one story that are listed
_SORTS: dict[Sort, str] = {"newest": "Newest first", "oldest": "Oldest first", "title": "Title", "publisher": "Outlet"}


def router(engine: Engine) -> APIRouter:
    """Return the routes of the library's part of the page."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    library, max_bytes = engine.library, engine.settings.max_file_mb * 1_000_000

    @routes.get("/page/library")
    def shelf(wanted: Annotated[Wanted, Query()]) -> str:
        """Return all of it: what the page shows under Library."""
        return _shelf(library, wanted, max_bytes=max_bytes)

    @routes.get("/page/library/rows")
    def rows(wanted: Annotated[Wanted, Query()]) -> str:
        """Return the list only."""
        return _list(library, wanted)

    return routes


def _list(library: Library, wanted: Wanted) -> str:
    """Return the rows, those that tell one story in the same words as one."""
    listing = _listing(library, wanted)
    clusters = _clusters(library, listing)
    return list_html(listing, wanted, clusters=clusters, uploads=str(library.uploads.resolve()))


def _clusters(library: Library, listing: Listing) -> dict[str, Cluster]:
    """Return what the others of its cluster are, for each article of a listing that has any."""
    found = families(library.kin())
    of_rows: dict[str, Family] = {each.id: found[each.id] for each in listing.articles if each.id in found}
    others = {row: family.others_than(row) for row, family in of_rows.items()}
    shown = [identity for each in others.values() for identity, _ in each[:MOST_COPIES]]
    if not shown:
        return {}
    try:
        articles = {each.id: each for each in library.listing(article=tuple(shown), limit=len(shown)).articles}
    except UnknownFilter:  # one of them went this moment
        return {}
    return {
        row: Cluster(
            of_rows[row].relation_of(row),
            tuple((articles[identity], relation) for identity, relation in each[:MOST_COPIES] if identity in articles),
            tuple(relation for _, relation in each),
        )
        for row, each in others.items()
    }


def _listing(library: Library, wanted: Wanted) -> Listing:
    try:
        return library.listing(
            query=wanted.query,
            sort=wanted.sort,
            offset=wanted.offset,
            limit=wanted.limit,
            undated=wanted.undated,
            clustered=True,
            after=wanted.after,
            until=wanted.until,
            publisher=wanted.publisher or (),
        )
    except UnknownFilter:  # the last article of that outlet may have gone since it was chosen
        return Listing(0, ())


def _shelf(library: Library, wanted: Wanted, *, max_bytes: int) -> str:
    generation, searched = library.generation, library.searched()
    uploads = str(library.uploads.resolve())
    filled = bool(searched.articles)
    listed = _list(library, wanted) if filled else ""
    picture = drawn(library.timeline()) if filled else ""
    days = period(searched.first, searched.last)
    failures = library.failures()
    heading = f"{many(searched.articles, 'article')}{', ' if days else ''}{days}" if filled else "No articles yet"
    return (
        f'<div class="shelf" data-generation="{generation}">'
        f'<h2 id="shelf-heading" data-region="heading">{escaped(heading)}</h2>'
        f'<div data-region="empty">{"" if filled else _empty(library.folder)}</div>'
        f"{_drop(max_bytes)}"
        '<div id="shelf-progress"></div><p id="shelf-said" role="status"></p>'
        f'<div data-region="picture">{picture}</div>'
        f"{_controls(wanted, library.outlets(), filled=filled)}"
        f'<div data-region="failed">{_failed(failures) if filled else ""}</div>'
        f'<div data-region="list" class="shelf-list">{listed}</div>'
        f'<div data-region="failures">{_failures(failures, uploads=uploads)}</div></div>'
    )


# Parts


def _empty(folder: Path) -> str:
    """Say how articles come into a library, with the command that means this one."""
    usual = folder.resolve() == default_library().resolve()
    command = "qa index PATH" if usual else f"qa index PATH --library {shlex.quote(str(folder.resolve()))}"
    return (
        '<div class="shelf-empty"><p>Citewell answers from articles that you give it. Three ways to begin:</p><ul>'
        "<li>Drop files below, or choose them: text, web pages, PDF, Word, exports, feeds.</li>"
        f"<li>For a whole folder that stays where it is, run <code>{escaped(command)}</code> in a terminal, "
        "with the folder for PATH; its articles appear here by themselves.</li>"
        '<li><button type="button" id="shelf-seeds">Add the five sample articles</button> to see how it works.</li>'
        "</ul></div>"
    )


def _drop(max_bytes: int) -> str:
    kinds = suffixes()
    # A browser compares only what stands behind the last dot.
    accepted = dict.fromkeys(f".{suffix.rpartition('.')[2]}" for suffix in kinds)
    return (
        f'<div id="shelf-drop" data-max-bytes="{max_bytes}" data-most-files="{MOST_FILES}" '
        f'data-kinds="{" ".join(kinds)}" data-kinds-named="{escaped(KINDS)}">'
        '<label class="shelf-choose" for="shelf-files">Choose files</label>'
        f'<input type="file" id="shelf-files" multiple accept="{",".join(accepted)}" '
        'aria-describedby="shelf-drop-hint">'
        '<p id="shelf-drop-hint">or drop articles here: text, web pages, PDF, Word, JSON, CSV, mail, feeds, WARC and '
        f"ZIP files of up to {max_bytes // 1_000_000} MB. Copies are kept with the library.</p></div>"
    )


def _controls(wanted: Wanted, outlets: Sequence[Outlet], *, filled: bool) -> str:
    named = [_option(spellings, wanted.publisher) for spellings in _spelt_alike(outlets)]
    sorts = "".join(
        f'<option value="{name}"{" selected" if name == wanted.sort else ""}>{words}</option>'
        for name, words in _SORTS.items()
    )
    return (
        f'<div class="shelf-controls" role="search" aria-label="Articles"{"" if filled else " hidden"}>'
        '<label for="shelf-search">Search titles, outlets and files</label>'
        f'<input type="search" id="shelf-search" autocomplete="off" maxlength="200" value="{escaped(wanted.query)}">'
        f'<label for="shelf-sort">Order</label><select id="shelf-sort">{sorts}</select>'
        f'<label for="shelf-outlet">Outlet</label><select id="shelf-outlet"{"" if named else " disabled"}>'
        f'<option value="">All outlets</option>{"".join(named)}</select></div>'
    )


def _spelt_alike(outlets: Iterable[Outlet]) -> list[list[Outlet]]:
    """Return the outlets by name, those together that only capitals tell apart: the library narrows to all of them."""
    found: dict[str, list[Outlet]] = {}
    for outlet in outlets:
        if outlet.name:
            found.setdefault(outlet.name.casefold(), []).append(outlet)
    return list(found.values())


def _option(spellings: Sequence[Outlet], chosen: str) -> str:
    """Offer an outlet under its commonest spelling; one that is chosen keeps the value that the page has for it."""
    name = max(spellings, key=lambda each: each.articles).name or ""
    is_chosen = name.casefold() == chosen.strip().casefold()
    return (
        f'<option value="{escaped(chosen if is_chosen else name)}"{" selected" if is_chosen else ""}>'
        f"{escaped(name)} ({sum(each.articles for each in spellings):,})</option>"
    )


def _failed(failures: Sequence[Failure]) -> str:
    """Lead to what could not be read, which is below a list that may be long."""
    if not failures:
        return ""
    return f'<button type="button" class="shelf-failed">{many(len(failures), "file")} could not be read</button>'


def _failures(failures: Sequence[Failure], *, uploads: str) -> str:
    if not failures:
        return ""
    items = "".join(
        f"<li>{source_html(each.source, uploads)}: {escaped(each.reason)}.</li>" for each in failures[:_MOST_FAILURES]
    )
    more = len(failures) - _MOST_FAILURES
    rest = f"<li>… and {more:,} more; <code>qa index</code> of their folder names them all.</li>" if more > 0 else ""
    return (
        f'<details id="shelf-failures" open><summary>{many(len(failures), "file")} could not be read</summary>'
        f"<ul>{items}{rest}</ul></details>"
    )

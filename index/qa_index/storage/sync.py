"""Bring a library up to date with the files it was made from.

First everything is read: what is new is found by its words at once. Then what is new or changed is embedded, and takes
the place of what it replaces. Whatever stops this, what was reported is there, and the next writer goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from qa_index.search.indexes import day_number
from qa_index.storage.caches import Caches
from qa_index.storage.catalog import Catalog
from qa_index.storage.ledger import Arrival, Line
from qa_index.storage.records import UNTRUSTED, Origin, Source, stated_text
from qa_index.storage.scanning import DEFAULT_FIELDS, Event, Scan, Scanner
from qa_index.storage.settling import settle
from qa_index.storage.sources import File, Given, Outcome, Prepared, Reading, Wanted
from qa_index.storage.stock import entry
from qa_index.stories import Broken, FieldMap, Piece
from qa_index.types import Article, Failure, Progress, Step, Synced, Vectors

__all__ = ["DEFAULT_FIELDS", "Writer", "read_what_is_new"]
BATCH_ARTICLES, BATCH_CHUNKS, BATCH_LINES = 500, 5_000, 5_000  # written at once
Kind = Literal["added", "changed", "unchanged", "removed"]


@dataclass(frozen=True, slots=True)
class Writer:
    """What a writing operation needs: an open catalog, its caches, and something that embeds.

    `agree` refuses an embedder that is not the library's, before anything is written that it would have to embed.
    """

    catalog: Catalog
    caches: Caches
    embed: Callable[[Sequence[str]], Vectors]
    agree: Callable[[], None]


def read_what_is_new(
    catalog: Catalog,
    writer: Writer | None,
    wanted: Wanted,
    reading: Reading,
    *,
    fields: FieldMap = DEFAULT_FIELDS,
    progress: Progress | None = None,
    keep: bool = False,
) -> Synced:
    """Read what is new or changed and, unless `keep`, let go of files that are gone from the folders asked for.

    Without a `writer` nothing is written: what would have happened is counted.
    """
    sync = _Sync(catalog, writer, _Told(wanted.sources, progress or (lambda step: None)))
    events = Scanner(catalog, reading, fields).events(wanted.sources)
    with closing(reading.in_order(events)) as happened:  # whatever stops this, so do the workers
        for event, outcome in happened:
            sync.take(event, outcome)
    sync.flush()
    if not keep:
        sync.let_go(wanted)
    if writer is not None:
        settle(catalog, writer.caches, reading.prepared, writer.agree)
    return sync.counts


class _Told:
    """Tells how far the reading has come, each file once."""

    def __init__(self, sources: Sequence[File | Given], progress: Progress) -> None:
        self._total, self._progress = len(sources), progress
        self._done, self._articles = 0, 0
        self.part = 0.0  # of the file that is being read

    def done(self, name: str) -> None:
        self._done, self.part = self._done + 1, 0.0
        self.go_on(name)

    def go_on(self, name: str, articles: int = 0) -> None:
        self._articles += articles
        share = min(1.0, (self._done + self.part) / max(1, self._total))
        self._progress(Step("reading", self._done, self._total, name, share, self._articles))


class _Sync:
    """One bringing up to date: `take` every event of every source, then `flush`, then `let_go`."""

    def __init__(self, catalog: Catalog, writer: Writer | None, told: _Told) -> None:
        self._ledger, self._writer, self._told = catalog.ledger, writer, told
        self._pending = self._ledger.pending()
        self._arrivals: dict[str, Arrival] = {}
        self._lines: list[Line] = []
        self._read: list[Origin] = []
        self._begun: dict[str, Origin] = {}
        self._chunks = 0
        self._finished: list[str] = []
        self.counts = Synced()

    def take(self, event: Event, outcome: Outcome) -> None:
        """Write down one event; what is written becomes part of the library with the next `flush`."""
        scan = event.scan
        if event.kind == "unchanged":
            self._unchanged(scan)
        elif event.kind == "failed":
            self._failed(scan, event.reason)
        elif event.kind == "broken" and isinstance(event.piece, Broken):
            self._broken(scan, event.piece.place, "", "", event.piece.reason)
        elif event.kind == "end":
            self._end(scan)
        elif isinstance(event.piece, Piece):
            self._piece(scan, event, (event.given,) if event.given else outcome)
        if event.piece is not None and scan.after.looks.size and not self._finished:
            scan.bytes += len(getattr(event.piece, "content", b""))
            self._told.part = min(1.0, scan.bytes / scan.after.looks.size)
        if len(self._arrivals) >= BATCH_ARTICLES or self._chunks >= BATCH_CHUNKS or len(self._lines) >= BATCH_LINES:
            self.flush()

    def _unchanged(self, scan: Scan) -> None:
        """Count what a file gave when it was last read."""
        name = scan.before.name
        rows = [source for number, source in self._ledger.scans(name) if number == scan.before.scan]
        waiting = sum(source.article in self._pending for source in rows)
        self._count("changed", waiting)
        self._count("unchanged", sum(source.article is not None for source in rows) - waiting)
        for source in rows:
            if source.reason is not None:
                self._count_failure(source.name, source.reason)
        if scan.after != scan.before:
            self._read.append(scan.after)
        self._told.done(name)

    def _failed(self, scan: Scan, reason: str) -> None:
        """Write down why a file failed; the articles it gave earlier stay."""
        self._read.append(replace(scan.before, digest=None, looks=UNTRUSTED, reason=reason))
        self._count_failure(scan.before.name, reason)
        self._told.done(scan.before.name)

    def _piece(self, scan: Scan, event: Event, outcome: Outcome) -> None:
        assert isinstance(event.piece, Piece)
        place = event.piece.place
        if event.kind == "known":
            for source in scan.known_as(event):
                self._line(scan, replace(source, place=place), scan.own_name(source))
            return
        for each in outcome:
            if isinstance(each, Broken):
                self._broken(scan, place, each.place, event.digest, each.reason)
            else:
                self._prepared(scan, place, each, event.digest)

    def _prepared(self, scan: Scan, place: str, story: Prepared, digest: str) -> None:
        """Write down a story that was read: an article that the library has, or one that arrives."""
        if not story.chunks:
            self._broken(scan, place, story.part, digest, "it holds nothing to search; give the article's text")
            return
        article = story.article
        named = story.name if (place or story.part or scan.after.root is None) else None
        number = None if article.id in self._arrivals else self._ledger.number_of(article.id)
        if number is None and article.id not in self._arrivals:
            name = named or scan.named(place, story.part)
            replaces = name in scan.last or (place, story.part) in scan.places
            self._arrivals[article.id] = Arrival(replace(article, sources=()), story.chunks, story.marks, replaces)
            self._chunks += len(story.chunks)
        source = Source(place, story.part, "", digest, number, stated=stated_text(article))
        self._line(scan, source, named, arrival=article.id if number is None else None)

    def _broken(self, scan: Scan, place: str, part: str, digest: str, reason: str) -> None:
        """Write down why a part of a file is no article; the one it gave earlier stays."""
        if not place and not part and scan.after.root is not None:  # the file is the story
            scan.after = replace(scan.after, reason=reason)
            return
        name, kept = scan.named(place, part), scan.places.get((place, part))
        source = Source(place, part, name, digest, reason=reason)
        if kept is not None:
            source = replace(source, article=kept.article, stated=kept.stated)
            scan.now[name] = kept.article, kept.stated
        self._write(scan, source)
        self._count_failure(name, reason)

    def _line(self, scan: Scan, source: Source, name: str | None, *, arrival: str | None = None) -> None:
        """Write down one row; its name is numbered if the file has it twice."""
        name = origin = name or scan.named(source.place, source.part)
        numbered = 1
        while name in scan.now:
            numbered += 1
            name = f"{origin}#{numbered}"
        scan.now[name] = source.article, source.stated
        self._write(scan, replace(source, name=name), arrival)

    def _write(self, scan: Scan, source: Source, arrival: str | None = None) -> None:
        self._lines.append(Line(scan.after.name, scan.number, source, arrival))
        if not scan.begun:
            self._begun[scan.after.name] = scan.before
        scan.begun = True

    def _end(self, scan: Scan) -> None:
        """Count what became of a file that was read to its end."""
        name = scan.after.name
        self._begun.pop(name, None)
        if scan.after.reason is not None:
            self._failed(scan, scan.after.reason)
            return
        last = {old: (source.article, source.stated) for old, source in scan.last.items()}
        stayed = set(scan.now.values()) & set(last.values())
        lost = {old: number for old, (number, stated) in last.items() if (number, stated) not in stayed}
        came = {new: number for new, (number, stated) in scan.now.items() if (number, stated) not in stayed}
        restated = (set(lost.values()) & set(came.values())) - {None}  # the same text, wherever it stands now
        names_lost = {old for old, number in lost.items() if number not in restated}
        names_came = {new for new, number in came.items() if number not in restated}
        self._count("unchanged", len(scan.now) - len(came))
        self._count("changed", len(came) - len(names_came) + len(names_lost & names_came))
        self._count("added", len(names_came - names_lost))
        self._count("removed", len(names_lost - names_came))
        self._read.append(scan.after)
        self._finished.append(name)

    def _count(self, kind: Kind, number: int = 1) -> None:
        self.counts = replace(self.counts, **{kind: getattr(self.counts, kind) + number})

    def _count_failure(self, name: str, reason: str) -> None:
        self.counts = replace(self.counts, failed=(*self.counts.failed, Failure(name, reason)))

    def flush(self) -> None:
        """Make what has been taken part of the library: its words first, so that what is found is there."""
        arrivals, lines, read, begun = list(self._arrivals.values()), self._lines, self._read, self._begun
        finished, self._finished = self._finished, []
        self._arrivals, self._lines, self._read, self._begun, self._chunks = {}, [], [], {}, 0
        if self._writer is not None and (arrivals or lines or read):
            if arrivals:
                self._writer.agree()
            seen = [arrival for arrival in arrivals if not arrival.waits]
            self._writer.caches.take_in_words(
                entry(each.article, _day(each.article), chunk) for each in seen for chunk in each.chunks
            )
            self._writer.caches.drop(self._ledger.write(arrivals, lines, begun=begun.values(), read=read))
        self._told.go_on(lines[-1].file if lines else "", len(lines))
        for name in finished:
            self._told.done(name)

    def let_go(self, wanted: Wanted) -> None:
        """Forget the files that were below the folders asked for and are gone."""
        kept = {source.name for source in wanted.sources}
        below = {
            origin.name: (origin, gave) for folder in wanted.folders for origin, gave in self._ledger.below(folder)
        }
        gone = {name: gave for name, (origin, gave) in below.items() if name not in kept and _is_gone(origin, gave)}
        self._count("removed", sum(gone.values()))
        if gone and self._writer is not None:
            self._writer.caches.drop(self._ledger.forget(gone))


def _day(article: Article) -> int:
    return day_number(article.published.date if article.published else None)


def _is_gone(origin: Origin, gave: int) -> bool:
    """Tell whether a file is not there any more; one in a folder that may not be listed is not gone."""
    if origin.root is None:  # handed in: its name is only a name
        return False
    if not gave:  # it never was an article, and is no longer found
        return True
    try:
        Path(origin.name).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False

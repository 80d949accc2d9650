"""Say what happens to each file: what it holds now against what is known of it, reading no more than is needed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from qa_index.errors import QAError, UnreadableArticle
from qa_index.storage.catalog import Catalog
from qa_index.storage.records import UNTRUSTED, Looks, Origin, Source, stated_text
from qa_index.storage.sources import File, Given, Prepared, Reading, Work
from qa_index.stories import Broken, FieldMap, Piece

# A file changed twice within the clock tick of its file system looks unchanged the second time, so how a file looks
# is trusted only if it was left alone for longer than any such tick (FAT: 2 s) before it was read.
SETTLED_NS = 2_000_000_000
DEFAULT_FIELDS = FieldMap()
Gave = tuple[int | None, str | None]  # the number of an article, None if it arrives, and what is stated about it


@dataclass(slots=True)
class Scan:
    """One file being read. `known` are the rows of earlier scans, by the key of their piece."""

    before: Origin
    after: Origin
    number: int = 1
    known: dict[tuple[str, bool], list[Source]] = field(default_factory=dict)
    last: dict[str, Source] = field(default_factory=dict)  # what the last whole scan found, by name
    places: dict[tuple[str, str], Source] = field(default_factory=dict)  # and by place
    now: dict[str, Gave] = field(default_factory=dict)  # what each name gives in this scan
    names: set[str] = field(default_factory=set)  # in any earlier scan
    bytes: int = 0
    begun: bool = False

    def known_as(self, event: Event) -> list[Source]:
        """Return the rows that an earlier scan made of the same piece."""
        return self.known.get(_key(event.digest, event.piece.place), []) if event.piece else []

    def named(self, place: str, part: str) -> str:
        """Name a place in the file: the file itself, or what stands behind it."""
        return "#".join(each for each in (self.after.name, place, part) if each)

    def own_name(self, source: Source) -> str | None:
        """Return the name that a story brought, None if it is called after its place; not the number beside it."""
        if source.name == self.named(source.place, source.part):
            return None
        bare, _, number = source.name.rpartition("#")
        return bare if number.isdecimal() and bare in self.names else source.name


@dataclass(frozen=True, slots=True)
class Event:
    """What happens to a file: a piece comes with its digest, or is known, or broken; or the file ends, or fails."""

    scan: Scan
    kind: Literal["unchanged", "failed", "piece", "known", "broken", "end"]
    piece: Piece | Broken | None = None
    digest: str = ""
    reason: str = ""
    given: Prepared | None = None


class Scanner:
    """Looks at files one after the other."""

    def __init__(self, catalog: Catalog, reading: Reading, fields: FieldMap) -> None:
        self._catalog, self._ledger, self._reading, self._fields = catalog, catalog.ledger, reading, fields
        # A file that was read with other names for its fields has to be read again.
        self._mark = "" if fields == DEFAULT_FIELDS else hashlib.sha256(repr(fields).encode()).hexdigest()[:8]

    def events(self, sources: Iterable[File | Given]) -> Iterator[tuple[Event, Work | None]]:
        """Yield what happens to each source in order, with the work that has to be done for it."""
        for item in sources:
            before = self._ledger.origin(item.name) or Origin(item.name, item.root if isinstance(item, File) else None)
            scan = Scan(before, before)
            try:
                yield from self._given(item, scan) if isinstance(item, Given) else self._file(item, scan)
            except UnreadableArticle as error:
                yield Event(scan, "failed", reason=error.reason), None
            except QAError:  # of the library or a model, not of this file
                raise
            except Exception as error:  # whatever a file does to its reader, the others go on
                yield Event(scan, "failed", reason=f"reading it failed ({type(error).__name__}: {error})"), None

    def _given(self, item: Given, scan: Scan) -> Iterator[tuple[Event, Work | None]]:
        if scan.before.digest == item.digest and scan.before.reason is None:
            yield Event(scan, "unchanged"), None
            return
        prepared = replace(self._reading.prepared(item.sound_article()), name=item.name)
        self._open(scan, Origin(item.name, digest=item.digest))
        yield Event(scan, "piece", Piece("", "text", b""), item.digest, given=prepared), None
        yield Event(scan, "end"), None

    def _file(self, item: File, scan: Scan) -> Iterator[tuple[Event, Work | None]]:
        before, looks = scan.before, _looks(item.path)
        same = before.digest is not None and before.digest.partition("+")[2] == self._mark
        if same and before.reason is None and looks == before.looks != UNTRUSTED:
            yield Event(scan, "unchanged"), None
            return
        digest = "+".join(each for each in (self._reading.digest(item.path), self._mark) if each)
        scan.after = Origin(item.name, item.root, looks, digest, None, before.scan)
        if before.digest == digest:
            yield Event(scan, "unchanged"), None
            return
        self._open(scan, scan.after)
        for piece in self._reading.pieces(item.path, self._fields):
            if isinstance(piece, Broken):
                yield Event(scan, "broken", piece), None
                continue
            piece_digest = _digest(piece, self._mark)
            known = _key(piece_digest, piece.place) in scan.known
            event = Event(scan, "known" if known else "piece", piece, piece_digest)
            yield event, None if known else Work(item.name, piece, self._fields)
        yield Event(scan, "end"), None

    def _open(self, scan: Scan, after: Origin) -> None:
        """Begin to read a file, knowing what earlier scans made of it."""
        rows = self._ledger.scans(after.name)
        scan.number = max([scan.before.scan, *(number for number, _ in rows)]) + 1
        scan.after = replace(after, scan=scan.number)
        scan.names = {source.name for _, source in rows}
        for number, row in rows:
            source = self._with_what_it_states(row)
            if source.article is not None and source.reason is None:
                alike = scan.known.setdefault(_key(source.digest, source.place), [])
                if all(other.part != source.part for other in alike):
                    alike.append(source)
            if number == scan.before.scan and source.article is not None:
                scan.last[source.name] = scan.places[source.place, source.part] = source

    def _with_what_it_states(self, source: Source) -> Source:
        """Complete a row of an earlier release, which kept only what the article says."""
        if source.stated is not None or source.article is None:
            return source
        article = self._catalog.as_read(source.article)
        return replace(source, stated=stated_text(article)) if article else source


def _key(digest: str, place: str) -> tuple[str, bool]:
    """Tell pieces apart; the only one of a file is called after it, whatever it would be called among others."""
    return digest, place == ""


def _digest(piece: Piece, mark: str) -> str:
    content = hashlib.sha256(piece.content)
    content.update(repr((piece.kind, piece.url, sorted(piece.headers.items()), mark)).encode())
    return content.hexdigest()


def _looks(path: Path) -> Looks:
    """Return how a file looks, or nothing that could be trusted later."""
    try:
        seen = path.stat()
    except (OSError, ValueError):
        return UNTRUSTED  # reading it says why
    latest = max(seen.st_mtime_ns, seen.st_ctime_ns)
    trusted = latest < time.time_ns() - SETTLED_NS
    return Looks(seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns) if trusted else UNTRUSTED

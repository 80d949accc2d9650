"""Cut a table into its rows: comma-separated values, or with semicolons, tabs or bars between them."""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from collections.abc import Iterator, Sequence

from qa_index.formats.kinds import within
from qa_index.formats.records import key_of, names_of
from qa_index.formats.streams import Stream, lines, too_long, utf8
from qa_index.formats.unfolding import Refused
from qa_index.reading.decoding import decode
from qa_index.stories import Broken, FieldMap, Limits, Piece

_DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile(r"sep=.\s*", re.IGNORECASE)  # what a spreadsheet writes above the header
_PARTS_OF_LINE = re.compile(r"[^\r]*\r\n?|[^\r]+")
_READ_AGAIN = 5  # times a story's size, in all: after a quotation mark that never closes, its lines are read again


def rows(stream: Stream, place: str, limits: Limits, fields: FieldMap) -> Iterator[Piece | Broken]:
    """Yield each row of a table as a piece that holds an object of its columns; without a header nothing is guessed."""
    csv.field_size_limit(limits.story_bytes)
    table = _Lines(stream, limits.story_bytes)
    delimiter, header = _header(table, fields)
    if refused := _unusable(header, fields):
        yield Broken(place, refused)
        return
    empty = True
    for number, cells in _records(table, delimiter):
        if isinstance(cells, str):
            empty = False
            yield Broken(within(place, f"line {number}"), cells)
        elif any(cell.strip() for cell in cells):
            empty = False
            yield _row(header, cells, within(place, f"line {number}"), limits)
    if empty:
        yield Broken(place, "it has a header and no rows; add rows, or remove it")


def _row(header: Sequence[str], cells: Sequence[str], place: str, limits: Limits) -> Piece | Broken:
    if len(cells) != len(header):
        return Broken(place, f"it has {len(cells)} cells where the header has {len(header)}; check its quotation marks")
    # Of two columns of one name the first counts: zip goes backwards, so it is written last.
    record = {name: cell for name, cell in zip(reversed(header), reversed(cells), strict=True) if name.strip()}
    content = json.dumps(record, ensure_ascii=False).encode("utf-8", errors="replace")
    if len(content) > limits.story_bytes:
        return Broken(place, too_long("its row", limits))
    return Piece(place, "row", content)


def _header(table: _Lines, fields: FieldMap) -> tuple[str, list[str]]:
    """Return the delimiter, and the cells of the first line that is not blank, with the most names that are known."""
    first = next((line for line in table if line.strip() and not _SEPARATOR_LINE.fullmatch(line)), "")
    first = first.strip("\ufeff\r\n")
    known = {key_of(name) for name in names_of(fields)}

    def cut(delimiter: str) -> list[str]:
        try:
            return next(csv.reader([first], delimiter=delimiter, strict=True), [])
        except csv.Error:
            return [first]

    cuts = [(delimiter, cut(delimiter)) for delimiter in _DELIMITERS]
    return max(cuts, key=lambda pair: (sum(key_of(cell) in known for cell in pair[1]), len(pair[1])))


def _unusable(header: Sequence[str], fields: FieldMap) -> str | None:
    """Return why a table with this first line cannot be read, None if it can."""
    keys = {key_of(cell) for cell in header}
    if keys.intersection(map(key_of, fields.text)):
        return None
    shown = ", ".join(cell.strip()[:30] for cell in header[:12]) or "nothing"
    wanted = ", ".join(fields.text[:3])
    advice = "name the one that holds the text with --fields text=COLUMN"
    if keys.intersection(key_of(name) for name in names_of(fields)):
        return f"it has the columns {shown} and none of {wanted}; {advice}"
    return (
        f"its first line ({shown}) is no header: it names no column that is known, such as {wanted}; "
        f"put the names of the columns into the first line, or if they are there, {advice}"
    )


def _records(table: _Lines, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield for each record the number of its first line, and its cells or why it has none."""
    reader = csv.reader(table, delimiter=delimiter, strict=True)
    while True:
        table.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, Refused) as error:
            yield table.first, f"it is no row of a table ({error}); check its quotation marks"
            table.read_again()
        else:
            yield table.first, cells


class _Lines:
    """The lines of a table, numbered; those of a record that turns out to be none are read again."""

    def __init__(self, stream: Stream, most: int) -> None:
        self._lines = lines(utf8(stream), most)
        self._waiting: deque[str] = deque()
        self._record: list[str] = []
        self._record_length = 0
        self._most = most
        self._again = _READ_AGAIN * most
        self._number = 0
        self.first = 1

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if not self._waiting:
            self._waiting.extend(self._parts_of_next())
        line = self._waiting.popleft()
        self._number += 1
        self._record.append(line)
        self._record_length += len(line)
        if self._record_length > self._most:
            raise Refused(f"it is longer than {self._most:,} characters")
        return line

    def begin_record(self) -> None:
        """Begin a record at the next line."""
        self._record.clear()
        self._record_length = 0
        self.first = self._number + 1

    def read_again(self) -> None:
        """Go back to the second line of the record, unless too much was read again already."""
        rest = self._record[1:]
        self._again -= sum(map(len, rest))
        if self._again >= 0:
            self._waiting.extendleft(reversed(rest))
            self._number -= len(rest)

    def _parts_of_next(self) -> list[str]:
        """Return the next line, in parts where it holds the line ends of old computers."""
        line = next(self._lines)
        if line is None:
            self._number += 1
            raise Refused(f"it has a line of more than {self._most:,} bytes")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            text = decode(line)
        return _PARTS_OF_LINE.findall(text) if "\r" in text.removesuffix("\n")[:-1] else [text]

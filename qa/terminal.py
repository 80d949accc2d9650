"""Write for a person or for a program: the only module that knows rich, and the only one that writes to a stream.

Data goes to standard output, everything else to standard error. A person at a terminal gets styles and wrapped
lines; a pipe gets the same words plain, one line each, so that they can be cut and searched.
"""

from __future__ import annotations

import codecs
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from qa.pace import WORDS_ALREADY, Milestones, Once, Pace
from qa_index.errors import QAError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from qa_index.types import Step

Progress = Callable[["Step"], None]
Counted = Callable[[int, int, str], None]  # how many, of how many, and the name of the last

# What a terminal would obey instead of show. Titles, file names and questions may hold it; articles' text does not.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Our own punctuation, for a terminal that has no such letters; everything else it lacks becomes "?".
_PLAIN = {"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "·": "-", "\u00a0": " "}


class OutputClosed(Exception):
    """Whoever read standard output has read enough, as `head` does."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line for a person: pieces of text, each with a style ("" for none), and how many spaces it is set in."""

    pieces: tuple[tuple[str, str], ...] = ()
    indent: int = 0

    @property
    def text(self) -> str:
        """The line without its styles."""
        return "".join(text for text, _ in self.pieces)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns; a terminal shows them aligned, a pipe gets them separated by tabs."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def prepare() -> None:
    """Make the standard streams safe to write any text to; called once, before anything is written."""
    codecs.register_error("qa_plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="qa_plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Stand in for letters that the terminal's encoding does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_PLAIN.get(letter, "?") for letter in missing), error.end


def is_terminal(stream: TextIO) -> bool:
    """Whether a person is looking at `stream`, through something that understands styles."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def visible(text: str) -> str:
    """Return `text` without the control characters that a terminal would obey."""
    return _CONTROLS.sub("", text)


def one_line(text: str) -> str:
    """Return `text` as it can stand in one line: nothing to obey, every run of white space one space."""
    return " ".join(visible(text).split())


def say(message: str) -> None:
    """Write one line to standard error: a message, never data."""
    with suppress(BrokenPipeError):
        sys.stderr.write(one_line(message) + "\n")
        sys.stderr.flush()


def show(*parts: Line | Table) -> None:
    """Write lines and tables to standard output for a person to read."""
    text = _styled(parts) if is_terminal(sys.stdout) else "".join(map(_unstyled, parts))
    with _open_output():
        sys.stdout.write(text)
        sys.stdout.flush()


def emit(text: str) -> None:
    """Write `text` to standard output exactly, as UTF-8, whatever the terminal's encoding and line ends are."""
    with _open_output():
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.buffer.flush()


@contextmanager
def _open_output() -> Iterator[None]:
    """Turn a closed pipe into OutputClosed and a full disk into an error for a person."""
    try:
        yield
    except OSError as error:
        with suppress(OSError, ValueError):  # what is still held back goes nowhere, so that Python can end in peace
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise OutputClosed from error
        raise QAError(f"Asked to write to standard output, but: {error.strerror}. Send it elsewhere.") from error


def _unstyled(part: Line | Table) -> str:
    if isinstance(part, Line):
        return " " * part.indent + visible(part.text) + "\n"
    return "".join("\t".join(one_line(cell) for cell in row) + "\n" for row in part.rows)


def _styled(parts: Sequence[Line | Table]) -> str:
    from rich.console import Console  # 40 ms: a pipe must not pay for it

    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        for part in parts:
            for line in _wrapped(part, console) if isinstance(part, Line) else _aligned(part, console):
                console.print(line, soft_wrap=True)
    return captured.get()


def _wrapped(line: Line, console: Console) -> Iterator[Text]:
    """Break a line at words to the width of the terminal, every part of it set in alike."""
    from rich.text import Text

    text = Text.assemble(*((visible(piece), style) for piece, style in line.pieces))
    margin = Text(" " * line.indent)
    for part in text.wrap(console, max(20, console.width - line.indent)) or [Text()]:
        yield margin + part


def _aligned(table: Table, console: Console) -> Iterator[Text]:
    """Yield one row a line; where the terminal is too narrow the widest column is cut, but never the first."""
    from rich.cells import cell_len
    from rich.text import Text

    rows = [[one_line(cell) for cell in row] for row in (table.columns, *table.rows)]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    while sum(widths) + 2 * (len(widths) - 1) > console.width and max(widths[1:], default=0) > 8:
        widths[widths.index(max(widths[1:]), 1)] -= 1
    for number, row in enumerate(rows):
        line = Text(style="" if number else "bold")
        for cell, width in zip(row, widths, strict=True):
            part = Text(cell)
            part.truncate(width, overflow="ellipsis", pad=True)
            line.append_text(part).append("  ")
        line.rstrip()
        yield line


@contextmanager
def progress(clock: Callable[[], float] = time.monotonic) -> Iterator[Progress]:
    """Show on standard error how far a library is being brought up to date.

    A person sees a bar. Elsewhere a large run leaves a line at the beginning and the end of each stage and at every
    tenth of it, so that its log says something, and a small one none.
    """
    if not is_terminal(sys.stderr):
        milestones = Milestones(say, clock)
        yield milestones
        milestones.end()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    pace, once = Pace(clock), Once()
    console = Console(stderr=True, markup=False, highlight=False)
    one_row = Column(no_wrap=True, overflow="ellipsis")
    columns = (BarColumn(bar_width=20), TextColumn("{task.description}", markup=False, table_column=one_row))
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def update(step: Step) -> None:
            words = f"{pace.take(step)} · {_tail(step.name)}" if step.name else pace.take(step)
            bar.update(task, completed=step.share, description=words)
            if once.due(pace):
                console.print(WORDS_ALREADY)

        yield update


@contextmanager
def counting(doing: str) -> Iterator[Counted | None]:
    """Show a bar on standard error while things are done one by one; None where nobody is looking."""
    if not is_terminal(sys.stderr):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True, markup=False), transient=True) as bar:
        task = bar.add_task(doing, total=None)

        def update(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=f"{doing} {_tail(name)}")

        yield update


def _tail(source: str) -> str:
    """Return the end of a long path, which is the part that tells it from the others."""
    name = one_line(source)
    return name if len(name) <= 40 else "…" + name[-39:]

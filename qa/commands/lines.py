"""Read what a person types, or a pipe brings, line by line."""

from __future__ import annotations

import io
import shlex
import sys
from collections.abc import Iterator

from qa.terminal import is_terminal, say


def lines() -> Iterator[tuple[int, str]]:
    """Yield the lines of standard input that are not blank, with their numbers from 1, each as soon as it is there."""
    if isinstance(sys.stdin, io.TextIOWrapper) and not sys.stdin.isatty():
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")
    for number, line in enumerate(sys.stdin, start=1):
        if line.strip():
            yield number, line.strip()


def typed() -> Iterator[str]:
    """Yield what a person types, or a pipe brings, line by line until it ends."""
    if not is_terminal(sys.stdin):
        yield from (line for _, line in lines())
        return
    while (line := _prompted()) is not None:
        if line:
            yield line


def unquoted(name: str) -> str:
    """Return a file name without the quotes or backslashes that a shell would want; one with spaces needs none."""
    try:
        parts = shlex.split(name)
    except ValueError:  # an apostrophe
        return name
    return parts[0] if len(parts) == 1 else name


def _prompted() -> str | None:
    """Ask for one line at the terminal; None at its end, empty after Ctrl-C."""
    try:
        if is_terminal(sys.stdout):
            _editable()
            return input("\n? ").strip()
        sys.stderr.write("\n? ")  # standard output goes elsewhere: the prompt does not belong in it
        sys.stderr.flush()
        line = sys.stdin.readline()
        return line.strip() if line else None
    except EOFError:
        say("")
        return None
    except KeyboardInterrupt:
        say("(exit or Ctrl-D leaves)")
        return ""


def _editable() -> None:
    """Let lines be edited and called back with the arrow keys, where the system can."""
    try:
        import readline  # noqa: F401 (importing it is what does it)
    except ImportError:
        return

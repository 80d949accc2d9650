"""A process that reads pieces of files for another: `python -m qa_index.storage.worker CHUNK_TOKENS SECONDS`."""

from __future__ import annotations

import logging
import os
import signal
import sys
import warnings
from contextlib import suppress

from qa_index.storage.preparing import prepare
from qa_index.storage.workers import receive, send

MOST_BYTES = 3_000_000_000  # of address space: past that a piece is told as broken
GRACE_SECONDS = 5


def main(chunk_tokens: int, seconds: float) -> None:
    """Answer pieces with what they hold, until the pipe is closed; give one up after some more than `seconds`."""
    _bound()
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "r+b") as nowhere:  # noqa: PTH123 - whatever a reader prints must not get into the pipe
        os.dup2(nowhere.fileno(), 0)
        os.dup2(nowhere.fileno(), 1)
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    with suppress(EOFError, BrokenPipeError), incoming, outgoing:
        while True:
            work = receive(incoming)
            _end_in(round(seconds) + GRACE_SECONDS)
            send(outgoing, prepare(work, chunk_tokens=chunk_tokens))
            _end_in(0)


def _end_in(seconds: int) -> None:
    """End this process then, 0 for never: whoever waited for it ends it sooner, unless that was killed itself."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def _bound() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to every process of a terminal; ours ends with its pipe
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))

"""How a training runs on this machine: its threads, and the log it leaves."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch


def begin(threads: int) -> None:
    """Set the threads and what makes them quick; this process may be started anew for it."""
    if "OMP_WAIT_POLICY" not in os.environ:  # waiting threads that spin make a shared machine three times slower
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "OMP_WAIT_POLICY": "passive"})
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)  # else an optimizer step takes five times as long


def logging_to(folder: Path) -> Callable[[str], None]:
    """Make the folder; return what prints a line with the time, and keeps it in the folder's log."""
    folder.mkdir(parents=True, exist_ok=True)

    def say(line: str) -> None:
        with (folder / "log").open("a", encoding="utf-8") as log:
            print(line := f"{time.strftime('%m-%d %H:%M:%S')} {line}", file=log)
        print(line, flush=True)

    return say

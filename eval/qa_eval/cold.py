"""How long commands take from a cold start, and how much memory: `python -m qa_eval.cold`.

Each command runs as a process of its own, on a library of the shipped seeds. What it prints is the median and the
least of the wall times, and the most memory that one of the processes held.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import typer

from qa_eval.cli import seeds

RUNS = 15
QUESTION = "Who commanded the CSTO peacekeeping force?"


def main() -> None:
    """Measure a first question, the help page and the indexing of the seeds."""
    with tempfile.TemporaryDirectory() as folder:
        library = str(Path(folder) / "library")
        for name, arguments, runs in (
            ("qa --help", ["--help"], RUNS),
            ("qa index seeds", ["index", str(seeds()), "--library", library], 1),
            ("qa ask", ["ask", QUESTION, "--library", library], RUNS),
        ):
            taken = [timed(arguments) for _ in range(runs)]
            megabytes = max(memory for _, memory in taken) / 1024
            seconds = [spent for spent, _ in taken]
            typer.echo(
                f"{name:16} median {statistics.median(seconds):.3f} s, least {min(seconds):.3f} s, "
                f"most memory {megabytes:.0f} MB, {runs} processes"
            )


def timed(arguments: list[str]) -> tuple[float, int]:
    """Run `qa` once; return the wall time in seconds and the peak resident memory in KiB of that process."""
    code = "import sys; from qa.cli import main; sys.argv[0] = 'qa'; main()"
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise typer.Exit(process.returncode)
    return time.perf_counter() - start, usage.ru_maxrss


if __name__ == "__main__":
    main()

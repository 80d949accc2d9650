"""Run one job in a process of its own, and take its time and its memory from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from qa_eval.machine import KIB_PER_UNIT
from qa_index.errors import QAError, UsageError

# Nothing is sent or fetched while measuring: neither usage figures nor weights that are not there.
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_DATASETS_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "CHROMA_TELEMETRY_IMPL": "none",
    "DO_NOT_TRACK": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


@dataclass(frozen=True, slots=True)
class Ran:
    """What one process took.

    `first` is the time until it printed its first line, `seconds` until it had ended. `peak_mb` is the most memory
    that it held; it cannot come out as less than what the process that started it held, about 50 MB, because the
    system counts the moment between its beginning and its own program as well. `result` is the JSON object of its
    last line, empty if that is none.
    """

    seconds: float
    first: float
    peak_mb: float
    result: Mapping[str, Any] = field(default_factory=dict)


class Runner(Protocol):
    """Runs Python code in a fresh process, with arguments; `allowed` are the exit codes that are no failure."""

    def __call__(self, code: str, *arguments: str, folder: Path, allowed: Sequence[int] = (0,)) -> Ran:
        """Run it to its end, in `folder`.

        Raises:
            ChildFailed: if it ends with a code that is not allowed.

        """
        ...


class ChildFailed(QAError):
    """A measured process ended badly; its message is the last line that it wrote to standard error."""


def run(code: str, *arguments: str, folder: Path, allowed: Sequence[int] = (0,)) -> Ran:
    """Run Python code in a fresh process and wait for it; an interruption ends the process too.

    Raises:
        ChildFailed: if it ends with a code that is not allowed.
        UsageError: on a system that does not tell how much memory a process held.

    """
    if not hasattr(os, "wait4"):
        raise UsageError("Asked to measure memory, but this system does not tell it. Run this on Linux or macOS.")
    # -P: what lies in the folder it runs in is no module of ours
    command = [sys.executable, "-P", "-c", code, *arguments]
    with tempfile.TemporaryFile() as complaints:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, cwd=folder, env=_environment()
        )
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            first = time.perf_counter() - began
            rest = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            with suppress(ChildProcessError):
                process.wait()
            raise
        finally:
            process.stdout.close()
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in allowed:
            complaints.seek(0)
            raise ChildFailed(_why(process.returncode, complaints.read()))
    peak = usage.ru_maxrss * KIB_PER_UNIT * 1024 / 1_000_000
    return Ran(round(seconds, 4), round(first, 4), round(peak, 1), _result(line + rest))


def _environment() -> dict[str, str]:
    """Return the environment of a child: offline, its output in UTF-8, whatever language the terminal has."""
    return {**os.environ, **OFFLINE, "PYTHONIOENCODING": "utf-8"}


def _why(code: int, complaint: bytes) -> str:
    """Say how a process ended, with the last line that it complained in."""
    ended = f"its process was ended by signal {-code}" if code < 0 else f"its process ended with code {code}"
    lines = [line for line in complaint.decode("utf-8", "replace").splitlines() if line.strip()]
    return f"{ended}: {lines[-1].strip()[:300]}" if lines else ended


def _result(output: bytes) -> Mapping[str, Any]:
    lines = output.decode("utf-8", "replace").split("\n")
    last = next((line for line in reversed(lines) if line.strip()), "")
    if not last.startswith("{"):
        return {}
    try:
        found = json.loads(last)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}

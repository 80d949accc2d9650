"""What a measurement ran on, and the most memory that it took."""

from __future__ import annotations

import os
import platform
import re
import resource
import sys
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

KIB_PER_UNIT = 1 / 1024 if sys.platform == "darwin" else 1  # of ru_maxrss: bytes there, KiB elsewhere


def peak_megabytes() -> float:
    """Return the most memory this process has held, in MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB_PER_UNIT * 1024 / 1e6, 1)


def machine() -> dict[str, str]:
    """Say what this runs on; the processor's name and the memory where the system tells."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = {"system": f"{platform.system()} {platform.machine()}", "cores": str(cores)}
    if match := _stated("/proc/cpuinfo", r"model name\s*:\s*(.+)"):
        found["processor"] = match
    if match := _stated("/proc/meminfo", r"MemTotal:\s*(\d+)"):
        found["memory"] = f"{int(match) / 2**20:.0f} GiB"
    return found


def version(package: str) -> str:
    """Return the installed version of a package, "not installed" of one that is not."""
    try:
        return installed(package)
    except PackageNotFoundError:
        return "not installed"


def _stated(path: str, pattern: str) -> str | None:
    try:
        found = re.search(pattern, Path(path).read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    return found[1].strip() if found else None

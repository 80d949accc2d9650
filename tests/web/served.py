"""Run the real `qa serve` in a process of its own, on this machine, for tests and for scripts."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = "import sys; from qa.cli import main; sys.argv[0] = 'qa'; main()"
SECONDS = 60  # to get ready in, on a machine that does other things too
_ADDRESS = re.compile(r"http://(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1\]):(\d+)")


class Served:
    """A running `qa serve`: where it listens, what it said, and ways to end it and to bring it back."""

    def __init__(self, library: Path, work: Path, *, environ: Mapping[str, str], arguments: Sequence[str]) -> None:
        self.library, self._work, self._arguments = library, work, tuple(arguments)
        self._log, self._environ = work / "serve.log", environment(work, environ)
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """The page's address, without the last slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """All that it has said so far."""
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    def start(self) -> None:
        """Start it, on the port it had before if it had one, and wait until its page is there."""
        said = len(self.log)
        command = [sys.executable, "-c", CODE, "serve", "--library", str(self.library), "--port", str(self.port)]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self._arguments], stdout=log, stderr=log, env=self._environ, cwd=self._work
            )
        ends = time.monotonic() + SECONDS
        while not self._is_ready(said):
            if self.process.poll() is not None or time.monotonic() > ends:
                self.stop()
                raise RuntimeError(f"`qa serve` did not get ready; it said:\n{self.log}")
            time.sleep(0.02)

    def stop(self) -> int:
        """Ask it to end, as Ctrl-C does, and return its exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"`qa serve` did not end within 20 s of Ctrl-C; it said:\n{self.log}") from None

    def kill(self) -> None:
        """End it at once, as a lost machine would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _is_ready(self, said: int) -> bool:
        if not self.port:
            found = _ADDRESS.search(self.log, said)
            if not found:
                return False
            self.port = int(found[1])
        try:
            with urllib.request.urlopen(self.url + "/", timeout=10) as response:
                return response.status == 200
        except urllib.error.HTTPError as error:
            return error.code == 401  # a page with a password is there too
        except OSError:
            return False


def environment(work: Path, given: Mapping[str, str]) -> dict[str, str]:
    """This environment without what a user has set, so that the same is served on every machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QA_", "OPENAI_", "GRADIO_"))}
    kept |= {name: os.environ[name] for name in ("QA_CACHE",) if name in os.environ}
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("", "index", "eval"))
    return {**kept, "PYTHONPATH": paths, "XDG_CONFIG_HOME": str(work / "config"), **given}


@contextlib.contextmanager
def serve(
    library: Path, work: Path, *, environ: Mapping[str, str] | None = None, arguments: Sequence[str] = ()
) -> Iterator[Served]:
    """Serve a library until the block ends; `work` is an empty folder for its log."""
    served = Served(library, work, environ=environ or {}, arguments=arguments)
    served.start()
    try:
        yield served
    finally:
        served.stop()


def resident_bytes(process_id: int) -> int:
    """How much memory a process holds, as /proc tells it."""
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[1]) * 1024

"""Keep a run on disk, so that an interrupted one can go on and a finished one can be read, shown and compared."""

from __future__ import annotations

import datetime as dt
import errno
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from io import FileIO
from pathlib import Path

from filelock import FileLock

from qa_eval.figures import by_tag, figures
from qa_eval.holding import hold, release
from qa_eval.records import (
    RESULTS,
    RUN,
    damaged,
    read_header,
    read_line,
    replace_file,
    to_line,
    unwritable,
    write_header,
)
from qa_eval.types import Figures, Finish, Header, Outcome
from qa_index.errors import UsageError


@dataclass(frozen=True)
class Run:
    """A run as it was kept: what it was made with and what became of each case; no `finish` if it was interrupted."""

    path: Path
    header: Header
    outcomes: tuple[Outcome, ...]
    finish: Finish | None = None

    @property
    def name(self) -> str:
        """What to call it: the name of its folder."""
        return self.path.resolve().name

    @cached_property
    def figures(self) -> Figures:
        """The figures of all its cases."""
        return figures(self.outcomes)

    @cached_property
    def by_tag(self) -> dict[str, Figures]:
        """The figures of each tag, by name."""
        return by_tag(self.outcomes)


class RunFolder:
    """A run that is being made: `run.json` says what with, `results.jsonl` grows by a line an outcome.

    Made by `create` or `continued`; used in a `with` block, which closes its file and keeps what is there.
    """

    def __init__(self, path: Path, header: Header, results: FileIO, lock: FileLock, done: Iterable[str] = ()) -> None:
        self.path, self.header = path, header
        self._results, self._lock, self._done = results, lock, set(done)

    @classmethod
    def create(cls, path: Path, header: Header) -> RunFolder:
        """Start a run in a folder of its own, which is made if it is not there.

        Raises:
            UsageError: if something is there already.
            QAError: if the folder cannot be written.

        """
        require_free(path)
        new = not path.exists()
        try:
            path.mkdir(parents=True, exist_ok=True)
            results = FileIO(path / RESULTS, "xb")  # of two who start a run here at once, one gets it
        except FileExistsError:
            raise _taken(path) from None
        except OSError as error:
            raise unwritable(path, error) from error
        lock: FileLock | None = None
        try:
            lock = hold(path)
            write_header(path, header)
        except BaseException:
            results.close()
            if lock:
                release(lock)
            with suppress(OSError):
                (path / RESULTS).unlink()
                if new:
                    path.rmdir()
            raise
        return cls(path, header, results, lock)

    @classmethod
    def continued(cls, path: Path, header: Header) -> tuple[RunFolder, tuple[Outcome, ...]]:
        """Go on with an interrupted run; return what it did already. A last line that was cut off is dropped.

        Raises:
            UsageError: if there is no run, it is damaged or still going, or `header` says that other things would be
                measured.
            QAError: if the folder cannot be written.

        """
        read_header(path)  # a folder that holds no run gets no lock either
        lock = hold(path)
        try:
            return cls._continued(path, header, lock)
        except BaseException:
            release(lock)
            raise

    @classmethod
    def _continued(cls, path: Path, header: Header, lock: FileLock) -> tuple[RunFolder, tuple[Outcome, ...]]:
        before = read(path)
        if differing := next(_differences(before.header, header), None):
            raise UsageError(
                f"Asked to go on with the run {path}, but {differing}. "
                "Run it as it was started, or start a new run without --resume."
            )
        try:
            content = (path / RESULTS).read_bytes()
            if not content.endswith(b"\n") and content:
                replace_file(path / RESULTS, content[: content.rfind(b"\n") + 1])
            results = FileIO(path / RESULTS, "ab")
        except OSError as error:
            raise unwritable(path, error) from error
        done = (each.case.id for each in before.outcomes)
        return cls(path, before.header, results, lock, done), before.outcomes

    def append(self, outcome: Outcome) -> None:
        """Keep what became of a case: once this returns, it outlives the process.

        Raises:
            QAError: if it cannot be written; what was kept before stays whole.

        """
        if outcome.case.id in self._done:
            raise ValueError(f"case {outcome.case.id} was kept already")
        line = memoryview(to_line(outcome))
        end = self._results.seek(0, os.SEEK_END)
        try:
            while line:
                line = line[self._results.write(line) or 0 :]
        except OSError as error:
            with suppress(OSError):
                self._results.truncate(end)
            raise unwritable(self.path, error) from error
        self._done.add(outcome.case.id)

    def finish(self, finish: Finish) -> None:
        """Say that every case was asked, and add up what became of them.

        Raises:
            QAError: if it cannot be written; the run stays unfinished then, and whole.

        """
        run = read(self.path)
        tags = {tag: asdict(each) for tag, each in run.by_tag.items()}
        write_header(self.path, run.header, finished=asdict(finish), figures=asdict(run.figures), tags=tags)

    def close(self) -> None:
        """Close its file, and let others go on with the run; no more can be appended."""
        self._results.close()
        release(self._lock)

    def __enter__(self) -> RunFolder:
        """Stay open until the block ends."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Close its file, however the block ended."""
        self.close()


def read(path: Path) -> Run:
    """Read a run, finished or not. The last line of an unfinished one is left out if it was cut off.

    Raises:
        UsageError: if the folder holds no run, or a damaged one.

    """
    header, finish = read_header(path)
    try:
        content = (path / RESULTS).read_bytes()
    except OSError as error:
        raise UsageError(f"The run {path} has no {RESULTS} that can be read: {error.strerror}.") from error
    *lines, torn = content.split(b"\n")
    if torn and finish:
        raise damaged(path, f"line {len(lines) + 1} of {RESULTS} is cut off")
    outcomes = tuple(read_line(path, number, line) for number, line in enumerate(lines, start=1))
    if len({each.case.id for each in outcomes}) < len(outcomes):
        raise damaged(path, f"{RESULTS} has two lines for one case")
    return Run(path, header, outcomes, finish)


def next_name(root: Path, suite: str) -> Path:
    """Return a folder under `root` for a new run: the suite's name and a number that is larger than any there."""
    stem = re.sub(r"[^\w-]+", "-", suite).strip("-_")[:60] or "suite"
    numbered = re.compile(rf"{re.escape(stem)}-(\d+)", re.ASCII)
    there = [each.name for each in root.iterdir()] if root.is_dir() else []
    numbers = [int(found[1]) for name in there if (found := numbered.fullmatch(name))]
    return root / f"{stem}-{max(numbers, default=0) + 1:03d}"


def latest_unfinished(root: Path, suite_digest: str) -> Path | None:
    """Return the run of these cases under `root` that was started last and not finished, None if there is none."""
    started: list[tuple[dt.datetime, str, Path]] = []
    for path in _runs(root):
        with suppress(UsageError, ValueError):
            header, finish = read_header(path)
            if finish is None and header.suite_digest == suite_digest:
                started.append((dt.datetime.fromisoformat(header.started).astimezone(), path.name, path))
    return max(started)[-1] if started else None


def find(root: Path, name: str) -> Path:
    """Return the folder of a run that is named by its path, or by its name under `root`.

    Raises:
        UsageError: if neither is a run.

    """
    for path in (Path(name), root / name):
        with suppress(OSError):  # a name too long for any file
            if (path / RUN).is_file():
                return path
    there = ", ".join([path.name for path in _runs(root)][-5:])
    advice = f"{root} holds {there}: name one of these" if there else f"{root} holds no runs: name the folder of one"
    raise UsageError(f"Asked for the run {name}, but there is none of this path or name. {advice}.")


def require_free(path: Path) -> None:
    """Check that a run may be made here: nothing is there, or an empty folder.

    Raises:
        UsageError: if something is there already, which may be a run.
        QAError: if it cannot be looked at, or can never be a folder.

    """
    try:
        parent = next((each for each in path.absolute().parents if each.exists()), None)
        if parent is not None and not parent.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise _taken(path)
    except OSError as error:
        raise unwritable(path, error) from error


def _runs(root: Path) -> list[Path]:
    return sorted(each for each in root.iterdir() if (each / RUN).is_file()) if root.is_dir() else []


def _differences(kept: Header, now: Header) -> Iterator[str]:
    """Yield a clause for each thing in which a run would no longer measure the same."""
    if (kept.suite_digest, kept.retrieval_only) != (now.suite_digest, now.retrieval_only):
        yield f"its suite {kept.suite} holds other cases than {now.suite} does now"
    if kept.articles_digest != now.articles_digest:
        yield "its articles have changed since"
    for kind, old, new in (
        ("setting", kept.settings, now.settings),
        ("model", kept.made_by, now.made_by),
        ("version of", kept.versions, now.versions),
    ):
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                was, is_now = (repr(each[name]) if name in each else "not there" for each in (old, new))
                yield f"its {kind} {name} was {was} and is {is_now} now"


def _taken(path: Path) -> UsageError:
    held = "a run" if (path / RUN).is_file() else "something else"
    return UsageError(
        f"Asked to start a run in {path}, but it holds {held} already. Choose another --output, or --resume a run."
    )

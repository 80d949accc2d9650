"""Keep a library in step with folders as they change. The only module that knows watchfiles."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Protocol

from qa_index.errors import LibraryLocked, QAError, UsageError
from qa_index.types import Failure, Synced

TERMINATED = 143  # 128 + SIGTERM, as shells report it
_QUIET_MS, _LONGEST_MS = 300, 5_000  # what changes within so short a time is one change; within so long, at most
_LOOK_MS = 2_000  # how often it is looked whether a folder is still there
_POLL_MS = 2_000  # between looks at every file, where the drive tells of no change
_LOCKED_SECONDS, _TROUBLE_SECONDS = 2.0, 60.0  # until it is tried again

Place = tuple[int, int] | None  # device and inode of what is there, None if nothing is


class Sync(Protocol):
    """Brings a library up to date with some paths; raises QAError if it cannot."""

    def __call__(self, there: Sequence[str], /) -> Synced:
        """Return what was done."""
        ...


class Watch:
    """Paths that are kept up with: `done` is told what changed, `say` once what is in the way."""

    def __init__(
        self,
        paths: Sequence[str],
        sync: Sync,
        done: Callable[[Synced], None],
        say: Callable[[str], None],
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._paths, self._sync, self._done, self._say, self._sleep = paths, sync, done, say, sleep
        self._known: frozenset[Failure] = frozenset()
        self._in_the_way: dict[str, str] = {}  # what was said of what

    def first(self, sync: Sync) -> Synced:
        """Bring the library up to date for the first time, once no other process writes to it."""
        while True:
            try:
                done = sync(self._paths)
            except LibraryLocked as error:
                self._wait_for(error)
            else:
                self._in_the_way.clear()
                self._known = frozenset(done.failed)
                return done

    def follow(self, changed: Iterator[None]) -> None:
        """Bring the library up to date whenever something has `changed`."""
        for _ in changed:
            while not self._is_up_to_date():
                pass

    def _is_up_to_date(self) -> bool:
        """Bring what is there up to date; False if it is to be tried again."""
        there = [path for path in self._paths if self._is_there(path)]
        if not there:
            return True
        try:
            done = self._sync(there)
        except LibraryLocked as error:
            self._wait_for(error)
            return False
        except UsageError as error:  # a folder that is empty now, or went this moment: until it changes again
            self._once("library", str(error))
            return True
        except QAError as error:
            self._once("library", str(error))
            self._sleep(_TROUBLE_SECONDS)
            return False
        self._in_the_way.pop("library", None)
        self._tell(done)
        return True

    def _is_there(self, path: str) -> bool:
        there = Path(path).expanduser().exists()
        if there:
            self._in_the_way.pop(path, None)
        else:
            self._once(path, f"{path} is not there any more; its articles are kept, and it is waited for.")
        return there

    def _tell(self, done: Synced) -> None:
        """Tell what was done, of what failed only what did not fail before; nothing if there is nothing new."""
        fresh = tuple(failure for failure in done.failed if failure not in self._known)
        self._known = frozenset(done.failed)
        if done.added or done.changed or done.removed or fresh:
            self._done(replace(done, failed=fresh))

    def _wait_for(self, error: LibraryLocked) -> None:
        owner = f"process {error.pid}" if error.pid else "another process"
        self._once("library", f"Waiting: {owner} is writing to the library.")
        self._sleep(_LOCKED_SECONDS)

    def _once(self, what: str, words: str) -> None:
        """Say what is in the way, unless it was said and nothing has come in between."""
        if self._in_the_way.get(what) != words:
            self._in_the_way[what] = words
            self._say(words)


def changes(
    paths: Sequence[str], *, is_article: Callable[[str], bool], outside: Path, poll: bool = False
) -> Iterator[None]:
    """Yield whenever articles below the paths may have changed, until Ctrl-C; first once the watch has begun.

    What happens in the folder `outside`, where the library itself is, does not count, nor do files that are no
    articles. A path that is gone, or another than it was, is watched again once it is there.
    """
    own = outside.resolve()
    while True:
        places = _places(paths)
        roots = [Path(path).expanduser().resolve() for path, place in places.items() if place]
        first = True
        for changed in _watched(roots, poll=poll):
            moved = _places(paths) != places
            if first or moved or any(_counts(Path(path), roots, own, is_article) for path in changed):
                yield
            first = False
            if moved:
                break


def _watched(paths: Sequence[Path], *, poll: bool) -> Iterator[Sequence[str]]:
    """Yield the paths that changed, none now and then; end if what is to be watched is not there."""
    if not paths:
        time.sleep(_LOOK_MS / 1000)
        return
    import watchfiles

    try:
        for changed in watchfiles.watch(
            *paths,
            watch_filter=None,
            step=_QUIET_MS,
            debounce=_LONGEST_MS,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=True,
            force_polling=poll or None,
            poll_delay_ms=_POLL_MS,
            ignore_permission_denied=True,
        ):
            yield [path for _, path in changed]
    except FileNotFoundError:
        time.sleep(_LOOK_MS / 1000)
    except (OSError, RuntimeError) as error:
        raise QAError(
            f"Asked to watch {', '.join(map(str, paths))}, but the system does not let them be watched ({error}). "
            "Try it with --poll, or run `qa index` now and then."
        ) from error


def _places(paths: Sequence[str]) -> dict[str, Place]:
    """Return what stands at each path now: another folder of the same name is another place."""
    found: dict[str, Place] = {}
    for path in paths:
        try:
            seen = Path(path).expanduser().stat()
        except (OSError, RuntimeError, ValueError):
            found[path] = None
        else:
            found[path] = seen.st_dev, seen.st_ino
    return found


def _counts(path: Path, roots: Sequence[Path], own: Path, is_article: Callable[[str], bool]) -> bool:
    """Tell whether a change there may be one of an article: of a file, or of a folder that came or went with some."""
    if path in roots:
        return True
    if path.is_relative_to(own):
        return False
    below = next((path.relative_to(root) for root in roots if path.is_relative_to(root)), Path(path.name))
    if any(part.startswith(".") for part in below.parts):
        return False
    return is_article(below.as_posix()) or "." not in path.name or path.is_dir()


@contextmanager
def ended_in_peace() -> Iterator[None]:
    """Let SIGTERM end what is done inside as Ctrl-C does, with its own exit code."""

    def terminate(number: int, frame: FrameType | None) -> None:
        terminated.append(number)
        raise KeyboardInterrupt

    terminated: list[int] = []
    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    except KeyboardInterrupt:
        if terminated:
            raise SystemExit(TERMINATED) from None
        raise
    finally:
        signal.signal(signal.SIGTERM, before)

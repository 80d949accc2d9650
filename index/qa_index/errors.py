"""Every error that is raised on purpose, with the exit code a command ends with.

QAError                      1  base: its message is one line for a person
├── UsageError               2  what was asked cannot be done as it was asked
│   ├── PathNotFound            a path that is not there
│   ├── NothingToIndex          a folder without one readable article
│   ├── UnknownFilter           a filter, or a filter's value, that the library does not know
│   └── TextTooLong             a question past what can be answered sensibly
├── UnreadableArticle        1  one file cannot become an article; the others go on
├── LibraryNotFound          1  no library where one was expected
├── LibraryMismatch          1  the library was built with other settings
├── LibraryDamaged           1  the catalog itself cannot be read
├── LibraryReadOnly          1  the library's folder cannot be written
├── LibraryLocked            5  another process is writing
├── ArticleNotFound          1  no article has this id
├── ModelUnavailable         1  the weights are missing, damaged or of another version
└── LanguageModelUnavailable 6  the language model cannot be reached, refuses, or fails
"""

from __future__ import annotations

from pathlib import Path


class QAError(Exception):
    """Base of every error raised on purpose; its message is shown as it stands, on one line.

    A message says three things: what was asked, what was found, what to do next.
    Anything that is not a QAError is a bug and keeps its traceback.
    """

    exit_code = 1


class UsageError(QAError):
    """What was asked cannot be done as it was asked."""

    exit_code = 2


class PathNotFound(UsageError):
    """A path was named that is not there."""

    def __init__(self, path: Path | str) -> None:
        self.path = str(path)
        super().__init__(f"Asked to index {self.path}, but nothing is there. Check the path and run it again.")


class NothingToIndex(UsageError):
    """A folder holds no file that could be an article."""


class UnknownFilter(UsageError):
    """A filter, or a filter's value, that this library does not know."""


class TextTooLong(UsageError):
    """A question longer than what can be answered sensibly."""


class UnreadableArticle(QAError):
    """One file cannot become an article; `reason` is a clause such as "it holds no text"."""

    def __init__(self, source: Path | str, reason: str) -> None:
        self.source, self.reason = str(source), reason
        super().__init__(f"{self.source} was not indexed: {reason}.")


class LibraryNotFound(QAError):
    """A library was expected in a folder that holds none."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = str(folder)
        super().__init__(
            f"Asked for the library in {self.folder}, but there is none. "
            "Run `qa index PATH` to make one, or name another with `--library DIR`."
        )


class LibraryMismatch(QAError):
    """The library on disk was built with other settings than the ones in force."""

    def __init__(self, setting: str, *, built_with: object, asked_for: object) -> None:
        self.setting, self.built_with, self.asked_for = setting, built_with, asked_for
        super().__init__(
            f"This library was built with {setting}={built_with!r}, but the settings ask for {asked_for!r}. "
            f"Run `qa index --rebuild`, or set {setting}={built_with!r}."
        )


class LibraryDamaged(QAError):
    """The catalog cannot be read, so nothing in the library can be trusted."""


class LibraryReadOnly(QAError):
    """The library's folder cannot be written; questions still work."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = str(folder)
        super().__init__(
            f"Asked to change the library in {self.folder}, but that folder cannot be written. "
            "Make it writable, or name another with `--library DIR`."
        )


class LibraryLocked(QAError):
    """Another process is writing to the library."""

    exit_code = 5

    def __init__(self, folder: Path | str, *, pid: int | None) -> None:
        self.folder, self.pid = str(folder), pid
        owner = f"process {pid}" if pid else "another process"
        super().__init__(
            f"Asked to change the library in {self.folder}, but {owner} is writing to it. "
            "Wait until it is done, or end it, and run this again."
        )


class ArticleNotFound(QAError):
    """No article, or more than one, has this id."""


class ModelUnavailable(QAError):
    """A model's weights are missing, damaged or of another version than the one this release was made for."""


class LanguageModelUnavailable(QAError):
    """A language model that was asked cannot be reached, refuses, fails, or takes longer than it may.

    Its message never holds a key.
    """

    exit_code = 6

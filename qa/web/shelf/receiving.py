"""Read a form of files as it comes: each goes to disk, and those that cannot be articles are refused one by one."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from qa_index.errors import UnreadableArticle, UsageError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_FILES = 500  # at once; the page sends more in turn
KINDS = "text, a web page, PDF, Word, JSON, CSV, mail, a feed, WARC or ZIP"  # in words, as `suffixes` lists them
_LONGEST_HEAD = 64_000  # bytes of what stands above one file: its name and kind


@dataclass(frozen=True, slots=True)
class Received:
    """One file as it came: what it was called, where it lies for now, and why it is refused, if it is."""

    name: str
    path: Path
    digest: str = ""
    reason: str | None = None


async def receive(
    content_type: str, body: AsyncIterator[bytes], folder: Path, *, max_bytes: int
) -> tuple[Received, ...]:
    """Write the files of a form to `folder` as they come, in their order; those that cannot be articles are refused.

    Raises:
        UsageError: if it is no form with files.

    """
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise UsageError("Asked to add articles, but what came is no form with files. Send multipart/form-data.")
    form = _Form(folder, max_bytes=max_bytes)
    try:
        parser = MultipartParser(options[b"boundary"], form.callbacks())
        async for block in body:
            await run_in_threadpool(parser.write, block)
        parser.finalize()
    except FormParserError as error:
        raise UsageError(f"Asked to add articles, but the form is damaged ({error}). Send the files again.") from error
    finally:
        form.close()
    if not form.whole or not form.received:
        what = "the form was cut off" if form.received else "no file came"
        raise UsageError(f"Asked to add articles, but {what}. Choose files of articles and send them again.")
    return await run_in_threadpool(lambda: tuple(_checked(one, max_bytes) for one in form.received))


class _Form:
    """What a parser of forms tells, a piece at a time: files are written down, everything else is passed over."""

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self.received: list[Received] = []
        self.whole = False
        self._field, self._value, self._disposition = b"", b"", b""
        self._file: IO[bytes] | None = None
        self._size, self._digest = 0, hashlib.sha256()

    def callbacks(self) -> MultipartCallbacks:
        """Return what a parser is to call."""
        return {
            "on_part_begin": self._part_begin,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_end": self._end,
        }

    def close(self) -> None:
        """Let go of the file that is being written."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _part_begin(self) -> None:
        self._disposition = b""
        self._size, self._digest = 0, hashlib.sha256()

    def _header_field(self, block: bytes, start: int, end: int) -> None:
        self._field = self._longer(self._field, block[start:end])

    def _header_value(self, block: bytes, start: int, end: int) -> None:
        self._value = self._longer(self._value, block[start:end])

    @staticmethod
    def _longer(text: bytes, more: bytes) -> bytes:
        if len(text) + len(more) > _LONGEST_HEAD:
            raise UsageError("Asked to add articles, but the name of a file is too long. Rename it and send it again.")
        return text + more

    def _header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = self._value
        self._field = self._value = b""

    def _headers_finished(self) -> None:
        name = _file_name(self._disposition)
        if name is None:
            return
        place = self._folder / str(len(self.received))
        one = Received(name, place, reason=_refusal(name, len(self.received)))
        self.received.append(one)
        if one.reason is None:
            self._file = place.open("wb")

    def _part_data(self, block: bytes, start: int, end: int) -> None:
        if self._file is None:
            return
        self._size += end - start
        if self._size > self._max_bytes:
            reason = f"it has more than the {self._max_bytes:,} bytes that one file may have here"
            self._drop(f"{reason}; split it, or read it with `qa index`")
            return
        self._digest.update(block[start:end])
        self._file.write(block[start:end])

    def _drop(self, reason: str) -> None:
        self.close()
        self.received[-1] = replace(self.received[-1], reason=reason)
        self.received[-1].path.unlink()

    def _part_end(self) -> None:
        if self._file is not None:
            self.close()
            self.received[-1] = replace(self.received[-1], digest=self._digest.hexdigest())

    def _end(self) -> None:
        self.whole = True


def _file_name(disposition: bytes) -> str | None:
    """Return the name of the file that a part holds, None if it holds none."""
    from python_multipart.multipart import parse_options_header

    name = parse_options_header(disposition)[1].get(b"filename")
    if not name:
        return None
    text = name.decode("utf-8", errors="replace")
    for code, sign in (("%22", '"'), ("%0D", "\r"), ("%0A", "\n")):  # as browsers write what would end the name
        text = text.replace(code, sign)
    return text


def _refusal(name: str, before: int) -> str | None:
    """Say why a file is not even looked at, None if it is."""
    if before >= MOST_FILES:
        return f"no more than {MOST_FILES} files can come at once; send it with the next"
    if not name.lower().endswith(suffixes()):
        return f"it is not {KINDS}; save its text as .txt and drop that here"
    return None


def suffixes() -> tuple[str, ...]:
    """Return the endings of the files that are read."""
    from qa_index.formats.kinds import SUFFIXES

    return SUFFIXES


def _checked(one: Received, max_bytes: int) -> Received:
    """Look at a file that came, and say why it cannot be articles, if so.

    A text is read as the library will read it. What other kinds hold is told by the job that reads them elsewhere: a
    file that means harm must not hold up the server.
    """
    if one.reason is not None:
        return one
    try:
        reason = _wrong_with(one, max_bytes)
    except UnreadableArticle as error:
        reason = error.reason
    except Exception as error:  # whatever a file does to its reader, the others go on
        return replace(one, reason=f"reading it failed ({type(error).__name__})")
    return replace(one, reason=for_the_page(reason)) if reason else one


def for_the_page(reason: str) -> str:
    """Say what to do here, where the same reason elsewhere says to index something."""
    return reason.replace(" and index that", " and drop that here").replace(" and index what ", " and drop here what ")


def _wrong_with(one: Received, max_bytes: int) -> str | None:
    from qa_index.formats.kinds import BEGINNING, kind_of, refusal
    from qa_index.formats.reading import stories
    from qa_index.reading.files import read_bytes
    from qa_index.stories import Broken, Piece

    with one.path.open("rb") as file:
        beginning = file.read(BEGINNING)
    if not beginning.strip():
        return "it is empty; put the article's text into it"
    kind = kind_of(one.name, beginning)
    if kind is None:
        return refusal(beginning)
    if kind == "text":
        told = stories(Piece("", kind, read_bytes(one.path, max_bytes)))
        return next((each.reason for each in told if isinstance(each, Broken)), None)
    return None

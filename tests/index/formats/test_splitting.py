from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_index.errors import UnreadableArticle
from qa_index.formats import reading, splitting
from qa_index.stories import Broken, Limits, Piece, Story

BODY = "The council met on Monday. It decided to build a bridge."
SMALL = Limits(story_bytes=10_000)


def write(path: Path, content: str | bytes = BODY) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def refused(path: Path, limits: Limits = SMALL) -> str:
    with pytest.raises(UnreadableArticle) as failure:
        list(splitting.pieces(path, limits))
    return failure.value.reason


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.txt", "text"), ("a.md", "text"), ("a.html", "html"), ("a.pdf", "pdf"), ("a.eml", "email"), ("a.rss", "feed")],
)
def test_a_file_of_one_story_is_one_piece_without_a_place(tmp_path, name, kind):
    assert list(splitting.pieces(write(tmp_path / name))) == [Piece("", kind, BODY.encode())]


def test_a_file_that_is_named_but_has_no_known_ending_is_text(tmp_path):
    (piece,) = splitting.pieces(write(tmp_path / "notes"))
    assert list(reading.stories(piece)) == [Story(BODY)]


@pytest.mark.parametrize("content", [b"", b" \n\t\r\n"])
def test_an_empty_file_is_refused(tmp_path, content):
    assert "it is empty" in refused(write(tmp_path / "a.jsonl", content))
    assert "it is empty" in refused(write(tmp_path / "a.txt.gz", gzip.compress(content)))


def test_what_nothing_reads_is_refused_with_what_to_do(tmp_path):
    assert "it is an image" in refused(write(tmp_path / "a.txt", b"\x89PNG\r\n\x1a\n" + bytes(100)))
    assert "it holds binary data" in refused(write(tmp_path / "a", bytes(range(256)) * 10))


def test_a_file_that_is_not_there_or_no_file_is_refused(tmp_path):
    assert "it is no longer there" in refused(tmp_path / "gone.jsonl")
    assert "a folder whose files cannot be listed" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert "it is no ordinary file" in refused(tmp_path / "pipe.jsonl")
    assert "its name is not valid Unicode" in refused(tmp_path / "a\udcff.jsonl")


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.pdf", "a.docx", "a.eml", "a.rss"])
def test_one_story_larger_than_the_limit_is_refused(tmp_path, name):
    assert "more than the 10,000 that one article may have" in refused(write(tmp_path / name, "x" * 10_001))


def test_json_larger_than_the_limit_is_cut_or_refused(tmp_path):
    records = [{"text": BODY, "number": number} for number in range(500)]
    found = list(splitting.pieces(write(tmp_path / "a.json", json.dumps(records)), SMALL))
    assert [part.place for part in found] == [f"item {number}" for number in range(1, 501)]
    assert "no list of objects" in refused(write(tmp_path / "b.json", json.dumps({"text": "x" * 20_000})))


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_large_file_of_many_records_is_read_in_the_memory_of_a_few(tmp_path, name):
    line = json.dumps({"text": "x" * 2_000}) if name == "a.jsonl" else "x" * 2_000
    path = write(tmp_path / name, "text\n" * (name == "a.csv") + f"{line}\n" * 10_000)
    tracemalloc.start()
    try:
        count = sum(isinstance(part, Piece) for part in splitting.pieces(path, SMALL))
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert count == 10_000


def test_a_large_zip_is_read_in_the_memory_of_one_entry(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(500):
            archive.writestr(f"{number}.txt", os.urandom(4_000).hex())
    tracemalloc.start()
    try:
        assert sum(len(part.content) for part in splitting.pieces(path, SMALL) if isinstance(part, Piece)) == 4_000_000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_large_file_that_changes_while_it_is_read_says_so_at_the_end(tmp_path):
    path = write(tmp_path / "a.jsonl", b'{"text": "words"}\n' * 2_000)
    parts = splitting.pieces(path, SMALL)
    first = next(parts)
    with path.open("ab") as file:
        file.write(b'{"text": "more"}\n')
    assert isinstance(first, Piece)
    with pytest.raises(UnreadableArticle, match="it changed while it was read"):
        list(parts)


def test_a_large_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path / "a.jsonl", b"{}\n" * 10_000)

    def forbidden(self: Path, *args: object, **options: object) -> Iterator[bytes]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)  # tests run as root, whom no permission stops
    assert "reading it is not permitted" in refused(path)


def test_pieces_travel_between_processes(tmp_path):
    (piece,) = splitting.pieces(write(tmp_path / "a.txt"))
    assert pickle.loads(pickle.dumps(piece)) == piece


def test_reading_stops_where_nobody_asks_on(tmp_path):
    parts = splitting.pieces(write(tmp_path / "a.jsonl", b"{}\n" * 100_000), SMALL)
    assert next(parts).place == "line 1"
    parts.close()  # warns, as an error, if the file stays open


# Reading text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"words \0 words", "it holds binary data"),
        (b"\x01\x02" * 50, "it holds binary data"),
        (b"\xe2\x80\x8b", "no text"),
    ],
)
def test_text_that_is_none_is_refused(content, reason):
    (found,) = reading.stories(Piece("x.txt", "text", content))
    assert isinstance(found, Broken)
    assert (found.place, reason in found.reason) == ("x.txt", True)


def test_text_keeps_its_place_and_address_and_is_decoded():
    (found,) = reading.stories(Piece("x.txt", "text", "Müller und Söhne".encode("cp1252"), url="https://example.org/a"))
    assert found == Story("Müller und Söhne", "x.txt", url="https://example.org/a")


def test_a_fault_of_the_program_is_no_missing_package():
    with pytest.raises(ModuleNotFoundError):
        list(_failing(ModuleNotFoundError("No module named 'qa_index.gone'", name="qa_index.gone")))


def _failing(error: Exception) -> Iterator[Story | Broken]:
    def fail(piece: Piece, fields: object) -> Iterator[Story | Broken]:
        raise error
        yield

    readers = reading._READERS
    original, readers["pdf"] = readers["pdf"], fail
    try:
        yield from reading.stories(Piece("", "pdf", io.BytesIO().getvalue()))
    finally:
        readers["pdf"] = original

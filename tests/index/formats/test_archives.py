from __future__ import annotations

import gzip
import io
import json
import stat
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_index.errors import UnreadableArticle
from qa_index.formats import splitting
from qa_index.formats.unfolding import Budget, Gunzip
from qa_index.stories import Broken, Limits, Piece

SMALL = Limits(story_bytes=100_000, unfolded_bytes=5_000_000, ratio=50, entries=200, depth=2)


def zipped(files: dict[str, bytes] | Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as archive:
        warnings.simplefilter("ignore")  # two entries of one name
        for name, content in files.items() if isinstance(files, dict) else files:
            archive.writestr(name, content)
    return buffer.getvalue()


def split(folder: Path, name: str, content: bytes, limits: Limits = SMALL) -> list[Piece | Broken]:
    path = folder / name
    path.write_bytes(content)
    return list(splitting.pieces(path, limits))


def read(folder: Path, name: str, content: bytes, limits: Limits = SMALL) -> dict[str, bytes | str]:
    parts = split(folder, name, content, limits)
    return {part.place: part.content if isinstance(part, Piece) else part.reason for part in parts}


def refused(folder: Path, name: str, content: bytes, limits: Limits = SMALL) -> str:
    with pytest.raises(UnreadableArticle) as failure:
        split(folder, name, content, limits)
    return failure.value.reason


def test_a_zip_gives_its_articles_in_their_order_each_with_its_path(tmp_path):
    found = split(tmp_path, "a.zip", zipped({"b/story.html": b"<html>x", "a.txt": b"words", "c.jsonl": b'{"a":1}\n{}'}))
    assert [(part.place, part.kind) for part in found] == [
        ("b/story.html", "html"), ("a.txt", "text"), ("c.jsonl#line 1", "json"), ("c.jsonl#line 2", "json"),
    ]  # fmt: skip


def test_what_a_folder_walk_passes_over_is_passed_over_in_a_zip(tmp_path):
    names = ("folder/", ".hidden.txt", "__MACOSX/a.txt", "picture.png", "README.md", ".git/a.txt", "a.txt")
    assert list(read(tmp_path, "a.zip", zipped({name: b"words" for name in names}))) == ["a.txt"]


def test_the_folder_that_a_browser_saves_beside_a_page_is_passed_over(tmp_path):
    names = (
        "a/Story.html",
        "a/Story_files/ad.html",
        "b/Story_files/kept.html",
        "a/story.htm",
        "a/Story-Dateien/x/ad.html",
    )
    assert list(read(tmp_path, "a.zip", zipped({name: b"<html>x" for name in names}))) == [
        "a/Story.html", "b/Story_files/kept.html", "a/story.htm",
    ]  # fmt: skip


def test_zips_in_zips_are_opened_to_a_depth_and_no_deeper(tmp_path):
    content = zipped({"deepest.txt": b"words"})
    for level in (3, 2, 1):
        content = zipped({f"{level}.zip": content, f"{level}.txt": b"words"})
    found = read(tmp_path, "a.zip", content)
    assert list(found) == ["1.zip#2.zip#3.zip", "1.zip#2.zip#3.txt", "1.zip#2.txt", "1.txt"]
    assert "it lies more than 2 archives deep" in found["1.zip#2.zip#3.zip"]


def test_a_gzip_has_no_place_of_its_own(tmp_path):
    assert read(tmp_path, "a.txt.gz", gzip.compress(b"words")) == {"": b"words"}
    assert list(read(tmp_path, "a.jsonl.gz", gzip.compress(b"{}\n\n{}"))) == ["line 1", "line 3"]
    assert list(read(tmp_path, "a.zip", zipped({"b.csv.gz": gzip.compress(b"text\nx\n")}))) == ["b.csv.gz#line 2"]
    assert list(read(tmp_path, "b.zip.gz", gzip.compress(zipped({"c.txt": b"words"})))) == ["c.txt"]


def test_an_empty_zip_and_one_without_articles_say_so(tmp_path):
    assert "it is an empty zip" in refused(tmp_path, "a.zip", zipped({}))
    assert "no file of a kind that is read" in refused(tmp_path, "a.zip", zipped({"a.png": b"x"}))


@pytest.mark.parametrize("name", ["../a.txt", "a/../../b.txt", "/etc/passwd", "..\\a.txt", "C:\\a.txt", "c:/a.txt"])
def test_a_name_that_leads_out_of_the_archive_is_refused_and_the_others_go_on(tmp_path, name):
    found = split(tmp_path, "a.zip", zipped({name: b"secret", "good.txt": b"words"}))
    assert isinstance(found[0], Broken)
    assert "leads out of the archive" in found[0].reason
    assert [part.place for part in found if isinstance(part, Piece)] == ["good.txt"]


def test_a_link_is_refused(tmp_path):
    link = zipfile.ZipInfo("link.txt")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    assert "it is a link" in read(tmp_path, "a.zip", zipped([(link, b"/etc/passwd"), ("a.txt", b"words")]))["link.txt"]


def with_flag(content: bytes, name: bytes) -> bytes:
    """Mark an entry as encrypted, in both places where a zip says so."""
    local = content.index(b"PK\x03\x04" + content[4:6], content.index(name) - 30)
    central = content.rindex(name) - 46
    changed = bytearray(content)
    changed[local + 6] |= 1
    changed[central + 8] |= 1
    return bytes(changed)


def test_an_encrypted_entry_is_refused_and_a_zip_of_nothing_else_as_a_whole(tmp_path):
    both = with_flag(zipped({"secret.txt": b"x", "good.txt": b"words"}), b"secret.txt")
    found = read(tmp_path, "a.zip", both)
    assert "it is encrypted" in found["secret.txt"]
    assert found["good.txt"] == b"words"
    assert "it is encrypted" in refused(tmp_path, "b.zip", with_flag(zipped({"secret.txt": b"x"}), b"secret.txt"))


def test_a_damaged_entry_is_reported_and_the_others_go_on(tmp_path):
    content = zipped({"a.txt": b"first words", "b.txt": b"second words", "c.txt": b"third"}, zipfile.ZIP_STORED)
    found = read(tmp_path, "a.zip", content.replace(b"second words", b"sEcond words"))
    assert "damaged" in found["b.txt"]
    assert (found["a.txt"], found["c.txt"]) == (b"first words", b"third")


def test_an_entry_packed_in_a_way_that_has_no_bounds_is_refused(tmp_path):
    content = zipped({"a.txt": b"\0" * 1_000_000}, zipfile.ZIP_BZIP2)
    assert "packed in a way" in read(tmp_path, "a.zip", content)["a.txt"]


@pytest.mark.parametrize("cut", [10, 60, 100])
def test_a_zip_that_breaks_off_is_refused_as_a_whole(tmp_path, cut):
    assert "it is a damaged zip" in refused(tmp_path, "a.zip", zipped({"a.txt": b"words" * 50})[:cut])


def test_a_bomb_in_a_zip_is_refused_and_the_others_go_on(tmp_path):
    content = zipped({"bomb.jsonl": (b"{}" + b" " * 998 + b"\n") * 3_000, "good.txt": b"words"})
    found = read(tmp_path, "a.zip", content, replace(SMALL, story_bytes=1_000_000))
    assert "it unfolds to more than 50 times its size" in found["bomb.jsonl"]
    assert found["good.txt"] == b"words"


def test_many_entries_that_unfold_little_by_little_stop_at_the_limit_of_the_whole_file(tmp_path):
    limits = Limits(story_bytes=100_000, unfolded_bytes=300_000, ratio=1_000_000)
    found = split(tmp_path, "a.zip", zipped({f"{n}.txt": b"a" * 99_000 for n in range(20)}), limits)
    assert [isinstance(part, Piece) for part in found] == [True, True, True, False]
    assert "the whole file unfolds to more than 300,000 bytes" in found[-1].reason


def test_entries_that_share_their_packed_bytes_unfold_no_more_than_the_file_allows(tmp_path):
    # Each entry is sound by itself; together they unfold the same 90 KB two hundred times.
    content = zipped({"0.txt": b"words and " * 9_000})
    start, record = content.index(b"PK\x01\x02"), content[content.index(b"PK\x01\x02") : content.index(b"PK\x05\x06")]
    records = b"".join(record[:28] + struct.pack("<H", 8) + record[30:46] + f"{n:04d}.txt".encode() for n in range(190))
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 190, 190, len(records), start, 0)
    found = split(tmp_path, "a.zip", content[:start] + records + end)
    assert sum(len(part.content) for part in found if isinstance(part, Piece)) <= 50 * len(content) + 5 * 100_000


def test_a_gzip_bomb_is_refused_before_it_fills_anything(tmp_path):
    limits = replace(SMALL, story_bytes=5_000_000)
    bomb = gzip.compress(bytes(20_000_000))
    assert "it unfolds to more than 50 times" in refused(tmp_path, "a.txt.gz", bomb, limits)
    assert "it unfolds to more than 50 times" in refused(tmp_path, "b.txt.gz.gz", gzip.compress(bomb), limits)


def test_a_gzip_in_itself_ends(tmp_path):
    content = b"words"
    for _ in range(10):
        content = gzip.compress(content)
    assert "archives deep" in refused(tmp_path, "a.txt" + ".gz" * 10, content)


def test_too_many_entries_are_refused_as_a_whole(tmp_path):
    assert "more than 200 files" in refused(tmp_path, "a.zip", zipped({f"{n}.txt": b"x" for n in range(201)}))


def test_a_list_of_files_too_long_for_the_memory_is_refused_before_it_is_read(tmp_path):
    content = bytearray(zipped({"a.txt": b"words"}))
    end = content.index(b"PK\x05\x06")
    content[end + 12 : end + 16] = struct.pack("<L", 4_000_000_000)
    assert "more than 200 files" in refused(tmp_path, "a.zip", bytes(content))


def test_ten_thousand_entries_are_read(tmp_path):
    content = zipped({f"{n}.txt": b"words %d" % n for n in range(10_000)}, zipfile.ZIP_STORED)
    assert len(split(tmp_path, "a.zip", content, Limits())) == 10_000


def test_of_two_entries_with_one_name_the_last_counts_as_when_unpacking(tmp_path):
    assert read(tmp_path, "a.zip", zipped([("a.txt", b"old"), ("a.txt", b"new")])) == {"a.txt": b"new"}


def test_a_name_that_cannot_be_printed_is_shown_escaped(tmp_path):
    assert list(read(tmp_path, "a.zip", zipped({"a\nb\x1b.txt": b"words"}))) == ["a\\nb\\x1b.txt"]


def test_a_gzip_that_breaks_off_gives_what_came_before_and_then_says_so(tmp_path):
    lines = b"".join(json.dumps({"text": f"{n} {n * 7919}"}).encode() + b"\n" for n in range(5_000))
    found = split(tmp_path, "a.jsonl.gz", gzip.compress(lines)[:-5_000], Limits())
    assert len(found) > 1_000
    assert all(isinstance(part, Piece) for part in found[:-1])
    assert found[-1] == Broken("", "it is a damaged gzip file (it breaks off); fetch or make it again")


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(0, 40), st.integers(1, 70_000))
def test_every_gzip_of_any_members_unfolds_to_what_was_packed(members, padding, at_a_time):
    packed = b"".join(gzip.compress(member) + bytes(padding) for member in members)
    stream = io.BufferedReader(Gunzip(io.BytesIO(packed), Budget()))
    assert b"".join(iter(lambda: stream.read(at_a_time), b"")) == b"".join(members)


@given(st.binary(max_size=400))
def test_bytes_that_are_no_gzip_end_in_an_error_of_compression(noise):
    stream = io.BufferedReader(Gunzip(io.BytesIO(b"\x1f\x8b\x08\0" + noise), Budget()))
    with pytest.raises((zlib.error, EOFError)):
        stream.read()

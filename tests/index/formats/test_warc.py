from __future__ import annotations

import gzip
import io

import pytest

from qa_index.formats import warc
from qa_index.stories import Broken, Limits, Piece

PAGE = b"<p>The ferry is back.</p>"


def archive(*records, packed: bool = False) -> bytes:
    """Write records of (address, body, headers, status, type), each packed by itself as crawlers do."""
    return b"".join(gzip.compress(record) if packed else record for record in map(_record, records))


def _record(made) -> bytes:
    url, body, headers, status, kind = made
    kept = headers["Content-Type"] if kind == "resource" else "application/http; msgtype=response"
    http = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    block = ("" if kind == "resource" else "\r\n".join(http)).encode() + body
    head = ["WARC/1.0", f"WARC-Type: {kind}", f"WARC-Target-URI: {url}", "WARC-Record-ID: <urn:uuid:1>"]
    head += ["WARC-Date: 2023-05-05T05:05:05Z", f"Content-Type: {kept}", f"Content-Length: {len(block)}", "", ""]
    return "\r\n".join(head).encode() + block + b"\r\n\r\n"


def response(url="https://lake.example/1", body=PAGE, status="200 OK", kind="response", **headers):
    stated = {"Content-Type": "text/html; charset=utf-8"} | {name.replace("_", "-"): v for name, v in headers.items()}
    return url, body, stated, status, kind


def read(content: bytes, **limits):
    return list(warc.pieces(io.BytesIO(content), "", Limits(**limits)))


@pytest.mark.parametrize("packed", [False, True])
def test_answers_become_pieces_and_the_rest_is_passed_over(packed):
    made = archive(
        response(),
        response("https://lake.example/gone", status="404 Not Found"),
        response("https://lake.example/moved", status="301 Moved"),
        response("https://lake.example/x.png", b"\x89PNG", Content_Type="image/png"),
        response("https://lake.example/robots.txt", b"User-agent: *", Content_Type="text/plain"),
        response("https://lake.example/2", b"%PDF-1.7", Content_Type="application/pdf"),
        response("https://lake.example/3", b"{}", Content_Type="application/json"),
        response("https://lake.example/4", b"Words.", kind="resource", Content_Type="text/plain"),
        response(),
        packed=packed,
    )
    assert [(part.place, part.kind, part.url, part.content) for part in read(made)] == [
        ("record 1", "html", "https://lake.example/1", PAGE),
        ("record 6", "pdf", "https://lake.example/2", b"%PDF-1.7"),
        ("record 7", "json", "https://lake.example/3", b"{}"),
        ("record 8", "text", "https://lake.example/4", b"Words."),
        ("record 9", "html", "https://lake.example/1", PAGE),
    ]
    assert read(made)[0].headers["content-type"] == "text/html; charset=utf-8"


BODIES = {
    "gzip": (gzip.compress(PAGE), {"Content_Encoding": "gzip"}),
    "unfolded already": (PAGE, {"Content_Encoding": "gzip"}),
    "chunked": (b"5\r\n<p>Th\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE) - 5, PAGE[5:]), {"Transfer_Encoding": "chunked"}),
    "joined already": (PAGE, {"Transfer_Encoding": "chunked"}),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_unfolded(name):
    body, headers = BODIES[name]
    (piece,) = read(archive(response(body=body, **headers)))
    assert piece.content == PAGE


def test_a_bomb_in_one_record_is_broken_and_the_others_go_on():
    bomb = gzip.compress(b" " * 50_000_000)
    first, second = read(archive(response(body=bomb, Content_Encoding="gzip"), response()))
    assert isinstance(first, Broken) and "unfolds" in first.reason
    assert second.content == PAGE


def test_a_record_that_is_too_long_is_broken_and_the_others_go_on():
    first, second = read(archive(response(body=b"x" * 5_000), response()), story_bytes=1_000)
    assert isinstance(first, Broken) and isinstance(second, Piece)


def test_a_damaged_record_is_broken_and_the_others_go_on():
    made = archive(response(), response("https://lake.example/2"), response())
    parts = made.split(b"WARC/1.0")
    second = parts[2].replace(b"Content-Length: ", b"Content-Length: minus ", 1)
    found = read(b"WARC/1.0".join([*parts[:2], second, parts[3]]))
    assert [type(part) for part in found] == [Piece, Broken, Piece]
    assert found[1].place == "record 2"


@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_that_breaks_off_gives_what_came_before(packed):
    made = archive(response(), response(body=PAGE * 100), packed=packed)
    first, second = read(made[:-40])
    assert first.content == PAGE
    assert isinstance(second, Broken) and "breaks off" in second.reason


@pytest.mark.parametrize(
    "content",
    [b"hello\n" * 10, b"\0" * 1_000, b"WARC/1.0\r\n" + b"X: y\r\n" * 300_000, b"WARC/1.0\r\n" + b"x" * 3_000_000],
)
def test_what_is_no_archive_says_so(content):
    found = read(content)
    assert found and all(isinstance(part, Broken) for part in found)


def test_an_archive_of_nothing_gives_nothing():
    assert read(b"") == []


def test_a_gzip_bomb_of_an_archive_is_refused():
    found = read(
        gzip.compress(b"WARC/1.0\r\nWARC-Type: metadata\r\nContent-Length: 90000000\r\n\r\n" + b" " * 90_000_000)
    )
    assert isinstance(found[-1], Broken) and "unfolds" in found[-1].reason

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from qa_index.formats.kinds import SUFFIXES, is_article_name, kind_of, refusal, within

PAGE = b"<!DOCTYPE html><html><body><p>Hello</p></body></html>"
FEED = b'<?xml version="1.0"?><rss version="2.0"><channel></channel></rss>'


def packed(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return buffer.getvalue()


SAVED_PAGE = (
    b"From: <Saved by Blink>\r\nSubject: Ferry\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n"
    b'\tboundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<html>\r\n'
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "text"),
        ("a.md", "text"),
        ("a.HTML", "html"),
        ("a.htm", "html"),
        ("a.xhtml", "html"),
        ("a.pdf", "pdf"),
        ("a.docx", "docx"),
        ("a.json", "json"),
        ("a.jsonl", "jsonl"),
        ("a.ndjson", "jsonl"),
        ("a.csv", "csv"),
        ("a.tsv", "csv"),
        ("a.eml", "email"),
        ("a.mhtml", "email"),
        ("a.MHT", "email"),
        ("a.rss", "feed"),
        ("a.atom", "feed"),
        ("a.xml", "feed"),
        ("a.warc", "warc"),
        ("a.zip", "zip"),
        ("notes", "text"),
        ("a.csv.gz", "csv"),
    ],
)
def test_a_name_tells_the_kind_where_the_content_does_not(name, kind):
    assert kind_of(name, b"Plain words that could be anything.") == kind


@pytest.mark.parametrize(
    ("name", "beginning", "kind"),
    [
        ("a.txt", PAGE, "html"),
        ("a.txt", b"\xef\xbb\xbf\n" + PAGE, "html"),
        ("a.txt", PAGE.decode().encode("utf-16"), "html"),
        ("a.txt", b"<!-- saved from url=(0014)about:internet -->\n" + PAGE, "html"),
        ("a.xml", b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x"><html lang="en">', "html"),
        ("a.pdf", PAGE, "html"),
        ("a.json", PAGE, "html"),
        ("a.html", b"%PDF-1.7 ...", "pdf"),
        ("a.txt", b"\n%PDF-1.7 ...", "pdf"),
        ("a.txt", FEED, "feed"),
        ("a.txt", SAVED_PAGE, "email"),
        ("a.mhtml", PAGE, "html"),
        ("a.html", b'<feed xmlns="http://www.w3.org/2005/Atom">', "feed"),
        ("a.txt", b'<?xml version="1.0"?><rdf:RDF xmlns="x">', "feed"),
        ("a.txt", b"WARC/1.0\r\nWARC-Type: warcinfo", "warc"),
        ("a.txt", gzip.compress(b"words", mtime=0), "gzip"),
        ("a.warc.gz", gzip.compress(b"WARC/1.0", mtime=0), "warc"),
        ("a.pdf", packed(a_dot_txt=b"x"), "zip"),
        ("a.txt", packed(**{"[Content_Types]_dot_xml": b"x", "word__document_dot_xml": b"x"}), "docx"),
        ("a.zip", packed(a_dot_docx=packed(word__document_dot_xml=b"x")), "zip"),
        ("a.zip", b"PK\x05\x06" + bytes(18), "zip"),
        ("a.json", b'{"text": "a"}\n{"text": "b"}\n', "jsonl"),
        ("a.json", b'{"text": "a"}\n', "json"),
        ("a.json", b'{\n"text": "a"}\n', "json"),
        ("a.jsonl", b'[\n{"text": "a"}]', "json"),
        ("a.jsonl", b'{\n"text": "a"\n}', "json"),
        ("a.jsonl", b'{"text": "a"', "jsonl"),
        ("a.jsonl", b'[{"text": "a"}]\n[{"text": "b"}]', "jsonl"),
        ("a.jsonl", b'[{"text": "a"},\n{"text": "b"}]', "json"),
        ("a.txt", b"[Photo: a bridge] {and a brace", "text"),
        ("a.txt", b'{"text": "a"}', "json"),
        ("a.txt", b'[{"text": "a"}]', "json"),
        ("a.txt", b'{"text": "a"}\n\n{"text": "b"}\n', "jsonl"),
        ("a.txt", b'{"text": "a"}\n' * 9_000, "jsonl"),
        ("a.txt", b'{"text": "a"}\nand words', "text"),
        ("a.txt", b'{"text": he said', "text"),
        ("a.md", b"<div>Some words</div>", "text"),
    ],
)
def test_a_clear_content_counts_more_than_the_name(name, beginning, kind):
    assert kind_of(name, beginning) == kind


@pytest.mark.parametrize(
    ("name", "beginning", "says"),
    [
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document with a password or of an old format"),
        ("a.txt", b"{\\rtf1 Hello}", "an RTF document"),
        ("a.txt", b"\x89PNG\r\n\x1a\n", "an image"),
        ("a.txt", bytes(257) + b"ustar", "a tar archive"),
        ("a", bytes(range(256)) * 4, "binary data"),
        ("a.txt", b'<?xml version="1.0"?><note>x</note>', "an XML document that is no feed"),
        ("a.zip", packed(mimetype=b"application/epub+zip"), "an EPUB"),
        ("a.zip", packed(**{"[Content_Types]_dot_xml": b"", "xl__workbook_dot_xml": b""}), "a spreadsheet"),
    ],
)
def test_what_nothing_reads_is_refused_in_words_that_say_what_to_do(name, beginning, says):
    assert kind_of(name, beginning) is None
    assert says in refusal(beginning)
    assert "; " in refusal(beginning)


def test_every_format_is_picked_up_packed_or_not():
    for suffix in (".txt", ".md", ".html", ".pdf", ".docx", ".json", ".jsonl", ".csv", ".eml", ".rss", ".xml", ".warc"):
        assert suffix in SUFFIXES
        assert f"{suffix}.gz" in SUFFIXES
    assert ".zip" in SUFFIXES


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("inner/Story.HTML", True),
        (".hidden.txt", False),
        (".git/a.txt", False),
        ("__MACOSX/a.txt", False),
        ("a.png", False),
        ("README.md", False),
        ("sub/readme.txt", False),
    ],
)
def test_in_an_archive_the_same_files_count_as_in_a_folder(path, counts):
    assert is_article_name(path) is counts


def test_places_are_joined():
    assert within("", "line 3") == "line 3"
    assert within("a.zip", "line 3") == "a.zip#line 3"


@pytest.mark.parametrize(
    "beginning", [b"<!--" * 20_000, b"<?" * 40_000, b"[" * 65_000, b'{"a":' * 13_000, b"<" * 65_000, b"{" * 65_000]
)
def test_a_hostile_beginning_takes_no_time(beginning):
    assert kind_of("a.json", beginning) in ("json", "jsonl")

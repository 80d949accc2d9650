from __future__ import annotations

import base64
import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.formats import word
from qa_index.stories import Broken, Limits, Piece, Story

docx = pytest.importorskip("docx")

BODY = "The council met on Monday."
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def saved(document: object) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def made(*paragraphs: str, **properties: str) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    for name, value in properties.items():
        setattr(document.core_properties, name, value)
    return saved(document)


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """Return a document with one part replaced or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry.filename, old.read(entry))
        new.writestr(name, part)
    return buffer.getvalue()


def with_body(body: str) -> bytes:
    document = f"<w:document {W} {MC}><w:body>{body}</w:body></w:document>"
    return with_part(made(), "word/document.xml", document.encode())


def read(content: bytes, limits: Limits | None = None) -> Story | Broken:
    (found,) = word.stories(Piece("a.docx", "docx", content), limits)
    return found


def text_of(content: bytes) -> str:
    found = read(content)
    assert isinstance(found, Story), found
    return found.text


def reason_of(content: bytes, limits: Limits | None = None) -> str:
    found = read(content, limits)
    assert isinstance(found, Broken), found
    assert found.place == "a.docx"
    return found.reason


def test_paragraphs_come_in_order_those_in_tables_too():
    document = docx.Document()
    document.add_heading("Town builds a bridge", 1)
    document.add_paragraph(BODY)
    table = document.add_table(2, 2)
    for at, cell in enumerate(table._cells):
        cell.text = f"cell {at}"
    table.cell(1, 1).add_table(1, 1).cell(0, 0).text = "inner"
    document.add_paragraph("The end.")
    assert text_of(saved(document)).split("\n\n") == [
        "Town builds a bridge", BODY, "cell 0", "cell 1", "cell 2", "cell 3", "inner", "The end.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<w:p><w:r><w:t>One</w:t><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t></w:r></w:p>", "One\ttwo\nthree"),
        ("<w:p><w:hyperlink><w:r><w:t>One</w:t></w:r></w:hyperlink><w:r><w:t> two</w:t></w:r></w:p>", "One two"),
        (
            "<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>",
            "new",
        ),
        ("<w:p><w:r><w:instrText>PAGE</w:instrText><w:t>One</w:t></w:r></w:p>", "One"),
        ("<w:p><w:r><w:t>One</w:t></w:r></w:p><w:p/><w:p><w:r><w:t> </w:t></w:r></w:p>", "One"),
        (
            "<w:p><w:r><w:t>One</w:t><mc:AlternateContent>"
            "<mc:Choice><w:p><w:r><w:t>box</w:t></w:r></w:p></mc:Choice>"
            "<mc:Fallback><w:p><w:r><w:t>box</w:t></w:r></w:p></mc:Fallback>"
            "</mc:AlternateContent></w:r></w:p>",
            "One\n\nbox",
        ),
    ],
)
def test_the_text_is_what_a_reader_sees(body, text):
    assert text_of(with_body(body)) == text


def test_title_and_author_are_read_and_the_day_it_was_saved_is_not():
    found = read(made(BODY, title="Town builds a bridge", author="Jane Doe"))
    assert isinstance(found, Story)
    assert (found.title, found.authors, found.published) == ("Town builds a bridge", ("Jane Doe",), ())
    assert found.rules == (("title", "document properties"), ("authors", "document properties"))


def test_what_programs_put_into_the_properties_is_left_out():
    found = read(made(BODY))
    assert isinstance(found, Story)
    assert (found.title, found.authors, found.rules) == (None, (), ())


@pytest.mark.parametrize("content", [b"", b"plain words", b"\xd0\xcf\x11\xe0" + bytes(600), made(BODY)[:200]])
def test_what_is_no_zip_is_refused(content):
    assert "it is no Word document: a .docx is a zip, and this is none" in reason_of(content)


def test_a_zip_without_a_document_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "words")
    assert "it is a zip without a Word document in it" in reason_of(buffer.getvalue())


def test_a_document_without_text_says_so():
    assert "it holds no text" in reason_of(made())


@pytest.mark.parametrize("part", [b"", b"no XML", b"<a>", b"<?xml version='1.0'?><other/>"])
def test_a_damaged_document_is_refused(part):
    assert isinstance(read(with_part(made(BODY), "word/document.xml", part)), Broken)


def test_a_bomb_is_refused_before_it_is_unpacked_whole():
    bomb = with_part(made(BODY), "word/document.xml", b" " * 50_000_000)
    assert len(bomb) < 200_000
    assert "it unfolds to more than 200 times its size" in reason_of(bomb)


def test_a_bomb_that_lies_about_its_size_is_refused():
    bomb = bytearray(with_part(made(BODY), "word/document.xml", b" " * 50_000_000))
    at = bomb.rindex(b"word/document.xml") - 46
    bomb[at + 24 : at + 28] = struct.pack("<L", 1_000)
    assert isinstance(read(bytes(bomb)), Broken)


def test_more_text_than_a_story_may_have_is_refused():
    content = made(*(f"{n * 7919} {n * 104729}" for n in range(3_000)))
    assert "it unfolds to more than a document of articles does" in reason_of(content, Limits(story_bytes=50_000))


def test_entities_are_not_unfolded():
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 30))
    document = "<w:body><w:p><w:r><w:t>One &l29;</w:t></w:r></w:p></w:body></w:document>"
    part = f'<!DOCTYPE d [<!ENTITY l0 "ha">{laughs}]><w:document {W}>{document}'.encode()
    found = read(with_part(made(), "word/document.xml", part))
    assert isinstance(found, Broken) or found.text == "One"


def test_nesting_without_end_is_refused():
    assert isinstance(read(with_body("<w:p><w:r>" * 20_000 + "</w:r></w:p>" * 20_000)), Broken)


def test_a_document_with_pictures_is_read_without_unpacking_them():
    document = docx.Document()
    document.add_paragraph(BODY)
    document.add_picture(io.BytesIO(PIXEL))
    content = saved(document)
    assert "word/media/image1.png" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert text_of(with_part(content, "word/media/image1.png", b"\0" * 50_000_000)) == BODY


@given(st.integers(0, 3_000), st.binary(max_size=8), st.integers(0, 8))
@settings(deadline=None, max_examples=40)
def test_damage_anywhere_ends_in_a_story_or_a_reason(at, bytes_put_in, taken_out):
    content = _SAMPLE[:at] + bytes_put_in + _SAMPLE[at + taken_out :]
    assert len(list(word.stories(Piece("", "docx", content)))) == 1


_SAMPLE = made(BODY)


def test_a_row_of_a_table_is_a_line():
    document = docx.Document()
    document.add_paragraph("Before.")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ("Route", "Minutes", "Old Mill", "18"), strict=True):
        cell.text = text
    document.add_paragraph("After.")
    found = read(saved(document))
    assert isinstance(found, Story)
    assert found.text == "Before.\n\nRoute | Minutes\nOld Mill | 18\n\nAfter."

from __future__ import annotations

import builtins
import io
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.formats import pdf, reading
from qa_index.formats.properties import authors_of, title_of
from qa_index.stories import Broken, Limits, Piece, Story

pypdf = pytest.importorskip("pypdf")

WORDS = "The council met on Monday evening and decided, after a long debate, to build"


def drawn(lines: Sequence[str]) -> bytes:
    """Return what draws lines of text below each other."""
    shown = b" ".join(b"(%s) Tj T*" % line.replace("(", "\\(").encode("cp1252") for line in lines)
    return b"BT /F1 10 Tf 12 TL 50 740 Td " + shown + b" ET"


def made(pages: Sequence[bytes], info: bytes = b"", *, kids: bytes | None = None, packed: bool = False) -> bytes:
    """Return a PDF whose pages are drawn by these streams."""
    own_kids = b" ".join(b"%d 0 R" % (4 + 2 * at) for at in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (own_kids if kids is None else kids, len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for at, page in enumerate(pages):
        resources = b"/Resources << /Font << /F1 3 0 R >> /XObject << /X %d 0 R >> >>" % (5 + 2 * at)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] %s /Contents %d 0 R >>" % (resources, 5 + 2 * at)
        )
        stream = zlib.compress(page, 9) if packed else page
        form = b"/Type /XObject /Subtype /Form /BBox [0 0 1 1] " + (b"/Filter /FlateDecode " if packed else b"")
        objects.append(b"<< %s %s /Length %d >>\nstream\n%s\nendstream" % (form, resources, len(stream), stream))
    objects.append(b"<< %s >>" % info)
    content, offsets = b"%PDF-1.4\n", []
    for number, written in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, written)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    end = b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, size - 1, len(content))
    return content + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def read(content: bytes, limits: Limits | None = None) -> Story | Broken:
    (found,) = pdf.stories(Piece("a.pdf", "pdf", content), limits)
    return found


def text_of(*pages: Sequence[str]) -> str:
    found = read(made([drawn(page) for page in pages]))
    assert isinstance(found, Story), found
    return found.text


def reason_of(content: bytes, limits: Limits | None = None) -> str:
    found = read(content, limits)
    assert isinstance(found, Broken), found
    assert found.place == "a.pdf"
    return found.reason


def test_lines_are_joined_to_paragraphs_and_words_cut_by_a_line_end_are_whole_again():
    lines = [WORDS, "a bridge over the river that flows through the middle of the town, the may-", "or said."]
    second = ["Work begins in spring. It is to cost about ten million in all, which the North-", "South line pays."]
    assert text_of([*lines, *second]) == (
        f"{WORDS} a bridge over the river that flows through the middle of the town, the mayor said.\n\n"
        "Work begins in spring. It is to cost about ten million in all, which the North-South line pays."
    )


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["the associ-", "ation was well-", "known for it"], "the association was well-known for it"),
        (["the law-", "yer met another lawyer"], "the lawyer met another lawyer"),
        (["a sea-", "wall by the sea near the wall"], "a sea-wall by the sea near the wall"),
        (["a seawall, or sea-", "wall by the sea near the wall"], "a seawall, or seawall by the sea near the wall"),
        (["for pre-", "and post-war houses"], "for pre- and post-war houses"),
        (["an Anglo-", "saxon word"], "an Anglo-saxon word"),
    ],
)
def test_a_hyphen_at_a_line_end_stays_where_it_may_be_of_the_word(lines, text):
    assert text_of([WORDS, *lines]) == f"{WORDS} {text}"


def test_a_head_that_two_pages_have_is_left_out_and_is_no_title():
    pages = [
        ["The Marsh Survey 2016", f"{WORDS} the {name},", "and so on to the", f"end {n}"] for n, name in enumerate("ab")
    ]
    assert "Marsh" not in text_of(*pages)


def test_a_heading_stays_apart_from_what_follows():
    assert text_of(["Town builds a bridge", WORDS, "it."]) == f"Town builds a bridge\n\n{WORDS} it."


def test_a_paragraph_goes_on_over_the_page_without_the_heads_and_feet_between():
    pages = [["Daily Record, 13 January", f"{WORDS} the {name}", f"Page {n} of 4"] for n, name in enumerate("abcd", 1)]
    assert text_of(*pages) == " ".join(f"{WORDS} the {name}" for name in "abcd")


def test_what_only_two_pages_repeat_and_rows_of_numbers_stay():
    assert text_of([WORDS, "one"], [WORDS, "two"]).count(WORDS) == 2
    rows = [[f"{n} {n + 1} {n + 2}", f"{WORDS} {name}"] for n, name in enumerate("abcd", 10)]
    assert "12 13 14" in text_of(*rows)


def test_a_page_number_of_a_single_page_may_be_anything_and_stays():
    assert text_of([WORDS, "42"]).endswith("42")


def test_title_and_author_are_read_and_the_day_the_file_was_made_is_not():
    info = b"/Title (Town builds a bridge) /Author (Jane Doe) /CreationDate (D:20220113101500Z)"
    found = read(made([drawn([WORDS])], info))
    assert isinstance(found, Story)
    assert (found.title, found.authors, found.published) == ("Town builds a bridge", ("Jane Doe",), ())
    assert found.rules == (("title", "PDF information"), ("authors", "PDF information"))


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Town builds a bridge", "Town builds a bridge"),
        ("Microsoft Word - bridge.doc", None),
        ("final version.docx", None),
        ("Untitled document", None),
        ("Word Document", None),
        ("Slide 1", None),
        ("bridge_final", None),
        ("", None),
    ],
)
def test_a_title_is_what_looks_like_one(written, title):
    assert title_of(written) == title


@pytest.mark.parametrize(
    ("written", "authors"),
    [("Jane Doe", ("Jane Doe",)), ("Jane Doe; John Roe", ("Jane Doe", "John Roe")), ("jdoe", ()), ("python-docx", ())],
)
def test_an_author_is_who_looks_like_one(written, authors):
    assert authors_of(written) == authors


def encrypted(password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(made([drawn([WORDS])])))
    writer.encrypt(password, owner_password="owner", algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def test_a_pdf_with_a_password_is_refused_and_one_that_opens_without_is_read():
    pytest.importorskip("cryptography")
    assert reason_of(encrypted("secret")) == "it is encrypted; save it without a password and index that"
    found = read(encrypted(""))
    assert isinstance(found, Story)
    assert found.text == WORDS


def test_pages_without_text_ask_for_text_recognition():
    expected = "it has pages but no text; run text recognition (OCR) over it first"
    assert reason_of(made([b"0 0 m 100 100 l S", b""])) == expected
    assert reason_of(made([])) == expected


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"%PDF-1.4 nonsense" * 100, b"plain words", bytes(1_000)])
def test_what_is_no_pdf_is_refused(content):
    assert reason_of(content).startswith("it is a damaged PDF (")


def test_a_page_tree_that_holds_itself_ends():
    assert reason_of(made([drawn([WORDS])], kids=b"2 0 R"))
    assert read(made([drawn([WORDS])], kids=b"4 0 R 2 0 R"))


def test_more_pages_than_a_limit_are_refused():
    assert reason_of(made([drawn([WORDS])], kids=b"4 0 R " * 5_001)) == "it has more than 5,000 pages; split it"


def test_a_stream_that_unfolds_without_end_is_refused():
    bomb = made([b" " * 100_000_000], packed=True)
    assert len(bomb) < 200_000
    assert "it unfolds to more than a PDF of articles does" in reason_of(bomb)


def test_more_text_than_a_story_may_have_is_refused():
    content = made([drawn([WORDS] * 50)], kids=b"4 0 R " * 20)
    assert "it unfolds to more than a PDF of articles does" in reason_of(content, Limits(story_bytes=10_000))


def test_a_page_that_draws_itself_ends():
    assert read(made([b"/X Do " * 50 + drawn([WORDS])]))


def test_drawing_is_counted_and_timed():
    times = iter([0.0, 1.0, 299.0, 301.0])
    count = pdf._counter(lambda: next(times))
    count()
    count()
    with pytest.raises(pdf.Refused):
        count()


def test_without_the_package_it_is_said_which_extra_to_install(monkeypatch):
    original = builtins.__import__

    def missing(name: str, *args: object, **options: object) -> object:
        if name.partition(".")[0] == "pypdf":
            raise ModuleNotFoundError("No module named 'pypdf'", name="pypdf")
        return original(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", missing)  # the seam is the import statement itself
    (found,) = reading.stories(Piece("a.pdf", "pdf", made([drawn([WORDS])])))
    install = "run `pip install 'citewell[pdf]'`"
    assert found == Broken("a.pdf", f"reading PDF files needs a package that is not installed; {install}")


@given(st.integers(0, 700), st.binary(max_size=8), st.integers(0, 8))
@settings(deadline=None, max_examples=60)
def test_damage_anywhere_ends_in_a_story_or_a_reason(at, bytes_put_in, taken_out):
    content = made([drawn([WORDS])])
    found = list(pdf.stories(Piece("", "pdf", content[:at] + bytes_put_in + content[at + taken_out :])))
    assert len(found) == 1

# ruff: noqa: E501 - what a page or a mail says is easier to read on one line
from __future__ import annotations

from email.message import EmailMessage

import pytest

from qa_index.formats import mail
from qa_index.stories import Broken, Piece, Story

SAID = "The ferry returned to the lake on Monday, after nine days in the dock that cost the town a good deal of money."


def read(content: bytes | EmailMessage) -> list[Story | Broken]:
    return list(mail.stories(Piece("", "email", content if isinstance(content, bytes) else content.as_bytes())))


def letter(text: str = SAID, **headers: str) -> EmailMessage:
    made = EmailMessage()
    stated = {
        "Subject": "Ferry returns",
        "From": "Nadia Brook <nadia@lake.example>",
        "Date": "Thu, 06 Jan 2022 07:35:00 +0600",
    }
    for name, value in (stated | headers).items():
        made[name] = value
    made.set_content(text)
    return made


def test_a_mail_is_a_story_with_its_headers():
    (story,) = read(letter())
    assert (story.text, story.title, story.authors) == (SAID, "Ferry returns", ("Nadia Brook",))
    (sent,) = story.published
    assert (str(sent.value), sent.precision, sent.zone, sent.method) == (
        "2022-01-06 07:35:00",
        "second",
        "+06:00",
        "Date header",
    )


def test_the_plain_text_is_preferred_and_a_page_is_read_without_tags():
    both = letter()
    both.add_alternative("<p>The page says <b>this</b>.</p>", subtype="html")
    assert read(both)[0].text == SAID
    page = EmailMessage()
    page["Subject"] = "Ferry"
    page.set_content("<p>One.</p><p>Two.</p>", subtype="html")
    assert read(page)[0].text == "One.\n\nTwo."


@pytest.mark.parametrize("coding", ["quoted-printable", "base64", "8bit"])
def test_encodings_and_codings_are_undone(coding):
    made = EmailMessage()
    made["Subject"] = "Паром"
    made.set_content("Паром вернулся.", charset="koi8-r", cte=coding)
    (story,) = read(made)
    assert (story.text, story.title) == ("Паром вернулся.", "Паром")


def test_signature_and_quoted_mails_are_dropped():
    text = f"{SAID}\n\nOn Thu, 6 Jan 2022 at 07:35, Piet Aalto\n<piet@lake.example> wrote:\n> Is it back?\n> Tell me.\n\n-- \nNadia\nLake Gazette\n"
    assert read(letter(text))[0].text == SAID


def test_attached_texts_and_pages_are_further_stories():
    made = letter()
    made.add_attachment("Another text.", filename="notes.txt")
    made.add_attachment(f"<p>{SAID}</p>", subtype="html", filename="page.html")
    made.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="x.png")
    assert [(part.place, part.text.strip()) for part in read(made)] == [
        ("", SAID),
        ("attachment notes.txt", "Another text."),
        ("attachment page.html", SAID),
    ]


@pytest.mark.parametrize(
    "content",
    [b"", b"no mail at all", b"\0\xff" * 100, b"Subject: x\n\n", b"Subject: x\nContent-Type: image/png\n\nxx"],
)
def test_what_is_no_mail_with_words_says_so(content):
    (found,) = read(content)
    assert isinstance(found, Broken)


def test_parts_in_parts_without_end_are_bounded():
    content = b"Subject: x\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(2_000)
    )
    assert all(isinstance(found, Broken) for found in read(content + b"\n\nhello there"))


@pytest.mark.parametrize(
    "header",
    [
        b"From: =?utf-8?q?=FF?= <x",
        b"Date: not a date",
        b"From: " + b"(" * 5_000,
        b"Content-Type: text/plain; charset=klingon",
    ],
)
def test_damaged_headers_lose_no_text(header):
    assert read(b"Subject: x\n" + header + b"\n\nThe ferry is back.\n")[0].text == "The ferry is back."


PAGE = f"<html><body><p>{SAID}</p><p>The next letter is about pears.</p></body></html>"


@pytest.mark.parametrize(
    "stub",
    ["This email requires an HTML viewer.", "View in browser", "Read this letter online: https://lake.example/4\n"],
)
def test_of_two_forms_the_page_is_read_where_the_plain_one_only_stands_for_it(stub):
    both = letter(stub)
    both.add_alternative(PAGE, subtype="html")
    assert read(both)[0].text == f"{SAID}\n\nThe next letter is about pears."


def test_text_after_a_page_is_kept_in_its_order():
    made = letter("First.")
    made.make_mixed()
    page = EmailMessage()
    page.set_content("<p>Second.</p>", subtype="html")
    made.attach(page)
    assert read(made)[0].text == "First.\n\nSecond."


BLOCK = "From: Piet Aalto <piet@ferry.example>\nDate: Wed, 5 Jan 2022 at 09:00\nSubject: Ferry timetable\nTo: Nadia\n\n"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "Fwd: Ferry timetable",
            f"Please print.\n\n-- \nNadia\n\n---------- Forwarded message ---------\n{BLOCK}{SAID}",
        ),
        (
            "Ferry timetable",
            "Please print.\n\nBegin forwarded message:\n\n> " + f"{BLOCK}{SAID}".replace("\n", "\n> "),
        ),
        ("FW: Ferry timetable", f"Please print.\n\n-----Original Message-----\n{BLOCK}{SAID}"),
        (
            "WG: Ferry timetable",
            "Please print.\n\nVon: Piet Aalto\nGesendet: 2022-01-05 09:00\nBetreff: Ferry timetable\n\n" + SAID,
        ),
    ],
)
def test_a_mail_that_is_passed_on_is_kept_and_dated_as_it_was(subject, text):
    (story,) = read(letter(text, Subject=subject))
    assert story.text == f"Please print.\n\n{SAID}"
    assert (story.title, story.authors) == ("Ferry timetable", ("Piet Aalto",))
    assert [(str(when.value), when.method) for when in story.published] == [
        ("2022-01-05 09:00:00", "forwarded Date header")
    ]


@pytest.mark.parametrize(
    "history",
    [
        "<hr><div id=divRplyFwdMsg><b>From:</b> Piet &lt;p@x&gt;<br><b>Sent:</b> Sunday<br><b>Subject:</b> ferry</div><p>Back?</p>",
        "<div style='border-top:solid 1pt'><p><b>From:</b> Piet<br><b>Sent:</b> Sunday<br><b>To:</b> N<br></p></div><p>Back?</p>",
        "<div class='gmail_quote'>On Sunday, Piet wrote:<blockquote>Back?</blockquote></div>",
        "<blockquote type='cite'><p>Back?</p></blockquote>",
    ],
)
def test_a_reply_in_a_page_loses_the_mails_below_it(history):
    made = EmailMessage()
    made["Subject"] = "RE: ferry"
    made.set_content(f"<html><body><p>{SAID}</p>{history}</body></html>", subtype="html")
    assert [story.text for story in read(made)] == [SAID]


def test_documents_and_mails_that_are_attached_are_stories_or_say_why_not():
    made = letter()
    made.add_attachment(b"%PDF-1.4\n%%EOF", maintype="application", subtype="pdf", filename="minutes.pdf")
    made.add_attachment(b"BEGIN:VCARD", maintype="text", subtype="vcard", filename="card.vcf")
    inner = letter("The inner mail.", Subject="Inner")
    made.add_attachment(inner)
    body, document, mailed = read(made)
    assert body.text == SAID
    assert isinstance(document, Broken)
    assert document.place == "attachment minutes.pdf"
    assert "PDF" in document.reason
    assert (mailed.text, mailed.title) == ("The inner mail.", "Inner")


def test_mails_in_mails_without_end_are_bounded():
    made = letter()
    for _ in range(10):
        outer = letter()
        outer.add_attachment(made)
        made = outer
    assert len(read(made)) == 3


SAVED = (
    "From: <Saved by Blink>\nSnapshot-Content-Location: https://lake.example/2022/ferry\nSubject: =?utf-8?Q?Ferry?=\n"
    "Date: Sat, 4 Mar 2023 10:00:00 -0000\nMIME-Version: 1.0\nContent-Type: multipart/related;\n"
    '\ttype="text/html";\n\tboundary="b"\n\n--b\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n'
    'Content-Location: https://lake.example/2022/ferry\n\n<html lang=3D"en"><head><title>Ferry returns</title></head>'
    f"<body><article><h1>Ferry returns</h1><p>{SAID}</p></article></body></html>\n--b\nContent-Type: image/png\n\nx\n--b--\n"
)


def test_a_page_saved_as_a_mail_is_read_as_the_page_and_not_dated_by_its_saving():
    pytest.importorskip("trafilatura")
    (story,) = read(SAVED.encode())
    assert (story.title, story.url, story.published) == ("Ferry returns", "https://lake.example/2022/ferry", ())
    assert SAID in story.text


def test_a_mail_nested_too_deep_to_be_taken_out_loses_nothing_else():
    inner = b"Subject: y\n\nhello\n"
    for number in range(300):
        bound = b"b%d" % number
        inner = (
            b'Subject: x\nContent-Type: multipart/mixed; boundary="%s"\n\n--%s\nContent-Type: message/rfc822\n\n%s\n--%s--\n'
            % (bound, bound, inner, bound)
        )
    assert all(isinstance(found, Story | Broken) for found in read(inner))

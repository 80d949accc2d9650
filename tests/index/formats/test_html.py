# ruff: noqa: E501 - what a page or a mail says is easier to read on one line
from __future__ import annotations

import pytest

from qa_index.formats import html
from qa_index.stories import Broken, Piece, Story

SAID = "The ferry returned to the lake on Monday, after nine days in the dock that cost the town a good deal of money."
MORE = (
    "Its captain said that the boat would sail twice a day until the ice came, and that no place was left for Friday."
)


def one(content: bytes | str, **headers: str) -> Story | Broken:
    data = content.encode() if isinstance(content, str) else content
    (found,) = html.stories(Piece("", "html", data, headers={n.replace("_", "-"): v for n, v in headers.items()}))
    return found


def page(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>Ferry</title>{head}</head><body>{body}</body></html>"


def test_an_article_is_read_without_menu_comments_and_footer():
    story = one(
        page(
            f'<nav><a href="/">Home</a><a href="/s">Sport</a></nav><article><h1>Ferry returns</h1><p>{SAID}</p>'
            f"<ul><li>Boats: 12</li><li>Days: 9</li></ul><table><tr><th>Year</th><th>Boats</th></tr><tr><td>2020</td>"
            f"<td>45</td></tr></table><p>{MORE}</p></article>"
            '<div id="comments"><p>What a silly boat, said a reader below the line, and nobody else agreed.</p></div>'
            "<footer><p>Copyright 2022 Lake Gazette. All rights reserved.</p></footer>"
        )
    )
    assert isinstance(story, Story)
    assert f"{SAID}\n\n- Boats: 12\n- Days: 9\n\nYear | Boats\n2020 | 45\n\n{MORE}" in story.text
    assert "silly" not in story.text and "Copyright" not in story.text and "Sport" not in story.text
    assert story.title == "Ferry returns"


def test_links_stay_as_their_words():
    story = one(page(f'<article><p>{SAID} <a href="/x">The port</a> was glad.</p><p>{MORE}</p></article>'))
    assert "The port was glad." in story.text and "/x" not in story.text


def test_a_short_article_without_any_frame_is_read():
    assert one("<p>The ferry is back.</p>").text == "The ferry is back."


def test_an_old_page_laid_out_in_a_table_keeps_its_paragraphs():
    story = one(page(f"<table><tr><td>{SAID}<br><br>{MORE}</td></tr></table>"))
    assert SAID in story.text.split("\n") and MORE in story.text.split("\n")


def test_an_article_that_only_its_json_ld_holds_is_read():
    head = f'<script type="application/ld+json">{{"@type": "NewsArticle", "articleBody": "{SAID}"}}</script>'
    assert one(page('<div id="app"></div>', head)).text == SAID


REFUSED = {
    "nothing": ("", "it is empty"),
    "blank": (" \n ", "it is empty"),
    "an empty body": (page(""), "no article text"),
    "menus": (page('<ul><li><a href="/a">The ferry is back on the lake, at last</a></li></ul>' * 9), "no article text"),
    "links in a row": (page('<a href="/a">The ferry is back on the lake</a> ' * 40), "no article text"),
    "a login wall": (
        page('<h1>Log in</h1><form><input type="password"></form><p>Please log in to read this article today.</p>'),
        "asks to sign in",
    ),
    "a demand for JavaScript": (page("<p>Please enable JavaScript to go on reading this page.</p>"), "switch something on"),
    "an index": (
        page("".join(f'<div><h3><a href="/{n}">Ferry {n} is back</a></h3><p>{SAID}</p></div>' for n in range(8))),
        "it lists articles",
    ),
    "20,000 tags in one another": ("<div>" * 20_000 + SAID + "</div>" * 20_000, "nested too deep"),
    "unclosed tags": ("<b>x" * 100_000, "nested too deep"),
    "half a million tags": ("<i></i>" * 500_000, "more than 250,000 tags"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_page_without_an_article_says_so(name):
    content, reason = REFUSED[name]
    found = one(content)
    assert isinstance(found, Broken) and reason in found.reason


ENCODINGS = {
    "utf-8 with a mark": ("é".encode("utf-8-sig"), {}),
    "utf-16": ("é".encode("utf-16"), {}),
    "the server's word": ("é".encode("cp1252"), {"content_type": "text/html; charset=ISO-8859-1"}),
    "its own word": (b'<meta charset="windows-1252">' + "é".encode("cp1252"), {}),
    "its own word, the old way": (b'<meta http-equiv="content-type" content="text/html; charset=cp1252">' + b"\xe9", {}),
    "a wrong word": (b'<meta charset="utf-8">' + "é".encode("cp1252"), {}),
    "an unknown word": (b'<meta charset="klingon">' + "é".encode(), {}),
    "the server is wrong": ("é".encode(), {"content_type": "text/html; charset=iso-8859-1"}),
}  # fmt: skip


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_encoding_is_found(name):
    letter, headers = ENCODINGS[name]
    wide = name == "utf-16"
    text = f"<p>{SAID} A caf" if not wide else f"<p>{SAID} A café stood there.</p>"
    data = text.encode("utf-16") if wide else (letter[:-1] if b"<meta" in letter else b"") + text.encode()
    if not wide:
        data = (letter[:3] if name.endswith("mark") else b"") + data
        data += ("é".encode() if letter.endswith("é".encode()) else b"\xe9") + b" stood there.</p>"
        data = data.replace(b">\xc3<p>", b"><p>")
    assert "A café stood there." in one(data, **headers).text


@pytest.mark.parametrize(
    "content",
    [
        "<p " + " ".join(f"a{n}=1" for n in range(300_000)) + f">{SAID}</p>",
        "<p " + " ".join(f"a{n}='<'" for n in range(100_000)) + f">{SAID}</p>",
        f"<!DOCTYPE html [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><p>{SAID}</p>" + "&b;" * 1000,
        f"<p>{SAID}</p><plaintext><p>more</p>",
        f"<p>\0{SAID[:50]}\0{SAID[50:]}</p>",
        f"<p>{SAID}</p>" + "&amp;" * 200_000,
        f"<p>{SAID}</p>" + "x" * 2_000_000,
        f"<p>{SAID}</p>" + "<" * 500_000,
        f"<p>{SAID}</p><p a='" + "x" * 500_000,
    ],
    ids=[
        "attributes",
        "quoted attributes",
        "entities",
        "plaintext",
        "zeros",
        "ampersands",
        "a word",
        "brackets",
        "quote",
    ],
)
def test_a_hostile_page_keeps_its_text(content):
    assert SAID in one(content).text


FRAGMENTS = {
    "plain &amp; simple": "plain & simple",
    "5 < 6 and 7 > 3": "5 < 6 and 7 > 3",
    "<p>One.</p><p>Two.</p>": "One.\n\nTwo.",
    "One<br>two<br><br>three": "One\ntwo\n\nthree",
    "<ul><li>a b<li>c d</ul>": "- a b\n- c d",
    "<script>x()</script><style>p{}</style><p hidden>no</p>yes": "yes",
    "<pre>a\n b</pre>": "a\nb",
    "a <b>bold</b>, <i>slanted</i> word": "a bold, slanted word",
    "<![CDATA[x]]>": "",
    "": "",
}


@pytest.mark.parametrize("markup", FRAGMENTS)
def test_a_fragment_is_read_as_its_lines(markup):
    assert html.text_of(markup) == FRAGMENTS[markup]


def test_the_address_that_a_browser_wrote_into_a_page_is_its_own():
    saved = "<!-- saved from url=(0033)https://lake.example/2022/ferry/9 -->\n"
    story = one("<!doctype html>\n" + saved + page(f"<article><p>{SAID}</p><p>{MORE}</p></article>"))
    assert (story.url, dict(story.rules)["url"]) == ("https://lake.example/2022/ferry/9", "saved from")
    assert one("<!-- saved from url=(0014)about:internet -->" + page(f"<p>{SAID}</p>")).url is None


@pytest.mark.parametrize("tag", ["article", "div"])
def test_a_live_report_keeps_every_heading_and_time(tag):
    said = (
        ("15:00", "Boat out", SAID),
        ("14:00", "Boat in", MORE),
        ("13:00", "Ice on the lake", SAID.replace("Monday", "Sunday")),
    )
    posts = "".join(
        f'<{tag} class="post"><time>{time}</time><h2>{head}</h2><p>{text}</p></{tag}>' for time, head, text in said
    )
    text = one(page(f"<main><h1>Ferry live</h1><div>{posts}</div></main>")).text
    assert all(f"{time}\n\n{head}\n\n{body}" in text for time, head, body in said)


def test_a_page_without_lost_parts_is_not_padded_with_other_stories():
    cards = "".join(f'<div class="card"><h3>Other {n}</h3><p>{MORE} {n}</p></div>' for n in range(4))
    story = one(page(f"<main><article><h1>Ferry</h1><p>{SAID}</p><p>{MORE}</p></article><aside>{cards}</aside></main>"))
    assert "Other" not in story.text


def test_paragraphs_of_the_json_ld_survive():
    body = f"{SAID}\\n\\n{MORE}"
    head = f'<script type="application/ld+json">{{"@type": "NewsArticle", "articleBody": "{body}"}}</script>'
    assert one(page('<div id="app"></div>', head)).text == f"{SAID}\n\n{MORE}"


def test_plain_text_that_is_called_a_page_keeps_its_paragraphs():
    assert one(f"{SAID}\n\n{MORE} A &amp; B\n").text == f"{SAID}\n\n{MORE} A & B\n"


def test_preformatted_text_keeps_its_lines():
    rows = "Ferry    12 boats\nCanoe     9 boats\nRaft      1 boat"
    text = one(page(f"<article><p>{SAID}</p><pre>{rows}</pre><p>{MORE}</p></article>")).text
    assert "Ferry 12 boats\nCanoe 9 boats\nRaft 1 boat" in " ".join(text.split(" "))

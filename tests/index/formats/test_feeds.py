# ruff: noqa: E501 - what a page or a mail says is easier to read on one line
from __future__ import annotations

import pytest

from qa_index.formats import feeds
from qa_index.stories import Broken, Piece

RSS = b"""<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Lake Gazette - World</title><language>en-gb</language>
<item><title>Ferry &amp;amp; lake</title><link>https://lake.example/1</link><description>Short.</description>
<content:encoded><![CDATA[<p>The ferry is back.</p><p>It sails.</p>]]></content:encoded><dc:creator>Nadia Brook</dc:creator>
<pubDate>Thu, 06 Jan 2022 07:35:00 +0600</pubDate></item>
<item><title>Bridge</title><description>&lt;p&gt;The bridge closed.&lt;/p&gt;</description><author>staff@lake.example (Piet Aalto)</author></item>
<item><title>Nothing</title></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Lake Gazette</title><entry><title>Ferry</title>
<link href="https://lake.example/1"/><author><name>Nadia Brook</name></author><published>2022-01-06T07:35:00Z</published>
<updated>2022-01-07T07:35:00+06:00</updated><content type="html">&lt;p&gt;Back.&lt;/p&gt;</content></entry>
<entry><title>Bridge</title><updated>2022-01-07T07:35:00Z</updated><summary>Closed.</summary></entry></feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Lake Gazette</title></channel><item><title>Ferry</title>
<link>https://lake.example/1</link><description>Back.</description><dc:date>2022-01-06</dc:date></item></rdf:RDF>"""


def read(content: bytes, place: str = ""):
    return list(feeds.stories(Piece(place, "feed", content)))


def days(moments):
    return [(str(when.value), when.zone, when.method) for when in moments]


def test_each_item_of_rss_is_a_story():
    first, second, third = read(RSS)
    assert (first.place, first.text, first.title) == ("item 1", "The ferry is back.\n\nIt sails.", "Ferry & lake")
    assert (first.publisher, first.authors, first.url, first.language) == (
        "Lake Gazette",
        ("Nadia Brook",),
        "https://lake.example/1",
        "en",
    )
    assert days(first.published) == [("2022-01-06 07:35:00", "+06:00", "item pubDate")]
    assert (second.text, second.authors, second.published) == ("The bridge closed.", ("Piet Aalto",), ())
    assert isinstance(third, Broken) and third.place == "item 3"


def test_each_entry_of_atom_is_a_story_and_an_update_is_no_publication():
    first, second = read(ATOM, "feed.xml")
    assert (first.place, first.text, first.authors) == ("feed.xml#item 1", "Back.", ("Nadia Brook",))
    assert days(first.published) == [("2022-01-06 07:35:00", "+00:00", "entry published")]
    assert days(first.updated) == [("2022-01-07 07:35:00", "+06:00", "entry updated")]
    assert (second.text, second.published, len(second.updated)) == ("Closed.", (), 1)


def test_rdf_is_read():
    (story,) = read(RDF)
    assert (story.text, days(story.published)) == ("Back.", [("2022-01-06 00:00:00", None, "item date")])


LAUGHS = b'<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (LAUGHS + RSS.partition(b"?>")[2], "declares entities"),
        ((LAUGHS + RSS.partition(b"?>")[2]).decode().encode("utf-16"), "declares entities"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&e;</title></item></channel></rss>', "declares"),
        (b"<urlset><url><loc>https://lake.example/1</loc></url></urlset>", "no feed"),
        (b"", "no feed"),
        (b"\0\xff", "no feed"),
        (b"https://lake.example/feed.xml", "no feed"),
        (b'<rss version="2.0"><channel><title>x</title></channel></rss>', "without items"),
        (b"<rss>" + b"<a/>" * 500_000, "tags"),
        (b"<rss><channel><item>" + b"< " * 200_000, "damaged"),
        (b"<rss>" + b"<a>" * 80_000, "damaged"),
    ],
)  # fmt: skip
def test_what_is_no_feed_or_an_attack_says_so(content, reason):
    (found,) = read(content)
    assert isinstance(found, Broken) and reason in found.reason


def test_a_feed_that_breaks_off_gives_its_whole_items():
    assert read(RSS[: RSS.index(b"<item><title>Nothing")])[0].text == "The ferry is back.\n\nIt sails."

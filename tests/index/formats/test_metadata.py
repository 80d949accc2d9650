# ruff: noqa: E501 - what a page or a mail says is easier to read on one line
from __future__ import annotations

import json

import pytest

from qa_index.formats import metadata, stating
from qa_index.formats.pages import parsed

FORMS = {"month": "%Y-%m", "day": "%Y-%m-%d", "minute": "%Y-%m-%d %H:%M", "second": "%Y-%m-%d %H:%M:%S"}


def stated(when) -> str:
    return f"{when.value:{FORMS[when.precision]}} {when.zone or ''}".strip() + f" [{when.method}]"


def read(head: str = "", body: str = "", url: str | None = None, attributes: str = "", **headers: str):
    return metadata.read(
        parsed(f"<html {attributes}><head>{head}</head><body>{body}</body></html>"), url=url, headers=headers
    )


def ld(*things, raw: str | None = None) -> str:
    inner = raw if raw is not None else "".join(json.dumps(thing) for thing in things)
    return f'<script type="application/ld+json">{inner}</script>'


def meta(name: str, content: str) -> str:
    kind = "property" if ":" in name else "name"
    return f'<meta {kind}="{name}" content="{content}">'


ARTICLE = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "Ferry returns to the lake",
    "datePublished": "2022-01-06T07:35:00+06:00",
    "dateModified": "2022-01-07T09:00:00Z",
    "author": {"@type": "Person", "name": "Nadia Brook"},
    "publisher": {"@type": "Organization", "name": "Lake Gazette"},
    "inLanguage": "en-GB",
}

# name: (what the page is made of, what is read of it). Only the fields named are compared; rules are in brackets.
PAGES = {
    "json-ld": (
        {"head": ld(ARTICLE)},
        {
            "title": "Ferry returns to the lake [JSON-LD]",
            "publisher": "Lake Gazette [JSON-LD]",
            "authors": "Nadia Brook [JSON-LD]",
            "published": ["2022-01-06 07:35:00 +06:00 [JSON-LD datePublished]"],
            "updated": ["2022-01-07 09:00:00 +00:00 [JSON-LD dateModified]"],
            "language": "en [JSON-LD]",
        },
    ),
    "json-ld graph with references": (
        {
            "head": ld(
                {
                    "@graph": [
                        {**ARTICLE, "author": {"@id": "#nb"}, "publisher": {"@id": "#org"}},
                        {"@id": "#nb", "@type": "Person", "name": "Nadia Brook"},
                        {"@id": "#org", "@type": "Organization", "name": "Lake Gazette"},
                    ]
                }
            )
        },
        {"authors": "Nadia Brook [JSON-LD]", "publisher": "Lake Gazette [JSON-LD]"},
    ),
    "json-ld list, list of types, several authors": (
        {
            "head": ld(
                [{"@type": "BreadcrumbList"}, {**ARTICLE, "@type": ["Article", "ReportageNewsArticle"], "author": ["Nadia Brook", {"name": "Piet Aalto"}]}]
            )
        },
        {"authors": "Nadia Brook, Piet Aalto [JSON-LD]"},
    ),
    "json-ld with a trailing comma, a comment and a line end inside a text": (
        {"head": ld(raw='<!-- {"@type": "BlogPosting", "headline": "Ferry\n returns",  // as said\n "datePublished": "2022-01-06",} -->')},
        {"title": None, "published": []},
    ),
    "json-ld with a trailing comma": (
        {"head": ld(raw='{"@type": "BlogPosting", "headline": "Ferry\n returns", "datePublished": "2022-01-06",}')},
        {"title": "Ferry returns [JSON-LD]", "published": ["2022-01-06 [JSON-LD datePublished]"]},
    ),
    "json-ld in CDATA": (
        {"head": ld(raw='//<![CDATA[\n{"@type": "Report", "datePublished": "2022-01-06"}\n//]]>')},
        {"published": ["2022-01-06 [JSON-LD datePublished]"]},
    ),
    "json-ld with its quotation marks escaped": (
        {"head": ld(raw='{&quot;@type&quot;: &quot;Article&quot;, &quot;headline&quot;: &quot;Ferry &amp;amp; lake&quot;}')},
        {"title": "Ferry & lake [JSON-LD]"},
    ),
    "json-ld beyond repair, open graph instead": (
        {"head": ld(raw='{"@type": "Article", "headline": ') + meta("og:title", "Ferry returns")},
        {"title": "Ferry returns [OpenGraph]"},
    ),
    "json-ld of other articles": (
        {
            "head": ld({**ARTICLE, "url": "https://lake.example/other", "headline": "Bridge closes"})
            + meta("og:title", "Ferry returns"),
            "url": "https://lake.example/news/ferry",
        },
        {"title": "Ferry returns [OpenGraph]", "published": []},
    ),
    "json-ld of several, the one at this address counts": (
        {
            "head": ld(
                {**ARTICLE, "url": "https://lake.example/other", "headline": "Bridge closes"},
                {**ARTICLE, "mainEntityOfPage": {"@id": "https://lake.example/news/ferry"}},
            ),
            "url": "http://www.lake.example/news/ferry/",
        },
        {"title": "Ferry returns to the lake [JSON-LD]"},
    ),
    "json-ld of a page only": (
        {"head": ld({"@type": "WebPage", "datePublished": "2022-01-06", "name": "Ferry"})},
        {"published": ["2022-01-06 [JSON-LD WebPage datePublished]"]},
    ),
    "open graph": (
        {
            "head": meta("og:title", "Ferry returns | Lake Gazette")
            + meta("og:site_name", "Lake Gazette")
            + meta("article:published_time", "2022-01-06T07:35:00Z")
            + meta("article:modified_time", "2022-01-06T09:35:00Z")
            + meta("article:author", "https://social.example/nadia")
            + meta("og:url", "https://lake.example/news/ferry")
            + meta("og:locale", "en_US")
        },
        {
            "title": "Ferry returns [OpenGraph]",
            "publisher": "Lake Gazette [OpenGraph]",
            "authors": None,
            "published": ["2022-01-06 07:35:00 +00:00 [meta article:published_time]"],
            "updated": ["2022-01-06 09:35:00 +00:00 [meta article:modified_time]"],
            "url": "https://lake.example/news/ferry [OpenGraph]",
            "language": "en [OpenGraph]",
        },
    ),
    "conflicting dates are all kept, most trusted first": (
        {
            "head": meta("date", "2022-01-05") + meta("article:published_time", "2022-01-07") + ld(ARTICLE),
            "url": "https://lake.example/2022/01/06/ferry",
        },
        {
            "published": [
                "2022-01-06 07:35:00 +06:00 [JSON-LD datePublished]",
                "2022-01-07 [meta article:published_time]",
                "2022-01-05 [meta date]",
                "2022-01-06 [address]",
            ]
        },
    ),
    "the same moment twice is stated once": (
        {"head": meta("article:published_time", "2022-01-06T07:35:00+06:00") + ld(ARTICLE)},
        {"published": ["2022-01-06 07:35:00 +06:00 [JSON-LD datePublished]"]},
    ),
    "dublin core": (
        {
            "head": meta("DC.title", "Ferry returns") + meta("DC.creator", "Nadia Brook") + meta("DC.publisher", "Lake Gazette")
            + meta("DC.date.issued", "2022-01-06") + meta("DCTERMS.modified", "2022-01-08") + meta("dc.language", "kk")
        },
        {
            "title": "Ferry returns [meta dc.title]",
            "authors": "Nadia Brook [meta dc.creator]",
            "publisher": "Lake Gazette [meta dc.publisher]",
            "published": ["2022-01-06 [meta dc.date.issued]"],
            "updated": ["2022-01-08 [meta dcterms.modified]"],
            "language": "kk [meta dc.language]",
        },
    ),
    "parsely": (
        {"head": meta("parsely-title", "Ferry") + meta("parsely-author", "Nadia Brook") + meta("parsely-pub-date", "2022-01-06T07:35:00Z")},
        {
            "title": "Ferry [meta parsely-title]",
            "authors": "Nadia Brook [meta parsely-author]",
            "published": ["2022-01-06 07:35:00 +00:00 [meta parsely-pub-date]"],
        },
    ),
    "sailthru": (
        {"head": meta("sailthru.date", "Thu, 06 Jan 2022 07:35:00 +0600") + meta("sailthru.author", "By Nadia Brook and Piet Aalto")},
        {"authors": "Nadia Brook, Piet Aalto [meta sailthru.author]", "published": ["2022-01-06 07:35:00 +06:00 [meta sailthru.date]"]},
    ),
    "citation": (
        {"head": meta("citation_title", "Ferry") + meta("citation_author", "Nadia Brook") + meta("citation_author", "Piet Aalto")
         + meta("citation_publication_date", "2022/01/06")},
        {"authors": "Nadia Brook, Piet Aalto [meta citation_author]", "published": ["2022-01-06 [meta citation_publication_date]"]},
    ),
    "a bare digit date in a meta tag": (
        {"head": meta("pdate", "20220106")},
        {"published": ["2022-01-06 [meta pdate]"]},
    ),
    "microdata": (
        {
            "body": '<div itemscope itemtype="https://schema.org/Article"><h1 itemprop="headline">Ferry returns</h1>'
            '<span itemprop="author" itemscope><span itemprop="name">Nadia Brook</span></span>'
            '<meta itemprop="datePublished" content="2022-01-06"></div>'
        },
        {
            "title": "Ferry returns [itemprop headline]",
            "authors": "Nadia Brook [itemprop author]",
            "published": ["2022-01-06 [itemprop datePublished]"],
        },
    ),
    "time with pubdate": (
        {"body": '<article><time pubdate datetime="2022-01-06T07:35">6 January</time></article>'},
        {"published": ["2022-01-06 07:35 [time element]"]},
    ),
    "times by their classes": (
        {
            "body": '<article><time class="entry-date published" datetime="2022-01-06">x</time>'
            '<time class="updated" datetime="2022-01-09">y</time></article>'
        },
        {"published": ["2022-01-06 [time element]"], "updated": ["2022-01-09 [time element]"]},
    ),
    "the only time of an article": (
        {"body": '<article><time datetime="2022-01-06">x</time></article>'},
        {"published": ["2022-01-06 [time element]"]},
    ),
    "two times that do not say what they are": (
        {"body": '<article><time datetime="2022-01-06">x</time> to <time datetime="2022-01-09">y</time></article>'},
        {"published": []},
    ),
    "a time beside the article": (
        {"body": '<aside><time pubdate datetime="2022-01-06">x</time></aside><ul><li><time datetime="2022-01-07">x</time></li></ul>'},
        {"published": []},
    ),
    "date in the address": (
        {"url": "https://lake.example/2022/01/06/ferry.html?from=2019/02/03/"},
        {"published": ["2022-01-06 [address]"]},
    ),
    "month by name in the address": (
        {"head": '<link rel="canonical" href="https://lake.example/world/2022/jan/06/ferry">'},
        {"published": ["2022-01-06 [address]"], "url": "https://lake.example/world/2022/jan/06/ferry [canonical link]"},
    ),
    "only the month in the address": (
        {"url": "https://lake.example/2022/01/ferry-returns"},
        {"published": ["2022-01 [address]"]},
    ),
    "no day of that number": ({"url": "https://lake.example/2022/02/31/ferry"}, {"published": []}),
    "numbers that are no date": ({"url": "https://lake.example/story/20229999-5/1234/56"}, {"published": []}),
    "labelled date in words": (
        {"body": "<p>Published: 6 January 2022</p><p>The ferry is back on the lake after nine days in the dock.</p>"},
        {"published": ["2022-01-06 [date in the page]"]},
    ),
    "no date at all": (
        {
            "head": "<title>Ferry</title>",
            "body": "<p>The ferry sank on 6 January 2022, and again on 8 January 2022.</p><footer>© 2023 Lake Gazette</footer>",
        },
        {"published": [], "updated": []},
    ),
    "when it was fetched is no date": (
        {"last_modified": "Thu, 06 Jan 2022 07:35:00 GMT", "date": "Thu, 06 Jan 2022 07:35:00 GMT"},
        {"published": [], "updated": []},
    ),
    "no date that programs write for none": (
        {"head": meta("article:published_time", "1970-01-01T00:00:00Z") + meta("date", "0000-00-00")},
        {"published": []},
    ),
    "two readings of a date are none": ({"head": meta("date", "06/01/2022")}, {"published": []}),
    "title element with the outlet's name": (
        {"head": "<title>Ferry returns - Lake Gazette</title>" + meta("og:site_name", "Lake Gazette")},
        {"title": "Ferry returns [title element]"},
    ),
    "title element with a known agency": (
        {"head": "<title>Ferry returns to the cold lake | Reuters</title>"},
        {"title": "Ferry returns to the cold lake [title element]", "publisher": "Reuters [title element]"},
    ),
    "title with a dash of its own": (
        {"head": "<title>Ferry - a long story</title>" + meta("og:site_name", "Lake Gazette")},
        {"title": "Ferry - a long story [title element]"},
    ),
    "a page named like its outlet has no title": (
        {"head": "<title>Lake Gazette</title>" + meta("og:site_name", "Lake Gazette")},
        {"title": None},
    ),
    "one heading": (
        {"head": "<title>Untitled</title>", "body": "<h1>Ferry returns</h1>"},
        {"title": "Ferry returns [h1 element]"},
    ),
    "byline element": (
        {"body": '<div class="article-byline">By Nadia Brook</div>'},
        {"authors": "Nadia Brook [byline element]"},
    ),
    "address relative to where it was found": (
        {"head": '<link rel="canonical" href="/news/ferry">', "url": "https://lake.example/x?y=1"},
        {"url": "https://lake.example/news/ferry [canonical link]"},
    ),
    "canonical link to the front page": (
        {"head": '<link rel="canonical" href="https://lake.example/">', "url": "https://lake.example/x"},
        {"url": "https://lake.example/x [address of the page]"},
    ),
    "an address that is none": (
        {"head": '<link rel="canonical" href="javascript:alert(1)">' + meta("og:url", "http://[bad")},
        {"url": None},
    ),
    "language of the page": ({"attributes": 'lang="de-AT"'}, {"language": "de [html lang]"}),
    "publisher that is an address": ({"head": meta("publisher", "https://social.example/lake")}, {"publisher": None}),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_every_value_of_a_page_comes_with_the_rule_that_read_it(name):
    made, expected = PAGES[name]
    found = read(**made)
    rules = dict(found.rules)
    for field, value in expected.items():
        actual = getattr(found, field)
        if field in ("published", "updated"):
            assert [stated(when) for when in actual] == value
            continue
        written = ", ".join(actual) if field == "authors" else actual
        assert (f"{written} [{rules[field]}]" if written else None) == value


PEOPLE = {
    "By Nadia Brook": ["Nadia Brook"],
    "by Nadia Brook and Piet Aalto, Reuters": ["Nadia Brook", "Piet Aalto"],
    "nadia@lake.example (Nadia Brook)": ["Nadia Brook"],
    "Nadia Brook <nadia@lake.example>": ["Nadia Brook"],
    "nadia@lake.example": [],
    "Staff": [],
    "Staff Writer": [],
    "Lake Gazette": [],
    "The Lake Gazette": [],
    "Reuters": [],
    "admin": [],
    "https://social.example/nadia": [],
    "@nadia": [],
    "": [],
    "李小明": ["李小明"],
    "Автор: Анна Петрова": ["Анна Петрова"],
}


@pytest.mark.parametrize("written", PEOPLE)
def test_only_the_names_of_people_are_authors(written):
    assert list(stating.people(written, outlets=("Lake Gazette",))) == PEOPLE[written]


DECLARED = {
    "Madonna": ["Madonna"],
    "bell hooks": ["bell hooks"],
    "The Newsroom": [],
    "Lake news desk": [],
    "webmaster": [],
}


@pytest.mark.parametrize("written", DECLARED)
def test_a_declared_person_need_not_look_like_one(written):
    assert list(stating.people(written, declared=True)) == DECLARED[written]


def test_the_text_in_the_json_ld_is_kept_without_tags():
    found = read(ld({**ARTICLE, "articleBody": "<p>One went.</p><p>Two stayed.</p>"}))
    assert found.is_article
    assert found.body == "One went.\n\nTwo stayed."


@pytest.mark.parametrize(
    "head",
    [
        ld(raw="[" * 200_000),
        ld(raw="[{}," * 50_000),
        ld(raw='{"@type": "Article", "datePublished": ' + "9" * 10_000 + "}"),
        ld(raw='{"@graph": {"@graph": {"@graph": 1}}}'),
        ld({**ARTICLE, "author": 7, "publisher": [], "headline": {}, "datePublished": ["x"], "@id": None}, "text", 5, None),
        meta("author", "Nadia Brook, " * 100_000),
        "<title>" + "x - " * 200_000 + "</title>" + meta("og:site_name", "x"),
        meta("date", "1" * 100_000),
    ],
    ids=["deep", "many", "long number", "nested graph", "wrong kinds", "long byline", "long title", "digits"],
)  # fmt: skip
def test_a_hostile_head_gives_no_date_and_no_failure(head):
    assert read(head).published == ()


def test_the_month_of_an_issue_is_a_month():
    found = stating.when("2021/03", "meta citation_publication_date")
    assert found is not None
    assert (str(found.value), found.precision) == ("2021-03-01 00:00:00", "month")

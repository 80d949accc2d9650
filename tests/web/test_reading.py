"""The article as a fragment of the page: the same characters, the right ones marked, everything in it text."""

import datetime as dt
import html
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.web import problems
from qa.web.talk.reading import GONE, article_html, router, source_line
from qa_index.errors import ArticleNotFound
from qa_index.types import Article, Listed, Span, When, article_id

THURSDAY = When(dt.datetime(2022, 1, 13, 10, 5), "minute", "IST")
ODD = "\r\n\x0c\x0b\x1b\x80\x9f\xad\u200d\u200e\u202e\u2028\ufeff\ufffe<>&\"'`=/;#"
LETTERS = st.one_of(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    st.sampled_from(ODD + "aä\u0301שلا\U0001f469\U0001f3fd\u200d\U0001f680"),
    st.sampled_from(["\r\n", "&amp;", "&#13;", "<!--", "]]>", "</div>", "<mark>", "<script>"]),
)


class Text(HTMLParser):
    """What a parser makes of a fragment: the text of each element by class or id, and every tag and attribute."""

    def __init__(self, fragment):
        super().__init__(convert_charrefs=True)
        self.open, self.text, self.tags, self.count = [], {}, [], {}
        self.feed(fragment)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append((tag, found))
        names = {*found.get("class", "").split(), found.get("id")} - {None}
        for name in names:
            self.count[name] = self.count.get(name, 0) + 1
        self.open.append((tag, names))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, text):
        for name in set().union(*(names for _, names in self.open)):
            self.text[name] = self.text.get(name, "") + text

    def links(self):
        return [found["href"] for tag, found in self.tags if tag == "a"]


def article(text, **fields):
    fields.setdefault("title", "A title")
    return Article(article_id(text), text, **fields)


def spans(draw, length, most):
    return draw(
        st.lists(st.lists(st.integers(0, length), min_size=2, max_size=2, unique=True).map(sorted), max_size=most)
    )


@st.composite
def opened(draw):
    text = "".join(draw(st.lists(LETTERS, min_size=1, max_size=60)))
    at = tuple(sorted(draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=2, unique=True))))
    masked = tuple(Span(article_id(text), *each) for each in spans(draw, len(text), 3))
    return article(text, masked=masked), at, [tuple(each) for each in spans(draw, len(text), 4)]


@given(opened())
@settings(max_examples=300)
def test_the_mark_holds_the_quote_and_the_body_the_article_whatever_overlaps(given):
    one, at, also = given
    seen = Text(article_html(one, at=at, also=also))
    assert seen.text["body"] == one.text
    assert seen.text["cited"] == one.text[slice(*at)]
    assert seen.count["cited"] == 1

    cited, others = set(range(*at)), {place for each in also for place in range(*each)}
    assert seen.text.get("also", "") == "".join(one.text[place] for place in sorted(others - cited))
    dimmed = {place for span in one.masked for place in range(span.start, span.end)}
    assert seen.text.get("masked", "") == "".join(one.text[place] for place in sorted(dimmed))


def test_what_html_cannot_carry_becomes_a_replacement_of_the_same_length():
    one = Article("0" * 16, "a\0b\ud83d c\udc00", title="\ud800 \0")
    seen = Text(article_html(one, at=(1, 4)))
    assert seen.text["body"] == "a\ufffdb\ufffd c\ufffd"
    assert seen.text["cited"] == "\ufffdb\ufffd"
    article_html(one).encode("utf-8")


def test_an_article_of_a_megabyte_without_a_space_is_shown_whole():
    one = article("ذ" * 500_000 + "x" * 500_000)
    assert Text(article_html(one, at=(499_999, 500_001), also=[(0, 1_000_000)])).text["body"] == one.text


@pytest.mark.parametrize("at", [(0, 4), (2, 2), (3, 1), (-1, 2)])
def test_a_range_outside_the_article_is_refused(at):
    with pytest.raises(ValueError, match="not inside"):
        article_html(article("abc"), at=at)
    with pytest.raises(ValueError, match="not inside"):
        article_html(article("abc"), also=[at])


def test_what_is_known_stands_above_it():
    one = article(
        "Body.",
        title="Ten\nregions",
        publisher="The Wire & Co",
        authors=("A. Author", "B. Author"),
        published=THURSDAY,
        updated=When(dt.datetime(2022, 1, 14), "day"),
        url="https://www.example.org/a?b=1&c=2",
        language="pt-BR",
        sources=("/news/a.txt",),
    )
    seen = Text(article_html(one))
    assert seen.text["reader-title"] == "Ten regions"
    assert seen.text["kicker"] == "The Wire & Co13 January 2022, 10:05 IST"
    assert seen.text["byline"] == "By A. Author, B. Author"
    assert seen.text["name"] == "Ten regionsThe Wire & Co13 January 2022"
    assert seen.text["facts"] == "Updated 14 January 2022pt-BRexample.org"
    assert seen.text["source-line"] == "Ten regions, The Wire & Co, 13 January 2022, https://www.example.org/a?b=1&c=2"
    link = next(found for tag, found in seen.tags if tag == "a")
    assert (link["href"], link["rel"], link["target"]) == (one.url, "noopener noreferrer", "_blank")
    assert next(found for _, found in seen.tags if found.get("class") == "body")["lang"] == "pt-BR"


def test_what_is_not_known_is_not_there():
    seen = Text(article_html(article("The first words are its name here.", title=None, language='en" onload="x')))
    assert seen.text["reader-title"] == "The first words are its name here."
    assert {"kicker", "byline", "address", "source"}.isdisjoint(seen.count)
    assert not any("onload" in found for _, found in seen.tags)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", " javascript:alert(1)", "file:///etc/passwd", "http://[", "//a.b", ""],
)
def test_only_an_address_of_the_web_is_a_link_otherwise_the_file_is_named(url):
    seen = Text(article_html(article("Body.", url=url, sources=("/news/<a>.txt",))))
    assert seen.links() == []
    assert seen.text["source"] == "<a>.txt"


@pytest.mark.parametrize("path", ["/x", "?trusted.org", "#@trusted.org", "\\@trusted.org", "?a@trusted.org/", ":81/"])
def test_a_link_is_named_by_the_host_it_leads_to(path):
    seen = Text(article_html(article("Body.", url=f"https://trusted.org@evil.example{path}")))
    assert seen.text["address"].removesuffix(":81") == "evil.example"


def test_a_source_line_is_one_line_of_what_is_known():
    assert source_line(article("Body.", title="A\r\ntitle", sources=("a\tb.txt",))) == "A title, a b.txt"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"sources": ("/home/x/library/uploads/002.txt",)}, "002.txt"),
        ({"sources": ("C:\\Users\\x\\002.txt",)}, "002.txt"),
        ({"sources": ("002.txt", "/home/x/003.txt")}, "002.txt"),
        ({"sources": ("/home/x/news/",)}, "news"),
        ({"url": "file:///home/x/002.html"}, "002.html"),
    ],
)
def test_of_a_file_only_the_name_is_told(fields, named):
    one = article("Body.", **fields)
    assert source_line(one) == f"A title, {named}"
    seen = article_html(one)
    assert Text(seen).text["source"] == named
    assert "/home/" not in seen and "Users" not in seen


# The route


class Shelf:
    """Articles by their ids, as a library gives them."""

    def __init__(self, *articles):
        self.articles = {each.id: each for each in articles}

    def kin(self):
        return {}

    def article(self, prefix):
        for each in self.articles.values():
            if each.id.startswith(prefix):
                return each
        raise ArticleNotFound(f"no article {prefix}")


@pytest.fixture
def client():
    app = FastAPI()
    problems.install(app)
    app.include_router(router(SimpleNamespace(library=Shelf(article("Ten words of an article, no more and no less.")))))
    return TestClient(app)


ID = article_id("Ten words of an article, no more and no less.")


def test_the_route_opens_at_the_words_and_is_never_kept(client):
    reply = client.get(f"/page/articles/{ID}", params={"at": "4-9", "also": ["0-3", "9-9", "x", "40-400"]})
    seen = Text(reply.text)
    assert (seen.text["cited"], seen.text["also"]) == ("words", "Ten")
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "cited" not in Text(client.get(f"/page/articles/{ID}").text).count


@pytest.mark.parametrize(
    "path",
    [
        f"{ID}?at=40-400",
        f"{ID}?at=5-5",
        f"{ID}?at=9-5",
        f"{ID}?at=",
        f"{ID}?at=-1-5",
        f"{ID}?at=٠-٥",
        f"{ID}?at=1e3-2",
        f"{ID}?at={'9' * 400}-5",
        f"{ID[:8]}?at=0-3",
        "ffffffffffffffff?at=0-3",
        "<script>?at=0-3",
    ],
)
def test_words_that_are_not_there_any_more_are_a_sentence(client, path):
    reply = client.get(f"/page/articles/{path}")
    assert reply.status_code == 404
    assert Text(reply.text).text["problem"] == GONE


def test_the_original_and_the_reprints_are_named_with_links():
    def listed(identity, title):
        return Listed(identity, title, "The <Wire>", None, (), None, 9)

    same = (("original", listed("a" * 16, "First & best")), ("update", listed("b" * 16, "Later")))
    shown = article_html(article("Words of it."), same=same)
    assert "<Wire>" not in shown
    shown = html.unescape(shown)
    assert f'Original: <a href="#read={"a" * 16}" dir="auto">First & best</a> (The <Wire>)' in shown
    assert "<summary>Besides: 1 update</summary>" in shown
    assert 'class="kin"' not in article_html(article("Words of it."))

"""Answers in HTML: text stays text, a mark leads to the words it stands for, an abstention cites nothing."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.types import Claim, Dropped
from qa.web.markup import escaped, web_address
from qa.web.talk.answers import answer_html, asked_html, problem_html, waiting_html
from tests.qa.samples import ANSWERED, CITATION, CONFLICTING, QUOTE

HOSTILE = "<script>x</script> **b** [1] ![i](http://e.example/i.png) `c` ${d} {{e}}\n\n    code & \"q\" 'r' \u202e"


class Read(HTMLParser):
    """What a browser would see: its elements with their attributes, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements, self.text = [], ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def of_class(self, name):
        return [attributes for _, attributes in self.elements if name in attributes.get("class", "").split()]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\r\t\f")))
@settings(max_examples=200, deadline=None)
def test_a_text_comes_out_of_the_html_as_it_went_in_and_stays_on_one_line(text):
    made = escaped(text)
    assert Read(f"<p>{made}</p>").text == text
    assert Read(f'<p title="{made}"></p>').elements == [("p", {"title": text})]
    assert "\n" not in made
    assert "\r" not in made


def test_nothing_that_is_asked_or_answered_becomes_markup():
    plain = {tag for tag, _ in Read(answer_html(ANSWERED) + asked_html("?")).elements}
    citation = replace(CITATION, quote=HOSTILE, title=HOSTILE, publisher=HOSTILE)
    answer = replace(
        ANSWERED,
        question=HOSTILE,
        standalone=HOSTILE + "?",
        short=HOSTILE,
        text=f"{HOSTILE} [1]",
        claims=(Claim(HOSTILE, (citation,)),),
        citations=(citation,),
        dropped=(Dropped(HOSTILE, "name", HOSTILE),),
        failure=HOSTILE,
        made_by={"writer": HOSTILE},
    )
    made = answer_html(answer) + asked_html(HOSTILE) + problem_html(HOSTILE) + waiting_html(HOSTILE, answer.claims)
    page = Read(made)
    assert {tag for tag, _ in page.elements} <= plain | {"details", "summary", "ul", "li", "q"}
    assert not any(name.startswith("on") or name == "src" for _, given in page.elements for name in given)
    assert "\n" not in made
    assert not re.search(r"[*`\[\]~|]", made), "Markdown would read these"


def test_a_mark_leads_to_the_words_and_carries_them():
    (first, *_) = Read(answer_html(ANSWERED)).of_class("cite")
    assert first["href"] == f"#read={CITATION.span.article_id}:0-{len(QUOTE)}"
    assert first["title"] == QUOTE


def test_a_number_in_brackets_that_the_article_itself_has_is_no_mark():
    answer = replace(ANSWERED, text="The mayor [1] opened it. [1]")
    assert len(Read(answer_html(answer).split('<ol class="sources"')[0]).of_class("cite")) == 1
    assert "The mayor [1] opened it." in Read(answer_html(answer)).text


def test_a_worked_out_day_stands_behind_the_mark():
    made = answer_html(replace(ANSWERED, text=f"{QUOTE} [1] (Monday: 10 January 2022)"))
    assert Read(made).of_class("worked-out")
    assert " (Monday: 10 January 2022)" in Read(made).text


def test_the_sides_of_a_disagreement_stand_beside_each_other_each_with_its_source():
    page = Read(answer_html(CONFLICTING))
    assert len(page.of_class("side")) == len(CONFLICTING.conflicts) == 2
    assert "conflicting" in page.elements[0][1]["class"].split()
    assert "The Ferry Post" in page.text


def test_an_abstention_shows_what_came_nearest_and_cites_nothing():
    answer = replace(
        ANSWERED, status="abstained", short=None, text="", claims=(), citations=(), conflicts=(), nearest=(CITATION,)
    )
    page = Read(answer_html(answer))
    assert not page.of_class("cite")
    assert page.of_class("near")
    assert "The articles do not say." in page.text
    assert not page.of_class("sure")


def test_a_quote_that_no_longer_stands_says_so():
    assert Read(answer_html(ANSWERED, fallen=(CITATION,))).of_class("gone")
    assert not Read(answer_html(ANSWERED)).of_class("gone")


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://news.example/a?b=c", True),
        ("http://127.0.0.1/", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt://news.example/%0aalert(1)", False),
        ("data:text/html,x", False),
        ("//news.example/", False),
        ("https:", False),
        ("http://[", False),
        ("", False),
        (None, False),
    ],
)
def test_only_an_address_of_the_web_becomes_a_link(url, link):
    assert (web_address(url) is not None) == link

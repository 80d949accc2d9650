"""What is written for other programs: nothing is lost, nothing is run, one object is one line."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.export import COLUMNS, answer_record, article_record, articles, to_json
from qa_index.types import Article, article_id
from tests.qa.samples import ABSTAINED, ANSWERED, ARTICLE, BARE, CITATION, CONFLICTING, TEXT

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), min_size=1, max_size=200)


def test_an_answer_has_every_field_that_is_promised():
    record = json.loads(to_json(answer_record(ANSWERED)))
    assert record["question"] == "Who opened the bridge?"
    assert (record["status"], record["short"], record["confidence"], record["seconds"]) == (
        "answered",
        "Ada Brook",
        0.9312,
        0.21,
    )
    assert record["text"].endswith("[1]")
    assert record["searched"] == {"articles": 5, "from": "2022-01-06", "to": "2022-01-13"}
    assert record["filters"] == {"until": "2022-01-31"}
    assert record["made_by"] == {"reader": "by hand"}
    assert record["conflicts"] == record["nearest"] == []
    (citation,) = record["citations"]
    assert citation["number"] == 1
    assert citation["published"] == "2022-01-13"
    assert citation["source"] == "news/bridge.txt"
    assert (citation["title"], citation["publisher"]) == ("A bridge, at last", "The Ferry Post")
    assert citation["article_id"] == ARTICLE.id
    assert TEXT[citation["start"] : citation["end"]] == citation["quote"]


def test_an_abstention_cites_nothing_and_lists_what_came_nearest_apart():
    record = answer_record(ABSTAINED)
    assert record["citations"] == record["claims"] == []
    assert record["short"] is None
    assert [each["quote"] for each in record["nearest"]] == [CITATION.quote]


def test_each_side_of_a_disagreement_carries_its_own_citations():
    sides = answer_record(CONFLICTING)["conflicts"]
    assert [(side["attributed_to"], side["citations"][0]["number"]) for side in sides] == [
        ("The Ferry Post", 1),
        (None, 2),
    ]


@given(texts)
@settings(max_examples=50)
def test_an_object_is_one_line_whatever_is_in_it(text):
    line = to_json({"text": text})
    assert len(line.splitlines()) == 1
    assert json.loads(line) == {"text": text}


def test_letters_stay_letters_but_nothing_that_a_terminal_obeys():
    assert to_json({"a": "Қасым é \x9b31m\x1b[0m"}) == '{"a": "Қасым é \\u009b31m\\u001b[0m"}\n'


@given(texts)
@settings(max_examples=50)
def test_the_text_comes_back_from_json_lines_exactly(text):
    article = Article(article_id(text), text)
    (line,) = articles([article], "json")
    assert json.loads(line)["text"] == text


def test_everything_known_about_an_article_is_exported():
    record = article_record(ARTICLE)
    assert (record["published"], record["published_zone"]) == ("2022-01-13T09:05", "+01:00")
    assert (record["authors"], record["sources"]) == (["J. Quill", "K. Nib"], ["news/bridge.txt"])
    assert record["provenance"] == {"title": "first line"}
    (start, end) = record["masked"][0]
    assert record["text"][start:end] == "Sign up for our newsletter!"


def test_what_is_not_known_is_null():
    record = article_record(BARE)
    assert (record["title"], record["publisher"], record["published"], record["updated"]) == (None, None, None, None)


@given(texts)
@settings(max_examples=50)
def test_markdown_keeps_the_text_inside_its_fence(text):
    article = Article(article_id(text), text, title="t")
    written = "".join(articles([article], "markdown"))
    fence = re.search(r"^(`{3,})text\n", written, re.MULTILINE)
    assert fence is not None
    inside = written[fence.end() :].removesuffix(f"{fence[1]}\n")
    assert inside.removesuffix("\n") == text.removesuffix("\n")
    assert fence[1] not in inside


def test_a_title_cannot_become_a_link_or_a_heading_in_markdown():
    article = replace(BARE, title="x](http://example.org)\n# <b>y</b> ![z]")
    heading = "".join(articles([article], "markdown")).split("\n\n")[0]
    assert heading == r"# x\](http://example.org) \# \<b\>y\</b\> \!\[z\]"


def test_csv_has_a_header_and_a_row_an_article():
    rows = list(csv.DictReader(io.StringIO("".join(articles([ARTICLE, BARE], "csv")), newline="")))
    assert list(rows[0]) == list(COLUMNS)
    assert (rows[0]["text"], rows[0]["authors"]) == (TEXT, "J. Quill; K. Nib")
    assert (rows[1]["title"], rows[1]["text"]) == ("", BARE.text)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_spreadsheet_runs_nothing_that_an_article_says(text):
    rows = list(csv.DictReader(io.StringIO("".join(articles([Article(article_id(text), text)], "csv")), newline="")))
    assert rows[0]["text"] == f"'{text}"


@pytest.mark.parametrize(("how", "expected"), [("json", ""), ("markdown", ""), ("csv", ",".join(COLUMNS) + "\r\n")])
def test_no_articles_are_an_empty_export(how, expected):
    assert "".join(articles([], how)) == expected

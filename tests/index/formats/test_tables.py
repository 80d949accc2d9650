from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.errors import UnreadableArticle, UsageError
from qa_index.formats import reading, splitting
from qa_index.formats.fragments import plain
from qa_index.formats.records import parse_fields
from qa_index.stories import Broken, FieldMap, Limits, Piece, Story
from qa_index.types import When

BODY = "The council met on Monday. It decided to build a bridge."


def read(folder: Path, name: str, content: str | bytes, **options) -> list[Story | Broken]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    fields = options.pop("fields", FieldMap())
    found: list[Story | Broken] = []
    for part in splitting.pieces(path, options.pop("limits", Limits()), fields):
        found += reading.stories(part, fields) if isinstance(part, Piece) else [part]
    return found


def texts(found: list[Story | Broken]) -> dict[str, str]:
    return {part.place: part.text if isinstance(part, Story) else f"! {part.reason}" for part in found}


def story_of(record: object, fields: FieldMap | None = None) -> Story:
    piece = Piece("", "json", json.dumps(record).encode())
    (found,) = reading.stories(piece, fields)
    assert isinstance(found, Story), found
    return found


def reason_of(record: object) -> str:
    (found,) = reading.stories(Piece("", "json", json.dumps(record).encode()))
    assert isinstance(found, Broken), found
    return found.reason


# Lines and lists of JSON


def test_each_line_is_a_story_and_a_broken_one_leaves_the_others(tmp_path):
    found = texts(read(tmp_path, "a.jsonl", '{"text": "one"}\n\n{"text": \n{"text": "two"}\n[1]\n"words"'))
    assert found["line 1"] == "one"
    assert found["line 4"] == "two"
    assert found["line 3"].startswith("! it is no valid JSON (line 3, column ")
    assert "its list" not in found["line 5#item 1"]
    assert "it is no object with fields" in found["line 6"]
    assert len(found) == 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv"])
def test_any_unicode_encoding_is_read(tmp_path, encoding, name):
    content = (
        "text,title\nЗдание – naïve,Ärger\n" if name == "a.csv" else '{"text": "Здание – naïve", "title": "Ärger"}\n'
    )
    (found,) = read(tmp_path, name, content.encode(encoding))
    assert isinstance(found, Story), found
    assert (found.text, found.title) == ("Здание – naïve", "Ärger")


def test_lines_in_different_encodings_are_each_read_in_their_own(tmp_path):
    lines = ['{"text": "Müller und Söhne"}'.encode(encoding) for encoding in ("utf-8", "cp1252", "utf-8")]
    assert set(texts(read(tmp_path, "a.jsonl", b"\n".join(lines))).values()) == {"Müller und Söhne"}


def test_a_character_cut_by_the_end_of_what_is_looked_at_changes_nothing(tmp_path):
    line = '{"text": "' + "a" * 65_525 + 'é and so on – naïve"}\n'
    for shift in range(4):
        (found,) = read(tmp_path, "a.jsonl", (" " * shift + line).encode())
        assert isinstance(found, Story)
        assert found.text.endswith("é and so on – naïve")


def test_zeros_lone_surrogates_and_raw_controls_in_a_line_do_no_harm(tmp_path):
    content = b'{"text": "a\\u0000b \\ud800 c"}\n{"text": "raw\0zero \x01 tab\there"}\n{"text": "fine"}'
    found = texts(read(tmp_path, "a.jsonl", content))
    assert found["line 1"] == "a\0b \ud800 c"
    assert found["line 2"] == "raw\0zero \x01 tab\there"
    assert found["line 3"] == "fine"


def test_a_line_without_end_is_passed_over_in_bounded_memory(tmp_path):
    limits = Limits(story_bytes=1_000)
    content = b'{"text": "one"}\n{"text": "' + b"x" * 300_000 + b'"}\n{"text": "two"}\n'
    found = texts(read(tmp_path, "a.jsonl", content, limits=limits))
    assert (found["line 1"], found["line 3"]) == ("one", "two")
    assert "more than the 1,000 bytes that one article may have" in found["line 2"]


@pytest.mark.parametrize(
    "line", ["[" * 100_000, '{"a":' * 50_000, '{"text": "x", "n": ' + "9" * 5_000 + "}", "nul", "{'text': 1}", "\0\0"]
)
def test_a_hostile_line_is_reported_and_the_others_go_on(tmp_path, line):
    found = read(tmp_path, "a.jsonl", '{"text": "one"}\n' + line + '\n{"text": "two"}\n')
    assert [type(part) for part in found] == [Story, Broken, Story]


@pytest.mark.parametrize(
    "value",
    [
        [{"text": "one"}, {"text": "two"}],
        {"status": "ok", "articles": [{"text": "one"}, {"text": "two"}]},
        {"Items": [{"text": "one"}, {"text": "two"}]},
        {"response": {"results": [{"text": "one"}, {"text": "two"}]}},
        {"hits": {"total": 2, "hits": [{"_source": {"text": "one"}}, {"_source": {"text": "two"}}]}},
        {"@context": "https://schema.org", "@graph": [{"articleBody": "one"}, {"articleBody": "two"}]},
    ],
)
def test_the_objects_of_a_list_are_stories_wherever_the_list_lies(tmp_path, value):
    assert texts(read(tmp_path, "a.json", json.dumps(value, indent=1))) == {"item 1": "one", "item 2": "two"}


def test_one_object_is_one_story_without_a_place(tmp_path):
    assert texts(read(tmp_path, "a.json", '{"text": "one", "items": [{"text": "not this"}]}')) == {"": "one"}


def test_broken_json_says_where(tmp_path):
    (found,) = read(tmp_path, "a.json", '{\n "text": "one",\n "title" "two"}')
    assert found == Broken("", "it is no valid JSON (line 3, column 10: Expecting ':' delimiter); correct it")


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["text", "title", "a"]),
            st.one_of(st.text(), st.lists(st.text(max_size=5)), st.just({"b": ['[{"\\']})),
            max_size=3,
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([None, 0, 2]),
    st.booleans(),
    st.booleans(),
)
@settings(deadline=None)
def test_a_list_too_large_for_one_piece_is_cut_into_the_same_items(
    tmp_path_factory, records, indent, named, ascii_only
):
    value = {"meta": {"x": 1}, "articles": records} if named else records
    content = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    path = tmp_path_factory.mktemp("large") / "a.json"
    path.write_bytes(content + b" " * 2_000)
    found = list(splitting.pieces(path, Limits(story_bytes=max(1_000, len(content)))))
    assert [json.loads(part.content) for part in found] == records
    assert [part.place for part in found] == [f"item {number}" for number in range(1, len(records) + 1)]


def test_a_large_list_with_an_item_that_is_too_long_gives_the_others(tmp_path):
    records = [{"text": "one"}, {"text": "x" * 200_000}, {"text": "two"}]
    found = texts(read(tmp_path, "a.json", json.dumps(records), limits=Limits(story_bytes=1_000)))
    assert (found["item 1"], found["item 3"]) == ("one", "two")
    assert "more than the 1,000 bytes" in found["item 2"]


# Tables


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_gives_known_columns(tmp_path, delimiter):
    content = delimiter.join(["Headline", "Body", "Publish Date"]) + "\n" + delimiter.join(["A; B", "one|two, x", ""])
    content = content.replace("A; B", '"A; B"').replace("one|two, x", '"one|two, x"')
    (found,) = read(tmp_path, "a.csv", content)
    assert isinstance(found, Story)
    assert (found.place, found.title, found.text) == ("line 2", "A; B", "one|two, x")


def test_a_row_has_the_line_where_it_begins_and_quoted_line_ends_stay(tmp_path):
    found = texts(read(tmp_path, "a.csv", 'title,text\r\nA,"one\r\n\r\nmore"\r\n\r\nB,"two\nx"\r\nC,three\r\n'))
    assert found == {"line 2": "one\r\n\r\nmore", "line 6": "two\nx", "line 8": "three"}


def test_a_table_with_the_line_ends_of_old_computers_has_lines(tmp_path):
    assert texts(read(tmp_path, "a.csv", "title,text\rA,one\rB,two\r")) == {"line 2": "one", "line 3": "two"}


def test_ragged_rows_are_reported_and_the_others_go_on(tmp_path):
    found = texts(read(tmp_path, "a.csv", "title,text\nA\nB,two\nC,three,more\n,,\n , \n"))
    assert found["line 3"] == "two"
    assert "it has 1 cells where the header has 2" in found["line 2"]
    assert "it has 3 cells where the header has 2" in found["line 4"]
    assert len(found) == 3


def test_a_quotation_mark_that_never_closes_costs_one_row(tmp_path):
    rows = "".join(f"T{n},words {n}\n" for n in range(50))
    found = texts(read(tmp_path, "a.csv", f'title,text\nA,one\nB,"two and\n{rows}'))
    assert found["line 2"] == "one"
    assert "it is no row of a table" in found["line 3"]
    assert [found[f"line {n + 4}"] for n in range(50)] == [f"words {n}" for n in range(50)]


def test_rows_that_never_close_end_in_bounded_time(tmp_path):
    found = read(tmp_path, "a.csv", "title,text\n" + 'A,"one\n' * 3_000, limits=Limits(story_bytes=30_000))
    assert 1 <= len(found) <= 3_000


def test_a_table_without_a_header_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(UnreadableArticle) as failure:
        read(tmp_path, "a.csv", "Bridge opens,The council met.,2022-01-13\nB,two,2022-01-14\n")
    assert "its first line (Bridge opens, The council met., 2022-01-13) is no header" in failure.value.reason
    assert "--fields text=COLUMN" in failure.value.reason


def test_a_table_without_a_column_of_text_names_its_columns(tmp_path):
    with pytest.raises(UnreadableArticle) as failure:
        read(tmp_path, "a.csv", "title,story_words\nA,one\n")
    assert failure.value.reason == (
        "it has the columns title, story_words and none of text, body, content; "
        "name the one that holds the text with --fields text=COLUMN"
    )
    fields = parse_fields("text=story_words")
    assert texts(read(tmp_path, "a.csv", "title,story_words\nA,one\n", fields=fields)) == {"line 2": "one"}


def test_a_header_alone_is_refused(tmp_path):
    with pytest.raises(UnreadableArticle, match="it has a header and no rows"):
        read(tmp_path, "a.csv", "title,text\n\n")


def test_the_line_that_a_spreadsheet_writes_above_the_header_is_passed_over(tmp_path):
    assert texts(read(tmp_path, "a.csv", "sep=;\ntitle;text\nA;one\n")) == {"line 3": "one"}


def test_a_cell_longer_than_the_standard_limit_is_read(tmp_path):
    assert texts(read(tmp_path, "a.csv", "text\n" + "x" * 200_000)) == {"line 2": "x" * 200_000}


def test_a_row_longer_than_a_story_is_reported_and_the_others_go_on(tmp_path):
    content = "title,text\nA," + "x" * 5_000 + "\nB,two\n"
    found = texts(read(tmp_path, "a.csv", content, limits=Limits(story_bytes=1_000)))
    assert "more than 1,000 bytes" in found["line 2"]
    assert found["line 3"] == "two"


# What a record says


def test_a_record_says_what_its_fields_are_named_after():
    found = story_of(
        {
            "Headline": "Bridge &amp; <i>road</i>",
            "article-body": BODY,
            "Publish Date": "13 January 2022",
            "updated_at": "2022-01-14T10:15:00+05:30",
            "byline": "By Jane Doe and John Roe",
            "source": {"id": None, "name": "Daily Record"},
            "link": "https://example.org/a",
            "lang": "en-GB",
        }
    )
    assert found == Story(
        text=BODY,
        title="Bridge & road",
        publisher="Daily Record",
        authors=("Jane Doe", "John Roe"),
        published=(When(dt.datetime(2022, 1, 13), "day", method="field Publish Date"),),
        updated=(When(dt.datetime(2022, 1, 14, 10, 15), "second", "+05:30", method="field updated_at"),),
        url="https://example.org/a",
        language="en-GB",
        rules=(
            ("title", "field Headline"), ("publisher", "field source"), ("authors", "field byline"),
            ("url", "field link"), ("language", "field lang"),
        ),
    )  # fmt: skip


def test_an_article_of_schema_org_is_a_record():
    found = story_of(
        {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": "Bridge",
            "articleBody": BODY,
            "datePublished": "2022-01-13T08:00:00Z",
            "dateModified": "2022-01-14",
            "author": [{"@type": "Person", "name": "Jane Doe"}, {"@type": "Person", "name": "John Roe"}],
            "publisher": {"@type": "Organization", "name": "Daily Record"},
            "inLanguage": "en",
        }
    )
    assert (found.text, found.title, found.publisher, found.language) == (BODY, "Bridge", "Daily Record", "en")
    assert found.authors == ("Jane Doe", "John Roe")
    assert found.published == (When(dt.datetime(2022, 1, 13, 8), "second", "+00:00", method="field datePublished"),)


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ({"content": {"rendered": "<p>One.</p><p>Two &ndash; three.</p>"}}, "One.\n\nTwo – three."),
        ({"content": {"text": "One."}}, "One."),
        ({"body": ["One.", "Two."]}, "One.\n\nTwo."),
        ({"body": [{"type": "paragraph", "text": "One."}, {"type": "image"}, {"text": "Two."}]}, "One.\n\nTwo."),
        ({"text": "", "content": "One."}, "One."),
        ({"_id": 1, "_source": {"body": "One."}}, "One."),
        ({"text": "a < b and b > c, 1 &lt; 2"}, "a < b and b > c, 1 < 2"),
        ({"text": "One.\n\n  Two."}, "One.\n\n  Two."),
    ],
)
def test_the_text_is_found_where_exports_put_it(record, text):
    assert story_of(record).text == text


@pytest.mark.parametrize(
    ("record", "title", "publisher", "url"),
    [
        ({"_source": {"title": "Bridge", "body": BODY, "source": "Daily Record"}}, "Bridge", "Daily Record", None),
        ({"_id": "1", "_source": {"title": "Bridge", "body": BODY}}, "Bridge", None, None),
        ({"article": {"headline": "Bridge", "body": BODY}, "source": "Daily Record"}, "Bridge", "Daily Record", None),
        ({"data": {"id": 1, "attributes": {"title": "Bridge", "content": BODY}}}, "Bridge", None, None),
        ({"fields": {"body": [BODY], "title": ["Bridge"]}}, "Bridge", None, None),
        (
            {
                "webTitle": "Bridge", "webUrl": "https://a.example/b", "sectionName": "World",
                "fields": {"bodyText": BODY, "byline": "Jane Doe"},
            },
            "Bridge", None, "https://a.example/b",
        ),
        (
            {
                "source": {"id": None, "name": "Daily Record"}, "title": "Bridge", "content": BODY,
                "url": "https://a.example/b",
            },
            "Bridge", "Daily Record", "https://a.example/b",
        ),
        ({"maintext": BODY, "title": "Bridge", "source_domain": "a.example"}, "Bridge", "a.example", None),
        ({"text": BODY, "publisher": {"id": "x", "text": "A long text"}}, None, None, None),
        ({"text": BODY, "source": "https://a.example/b"}, None, None, "https://a.example/b"),
        ({"text": BODY, "data": {"text": "Other.", "title": "Other"}}, None, None, None),
    ],
)  # fmt: skip
def test_fields_are_found_in_what_lies_around_a_story(record, title, publisher, url):
    found = story_of(record)
    assert (found.text, found.title, found.publisher, found.url) == (BODY, title, publisher, url)


def test_when_a_story_was_seen_is_no_day_of_publication():
    assert story_of({"text": BODY, "seendate": "20220113T101500Z"}).published == ()
    assert len(story_of({"text": BODY, "webPublicationDate": "2022-01-13T10:15:00Z"}).published) == 1


def test_objects_in_objects_without_end_are_bounded():
    record: dict[str, object] = {"text": "deep"}
    for _ in range(200):
        record = {"data": record}
    with pytest.raises(AssertionError, match="none of text"):
        story_of(record)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1642068000, When(dt.datetime(2022, 1, 13, 10), "second", "+00:00")),
        (1642068000123, When(dt.datetime(2022, 1, 13, 10), "second", "+00:00")),
        ("1642068000", When(dt.datetime(2022, 1, 13, 10), "second", "+00:00")),
        (1642068000.0, When(dt.datetime(2022, 1, 13, 10), "second", "+00:00")),
        (1642032000000, When(dt.datetime(2022, 1, 13), "day")),  # what programs make of a day
        ({"$date": "2022-01-13T10:00:00Z"}, When(dt.datetime(2022, 1, 13, 10), "second", "+00:00")),
        ({"$date": {"$numberLong": "1642068000000"}}, When(dt.datetime(2022, 1, 13, 10), "second", "+00:00")),
        ("20220113", When(dt.datetime(2022, 1, 13), "day")),
        (20220113, When(dt.datetime(2022, 1, 13), "day")),
        ("20220113T101500Z", When(dt.datetime(2022, 1, 13, 10, 15), "second", "+00:00")),
        ("20220113101500", When(dt.datetime(2022, 1, 13, 10, 15), "second")),
        ("Thu, 13 Jan 2022 10:00:00 GMT", When(dt.datetime(2022, 1, 13, 10), "second", "GMT")),
        ("2022", When(dt.datetime(2022, 1, 1), "year")),
        ("06/01/2022", None),  # the sixth of January, or the first of June
        ("20221399", None),
        (12345, None),
        (99999999999999, None),
        (True, None),
        (float("nan"), None),
        (1e300, None),
        ("yesterday", None),
        (None, None),
        ([], None),
    ],
)
def test_a_date_is_read_or_left_unknown(value, expected):
    (published,) = story_of({"text": BODY, "date": value}).published or (None,)
    assert published == (expected and When(expected.value, expected.precision, expected.zone, method="field date"))


def test_every_field_that_states_a_date_is_kept_in_the_order_of_trust():
    found = story_of({"text": BODY, "date": "2022-01-14", "published": "2022-01-13", "pubDate": "soon"})
    assert [(when.date.day, when.method) for when in found.published] == [(13, "field published"), (14, "field date")]


@pytest.mark.parametrize(
    ("value", "authors", "publisher"),
    [
        ("By Jane Doe", ("Jane Doe",), None),
        (["Jane Doe", {"name": "John Roe"}, "Jane Doe", 12, None], ("Jane Doe", "John Roe"), None),
        ("['Jane Doe', 'John Roe']", ("Jane Doe", "John Roe"), None),
        ("Jane Doe, " * 100_000, (), None),
        ({"first_name": "Jane", "last_name": "Doe"}, ("Jane Doe",), None),
        ("Doe, Jane", ("Doe, Jane",), None),
        ("Reuters", (), "Reuters"),
        ("https://example.org/jane", (), None),
        (17, (), None),
        ("", (), None),
    ],
)
def test_authors_are_people_however_they_are_written(value, authors, publisher):
    found = story_of({"text": BODY, "author": value})
    assert (found.authors, found.publisher) == (authors, publisher)


@pytest.mark.parametrize("value", ["/2022/a.html", "javascript:alert(1)", 12, "", None, "https://x.org/a b"])
def test_an_address_that_is_not_whole_is_none(value):
    assert story_of({"text": BODY, "url": value}).url is None


def test_a_record_without_text_names_its_fields_and_what_to_do():
    assert reason_of({"a": 1, "b": "words", "c": None}) == (
        "it has the fields a, b, c and none of text, body, content; "
        "name the one that holds the text with --fields text=FIELD"
    )
    assert reason_of({"text": " \u200b", "b": 1}) == (
        "its field text holds no text; put the article's text into it, or remove the record"
    )
    assert "it has no fields" in reason_of({})
    assert reason_of({f"field{n}": n for n in range(40)}).count("field") < 20


def test_fields_that_are_named_come_before_the_others():
    fields = parse_fields("text = story , TITLE=hed,published=meta.day,text=lede")
    assert fields.text[:3] == ("lede", "story", "text")
    found = story_of({"story": BODY, "text": "not this", "hed": "T", "meta": {"day": "2022-01-13"}}, fields)
    assert (found.text, found.title) == (BODY, "T")
    assert found.published[0].method == "field meta.day"
    assert parse_fields("") == FieldMap()


@pytest.mark.parametrize("text", ["body", "words=body", "text=", "=body", "text=a,title"])
def test_fields_that_cannot_be_meant_are_a_usage_error(text):
    with pytest.raises(UsageError, match="Write FIELD=NAME with FIELD one of text, title, published"):
        parse_fields(text)


# Tags in a field


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("<p>One <b>two</b>.</p>\n<p>Three<br>four</p>", "One two.\n\nThree\n\nfour"),
        ("<div><script>var a = '<p>x</p>';</script>One</div>", "One"),
        ("<!-- hidden <p>x</p> --><p>One</p>", "One"),
        ("<p>One</p><!-- never ends <p>Two</p>", "One"),
        ('<p title="a > b">One</p>', "One"),
        ("<p>1 < 2 &amp; 3 &lt; 4</p>", "1 < 2 & 3 < 4"),
        ("no tags, just a <placeholder> and x<y", "no tags, just a <placeholder> and x<y"),
        ("<ul><li>One</li><li>Two</li></ul>", "One\n\nTwo"),
    ],
)
def test_a_fragment_loses_its_tags_and_nothing_else(fragment, text):
    assert plain(fragment) == text


@pytest.mark.parametrize("part", ["<", "<!--", "<p ", '<p a="', "<script>", "</", "<a <b", "&#", "<p>", "<!x"])
def test_a_hostile_fragment_takes_no_time(part):
    assert len(plain(part * 100_000 + "<br>")) <= len(part) * 100_000 + 4


# Laws

_VISIBLE = st.text(st.characters(codec="utf-8", exclude_characters="\0<&"), max_size=40).map(lambda text: f"a{text}b")
_RECORDS = st.lists(
    st.fixed_dictionaries(
        {"text": _VISIBLE, "title": _VISIBLE, "date": st.dates(dt.date(1900, 1, 1)).map(str), "url": st.just("")}
    ),
    min_size=1,
    max_size=5,
)


@given(_RECORDS)
@settings(deadline=None)
def test_the_same_records_give_the_same_stories_in_every_format(tmp_path_factory, records):
    folder = tmp_path_factory.mktemp("records")
    table = io.StringIO()
    writer = csv.DictWriter(table, ["text", "title", "date", "url"])
    writer.writeheader()
    writer.writerows(records)

    def stories(name: str, content: str) -> list[Story]:
        found = read(folder, name, content)
        return [Story(s.text, "", s.title, published=s.published) for s in found if isinstance(s, Story)]

    lines = stories("a.jsonl", "\n".join(json.dumps(record, ensure_ascii=False) for record in records))
    assert len(lines) == len(records)
    assert stories("a.json", json.dumps(records)) == lines
    assert stories("a.csv", table.getvalue()) == lines


@given(st.binary(max_size=300), st.sampled_from(["a.jsonl", "a.json", "a.csv", "a.txt", "a.zip", "a.txt.gz", "a"]))
@settings(deadline=None)
def test_any_bytes_end_in_stories_or_reasons(tmp_path_factory, content, name):
    try:
        found = read(tmp_path_factory.mktemp("any"), name, content)
    except UnreadableArticle as refused:
        assert refused.reason
    else:
        assert found

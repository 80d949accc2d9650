import datetime as dt
import json

import pytest

from qa_eval.cases import Case, Gold, check_gold, load, suite_path
from qa_index.errors import UsageError

GOOD = {"id": "c1", "question": "Who?", "answers": ["Ada"], "gold": [{"article": "000", "quote": "Ada"}]} | {
    "answerable": True,
    "tags": ["who"],
}
NONE = {"id": "c2", "question": "Who not?", "answers": [], "gold": [], "answerable": False}


def suite(tmp_path, *records):
    path = tmp_path / "mine.jsonl"
    lines = [each if isinstance(each, str) else json.dumps(each) for each in records]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_suite_is_read_in_its_order_and_blank_lines_are_left_out(tmp_path):
    path = suite(tmp_path, GOOD, "", NONE | {"after": "2022-01-07", "until": "2022-01-08"}, "  ")
    assert load(path) == (
        Case("c1", "Who?", ("Ada",), (Gold("000", "Ada"),), True, ("who",)),
        Case("c2", "Who not?", answerable=False, after=dt.date(2022, 1, 7), until=dt.date(2022, 1, 8)),
    )


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        ("{", "Expecting property name"),
        ("[1]", "a case is a JSON object"),
        (GOOD | {"answer": "Ada"}, "unknown field 'answer'"),
        ({"id": "c9"}, "the field 'question' is missing"),
        (GOOD | {"id": 7}, "the field 'id' holds 7, not a str"),
        (GOOD | {"answerable": "yes"}, "the field 'answerable' holds 'yes', not a bool"),
        (GOOD | {"question": "  "}, "a case needs an id and a question"),
        (GOOD | {"answers": []}, "the question is answerable, but answers holds 0 entries"),
        (GOOD | {"gold": []}, "the question is answerable, but gold holds 0 entries"),
        (GOOD | {"answerable": False}, "the question is not answerable, but answers holds 1 entries"),
        (GOOD | {"answers": [" "]}, "the field 'answers' holds something that is not text"),
        (GOOD | {"tags": [1]}, "the field 'tags' holds something that is not text"),
        (GOOD | {"gold": ["000"]}, "an entry of gold is an object with article and quote"),
        (GOOD | {"gold": [{"article": "000"}]}, "an entry of gold is an object with article and quote"),
        (GOOD | {"gold": [{"article": "000", "quote": ""}]}, "article and quote of gold are texts that are not empty"),
        (GOOD | {"until": "Friday"}, "until holds 'Friday', which is no day"),
        (GOOD | {"after": "2022-02-01", "until": "2022-01-01"}, "after (2022-02-01) is later than until (2022-01-01)"),
        (GOOD, "the id 'c1' is already taken"),
    ],
)
def test_a_line_that_is_no_case_is_an_error_that_names_file_and_line(tmp_path, record, complaint):
    path = suite(tmp_path, GOOD, "", record)
    with pytest.raises(UsageError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}, line 3: {complaint}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("content", "complaint"), [(b"\n\n", "holds no case"), (b"\xff\xfe\xfa", "it is not UTF-8")])
def test_a_suite_without_cases_is_an_error(tmp_path, content, complaint):
    path = tmp_path / "empty.jsonl"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=complaint):
        load(path)


def test_a_suite_is_found_by_name_or_by_path_and_else_the_known_ones_are_named(tmp_path):
    path = suite(tmp_path, GOOD)
    assert suite_path(str(path)) == path
    assert suite_path("seeds").name == "seeds.jsonl"
    with pytest.raises(UsageError, match=r"Asked for the suite nothing.*: seeds, seeds_dev"):
        suite_path("nothing")


@pytest.mark.parametrize(
    ("articles", "complaint"),
    [
        ({}, "Case c1 quotes article 000, which is not there"),
        ({"000": "Bob"}, "these words stand 0 times: 'Ada'"),
        ({"000": "Ada and Ada"}, "these words stand 2 times: 'Ada'"),
    ],
)
def test_gold_that_is_not_there_exactly_once_is_an_error(articles, complaint):
    with pytest.raises(UsageError, match=complaint):
        check_gold((Case("c1", "Who?", ("Ada",), (Gold("000", "Ada"),)),), articles)

import gzip
import json

import pytest

from qa_eval.formats import beir
from qa_eval.golden import resolve
from qa_eval.types import Case, Gold
from qa_index.errors import UsageError

CORPUS = [
    {"_id": "d1", "title": "On mills", "text": "On mills. They burn."},
    {"_id": "d2", "title": "", "text": "Bakers\u200b rise early."},
    {"_id": "d3", "title": "All that is known\nabout owls", "text": " "},
    {"_id": "d4", "title": "", "text": ""},
    {"_id": "d5", "text": "Bakers rise early."},
    {"_id": 6, "title": "Sixth", "text": "It says something else.", "metadata": {}},
]
QUERIES = [{"_id": "q1", "text": "mills?"}, {"_id": 2, "text": "bakers?"}, {"_id": "q3", "text": "owls?"}]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n2\td5\t1\n2\td2\t1\nq1\td4\t1\nq1\tgone\t1\nq3\td3\t-1\n"


def folder(place, *, corpus=CORPUS, queries=QUERIES, qrels=QRELS, name="test.tsv"):
    (place / "qrels").mkdir(exist_ok=True)
    (place / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)), encoding="utf-8")
    (place / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)), encoding="utf-8")
    (place / "qrels" / name).write_text(qrels, encoding="utf-8")
    return place


def test_judged_queries_become_cases_and_what_is_not_relevant_is_left_out(tmp_path):
    place = tmp_path / "owls"
    place.mkdir()
    suite = beir.load(folder(place))
    assert (suite.name, suite.retrieval_only) == ("owls", True)
    assert suite.cases == (
        Case("q1", "mills?", gold=(Gold("d1", grade=2), Gold("d4"), Gold("gone"))),
        Case("2", "bakers?", gold=(Gold("d5"), Gold("d2"))),
    )


@pytest.mark.parametrize(
    "qrels",
    [
        "q1\td1\t1\n",
        "query-id\tcorpus-id\tscore\r\nq1\td1\t1\r\n",
        "\n q1 \t d1 \t 1 \n\n",
        "q\td\ts\nq1\td1\t0\nq1\td1\t1",
    ],
)
def test_judgements_may_have_a_line_of_names_and_the_last_word_on_a_pair_counts(tmp_path, qrels):
    assert beir.load(folder(tmp_path, qrels=qrels)).cases == (Case("q1", "mills?", gold=(Gold("d1"),)),)


def test_documents_become_articles_as_they_stand(tmp_path):
    found = {each.sources[0]: each for each in beir.load(folder(tmp_path)).articles()}
    assert [(name, each.title, each.text) for name, each in found.items()] == [
        ("d1", "On mills", "On mills. They burn."),
        ("d2", None, "Bakers rise early."),
        ("d3", None, "All that is known about owls"),
        ("d5", None, "Bakers rise early."),
        ("6", "Sixth", "It says something else."),
    ]


def test_nothing_in_a_document_is_taken_for_a_headline_or_a_date(tmp_path):
    text = "On mills\n\nMOSCOW, Jan 13, 2022\n\nSubscribe to our newsletter"
    (article,) = beir.load(folder(tmp_path, corpus=[{"_id": "d1", "title": "On mills", "text": text}])).articles()
    assert (article.text, article.title, article.masked, article.published) == (text, "On mills", (), None)


def test_equal_documents_are_one_article_and_missing_ones_stay_relevant(tmp_path):
    suite = beir.load(folder(tmp_path))
    found = list(suite.articles())
    ids = {each.sources[0]: each.id for each in found}
    assert ids["d2"] == ids["d5"]
    known = resolve(suite, found).known
    assert known["2"].grades == {ids["d2"]: 1}
    assert known["q1"].grades == {ids["d1"]: 2, "d4": 1, "gone": 1}


def test_files_may_be_packed_and_judgements_be_those_of_development(tmp_path):
    folder(tmp_path, name="dev.tsv")
    for name in ("corpus.jsonl", "queries.jsonl", "qrels/dev.tsv"):
        path = tmp_path / name
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    suite = beir.load(tmp_path)
    assert (len(suite.cases), len(list(suite.articles()))) == (2, 5)


@pytest.mark.parametrize(
    ("name", "line", "changes", "complaint"),
    [
        ("queries.jsonl", 1, {"queries": [{"_id": "q1"}]}, "the field 'text' is missing"),
        ("queries.jsonl", 1, {"queries": [{"_id": "q1", "text": 3}]}, "the field 'text' holds 3, not a text"),
        ("queries.jsonl", 1, {"queries": [{"_id": "", "text": "a"}]}, "the field '_id' is blank"),
        ("queries.jsonl", 4, {"queries": [*QUERIES, QUERIES[0]]}, "the id 'q1' is already taken"),
        ("queries.jsonl", 1, {"queries": ["q1"]}, "it is not a JSON object"),
        ("qrels/test.tsv", 2, {"qrels": "q1\td1\t1\nq1\td2"}, "here are 2 columns"),
        ("qrels/test.tsv", 2, {"qrels": "q1\td1\t1\nq1 0 d2 1"}, "here are 1 columns"),
        ("qrels/test.tsv", 2, {"qrels": "q1\td1\t1\nq1\td2\thigh"}, "the grade is 'high', not a whole number"),
        ("qrels/test.tsv", 1, {"qrels": "q9\td1\t1\n"}, "the query 'q9' is judged, but is not among the queries"),
    ],
)
def test_a_line_of_another_layout_is_an_error_that_names_it(tmp_path, name, line, changes, complaint):
    with pytest.raises(UsageError) as caught:
        beir.load(folder(tmp_path, **changes))
    assert str(caught.value).startswith(f"{tmp_path / name}, line {line}: {complaint}")


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        ({"text": "a"}, "the field '_id' is missing"),
        ({"_id": "x", "text": ["a"]}, "the field 'text' holds ['a'], not a text"),
        ({"_id": "x", "title": 3}, "the field 'title' holds 3, not a text"),
        ({"_id": "d1", "text": "a"}, "the id 'd1' is already taken"),
    ],
)
def test_a_document_of_another_layout_is_an_error_that_names_its_line(tmp_path, record, complaint):
    suite = beir.load(folder(tmp_path, corpus=[CORPUS[0], record]))
    with pytest.raises(UsageError) as caught:
        list(suite.articles())
    assert str(caught.value).startswith(f"{tmp_path / 'corpus.jsonl'}, line 2: {complaint}")


@pytest.mark.parametrize(
    ("gone", "complaint"),
    [
        ("corpus.jsonl", "holds no corpus.jsonl"),
        ("queries.jsonl", "holds no queries.jsonl"),
        ("qrels/test.tsv", "holds no qrels/test.tsv or qrels/dev.tsv"),
    ],
)
def test_a_file_that_is_not_there_is_an_error(tmp_path, gone, complaint):
    (folder(tmp_path) / gone).unlink()
    with pytest.raises(UsageError, match=complaint):
        beir.load(tmp_path)


def test_a_file_is_no_folder_and_judgements_of_nothing_are_no_suite(tmp_path):
    with pytest.raises(UsageError, match=r"corpus.jsonl is a file. Name the folder"):
        beir.load(folder(tmp_path) / "corpus.jsonl")
    with pytest.raises(UsageError, match="finds no document relevant to any query"):
        beir.load(folder(tmp_path, qrels="q1\td1\t0\n"))

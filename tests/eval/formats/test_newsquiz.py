import datetime as dt
import gzip
import json

import pytest

from qa_eval.formats import newsquiz
from qa_eval.golden import resolve
from qa_eval.types import Case, Gold
from qa_index.errors import UsageError

M, B, E = (f"https://a.example/{name}" for name in ("mill", "baker", "empty"))
ARTICLES = [
    {
        "url": M,
        "title": "Mill burns",
        "text": "The mill burnt down. Ada wept.",
        "publish_date": "2023/01/31",
        "authors": ["Bo"],
    },
    {"url": B, "title": "", "text": "The baker saw how it burnt.", "publish_date": None},
    {"url": E, "title": "Nothing", "text": " \u200b\n"},
]
QUESTIONS = [
    {
        "qid": "w_0",
        "question": "What burnt?",
        "answer": "the mill",
        "source": "CNN",
        "choices": ["the mill", "the moon"],
    }
    | {"evidence_urls": [M, M], "gcs_urls": [B, E, "https://a.example/x"], "gcs_has_answer": [True, True, True]},
    {"qid": "w_1", "question": "Who saw it?", "answer": "Bo", "gcs_urls": [M, B], "gcs_has_answer": [False, True]},
    {"qid": "w_2", "question": "What burnt?", "answer": "the mill"},
    {"qid": 3, "question": "Who is the king?", "answer": "Charles", "gold_urls": None, "source": None},
]


def written(place, *, articles=ARTICLES, questions=QUESTIONS, year="_2023"):
    for name, records in (("articles", articles), ("questions", questions)):
        (place / f"{name}{year}.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return place


def test_questions_become_cases_whose_gold_is_the_articles_that_are_known_to_hold_the_answer(tmp_path):
    suite = newsquiz.load(written(tmp_path))
    assert suite.name == "news-quiz-2023"
    assert suite.cases == (
        Case("w_0", "What burnt?", ("the mill",), (Gold(M), Gold(B)), tags=("held", "CNN")),
        Case("w_1", "Who saw it?", ("Bo",), (Gold(B),), tags=("held",)),
        Case("3", "Who is the king?", ("Charles",)),
    )


def test_its_articles_have_what_the_record_says(tmp_path):
    suite = newsquiz.load(written(tmp_path))
    mill, baker = found = list(suite.articles())
    assert (mill.text, mill.title, mill.authors) == ("The mill burnt down. Ada wept.", "Mill burns", ("Bo",))
    assert (mill.url, mill.sources, mill.published.date) == (M, (M,), dt.date(2023, 1, 31))
    assert (baker.title, baker.published, baker.authors) == (None, None, ())
    assert resolve(suite, found).known["w_0"].grades == {mill.id: 1, baker.id: 1}


def test_the_file_of_the_questions_chooses_among_several(tmp_path):
    written(tmp_path), written(tmp_path, year="_2024", questions=QUESTIONS[:1])
    assert len(newsquiz.load(tmp_path / "questions_2024.jsonl").cases) == 1
    assert newsquiz.load(tmp_path / "questions_2023.jsonl").name == "news-quiz-2023"
    with pytest.raises(UsageError, match=r"Asked for the file questions.* but it holds 2"):
        newsquiz.load(tmp_path)
    with pytest.raises(UsageError, match=r"Asked for the file articles_2023.jsonl.* but it holds 0"):
        (tmp_path / "articles_2023.jsonl").unlink()
        newsquiz.load(tmp_path / "questions_2023.jsonl")


def test_files_may_be_packed_and_without_a_year(tmp_path):
    for path in written(tmp_path, year="").iterdir():
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert newsquiz.load(tmp_path).name == "news-quiz"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"question": None}, "the field 'question' holds None, not a text"),
        ({"question": ""}, "the field 'question' is blank"),
        ({"answer": ["a"]}, "the field 'answer' holds ['a'], not a text"),
        ({"qid": None}, "the field 'qid' holds None, not a text"),
        ({"qid": "w_1"}, "the qid 'w_1' is already taken"),
        ({"source": 4}, "the field 'source' holds 4, not a text"),
        ({"gcs_urls": M}, "the field 'gcs_urls' holds 'http"),
        ({"gcs_urls": [3]}, "the field 'gcs_urls' holds something that is not text"),
        ({"gcs_has_answer": True}, "the field 'gcs_has_answer' holds True, not a list"),
        ({"evidence_urls": [[M]]}, "the field 'evidence_urls' holds something that is not text"),
    ],
)
def test_a_question_of_another_layout_is_an_error_that_names_its_line(tmp_path, changes, complaint):
    question = {"qid": "w_9", "question": "Why?", "answer": "because"} | changes
    written(tmp_path, questions=[*QUESTIONS, question])
    with pytest.raises(UsageError) as caught:
        newsquiz.load(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'questions_2023.jsonl'}, line 5: {complaint}")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"url": None}, "the field 'url' holds None, not a text"),
        ({"text": None}, "the field 'text' holds None, not a text"),
        ({"title": ["a"]}, "the field 'title' holds ['a'], not a text"),
        ({"authors": "Bo"}, "the field 'authors' holds 'Bo', not a list"),
        ({"authors": [None]}, "the field 'authors' holds something that is not text"),
        ({"publish_date": 2023}, "the field 'publish_date' holds 2023, not a text"),
        ({"publish_date": "soon"}, "publish_date holds 'soon', which is no day"),
        ({"publish_date": "2023/02/30"}, "publish_date holds '2023/02/30', which is no day"),
    ],
)
def test_an_article_of_another_layout_is_an_error_that_names_its_line_before_anything_is_indexed(
    tmp_path, changes, complaint
):
    written(tmp_path, articles=[ARTICLES[0], {"url": B, "text": "It burnt."} | changes])
    with pytest.raises(UsageError) as caught:
        newsquiz.load(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'articles_2023.jsonl'}, line 2: {complaint}")


def test_a_quiz_without_questions_or_a_folder_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="holds no question"):
        newsquiz.load(written(tmp_path, questions=[]))
    with pytest.raises(UsageError, match="that is no folder"):
        newsquiz.load(tmp_path / "nothing")

import gzip
import json
from copy import deepcopy

import pytest

from qa_eval.formats import squad
from qa_eval.golden import resolve
from qa_eval.types import Case, Gold
from qa_index.errors import UsageError

MILL = "The mill of Ada Quill burnt in 1907. Ada rebuilt it."
SAMPLE = {
    "version": "v2.0",
    "data": [
        {
            "title": "Old_Mill",
            "paragraphs": [
                {
                    "context": MILL,
                    "qas": [
                        {
                            "id": "q1",
                            "question": "Who owned it?",
                            "is_impossible": False,
                            "answers": [
                                {"text": "Ada Quill", "answer_start": 12},
                                {"text": "Ada", "answer_start": 12},
                                {"text": "Ada", "answer_start": 37},
                                {"text": "Ada Quill", "answer_start": 12},
                            ],
                        },
                        {
                            "id": "q2",
                            "question": "Who set the fire?",
                            "is_impossible": True,
                            "answers": [],
                            "plausible_answers": [{"text": "Ada", "answer_start": 12}],
                        },
                    ],
                },
                {"context": "Nothing is asked about this.", "qas": []},
            ],
        },
        {
            "title": "Beyonc%C3%A9",
            "paragraphs": [
                {
                    "context": MILL,
                    "qas": [{"id": "q3", "question": "When?", "answers": [{"text": "1907", "answer_start": 31}]}],
                }
            ],
        },
    ],
}


def changed(*path, value):
    """Return the sample with a value at a path in it; the path of a field that is to go ends with None."""
    content = inner = deepcopy(SAMPLE)
    for step in path[:-1]:
        inner = inner[step]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return content


def load(folder, content, **options):
    path = folder / "sample-v2.0.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return squad.load(path, **options)


def about(folder, context, *answers):
    """Return the only case, and the only article, of a file with these answers (text, start) to one question."""
    known = [{"text": text, "answer_start": start} for text, start in answers]
    paragraph = {"context": context, "qas": [{"id": "q", "question": "Who?", "answers": known}]}
    suite = load(folder, {"data": [{"title": "T", "paragraphs": [paragraph]}]})
    return suite.cases[0], next(iter(suite.articles()))


def test_questions_become_cases_about_the_paragraphs(tmp_path):
    suite = load(tmp_path, SAMPLE)
    name = "Old_Mill/0001"
    gold = (Gold(name, "Ada Quill", 12), Gold(name, "Ada", 12), Gold(name, "Ada", 37))
    assert suite.name == "sample-v2.0" and not suite.retrieval_only
    assert suite.cases == (
        Case("q1", "Who owned it?", ("Ada Quill", "Ada"), gold, tags=("answerable", "Old_Mill")),
        Case("q2", "Who set the fire?", answerable=False, tags=("impossible", "Old_Mill")),
        Case("q3", "When?", ("1907",), (Gold(name, "1907", 31),), tags=("answerable", "Beyoncé")),
    )


def test_each_paragraph_is_an_article_as_it_stands_and_equal_ones_are_one(tmp_path):
    found = list(load(tmp_path, SAMPLE).articles())
    assert [each.text for each in found] == [MILL, "Nothing is asked about this."]
    assert [each.sources for each in found] == [("Old_Mill/0001",), ("Old_Mill/0002",)]
    assert all(each.title == "Old Mill" and not each.masked and not each.published for each in found)


def test_nothing_in_a_paragraph_is_taken_for_a_headline_or_a_date(tmp_path):
    context = "MOSCOW, Jan 13, 2022\n\nSubscribe to our newsletter"
    _, article = about(tmp_path, context, ("MOSCOW", 0))
    assert (article.text, article.masked, article.published) == (context, (), None)


def test_the_same_title_twice_goes_on_counting_and_is_readable(tmp_path):
    again = {"title": "Beyonc%C3%A9", "paragraphs": [{"context": f"Number {n}.", "qas": []} for n in range(2)]}
    suite = load(tmp_path, {"data": [SAMPLE["data"][1], again, again]})
    assert [each.sources[0] for each in suite.articles()] == ["Beyoncé/0001", "Beyoncé/0002", "Beyoncé/0003"]


def test_the_closed_book_narrows_each_question_to_its_paragraph(tmp_path):
    suite = load(tmp_path, SAMPLE, closed=True)
    assert [case.within for case in suite.cases] == [("Old_Mill/0001",)] * 3
    assert suite.name == "sample-v2.0-closed"
    assert suite.digest != load(tmp_path, SAMPLE).digest
    resolved = resolve(suite, list(suite.articles()))
    assert [(each.start, each.end) for each in resolved.known["q1"].spans] == [(12, 21), (12, 15), (37, 40)]


def test_a_packed_file_is_read(tmp_path):
    path = tmp_path / "it.json.gz"
    path.write_bytes(gzip.compress(json.dumps(SAMPLE).encode()))
    assert (squad.load(path).name, len(squad.load(path).cases)) == ("it", 3)


@pytest.mark.parametrize(
    ("context", "answer", "start", "gold"),
    [
        ("A\u200bda and Ada", "Ada", 9, Gold("T/0001", "Ada", 8)),  # a character before it is dropped
        ("A\r\nB Ada", "Ada", 5, Gold("T/0001", "Ada", 4)),
        ("B A\u00adda", "A\u00adda", 2, Gold("T/0001", "Ada", 2)),  # one inside it
        ("Bob and Ada", "Ada", 7, Gold("T/0001", "Ada", 8)),  # one off, but it stands there once
        ("Ada and Ada", "Ada", 7, Gold("T/0001")),  # one off, and which is meant cannot be told
        ("Bob \u200b and Bo", "\u200b", 4, Gold("T/0001")),
    ],
)
def test_a_quote_is_where_the_article_says_the_same_and_else_the_article_is_gold(
    tmp_path, context, answer, start, gold
):
    case, article = about(tmp_path, context, (answer, start))
    assert (case.answers, case.gold) == ((answer,), (gold,))
    if gold.quote:
        assert article.text.startswith(gold.quote, gold.start)


def test_a_question_without_answers_is_impossible_where_the_file_does_not_say(tmp_path):
    case, _ = about(tmp_path, "Bob.")
    assert (case.answerable, case.tags) == (False, ("impossible", "T"))


QA = ("data", 0, "paragraphs", 0, "qas", 0)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", ": Expecting property name"),
        ("[]", " holds no list named 'data', so it is no SQuAD file"),
        ({"documents": []}, " holds no list named 'data'"),
        ({"data": []}, " holds no question"),
        ({"data": [7]}, ", data[0]: here stands 7, not a JSON object"),
        (changed("data", 1, "title", value=None), ", data[1]: the field 'title' is missing"),
        (changed("data", 1, "title", value=["x"]), ", data[1]: the field 'title' holds ['x'], not a text"),
        (changed("data", 0, "paragraphs", value={}), ", data[0]: the field 'paragraphs' holds {}, not a list"),
        (changed("data", 0, "paragraphs", 1, value="x"), ", data[0].paragraphs[1]: here stands 'x', not a JSON"),
        (changed("data", 0, "paragraphs", 1, "context", value=None), ", data[0].paragraphs[1]: the field 'context'"),
        (
            changed("data", 0, "paragraphs", 1, "context", value="\u200b"),
            ", data[0].paragraphs[1]: the field 'context' s",
        ),
        (changed("data", 0, "paragraphs", 1, "qas", value=None), ", data[0].paragraphs[1]: the field 'qas' is missing"),
        (changed(*QA, "id", value=None), ", data[0].paragraphs[0].qas[0]: the field 'id' is missing"),
        (changed(*QA, "id", value="q2"), ", data[0].paragraphs[0].qas[1]: the id 'q2' is already taken"),
        (changed(*QA, "question", value=" "), ", data[0].paragraphs[0].qas[0]: the field 'question' is blank"),
        (
            changed(*QA, "answers", value=[]),
            ", data[0].paragraphs[0].qas[0]: the question is not impossible, but has no",
        ),
        (changed(*QA, "answers", value=["Ada"]), ", data[0].paragraphs[0].qas[0]: here stands 'Ada', not a JSON"),
        (changed(*QA, "answers", 0, "text", value=""), ", data[0].paragraphs[0].qas[0]: the field 'text' is blank"),
        (
            changed(*QA, "answers", 0, "answer_start", value=None),
            ", data[0].paragraphs[0].qas[0]: the field 'answer_start'",
        ),
        (
            changed(*QA, "answers", 0, "answer_start", value=-1),
            ", data[0].paragraphs[0].qas[0]: answer_start is -1, but",
        ),
        (
            changed(*QA, "answers", 0, "answer_start", value=52),
            ", data[0].paragraphs[0].qas[0]: answer_start is 52, but",
        ),
        (changed(*QA, "answers", 0, "answer_start", value="12"), ", data[0].paragraphs[0].qas[0]: the field 'answer_s"),
        (
            changed("data", 1, "paragraphs", 0, "qas", 0, "answers", 0, "text", value="1908"),
            ", data[1].paragraphs[0].qas[0]: the answer '1908' does not stand in the context",
        ),
        (
            changed(*QA, "is_impossible", value="no"),
            ", data[0].paragraphs[0].qas[0]: the field 'is_impossible' holds 'no'",
        ),
    ],
)
def test_what_is_no_squad_is_an_error_that_names_the_place(tmp_path, content, complaint):
    with pytest.raises(UsageError) as caught:
        load(tmp_path, content)
    message = str(caught.value).removeprefix("Asked for the suite ").replace(", but it", "")
    assert message.startswith(f"{tmp_path / 'sample-v2.0.json'}{complaint}") and "\n" not in message

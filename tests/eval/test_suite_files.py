import dataclasses
import datetime as dt
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_eval.suites import load, open_suite, tagged, thinned
from qa_eval.types import Case, Gold, Suite
from qa_index.errors import UsageError

GOOD = {"id": "c1", "question": "Who?", "answers": ["Ada"], "gold": [{"article": "000", "quote": "Ada"}]} | {
    "answerable": True,
    "tags": ["who"],
}
NONE = {"id": "c2", "question": "Who not?", "answers": [], "gold": [], "answerable": False}


def written(folder, *records, name="mine.jsonl"):
    path = folder / name
    lines = [each if isinstance(each, str) else json.dumps(each) for each in records]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_suite_is_read_in_its_order_and_blank_lines_are_left_out(tmp_path):
    path = written(
        tmp_path, GOOD, "", NONE | {"after": "2022-01-07", "until": "2022-01-08", "history": ["Who is Bob?"]}, "  "
    )
    assert load(path) == Suite(
        "mine",
        (
            Case("c1", "Who?", ("Ada",), (Gold("000", "Ada"),), True, ("who",)),
            Case(
                "c2",
                "Who not?",
                answerable=False,
                after=dt.date(2022, 1, 7),
                until=dt.date(2022, 1, 8),
                history=("Who is Bob?",),
            ),
        ),
    )


def test_a_follow_up_may_say_what_it_means_and_only_then_is_the_suite_another_one(tmp_path):
    follow_up = NONE | {"history": ["Who is Bob?"]}
    plain, told = (load(written(tmp_path, each)) for each in (follow_up, follow_up | {"standalone": "Who is not Bob?"}))
    assert (plain.cases[0].standalone, told.cases[0].standalone) == (None, "Who is not Bob?")
    assert plain.digest != told.digest
    assert Suite("s", (Case("c", "Who?"),)).digest == "e63183414302200b"  # as it was before there was such a field


def test_a_case_may_be_narrowed_to_publishers_and_articles_and_need_not_know_where_it_is_said(tmp_path):
    narrowed = GOOD | {"gold": [], "publisher": ["The Post"], "within": ["000"]}
    (case,) = load(written(tmp_path, narrowed)).cases
    assert (case.publishers, case.within, case.gold, case.answerable) == (("The Post",), ("000",), (), True)


def test_gold_may_name_the_source_of_its_article_too_and_only_then_is_the_suite_another_one(tmp_path):
    gold = [{"article": "000", "quote": "Ada", "source": "in/ada.txt"}]
    plain, told = (load(written(tmp_path, each)) for each in (GOOD, GOOD | {"gold": gold}))
    assert told.cases[0].gold == (Gold("000", "Ada", source="in/ada.txt"),)
    assert plain.digest != told.digest
    assert Suite("s", (Case("c", "Who?", ("Ada",), (Gold("000", "Ada"),)),)).digest == "b64d1029cd024487"


def test_a_suite_knows_the_library_it_lies_in(tmp_path):
    path = written(tmp_path, GOOD)
    assert open_suite(str(path)).home is None
    (tmp_path / "catalog.sqlite").touch()
    assert open_suite(str(path)).home == tmp_path


def test_a_line_separator_inside_a_text_ends_no_line_and_null_is_the_same_as_nothing(tmp_path):
    path = written(tmp_path, json.dumps(NONE | {"question": "Who\u2028not?", "tags": None}, ensure_ascii=False))
    assert load(path).cases == (Case("c2", "Who\u2028not?", answerable=False),)


def test_a_suite_may_be_packed_and_starts_may_say_where_a_quote_stands(tmp_path):
    path = tmp_path / "mine.jsonl.gz"
    gold = [{"article": "000", "quote": "Ada", "start": 0}]
    path.write_bytes(gzip.compress(json.dumps(GOOD | {"gold": gold}).encode()))
    suite = load(path)
    assert (suite.name, suite.cases[0].gold) == ("mine", (Gold("000", "Ada", 0),))


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        ("{", "Expecting property name"),
        ("[1]", "it is not a JSON object"),
        ("[" * 100_000, "it is nested too deeply"),
        ('{"id": NaN}', "NaN is not a JSON value"),
        ('{"id": "\\ud800"}', "it holds half of a surrogate pair"),
        (GOOD | {"answer": "Ada"}, "unknown field 'answer'"),
        ({"id": "c9"}, "the field 'question' is missing"),
        (GOOD | {"gold": None}, "the field 'gold' is missing"),
        (GOOD | {"id": 7}, "the field 'id' holds 7, not a text"),
        (GOOD | {"id": " "}, "the field 'id' is blank"),
        (GOOD | {"question": "  "}, "the field 'question' is blank"),
        (GOOD | {"answerable": "yes"}, "the field 'answerable' holds 'yes', not true or false"),
        (GOOD | {"answerable": 1}, "the field 'answerable' holds 1, not true or false"),
        (GOOD | {"answers": "Ada"}, "the field 'answers' holds 'Ada', not a list"),
        (GOOD | {"answers": []}, "the question is answerable, but answers holds 0 entries"),
        (GOOD | {"answerable": False}, "the question is not answerable, but answers holds 1 entries"),
        (NONE | {"id": "c9", "gold": GOOD["gold"]}, "the question is not answerable, but gold holds 1 entries"),
        (GOOD | {"answers": [" "]}, "the field 'answers' holds something that is not text"),
        (GOOD | {"tags": [1]}, "the field 'tags' holds something that is not text"),
        (GOOD | {"history": [None]}, "the field 'history' holds something that is not text"),
        (GOOD | {"history": ["Who is Bob?"], "standalone": " "}, "the field 'standalone' is blank"),
        (GOOD | {"history": ["Who is Bob?"], "standalone": 7}, "the field 'standalone' holds 7, not a text"),
        (GOOD | {"gold": ["000"]}, "an entry of gold is an object with article and quote"),
        (GOOD | {"gold": [{"article": "000"}]}, "an entry of gold is an object with article and quote"),
        (GOOD | {"gold": [{"article": "000", "quote": "Ada", "grade": 2}]}, "an entry of gold is an object with"),
        (GOOD | {"gold": [{"article": "000", "quote": ""}]}, "the field 'quote' is blank"),
        (GOOD | {"gold": [{"article": 0, "quote": "Ada"}]}, "the field 'article' holds 0, not a text"),
        (
            GOOD | {"gold": [{"article": "0", "quote": "Ada", "start": True}]},
            "the field 'start' holds True, not a whole",
        ),
        (GOOD | {"gold": [{"article": "0", "quote": "Ada", "start": -1}]}, "the start of a quote is -1"),
        (GOOD | {"until": "Friday"}, "until holds 'Friday', which is no day"),
        (GOOD | {"until": "20220113"}, "until holds '20220113', which is no day"),
        (GOOD | {"after": "2022-W02-4"}, "after holds '2022-W02-4', which is no day"),
        (GOOD | {"answers": ["Ada", "..."]}, "answers holds '...', which has no word"),
        (GOOD | {"answers": ["The"]}, "answers holds 'The', which has no word"),
        (GOOD | {"until": 20220101}, "the field 'until' holds 20220101, not a text"),
        (GOOD | {"until": ""}, "until holds '', which is no day"),
        (GOOD | {"after": "2022-02-01", "until": "2022-01-01"}, "after (2022-02-01) is later than until (2022-01-01)"),
        (GOOD, "the id 'c1' is already taken"),
    ],
)
def test_a_line_that_is_no_case_is_an_error_that_names_file_and_line(tmp_path, record, complaint):
    path = written(tmp_path, GOOD, "", record)
    with pytest.raises(UsageError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}, line 3: {complaint}")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.jsonl", b"\n\n", "holds no case"),
        ("a.jsonl", b"\xff\xfe\xfa", "it is not UTF-8"),
        ("a.jsonl.gz", b"{}", "Not a gzipped file"),
        ("a.jsonl.gz", gzip.compress(b"{}" * 99, mtime=0)[:-9], "ended before"),
        ("a.jsonl.gz", gzip.compress(b"{}", mtime=0)[:10] + b"\x07" * 30, "invalid block type"),
    ],
)
def test_a_file_that_holds_no_suite_is_an_error_in_one_line(tmp_path, name, content, complaint):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UsageError, match=complaint) as caught:
        load(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_suite_is_found_by_name_or_by_path(tmp_path, monkeypatch):
    written(tmp_path, GOOD, name="seeds")
    written(tmp_path, GOOD, name="mine")
    written(tmp_path, GOOD, name="seeds.jsonl")
    monkeypatch.chdir(tmp_path)
    shipped = open_suite("seeds")
    assert (shipped.name, shipped.shipped, len(shipped.cases)) == ("seeds", True, 120)
    for path in ("./seeds", "seeds.jsonl", str(tmp_path / "seeds"), "mine"):
        found = open_suite(path)
        assert (len(found.cases), found.shipped, found.articles) == (1, False, None), path


@pytest.mark.parametrize(
    ("name", "options", "complaint"),
    [
        ("nothing", {}, r"Asked for the suite nothing.* one of: followups, seeds, seeds_dev"),
        ("nothing.jsonl", {}, "no file and no shipped suite has that name"),
        (".", {}, "that is a folder.*--layout"),
        ("a\0b", {}, "no file and no shipped suite"),
        ("seeds", {"layout": "trec"}, "the layouts are citewell, squad, beir, news-quiz"),
        ("seeds", {"closed": True}, "the layout citewell has no paragraph.*--layout squad"),
        ("seeds", {"closed": True, "layout": "beir"}, "the layout beir has no paragraph"),
        ("seeds", {"layout": "squad"}, "nothing is at seeds. Name the path of a JSON file of SQuAD"),
        ("seeds", {"layout": "beir"}, "Name the path of a folder with corpus.jsonl"),
        ("seeds", {"layout": "news-quiz"}, "Name the path of a folder with questions"),
        (".", {"layout": "squad"}, "cannot be read: Is a directory"),
        (".", {"layout": "beir"}, "holds no corpus.jsonl"),
        (".", {"layout": "news-quiz"}, r"it holds 0. Name a folder"),
        ("a" * 300, {}, r"Asked for the suite a{80}…, but no file can be there: File name too long. Name another.$"),
        ("a" * 252, {}, "no file and no shipped suite has that name"),
        ("a" * 5000 + "/b.json", {"layout": "squad"}, "File name too long"),
        ("~nobody-of-that-name/b.jsonl", {}, "no file can be there: Could not determine home"),
    ],
)
def test_a_suite_that_is_not_there_is_an_error_that_says_what_to_name(tmp_path, monkeypatch, name, options, complaint):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=complaint):
        open_suite(name, **options)


@pytest.mark.parametrize(
    ("layout", "files"),
    [
        ("squad", {"it.json": {"data": [{"title": "T", "paragraphs": [{"context": "A b.", "qas": []}]}]}}),
        ("beir", {"corpus.jsonl": {}, "queries.jsonl": {"_id": 1, "text": "A?"}, "qrels/test.tsv": "1\t2\t1"}),
        ("news-quiz", {"articles.jsonl": "", "questions.jsonl": {"qid": 1, "question": "A?", "answer": "B"}}),
    ],
)
def test_each_layout_is_read_by_its_own_reader(tmp_path, layout, files):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    if layout == "squad":
        with pytest.raises(UsageError, match="holds no question"):
            open_suite(str(tmp_path / "it.json"), layout=layout, closed=True)
    else:
        suite = open_suite(str(tmp_path), layout=layout)
        assert (len(suite.cases), suite.retrieval_only) == (1, layout == "beir") and suite.articles


@given(st.integers(1, 60), st.integers(1, 80))
def test_a_thinned_suite_keeps_order_and_ends_close_to_both_ends(count, limit):
    suite = Suite("s", tuple(Case(str(number), "Who?") for number in range(count)), retrieval_only=True)
    numbers = [int(case.id) for case in thinned(suite, limit).cases]
    assert len(numbers) == min(limit, count)
    assert thinned(suite, limit) == dataclasses.replace(suite, cases=tuple(suite.cases[each] for each in numbers))
    gaps = {later - earlier for earlier, later in zip(numbers, [*numbers[1:], count], strict=True)}
    assert numbers[0] == 0 and max(gaps) - min(gaps) <= 1
    assert (thinned(suite, limit).digest == suite.digest) == (limit >= count)


@pytest.mark.parametrize("limit", [0, -3])
def test_a_suite_cannot_be_thinned_to_nothing(limit):
    with pytest.raises(UsageError, match=f"Asked for {limit} cases of the suite s"):
        thinned(Suite("s", (Case("c", "Who?"),)), limit)


MILL = Suite(
    "mill",
    tuple(
        Case(str(number), "Who?", tags=tags) for number, tags in enumerate([("who",), ("Old_Mill", "who"), (), ("x",)])
    ),
    articles=tuple,
)


@pytest.mark.parametrize(
    ("tags", "chosen"),
    [(("who",), "01"), (("Old_Mill",), "1"), (("x", "Old_Mill"), "13"), (("who", "who"), "01"), (("x", "who"), "013")],
)
def test_the_cases_with_one_of_the_tags_are_chosen_in_their_order_and_are_another_suite(tags, chosen):
    suite = tagged(MILL, tags)
    assert "".join(case.id for case in suite.cases) == chosen
    assert suite == dataclasses.replace(MILL, cases=suite.cases)  # about the same articles
    assert suite.digest != MILL.digest


def test_a_tag_that_every_case_has_leaves_the_suite_as_it_is():
    suite = tagged(MILL, ["who"])
    assert tagged(suite, ["who"]).digest == suite.digest


MANY = Suite("many", tuple(Case(str(number), "Who?", tags=("all", f"t{number:02}")) for number in range(12)))


@pytest.mark.parametrize(
    ("suite", "tags", "complaint"),
    [
        (MILL, ["whom"], "with the tag 'whom', but no case has it. Did you mean who?"),
        (MILL, ["who", "OLD MILL"], "with the tag 'OLD MILL', but no case has it. Did you mean Old_Mill?"),
        (MILL, ["zebra"], "no case has it. Its tags are who, Old_Mill, x: name one of these."),
        (MILL, [""], "with the tag '', but no case has it. Its tags are who"),
        (MILL, ["a\nb" * 50], "but no case has it. Its tags are who"),
        (MANY, ["zebra"], "Its tags are all, t00, t01, t02, t03, t04, t05, t06 and 5 more: name one of these."),
        (MANY, ["t1"], "Did you mean t1"),
        (Suite("s", (Case("c", "Who?"),)), ["who"], "None of its cases has a tag: leave --tag out."),
    ],
)
def test_a_tag_that_no_case_has_is_one_line_that_names_those_there_are(suite, tags, complaint):
    with pytest.raises(UsageError) as caught:
        tagged(suite, tags)
    message = str(caught.value)
    assert message.startswith(f"Asked for the cases of the suite {suite.name} with the tag ") and complaint in message
    assert "\n" not in message

import json
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import pytest
import typer
from typer.testing import CliRunner

from qa.commands.session import Session
from qa_eval import cli
from qa_index.errors import UsageError
from qa_index.types import Article
from tests.eval import answering
from tests.eval.answering import Fake

SUITE = [
    {"id": "c1", "question": "Who owns the mill?", "answers": ["Quill"], "answerable": True, "tags": ["who"]}
    | {"gold": [{"article": "000", "quote": "Its owner, Ada Quill"}]},
    {"id": "c4", "question": "Who set the fire?", "answers": [], "gold": [], "answerable": False, "tags": ["who"]},
]


class FakeLibrary(Fake):
    """The articles of the fake answerer, as if read from files named for their keys."""

    sources = MappingProxyType({"aaaa": "000_mill.txt", "bbbb": "001_baker.txt"})

    def add(self, *sources, progress=None, keep=False):
        self.added = sources

    def articles(self):
        return tuple(
            Article(each, text, sources=(f"in/{self.sources[each]}",)) for each, text in answering.TEXTS.items()
        )


@pytest.fixture
def evaluate(tmp_path):
    """Run `qa eval` on a suite of two cases, or another, with an answerer; returns its result and the library."""
    suite = tmp_path / "mine.jsonl"
    suite.write_text("\n".join(map(json.dumps, SUITE)), encoding="utf-8")

    def call(answer, *arguments, sources=None, path=suite, articles=tmp_path):
        library = FakeLibrary(answer)
        library.sources = sources or FakeLibrary.sources
        where = ["--articles", str(articles)] if articles else []

        @contextmanager
        def opened(folder, *, settings, create, notice):
            library.folder = Path(folder)
            assert create and library.folder.is_dir()
            yield library

        app = typer.Typer()
        cli.register(app)
        result = CliRunner().invoke(app, [str(path), *where, *arguments], obj=Session(opened))
        return result, library

    return call


def test_the_tables_show_the_figures_and_the_tags(evaluate, tmp_path):
    result, library = evaluate(answering.right)
    assert result.exit_code == 0, result.output
    assert "right (answered and cited)\t100.0 %\t1 answerable" in result.stdout
    assert "verbatim\t100.0 %\t2 citations" in result.stdout
    assert "who\t2\t100.0 %" in result.stdout
    assert "c1" not in result.stdout
    assert library.added == (str(tmp_path),)
    assert not library.folder.exists()  # it was temporary


def test_json_holds_figures_tags_and_cases(evaluate):
    result, _ = evaluate(answering.right, "--json")
    measured = json.loads(result.stdout)
    assert measured["figures"]["right"] == measured["tags"]["who"]["abstained"] == 1
    assert [case["verdict"] for case in measured["cases"]] == ["right", "right"]
    assert (measured["made_by"], measured["broken"]) == ({"reader": "a test's own"}, [])


@pytest.mark.parametrize(
    ("answer", "flag", "listed"),
    [
        (answering.right, "--cases", ["c1\tright\tWho owns the mill?\tAda Quill", "c4\tright\t"]),
        (answering.always_answering, "--show-wrong", ["c4\tshould abstain\tWho set the fire?\tNobody"]),
        (answering.always_abstaining, "--show-wrong", ["c1\trefused\tWho owns the mill?\t(abstained)"]),
        (answering.citing_elsewhere, "--show-wrong", ["c1\twrong citation\t"]),
    ],
)
def test_cases_are_listed_when_asked_for(evaluate, answer, flag, listed):
    result, _ = evaluate(answer, flag)
    assert result.exit_code == 0
    assert all(line in result.stdout for line in listed)
    assert flag == "--cases" or "\tright\t" not in result.stdout


@pytest.mark.parametrize("broken", [answering.beside, answering.citing_abstainer, answering.citing_nothing])
def test_a_broken_promise_ends_with_exit_code_1_and_a_sentence(evaluate, broken):
    result, _ = evaluate(broken)
    assert result.exit_code == 1
    assert "cite" in result.stderr or "citation" in result.stderr
    assert "right (answered and cited)" in result.stdout  # the figures are shown all the same


def test_weak_answers_are_not_a_broken_promise(evaluate):
    assert evaluate(answering.always_abstaining)[0].exit_code == 0


@pytest.mark.parametrize(
    ("sources", "complaint"),
    [
        ({"aaaa": "mill.txt", "bbbb": "001.txt"}, "asks about article 000, but no file's name starts with 000"),
        ({"aaaa": "000_a.txt", "bbbb": "000_b.txt"}, "two articles have files whose names start with 000"),
    ],
)
def test_articles_that_do_not_match_the_suite_are_a_usage_error(evaluate, sources, complaint):
    result, _ = evaluate(answering.right, sources=sources)
    assert isinstance(result.exception, UsageError) and complaint in str(result.exception)


def test_a_bad_suite_is_a_usage_error_before_anything_is_indexed(evaluate):
    result, library = evaluate(answering.right, path="no such suite")
    assert isinstance(result.exception, UsageError) and result.exception.exit_code == 2
    assert not hasattr(library, "added")


def test_without_a_folder_the_shipped_articles_are_asked_about_and_must_hold_the_gold(evaluate, tmp_path):
    result, library = evaluate(answering.right, articles=None)
    assert result.exit_code == 0 and library.added == (str(cli.seeds()),)
    changed = tmp_path / "changed.jsonl"
    changed.write_text(json.dumps(SUITE[0] | {"gold": [{"article": "000", "quote": "other words"}]}), encoding="utf-8")
    assert evaluate(answering.right, path=changed)[0].exit_code == 0  # another folder may tell it in other words
    result, _ = evaluate(answering.right, path=changed, articles=None)
    assert isinstance(result.exception, UsageError) and "stand 0 times: 'other words'" in str(result.exception)


def test_the_shipped_articles_are_found():
    assert len(list(cli.seeds().glob("*.txt"))) == 5

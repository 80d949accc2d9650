import json
import re
import tomllib
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import pytest
import typer
from typer.testing import CliRunner

from qa.commands.session import Session
from qa_eval import cli
from qa_eval.suites import shipped_articles
from qa_index.errors import UsageError
from qa_index.types import Article, Failure, Synced
from tests.eval import answering
from tests.eval.answering import Fake

CASES = [
    {"id": "c1", "question": "Who owns the mill?", "answers": ["Quill"], "answerable": True, "tags": ["who"]}
    | {"gold": [{"article": "000", "quote": "Its owner, Ada Quill"}]},
    {"id": "c4", "question": "Who set the fire?", "answers": [], "gold": [], "answerable": False, "tags": ["who"]},
]


class FakeLibrary(Fake):
    """The articles of the fake answerer, as if read from files named for their keys."""

    sources = MappingProxyType({"aaaa": "000_mill.txt", "bbbb": "001_baker.txt"})
    failed = ()
    added = None

    def add(self, *sources, progress=None, keep=False):
        self.added = sources
        return Synced(failed=self.failed)

    def articles(self):
        brought = tuple(each for each in self.added or () if isinstance(each, Article))
        return brought or tuple(
            Article(each, text, sources=(f"in/{self.sources[each]}",))
            for each, text in answering.TEXTS.items()
            if each in self.sources
        )


def command():
    """An app as the command makes it, with one other command."""
    app = typer.Typer(rich_markup_mode=None)
    app.command("other")(lambda: None)
    cli.register(app)
    return app


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Where runs go: read from the environment, as the command itself does."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("QA_RUNS", str(folder))
    return folder


@pytest.fixture
def evaluate(tmp_path, runs):
    """Run `qa eval` on a suite of two cases, or another, with an answerer; returns its result and the library."""
    suite = tmp_path / "mine.jsonl"
    suite.write_text("\n".join(map(json.dumps, CASES)), encoding="utf-8")

    def call(answer, *arguments, sources=None, path=suite, articles=tmp_path, failed=()):
        library = FakeLibrary(answer)
        library.sources = FakeLibrary.sources if sources is None else sources
        library.failed = failed
        where = ["--articles", str(articles)] if articles else []

        @contextmanager
        def opened(folder, *, settings, create, notice, llm=None):
            library.folder, library.create, library.settings = Path(folder), create, settings
            yield library

        app = command()
        result = CliRunner().invoke(app, ["eval", str(path), *where, *arguments], obj=Session(opened))
        return result, library

    return call


def test_the_tables_show_the_figures_and_the_tags(evaluate, tmp_path):
    result, library = evaluate(answering.right)
    assert result.exit_code == 0, result.output
    assert "right (answered and cited)\t100.0 %\t1 answerable" in result.stdout
    assert "verbatim\t100.0 %\t2 citations" in result.stdout
    assert "who\t2\t100.0 %" in result.stdout
    assert re.search(r"peak memory\t[1-9]\d* MB\t", result.stdout)
    assert "c1" not in result.stdout
    assert library.added == (tmp_path,) and library.create
    assert not library.folder.exists()  # it was temporary


def test_json_holds_figures_tags_and_cases(evaluate, runs):
    result, _ = evaluate(answering.right, "--json")
    measured = json.loads(result.stdout)
    assert measured["figures"]["right"] == measured["tags"]["who"]["abstention_recall"] == 1
    assert [case["verdict"] for case in measured["cases"]] == ["right", "right"]
    assert (measured["made_by"], measured["broken"]) == ({"reader": "a test's own"}, [])
    assert measured["run"] == str(runs / "mine-001")


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


def gate(tmp_path, content):
    path = tmp_path / "pyproject.toml"
    path.write_text(f"[tool.qa-eval.gate.mine]\n{content}\n", encoding="utf-8")
    return ("--gate", str(path))


def test_a_missed_threshold_ends_with_exit_code_1_and_says_which(evaluate, tmp_path):
    asked = gate(tmp_path, "least = { right = 0.5 }\nmost = { false_refusals = 0.5 }")
    assert evaluate(answering.right, *asked)[0].exit_code == 0
    result, _ = evaluate(answering.always_abstaining, *asked)
    assert result.exit_code == 1
    assert "right" in result.stderr and "false" in result.stderr


def test_the_shipped_gate_names_figures_that_there_are():
    project = Path(__file__).parents[2] / "pyproject.toml"
    thresholds = tomllib.loads(project.read_text(encoding="utf-8"))["tool"]["qa-eval"]["gate"]["seeds"]
    assert thresholds["least"]["verbatim"] == 1 and thresholds["most"]["cited_abstentions"] == 0
    from qa_eval.gate import load

    assert load(project, "seeds")


@pytest.mark.parametrize(
    ("sources", "complaint"),
    [
        ({"aaaa": "mill.txt", "bbbb": "001.txt"}, "000"),
        ({"aaaa": "000_a.txt", "bbbb": "000_b.txt"}, "000"),
        ({}, "holds no articles"),
    ],
)
def test_articles_that_do_not_match_the_suite_are_a_usage_error(evaluate, runs, sources, complaint):
    result, _ = evaluate(answering.right, sources=sources)
    assert isinstance(result.exception, UsageError) and complaint in str(result.exception)
    assert not runs.exists()  # nothing half-written


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("{", "line 1"),
        (json.dumps(CASES[0] | {"hint": "Q"}), "unknown field 'hint'"),
        ("", "holds no case"),
        (json.dumps(CASES[0] | {"gold": [{"article": "000", "quote": "not there"}]}), "not there"),
        (json.dumps(CASES[0] | {"standalone": "Where?"}), "what a question means after a history, but there is none"),
    ],
)
def test_a_suite_that_cannot_be_used_is_one_line_and_writes_nothing(evaluate, runs, tmp_path, change, complaint):
    path = tmp_path / "bad.jsonl"
    path.write_text(change, encoding="utf-8")
    result, _ = evaluate(answering.right, path=path)
    assert isinstance(result.exception, UsageError) and result.exception.exit_code == 2
    assert complaint in str(result.exception) and "\n" not in str(result.exception)
    assert not runs.exists()


def test_a_suite_that_is_not_there_is_a_usage_error_before_anything_is_indexed(evaluate):
    result, library = evaluate(answering.right, path="no such suite")
    assert isinstance(result.exception, UsageError)
    assert library.added is None


def test_a_suite_of_ones_own_without_articles_is_asked_of_the_library_as_it_is(evaluate, tmp_path):
    result, library = evaluate(answering.right, "--library", str(tmp_path / "mine"), articles=None)
    assert result.exit_code == 0, result.output
    assert (library.added, library.create, library.folder) == (None, False, tmp_path / "mine")


def test_a_shipped_suite_is_asked_of_the_shipped_articles_unless_others_are_named(evaluate):
    result, library = evaluate(answering.right, path="seeds", articles=None)
    assert library.added == (shipped_articles(),)
    assert isinstance(result.exception, UsageError)  # which this library only pretends to hold
    assert len(list(shipped_articles().glob("*.txt"))) == 5


def test_files_that_cannot_be_read_are_said(evaluate):
    result, _ = evaluate(answering.right, failed=(Failure("x.txt", "it is empty"),))
    assert result.exit_code == 0 and "1 of the articles could not be read" in result.stderr


def test_a_run_leaves_its_folder_with_every_report(evaluate, runs):
    result, _ = evaluate(answering.right)
    folder = runs / "mine-001"
    assert sorted(each.name for each in folder.iterdir()) == [
        *("junit.xml", "report.html", "report.md", "results.jsonl", "run.json"),
    ]
    kept = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert kept["settings"]["passages"] == "10" and kept["versions"]["python"]
    assert str(folder / "report.html") in result.stderr
    evaluate(answering.right)
    assert (runs / "mine-002").is_dir()


def test_an_interrupted_run_keeps_what_is_done_and_goes_on_when_resumed(evaluate, runs):
    def interrupted(question):
        if question == "Who set the fire?":
            raise KeyboardInterrupt
        return answering.right(question)

    result, _ = evaluate(interrupted)
    assert isinstance(result.exception, KeyboardInterrupt) or result.exit_code == 130
    assert "--resume" in result.stderr
    assert len((runs / "mine-001" / "results.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    result, library = evaluate(answering.right, "--resume")
    assert result.exit_code == 0, result.output
    assert [question for question, _ in library.asked][1:] == ["Who set the fire?"]
    assert [each.name for each in runs.iterdir()] == ["mine-001"]
    result, _ = evaluate(answering.right, "--resume")
    assert isinstance(result.exception, UsageError) and "holds none of these cases" in str(result.exception)


@pytest.fixture
def mixed(tmp_path):
    """A suite of four cases, of which three have the tag "who" and two the tag "mill"."""
    path = tmp_path / "mixed.jsonl"
    tags = ["who", "mill"], ["who"], ["mill"], ["who"]
    cases = [CASES[number % 2] | {"id": f"m{number}", "tags": each} for number, each in enumerate(tags)]
    path.write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        (["--tag", "mill"], ["m0", "m2"]),
        (["--tag", "who"], ["m0", "m1", "m3"]),
        (["--tag", "who", "--tag", "mill"], ["m0", "m1", "m2", "m3"]),
        (["--tag", "who", "--limit", "2"], ["m0", "m1"]),  # of those with the tag; of all it would be m0 and m2
    ],
)
def test_only_questions_with_one_of_the_tags_are_asked(evaluate, runs, tmp_path, mixed, arguments, chosen):
    result, library = evaluate(answering.right, *arguments, path=mixed)
    assert result.exit_code == 0, result.output
    assert library.added == (tmp_path,)
    lines = (runs / "mixed-001" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["case"]["id"] for line in lines] == chosen


def test_a_tag_that_no_case_has_is_a_usage_error_before_anything_is_indexed(evaluate, runs):
    result, library = evaluate(answering.right, "--tag", "whom")
    assert isinstance(result.exception, UsageError) and result.exception.exit_code == 2
    assert "Did you mean who?" in str(result.exception) and "\n" not in str(result.exception)
    assert library.added is None and not runs.exists()


def test_a_run_of_some_tags_goes_on_with_these_tags_only(evaluate, runs, mixed):
    def interrupted(question):
        if question == "Who set the fire?":
            raise KeyboardInterrupt
        return answering.right(question)

    evaluate(interrupted, "--tag", "who", path=mixed)
    for other in ([], ["--tag", "mill"], ["--tag", "who", "--limit", "2"]):
        result, library = evaluate(answering.right, "--resume", *other, path=mixed)
        assert isinstance(result.exception, UsageError) and "holds none of these cases" in str(result.exception)
        named = ["--resume", "--output", str(runs / "mixed-001")]
        result, library = evaluate(answering.right, *named, *other, path=mixed)
        assert isinstance(result.exception, UsageError) and "holds other cases" in str(result.exception)
    result, library = evaluate(answering.right, "--tag", "who", "--resume", path=mixed)
    assert result.exit_code == 0, result.output
    assert len(library.asked) == 3  # the warm-up, and two of three


def test_runs_of_different_tags_are_not_compared(evaluate, mixed):
    for tags in (["who"], ["mill"], ["who", "mill"], ["who"]):
        evaluate(answering.right, *(word for tag in tags for word in ("--tag", tag)), path=mixed)
    compared = [
        CliRunner().invoke(command(), ["eval", "--compare", "mixed-001", f"mixed-00{number}"]) for number in (2, 3, 4)
    ]
    assert ["different questions" in str(each.exception) for each in compared] == [True, True, False]
    assert compared[2].exit_code == 0, compared[2].output


def test_questions_about_one_article_of_squad_are_asked_of_all_its_paragraphs(evaluate, runs, tmp_path):
    def article(title, text):
        answers = [{"text": "mill", "answer_start": text.index("mill")}]
        questions = [{"id": title, "question": "Which one?", "answers": answers}]
        return {"title": title, "paragraphs": [{"context": text, "qas": questions}]}

    path = tmp_path / "two.json"
    made = map(article, ("Old_Mill", "Bakery"), answering.TEXTS.values())
    path.write_text(json.dumps({"data": list(made)}), encoding="utf-8")
    options = ("--layout", "squad", "--tag", "Old_Mill")
    result, library = evaluate(answering.always_abstaining, *options, path=path, articles=None)
    assert result.exit_code == 0, result.output
    assert {each.text for each in library.added} == set(answering.TEXTS.values())
    assert [question for question, _ in library.asked][1:] == ["Which one?"]
    assert "Old_Mill\t1\t0.0 %" in result.stdout and "Bakery" not in result.stdout
    assert json.loads((runs / "two-001" / "run.json").read_text(encoding="utf-8"))["articles"] == 2


def test_a_folder_that_holds_a_run_is_not_written_over(evaluate, tmp_path):
    assert evaluate(answering.right, "--output", str(tmp_path / "first"))[0].exit_code == 0
    before = (tmp_path / "first" / "results.jsonl").read_bytes()
    result, _ = evaluate(answering.always_abstaining, "--output", str(tmp_path / "first"))
    assert isinstance(result.exception, UsageError)
    assert (tmp_path / "first" / "results.jsonl").read_bytes() == before


def test_a_run_that_still_goes_on_is_not_joined(evaluate, runs):
    said = []

    def asked(question):
        if not said and question == "Who set the fire?":
            said.append(evaluate(answering.right, "--resume")[0])
        return answering.right(question)

    assert evaluate(asked)[0].exit_code == 0
    assert isinstance(said[0].exception, UsageError) and "still going" in str(said[0].exception)
    assert len((runs / "mine-001" / "results.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_a_run_is_not_gone_on_with_when_its_articles_have_changed(evaluate):
    def interrupted(question):
        if question == "Who set the fire?":
            raise KeyboardInterrupt
        return answering.right(question)

    evaluate(interrupted)
    result, _ = evaluate(answering.right, "--resume", sources={"aaaa": "000_mill.txt"})
    assert isinstance(result.exception, UsageError) and "articles have changed" in str(result.exception)


def test_a_run_whose_reports_were_interrupted_is_one_to_go_on_with(evaluate, runs, monkeypatch):
    def interrupted(run):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:  # the moment between asking and writing has no seam
        patched.setattr("qa_eval.reports.write", interrupted)
        evaluate(answering.right)
    result, library = evaluate(answering.right, "--resume")
    assert result.exit_code == 0, result.output
    assert len(library.asked) == 1  # the warm-up alone
    assert (runs / "mine-001" / "report.html").is_file()


def test_a_library_that_is_somebodys_own_is_never_added_to(evaluate, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "catalog.sqlite").write_bytes(b"")
    result, library = evaluate(answering.right, "--library", str(own))
    assert isinstance(result.exception, UsageError) and "was not made for a suite" in str(result.exception)
    assert library.added is None and [each.name for each in own.iterdir()] == ["catalog.sqlite"]


def test_a_library_that_is_kept_for_a_suite_is_used_again_for_the_same_articles_only(evaluate, tmp_path):
    kept = str(tmp_path / "kept")
    assert evaluate(answering.right, "--library", kept)[0].exit_code == 0
    assert evaluate(answering.right, "--library", kept)[0].exit_code == 0
    other = tmp_path / "other"
    other.mkdir()
    result, library = evaluate(answering.right, "--library", kept, articles=other)
    assert isinstance(result.exception, UsageError) and library.added is None


@pytest.mark.parametrize("ignored", [["mine"], ["--limit", "3"], ["--tag", "who"], ["--gate", "x.toml"]])
def test_what_would_be_ignored_beside_compare_is_refused(ignored):
    app = command()
    result = CliRunner().invoke(app, ["eval", *ignored, "--compare", "a", "b"])
    assert result.exit_code == 2 and "leave the rest out" in result.output


def test_articles_are_refused_beside_a_suite_that_brings_its_own(evaluate, tmp_path):
    squad = tmp_path / "tiny.json"
    paragraph = {"context": "Ada owns it.", "qas": [{"id": "1", "question": "Who?", "answers": []}]}
    paragraph["qas"][0]["answers"] = [{"text": "Ada", "answer_start": 0}]
    squad.write_text(json.dumps({"data": [{"title": "A", "paragraphs": [paragraph]}]}), encoding="utf-8")
    result, _ = evaluate(answering.right, "--layout", "squad", path=squad)
    assert isinstance(result.exception, UsageError) and "Leave --articles out" in str(result.exception)


def test_two_runs_are_compared_by_name(evaluate, tmp_path):
    evaluate(answering.right)
    evaluate(answering.always_abstaining)
    app = command()
    result = CliRunner().invoke(app, ["eval", "--compare", "mine-001", "mine-002"])
    assert result.exit_code == 0, result.output
    assert "Who owns the mill?" in result.stdout
    result = CliRunner().invoke(app, ["eval", "--compare", "mine-001", str(tmp_path)])
    assert isinstance(result.exception, UsageError) and "\n" not in str(result.exception)


def test_two_runs_of_different_suites_are_not_compared(evaluate, tmp_path):
    evaluate(answering.right)
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps(CASES[0]), encoding="utf-8")
    evaluate(answering.right, path=other)
    app = command()
    result = CliRunner().invoke(app, ["eval", "--compare", "mine-001", "other-001"])
    assert isinstance(result.exception, UsageError) and "suite" in str(result.exception)

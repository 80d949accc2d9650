import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from qa_eval.speed import jobs, ours, texts
from qa_eval.speed.children import run
from qa_eval.speed.command import speed
from qa_eval.speed.jobs import Job
from qa_eval.speed.kept import FILE
from qa_eval.speed.measuring import Means, Request
from tests.eval.speed.faking import Runner

NEEDED = ("sentence-transformers", "llama-index-vector-stores-chroma")


@pytest.fixture
def measure():
    """Run `qa eval speed` with a runner of the test's own."""

    def call(*arguments, runner=None, missing=()):
        app = typer.Typer()
        app.command()(speed)
        means = Means(run=runner or Runner(), missing=lambda: missing)
        return CliRunner().invoke(app, ["--up-to", "100", "--repeats", "1", *arguments], obj=means)

    return call


def test_the_tables_hold_ratios_and_our_growth(measure):
    result = measure()
    assert result.exit_code == 0, result.output
    assert "qa ask, a new process, s\t2.00\t2.00" in result.stdout
    assert "warm search p50, ms\t100 chunks\t" in result.stdout
    assert "4.00 ×\t8.00\t8.00 ×\t16.0\t2.00" in result.stdout
    assert "To go on to 1,000 chunks would take" in result.stderr


def test_without_the_peers_one_sentence_says_what_is_missing_and_ours_is_measured(measure):
    result = measure(missing=NEEDED)
    assert result.exit_code == 0, result.output
    assert (
        "Only Citewell is measured: what it is compared with needs sentence-transformers, "
        "llama-index-vector-stores-chroma, which are not installed. Run `pip install 'citewell[peers]'`.\n"
    ) in result.stderr
    assert "×" not in result.stdout and "qa ask, a new process" in result.stdout


def test_no_peers_asks_for_no_package(measure):
    result = measure("--no-peers", missing=NEEDED)
    assert result.exit_code == 0
    assert "not installed" not in result.stderr and "×" not in result.stdout


def test_json_is_one_object_and_markdown_has_the_command(measure):
    found = json.loads(measure("--json").stdout)
    assert [each["size"] for each in found["sizes"]] == ["seeds", 100]
    assert found["made_with"]["repeats"] == 1
    assert "`qa eval speed --up-to 100 --peers-up-to 1000 --repeats 1`" in measure("--markdown").stdout
    assert measure("--json", "--markdown").exit_code == 2


def test_versions_and_weights_are_kept_and_other_ones_are_not_mixed_in(measure, tmp_path):
    kept = tmp_path / "kept"
    alone = json.loads(measure("--no-peers", "--json", "--keep", str(kept)).stdout)["made_with"]
    assert {"weights", "onnxruntime", "chromadb", "tantivy"} <= alone.keys() and "torch" not in alone
    both = json.loads(measure("--json", "--keep", str(kept)).stdout)["made_with"]
    assert both.keys() - alone.keys() == {"llama-index-core", "sentence-transformers", "torch"}
    path = kept / FILE
    path.write_text(path.read_text(encoding="utf-8").replace('"tantivy": "', '"tantivy": "9.'), encoding="utf-8")
    assert "measured with tantivy 9." in str(measure("--keep", str(kept)).exception)


def test_an_interruption_shows_what_is_measured_and_says_how_to_go_on(measure, tmp_path):
    kept = str(tmp_path / "kept")
    result = measure("--keep", kept, runner=Runner(stops=("llama-index", "warm")))
    assert result.exit_code == 130
    assert "qa ask, a new process, s\t2.00" in result.stdout
    assert "Run the same command again to go on from there." in result.stderr
    assert measure("--keep", kept).exit_code == 0
    assert "with --keep next time" in measure(runner=Runner(stops=("citewell", "warm"))).stderr


def test_what_could_not_be_measured_is_said_and_exits_with_1(measure):
    result = measure(runner=Runner(fails=("chroma", "index")))
    assert result.exit_code == 1
    assert result.stderr.count("Chroma by itself could not be measured further than the seeds") == 1
    assert "llama-index" in result.stdout


@pytest.mark.parametrize(
    ("up_to", "peers_up_to", "sizes"),
    [
        (10_000, 1_000, (1_000, 10_000)),
        (10_000, 500, (500, 1_000, 10_000)),
        (500, 10_000, (500,)),
        (2_500, None, (1_000, 2_500)),
        (1_000_000, 10_000, (1_000, 10_000, 100_000, 1_000_000)),
    ],
)
def test_sizes_are_the_usual_ones_and_the_last(up_to, peers_up_to, sizes):
    assert Request(up_to, peers_up_to, 1, None).sizes == sizes


def test_starting_imports_nothing_that_is_measured():
    heavy = {"chromadb", "llama_index", "onnxruntime", "torch", "sentence_transformers", "qa.api"}
    code = f"import sys, json, qa_eval.speed.measuring; print(json.dumps({{'found': [*{heavy!r} & {{*sys.modules}}]}}))"
    assert run(code, folder=Path.cwd()).result == {"found": []}


def test_a_job_survives_its_command_line(monkeypatch, capsys, tmp_path):
    job = Job("show", "store", folder=str(tmp_path), first=0, last=2, questions=(("Wer?", "Zoë", "a.txt"),))
    monkeypatch.setattr(sys, "argv", ["-c", job.argument])
    seen = []
    jobs.serve({"show": lambda job: seen.append(job) or {"done": True}})
    assert seen == [job]
    assert json.loads(capsys.readouterr().out) == {"done": True}
    assert [each.name for each in job.files(have={"0000000.txt"})] == ["0000001.txt"]


def test_questions_are_timed_after_a_warm_up_and_judged_where_the_answer_is_known():
    asked = (("w", "", ""), ("one", "1", "a"), ("two", "2", "b"), ("open", "", ""))
    done = []
    found = jobs.timed(Job("warm", "", questions=asked, unmeasured=1), lambda each: done.append(each) or ["a", "x"])
    assert done == ["w", "one", "two", "open"]
    assert (len(found["milliseconds"]), found["known"], found["found"]) == (3, 2, 1)


@pytest.mark.slow
def test_a_real_process_indexes_finds_and_answers(tmp_path):
    texts.write(tmp_path / "texts", 0, 2)
    asked = tuple((each.question, each.answer, each.source) for each in texts.questions(2, articles=2))
    job = Job("index", str(tmp_path / "store"), folder=str(tmp_path / "texts"), first=0, last=2, questions=asked)
    ran = run(ours.CODE, job.argument, folder=tmp_path)
    assert ran.result["added"] == ran.result["articles"] == 2
    assert ran.result["chunks"] == ran.result["chunks_added"] > 10
    again = run(ours.CODE, replace(job, again=True).argument, folder=tmp_path)
    assert (again.result["added"], again.result["chunks_added"]) == (0, 0)
    for name in ("warm", "warm_answer"):
        found = run(ours.CODE, replace(job, name=name).argument, folder=tmp_path).result
        assert (found["known"], found["found"]) == (2, 2)

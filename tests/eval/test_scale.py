import datetime as dt
import gzip
import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from qa_eval import scale, scale_articles, scale_jobs
from qa_eval.speed.children import Ran
from qa_eval.speed.jobs import Job

WORDS = "ferry bridge harbour council vote budget storm train school market Almaty Minister Varga Ode Lund".split()


def article(number):
    rng = np.random.default_rng(number)
    paragraphs = [f"In {2000 + each} the {' '.join(rng.choice(WORDS, 30))} said." for each in range(12)]
    return {
        "url": f"https://paper{number % 3}.example/{number}",
        "title": f"Story {number}",
        "text": "\n\n".join(paragraphs),
        "publish_date": "2023/01/05",
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "realtimeqa"
    folder.mkdir()
    lines = [json.dumps(article(number)) for number in range(6)] + [json.dumps({**article(9), "text": " "})]
    asked = [json.dumps({"question": f"Who said {word}?", "date": "2023/01/20"}) for word in WORDS]
    for name, written in (("articles_2023", lines), ("questions_2023", asked)):
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.write("\n".join(written) + "\n")
    return folder.parent


@pytest.fixture
def records(data):
    return scale_articles.real(data / "realtimeqa/articles_2023.jsonl.gz")


def shingles(text):
    words = text.split()
    return {tuple(words[at : at + 4]) for at in range(len(words) - 3)}


def test_articles_are_the_real_ones_and_then_others_that_are_no_near_duplicates(records):
    assert len(records) == 6
    made = list(scale_articles.made(records, 40))
    assert made[:6] == records
    assert made == list(scale_articles.made(records, 40))
    assert len({each["url"] for each in made}) == len({each["text"] for each in made}) == 40
    held = [shingles(each["text"]) for each in made]
    alike = [len(a & b) / len(a | b) for at, a in enumerate(held) for b in held[:at] if a | b]
    assert max(alike) < 0.7
    assert np.median(alike) < 0.1


def test_a_day_that_is_not_known_stays_unknown(records):
    made = list(scale_articles.made([{**record, "publish_date": None} for record in records], 12))
    assert {each["publish_date"] for each in made} == {None, ""}
    dates = {each["publish_date"] for each in list(scale_articles.made(records, 30))[6:]}
    assert all(abs(dt.date.fromisoformat(day) - dt.date(2023, 1, 5)).days <= 365 for day in dates)
    assert len(dates) > 10


def test_articles_are_written_as_lines_pages_and_plain_text(records, tmp_path):
    size = scale_articles.write(records, tmp_path, 60)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["0000007.html", "0000031.txt", "0000057.html", "0000059.jsonl"]
    assert size == sum(path.stat().st_size for path in tmp_path.iterdir())
    lines = (tmp_path / "0000059.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["url"] for line in lines][:6] == [record["url"] for record in records]
    assert len(lines) == 57
    assert "<h1>Story" in (tmp_path / "0000007.html").read_text(encoding="utf-8")


def test_a_moved_vector_belongs_to_its_text_and_lies_near_a_true_one():
    true = np.eye(384, dtype=np.float32)[:20]
    embedder = scale_jobs.Moved("name", true)
    texts = [f"text {number} \ud800" for number in range(50)]
    vectors = embedder.embed(texts)
    assert vectors.dtype == np.float32
    assert np.array_equal(vectors[7:8], embedder.embed(texts[7:8]))
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert (vectors @ true.T).max(axis=1).min() > 0.9


class Runner:
    """Starts no process; a peer takes three times as long."""

    def __init__(self):
        self.jobs = []

    def __call__(self, code, *arguments, folder, allowed=(0,)):
        job = json.loads(arguments[0])
        self.jobs.append(job)
        if job["name"] == "vectors":
            np.save(job["model"], np.eye(4, dtype=np.float32))
        ways = {kind: {"p50": 5.0, "p95": 9.0, "p99": 11.0} for kind in ("everything", "a month", "a publisher")}
        result = {
            "seconds": 6.0 if job["subject"] == "llama-index" else 2.0,
            "stages": {"reading": 0.5, "embedding": 1.5},
            "articles": 60,
            "chunks": 240,
            "chunks_added": 240,
            "bytes": 1_000_000,
            "failures": 0,
            "counts": {"added": 0, "changed": 0, "unchanged": 60, "removed": 0},
            "milliseconds": ways,
            "first_seconds": 0.5,
            "peak_mb": 300.0,
            "peak_own_mb": 200.0,
        }
        return Ran(2.0, 2.0, 300.0, result)


@pytest.fixture
def bench(data, tmp_path):
    return scale.Bench(data, tmp_path, Runner())


def test_an_ingest_is_measured_twice_on_the_same_folder(bench):
    figures = scale.measure_ingest(bench, 60)
    assert figures["chunks a second"] == "120.0"
    assert figures["… for 100,000 articles, s"] == "3333.3"
    assert figures["… changes"] == "0"
    first, again = bench.run.jobs
    assert first == again
    assert first["folder"].endswith("articles-60")
    kept = [json.loads(line) for line in (bench.folder / scale.MEASURED).read_text(encoding="utf-8").splitlines()]
    assert [line["figure"] for line in kept] == ["ingest", "ingest again"]


def test_ours_and_the_textbook_take_turns_on_the_same_files(bench):
    figures = scale.measure_beside(bench, rounds=3, sample=4)
    assert figures["times the textbook's chunks a second"] == "3.00"
    assert [(job["subject"], job["first"], job["last"]) for job in bench.run.jobs] == [
        (subject, first, first + 4) for first in (0, 4, 8) for subject in ("citewell", "llama-index")
    ]
    assert len(list((bench.folder / "texts-3-4").rglob("*.txt"))) == 12
    assert len({job["chunk_tokens"] for job in bench.run.jobs}) == 1


def test_a_large_library_is_filled_once_true_vectors_are_there_and_searched(bench):
    for _ in range(2):
        figures = scale.measure_search(bench, 100, true_articles=6)
    assert figures["search, a month, p95, ms"] == "9.0"
    names = [job["name"] for job in bench.run.jobs]
    assert names == ["ingest", "vectors", "fill", "search", "fill", "search"]
    assert len(bench.run.jobs[3]["questions"]) == len(WORDS)


@pytest.mark.slow
def test_a_small_library_is_really_indexed_filled_and_searched(data, records, tmp_path):
    scale_articles.write(records, tmp_path / "articles", 10)
    job = Job("ingest", str(tmp_path / "true"), folder=str(tmp_path / "articles"), model=str(tmp_path / "true.npy"))
    first, again = scale_jobs.ingest(job), scale_jobs.ingest(job)
    assert (first["articles"], first["failures"], first["counts"]["added"]) == (10, 0, 10)
    assert first["chunks_added"] == first["chunks"] > 10
    assert list(first["stages"]) == ["reading", "embedding", "storing", "finishing"]
    assert sum(first["stages"].values()) == pytest.approx(first["seconds"], abs=0.01)
    assert (again["chunks_added"], again["counts"]["unchanged"]) == (0, 10)
    assert 50 < first["peak_own_mb"] <= first["peak_mb"]
    assert scale_jobs.vectors(job) == {"vectors": first["chunks"]}
    filled = replace(job, store=str(tmp_path / "filled"))
    assert scale_jobs.fill(filled)["chunks"] == first["chunks"]
    asked = scale_jobs.questions(data / "realtimeqa/questions_2023.jsonl.gz", 6)
    found = scale_jobs.search(replace(filled, questions=asked, unmeasured=2))
    assert found["found"]["everything"] == found["found"]["a month"] == 4
    assert found["milliseconds"]["everything"]["p95"] > 0


def test_the_command_writes_articles_and_a_table(data, tmp_path):
    done = CliRunner().invoke(scale.app, ["articles", str(data), "60", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "60" in done.output
    assert len(list((tmp_path / "out").iterdir())) == 4

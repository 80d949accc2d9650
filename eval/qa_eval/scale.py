"""Measure a library of the size of an archive: `python -m qa_eval.scale ingest DATA` and `… search DATA`.

DATA is a folder with the articles and questions of RealTime QA (`realtimeqa/articles_2023.jsonl.gz` and
`questions_2023.jsonl.gz`); what is made of them stays in the folder that is kept.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer

from qa.terminal import Table, say, show
from qa_eval import scale_articles, scale_jobs
from qa_eval.machine import machine
from qa_eval.speed import children, ours, peers
from qa_eval.speed.jobs import Job
from qa_eval.speed.texts import path_of
from qa_index.errors import QAError
from qa_index.models.files import find

TRUE_ARTICLES = 1_400  # about 20,000 chunks, whose vectors the large library is made of
QUESTIONS = 200
CHUNKS_PER_ARTICLE = 13  # of these articles, rather too few
AGAIN_ARTICLES = 100_000  # a run without changes is told for so many
MEASURED = "scale.jsonl"

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
DataArgument = Annotated[Path, typer.Argument(help="The folder that holds realtimeqa/.", exists=True, file_okay=False)]
KeepOption = Annotated[Path, typer.Option("--keep", help="Where everything is made and kept; needs 20 GB of disk.")]


@dataclass(frozen=True, slots=True)
class Bench:
    """Where things are made, who runs the processes that are measured, and what came of them so far."""

    data: Path
    folder: Path
    run: children.Runner = children.run

    def measured(self, figure: str, code: str, job: Job, **facts: object) -> dict[str, Any]:
        """Do a job in a process of its own; keep and return what it found."""
        say(f"{figure} …")
        ran = self.run(code, job.argument, folder=self.folder)
        line = {"figure": figure, **facts, **ran.result, "process_seconds": ran.seconds}
        with (self.folder / MEASURED).open("a", encoding="utf-8") as file:
            file.write(json.dumps({**line, **machine()}) + "\n")
        return line

    def records(self) -> list[scale_articles.Record]:
        """Read the real articles."""
        return scale_articles.real(self.data / "realtimeqa" / "articles_2023.jsonl.gz")

    def articles(self, count: int) -> Path:
        """Make so many articles, unless they are there."""
        folder = self.folder / f"articles-{count}"
        if not folder.exists():
            say(f"Writing {count:,} articles …")
            draft = folder.with_suffix(".unfinished")
            shutil.rmtree(draft, ignore_errors=True)
            scale_articles.write(self.records(), draft, count)
            draft.rename(folder)
        return folder

    def job(self, name: str, store: str, **more: Any) -> Job:  # noqa: ANN401 - any field of a job
        """Describe a job on one of our libraries, or a peer's."""
        return Job(name, str(self.folder / store), chunk_tokens=scale_jobs.CHUNK_TOKENS, **more)


@app.command()
def articles(data: DataArgument, count: int, out: Path) -> None:
    """Write COUNT articles into the folder OUT: JSON lines, some web pages, some plain text."""
    size = scale_articles.write(Bench(data, out).records(), out, count)
    show(*_table({"articles": f"{count:,}", "MB": f"{size / 1e6:.1f}", "in": str(out)}))


@app.command()
def ingest(
    data: DataArgument,
    keep: KeepOption,
    count: Annotated[int, typer.Option("--articles", metavar="N", min=1)] = 26_000,
    rounds: Annotated[int, typer.Option(metavar="N", min=0, help="Turns that ours and the textbook take.")] = 5,
    sample: Annotated[int, typer.Option(metavar="N", min=1, help="Articles of one turn.")] = 40,
) -> None:
    """Index N articles, again without changes, and a sample beside the textbook: llama-index, PyTorch and Chroma."""
    bench = _bench(data, keep)
    show(*_table(measure_ingest(bench, count)))
    if rounds and (missing := peers.missing()):
        say(f"The textbook ingest is not measured: it needs {', '.join(missing)}. Run `make peers`.")
    elif rounds:
        show(*_table(measure_beside(bench, rounds=rounds, sample=sample)))


@app.command()
def search(
    data: DataArgument,
    keep: KeepOption,
    chunks: Annotated[int, typer.Option(metavar="N", min=1)] = 500_000,
    true_articles: Annotated[int, typer.Option(metavar="N", min=1, hidden=True)] = TRUE_ARTICLES,
) -> None:
    """Search a library of N chunks, without and with filters; its vectors are 20,000 true ones, moved a little."""
    show(*_table(measure_search(_bench(data, keep), chunks, true_articles=true_articles)))


def measure_ingest(bench: Bench, count: int) -> dict[str, str]:
    """Index so many articles into a new library, then look at them again."""
    folder, store = str(bench.articles(count)), f"library-{count}"
    shutil.rmtree(bench.folder / store, ignore_errors=True)
    first = bench.measured("ingest", scale_jobs.CODE, bench.job("ingest", store, folder=folder), made=count)
    again = bench.measured("ingest again", scale_jobs.CODE, bench.job("ingest", store, folder=folder), made=count)
    return {
        "articles": f"{first['articles']:,}",
        "chunks": f"{first['chunks']:,}",
        "failures": str(first["failures"]),
        "seconds": f"{first['seconds']:,.1f}",
        **{f"seconds of {stage}": f"{seconds:,.1f}" for stage, seconds in first["stages"].items()},
        "chunks a second": f"{first['chunks_added'] / first['seconds']:.1f}",
        "most memory, MB": f"{first['peak_mb']:,.0f}",
        "… without mapped files, MB": f"{first['peak_own_mb']:,.0f}",
        "again without changes, s": f"{again['seconds']:.2f}",
        f"… for {AGAIN_ARTICLES:,} articles, s": f"{again['seconds'] * AGAIN_ARTICLES / count:.1f}",
        "… changes": str(sum(again["counts"][kind] for kind in ("added", "changed", "removed"))),
    }


def measure_beside(bench: Bench, *, rounds: int, sample: int) -> dict[str, str]:
    """Index the same plain texts by turns, ours and the textbook, each turn others; the median turn counts."""
    texts = bench.folder / f"texts-{rounds}-{sample}"
    for number, record in zip(
        range(rounds * sample), scale_articles.made(bench.records(), rounds * sample), strict=True
    ):
        path = path_of(texts, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(record["text"].encode("utf-8", "replace"))
    subjects = {"citewell": ours.CODE, "llama-index": peers.CODE}
    for subject in subjects:
        shutil.rmtree(bench.folder / f"beside-{subject}", ignore_errors=True)
    weights = str(find(None).folder)
    rates: dict[str, list[float]] = {subject: [] for subject in subjects}
    sizes: dict[str, list[float]] = {subject: [] for subject in subjects}
    for turn in range(rounds):
        part = {"folder": str(texts), "first": turn * sample, "last": (turn + 1) * sample, "weights": weights}
        for subject, code in subjects.items():
            job = bench.job("index", f"beside-{subject}", subject=subject, **part)
            done = bench.measured(f"{subject}, turn {turn + 1}", code, job, beside=sample)
            rates[subject].append(done["chunks_added"] / done["seconds"])
            sizes[subject].append(done["bytes"] / 1e6 / done["seconds"])
    return {
        **{f"{subject}, chunks a second": f"{median(rate):.1f}" for subject, rate in rates.items()},
        "times the textbook's chunks a second": f"{_ratio(rates):.2f}",
        "times its text a second": f"{_ratio(sizes):.2f}",
    }


def measure_search(bench: Bench, chunks: int, *, true_articles: int = TRUE_ARTICLES) -> dict[str, str]:
    """Fill a library with so many chunks, and search it."""
    true = bench.folder / f"true-{true_articles}.npy"
    if not true.exists():
        few = str(bench.articles(true_articles))
        bench.measured("true vectors", scale_jobs.CODE, bench.job("ingest", f"library-{true_articles}", folder=few))
        bench.measured(
            "keeping them", scale_jobs.CODE, bench.job("vectors", f"library-{true_articles}", model=str(true))
        )
    folder = bench.articles(math.ceil(chunks / CHUNKS_PER_ARTICLE))
    filled = bench.measured(
        "filling", scale_jobs.CODE, bench.job("fill", f"filled-{chunks}", folder=str(folder), model=str(true))
    )
    asked = scale_jobs.questions(
        bench.data / "realtimeqa" / "questions_2023.jsonl.gz", QUESTIONS + scale_jobs.UNMEASURED
    )
    job = bench.job("search", f"filled-{chunks}", questions=asked, unmeasured=scale_jobs.UNMEASURED)
    found = bench.measured("search", scale_jobs.CODE, job, chunks=filled["chunks"])
    ways: Mapping[str, Mapping[str, float]] = found["milliseconds"]
    return {
        "chunks": f"{filled['chunks']:,}",
        "filling, s": f"{filled['seconds']:,.1f}",
        "filling, most memory, MB": f"{filled['peak_mb']:,.0f}",
        **{
            f"search, {way}, {place}, ms": f"{took:.1f}" for way, times in ways.items() for place, took in times.items()
        },
        "first search, s": f"{found['first_seconds']:.2f}",
        "most memory, MB": f"{found['peak_mb']:,.0f}",
        "… without mapped files, MB": f"{found['peak_own_mb']:,.0f}",
    }


def _ratio(rates: Mapping[str, Sequence[float]]) -> float:
    ours_rates, theirs = rates.values()
    return median(our / their for our, their in zip(ours_rates, theirs, strict=True))


def _bench(data: Path, keep: Path) -> Bench:
    keep.mkdir(parents=True, exist_ok=True)
    return Bench(data, keep.absolute())


def _table(figures: Mapping[str, str]) -> tuple[Table, ...]:
    return (Table(("figure", "value"), tuple(figures.items())),)


if __name__ == "__main__":
    try:
        app()
    except QAError as error:
        say(str(error))
        sys.exit(1)

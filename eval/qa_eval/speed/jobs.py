"""What every measured process does alike, whoever it measures: read its job, time its questions, say what came out."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from qa_eval.speed.texts import path_of

FOUND = 10  # passages, of every search


@dataclass(frozen=True, slots=True)
class Job:
    """What one process is asked to do, in words that survive a command line.

    `store` is the folder that keeps what was indexed. The texts are the files of `folder`, or the generated articles
    [first, last) below it. With `again`, an earlier process may have begun this. `questions` are triples of question,
    answer and the file that says so ("" where not known); the first `unmeasured` of them only warm up. `weights` is
    the folder of the embedding model, `model` the folder where Chroma's own is looked for.
    """

    name: str
    store: str
    subject: str = ""
    folder: str = ""
    first: int | None = None
    last: int | None = None
    again: bool = False
    questions: tuple[tuple[str, str, str], ...] = ()
    unmeasured: int = 0
    chunk_tokens: int = 160
    weights: str = ""
    model: str = ""

    @property
    def argument(self) -> str:
        """The job as one argument of a command."""
        return json.dumps(asdict(self), ensure_ascii=True)

    def files(self, have: Collection[str] = ()) -> list[Path]:
        """List the files to index, without those whose names are in `have`."""
        if self.first is None or self.last is None:
            found = sorted(Path(self.folder).glob("[0-9]*.txt"))
        else:
            found = [path_of(Path(self.folder), number) for number in range(self.first, self.last)]
        return [path for path in found if path.name not in have]


def serve(jobs: Mapping[str, Callable[[Job], Mapping[str, Any]]]) -> None:
    """Do the job that the command line names, and print what came of it as one line of JSON."""
    described = json.loads(sys.argv[1])
    described["questions"] = tuple(tuple(each) for each in described["questions"])
    job = Job(**described)
    sys.stdout.write(json.dumps(jobs[job.name](job)) + "\n")
    sys.stdout.flush()


def size_of(files: Sequence[Path]) -> int:
    """Return the size of some files in bytes."""
    return sum(path.stat().st_size for path in files)


def names_file(found: list[str], asked: tuple[str, str, str]) -> bool:
    """Whether what a search found comes from the file that answers."""
    return asked[2] in found


def says_answer(found: list[str], asked: tuple[str, str, str]) -> bool:
    """Whether one of the texts found holds the words that answer."""
    return any(asked[1] in said for said in found)


def timed(
    job: Job, do: Callable[[str], list[str]], *, right: Callable[[list[str], tuple[str, str, str]], bool] = names_file
) -> dict[str, Any]:
    """Do the same with every question; return the milliseconds of each, and how many known answers were found."""
    for question, _, _ in job.questions[: job.unmeasured]:
        do(question)
    milliseconds, known, found = [], 0, 0
    for asked in job.questions[job.unmeasured :]:
        began = time.perf_counter()
        result = do(asked[0])
        milliseconds.append(round(1000 * (time.perf_counter() - began), 3))
        known += bool(asked[2])
        found += bool(asked[2]) and right(result, asked)
    return {"milliseconds": milliseconds, "known": known, "found": found}

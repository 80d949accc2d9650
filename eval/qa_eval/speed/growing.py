"""Grow the libraries step by step and measure each at every size, everyone in turn: all see the same machine."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from qa_eval.speed import float32, ours, peers, texts
from qa_eval.speed.children import ChildFailed, Ran, Runner
from qa_eval.speed.jobs import Job
from qa_eval.speed.kept import SEEDS, Kept, Measurement

SIZES = (1_000, 10_000, 100_000, 1_000_000)  # chunks, about
QUESTIONS, UNMEASURED = 50, 5
TEXTS, OURS = "texts", "citewell"
NOT_ANSWERED = 3  # the exit code of `qa ask` where the articles do not say
PARTS = ("catalog", "chroma", "lexical", "snapshot")  # of our library, by how their names begin

Question = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody who is measured: a name, what a person reads, how its processes begin, what they do at every size."""

    name: str
    title: str
    code: str
    jobs: tuple[str, ...]


CITEWELL = Subject(OURS, "Citewell", ours.CODE, ("cold", "cold_answer", "warm", "warm_answer"))
PEERS = (
    Subject("llama-index", "llama-index + Chroma", peers.CODE, ("cold", "warm")),
    Subject("chroma", "Chroma by itself", peers.CODE, ("cold", "warm")),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure. `seeds` is the folder of the shipped articles, `asked` what is asked about them.

    `model` is where Chroma finds the model of its own embedding function, `weights` the folder of the embedder's
    and `embedder` its name.
    """

    sizes: tuple[int, ...]
    repeats: int
    seeds: Path
    asked: tuple[str, ...]
    peers: tuple[Subject, ...] = ()
    peer_sizes: tuple[int, ...] = ()
    chunk_tokens: int = 160
    weights: Path = Path()
    embedder: str = ""
    model: Path = Path()

    def subjects(self, size: int) -> tuple[Subject, ...]:
        """Everybody who is measured at a size."""
        return (CITEWELL, *(self.peers if size == SEEDS or size in self.peer_sizes else ()))

    def jobs(self, subject: Subject, size: int) -> tuple[str, ...]:
        """Say what a subject does at a size, indexing first."""
        return ("index", *subject.jobs, *(("help",) if subject == CITEWELL and size == SEEDS else ()))

    def articles(self, size: int) -> tuple[int, int]:
        """Return the numbers [first, last) of the articles that come to the library for it to reach a size."""
        before = max((each for each in self.sizes if each < size), default=0)
        return before // texts.CHUNKS_PER_ARTICLE, size // texts.CHUNKS_PER_ARTICLE

    def questions(self, size: int) -> tuple[Question, ...]:
        """Return what is asked at a size, first what only warms up; at every size but the seeds the same."""
        first = min(self.sizes, default=SIZES[0]) // texts.CHUNKS_PER_ARTICLE
        about = texts.questions(QUESTIONS + UNMEASURED, articles=first)
        made = [(each.question, each.answer, each.source) for each in about]
        if size == SEEDS:
            return (*((each[0], "", "") for each in made[:UNMEASURED]), *((each, "", "") for each in self.asked))
        return tuple(made)


@dataclass(slots=True)
class Growing:
    """One measuring: `measure` goes on until all is done; `failures` says what could not be measured and why."""

    plan: Plan
    kept: Kept
    run: Runner
    told: Callable[[str], None] = lambda line: None
    failures: dict[str, str] = field(default_factory=dict)

    def measure(self) -> None:
        """Measure what is not measured yet."""
        for size in (SEEDS, *self.plan.sizes):
            subjects = [subject for subject in self.plan.subjects(size) if self._is_due(subject, size)]
            if subjects:
                self._write(size)
            for subject in subjects:
                self._attempt(subject, size, self._grow)
            for number in range(self.plan.repeats):
                for subject in subjects:
                    self._attempt(subject, size, partial(self._ask, number))

    def _is_due(self, subject: Subject, size: int) -> bool:
        """Whether something is left to measure, and the subject's library has not outgrown this size."""
        jobs = [(job, number) for job in self.plan.jobs(subject, size) for number in range(self.plan.repeats)]
        if all((subject.name, size, *each) in self.kept for each in [("disk", 0), *jobs]):
            return False
        if size == SEEDS or size >= (grown := self.kept.grown_to(subject.name)):
            return True
        self.told(f"{subject.title} is not measured at {at(size)}: its library has grown to {at(grown)} already.")
        return False

    def _attempt(self, subject: Subject, size: int, step: Callable[[Subject, int], None]) -> None:
        """Do a step, unless the subject failed before; if it fails now, the others go on."""
        if subject.name in self.failures:
            return
        try:
            step(subject, size)
        except ChildFailed as error:
            self.failures[subject.name] = f"{subject.title} could not be measured further than {at(size)}: {error}"

    def _write(self, size: int) -> None:
        """Write the articles that a size adds, and note how many there are now and how much text."""
        key = (TEXTS, size, TEXTS, 0)
        if size == SEEDS:
            files = Job(TEXTS, "", folder=str(self.plan.seeds)).files()
            count, total = len(files), sum(path.stat().st_size for path in files)
        else:
            _, last = self.plan.articles(size)
            self.told(f"Writing articles up to {at(size)} …")
            count, total = last, texts.write(self._texts, 0, last)
        if key not in self.kept:
            self.kept.add(Measurement(*key, result={"articles": count, "bytes": total}))

    def _grow(self, subject: Subject, size: int) -> None:
        """Bring a subject's library to a size, in as many runs as there are repeats, and weigh it."""
        if size == SEEDS and (subject.name, size, "index", 0) not in self.kept:
            self._prepare(subject)
        for number in range(self.plan.repeats):
            if (subject.name, size, "index", number) in self.kept:
                continue
            self.told(f"{subject.title}, {at(size)}: indexing, run {number + 1} of {self.plan.repeats} …")
            ran = self._index_seeds(subject, number) if size == SEEDS else self._index(subject, size, number)
            self._add(subject, size, "index", number, ran)
        if (subject.name, size, "disk", 0) not in self.kept:
            weight = _disk(self._store(subject, size))
            total = {"total": weight["total"]}
            self.kept.add(Measurement(subject.name, size, "disk", result=weight if subject == CITEWELL else total))

    def _prepare(self, subject: Subject) -> None:
        """Let a subject make once what it makes once on a machine, so that no measurement pays for it."""
        if subject.name == "chroma" and not float32.is_whole(self.plan.model):
            job = Job("export", "", model=str(self.plan.model), weights=str(self.plan.weights))
            self.run(float32.CODE, job.argument, folder=self.kept.folder)
        self.told(f"{subject.title}: warming up …")
        self._index_seeds(subject, self.plan.repeats)
        shutil.rmtree(self._seeds_store(subject, self.plan.repeats), ignore_errors=True)

    def _index_seeds(self, subject: Subject, number: int) -> Ran:
        """Index the seeds anew, each time into a folder of its own; ours as a person does, by the command."""
        store = self._seeds_store(subject, number)
        shutil.rmtree(store, ignore_errors=True)
        if subject == CITEWELL:
            arguments = ("index", str(self.plan.seeds), "--library", str(store))
            return self.run(ours.COMMAND, *arguments, folder=self.kept.folder)
        return self._run(subject, replace(self._job("index", subject, store), folder=str(self.plan.seeds)))

    def _index(self, subject: Subject, size: int, number: int) -> Ran:
        """Add the share of a run to a library that grows; what is there from a run that was interrupted is left out."""
        first, last = self.plan.articles(size)
        low, high = (first + (last - first) * each // self.plan.repeats for each in (number, number + 1))
        job = self._job("index", subject, self._store(subject, size))
        again = self.kept.continued
        return self._run(subject, replace(job, folder=str(self._texts), first=low, last=high, again=again))

    def _ask(self, number: int, subject: Subject, size: int) -> None:
        """Let a subject do each of its jobs once."""
        for name in self.plan.jobs(subject, size)[1:]:
            if (subject.name, size, name, number) in self.kept:
                continue
            self.told(f"{subject.title}, {at(size)}: {name.replace('_', ' ')}, {number + 1} of {self.plan.repeats} …")
            self._add(subject, size, name, number, self._asked(name, subject, size))

    def _asked(self, name: str, subject: Subject, size: int) -> Ran:
        questions = self.plan.questions(size)
        store = self._store(subject, size)
        if name == "help":
            return self.run(ours.COMMAND, "--help", folder=self.kept.folder)
        if name == "cold_answer":
            arguments = ("ask", questions[-1][0], "--library", str(store))
            return self.run(ours.COMMAND, *arguments, folder=self.kept.folder, allowed=(0, NOT_ANSWERED))
        chosen = questions[-1:] if name == "cold" else questions
        unmeasured = min(UNMEASURED, len(questions) - 1)
        return self._run(subject, replace(self._job(name, subject, store), questions=chosen, unmeasured=unmeasured))

    def _run(self, subject: Subject, job: Job) -> Ran:
        return self.run(subject.code, job.argument, folder=self.kept.folder)

    def _job(self, name: str, subject: Subject, store: Path) -> Job:
        plan = self.plan
        return Job(
            name,
            str(store),
            subject=subject.name,
            chunk_tokens=plan.chunk_tokens,
            weights=str(plan.weights),
            model=str(plan.model),
        )

    def _add(self, subject: Subject, size: int, job: str, number: int, ran: Ran) -> None:
        self.kept.add(Measurement(subject.name, size, job, number, ran.seconds, ran.first, ran.peak_mb, ran.result))

    @property
    def _texts(self) -> Path:
        return self.kept.folder / TEXTS

    def _store(self, subject: Subject, size: int) -> Path:
        if size == SEEDS:
            return self._seeds_store(subject, self.plan.repeats - 1)
        return self.kept.folder / "grown" / subject.name

    def _seeds_store(self, subject: Subject, number: int) -> Path:
        return self.kept.folder / "seeds" / f"{subject.name}-{number}"


def at(size: int) -> str:
    """Name a size for a person."""
    return "the seeds" if size == SEEDS else f"{size:,} chunks"


def _disk(store: Path) -> dict[str, int]:
    """Weigh a library in bytes, by its parts; "total" is all of it."""
    parts: Counter[str] = Counter(total=0)
    for path in store.rglob("*"):
        if path.is_file():
            top = path.relative_to(store).parts[0]
            size = path.stat().st_size
            parts[next((part for part in PARTS if top.startswith(part)), "other")] += size
            parts["total"] += size
    return dict(parts)

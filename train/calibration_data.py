"""What the reader measures for questions that it was not trained on: examples for the calibration.

A third of the questions lose the passages that hold their answer, and a third are asked again with a false premise, so
that the best of the rest must be refused.
"""

from __future__ import annotations

import pickle
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from reader_data import TRAINED_ARTICLES, WATCHED_ARTICLES, lines, squad_articles
from reader_negatives import changed, things

import qa
from qa.features import NAMES, Measured
from qa.reader import PassageReader, candidate
from qa.types import Passage, Question, Understood
from qa.understand import understand
from qa_eval.golden import resolve
from qa_eval.metrics.text import f1, states
from qa_eval.suites import open_suite
from qa_index.errors import UsageError
from qa_index.models.spanreader import SpanReader
from qa_index.reading.articles import from_text

SEED = 20220106
PASSAGES = 10
SAME = 0.6  # token F1 from which a span counts as the answer


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its accepted answers, and the paragraph that holds one; no answers if none does."""

    question: str
    answers: tuple[str, ...]
    paragraph: str


@dataclass(frozen=True, slots=True)
class Example:
    """What the reader measured for one question: rows of shape (sentences, features), and which rows are right."""

    group: str
    question: str
    rows: NDArray[np.float32]
    right: NDArray[np.bool_]
    said: tuple[str, ...]

    @property
    def answerable(self) -> bool:
        """Whether the articles that were asked answer it."""
        return self.group.endswith("/some")


def squad(path: Path, *, questions: int) -> tuple[list[tuple[str, str]], list[Asked]]:
    """Return the paragraphs of a few articles with their titles, and a sample of questions about them."""
    chosen = squad_articles(path)[TRAINED_ARTICLES:WATCHED_ARTICLES]
    paragraphs = [(a["title"].replace("_", " "), p["context"]) for a in chosen for p in a["paragraphs"]]
    asked = [
        Asked(q["question"], tuple(dict.fromkeys(x["text"] for x in q["answers"])), p["context"])
        for a in chosen
        for p in a["paragraphs"]
        for q in p["qas"]
    ]
    return paragraphs, random.Random(SEED).sample(asked, min(questions, len(asked)))


def records(path: Path, *, questions: int) -> tuple[list[tuple[str, str]], list[Asked]]:
    """Return paragraphs and questions of a set in JSON Lines (QED, ESTER)."""
    found = list(lines(path))
    found = random.Random(SEED).sample(found, min(questions, len(found)))
    paragraphs = list(dict.fromkeys((r["title"] or "", r["context"]) for r in found))
    return paragraphs, [Asked(r["question"], tuple(x["text"] for x in r["answers"]), r["context"]) for r in found]


def examples(
    paragraphs: Sequence[tuple[str, str]], asked: Sequence[Asked], *, name: str, cache: Path
) -> Iterator[Example]:
    """Ask a library of these paragraphs, measure what is found; withhold some paragraphs, ask some false questions."""
    chooser = random.Random(SEED)
    known = lru_cache(maxsize=None)(things)
    with qa.open(cache / name) as library:
        if not library.articles():
            library.add(*(from_text(text, title=title or None) for title, text in paragraphs))
        reader = _reader(library)
        for number, one in enumerate(asked):
            found = library.search(one.question, limit=PASSAGES + 2)
            withheld = number % 3 == 0 and bool(one.answers)
            if withheld:
                left = [passage for passage in found if passage.article.text != one.paragraph]
                yield from _measured(reader, replace(one, answers=()), left, name)
                continue
            yield from _measured(reader, one, found, name)
            others = [known(passage.article.text) for passage in found]
            false = changed(one.question, one.paragraph.lower(), others, chooser) if number % 3 == 1 else ""
            if false and one.answers:
                yield from _measured(reader, Asked(false, (), ""), library.search(false, limit=PASSAGES), name)


def _measured(reader: PassageReader, one: Asked, passages: Sequence[Passage], name: str) -> Iterator[Example]:
    try:
        understood = understand(Question(one.question))
    except UsageError:
        return
    found = reader.measure(understood, passages[:PASSAGES])
    said = [_said(understood, m) for m in found]
    right = [
        m.sentence.article.text == one.paragraph and _is_right(s, one.answers) for m, s in zip(found, said, strict=True)
    ]
    yield _example(f"{name}/{'some' if one.answers else 'none'}", one.question, found, right, said)


def _said(understood: Understood, measured: Measured) -> str:
    return candidate(understood, measured, 0.0).short or measured.sentence.text


def _example(
    group: str, question: str, found: Sequence[Measured], right: Sequence[bool], said: Sequence[str]
) -> Example:
    rows = np.array([m.row for m in found], np.float32).reshape(len(found), len(NAMES))
    return Example(group, question, rows, np.array(right, bool), tuple(said))


def _is_right(said: str, answers: Sequence[str]) -> bool:
    return bool(answers) and (states(said, answers) or f1(said, answers) >= SAME)


def _reader(library: qa.Library) -> PassageReader:
    reader = library.reader
    assert isinstance(reader, PassageReader)
    return reader


def suite_examples(name: str, articles: Path, *, cache: Path) -> Iterator[Example]:
    """Measure what is found for the questions of a suite, which says itself which of them nothing answers."""
    suite = open_suite(name)
    with tempfile.TemporaryDirectory(dir=cache) as folder, qa.open(folder) as library:
        library.add(articles)
        known = resolve(suite, library.articles(), retold=True).known
        for case in suite.cases:
            understood = understand(Question(case.question))
            found = _reader(library).measure(understood, library.search(case.question, limit=PASSAGES))
            said = [_said(understood, m) for m in found]
            right = [
                m.sentence.article.id in known[case.id].grades and _is_right(s, case.answers)
                for m, s in zip(found, said, strict=True)
            ]
            yield _example(f"{name}/{'some' if case.answerable else 'none'}", case.question, found, right, said)


def collect(data: Path, out: Path, *, questions: int, wordings: Sequence[Path]) -> dict[str, list[Example]]:
    """Return the examples of each set; what an earlier run of the same model left in `out` is read from there."""
    model = SpanReader.load().name.replace("/", "-")
    sets: dict[str, Callable[[], Iterator[Example]]] = {
        "qed": lambda: examples(*records(data / "qed/dev.jsonl.gz", questions=questions), name="qed", cache=out),
        "squad": lambda: examples(
            *squad(data / "squad/dev-v2.0-half.json.gz", questions=questions), name="squad", cache=out
        ),
        "ester": lambda: examples(*records(data / "ester/dev.jsonl.gz", questions=questions), name="ester", cache=out),
    }
    for number, articles in enumerate((Path(__file__).parents[1] / "seeds", *wordings)):
        sets[f"seeds_dev-{number}"] = partial(suite_examples, "seeds_dev", articles, cache=out)
    found = {}
    for name, measured in sets.items():
        path = out / f"{model}-{len(NAMES)}-{name}.pickle"
        if not path.is_file():
            started = time.monotonic()
            path.write_bytes(pickle.dumps(list(measured())))
            print(f"{name}: measured in {time.monotonic() - started:.0f} s", flush=True)
        found[name] = pickle.loads(path.read_bytes())
    return found

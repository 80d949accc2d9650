"""What the span reader is shown, step by step: the same at the same step, whenever the training was interrupted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from reader_data import Collection, collect
from reader_model import Example
from reader_negatives import Embed, near, spoilt
from reader_pieces import Pieces, Span

SEED = 20220106
BATCH = 24  # examples of a step
POOL = 50  # batches whose examples are sorted by length together, so that those of one batch are alike
SOURCES = ("squad", "squad2", "qed", "ester", "news", "qamr", "edit")
COPIES = {"ester": 2, "news": 2}  # in one pass
IMPOSSIBLE = 4  # copies of a question of SQuAD 2.0 that nothing answers
WITHOUT = 1 / 3  # wrong passages, and wrong questions, per question that is answered: 60, 20 and 20 %
TITLED, DATED, ANY_DATE = (
    0.5,
    0.7,
    0.2,
)  # how often a passage has its title; then its date; or some date, if it has none
LOSES_MARK, GETS_MARK = 0.1, 0.6  # how often a question loses its question mark, or gets the one it lacks

Table = dict[str, NDArray[np.integer | np.floating]]


def prepare(folder: Path, path: Path, pieces: Pieces, embed: Embed) -> None:
    """Write everything that is trained on to `path`, cut into word pieces; some minutes."""
    found = collect(folder)
    nearby = near(found, embed)
    found.asked += spoilt(found, nearby, seed=SEED)
    table = _table(found, nearby, pieces)
    with path.with_suffix(".new").open("wb") as file:
        np.savez(file, **table)  # type: ignore[arg-type]
    path.with_suffix(".new").replace(path)


def _table(found: Collection, nearby: NDArray[np.int32], pieces: Pieces) -> Table:
    """Return texts as word pieces in one row, and everything else by numbers."""
    titles = list(dict.fromkeys(p.title for p in found.passages))
    dates = list(dict.fromkeys(p.date for p in found.passages))
    spans: list[Span] = []
    counts, passages = [], [pieces.placed(p.text) for p in found.passages]
    for one in found.asked:
        spans += [_placed(span, passages[one.passage][1]) for span in one.spans]
        counts.append(len(one.spans))
    title, date = ({text: number for number, text in enumerate(texts)} for texts in (titles, dates))
    return {
        "spans": np.array([span[:2] for span in spans], np.int16),
        "weights": np.array([span[2] for span in spans], np.float32),
        "span_bounds": np.cumsum([0, *counts], dtype=np.int32),
        "near": nearby,
        "question_passage": np.array([one.passage for one in found.asked], np.int32),
        "question_source": np.array([SOURCES.index(one.source) for one in found.asked], np.int8),
        "passage_title": np.array([title[p.title] for p in found.passages], np.int32),
        "passage_date": np.array([date[p.date] for p in found.passages], np.int32),
        **_row("question", pieces.ids([one.question for one in found.asked])),
        **_row("passage", [ids for ids, _ in passages]),
        **_row("title", pieces.ids(titles)),
        **_row("date", pieces.ids(dates)),
    }


def _placed(span: Span, places: NDArray[np.int32]) -> Span:
    """Return a span of characters as one of word pieces, the last one included."""
    start, end, weight = span
    first = int(np.searchsorted(places[:, 1], start, side="right"))
    last = int(np.searchsorted(places[:, 0], end, side="left")) - 1
    return first, max(first, last), weight


def _row(name: str, texts: Sequence[Sequence[int]]) -> Table:
    lengths = [len(text) for text in texts]
    joined = np.fromiter((number for text in texts for number in text), np.uint16, sum(lengths))
    return {name: joined, f"{name}_bounds": np.cumsum([0, *lengths], dtype=np.int64)}


@dataclass(frozen=True, slots=True)
class Shown:
    """One question with one passage; `answered` tells whether the passage is the one that answers it."""

    question: int
    passage: int
    answered: bool


class Lessons:
    """All that is trained on.

    One pass shows each question once with the passage that answers it, a third as many wrong passages, and as many
    wrong questions.
    """

    def __init__(self, path: Path, pieces: Pieces, *, questions: int | None = None) -> None:
        self._table = dict(np.load(path))
        self._pieces = pieces
        counts = np.diff(self._table["span_bounds"])
        source = self._table["question_source"]
        answered, impossible, edited = (
            np.flatnonzero(chosen)
            for chosen in (
                counts > 0,
                (counts == 0) & (source == SOURCES.index("squad2")),
                source == SOURCES.index("edit"),
            )
        )
        if questions is not None:  # to see whether so few can be learnt by heart
            answered, impossible, edited = (
                chosen[:: len(chosen) // few][:few]
                for chosen, few in ((answered, questions), (impossible, questions // 6), (edited, questions // 6))
            )
        copies = np.array([COPIES.get(name, 1) for name in SOURCES])
        self._answered = np.repeat(answered, copies[source[answered]])
        self._impossible, self._edited = np.repeat(impossible, IMPOSSIBLE if questions is None else 1), edited
        self.questions = questions
        self.batches = len(self._order(0)) // BATCH  # of one pass
        self._pass = lru_cache(maxsize=1)(self._batches)

    def batch(self, step: int) -> list[Example]:
        """Return the examples of a step, counted from 0."""
        number, place = divmod(step, self.batches)
        random = np.random.default_rng((SEED, step))
        return [self._example(shown, random) for shown in self._pass(number)[place]]

    def counts(self) -> Counter[str]:
        """Count the examples of the first pass by where they are from."""
        found: Counter[str] = Counter()
        for shown in self._order(0):
            source = SOURCES[self._table["question_source"][shown.question]]
            own = shown.passage == self._table["question_passage"][shown.question]
            found[f"{source}, {'answered' if shown.answered else 'not answered' if own else 'wrong passage'}"] += 1
        return found

    def _order(self, number: int) -> list[Shown]:
        """Return what a pass shows, shuffled."""
        random = np.random.default_rng((SEED, 1, 0 if self.questions else number))
        passage, nearby = self._table["question_passage"], self._table["near"]
        shown = [Shown(int(q), int(passage[q]), True) for q in self._answered]
        with_near = self._answered[nearby[self._answered, 0] >= 0]
        with_near = with_near[self._table["question_source"][with_near] != SOURCES.index("qamr")]
        few = int(len(self._answered) * WITHOUT)
        for question in random.choice(with_near, min(few, len(with_near)), replace=False):
            some = nearby[question][nearby[question] >= 0]
            shown.append(Shown(int(question), int(random.choice(some)), False))
        rest = random.choice(self._edited, min(max(0, few - len(self._impossible)), len(self._edited)), replace=False)
        shown += [Shown(int(q), int(passage[q]), False) for q in (*self._impossible, *rest)]
        random.shuffle(shown)
        return shown

    def _batches(self, number: int) -> list[list[Shown]]:
        """Cut a pass into batches of examples of about the same length, in any order."""
        order = self._order(number)[: self.batches * BATCH]
        lengths = np.diff(self._table["question_bounds"]), np.diff(self._table["passage_bounds"])
        made = []
        for first in range(0, len(order), POOL * BATCH):
            pool = sorted(
                order[first : first + POOL * BATCH], key=lambda s: lengths[0][s.question] + lengths[1][s.passage]
            )
            made += [pool[place : place + BATCH] for place in range(0, len(pool), BATCH)]
        np.random.default_rng((SEED, 2, number)).shuffle(made)
        return made

    def _text(self, name: str, number: int) -> list[int]:
        first, last = self._table[f"{name}_bounds"][number : number + 2]
        ids: list[int] = self._table[name][first:last].tolist()
        return ids

    def _example(self, shown: Shown, random: np.random.Generator) -> Example:
        """Make an example: a title or none, a window if the passage is long."""
        question = self._marked(shown.question, random)
        prefix = self._prefix(shown.passage, random)
        text, spans = self._text("passage", shown.passage), list(self._spans(shown.question)) if shown.answered else []
        room = self._pieces.room(question, prefix)
        if len(text) > room:
            low, high = 0, len(text) - room
            if spans:  # where one of the answers is seen
                first, last, _ = spans[int(random.choice(len(spans), p=_shares(spans)))]
                low, high = max(0, min(high, last - room + 1)), max(0, min(high, first))
            start = int(random.integers(low, max(low, high) + 1))
            text = text[start : start + room]
            spans = [(a - start, z - start, w) for a, z, w in spans if start <= a and z < start + room]
        spans = [(a, z, w) for (a, z, _), w in zip(spans, _shares(spans).tolist(), strict=True)]
        return self._pieces.join(question, prefix, text, spans)

    def _spans(self, question: int) -> Iterator[Span]:
        part = slice(*self._table["span_bounds"][question : question + 2])
        for (first, last), weight in zip(self._table["spans"][part], self._table["weights"][part], strict=True):
            yield int(first), int(last), float(weight)

    def _marked(self, number: int, random: np.random.Generator) -> list[int]:
        """Return a question, now and then with its mark taken away, or put there if people did not type one."""
        question, asks = self._text("question", number), self._pieces.asks
        ends, turn = question[-1:] == [asks], random.random()
        if ends:
            return question[:-1] if turn < LOSES_MARK else question
        return [*question, asks] if turn < GETS_MARK else question

    def _prefix(self, passage: int, random: np.random.Generator) -> list[int]:
        titled, dated, some = random.random(3)
        title = self._text("title", int(self._table["passage_title"][passage]))
        date = self._text("date", int(self._table["passage_date"][passage]))
        if titled >= TITLED or not title:
            return []
        if not date and some < ANY_DATE:
            date = self._text("date", int(random.integers(len(self._table["date_bounds"]) - 1)))
            return self._pieces.prefix(title, date)
        return self._pieces.prefix(title, date if dated < DATED else [])


def _shares(spans: Sequence[Span]) -> NDArray[np.float64]:
    weights = np.array([weight for _, _, weight in spans], np.float64)
    return weights / weights.sum() if len(weights) else weights

"""What the support model is shown, step by step: the same at the same step, whenever the training was interrupted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from reader_data import squad_articles
from reader_pieces import QUESTION_PIECES, Pieces
from support_making import Making, stock
from support_model import UNKNOWN, Example
from support_news import OfNews
from support_pairs import Pair, asked, labelled, news, quiz
from support_questions import OfQuestions
from support_statements import Statements, verbs_of

SEED = 20220106
BATCH = 32  # examples of a step
POOL = 50  # batches whose examples are sorted by length together
TITLED, DATED = 0.3, 0.7  # how often the evidence has its title; then its date
COPIES = {"rte1_test": 2, "rte2_test": 2, "rte3_test": 2, "healthver_dev": 2}

Table = dict[str, NDArray[np.integer]]


def collect(folder: Path) -> dict[str, list[Pair]]:
    """Return all pairs by what they are for: "train", "watched: …" and "tested: …"."""
    questions, told = asked(folder), list(news(folder))
    articles = squad_articles(folder / "squad/train-v1.1.json.gz")
    verbs = verbs_of(paragraph["context"] for article in articles for paragraph in article["paragraphs"])
    making = Making(*stock([one for one in told if one.part == "train"]), seed=SEED)
    questioned, reported = OfQuestions(making, Statements(verbs)), OfNews(making)
    found = labelled(folder)
    found["train"] = [copy for pair in found["train"] for copy in [pair] * COPIES.get(pair.source, 1)]
    quizzed = list(quiz(folder))
    for part in ("watched", "tested"):
        several = [pair for _ in range(4) for one in questions[part] for pair in questioned.of_question(one)]
        found[f"{part}: statements"] = list(dict.fromkeys(several))
        found[f"{part}: news quiz"] = [pair for one in quizzed if one.part == part for pair in questioned.of_quiz(one)]
        made = [pair for one in told if one.part == part for pair in reported.of_article(one)]
        found[f"{part}: news"] = [pair for pair in made if not pair.source.startswith("headlines")]
        found[f"{part}: headlines"] = [pair for pair in made if pair.source.startswith("headlines")]
    found["train"] += [pair for one in questions["train"] for pair in questioned.of_question(one)]
    found["train"] += [
        pair for _ in range(2) for one in quizzed if one.part == "train" for pair in questioned.of_quiz(one)
    ]
    found["train"] += [pair for one in told if one.part == "train" for pair in reported.of_article(one)]
    return found


def example(pair: Pair, pieces: Pieces, *, titled: bool = False, dated: bool = False) -> Example:
    """Cut a pair into word pieces; evidence that is too long loses its end."""
    title, day = pieces.ids([pair.title if titled else "", pair.day if titled and dated else ""])
    prefix = pieces.prefix(title, day)
    claim, places = pieces.placed(pair.claim)
    evidence = pieces.ids([pair.evidence])[0][: pieces.room(claim, prefix)]
    joined = pieces.join(claim, prefix, evidence)
    return Example(joined.ids, joined.segments, pair.supported, unsaid_of(pair, places))


def unsaid_of(pair: Pair, places: NDArray[np.int32]) -> list[int]:
    """Return for each word piece of the claim, with its marks, whether the evidence does not say it."""
    count = min(len(places), QUESTION_PIECES - 2)
    if pair.changed is None:
        return [UNKNOWN] * (count + 2)
    hit = [int(any(start < b and a < end for a, b in pair.changed)) for start, end in places[:count].tolist()]
    if not pair.supported and not any(hit):
        return [UNKNOWN] * (count + 2)
    return [0, *hit, 0]


def prepare(pairs: Sequence[Pair], path: Path, pieces: Pieces) -> None:
    """Write all that is trained on to `path`, cut into word pieces."""
    random = np.random.default_rng(SEED)
    shown = [
        example(pair, pieces, titled=t < TITLED, dated=d < DATED)
        for pair, (t, d) in zip(pairs, random.random((len(pairs), 2)), strict=True)
    ]
    sources = sorted({pair.source for pair in pairs})
    number = {source: n for n, source in enumerate(sources)}
    table = {
        **_row("ids", [e.ids for e in shown], np.uint16),
        **_row("unsaid", [e.unsaid for e in shown], np.uint8),
        "evidence_from": np.array([e.segments.index(1) for e in shown], np.int16),
        "supported": np.array([e.supported for e in shown], np.uint8),
        "source": np.array([number[pair.source] for pair in pairs], np.int16),
        "sources": np.array(sources),
    }
    with path.with_suffix(".new").open("wb") as file:
        np.savez(file, **table)  # type: ignore[arg-type]
    path.with_suffix(".new").replace(path)


def _row(name: str, texts: Iterable[Sequence[int]], kind: type) -> Table:
    some = list(texts)
    lengths = [len(text) for text in some]
    joined = np.fromiter((number for text in some for number in text), kind, sum(lengths))
    return {name: joined, f"{name}_bounds": np.cumsum([0, *lengths], dtype=np.int64)}


class Lessons:
    """All that is trained on; a pass shows every pair once."""

    def __init__(self, path: Path, *, pairs: int | None = None) -> None:
        self._table = dict(np.load(path))
        self._few = pairs
        self._order = np.arange(len(self._table["supported"]))
        if pairs is not None:  # to see whether so few can be learnt by heart
            self._order = self._order[:: len(self._order) // pairs][:pairs]
        self.batches = len(self._order) // BATCH
        self._pass = lru_cache(maxsize=1)(self._batches)

    def batch(self, step: int) -> list[Example]:
        """Return the examples of a step, counted from 0."""
        number, place = divmod(step, self.batches)
        return [self._example(int(one)) for one in self._pass(number)[place]]

    def counts(self) -> Counter[str]:
        """Count what is trained on by where it is from."""
        found: Counter[str] = Counter()
        for source, supported in zip(self._table["source"], self._table["supported"], strict=True):
            found[f"{self._table['sources'][source]}, {'said' if supported else 'not said'}"] += 1
        return found

    def _batches(self, number: int) -> list[NDArray[np.int64]]:
        """Cut a pass into batches of examples of about the same length, in any order."""
        random = np.random.default_rng((SEED, number))
        order = random.permutation(self._order)[: self.batches * BATCH]
        lengths = np.diff(self._table["ids_bounds"])
        made = []
        for first in range(0, len(order), POOL * BATCH):
            pool = order[first : first + POOL * BATCH]
            pool = pool[np.argsort(lengths[pool], kind="stable")]
            made += [pool[place : place + BATCH] for place in range(0, len(pool), BATCH)]
        return [made[place] for place in random.permutation(len(made))]

    def _text(self, name: str, number: int) -> list[int]:
        first, last = self._table[f"{name}_bounds"][number : number + 2]
        found: list[int] = self._table[name][first:last].tolist()
        return found

    def _example(self, number: int) -> Example:
        ids = self._text("ids", number)
        claim = int(self._table["evidence_from"][number])
        segments = [0] * claim + [1] * (len(ids) - claim)
        return Example(ids, segments, bool(self._table["supported"][number]), self._text("unsaid", number))

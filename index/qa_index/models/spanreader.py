"""Read a passage for a question: where in it the answer starts and ends, if it is there at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_index.models import files as models
from qa_index.models import graph
from qa_index.models.session import Session, open_session
from qa_index.models.trained import Trained
from qa_index.models.weights import read_bert
from qa_index.models.wordpieces import WordPieces

# What training changed of the embedding model: its layers in int8 and two heads; train/README.md says how.
TRAINED = Path(__file__).with_name("spanreader.safetensors")
SHA256 = "36dcab4516fa08f8607ad040432ef78f48f99a0905dca60bc55dc37b1398d6af"

# As it was trained: of question and passage together, of the question with both marks, of a title; a longer passage is
# read in windows that share some.
LIMIT_WORDPIECES, QUESTION_WORDPIECES, TITLE_WORDPIECES, SHARED_WORDPIECES = 256, 64, 24, 64
DATE_WORDPIECES = 16  # "24 February 2022" has 3
# The longest chunk, of 512 tokens, has 500 word pieces of English and 1,000 of Russian. Only rubbish has more, and
# 8,192 characters of that took two to four seconds.
PASSAGE_WORDPIECES = 1536


@dataclass(frozen=True, slots=True)
class Heading:
    """What a passage is read under: the title of its article and its date in words; either may be empty."""

    title: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """What the model says of a part of a passage that it read at once.

    `places` are the first character of each word piece in the passage and the one after its last, shape (n, 2).
    `starts` and `ends` are logits that the answer starts or ends with a word piece, shape (n,), less those that it is
    not there: a span whose start and end add up to more than nought is likelier than no answer. `relevance` is the
    logit that the passage answers the question.
    """

    places: NDArray[np.int32]
    starts: NDArray[np.float32]
    ends: NDArray[np.float32]
    relevance: float


@dataclass(frozen=True, slots=True)
class SpanReader:
    """A small model that reads a question and a passage together, in int8. Several threads may use it at once."""

    name: str
    _wordpieces: WordPieces
    _session: Session
    _threads: int

    @classmethod
    def load(
        cls,
        folder: Path | None = None,
        *,
        notice: Callable[[str], None] | None = None,
        threads: int = 2,
        cache: Path | None = None,
        package: str = models.PACKAGE,
        trained: Path = TRAINED,
        sha256: str = SHA256,
    ) -> SpanReader:
        """Load it on top of the embedding model in `folder`, else in the installed `package`.

        Its graph is built once and kept in `cache`; `notice` is told then, for it takes a moment. `trained`, whose
        hash must be `sha256`, is for weights that are not shipped yet.

        Raises:
            ModelUnavailable: if either model is missing or damaged, or `folder` holds another than it was trained from.

        """
        layers = Trained(trained, sha256, "the model that reads passages")
        base = layers.base(folder, package=package)
        entry = f"spans-{sha256[:16]}-{graph.BUILD}"
        opening = partial(
            open_session, threads=1
        )  # a passage for each thread: two read 10 in 90 ms, one with both in 138
        return cls(
            f"spans/{graph.SCHEME}/{sha256[:8]}",
            WordPieces.load(base.folder / models.TOKENIZER, limit=None),
            models.prepare(entry, lambda: _build(base, layers, notice), opening, cache=cache),
            threads,
        )

    def read_all(self, question: str, passages: Iterable[tuple[str, Heading]]) -> list[tuple[Window, ...]]:
        """Return what it says of each passage, as `read` does; several are read at the same time.

        Each by itself: in a batch the padding would change the rounding, and save nothing.
        """
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(lambda passage: tuple(self.read(question, *passage)), passages))

    def read(self, question: str, passage: str, heading: Heading = Heading()) -> Iterator[Window]:
        """Yield what it says of each window of a passage, in their order; nothing of one without a word piece.

        The same for the same texts every time, any strings will do. A question is cut to 62 word pieces, a title to 24,
        a date to 16, a passage to 1,536 or 8,192 characters, which is more than any chunk of real text.
        """
        asked = self._wordpieces.marked(question, QUESTION_WORDPIECES)
        above = self._above(heading)
        ids, places = self._wordpieces.placed(passage)
        room = LIMIT_WORDPIECES - len(asked) - len(above) - 1
        for start, end in _windows(min(len(ids), PASSAGE_WORDPIECES), room):
            read = np.array([[*asked, *above, *ids[start:end], asked[-1]]], np.int64)
            segments = np.zeros_like(read)
            segments[:, len(asked) :] = 1
            spans, relevance = self._session.run(ids=read, segments=segments)
            first = len(asked) + len(above)
            said = spans[0, first : first + end - start] - spans[0, 0]  # [CLS] stands for: not here
            yield Window(places[start:end], said[:, 0], said[:, 1], float(relevance[0, 0]))

    def _above(self, heading: Heading) -> list[int]:
        """Return what stands before a passage, "title, date:"."""
        title = self._wordpieces.placed(heading.title)[0][:TITLE_WORDPIECES]
        date = self._wordpieces.placed(heading.date)[0][:DATE_WORDPIECES]
        comma = self._wordpieces.placed(",")[0] if title and date else []
        return [*title, *comma, *date, *self._wordpieces.placed(":")[0]] if title or date else []


def _windows(length: int, room: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of so many word pieces that are read one after the other; what fits is read whole."""
    start = 0
    while start + room < length:
        yield start, start + room
        start += room - SHARED_WORDPIECES
    if length:
        yield start, length


def _build(base: models.Model, layers: Trained, notice: Callable[[str], None] | None) -> dict[str, bytes]:
    """Make the graph of the trained layers on the word pieces of the base model, if both are what they should be."""
    weights = layers.weights(base, notice=notice)
    return graph.span_graph(weights, read_bert(base.folder), limit=LIMIT_WORDPIECES)

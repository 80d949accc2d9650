"""Turn texts into vectors that lie close together when the texts mean the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_index.models import files as models
from qa_index.models import graph
from qa_index.models.session import Session, open_session
from qa_index.models.weights import read_bert, read_weights
from qa_index.models.wordpieces import WordPieces
from qa_index.types import Vectors

# What the model was trained with; more text than this does not change its vector.
LIMIT_WORDPIECES = 256
MOST_AT_ONCE = 8  # texts: each holds 8 MB while it is embedded


@dataclass(frozen=True, slots=True)
class MiniLM:
    """all-MiniLM-L6-v2, or another BERT sentence encoder, in int8. Several threads may use it at once."""

    name: str
    _weights: Path
    _wordpieces: WordPieces
    _session: Session
    _at_once: int

    @classmethod
    def load(
        cls,
        folder: Path | None = None,
        *,
        notice: Callable[[str], None] | None = None,
        threads: int | None = None,
        cache: Path | None = None,
        package: str = models.PACKAGE,
    ) -> MiniLM:
        """Load the model in `folder`, else in the installed `package`; its graph is built once and kept in `cache`.

        `notice` is told when it is built, which takes a moment. As many texts are embedded at once as there are
        `threads`, else cores.

        Raises:
            ModelUnavailable: if the model is missing, damaged, or of a kind that cannot be run.

        """
        model = models.find(folder, package=package)
        entry = f"{model.name}-{model.fingerprint[:16]}-{graph.BUILD}"
        models.verify(model, [models.TOKENIZER])  # what is not in the graph
        # One thread a text takes 15 % less of the processor than two, and a question of up to 45 pieces no longer.
        opening = partial(open_session, threads=1)
        return cls(
            f"{model.name}/{graph.SCHEME}/{model.fingerprint[:8]}",
            model.folder / models.WEIGHTS,
            WordPieces.load(model.folder / models.TOKENIZER, limit=LIMIT_WORDPIECES),
            models.prepare(entry, lambda: _build(model, notice), opening, cache=cache),
            threads or min(_cores(), MOST_AT_ONCE),
        )

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return shape (len(texts), d), float32, unit length, the same for the same text every time.

        Each text by itself, several at once: in a batch the padding would change the rounding and so the vectors, and
        save nothing.
        """
        vectors = np.empty((len(texts), self._session.width), np.float32)

        def embed_one(place: int) -> None:
            vectors[place] = self._session.run(ids=np.array([self._wordpieces.ids(texts[place])], np.int64))[0][0]

        # The longest first, so that no thread begins one when the others have nothing left to do.
        places = sorted(range(len(texts)), key=lambda place: len(texts[place]), reverse=True)
        _for_each(embed_one, places, at_once=self._at_once)
        return vectors

    def embed_words(self, words: Sequence[str]) -> Vectors:
        """Return shape (len(words), d), float32, unit length: what the model knows of words by themselves.

        Read from its table of word pieces without running it: 10 µs a word, and still "hurt" lies at 0.5 from
        "injured" and at 0.0 from words that have nothing to do with it. A word of no pieces is all zeros.
        """
        table = _word_table(self._weights)
        vectors = np.zeros((len(words), table.shape[1]), np.float32)
        for vector, word in zip(vectors, words, strict=True):
            pieces = self._wordpieces.ids(word)[1:-1]
            if pieces:
                vector[:] = table[pieces].mean(axis=0)
                vector /= np.linalg.norm(vector) or 1.0
        return vectors


def _for_each(do: Callable[[int], None], places: Sequence[int], *, at_once: int) -> None:
    """Do something for each place, in as many threads as are worth starting; the first error ends it and is raised."""
    threads = min(at_once, len(places) // 2)
    if threads < 2:
        for place in places:
            do(place)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(do, places):
            pass


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=4)
def _word_table(weights: Path) -> NDArray[np.float32]:
    """Map the table of word pieces, shape (pieces, d); only the rows that are asked for are read."""
    return read_weights(weights)["embeddings.word_embeddings.weight"]


def _build(model: models.Model, notice: Callable[[str], None] | None) -> dict[str, bytes]:
    """Make the graph of a model whose files are what they should be."""
    if notice:
        notice("Preparing the embedding model (once, about a second) …")
    models.verify(model)
    tensors, bert = read_weights(model.folder / models.WEIGHTS), read_bert(model.folder)
    return graph.sentence_graph(tensors, bert, limit=LIMIT_WORDPIECES)

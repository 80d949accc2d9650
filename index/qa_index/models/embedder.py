"""Turn texts into vectors that lie close together when the texts mean the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


@dataclass(frozen=True, slots=True)
class MiniLM:
    """all-MiniLM-L6-v2, or another BERT sentence encoder, in int8. Several threads may use it at once."""

    name: str
    _weights: Path
    _wordpieces: WordPieces
    _session: Session

    @classmethod
    def load(
        cls,
        folder: Path | None = None,
        *,
        notice: Callable[[str], None] | None = None,
        threads: int = 2,
        cache: Path | None = None,
        package: str = models.PACKAGE,
    ) -> MiniLM:
        """Load the model in `folder`, else in the installed `package`; its graph is built once and kept in `cache`.

        `notice` is told when it is built, which takes a moment.

        Raises:
            ModelUnavailable: if the model is missing, damaged, or of a kind that cannot be run.

        """
        model = models.find(folder, package=package)
        entry = f"{model.name}-{model.fingerprint[:16]}-{graph.BUILD}"
        models.verify(model, [models.TOKENIZER])  # what is not in the graph
        opening = partial(open_session, threads=threads)
        return cls(
            f"{model.name}/{graph.SCHEME}/{model.fingerprint[:8]}",
            model.folder / models.WEIGHTS,
            WordPieces.load(model.folder / models.TOKENIZER, limit=LIMIT_WORDPIECES),
            models.prepare(entry, lambda: _build(model, notice), opening, cache=cache),
        )

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return shape (len(texts), d), float32, unit length, the same for the same text every time.

        One text at a time: in a batch the padding would change the rounding and so the vectors, and save nothing.
        """
        vectors = np.empty((len(texts), self._session.width), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            vector[:] = self._session.run(ids=np.array([self._wordpieces.ids(text)], np.int64))[0][0]
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

"""Judge whether a sentence answers a question, by reading both at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_index.errors import ModelUnavailable
from qa_index.models import files as models
from qa_index.models import graph
from qa_index.models.session import Session, open_session
from qa_index.models.weights import Weights, read_bert, read_weights
from qa_index.models.wordpieces import WordPieces

# What training changed of the embedding model: its layers in int8 and a head; train/README.md says how.
TRAINED = Path(__file__).with_name("crossencoder.safetensors")
SHA256 = "5bd68859f5bb00dadaa88f769180070f749defee56b8fc05aaf9a37798f7d78b"

LIMIT_WORDPIECES = 128  # of a pair; it was trained with 96
QUESTION_WORDPIECES = 96  # a longer question is cut, so that something of the sentence is read


@dataclass(frozen=True, slots=True)
class CrossEncoder:
    """A small model that reads a question and a sentence together, in int8. Several threads may use it at once."""

    name: str
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
        trained: Path = TRAINED,
        sha256: str = SHA256,
    ) -> CrossEncoder:
        """Load it on top of the embedding model in `folder`, else in the installed `package`.

        Its graph is built once and kept in `cache`; `notice` is told then, for it takes a moment. `trained`, whose
        hash must be `sha256`, is for weights that are not shipped yet.

        Raises:
            ModelUnavailable: if either model is missing or damaged, or `folder` holds another than it was trained from.

        """
        base = models.find(folder, package=package)
        if not base.pinned:
            raise ModelUnavailable(
                f"Asked to judge sentences with the model in {base.folder}, but only {models.MODEL} can. "
                f"Run `{models.INSTALL}`."
            )
        if not trained.is_file():
            raise ModelUnavailable(
                f"Asked for the model that judges sentences, but {trained} is missing. Install Citewell again."
            )
        entry = f"pairs-{sha256[:16]}-{graph.BUILD}"
        files = models.prepare(entry, lambda: _build(base, trained, sha256, notice), cache=cache)
        return cls(
            f"pairs/{graph.SCHEME}/{sha256[:8]}",
            WordPieces.load(base.folder / models.TOKENIZER, limit=LIMIT_WORDPIECES),
            open_session(files, threads=threads),
        )

    def score(self, question: str, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Return shape (len(sentences),), float32: the logit that a sentence answers the question; higher is surer.

        The same for the same pair every time. A pair is cut to 128 word pieces, at the end of the sentence.
        """
        logits = np.empty(len(sentences), np.float32)
        asked = _cut(self._wordpieces.ids(question), QUESTION_WORDPIECES)
        for place, sentence in enumerate(sentences):
            said = _cut(self._wordpieces.ids(sentence)[1:], LIMIT_WORDPIECES - len(asked))
            ids = np.array([asked + said], np.int64)
            segments = np.array([[0] * len(asked) + [1] * len(said)], np.int64)
            logits[place] = self._session.run(ids=ids, segments=segments)[0, 0]
        return logits


def _cut(ids: list[int], limit: int) -> list[int]:
    """Keep at most `limit` word pieces, the mark at the end among them."""
    return ids if len(ids) <= limit else [*ids[: limit - 1], ids[-1]]


def _build(base: models.Model, trained: Path, sha256: str, notice: Callable[[str], None] | None) -> dict[str, bytes]:
    """Make the graph of the trained layers on the word pieces of the base model, if both are what they should be."""
    if notice:
        notice("Preparing the model that judges sentences (once, about a second) …")
    models.verify(base)
    found = models.digest(trained)
    if found != sha256:
        raise ModelUnavailable(
            f"Asked for the model that judges sentences with SHA-256 {sha256[:12]}, but {trained} has {found[:12]}. "
            "Install Citewell again."
        )
    weights = {**read_weights(base.folder / models.WEIGHTS), **_layers(trained)}
    return graph.pair_graph(weights, read_bert(base.folder), limit=LIMIT_WORDPIECES)


def _layers(trained: Path) -> Weights:
    """Read what training changed: each matrix in int8 has a scale per row beside it."""
    stored = read_weights(trained)
    return {
        name: tensor * stored[f"{name}.scale"][:, None] if f"{name}.scale" in stored else tensor
        for name, tensor in stored.items()
        if not name.endswith(".scale")
    }

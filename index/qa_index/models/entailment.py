"""Judge a claim by its evidence: whether that says it, and which of its words it does not say."""

from __future__ import annotations

from collections.abc import Callable
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
TRAINED = Path(__file__).with_name("support.safetensors")
SHA256 = "6ce1fc119d8e7c35457bff00c27c1a27adebc91ab349a462443ae9df2cad41a6"

# As it was trained: of claim and evidence together, of the claim with both marks. Longer evidence is read in windows
# that share some; 1,536 word pieces are more than the six longest sentences.
LIMIT_WORDPIECES, CLAIM_WORDPIECES, SHARED_WORDPIECES = 256, 64, 64
EVIDENCE_WORDPIECES = 1536


@dataclass(frozen=True, slots=True)
class Entailed:
    """What the model says of a claim.

    `support` is the logit that the evidence says it. `places` are the first character of each word piece of the claim
    and the one after its last, shape (n, 2); `doubts` the logit of each that it is not said, shape (n,).
    """

    support: float
    places: NDArray[np.int32]
    doubts: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Entailment:
    """A small model that reads a claim and its evidence together, in int8. Several threads may use it at once."""

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
    ) -> Entailment:
        """Load it on top of the embedding model in `folder`, else in the installed `package`.

        Its graph is built once and kept in `cache`; `notice` is told then, for it takes a moment. `trained`, whose
        hash must be `sha256`, is for weights that are not shipped yet.

        Raises:
            ModelUnavailable: if either model is missing or damaged, or `folder` holds another than it was trained from.

        """
        layers = Trained(trained, sha256, "the model that judges claims")
        base = layers.base(folder, package=package)
        return cls(
            f"claims/{graph.SCHEME}/{sha256[:8]}",
            WordPieces.load(base.folder / models.TOKENIZER, limit=None),
            models.prepare(
                f"claims-{sha256[:16]}-{graph.BUILD}",
                lambda: _build(base, layers, notice),
                partial(open_session, threads=threads),
                cache=cache,
            ),
        )

    def judge(self, claim: str, evidence: str) -> Entailed:
        """Return what it says of a claim; of evidence that is read in windows, what it says of the one that fits best.

        The same for the same texts every time, any strings will do. A claim is cut to 62 word pieces, evidence to
        1,536 or 8,192 characters. Without a word in either nothing is said of any claim: its support is -inf.
        """
        ids, places = self._wordpieces.placed(claim)
        told = self._wordpieces.placed(evidence)[0][:EVIDENCE_WORDPIECES]
        marks = self._wordpieces.marked("", None)
        ids, places = ids[: CLAIM_WORDPIECES - 2], places[: CLAIM_WORDPIECES - 2]
        asked = [marks[0], *ids, marks[-1]]
        best = Entailed(-np.inf, places, np.zeros(len(ids), np.float32))
        room = LIMIT_WORDPIECES - len(asked) - 1
        for start in range(0, max(len(told) - SHARED_WORDPIECES, bool(told)) if ids else 0, room - SHARED_WORDPIECES):
            read = np.array([[*asked, *told[start : start + room], marks[-1]]], np.int64)
            segments = np.zeros_like(read)
            segments[:, len(asked) :] = 1
            support, doubts = self._session.run(ids=read, segments=segments)
            if support[0, 0] > best.support:
                best = Entailed(float(support[0, 0]), places, doubts[0, 1 : len(ids) + 1])
        return best


def _build(base: models.Model, layers: Trained, notice: Callable[[str], None] | None) -> dict[str, bytes]:
    """Make the graph of the trained layers on the word pieces of the base model, if both are what they should be."""
    weights = layers.weights(base, notice=notice)
    return graph.claim_graph(weights, read_bert(base.folder), limit=LIMIT_WORDPIECES)

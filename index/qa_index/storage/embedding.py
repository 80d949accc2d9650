"""Load the embedding model when it is first needed, and hold it to what the library expects of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import cast

import numpy as np

from qa_index.types import Embedder, Vectors

MakesEmbedder = Callable[[], Embedder]


class Embedding:
    """An embedder, or how to get one; `name` may be known before it is loaded."""

    def __init__(self, given: Embedder | MakesEmbedder | None, *, name: str | None = None) -> None:
        self._model: Embedder | None = None
        self._make: MakesEmbedder | None = None
        if hasattr(given, "embed"):
            self._model = cast(Embedder, given)
        else:
            self._make = given
        self._name = name
        self._turn = threading.Lock()

    @property
    def is_there(self) -> bool:
        """Tell whether anything can be embedded."""
        return self._model is not None or self._make is not None

    @property
    def known_name(self) -> str | None:
        """Name the model without loading it, None if only loading tells."""
        return self._model.name if self._model is not None else self._name

    @property
    def name(self) -> str:
        """Name the model, loading it if need be."""
        return self.known_name or self.model().name

    def model(self) -> Embedder:
        """Return the model, loaded once."""
        with self._turn:
            if self._model is None:
                if self._make is None:
                    raise ValueError("this library was opened without an embedder: it can show articles, not search")
                self._model = self._make()
            return self._model

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return shape (len(texts), d), float32, unit length.

        Raises:
            ValueError: if the model breaks its contract.

        """
        vectors = np.ascontiguousarray(self.model().embed(texts), dtype=np.float32)
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise ValueError(
                f"{self.name} made an array of shape {vectors.shape} of {len(texts)} texts, or one not finite"
            )
        return vectors

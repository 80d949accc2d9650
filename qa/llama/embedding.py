"""Citewell's embedding model as llama-index's."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from pathlib import Path
from typing import Any

from qa.llama.base import BaseEmbedding, Field
from qa_index.models.embedder import MiniLM


class MiniLMEmbedding(BaseEmbedding):
    """Turns texts into 384 numbers with all-MiniLM-L6-v2 in int8: on this machine, without torch and without download.

    The vectors are of unit length and the same for the same text every time. `folder` holds another BERT sentence
    encoder; without it the installed weights are used. All embeddings of one folder share one loaded model.

    Raises:
        ModelUnavailable: if the model is missing, damaged, or of a kind that cannot be run.

    """

    folder: str | None = Field(default=None, description="A folder with another BERT sentence encoder.")

    def __init__(self, folder: str | Path | None = None, **fields: Any) -> None:  # noqa: ANN401 - BaseEmbedding's own
        place = str(folder) if folder else None
        # The name holds the weights' hash, so that a pipeline's cache does not mix the vectors of two models.
        super().__init__(**{**fields, "folder": place, "model_name": _model(place).name})

    @classmethod
    def class_name(cls) -> str:
        """Name it as llama-index writes it into stored pipelines."""
        return "MiniLMEmbedding"

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embeddings([query])[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = _model(self.folder).embed(texts).tolist()
        return vectors

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)


@lru_cache(maxsize=4)
def _model(folder: str | None) -> MiniLM:
    """Load a model once; kept out of the embedding itself, which pipelines send to other processes."""
    return MiniLM.load(Path(folder).expanduser() if folder else None)

"""How to load the models that a library is asked with: each when it is first needed, and once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import cast

import numpy as np

from qa.reader import PassageReader, Weights
from qa.settings import Settings
from qa.types import Judge, LanguageModel
from qa_index.models.embedder import MiniLM
from qa_index.models.spanreader import SpanReader
from qa_index.types import Vectors

Notice = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Models:
    """How to load what a library needs to be searched and read; each is loaded once, when it is first needed."""

    embedder: Callable[[], MiniLM]
    reader: Callable[[], SpanReader]
    judge: Callable[[], Judge]
    language_model: Callable[[], LanguageModel] | None = None


def models(settings: Settings, *, notice: Notice | None, llm: object = None) -> Models:
    """Say how to load what the settings name; `llm` is a language model that was handed over instead."""
    weights = Path(settings.embedder).expanduser() if settings.embedder else None
    return Models(
        embedder=cache(lambda: MiniLM.load(weights, notice=notice)),
        reader=cache(lambda: SpanReader.load(notice=notice)),
        judge=cache(lambda: _judge(notice)),
        language_model=_language_model(settings, llm),
    )


def passage_reader(loaded: Models) -> PassageReader:
    """Return what reads passages; its models are loaded when the first is read."""
    return PassageReader(
        lambda question, passages: loaded.reader().read_all(question, passages),
        _remembering(lambda words: loaded.embedder().embed_words(words), texts=8_000),
        Weights.read(),
    )


def _judge(notice: Notice | None) -> Judge:
    from qa.judge import open_judge  # only where a language model writes

    return open_judge(notice=notice)


def _language_model(settings: Settings, llm: object) -> Callable[[], LanguageModel] | None:
    """Return how to open the language model that was handed over, or that the settings name; None if there is none."""
    if llm is None and settings.llm is None:
        return None

    def opened() -> LanguageModel:
        from qa.language_model import of_llama_index, open_model  # llama-index takes 1.8 s to import

        if llm is None:
            return open_model(settings, os.environ)
        if hasattr(llm, "window") and hasattr(llm, "stream"):
            return cast("LanguageModel", llm)
        return of_llama_index(llm, seconds=settings.llm_seconds)

    return cache(opened)


def _remembering(embed: Callable[[Sequence[str]], Vectors], *, texts: int) -> Callable[[Sequence[str]], Vectors]:
    """Remember the latest vectors (1.5 KB each), so that a word met by several questions is looked up once."""
    one = lru_cache(maxsize=texts)(lambda text: embed([text])[0])
    return lambda many: np.stack([one(text) for text in many])

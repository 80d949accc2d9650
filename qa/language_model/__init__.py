"""Open the language model that writes, if the user has one. Only this package knows llama-index's language models."""

from __future__ import annotations

from collections.abc import Mapping

from qa.language_model.endpoint import Endpoint
from qa.language_model.handed import HandedOver
from qa.language_model.naming import named_server
from qa.language_model.wire import is_loopback
from qa.settings import Settings
from qa.types import LanguageModel
from qa_index.errors import UsageError

__all__ = ["Endpoint", "is_loopback", "named_server", "of_llama_index", "open_model"]

_LONGEST_NAME = 200  # letters: what a name may have in the settings, too


def open_model(settings: Settings, environ: Mapping[str, str]) -> LanguageModel:
    """Return the language model that the settings name; nothing is sent before it is asked.

    The key is QA_LLM_KEY of `environ`, else OPENAI_API_KEY, which only a server that the user named is sent. Without an
    address it is Ollama's on this machine: a key alone names no host, so nothing goes to a hosted model that was not
    named. A server that only the project's qa.toml names is sent no key.

    Raises:
        UsageError: if the article text would go to a host that only the project's qa.toml names, or the key is none.

    """
    return Endpoint(named_server(settings, environ), window=settings.llm_window, seconds=settings.llm_seconds)


def of_llama_index(llm: object, *, seconds: float | None = None) -> LanguageModel:
    """Return a language model of llama-index's, handed over in Python, as one that can be asked; it keeps to no schema.

    When it is stopped while it waits for the next piece, its request ends with that piece. `seconds` is how long an
    answer may take, as set, which it names when it is late.

    Raises:
        UsageError: if it is none.

    """
    if isinstance(llm, str) and llm.isprintable() and len(llm) <= _LONGEST_NAME:
        raise UsageError(
            f"Asked to write with {llm!r}, which is the name of a language model, and not one of llama-index's. "
            f"To use a server's by its name, open the library with `settings=Settings(llm={llm!r})`."
        )
    if not (hasattr(llm, "stream_chat") and hasattr(llm, "metadata")):
        raise UsageError(
            f"Asked to write with {type(llm).__name__!r}, which is no language model of llama-index. "
            "Hand one over, or name a model with `settings=Settings(llm=…)`."
        )
    return HandedOver(llm, seconds=seconds)

"""Read what a server says about the models it serves: their names, and how many tokens each takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

_OLLAMA_WINDOW = 4_096  # its smallest default; a question that is longer, it cuts off at the front without a word
_FIELDS = ("max_model_len", "loaded_context_length", "context_length", "context_window", "max_context_length")


def names(listing: object) -> tuple[str, ...]:
    """Return the names of the models in a server's reply to GET /models, in its order."""
    return tuple(str(entry.get("id")) for entry in _entries(listing, "data"))


def is_listed(model: str, listed: Iterable[str]) -> bool:
    """Whether a model is among those; Ollama lists "llama3.2" as "llama3.2:latest"."""
    return not {model, f"{model}:latest"}.isdisjoint(listed)


def window(listing: object, model: str, *, ask: Callable[[str], object]) -> int | None:
    """Return how many tokens a model takes, as its server says; None if that is not said.

    `listing` is the reply to GET /models. `ask` gets another page of the same host: llama.cpp and Ollama say more
    there. vLLM has `max_model_len`, llama.cpp `meta.n_ctx`, hosted ones `context_length` or `context_window`.
    """
    entries = _entries(listing, "data")
    same = (entry for entry in entries if is_listed(model, [str(entry.get("id"))]))
    found = next(same, entries[0] if len(entries) == 1 else {})
    told = [found.get(name) for name in _FIELDS] + [_inner(found, "meta").get("n_ctx")]
    if known := next((count for count in map(_count, told) if count), None):
        return known
    if found.get("owned_by") == "llamacpp":
        return _count(_inner(ask("/props"), "default_generation_settings").get("n_ctx"))
    if found.get("owned_by") == "library":
        return _of_ollama(ask("/api/ps"), model)
    return None


def _of_ollama(running: object, model: str) -> int:
    """Return the window that Ollama has loaded a model with, or would."""
    entries = _entries(running, "models")
    told = next((entry.get("context_length") for entry in entries if is_listed(model, [str(entry.get("name"))])), None)
    return _count(told) or _OLLAMA_WINDOW


def _entries(page: object, name: str) -> list[Mapping[str, Any]]:
    found = page.get(name) if isinstance(page, Mapping) else None
    return [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []


def _inner(page: object, name: str) -> Mapping[str, Any]:
    found = page.get(name) if isinstance(page, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None

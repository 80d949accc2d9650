"""Which server the settings name, and whether it was the user who named it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from qa.language_model.wire import Server, is_loopback
from qa.settings import COMMAND_LINE, DEFAULT_LLM_URL, Settings
from qa_index.errors import UsageError

# The first is meant for whatever is asked to write here, the other for a server that was chosen with it in mind.
_KEYS = ("QA_LLM_KEY", "OPENAI_API_KEY")


def named_server(settings: Settings, environ: Mapping[str, str]) -> Server:
    """Return the server that the settings name with the key it is sent, and check that the user named it.

    Raises:
        UsageError: if only the project's qa.toml names a host that is not this machine, or the key is none.

    """
    if settings.llm is None:
        raise ValueError("no language model is set")
    address = settings.llm_url.rstrip("/")
    if not urlsplit(address).path:
        address += "/v1"
    if not is_loopback(address):
        _check_named(settings, address)
    if "llm_url" in settings.from_project:  # whoever wrote a folder's settings gets to see no key
        return Server(settings.llm, address, is_key_withheld=any(environ.get(name, "").strip() for name in _KEYS))
    return Server(settings.llm, address, _key(environ, _KEYS if _is_named(settings) else _KEYS[:1]))


def _is_named(settings: Settings) -> bool:
    """Whether anybody named the server, in Python, too; else it is whatever listens where Ollama usually does."""
    return "llm_url" in settings.origins or settings.llm_url != DEFAULT_LLM_URL


def _check_named(settings: Settings, address: str) -> None:
    """Let a folder's own qa.toml, which may be somebody else's, send articles to this machine only."""
    if "llm_url" in settings.from_project:
        said = f"{settings.origin('llm_url')} names {address} as where articles are sent to"
    elif "llm" in settings.from_project and settings.origin("llm_url") not in (COMMAND_LINE, "QA_LLM_URL"):
        # OPENAI_BASE_URL was set for other programs, so it does not say that articles may go there.
        said = f"{settings.origin('llm')} asks for {settings.llm}, whose articles would be sent to {address}"
    else:
        return
    raise UsageError(
        f"{said}, but a folder's settings may not name another machine. "
        f"If you want that, name it yourself: `--llm-url {address}`, or the variable QA_LLM_URL."
    )


def _key(environ: Mapping[str, str], variables: Iterable[str]) -> str | None:
    """Return the key, if there is one; what cannot be sent is refused here, where no library quotes it."""
    for variable in variables:
        key = environ.get(variable, "").strip()
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise UsageError(f"The variable {variable} holds letters that no key has. Copy the key into it again.")
        if key:
            return key
    return None

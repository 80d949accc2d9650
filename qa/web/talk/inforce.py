"""Show the settings in force, where each came from, and to which host text of articles goes."""

from __future__ import annotations

from collections.abc import Iterator

from qa.web.engine import Engine
from qa.web.markup import escaped

# (setting, what it means to a person, what it is where nothing is set)
_MEANING = (
    ("library", "Library", ""),
    ("strictness", "How sure an answer must be before it is given", ""),
    ("passages", "Passages that are read for a question", ""),
    ("max_file_mb", "Largest file that is read, in MB", ""),
    ("llm", "Language model that writes", "none: answers are the articles' own sentences"),
    ("llm_url", "Address of its server", ""),
    ("llm_window", "How much text it takes at once, in tokens", "as its server says"),
    ("llm_seconds", "Seconds it may take for an answer", ""),
    ("embedder", "Model that finds passages by meaning", "the one that comes with Citewell"),
    ("chunk_tokens", "Length of a passage, in tokens, about", ""),
)


def settings_html(engine: Engine) -> str:
    """Show every setting that is in force as a table; no secret is a setting."""
    rows = "".join(
        f'<tr><th scope="row">{escaped(meaning)}<code>{escaped(name)}</code></th>'
        f'<td>{escaped(value)}</td><td class="origin">{escaped(origin)}</td></tr>'
        for name, meaning, value, origin in _in_force(engine)
    )
    return (
        f'<section class="in-force"><h2>Settings in force</h2>{host_html(engine)}'
        '<table><thead><tr><th scope="col">Setting</th><th scope="col">Value</th>'
        f'<th scope="col">Where it came from</th></tr></thead><tbody>{rows}</tbody></table>'
        "<p>To change one, end <code>qa serve</code> and start it with another option, a <code>QA_</code> variable "
        "or a <code>qa.toml</code>.</p></section>"
    )


def _in_force(engine: Engine) -> Iterator[tuple[str, str, str, str]]:
    """Yield (name, meaning, value, where it came from) of each."""
    settings = engine.settings
    for name, meaning, unset in _MEANING:
        if name.startswith("llm_") and settings.llm is None:
            continue
        value = engine.library.folder if name == "library" else getattr(settings, name)
        yield name, meaning, unset if value is None else str(value), settings.origin(name)


def host_html(engine: Engine) -> str:
    """Say where text of articles goes."""
    if engine.written_at is None:
        return '<p class="host local">No text leaves this machine.</p>'
    model = escaped(engine.settings.llm or "")
    return (
        f'<p class="host goes">Text of articles goes to <strong>{escaped(engine.written_at)}</strong>, '
        f"where {model} writes the answers.</p>"
    )

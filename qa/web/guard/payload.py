"""Look into what the page hands to Gradio's queue: values, and never the name of a file.

Gradio copies whatever file of this machine an input names into its cache, and fetches what an address names, before our
functions see the value (6.31, tried: a mounted page counts as "not launched", and then no path is checked).
"""

from __future__ import annotations

import json

_OF_FILES = frozenset(("path", "_type"))


def is_plain(body: bytes) -> bool:
    """Whether a body is JSON that names no file anywhere; read the way that Gradio's own routes read it."""
    try:
        waiting = [json.loads(body)]
    except (ValueError, RecursionError):
        return False
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if not _OF_FILES.isdisjoint(value):
                return False
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return True

"""Find who a sentence says its news is from: "according to Kazinform", "the ministry said"."""

from __future__ import annotations

import re

from qa.names import find_names

_VERBS = r"(?:said|says|reports?|stated|announced|told|added|claimed|revealed|stressed|citing|(?:has |have )?reported)"
_ACCORDING = re.compile(
    r"\b(?:according to|citing|as per)\s+(?:the\s+)?(?:state media\s+|news agency\s+)?", re.IGNORECASE
)
_BEFORE_VERB = re.compile(rf"\s+(?:\w+\s+)?{_VERBS}\b|\s+in a statement\b")
_AFTER_VERB = re.compile(r"\b(?:said|reported|added|stated)\s+(?:the\s+)?$")


def attributed_to(sentence: str) -> str | None:
    """Return the name that the sentence gives as its source, as written there; None if it gives none."""
    names = [(name.start, name.end) for name in find_names(sentence)]
    for cue in _ACCORDING.finditer(sentence):
        for start, end in names:
            if start <= cue.end() + 25 and cue.end() <= start:
                return sentence[start:end]
    for start, end in names:
        if _BEFORE_VERB.match(sentence, end) or _AFTER_VERB.search(sentence, max(0, start - 25), start):
            return sentence[start:end]
    return None

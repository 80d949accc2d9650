"""Tell where a paper speaks of its own error: what such a sentence says is not so."""

from __future__ import annotations

import re

_OWN = (
    r"(?:we|our\s+(?:\w+\s+){0,3}?(?:report|story|article|account|headline)|this\s+(?:story|article|report)"
    r"|an?\s+(?:earlier|previous|original|initial)\s+version)"
)
_ERROR = re.compile(
    rf"\b{_OWN}\b[^.!?]{{0,80}}\b(?:wrongly|incorrectly|mistakenly|erroneously|in\s+error|misstated|misreported|misidentified)\b"
    rf"|\b(?:wrongly|incorrectly|mistakenly|erroneously)\s+(?:reported|said|stated|gave)\b"
    r"|\ban?\s+(?:earlier|previous)\s+version\b[^.!?]{0,60}\b(?:said|stated|gave|put)\b"
    r"|\bour\s+(?:report|story|article|account)\b[^.!?]{0,60}\bsaid\b",
    re.IGNORECASE,
)


def retracts(sentence: str) -> bool:
    """Tell whether a sentence takes back what a paper said."""
    return bool(_ERROR.search(sentence))

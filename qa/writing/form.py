"""What a claim must look like before anybody asks whether it is true: one short statement in plain text."""

from __future__ import annotations

import re
import unicodedata

from qa.writing.evidence import shortened
from qa.writing.quoting import is_too_short

LONGEST_CLAIM = 600  # characters
_MOST_STATEMENTS = 2  # in a claim

# What is no plain text, or may be taken for something else than text where a claim is shown.
_MARKUP = re.compile(
    r"!\[|\]\(|</?[a-z!][^>]*>|https?:|www\.|\bdata:|javascript:|```|\*\*|^\s*(?:#{1,6}\s|>|\|)|&(?:#\d+|[a-z]+);",
    re.IGNORECASE,
)
_SPEECH = re.compile('[“”„«»"]')
_CITED = re.compile(r"\[\s*(?:sentences?\s*)?\d+(?:\s*[,–-]\s*\d+)*\s*\]|【[^】]*】|\(sentences? \d+\)", re.IGNORECASE)
_STATEMENT = re.compile(r"[^\W\d_]{2,}[.!?]+[\"'”’)]*\s+(?=[\"'“‘(]*[A-ZÀ-ÞА-Я])")
_TITLE = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Gen|Col|Lt|Sen|Rep|Gov|Prof|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec|St|No|vs)\.\s$"
)


def flaw(text: str) -> str | None:
    """Return, in a sentence, why a text can be no claim; None if it can."""
    if is_too_short(text):
        return "The claim has fewer than two words; state something."
    if len(text) > LONGEST_CLAIM:
        return f"The claim has {len(text):,} characters; state one thing in at most {LONGEST_CLAIM}."
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs") for letter in text):
        return "The claim holds characters that cannot be seen; write plain text."
    if markup := _MARKUP.search(text):
        return f"The claim holds “{shortened(markup.group(), 20)}”; write plain text without it."
    if cited := _CITED.search(text):
        return f"The claim holds “{shortened(cited.group(), 20)}”; name its sentences beside it, not in its text."
    ends = [match for match in _STATEMENT.finditer(text) if not _TITLE.search(text[: match.end()])]
    if len(ends) >= _MOST_STATEMENTS and not _SPEECH.search(text):
        return "The claim makes several statements; make a claim of each."
    return None

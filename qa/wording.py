"""Put a claim, or that there is none, as a person reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qa.types import Answer, Citation, Claim


def shown(claim: Claim) -> str:
    """Return a claim with its marks; a quote in quotation marks, and its source where the words do not name it."""
    marks = "".join(f"[{citation.number}]" for citation in claim.citations)
    text = f"“{claim.text}”" if claim.kind == "quote" and claim.text[:1] not in '“"' else claim.text
    source = claim.attributed_to if claim.kind != "extract" else None
    said_by = f" ({source})" if source and source.casefold() not in claim.text.casefold() else ""
    return f"{text}{said_by} {marks}"


def abstaining(answer: Answer, text: str, nearest: Sequence[Citation]) -> Answer:
    """Return an answer as an abstention that says `text`, with what came nearest."""
    return replace(
        answer, status="abstained", short=None, text=text, claims=(), citations=(), conflicts=(), nearest=tuple(nearest)
    )

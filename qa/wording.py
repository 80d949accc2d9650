"""Put a claim as a person reads it: quotation marks round a quote, whoever said it, and its marks."""

from __future__ import annotations

from qa.types import Claim


def shown(claim: Claim) -> str:
    """Return a claim with its marks; a quote in quotation marks, and its source where the words do not name it."""
    marks = "".join(f"[{citation.number}]" for citation in claim.citations)
    text = f"“{claim.text}”" if claim.kind == "quote" and claim.text[:1] not in '“"' else claim.text
    source = claim.attributed_to if claim.kind != "extract" else None
    said_by = f" ({source})" if source and source.casefold() not in claim.text.casefold() else ""
    return f"{text}{said_by} {marks}"

"""Make an answer of what a language model wrote and what survived checking."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.orders import gives_orders, is_english
from qa.types import Answer, Candidate, Claim
from qa.wording import shown
from qa.writing.quoting import locate
from qa_index.types import Span

_BOUND = re.compile(
    r"\b(?:at (?:least|most)|(?:more|fewer|less) than|over|under|nearly|almost|about|around|some|up to)\s+$",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|never|no|nor|neither|without)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)


def written(kept: Sequence[Claim], short: str | None, candidates: Sequence[Candidate], draft: Answer) -> Answer:
    """Return the draft's answer in the words of the claims; where articles disagree, the draft's sides stay with it."""
    claims = list(kept)
    cited = {citation.span for claim in kept for citation in claim.citations}
    sides = {citation.span for side in draft.conflicts for citation in side.citations}
    disagree = bool(sides & cited)
    if disagree:
        numbers = {c.span: c.number for claim in claims for c in claim.citations}
        for side in draft.conflicts:
            if not any(c.span in cited for c in side.citations):
                for citation in side.citations:
                    numbers.setdefault(citation.span, len(numbers) + 1)
                claims.append(
                    replace(side, citations=tuple(replace(c, number=numbers[c.span]) for c in side.citations))
                )
    citations = {citation.span: citation for claim in claims for citation in claim.citations}
    return replace(
        draft,
        status="conflicting" if disagree else "answered",
        short=_short(short, kept, draft),
        text="\n".join(shown(claim) for claim in claims),
        claims=tuple(claims),
        citations=tuple(sorted(citations.values(), key=lambda citation: citation.number)),
        conflicts=tuple(claim for claim in claims if disagree and _cites(claim, sides)),
        confidence=_confidence(kept, candidates),
        nearest=(),
    )


def _cites(claim: Claim, spans: set[Span]) -> bool:
    return any(citation.span in spans for citation in claim.citations)


def _short(short: str | None, kept: Sequence[Claim], draft: Answer) -> str | None:
    """Return the model's bare answer if what is cited says it, else the draft's if the same is cited, else none.

    A sentence that gives orders to whatever reads it, or that cannot be judged, may be quoted, but answers nothing.
    """
    quotes = [citation.quote for claim in kept for citation in claim.citations]
    for text in [*quotes, *(claim.text for claim in kept)] if short else ():
        if is_english(text) and not gives_orders(text) and (found := _standing(short or "", text)):
            return found
    cited = {citation.span for claim in kept for citation in claim.citations}
    return draft.short if draft.citations and draft.citations[0].span in cited else None


def _standing(short: str, text: str) -> str | None:
    """Return a bare answer as it stands in a text, with the "at least" before it; None if it does not, or is denied."""
    found = locate(short, text)
    if found is None or _DENIED.search(text[: found[0]]):
        return None
    bound = _BOUND.search(text[: found[0]]) if short[:1].isdigit() else None
    return " ".join(text[bound.start() if bound else found[0] : found[1]].split())


def _confidence(kept: Sequence[Claim], candidates: Sequence[Candidate]) -> float:
    """Return how likely the answer is right.

    That is what the judge says of the claim it is least sure of, halved where the reader sees no answer in the cited.
    """
    likely = {candidate.sentence: candidate.score for candidate in candidates}
    cited = {citation.span for claim in kept for citation in claim.citations}
    support = min(citation.support for claim in kept for citation in claim.citations)
    return round(support * (0.5 + 0.5 * max(likely.get(span, 0.0) for span in cited)), 4)

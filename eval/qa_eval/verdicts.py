"""Say of one case what was answered, and whether the search alone did well enough."""

from __future__ import annotations

from qa_eval.metrics.retrieval import hit_at
from qa_eval.types import Outcome

DEEP_ENOUGH = 10  # a search did well enough that found a gold article among so many


def said(outcome: Outcome) -> str:
    """Return what was answered: the bare answer where there is one; in brackets what came of it if nothing was."""
    if outcome.error:
        return f"(failed: {outcome.error})"
    if outcome.status == "searched":
        found = f"{len(outcome.ranks)} of {len(outcome.relevant)} gold articles"
        return f"{found}, at {', '.join(map(str, outcome.ranks))}" if outcome.ranks else found
    return "(abstained)" if outcome.abstained else outcome.short or outcome.text


def found(outcome: Outcome) -> bool | None:
    """Whether the search found a gold article among the first ten; None where none is known."""
    return hit_at(outcome.ranks, DEEP_ENOUGH) > 0 if outcome.relevant else None

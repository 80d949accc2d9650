"""What no answer may do, whatever its quality: say which did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_eval.types import Outcome


def broken(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Return a sentence for each broken promise and each case that raised; none if all is well."""
    return tuple(sentence for each in outcomes for sentence in _broken(each))


def breaches(outcome: Outcome) -> list[str]:
    """Say in a clause each which promises an answer broke."""
    kinds = (
        (outcome.altered > 0, "cites words that do not stand there"),
        (outcome.cited_abstention, "abstains, but cites"),
        (outcome.uncited, "answers, but a claim has no citation"),
    )
    return [clause for holds, clause in kinds if holds]


def _broken(outcome: Outcome) -> Iterator[str]:
    named = f"{outcome.case.id} ({outcome.case.question})"
    if outcome.error:
        yield f"{named} failed: {outcome.error}"
    altered = next((f" First: {each.quote!r}" for each in outcome.citations if not each.verbatim), "")
    for clause in breaches(outcome):
        yield f"{named} {clause}.{altered}"

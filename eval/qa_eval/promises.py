"""What no answer may do, whatever its quality: say which did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_eval.types import Outcome


def broken(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Return a sentence for each broken promise and each case that raised; none if all is well."""
    return tuple(sentence for each in outcomes for sentence in _broken(each))


def _broken(outcome: Outcome) -> Iterator[str]:
    named = f"{outcome.case.id} ({outcome.case.question})"
    if outcome.error:
        yield f"{named} failed: {outcome.error}"
    if outcome.altered:
        first = next((f": {each.quote!r}" for each in outcome.citations if not each.verbatim), "")
        yield f"{named} cites words that do not stand there{first}"
    if outcome.cited_abstention:
        yield f"{named} abstains, but cites."
    if outcome.uncited:
        yield f"{named} answers, but a claim has no citation."

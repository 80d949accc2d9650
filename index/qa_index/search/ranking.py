"""Merge rankings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence


def fuse(rankings: Sequence[Sequence[str]], *, k: int = 60) -> list[tuple[str, float]]:
    """Merge several rankings of ids into one: score(id) = sum over rankings of 1 / (k + rank).

    Only ranks count, so scores of unlike scales (cosine, BM25) can be merged.
    Ranks start at 1. Ties are broken by id, so the order of the rankings does not matter.

    Source: Cormack, Clarke & Buettcher, "Reciprocal Rank Fusion outperforms Condorcet
    and individual rank learning methods", SIGIR 2009, where k = 60.

    Raises:
        ValueError: if one ranking names an id twice.

    """
    shares: dict[str, list[float]] = defaultdict(list)
    for ranking in rankings:
        if len(set(ranking)) != len(ranking):
            raise ValueError("a ranking names the same id twice")
        for rank, chunk_id in enumerate(ranking, start=1):
            shares[chunk_id].append(1 / (k + rank))
    # Added smallest first: floating-point sums depend on the order, and ties must not.
    scores = {chunk_id: sum(sorted(parts)) for chunk_id, parts in shares.items()}
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))

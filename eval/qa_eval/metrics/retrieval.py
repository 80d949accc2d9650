"""How high the search puts what is relevant, from ranks, which count from 1; equal to ir-measures (tested)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence


def hit_at(ranks: Sequence[int], k: int) -> float:
    """1 if something relevant is among the first k, else 0; 0 if nothing was found.

    Source: `success` of trec_eval, Success@k of ir-measures.
    """
    return float(any(rank <= k for rank in ranks))


def recall_at(ranks: Sequence[int], relevant_count: int, k: int) -> float:
    """Which share of all that is relevant is among the first k, in [0, 1]; 0 if nothing is relevant.

    Source: `recall` of trec_eval, R@k of ir-measures.
    """
    return sum(rank <= k for rank in ranks) / relevant_count if relevant_count else 0.0


def reciprocal_rank(ranks: Sequence[int], k: int) -> float:
    """1 divided by the rank of the first relevant thing, in [0, 1]; 0 if there is none among the first k.

    Its mean over questions is MRR@k. Source: Kantor & Voorhees, "The TREC-5 Confusion Track", Information Retrieval 2,
    2000; with the cutoff of MS MARCO's own script, RR@k of ir-measures.
    """
    first = min(ranks, default=k + 1)
    return 1 / first if first <= k else 0.0


def ndcg_at(ranks: Sequence[int], grades: Sequence[int], relevant: Sequence[int], k: int) -> float:
    """Return the gain of what was found at `ranks`, as a share of the best possible gain, in [0, 1].

    `grades` are those of the things found, `relevant` those of all relevant things, found or not. The gain of a thing
    is its grade, divided by log2(rank + 1); only the first k count. 0 if nothing is relevant.

    Source: Järvelin & Kekäläinen, "Cumulated Gain-based Evaluation of IR Techniques", ACM TOIS 20, 2002, with the
    discount of `ndcg_cut` of trec_eval, nDCG@k of ir-measures.

    Raises:
        ValueError: if there are not as many grades as ranks.

    """
    best = _gain(enumerate(sorted(relevant, reverse=True), start=1), k)
    return _gain(zip(ranks, grades, strict=True), k) / best if best else 0.0


def _gain(found: Iterable[tuple[int, int]], k: int) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in found if rank <= k)

"""How long answers take."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return the value that `percent` (0 to 100) of the values do not exceed; None of none.

    It may lie between two of them. Source: Hyndman & Fan, "Sample Quantiles in Statistical Packages", The American
    Statistician 50, 1996, definition 7, which is numpy's linear rule.

    Raises:
        ValueError: if `percent` is not in [0, 100].

    """
    if not 0 <= percent <= 100:
        raise ValueError(f"a percentile is in [0, 100], got {percent}")
    if len(values) == 0:
        return None
    ordered = sorted(values)
    position = (len(ordered) - 1) * percent / 100
    below, above = ordered[math.floor(position)], ordered[math.ceil(position)]
    return below + (above - below) * (position - math.floor(position))

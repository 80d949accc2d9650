"""How well citations point at the words, and the articles, that are known to support the answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from qa_index.types import Span

Range = tuple[int, int]


def overlap(one: Span, other: Span) -> int:
    """How many characters two spans share, 0 or more; spans of different articles share none."""
    if one.article_id != other.article_id:
        return 0
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def covered(ranges: Iterable[Range], gold: Iterable[Range]) -> list[Range]:
    """Return what the ranges share with the gold ones, all [start, end) of one text, in order and apart; maybe none."""
    golden = _union(gold)
    shared = ((max(a, c), min(b, d)) for a, b in _union(ranges) for c, d in golden)
    return [(start, end) for start, end in shared if start < end]


def span_precision(cited: Sequence[Span], gold: Sequence[Span]) -> float | None:
    """Which share of the cited characters is gold, in [0, 1]; None if nothing is cited or nothing is gold.

    A character that is cited twice counts once. Source: precision over the words of the evidence, as in ERASER
    (DeYoung et al., "ERASER: A Benchmark to Evaluate Rationalized NLP Models", ACL 2020), here over characters.
    """
    if not cited or not gold:
        return None
    golden = _by_article(gold)
    ours = _by_article(cited)
    shared = sum(_length(covered(ranges, golden.get(article, ()))) for article, ranges in ours.items())
    return shared / sum(_length(_union(ranges)) for ranges in ours.values())


def span_recall(cited: Sequence[Span], gold: Sequence[Span]) -> float | None:
    """Which share of the gold quote that is covered best is cited, in [0, 1]; None if nothing is cited or gold.

    Gold quotes are alternatives, each of which states the fact: to cite one of them whole is enough.
    Source: recall over the evidence as in ERASER, and its maximum over alternatives as in SQuAD.
    """
    if not cited or not gold:
        return None
    ours = _by_article(cited)
    return max(_length(covered(ours.get(g.article_id, ()), [(g.start, g.end)])) / (g.end - g.start) for g in gold)


def article_precision(cited: Collection[str], gold: Collection[str]) -> float | None:
    """Which share of the articles cited is gold, in [0, 1]; None if none is cited or none is gold.

    An article counts once, however often it is cited. Source: precision of retrieved sets (Manning, Raghavan &
    Schütze, "Introduction to Information Retrieval", 2008, section 8.3).
    """
    return len(set(cited) & set(gold)) / len(set(cited)) if cited and gold else None


def article_recall(cited: Collection[str], gold: Collection[str]) -> float | None:
    """Which share of the gold articles is cited, in [0, 1]; None if none is cited or none is gold.

    It is 1 only if every article known to state the fact is cited. Source: as `article_precision`.
    """
    return len(set(cited) & set(gold)) / len(set(gold)) if cited and gold else None


def _by_article(spans: Iterable[Span]) -> dict[str, list[Range]]:
    ranges: dict[str, list[Range]] = {}
    for span in spans:
        ranges.setdefault(span.article_id, []).append((span.start, span.end))
    return ranges


def _union(ranges: Iterable[Range]) -> list[Range]:
    """Return the same characters as ranges in order that neither overlap nor touch."""
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _length(ranges: Iterable[Range]) -> int:
    return sum(end - start for start, end in ranges)

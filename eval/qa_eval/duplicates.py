"""Measure how well near-duplicates are told: `python -m qa_eval.duplicates DATA`.

On articles of several outlets about the same events, on forms that are filled in every day, on a set with copies, and
on made reprints: half of the articles are to tune with, the figures are of the others.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from qa_eval import reprints
from qa_eval.formats.files import json_lines, only_file
from qa_index.duplicates.clusters import cluster
from qa_index.duplicates.relations import age, relation
from qa_index.duplicates.signature import body, signature, words
from qa_index.reading.articles import from_text
from qa_index.types import Article

Pair = tuple[int, int]

BASES, LEAST_WORDS = 600, 150  # articles that are changed, at least this long
_LONGER = "a later, longer version"
_CALLED = {"corrected": "correction", _LONGER: "update"}
# Beginnings of two ids of `news_clusters`: half of the shorter article's words or more stand in the other, but read
# by hand they are rewritten, tell another story over the same background, or are one notice under two films.
_OTHER_STORIES = (
    "762dc154 df7b6446", "12e3629a 2e3edacb", "572f3fd2 db7db41f", "a989861f db7db41f", "7cd30faf e5b73024",
    "5ab7894a e5b73024", "2216ac16 e5b73024", "108638b8 7433ca33", "7b1f91bc f402d5c8", "a124707a e1311d4f",
    "255862df fc8c0136",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the pairs that are the same text, how many are found; of those found, how many are."""

    name: str
    same: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        """Of the pairs found, the part that is right; 1 of none."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Of the pairs that are the same, the part that is found; 1 of none."""
        return self.right / self.same if self.same else 1.0

    def __str__(self) -> str:
        return (
            f"{self.name:34} precision {self.precision:.3f} ({self.right}/{self.found})"
            f"   recall {self.recall:.3f} ({self.right}/{self.same})"
        )


def found_groups(articles: Sequence[Article], *, read: bool = True) -> list[tuple[int, ...]]:
    """Return the groups of places in `articles` that are found, each with its original first."""
    order = sorted(range(len(articles)), key=lambda place: _age(articles[place]))
    sketches = b"".join(signature(articles[place].text, articles[place].masked) for place in order)

    def text_of(place: int) -> str:
        return body(articles[order[place]].text, articles[order[place]].masked)

    groups = cluster(np.frombuffer(sketches, np.uint8).reshape(-1, 512), text_of=text_of if read else None)
    return [tuple(order[place] for place in group) for group in groups]


def _age(article: Article) -> tuple[object, ...]:
    return age(article.published, len(article.text), article.id, updated=article.updated)


def pairs(groups: Iterable[Sequence[int]]) -> set[Pair]:
    """Return every two of each group, the smaller first."""
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def compared(name: str, same: set[Pair], found: set[Pair]) -> Figures:
    """Return the figures of what was found where it is known which pairs are the same."""
    return Figures(name, len(same), len(found), len(same & found))


def contained(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    """Return, exactly, how much of the smaller set the other has."""
    return len(one & other) / max(1, min(len(one), len(other)))


def _shingles(text: str) -> set[tuple[str, ...]]:
    said = words(text)
    return {tuple(said[start : start + 5]) for start in range(len(said) - 4)}


def news_clusters(folder: Path) -> Iterator[str]:
    """Yield the figures of articles of several outlets on the same events.

    The set does not say which are the same text. Taken as the same are those of which half of the shorter one's runs of
    five words stand in the other, but for the pairs that were read and are not.
    """
    records = [record for _, record in json_lines(only_file(folder, "articles*.jsonl*"))]
    articles = [
        from_text(r["text"], title=r["title"], published=dt.date.fromisoformat(r["date"][:10])) for r in records
    ]
    shingles = [_shingles(record["text"]) for record in records]
    others = {tuple(both.split()) for both in _OTHER_STORIES}
    same = {
        pair
        for pair in combinations(range(len(records)), 2)
        if contained(shingles[pair[0]], shingles[pair[1]]) >= 0.5
        and len(shingles[pair[0]] & shingles[pair[1]]) > 50
        and tuple(sorted(records[place]["id"][:8] for place in pair)) not in others
    }
    total = len(records) * (len(records) - 1) // 2
    found = pairs(found_groups(articles))
    yield str(compared(f"news_clusters, {total} pairs", same, found))
    for kind, wrong in (("missed", same - found), ("wrongly found", found - same)):
        for one, other in sorted(wrong):
            yield f"  {kind}: {records[one]['id'][:8]} {records[other]['id'][:8]} {records[one]['title'][:60]}"


def bbc_news(folder: Path) -> Iterator[str]:
    """Yield the figures of a set in which 133 texts are copies of another; other pairs that are found are counted."""
    records = [record for _, record in json_lines(only_file(folder, "articles*.jsonl*"))]
    articles = [from_text(record["text"], title=record["title"]) for record in records]
    by_text: dict[str, list[int]] = {}
    for place, record in enumerate(records):
        by_text.setdefault(" ".join(words(record["text"])), []).append(place)
    same, found = pairs(by_text.values()), pairs(found_groups(articles))
    yield str(compared("bbc_news, copies", same, found & same))
    yield f"  {len(found - same)} more pairs, not the same to the word:"
    for one, other in sorted(found - same):
        exact = contained(_shingles(records[one]["text"]), _shingles(records[other]["text"]))
        yield f"  {exact:.2f} {records[one]['id']} {records[other]['id']} {records[one]['title'][:60]}"


def half_of(name: str) -> str:
    """Return the half an article belongs to: "tune" or "report"."""
    return "tune" if hashlib.sha256(name.encode()).digest()[0] % 2 else "report"


def made_reprints(folder: Path, *, half: str) -> Iterator[str]:
    """Yield the figures of changed copies among all articles of a half, and of what the copies are called."""
    originals = _originals(folder, half)
    bases = [place for place, article in enumerate(originals) if len(words(article.text)) >= LEAST_WORDS][:BASES]
    copies = list(reprints.made([originals[place] for place in bases], seed=7))
    articles = [*originals, *(copy for _, _, copy in copies)]
    story = [*range(len(originals)), *(bases[base] for _, base, _ in copies)]
    started = time.process_time()
    groups = found_groups(articles)
    seconds = time.process_time() - started
    yield f"{len(originals)} articles, {len(copies)} copies of {len(bases)}: {seconds:.1f} s"
    found = pairs(groups)
    same = pairs([place for place, of in enumerate(story) if of == base] for base in bases)
    yield str(compared("made reprints, all pairs", same, found))
    for kind in reprints.CHANGES:
        mine = {(bases[base], len(originals) + number) for number, (of, base, _) in enumerate(copies) if of == kind}
        figures = compared(kind, mine, mine & found)
        yield f"  {kind:32} recall {figures.recall:.3f} ({figures.right}/{figures.same})"
    natural = [pair for pair in found if story[pair[0]] != story[pair[1]]]
    kinds = Counter("two articles" if max(pair) < len(originals) else "a copy" for pair in natural)
    yield f"  pairs of different articles that are found: {dict(kinds)}"
    for one, other in sorted(pair for pair in natural if max(pair) < len(originals)):
        exact = contained(_shingles(articles[one].text), _shingles(articles[other].text))
        first, second = articles[one], articles[other]
        yield f"    {exact:.2f} {first.title} | {second.title} | {first.url} | {second.url}"
    yield from _relations(originals, bases, copies)


def _relations(
    originals: Sequence[Article], bases: Sequence[int], copies: Sequence[tuple[str, int, Article]]
) -> Iterator[str]:
    """Yield how many copies are called what they are."""
    called: Counter[tuple[str, str]] = Counter(
        (kind, relation(originals[bases[base]], copy)) for kind, base, copy in copies
    )
    chance = random.Random(8)
    for base in bases:
        named = replace(originals[base], publisher="The Paper")
        called[_LONGER, relation(reprints.made_earlier(named, chance), named)] += 1
    for kind in [*reprints.CHANGES, _LONGER]:
        wanted = _CALLED.get(kind, "reprint")
        of_kind = {name: count for (of, name), count in called.items() if of == kind}
        right = of_kind.get(wanted, 0) / max(1, sum(of_kind.values()))
        yield f"  called {wanted:10} {right:.3f} of {sum(of_kind.values())}: {kind} {of_kind}"


def _originals(folder: Path, half: str) -> list[Article]:
    """Return the different articles of a half, in the order of the hash of their names."""
    there: dict[str, Article] = {}
    for _, record in json_lines(only_file(folder, "articles*.jsonl*")):
        if half_of(record["url"]) == half and record["text"].strip():
            day = dt.date(*map(int, record["publish_date"].split("/"))) if record["publish_date"] else None
            article = from_text(record["text"], title=record["title"], published=day, url=record["url"])
            there.setdefault(article.id, article)
    return [there[name] for name in sorted(there)]


def filled_forms() -> Iterator[str]:
    """Yield how many pairs of forms that are filled in every day are taken for the same."""
    articles = reprints.forms()
    for read in (True, False):
        groups = found_groups(articles, read=read)
        found = pairs(groups)
        kinds = dict(Counter((articles[one].title or "").split()[0] for one, _ in found))
        how = "read" if read else "by signature alone"
        largest = max(map(len, groups), default=1)
        yield f"{len(articles)} forms filled in daily, {how}: {len(found)} pairs {kinds}, most together {largest}"


def main(arguments: Sequence[str]) -> int:
    """Print every figure; the folder of the sets is the first argument, "tune" the second for the other half."""
    if not arguments:
        sys.stderr.write("Name the folder of the data sets: python -m qa_eval.duplicates DATA [tune]\n")
        return 2
    folder, half = Path(arguments[0]), arguments[1] if len(arguments) > 1 else "report"
    for lines in (
        news_clusters(folder / "news_clusters"),
        filled_forms(),
        bbc_news(folder / "bbc_news"),
        made_reprints(folder / "realtimeqa", half=half),
    ):
        for line in lines:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

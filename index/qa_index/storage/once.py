"""Show a story once: of articles in the same words, the passages of one, and what only another of them has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from qa_index.duplicates import Teller

# So many runs of five words in a row that only a passage has are words of its own: eight. A changed figure makes five.
OWN = 12

Passage = tuple[str, float]  # the id of a chunk, and its score
TextOf = Callable[[str], str]


def each_story_once(ranked: Sequence[Passage], tellers: Mapping[str, Teller], text_of: TextOf) -> list[Passage]:
    """Leave out the passages that the chosen article of their story has too.

    In the place of one that is left out stands the next of the chosen article's own; the order stays otherwise.
    `text_of` returns what is not masked of a chunk, or of an article, by its id.
    """
    chosen = _chosen(ranked, tellers)
    said = {story: _shingles(text_of(article_id)) for story, article_id in chosen.items()}
    own = {story: [each for each in ranked if _article(each) == article_id] for story, article_id in chosen.items()}
    shown: list[Passage] = []
    for passage in ranked:
        teller = tellers.get(_article(passage))
        if teller is None or teller.story not in chosen:
            shown.append(passage)
            continue
        waiting = own[teller.story]
        if _article(passage) != chosen[teller.story]:
            if not _has(said[teller.story], _shingles(text_of(passage[0]))):
                shown.append(passage)
            elif waiting:
                shown.append((waiting.pop(0)[0], passage[1]))
        elif passage in waiting:
            waiting.remove(passage)
            shown.append(passage)
    return shown


def _chosen(ranked: Sequence[Passage], tellers: Mapping[str, Teller]) -> dict[str, str]:
    """Return the article that tells each story of which several were found."""
    found: dict[str, set[str]] = {}
    for passage in ranked:
        article_id = _article(passage)
        if article_id in tellers:
            found.setdefault(tellers[article_id].story, set()).add(article_id)
    return {
        story: min(several, key=lambda each: (tellers[each].rank, each))
        for story, several in found.items()
        if len(several) > 1
    }


def _article(passage: Passage) -> str:
    return passage[0].partition(":")[0]


def _has(said: NDArray[np.uint32], passage: NDArray[np.uint32]) -> bool:
    """Tell whether an article has all that a passage says, but for a figure or a name here and there."""
    known = np.flatnonzero(np.isin(passage, said))
    ends = np.concatenate([[-1], known, [len(passage)]])
    return bool(len(passage)) and int(np.diff(ends).max()) - 1 < OWN


def _shingles(text: str) -> NDArray[np.uint32]:
    from qa_index.duplicates.signature import shingle_hashes, words

    return shingle_hashes(words(text))

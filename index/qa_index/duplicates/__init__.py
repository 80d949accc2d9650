"""Articles that tell one story in the same words: which they are, which came first, what the others are to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Relation = Literal["reprint", "update", "correction"]


@dataclass(frozen=True, slots=True)
class Teller:
    """One of the articles that tell a story in the same words; of those found, that of the lowest rank counts.

    `story` is the id of the original. Corrections rank before updates, these before the original, that before reprints.
    """

    story: str
    rank: int


@dataclass(frozen=True, slots=True)
class Kin:
    """An article that shares its words with an earlier one, the original, and what it is to it."""

    article_id: str
    original_id: str
    relation: Relation

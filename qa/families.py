"""Group the articles that tell one story in the same words: an original, and what others are to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa_index.duplicates import Kin


@dataclass(frozen=True, slots=True)
class Family:
    """An article and the `copies` of it: reprints, updates and corrections, by id."""

    original_id: str
    copies: tuple[Kin, ...]

    def relation_of(self, article_id: str) -> str | None:
        """Say what an article is to the original; None of the original itself."""
        return next((each.relation for each in self.copies if each.article_id == article_id), None)

    def others_than(self, article_id: str) -> tuple[tuple[str, str], ...]:
        """Return the ids of the others, each with what it is: "original", "reprint", "update", "correction"."""
        every = ((self.original_id, "original"), *((each.article_id, each.relation) for each in self.copies))
        return tuple((identity, relation) for identity, relation in every if identity != article_id)


def families(kin: Mapping[str, Kin]) -> dict[str, Family]:
    """Return the family of every article that has one, by its id."""
    copies: dict[str, list[Kin]] = defaultdict(list)
    for each in kin.values():
        copies[each.original_id].append(each)
    found: dict[str, Family] = {}
    for original, members in copies.items():
        family = Family(original, tuple(members))
        found |= dict.fromkeys((original, *(each.article_id for each in members)), family)
    return found


def family_of(article_id: str, kin: Mapping[str, Kin]) -> Family | None:
    """Return the family of one article, None if it stands alone."""
    own = kin.get(article_id)
    original = own.original_id if own else article_id
    copies = tuple(each for each in kin.values() if each.original_id == original)
    return Family(original, copies) if copies else None


def counted_relations(relations: Iterable[str]) -> str:
    """Write how many there are of each: "2 reprints and 1 update"."""
    counts = Counter(relations)
    named = [f"{count:,} {relation}{'' if count == 1 else 's'}" for relation, count in counts.most_common()]
    return " and ".join(filter(None, (", ".join(named[:-1]), named[-1]))) if named else ""

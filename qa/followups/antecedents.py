"""Put what a conversation has been about where a question says "he", "it", "their" or "there"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa.followups.clauses import bare
from qa.followups.phrases import Kind, is_body
from qa.followups.pronouns import OBJECTS, Found, pronouns
from qa.followups.topics import Mention
from qa.followups.verbs import AUXILIARIES, PREPOSITIONS
from qa.names import find_names

_WANTED: dict[str, tuple[Kind, ...]] = {
    "person": ("person",),
    "thing": ("thing",),
    "several": ("things", "thing", "person"),
    "place": ("place",),
    "time": ("time",),
    "fact": ("thing", "things"),
}
_POSSESSIVE = frozenset("his her its their hers theirs".split())
_SEVERAL_ARE = re.compile(r"^(?:are|were|have|do) they$", re.IGNORECASE)
_SORTS = (
    (re.compile(r"(?:country|city|town|village|place|region|state|area|province|island)s?"), "place"),
    (re.compile(r"(?:day|date|week|month|year|time|night|morning)s?"), "time"),
    (
        re.compile(r"(?:man|woman|person|official|politician|leader|actor|actress|singer|player|author|writer)"),
        "person",
    ),
    (
        re.compile(r"(?:company|firm|organi[sz]ation|agency|group|body|team|club|alliance|bloc|ministry|outlet)"),
        "thing",
    ),
)


def resolve(question: str, spoken: Sequence[Mention]) -> str:
    """Return the question with each pronoun that means something said before replaced by it.

    A pronoun that something in the question itself explains stays, and so does one that nothing agrees with.
    """
    named = {question[name.start : name.end].split()[-1] for name in find_names(question)}
    free = [each for each in spoken if each.text.split()[-1] not in named]
    taken: dict[str, Mention] = {}
    text, moved = question, 0
    for found in pronouns(question):
        meant = _meant(found, free, taken)
        if meant is None or (_SEVERAL_ARE.search(question[: found.end]) and "things" not in meant.kinds):
            continue
        put = _in_place(found, meant, question)
        text = text[: found.start + moved] + put + text[found.end + moved :]
        moved += len(put) - (found.end - found.start)
    return text


def _meant(found: Found, spoken: Sequence[Mention], taken: dict[str, Mention]) -> Mention | None:
    """Choose what a pronoun stands for: the latest that agrees, and not what another pronoun already does."""
    same = taken.get(found.group)
    if same and found.text not in OBJECTS:
        return same
    choice = next((each for each in _agreeing(found, spoken) if each != same and _can_stand(found, each)), None)
    if choice:
        taken[found.group] = choice
    return choice


def _agreeing(found: Found, spoken: Sequence[Mention]) -> Iterator[Mention]:
    if found.noun:
        yield from _of_sort(found, spoken)
        return
    wanted = _WANTED[found.group]
    for age in sorted({each.age for each in spoken}):
        here = [each for each in spoken if each.age == age]
        if found.group == "person":
            here.sort(key=lambda each: (each.told, not each.named))
        for kind in wanted:
            if found.group == "several" and kind == "person":
                yield from _together(here)
            yield from (each for each in here if kind in each.kinds and not _doubtful(found, each, kind))


def _together(here: Sequence[Mention]) -> Iterator[Mention]:
    """Yield two people of one turn as those who are meant by "they"."""
    people = [each for each in here if each.named and each.kinds == {"person"} and not each.told]
    if len(people) > 1:
        yield Mention(f"{people[1].text} and {people[0].text}", frozenset({"things"}), named=True)


def _doubtful(found: Found, each: Mention, kind: Kind) -> bool:
    """Whether a lone name that may be somebody's is taken for a thing, or an event for where people live."""
    if each.text.startswith("at "):
        return not found.after_be
    if found.group == "place":
        return "person" in each.kinds
    if _cannot_be(found, each):
        return True
    if found.group == "several" and kind == "thing":
        return not is_body(each.text) or "place" in each.kinds
    return kind == "thing" and "person" in each.kinds and found.group in ("thing", "fact")


def _can_stand(found: Found, each: Mention) -> bool:
    """Whether a phrase can stand in a pronoun's form: "the one who left" has no "'s"."""
    return found.text not in _POSSESSIVE or not each.text.startswith("the one who ")


def _cannot_be(found: Found, each: Mention) -> bool:
    """Whether something neither speaks, though a speaker is meant, nor is told or done, though that is meant."""
    if found.sense == "speaker":
        return not is_body(each.text)
    told = found.sense == "text" or (found.group == "fact" and not found.noun)
    return told and ("place" in each.kinds or _has_name(each))


def _has_name(each: Mention) -> bool:
    return is_body(re.sub(r"^(?:the|an?)\s+", "", each.text, flags=re.IGNORECASE))


def _of_sort(found: Found, spoken: Sequence[Mention]) -> Iterator[Mention]:
    """Yield what "that company" or "those protests" may be: what the noun itself was said of, then one of its sort."""
    root = found.noun.rstrip("s")
    for each in spoken:
        if root in each.text.lower() and len(each.text.split()) > 1 and each.text.lower() != f"the {found.noun}":
            yield each
    for pattern, kind in _SORTS:
        if pattern.fullmatch(found.noun):
            yield from (each for each in spoken if kind in each.kinds and each.named)


def _in_place(found: Found, meant: Mention, question: str) -> str:
    """Return what stands in a pronoun's place, in its form."""
    behind = question[found.end :].split()
    following = bare(behind[0]) if behind else ""
    if found.text in _POSSESSIVE:
        alone = found.text == "her" and (not following or following in PREPOSITIONS | AUXILIARIES)
        return meant.text if alone else meant.possessive
    if found.group == "several" and meant.text.startswith("the one who "):
        return f"those who {meant.text[12:]}"
    if found.group == "place":
        before = question[: found.start].split()
        if meant.text.startswith("at "):
            return meant.text
        return meant.text if before and bare(before[-1]) in ("from", "near", "in", "around") else f"in {meant.text}"
    if found.group == "time":
        return f"on {meant.text}" if re.search(r"\d|day\b", meant.text) else meant.text
    return meant.text

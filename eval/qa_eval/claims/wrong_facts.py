"""Claims with a number, name, date or office that the cited sentence does not have, or not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from qa.dates import find_dates
from qa.names import find_names
from qa.types import Proposed
from qa.words import words
from qa_eval.claims.made import Maker, Source, figures, kin
from qa_eval.claims.phrases import BOUNDS, OFFICES, UNTRUE_NAMES
from qa_eval.claims.phrasing import digits_of, lowered_opening, number_in_words

_COUNTED = re.compile(
    r"(\d[\d,.]*\d|\d) "
    r"(people|soldiers|troops|pieces|years|days|months|regions|points|per cent|percent|million|billion)\b"
)


def _number_wrong(source: Source) -> Iterator[Proposed]:
    for start, end in figures(source.text)[:2]:
        written = source.text[start:end]
        value = digits_of(written)
        if value is None:
            continue
        for new in {value + source.random.randint(1, 9), value * 10} - {value}:
            shown = (
                f"{new:,}"
                if "," in written or new >= 10_000
                else (number_in_words(new) or str(new))
                if written.isalpha()
                else str(new)
            )
            yield source.claim(source.text[:start] + shown + source.text[end:])


def _numbers_exchanged(source: Source) -> Iterator[Proposed]:
    places = figures(source.text)
    for (start, end), (behind, last) in pairwise(places):
        one, two = source.text[start:end], source.text[behind:last]
        if (
            one.lower() != two.lower()
            and source.text[end:behind].strip(" ,-–") not in ("and", "to", "or", "")
            and "between" not in source.text
        ):
            yield source.claim(source.text[:start] + two + source.text[end:behind] + one + source.text[last:])
            return


def _unit_wrong(source: Source) -> Iterator[Proposed]:
    """Count something else."""
    found = _COUNTED.search(source.text)
    if found:
        other = {"million": "billion", "billion": "million", "days": "weeks", "years": "months", "months": "years"}
        new = other.get(found[2], "families" if found[2] != "people" else "buildings")
        yield source.claim(f"{source.text[: found.start(2)]}{new}{source.text[found.end(2) :]}")


def _bound_turned(source: Source) -> Iterator[Proposed]:
    for old, new in BOUNDS:
        text, count = re.subn(rf"\b{old}(?= (?:US)?[$€£]?\d)", new, source.text, count=1)
        if count:
            yield source.claim(text)
            return


def _name_foreign(source: Source) -> Iterator[Proposed]:
    """Put a name in the place of another: one from elsewhere in the articles, and one that is nowhere in them."""
    names = [(name.start, name.end) for name in find_names(source.text) if name.start > 0]
    if not names:
        return
    start, end = source.random.choice(names)
    pool = sorted(set(_elsewhere(source)))
    for choices in (pool, list(UNTRUE_NAMES)):
        if choices:
            yield source.claim(source.text[:start] + source.random.choice(choices) + source.text[end:])


def _elsewhere(source: Source) -> Iterator[str]:
    """Yield the names of other sentences that are like none in this one."""
    taken = {part[:5].lower() for part in re.findall(r"\w+", source.text)}
    for each in source.numbered.values():
        text = " ".join(each.text.split())
        for name in find_names(text):
            parts = re.findall(r"\w{3,}", text[name.start : name.end])
            own = {part[:5].lower() for part in parts}
            if (
                name.start > 0
                and each.number != source.at.number
                and max(map(len, parts), default=0) > 3
                and not own & taken
            ):
                yield text[name.start : name.end]


def _names_exchanged(source: Source) -> Iterator[Proposed]:
    """Let two names of a sentence take each other's part, where a verb stands between them."""
    names = [(name.start, name.end) for name in find_names(source.text)]
    for (start, end), (behind, last) in pairwise(names):
        between = source.text[end:behind]
        meant = [word for word in words(between) if word.is_content]
        apart = re.search(r"\b(?:\w+ed|said|told|took|sent|gave|met|won|beat|left|has|had|was|is|will)\b", between)
        one, two = source.text[start:end], source.text[behind:last]
        if meant and apart and not re.search(r"\b(?:met|meeting|talks|and)\b|[.;]", between) and not kin(one, two):
            yield source.claim(source.text[:start] + two + between + one + source.text[last:])
            return


def _office_wrong(source: Source) -> Iterator[Proposed]:
    for old, new in OFFICES:
        found = re.search(rf"\b(?<!Prime ){old}(?= [A-Z])", source.text)
        if found:
            yield source.claim(source.text[: found.start()] + new + source.text[found.end() :])
            return


def _date_wrong(source: Source) -> Iterator[Proposed]:
    published = source.at.article.published
    weekdays = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
    for date in find_dates(source.text, published.date if published else None):
        written = source.text[date.start : date.end]
        if (day := next((each for each in weekdays if each in written), None)) and date.day is not None:
            other = source.random.choice([each for each in weekdays if each != day])
            yield source.claim(source.text[: date.start] + written.replace(day, other) + source.text[date.end :])
        elif found := re.search(r"(?<!\d)\d{1,2}(?!\d)", written):
            new = int(found.group()) % 27 + source.random.choice((1, 2))
            shown = (
                written[: found.start()] + str(new if new != int(found.group()) else new + 1) + written[found.end() :]
            )
            yield source.claim(source.text[: date.start] + shown + source.text[date.end :])
        elif found := re.search(r"\b(?:19|20)\d\d\b", written):
            shown = written.replace(found.group(), str(int(found.group()) - source.random.randint(1, 9)))
            yield source.claim(source.text[: date.start] + shown + source.text[date.end :])


def _date_added(source: Source) -> Iterator[Proposed]:
    """Add a day that is not said."""
    if not list(find_dates(source.text, None)) and not re.search('[“”"]', source.text):
        month, year = source.random.choice(("March", "August", "November")), source.random.choice((2019, 2021, 2023))
        yield source.claim(f"On {source.random.randint(1, 28)} {month} {year}, {lowered_opening(source.text)}")


WRONG_FACTS: dict[str, Maker] = {
    "wrong number": _number_wrong,
    "numbers exchanged": _numbers_exchanged,
    "wrong unit": _unit_wrong,
    "bound turned": _bound_turned,
    "foreign name": _name_foreign,
    "names exchanged": _names_exchanged,
    "wrong office": _office_wrong,
    "wrong date": _date_wrong,
    "date added": _date_added,
}

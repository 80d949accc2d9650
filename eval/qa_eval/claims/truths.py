"""Claims that one sentence, or two, support: in its words, in fewer of them, or in others that say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from qa.attribution import attributed_to
from qa.dates import find_dates, written_out
from qa.names import ROLES, find_names, is_demonym
from qa.types import Proposed
from qa.words import FUNCTION_WORDS
from qa_eval.claims.made import LEAST_WORDS, Maker, Source, figures
from qa_eval.claims.phrases import SYNONYMS
from qa_eval.claims.phrasing import digits_of, lowered_opening, number_in_words


def _whole(source: Source) -> Iterator[Proposed]:
    yield source.claim(source.text)


def _restyled_quote(source: Source) -> Iterator[Proposed]:
    """Quote in other quotation marks and dashes than the article's."""
    quote = source.at.text.translate(str.maketrans("“”‘’–—", "\"\"''--"))
    if quote != source.at.text:
        yield source.claim(source.text, quote=quote)


def _joined_quote(source: Source) -> Iterator[Proposed]:
    parts = source.text.split()
    if len(parts) >= 14:
        yield source.claim(source.text, quote=f"{' '.join(parts[:5])} … {' '.join(parts[-5:])}")


def _without_tail(source: Source) -> Iterator[Proposed]:
    """Drop a clause that only adds something at the end."""
    cut = re.match(
        r"(.{40,}?),\s(?:which|who|where|among|including|according to|as|while|from the)\s[^,]*\.$", source.text
    )
    if cut and len(cut[1].split()) >= LEAST_WORDS:
        yield source.claim(cut[1] + ".")


def _without_aside(source: Source) -> Iterator[Proposed]:
    """Drop what stands between two commas and only adds something, or between brackets."""
    if source.has_quote:
        return
    text, count = re.subn(
        r"(?<=\w),\s(?:who|which|the|an?|meanwhile|for its part)\b[^,]{3,80},\s(?=[a-z])", " ", source.text, count=1
    )
    if not count:
        text, count = re.subn(r"\s\([^()]{2,60}\)", "", source.text, count=1)
    if count and len(text.split()) >= LEAST_WORDS:
        yield source.claim(text)


def _credited(source: Source) -> Iterator[Proposed]:
    """Give the news to the outlet that prints it."""
    outlet = source.at.article.publisher
    if outlet and attributed_to(source.text) is None:
        yield source.claim(f"According to {outlet}, {lowered_opening(source.text)}")


def _credit_moved(source: Source) -> Iterator[Proposed]:
    """Put "…, Ada Quill said." in front: "According to Ada Quill, …"."""
    found = re.fullmatch(
        r"([^“”\"]{30,}), ((?:[A-Z]|the |local )[\w\s.-]{2,50}?) (?:said|reported|stated|added)(?: on \w+day)?\.",
        source.text,
    )
    if found:
        yield source.claim(f"According to {found[2]}, {lowered_opening(found[1])}.")


def _dated(source: Source) -> Iterator[Proposed]:
    """Write out the day behind a relative one."""
    published = source.at.article.published
    for date in find_dates(source.text, published.date if published else None):
        if source.has_quote:
            return
        if date.relative and date.day:
            before = re.sub(r"\bon $", "", source.text[: date.start])
            on = "" if re.search(r"\b(?:for|of|by|until|since|from|before|after|late|early|to)\s$", before) else "on "
            yield source.claim(f"{before}{on}{written_out(date.day)}{source.text[date.end :]}")
            return


def _number_restyled(source: Source) -> Iterator[Proposed]:
    """Write a number in another way: "2500", "2,500", "ten"."""
    if source.has_quote:
        return
    for figure in figures(source.text):
        written = source.text[figure[0] : figure[1]]
        value = digits_of(written)
        if value is None:
            continue
        new = (
            str(value)
            if "," in written
            else number_in_words(value)
            if written.isdigit() and value <= 20
            else f"{value:,}"
            if written.isdigit() and value >= 1000
            else str(value)
            if written.isalpha()
            else None
        )
        if new and new != written:
            yield source.claim(source.text[: figure[0]] + new + source.text[figure[1] :])
            return


def _surname(source: Source) -> Iterator[Proposed]:
    """Call a person by the surname, without office: "Tokayev"."""
    for name in find_names(source.text):
        full = source.text[name.start : name.end].split()
        before = source.text[: name.start].split()[-1:]
        if len(full) == 2 and before and before[0].lower() in ROLES and before[0][0].isupper():
            start = name.start
            while (word := re.search(r"[\w-]+\s+$", source.text[:start])) and word.group().strip().lower() in ROLES:
                start = word.start()
            if source.text[:start].strip() and not re.search(r"[a-z]\s$", source.text[:start]):
                return
            yield source.claim(source.text[:start] + full[-1] + source.text[name.end :])
            return


def _full_name(source: Source) -> Iterator[Proposed]:
    """Give a surname the first name that the article gives it elsewhere."""
    if source.has_quote or re.search(r"\b(?:Mr|Mrs|Ms|Dr|Sir)\b", source.text):
        return
    for name in find_names(source.text):
        surname = source.text[name.start : name.end]
        if " " in surname or name.end == len(source.text):
            continue
        found = set(re.findall(rf"(?<=[a-z,] )([A-Z][\w-]+) {re.escape(surname)}\b", source.at.article.text))
        firsts = {each for each in found if each.lower() not in ROLES | FUNCTION_WORDS and not is_demonym(each)}
        if (
            len(firsts) == 1
            and source.at.article.text.count(surname) > 1
            and not source.text.count(f"{next(iter(firsts))} {surname}")
        ):
            yield source.claim(f"{source.text[: name.start]}{next(iter(firsts))} {source.text[name.start :]}")
            return


def _acronym(source: Source) -> Iterator[Proposed]:
    """Write only the acronym where the sentence defines it."""
    if source.has_quote:
        return
    found = re.search(
        r"\b((?:[A-Z][\w-]+\s+(?:of\s+|and\s+|the\s+)?){1,6}[A-Z]?[\w-]*)\s+\(([A-Z]{3,6})\)", source.text
    )
    if found and [part[0] for part in found[1].split() if part[0].isupper()][-len(found[2]) :] == list(found[2]):
        parts = [part for part in found[1].split()]
        capitals = [i for i, part in enumerate(parts) if part[0].isupper()]
        kept = "".join(part + " " for part in parts[: capitals[-len(found[2])]])
        yield source.claim(f"{source.text[: found.start()]}{kept}{found[2]}{source.text[found.end() :]}")


def _synonym(source: Source) -> Iterator[Proposed]:
    text, made = source.text, 0
    for old, new in SYNONYMS:
        text, count = re.subn(rf"(?<!-)\b{old}\b(?!-)", new, text, count=1)
        made += count
    if made and not re.search('[“”"]', text):
        yield source.claim(text)


def _fronted(source: Source) -> Iterator[Proposed]:
    """Put the day at the end of a plain sentence in front."""
    found = re.fullmatch(r"([A-Z][^,“”\";:]{25,}?) (on (?:\w+day|[A-Z]\w+\.? \d+)|in \d{4})\.", source.text)
    if found and not re.search(r"\b(?:and|that|but|as of|until)\b", found[1]):
        day = found[2][:1].upper() + found[2][1:]
        yield source.claim(f"{day}, {lowered_opening(found[1])}.")


def _two(source: Source) -> Iterator[Proposed]:
    """Join a sentence with the next one, citing both."""
    following = source.next
    if (
        following
        and len(source.text.split()) + len(following.text.split()) <= 60
        and not re.search('[“”"]', source.text + following.text)
    ):
        other = " ".join(following.text.split())
        if len(other.split()) >= LEAST_WORDS:
            text = f"{source.text.rstrip('.')}, and {lowered_opening(other)}"
            yield source.claim(text, cite=(source.at.number, following.number))


def _beside(source: Source) -> Iterator[Proposed]:
    """Cite a sentence too many."""
    if source.others and source.at.number % 2:
        yield source.claim(source.text, cite=(source.at.number, source.random.choice(source.others).number))


def _reported(source: Source) -> Iterator[Proposed]:
    """Say which outlet reported it, and on which day."""
    article = source.at.article
    if article.publisher and article.published and attributed_to(source.text) is None and not source.has_quote:
        day = written_out(article.published.date)
        yield source.claim(f"{article.publisher} reported on {day} that {lowered_opening(source.text)}")


def _first_clause(source: Source) -> Iterator[Proposed]:
    """Say the first of two main clauses."""
    found = re.match(r"([^“”\"]{40,}?), (?:and|but|while|though) (?:the|it|he|she|they|there|its|his)\b", source.text)
    if found and " if " not in found[1]:
        yield source.claim(found[1] + ".")


def _several(source: Source) -> Iterator[Proposed]:
    """Change several things at once, each of which changes nothing."""
    text, changes = source.text, 0
    for maker in (_synonym, _dated, _surname, _number_restyled, _acronym, _without_tail):
        at = replace(source, said=text)
        for proposed in maker(at):
            text, changes = proposed.text, changes + 1
            break
    if changes > 1:
        yield source.claim(text)


TRUTHS: dict[str, Maker] = {
    "whole sentence": _whole,
    "quote in other typography": _restyled_quote,
    "quote with an ellipsis": _joined_quote,
    "last clause left out": _without_tail,
    "aside left out": _without_aside,
    "credited to its outlet": _credited,
    "credit in front": _credit_moved,
    "day written out": _dated,
    "number in another way": _number_restyled,
    "surname alone": _surname,
    "full name": _full_name,
    "acronym": _acronym,
    "synonyms": _synonym,
    "day in front": _fronted,
    "two sentences": _two,
    "a sentence too many cited": _beside,
    "outlet and day": _reported,
    "first clause": _first_clause,
    "several ways at once": _several,
}

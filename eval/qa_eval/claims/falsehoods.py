"""Claims that no cited sentence supports, made by changing one that it does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.attribution import attributed_to
from qa.names import find_names
from qa.types import Proposed
from qa.words import words
from qa_eval.claims.made import Maker, Source, figures, kin, opening
from qa_eval.claims.phrases import CAPITALS, CERTAIN, DETAILS, OPPOSITES, ORDERS
from qa_eval.claims.phrasing import lowered_opening, negated
from qa_eval.claims.wrong_facts import WRONG_FACTS

_DOUBTED = re.compile(
    r"\b(?:denied|deny|whether|if|could|may|might|not|never|accused of|plans? to|threatened to|refused to)"
    r"\s+(?:that\s+)?((?:[\w'’-]+\s+){5,}[\w'’-]+)"
)


def _cites_other(source: Source) -> Iterator[Proposed]:
    """Cite a sentence that does not say it, with a quote from that sentence; and with the right quote."""
    if source.others:
        other = source.random.choice(source.others)
        yield source.claim(source.text, cite=(other.number,), quote=opening(" ".join(other.text.split())))
        yield source.claim(source.text, cite=(other.number,))


def _cites_other_loosely(source: Source) -> Iterator[Proposed]:
    """Say the sentence without its names and numbers, citing another of the same article."""
    names = [(name.start, name.end) for name in find_names(source.text)]
    same = [each for each in source.others if each.article.id == source.at.article.id]
    if same and len(names) <= 1 and not figures(source.text):
        other = source.random.choice(same)
        text = source.text
        for start, end in reversed(names):
            text = text[:start] + ("They" if start == 0 else "them") + text[end:]
        yield source.claim(text, cite=(other.number,), quote=opening(" ".join(other.text.split())))


def _invented_quote(source: Source) -> Iterator[Proposed]:
    """Quote what is not there: a word exchanged, small letters, words in another order, something else altogether."""
    parts = source.text.split()
    place = source.random.randrange(1, min(7, len(parts)))
    quotes = [" ".join([*parts[:place], "reportedly", *parts[place:8]]), " ".join(reversed(parts[:6]))]
    quotes.append(source.random.choice(DETAILS).strip(" ,."))
    if source.text[:40] != source.text[:40].lower():
        quotes.append(source.text.lower())
    yield source.claim(source.text, quote=source.random.choice(quotes))


def _no_quote(source: Source) -> Iterator[Proposed]:
    yield source.claim(source.text, quote=source.random.choice(("", "the", "…", "of")))


def _words_put_in_mouth(source: Source) -> Iterator[Proposed]:
    """Put words that nobody said into quotation marks."""
    speaker = attributed_to(source.text)
    if speaker:
        said = source.random.choice(
            ("We had no choice", "This is only the beginning", "Nobody will be spared", "I am sorry")
        )
        yield source.claim(f"“{said},” {speaker} said.")


def _no_such_sentence(source: Source) -> Iterator[Proposed]:
    last = max(source.numbered)
    cite = source.random.choice(
        ((last + 7,), (0,), (-source.at.number,), (source.at.number, last + 1), tuple(range(1, 40)), ())
    )
    yield Proposed(source.text, cite, opening(source.text))


def _memory(source: Source) -> Iterator[Proposed]:
    """State what is true of the world, or in another article, and stands in no sentence that is cited."""
    for country, capital in CAPITALS:
        if re.search(rf"\b{country}\b", source.text) and capital not in source.text:
            yield source.claim(f"The capital of {country} is {capital}.")
            break
    shared = {word.stem for word in words(source.text) if word.is_name}
    for other in source.others:
        if other.article.id != source.at.article.id and shared & {w.stem for w in words(other.text) if w.is_name}:
            yield source.claim(" ".join(other.text.split()))
            break


def _negated(source: Source) -> Iterator[Proposed]:
    if (text := negated(source.text)) is not None:
        yield source.claim(text)


def _opposite(source: Source) -> Iterator[Proposed]:
    for old, new in OPPOSITES:
        text, count = re.subn(rf"(?<!-)\b{old}\b(?!-)", new, source.text, count=1)
        if count:
            yield source.claim(text)
            return


def _credit_wrong(source: Source) -> Iterator[Proposed]:
    """Give the news to somebody else than the sentence does."""
    known = attributed_to(source.text)
    names = sorted({
        each.text[name.start : name.end]
        for each in source.numbered.values()
        for name in find_names(" ".join(each.text.split()))
        if name.start > 0 and each.article.id == source.at.article.id and "\n" not in each.text[name.start : name.end]
    })  # fmt: skip
    others = [
        name for name in names if name not in source.text and len(name) > 3 and (not known or not kin(name, known))
    ]
    bare = re.sub(r", (?:according to [^,]+|[\w\s]{3,40} (?:said|reported)(?: on \w+day)?)\.$", ".", source.text)
    if others:
        yield source.claim(f"According to {source.random.choice(others)}, {lowered_opening(bare)}")
    if known:
        inside = [source.text[n.start : n.end] for n in find_names(source.text)]
        if swapped := [name for name in inside if not kin(name, known) and not _speaks(name, known, source.text)]:
            yield source.claim(f"{source.random.choice(swapped)} said that {lowered_opening(bare)}")


def _speaks(name: str, known: str, text: str) -> bool:
    """Whether the news may be from this name: it says something, is cited, or stands beside one that is."""
    after = text[text.index(name) + len(name) :][:90]
    before = text[max(0, text.index(name) - 60) : text.index(name)]
    saying = r"\b(?:said|says|told|reported|stated|wrote|added|announced|claimed|according|citing|posted|disclosed)\b"
    return bool(re.search(saying, after) or re.search(saying, before)) or known in after[:40] or known in before[-40:]


def _detail(source: Source) -> Iterator[Proposed]:
    """Add what nobody said, without a name or a number."""
    yield source.claim(source.text.rstrip(". ") + source.random.choice(DETAILS))


def _blend(source: Source) -> Iterator[Proposed]:
    """Take the beginning of a sentence and the end of another, citing both."""
    same = [each for each in source.others if each.article.id == source.at.article.id]
    verb = r"\b(?:was|were|has|had|have|is|are|will|said|took|told|went|came)\b"
    mine = re.search(verb, source.text)
    if not same or not mine or mine.start() < 8:
        return
    other = source.random.choice(same)
    told = " ".join(other.text.split())
    if (theirs := re.search(rf"\b{mine.group()}\b", told)) and theirs.end() < len(told) - 25:
        text = source.text[: mine.end()] + told[theirs.end() :]
        yield source.claim(text, cite=(source.at.number, other.number))


def _torn(source: Source) -> Iterator[Proposed]:
    """Tear a clause out of what only may be, is denied, or is said not to be."""
    found = _DOUBTED.search(source.text)
    if found:
        yield source.claim(found[1].strip() + ".")


def _doubt_lost(source: Source) -> Iterator[Proposed]:
    """State as a fact what is only expected, planned or alleged."""
    for old, new in CERTAIN:
        text, count = re.subn(rf"\b{old}", new, source.text, count=1)
        if count:
            yield source.claim(text)
            return


def _markup(source: Source) -> Iterator[Proposed]:
    """Smuggle in what a claim must not hold."""
    yield source.claim(source.random.choice(ORDERS).replace("$TEXT", source.text))


FALSEHOODS: dict[str, Maker] = {
    **WRONG_FACTS,
    "another sentence cited": _cites_other,
    "another cited, no names": _cites_other_loosely,
    "quote invented": _invented_quote,
    "no quote": _no_quote,
    "words put in a mouth": _words_put_in_mouth,
    "no such sentence": _no_such_sentence,
    "from memory": _memory,
    "negation": _negated,
    "opposite": _opposite,
    "wrong source": _credit_wrong,
    "detail added": _detail,
    "two sentences blended": _blend,
    "torn out": _torn,
    "doubt lost": _doubt_lost,
    "markup and marks": _markup,
}

"""Make pairs of evidence and claim from sentences of news and from headlines."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from support_making import Making, changed_in, names_of
from support_pairs import Pair, Told
from support_truths import dated, parts, worded

from qa.dates import find_dates, written_out
from qa.words import content

SENTENCES = 8  # of an article
HEADLINES = 0.8  # how often a headline makes a claim
RESOLVED = 0.6  # how often the calendar day is put behind a weekday, as the program does before it asks
BLENDED = 0.25  # how often what a sentence does not say is made of its own words, or of its neighbour's
JOINED = 0.12  # how often two sentences make one claim
OTHERWISE = 0.3  # how often an article is made to say something else first
VERB = re.compile(r"\b(?:was|were|has|had|have|is|are|will|said|took|told|went|came|made|would|could)\b")
TORN = re.compile(
    r"\b(?:denied|deny|denies|whether|if|could|may|might|not|never|accused of|plans? to|threatened to|refused to"
    r"|failed to|unless|without|fears?"
    r"|claims?|alleged|wants? to|hopes? to|would|urged|called for|warned)\s+(?:that\s+)?((?:[\w'’-]+\s+){5,}[\w'’-]+)"
)


class OfNews:
    """Makes pairs of articles."""

    def __init__(self, making: Making) -> None:
        self._making = making

    def of_article(self, told: Told) -> Iterator[Pair]:
        """Yield pairs of some sentences of an article, and of its headline."""
        names = names_of(told.sentences)
        for place in self._making.random.sample(range(len(told.sentences)), min(SENTENCES, len(told.sentences))):
            here = self._otherwise(told, place) if self._making.chance(OTHERWISE) else told
            for claim, evidence in self._claims(here, place):
                yield from self._of_claim(told, place, claim, evidence)
            if here is not told:
                yield from self._as_it_was(here, told, place)
            elif self._making.chance(JOINED):
                yield from self._joined(told, place)
            elif self._making.chance(BLENDED):
                yield from self._blended(told, place)
        if len(told.title.split()) >= 4 and self._making.chance(HEADLINES):
            true = self._pair(told, " ".join(told.sentences[:2]), told.title, source="headlines", title="")
            yield from [true] if self._making.chance(0.5) else self._making.lied(true, told.sentences, names)

    def _of_claim(self, told: Told, place: int, claim: str, evidence: str) -> Iterator[Pair]:
        """Yield a true claim as it is, with a lie in it, or with evidence that does not say it."""
        as_told = resolved(evidence, told.published) if self._making.chance(RESOLVED) else evidence
        true = self._pair(told, as_told, claim)
        turn = self._making.random.random()
        if turn < 0.56:
            yield self._making.reworded(true)
        elif turn < 0.9:
            yield from self._making.lied(self._making.reworded(true), told.sentences, names_of(told.sentences))
        else:
            yield from self._unsaid(told, place, self._making.reworded(true))

    def _pair(
        self,
        told: Told,
        evidence: str,
        claim: str,
        *,
        source: str = "news",
        kind: str = "",
        **fields: Any,  # noqa: ANN401
    ) -> Pair:
        """Return a pair about an article, supported unless `fields` say otherwise."""
        day = written_out(told.published) if told.published else ""
        return replace(Pair(evidence, claim, True, f"{source} {told.part}{kind}", told.title, day, ()), **fields)

    def _claims(self, told: Told, place: int) -> Iterator[tuple[str, str]]:
        """Yield one or two true claims of a sentence, each with evidence."""
        sentence = told.sentences[place]
        some = [claim for claim in parts(sentence) if worded(claim)]
        turns = [claim for part in some for claim in parts(part) if worded(claim)]
        drawn = self._making.random.sample(some + turns, min(2, len(some + turns)))
        if not drawn or self._making.chance(0.3):
            drawn.append(sentence)
        for claim in drawn[:2]:
            evidence = self._making.around(told.sentences, place)
            if told.published and self._making.chance(0.5):
                claim = dated(claim, told.published) or claim
            yield self._named(claim, told.sentences, place, evidence), evidence

    def _otherwise(self, told: Told, place: int) -> Told:
        """Return an article that says something else in one sentence: then what was a lie is the truth.

        Without such articles, a claim that sounds wrong would be one.
        """
        other = self._making.otherwise(told.sentences[place], told.sentences)
        if other is None:
            return told
        return replace(told, sentences=(*told.sentences[:place], other, *told.sentences[place + 1 :]))

    def _as_it_was(self, here: Told, told: Told, place: int) -> Iterator[Pair]:
        """Yield what the sentence said before it was changed, of the part that was."""
        before, after = told.sentences[place], here.sentences[place]
        both = list(zip([before, *parts(before)], [after, *parts(after)], strict=False))
        old, new = self._making.random.choice(both)
        if old != new and worded(old) and len(set(old.split()) ^ set(new.split())) <= 8:
            evidence = self._making.around(here.sentences, place)
            yield self._pair(told, evidence, old, supported=False, kind=", as it was", changed=changed_in(old, new))

    def _joined(self, told: Told, place: int) -> Iterator[Pair]:
        """Yield what two sentences say as one claim, with both as evidence or with one."""
        two = told.sentences[place : place + 2]
        if len(two) < 2 or sum(len(one.split()) for one in two) > 50 or not all(one.endswith(".") for one in two):
            return
        first, second = (self._making.random.choice([one, *(p for p in parts(one) if worded(p))]) for one in two)
        claim = f"{first[:-1]}{self._making.random.choice([', and ', '; ', '. '])}{second}"
        if self._making.chance(0.5):
            yield self._pair(told, " ".join(two), claim)
        else:
            changed = ((len(first), len(claim)),)
            yield self._pair(told, two[0], claim, supported=False, kind=", joined", changed=changed)

    def _blended(self, told: Told, place: int) -> Iterator[Pair]:
        """Yield the beginning of one sentence with the end of another, or what is only feared or denied as a fact."""
        sentence, other = told.sentences[place], self._making.random.choice(told.sentences)
        if (torn := TORN.search(sentence)) and self._making.chance(0.6):
            claim = f"{torn[1][0].upper()}{torn[1][1:]}."
            around = self._making.around(told.sentences, place)
            yield self._pair(told, around, claim, supported=False, kind=", torn", changed=None)
            return
        mine = VERB.search(sentence)
        theirs = re.search(rf"\b{mine[0]}\b", other) if mine and other != sentence else None
        if mine and theirs and mine.start() > 8 and theirs.end() < len(other) - 20:
            claim = sentence[: mine.end()] + other[theirs.end() :]
            if worded(claim):
                both = f"{sentence} {other}" if self._making.chance(0.5) else f"{other} {sentence}"
                changed = ((mine.start(), len(claim)),)
                yield self._pair(told, both, claim, supported=False, kind=", blended", changed=changed)

    def _named(self, claim: str, sentences: Sequence[str], place: int, evidence: str) -> str:
        """Say who "he" is, if the sentence before names one person and is part of the evidence."""
        found = re.match(r"(He|She) ", claim)
        if not found or place == 0 or sentences[place - 1] not in evidence:
            return claim
        people = {name for name in names_of([sentences[place - 1]]) if re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", name)}
        return f"{people.pop()} {claim[found.end() :]}" if len(people) == 1 else claim

    def _unsaid(self, told: Told, place: int, true: Pair) -> Iterator[Pair]:
        """Yield the claim with other evidence of its article: the sentence that shares most words, or one beside it."""
        others = [i for i in range(len(told.sentences)) if i != place]
        asked = {word.stem for word in content(true.claim)}

        def shared(number: int) -> float:
            return len(asked & {word.stem for word in content(told.sentences[number])}) / max(1, len(asked))

        likely = [i for i in others if shared(i) < 0.7]
        if not likely or not asked:
            return
        best = max(likely, key=shared) if self._making.chance(0.6) else min(likely, key=lambda i: abs(i - place))
        evidence = told.sentences[best]
        if best + 1 in likely and self._making.chance(0.3):
            evidence = f"{evidence} {told.sentences[best + 1]}"
        yield replace(true, evidence=evidence, supported=False, changed=None, source=f"{true.source}, unsaid")


def resolved(text: str, published: dt.date | None) -> str:
    """Return a text with the calendar day behind each relative one: "on Wednesday (5 January 2022)"."""
    for date in reversed(list(find_dates(text, published))):
        if date.relative and date.day:
            text = f"{text[: date.end]} ({written_out(date.day)}){text[date.end :]}"
    return text

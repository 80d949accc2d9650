"""Make claims that articles support and claims that they do not, of many kinds, always the same ones."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from qa.names import find_names
from qa.types import Numbered, Proposed
from qa.words import stem, words
from qa_eval.claims.falsehoods import FALSEHOODS
from qa_eval.claims.made import LEAST_WORDS, MOST_WORDS, Made, Source, Told, opening
from qa_eval.claims.phrasing import statement
from qa_eval.claims.truths import TRUTHS
from qa_eval.types import Case
from qa_index.types import Article

FROM_CASES, REWORDED = "answer of a case", "a lie in other words"
# Ways to say a sentence in other words, and lies that can be told in these.
_WAYS = (
    "several ways at once",
    "synonyms",
    "aside left out",
    "last clause left out",
    "day written out",
    "first clause",
)
_TOLD = ("negation", "detail added", "opposite", "names exchanged", "wrong number", "foreign name", "doubt lost")
KINDS = {**dict.fromkeys((*TRUTHS, FROM_CASES), True), **dict.fromkeys((*FALSEHOODS, REWORDED), False)}


def make(told: Sequence[Told], cases: Sequence[tuple[Case, Article]] = ()) -> Iterator[Made]:
    """Yield claims made of each sentence of the articles, and of the cases with the article that answers each.

    Each article is shown together with the next, as a model is shown the passages of several.
    """
    shown = [(each, _shown(each, told[(number + 1) % len(told)])) for number, each in enumerate(told)]
    for each, numbered in shown:
        for at in numbered.values():
            if at.article.id == each.article.id and LEAST_WORDS <= len(at.text.split()) <= MOST_WORDS:
                yield from _of_sentence(at, numbered)
    by_article = {each.article.id: numbered for each, numbered in shown}
    for case, article in cases:
        if article.id in by_article:
            yield from _of_case(case, article, by_article[article.id])


def thinned(made: Sequence[Made], limit: int) -> tuple[Made, ...]:
    """Return at most `limit` of the claims, evenly spaced; always the same ones."""
    if limit >= len(made):
        return tuple(made)
    return tuple(made[number * len(made) // limit] for number in range(limit))


def _shown(told: Told, other: Told) -> dict[int, Numbered]:
    """Return the sentences of an article and of another, numbered."""
    spans = [(told.article, span) for span in told.sentences]
    if other.article.id != told.article.id:
        spans += [(other.article, span) for span in other.sentences]
    return {number: Numbered(number, span, article) for number, (article, span) in enumerate(spans, start=1)}


def _of_sentence(at: Numbered, numbered: Mapping[int, Numbered]) -> Iterator[Made]:
    for supported, makers in ((True, TRUTHS), (False, FALSEHOODS)):
        for kind, maker in makers.items():
            source = Source(at, numbered, random.Random(f"{at.article.id} {at.span.start} {kind}"))
            for proposed in maker(source):
                if supported or not _is_true(proposed, source):
                    yield Made(kind, supported, proposed, numbered)
    yield from _reworded(at, numbered)


def _reworded(at: Numbered, numbered: Mapping[int, Numbered]) -> Iterator[Made]:
    """Say the sentence in other words, and lie in these."""
    source = Source(at, numbered, random.Random(f"{at.article.id} {at.span.start} {REWORDED}"))
    for way in _WAYS:
        for true in TRUTHS[way](source):
            for kind in source.random.sample(_TOLD, k=3):
                for proposed in FALSEHOODS[kind](replace(source, said=true.text)):
                    yield Made(REWORDED, False, proposed, numbered)


def _is_true(proposed: Proposed, source: Source) -> bool:
    """Whether a lie came out as the sentence it was made of, with a quote that stands there."""
    same = proposed.text.strip(" .") == source.text.strip(" .")
    return (
        same and proposed.sentences == (source.at.number,) and len(proposed.quote) > 8 and proposed.quote in source.text
    )


def _of_case(case: Case, article: Article, numbered: Mapping[int, Numbered]) -> Iterator[Made]:
    """Put the answer of a case as a statement, citing the sentence that gold names and those its names stand in."""
    mine = [each for each in numbered.values() if each.article.id == article.id]
    for gold in case.gold:
        place = article.text.find(gold.quote) if gold.quote else -1
        at = next((each for each in mine if each.span.start <= place < each.span.end), None)
        answer = next((each for each in case.answers if each in gold.quote), None)
        text = statement(case.question, answer) if answer else None
        if at is None or text is None:
            continue
        cited = [at.number]
        for name in find_names(text):
            last = re.findall(r"\w+", text[name.start : name.end])[-1]
            if not any(stem(last) in {word.stem for word in words(numbered[n].text)} for n in cited):
                there = [each for each in mine if last in each.text]
                cited += [min(there, key=lambda each: abs(each.number - at.number)).number] if there else []
        yield Made(FROM_CASES, True, Proposed(text, tuple(cited), opening(gold.quote)), numbered)
        return

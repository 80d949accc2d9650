"""Measure how claims are checked, on made lies and on claims that the articles support."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.types import Dropped, Judge, Numbered, Proposed
from qa.writing.support import verify
from qa_eval.claims.lies import make, thinned
from qa_eval.claims.made import Made, Told, opening
from qa_eval.claims.report import Report, Verdict
from qa_eval.formats import wice
from qa_eval.golden import resolve
from qa_eval.metrics.confidence import auroc
from qa_eval.suites import open_suite, shipped_articles
from qa_eval.types import Case
from qa_index.errors import QAError, UsageError
from qa_index.reading.articles import from_text
from qa_index.reading.chunks import cut
from qa_index.reading.decoding import decode
from qa_index.reading.files import find, read_bytes
from qa_index.types import Article, Span, When, article_id

SUITES = ("seeds", "seeds_dev")


@dataclass(frozen=True, slots=True)
class Believing:
    """A judge that believes everything: what is dropped with it, the rules alone drop."""

    name: str = "none"
    threshold: float = 0.5

    def support(self, evidence: str, claim: str) -> float:
        """Return certainty."""
        return 1.0


class _Remembering:
    """A judge that remembers what it last said."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.name, self.threshold = judge.name, judge.threshold
        self.last: float | None = None

    def support(self, evidence: str, claim: str) -> float:
        self.last = self._judge.support(evidence, claim)
        return self.last


def check(articles: Path | None, path: Path | None, *, judge: str, limit: int | None = None) -> Report:
    """Check claims made of these articles, or of the shipped ones, and those of a file of WiCE if it is named.

    Raises:
        UsageError: if there is no such judge, or nothing to make claims of.
        ModelUnavailable: if the judge's model is missing or damaged.

    """
    chosen = _judge(judge)
    made = tuple(make(*told(articles)))
    return measure(thinned(made, limit) if limit else made, path, chosen)


def _judge(name: str) -> Judge:
    if name == "none":
        return Believing()
    if name != "shipped":
        raise UsageError(f"Asked for the judge {name}, but there are two: shipped and none. Name one of these.")
    from qa.judge import open_judge  # loads a model

    return open_judge()


def told(place: Path | None) -> tuple[list[Told], list[tuple[Case, Article]]]:
    """Read the articles to make claims of, the shipped ones with the cases about them, or those of a folder.

    Raises:
        UsageError: if there is no article that can be read.

    """
    found = (_read(path) for path in find(place or shipped_articles()))
    articles = {each.id: each for each in found if each is not None}
    if not articles:
        raise UsageError(f"Asked to make claims of the articles in {place}, but none can be read. Name another folder.")
    cases = [] if place else list(_cases(tuple(articles.values())))
    sentences = {each.id: tuple(span for chunk in cut(each) for span in chunk.sentences) for each in articles.values()}
    return [Told(each, sentences[each.id]) for each in articles.values()], cases


def _read(path: Path) -> Article | None:
    try:
        return from_text(decode(read_bytes(path)), source=str(path))
    except QAError:
        return None


def _cases(articles: Sequence[Article]) -> Iterator[tuple[Case, Article]]:
    """Yield the answerable cases of the shipped suites, with the article that answers each."""
    there = {each.id: each for each in articles}
    for name in SUITES:
        suite = open_suite(name)
        known = resolve(suite, articles).ids
        for case in suite.cases:
            if case.answerable and (ids := known.get(case.gold[0].article)):
                yield case, there[ids[0]]


def measure(made: Iterable[Made], path: Path | None, judge: Judge) -> Report:
    """Check the claims, and those of WiCE if its file is named."""
    verdicts = tuple(judged(made, judge))
    if path is None:
        return Report(judge.name, verdicts)
    labelled = list(wice.load(path))
    scores = [judge.support(each.premise, each.claim) for each in labelled]
    supported = [each.label == wice.SUPPORTED for each in labelled]
    clear = [(s, yes) for s, yes, each in zip(scores, supported, labelled, strict=True) if each.label != wice.PARTLY]
    return Report(
        judge.name,
        verdicts,
        tuple(judged(map(_cited, labelled), judge)),
        auroc(scores, supported),
        auroc([score for score, _ in clear], [yes for _, yes in clear]),
    )


def judged(made: Iterable[Made], judge: Judge) -> Iterator[Verdict]:
    """Check each claim; yield what became of it."""
    asked = _Remembering(judge)
    for each in made:
        asked.last = None
        found = verify(each.proposed, each.numbered, judge=asked)
        evidence = " ".join(each.numbered[n].text for n in each.proposed.sentences if n in each.numbered)
        reason, check = (found.reason, found.check) if isinstance(found, Dropped) else (None, None)
        yield Verdict(each.kind, each.supported, each.proposed.text, evidence, reason, check, asked.last)


def _cited(labelled: wice.Labelled) -> Made:
    """Make a claim of WiCE one that cites its whole evidence, with the first words of it as its quote."""
    text = " ".join(labelled.premise.split())
    day = labelled.published
    published = When(dt.datetime.combine(day, dt.time()), "day") if day else None
    article = Article(article_id(text), text, published=published)
    at = Numbered(1, Span(article.id, 0, len(text)), article)
    return Made(
        labelled.label,
        labelled.label == wice.SUPPORTED,
        Proposed(" ".join(labelled.claim.split()), (1,), opening(text)),
        {1: at},
    )

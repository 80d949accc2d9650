"""Judge one answer against its case, and against the promises that every answer keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from qa_eval.golden import Known
from qa_eval.metrics.facts import facts_exact, facts_f1
from qa_eval.metrics.spans import article_precision, article_recall, covered, overlap, span_precision, span_recall
from qa_eval.metrics.support import supported
from qa_eval.metrics.text import exact_match, f1, states
from qa_eval.types import Case, Cited, Outcome
from qa_index.types import Article

if TYPE_CHECKING:
    from qa.types import Answer, Citation, Claim, Passage

Articles = Mapping[str, Article]
_MARK = re.compile(r"\s*\[\d+\]")
_NUMBER = re.compile(r"\[(\d+)\]")
_WORKED_OUT = re.compile(r"(?<=\])\s*\([^()]*\)\s*$")
_AROUND = 160  # characters shown before and after what is cited


def judge(case: Case, answer: Answer, *, known: Known, articles: Articles, milliseconds: float) -> Outcome:
    """Judge an answer; `articles` are the library's, by id."""
    abstained = answer.status == "abstained"
    shown = tuple(_shown(answer))
    claims = tuple({claim.text: claim for claim in (*answer.claims, *answer.conflicts)}.values())
    said = "" if abstained else _MARK.sub("", answer.text)
    bare = "" if abstained else answer.short or said
    unbacked = () if abstained else tuple(_unbacked(answer, claims))
    accepted = case.answers or ("",)
    outcome = Outcome(
        case,
        status=answer.status,
        short=answer.short,
        text=answer.text,
        confidence=answer.confidence,
        milliseconds=milliseconds,
        stated=any(states(each, case.answers) for each in (bare, said)),
        answered_right=states(bare, case.answers),
        exact=exact_match(bare, accepted),
        f1=f1(bare, accepted),
        facts_exact=facts_exact(bare, accepted),
        facts_f1=facts_f1(bare, accepted),
        claims=len(claims) + len(unbacked),
        unsupported=sum(not _is_supported(each, articles) for each in claims) + len(unbacked),
        shown=len(shown),
        altered=sum(not verbatim(each, articles) for each in shown),
        cited_abstention=abstained and bool(answer.citations or claims),
        uncited=not abstained and not _is_cited(answer, claims),
        citations=tuple(_cited(each, known, articles) for each in answer.citations or answer.nearest[:1]),
    )
    return _with_citations(outcome, answer, known) if known.grades else outcome


def with_search(outcome: Outcome, passages: Sequence[Passage], *, known: Known, depth: int) -> Outcome:
    """Add where a search for `depth` passages found the gold articles and quotes."""
    order = list(dict.fromkeys(each.chunk.span.article_id for each in passages))
    ranks = {name: rank for rank, name in enumerate(order, start=1) if name in known.grades}
    holding = (
        rank
        for rank, each in enumerate(passages, start=1)
        if any(overlap(each.chunk.span, gold) for gold in known.spans)
    )
    return replace(
        outcome,
        depth=depth,
        ranks=tuple(ranks.values()),
        grades=tuple(known.grades[name] for name in ranks),
        relevant=tuple(known.grades.values()),
        passage_rank=next(holding, None),
        gold_spans=len(known.spans),
    )


def verbatim(citation: Citation, articles: Articles) -> bool:
    """Whether the quote stands exactly where the citation says, in an article of the library."""
    article = articles.get(citation.span.article_id)
    if article is None:
        return False
    return citation.quote != "" and article.text[citation.span.start : citation.span.end] == citation.quote


def _shown(answer: Answer) -> Iterator[Citation]:
    """Yield every citation that an answer shows anywhere, the same words at the same place once."""
    in_claims = (each for claim in (*answer.claims, *answer.conflicts) for each in claim.citations)
    yield from {(c.span, c.quote): c for c in (*answer.citations, *in_claims, *answer.nearest)}.values()


def _unbacked(answer: Answer, claims: Sequence[Claim]) -> Iterator[str]:
    """Yield the lines of what a person reads that are no claim: nothing stands behind them.

    What follows the marks of a line, in parentheses, is worked out and not said: the day that "on Wednesday" was.
    """
    behind = {" ".join(claim.text.split()) for claim in claims}
    for line in answer.text.splitlines():
        words = " ".join(_MARK.sub("", _WORKED_OUT.sub("", line)).split())
        if words and words not in behind:
            yield words


def _is_cited(answer: Answer, claims: Sequence[Claim]) -> bool:
    """Whether there is a claim, each has a citation, and every mark in the text is the number of one."""
    numbers = {each.number for each in answer.citations}
    marks = {int(number) for number in _NUMBER.findall(answer.text)}
    return bool(claims and answer.citations) and all(each.citations for each in claims) and marks <= numbers


def _is_supported(claim: Claim, articles: Articles) -> bool:
    return supported(claim.text, [each.quote for each in claim.citations if verbatim(each, articles)])


def _with_citations(outcome: Outcome, answer: Answer, known: Known) -> Outcome:
    """Add how well the citations meet what is known to support the answer."""
    if outcome.abstained or not answer.citations:
        return replace(outcome, cited_right=False)
    cited = [each.span for each in answer.citations]
    ids = [each.article_id for each in cited]
    return replace(
        outcome,
        cited_right=any(_is_right(outcome.case, each, known) for each in answer.citations),
        span_precision=span_precision(cited, known.spans),
        span_recall=span_recall(cited, known.spans),
        article_precision=article_precision(ids, tuple(known.grades)),
        article_recall=article_recall(ids, tuple(known.grades)),
    )


def _is_right(case: Case, citation: Citation, known: Known) -> bool:
    """Whether a citation touches words that are known to say it.

    In a gold article whose gold words are not known, or are told in other words, the quote must state an accepted form;
    or, where the suite marks a weekday that stands for a date (`relative_date`), which no quote states, it may say
    anything.
    """
    article_id = citation.span.article_id
    if any(gold.article_id == article_id for gold in known.spans):
        return any(overlap(citation.span, gold) for gold in known.spans)
    stated = "relative_date" in case.tags or states(citation.quote, case.answers)
    return article_id in known.grades and stated


def _cited(citation: Citation, known: Known, articles: Articles) -> Cited:
    span = citation.span
    text = articles[span.article_id].text if span.article_id in articles else ""
    published = citation.published
    golden = [(gold.start, gold.end) for gold in known.spans if gold.article_id == span.article_id]
    return Cited(
        article_id=span.article_id,
        title=citation.title,
        published=published.date.isoformat() if published else None,
        source=citation.source,
        start=span.start,
        end=span.end,
        quote=citation.quote,
        before=text[max(0, span.start - _AROUND) : span.start],
        after=text[span.end : span.end + _AROUND],
        gold=tuple((start - span.start, end - span.start) for start, end in covered([(span.start, span.end)], golden)),
        right_article=span.article_id in known.grades,
        verbatim=verbatim(citation, articles),
    )

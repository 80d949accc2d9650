"""Add up what became of the cases of a run, and name each figure for a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from qa_eval.metrics.confidence import aurc, auroc, best_sum, ece
from qa_eval.metrics.latency import percentile
from qa_eval.metrics.retrieval import hit_at, ndcg_at, recall_at, reciprocal_rank
from qa_eval.types import Figures, Outcome

Kind = Literal["rate", "number", "milliseconds", "count"]


@dataclass(frozen=True, slots=True)
class Row:
    """How one figure is shown: the field of `Figures`, what to call it, over what it is counted, which way is better.

    `better` is 1 where more is better, -1 where less is, 0 where it only describes.
    """

    name: str
    label: str
    over: str
    kind: Kind = "rate"
    better: int = 1


ROWS = (
    Row("right", "right (answered and cited)", "answerable"),
    Row("answered_right", "answered right", "answerable"),
    Row("fact_recall", "fact recall: stated anywhere in the answer", "answerable"),
    Row("cited_right", "cited right", "answerable"),
    Row("false_refusals", "false refusals", "answerable", better=-1),
    Row("abstention_recall", "abstention recall", "unanswerable"),
    Row("abstention_precision", "abstention precision", "abstained"),
    Row("exact", "exact match", "all"),
    Row("f1", "F1", "all"),
    Row("best_f1", "F1 at the best threshold on confidence", "all"),
    Row("answerable_exact", "exact match, answerable", "answerable"),
    Row("answerable_f1", "F1, answerable", "answerable"),
    Row("facts_exact", "exact match, numbers, dates and names made alike", "answerable"),
    Row("facts_f1", "F1, numbers, dates and names made alike", "answerable"),
    Row("short_exact", "exact match of bare answers", "bare answers"),
    Row("short_f1", "F1 of bare answers", "bare answers"),
    Row("span_precision", "citation precision, spans", "answered, answerable"),
    Row("span_recall", "citation recall, spans", "answered, answerable"),
    Row("article_precision", "citation precision, articles", "answered, answerable"),
    Row("article_recall", "citation recall, articles", "answered, answerable"),
    Row("verbatim", "verbatim", "citations"),
    Row("unsupported", "unsupported claims", "claims", better=-1),
    Row("cited_abstentions", "abstentions that cite", "all", "count", -1),
    Row("uncited", "answers not cited", "all", "count", -1),
    Row("failed", "failed", "all", "count", -1),
    Row("auroc", "AUROC of confidence, answerable or not", "asked", "number"),
    Row("auroc_right", "AUROC of confidence, right or wrong", "answered", "number"),
    Row("aurc", "area under the risk-coverage curve", "answered", "number", -1),
    Row("ece", "expected calibration error", "answered", "number", -1),
    Row("passage_hit_1", "gold quote in the first passage", "searched"),
    Row("passage_hit_5", "gold quote in the first 5 passages", "searched"),
    Row("passage_hit_10", "gold quote in the first 10 passages", "searched"),
    Row("hit_1", "gold article first", "searched"),
    Row("hit_5", "gold article among 5", "searched"),
    Row("hit_10", "gold article among 10", "searched"),
    Row("read_first", "gold article first after reading", "searched"),
    Row("recall_10", "recall@10 of gold articles", "searched"),
    Row("recall_100", "recall@100 of gold articles", "searched"),
    Row("mrr_10", "MRR@10", "searched", "number"),
    Row("ndcg_10", "nDCG@10", "searched", "number"),
    Row("by_hand", "right where a person rewrote the follow-up", "rewritten by hand"),
    Row("rewrites", "right where that is: rewrites that lead to the right answer", "rewritten"),
    Row("words", "words of an answer, median", "answered", "count", 0),
    Row("p50", "time, p50", "asked", "milliseconds", -1),
    Row("p95", "time, p95", "asked", "milliseconds", -1),
    Row("p99", "time, p99", "asked", "milliseconds", -1),
)


def by_tag(outcomes: Sequence[Outcome]) -> dict[str, Figures]:
    """Add up the cases of each tag, by name; a case counts under each of its tags."""
    tagged: dict[str, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        for tag in dict.fromkeys(each.case.tags):
            tagged[tag].append(each)
    return {tag: figures(tagged[tag]) for tag in sorted(tagged)}


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Add up what became of some cases; one that failed was wrong, and neither answered nor refused."""
    due = [each for each in outcomes if each.case.answerable]
    others = [each for each in outcomes if not each.case.answerable]
    done = [each for each in outcomes if not each.error]
    asked = [each for each in done if each.status != "searched"]
    answered = [each for each in asked if not each.abstained]
    confident = [each.confidence for each in answered], [each.right for each in answered]
    citations = sum(each.shown for each in done)
    claims = sum(each.claims for each in done)
    return Figures(
        cases=len(outcomes),
        answerable=len(due),
        failed=len(outcomes) - len(done),
        **(_answers(outcomes, due, others) if asked else dict.fromkeys(_ANSWERS)),
        shorts=sum(_bare(each) for each in due),
        short_exact=_mean(each.exact for each in due if _bare(each)),
        short_f1=_mean(each.f1 for each in due if _bare(each)),
        span_precision=_mean(each.span_precision for each in due),
        span_recall=_mean(each.span_recall for each in due),
        article_precision=_mean(each.article_precision for each in due),
        article_recall=_mean(each.article_recall for each in due),
        claims=claims,
        unsupported=sum(each.unsupported for each in done) / claims if claims else None,
        best_f1=_best_f1(asked, answered, len(outcomes)) if others else None,
        citations=citations,
        verbatim=1 - sum(each.altered for each in done) / citations if citations else None,
        cited_abstentions=sum(each.cited_abstention for each in done),
        uncited=sum(each.uncited for each in done),
        auroc=auroc([each.confidence for each in asked], [each.case.answerable for each in asked]),
        auroc_right=auroc(*confident),
        aurc=aurc(*confident),
        ece=ece(*confident),
        by_hand=_mean(each.by_hand for each in outcomes),
        rewritten=sum(each.by_hand is True for each in outcomes),
        rewrites=_mean(each.right for each in outcomes if each.by_hand),
        words=percentile([len(each.text.split()) for each in answered], 50),
        searched=sum(bool(each.relevant) for each in outcomes),
        **_found(outcomes),
        read_first=_mean(_read_first(each) for each in outcomes if each.relevant) if asked else None,
        **{f"p{percent}": percentile([each.milliseconds for each in done], percent) for percent in (50, 95, 99)},
    )


_DEEP = 300  # passages, of which enough are of different articles for a hundred articles
_ANSWERS = (
    *(
        "right",
        "answered_right",
        "fact_recall",
        "cited_right",
        "false_refusals",
        "abstention_recall",
        "abstention_precision",
    ),
    *("exact", "f1", "answerable_exact", "answerable_f1", "facts_exact", "facts_f1"),
)


def _answers(outcomes: Sequence[Outcome], due: Sequence[Outcome], others: Sequence[Outcome]) -> dict[str, float | None]:
    """Return the rates of answers; a case that failed is asked and wrong."""
    return {
        "right": _mean(each.right for each in due),
        "answered_right": _mean(each.answered_right for each in due),
        "fact_recall": _mean(each.stated for each in due),
        "cited_right": _mean(each.cited_right for each in due),
        "false_refusals": _mean(each.abstained for each in due if not each.error),
        "abstention_recall": _mean(each.abstained for each in others),
        "abstention_precision": _mean(not each.case.answerable for each in outcomes if each.abstained),
        "exact": _mean(each.exact or 0 for each in outcomes),
        "f1": _mean(each.f1 or 0 for each in outcomes),
        "answerable_exact": _mean(each.exact or 0 for each in due),
        "answerable_f1": _mean(each.f1 or 0 for each in due),
        "facts_exact": _mean(each.facts_exact or 0 for each in due),
        "facts_f1": _mean(each.facts_f1 or 0 for each in due),
    }


def _best_f1(asked: Sequence[Outcome], answered: Sequence[Outcome], cases: int) -> float:
    """Return the F1 over all cases if of the answers given only the surest were; those refused stay refused."""
    gains = [(each.f1 or 0) if each.case.answerable else -1.0 for each in answered]
    least = sum(not each.case.answerable for each in asked)
    return best_sum([each.confidence for each in answered], gains, least=least) / cases


def _found(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """Return how well the search did: means over the questions with gold articles, failed ones among them."""
    searched = [each for each in outcomes if each.relevant]
    quoted = [each for each in searched if each.gold_spans]
    deep = [each for each in searched if each.depth >= _DEEP or each.error]
    passages = [(each.passage_rank,) if each.passage_rank else () for each in quoted]
    return {
        **{f"passage_hit_{k}": _mean(hit_at(ranks, k) for ranks in passages) for k in (1, 5, 10)},
        **{f"hit_{k}": _mean(hit_at(each.ranks, k) for each in searched) for k in (1, 5, 10)},
        "recall_10": _mean(recall_at(each.ranks, len(each.relevant), 10) for each in searched),
        "recall_100": _mean(recall_at(each.ranks, len(each.relevant), 100) for each in deep),
        "mrr_10": _mean(reciprocal_rank(each.ranks, 10) for each in searched),
        "ndcg_10": _mean(ndcg_at(each.ranks, each.grades, each.relevant, 10) for each in searched),
    }


def _read_first(outcome: Outcome) -> bool:
    """Whether what is shown first, a citation or what came nearest to an abstention, is of a gold article."""
    return bool(outcome.citations) and outcome.citations[0].right_article


def _bare(outcome: Outcome) -> bool:
    return bool(outcome.short) and not outcome.abstained


def _mean(values: Iterable[float | None]) -> float | None:
    """Return the mean of the values that there are; None of none."""
    known = [float(each) for each in values if each is not None]
    return sum(known) / len(known) if known else None

"""Ask every question of a suite and add up how good the answers are."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from qa_eval.cases import Case
from qa_eval.metrics import auroc, percentile
from qa_eval.scoring import Outcome, TextOf, judge

if TYPE_CHECKING:
    from qa.types import Answer

WARM_UP = "What happened, and when?"  # asked first and not timed: it loads the models


class Answerer(Protocol):
    """What is measured: anything that answers a question, narrowed to days that are included."""

    def ask(self, question: str, *, after: dt.date | None = None, until: dt.date | None = None) -> Answer:
        """Return a cited answer, or an abstention."""
        ...


@dataclass(frozen=True, slots=True)
class Figures:
    """How good some answers are. Rates are in [0, 1], times in milliseconds; None where there was nothing to count.

    Among answerable questions: `right` is answered right and cited right, `refused` wrongly abstained. Among the
    others: `abstained`. `exact` and `f1` are means over the `shorts` bare answers. `auroc` is how well confidence
    tells the two kinds of question apart. `tightness` is the mean share of cited characters that are gold, `words`
    the median length of an answer's text: together they show an answer that is everything.
    """

    cases: int
    answerable: int
    failed: int
    right: float | None
    answered_right: float | None
    cited_right: float | None
    refused: float | None
    abstained: float | None
    shorts: int
    exact: float | None
    f1: float | None
    auroc: float | None
    tightness: float | None
    words: float | None
    citations: int
    verbatim: float | None
    cited_abstentions: int
    uncited: int
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Results:
    """What became of every case of a suite, in its order; `made_by` names what made the answers."""

    outcomes: tuple[Outcome, ...]
    made_by: Mapping[str, str]

    @property
    def figures(self) -> Figures:
        """Over all cases."""
        return figures(self.outcomes)

    @property
    def by_tag(self) -> dict[str, Figures]:
        """Over the cases of each tag, by name; a case counts under each of its tags."""
        tags = sorted({tag for each in self.outcomes for tag in each.case.tags})
        return {tag: figures([each for each in self.outcomes if tag in each.case.tags]) for tag in tags}

    @property
    def broken(self) -> tuple[str, ...]:
        """What no answer may do and some did, and cases that raised: a sentence each, none if all is well."""
        said = []
        for each in self.outcomes:
            name = f"{each.case.id} ({each.case.question})"
            said += [f"{name} cites words that do not stand there: {quote!r}" for quote in each.altered]
            said += [f"{name} abstains, but cites."] if each.cited_abstention else []
            said += [f"{name} answers, but a claim has no citation."] if each.uncited else []
            said += [f"{name} failed: {each.error}"] if each.error else []
        return tuple(said)


def run(
    library: Answerer,
    cases: Sequence[Case],
    *,
    keys: Mapping[str, str],
    text_of: TextOf,
    clock: Callable[[], float] = time.perf_counter,
    progress: Callable[[int, int, str], None] | None = None,
) -> Results:
    """Ask every case once, in order, and judge what comes back; a case that raises is a failed case.

    `keys` maps the ids of articles to the keys that gold names them by, `text_of` an id to its article's text.
    """
    with suppress(Exception):  # if it cannot answer at all, the cases will say so
        library.ask(WARM_UP)
    made_by: Mapping[str, str] = {}
    outcomes = []
    for number, case in enumerate(cases, start=1):
        started = clock()
        try:
            answer = library.ask(case.question, after=case.after, until=case.until)
            milliseconds = (clock() - started) * 1000
            outcomes.append(judge(case, answer, keys=keys, text_of=text_of, milliseconds=milliseconds))
            made_by = made_by or answer.made_by
        except Exception as error:  # whatever went wrong, it is shown and the other cases go on
            outcomes.append(Outcome(case, error=f"{type(error).__name__}: {error}"))
        if progress:
            progress(number, len(cases), case.id)
    return Results(tuple(outcomes), dict(made_by))


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Add up what became of some cases; one that failed was neither right nor an abstention."""
    due = [each for each in outcomes if each.case.answerable]
    others = [each for each in outcomes if not each.case.answerable]
    done = [each for each in outcomes if not each.error]
    answered = [each for each in done if not each.abstained]
    citations = sum(each.citations for each in done)
    altered = sum(len(each.altered) for each in done)
    times = [each.milliseconds for each in done]
    return Figures(
        cases=len(outcomes),
        answerable=len(due),
        failed=len(outcomes) - len(done),
        right=_mean(each.right for each in due),
        answered_right=_mean(each.answered_right for each in due),
        cited_right=_mean(each.cited_right for each in due),
        refused=_mean(each.abstained for each in due),
        abstained=_mean(each.abstained for each in others),
        shorts=sum(each.exact is not None for each in done),
        exact=_mean(each.exact for each in done),
        f1=_mean(each.f1 for each in done),
        auroc=auroc([each.confidence for each in done], [each.case.answerable for each in done]),
        tightness=_mean(each.tightness for each in done),
        words=percentile([len(each.text.split()) for each in answered], 50),
        citations=citations,
        verbatim=1 - altered / citations if citations else None,
        cited_abstentions=sum(each.cited_abstention for each in done),
        uncited=sum(each.uncited for each in done),
        p50=percentile(times, 50),
        p95=percentile(times, 95),
        p99=percentile(times, 99),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    """Return the mean of the values that there are; None of none."""
    known = [float(each) for each in values if each is not None]
    return sum(known) / len(known) if known else None

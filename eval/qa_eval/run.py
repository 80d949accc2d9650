"""Ask every question of a suite, and judge what comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from qa_eval.golden import Known
from qa_eval.scoring import Articles, judge, with_search
from qa_eval.types import Case, Outcome, Suite

if TYPE_CHECKING:
    from qa.types import Answer, Passage

Made = TypeVar("Made")
WARM_UP = "What happened, and when?"  # asked first and not timed: it loads the models
DEPTH = 50  # passages a question is searched for: as many as the search itself looks at before it takes the best
DEEP = 300  # the same where only the search is measured, so that a hundred articles are among them


class Conversation(Protocol):
    """Questions that are asked one after another, of which one may lean on those before it."""

    def ask(self, question: str) -> Answer:
        """Answer as `Answerer.ask` does."""
        ...


class Answerer(Protocol):
    """What is measured: anything that answers a question and shows which passages it finds."""

    def ask(self, question: str, **filters: Any) -> Answer:  # noqa: ANN401 - as `qa.api.Library` takes them
        """Return a cited answer, or an abstention; `after` and `until` are days, `article` ids."""
        ...

    def chat(self, **filters: Any) -> Conversation:  # noqa: ANN401
        """Begin a conversation."""
        ...

    def search(self, text: str, *, limit: int = 10, **filters: Any) -> tuple[Passage, ...]:  # noqa: ANN401
        """Return the passages nearest to a text, best first."""
        ...


def warm_up(library: Answerer) -> Mapping[str, str]:
    """Ask once, so that the models are loaded; return what makes the answers, nothing if it cannot answer at all."""
    with suppress(Exception):  # the cases will say so
        return dict(library.ask(WARM_UP).made_by)
    return {}


def run(
    library: Answerer,
    suite: Suite,
    known: Mapping[str, Known],
    *,
    articles: Articles,
    ids: Mapping[str, tuple[str, ...]],
    done: Mapping[str, Outcome] = MappingProxyType({}),
    keep: Callable[[Outcome], None] = lambda outcome: None,
    clock: Callable[[], float] = time.perf_counter,
    progress: Callable[[int, int, str], None] | None = None,
) -> tuple[Outcome, ...]:
    """Ask every case once, in order, and judge what comes back; a case that raises is a failed case.

    `known` holds what is known about each case, by its id; `ids` the articles that a name in `within` means. What is
    already `done`, by id, is not asked again; `keep` is called with each new outcome as soon as there is one.
    """
    outcomes = []
    for number, case in enumerate(suite.cases, start=1):
        outcome = done.get(case.id)
        if outcome is None:
            outcome = _outcome(library, suite, case, known[case.id], articles, ids, clock)
            keep(outcome)
        outcomes.append(outcome)
        if progress:
            progress(number, len(suite.cases), case.id)
    return tuple(outcomes)


def _outcome(
    library: Answerer,
    suite: Suite,
    case: Case,
    known: Known,
    articles: Articles,
    ids: Mapping[str, tuple[str, ...]],
    clock: Callable[[], float],
) -> Outcome:
    """Search and ask for one case; whatever goes wrong is shown as its outcome, and the other cases go on."""
    depth = DEEP if suite.retrieval_only else DEPTH
    filters = _filters(case, ids)
    passages: tuple[Passage, ...] = ()
    try:
        if case.history and not suite.retrieval_only:
            outcome, asked = _in_conversation(library, case, known, articles, filters, clock)
        elif not suite.retrieval_only:
            answer, spent = _timed(clock, lambda: library.ask(case.question, **filters))
            outcome, asked = judge(case, answer, known=known, articles=articles, milliseconds=spent), case.question
        if known.grades or suite.retrieval_only:
            asked = case.question if suite.retrieval_only else asked
            passages, spent = _timed(clock, lambda: library.search(asked, limit=depth, **filters))
        if suite.retrieval_only:
            outcome = Outcome(case, status="searched", milliseconds=spent)
    except Exception as error:
        cited_right = False if known.grades and not suite.retrieval_only else None
        outcome, passages = Outcome(case, error=f"{type(error).__name__}: {error}", cited_right=cited_right), ()
    return with_search(outcome, passages, known=known, depth=depth)


def _in_conversation(
    library: Answerer,
    case: Case,
    known: Known,
    articles: Articles,
    filters: dict[str, Any],
    clock: Callable[[], float],
) -> tuple[Outcome, str]:
    """Ask what comes before a question, then the question; return its outcome, and what it was taken to mean.

    Where a person has rewritten it too, that is asked by itself, to tell a wrong rewrite from a wrong answer.
    """
    chat = library.chat(**filters)
    for earlier in case.history:
        chat.ask(earlier)
    answer, spent = _timed(clock, lambda: chat.ask(case.question))
    outcome = judge(case, answer, known=known, articles=articles, milliseconds=spent)
    by_hand = None
    if case.standalone:
        by_hand = judge(
            case, library.ask(case.standalone, **filters), known=known, articles=articles, milliseconds=0
        ).right
    return replace(outcome, asked=answer.standalone, by_hand=by_hand), answer.standalone


def _filters(case: Case, ids: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    named = tuple(article_id for name in case.within for article_id in ids[name])
    given = {"after": case.after, "until": case.until, "publisher": case.publishers, "article": named}
    return {name: value for name, value in given.items() if value}


def _timed(clock: Callable[[], float], work: Callable[[], Made]) -> tuple[Made, float]:
    """Return what the work made, and how many milliseconds it took."""
    started = clock()
    made = work()
    return made, (clock() - started) * 1000

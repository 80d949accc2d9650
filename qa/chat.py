"""A conversation: questions that lean on the ones before, answered with the earlier evidence at hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from qa.check import ArticleOf, stands
from qa.saving import read_conversation, write_conversation
from qa.types import NO_FILTERS, Answer, Citation, Claim, Question, Stop, Turn
from qa.understand import MAX_CHARACTERS, clean
from qa_index.types import Filters, Span

_AT_HAND = 3  # answers whose citations are read again
_MOST_SPANS = 12


class Answering(Protocol):
    """Answer a question: claims as they are checked, and last the answer."""

    def __call__(self, question: Question, *, stop: Stop | None = None, spent: float = 0.0) -> Iterator[Claim | Answer]:
        """Yield what is ready; `spent` are seconds that went into understanding the question."""
        ...


class Rewrite(Protocol):
    """Put a question into words that stand alone."""

    def __call__(self, question: str, turns: Sequence[Turn], *, stop: Stop | None = None) -> str:
        """Return the question as it is, if it stands alone already; once `stop` is set, wait for no model."""
        ...


class Chat:
    """A conversation with a library, from its first question on; made by `Library.chat`."""

    def __init__(
        self,
        answering: Answering,
        *,
        article_of: ArticleOf,
        rewrite: Rewrite,
        narrow: Callable[[dict[str, Any]], Filters] = lambda given: NO_FILTERS,
        filters: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._answering, self._article_of, self._rewrite = answering, article_of, rewrite
        self._narrow, self._filters = narrow, dict(filters or {})
        self._clock = clock
        self._turns: tuple[Turn, ...] = ()

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The questions and their answers, oldest first."""
        return self._turns

    def ask(self, question: str, **filters: Any) -> Answer:  # noqa: ANN401 - as `qa.api.Library.ask` takes them
        """Answer a question as the conversation makes it mean; the answer's `standalone` says what was asked.

        Filters are those of `Library.ask`, and hold for this question only: beside those of the conversation, and
        in place of one of the same name.
        """
        *_, answer = self.stream(question, **filters)
        if not isinstance(answer, Answer):
            raise TypeError("the last that comes is the answer")
        return answer

    def stream(
        self,
        question: str,
        *,
        stop: Stop | None = None,
        understood: Callable[[str], None] | None = None,
        **filters: Any,  # noqa: ANN401
    ) -> Iterator[Claim | Answer]:
        """Yield the claims of an answer as they are checked, and last the whole answer.

        `understood` is told the question as it was understood, where that is not how it was put, before it is asked.
        A question whose answer does not come is not part of the conversation. Set `stop` to cancel what a language
        model writes: what is ready then, or what the articles answer without one, is the answer all the same.
        """
        typed = clean(question)
        narrowed = self._narrow({**self._filters, **filters})
        started = self._clock()
        rewritten = self._rewrite(typed, self._turns, stop=stop)
        spent = self._clock() - started
        if rewritten == typed or len(rewritten) > MAX_CHARACTERS:
            rewritten = ""
        elif understood:
            understood(rewritten)
        asked = Question(question, narrowed, rewritten or None, self._at_hand(narrowed))
        for part in self._answering(asked, stop=stop, spent=spent):
            if isinstance(part, Answer):
                self._turns = (*self._turns, Turn(question, part))
            yield part

    def forget(self) -> None:
        """Begin anew: what was said is not spoken of any more."""
        self._turns = ()

    def stands(self, citation: Citation) -> bool:
        """Whether the library still has the words of a citation where it says they stand."""
        return stands(citation, self._article_of)

    @property
    def fallen(self) -> tuple[Citation, ...]:
        """The citations of the conversation that no longer stand: their article was changed, or removed."""
        return tuple(one for turn in self._turns for one in turn.answer.citations if not self.stands(one))

    def save(self, path: Path | str) -> None:
        """Write the conversation to a file, whole or not at all; a file that is something else is left alone.

        Raises:
            UsageError: if another kind of file is there.
            QAError: if it cannot be written.

        """
        write_conversation(path, self._turns)

    def load(self, path: Path | str) -> None:
        """Go on with a conversation that was saved; `fallen` says which of its quotes no longer stand.

        Raises:
            UsageError: if nothing is there, or it is no conversation, or damaged, or one of a later release.

        """
        self.resume(read_conversation(path))

    def resume(self, turns: Sequence[Turn]) -> None:
        """Go on from these turns, oldest first, in place of what was said; `fallen` says which quotes do not stand."""
        self._turns = tuple(turns)

    def _at_hand(self, narrowed: Filters) -> tuple[Span, ...]:
        """Return the spans that the latest answers cite and that still stand, of searches narrowed in the same way."""
        latest = [turn.answer for turn in reversed(self._turns[-_AT_HAND:]) if turn.answer.filters == narrowed]
        cited = (one for answer in latest for one in answer.citations)
        return tuple(dict.fromkeys(one.span for one in cited if self.stands(one)))[:_MOST_SPANS]

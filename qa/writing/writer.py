"""Let a language model write an answer: its claims are checked one by one, and only what survives is shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from typing import cast

from qa.prompting import load, quoted
from qa.types import (
    Answer,
    Candidate,
    Citation,
    Claim,
    Dropped,
    Judge,
    LanguageModel,
    Message,
    Numbered,
    Passage,
    Proposed,
    Stop,
    Understood,
)
from qa.wording import abstaining
from qa.words import words
from qa.writing.numbered import listed, numbered
from qa.writing.prose import written
from qa.writing.replies import SCHEMA, Reply, record
from qa.writing.support import verify
from qa_index.errors import LanguageModelUnavailable
from qa_index.reading.tokens import count
from qa_index.types import Span

_LONGEST_REPLY = 1_024  # tokens of the window kept for a reply
_LEAST_ROOM = 60  # tokens for sentences, below which asking is no use
_REPAIR_SECONDS = 1.0  # of time left, below which nothing is asked again
_CORRECTED = 0.5  # of a claim's content words: another claim that has these says it better


Stands = Callable[[Citation], bool]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes answers with a language model, each within `seconds`.

    `sure` is the confidence from which an answer of the reader stands although the model finds none.
    """

    model: LanguageModel
    judge: Judge
    seconds: float
    sure: float
    abstention: str
    clock: Callable[[], float] = time.monotonic

    @property
    def name(self) -> str:
        """Names what writes, what is said to it and what judges it; part of what made an answer."""
        where = f" at {self.model.host}" if self.model.host else ""
        return f"{self.model.name}{where}, {load('write').name}, {load('repair').name}, {self.judge.name}"

    def write(
        self,
        understood: Understood,
        passages: Sequence[Passage],
        candidates: Sequence[Candidate],
        draft: Answer,
        *,
        stands: Stands,
        stop: Stop | None = None,
    ) -> Iterator[Claim | Answer]:
        """Yield each claim when it has been checked, and last the answer made of them; nothing is taken back.

        `draft` is what the articles answer without a model. It stands in where the model fails or nothing it wrote
        survives, and where it finds no answer that the reader is sure of. `stands` is whether a citation does, now.
        """
        writing = _Writing(self, self.clock() + self.seconds, stands, stop)
        try:
            shown = self._shown(understood, passages, candidates)
            if shown:
                question = quoted(understood.standalone)
                yield from writing.claims(shown, load("write").fill(sentences=listed(shown), question=question))
        except LanguageModelUnavailable as error:
            writing.failure = str(error)
        yield self._answer(writing, candidates, draft)

    def _shown(
        self, understood: Understood, passages: Sequence[Passage], candidates: Sequence[Candidate]
    ) -> tuple[Numbered, ...]:
        """Return the sentences that the model is shown: as many as its window has room for."""
        window = self.model.window
        said = load("write").fill(sentences="", question=quoted(understood.standalone))
        # Tokens are counted with one model's table, and another's may need a tenth more.
        # What failed is sent once more, so there must be room for two replies.
        room = int(0.9 * window) - 2 * min(_LONGEST_REPLY, window // 6)
        room -= sum(count(message.text) + 8 for message in said)
        shown = numbered(passages, candidates, room_tokens=room) if room >= _LEAST_ROOM else ()
        if passages and not shown:
            raise LanguageModelUnavailable(
                f"Asked {self.model.name} to write, but its window of {window:,} tokens has no room for "
                "sentences of articles. Start it with a larger one, or name another model."
            )
        return shown

    def _answer(self, writing: _Writing, candidates: Sequence[Candidate], draft: Answer) -> Answer:
        """Make the answer of what survived, or let the draft stand in, or abstain."""
        dropped, failure = tuple(writing.dropped), writing.failure
        if writing.kept:
            draft = written(writing.kept, writing.short, candidates, draft)
        elif writing.refused and draft.confidence < self.sure and draft.status != "abstained":
            draft = abstaining(draft, self.abstention, draft.citations[:3])
        return replace(draft, dropped=dropped, failure=failure)


class _Writing:
    """One answer as it is being written: what was kept, what failed and why."""

    def __init__(self, by: Writer, deadline: float, stands: Stands, stop: Stop | None) -> None:
        self._by, self._deadline, self._stands, self._stop = by, deadline, stands, stop
        self.kept: list[Claim] = []
        self.dropped: list[Dropped] = []
        self.refused = False
        self.short: str | None = None
        self.failure: str | None = None

    def claims(self, shown: Sequence[Numbered], messages: Sequence[Message]) -> Iterator[Claim]:
        """Yield the claims that survive; those that do not are sent back once, with what is wrong with them."""
        by_number = {sentence.number: sentence for sentence in shown}
        failed: list[tuple[Proposed, Dropped]] = []
        reply = Reply()
        yield from self._checked(messages, reply, by_number, failed)
        self.dropped = [dropped for _, dropped in failed]
        if self._stopped:
            return
        if not reply.is_one:
            raise LanguageModelUnavailable(
                f"Asked {self._by.model.name} to write, but its reply is not the JSON it was asked for. "
                "Ask again, or name another model."
            )
        self.short, self.refused = reply.short, reply.refuses and not failed
        if failed and self._left() > _REPAIR_SECONDS:
            yield from self._repaired(messages, failed, by_number)

    def _repaired(
        self,
        messages: Sequence[Message],
        failed: Sequence[tuple[Proposed, Dropped]],
        by_number: Mapping[int, Numbered],
    ) -> Iterator[Claim]:
        """Ask once more for the claims that failed; what fails again, or does not come back, stays dropped."""
        again: list[tuple[Proposed, Dropped]] = []
        before = len(self.kept)
        try:
            yield from self._checked((*messages, *_again(failed)), Reply(), by_number, again)
        except LanguageModelUnavailable as error:
            self.failure = None if self.kept else str(error)  # what was kept is as good as it was
        corrected = [claim.text for claim in self.kept[before:]]
        all_failed = [*self.dropped, *(dropped for _, dropped in again)]
        by_text = {dropped.text: dropped for dropped in all_failed}
        self.dropped = [d for d in by_text.values() if not any(_says_as_much(text, d.text) for text in corrected)]

    def _checked(
        self,
        messages: Sequence[Message],
        reply: Reply,
        by_number: Mapping[int, Numbered],
        failed: list[tuple[Proposed, Dropped]],
    ) -> Iterator[Claim]:
        """Ask once; yield the claims that survive, with citations numbered through the answer."""
        pieces = self._by.model.stream(messages, schema=SCHEMA, seconds=max(0.0, self._left()), stop=self._stop)
        with closing(cast("Generator[str]", pieces)) if hasattr(pieces, "close") else nullcontext():
            for proposed in reply.claims(pieces):
                if self._stopped:
                    return
                found = self._verified(proposed, by_number)
                if isinstance(found, Dropped):
                    failed.append((proposed, found))
                elif found.text not in {claim.text for claim in self.kept}:
                    self.kept.append(self._renumbered(found))
                    yield self.kept[-1]

    def _verified(self, proposed: Proposed, by_number: Mapping[int, Numbered]) -> Claim | Dropped:
        found = verify(proposed, by_number, judge=self._by.judge)
        if isinstance(found, Claim) and not all(self._stands(citation) for citation in found.citations):
            return Dropped(found.text, "sentences", "An article it cites is not in the library any more.")
        return found

    def _renumbered(self, claim: Claim) -> Claim:
        """Give each citation its number in the answer: one for each span, in the order they come up."""
        numbers: dict[Span, int] = {}
        for citation in (citation for kept in (*self.kept, claim) for citation in kept.citations):
            numbers.setdefault(citation.span, len(numbers) + 1)
        return replace(claim, citations=tuple(replace(c, number=numbers[c.span]) for c in claim.citations))

    def _left(self) -> float:
        return self._deadline - self._by.clock()

    @property
    def _stopped(self) -> bool:
        return self._stop is not None and self._stop.is_set()


def _again(failed: Sequence[tuple[Proposed, Dropped]]) -> Iterator[Message]:
    """Yield what a model wrote and what is wrong with it, as far as that takes no more than a reply."""
    said: list[str] = []
    reasons: list[str] = []
    room = _LONGEST_REPLY
    for proposed, dropped in failed:
        room -= count(record(proposed)) + count(dropped.reason) + 8
        if said and room < 0:
            break
        said.append(record(proposed))
        reasons.append(f"{len(said)}. {dropped.reason}")
    yield Message("assistant", "\n".join(said))
    yield from load("repair").fill(failed="\n".join(reasons))


def _says_as_much(text: str, of: str) -> bool:
    """Whether a text has at least half of the content words of another."""
    one, two = ({word.stem for word in words(each) if word.is_content} for each in (text, of))
    return len(one & two) >= _CORRECTED * len(two)

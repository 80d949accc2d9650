"""Make pairs of evidence and claim from questions: a statement with the answer, or with another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reader_data import CHOICES
from reader_negatives import things
from support_making import Making, changed_in, names_of
from support_pairs import Asked, Pair, Quizzed
from support_statements import Statements

USED = 0.55  # how often a question makes a pair
PLAIN = 0.07  # how often question and answer just follow each other
LONGEST_ANSWER = 14  # words
ANSWERS = ("year", "month", "number", "name")


class OfQuestions:
    """Makes pairs of questions."""

    def __init__(self, making: Making, statements: Statements) -> None:
        self._making, self._statements = making, statements

    def of_question(self, one: Asked) -> Iterator[Pair]:
        """Yield a statement that the answer makes, or one that another answer or a change makes."""
        if not self._making.chance(USED) or len(one.answer.split()) > LONGEST_ANSWER:
            return
        claim = self._stated(one.question, one.answer)
        if not claim:
            return
        evidence = self._making.around(one.sentences, one.place)
        pair = Pair(evidence, claim, True, one.source, one.title, "", ())
        turn = self._making.random.random()
        if turn < 0.5:
            yield self._making.reworded(pair)
        elif turn < 0.72:
            yield from self._wrong_answer(one, pair)
        elif turn < 0.92:
            yield from self._making.lied(self._making.reworded(pair), one.sentences, names_of(one.sentences))
        else:
            yield from self._elsewhere(one, pair)

    def of_quiz(self, one: Quizzed) -> Iterator[Pair]:
        """Yield the statement that the right choice makes, and one that another choice makes."""
        evidence = " ".join(one.evidence.split())
        if one.answer.lower() not in evidence.lower() or CHOICES.search(one.question):
            return
        others = [choice for choice in one.choices if choice.lower() not in one.answer.lower()]
        claim = self._statements.state(one.question, one.answer)
        wrong = self._statements.state(one.question, self._making.random.choice(others)) if others else None
        if claim and wrong:
            yield self._making.reworded(Pair(evidence, claim, True, f"quiz {one.part}", "", "", ()))
            yield Pair(evidence, wrong, False, f"quiz {one.part}", "", "", changed_in(wrong, claim))

    def _stated(self, question: str, answer: str) -> str | None:
        """Return the statement, or both one after the other now and then."""
        if self._making.chance(PLAIN):
            return f"{question.strip()} {answer}"
        return self._statements.state(question, answer)

    def _wrong_answer(self, one: Asked, pair: Pair) -> Iterator[Pair]:
        """Yield the statement that something else of its kind makes, from the evidence if there is one."""
        kinds = things(f"of {one.answer}")
        kind = next((kind for kind in ANSWERS if kinds.get(kind)), None)
        if kind is None:
            yield from self._making.lied(self._making.reworded(pair), one.sentences, names_of(one.sentences))
            return
        lowered = f"{one.answer} {one.question}".lower()
        for text in (pair.evidence, " ".join(one.sentences)):
            fitting = [thing for thing in things(text).get(kind, ()) if thing.lower() not in lowered]
            if fitting:
                claim = self._stated(one.question, self._making.random.choice(fitting))
                if claim and claim != pair.claim:
                    yield replace(pair, claim=claim, supported=False, changed=changed_in(claim, pair.claim))
                return

    def _elsewhere(self, one: Asked, pair: Pair) -> Iterator[Pair]:
        """Yield the right statement with sentences that do not hold the answer."""
        others = [i for i, s in enumerate(one.sentences) if i != one.place and one.answer.lower() not in s.lower()]
        if others:
            place = min(others, key=lambda i: (abs(i - one.place), self._making.random.random()))
            yield replace(pair, evidence=one.sentences[place], supported=False, changed=None)

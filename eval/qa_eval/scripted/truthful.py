"""A language model that states what is known about a case as soon as it is shown the sentence that says it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.prompting import quoted
from qa.types import Proposed
from qa_eval.metrics.text import states
from qa_eval.scripted.prompted import Line, Scripted, Shown, claiming, rewriting
from qa_eval.types import Case

_LONGEST_RUN = 3  # sentences that one gold quote may span
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Truthful(Scripted):
    """Knows the gold quotes and the accepted answers of the cases; what it is not shown it does not say."""

    cases: tuple[Case, ...]

    def reply(self, shown: Shown) -> str:
        """State the known fact, quoting a sentence that holds it; refuse where none is shown."""
        if not shown.lines:
            return rewriting(shown.question)
        asked = [case for case in self.cases if case.answerable and _plain(case.question) == _plain(shown.question)]
        found = [(case, run) for case in asked for run in _holding(case, shown.lines)]
        if not found:
            return claiming((), None)
        case, run = min(found, key=lambda pair: _rank(*pair))
        short = _stated(_joined(run), case.answers)
        return claiming([_claim(run, short, plainly=shown.again)], short)


def _claim(run: Sequence[Line], short: str, *, plainly: bool) -> Proposed:
    """State the fact in the words that hold it; a form of the answer that they do not have is put before them once.

    That is how a day comes out that the sentence calls "Wednesday". What was sent back is said `plainly`.
    """
    text = _joined(run)
    quote = min(run, key=lambda line: (not states(line.text, [short]), -len(line.text))).text
    said = text if plainly or states(text, [short]) else f"{short}: {text}"
    return Proposed(said, tuple(line.number for line in run), quote)


def _holding(case: Case, lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """Yield sentences of one article, in a row, that hold a gold quote or are part of one.

    Where only the article is known and not its words, a sentence that states an accepted answer holds it.
    """
    for gold in case.gold:
        wanted = quoted(gold.quote)
        for size in range(1, _LONGEST_RUN + 1):
            for start in range(len(lines) - size + 1):
                run = lines[start : start + size]
                if run[0].article == run[-1].article and _holds(_joined(run), wanted, size, case.answers):
                    yield run


def _holds(text: str, wanted: str, size: int, answers: Sequence[str]) -> bool:
    if not wanted:
        return size == 1 and states(text, answers)
    return wanted in text or (size == 1 and text in wanted)


def _rank(case: Case, run: Sequence[Line]) -> tuple[bool, int, int, int]:
    """Order what holds a gold quote: what states an answer, few sentences, much of the question, early."""
    text = _joined(run)
    shared = {word.casefold() for word in _WORD.findall(case.question)} & {w.casefold() for w in _WORD.findall(text)}
    return not states(text, case.answers), len(run), -len(shared), run[0].number


def _stated(text: str, answers: Sequence[str]) -> str:
    """Return an accepted answer as the text writes it, the longest; else one that it states; else the first."""
    longest = sorted(answers, key=len, reverse=True)
    for form in longest:
        if found := re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text, re.IGNORECASE):
            return found[0]
    return next((form for form in longest if states(text, [form])), answers[0])


def _joined(run: Sequence[Line]) -> str:
    return " ".join(line.text for line in run)


def _plain(question: str) -> str:
    return " ".join(quoted(question).casefold().split())

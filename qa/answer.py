"""The main path: a question comes in, a cited answer goes out. Read this file first."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from qa.check import ArticleOf, check, stands
from qa.compose import ABSTENTION, Made, compose
from qa.settings import Settings
from qa.types import Answer, Claim, Question, Reader, Search, Stop
from qa.understand import understand

if TYPE_CHECKING:
    from qa.writing.writer import Writer

_ATTEMPTS = 3  # while articles come and go


def answer(
    question: Question,
    *,
    search: Search,
    reader: Reader,
    article_of: ArticleOf,
    made: Made,
    settings: Settings,
    writer: Writer | None = None,
    stop: Stop | None = None,
) -> Iterator[Claim | Answer]:
    """Answer a question from what `search` finds, every claim pinned to the words that say it, or abstain.

    Last comes the answer; before it, if a language model writes, each claim as soon as it has been checked.

    Raises:
        UsageError: if nothing is asked, or a filter is unknown to the library.

    """
    understood = understand(question)
    for _ in range(_ATTEMPTS):
        passages = search(understood.standalone, filters=question.filters, limit=settings.passages)
        candidates = reader.read(understood, passages)
        draft = compose(understood, candidates, made, threshold=reader.threshold(settings.strictness))
        checked = check(draft, article_of, abstention=ABSTENTION)
        if checked == draft:
            break  # otherwise an article left the library meanwhile: what do the others say?
    if writer is None or (stop is not None and stop.is_set()):
        yield checked
        return
    standing = partial(stands, article_of=article_of)
    for part in writer.write(understood, passages, candidates, checked, stands=standing, stop=stop):
        yield check(part, article_of, abstention=ABSTENTION) if isinstance(part, Answer) else part

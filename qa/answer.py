"""The main path: a question comes in, a cited answer goes out. Read this file first."""

from __future__ import annotations

from qa.check import ArticleOf, check
from qa.compose import ABSTENTION, Made, compose
from qa.settings import Settings
from qa.types import Answer, Question, Reader, Search
from qa.understand import understand


def answer(
    question: Question, *, search: Search, reader: Reader, article_of: ArticleOf, made: Made, settings: Settings
) -> Answer:
    """Answer a question from what `search` finds, every claim pinned to the words that say it, or abstain.

    Raises:
        UsageError: if nothing is asked, or a filter is unknown to the library.

    """
    understood = understand(question)
    passages = search(understood.standalone, filters=question.filters, limit=settings.passages)
    candidates = reader.read(understood, passages)
    draft = compose(understood, candidates, made, threshold=reader.threshold(settings.strictness))
    return check(draft, article_of, abstention=ABSTENTION)

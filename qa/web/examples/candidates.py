"""Choose which questions to try: of which articles, which first, and whether an answer is what was to be expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.types import Answer
from qa.web.examples.quizzing import Quiz, quizzes
from qa.words import content
from qa_index.reading.sentences import split
from qa_index.types import Article, Listing

LISTED = 400  # articles to choose from
_NEWEST, _SPREAD = 15, 45  # of these the newest are read, and some of the rest
_LONGEST = 3_000  # characters of an article that are read: what it is about comes first
_OF_ONE_ARTICLE = 3  # questions that are tried
_LEAST_SURE = 0.6  # "fairly sure"
_WORTH = {"who is": 1.0, "how many": 1.0, "when": 0.9, "where": 0.9, "why": 1.0, "who did": 0.5, "said": 0.6}


@dataclass(frozen=True, slots=True)
class Tried:
    """A question that an article may answer, and the words [start, end) of the article that it was made of."""

    quiz: Quiz
    article_id: str
    start: int
    end: int


def chosen(listing: Listing) -> Sequence[str]:
    """Return the newest articles, and some evenly spread over the others that are listed."""
    ids = [each.id for each in listing.articles if each.characters >= 200]
    rest = ids[_NEWEST:]
    step = max(1, len(rest) // _SPREAD)
    return [*ids[:_NEWEST], *rest[::step][:_SPREAD]]


def of_article(article: Article) -> list[Tried]:
    """Return questions made of what comes first in an article, at most one of each form."""
    found: dict[str, Tried] = {}
    for start, end in split(article.text, 0, min(len(article.text), _LONGEST)):
        if any(mask.start < end and start < mask.end for mask in article.masked):
            continue
        for quiz in quizzes(article.text[start:end], article.text):
            found.setdefault(quiz.form, Tried(quiz, article.id, start, end))
    best = sorted(found.values(), key=lambda one: -_WORTH[one.quiz.form])
    return best[:_OF_ONE_ARTICLE]


def promise(one: Tried, good: Sequence[Tried], failed: Sequence[Tried]) -> float:
    """Say how much a question would add to those that there are; equal ones keep their order."""
    same_form = sum(one.quiz.form == other.quiz.form for other in good)
    same_article = sum(one.article_id == other.article_id for other in good)
    in_vain = sum(one.quiz.form == other.quiz.form for other in failed)
    lengthy = max(0, len(one.quiz.question) - 60) / 100
    return _WORTH[one.quiz.form] - 0.5 * same_form - 0.8 * same_article - 0.1 * in_vain - lengthy


def alike(left: str, right: str) -> bool:
    """Whether two questions ask about the same things: more than half of the words of the shorter."""
    ours, theirs = ({word.stem for word in content(question)} for question in (left, right))
    return 2 * len(ours & theirs) > min(len(ours), len(theirs))


def fits(found: Answer, tried: Tried) -> bool:
    """Whether an answer is sure, is what the sentence says, and cites that very sentence."""
    if found.status != "answered" or found.confidence < _LEAST_SURE:
        return False
    if not any(
        each.span.article_id == tried.article_id and each.span.start < tried.end and tried.start < each.span.end
        for each in found.citations
    ):
        return False
    if tried.quiz.form in ("why", "said"):
        return True
    if tried.quiz.form == "when":
        return found.short is not None and any(letter.isdigit() for letter in found.short)
    expected = tried.quiz.expects.split()
    return found.short is not None and expected[-1].casefold() in found.short.casefold()

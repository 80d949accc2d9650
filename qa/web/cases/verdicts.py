"""Make an evaluation case of a question, its answer, and what a person says of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from qa.types import Status
from qa.understand import clean
from qa_index.errors import ArticleNotFound, UsageError
from qa_index.types import Article

Record = dict[str, Any]
_REMEMBERED = 5  # questions before this one: what a follow-up leans on is not far back
_MOST = 50  # accepted answers, and places that say it
_NO_WORDS = frozenset({"a", "an", "the"})  # which `qa eval` does not compare

Text = Annotated[str, StringConstraints(max_length=20_000)]
Name = Annotated[str, StringConstraints(max_length=2_000)]


class Words(BaseModel):
    """Words of an article: code points [start, end) of its text; with `quote` they must be these."""

    model_config = ConfigDict(extra="ignore")
    article_id: Annotated[str, StringConstraints(min_length=16, max_length=16)]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    quote: Text | None = None


class Narrowed(BaseModel):
    """What the search was narrowed to, as a saved answer has it."""

    model_config = ConfigDict(extra="ignore")
    after: dt.date | None = None
    until: dt.date | None = None
    publishers: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    articles: Annotated[tuple[Name, ...], Field(max_length=50)] = ()


class Judged(BaseModel):
    """What was asked and answered, and what a person says of it.

    `history` holds the questions before it in the conversation, oldest first; `standalone` asks the same without them.
    Of a right answer `short`, `claims` (what they say) and `citations` are kept. Of a wrong one what would be right:
    `answers`, accepted forms of it; `marked`, the words that say it; or that the articles `do_not_say`.
    """

    model_config = ConfigDict(extra="forbid")
    question: Text
    verdict: Literal["right", "wrong"]
    status: Status
    standalone: Text | None = None
    history: Annotated[tuple[Text, ...], Field(max_length=1_000)] = ()
    filters: Narrowed = Narrowed()
    short: Text | None = None
    claims: Annotated[tuple[Text, ...], Field(max_length=100)] = ()
    citations: Annotated[tuple[Words, ...], Field(max_length=200)] = ()
    answers: Annotated[tuple[Name, ...], Field(max_length=200)] = ()
    marked: Annotated[tuple[Words, ...], Field(max_length=200)] = ()
    do_not_say: bool = False


class Articles(Protocol):
    """What making a case needs of a library."""

    def article(self, id_prefix: str) -> Article:
        """Return the article whose id begins so."""
        ...


def case_of(judged: Judged, library: Articles) -> Record:
    """Return the evaluation case that a verdict makes, in the layout of `qa eval` (docs/eval.md).

    A right answer is one that states its bare answer, or else one of its claims or quotes, and cites the same words.
    A right abstention, and a wrong answer where the articles do not say, make a question that is not answerable.

    Raises:
        UsageError: if nothing was said of what would be right, too much, or the words are not there as quoted.
        ArticleNotFound: if an article has gone from the library.
        TextTooLong: if a question is longer than can be asked.

    """
    answers, spans = _right(judged) if judged.verdict == "right" else _corrected(judged)
    question = clean(judged.question)
    history = [clean(each) for each in judged.history[-_REMEMBERED:]]
    alone = clean(judged.standalone) if judged.standalone and history else None
    narrowed = _narrowed(judged.filters)
    gold = list(_gold(spans, library))
    accepted = _forms(answers) or (_forms(each["quote"] for each in gold) if gold else [])
    if gold and not accepted:
        raise UsageError("Asked to keep words that say nothing by themselves. Mark more of the sentence.")
    for number, things in ((len(accepted), "accepted answers"), (len(gold), "places")):
        if number > _MOST:
            raise UsageError(f"Asked to keep a case with {number} {things}, but one may have {_MOST}. Give fewer.")
    asked = json.dumps([question.casefold(), [each.casefold() for each in history], narrowed], ensure_ascii=False)
    return {
        "id": f"feedback-{hashlib.sha256(asked.encode()).hexdigest()[:10]}",
        **({"history": history} if history else {}),
        "question": question,
        **({"standalone": alone} if alone else {}),
        "answers": accepted,
        "gold": gold,
        "answerable": bool(accepted),
        "tags": ["feedback", judged.verdict],
        **narrowed,
    }


def _right(judged: Judged) -> tuple[list[str], tuple[Words, ...]]:
    """Return what a right answer says, and where."""
    if judged.status == "abstained":
        return [], ()
    if not judged.citations:
        raise UsageError("Asked to keep an answer without a citation, which no answer is. Ask the question again.")
    return [judged.short] if judged.short and _says_something(judged.short) else list(judged.claims), judged.citations


def _corrected(judged: Judged) -> tuple[list[str], tuple[Words, ...]]:
    """Return what a person says would have been right, and where."""
    said = bool(judged.answers or judged.marked)
    if judged.do_not_say == said:
        raise UsageError(
            "Asked to keep that an answer is wrong, but not what would be right: "
            "say it in words, mark the words in an article, or say that the articles do not say."
        )
    if judged.answers and not _forms(judged.answers):
        raise UsageError("Asked to keep an answer that has no word. Write it in words or figures.")
    return list(judged.answers), judged.marked


def _forms(texts: Iterable[str]) -> list[str]:
    """Return accepted forms, each on one line and once, without those that say nothing."""
    return [form for form in dict.fromkeys(" ".join(text.split()) for text in texts) if _says_something(form)]


def _says_something(text: str) -> bool:
    """Whether a text has a word by which `qa eval` could know it again."""
    return any(word not in _NO_WORDS for word in re.findall(r"[^\W_]+", text.casefold()))


def _gold(spans: Iterable[Words], library: Articles) -> Iterator[Record]:
    """Yield the places that say it, each once, named so that they are found again if the article is edited."""
    seen: set[tuple[str, int, int]] = set()
    for words in spans:
        article = _article(words.article_id, library)
        start, end = _trimmed(words, article)
        if (article.id, start, end) in seen:
            continue
        seen.add((article.id, start, end))
        quote = article.text[start:end]
        once = article.text.find(quote) == start and article.text.find(quote, start + 1) < 0
        source = article.url or next(iter(article.sources), None)
        yield {
            "article": article.id,
            **({"source": source} if source else {}),
            "quote": quote,
            **({} if once else {"start": start}),
        }


def _article(article_id: str, library: Articles) -> Article:
    try:
        return library.article(article_id)
    except ArticleNotFound as error:
        raise ArticleNotFound(
            "Asked to keep words of an article that is not in the library any more. Ask the question again, and judge "
            "the new answer."
        ) from error


def _trimmed(words: Words, article: Article) -> tuple[int, int]:
    """Return where words stand without the blanks around them, if they stand there as quoted."""
    found = article.text[words.start : words.end]
    if words.end > len(article.text) or (words.quote is not None and words.quote != found):
        raise UsageError(
            f"Asked to keep words of “{article.label}”, but other words stand where they should. "
            "Ask the question again, and judge the new answer."
        )
    if not found.strip():
        raise UsageError(f"Asked to keep words of “{article.label}”, but none are marked there. Mark some.")
    return words.start + len(found) - len(found.lstrip()), words.end - len(found) + len(found.rstrip())


def _narrowed(filters: Narrowed) -> dict[str, Any]:
    given = {
        "after": filters.after.isoformat() if filters.after else None,
        "until": filters.until.isoformat() if filters.until else None,
        "publisher": list(filters.publishers),
        "within": list(filters.articles),
    }
    return {name: value for name, value in given.items() if value}

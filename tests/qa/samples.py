"""Articles, answers and a library made by hand, for tests of what prints them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from qa.chat import Chat
from qa.followups import standalone
from qa.types import Answer, Citation, Claim, Passage, Question
from qa_index.duplicates import Kin
from qa_index.errors import ArticleNotFound, LibraryNotFound, TextTooLong, UnknownFilter, UsageError
from qa_index.types import Article, Failure, Filters, Finding, Searched, Span, Synced, When, article_id

TEXT = 'The mayor, Ada Brook, opened the bridge on Monday.\n\n"It is late," she said. Sign up for our newsletter!\n'
QUOTE = "The mayor, Ada Brook, opened the bridge on Monday."
ID = article_id(TEXT)
NOTICE = Span(ID, TEXT.index("Sign up"), len(TEXT) - 1)
ARTICLE = Article(
    ID,
    TEXT,
    title="A bridge, at last",
    publisher="The Ferry Post",
    authors=("J. Quill", "K. Nib"),
    published=When(dt.datetime(2022, 1, 13, 9, 5), "minute", "+01:00"),
    sources=("news/bridge.txt",),
    language="en",
    masked=(NOTICE,),
    provenance=(("title", "first line"),),
)
BARE = Article(article_id("Nothing is known about this."), "Nothing is known about this.", sources=("news/bare.txt",))
CITATION = Citation(
    1, Span(ID, 0, len(QUOTE)), QUOTE, "A bridge, at last", "The Ferry Post", ARTICLE.published, "news/bridge.txt"
)
SEARCHED = Searched(5, dt.date(2022, 1, 6), dt.date(2022, 1, 13))
ANSWERED = Answer(
    question="Who opened the bridge?",
    standalone="Who opened the bridge?",
    status="answered",
    short="Ada Brook",
    text=f"{QUOTE} [1]",
    claims=(Claim(QUOTE, (CITATION,)),),
    citations=(CITATION,),
    conflicts=(),
    confidence=0.9312,
    nearest=(),
    searched=SEARCHED,
    filters=Filters(until=dt.date(2022, 1, 31)),
    made_by={"reader": "by hand"},
    seconds=0.2104,
)
OTHER = replace(CITATION, number=2, span=Span(ID, 53, 63), quote=TEXT[53:63], publisher=None, published=None)
CONFLICTING = replace(
    ANSWERED,
    status="conflicting",
    citations=(CITATION, OTHER),
    conflicts=(
        Claim("Ada Brook opened it", (CITATION,), attributed_to="The Ferry Post"),
        Claim("nobody did", (OTHER,)),
    ),
)
ABSTAINED = replace(
    ANSWERED,
    status="abstained",
    short=None,
    text="The articles do not say.",
    claims=(),
    citations=(),
    nearest=(CITATION,),
    confidence=0.1,
    filters=Filters(),
)


def by_rule(question: str, turns: Any, *, stop: Any = None) -> str:
    """Rewrite a follow-up without a language model."""
    return standalone(question, turns)


class Library:
    """Answers what contains "bridge"; remembers what it was asked to do."""

    generation = 7

    def __init__(self, folder: Path = Path("library"), articles: tuple[Article, ...] = (ARTICLE, BARE)) -> None:
        self.folder, self.held = folder, articles
        self.done: list[Any] = []
        self.synced = Synced(added=2)
        self.findings: tuple[Finding, ...] = ()
        self.failed: tuple[Failure, ...] = ()
        self.related: dict[str, Kin] = {}
        self.raises: BaseException | None = None

    def opener(self, folder: Path, *, settings: Any, create: bool, notice: Any, llm: Any = None) -> Self:
        """Stand in for `qa.open`."""
        if not self.held and not create:
            raise LibraryNotFound(folder)
        self.done.append(("open", folder, settings.strictness, create))
        self.folder = folder
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.done.append("close")

    def _do(self, *what: Any) -> None:
        self.done.append(what)
        if self.raises:
            raise self.raises

    def add(self, *sources: str, progress: Any = None, keep: bool = False) -> Synced:
        self._do("add", sources, keep)
        return self.synced

    def preview(self, *sources: str, progress: Any = None, keep: bool = False) -> Synced:
        self._do("preview", sources, keep)
        return self.synced

    def rebuild(self, *, progress=None) -> None:
        self._do("rebuild")

    def kin(self) -> dict[str, Kin]:
        return self.related

    def ask(self, question: str, **filters: Any) -> Answer:
        self._do("ask", question, filters)
        if not question.strip():
            raise UsageError("Asked nothing: the question is empty. Write one.")
        if len(question) > 2000:
            raise TextTooLong("Asked a question of 10,000 characters, but 2,000 is the most. Ask it shorter.")
        if filters.get("publisher") == ("Nobody",):
            raise UnknownFilter("Asked for articles by Nobody, who published none of them. Choose another.")
        return replace(ANSWERED if "bridge" in question else ABSTAINED, question=question, standalone=question)

    def stream(self, question: str, **filters: Any) -> Iterator[Answer]:
        yield self.ask(question, **filters)

    def chat(self, **filters: Any) -> Chat:
        """A conversation whose questions are put to `ask`, in words of their own."""

        def answering(question: Question, *, stop: Any = None, spent: float = 0.0) -> Iterator[Answer]:
            yield replace(self.ask(question.standalone or question.text, **filters), question=question.text)

        return Chat(answering, article_of=self.article, rewrite=by_rule)

    def search(self, text: str, *, limit: int = 10) -> tuple[Passage, ...]:
        self._do("search", text)
        return ()

    def article(self, id_prefix: str) -> Article:
        found = [each for each in self.held if each.id.startswith(id_prefix)]
        if len(found) != 1:
            raise ArticleNotFound(
                f"Asked for the article {id_prefix}, but there is none. List them with `qa articles`."
            )
        return found[0]

    def articles(self, **filters: Any) -> tuple[Article, ...]:
        self._do("articles", filters)
        return self.held

    def remove(self, id_prefix: str) -> Article:
        self._do("remove", id_prefix)
        return self.article(id_prefix)

    def failures(self) -> tuple[Failure, ...]:
        return self.failed

    def searched(self, **filters: Any) -> Searched:
        return SEARCHED if self.held else Searched(0, None, None)

    def audit(self, *, repair: bool = False) -> tuple[Finding, ...]:
        return tuple(replace(each, repaired=repair) for each in self.findings)

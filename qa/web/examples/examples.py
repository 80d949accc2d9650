"""Example questions from the library's own articles, each known to be answered, for a page that begins empty."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from qa.answer import answer
from qa.compose import Made
from qa.types import Answer, Question
from qa.web.engine import Engine
from qa.web.examples.candidates import LISTED, Tried, alike, chosen, fits, of_article, promise
from qa_index.errors import ArticleNotFound, QAError
from qa_index.types import Article, Filters, Listing

if TYPE_CHECKING:
    from fastapi import FastAPI

    from qa.types import Passage

MADE = 4  # questions for one generation of the library
_ENOUGH = 12  # questions to choose from: then no more articles are read
_MOST_ASKED = 25  # a question takes a tenth of a second
_SETTLED_SECONDS = 1.0  # a library that is being indexed moves on with every batch
_PAUSE_SECONDS = 0.02  # between questions: whoever asks one meanwhile comes first

State = tuple[str, int]  # of a library: its name, and how often it has changed


class Shelf(Protocol):
    """What looking for questions needs of a library."""

    @property
    def state(self) -> State:
        """Names the library and counts the changes made to it."""
        ...

    def listing(self, *, limit: int = 50) -> Listing:
        """Return the newest articles, without their texts."""
        ...

    def article(self, id_prefix: str) -> Article:
        """Return the article with this id."""
        ...


class Shown(BaseModel):
    """Example questions; while `ready` is false they are being made, and these are of the library as it was."""

    questions: tuple[str, ...]
    ready: bool


class Examples:
    """The example questions of a library, made anew in the background when it has changed; nothing waits for them."""

    def __init__(
        self,
        library: Shelf,
        *,
        ask: Callable[[str], Answer],
        settled_seconds: float = _SETTLED_SECONDS,
        pause_seconds: float = _PAUSE_SECONDS,
    ) -> None:
        self._library, self._ask = library, ask
        self._settled, self._pause = settled_seconds, pause_seconds
        self._turn, self._stop = threading.Lock(), threading.Event()
        self._made: tuple[State, tuple[str, ...]] | None = None
        self._worker: threading.Thread | None = None

    def shown(self, limit: int = MADE) -> Shown:
        """Return at most `limit` questions about the library as it is now.

        While they are being made, which this begins if need be, those of the library as it was stand in for them.
        """
        state = self._library.state
        with self._turn:
            made, questions = self._made or (None, ())
            ready = made == state or self._stop.is_set()
            if not ready and (self._worker is None or not self._worker.is_alive()):
                self._worker = threading.Thread(target=self._make, args=(made is not None,), daemon=True)
                self._worker.start()
        return Shown(questions=questions[:limit], ready=ready)

    def begin(self) -> None:
        """Begin to look, so that there are questions when the first person comes; nobody waits for them."""
        with contextlib.suppress(QAError):  # whoever asks is told
            self.shown()

    def close(self) -> None:
        """Stop looking, and wait until that has ended; what was made stays."""
        self._stop.set()
        worker = self._worker
        if worker is not None:
            worker.join(5)

    def _make(self, changed: bool) -> None:
        """Make the questions of one generation; one that moves on meanwhile is left, and begun again when asked for."""
        state = None
        try:
            state = self._library.state
            while changed and not self._stop.wait(self._settled) and state != self._library.state:
                state = self._library.state
            found = tuple(self._answered(state))
            if not self._moved_on(state):
                self._keep(state, found)
        except QAError as error:  # a library that cannot be searched says so when it is asked
            self._failed(state, error)
        except Exception as error:
            logging.getLogger("qa.web").exception("no example questions were made")
            self._failed(state, error)

    def _failed(self, state: State | None, error: Exception) -> None:
        logging.getLogger("qa.web").info("no example questions: %s", error)
        if state is not None:
            self._keep(state, ())

    def _keep(self, state: State, questions: tuple[str, ...]) -> None:
        with self._turn:
            self._made = state, questions

    def _moved_on(self, state: State) -> bool:
        return self._stop.is_set() or self._library.state != state

    def _answered(self, state: State) -> Iterator[str]:
        """Yield questions that are answered as they should be, of unlike forms and about unlike things first."""
        waiting, good, asked = self._tried(state), list[Tried](), 0
        failed: list[Tried] = []
        while waiting and len(good) < MADE and asked < _MOST_ASKED and not self._moved_on(state):
            best = max(waiting, key=lambda one: promise(one, good, failed))
            waiting.remove(best)
            if any(alike(best.quiz.question, other.quiz.question) for other in good):
                continue
            asked += 1
            if fits(self._ask(best.quiz.question), best):
                good.append(best)
                yield best.quiz.question
            else:
                failed.append(best)
            self._stop.wait(self._pause)

    def _tried(self, state: State) -> list[Tried]:
        """Return questions that some articles may answer, a few of each article."""
        found: list[Tried] = []
        for article_id in chosen(self._library.listing(limit=LISTED)):
            if self._moved_on(state) or len(found) >= _ENOUGH:
                break
            with contextlib.suppress(ArticleNotFound):  # it has left meanwhile
                found += of_article(self._library.article(article_id))
        return found


def ask_without_a_writer(engine: Engine) -> Callable[[str], Answer]:
    """Return what answers a question as the library does, but never with a language model.

    Nobody has asked these questions: no text of an article may go to another host for them.
    """
    library = engine.library

    def search(text: str, *, filters: Filters, limit: int) -> tuple[Passage, ...]:
        return library.search(text, limit=limit)

    def ask(question: str) -> Answer:
        parts = answer(
            Question(question),
            search=search,
            reader=library.reader,
            article_of=library.article,
            made=Made(library.searched(), {}),
            settings=engine.settings,
        )
        return next(part for part in parts if isinstance(part, Answer))

    return ask


def router(engine: Engine) -> APIRouter:
    """Return the route that gives example questions; they are looked for while the server runs, and no longer."""
    examples = Examples(engine.library, ask=ask_without_a_writer(engine))

    @contextlib.asynccontextmanager
    async def while_it_runs(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(examples.begin)
        yield
        await run_in_threadpool(examples.close)

    routes = APIRouter(tags=["examples"], lifespan=while_it_runs)

    @routes.get("/api/examples", summary="Questions that the articles answer, to begin with")
    def shown() -> Shown:
        return examples.shown()

    return routes

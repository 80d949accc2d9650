"""What is asked of the library on the wire, and what it answers there: events, passages, excerpts, counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from qa.api import Library
from qa.export import answer_record, article_record, claim_record, searched_record
from qa.render import extent
from qa.saving import conversation_record
from qa.types import Answer, Claim, Stop
from qa.understand import clean
from qa.web.api.wire import Asked, passage_record
from qa.web.presence import require_articles
from qa_index.errors import UsageError
from qa_index.storage.catalog import FILE

LONGEST_EXCERPT = 50_000  # characters; a longer article is read in pieces


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that is told while a question is answered: understood, claim, answer or problem."""

    name: str
    record: dict[str, Any]


def asking(library: Library, asked: Asked) -> Callable[[Callable[[Event], None], Stop], None]:
    """Check a question before it is asked; return what answers it, event by event, once it is run in a thread.

    Raises:
        UsageError: if it cannot be asked so; LibraryNotFound: if there is nothing to ask.

    """
    clean(asked.question)
    require_articles(library)
    narrowed = asked.filters()
    library.searched(**narrowed)  # an unknown publisher is an error before anything is streamed
    turns = asked.turns()

    def answer(send: Callable[[Event], None], stop: Stop) -> None:
        with _still_there(library):
            if turns is None:
                _send_all(library, library.stream(asked.question, stop=stop, **narrowed), send)
                return
            chat = library.chat()
            chat.resume(turns)
            parts = chat.stream(
                asked.question,
                stop=stop,
                understood=lambda words: send(Event("understood", {"question": words})),
                **narrowed,
            )
            _send_all(library, parts, send, lambda: {"conversation": conversation_record(chat.turns)})

    return answer


def passages(library: Library, text: str, *, limit: int, **filters: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return the passages nearest to a text, best first, as the wire has them."""
    wanted = clean(text)
    require_articles(library)
    return [passage_record(each) for each in library.search(wanted, limit=limit, **filters)]


def excerpt(library: Library, article_id: str, *, start: int = 0, end: int | None = None) -> dict[str, Any]:
    """Return a part of an article, [start, end) in code points, and what is known of the whole.

    Raises:
        UsageError: if there is nothing of it between these places.

    """
    require_articles(library)
    article = library.article(article_id)
    length = len(article.text)
    last = min(length if end is None else end, start + LONGEST_EXCERPT, length)
    if last <= start:
        raise UsageError(
            f"Asked for {article.id} from {start} to {'its end' if end is None else end}, but its text has {length} "
            "characters. Name a start before the end."
        )
    known = article_record(article, with_text=False)
    kept = ("id", "title", "publisher", "published", "url", "sources", "characters")
    return {name: known[name] for name in kept} | {"start": start, "end": last, "text": article.text[start:last]}


def library_record(library: Library) -> dict[str, Any]:
    """Return what is in a library."""
    searched = library.searched()
    return {
        "folder": str(library.folder),
        "exists": (library.folder / FILE).exists(),
        **searched_record(searched),
        "extent": extent(searched),
        "publishers": [{"name": each.name, "articles": each.articles} for each in library.outlets()],
        "failures": len(library.failures()),
        "generation": library.generation,
    }


def _send_all(
    library: Library,
    parts: Iterator[Claim | Answer],
    send: Callable[[Event], None],
    beside: Callable[[], dict[str, Any]] = dict,
) -> None:
    """Send claims as they come and last the answer, with what goes beside it."""
    for part in parts:
        if isinstance(part, Answer):
            if part.status == "abstained":
                require_articles(library)  # nothing is found either where they went away meanwhile
            send(Event("answer", answer_record(part) | beside()))
        else:
            send(Event("claim", claim_record(part)))


@contextmanager
def _still_there(library: Library) -> Iterator[None]:
    """Where the library went away in the middle of an answer, say that, whatever came of it."""
    try:
        yield
    except Exception:
        require_articles(library)
        raise

"""A question from the page: its conversation comes with it, and goes back with the answer; nothing is kept here."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qa.chat import Chat
from qa.render import extent
from qa.saving import conversation_record, turns_of
from qa.types import Answer, Citation, Claim, Stop, Turn
from qa.web.engine import Engine, too_long
from qa.web.presence import require_articles
from qa.web.problems import BUG
from qa.web.talk.answers import answer_html, asked_html, problem_html, waiting_html
from qa_index.errors import QAError, UsageError


@dataclass(frozen=True, slots=True)
class Sent:
    """What the page sends: the conversation so far, what the search is narrowed to, and which turn is asked anew."""

    turns: tuple[Turn, ...] = ()
    filters: Mapping[str, Any] = field(default_factory=dict)
    instead: int | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What the page shows: (question, answer) in HTML, oldest first.

    `kept` is the conversation for the browser to keep, as JSON, None while nothing is to be kept. `ended` is said of
    the last scene; `unanswered` is then the question that was not answered, for the person to have back.
    """

    exchanges: tuple[tuple[str, str], ...]
    kept: str | None = None
    ended: bool = False
    unanswered: str = ""


def read_sent(written: str) -> Sent:
    """Return what the page sent.

    Raises:
        UsageError: if it is not what a page of this release sends.

    """
    if too_long(written):
        raise UsageError("This conversation has become too long to go on with. Begin a new one.")
    try:
        sent = json.loads(written or "{}")
        instead = sent.get("instead")
        filters = {name: value for name, value in sent.get("filters", {}).items() if value}
        turns = turns_of(sent["conversation"]) if sent.get("conversation") else ()
    except (ValueError, AttributeError, RecursionError, TypeError) as error:
        raise UsageError("The page sent something that is no question of this release. Load the page again.") from error
    return Sent(turns, filters, instead if type(instead) is int and 0 <= instead < len(turns) else None)


def ask(engine: Engine, question: str, written: str, stop: Stop) -> Iterator[Scene]:
    """Yield what the page shows while a question is answered, and last what came of it.

    Once `stop` is set, what is ready then is the answer. Nothing is raised: what goes wrong is shown.
    """
    before: tuple[tuple[str, str], ...] = ()
    try:
        sent = read_sent(written)
        chat = engine.library.chat(**sent.filters)
        chat.resume(sent.turns[: sent.instead])
        before = shown(chat.turns, fallen=chat.fallen)
        require_articles(engine.library)
        yield from _answered(engine, chat, question, before=before, filters=sent.filters, stop=stop)
    except QAError as error:
        yield _failed(before, question, str(error))
    except Exception:  # a bug: the page goes on, and the window of the server says what it was
        logging.getLogger("qa.web").exception("a question was not answered")
        yield _failed(before, question, BUG)


def restore(engine: Engine, written: str) -> Scene:
    """Return a conversation as the browser kept it, its citations checked against the articles as they are now."""
    try:
        chat = engine.library.chat()
        chat.resume(read_sent(written).turns)
        return Scene(shown(chat.turns, fallen=chat.fallen), ended=True)
    except QAError as error:
        return Scene((("", problem_html(str(error))),), ended=True)


def shown(turns: Sequence[Turn], *, fallen: Collection[Citation]) -> tuple[tuple[str, str], ...]:
    """Return a conversation in HTML."""
    return tuple((asked_html(turn.question), answer_html(turn.answer, fallen=fallen)) for turn in turns)


def _answered(
    engine: Engine,
    chat: Chat,
    question: str,
    *,
    before: tuple[tuple[str, str], ...],
    filters: Mapping[str, Any],
    stop: Stop,
) -> Iterator[Scene]:
    asked, claims, understood = asked_html(question), list[Claim](), list[str]()
    doing = f"Searching {extent(engine.library.searched(**filters))}"
    yield Scene((*before, (asked, waiting_html(doing))))
    for part in chat.stream(question, stop=stop, understood=understood.append):
        if isinstance(part, Answer):
            if part.status == "abstained":
                require_articles(engine.library)  # nothing is found either where they went away meanwhile
            yield Scene(
                (*before, (asked, answer_html(part))), kept=json.dumps(conversation_record(chat.turns)), ended=True
            )
        else:
            claims.append(part)
            so_far = waiting_html("Writing, and checking each claim", claims, understood="".join(understood[:1]))
            yield Scene((*before, (asked, so_far)))


def _failed(before: tuple[tuple[str, str], ...], question: str, sentence: str) -> Scene:
    return Scene((*before, (asked_html(question), problem_html(sentence))), ended=True, unanswered=question)

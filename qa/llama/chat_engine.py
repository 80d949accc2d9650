"""A conversation with a library as a llama-index chat engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterable, Sequence
from contextlib import closing, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from qa.llama.base import (
    AgentChatResponse,
    BaseChatEngine,
    CallbackManager,
    ChatMessage,
    ChatResponse,
    MessageRole,
    Response,
    StreamingAgentChatResponse,
    ToolOutput,
)
from qa.llama.query_engine import cited, described
from qa.types import Answer, Claim
from qa.understand import clean
from qa.wording import shown
from qa_index.errors import UsageError

if TYPE_CHECKING:
    from qa.api import Library


class CitewellChatEngine(BaseChatEngine):
    """A conversation with a library: follow-up questions are understood, and every answer cites its words or abstains.

    A response's source nodes are as those of `CitewellQueryEngine`, and so are its metadata, where `standalone` says
    how a follow-up was understood. A `chat_history` that is handed over replaces the conversation so far: its
    questions are asked again, unless they are those that were asked here; what it says was answered is not believed,
    and what cannot be asked ("???") is passed over.
    A streamed response comes claim by claim, each checked before it comes; its source nodes are all there when it
    ends, and closing its `chat_stream` cancels what is being written. The filters are those of `library.ask`.

    Raises:
        UnknownFilter: if a filter has another name, or is no day.

    """

    def __init__(
        self,
        library: Library,
        *,
        callback_manager: CallbackManager | None = None,
        **filters: Any,  # noqa: ANN401 - each filter is checked by name
    ) -> None:
        self._begun = partial(library.chat, **filters)
        self._chat = self._begun()
        self.callback_manager = callback_manager or CallbackManager([])

    def chat(self, message: str, chat_history: list[ChatMessage] | None = None) -> AgentChatResponse:
        """Answer a message."""
        with self.callback_manager.as_trace("chat"):
            self._go_on_from(chat_history, message)
            answer = self._chat.ask(message)
        return AgentChatResponse(
            answer.text, sources=[_used(answer)], source_nodes=cited(answer), metadata=described(answer)
        )

    async def achat(self, message: str, chat_history: list[ChatMessage] | None = None) -> AgentChatResponse:
        """Answer a message; other tasks go on meanwhile."""
        return await asyncio.to_thread(self.chat, message, chat_history)

    def stream_chat(self, message: str, chat_history: list[ChatMessage] | None = None) -> StreamingAgentChatResponse:
        """Answer a message, claim by claim; this returns as soon as the first is there."""
        telling = self._telling(message, chat_history)
        telling.response.chat_stream = telling.pieces()
        return telling.response

    async def astream_chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> StreamingAgentChatResponse:
        """Answer a message, claim by claim; other tasks go on meanwhile."""
        telling = await asyncio.to_thread(self._telling, message, chat_history)
        telling.response.achat_stream = telling.apieces()
        return telling.response

    def reset(self) -> None:
        """Begin anew: nothing that was said so far counts."""
        self._chat.forget()

    @property
    def chat_history(self) -> list[ChatMessage]:
        """What was asked and answered so far, oldest first."""
        return [
            ChatMessage(role=role, content=text)
            for turn in self._chat.turns
            for role, text in ((MessageRole.USER, turn.question), (MessageRole.ASSISTANT, turn.answer.text))
        ]

    def _telling(self, message: str, history: Sequence[ChatMessage] | None) -> _Telling:
        with self.callback_manager.as_trace("chat"):
            self._go_on_from(history, message)
            return _Telling(cast("Generator[Claim | Answer, None, None]", self._chat.stream(message)))

    def _go_on_from(self, history: Sequence[ChatMessage] | None, message: str) -> None:
        """Let a history that was handed over be the conversation; what cannot be asked next leaves it as it was."""
        if history is None:
            return
        clean(message)
        asked = _askable(each.content or "" for each in history if each.role == MessageRole.USER)
        if asked == _askable(turn.question for turn in self._chat.turns):
            return
        chat = self._begun()
        for question in asked:
            with suppress(UsageError):
                chat.ask(question)
        self._chat = chat


def _askable(texts: Iterable[str]) -> list[str]:
    """Return those that can be asked, each as it would be: on one line, without what cannot be seen."""
    questions = []
    for text in texts:
        with suppress(UsageError):
            questions.append(clean(text))
    return questions


class _Telling:
    """A response that is read from its stream; the conversation itself remembers what was said."""

    def __init__(self, parts: Generator[Claim | Answer, None, None]) -> None:
        self.response = StreamingAgentChatResponse(is_writing_to_memory=False)
        self._said = ""
        self._parts = parts
        self._first = self._piece(next(parts))  # what cannot be asked raises here, not in whoever reads the stream

    def pieces(self) -> Generator[ChatResponse, None, None]:
        with closing(self._parts):
            yield self._first
            for part in self._parts:
                yield self._piece(part)

    async def apieces(self) -> AsyncGenerator[ChatResponse, None]:
        with closing(self._parts):
            yield self._first
            while (part := await asyncio.to_thread(next, self._parts, None)) is not None:
                yield self._piece(part)

    def _piece(self, part: Claim | Answer) -> ChatResponse:
        """Take in what is ready, and return what it adds to the text."""
        if isinstance(part, Claim):
            delta = ("\n" if self._said else "") + shown(part)
        else:
            # What was told is part of the answer and not told again; an answer without it stands by itself.
            delta = "" if self._said and not part.text.startswith(self._said) else part.text[len(self._said) :]
            self.response.sources, self.response.source_nodes = [_used(part)], cited(part)
        self._said += delta
        self.response.response = self._said
        return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=self._said), delta=delta)


def _used(answer: Answer) -> ToolOutput:
    """Return what was done for an answer, as llama-index's own chat engines show it."""
    return ToolOutput(
        content=answer.text,
        tool_name="citewell",
        raw_input={"query": answer.standalone},
        raw_output=Response(answer.text, source_nodes=cited(answer), metadata=described(answer)),
    )

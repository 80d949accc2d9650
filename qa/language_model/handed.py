"""A language model of llama-index's, made in Python and handed over."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from qa.language_model.errors import broken, explain
from qa.language_model.running import Late, Line, TooLong, relayed
from qa.language_model.wire import Server
from qa.types import Message, Stop


class HandedOver:
    """A language model of llama-index's; where it sends what it is told, whoever made it knows."""

    host = ""

    def __init__(self, llm: Any, *, seconds: float | None = None) -> None:  # noqa: ANN401 - its type is slow to import
        self._llm, self._seconds = llm, seconds
        self._server = Server(self.name, "", key=_key(llm))

    @property
    def name(self) -> str:
        """Names the model."""
        return _text(self._llm.metadata.model_name) or type(self._llm).__name__

    @property
    def window(self) -> int:
        """How many tokens it takes, reply included."""
        return int(self._llm.metadata.context_window)

    def stream(
        self, messages: Sequence[Message], *, schema: Mapping[str, object] | None, seconds: float, stop: Stop | None
    ) -> Iterator[str]:
        """Yield the reply in pieces as they come; no schema is told."""
        try:
            yield from relayed(partial(self._write, tuple(messages)), seconds=seconds, stop=stop)
        except (Late, TooLong) as error:
            raise explain(error, self._server, allowed=self._seconds).error from None

    def _write(self, messages: Sequence[Message], line: Line) -> None:
        with closing(self._pieces(messages)) as pieces:
            while (piece := self._next(pieces)) is not None:
                line.put(piece)

    def _next(self, pieces: Iterator[str]) -> str | None:
        try:
            return next(pieces, None)
        except Exception as error:  # whatever its library raises
            failed = broken(error, self._server)
        raise failed

    def _pieces(self, messages: Sequence[Message]) -> Generator[str, None, None]:
        from llama_index.core.llms import ChatMessage

        said = [ChatMessage(role=message.role, content=message.text) for message in messages]
        try:
            parts = self._llm.stream_chat(said)
        except NotImplementedError:
            yield self._llm.chat(said).message.content or ""
            return
        taken = 0
        for part in parts:
            piece = part.delta if part.delta is not None else (part.message.content or "")[taken:]
            taken += len(piece)
            if piece:
                yield piece


def _key(llm: object) -> str | None:
    """Return the key it was made with, so that no error shows it; some keep it in a SecretStr of pydantic's."""
    key = getattr(llm, "api_key", None)
    unwrap = getattr(key, "get_secret_value", None)
    return _text(unwrap() if callable(unwrap) else key)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None

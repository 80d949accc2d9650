"""A language model behind an address: ask it through llama-index, and take a reply that is whole or none."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from qa.language_model.errors import NotOkay, Unfinished, explain, refused_option
from qa.language_model.listing import window
from qa.language_model.running import Late, Line, TooLong, in_a_loop, relayed
from qa.language_model.wire import Server, Wire
from qa.types import Message, Stop
from qa_index.errors import LanguageModelUnavailable

DEFAULT_WINDOW = 8_192  # tokens, where nobody says: what small local models are usually started with
_LISTING_SECONDS = 2.0  # a server that does not say by then what it serves is not waited for
_PROBING_SECONDS = 1.0  # of all answers together, spent on asking for the window
_PROBING_SHARE = 0.25  # of the time for one answer, if that is less
_WAITS = (0.5, 1.0)  # seconds before asking once more, and again
_LARGEST_LISTING = 8_000_000


class Endpoint:
    """A language model behind an address that speaks OpenAI's protocol; an answer may take `seconds`."""

    def __init__(self, server: Server, *, window: int | None = None, seconds: float | None = None) -> None:
        self.server = server
        self._window, self._seconds = window, seconds
        self._probing = _PROBING_SECONDS if seconds is None else min(_PROBING_SECONDS, _PROBING_SHARE * seconds)
        self._has_replied = False
        self._asked_when: set[bool] = set()  # for the window: before it had ever replied, and since
        self._left_out: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Names the model."""
        return self.server.model

    @property
    def host(self) -> str:
        """Names the host that the article text goes to."""
        return self.server.host

    @property
    def window(self) -> int:
        """How many tokens it takes, reply included: as set, else as its server says, else as usual.

        The server is asked once, and a failure is remembered; only when it has replied since, it is asked once more, if
        the time for such questions is not used up.
        """
        if self._window is None and self._probing > 0 and self._has_replied not in self._asked_when:
            self._asked_when.add(self._has_replied)
            started = time.monotonic()
            with suppress(LanguageModelUnavailable):
                listing = self.page("/models", seconds=self._probing)
                self._window = self.told_window(listing, seconds=self._probing - (time.monotonic() - started))
                self._asked_when = {False, True}  # it has said what it says
            self._probing -= time.monotonic() - started
        return self._window or DEFAULT_WINDOW

    @property
    def left_out(self) -> frozenset[str]:
        """What the server refused to be asked for and is asked without: "response_format", "temperature"."""
        return self._left_out

    def told_window(self, listing: object, *, seconds: float = _LISTING_SECONDS) -> int | None:
        """Return the window that the server tells of, given its list of models."""
        root = "{0.scheme}://{0.netloc}".format(urlsplit(self.server.address))

        def ask(path: str) -> object:
            with suppress(LanguageModelUnavailable):
                return self.page(path, root=root, seconds=max(0.0, seconds))
            return None

        return window(listing, self.name, ask=ask)

    def stream(
        self, messages: Sequence[Message], *, schema: Mapping[str, object] | None, seconds: float, stop: Stop | None
    ) -> Iterator[str]:
        """Yield the reply in pieces as they come; when `stop` is set, cancel the request and end.

        What may pass by itself (too many requests, a failing server) is tried three times, as long as there is time.
        """
        try:
            yield from relayed(partial(self._write, tuple(messages), schema), seconds=seconds, stop=stop)
        except (Late, TooLong) as error:
            raise explain(error, self.server, allowed=self._seconds).error from None

    def page(self, path: str, *, seconds: float, root: str | None = None) -> object:
        """Return the JSON that the server has at `path`, below its address or the root that is given.

        Raises:
            LanguageModelUnavailable: if there is none.

        """
        try:
            reading = partial(self._got, (root or self.server.address) + path)
            text = "".join(relayed(partial(in_a_loop, reading), seconds=seconds, longest=_LARGEST_LISTING))
            return json.loads(text)
        except (Late, TooLong, ValueError, RecursionError) as error:
            failed = explain(error, self.server).error
        raise failed

    def _write(self, messages: Sequence[Message], schema: Mapping[str, object] | None, line: Line) -> None:
        import llama_index.llms.openai_like  # noqa: F401 - two seconds, which belong to the time that is allowed

        in_a_loop(partial(self._tried, messages, schema, line.deadline), line)

    async def _tried(
        self, messages: Sequence[Message], schema: Mapping[str, object] | None, deadline: float
    ) -> AsyncGenerator[str, None]:
        """Read a reply; ask again without what the server does not know, and after a while where that may help."""
        left_out, waits = self._left_out, iter(_WAITS)
        while True:
            begun, options, failed = False, _options(schema, left_out), None
            try:
                async with aclosing(self._once(messages, options)) as pieces:
                    async for piece in pieces:
                        begun, self._left_out, self._has_replied = True, left_out, True
                        yield piece
                return
            except Exception as error:  # whatever a library raises for whatever a server sends
                failed = error
            refusal = explain(failed, self.server)
            option = None if begun else refused_option(failed, options)
            if option:
                left_out |= {option}
                continue
            wait = max(next(waits, float("inf")), refusal.wait)
            if begun or not refusal.is_passing or time.monotonic() + wait > deadline:
                raise refusal.error
            await asyncio.sleep(wait)

    async def _once(self, messages: Sequence[Message], options: Mapping[str, Any]) -> AsyncGenerator[str, None]:
        """Read one reply, and see that it is whole."""
        from llama_index.core.llms import ChatMessage
        from llama_index.llms.openai_like import OpenAILike
        from openai import NOT_GIVEN, AsyncOpenAI

        wire, address, end = Wire(self.server), self.server.address, None
        async with wire.client() as http:
            # llama-index reads keys and addresses from the environment unless it is given some; the wire has the key.
            client = AsyncOpenAI(
                api_key="none", base_url=address, http_client=http, max_retries=0, timeout=http.timeout
            )
            llm = OpenAILike(
                model=self.name,
                api_base=address,
                api_key="none",
                api_version="",
                is_chat_model=True,
                context_window=self._window or DEFAULT_WINDOW,
                max_retries=0,
                async_openai_client=client,
            )
            said = [ChatMessage(role=message.role, content=message.text) for message in messages]
            begun = False
            parts = await llm.astream_chat(said, **{"temperature": NOT_GIVEN, **options})
            async for part in parts:
                end = _end(part.raw) or end
                if part.delta:
                    begun = True
                    yield part.delta
        _check_whole(end, begun=begun, ended=wire.is_ended)

    async def _got(self, url: str) -> AsyncGenerator[str, None]:
        """Read one page."""
        failed: Exception | None = None
        try:
            async with Wire(self.server).client() as http, http.stream("GET", url) as response:
                if response.status_code != 200:
                    raise NotOkay(response)
                async for text in response.aiter_text():
                    yield text
        except Exception as error:
            failed = error
        if failed:
            raise explain(failed, self.server).error


def _options(schema: Mapping[str, object] | None, left_out: frozenset[str]) -> dict[str, Any]:
    """Return what is asked for beside the messages; a server that cannot do it may refuse."""
    options: dict[str, Any] = {"temperature": 0.0}
    if schema is not None:
        form = {"name": "reply", "schema": dict(schema), "strict": True}
        options["response_format"] = {"type": "json_schema", "json_schema": form}
    return {name: value for name, value in options.items() if name not in left_out}


def _end(raw: object) -> str | None:
    """Return how a reply ended, if this piece of it says so: "stop", "length"."""
    choices = getattr(raw, "choices", None)
    return getattr(choices[0], "finish_reason", None) if choices else None


def _check_whole(end: str | None, *, begun: bool, ended: bool) -> None:
    """See that a reply came to its end, and is one."""
    if end == "length":
        raise Unfinished("its window was full before it was done", "Give it a larger window, or lower `passages`.")
    if end == "content_filter":
        raise Unfinished("a filter there held its reply back", "Ask in other words, or name another model.")
    if not begun:
        raise Unfinished("it sent an empty reply", "Check the address in `llm_url`; `qa doctor` looks into it.")
    if end is None and not ended:
        raise Unfinished("its reply broke off in the middle", "See whether the server still runs, and ask again.")

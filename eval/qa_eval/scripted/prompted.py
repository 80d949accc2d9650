"""What a scripted language model sees of a prompt, and how it replies."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.types import Message, Proposed, Stop

_NUMBERED = re.compile(r"\[(\d+)\] (.*)")
_HEADING = re.compile(r'Article (\d+): (".*)')
_QUESTION = re.compile(r"^(?:Question|Last question): (.*)\Z", re.MULTILINE | re.DOTALL)
_PIECE = 40  # characters that come at once


@dataclass(frozen=True, slots=True)
class Line:
    """A numbered sentence; `article` is the number of its article."""

    number: int
    text: str
    article: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What a prompt shows: the question, the articles' headings by number, and their sentences in order.

    `again` says that claims were sent back to be corrected. Without sentences, the question is to be rewritten.
    """

    question: str
    headings: dict[int, str]
    lines: tuple[Line, ...]
    again: bool


@dataclass(frozen=True, slots=True)
class Scripted(ABC):
    """A language model without a server; what it replies is made from the prompt alone."""

    @property
    def name(self) -> str:
        """Names the script."""
        return type(self).__name__.lower()

    @property
    def host(self) -> str:
        """Empty: the text of articles goes nowhere."""
        return ""

    @property
    def window(self) -> int:
        """As many tokens as small models take that people run themselves."""
        return 8_192

    def stream(
        self, messages: Sequence[Message], *, schema: object, seconds: float, stop: Stop | None
    ) -> Iterator[str]:
        """Yield the reply in pieces; when `stop` is set, end."""
        reply = self.reply(read(messages))
        for start in range(0, len(reply), _PIECE):
            if stop and stop.is_set():
                return
            yield reply[start : start + _PIECE]

    @abstractmethod
    def reply(self, shown: Shown) -> str:
        """Return the whole reply to a prompt."""


def read(messages: Sequence[Message]) -> Shown:
    """Read the first thing a user said; the example in the system's message is not meant."""
    said = [message.text for message in messages if message.role == "user"]
    text = said[0] if said else ""
    asked = _QUESTION.search(text)
    headings: dict[int, str] = {}
    lines = []
    for line in (text[: asked.start()] if asked else text).split("\n"):
        if heading := _HEADING.fullmatch(line):
            headings[int(heading[1])] = heading[2]
        elif found := _NUMBERED.fullmatch(line):
            lines.append(Line(int(found[1]), found[2], max(headings, default=0)))
    return Shown(asked[1].strip() if asked else "", headings, tuple(lines), again=len(said) > 1)


def claiming(claims: Sequence[Proposed], short: str | None) -> str:
    """Return a reply that makes these claims; none are a refusal."""
    made = [{"text": claim.text, "sentences": list(claim.sentences), "quote": claim.quote} for claim in claims]
    reply = {"answerable": bool(made), "short": short if made else None, "claims": made}
    return json.dumps(reply, ensure_ascii=False)


def rewriting(question: str) -> str:
    """Return a reply to the request for a question that stands alone."""
    return json.dumps({"question": question}, ensure_ascii=False)

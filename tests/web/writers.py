"""Small servers of a language model for the page: one that writes slowly, one that writes what it was told to."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.qa.llm_servers import Request, Small

NAME = "slow-writer"
MODELS = {"data": [{"id": NAME}]}


def environ(small: Small, *, name: str = NAME) -> dict[str, str]:
    """What makes `qa serve` ask this server."""
    return {"QA_LLM": name, "QA_LLM_URL": small.url}


def sentence(request: Request, words: str) -> tuple[int, str]:
    """Return the number and the text of the first sentence in a prompt that holds some words."""
    shown = request.body["messages"][-1]["content"]
    found = re.search(rf"^\[(\d+)\] (.*{re.escape(words)}.*)$", shown, re.MULTILINE)
    return int(found[1]), found[2]


def claim(number: int, text: str, *, quote: str | None = None) -> str:
    """One claim of a reply, as JSON."""
    return json.dumps({"text": text, "sentences": [number], "quote": quote or text})


@dataclass
class Slow:
    """Writes one claim, then keeps whoever asked waiting; once `hurry` is set it ends its replies."""

    words: str
    hurry: threading.Event = field(default_factory=threading.Event)

    def __call__(self, request: Request) -> None:
        number, text = sentence(request, self.words)
        begun = f'{{"answerable": true, "short": null, "claims": [{claim(number, text)}'
        request.begin()
        request.piece(begun + ", " * (not self.hurry.is_set()))
        if not self.hurry.is_set():
            request.linger()
            return
        request.piece("]}")
        request.piece(None, end="stop")
        request.event("[DONE]")


def replying(texts: Iterable[str]):
    """Claim each of some texts, whatever is asked; none of them is what the articles say."""

    def reply(request: Request) -> None:
        claims = [json.loads(claim(1, text)) for text in texts]
        request.reply(json.dumps({"answerable": True, "short": next(iter(texts)), "claims": claims}))

    return reply


def refusing(text: str):
    """Answer every question with an error that says some text."""

    def refuse(request: Request) -> None:
        request.send(400, {"error": {"message": text, "type": text, "code": text}})

    return refuse

"""Read a language model's reply as it comes: JSON with claims, each given out when it is complete."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from json import JSONDecoder
from typing import Any

from qa.types import Proposed

LONGEST = 40_000  # characters of a reply: 12 claims have 6,000
MOST_CLAIMS = 12
_LONGEST_AGAIN = 700  # characters of a claim or a quote that are shown again
_LONGEST_NUMBER = 7  # digits; Python refuses to read more than 4,300

# What the reply should look like; a server that can holds the model to it.
SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {
        "answerable": {"type": "boolean"},
        "short": {"type": ["string", "null"]},
        "claims": {
            "type": "array",
            "maxItems": MOST_CLAIMS,
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "sentences": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 6},
                    "quote": {"type": "string"},
                },
                "required": ["text", "sentences", "quote"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["answerable", "short", "claims"],
    "additionalProperties": False,
}

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)  # some models think aloud first
_CLAIMS = re.compile(r'(?<!\\)"claims"\s*:\s*\[')
_REFUSING = re.compile(r'(?<!\\)"answerable"\s*:\s*false')
_BETWEEN = re.compile(r"[\s,]*")


class Reply:
    """What has come of one reply so far."""

    def __init__(self) -> None:
        self._text = ""
        self._place: int | None = None  # behind the claims that were given out
        self._given = 0

    def claims(self, pieces: Iterable[str]) -> Iterator[Proposed]:
        """Yield the claims of a reply in order, each as soon as it is complete; at most 12, and of 40,000 characters.

        What is no claim (a string, an object without a text) is left out; what comes behind is not waited for.
        """
        for piece in pieces:
            self._text += piece
            if "}" in piece or len(self._text) > LONGEST:
                yield from self._complete()
            if self._given >= MOST_CLAIMS or len(self._text) > LONGEST:
                return
        yield from self._complete()

    @property
    def whole(self) -> dict[str, Any] | None:
        """The reply as one object; None if it is none, or none yet."""
        text = _THOUGHT.sub("", self._text)
        start = text.find("{")
        try:
            found, _ = JSONDecoder().raw_decode(text, start) if start >= 0 else (None, 0)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None

    @property
    def is_one(self) -> bool:
        """Whether this is a reply as it was asked for, or the beginning of one."""
        return self._given > 0 or (self.whole is not None and "answerable" in self.whole)

    @property
    def refuses(self) -> bool:
        """Whether it says that the sentences do not answer."""
        return self.whole is not None and self.whole.get("answerable") is False

    @property
    def short(self) -> str | None:
        """The bare answer it gives, if it gives one."""
        short = self.whole.get("short") if self.whole is not None else None
        return short.strip() or None if isinstance(short, str) else None

    def _complete(self) -> Iterator[Proposed]:
        """Yield the claims that are complete and were not given out yet."""
        if self._place is None:
            thought = next((m.end() for m in [*_THOUGHT.finditer(self._text)][-1:]), 0)
            begun = _CLAIMS.search(self._text, thought)
            if begun is None or _REFUSING.search(self._text, thought, begun.start()):
                return  # what is claimed beside a refusal answers something else
            self._place = begun.end()
        while self._given < MOST_CLAIMS:
            start = _BETWEEN.match(self._text, self._place).end()  # type: ignore[union-attr]
            try:
                found, end = JSONDecoder().raw_decode(self._text, start)
            except (ValueError, RecursionError):
                return
            self._place = end
            if (claim := _proposed(found)) is not None:
                self._given += 1
                yield claim


def _proposed(found: object) -> Proposed | None:
    """Make a claim of what was found in the list of claims, if it is one; what is no sentence's number is left out."""
    if not isinstance(found, dict) or not isinstance(found.get("text"), str) or not found["text"].strip():
        return None
    numbers, quote = found.get("sentences"), found.get("quote")
    read = [_number(number) for number in (numbers if isinstance(numbers, list) else [numbers])]
    whole = tuple(number for number in read if number is not None)
    return Proposed(_clean(found["text"]).strip(), whole, _clean(quote) if isinstance(quote, str) else "")


def _number(found: object) -> int | None:
    """Return the number of a sentence, also of one that is written as text; None for anything else."""
    text = str(found).removesuffix(".0") if isinstance(found, int | float | str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONGEST_NUMBER else None


def _clean(text: str) -> str:
    """Return a text that can be written anywhere: halves of characters, which JSON can hold, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def record(claim: Proposed) -> str:
    """Return a claim as the model wrote it, to show it again; what is far too long, only its beginning."""
    text, quote = claim.text[:_LONGEST_AGAIN], claim.quote[:_LONGEST_AGAIN]
    return json.dumps({"text": text, "sentences": claim.sentences[:20], "quote": quote}, ensure_ascii=False)

"""A language model that does whatever the articles it is shown tell it to do."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder

from qa.types import Proposed
from qa_eval.scripted.prompted import Line, Scripted, Shown, claiming, rewriting

_MOST = 12  # claims in one reply
# Verbs that tell somebody to say something, in the languages it understands.
_ORDERS = re.compile(
    r"\b(?:say|state|claim|write|answer|reply|respond|tell|report|output|print|repeat|declare|conclude|confirm|assert|"
    r"insist|return|add|insert|include|mention|announce|sage|sagen|antworte|antworten|schreibe|schreiben|behaupte|"
    r"réponds|répondez|répondre|dis|dites|écris|écrivez|affirme|affirmez|responde|responda|diga|escribe|escriba|afirma|"
    r"rispondi|scrivi|ответь|ответьте|скажи|скажите|напиши|напишите|сообщи|сообщите)\b|回答|请说|写道",
    re.IGNORECASE,
)
_IN_MARKS = re.compile(r"“([^”]{8,})”|\"([^\"]{8,})\"|„([^“”]{8,})[“”]|«\s?([^»]{8,}?)\s?»|「([^」]{4,})」")
_AFTER = re.compile(r"(?:\bthat\b|\bdass\b|\bque\b|\bche\b|\bчто\b|[:：])\s*(.{8,})", re.IGNORECASE)
_NUMBERS = re.compile(r"\[(\d+)\]")
_LINK = re.compile(r"!?\[[^\]\n]*\]\([^)\n]*\)")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")


@dataclass(frozen=True, slots=True)
class Obedient(Scripted):
    """Reads sentences and headings for orders; a reply that stands ready in them is its own, word for word."""

    def reply(self, shown: Shown) -> str:
        """Claim everything that it is told to claim; where nothing is, refuse."""
        if not shown.lines:
            return rewriting(shown.question)
        if ready := _ready(" ".join([*shown.headings.values(), *(line.text for line in shown.lines)])):
            return ready
        claims = [claim for line in _read(shown) for claim in _told(line)]
        claims = list(dict.fromkeys(claims))[:_MOST]
        return claiming(claims, claims[0].text if claims else None)


def _read(shown: Shown) -> Iterator[Line]:
    """Yield everything that could hold an order; a heading's is obeyed as if its article began with it."""
    for line in shown.lines:
        if heading := shown.headings.get(line.article, "") if _begins(line, shown) else "":
            yield Line(line.number, heading.strip('"'), line.article)
        yield line
        for hidden in _decoded(line.text):
            yield Line(line.number, hidden, line.article)


def _begins(line: Line, shown: Shown) -> bool:
    return line == next(each for each in shown.lines if each.article == line.article)


def _told(line: Line) -> Iterator[Proposed]:
    """Yield what a sentence says should be said: what it quotes after an order, else what follows "that" or a colon.

    Each is said twice: word for word, quoting just these words, and in words of its own, quoting the whole sentence.
    """
    for order in _ORDERS.finditer(line.text):
        rest = line.text[order.end() :]
        found = [next(filter(None, each)) for each in _IN_MARKS.findall(rest)]
        if not found and (after := _AFTER.search(rest)):
            found = [after[1]]
        for words in found:
            cited = tuple(int(number) for number in _NUMBERS.findall(line.text)) or (line.number,)
            links = "".join(f" {link}" for link in _LINK.findall(line.text) if link not in words)
            yield Proposed(words.strip() + links, cited, words.strip())
            yield Proposed(f"Indeed, {words.strip()}{links}", (line.number,), line.text)


def _ready(text: str) -> str | None:
    """Return the first JSON object in the text that looks like a reply."""
    for found in re.finditer(r"\{", text):
        try:
            value, end = JSONDecoder().raw_decode(text, found.start())
        except (JSONDecodeError, RecursionError):
            continue
        if isinstance(value, dict) and {"answerable", "claims"} & set(value):
            return text[found.start() : end]
    return None


def _decoded(text: str) -> Iterator[str]:
    """Yield what words in base64 say."""
    for found in _BASE64.finditer(text):
        try:
            said = base64.b64decode(found[0], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if said.isprintable():
            yield said

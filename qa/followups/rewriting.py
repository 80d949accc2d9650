"""Let a language model rewrite a follow-up question, and believe it only where it adds nothing to what was said."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from qa.followups.guards import keeps_meaning, sound
from qa.followups.rules import CONSIDERED, LED, standalone
from qa.followups.verbs import base_form
from qa.prompting import load, quoted
from qa.types import LanguageModel, Message, Stop, Turn
from qa.words import Word, content
from qa_index.errors import QAError

Fill = Callable[..., tuple[Message, ...]]

LONGEST = 600  # characters of a question that stands alone
_MOST = 20_000  # characters of a reply that are waited for
_TOLD = 300  # characters of an earlier answer that the model is told
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)
SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {"question": {"type": "string"}},
    "required": ["question"],
    "additionalProperties": False,
}


def rewrite_with(
    model: LanguageModel,
    question: str,
    turns: Sequence[Turn],
    *,
    seconds: float,
    fill: Fill | None = None,
    stop: Stop | None = None,
) -> str:
    """Return the question so that it stands alone, as the model puts it if that adds no fact, else as the rules do.

    A model that cannot be reached, or does not reply as it was asked to, changes nothing either.
    """
    turns = tuple(turns)[-CONSIDERED:]
    by_rule = standalone(question, turns)
    if not turns:
        return by_rule
    try:
        messages = (fill or load("standalone").fill)(conversation=told(turns), question=quoted(question))
        reply = _reply(model, messages, seconds=seconds, stop=stop)
    except (QAError, TimeoutError, OSError):
        return by_rule
    written = _question(reply)
    bare = LED.sub("", question, count=1)
    faithful = written and adds_nothing(written, question, turns) and keeps_meaning(written, bare, turns)
    return written if faithful and sound(written, question, turns) else by_rule


def told(turns: Sequence[Turn]) -> str:
    """Return a conversation as a model is told it: each question as it was understood, and what was answered."""
    return "\n".join(f"Q: {quoted(turn.answer.standalone)}\nA: {quoted(_answered(turn))}" for turn in turns)


def _answered(turn: Turn) -> str:
    answer = turn.answer
    if answer.status == "abstained":
        return "The articles do not say."
    claims = " ".join(claim.text for claim in answer.claims)[:_TOLD]
    return f"{answer.short}. {claims}" if answer.short else claims


def _reply(model: LanguageModel, messages: tuple[Message, ...], *, seconds: float, stop: Stop | None) -> str:
    reply = ""
    for piece in model.stream(messages, schema=SCHEMA, seconds=seconds, stop=stop):
        reply += piece
        if len(reply) > _MOST:
            break
    return reply


def _question(reply: str) -> str:
    """Return the question of a reply; empty if it holds none."""
    text = _THOUGHT.sub("", reply)
    start = text.find("{")
    try:
        found, _ = json.JSONDecoder().raw_decode(text, start) if start >= 0 else (None, 0)
    except (ValueError, RecursionError):
        return ""
    question = found.get("question") if isinstance(found, dict) else None
    line = " ".join(question.split()) if isinstance(question, str) else ""
    return line if len(line) <= LONGEST and line.isprintable() else ""


def adds_nothing(written: str, question: str, turns: Sequence[Turn]) -> bool:
    """Whether a rewritten question keeps every name and number of the question, and no word in it is new.

    Each word that says something must stand in the question, an earlier question, or an answer that was given.
    """
    known = {form for text in said(question, turns) for word in content(text) for form in _forms(word)}
    kept = {form for word in content(written) for form in _forms(word)}
    steady = [word for word in content(question) if word.is_number or (word.is_name and word.start > 0)]
    if not any(character.isalnum() for character in written) or any(word.stem not in kept for word in steady):
        return False
    return all(not known.isdisjoint(_forms(word)) for word in content(written))


def said(question: str, turns: Sequence[Turn]) -> tuple[str, ...]:
    """Return all that was said in a conversation: its questions, and what its answers state."""
    earlier = [text for turn in turns for text in (turn.question, turn.answer.standalone, *_stated(turn))]
    return (question, *earlier)


def _stated(turn: Turn) -> tuple[str, ...]:
    answer = turn.answer
    return () if answer.status == "abstained" else (answer.short or "", *(claim.text for claim in answer.claims))


def _forms(word: Word) -> set[str]:
    """Return what a word is known by: its stem, and the base form of an irregular verb ("met" is "meet")."""
    return {word.stem, base_form(word.text)[1]}

"""Say a sentence in another way: denied, behind a comma, a number in words, a question with its answer."""

from __future__ import annotations

import re

from qa.words import FUNCTION_WORDS

_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
_AUXILIARY = r"(?:has|have|had|is|are|was|were|will|would|can|could|must|should|may|did)"
_PAST = re.compile(
    r"(?<=[a-z] )(took|started|began|turned|reported|thanked|said|went|grew|arrived|announced|told|won|lost)\b"
)
_BASE = {
    "took": "take", "started": "start", "began": "begin", "turned": "turn", "reported": "report", "thanked": "thank",
    "said": "say", "went": "go", "grew": "grow", "arrived": "arrive", "announced": "announce", "told": "tell",
    "won": "win", "lost": "lose",
}  # fmt: skip


def negated(text: str) -> str | None:
    """Return a sentence with a "not" more, or without the one it has; None if there is no place for it."""
    if found := re.search(rf"\b({_AUXILIARY}) not\b", text):
        return text[: found.end(1)] + text[found.end() :]
    if found := re.search(rf"\b{_AUXILIARY}\b(?!\s+(?:not|no)\b)(?!n['’]t)(?=\s+[a-z])", text):
        return f"{text[: found.end()]} not{text[found.end() :]}"
    if found := _PAST.search(text):
        return f"{text[: found.start()]}did not {_BASE[found[1]]}{text[found.end() :]}"
    return None


def lowered_opening(text: str) -> str:
    """Return a sentence as it follows a comma: its first letter small, if its first word is no name."""
    first = re.match(r"\w+", text)
    if first and (
        first.group().lower() in FUNCTION_WORDS or first.group().lower() in ("according", "local", "officials")
    ):
        return text[:1].lower() + text[1:]
    return text


def number_in_words(value: int) -> str | None:
    """Return a number up to twenty in words, None for others."""
    return _WORDS[value] if 0 <= value <= 20 else None


def digits_of(written: str) -> int | None:
    """Return the whole number that digits or a word stand for, None if they are no such number."""
    lowered = written.lower()
    if lowered in _WORDS:
        return _WORDS.index(lowered)
    plain = written.replace(",", "")
    return int(plain) if plain.isdecimal() and plain.isascii() else None


def statement(question: str, answer: str) -> str | None:
    """Put a question with its answer as a statement; None for questions that this cannot be done with by rule."""
    asked = question.strip().rstrip("?")
    if found := re.fullmatch(
        r"Who ((?:is|was|were|are|has|had|will|\w+ed|said|led|took|told|met|won|sent|became) .+)", asked
    ):
        return f"{_capital(answer)} {found[1]}."
    if found := re.fullmatch(
        r"(?:Which|What) ((?:[\w-]+ ){1,2})"
        r"((?:\w+ed|was|were|is|are|has|had|took|led|rebuilt|built|won|held|sent|made) (?!the .* (?:in|from|to)$).+)",
        asked,
    ):
        if found[2].split()[0] in ("was", "were", "is", "are", "has", "had", "did") and found[2].split()[1:2] == [
            "the"
        ]:
            return None
        return f"{_capital(answer)} {found[2]}."
    if found := re.fullmatch(
        r"How many ([\w-]+(?: [\w-]+)?) ((?:were|was|have|had|died|took|are|came|left|\w+ed) .+)", asked
    ):
        counted = answer if re.search(rf"\b{found[1].split()[-1]}\b", answer) else f"{answer} {found[1]}"
        return f"{_capital(counted)} {found[2]}."
    return None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""A language model that says what its sentences do not, or says it in a form that nobody can use."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

from qa.types import Message, Proposed, Stop
from qa_eval.scripted.prompted import Line, Scripted, Shown, claiming, read, rewriting
from qa_index.errors import LanguageModelUnavailable

_LIES = 4  # in one reply
_LONG = 1_000_000  # characters
_NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")
_DAY = r"(?:\w+day|January|February|March|April|June|July|August|\w+ber)\b"
_NAME = re.compile(rf"(?<=[\w,;] )(?!{_DAY})[A-Z][\w’'-]{{2,}}(?: [A-Z][\w’'-]{{2,}})*")
_INVENTED = "Ormund Tesk"
_REMEMBERED = (
    ("Paris", "Paris is the capital of France."),
    ("1945", "The Second World War ended in 1945."),
    ("100 degrees", "Water boils at 100 degrees Celsius at sea level."),
    ("Neil Armstrong", "Neil Armstrong was the first person to walk on the Moon."),
)
_PAUSE = 0.005  # seconds between the pieces of what does not end


@dataclass(frozen=True, slots=True)
class Lying(Scripted):
    """Lies in one way, one of `KINDS`, whatever it is asked; it lies again when it is asked to correct itself."""

    kind: str
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a way to lie is one of {', '.join(KINDS)}, got {self.kind!r}")

    @property
    def name(self) -> str:
        """Names the script."""
        return f"lying-{self.kind}"

    def stream(
        self, messages: Sequence[Message], *, schema: object, seconds: float, stop: Stop | None
    ) -> Iterator[str]:
        """Yield the reply in pieces; one that has no end ends with `stop`, or fails after `seconds`.

        Raises:
            LanguageModelUnavailable: if it has not ended after `seconds`.

        """
        if self.kind not in ("endless", "repeating"):
            yield from Scripted.stream(self, messages, schema=schema, seconds=seconds, stop=stop)
            return
        deadline = self.clock() + seconds
        for piece in _without_end(self.kind, read(messages)):
            if stop and stop.is_set():
                return
            if self.clock() > deadline:
                raise LanguageModelUnavailable(
                    f"Asked {self.name} to write, but after {seconds:g} seconds it had not ended. Name another model."
                )
            yield piece
            self.pause(_PAUSE)

    def reply(self, shown: Shown) -> str:
        """Lie about every sentence that is shown, up to four; or reply what is too long, or no JSON."""
        if not shown.lines:
            return rewriting(f"{shown.question.rstrip('?')} in Paris in 1789?")
        told = [_PLAIN.get(self.kind, _numbers)(line, shown) for line in shown.lines[:_LIES]]
        claims, short = [claim for claim, _ in told], told[0][1]
        if self.kind == "long":
            first = claims[0]
            text = f"{first.text} " * (_LONG // (len(first.text) + 1) + 1)
            claims = [Proposed(text, first.sentences, first.quote)]
        reply = claiming(claims, short)
        # Cut inside the last claim: those before it are whole, and lies.
        return f"Here is what I found:\n{reply[: reply.rindex('quote') + 12]}" if self.kind == "broken" else reply


Told = tuple[Proposed, str]


def _numbers(line: Line, shown: Shown) -> Told:
    """Change every number of a sentence; one without gets one."""
    numbers = [f"{int(number[0]) % 9 + 1}{number[1:]}" for number in _NUMBER.findall(line.text)]
    changed = iter(numbers)
    text = _NUMBER.sub(lambda found: next(changed), line.text)
    return _said(line, text if numbers else f"4,711 times: {line.text}"), numbers[0] if numbers else "4,711"


def _names(line: Line, shown: Shown) -> Told:
    """Put a name of another sentence, or one that nobody has, in the place of a name; or make somebody say it."""
    others = (found[0] for other in shown.lines for found in _NAME.finditer(other.text) if found[0] not in line.text)
    name = next(others, _INVENTED)
    text = _NAME.sub(name, line.text, count=1)
    return _said(line, text if text != line.text else f"{name} said: {line.text}"), name


def _citations(line: Line, shown: Shown) -> Told:
    """Cite a sentence for what another one says; a lone sentence for its opposite."""
    far = [other for other in shown.lines if abs(other.number - line.number) > 1] or list(shown.lines)
    other = min(far, key=lambda each: len(set(each.text.split()) & set(line.text.split())))
    text = line.text if other.number != line.number else f"It is not true that {line.text}"
    return Proposed(text, (other.number,), _words(other.text)), _words(line.text)


def _quotes(line: Line, shown: Shown) -> Told:
    """Quote words that stand nowhere, and claim what they say."""
    quote = f"the whole of it was the idea of {_INVENTED} and nobody else"
    return Proposed(f"{_INVENTED} had the idea: {line.text}", (line.number,), quote), _INVENTED


def _memory(line: Line, shown: Shown) -> Told:
    """State what everybody knows and the sentence does not say."""
    short, text = _REMEMBERED[line.number % len(_REMEMBERED)]
    return _said(line, text), short


_PLAIN: Mapping[str, Callable[[Line, Shown], Told]] = {
    "numbers": _numbers,
    "names": _names,
    "citations": _citations,
    "quotes": _quotes,
    "memory": _memory,
}
KINDS = (*_PLAIN, "long", "broken", "endless", "repeating")


def _without_end(kind: str, shown: Shown) -> Iterator[str]:
    """Yield the beginning of a reply, and then for ever what does not finish it."""
    yield '{"answerable": true, "short": null, "claims": ['
    if kind == "endless" or not shown.lines:
        yield '{"text": "It is said that it is'
        yield from cycle([" very,"])
    claim, _ = _numbers(shown.lines[0], shown)
    again = json.dumps({"text": claim.text, "sentences": claim.sentences, "quote": claim.quote}, ensure_ascii=False)
    yield from cycle([f"{again}, "])


def _said(line: Line, text: str) -> Proposed:
    return Proposed(text, (line.number,), _words(line.text))


def _words(text: str) -> str:
    return " ".join(text.split()[:8])

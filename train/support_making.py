"""What pairs are made with: draws, other words, evidence with what stands beside it, lies."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from support_lies import lie
from support_pairs import Changed, Pair, Told
from support_rewording import reworded
from support_things import Context

from qa.names import find_names

REWORDED = 0.7  # how often a claim is put in other words
BESIDE = 0.12  # how often evidence has a sentence too many
PHRASE = re.compile(
    r"( (?:in|on|at|after|before|during|because of|due to|for|with|by|since|despite|near|against) (?:the |a |his "
    r"|her |its )?"
    r"[\w'’ -]{4,45})\.$|(, (?:which|who|after|while|as|according to|including|citing|a|the) [^,\"“”]{8,60})\.$"
)
WORD = re.compile(r"\w+|[^\w\s]")


class Making:
    """Draws what pairs are made of; what it draws depends on `seed` and on the order of what it is asked."""

    def __init__(self, phrases: Sequence[str], words: dict[str, Sequence[str]], *, seed: int) -> None:
        self.random = random.Random(seed)
        self._phrases, self._words = phrases, words

    def chance(self, share: float) -> bool:
        """Return whether to do something that is done so often."""
        return self.random.random() < share

    def around(self, sentences: Sequence[str], place: int) -> str:
        """Return a sentence as evidence, often with one beside it, as several are cited for one claim."""
        turn = self.random.random()
        first, last = place - ((turn > 0.5 and turn < 0.72) or turn > 0.92), place + (turn > 0.72)
        evidence = " ".join(sentences[max(0, first) : last + 1])
        if self.random.random() >= BESIDE:
            return evidence
        two = [evidence, self.random.choice(sentences)]
        self.random.shuffle(two)
        return " ".join(two)

    def reworded(self, pair: Pair) -> Pair:
        """Return the pair with its claim in other words, most of the time."""
        return replace(pair, claim=reworded(pair.claim, self.random)) if self.chance(REWORDED) else pair

    def lied(self, true: Pair, sentences: Sequence[str], names: Sequence[str]) -> Iterator[Pair]:
        """Yield the claim with one lie in it; both share nearly all words."""
        around = [m[1] or m[2] for sentence in sentences for m in [PHRASE.search(sentence)] if m]
        phrases = around if around and self.random.random() < 0.6 else self.random.sample(self._phrases, 8)
        made = lie(true.claim, Context(true.evidence, names, phrases, self._words), self.random)
        if made:
            yield replace(
                true,
                claim=made[1],
                supported=False,
                changed=changed_in(made[1], true.claim),
                source=f"{true.source}, {made[0]}",
            )

    def otherwise(self, sentence: str, around: Sequence[str]) -> str | None:
        """Return a sentence that says something else than this one, with its words."""
        context = Context(" ".join(around), names_of(around), (), self._words)
        made = lie(sentence, context, self.random)
        return made[1] if made and made[0] not in ("added", "modifier") else None


def changed_in(lie_: str, truth: str) -> Changed:
    """Return which characters of a lie are not as in the truth it was made of; so is what follows a word left out."""
    words, before = list(WORD.finditer(lie_)), [m[0].lower() for m in WORD.finditer(truth)]
    found: list[tuple[int, int]] = []
    blocks = SequenceMatcher(None, before, [m[0].lower() for m in words], autojunk=False).get_opcodes()
    for kind, _, _, first, last in blocks:
        if kind != "equal" and words:
            last = max(last, first + 1)
            found.append((words[min(first, len(words) - 1)].start(), words[min(last, len(words)) - 1].end()))
    return tuple((start, max(start + 1, end)) for start, end in found)


def names_of(sentences: Sequence[str]) -> list[str]:
    """Return the names in some sentences, each once."""
    return list(dict.fromkeys(s[name.start : name.end] for s in sentences for name in find_names(s)))


def stock(told: Sequence[Told]) -> tuple[list[str], dict[str, Sequence[str]]]:
    """Return phrases that sentences end with, and words by their last three letters."""
    phrases: list[str] = []
    words: dict[str, set[str]] = defaultdict(set)
    for sentence in (sentence for one in told for sentence in one.sentences):
        if found := PHRASE.search(sentence):
            phrases.append(found[1] or found[2])
        for word in re.findall(r"(?<=[a-z] )[a-z]{5,}\b", sentence):
            words[word[-3:]].add(word)
    return phrases, {ending: sorted(some) for ending, some in sorted(words.items()) if len(some) >= 5}

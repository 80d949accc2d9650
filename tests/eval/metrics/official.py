"""What the official script of SQuAD 2.0 says of 3,000 random answers; the script itself is not a part of the project.

The pairs are made here, always the same; the script's figures stand in `official.json`, with its SHA-256. To make
them again: `python -m tests.eval.metrics.official PATH/evaluate-v2.0.py`, in the folder of the project.
"""

import hashlib
import json
import random
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

FIGURES = Path(__file__).with_name("official.json")
SEED = 20_220_112
PAIRS = 3_000

_WORDS = (
    "a an the The AN A theatre another anthem mill Mill MILL mills baker bakers' baker's river valley Quill quill, "
    "new york New York, old-town old town twenty-five U.S. US U.S.A. e.g. 1,200 1200 1.200 12 12% 12th 3.5 35 $5 €7 5 "
    "£1.9bn 2022-01-12 12/01/2022 and or of in not no nothing Łódź Lodz naïve naive café cafe\u0301 Žena İstanbul "
    'istanbul straße STRASSE ΣΟΦΟΣ σοφος река мельница 水車 don’t don\'t dont “quoted” "quoted" (mill) [mill] mill... '
    "mill… mill— -mill- _mill_ a-b a’b the-end the…end thé a\u0301 ½ x² № #1 C++ C# @home & ' . - — ! ?! \u200b ّ 🙂"
).split()
_SPACES = (" ", " ", " ", " ", " ", "  ", "\t", "\n", "\u00a0", "\u2009", " the ", " A ")
_EMPTY = ("", "", "", " ", "the", "A!", "...", "—", "\u00a0")


class _Chance:
    """Choices made of `random()` alone, the one method whose sequence Python promises to keep."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, number: int) -> int:
        return int(self._random.random() * number)

    def of(self, options):
        return options[self.below(len(options))]


def pairs() -> list[tuple[str, list[str]]]:
    """Return the pairs of an answer and its accepted forms, of which there may be none."""
    chance = _Chance(SEED)
    made = []
    for _ in range(PAIRS):
        answer = _phrase(chance)
        made.append((answer, [_accepted(chance, answer) for _ in range(chance.of((0, 1, 1, 1, 2, 3, 4)))]))
    return made


def digest(made: Sequence[tuple[str, list[str]]]) -> str:
    """Stands for the pairs: if it has changed, so have they, and the figures must be made again."""
    return hashlib.sha256(json.dumps(made).encode()).hexdigest()


def _phrase(chance: _Chance) -> str:
    if chance.below(12) == 0:
        return chance.of(_EMPTY)
    words = [chance.of(_WORDS) for _ in range(1 + chance.below(7))]
    return "".join(word + chance.of(_SPACES) for word in words[:-1]) + words[-1]


def _accepted(chance: _Chance, answer: str) -> str:
    """Return another phrase, or, more often, the answer after some changes."""
    if chance.below(4) == 0:
        return _phrase(chance)
    words = answer.split()
    for _ in range(chance.below(7)):
        words = chance.of(_CHANGES)(chance, words)
    return chance.of(_SPACES).join(words)


def _drop(chance: _Chance, words: list[str]) -> list[str]:
    at = chance.below(len(words) + 1)
    return words[:at] + words[at + 1 :]


def _double(chance: _Chance, words: list[str]) -> list[str]:
    at = chance.below(len(words) + 1)
    return words[:at] + words[at : at + 1] + words[at:]


def _add(chance: _Chance, words: list[str]) -> list[str]:
    at = chance.below(len(words) + 1)
    return [*words[:at], chance.of(_WORDS), *words[at:]]


def _turn(chance: _Chance, words: list[str]) -> list[str]:
    at = chance.below(len(words) + 1)
    return words[at:] + words[:at]


def _recase(chance: _Chance, words: list[str]) -> list[str]:
    return [chance.of((str.upper, str.lower, str.title, str.swapcase))(word) for word in words]


def _punctuate(chance: _Chance, words: list[str]) -> list[str]:
    return [word + chance.of((",", ".", "!", "'s", "’s", "-", "…", "")) for word in words]


_CHANGES = (
    _drop,
    _double,
    _add,
    _add,
    _turn,
    _recase,
    _punctuate,
)


def figures(script: Path) -> dict:
    """Run the script's own `get_raw_scores` over the pairs."""
    made = pairs()
    questions = [
        {"id": str(i), "answers": [{"text": form} for form in accepted]} for i, (_, accepted) in enumerate(made)
    ]
    official = runpy.run_path(str(script), run_name="official")
    exact, f1 = official["get_raw_scores"](
        [{"paragraphs": [{"qas": questions}]}], {str(i): answer for i, (answer, _) in enumerate(made)}
    )
    return {
        "script": hashlib.sha256(script.read_bytes()).hexdigest(),
        "pairs": digest(made),
        "exact_f1": [[exact[str(i)], f1[str(i)]] for i in range(PAIRS)],
    }


if __name__ == "__main__":
    written = json.dumps(figures(Path(sys.argv[1])), separators=(",", ":"))
    FIGURES.write_text(written.replace("],[", "],\n[") + "\n", encoding="utf-8")

"""Runs as an evaluation might make them: articles, questions and answers are made up."""

import random
from pathlib import Path

from qa_eval.folder import Run
from qa_eval.types import Case, Cited, Finish, Gold, Header, Outcome

TEXT = (
    "The old mill by the river burned down on Sunday night. Nobody was hurt, the fire service said. "
    "Its owner, Ada Quill, had stored 1,200 sacks of flour there, most of them for the island's two bakeries. "
    "The council will decide in March whether the mill is built again."
)
QUOTE = "Its owner, Ada Quill, had stored 1,200 sacks of flour there"
FINISH = Finish(12.5, 310)
CASE = Case("c1", "Who owned the mill?", ("Ada Quill",), (Gold("000", QUOTE),), tags=("who", "factoid"))


def cite(words=QUOTE, *, gold="Ada Quill", text=TEXT, title="Mill burns", **given):
    start = text.index(words)
    at = words.find(gold) if gold else -1
    ranges = ((at, at + len(gold)),) if at >= 0 else ()
    end = start + len(words)
    before, after = text[:start], text[end:]
    return Cited("000a", title, "2026-03-01", "mill.txt", start, end, words, before, after, ranges, **given)


def answered(case=CASE, short="Ada Quill", *, right=True, cited=True, confidence=0.8, **given):
    text = f"It was {short}. [1]"
    given = {"text": text, "citations": (cite(),), "claims": 1, "shown": 1, "milliseconds": 31.4, **given}
    known = {"confidence": confidence, "answered_right": right, "cited_right": cited, "exact": float(right), "f1": 0.5}
    return Outcome(case, "answered", short, **known, **given)


def abstained(case=CASE, **given):
    return Outcome(case, "abstained", confidence=given.pop("confidence", 0.2), milliseconds=28.0, **given)


def failed(case=CASE, error="RuntimeError: the reader fell over"):
    return Outcome(case, error=error)


def searched(case, ranks, relevant=(1,)):
    return Outcome(
        case, "searched", milliseconds=9, depth=300, ranks=ranks, grades=relevant[: len(ranks)], relevant=relevant
    )


def header(**given):
    known = {
        "suite": "mills",
        "suite_digest": "0123456789abcdef",
        "cases": 3,
        "retrieval_only": False,
        "started": "2026-11-22T10:00:00+00:00",
        "arguments": ("qa", "eval", "mills.jsonl", "--limit", "3"),
        "settings": {"passages": "20", "strictness": "0.5"},
        "made_by": {"reader": "sentences 1", "embedder": "MiniLM int8", "generation": "4"},
        "versions": {"citewell": "0.1.0", "python": "3.11.7"},
        "machine": {"cores": "2", "system": "Linux"},
        "articles": 5,
    }
    return Header(**{**known, **given})


def a_run(outcomes, *, finish=FINISH, path=Path("runs/mills-001"), **given):
    outcomes = tuple(outcomes)
    return Run(path, header(cases=len(outcomes), **given), outcomes, finish)


def many(count=120, seed=0):
    """Outcomes of all kinds, in a believable mixture."""
    chance = random.Random(seed)
    asked = (
        ("Who owned the mill that burned down by the river?", "Ada Quill", "who"),
        ("How many sacks of flour were stored in the mill?", "1,200", "how_many"),
        ("When will the council decide about building the mill again?", "March", "when"),
        ("Was anybody hurt in the fire, and who says so?", "Nobody was hurt", "said"),
    )
    for number in range(count):
        question, answer, tag = asked[number % len(asked)]
        due = number % 3 != 2
        case = Case(
            f"mill-{number + 1:03d}",
            question if due else f"{question[:-1]} in the neighbouring town?",
            (answer,) if due else (),
            (Gold("000", QUOTE),) if due else (),
            answerable=due,
            tags=(tag, "paraphrase") if due else ("unanswerable", ("off_topic", "missing_detail")[number % 2]),
        )
        luck = chance.random()
        confidence = min(0.99, max(0.05, luck + chance.gauss(0, 0.15)))
        if number == 17:
            yield failed(case)
        elif luck < 0.15 or (not due and luck < 0.8):
            yield abstained(case, confidence=confidence * 0.5)
        else:
            right, cited = due and luck > 0.35, due and luck > 0.45
            yield answered(
                case, answer if right else "the fire service", right=right, cited=cited, confidence=confidence
            )

"""Questions with the sentences that answer them and sentences that only look so, from sets in the common layout."""

from __future__ import annotations

import gzip
import json
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from qa_index.reading.sentences import split

WORD = re.compile(r"\w+")
NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*")
NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
OVERLAP = 0.5  # least share of the question's words in a window of news that is trusted to answer it
SPOILT = 0.15  # share of questions that are also asked with a false premise

# Words that turn a question into one that the same sentence no longer answers.
OPPOSITES = (
    "increase decrease|increased decreased|rise fall|rose fell|win lose|won lost|before after|first last"
    "|largest smallest"
    "|highest lowest|oldest youngest|north south|northern southern|east west|eastern western|buy sell|bought sold"
    "|start end|started ended|began ended|begin end|open close|opened closed|arrested released|accepted rejected"
    "|approved rejected|support oppose|supported opposed|allow ban|allowed banned|allow prevent|best worst"
    "|maximum minimum|early late|male female|men women|husband wife|father mother|son daughter|king queen"
    "|attacked defended|joined left|gained lost|hired fired|raised cut|added removed|entered left"
)
OPPOSITE = {
    word: other for pair in OPPOSITES.split("|") for word, other in (pair.split(), pair.split()[::-1])
}  # the last of several stands


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the sentences that answer it (none if nothing does), and its pool of others, likeliest first."""

    question: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    source: str


Paragraph = tuple[str, tuple[str, ...]]  # the text and its sentences


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read a compressed set in JSON Lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def squad(path: Path, *, articles: slice, source: str, questions: int | None = None) -> list[Asked]:
    """Return questions about Wikipedia paragraphs; the others of the article are their pool."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        chosen = json.load(file)["data"][articles]
    rows = [
        {"title": a["title"], "context": p["context"], **q} for a in chosen for p in a["paragraphs"] for q in p["qas"]
    ]
    return pooled(sample(rows, questions), source, everything=rows)


def records(path: Path, *, source: str) -> list[Asked]:
    """Return questions of a set in JSON Lines (QED, ESTER); paragraphs of one title are each other's pool."""
    rows = [tidied(row) if source.startswith("qed") else row for row in lines(path)]
    return pooled(rows, source, everything=rows)


def news(path: Path, *, source: str) -> list[Asked]:
    """Return questions of a news quiz, with windows of articles that probably hold the answer, or surely do not."""
    found = []
    for row in lines(path):
        windows = [w for w in row["positives"] if w["q_overlap"] >= OVERLAP]
        right, wrong = [], []
        for text, answers in [(w["text"], row["answer"]) for w in windows] + [
            (w["text"], "") for w in row["negatives"]
        ]:
            for sentence in sentences(text):
                (right if answers and holds(sentence, [answers]) else wrong).append(sentence)
        idf = weights_of(right + wrong)
        best = ranked(row["question"], right, idf)[:2]
        if best:
            found.append(Asked(row["question"], tuple(best), tuple(ranked(row["question"], wrong, idf)), source))
    return found


def pooled(rows: Sequence[dict[str, Any]], source: str, *, everything: Sequence[dict[str, Any]]) -> list[Asked]:
    """Find the sentence of each answer, and rank the other sentences of its title by the words they share with it."""
    paragraphs: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for row in everything:
        paragraphs[row["title"] or row["context"]].setdefault(row["context"], ())
    found: list[Asked] = []
    by_title: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_title[row["title"] or row["context"]].append(row)
    for title, members in by_title.items():
        texts = {text: tuple(sentences(text)) for text in paragraphs[title]}
        idf = weights_of([sentence for held in texts.values() for sentence in held])
        for row in members:
            one = _asked(row, texts, idf, source)
            if one:
                found.append(one)
    return found


def _asked(row: dict[str, Any], texts: dict[str, tuple[str, ...]], idf: Counter[str], source: str) -> Asked | None:
    """Return one question with its pool; None if the sentence of its answer is not certain."""
    answers = list(dict.fromkeys(a["text"] for a in row["answers"]))
    own = texts[row["context"]]
    if not answers:
        return Asked(row["question"], (), tuple(ranked(row["question"], own, idf)), source)
    right = [s for s in own if holds(s, answers)]
    if len(right) > (3 if source.startswith("ester") else 1):
        return None
    others = [s for held in texts.values() for s in held if not holds(s, answers)]
    return Asked(row["question"], tuple(right), tuple(ranked(row["question"], others, idf)), source) if right else None


def sentences(text: str) -> list[str]:
    """Return the sentences of a text that are more than a word."""
    return [text[start:end] for start, end in split(text) if len(WORD.findall(text[start:end])) > 2]


def holds(sentence: str, answers: Iterable[str]) -> bool:
    """Whether a sentence holds an answer, as whole words."""
    return any(re.search(rf"(?<!\w){re.escape(a.strip())}(?!\w)", sentence, re.IGNORECASE) for a in answers)


@lru_cache(maxsize=200_000)
def words_of(text: str) -> frozenset[str]:
    """Return the words of a text, small."""
    return frozenset(WORD.findall(text.lower()))


def weights_of(texts: Sequence[str]) -> Counter[str]:
    """Return how rare each word is: the inverse document frequency over these sentences."""
    counts = Counter(word for text in texts for word in words_of(text))
    weights: Counter[str] = Counter()
    weights.update({word: math.log(1 + len(texts) / count) for word, count in counts.items()})  # type: ignore[dict-item]
    return weights


def ranked(question: str, candidates: Iterable[str], idf: Counter[str]) -> list[str]:
    """Put the sentences first that share the most with the question."""
    asked = words_of(question)

    def shared(sentence: str) -> float:
        words = words_of(sentence)
        return sum(idf[word] for word in words & asked) / (8 + len(words)) ** 0.5

    return sorted(dict.fromkeys(candidates), key=lambda sentence: -shared(sentence))[:40]


def sample(rows: list[dict[str, Any]], size: int | None) -> list[dict[str, Any]]:
    """Return `size` of the rows, always the same ones."""
    return rows if size is None or size >= len(rows) else random.Random(size).sample(rows, size)


def tidied(row: dict[str, Any]) -> dict[str, Any]:
    """Write a record of QED as news writes it: it stores tokens between spaces."""
    answers = [{**a, "text": _joined(a["text"])} for a in row["answers"]]
    return {**row, "context": _joined(row["context"]), "answers": answers}


def _joined(text: str) -> str:
    text = text.replace("`` ", '"').replace(" ''", '"').replace(" -- ", " – ").replace(" - ", "-")
    text = re.sub(r" ([,.;:!?)\]%]|'s\b|n't\b|'\s)", r"\1", text)
    return re.sub(r"([(\[$]) ", r"\1", text)


def spoilt(asked: Sequence[Asked], chooser: random.Random) -> list[Asked]:
    """Return some of the questions with a false premise: a name, a number or a direction that its sentence denies."""
    names = [name for one in asked for name in NAME.findall(one.question)]
    numbers = [number for one in asked for number in NUMBER.findall(one.question)]
    found = []
    for one in asked:
        if one.right and chooser.random() < 3 * SPOILT:  # a third of them hold something to change
            question = _changed(one, chooser, names, numbers)
            if question:
                found.append(replace(one, question=question, right=(), wrong=(one.right[0], *one.wrong[:1])))
    return found


def _changed(one: Asked, chooser: random.Random, names: Sequence[str], numbers: Sequence[str]) -> str:
    """Return the question with one thing changed that its sentence says as well; nothing if there is none."""
    told = one.right[0].lower()
    near = [name for text in one.wrong[:12] for name in NAME.findall(text)] or names
    turns: list[tuple[str, Callable[[], str]]] = []
    for found, others in ((NAME.findall(one.question), near), (NUMBER.findall(one.question), numbers)):
        turns += [(x, lambda others=others: chooser.choice(others)) for x in found if x.lower() in told]  # type: ignore[misc]
    turns += [(w, lambda w=w: OPPOSITE[w]) for w in one.question.split() if w in OPPOSITE]  # type: ignore[misc]
    if not turns:
        return ""
    old, draw = chooser.choice(turns)
    new = draw()
    if new.lower() in told or new.lower() in one.question.lower():
        return ""
    return one.question.replace(old, new, 1)

"""What looks like an answer and is none: other passages near a question, and questions with a false premise."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from reader_data import MONTHS, Asked, Collection
from scipy.sparse import csr_matrix

NEAR = 8  # passages per question
OWN, OTHER = 3, 3  # of its article, and of all, by shared words; the rest are passages of questions like it
FREQUENT = 0.05  # a word in more of the passages says little
ROWS = 500  # questions looked up at once
WORD = re.compile(r"\w+")
NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*")
NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
YEAR = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
MONTH = re.compile(rf"\b(?:{'|'.join(MONTHS)})\b")
# Words of one form, so that one can stand for another: verbs, acts, makers, things. Their endings say which.
ENDING = re.compile(r"(?<![\w’'-])[a-z]{2,}(ed|ing|ion|ions|ment|ments|ers|ors|er|or|ies|es|ts|al|ic|ity)(?![\w’'-])")
PRECISE = re.compile(r"\d{3,}")  # a part of an answer that gives it away

# Words that turn a question into one that the same passage no longer answers.
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

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


class Bm25:
    """Okapi BM25 over passages, k1 = 1.2 and b = 0.75. Source: Robertson & Zaragoza, "BM25 and Beyond", 2009."""

    def __init__(self, passages: Sequence[str], *, frequent: float = 1.0) -> None:
        counts = [Counter(WORD.findall(text.lower())) for text in passages]
        held = Counter(word for count in counts for word in count)
        self._words = {w: n for n, w in enumerate(w for w, found in held.items() if found <= frequent * len(counts))}
        mean = sum(sum(count.values()) for count in counts) / len(counts)
        rows, columns, weights = [], [], []
        for row, count in enumerate(counts):
            norm = 1.2 * (0.25 + 0.75 * sum(count.values()) / mean)
            for word, times in count.items():
                if word in self._words:
                    rows.append(row)
                    columns.append(self._words[word])
                    idf = np.log(1 + (len(counts) - held[word] + 0.5) / (held[word] + 0.5))
                    weights.append(idf * times * 2.2 / (times + norm))
        shape = (len(counts), len(self._words))
        self._weights = csr_matrix((np.array(weights, np.float32), (rows, columns)), shape).T.tocsr()

    def scores(self, questions: Sequence[str]) -> NDArray[np.float32]:
        """Return shape (questions, passages)."""
        places = [
            (row, self._words[word])
            for row, question in enumerate(questions)
            for word in sorted(set(WORD.findall(question.lower())) & self._words.keys())
        ]
        rows, columns = zip(*places, strict=True) if places else ((), ())
        asked = csr_matrix(
            (np.ones(len(places), np.float32), (rows, columns)), (len(questions), self._weights.shape[0])
        )
        found: NDArray[np.float32] = (asked @ self._weights).toarray()
        return found


def best(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the places of the highest scores of each row, highest first."""
    count = min(count, scores.shape[1])
    top = np.argpartition(-scores, count - 1, axis=1)[:, :count]
    return np.take_along_axis(top, np.argsort(-np.take_along_axis(scores, top, 1), axis=1, kind="stable"), 1)


def near(collection: Collection, embed: Embed) -> NDArray[np.int32]:
    """Return shape (questions, 8): numbers of passages that seem to answer a question and do not, then -1.

    They are ranked by words within its article, by words over all, and by the questions that they do answer, of which
    the nearest in meaning count. None holds an answer, nor a number that is part of one.
    """
    lowered = [passage.text.lower() for passage in collection.passages]
    found = np.full((len(collection.asked), NEAR), -1, np.int32)
    ranked = zip(_by_words(collection), _by_questions(collection, embed), strict=True)
    for row, (one, ((own, other), like)) in enumerate(zip(collection.asked, ranked, strict=True)):
        telling = [answer.lower() for answer in one.answers]
        telling += [number for answer in one.answers for number in PRECISE.findall(answer)]
        kept: list[int] = []
        for numbers, limit in ((own, OWN), (other, OWN + OTHER), (like, NEAR)):
            for number in numbers:
                if len(kept) >= limit:
                    break
                if number != one.passage and number not in kept and not _tells(lowered[number], telling):
                    kept.append(int(number))
        found[row, : len(kept)] = kept
    return found


def _tells(lowered: str, telling: Sequence[str]) -> bool:
    return any(text in lowered and holds(lowered, [text]) for text in telling)


def holds(text: str, answers: Iterable[str]) -> bool:
    """Whether a text holds an answer, as whole words."""
    return any(re.search(rf"(?<!\w){re.escape(a.strip())}(?!\w)", text, re.IGNORECASE) for a in answers)


def _by_words(collection: Collection) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    """Yield, per question, the likeliest passages of its article and of all."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, passage in enumerate(collection.passages):
        groups[passage.group].append(number)
    search = Bm25([passage.text for passage in collection.passages], frequent=FREQUENT)
    for first in range(0, len(collection.asked), ROWS):
        some = collection.asked[first : first + ROWS]
        scores = search.scores([one.question for one in some])
        for one, row, ranked in zip(some, scores, best(scores, 20), strict=True):
            own = groups[collection.passages[one.passage].group]
            yield sorted(own, key=lambda number: -row[number])[:10], ranked.tolist()


def _by_questions(collection: Collection, embed: Embed) -> Iterator[Sequence[int]]:
    """Yield, per question, the passages of the questions that are nearest in meaning."""
    vectors = embed([one.question for one in collection.asked])
    passages = np.array([one.passage for one in collection.asked])
    for first in range(0, len(vectors), ROWS):
        scores = vectors[first : first + ROWS] @ vectors.T
        for ranked in best(scores, 20):
            yield passages[ranked].tolist()


def spoilt(collection: Collection, nearby: NDArray[np.int32], *, seed: int) -> list[Asked]:
    """Return questions with a false premise: a name, number, direction or word that their passage says is changed.

    What takes its place is of the same type, from a passage near the question, and does not stand in its own.
    """
    chooser = random.Random(seed)
    known = [things(passage.text) for passage in collection.passages]
    asked = {(one.question, one.passage) for one in collection.asked}
    found = []
    for one, numbers in zip(collection.asked, nearby, strict=True):
        if not one.spans or one.source == "qamr":
            continue
        others = [known[number] for number in numbers if number >= 0]
        question = changed(one.question, collection.passages[one.passage].text.lower(), others, chooser)
        if question and (question, one.passage) not in asked:
            found.append(Asked(question, one.passage, (), (), "edit"))
    return found


def things(text: str) -> dict[str, list[str]]:
    """Return the names, years, months and other numbers of a text, and its longer words by their endings."""
    years, months = YEAR.findall(text), MONTH.findall(text)
    found = {
        "year": years,
        "month": months,
        "name": [name for name in NAME.findall(text) if name not in MONTHS],
        "number": [n for n in NUMBER.findall(text) if n not in years],
    }
    for word in ENDING.finditer(text):
        if len(word[0]) >= 5:
            found.setdefault(f"-{word[1]}", []).append(word[0])
    return found


def changed(question: str, told: str, others: Sequence[dict[str, list[str]]], chooser: random.Random) -> str:
    """Return the question with one thing changed that its passage says; nothing if there is none.

    A word gives way to one with the same ending; which kind of thing changes is drawn first, then which one.
    """
    turns: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for kind, found in things(question).items():
        turns["word" if kind[0] == "-" else kind] += [(kind, old) for old in found if old.lower() in told]
    turns["opposite"] = [("opposite", word) for word in question.split() if word in OPPOSITE and word in told]
    possible = [turn for turn in turns.values() if turn]
    if not possible:
        return ""
    kind, old = chooser.choice(chooser.choice(possible))
    if kind == "opposite":
        fitting = [OPPOSITE[old]]
    else:
        drawn = {new for other in others for new in other.get(kind, ())}
        begun = 5 if kind[0] == "-" else None  # another form of a word that is told would not make it false
        fitting = sorted(
            new for new in drawn if new.lower()[:begun] not in told and new.lower() not in question.lower()
        )
        alike = [new for new in fitting if len(new.split()) == len(old.split())]
        fitting = alike or fitting
    return (
        re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: chooser.choice(fitting), question, count=1)
        if fitting
        else ""
    )

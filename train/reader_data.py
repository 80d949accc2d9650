"""Questions with a passage and the places of their answers in it, from all sets that the span reader learns from."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Span = tuple[int, int, float]  # the first character, the one after the last, how likely this place is meant

OVERLAP = 0.5  # least share of the question's words in a window of news that is trusted to answer it
GIVEN = 0.8  # how often the place that a set gives is the right one, if the answer stands in several
PLACES = 8  # of one answer
# Of the 18 articles of SQuAD 2.0 the first are trained on; those up to the second number are watched meanwhile, and
# calibrated on; the others are only tested on.
TRAINED_ARTICLES, WATCHED_ARTICLES = 12, 14
WIKINEWS = 6_000  # questions of QAMR: easy ones, about single sentences of news
CHOICES = re.compile(r"\b(?:following|these|true|false)\b", re.IGNORECASE)  # needs the quiz's choices
DAY = re.compile(r"/(20\d\d)/(\d\d)/(\d\d)/")
MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage with what the library knows of its article; `group` names the article or the search it is from."""

    text: str
    title: str
    date: str
    group: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the number of its passage, and where that answers it: nowhere, if `spans` is empty."""

    question: str
    passage: int
    spans: tuple[Span, ...]
    answers: tuple[str, ...]
    source: str


@dataclass(slots=True)
class Collection:
    """Passages, each once, and the questions about them."""

    passages: list[Passage] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, passage: Passage) -> int:
        """Return the number of a passage, a new one for a new text."""
        number = self._numbers.setdefault(passage.text, len(self.passages))
        if number == len(self.passages):
            self.passages.append(passage)
        return number

    def add(self, question: str, passage: Passage, answers: Sequence[tuple[str, float]], source: str) -> None:
        """Add a question; `answers` have their place in the passage, from 0 at its start to 1 at its end.

        Without answers it is one that nothing answers, if the set knows such questions; else it is left out.
        """
        spans = places(passage.text, answers)
        if spans or (not answers and source == "squad2"):
            texts = tuple(dict.fromkeys(text for text, _ in answers))
            self.asked.append(Asked(question.strip(), self.number(passage), spans, texts, source))


def places(text: str, answers: Sequence[tuple[str, float]]) -> tuple[Span, ...]:
    """Return where the answers stand in the text, likeliest first; each has one vote, most of it for one place."""
    votes: Counter[tuple[int, int]] = Counter()
    for answer, share in answers:
        wanted = answer.strip()
        found = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(wanted)}(?!\w)", text)] if wanted else []
        nearest = min(found, key=lambda start: abs(start - share * len(text)), default=None)
        for start in found:
            rest = 1 if len(found) == 1 else GIVEN if start == nearest else (1 - GIVEN) / (len(found) - 1)
            votes[start, start + len(wanted)] += rest  # type: ignore[assignment]
    best = votes.most_common(PLACES)
    total = sum(vote for _, vote in best)
    return tuple((start, end, vote / total) for (start, end), vote in best)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read a compressed set in JSON Lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def squad_articles(path: Path) -> list[dict[str, Any]]:
    """Read a file of SQuAD; its titles as they are read."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [{**a, "title": a["title"].replace("_", " ")} for a in json.load(file)["data"]]


def squad(to: Collection, articles: Iterable[dict[str, Any]], *, source: str) -> None:
    """Add the questions about paragraphs of Wikipedia."""
    for article in articles:
        for paragraph in article["paragraphs"]:
            passage = Passage(paragraph["context"], article["title"], "", article["title"])
            for asked in paragraph["qas"]:
                to.add(asked["question"], passage, shares(asked["answers"], passage.text), source)


def records(to: Collection, rows: Iterable[dict[str, Any]], *, source: str) -> None:
    """Add the questions of a set in JSON Lines (QED, ESTER, QAMR)."""
    for row in rows:
        told = tidied(row) if source == "qed" else row
        title = row["title"] if source == "qed" else ""
        passage = Passage(told["context"], title, "", title or f"{source}/{row['id'].split('|')[0]}")
        given = [
            (a["text"], share)
            for a, (_, share) in zip(told["answers"], shares(row["answers"], row["context"]), strict=True)
        ]
        to.add(row["question"], passage, given, source)


def news(to: Collection, path: Path) -> None:
    """Add the questions of a news quiz with the windows of articles that probably answer them, two at most.

    Windows that do not hold the answer join the passages, so that wrong ones are found near each question.
    """
    for row in lines(path):
        windows = [w for w in row["positives"] if w["q_overlap"] >= OVERLAP]
        if not windows or CHOICES.search(row["question"]):
            continue
        group = f"quiz/{row['id']}"
        for window in sorted(windows, key=lambda w: -(w["q_overlap"] + w["ev_overlap"]))[:2]:
            answer = {"text": window["answer_text"], "answer_start": window["answer_start"]}
            to.add(row["question"], _window(window, group), shares([answer], window["text"]), "news")
        for window in row["negatives"]:
            to.number(_window(window, group))


def tidied(row: dict[str, Any]) -> dict[str, Any]:
    """Write a record of QED as news writes it: it stores tokens between spaces."""
    answers = [{**a, "text": _joined(a["text"])} for a in row["answers"]]
    return {**row, "context": _joined(row["context"]), "answers": answers}


def _joined(text: str) -> str:
    text = text.replace("`` ", '"').replace(" ''", '"').replace(" -- ", " – ").replace(" - ", "-")
    text = re.sub(r" ([,.;:!?)\]%]|'s\b|n't\b|'\s)", r"\1", text)
    return re.sub(r"([(\[$]) ", r"\1", text)


def _window(window: dict[str, Any], group: str) -> Passage:
    day = DAY.search(window["url"])
    date = f"{int(day[3])} {MONTHS[int(day[2]) - 1]} {day[1]}" if day else ""
    return Passage(window["text"], window["title"].removesuffix(" ..."), date, group)


def shares(answers: Iterable[dict[str, Any]], text: str) -> list[tuple[str, float]]:
    """Return the answers with their place as a share of the text, which stays when the text is tidied."""
    return [(a["text"], a["answer_start"] / max(1, len(text))) for a in answers]


def plain(question: str) -> str:
    """Return a question by its words alone."""
    return " ".join(re.findall(r"\w+", question.lower()))


def kept_out(folder: Path) -> set[str]:
    """Return the questions of all sets that are only tested on."""
    files = ["ester/dev", "qed/dev", "realtimeqa/questions_2023", "realtimeqa/distant_2023"]
    found = {plain(row["question"]) for name in files for row in lines(folder / f"{name}.jsonl.gz")}
    for path in sorted((Path(__file__).parents[1] / "eval/suites").glob("*.jsonl")):
        found |= {plain(json.loads(line)["question"]) for line in path.read_text(encoding="utf-8").splitlines()}
    tested = squad_articles(folder / "squad/dev-v2.0-half.json.gz")[TRAINED_ARTICLES:]
    return found | {plain(q["question"]) for a in tested for p in a["paragraphs"] for q in p["qas"]}


def collect(folder: Path) -> Collection:
    """Return everything that is trained on; no question of it is in a set that is tested on."""
    found = Collection()
    half = squad_articles(folder / "squad/dev-v2.0-half.json.gz")
    squad(found, squad_articles(folder / "squad/train-v1.1.json.gz"), source="squad")
    squad(found, half[:TRAINED_ARTICLES], source="squad2")
    records(found, lines(folder / "qed/train.jsonl.gz"), source="qed")
    records(found, lines(folder / "ester/train500.jsonl.gz"), source="ester")
    for year in (2024, 2025):
        news(found, folder / f"realtimeqa/distant_{year}.jsonl.gz")
    easy = [r for name in ("dev", "test") for r in lines(folder / f"qamr/{name}.jsonl.gz") if "wikinews" in r["source"]]
    records(found, random.Random(0).sample(easy, WIKINEWS), source="qamr")
    known = kept_out(folder)
    seen: set[tuple[str, int]] = set()
    found.asked = [one for one in found.asked if plain(one.question) not in known and not _repeated(one, seen)]
    return found


def _repeated(one: Asked, seen: set[tuple[str, int]]) -> bool:
    key = (plain(one.question), one.passage)
    repeated = key in seen
    seen.add(key)
    return repeated

"""Evidence and claims, from sets that people labelled and from texts that claims are made of."""

from __future__ import annotations

import datetime as dt
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reader_data import DAY, OVERLAP, TRAINED_ARTICLES, WATCHED_ARTICLES, lines, squad_articles, tidied

from qa_index.reading.sentences import split

READ = 3_000  # characters of an article of news
HELD = 40  # of so many articles of news one is watched, and calibrated on, and two are only tested on

PLACE = re.compile(r"\A(?:[A-Z][\w., ]{2,30})?\(?CNN(?: Business)?\)?(?: —|--)?\s+")

Changed = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim and the evidence for it, with what the library knows of its article; `day` is the date in words.

    `changed` are the characters of the claim that make it unsupported: None where that is not known.
    """

    evidence: str
    claim: str
    supported: bool
    source: str
    title: str = ""
    day: str = ""
    changed: Changed | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An article by its sentences, with its title and its date; `part` says what it may be used for."""

    sentences: tuple[str, ...]
    title: str
    published: dt.date | None
    part: str = "train"


@dataclass(frozen=True, slots=True)
class Quizzed:
    """A question of a quiz with its choices, and a text that holds the answer."""

    question: str
    answer: str
    choices: tuple[str, ...]
    evidence: str
    part: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with an answer, the sentences it may be found in and which of them holds it."""

    question: str
    answer: str
    sentences: tuple[str, ...]
    place: int
    title: str
    source: str


def news(folder: Path) -> Iterator[Told]:
    """Yield the articles of three sets of news, by their beginning."""
    for row in lines(folder / "bbc_news/articles.jsonl.gz"):
        yield from _told(row["text"], row["title"], None, row["text"][:80])
    for row in lines(folder / "news_clusters/articles.jsonl.gz"):
        day = dt.date.fromisoformat(row["date"][:10]) if row["date"] else None
        yield from _told(row["text"].removeprefix(row["title"]), row["title"], day, str(day))
    for row in lines(folder / "realtimeqa/articles_2023.jsonl.gz"):
        found = DAY.search(row["url"])
        day = dt.date(int(found[1]), int(found[2]), int(found[3])) if found else None
        title = "" if row["title"].endswith("...") else row["title"].split(" | ")[0].split(" - ")[0]
        yield from _told(row["text"], title, day, row["url"])


def _told(text: str, title: str, published: dt.date | None, key: str) -> Iterator[Told]:
    """Yield an article if it has sentences; those that look like captions and lists are left out."""
    beginning = PLACE.sub("", text[:READ])
    found = [re.sub(r"\s+", " ", beginning[start:end]) for start, end in split(beginning)]
    sentences = tuple(s for s in found if 5 <= len(s.split()) <= 60 and s[-1] in '.!?"”' and not s.isupper())
    if len(sentences) >= 3 and "Escape your echo chamber" not in beginning[:400]:
        turn = zlib.crc32(key.encode()) % HELD
        yield Told(sentences, title.strip(), published, {0: "watched", 1: "tested", 2: "tested"}.get(turn, "train"))


def quiz(folder: Path) -> Iterator[Quizzed]:
    """Yield the questions of a weekly news quiz: of 2023 with what its makers quoted, then with windows of news.

    Windows were found by distant supervision; only those that share half of the words of the question are taken.
    """
    for row in lines(folder / "realtimeqa/questions_2023.jsonl.gz"):
        part = "watched" if zlib.crc32(row["qid"].encode()) % 3 == 0 else "tested"
        yield Quizzed(row["question"], row["answer"], tuple(row["choices"]), row["evidence"] or "", part)
    for year in (2024, 2025):
        for row in lines(folder / f"realtimeqa/distant_{year}.jsonl.gz"):
            for window in sorted(row["positives"], key=lambda one: -one["q_overlap"])[:2]:
                if window["q_overlap"] >= OVERLAP:
                    yield Quizzed(row["question"], row["answer"], tuple(row["choices"]), window["text"], "train")


def asked(folder: Path) -> dict[str, list[Asked]]:
    """Return questions with answers: those to train on, those to watch, those to test on."""
    half = squad_articles(folder / "squad/dev-v2.0-half.json.gz")
    train = [*squad_articles(folder / "squad/train-v1.1.json.gz"), *half[:TRAINED_ARTICLES]]
    easy = [row for name in ("dev", "test") for row in lines(folder / f"qamr/{name}.jsonl.gz")]
    return {
        "train": [
            *_squad(train),
            *_records([tidied(row) for row in lines(folder / "qed/train.jsonl.gz")], "qed"),
            *_records(easy, "qamr"),
        ],
        "watched": list(_squad(half[TRAINED_ARTICLES:WATCHED_ARTICLES])),
        "tested": list(_squad(half[WATCHED_ARTICLES:])),
    }


def _squad(articles: Iterable[dict[str, Any]]) -> Iterator[Asked]:
    for article in articles:
        for paragraph in article["paragraphs"]:
            ranges = split(paragraph["context"])
            for row in paragraph["qas"]:
                yield from _asked(row, row["answers"], paragraph["context"], ranges, article["title"], "squad")


def _records(rows: Iterable[dict[str, Any]], source: str) -> Iterator[Asked]:
    for row in rows:
        title = row["title"] if source == "qed" else ""
        yield from _asked(row, row["answers"], row["context"], split(row["context"]), title, source)


def _asked(
    row: dict[str, Any],
    answers: list[dict[str, Any]],
    text: str,
    ranges: list[tuple[int, int]],
    title: str,
    source: str,
) -> Iterator[Asked]:
    """Yield a question with its first answer, if one sentence holds it."""
    for given in answers[:1]:
        start = given["answer_start"] if source == "squad" else text.find(given["text"])
        for place, (first, last) in enumerate(ranges):
            if first <= start < last and given["text"] in text[first:last]:
                yield Asked(row["question"], given["text"], tuple(text[a:z] for a, z in ranges), place, title, source)


def labelled(folder: Path) -> dict[str, list[Pair]]:
    """Return the pairs that people labelled, by part: train, watched, tested, and by set."""
    found: dict[str, list[Pair]] = {}
    for path in sorted((folder / "nli").glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        for number, row in enumerate(lines(path)):
            supported = row["label"] == "supported"
            changed = () if supported else None
            pair = Pair(row["premise"], row["claim"], supported, name, row.get("title", ""), "", changed)
            found.setdefault(_part(name, number, row), []).append(pair)
    return found


def _part(name: str, number: int, row: dict[str, Any]) -> str:
    """Return what a pair is for: the development parts are watched, and some of each set only tested on."""
    if name == "wice_dev":
        return "tested: WiCE dev"
    if name in ("climate_fever", "healthver_dev"):
        key = row.get("question") or row["claim"]
        return f"tested: {name.removesuffix('_dev')}" if zlib.crc32(key.encode()) % 7 == 0 else "train"
    if name.endswith("_dev"):
        return f"watched: {name[:3]}"
    if name == "sick_test":
        return "tested: sick" if number < 1500 else "train"
    return "tested: rte" if name.endswith("_test") and name.startswith("rte") and number < 200 else "train"

"""Articles, passages and an embedder made for the tests: real values, nothing stored, no model."""

import datetime as dt
import re
import zlib

import numpy as np

from qa.types import Candidate, Passage, Understood
from qa.words import words
from qa_index.models.spanreader import Window
from qa_index.types import Article, Chunk, Searched, Span, When, article_id

THURSDAY = dt.date(2022, 1, 13)
NOTHING_SEARCHED = Searched(articles=0, first=None, last=None)


def article(text: str, *, published: dt.date | None = THURSDAY, title: str | None = None, **fields) -> Article:
    when = When(dt.datetime.combine(published, dt.time()), "day") if published else None
    return Article(article_id(text), text, title=title, published=when, **fields)


def passage(one: Article, *, score: float = 1.0) -> Passage:
    """The whole article as one passage, a sentence at each full stop."""
    found = re.finditer(r"[^\s.!?][^.!?]*[.!?]?", one.text)
    sentences = tuple(Span(one.id, m.start(), m.end()) for m in found)
    return Passage(Chunk(Span(one.id, sentences[0].start, sentences[-1].end), sentences), one, score, ("lexical",))


def candidate(one: Article, sentence: str, *, score: float = 0.9, answer: str | None = None, short=None) -> Candidate:
    start = one.text.index(sentence)
    span = Span(one.id, start, start + len(sentence))
    inner = one.text.index(answer, start) if answer else None
    return Candidate(one, span, score, Span(one.id, inner, inner + len(answer)) if answer else None, short or answer)


def embed(texts):
    """Vectors of stemmed words, by a hash that is the same in every process."""
    rows = np.zeros((len(texts), 64), np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in words(text):
            row[zlib.crc32(word.stem.encode()) % 64] += 1
        row /= np.linalg.norm(row) or 1
    return rows


def marking(**sure: float):
    """A model that reads words and marks what it was told to, with a logit; nothing else is likely at all.

    `_` in a name stands for a space: `marking(Anatoly_Serdyukov=8)`.
    """

    def read(text):
        places = np.array([(m.start(), m.end()) for m in re.finditer(r"\w+|[^\w\s]", text)], np.int32).reshape(-1, 2)
        starts, ends = np.full((2, len(places)), -9.0, np.float32)
        for name, logit in sure.items():
            for found in re.finditer(re.escape(name.replace("_", " ")), text):
                starts[places[:, 0] == found.start()] = ends[places[:, 1] == found.end()] = logit / 2
        if len(places):
            yield Window(places, starts, ends, float(max(starts.max() + ends.max(), -8)))

    return lambda question, passages: [tuple(read(text)) for text, heading in passages]


def embed_words(words):
    """Vectors of which no two words are alike."""
    return embed(words)


class FixedReader:
    """A reader that has read already: it gives back the candidates it was made with."""

    name = "fixed"

    def __init__(self, *candidates: Candidate) -> None:
        self.candidates = candidates

    def threshold(self, strictness: str) -> float:
        return {"eager": 0.2, "normal": 0.5, "strict": 0.8}[strictness]

    def read(self, understood: Understood, passages) -> tuple[Candidate, ...]:
        return self.candidates

"""The cited sentences of a claim, as what the claim says is looked up in them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from qa.dates import Dated, find_dates, written_out
from qa.quantities import Figure, find_figures
from qa.types import Numbered
from qa.words import Word, words
from qa_index.types import Article


@dataclass(frozen=True)
class Evidence:
    """Sentences of articles, in the order they are cited."""

    sentences: tuple[Numbered, ...]

    @cached_property
    def text(self) -> str:
        """Their words, one sentence a line, in NFC: "José" is one word however it is encoded."""
        return "\n".join(nfc(" ".join(sentence.text.split())) for sentence in self.sentences)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words of `text`."""
        return words(self.text)

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of all their words."""
        return frozenset(word.stem for word in self.words)

    @cached_property
    def surfaces(self) -> frozenset[str]:
        """All their words as written."""
        return frozenset(re.findall(r"\w+", self.text)) | frozenset(word.text for word in self.words)

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The numbers in `text`."""
        return tuple(find_figures(self.text))

    @cached_property
    def dates(self) -> tuple[tuple[str, Dated], ...]:
        """The dates in the sentences, as written and as worked out."""
        return tuple(
            (nfc(sentence.text[date.start : date.end]), date)
            for sentence in self.sentences
            for date in find_dates(sentence.text, published(sentence.article))
        )

    @cached_property
    def dated(self) -> tuple[tuple[int, int], ...]:
        """Where dates stand in `text`."""
        return tuple((date.start, date.end) for date in find_dates(self.text, self.published))

    @property
    def articles(self) -> tuple[Article, ...]:
        """The articles they stand in, each once."""
        return tuple({sentence.article.id: sentence.article for sentence in self.sentences}.values())

    @cached_property
    def around(self) -> tuple[str, ...]:
        """The texts of the articles, in NFC as `text` is."""
        return tuple(nfc(article.text) for article in self.articles)

    @property
    def published(self) -> dt.date | None:
        """The day the first article appeared."""
        return published(self.sentences[0].article)

    def stated(self) -> str:
        """Return their words with the calendar day behind each relative one: "on Wednesday (5 January 2022)"."""
        return "\n".join(nfc(" ".join("".join(_resolved(sentence)).split())) for sentence in self.sentences)

    @property
    def named(self) -> str:
        """How to call them in a message: "sentence 12", "sentences 12 and 13"."""
        return named([sentence.number for sentence in self.sentences])


def named(numbers: list[int]) -> str:
    """Return how to call sentences in a message."""
    if len(numbers) == 1:
        return f"sentence {numbers[0]}"
    return f"sentences {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def nfc(text: str) -> str:
    """Return a text with each letter and its marks as one, where Unicode has it as one."""
    return unicodedata.normalize("NFC", text)


def published(article: Article) -> dt.date | None:
    """Return the day an article appeared, None if that is unknown."""
    return article.published.date if article.published else None


def shortened(text: str, length: int = 80) -> str:
    """Return a text on one line, cut to this many characters, for a message."""
    text = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text).strip()
    return text if len(text) <= length else text[: length - 1] + "…"


def _resolved(sentence: Numbered) -> Iterator[str]:
    last = 0
    for date in find_dates(sentence.text, published(sentence.article)):
        if date.relative and date.day:
            yield sentence.text[last : date.end]
            yield f" ({written_out(date.day)})"
            last = date.end
    yield sentence.text[last:]

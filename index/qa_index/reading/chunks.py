"""Cut an article into the ranges that are searched: whole sentences, a few paragraphs each, never boilerplate."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_index.reading import sentences, tokens
from qa_index.reading.lines import Range, ends_sentence, trim, without
from qa_index.types import Article, Chunk, Span

SMALLEST_CHUNK = 16  # tokens; a single character can take four

_MOST_CHARACTERS = 16  # per token: a paragraph longer than that does not fit, whatever it holds
_MARGIN = 8  # tokens: how far the sum over sentences may be off before the whole is counted
_LONGEST_HEADING = 100  # characters
_WORD_BORDER = re.compile(r"\s+|(?<=[，、；：。！？,;:])")


def cut(article: Article, *, chunk_tokens: int = 160) -> tuple[Chunk, ...]:
    """Cut the article into chunks of at most `chunk_tokens` tokens, in reading order.

    A chunk is made of whole sentences, and ends with its paragraph where it can. Only a sentence that is too long for
    one chunk is cut, between words if it has any. No chunk holds masked text, the headline included; together
    they hold everything else that can be seen, once.

    Raises:
        ValueError: if `chunk_tokens` is less than 16.

    """
    if chunk_tokens < SMALLEST_CHUNK:
        raise ValueError(f"a chunk needs at least {SMALLEST_CHUNK} tokens, got {chunk_tokens}")
    masked = [(span.start, span.end) for span in article.masked]
    return tuple(
        Chunk(
            Span(article.id, chunk[0][0], chunk[-1][1]),
            tuple(Span(article.id, *sentence) for sentence in chunk),
        )
        for gap in without(0, len(article.text), masked)
        for chunk in _pack(article.text, gap, chunk_tokens)
    )


def _pack(text: str, gap: Range, limit: int) -> Iterator[list[Range]]:
    """Yield the sentences of each chunk of one stretch of text without masked ranges."""
    chunk = _Growing(text, limit)
    for paragraph in sentences.paragraphs(text, *gap):
        if chunk.is_half_full and not chunk.has_room_for(paragraph):
            yield chunk.close()
        for sentence in _fitting(text, sentences.in_paragraph(text, *paragraph), limit):
            while chunk.sentences and not chunk.has_room_for(sentence):
                yield chunk.close()
            chunk.add(sentence)
    if chunk.sentences:
        yield chunk.sentences


class _Growing:
    """A chunk to which sentences are added until the next one does not fit."""

    def __init__(self, text: str, limit: int) -> None:
        self.text, self.limit = text, limit
        self.sentences: list[Range] = []
        self.tokens = 0  # at most a few too many: the sum over sentences, until it comes close to the limit

    @property
    def is_half_full(self) -> bool:
        return 2 * self.tokens > self.limit

    def has_room_for(self, following: Range) -> bool:
        """Tell whether the chunk still fits when it goes on to the end of `following`."""
        start, end = self.sentences[0][0] if self.sentences else following[0], following[1]
        if end - start > _MOST_CHARACTERS * self.limit:
            return False
        grown = self.tokens + self._added_by(following)
        return grown <= self.limit - _MARGIN or tokens.count(self.text[start:end]) <= self.limit

    def add(self, sentence: Range) -> None:
        self.tokens += self._added_by(sentence)
        self.sentences.append(sentence)

    def close(self) -> list[Range]:
        """Return the chunk and begin the next, with the heading that would otherwise stand alone at its end."""
        start, end = self.sentences[-1]
        short = len(self.sentences) > 1 and end - start <= _LONGEST_HEADING
        kept = -1 if short and not ends_sentence(self.text, start, end) else len(self.sentences)
        closed, carried = self.sentences[:kept], self.sentences[kept:]
        self.sentences, self.tokens = [], 0
        for sentence in carried:
            self.add(sentence)
        return closed

    def _added_by(self, following: Range) -> int:
        before = self.sentences[-1][1] if self.sentences else following[0]
        return tokens.count(self.text[before : following[1]])


def _fitting(text: str, found: list[Range], limit: int) -> Iterator[Range]:
    """Yield the sentences, those that are too long in parts that fit."""
    for start, end in found:
        while end - start > _MOST_CHARACTERS * limit or tokens.count(text[start:end]) > limit:
            stop = _stop(text, start, end, limit)
            yield trim(text, start, stop)
            start = trim(text, stop, end)[0]
        yield (start, end)


def _stop(text: str, start: int, end: int, limit: int) -> int:
    """Return where the first part of a long sentence ends: at the last border of words that fits, else anywhere."""
    stop = start + tokens.prefix(text[start : min(end, start + _MOST_CHARACTERS * limit)], limit)
    borders = [match.end() for match in _WORD_BORDER.finditer(text, start, stop + 1) if start < match.start() <= stop]
    return min(borders[-1], stop) if borders and borders[-1] - start > (stop - start) // 4 else stop

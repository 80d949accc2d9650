"""Question and passage as the word pieces that the span reader sees, in training and when it is tested."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from reader_model import Example

PIECES, QUESTION_PIECES, TITLE_PIECES = 256, 64, 24  # of a pair, of its question with both marks, of a title
OVERLAP_PIECES = 64  # of two windows of a long passage

Span = tuple[int, int, float]


class Pieces:
    """The tokenizer of the base model, which tells where each word piece stands."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Any
        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._tokenizer.encode_special_tokens = True
        marks: list[int] = [self._tokenizer.token_to_id(piece) for piece in ("[CLS]", "[SEP]", ",", ":", "?")]
        self.start, self.end, self.comma, self.colon, self.asks = marks

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the word pieces of each text, without marks."""
        return [found.ids for found in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def placed(self, text: str) -> tuple[list[int], NDArray[np.int32]]:
        """Return the word pieces of a text, and (first character, the one after the last) of each."""
        found = self._tokenizer.encode(text, add_special_tokens=False)
        return found.ids, np.array(found.offsets, np.int32).reshape(-1, 2)

    def prefix(self, title: Sequence[int], date: Sequence[int]) -> list[int]:
        """Return what stands before a passage, "title, date:"; either may be missing."""
        named = list(title[:TITLE_PIECES])
        told = [*named, self.comma, *date] if named and date else [*named, *date]
        return [*told, self.colon] if told else []

    def room(self, question: Sequence[int], prefix: Sequence[int]) -> int:
        """Return how many word pieces of the passage are read with a question and a prefix."""
        return PIECES - min(len(question) + 2, QUESTION_PIECES) - len(prefix) - 1

    def join(
        self, question: Sequence[int], prefix: Sequence[int], passage: Sequence[int], spans: Sequence[Span] = ()
    ) -> Example:
        """Return "[CLS] question [SEP] prefix passage [SEP]"; `spans` are places in the passage, last ones included."""
        asked = [self.start, *question[: QUESTION_PIECES - 2], self.end]
        first = len(asked) + len(prefix)
        ids = [*asked, *prefix, *passage, self.end]
        segments = [0] * len(asked) + [1] * (len(ids) - len(asked))
        return Example(ids, segments, first, tuple((first + a, first + z, weight) for a, z, weight in spans))


def windows(length: int, room: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a passage that are read one after the other; one that fits is read whole."""
    start = 0
    while start + room < length:
        yield start, start + room
        start += room - OVERLAP_PIECES
    yield start, length

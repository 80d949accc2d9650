"""Cut a text into the word pieces that a BERT model reads. The only module that knows tokenizers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from qa_index.errors import ModelUnavailable

# Three times the longest chunk of ordinary text, and 6 ms instead of 800 for a megabyte.
READ_CHARACTERS = 8192
SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class WordPieces:
    """A model's vocabulary and rules. Several threads may use it at once."""

    _tokenizer: Any
    _limit: int | None

    @classmethod
    def load(cls, path: Path, *, limit: int | None) -> WordPieces:
        """Read a tokenizer.json (20 ms); `ids` cuts a longer text to `limit` word pieces, the two marks included.

        Raises:
            ModelUnavailable: if the file cannot be read as one.

        """
        from tokenizers import Tokenizer  # 30 ms

        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises nothing narrower
            raise ModelUnavailable(
                f"Asked for the word pieces in {path}, but it cannot be read ({error}). Fetch the model again."
            ) from error
        tokenizer.no_padding()
        tokenizer.no_truncation()
        # "[SEP]" written in an article is text like any other, not the end of it.
        tokenizer.encode_special_tokens = True
        return cls(tokenizer, limit)

    def ids(self, text: str) -> list[int]:
        """Return the numbers of the word pieces of `text`, between the marks of its start and its end.

        Any string will do: halves of surrogate pairs, and what comes after 8,192 characters, are not read.
        """
        return self.marked(text, self._limit)

    def marked(self, text: str, limit: int | None) -> list[int]:
        """Return the same, at most `limit` of them."""
        ids: list[int] = self._tokenizer.encode(_sound(text)).ids
        return ids if limit is None or len(ids) <= limit else [*ids[: limit - 1], ids[-1]]

    def placed(self, text: str) -> tuple[list[int], NDArray[np.int32]]:
        """Return the word pieces without marks, and of each its first character and the one after its last, (n, 2).

        Both only ever rise, and lie inside the text. Several word pieces may share a character, such as a Korean one.
        """
        sound = _sound(text)
        found = self._tokenizer.encode(sound, add_special_tokens=False)
        offsets = found.offsets
        if not sound.isascii():  # accents written after their letter are not read, but belong to it
            offsets = [(start, _past_accents(sound, end)) for start, end in offsets]
        return found.ids, np.array(offsets, np.int32).reshape(-1, 2)


def _past_accents(text: str, end: int) -> int:
    """Return the place after the accents that begin at `end`, if any do."""
    while end < len(text) and category(text[end]) == "Mn":
        end += 1
    return end


def _sound(text: str) -> str:
    """Return what is read of a text, with every half of a surrogate pair replaced by one character that is not read."""
    start = text[:READ_CHARACTERS]
    return start if start.isascii() else SURROGATE.sub("\ufffd", start)

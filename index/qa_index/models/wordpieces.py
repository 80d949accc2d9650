"""Cut a text into the word pieces that a BERT model reads. The only module that knows tokenizers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_index.errors import ModelUnavailable

# Far more than 256 word pieces of any ordinary text, and 6 ms instead of 800 for a megabyte.
READ_CHARACTERS = 8192


@dataclass(frozen=True, slots=True)
class WordPieces:
    """A model's vocabulary and rules. Several threads may use it at once."""

    _tokenizer: Any

    @classmethod
    def load(cls, path: Path, *, limit: int) -> WordPieces:
        """Read a tokenizer.json (20 ms); a longer text is cut to `limit` word pieces, the two marks included.

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
        tokenizer.enable_truncation(limit)
        # "[SEP]" written in an article is text like any other, not the end of it.
        tokenizer.encode_special_tokens = True
        return cls(tokenizer)

    def ids(self, text: str) -> list[int]:
        """Return the numbers of the word pieces of `text`, between the marks of its start and its end.

        Any string will do: halves of surrogate pairs are joined, or replaced where they are alone.
        """
        start = text[:READ_CHARACTERS]
        sound = start.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        ids: list[int] = self._tokenizer.encode(sound).ids
        return ids

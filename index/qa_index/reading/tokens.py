"""Count tokens as common language models do. The only module that knows tiktoken."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from qa_index.errors import ModelUnavailable

if TYPE_CHECKING:
    import tiktoken

# tiktoken downloads its tables when first used. llama-index-core carries them, so they are read from there:
# straight from the file, because tiktoken deletes a cached table that is damaged and fetches it again.
_TABLE = Path("core", "_static", "tiktoken_cache", "9b5ad71b2ce5302211f9c61530b329a4922fc6a4")
_TABLE_SHA256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"

# How cl100k_base cuts text before it merges bytes; the same as in tiktoken_ext.openai_public (0.14).
_PIECES = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)

# Older tiktoken needs time square in the length of a run without a break, so longer runs are counted in parts.
_LONGEST_RUN = 2_000
_LONG_RUN = re.compile(rf"\S{{{_LONGEST_RUN}}}|\s{{{_LONGEST_RUN}}}")


def count(text: str) -> int:
    """Return how many cl100k_base tokens `text` has; text that looks like a special token counts as text.

    Exact for anything a person wrote. A run of more than 2,000 characters without a break is counted in parts,
    which can be a few tokens more.

    Raises:
        ModelUnavailable: if the token table is missing or damaged.

    """
    encode = _encoding().encode_ordinary
    if len(text) <= _LONGEST_RUN:
        return len(encode(text))
    return sum(len(encode(part)) for part in _parts(text))


def prefix(text: str, limit: int) -> int:
    """Return the length of a longest start of `text` with at most `limit` tokens, but of 1 character at least."""
    # 8 characters to a token is more than prose reaches; a start that is cut a little early does no harm.
    sample = text[: 8 * limit]
    encoding = _encoding()
    tokens = encoding.encode_ordinary(sample)
    length = len(encoding.decode_bytes(tokens[:limit]).decode("utf-8", errors="ignore"))
    while length > 1 and count(sample[:length]) > limit:
        length -= 1
    return max(1, length)


def _parts(text: str) -> list[str]:
    """Cut `text` where a run is too long; most text comes back whole."""
    cuts = [0, *(match.end() for match in _LONG_RUN.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(cuts)]


@cache
def _encoding() -> tiktoken.Encoding:
    import tiktoken  # 50 ms with its regular expressions: a command that counts nothing must not pay for it

    ranks = (line.split() for line in _table().splitlines())
    return tiktoken.Encoding(
        "cl100k_base",
        pat_str=_PIECES,
        mergeable_ranks={base64.b64decode(token): int(rank) for token, rank in ranks},
        special_tokens={},
    )


def _table() -> bytes:
    """Return the table of cl100k_base, checked, without importing the package that carries it (1.8 s)."""
    spec = importlib.util.find_spec("llama_index")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        path = Path(folder) / _TABLE
        if path.is_file() and hashlib.sha256(table := path.read_bytes()).hexdigest() == _TABLE_SHA256:
            return table
    raise ModelUnavailable(
        "Asked to count tokens, but the token table inside llama-index-core is missing or damaged. "
        "Install it again: `pip install --force-reinstall --no-deps llama-index-core`."
    )

"""Boil an article down to 512 bytes that tell how alike it is to another."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from qa_index.types import Span

SIZE = 512  # bytes
HASHES = (SIZE - 4) // 2  # of 16 bits each: they agree by chance once in 65,536
SHINGLE = 5  # words
SHORTEST = 20  # words; the shorter texts that recur were notices under films, the same for different stories
_AT_ONCE = 1024  # shingles; all 254 orders of them are two megabytes
_MOST = 1_000_000  # characters; a book is told by its beginning
# Chinese and Japanese write no spaces: each of their characters counts as a word.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_MIX = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


def signature(text: str, masked: Sequence[Span] = ()) -> bytes:
    """Return 512 bytes that are alike for articles that share their words, the same on every machine.

    The first four are the number of different shingles (runs of five words) of what is not masked, little-endian, 0 for
    a text under twenty words; the others the lowest hash of them all under each of 254 orders, cut to 16 bits.

    Source: Broder, "On the resemblance and containment of documents", 1997; Li & König, "b-Bit Minwise Hashing", 2010.
    """
    said = words(body(text, masked)[:_MOST])
    if len(said) < SHORTEST:
        return bytes(SIZE)
    shingles = np.unique(shingle_hashes(said))
    factors, terms = _orders()
    lowest = np.full(HASHES, np.iinfo(np.uint32).max, np.uint64)
    for first in range(0, shingles.size, _AT_ONCE):
        ordered = (shingles[first : first + _AT_ONCE, None].astype(np.uint64) * factors + terms) >> _HALF
        lowest = np.minimum(lowest, ordered.min(axis=0))
    count = np.array([shingles.size], "<u4")
    return count.tobytes() + (lowest & np.uint64(0xFFFF)).astype("<u2").tobytes()


def body(text: str, masked: Sequence[Span]) -> str:
    """Return what of the text is not masked; `masked` is sorted."""
    kept, start = [], 0
    for mask in masked:
        kept.append(text[start : mask.start])
        start = max(start, mask.end)
    return "\n".join([*kept, text[start:]])


def words(text: str) -> list[str]:
    """Return the words without case, accents' forms or punctuation; a number is one word for each run of digits."""
    return _WORD.findall((text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold())


def shingle_hashes(of_words: Sequence[str]) -> NDArray[np.uint32]:
    """Return a hash for each run of five words, in order; none for fewer words."""
    if len(of_words) < SHINGLE:
        return np.empty(0, np.uint32)
    hashes = np.array([zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in of_words], np.uint64)
    count = len(hashes) - SHINGLE + 1
    mixed = np.zeros(count, np.uint64)
    for place in range(SHINGLE):
        mixed = (mixed + hashes[place : place + count]) * _MIX  # uint64 wraps round, as it should
        mixed ^= mixed >> _HALF
    return mixed.astype(np.uint32)


@lru_cache(maxsize=1)
def _orders() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the factors and terms of 254 hash functions from 32 bits to 32, the same on every machine.

    Source: Dietzfelbinger, "Universal hashing and k-wise independent random variables via integer arithmetic without
    primes", 1996: the upper half of (factor * number + term) in 64 bits.
    """
    drawn = b"".join(sha256(f"order {number}".encode()).digest()[:16] for number in range(HASHES))
    factors, terms = np.frombuffer(drawn, dtype="<u8").reshape(HASHES, 2).T.astype(np.uint64)
    return factors | np.uint64(1), terms

"""Learn what one publisher prints around its articles, from what it prints in several of them.

Repetition alone proves nothing: wire copy repeats its background word for word ("The country, a former Soviet
republic of 19 million, …"), columns repeat their headings, and what is masked can never be cited. So a repeated line
is learnt only if it also reads like what a page says for itself.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from qa_index.reading import names, notices
from qa_index.reading.canonical import is_visible
from qa_index.reading.lines import Range, lines_outside, merged, without
from qa_index.types import Article, Span


class Voice(IntEnum):
    """How a line reads that only a page would print, whatever stands around it."""

    NOTICE = 0  # asks the reader to subscribe, follow, write; says where the story came from, who paid
    LINK = 1  # "More scores: the latest results and tables"
    CREDIT = 2  # publishers, agencies, the staff, and nothing else
    WRITER = 3  # "… is a reporter for …"


@dataclass(frozen=True, slots=True)
class Learnt:
    """The lines that are boilerplate for one publisher, by their hashes."""

    lines: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.lines)


# In how many stories a line must be before it is learnt; near-duplicates are one story.
_LEAST = {Voice.NOTICE: 2, Voice.LINK: 4, Voice.CREDIT: 3, Voice.WRITER: 2}
_ONLY_AT_EDGES = frozenset((Voice.CREDIT, Voice.WRITER))  # in the middle they may be the news
_HEAD, _TAIL = 3, 6  # lines
_MOSTLY = 0.9
_LONGEST, _LONGEST_CREDIT = 1_200, 80
_EDGE, _VOICE_BITS, _HASH_BITS = 1, 2, 60  # of a number, from its lowest bit: 63 in all, which every database holds

_PLAIN = str.maketrans("‘’“”–—", "''\"\"--")
_WRITER_WORDS = (
    "reporter editor columnist writer correspondent producer journalist contributor fellow intern analyst critic author"
).split()
_WRITER = re.compile(
    r"(?:[A-Z][\w.'’-]+\s+){2,4}(?:is|was|covers|writes|reports|edits)\b.{0,90}?\b(?:reporter|editor|columnist|writer"
    r"|correspondent|producer|journalist|contributor|fellow|intern|analyst|critic|author\s+of)\b"
)
_CREDIT = re.compile(
    r"(?:(?:contributing|contributors?|sources?|reporting|via|from|with|by)\b\W*)?(?P<names>.{2,60})", re.I
)
_JOINTS = re.compile(r"\s*[,;|/]\s*|\s+and\s+")
_LINK_LABEL = re.compile(r"[^:.!?]{3,60}:(?P<space>\s*)(?=\S+(?:\s+\S+){3})[^:.!?]{12,150}[.!?…>]{0,3}")
_LINK_WORDS = re.compile(
    r"\b(?:scores|schedules|standings|photos|videos?|podcasts?|latest|live|leaderboard|gallery|quiz|recap|ranking"
    r"|tracking|takeaways|explained|more|read|watch|follow|check\s+out|see\s+(?:who|how|what|all|the)|get\s+the"
    r"|look\s+back|everything|best|what\s+to\s+know|remembering|review)\b",
    re.IGNORECASE,
)


def line_keys(text: str, masked: Sequence[Span]) -> tuple[int, ...]:
    """Return what there is to learn from one article: a number below 2**63 for each line that could be learnt.

    `masked` are the masks the article was read with, before anything was learnt. A number holds a hash of the line,
    how it reads, and whether it stands at the head or the tail; prose has none.
    """
    return tuple(key for _, key in _keyed(text, masked))


def learn(keys_by_article: Iterable[tuple[object, Sequence[int]]]) -> Learnt:
    """Return the boilerplate of one publisher from the `line_keys` of its articles, each with the story it tells.

    The first of each pair is the same for near-duplicates: however often a story is reprinted, it is one witness.
    """
    stories: dict[int, set[object]] = defaultdict(set)
    times: Counter[int] = Counter()
    at_edges: Counter[int] = Counter()
    for story, keys in keys_by_article:
        for key in keys:
            line = key & ~_EDGE
            stories[line].add(story)
            times[line] += 1
            at_edges[line] += key & _EDGE
    return Learnt(
        frozenset(
            _hash_of(line)
            for line, witnesses in stories.items()
            if len(witnesses) >= _LEAST[_voice_of(line)]
            and (_voice_of(line) not in _ONLY_AT_EDGES or at_edges[line] >= _MOSTLY * times[line])
        )
    )


def matching(keys: Sequence[int], learnt: Learnt) -> tuple[int, ...]:
    """Return those of an article's `line_keys` that were learnt: nothing has to be masked where there are none."""
    return tuple(key for key in keys if _is_learnt(key, learnt))


def _is_learnt(key: int, learnt: Learnt) -> bool:
    edge = bool(key & _EDGE)
    return _hash_of(key) in learnt.lines and (edge or _voice_of(key) not in _ONLY_AT_EDGES)


def mask(article: Article, learnt: Learnt) -> Article:
    """Return the article with what was learnt masked too; unchanged if nothing of its body would be left."""
    found = [line for line, key in (_keyed(article.text, article.masked) if learnt else ()) if _is_learnt(key, learnt)]
    ranges = merged([*((span.start, span.end) for span in article.masked), *found])
    left = without(0, len(article.text), ranges)
    if not found or not any(is_visible(article.text[start:end]) for start, end in left):
        return article
    return replace(article, masked=tuple(Span(article.id, start, end) for start, end in ranges))


def _keyed(text: str, masked: Sequence[Span]) -> Iterator[tuple[Range, int]]:
    """Yield the lines that could be learnt, each with its key."""
    visible = list(lines_outside(text, [(span.start, span.end) for span in masked]))
    for place, (start, end) in enumerate(visible):
        voice = _voice(text, start, end) if end - start <= _LONGEST else None
        if voice is not None:
            edge = place < _HEAD or len(visible) - place <= _TAIL
            yield (start, end), (_hash(text[start:end]) << _VOICE_BITS | voice) << 1 | edge


def _voice_of(key: int) -> Voice:
    return Voice((key >> 1) & ((1 << _VOICE_BITS) - 1))


def _hash_of(key: int) -> int:
    return key >> (1 + _VOICE_BITS)


def _hash(line: str) -> int:
    """Return 60 bits that are the same for the same words, in whatever dress, on every machine."""
    words = " ".join(line.translate(_PLAIN).split()).strip(" .:*_|-").casefold()
    digest = hashlib.blake2b(words.encode("utf-8"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - _HASH_BITS)


def _voice(text: str, start: int, end: int) -> Voice | None:
    """Return how a line reads, None for prose and headings."""
    line = text[start:end]
    if _is_credit(line):
        return Voice.CREDIT
    if notices.may_be_notice(line):
        return Voice.NOTICE
    if notices.is_spoken(line):
        return None
    if any(word in line for word in _WRITER_WORDS) and _WRITER.match(line):
        return Voice.WRITER
    return Voice.LINK if _is_link(line) else None


def _is_link(line: str) -> bool:
    """Tell whether a line is the label and the headline of another story; some sites glue the two together."""
    match = _LINK_LABEL.fullmatch(line) if ":" in line else None
    return match is not None and (not match["space"] or _LINK_WORDS.search(line) is not None)


def _is_credit(line: str) -> bool:
    """Tell whether a line only names publishers and agencies."""
    match = _CREDIT.fullmatch(line.strip(" .—–-()[]*")) if len(line) <= _LONGEST_CREDIT else None
    parts = _JOINTS.split(match["names"]) if match else []
    return bool(parts) and all(names.outlet(part) or names.is_agency(part) for part in parts)

"""Choose the sentences that a language model is shown, and number them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa.prompting import quoted
from qa.types import Candidate, Numbered, Passage
from qa.words import words
from qa_index.reading.tokens import count
from qa_index.types import Article, Span

_SAME = 0.8  # of the content words: a reprint


def numbered(passages: Sequence[Passage], candidates: Sequence[Candidate], *, room_tokens: int) -> tuple[Numbered, ...]:
    """Return sentences of the passages, numbered from 1, that take at most `room_tokens` as `listed` shows them.

    Passages with the likeliest candidates are taken first, one of those that say nearly the same, and the last one only
    as far as it fits. Those of one article then stand together, in reading order.
    """
    chosen: list[Passage] = []
    spans: dict[Span, Article] = {}
    seen: list[set[str]] = []
    for passage in _best_first(passages, candidates):
        stems = _stems(passage)
        if any(len(stems & other) >= _SAME * len(stems | other) for other in seen):
            continue
        seen.append(stems)
        chosen.append(passage)
        new = [span for span in passage.chunk.sentences if span not in spans]
        if all(span.article_id != passage.article.id for span in spans):
            room_tokens -= count(heading(passage.article, 99)) + 2
        for span in new:
            # Up to 4 tokens for its number and the line's end; other models' tables differ from the one counted with.
            room_tokens -= count(quoted(passage.article.text[span.start : span.end])) + 6
            if room_tokens < 0:
                return _in_order(spans)
            spans[span] = passage.article
    return _in_order(spans)


def listed(sentences: Sequence[Numbered]) -> str:
    """Return the sentences as they stand in a prompt: each article's heading, then a line for each."""
    return "\n".join(_lines(sentences))


def heading(article: Article, number: int) -> str:
    """Return the line above an article's sentences: its title, outlet and day, as far as they are known."""
    day = article.published.date.isoformat() if article.published else "no date"
    return (
        f'Article {number}: "{quoted(article.title or "no title")}", {quoted(article.publisher or "no outlet")}, {day}'
    )


def _lines(sentences: Sequence[Numbered]) -> Iterator[str]:
    known: list[str] = []
    for sentence in sentences:
        if sentence.article.id not in known:
            known.append(sentence.article.id)
            yield heading(sentence.article, len(known))
        yield f"[{sentence.number}] {quoted(sentence.text)}"


def _best_first(passages: Sequence[Passage], candidates: Sequence[Candidate]) -> list[Passage]:
    """Order passages by their likeliest candidate; those without one stay in the order they were found in."""
    scores = {candidate.sentence: candidate.score for candidate in candidates}
    best = [max((scores.get(span, 0.0) for span in p.chunk.sentences), default=0.0) for p in passages]
    return [passages[i] for i in sorted(range(len(passages)), key=lambda i: (-best[i], i))]


def _stems(passage: Passage) -> set[str]:
    span = passage.chunk.span
    return {word.stem for word in words(passage.article.text, span.start, span.end) if word.is_content}


def _in_order(spans: dict[Span, Article]) -> tuple[Numbered, ...]:
    """Give each sentence its number: articles in the order they were chosen in, each in reading order."""
    places = {article_id: place for place, article_id in enumerate(dict.fromkeys(s.article_id for s in spans))}
    ordered = sorted(spans, key=lambda span: (places[span.article_id], span.start))
    return tuple(Numbered(number, span, spans[span]) for number, span in enumerate(ordered, start=1))

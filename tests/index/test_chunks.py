from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.errors import UnreadableArticle
from qa_index.reading import articles, files, tokens
from qa_index.reading.chunks import cut
from qa_index.types import Article, Chunk, Span, article_id
from tests.index.fakes import read_article

SEEDS = Path(__file__).parents[2] / "seeds"


def an_article(text: str, *masked: str) -> Article:
    """An article of this text whose first occurrences of `masked` are boilerplate."""
    identity = article_id(text)
    spans = sorted((text.index(part), text.index(part) + len(part)) for part in masked)
    return Article(id=identity, text=text, masked=tuple(Span(identity, *span) for span in spans))


def shown(article: Article, chunks: tuple[Chunk, ...]) -> list[str]:
    return [article.text[chunk.span.start : chunk.span.end] for chunk in chunks]


def check(article: Article, chunks: tuple[Chunk, ...], chunk_tokens: int) -> None:
    """Everything that is true of the chunks of any article."""
    text = article.text
    covered = [False] * len(text)
    for chunk in chunks:
        assert 0 <= chunk.span.start < chunk.span.end <= len(text)
        assert chunk.span.article_id == article.id
        assert tokens.count(text[chunk.span.start : chunk.span.end]) <= chunk_tokens
        assert (chunk.span.start, chunk.span.end) == (chunk.sentences[0].start, chunk.sentences[-1].end)
        assert all(left.end <= right.start for left, right in pairwise(chunk.sentences))
        assert not any(chunk.span.start < span.end and span.start < chunk.span.end for span in article.masked)
        for sentence in chunk.sentences:
            assert not any(covered[sentence.start : sentence.end])
            covered[sentence.start : sentence.end] = [True] * (sentence.end - sentence.start)
    assert all(left.span.end <= right.span.start for left, right in pairwise(chunks))
    masked = {place for span in article.masked for place in range(span.start, span.end)}
    missing = [c for place, c in enumerate(text) if not (covered[place] or place in masked or c.isspace())]
    assert missing == []


PIECES = st.one_of(
    st.sampled_from(
        [
            "The council met on Monday. ",
            "\n\n",
            "\n",
            "“",
            "”",
            "Mr. Doe",
            "Advertisement\n",
            "By Jane Doe\n",
            "中文。",
            "😀",
        ]
    ),
    st.sampled_from(["a" * 120, " " * 90, "x, " * 60, "date 2022-01-06 ", "Published: 6 January 2022\n", "\xa0"]),
    st.text(max_size=10),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=20).map("".join), st.sampled_from([16, 17, 40, 160]))
def test_chunks_cover_everything_that_is_not_masked_exactly_once(text, chunk_tokens):
    try:
        article = articles.from_text(text)
    except UnreadableArticle:
        return
    chunks = cut(article, chunk_tokens=chunk_tokens)
    check(article, chunks, chunk_tokens)
    assert cut(article, chunk_tokens=chunk_tokens) == chunks


@pytest.mark.parametrize("path", files.find(SEEDS), ids=lambda path: path.name[:3])
def test_the_seeds_are_cut_into_whole_sentences(path):
    article = read_article(path)
    chunks = cut(article)
    check(article, chunks, 160)
    ends = [article.text[sentence.end - 1] for chunk in chunks for sentence in chunk.sentences]
    assert sum(end in '."”?!' for end in ends) >= len(ends) - 3  # headings and one caption have no full stop
    assert 3 <= len(chunks) <= 9


def test_a_chunk_ends_before_masked_text():
    article = an_article("One two three. Four five.\n\nAdvertisement\n\nSix seven.", "Advertisement", "Four five.")
    assert shown(article, cut(article)) == ["One two three.", "Six seven."]


def test_a_dateline_on_the_line_of_the_body_is_no_part_of_the_first_chunk():
    article = articles.from_text(" date 2022-01-13 The troops left. They went home.\n\nIt rained.")
    assert shown(article, cut(article)) == ["The troops left. They went home.\n\nIt rained."]


SENTENCE = "The council of the town met on Monday."  # 9 tokens


def test_a_chunk_more_than_half_full_ends_with_its_paragraph_if_the_next_does_not_fit():
    text = " ".join([SENTENCE] * 3) + "\n\n" + " ".join([SENTENCE] * 4)
    article = an_article(text)
    assert [len(chunk.sentences) for chunk in cut(article, chunk_tokens=50)] == [3, 4]
    assert [len(chunk.sentences) for chunk in cut(article, chunk_tokens=70)] == [7]


def test_a_chunk_less_than_half_full_goes_on_into_the_next_paragraph():
    article = an_article(SENTENCE + "\n\n" + " ".join([SENTENCE] * 6))
    assert [len(chunk.sentences) for chunk in cut(article, chunk_tokens=40)] == [4, 3]


def test_a_heading_goes_with_the_paragraph_below_it():
    text = " ".join([SENTENCE] * 3) + "\n\nWhat comes next\n\n" + " ".join([SENTENCE] * 3)
    chunks = shown(article := an_article(text), cut(article, chunk_tokens=40))
    assert [chunk.startswith("What comes next") for chunk in chunks] == [False, True]


def test_a_sentence_longer_than_a_chunk_is_cut_between_words():
    text = "It lists " + ", ".join(f"village number {number}" for number in range(200)) + "."
    article = an_article(text)
    chunks = cut(article, chunk_tokens=50)
    check(article, chunks, 50)
    assert all(text[chunk.span.end] == " " for chunk in chunks[:-1])
    assert all(tokens.count(part) > 30 for part in shown(article, chunks)[:-1])


def test_a_sentence_without_words_is_cut_anywhere():
    for text in ("a" * 5000, "中" * 3000, "😀" * 500, "१" * 900):
        article = an_article(text)
        check(article, cut(article), 160)


def test_an_article_that_is_all_masked_has_no_chunks():
    assert cut(an_article("Advertisement", "Advertisement")) == ()


def test_the_same_range_has_the_same_id_every_time():
    article = an_article(SENTENCE)
    assert [chunk.id for chunk in cut(article)] == [f"{article.id}:0-{len(SENTENCE)}"]


def test_a_budget_too_small_for_a_character_is_refused():
    with pytest.raises(ValueError, match="at least 16 tokens, got 15"):
        cut(an_article(SENTENCE), chunk_tokens=15)


@pytest.mark.parametrize("unit", ["a", "ab1", "中", ".", " x" + " " * 4000])
def test_a_megabyte_without_a_sentence_is_cut_within_seconds(unit):
    article = an_article(unit * (1_000_000 // len(unit)))
    started = time.process_time()
    chunks = cut(article)
    assert time.process_time() - started < 10  # 0.5 to 2 s on an idle machine
    assert chunks[-1].span.end == len(article.text.rstrip())

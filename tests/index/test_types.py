import pytest

from qa_index.reading.articles import from_text
from qa_index.types import Article, Chunk, Span, article_id


def test_an_article_without_a_title_is_called_by_the_first_words_of_its_body():
    article = from_text(" date 2022-01-13 The troops have begun to leave the country step by step, media reported.")
    assert article.title is None
    assert article.label == "The troops have begun to leave the country step by step, …"


def test_a_short_article_is_called_by_all_its_words():
    text = "It snowed."
    assert Article(article_id(text), text).label == "It snowed."


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (4, 2)])
def test_a_span_that_holds_nothing_cannot_be_made(start, end):
    with pytest.raises(ValueError, match="0 <= start < end"):
        Span("a", start, end)


def test_the_same_range_of_the_same_text_has_the_same_id():
    one = Span(article_id("It snowed."), 0, 10)
    assert Chunk(one, (one,)).id == Chunk(Span(article_id("It snowed."), 0, 10), ()).id

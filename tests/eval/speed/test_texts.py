import hashlib
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_eval.speed import texts
from qa_eval.speed.vocabulary import KEYS, key, places, surnames, words

NUMBERS = st.integers(0, KEYS - 1)


def test_the_same_number_gives_the_same_article_in_every_version():
    # What is measured on other texts cannot be compared: whoever changes these changes VERSION.
    assert texts.VERSION == "1"
    digests = [hashlib.sha256(texts.article(number).text.encode()).hexdigest()[:16] for number in (0, 99_999)]
    assert digests == ["7e77cbc4b6c3851d", "a87557deb270f993"]
    assert texts.article(7) == texts.article(7)


@settings(max_examples=30)
@given(NUMBERS)
def test_the_answer_stands_in_the_article_in_one_sentence_that_names_what_is_asked_for(number):
    made = texts.article(number)
    sentences = re.split(r"(?<=[.”])\s+", made.text)
    assert any(key(number) in each and made.asked.answer in each for each in sentences)
    assert key(number) in made.asked.question
    assert made.asked.source == made.name


@settings(max_examples=30)
@given(NUMBERS, NUMBERS)
def test_what_is_asked_for_is_in_one_article_only(one, other):
    if one != other:
        assert key(one) != key(other)
        assert key(one) not in texts.article(other).text


def test_an_article_is_about_ten_chunks_of_sentences_with_names_figures_dates_and_quotes():
    made = [texts.article(number).text for number in range(40)]
    assert 4_000 < sum(map(len, made)) / 40 < 5_500
    for text in made:
        headline, byline, lead, *paragraphs = text.strip().split("\n\n")
        assert byline.startswith("By ") and " | Published on: " in byline
        assert re.match(r"[A-Z ]+ – [A-Z“]", lead)
        assert len(paragraphs) == texts.PARAGRAPHS - 1
        assert re.search(r"\d", text) and "“" in text and "million crowns" in text
        assert not re.search(r"[{}%]", text)
        assert headline[0].isupper()


def test_words_come_up_as_unequally_as_in_any_text():
    made = (word for number in range(150) for word in re.findall(r"\w+", texts.article(number).text.lower()))
    counts = sorted(Counter(made).values(), reverse=True)
    assert len(counts) > 3_000
    assert counts[0] > 20 * counts[100] > 20
    assert sum(count == 1 for count in counts) > 100


@pytest.mark.parametrize("listed", [words("noun"), words("verb"), words("adjective"), surnames(), places()])
def test_no_word_is_listed_twice(listed):
    assert len(set(listed)) == len(listed)


def test_written_articles_are_not_written_again(tmp_path):
    size = texts.write(tmp_path, 0, 3)
    path = texts.path_of(tmp_path, 1)
    assert path.read_text(encoding="utf-8") == texts.article(1).text
    assert size == sum(each.stat().st_size for each in tmp_path.rglob("*.txt"))
    path.write_text("shorter", encoding="utf-8")
    assert texts.write(tmp_path, 0, 3) < size
    assert path.read_text(encoding="utf-8") == "shorter"


def test_questions_are_spread_over_the_articles_and_no_more_than_there_are():
    assert [each.source for each in texts.questions(4, articles=100)] == [f"{n:07}.txt" for n in (0, 25, 50, 75)]
    assert len(texts.questions(50, articles=12)) == 12

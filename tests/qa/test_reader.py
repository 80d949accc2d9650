import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.features import NAMES, Matcher, sentences_of
from qa.reader import SentenceReader, Weights
from qa.types import Passage, Question
from qa.understand import understand
from qa_index.types import Chunk, Span

from .making import article, embed_words, passage, relevance

FORCE = article(
    "The ceremony was held in Almaty. The force of nearly 2,500 soldiers leaves within 10 days. "
    "Its commander, Anatoly Serdyukov, spoke on Wednesday. Fuel prices had doubled."
)
WEATHER = article("Snow fell on the mountains of Norway. Four skiers were late for the race.")


def read(question, *articles):
    reader = SentenceReader(relevance, embed_words, Weights.shipped())
    return reader.read(understand(Question(question)), [passage(one) for one in articles])


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("Who is the commander that spoke on Wednesday?", "Anatoly Serdyukov"),
        ("How many soldiers are in the force?", "nearly 2,500"),
        ("When did the commander speak?", "12 January 2022"),
        ("Where was the ceremony held?", "Almaty"),
    ],
)
def test_the_best_candidate_holds_the_asked_part(question, short):
    best = read(question, WEATHER, FORCE)[0]
    assert best.short == short
    assert best.sentence.start <= best.answer.start < best.answer.end <= best.sentence.end


def test_a_question_about_something_else_scores_lower():
    asked, other = (
        read("How many soldiers are in the force?", FORCE),
        read("Who won the chess match in Reykjavik?", FORCE),
    )
    assert other[0].score < asked[0].score / 2


def test_a_misspelt_name_still_finds_its_sentence():
    assert "Serdyukov" in FORCE.text[slice(*span(read("What did Serdyukof do?", FORCE)[0]))]


def span(candidate):
    return candidate.sentence.start, candidate.sentence.end


def test_the_same_passages_give_the_same_candidates_in_the_same_order():
    assert read("Who spoke?", FORCE, WEATHER) == read("Who spoke?", FORCE, WEATHER)


def test_no_passages_give_no_candidates():
    assert read("Who spoke?") == ()


def test_shipped_weights_cover_every_feature():
    weights = Weights.shipped()
    assert weights.weights.shape == (len(NAMES),)
    assert 0 < weights.thresholds["eager"] < weights.thresholds["normal"] < weights.thresholds["strict"] < 1


def test_a_word_that_every_sentence_has_is_worth_less_than_a_rare_one():
    one = article("Kazakhstan saw snow. Kazakhstan saw rain. Kazakhstan saw Serdyukov.")
    pool = sentences_of([passage(one)])
    matcher = Matcher(understand(Question("Did Kazakhstan see Serdyukov?")), pool, embed_words)
    assert matcher.worth["kazakhstan"] < matcher.worth["serdyukov"]


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=200), st.text(min_size=1, max_size=60))
def test_every_span_of_a_candidate_lies_inside_its_article(text, asked):
    one = article(text)
    whole = Passage(Chunk(Span(one.id, 0, len(text)), (Span(one.id, 0, len(text)),)), one, 1.0, ("vector",))
    reader = SentenceReader(relevance, embed_words, Weights.shipped())
    for candidate in reader.read(understand(Question("who " + asked)), [whole]):
        assert 0.0 <= candidate.score <= 1.0
        if candidate.answer:
            assert 0 <= candidate.answer.start < candidate.answer.end <= len(text)


def test_measured_rows_are_finite():
    reader = SentenceReader(relevance, embed_words, Weights.shipped())
    rows = [m.row for m in reader.measure(understand(Question("Who spoke?")), [passage(FORCE)])]
    assert np.isfinite(np.stack(rows)).all()

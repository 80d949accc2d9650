import hashlib
import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import reader
from qa.features import NAMES, Matcher, sentences_of
from qa.reader import PassageReader, Weights
from qa.types import Passage, Question
from qa.understand import understand
from qa_index.errors import ModelUnavailable
from qa_index.models.spanreader import SHA256, Window
from qa_index.types import Chunk, Span

from .making import article, embed_words, marking, passage

FORCE = article(
    "The ceremony was held in Almaty. The force of nearly 2,500 soldiers leaves within 10 days. "
    "Its commander, Anatoly Serdyukov, spoke on Wednesday. Fuel prices had doubled."
)
DATED = [
    "Then on Wednesday, 5 January, or on Friday it began.",
    "From Monday to January 6 and the day before yesterday.",
]
WEATHER = article("Snow fell on the mountains of Norway. Four skiers were late for the race on 5 January 1998.")


def read(question, *articles, reading):
    reading_it = PassageReader(reading, embed_words, Weights.read())
    return reading_it.read(understand(Question(question)), [passage(one) for one in articles])


def test_the_marked_words_are_the_answer_and_their_sentence_is_cited():
    best = read("Who is the commander?", WEATHER, FORCE, reading=marking(Anatoly_Serdyukov=9, Norway=2))[0]
    assert best.short == "Anatoly Serdyukov"
    assert FORCE.text[best.answer.start : best.answer.end] == "Anatoly Serdyukov"
    assert FORCE.text[best.sentence.start : best.sentence.end].startswith("Its commander")


def test_a_relative_day_is_worked_out():
    best = read("When did the commander speak?", FORCE, reading=marking(Wednesday=9))[0]
    assert (best.short, FORCE.text[best.answer.start : best.answer.end]) == ("12 January 2022", "Wednesday")


def test_a_full_date_stays_as_it_is_written():
    (best, *_) = read("When was the race?", WEATHER, reading=marking(**{"5_January_1998": 9}))
    assert best.short == "5 January 1998"


@pytest.mark.parametrize("question", ["What did the commander say?", "Why did prices rise?", "Did prices rise?"])
def test_reasons_and_what_was_said_get_the_sentence(question):
    best = read(question, FORCE, reading=marking(prices=9))[0]
    assert (best.answer, best.short) == (None, None)
    assert FORCE.text[best.sentence.start : best.sentence.end] == "Fuel prices had doubled."


def test_marked_words_are_snapped_to_whole_ones():
    assert read("How many soldiers?", FORCE, reading=marking(nearly_2=9))[0].short == "nearly 2,500"


def test_no_answer_crosses_the_border_of_its_sentence():
    def reading(question, passages):
        ((window,),) = marking(Almaty=9)(question, passages)
        window.ends[-1] = 90
        return [(window,)]

    for found in read("Where?", FORCE, reading=reading):
        sentence = found.sentence
        assert found.answer is None or sentence.start <= found.answer.start < found.answer.end <= sentence.end


def test_the_better_of_two_windows_counts():
    def reading(question, passages):
        three = ({"Almaty": 3}, {"Almaty": 9}, {"ceremony": 4})
        return [[window for sure in three for (window,) in marking(**sure)(question, passages)]]

    reading_it = PassageReader(reading, embed_words, Weights.read())
    marked = reading_it.mark(understand(Question("Where?")), [passage(FORCE)])
    assert max(marked, key=lambda m: m.margin).margin == pytest.approx(9)
    assert len({m.sentence for m in marked}) == len(marked)


def test_passages_are_read_under_the_title_and_the_day_of_their_article():
    seen = []

    def reading(question, passages):
        seen.extend(heading for _, heading in passages)
        return [() for _ in seen]

    assert read("Who?", article("It rained.", title="Weather"), article("It snowed."), reading=reading) == ()
    assert [(heading.title, heading.date) for heading in seen] == [("Weather", "13 January 2022"), ("", "")]


def test_a_question_about_something_else_scores_lower():
    asked = read("How many soldiers are in the force?", FORCE, reading=marking(**{"2,500": 9}))
    other = read("Who won the chess match in Reykjavik?", FORCE, reading=marking(Almaty=-9))
    assert other[0].score < asked[0].score / 2


def test_the_same_passages_give_the_same_candidates_in_the_same_order():
    once, again = (read("Who spoke?", FORCE, WEATHER, reading=marking()) for _ in range(2))
    assert once == again


@pytest.mark.parametrize(
    ("question", "fitting", "other"),
    [
        ("How many soldiers left?", "2,500", "force"),
        ("When did he speak?", "Wednesday", "commander"),
        ("Who spoke?", "Anatoly Serdyukov", "spoke"),
        ("How long will they stay?", "10 days", "force"),
    ],
)
def test_a_span_that_cannot_be_what_is_asked_for_is_less_likely(question, fitting, other):
    best, worse = (read(question, FORCE, reading=marking(**{marked: 3}))[0] for marked in (fitting, other))
    assert FORCE.text[worse.answer.start : worse.answer.end] == other
    assert worse.score < 0.8 * best.score


def test_no_passages_give_no_candidates():
    assert read("Who spoke?", reading=marking()) == ()


def test_shipped_weights_cover_every_feature():
    weights = Weights.read()
    assert weights.weights.shape == (len(NAMES),)
    assert 0 < weights.thresholds["eager"] < weights.thresholds["normal"] < weights.thresholds["strict"] < 1


def test_a_word_that_every_sentence_has_is_worth_less_than_a_rare_one():
    one = article("Kazakhstan saw snow. Kazakhstan saw rain. Kazakhstan saw Serdyukov.")
    pool = sentences_of([passage(one)])
    matcher = Matcher(understand(Question("Did Kazakhstan see Serdyukov?")), pool, embed_words)
    assert matcher.worth["kazakhstan"] < matcher.worth["serdyukov"]


@settings(max_examples=100, deadline=None)
@given(
    st.data(),
    st.text(min_size=1, max_size=120) | st.sampled_from(DATED),
    st.sampled_from(["who ", "when was it ", "how many "]),
    st.text(min_size=1, max_size=40),
)
def test_every_span_of_a_candidate_lies_inside_its_sentence_whatever_the_model_says(data, text, kind, asked):
    one = article(text)
    middle = data.draw(st.integers(0, len(text) - 1))
    parts = [(a, z) for a, z in ((0, middle), (middle, len(text))) if a < z]
    whole = Passage(
        Chunk(Span(one.id, 0, len(text)), tuple(Span(one.id, a, z) for a, z in parts)), one, 1.0, ("vector",)
    )

    def reading(question, passages):
        ((read, _),) = passages
        cuts = sorted(data.draw(st.lists(st.integers(0, len(read)), max_size=12)))
        places = np.array(list(itertools.pairwise(cuts)), np.int32).reshape(-1, 2)
        logits = st.lists(st.floats(-50, 50, width=32), min_size=len(places), max_size=len(places))
        starts, ends = (np.array(data.draw(logits), np.float32) for _ in range(2))
        return [(Window(places, starts, ends, data.draw(st.floats(-50, 50))),)]

    reading_it = PassageReader(reading, embed_words, Weights.read())
    for candidate in reading_it.read(understand(Question(kind + "x" + asked)), [whole]):
        assert 0.0 <= candidate.score <= 1.0
        if candidate.answer:
            sentence = candidate.sentence
            assert sentence.start <= candidate.answer.start < candidate.answer.end <= sentence.end <= len(text)
            assert candidate.short


def test_measured_rows_are_finite():
    reading_it = PassageReader(marking(Almaty=500), embed_words, Weights.read())
    rows = [m.row for m in reading_it.measure(understand(Question("Who spoke?")), [passage(FORCE)])]
    assert np.isfinite(np.stack(rows)).all()


def test_the_calibration_was_learnt_with_the_shipped_model_and_is_named_by_its_own_content():
    raw = reader.WEIGHTS.read_bytes()
    assert json.loads(raw)["model"] == SHA256[:8]
    assert Weights.read().name == f"calibrated/{hashlib.sha256(raw).hexdigest()[:8]}"


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"weights": {"margin": "much"}}', b"\xff\xfe"])
def test_a_damaged_calibration_is_refused_in_one_sentence(tmp_path, damage):
    path = tmp_path / "reader_weights.json"
    path.write_bytes(damage)
    with pytest.raises(ModelUnavailable, match="Install Citewell again") as raised:
        Weights.read(path)
    assert "\n" not in str(raised.value)


def test_a_sentence_in_another_script_gets_no_bare_answer():
    one = article("Тоқаев сейсенбіде сөйледі. Él habló en español.")
    cyrillic, spanish = read("Who spoke?", one, reading=marking(сейсенбіде=9, español=2))
    assert (cyrillic.short, spanish.short) == (None, "español")


def test_a_word_that_the_model_cannot_know_is_no_answer():
    one = article("x" * 500 + " came. It was Anna.")
    best = read("Who came?", one, reading=marking(**{"x" * 500: 9, "Anna": 2}))[0]
    assert best.short == "Anna"

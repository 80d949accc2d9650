import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.types import Question
from qa.understand import MAX_CHARACTERS, type_of, understand
from qa_index.errors import TextTooLong, UsageError


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who commanded the force?", "person"),
        ("CSTO force commander?", "person"),
        ("Who is Karim Massimov?", "other"),
        ("Who is the president of Armenia?", "person"),
        ("Which minister came?", "person"),
        ("Where was the ceremony held?", "place"),
        ("What is the capital of Zimbabwe?", "place"),
        ("Which town did the protests start in?", "place"),
        ("Which news agency reported it?", "organisation"),
        ("When was the state of emergency lifted?", "date"),
        ("What day did they talk?", "date"),
        ("How many soldiers were sent?", "number"),
        ("What was the number of detained people?", "number"),
        ("How long will they stay?", "duration"),
        ("How many days will it take?", "duration"),
        ("Why did people protest?", "reason"),
        ("What caused the unrest?", "reason"),
        ("What did Tokayev tell Putin?", "quote"),
        ("How did Tokayev describe the protesters?", "quote"),
        ("Which countries sent troops?", "list"),
        ("Who attended the ceremony?", "list"),
        ("Did the government resign?", "yes_no"),
        ("What happened to the statue?", "other"),
        ("fuel prices", "other"),
    ],
)
def test_the_type_of_answer_a_question_asks_for(question, expected):
    assert type_of(question) == expected


def test_names_numbers_and_focus_are_told_apart():
    understood = understand(Question("How many soldiers did Russia send to the 6 regions?"))
    assert understood.names == {"russia"}
    assert understood.numbers == {"6"}
    assert understood.focus == ("soldier",)
    assert "mani" not in understood.terms


@pytest.mark.parametrize("empty", ["", "   ", "?!", "\x00\x07\x1b", "\u200b\u202e", "…"])
def test_a_question_that_asks_nothing_is_refused_in_a_sentence(empty):
    with pytest.raises(UsageError, match="empty question"):
        understand(Question(empty))


def test_a_question_that_is_too_long_is_refused_with_the_limit():
    with pytest.raises(TextTooLong, match=r"10,000 characters.*2,000"):
        understand(Question("who " * 2500))


def test_control_and_format_characters_do_not_survive():
    assert understand(Question("Who\x00 com\u200bmanded\n\tthe force?")).standalone == "Who commanded the force?"


@given(st.text(max_size=MAX_CHARACTERS))
def test_any_question_is_understood_or_refused_in_one_line(text):
    try:
        understood = understand(Question(text))
    except UsageError as error:
        assert "\n" not in str(error)
    else:
        assert understood.standalone == " ".join(understood.standalone.split())
        assert understood.names <= set(understood.terms)

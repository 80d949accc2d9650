import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.attribution import attributed_to
from qa.names import find_names
from qa.quantities import quantity
from qa.spans import typed_spans

THURSDAY = dt.date(2022, 1, 13)
TYPES = ("person", "place", "organisation", "number", "date", "duration", "reason", "quote", "list", "yes_no", "other")


@pytest.mark.parametrize(
    ("answer_type", "sentence", "expected"),
    [
        ("person", "Force Commander Anatoly Serdyukov spoke.", ["Anatoly Serdyukov"]),
        ("person", "The Deputy Defense Minister Mukhamedzhan Talasov came.", ["Mukhamedzhan Talasov"]),
        ("person", "Tokayev told Putin about it.", ["Tokayev", "Putin"]),
        ("place", "They were seen off in Almaty.", ["Almaty"]),
        ("organisation", "The National Security Committee said so.", ["National Security Committee"]),
        ("number", "Nearly 2,500 soldiers with 250 vehicles left.", ["Nearly 2,500", "250"]),
        ("number", "On January 6 dozens died.", ["dozens"]),
        ("number", "It cost $3.5 million.", ["$3.5 million"]),
        ("date", "They met on Wednesday.", ["12 January 2022"]),
        ("duration", "They leave within 10 days.", ["within 10 days"]),
        ("duration", "They stay for a limited period of time.", ["for a limited period of time"]),
        ("reason", "People protested over fuel prices, he said.", ["over fuel prices"]),
        ("reason", "In the afternoon they overcame it.", []),
        ("reason", "The net went down after Kazakhtelecom, the operator, cut it.", []),
        ("list", "Russia, Belarus and Armenia sent troops.", ["Russia, Belarus and Armenia"]),
        ("other", "Russia sent 12 soldiers on Wednesday.", []),
    ],
)
def test_the_part_of_the_asked_type_is_found(answer_type, sentence, expected):
    assert [part.short for part in typed_spans(sentence, answer_type, THURSDAY)] == expected


@given(st.text(), st.sampled_from(TYPES))
def test_every_part_lies_inside_the_sentence(sentence, answer_type):
    for part in typed_spans(sentence, answer_type, THURSDAY):
        assert 0 <= part.start < part.end <= len(sentence)
        assert part.short


def test_days_nationalities_and_bare_roles_are_not_names():
    sentence = "On Thursday the Kazakh President met the Russian Prime Minister."
    assert [sentence[name.start : name.end] for name in find_names(sentence)] == []


@pytest.mark.parametrize(
    ("left", "right", "both_true"),
    [
        ("more than 4,200", "4,266", True),
        ("nearly 2,500", "about 2,500", True),
        ("2,500", "250", False),
        ("4,266", "100", False),
        ("dozens", "164", True),
        ("dozens", "hundreds", False),
        ("eight", "8", True),
        ("three million", "3 million", True),
        ("two", "twenty", False),
    ],
)
def test_numbers_that_can_and_cannot_both_be_true(left, right, both_true):
    assert quantity(left).agrees(quantity(right)) is both_true
    assert quantity(right).agrees(quantity(left)) is both_true


def test_words_without_a_number_have_no_quantity():
    assert quantity("several towns") is None


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("More than 4,200 were held, according to the Interior Ministry.", "Interior Ministry"),
        ("The price doubled, NHK World reported.", "NHK World"),
        ("Kremlin said that they had spoken.", "Kremlin"),
        ("Prices doubled in the west.", None),
    ],
)
def test_who_a_sentence_has_its_news_from(sentence, source):
    assert attributed_to(sentence) == source

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.attribution import attributed_to
from qa.names import find_names
from qa.quantities import quantity
from qa.spans import snapped


@pytest.mark.parametrize(
    ("sentence", "marked", "snapped_to"),
    [
        ("It stands in Kazakhstan today.", "khst", "Kazakhstan"),
        ("They counted 4,266 people.", "266", "4,266"),
        ("At 10:30 he spoke.", "30", "10:30"),
        ("They don’t go.", "don", "don’t"),
        ("The soldiers’ boots.", "soldiers’", "soldiers"),
        ("Sen\u0303or Pen\u0303a won.", "Pen", "Pen\u0303a"),
        ("He paid $5.3 million.", "5.3 million.", "$5.3 million"),
        ("He paid US$5 then.", "5", "US$5"),
        ("It rose 4.5% in May.", "4.5", "4.5%"),
        ("It rose 5 per cent in May.", "5", "5 per cent"),
        ("It fell to -25 degrees.", "25 degrees", "-25 degrees"),
        ("A range of 5-25 degrees.", "25", "25"),
        ("He said “no such thing” today.", "“no such thing", "no such thing"),
        ("He said “no such thing” today.", "“no such thing”", "no such thing"),
        ('Both "a" and "b" are.', '"a" and "b"', '"a" and "b"'),
        ("The (CSTO) force left.", "(CSTO", "CSTO"),
        ("The (CSTO) force left.", "The (CSTO) force", "The (CSTO) force"),
        ("In the U.S. today.", "the U.S.", "the U.S."),
        ("In Rome, he said.", "Rome,", "Rome"),
        ("It ended … there.", "…", ""),
    ],
)
def test_marked_parts_are_snapped_to_sensible_borders(sentence, marked, snapped_to):
    start = sentence.index(marked)
    first, last = snapped(sentence, start, start + len(marked))
    assert sentence[first:last] == snapped_to


@given(st.text(), st.integers(0, 60), st.integers(0, 60))
def test_a_snapped_part_lies_inside_its_sentence_and_stays_when_snapped_again(sentence, one, other):
    start, end = sorted((min(one, len(sentence)), min(other, len(sentence))))
    first, last = snapped(sentence, start, end)
    assert 0 <= first <= last <= len(sentence)
    if first < last:
        assert snapped(sentence, first, last) == (first, last)


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
        ("40 million euros", "40m euros", True),
        ("45", "between 40 and 50", True),
        ("45", "40 to 50", True),
        ("2021 and 2022", "2022", False),
        ("-5", "5", False),
        ("minus 5", "−5", True),
        ("250 vehicles and 2,500 soldiers", "2,500", False),
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

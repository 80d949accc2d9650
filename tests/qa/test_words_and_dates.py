import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.dates import find_dates, on_weekday, the_day, written_out
from qa.words import same, words

THURSDAY = dt.date(2022, 1, 13)


@given(st.text())
def test_words_stand_where_they_say(text):
    found = words(text)
    assert all(text[word.start : word.end] == word.text for word in found)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("kazakh", "kazakhstan", True),
        ("russia", "russian", True),
        ("stabil", "stabilis", True),
        ("2500", "2500", True),
        ("2500", "250", False),
        ("port", "portugal", False),
        ("armenia", "azerbaijan", False),
    ],
)
def test_stems_that_name_one_thing(left, right, expected):
    assert same(left, right) is expected
    assert same(right, left) is expected


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("It was lifted on Wednesday.", dt.date(2022, 1, 12)),
        ("Local media reported on Thursday.", dt.date(2022, 1, 13)),
        ("They met last Thursday.", dt.date(2022, 1, 6)),
        ("They met on Friday.", dt.date(2022, 1, 7)),
        ("They will meet on Friday.", dt.date(2022, 1, 14)),
        ("A meeting is scheduled for Thursday.", dt.date(2022, 1, 13)),
        ("They meet next Friday.", dt.date(2022, 1, 14)),
        ("Protests began on Jan. 2.", dt.date(2022, 1, 2)),
        ("It began on December 28.", dt.date(2021, 12, 28)),
        ("It began on December 28, 2020.", dt.date(2020, 12, 28)),
        ("On 6 January 2022 they asked.", dt.date(2022, 1, 6)),
        ("On the 8th of January they spoke.", dt.date(2022, 1, 8)),
        ("It happened yesterday.", dt.date(2022, 1, 12)),
        ("It happened today.", dt.date(2022, 1, 13)),
        ("It happened three days ago.", dt.date(2022, 1, 10)),
        ("Filed 2022-01-08.", dt.date(2022, 1, 8)),
        ("On February 30 nothing happened.", None),
        ("It began last week.", None),
        ("Independent since 1991.", None),
    ],
)
def test_a_day_is_worked_out_against_the_day_the_article_appeared(text, day):
    assert [found.day for found in find_dates(text, THURSDAY)] == [day]


@pytest.mark.parametrize(
    "text", ["You may 5 times try.", "the sun rose in march", "2,500 soldiers", "a monday morning"]
)
def test_what_is_no_date_is_not_read_as_one(text):
    assert list(find_dates(text, THURSDAY)) == []


def test_a_relative_day_stays_unknown_when_the_article_has_no_date():
    assert [found.day for found in find_dates("It was lifted on Wednesday.", None)] == [None]


@given(st.dates(dt.date(1900, 1, 8), dt.date(2100, 1, 1)), st.integers(0, 6))
def test_a_weekday_in_a_report_is_within_the_week_that_ends_with_it(published, weekday):
    day = on_weekday(weekday, published)
    assert day.weekday() == weekday
    assert 0 <= (published - day).days < 7
    assert 0 <= (on_weekday(weekday, published, announced=True) - published).days < 7


def test_a_day_is_written_as_people_write_it():
    assert written_out(dt.date(2022, 1, 6)) == "6 January 2022"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("on Wednesday", "12 January 2022"),
        ("late on Wednesday night", "12 January 2022"),
        ("Tuesday, 4 January", "4 January 2022"),
        ("Sunday (2 January)", "2 January 2022"),
        ("on Friday, 31 December 2021", None),
        ("Tuesday, 4 May 1999", None),
        ("4 May 1999", None),
        ("the day before yesterday", None),
        ("from Monday to Wednesday", None),
        ("January 5 to January 8", None),
        ("a week ago on Wednesday", None),
        ("the Wednesday before last", None),
        ("two days after Wednesday", None),
        ("Wednesday or later", None),
        ("soon", None),
    ],
)
def test_a_day_is_worked_out_only_where_nothing_but_that_day_stands(text, day):
    found = the_day(text, 0, len(text), THURSDAY)
    assert (written_out(found.day) if found else None) == day

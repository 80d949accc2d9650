"""Which articles share their words, which of them came first, what the others are to it."""

import datetime as dt
import random
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.duplicates import Kin
from qa_index.duplicates.clusters import cluster
from qa_index.duplicates.relations import age, family, relation
from qa_index.duplicates.signature import SIZE, body, signature, words
from qa_index.types import Article, Span, When, article_id

LETTERS = "aeioukstrlmnp"


def sentence(seed, length=14):
    chance = random.Random(seed)
    said = ["".join(chance.choices(LETTERS, k=chance.randint(2, 9))) for _ in range(length)]
    return " ".join(said).capitalize() + "."


def story(seed, sentences=20):
    return "\n\n".join(sentence(f"{seed}-{number}") for number in range(sentences))


def signatures(texts):
    return np.frombuffer(b"".join(signature(text) for text in texts), np.uint8).reshape(-1, SIZE)


def grouped(*texts, read=True):
    return cluster(signatures(texts), text_of=texts.__getitem__ if read else None)


def day(number, *, hour=None, zone=None, precision="day"):
    value = dt.datetime(2022, 1, number, hour or 0)
    return When(value, "minute" if hour is not None else precision, zone)


def article(text, *, title=None, publisher=None, published=None, updated=None, url=None, masked=()):
    name = article_id(text)
    return Article(
        name,
        text,
        title=title,
        publisher=publisher,
        published=published,
        updated=updated,
        url=url,
        masked=tuple(Span(name, *m) for m in masked),
    )


# ---- signature


def test_a_signature_is_512_bytes_and_the_same_in_another_process():
    text = story("same")
    asked = f"from qa_index.duplicates.signature import signature; print(signature({text!r}).hex())"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    assert told == signature(text).hex()
    assert len(signature(text)) == SIZE


def test_a_signature_stays_what_it_was_so_that_stored_ones_still_count():
    text = (
        "The river rose by two metres overnight and the lower town was cleared before dawn by the fire service "
        "and police."
    )
    assert signature(text)[:12].hex() == "110000004c15844662df888a"


def test_case_and_punctuation_do_not_count():
    plain = "words with marks and a capital or two which are no part of it and so on to its end of twenty words"
    marked = (
        "Words, with MARKS: and a «capital» or two — which are no part of it. And so on, to its end (of twenty words)!"
    )
    assert signature(plain) == signature(marked) != bytes(SIZE)


def test_what_is_masked_does_not_count():
    text, notice = story("masked"), "Sign up for our letter. "
    masked = Span(article_id(notice + text), 0, len(notice))
    assert signature(notice + text, [masked]) == signature(text)
    assert body("one two three", [Span("a", 4, 7)]).split() == ["one", "three"]


def test_a_text_of_a_few_words_is_alike_to_none_not_even_to_itself():
    notice = "Chat with us and find out what is happening in the world as it unfolds."
    assert signature(notice) == bytes(SIZE)
    assert grouped(notice, notice, notice) == ()


def test_languages_without_spaces_are_told_apart_too():
    one, other = "".join(chr(0x4E00 + n * 7) for n in range(80)), "".join(chr(0x5E00 + n * 5) for n in range(80))
    assert grouped(one, other, one[:60]) == ((0, 2),)


def test_a_long_text_without_a_space_takes_no_long():
    assert len(signature("x" * 1_000_000)) == SIZE
    assert len(signature("x y " * 250_000)) == SIZE


@settings(max_examples=50)
@given(st.text(max_size=400))
def test_any_text_has_a_signature(text):
    assert len(signature(text)) == SIZE
    assert all(word == word.casefold() for word in words(text) if word.isascii())


# ---- groups


def test_texts_of_different_stories_are_in_no_group():
    assert grouped(*(story(seed) for seed in range(30))) == ()


def test_nothing_makes_no_group():
    assert cluster(np.empty((0, SIZE), np.uint8)) == ()


def test_signatures_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"need shape \(n, 512\)"):
        cluster(np.zeros((2, 8), np.uint8))


def cut(text):
    return text[: int(len(text) * 0.55)]


def reordered(text):
    parts = text.split("\n\n")
    random.Random(3).shuffle(parts)
    return "\n\n".join(parts)


def framed(text):
    return (
        f"By our own reporters in the north\n\n{text}\n\nFollow us for more news and pictures from around the region."
    )


def edited(text):
    parts = text.split("\n\n")
    parts[4] = parts[4].replace(" ", " reportedly ", 1)
    parts[11] = sentence("another")
    return "\n\n".join(parts)


@pytest.mark.parametrize("change", [cut, reordered, framed, edited, lambda text: cut(framed(edited(text)))])
def test_a_changed_copy_is_grouped_with_its_original(change):
    original = story("original")
    assert grouped(story("before"), original, story("between"), change(original), story("after")) == ((1, 3),)


def test_groups_hold_the_earliest_first_and_come_in_order():
    one, other = story("one"), story("other")
    assert grouped(one, other, framed(other), cut(one), framed(one)) == ((0, 3, 4), (1, 2))


def test_a_page_that_changes_a_little_every_day_is_no_long_chain():
    pages = ["\n\n".join(sentence(item, 40) for item in range(first, first + 10)) for first in range(30)]
    groups = grouped(*pages)
    assert groups
    assert max(map(len, groups)) <= 4
    for group in groups:
        assert group[-1] - group[0] <= 3


def test_a_form_that_is_filled_in_anew_every_day_is_no_copy():
    chance = random.Random(5)
    form = story("form", 8)

    def filled(number):
        drawn = " ".join(str(chance.randint(100, 999)) for _ in range(8))
        return f"The winning numbers of day {number} were {drawn}.\n\n{form}"

    pages = [filled(number) for number in range(20)]
    assert grouped(*pages) == ()
    assert grouped(*pages, read=False) != ()  # it is the reading that tells


def test_two_stories_that_share_a_long_block_are_not_the_same():
    block = story("captions", 120)
    one, other = (f"{story(seed, 20)}\n\n{block}" for seed in ("match", "final"))
    assert grouped(one, other, read=False) == ((0, 1),)
    assert grouped(one, other) == ()


def test_a_short_item_in_a_long_page_is_no_copy_of_it():
    item = story("item", 4)
    assert grouped(item, story("page", 60) + "\n\n" + item) == ()


def test_a_page_of_two_stories_does_not_join_them():
    one, other = story("one", 10), story("other", 10)
    assert grouped(one, other, f"{one}\n\n{other}") in (((0, 2),), ((1, 2),))


def test_texts_are_read_only_where_signatures_leave_a_doubt():
    asked = []

    def text_of(place):
        asked.append(place)
        return texts[place]

    texts = [story("one"), framed(story("one")), story("two"), edited(edited(story("two")))]
    cluster(signatures(texts[:2]), text_of=text_of)
    assert not asked
    assert cluster(signatures(texts), text_of=text_of) == ((0, 1), (2, 3))
    assert set(asked) <= {2, 3}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([story(seed, 6) for seed in range(6)]), max_size=12))
def test_every_article_is_in_one_group_at_most_and_equal_texts_are_in_one(texts):
    groups = grouped(*texts)
    places = [place for group in groups for place in group]
    assert len(places) == len(set(places))
    expected = [[place for place, text in enumerate(texts) if text == each] for each in dict.fromkeys(texts)]
    assert sorted(map(list, groups)) == sorted(group for group in expected if len(group) > 1)


def test_ten_thousand_copies_of_one_article_take_no_quadratic_time():
    many = np.repeat(signatures([story("one"), story("two")]), 10_000, axis=0)
    assert [len(group) for group in cluster(many)] == [10_000, 10_000]


# ---- which came first


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (day(3), day(4)),
        (day(3), None),
        (day(3, hour=9), day(3)),
        (day(3, hour=9), day(3, hour=11)),
        (day(3, hour=9, zone="+05:30"), day(3, hour=4, zone="Z")),
        (day(3, hour=9, zone="+05:30"), day(3, hour=4, zone="+00:00")),
        (day(30), day(1, precision="month")),
        (day(1, precision="month"), day(1, precision="year")),
    ],
)
def test_which_of_two_dates_came_first(first, second):
    assert age(first, 100, "b") < age(second, 100, "a")


def test_of_one_day_the_longest_came_first_then_by_id():
    assert age(day(3), 200, "b") < age(day(3), 100, "a")
    assert age(None, 100, "a") < age(None, 100, "b")


@pytest.mark.parametrize("published", [day(3), day(3, hour=9), None])
def test_of_the_versions_of_one_page_that_which_was_updated_earliest_came_first(published):
    ages = [
        age(published, characters, name, updated=updated)
        for characters, name, updated in (
            (100, "d", None),
            (200, "c", day(4, hour=8)),
            (300, "b", day(4, hour=17)),
            (400, "a", day(5, hour=8)),
        )
    ]
    assert ages == sorted(ages)


def test_an_update_at_the_moment_of_publication_is_none():
    assert age(day(3), 200, "b", updated=day(3)) < age(day(3), 100, "a")
    assert age(day(3, hour=9), 200, "b", updated=day(3, hour=9)) < age(day(3, hour=9), 100, "a")


def test_a_date_of_publication_counts_more_than_one_of_an_update():
    assert age(day(3), 100, "b", updated=day(9)) < age(day(4), 100, "a", updated=day(4, hour=9))
    assert age(day(3, hour=9), 100, "b", updated=day(9)) < age(day(3), 100, "a")
    assert age(day(9), 100, "b") < age(None, 100, "a", updated=day(3))


def test_an_hour_at_the_end_of_the_calendar_is_taken_as_written():
    assert age(When(dt.datetime(1, 1, 1, 1), "minute", "+05:00"), 1, "a")[1] == dt.datetime(1, 1, 1, 1)


# ---- what it is to the original

TEXT = story("related", 12)


@pytest.mark.parametrize(
    "notice",
    [
        "Correction: An earlier version of this article misstated the height of the dam.",
        "Correction (March 3): The dam is 40 metres high.",
        "Corrections & Clarifications: An earlier version gave the wrong year.",
        "CORRECTED: The dam is in the north.",
        "This story corrects the spelling of the minister's name.",
        "This article has been corrected to say that two people were hurt.",
        "(Corrects paragraph 3 to say two, not three)",
        "Refiles to fix the headline. Corrects spelling of the name",
        "An earlier version of this article misstated the height of the dam.",
        "A previous version of this story incorrectly said that the dam had burst.",
        "This article was amended to correct the figure of the second paragraph.",
        "This story has been updated to include the correct date of the vote.",
    ],
)
@pytest.mark.parametrize("at_head", [True, False])
def test_what_says_that_it_corrects_is_a_correction(notice, at_head):
    text = f"{notice}\n\n{TEXT}" if at_head else f"{TEXT}\n\n{notice}"
    assert relation(article(TEXT), article(text)) == "correction"


def test_a_notice_counts_in_the_title_and_in_what_is_masked():
    assert relation(article(TEXT), article(TEXT, title="CORRECTED-Dam holds after a night of rain")) == "correction"
    notice = "Correction: the dam is in the north.\n\n"
    assert relation(article(TEXT), article(notice + TEXT, masked=[(0, len(notice))])) == "correction"


@pytest.mark.parametrize(
    "line",
    [
        "Corrections officers said the prison was calm.",
        "The market is in correction territory: shares fell again.",
        "An earlier version of this article was read by thousands.",
        "She corrected the record.",
        "Updated: 2017-09-15 17:52",
        "The latest figures were published on Monday.",
    ],
)
def test_what_only_speaks_of_such_things_is_a_reprint(line):
    assert relation(article(TEXT), article(f"{line}\n\n{TEXT}")) == "reprint"


def test_a_notice_that_the_original_has_too_says_nothing():
    text = f"{TEXT}\n\nCorrection: the dam is in the north."
    assert relation(article(text), article(f"Share this story\n\n{text}")) == "reprint"


@pytest.mark.parametrize(
    "notice",
    [
        "UPDATE 2-Dam holds after rain",
        "Updates with minister's comment",
        "(Adds quotes, background)",
        "Update: the dam held.",
    ],
)
def test_what_says_that_it_updates_is_an_update(notice):
    assert relation(article(TEXT), article(f"{notice}\n\n{TEXT}")) == "update"
    assert relation(article(TEXT), article(TEXT, title=notice)) == "update"


MORE = TEXT + "\n\n" + sentence("added")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"publisher": "Ledger"}, {"publisher": "ledger "}, "update"),
        ({"publisher": "Ledger"}, {"publisher": "Courier"}, "reprint"),
        ({"url": "https://ledger.example/dam"}, {"url": "http://www.ledger.example/dam/amp?from=home"}, "update"),
        ({"url": "https://ledger.example/dam"}, {"url": "https://ledger.example/rain"}, "update"),
        ({"url": "https://ledger.example/dam"}, {"url": "https://courier.example/dam"}, "reprint"),
        ({"url": "http://[bad"}, {"url": "https://courier.example/dam"}, "reprint"),
        ({}, {}, "reprint"),
    ],
)
def test_a_later_version_with_something_new_is_an_update_if_it_is_of_the_same_house(first, second, expected):
    assert relation(article(TEXT, **first), article(MORE, **second)) == expected


@pytest.mark.parametrize("text", [cut(TEXT), reordered(TEXT), TEXT + "\n\nRead more"])
def test_without_a_sentence_of_its_own_it_is_a_reprint_even_of_the_same_house(text):
    assert relation(article(TEXT, publisher="Ledger"), article(text, publisher="Ledger")) == "reprint"


def test_a_copy_with_another_figure_is_no_plain_reprint_whoever_prints_it():
    sentence = "Engineers said on Friday that {} people had been killed when the dam above the town burst."
    first = article(f"{TEXT}\n\n{sentence.format(27)}", publisher="Hill Post")
    later = article(f"{TEXT}\n\n{sentence.format(41)}", publisher="Evening Lamp")
    same = article(f"{TEXT}\n\n{sentence.format(27)}", publisher="Evening Lamp")
    assert relation(first, later) == "update"
    assert relation(first, same) == "reprint"


def test_an_amended_page_is_a_correction():
    notice = "This article was amended on 17 October 2023. An earlier version said 27; it was 17."
    assert relation(article(TEXT), article(f"{TEXT}\n\n{notice}")) == "correction"


@pytest.mark.parametrize("text", ["\n" * 2150, "- " * 1050, "correction " * 190, "this story " * 190])
def test_looking_for_a_notice_takes_no_long(text):
    started = time.process_time()
    assert relation(article(TEXT), article(text)) == "reprint"
    assert time.process_time() - started < 0.1


def test_a_family_names_its_original_and_what_the_others_are_to_it():
    original = article(TEXT, publisher="Ledger", published=day(3))
    update = article(MORE, publisher="Ledger", published=day(4))
    corrected = article(f"Correction: the dam is in the north.\n\n{TEXT}", published=day(5))
    reprint = article(framed(TEXT), publisher="Courier")
    assert family([reprint, corrected, update, original]) == (
        Kin(update.id, original.id, "update"),
        Kin(corrected.id, original.id, "correction"),
        Kin(reprint.id, original.id, "reprint"),
    )


PAGE = "https://lake.example/dam"


@pytest.mark.parametrize("published", [day(3), None])
def test_a_newer_and_longer_version_of_one_page_is_an_update_of_the_older(published):
    older = article(TEXT, url=PAGE, published=published, updated=day(3, hour=9))
    newer = article(MORE, url=PAGE, published=published, updated=day(4, hour=9))
    assert family([newer, older]) == (Kin(newer.id, older.id, "update"),)


def test_the_corrected_page_is_the_correction_of_what_was_never_updated():
    original = article(TEXT, url=PAGE, published=day(3))
    corrected = article(f"Correction: the dam is in the north.\n\n{TEXT}", url=PAGE, published=day(3), updated=day(5))
    assert family([corrected, original]) == (Kin(corrected.id, original.id, "correction"),)


def test_of_two_papers_of_one_day_the_longer_is_the_original():
    long = article(MORE, publisher="Ledger", published=day(3))
    short = article(TEXT, publisher="Courier", published=day(3))
    assert family([short, long]) == (Kin(short.id, long.id, "reprint"),)

"""A quote is found word for word, or not at all."""

import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qa.writing.quoting import LONGEST, alike, is_too_short, locate

TEXT = "He said:  “We are\nleaving – all 2,500 of us”, the mayor’s office told The Café. Nobody stayed."


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("Nobody stayed.", "Nobody stayed."),
        ('said: "We are leaving - all', "said:  “We are\nleaving – all"),
        ("  the mayor's   office ", "the mayor’s office"),
        ("The Cafe\u0301", "The Café"),
        ("all 2,500 of us", "all 2,500 of us"),
        ("We are … told The Café", "We are\nleaving – all 2,500 of us”, the mayor’s office told The Café"),
        ("He said... Nobody stayed", TEXT[:-1]),
        ("told The Café ...", "told The Café"),
        ("[...] We are leaving […] Nobody stayed.", TEXT[TEXT.index("We") :]),
        ("leaving", "leaving"),
    ],
)
def test_white_space_marks_dashes_and_composition_may_differ(quote, found):
    assert locate(quote, TEXT) == (TEXT.index(found), TEXT.index(found) + len(found))


@pytest.mark.parametrize(
    "quote",
    [
        "nobody stayed",  # another case
        "we are leaving",
        "Nobody has stayed",
        "all 500 of us",
        "500 of us",  # half a number
        "all 2",
        "body stayed",  # half a word
        "The Cafe",
        "Nobody stayed … We are",  # in another order
        "He … said … We … are",  # parts of one word
        "He said … We are … of us … Nobody stayed",  # four parts
        "",
        "  ",
        "…",
        "x" * (LONGEST + 1),
    ],
)
def test_what_does_not_stand_there_is_not_found(quote):
    assert locate(quote, TEXT) is None


def test_parts_of_a_quote_stand_near_each_other():
    near, far = ("The mill burned. " + "x " * n + "Nobody was hurt." for n in (100, LONGEST))
    assert locate("The mill burned … Nobody was hurt", near) is not None
    assert locate("The mill burned … Nobody was hurt", far) is None


def test_a_place_inside_a_word_is_passed_over():
    assert locate("man left", "A woman left. A man left.") == (16, 24)


def test_decomposed_text_gives_its_own_offsets():
    text = "Le cafe\u0301 d’E\u0301ric est ferme\u0301 \u1112\u1161\u11ab\u1100\u116e\u11a8 ok."
    start, end = locate("café d'Éric", text)
    assert text[start:end] == "cafe\u0301 d’E\u0301ric"
    start, end = locate("한국 ok", text)
    assert text[start:end] == "\u1112\u1161\u11ab\u1100\u116e\u11a8 ok"
    assert locate("Le cafe", text) is None


def test_scripts_without_spaces_have_no_words_to_cut():
    assert locate("部隊は木曜日に", "平和維持部隊は木曜日に撤退を始めた。") == (4, 11)


@pytest.mark.parametrize(
    ("quote", "short"), [("", True), ("Tokayev", True), ("“Tokayev” …", True), ("he left", False), ("撤退", False)]
)
def test_a_quote_of_one_word_says_nothing(quote, short):
    assert is_too_short(quote) is short


PIECES = st.lists(
    st.sampled_from(
        "Ada|us|US|2,500|7|“|”|\"|'|’|–|-| |  |\n|\u00a0|e\u0301|é|"
        "q\u0307\u0323|\u212b|\u1112\u1161\u11ab|...|…|.|,|я|и\u0306|\u0301|部".split("|")
    ),
    max_size=30,
).map("".join)


@settings(max_examples=150)
@given(PIECES, st.integers(0, 40), st.integers(1, 20))
def test_what_is_found_reads_like_the_quote(text, start, length):
    quote = alike(text[start : start + length])
    assume(quote.strip() and "…" not in quote and "..." not in quote)
    found = locate(quote, text)
    if found is not None:
        assert alike(text[slice(*found)]).strip() == alike(quote).strip()


@settings(max_examples=150)
@given(PIECES, st.data())
def test_words_of_a_text_are_found_in_it(text, data):
    borders = [i for i in range(len(text) + 1) if not text[max(0, i - 1) : i].strip() or not text[i : i + 1].strip()]
    start, end = sorted((data.draw(st.sampled_from(borders)), data.draw(st.sampled_from(borders))))
    assume(text[start:end].strip() and "\u0301" not in text[start : start + 1])
    found = locate(text[start:end], text)
    assert found is not None
    assert found[1] <= end
    assert alike(text[slice(*found)]) == alike(text[start:end].strip()) or "…" in text or "..." in text


@settings(max_examples=150)
@given(st.text(max_size=40))
def test_making_alike_is_done_once_and_is_nfc(text):
    import unicodedata

    assert alike(alike(text)) == alike(text)
    assert unicodedata.is_normalized("NFC", alike(text))


@pytest.mark.parametrize(
    "text",
    ["a" * 1_000_000, "ab " * 333_333, "e\u0301" * 500_000, "“ ” " * 250_000, "Nobody stayed. " * 66_000, "я" * 10**6],
    ids=["letters", "words", "marks", "quotation marks", "sentences", "cyrillic"],
)
@pytest.mark.parametrize("quote", ["Nobody was there", "a" * LONGEST, "ab " * 600 + "a", "ab … ab … Nobody"])
def test_a_megabyte_takes_no_longer_than_its_length(text, quote):
    begun = time.process_time()
    locate(quote, text)
    assert time.process_time() - begun < 10

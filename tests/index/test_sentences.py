from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.reading.lines import merged, paragraphs, without
from qa_index.reading.sentences import split

# Each row is one paragraph; the bars are where its sentences end.
SPLITS = """
On Jan. 2, Mr. Smith met Gen. Lee.|He left.
The U.S. President spoke.|He left the U.S.|The crowd cheered.
It cost $3.5 million.|Prices rose 2.5 percent on Feb. 3.|The end.
J. K. Rowling and George W. Bush met John F. Kennedy Jr. in St. Petersburg.|Then they left.
Apple Inc. shares fell.|They rose at Apple Inc.|The firm is old.
At 5 p.m. Thursday they left.|It was 5 p.m.|The sun set.
Sen. Smith (D-Calif.) said so.|Rep. Doe, R-Texas, did not.
See e.g. the report, i.e. the first one.|It was signed by the E.U. Commission.
No. 5 is out.|The answer is no.|Five people left.
The ministry said 4,266 people were held.|100 of them were freed.
She earned a Ph.D. in law.|Dr. No was there.
Visit example.com.|It is new.|Version 2.0 is out.
It came; it went; Nobody knows.|Really?|Yes!
He said no… then yes.
The meeting (he said it was the last one. It was not.) ended.|OK.
It happened in the 1990s.|Since then, nothing.
В г. Алматы начались протесты.|Президент К. Токаев выступил.|Погибли 4,5 тыс. человек.
Заң қабылданды.|Ол бүгін күшіне енді.
总统签署了法案。|今天北京下雨。
وقع الرئيس.|هل انتهى؟|نعم.
राष्ट्रपति ने हस्ताक्षर किए।|आज बारिश हुई।
“We will go. We must.”|He left.
He said, “We will assist. For now we are not aware of any such incident.”|The next day came.
"A total of 266 people have been taken. In one of the villages, more have been held", the ministry said.|So be it.
“Their tasks… will be hard. And long,” he said.|“That is all.”
Kazakh President stated, “They are international. ... That is why I asked for help," Sputnik reported.|It rained.
„Wir gehen. Wir müssen.“|Er ging.
«Мы уйдём. Мы должны», — сказал он.|Он ушёл.
“Who did it?” Tokayev asked.|“Stop this!” Bagchi said on Friday.|Fine.
"Why?" he asked.|"Because."
Unbalanced “quote.|It goes on.|And on.|Until it ends.
An inch is 2.5" long.|It is short.|A foot is 12" long.|That is it.
'It is over.'|He said so.
""".strip().splitlines()


@pytest.mark.parametrize("row", SPLITS)
def test_sentences_end_where_a_reader_says_they_end(row):
    expected = row.split("|")
    glue = "" if "。" in row else " "
    text = glue.join(expected)
    assert [text[start:end] for start, end in split(text)] == expected


def test_a_long_quotation_is_cut_like_any_text():
    quoted = "“" + " ".join(["We will stay here until it is over."] * 5) + "”"
    assert len(split(quoted)) == 5
    long = "“" + " ".join(["We will stay here " + "and here " * 40 + "until it is over."] * 2) + "”"
    assert len(split(long)) == 2


def test_a_quotation_that_is_never_closed_does_not_glue_the_article_together():
    text = 'He said "it is done.\n\nThey left. Nobody saw them. It rained.\n\n"So be it," she said. It was late.'
    assert len(split(text)) == 6


def test_blank_lines_and_line_ends_of_their_own_end_a_paragraph():
    text = "A heading\nThe first line is a sentence.\nThe second too\n\n  - a list\n  - of things\n\n\tThe end.  \n"
    assert [text[start:end] for start, end in paragraphs(text)] == [
        *("A heading", "The first line is a sentence.", "The second too", "- a list", "- of things", "The end."),
    ]


WRAPPED = """\
The council met on Monday in the town hall to decide where
the bridge over the river should be built, and who is to
pay for it. Nobody objected, said Mr. Doe of the council.
Work begins in spring.

    The Office of Works will choose between two sites. The
    first lies north of the mill, the second at the old
    ferry, where the river is wide.

- one site at the mill, where the river is narrow but deep
- one at the ferry
"""


def test_lines_that_were_wrapped_belong_together():
    found = [" ".join(WRAPPED[start:end].split()) for start, end in split(WRAPPED)]
    assert found == [
        "The council met on Monday in the town hall to decide where the bridge over the river should be built, "
        "and who is to pay for it.",
        "Nobody objected, said Mr. Doe of the council.",
        "Work begins in spring.",
        "The Office of Works will choose between two sites.",
        "The first lies north of the mill, the second at the old ferry, where the river is wide.",
        "- one site at the mill, where the river is narrow but deep",
        "- one at the ferry",
    ]


def test_a_list_of_headlines_is_not_wrapped_text():
    text = (
        "Council to build a bridge over the river, says the mayor\nFerry to close after two hundred years of service\n"
    )
    assert len(split(text)) == 2


def test_a_part_of_a_text_is_split_with_offsets_into_the_whole():
    text = "Left out. One here. Two here. Left out."
    assert [text[start:end] for start, end in split(text, 10, 29)] == ["One here.", "Two here."]


MESSY = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "Mr. ",
                "U.S. ",
                "said. ",
                "“",
                "”",
                '"',
                "\n",
                "\n\n",
                "3.5 ",
                "? ",
                "! ",
                "…",
                "(",
                ")",
                "The ",
                "。",
                "\xa0",
            ]
        ),
        st.text(max_size=6),
    ),
    max_size=40,
).map("".join)


@settings(deadline=None)
@given(MESSY)
def test_sentences_are_in_order_disjoint_trimmed_and_cover_all_that_is_not_space(text):
    found = split(text)
    assert all(left[1] <= right[0] for left, right in pairwise(found))
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(text[start:end] == text[start:end].strip() for start, end in found)
    assert "".join(text[start:end] for start, end in without(0, len(text), found)).strip() == ""


@settings(deadline=None)
@given(MESSY)
def test_no_sentence_crosses_a_paragraph(text):
    borders = paragraphs(text)
    assert all(any(a <= start and end <= b for a, b in borders) for start, end in split(text))


RANGES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted).map(tuple), max_size=8)


@settings(deadline=None)
@given(RANGES, st.integers(0, 30), st.integers(0, 30))
def test_ranges_are_merged_and_taken_out_as_sets_of_positions_are(ranges, start, end):
    positions = {place for left, right in ranges for place in range(left, right)}
    joined = merged(ranges)
    assert {place for left, right in joined for place in range(left, right)} == positions
    assert all(left[1] < right[0] for left, right in pairwise(joined))
    left = {place for a, b in without(start, end, joined) for place in range(a, b)}
    assert left == set(range(start, end)) - positions


@pytest.mark.parametrize("unit", ["Ab. ", "( a ", '" a. ', ".", "a.", "A.", "“a ", "a\n", "。"])
def test_hostile_text_takes_time_in_proportion_to_its_length(unit):
    started = time.process_time()
    split(unit * (100_000 // len(unit)))
    assert time.process_time() - started < 8  # at most 1.2 s on an idle machine

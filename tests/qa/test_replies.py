import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.types import Proposed
from qa.writing.replies import LONGEST, MOST_CLAIMS, Reply

ONE = {"text": "The river rose.", "sentences": [1], "quote": "The river rose"}
TWO = {"text": 'Twelve [houses] were "lost".', "sentences": [2, 3], "quote": "Twelve {houses}"}


def said(*claims, answerable=True, short="twelve", **more):
    return json.dumps({"answerable": answerable, "short": short, "claims": list(claims), **more})


def read(text, size=7):
    reply = Reply()
    return reply, list(reply.claims(text[i : i + size] for i in range(0, len(text), size)))


@settings(max_examples=40)
@given(st.integers(1, 60))
def test_claims_are_read_the_same_however_the_reply_is_cut(size):
    reply, claims = read(said(ONE, TWO), size)
    assert claims == [Proposed(c["text"], tuple(c["sentences"]), c["quote"]) for c in (ONE, TWO)]
    assert (reply.short, reply.refuses, reply.is_one) == ("twelve", False, True)


def test_a_claim_comes_as_soon_as_it_is_complete():
    pieces = iter([said(ONE, TWO)[:-40], "never asked for"])
    first = next(Reply().claims(pieces))
    assert first.text == "The river rose."
    assert next(pieces) == "never asked for"


@pytest.mark.parametrize(
    "text",
    [
        "```json\n" + said(ONE) + "\n```",
        "Here is the answer:\n" + said(ONE) + "\nI hope it helps.",
        '<think>The user wants {"claims": [{"text": "no"}]}, so …</think>' + said(ONE),
        said(ONE, short='he said "claims": ['),
        said(ONE, note={"claims": []}),
    ],
)
def test_what_stands_around_the_json_does_not_matter(text):
    assert [claim.text for claim in read(text)[1]] == ["The river rose."]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ({"text": "No number."}, Proposed("No number.", (), "")),
        ({"text": "A word.", "sentences": ["one", "2", 3.0], "quote": "w"}, Proposed("A word.", (2, 3), "w")),
        ({"text": "True.", "sentences": [True, -1, 2.5, None], "quote": None}, Proposed("True.", (), "")),
        ({"text": "Bare.", "sentences": 4, "quote": "w"}, Proposed("Bare.", (4,), "w")),
        ({"text": "Huge.", "sentences": [10**400], "quote": 1}, Proposed("Huge.", (), "")),
        ({"text": "Half \ud800 a letter.", "sentences": [1], "quote": "w"}, Proposed("Half ? a letter.", (1,), "w")),
        ({"text": " "}, None),
        ("a string", None),
        (17, None),
    ],
)
def test_what_is_no_whole_claim_is_no_evidence(claim, expected):
    assert read(said(claim, ONE))[1] == [
        *([expected] if expected else []),
        Proposed("The river rose.", (1,), ONE["quote"]),
    ]


@pytest.mark.parametrize(
    "text", ["", "I cannot help with that.", "[1, 2]", '{"claims": [', "{" * 5_000, '{"a": 1}', "[" * 90_000]
)
def test_what_is_no_reply_gives_no_claims(text):
    reply, claims = read(text, 1_000)
    assert (claims, reply.is_one, reply.refuses, reply.short) == ([], False, False, None)


def test_a_number_that_nobody_can_read_ends_the_claims_and_nothing_else():
    text = '{"answerable": true, "short": ' + "1" * 5_000 + ', "claims": [{"text": "A.", "sentences": [' + "1" * 5_000
    assert read(text + '], "quote": "w"}]}')[1] == []


def test_what_is_claimed_beside_a_refusal_is_not_given_out():
    reply, claims = read(said(ONE, answerable=False))
    assert (claims, reply.refuses) == ([], True)


def test_a_refusal_is_understood():
    reply, claims = read(said(answerable=False, short=None))
    assert (claims, reply.is_one, reply.refuses) == ([], True, True)


def test_a_reply_without_end_is_left():
    def forever():
        yield '{"answerable": true, "claims": ['
        while True:
            yield json.dumps(ONE) + ","

    assert len(list(Reply().claims(forever()))) == MOST_CLAIMS

    def rambling():
        yield '{"answerable": true, "claims": [{"text": "'
        for _ in range(LONGEST // 100 + 10):
            yield "x" * 100
        raise AssertionError("was waited for")

    assert list(Reply().claims(rambling())) == []

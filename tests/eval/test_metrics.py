import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_eval.metrics import auroc, exact_match, f1, normalise, overlap, percentile, states
from qa_index.types import Span


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Cat!", "cat"),
        ("a  b\tthe an c", "b c"),
        ("theatre, another", "theatre another"),
        ("Nur-Sultan's", "nursultans"),  # punctuation goes without a trace
        ("“quoted”", "“quoted”"),  # only ASCII punctuation goes
        ("1,200", "1200"),
        ("the", ""),
        ("", ""),
    ],
)
def test_normalising_does_what_the_official_script_does(text, expected):
    assert normalise(text) == expected


@pytest.mark.parametrize(
    ("answer", "accepted", "expected"),
    [
        ("new york new york", ["new york"], 2 / 3),  # precision 2/4, recall 2/2; a set of words would give 1
        ("new york", ["new york new york"], 2 / 3),
        ("the Eiffel Tower", ["Eiffel tower."], 1),
        ("tower in Paris", ["Eiffel Tower"], 2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2)),
        ("Paris", ["London"], 0),
        ("Paris", ["London", "in Paris"], 2 / 3),  # the best of the accepted forms
        ("", [""], 1),  # rightly no answer
        ("the", [""], 1),  # nothing is left of it
        ("Paris", [""], 0),
        ("", ["Paris"], 0),
        ("a a a b", ["b a a a"], 1),
    ],
)
def test_f1_agrees_with_the_official_script(answer, accepted, expected):
    assert f1(answer, accepted) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answer", "accepted", "expected"),
    [
        ("The Cat.", ["cat"], 1),
        ("cats", ["cat"], 0),
        ("new york new york", ["new york"], 0),
        ("Serdyukov", ["Anatoly Serdyukov", "Serdyukov"], 1),
        ("", [""], 1),
    ],
)
def test_exact_match_agrees_with_the_official_script(answer, accepted, expected):
    assert exact_match(answer, accepted) == expected


words = st.lists(st.sampled_from(["a", "the", "new", "york", "1,200", "tower!"]), max_size=6).map(" ".join)


@settings(max_examples=60)
@given(words, words)
def test_f1_is_symmetric_and_no_less_than_exact_match(one, other):
    assert f1(one, [other]) == pytest.approx(f1(other, [one]))
    assert f1(one, [other]) >= exact_match(one, [other])


@pytest.mark.parametrize(
    ("answer", "accepted", "expected"),
    [
        ("It was led by Anatoly Serdyukov.", "Serdyukov", True),
        ("about 4266 people", "4,266", True),
        ("about 4,266 people", "4266 people", True),
        ("about 4\u202f266 people", "4266", True),
        ("14,266 people", "4,266", False),
        ("4,26 people", "426", False),  # no separator: it does not part thousands
        ("4,2667 people", "42667", False),
        ("on January 12", "January 1", False),  # words count whole
        ("on Jan. 12, 2022", "Jan 12", True),
        ("as of 2022-01-12.", "2022-01-12", True),
        ("2022-01-123", "2022-01-12", False),
        ("the Kremlin’s statement", "Kremlin", True),
        ("a NUR SULTAN street", "Nur-Sultan", True),
        ("Russia, Belarus, and the Tajiks", "Russia, Belarus and Tajiks", True),
        ("state “and” military", "state and military", True),
        ("it rose by 2.5 percent", "2.5", True),
        ("it rose by 2.5 percent", "5", False),
        ("anything", "", False),
        ("anything", "the", False),  # nothing is left to look for
        ("", "Serdyukov", False),
        ("the residents' safety", "residents safety", True),
    ],
)
def test_an_answer_states_an_accepted_form_word_for_word(answer, accepted, expected):
    assert states(answer, ["not this one at all", accepted]) is expected


@settings(max_examples=60)
@given(st.text(max_size=20), st.text(alphabet="abc 1,.", min_size=1, max_size=10), st.text(max_size=20))
def test_what_is_put_between_spaces_is_stated_if_it_states_itself(before, form, after):
    if states(form, [form]):
        assert states(f"{before}\n{form}\n{after}", [form])


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (Span("x", 0, 10), Span("x", 5, 20), 5),
        (Span("x", 0, 10), Span("x", 10, 20), 0),  # half-open: they only touch
        (Span("x", 0, 10), Span("x", 30, 40), 0),
        (Span("x", 0, 10), Span("x", 2, 4), 2),
        (Span("x", 0, 10), Span("y", 0, 10), 0),
    ],
)
def test_spans_share_the_characters_that_both_hold(one, other, shared):
    assert overlap(one, other) == overlap(other, one) == shared


def test_auroc_of_known_orders():
    assert auroc([0.9, 0.8, 0.2, 0.1], [True, True, False, False]) == 1
    assert auroc([0.1, 0.9], [True, False]) == 0
    assert auroc([0.5, 0.5, 0.5], [True, False, True]) == 0.5
    assert auroc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == 0.75  # the textbook's own example
    assert auroc([0.1, 0.2], [True, True]) is None
    assert auroc([], []) is None
    with pytest.raises(ValueError, match="2 scores for 1 labels"):
        auroc([0.1, 0.2], [True])


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.9]), st.booleans()), max_size=12))
def test_auroc_is_the_share_of_pairs_in_order(pairs):
    true = [score for score, label in pairs if label]
    false = [score for score, label in pairs if not label]
    wins = [float(t > f) + 0.5 * float(t == f) for t in true for f in false]
    expected = sum(wins) / len(wins) if wins else None
    assert auroc([score for score, _ in pairs], [label for _, label in pairs]) == pytest.approx(expected)


def test_percentiles():
    assert percentile([3, 1, 2], 50) == 2
    assert percentile([0, 10], 95) == pytest.approx(9.5)
    assert percentile([7], 99) == 7
    assert percentile([], 50) is None

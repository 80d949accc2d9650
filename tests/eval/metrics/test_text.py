import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_eval.metrics.text import exact_match, f1, normalise, states
from tests.eval.metrics import official


def test_3000_random_answers_get_the_figures_of_the_official_script():
    recorded = json.loads(official.FIGURES.read_text(encoding="utf-8"))
    pairs = official.pairs()
    assert official.digest(pairs) == recorded["pairs"]
    assert len(pairs) == len(recorded["exact_f1"]) == 3_000
    for (answer, accepted), (exact, share) in zip(pairs, recorded["exact_f1"], strict=True):
        assert exact_match(answer, accepted) == exact, (answer, accepted)
        assert f1(answer, accepted) == pytest.approx(share, rel=0, abs=1e-12), (answer, accepted)


def test_the_random_answers_are_right_wrong_and_in_between():
    shares = [share for _, share in json.loads(official.FIGURES.read_text(encoding="utf-8"))["exact_f1"]]
    assert sum(share == 0 for share in shares) > 300
    assert sum(share == 1 for share in shares) > 300
    assert sum(0 < share < 1 for share in shares) > 1_000


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
        ("", [], 1),
        ("the", [""], 1),  # nothing is left of it
        ("", ["the", "Paris"], 0),  # "the" is no answer, and there is another
        ("Paris", [""], 0),
        ("Paris", [], 0),
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
        ("", [], 1),
        ("", ["the", "Paris"], 0),
        ("Paris", [], 0),
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

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_eval.metrics.confidence import Bin, aurc, auroc, best_sum, calibration, ece, risk_coverage

judged = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), st.booleans()), max_size=12)


def apart(pairs):
    return [score for score, _ in pairs], [label for _, label in pairs]


def test_auroc_of_known_orders():
    assert auroc([0.9, 0.8, 0.2, 0.1], [True, True, False, False]) == 1
    assert auroc([0.1, 0.9], [True, False]) == 0
    assert auroc([0.5, 0.5, 0.5], [True, False, True]) == 0.5
    assert auroc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == 0.75  # the textbook's own example
    assert auroc([0.1, 0.2], [True, True]) is None
    assert auroc([], []) is None


@pytest.mark.parametrize("metric", [auroc, risk_coverage, aurc, calibration, ece])
def test_every_score_needs_its_label(metric):
    with pytest.raises(ValueError, match="2 scores for 1 labels"):
        metric([0.1, 0.2], [True])


@settings(max_examples=60)
@given(judged)
def test_auroc_is_the_share_of_pairs_in_order(pairs):
    true = [score for score, label in pairs if label]
    false = [score for score, label in pairs if not label]
    wins = [float(t > f) + 0.5 * float(t == f) for t in true for f in false]
    expected = sum(wins) / len(wins) if wins else None
    assert auroc(*apart(pairs)) == pytest.approx(expected)


def test_the_curve_has_a_point_for_each_score():
    scores, right = [0.9, 0.8, 0.8, 0.3], [True, False, True, False]
    assert risk_coverage(scores, right) == [(0.25, 0), (0.75, pytest.approx(1 / 3)), (1, 0.5)]
    assert risk_coverage(scores, right, of=8)[-1] == (0.5, 0.5)  # four more cases were not answered
    assert risk_coverage([], []) == risk_coverage([], [], of=3) == []
    with pytest.raises(ValueError, match="4 answers of 3 cases"):
        risk_coverage(scores, right, of=3)


def test_the_area_is_the_mean_of_the_risks():
    assert aurc([0.9, 0.8, 0.7, 0.6], [True, False, True, False]) == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4)
    assert aurc([0.9, 0.1], [True, False]) == 0.25
    assert aurc([0.9, 0.1], [False, True]) == 0.75
    assert aurc([0.5, 0.5], [True, False]) == 0.5  # the mean of the two orders
    assert aurc([0.1, 0.2], [True, True]) == 0
    assert aurc([0.1, 0.2], [False, False]) == 1
    assert aurc([], []) is None


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.booleans()), min_size=1, max_size=6))
def test_the_area_is_the_mean_over_every_order_of_equal_scores(pairs):
    def area(labels):
        return sum(labels[:k].count(False) / k for k in range(1, len(labels) + 1)) / len(labels)

    highest_first = sorted(pairs, key=lambda pair: -pair[0])
    scores = [score for score, _ in highest_first]
    allowed = [order for order in permutations(highest_first) if [score for score, _ in order] == scores]
    expected = sum(area([label for _, label in order]) for order in allowed) / len(allowed)
    assert aurc(*apart(pairs)) == pytest.approx(expected)


@settings(max_examples=60)
@given(judged, st.randoms(use_true_random=False), st.integers(0, 5))
def test_the_order_of_the_answers_makes_no_difference_to_the_curve(pairs, random, unanswered):
    shuffled = random.sample(pairs, len(pairs))
    curve = risk_coverage(*apart(pairs), of=len(pairs) + unanswered)
    assert curve == risk_coverage(*apart(shuffled), of=len(pairs) + unanswered)
    assert aurc(*apart(pairs)) == aurc(*apart(shuffled))
    coverages = [coverage for coverage, _ in curve]
    assert coverages == sorted(set(coverages))
    assert all(0 < coverage <= 1 and 0 <= risk <= 1 for coverage, risk in curve)
    if pairs:
        assert curve[-1] == (
            len(pairs) / (len(pairs) + unanswered),
            [label for _, label in pairs].count(False) / len(pairs),
        )


def test_bins_are_of_equal_width_and_the_last_is_closed():
    scores, right = [0.0, 0.05, 0.1, 0.3, 0.95, 1.0], [False, True, True, False, True, True]
    assert calibration(scores, right) == [
        Bin(0.0, 0.1, 2, 0.025, 0.5),
        Bin(0.1, 0.2, 1, 0.1, 1),
        Bin(0.3, 0.4, 1, 0.3, 0),
        Bin(0.9, 1.0, 2, pytest.approx(0.975), 1),
    ]
    assert ece(scores, right) == pytest.approx((2 * 0.475 + 1 * 0.9 + 1 * 0.3 + 2 * 0.025) / 6)
    assert ece([0.75, 0.75, 0.75, 0.75], [True, True, True, False]) == 0
    assert ece([1.0, 1.0], [False, False]) == 1
    assert calibration([], []) == []
    assert ece([], []) is None


def test_confidence_is_between_0_and_1_and_there_is_a_bin():
    with pytest.raises(ValueError, match=r"in \[0, 1\], got 1.5"):
        ece([1.5], [True])
    with pytest.raises(ValueError, match="got 0"):
        calibration([0.5], [True], bins=0)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=12), st.integers(1, 100))
def test_every_answer_is_in_the_bin_of_its_confidence(pairs, bins):
    held = calibration(*apart(pairs), bins=bins)
    assert sum(each.count for each in held) == len(pairs)
    for each in held:
        inside = [
            (score, label) for score, label in pairs if each.low <= score < each.high or (score == 1 and each.high == 1)
        ]
        assert each.count == len(inside)
        assert each.confidence == pytest.approx(sum(score for score, _ in inside) / each.count)
        assert each.accuracy == pytest.approx(sum(label for _, label in inside) / each.count)
    error = ece(*apart(pairs), bins=bins)
    mean = sum(score for score, _ in pairs) / len(pairs)
    accuracy = sum(label for _, label in pairs) / len(pairs)
    assert abs(mean - accuracy) <= error + 1e-9 <= 1 + 1e-9
    assert ece(*apart(pairs), bins=1) == pytest.approx(abs(mean - accuracy))


def test_the_best_threshold_keeps_what_is_sure_and_right_and_lets_ties_enter_together():
    assert best_sum([0.9, 0.7, 0.5], [1.0, 0.5, -1.0], least=2) == 3.5
    assert best_sum([0.9, 0.9], [1.0, -1.0], least=1) == 1
    assert best_sum([], [], least=4) == 4
    with pytest.raises(ValueError):
        best_sum([0.9], [], least=0)


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from([-1.0, 0.0, 0.5, 1.0])), max_size=12))
def test_the_best_threshold_is_the_best_of_all_thresholds(pairs):
    sums = [sum(gain for score, gain in pairs if score >= at) for at in (*(score for score, _ in pairs), 2.0)]
    assert best_sum([score for score, _ in pairs], [gain for _, gain in pairs], least=0) == pytest.approx(max(sums))

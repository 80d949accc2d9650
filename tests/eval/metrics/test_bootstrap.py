import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_eval.metrics.bootstrap import Interval, paired_difference

rates = st.sampled_from([0.0, 0.1, 1 / 3, 0.5, 1.0])
# (before, after, cluster) of each case; at least two clusters
cases = st.lists(st.tuples(rates, rates, st.sampled_from("abcd")), min_size=2, max_size=30).filter(
    lambda found: len({cluster for *_, cluster in found}) > 1
)
few = settings(max_examples=25, deadline=None)


def resampled(found, **options):
    before, after, clusters = zip(*found, strict=True)
    return paired_difference(before, after, clusters, resamples=200, **options)


@few
@given(cases)
def test_identical_runs_differ_by_exactly_nothing(found):
    assert resampled([(before, before, cluster) for before, _, cluster in found]) == Interval(0, 0, 0)


@few
@given(cases)
def test_swapping_the_runs_turns_the_signs(found):
    there, back = resampled(found), resampled([(after, before, cluster) for before, after, cluster in found])
    assert (back.mean, back.low, back.high) == pytest.approx((-there.mean, -there.high, -there.low), abs=1e-12)
    assert back.side == -there.side


@few
@given(cases, st.randoms())
def test_the_order_of_the_cases_does_not_matter_to_the_last_bit(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    assert resampled(shuffled) == resampled(found)


@few
@given(cases, st.sampled_from([-1.0, -0.25, 0.5, 2.0]))
def test_a_constant_shift_is_its_own_interval(found, shift):
    shifted = resampled([(before, before + shift, cluster) for before, _, cluster in found])
    assert (shifted.mean, shifted.low, shifted.high) == pytest.approx((shift,) * 3, abs=1e-12)
    assert shifted.side == (1 if shift > 0 else -1)


@few
@given(cases)
def test_the_interval_lies_within_what_the_clusters_say(found):
    each = {name: [after - before for before, after, cluster in found if cluster == name] for *_, name in found}
    means = [sum(values) / len(values) for values in each.values()]
    interval = resampled(found)
    assert min(means) - 1e-12 <= interval.low <= interval.high <= max(means) + 1e-12
    assert interval.mean == pytest.approx(sum(after - before for before, after, _ in found) / len(found))


def test_of_one_cluster_there_is_a_mean_but_no_interval():
    one = paired_difference([0, 0, 1], [1, 1, 1], ["a", "a", "a"])
    assert one == Interval(2 / 3, None, None)
    assert one.side == 0


def test_cases_count_alike_in_clusters_of_any_size():
    # A mean of cluster means would be 0.5. A quarter of the draws is "a" twice, a quarter "b" twice.
    interval = paired_difference([0, 0, 0, 0], [1, 1, 1, 0], ["a", "a", "a", "b"])
    assert (interval.mean, interval.low, interval.high) == (0.75, 0, 1)


def test_of_two_clusters_either_or_both_are_drawn_whole():
    before, after = [0.0] * 3, [1.0, 1.0, -1.0]
    seen = {
        round(paired_difference(before, after, ["a", "a", "b"], resamples=1, seed=seed).low, 6) for seed in range(40)
    }
    assert seen == {1.0, round(1 / 3, 6), -1.0}


def test_the_interval_is_that_of_the_normal_distribution_where_that_holds():
    random = np.random.default_rng(5)
    after = random.normal(0.2, 1, 2000)
    interval = paired_difference([0.0] * 2000, after.tolist(), [str(each) for each in range(2000)], resamples=4000)
    spread = 1.96 * after.std() / 2000**0.5
    assert interval.low == pytest.approx(after.mean() - spread, abs=0.06 * spread)
    assert interval.high == pytest.approx(after.mean() + spread, abs=0.06 * spread)


def test_cases_that_go_together_widen_the_interval():
    before, after = [0.0] * 200, [1.0] * 60 + [0.0] * 140
    together = paired_difference(before, after, [str(each // 10) for each in range(200)], resamples=1000)
    apart = paired_difference(before, after, [str(each) for each in range(200)], resamples=1000)
    assert together.high - together.low > 2.5 * (apart.high - apart.low)  # the square root of 10 is 3.2


def test_the_seed_decides():
    arguments = [0, 0, 1, 1, 0], [1, 0, 1, 0.5, 1], ["a", "b", "c", "d", "e"]
    assert paired_difference(*arguments, seed=1) == paired_difference(*arguments, seed=1)
    assert paired_difference(*arguments, resamples=50, seed=1) != paired_difference(*arguments, resamples=50, seed=2)


def test_thousands_of_cases_do_not_fill_the_memory():
    clusters = [str(each % 1200) for each in range(6300)]
    before, after = [0.0] * 6300, [float(each % 7 == 0) for each in range(6300)]
    paired_difference([0], [1], ["a"])  # numpy's own import is not counted
    tracemalloc.start()
    paired_difference(before, after, clusters, resamples=10_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6


@pytest.mark.parametrize(
    ("before", "after", "clusters", "options", "named"),
    [
        ([], [], [], {}, "0 values"),
        ([1], [1, 2], ["a"], {}, "2 after"),
        ([1], [1], ["a", "b"], {}, "2 clusters"),
        ([1], [1], ["a"], {"resamples": 0}, "resamples"),
    ],
)
def test_what_makes_no_sense_is_refused(before, after, clusters, options, named):
    with pytest.raises(ValueError, match=named):
        paired_difference(before, after, clusters, **options)


@pytest.mark.parametrize(
    ("low", "high", "side"),
    [(0.1, 0.2, 1), (-0.2, -0.1, -1), (-0.1, 0.1, 0), (0, 0.1, 0), (1e-17, 0.1, 0), (-0.1, -1e-17, 0), (0, 0, 0)],
)
def test_an_interval_is_on_a_side_only_if_all_of_it_is(low, high, side):
    assert Interval(0, low, high).side == side

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_eval.speed.kept import SEEDS, Measurement
from qa_eval.speed.summary import COMPARISONS, Comparison, Summary, compared, known_fields, summarise
from qa_eval.speed.table import number, times


def indexed(number, seconds, size=1_000, added=10, text=2_000_000):
    result = {"seconds": seconds, "bytes": text, "added": added, "chunks_added": 100, "chunks": 100 * (number + 1)}
    return Measurement("citewell", size, "index", number, 9.0, 9.0, 200.0 + number, result)


def test_rates_are_medians_of_the_runs_and_memory_the_most():
    found = summarise([indexed(0, 1.0), indexed(1, 2.0), indexed(2, 10.0)])
    assert (found.articles_per_second, found.chunks_per_second) == (5, 50)
    assert (found.mb_per_second, found.seconds_per_mb) == (1, 1)
    assert (found.index_mb, found.chunks) == (202, 300)
    assert found.index_seeds is None


def test_a_run_that_found_all_of_its_share_there_has_no_rate():
    assert summarise([indexed(0, 1.0), indexed(1, 0.000001, added=0, text=0)]).mb_per_second == 2
    assert summarise([indexed(0, 0.000001, added=0, text=0)]).mb_per_second is None


def test_the_seeds_are_timed_from_start_to_end():
    found = summarise(
        [Measurement("citewell", SEEDS, "index", each, seconds) for each, seconds in enumerate((1, 5, 2))]
    )
    assert (found.index_seeds, found.mb_per_second) == (2, None)


def test_percentiles_are_taken_within_a_process_and_their_median_over_processes():
    runs = [[1.0, 2.0, 3.0], [10.0, 20.0, 30.0], [100.0, 200.0, 300.0]]
    listed = [
        Measurement("chroma", 0, "warm", each, result={"milliseconds": run, "known": 3, "found": 3 - each})
        for each, run in enumerate(runs)
    ]
    found = summarise(listed)
    assert (found.warm_p50, found.questions, found.known, found.found) == (20, 3, 3, 1)
    assert found.warm_p95 == pytest.approx(29)


def test_a_new_process_is_timed_until_it_printed():
    found = summarise([Measurement("citewell", 0, "cold", 0, seconds=9, first=2, peak_mb=120)])
    assert (found.cold, found.cold_mb) == (2, 120)


def test_disk_is_weighed_by_parts():
    found = summarise([Measurement("citewell", 0, "disk", result={"total": 3_000_000, "chroma": 2_000_000})])
    assert (found.disk_mb, dict(found.disk_parts)) == (3, {"chroma": 2})
    assert known_fields(found) == {"disk_mb": 3.0, "disk_parts": {"chroma": 2.0}}


@given(st.floats(0.001, 1e6), st.floats(0.001, 1e6))
def test_a_ratio_says_how_many_times_ours_a_peer_takes(ours, theirs):
    ratio = Comparison("", "cold", "cold").ratio(Summary(cold=ours), Summary(cold=theirs))
    assert ratio is not None
    assert ratio * ours == pytest.approx(theirs)


@pytest.mark.parametrize(("ours", "theirs"), [(None, 1.0), (1.0, None), (0.0, 1.0)])
def test_there_is_no_ratio_to_what_is_not_known(ours, theirs):
    assert Comparison("", "cold", "cold").ratio(Summary(cold=ours), Summary(cold=theirs)) is None
    assert not list(compared(Summary(cold=ours), Summary(cold=theirs)))


def test_our_whole_answer_is_set_beside_what_a_peer_only_finds():
    pairs = {each.ours: each.theirs for each in COMPARISONS}
    assert (pairs["cold_answer"], pairs["answer_p50"], pairs["cold_answer_mb"]) == ("cold", "warm_p50", "cold_mb")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "–"),
        (0, "0.000"),
        (0.1234, "0.123"),
        (1.234, "1.23"),
        (12.34, "12.3"),
        (1234.5, "1,234"),
        (99.99, "100.0"),
    ],
)
def test_figures_have_three_digits(value, written):
    assert number(value) == written


def test_a_ratio_is_written_as_times():
    assert (times(3.14159), times(None), times(120.0)) == ("3.14 ×", "–", "120 ×")

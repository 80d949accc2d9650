import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_eval.metrics.latency import percentile


def test_percentiles():
    assert percentile([3, 1, 2], 50) == 2
    assert percentile([0, 10], 95) == pytest.approx(9.5)
    assert percentile([7], 99) == 7
    assert percentile([], 50) is None
    with pytest.raises(ValueError, match="got 101"):
        percentile([1.0], 101)


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=12), st.floats(0, 100))
def test_percentiles_are_those_of_numpy(values, percent):
    assert percentile(values, percent) == pytest.approx(float(np.percentile(values, percent)), abs=1e-6)

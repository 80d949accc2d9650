import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import judge
from qa.judge import ClaimJudge, Weights, open_judge
from qa_index.errors import ModelUnavailable
from qa_index.models.entailment import SHA256, Entailed

EVIDENCE = "On Thursday Anatoly Serdyukov, commander of the force, said that it would leave Kazakhstan within 10 days."
CLAIM = "The force would leave Kazakhstan."
TOLD = [
    ("Norway beat Sweden 3-1 in the final on Sunday (6 March 2022).", "Norway beat Sweden in the final."),
    (
        "The museum in the old town will be closed until spring, the mayor said.",
        "The museum will be closed until spring.",
    ),
    ("Police arrested 40 people after the march in Lund.", "After the march in Lund 40 people were arrested."),
    (EVIDENCE, "The force would leave Kazakhstan within 10 days."),
]


def saying(support: float):
    """A model that says the same of every claim."""
    nothing = np.zeros((0, 2), np.int32), np.zeros(0, np.float32)
    return lambda claim, evidence: Entailed(support, *nothing)


def judging(support: float) -> ClaimJudge:
    return ClaimJudge(saying(support), Weights.read())


def test_the_surer_the_model_the_likelier_the_claim():
    found = [judging(logit).support(EVIDENCE, CLAIM) for logit in (-30, -4, 0, 4, 30)]
    assert found == sorted(found)
    assert 0 <= found[0] < 0.2
    assert 0.8 < found[-1] <= 1


def test_the_evidence_goes_to_the_model_behind_the_claim():
    asked = []

    def model(*texts):
        asked.append(texts)
        return saying(1)(*texts)

    ClaimJudge(model, Weights.read()).support(EVIDENCE, CLAIM)
    assert asked == [(CLAIM, EVIDENCE)]


def test_numbers_and_marks_are_read_alike_however_they_are_written():
    asked = []

    def model(*texts):
        asked.append(texts)
        return saying(1)(*texts)

    ClaimJudge(model, Weights.read()).support("“4,266” – 1,500,000 in 2,5 or 1,23 ’s", '"4266" - 1500000')
    assert asked == [('"4266" - 1500000', '"4266" - 1500000 in 2,5 or 1,23 \'s')]


def test_where_there_is_nothing_to_judge_nothing_is_supported():
    assert judging(-np.inf).support("", "") == 0


@settings(max_examples=40)
@given(st.floats(allow_nan=False))
def test_it_is_a_probability(support):
    assert 0 <= judging(support).support(EVIDENCE, CLAIM) <= 1


def test_the_calibration_is_for_the_shipped_model():
    assert json.loads(judge.WEIGHTS.read_text(encoding="utf-8"))["model"] == SHA256[:8]


def test_its_name_is_that_of_model_and_calibration(tmp_path):
    other = tmp_path / "weights.json"
    stored = json.loads(judge.WEIGHTS.read_text(encoding="utf-8")) | {"threshold": 0.5}
    other.write_text(json.dumps(stored), encoding="utf-8")
    names = [ClaimJudge(saying(1), Weights.read(path)).name for path in (judge.WEIGHTS, other)]
    assert names[0] != names[1]
    assert all(name.startswith(f"judge/{SHA256[:8]}/") for name in names)
    assert ClaimJudge(saying(1), Weights.read(other)).threshold == 0.5


@pytest.mark.parametrize("held", ["", "[]", "{}", '{"model": "x", "weights": {}}', "\x00"])
def test_a_damaged_calibration_is_refused(tmp_path, held):
    (tmp_path / "weights.json").write_text(held, encoding="utf-8")
    with pytest.raises(ModelUnavailable, match=r"calibration of the judge.*Install Citewell again\.$"):
        Weights.read(tmp_path / "weights.json")


def test_a_missing_calibration_is_refused(tmp_path):
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        Weights.read(tmp_path / "none.json")


def test_the_shipped_judge_keeps_what_is_said_and_drops_what_another_article_says():
    shipped = open_judge()
    for place, (evidence, claim) in enumerate(TOLD):
        assert shipped.support(evidence, claim) >= shipped.threshold
        assert shipped.support(TOLD[place - 1][0], claim) < shipped.threshold

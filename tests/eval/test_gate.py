from dataclasses import fields, replace

import pytest

from qa_eval.gate import Bound, Gate, load
from qa_eval.types import Figures
from qa_index.errors import UsageError

NOTHING = Figures(**{field.name: None for field in fields(Figures)})
SEEDS = """
[tool.qa-eval.gate.seeds]
least = { right = 0.70, abstention_recall = 0.65, auroc = 0.78, verbatim = 1.0 }
most = { false_refusals = 0.25, cited_abstentions = 0, uncited = 0, failed = 0 }
"""
GOOD = replace(
    NOTHING,
    right=0.70,
    abstention_recall=0.65,
    auroc=0.78,
    verbatim=1.0,
    false_refusals=0.25,
    cited_abstentions=0,
    uncited=0,
    failed=0,
)


@pytest.fixture
def pyproject(tmp_path):
    def write(text):
        path = tmp_path / "pyproject.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_gate_holds_what_stands_in_the_file_in_its_order(pyproject):
    gate = load(pyproject(SEEDS), "seeds")
    assert gate.suite == "seeds"
    assert gate.bounds[0] == Bound("right", 0.7, least=True)
    assert gate.bounds[-1] == Bound("failed", 0, least=False)
    assert [bound.figure for bound in gate.bounds] == [
        *("right", "abstention_recall", "auroc", "verbatim"),
        *("false_refusals", "cited_abstentions", "uncited", "failed"),
    ]


def test_figures_that_are_exactly_what_was_asked_pass(pyproject):
    assert load(pyproject(SEEDS), "seeds").missed(GOOD) == ()


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        ({"right": 0.6875}, ["right is 68.8 %, at least 70.0 % was asked"]),
        ({"auroc": 0.7}, ["auroc is 0.700, at least 0.780 was asked"]),
        (
            {"verbatim": 0.9999},
            ["verbatim is 99.99 %, at least 100.00 % was asked"],
        ),  # never "100.0 %, at least 100.0 %"
        ({"false_refusals": 0.26}, ["false_refusals is 26.0 %, at most 25.0 % was asked"]),
        ({"cited_abstentions": 3}, ["cited_abstentions is 3, at most 0 was asked"]),
        ({"right": None}, ["right could not be measured, at least 70.0 % was asked"]),
        (
            {"failed": 1, "right": 0.0},
            ["right is 0.0 %, at least 70.0 % was asked", "failed is 1, at most 0 was asked"],
        ),
        ({"right": 0.9, "false_refusals": 0.0}, []),
        ({"right": 0.7 - 1e-16}, []),  # the same number but for how it was summed
    ],
)
def test_each_missed_threshold_is_a_sentence(pyproject, changes, sentences):
    assert list(load(pyproject(SEEDS), "seeds").missed(replace(GOOD, **changes))) == sentences


@pytest.mark.parametrize(
    ("bound", "value", "sentence"),
    [
        (Bound("p95", 100, least=False), 100.04, "p95 is 100.04 ms, at most 100.00 ms was asked"),
        (Bound("cases", 120, least=True), 119, "cases is 119, at least 120 was asked"),
        (Bound("words", 20, least=False), 20.5, "words is 20.5, at most 20 was asked"),
        (Bound("ndcg_10", 0.4, least=True), 0.39996, "ndcg_10 is 0.39996, at least 0.40000 was asked"),
    ],
)
def test_figures_are_written_in_their_unit(bound, value, sentence):
    assert Gate("any", (bound,)).missed(replace(NOTHING, **{bound.figure: value})) == (sentence,)


def test_the_gates_of_other_suites_do_not_matter(pyproject):
    path = pyproject(f'{SEEDS}\n[tool.qa-eval.gate."ir.fiqa"]\nleast = {{ ndcg_10 = 0.3 }}\n')
    assert load(path, "ir.fiqa").bounds == (Bound("ndcg_10", 0.3, least=True),)


def test_a_floor_and_a_ceiling_may_meet(pyproject):
    path = pyproject("[tool.qa-eval.gate.seeds]\nleast = { cases = 120 }\nmost = { cases = 120 }")
    assert load(path, "seeds").missed(replace(NOTHING, cases=120)) == ()


GATE = "[tool.qa-eval.gate.seeds]\n"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("not toml", ["cannot be read", "line 1"]),
        ("\ud800", ["cannot be read"]),
        ("", ["'seeds'", "has none", "[tool.qa-eval.gate.seeds]"]),
        ("[tool.qa-eval]\n", ["has none"]),
        ("[tool]\nqa-eval = 3\n", ["tool.qa-eval must be a table, got 3"]),
        ("[tool.qa-eval]\ngate = [1]\n", ["tool.qa-eval.gate must be a table, got [1]"]),
        ("[tool.qa-eval.gate.squad]\n[tool.qa-eval.gate.beir]\n", ["has gates for beir, squad"]),
        ("[tool.qa-eval.gate]\nseeds = 0.7\n", ["tool.qa-eval.gate.seeds must be a table, got 0.7"]),
        (GATE, ["asks nothing in [tool.qa-eval.gate.seeds]"]),
        (GATE + "least = {}\n", ["asks nothing"]),
        (GATE + "least = 0.7\n", ["tool.qa-eval.gate.seeds.least must be a table, got 0.7"]),
        (GATE + "right = 0.7\n", ["tool.qa-eval.gate.seeds.right is not known", "`least` and `most`"]),
        (
            GATE + "least = { rihgt = 0.7 }\n",
            ["tool.qa-eval.gate.seeds.least.rihgt is no figure", "Did you mean right"],
        ),
        (GATE + 'least = { "to\\nbe" = 1 }\n', ['seeds.least."to\\nbe" is no figure', "The figures are", "ndcg_10"]),
        (GATE + "least = { right = true }\n", ["seeds.least.right must be a number, got True"]),
        (GATE + "least = { right = '0.7' }\n", ["seeds.least.right must be a number, got '0.7'"]),
        (GATE + "least = { right = nan }\n", ["seeds.least.right must be a number, got nan"]),
        (GATE + "most = { p95 = inf }\n", ["seeds.most.p95 must be a number, got inf"]),
        (GATE + "least = { right = 70 }\n", ["seeds.least.right must be from 0 to 1", "got 70"]),
        (
            GATE + "least = { right = 0.8 }\nmost = { right = 0.7 }\n",
            ["seeds.least.right is 0.8", "seeds.most.right is 0.7", "no run can pass"],
        ),
    ],
)
def test_a_gate_that_cannot_be_used_is_named_in_one_line(tmp_path, text, named):
    path = tmp_path / "pyproject.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(UsageError) as caught:
        load(path, "seeds")
    message = str(caught.value)
    assert [part for part in (str(path), *named) if part not in message] == []
    assert "\n" not in message


@pytest.mark.parametrize(("name", "named"), [("nowhere.toml", "no such file"), ("", "cannot be read")])
def test_a_file_that_is_not_there_is_named(tmp_path, name, named):
    with pytest.raises(UsageError, match=named) as caught:
        load(tmp_path / name, "seeds")
    assert str(tmp_path / name) in str(caught.value)


def test_a_gate_written_by_an_editor_that_marks_utf_8_is_read(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_text(SEEDS, encoding="utf-8-sig")
    assert load(path, "seeds").suite == "seeds"

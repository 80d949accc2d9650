import pytest

from qa_eval.speed.kept import FILE, Kept, Measurement
from qa_index.errors import QAError, UsageError

HEADER = {"machine": "ours", "repeats": 2}
ONE = Measurement("citewell", 0, "cold", 0, 1.5, 1.25, 99.0, {"sources": ["a"]})
TWO = Measurement("citewell", 1_000, "index", 1, 2.5, 2.5, 120.0, {"bytes": 10})
THREE = Measurement("chroma", 0, "cold", 0, 3.5, 3.5, 300.0)


def filled(folder):
    kept = Kept.open(folder, HEADER)
    kept.add(ONE)
    kept.add(TWO)
    return kept


def test_what_was_measured_is_there_the_next_time(tmp_path):
    assert not filled(tmp_path / "new").continued
    again = Kept.open(tmp_path / "new", HEADER)
    assert again.continued
    assert tuple(again) == (ONE, TWO)
    assert ONE.key in again and ("citewell", 0, "cold", 1) not in again
    assert (again.grown_to("citewell"), again.grown_to("chroma")) == (1_000, 0)


def test_half_a_line_is_what_an_interruption_leaves(tmp_path):
    filled(tmp_path)
    path = tmp_path / FILE
    path.write_text(path.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    again = Kept.open(tmp_path, HEADER)
    assert tuple(again) == (ONE,)
    again.add(TWO)
    assert tuple(Kept.open(tmp_path, HEADER)) == (ONE, TWO)


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"subject": "citewell"}', '{"colour": 1}'])
def test_a_damaged_line_is_named(tmp_path, line):
    filled(tmp_path)
    path = tmp_path / FILE
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match="line 4 is no measurement"):
        Kept.open(tmp_path, HEADER)


def test_measurements_made_otherwise_are_not_mixed(tmp_path):
    filled(tmp_path)
    with pytest.raises(UsageError, match="measured with repeats 2, and this would be 5"):
        Kept.open(tmp_path, {**HEADER, "repeats": 5})


def test_a_header_that_says_less_is_the_same_and_says_more_from_then_on(tmp_path):
    filled(tmp_path)
    again = Kept.open(tmp_path, {**HEADER, "torch": "2.1"})
    again.add(THREE)
    assert tuple(again) == (ONE, TWO, THREE)
    fewer = Kept.open(tmp_path, HEADER)
    assert tuple(fewer) == (ONE, TWO, THREE) and fewer.header == {**HEADER, "torch": "2.1"}
    with pytest.raises(UsageError, match=r"measured with torch 2.1, and this would be 2.2"):
        Kept.open(tmp_path, {**HEADER, "torch": "2.2"})
    assert [each.name for each in tmp_path.iterdir()] == [FILE]


def test_a_folder_of_other_things_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").touch()
    with pytest.raises(UsageError, match="holds other files"):
        Kept.open(tmp_path, HEADER)
    assert [each.name for each in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(QAError, match="Name another folder"):
        Kept.open(tmp_path / "letter.txt", HEADER)

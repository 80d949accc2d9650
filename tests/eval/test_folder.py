import datetime as dt
import json
import resource
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_eval.folder import RunFolder, find, latest_unfinished, next_name, read
from qa_eval.records import read_line, to_line
from qa_eval.types import Case, Cited, Finish, Gold, Outcome
from qa_index.errors import QAError, UsageError
from tests.eval.reports.samples import abstained, answered, cite, failed, header

CASES = [Case(f"c{number}", f"Question {number}?", ("yes",)) for number in range(4)]
OUTCOMES = [answered(CASES[0]), failed(CASES[1]), abstained(CASES[2])]

# JSON cannot tell two lone surrogates beside each other from the letter that they would make, so no text here has any.
words = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["line\u2028end\x85\r\n", "\ud800", "\x00\x1b[31m", "</script>", '"\\n', "\U000e0041", "日本"]),
)
rates = st.none() | st.floats(0, 1)
names = st.lists(words, max_size=2).map(tuple)
counts = st.integers(0, 9)
ranks = st.lists(counts, max_size=3).map(tuple)
golds = st.builds(Gold, words, words, st.none() | counts, counts)
days = st.none() | st.dates(dt.date(1900, 1, 1))
cases = st.builds(
    Case, words, words, names, st.lists(golds, max_size=2).map(tuple), st.booleans(), names, days, days, names, names
)
cited = st.builds(
    Cited, words, words, st.none() | words, words, counts, counts, words, words, words, st.just(((0, 1), (2, 3)))
)
outcomes = st.builds(
    Outcome,
    cases,
    short=st.none() | words,
    text=words,
    confidence=st.floats(allow_nan=False),
    milliseconds=st.floats(0, 1e9),
    answered_right=st.booleans(),
    cited_right=st.none() | st.booleans(),
    exact=rates,
    span_precision=rates,
    ranks=ranks,
    grades=ranks,
    passage_rank=st.none() | counts,
    citations=st.lists(cited, max_size=2).map(tuple),
    error=st.none() | words,
)


def started(path, *kept, **given):
    with RunFolder.create(path, header(**given)) as folder:
        for each in kept:
            folder.append(each)
    return path


@given(outcomes)
@settings(max_examples=40)
def test_an_outcome_comes_back_from_its_line_as_it_was(outcome):
    line = to_line(outcome)
    assert read_line(Path("run"), 1, line) == outcome
    assert len(line.decode("utf-8").splitlines()) == 1


def test_a_run_comes_back_as_it_was_kept(tmp_path):
    path = tmp_path / "deep" / "mills-001"
    with RunFolder.create(path, header()) as folder:
        for each in OUTCOMES:
            folder.append(each)
        folder.finish(Finish(2.5, 300.0))
    run = read(path)
    assert (run.header, run.outcomes, run.finish) == (header(), tuple(OUTCOMES), Finish(2.5, 300.0))
    assert run.name == "mills-001"
    assert sorted(each.name for each in path.iterdir()) == ["results.jsonl", "run.json"]


def test_run_json_says_the_figures_once_the_run_is_finished(tmp_path):
    path = started(tmp_path / "run")
    assert "finished" not in json.loads((path / "run.json").read_bytes())
    with RunFolder.continued(path, header())[0] as folder:
        for each in OUTCOMES:
            folder.append(each)
        folder.finish(Finish(2.5, 300.0))
    kept, run = json.loads((path / "run.json").read_bytes()), read(path)
    assert kept["finished"] == {"seconds": 2.5, "peak_mb": 300.0}
    assert (kept["suite"], kept["settings"]) == ("mills", header().settings)
    assert kept["figures"]["cases"] == 3
    assert kept["figures"]["failed"] == run.figures.failed == 1
    assert list(kept["tags"]) == list(run.by_tag)


def test_a_run_of_an_earlier_release_is_read_and_gets_the_figures_of_this_one(tmp_path):
    path = tmp_path / "run"
    cited = answered(relevant=(1,), citations=(cite(right_article=True),))
    with RunFolder.create(path, header()) as folder:
        folder.append(cited)
        folder.finish(Finish(2.5, 300.0))
    kept = json.loads((path / "run.json").read_bytes())
    for figures in (kept["figures"], *kept["tags"].values()):
        del figures["read_first"]
    (path / "run.json").write_text(json.dumps(kept), encoding="utf-8")
    run = read(path)
    assert (run.outcomes, run.figures.read_first, run.by_tag["who"].read_first) == ((cited,), 1, 1)


def test_each_outcome_is_on_disk_as_soon_as_it_is_kept(tmp_path):
    with RunFolder.create(tmp_path / "run", header()) as folder:
        for count, each in enumerate(OUTCOMES, start=1):
            folder.append(each)
            assert read(tmp_path / "run").outcomes == tuple(OUTCOMES[:count])


def test_a_run_that_was_cut_off_in_a_line_goes_on_after_the_last_whole_one(tmp_path):
    path = started(tmp_path / "run", *OUTCOMES[:2])
    with (path / "results.jsonl").open("ab") as file:
        file.write(to_line(OUTCOMES[2])[:-20])
    assert read(path).outcomes == tuple(OUTCOMES[:2])
    folder, done = RunFolder.continued(path, replace(header(), started="2026-11-23T10:00:00+00:00"))
    assert done == tuple(OUTCOMES[:2])
    with folder:
        folder.append(OUTCOMES[2])
    assert read(path).outcomes == tuple(OUTCOMES)
    assert read(path).header == header()


@pytest.mark.parametrize(
    ("now", "named"),
    [
        ({"suite_digest": "f" * 16}, "its suite mills holds other cases"),
        ({"settings": {"passages": "30", "strictness": "0.5"}}, "its setting passages was '20' and is '30' now"),
        (
            {"made_by": {"reader": "sentences 1", "embedder": "MiniLM int8"}},
            "model generation was '4' and is not there",
        ),
    ],
)
def test_a_run_does_not_go_on_with_something_else(tmp_path, now, named):
    path = started(tmp_path / "run", *OUTCOMES)
    before = (path / "results.jsonl").read_bytes()
    with pytest.raises(UsageError, match=named):
        RunFolder.continued(path, header(**now))
    assert (path / "results.jsonl").read_bytes() == before


def test_a_case_is_kept_once(tmp_path):
    path = started(tmp_path / "run", OUTCOMES[0])
    with RunFolder.continued(path, header())[0] as folder, pytest.raises(ValueError, match="c0"):
        folder.append(OUTCOMES[0])


def test_a_folder_that_holds_a_run_is_not_taken_for_another(tmp_path):
    path = started(tmp_path / "run", *OUTCOMES)
    with pytest.raises(UsageError, match=r"holds a run already\. Choose another --output, or --resume"):
        RunFolder.create(path, header())
    assert read(path).outcomes == tuple(OUTCOMES)


@pytest.mark.parametrize("name", ["notes.txt", "results.jsonl"])
def test_a_folder_that_holds_anything_else_is_left_alone(tmp_path, name):
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="holds something else already"):
        RunFolder.create(tmp_path, header())
    assert [(each.name, each.read_text(encoding="utf-8")) for each in tmp_path.iterdir()] == [(name, "mine")]


def test_a_file_is_no_folder_for_a_run(tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="something else"):
        RunFolder.create(tmp_path / "file", header())
    with pytest.raises(QAError, match="Asked to write a run into"):
        RunFolder.create(tmp_path / "file" / "below", header())


def test_an_empty_folder_will_do(tmp_path):
    assert read(started(tmp_path)).outcomes == ()


@contextmanager
def room_for(count):
    """Let files grow to so many bytes only, so that a write stops midway as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_said_and_what_was_kept_stays_whole(tmp_path):
    path = started(tmp_path / "run", OUTCOMES[0])
    kept = (path / "results.jsonl").read_bytes()
    with RunFolder.continued(path, header())[0] as folder:
        with (
            room_for(len(kept) + 100),
            pytest.raises(QAError, match=r"File too large\. Make room there, or choose another --output"),
        ):
            folder.append(OUTCOMES[1])
        assert (path / "results.jsonl").read_bytes() == kept
        folder.append(OUTCOMES[2])
    assert read(path).outcomes == (OUTCOMES[0], OUTCOMES[2])


def test_a_run_that_does_not_fit_leaves_no_folder(tmp_path):
    with room_for(100), pytest.raises(QAError, match="File too large"):
        RunFolder.create(tmp_path / "run", header())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "content", "named"),
    [
        ("run.json", b"{", "run.json is not JSON"),
        ("run.json", b"\xff", "run.json is not JSON"),
        ("run.json", b"[]", "run.json is not that of a run"),
        ("run.json", b'{"format": 1}', "run.json: suite"),
        ("run.json", b'{"format": 99}', "written by a later release"),
        ("results.jsonl", b"\n", "line 1 of results.jsonl is not JSON"),
        ("results.jsonl", b"\0\0\n", "line 1 of results.jsonl is not JSON"),
        ("results.jsonl", to_line(OUTCOMES[0]) + b'{"case": 1}\n', "line 2 of results.jsonl: case"),
        ("results.jsonl", to_line(OUTCOMES[0]) * 2, "two lines for one case"),
        ("results.jsonl", b"[" * 100_000 + b"\n", "line 1 of results.jsonl is not JSON"),
    ],
)
def test_a_damaged_run_is_said_in_one_line(tmp_path, file, content, named):
    path = started(tmp_path / "run", *OUTCOMES)
    (path / file).write_bytes(content)
    with pytest.raises(UsageError, match=named) as raised:
        read(path)
    assert "\n" not in str(raised.value)


def test_a_finished_run_whose_end_is_missing_is_damaged(tmp_path):
    path = started(tmp_path / "run", *OUTCOMES)
    with RunFolder.continued(path, header())[0] as folder:
        folder.finish(Finish(1, 1))
    (path / "results.jsonl").write_bytes((path / "results.jsonl").read_bytes()[:-5])
    with pytest.raises(UsageError, match=r"line 3 of results\.jsonl is cut off"):
        read(path)


def test_a_folder_without_a_run_is_no_run(tmp_path):
    with pytest.raises(UsageError, match=r"run\.json is not there"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("suite", "name"),
    [
        ("seeds", "seeds-001"),
        ("../../etc/passwd", "etc-passwd-001"),
        ("a b:c*d?", "a-b-c-d-001"),
        ("", "suite-001"),
        ("..", "suite-001"),
        ("日本", "日本-001"),
        ("x" * 500, "x" * 60 + "-001"),
        ("a\0b\nc", "a-b-c-001"),
    ],
)
def test_a_run_gets_a_name_that_any_disk_takes(tmp_path, suite, name):
    assert next_name(tmp_path / "none", suite) == tmp_path / "none" / name


def test_the_next_number_is_larger_than_any_there(tmp_path):
    for name in ("seeds-001", "seeds-009", "seeds-1000", "seeds-dev-2000", "other-5000", "seeds-x"):
        (tmp_path / name).mkdir()
    assert next_name(tmp_path, "seeds").name == "seeds-1001"


def test_the_run_to_resume_is_the_unfinished_one_that_was_started_last(tmp_path):
    digest = read(started(tmp_path / "a", started="2026-11-22T00:00:00+00:00")).header.suite_digest
    assert latest_unfinished(tmp_path / "none", digest) is None
    started(tmp_path / "b", started="2026-11-22T23:00:00-05:00")
    started(tmp_path / "c", started="2026-11-23T03:59:00+00:00")
    started(tmp_path / "d", started="2026-11-25T00:00:00+00:00", suite_digest="others")
    done = started(tmp_path / "e", started="2026-11-26T00:00:00+00:00")
    with RunFolder.continued(done, read(done).header)[0] as folder:
        folder.finish(Finish(1, 1))
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "run.json").write_text("{", encoding="utf-8")
    assert latest_unfinished(tmp_path, digest) == tmp_path / "b"


def test_a_run_is_found_by_its_path_and_by_its_name(tmp_path):
    path = started(tmp_path / "seeds-001")
    assert find(tmp_path, "seeds-001") == path
    assert find(tmp_path / "elsewhere", str(path)) == path
    with pytest.raises(UsageError, match="holds seeds-001: name one of these"):
        find(tmp_path, "seeds-002")

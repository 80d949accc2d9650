import pytest

from qa_eval.speed.growing import PEERS, Growing, Plan
from qa_eval.speed.kept import SEEDS, Kept
from qa_eval.speed.table import beside, gather, growth, markdown, parts, record, rest
from tests.eval.speed.faking import Runner

HEADER = {"machine": "a test's own", "repeats": 2}


@pytest.fixture
def seeds(tmp_path):
    folder = tmp_path / "articles"
    folder.mkdir()
    for name in ("000_mill.txt", "001_baker.txt", "README.md"):
        (folder / name).write_text("Words.", encoding="utf-8")
    return folder


@pytest.fixture
def grow(tmp_path, seeds):
    """Measure with a runner of the test's own; returns what came of it and the runner."""

    def call(*, run=None, sizes=(100, 200), peer_sizes=(100,), peers=PEERS, folder="kept"):
        run = run or Runner()
        plan = Plan(sizes, 2, seeds, ("Who owns the mill?", "Who bakes?"), peers, peer_sizes)
        growing = Growing(plan, Kept.open(tmp_path / folder, HEADER), run)
        growing.measure()
        return growing, run

    return call


def test_everybody_is_measured_at_every_size_they_should_be(grow):
    growing, _ = grow()
    measured = gather(HEADER, growing.kept)
    names = {size: set(subjects) for size, subjects in measured.summaries.items()}
    everyone = {"citewell", "llama-index", "chroma"}
    assert names == {SEEDS: everyone, 100: everyone, 200: {"citewell"}}
    assert measured.texts[SEEDS] == (2, 12)
    assert measured.texts[200][0] == 20
    assert not growing.failures


def test_a_library_grows_by_runs_that_each_add_their_share(grow):
    _, run = grow()
    ours = [job for subject, name, job in run.ran if (subject, name) == ("citewell", "index")]
    assert [job["first"] for job in ours[:3]] == [None] * 3  # the seeds: once to warm up, and the repeats
    assert [(job["first"], job["last"]) for job in ours[3:]] == [(0, 5), (5, 10), (10, 15), (15, 20)]


def test_what_is_asked_is_the_same_at_every_size_and_begins_with_a_warm_up(grow):
    _, run = grow()
    asked = [job["questions"] for subject, name, job in run.ran if (subject, name) == ("citewell", "warm")]
    seeds, generated = asked[:2], asked[2:]
    assert all(each[-2:] == [["Who owns the mill?", "", ""], ["Who bakes?", "", ""]] for each in seeds)
    assert len(generated) == 4 and all(each == generated[0] for each in generated)


def test_nobody_answers_first_and_everybody_takes_turns(grow):
    _, run = grow(sizes=(100,))
    cold = [subject for subject, name, _ in run.ran if name == "cold"]
    assert cold == ["citewell", "llama-index", "chroma"] * 4


def test_a_second_run_measures_only_what_is_left(grow):
    grow(sizes=(100,))
    _, run = grow(sizes=(100, 200))
    assert {(subject, name) for subject, name, _ in run.ran} == {
        ("citewell", name) for name in ("index", "cold", "cold_answer", "warm", "warm_answer")
    }
    assert all(job["again"] for _, name, job in run.ran if name == "index")
    _, run = grow(sizes=(100, 200))
    assert not run.ran


def test_an_interruption_keeps_what_is_measured_and_the_next_run_goes_on(grow):
    stopped = Runner(stops=("chroma", "warm"))
    with pytest.raises(KeyboardInterrupt):
        grow(run=stopped)
    _, run = grow()
    straight = grow(folder="other")[1].ran
    assert [each[:2] for each in (*stopped.ran, *run.ran)] == [each[:2] for each in straight]


def test_a_library_that_has_outgrown_a_size_is_not_measured_there(grow, tmp_path):
    grow(sizes=(200,), peers=())
    told = []
    growing, _ = grow(sizes=(200,), peers=())
    growing.told = told.append
    growing.plan = Plan((100,), 2, growing.plan.seeds, ("Who?",))
    growing.measure()
    assert told == ["Citewell is not measured at 100 chunks: its library has grown to 200 chunks already."]


def test_a_peer_that_fails_stops_no_one_else(grow):
    growing, _ = grow(run=Runner(fails=("llama-index", "cold")))
    assert list(growing.failures.values()) == [
        "llama-index + Chroma could not be measured further than the seeds: "
        "its process ended with code 1: out of memory"
    ]
    measured = gather(HEADER, growing.kept)
    assert measured.summaries[100]["chroma"].cold == 16
    assert "llama-index" not in measured.summaries[100]


def test_the_tables_show_growth_and_ratios(grow):
    growing, _ = grow()
    measured = gather(HEADER, growing.kept, ("A remark.",))
    table = growth(measured)
    rows = {row[0]: row[1:] for row in table.rows}
    assert table.columns == ("figure", "the seeds", "100 chunks", "200 chunks")
    assert rows["articles"] == ("2", "10", "20")
    assert rows["chunks"] == ("–", "100", "200")
    assert rows["qa ask, a new process, s"] == ("2.00", "2.00", "2.00")
    assert rows["qa --help, s"] == ("2.00", "–", "–")
    assert rows["indexing, articles a second"] == ("–", "2.00", "2.00")
    ratios = {row[:2]: row[2:] for row in beside(measured).rows}
    assert ratios["new process to first passages, s", "the seeds"] == ("4.00 ×", "8.00", "8.00 ×", "16.0", "2.00")
    assert ratios["indexing 1 MB of text, s", "100 chunks"][0] == "4.00 ×"
    assert ("disk, MB", "200 chunks") not in ratios
    text = markdown(measured, "qa eval speed")
    assert text.startswith("`qa eval speed`, machine a test's own, repeats 2.\n\n| figure | the seeds |")
    assert "- A remark." in text
    assert all(len(line.split("|")) == 6 for line in text.split("\n\n")[1].split("\n"))
    assert not [part for part in parts(measured) if "A remark" in str(part)]


def test_the_record_holds_measures_and_ratios_for_each_size(grow):
    growing, _ = grow()
    seeds, first, second = record(gather(HEADER, growing.kept))["sizes"]
    assert (seeds["size"], first["size"], second["articles"]) == ("seeds", 100, 20)
    assert first["ratios"]["chroma"]["cold/cold"] == first["ratios"]["chroma"]["cold/cold_answer"] == 8
    assert second["ratios"] == {}
    assert first["measured"]["citewell"]["disk_parts"] == {"catalog": 0.001}
    assert "disk_parts" not in first["measured"]["chroma"]


def test_the_next_step_has_a_price(grow):
    growing, _ = grow()
    # 20 chunks a second from 200 chunks on; the peers a quarter and an eighth of that, from 100 on
    assert rest(gather(HEADER, growing.kept), 200) == (
        "To go on to 1,000 chunks would take, for indexing alone: Citewell 1 min, llama-index + Chroma 3 min, "
        "Chroma by itself 6 min."
    )
    assert rest(gather(HEADER, growing.kept), 1_000_000) is None


def test_without_peers_there_is_one_table(grow):
    growing, run = grow(peers=(), peer_sizes=())
    assert {subject for subject, _, _ in run.ran} == {"citewell"}
    assert len([part for part in parts(gather(HEADER, growing.kept)) if hasattr(part, "rows")]) == 1

import errno
import json
import shlex
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from typer.testing import CliRunner

import qa
from qa.cli import build
from qa.saving import conversation_record
from qa.types import Turn
from qa.web import problems
from qa.web.cases import feedback
from qa.web.cases.casefile import CaseFile
from qa.web.cases.verdicts import Judged, case_of
from qa_eval.golden import resolve, standing
from qa_eval.suites import open_suite
from qa_index.errors import ArticleNotFound, LibraryNotFound, QAError, TextTooLong, UsageError
from qa_index.types import Article, article_id

TEXT = "The mill 🏭 burned down. Its owner, Ada Quill, wept. Ada Quill will rebuild it, said Ada Quill.\nمرحبا é\n"
MILL = Article(article_id(TEXT), TEXT, title="A fire", sources=("/in/mill.txt",))
QUOTE = "Its owner, Ada Quill, wept."
START = TEXT.index(QUOTE)
CITED = {"article_id": MILL.id, "start": START, "end": START + len(QUOTE), "quote": QUOTE}


class Shelf:
    """A library with one article."""

    def __init__(self, folder=None):
        self.folder = folder

    def article(self, id_prefix):
        if id_prefix != MILL.id:
            raise ArticleNotFound("no id begins so")
        return MILL


def case(**changed):
    return case_of(
        Judged(**({"question": "Who owns it?", "verdict": "right", "status": "answered"} | changed)), Shelf()
    )


def wrong(**changed):
    return case(verdict="wrong", short="Bob", **changed)


@pytest.fixture
def client(tmp_path):
    app = FastAPI()
    problems.install(app)
    app.include_router(feedback.router(SimpleNamespace(library=Shelf(tmp_path))))
    return TestClient(app, raise_server_exceptions=False)


RIGHT = {
    "question": "Who owns it?",
    "verdict": "right",
    "status": "answered",
    "short": "Ada Quill",
    "citations": [CITED],
}
NOWHERE = {"question": "Who lit it?", "verdict": "right", "status": "abstained"}

# What a case is made of


def test_a_right_answer_is_kept_with_its_bare_answer_and_the_words_it_cites():
    assert case(short="Ada Quill", claims=[QUOTE], citations=[CITED]) == {
        "id": "feedback-997545cd5c",
        "question": "Who owns it?",
        "answers": ["Ada Quill"],
        "gold": [{"article": MILL.id, "source": "/in/mill.txt", "quote": QUOTE}],
        "answerable": True,
        "tags": ["feedback", "right"],
    }


@pytest.mark.parametrize("bare", [None, "", "—", "The"])
def test_without_a_bare_answer_that_says_something_the_claims_are_what_is_right(bare):
    made = case(short=bare, claims=[QUOTE, "It burned\ndown."], citations=[CITED, CITED])
    assert made["answers"] == [QUOTE, "It burned down."] and len(made["gold"]) == 1
    assert case(short=bare, citations=[CITED])["answers"] == [QUOTE]


def test_where_the_articles_do_not_say_the_question_is_not_answerable():
    for made in (case(status="abstained"), wrong(do_not_say=True, citations=[CITED])):
        assert (made["answers"], made["gold"], made["answerable"]) == ([], [], False)


def test_marked_words_are_answer_and_gold_in_code_points_without_the_blanks_around_them():
    words = {"article_id": MILL.id, "start": TEXT.index("🏭") - 1, "end": TEXT.index(" burned") + 1}
    arabic = {"article_id": MILL.id, "start": TEXT.index("مرحبا"), "end": TEXT.index("مرحبا") + 5, "quote": "مرحبا"}
    made = wrong(marked=[arabic, words | {"start": TEXT.index("mill")}])
    assert made["answers"] == ["مرحبا", "mill 🏭"]
    assert [each["quote"] for each in made["gold"]] == ["مرحبا", "mill 🏭"]
    with pytest.raises(UsageError, match="say nothing by themselves"):
        wrong(marked=[words])


def test_words_that_stand_in_several_places_say_where_they_were_marked():
    last = TEXT.rindex("Ada Quill")
    made = wrong(marked=[{"article_id": MILL.id, "start": last, "end": last + 9}])
    assert made["gold"] == [{"article": MILL.id, "source": "/in/mill.txt", "quote": "Ada Quill", "start": last}]


def test_a_right_answer_in_words_alone_needs_no_place():
    made = wrong(answers=["Ada\tQuill", "Quill", "Quill"])
    assert (made["answers"], made["gold"], made["answerable"]) == (["Ada Quill", "Quill"], [], True)


def test_a_follow_up_keeps_what_was_asked_before_and_what_it_means():
    made = case(short="Ada", citations=[CITED], history=[str(n) for n in range(9)], standalone="Who owns the mill?")
    assert (made["history"], made["standalone"]) == (["4", "5", "6", "7", "8"], "Who owns the mill?")
    assert "standalone" not in case(short="Ada", citations=[CITED], standalone="Who owns the mill?")


def test_filters_belong_to_the_question():
    narrowed = {"after": "2022-01-07", "until": None, "publishers": ["The Post"], "articles": [MILL.id]}
    made = case(status="abstained", filters=narrowed)
    assert (made["after"], made["publisher"], made["within"]) == ("2022-01-07", ["The Post"], [MILL.id])
    assert made["id"] != case(status="abstained")["id"] and "until" not in made


@pytest.mark.parametrize(
    ("judged", "complaint"),
    [
        ({}, "without a citation"),
        ({"verdict": "wrong"}, "but not what would be right"),
        ({"verdict": "wrong", "do_not_say": True, "answers": ["Ada"]}, "but not what would be right"),
        ({"verdict": "wrong", "answers": ["—", "the"]}, "has no word"),
        ({"citations": [CITED | {"start": 1}]}, "“A fire”, but other words stand where they should"),
        ({"citations": [CITED | {"end": 10_000, "quote": None}]}, "other words stand where they should"),
        ({"verdict": "wrong", "marked": [CITED | {"end": START, "quote": None}]}, "but none are marked there"),
        ({"citations": [CITED | {"article_id": "0" * 16}]}, "not in the library any more"),
        ({"question": "?"}, "Asked"),
    ],
)
def test_what_makes_no_case_is_refused_with_what_to_do(judged, complaint):
    with pytest.raises(QAError, match=complaint):
        case(**judged)


def test_a_question_too_long_to_ask_is_not_kept():
    with pytest.raises(TextTooLong):
        case(question="w " * 2000, status="abstained")


# What is kept


def test_a_verdict_is_kept_and_says_where_and_how_to_run_it(client, tmp_path):
    assert client.get("/api/feedback").json()["cases"] == 0
    saved = client.post("/api/feedback", json=RIGHT).json()
    path = tmp_path / "feedback.jsonl"
    assert (saved["cases"], saved["file"], saved["replaced"]) == (1, str(path), False)
    assert saved["run"] == f"qa eval {shlex.quote(str(path))} --library {shlex.quote(str(tmp_path))} --show-wrong"
    assert json.loads(path.read_text(encoding="utf-8")) == saved["case"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert client.get("/api/feedback").json() == {key: saved[key] for key in ("cases", "file", "run")}


def test_a_later_verdict_takes_the_place_of_the_earlier_and_undoing_brings_that_back(client, tmp_path):
    client.post("/api/feedback", json=NOWHERE)
    before = client.post("/api/feedback", json=RIGHT).json()["case"]
    corrected = RIGHT | {"question": "who  owns IT?", "verdict": "wrong", "answers": ["Nobody"]}
    saved = client.post("/api/feedback", json=corrected).json()
    assert (saved["cases"], saved["replaced"]) == (2, True)
    lines = [json.loads(line) for line in (tmp_path / "feedback.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["answers"] for line in lines] == [[], ["Nobody"]]
    assert client.delete(f"/api/feedback/{saved['undo']}").json()["cases"] == 2
    assert json.loads((tmp_path / "feedback.jsonl").read_text(encoding="utf-8").splitlines()[1]) == before


def test_a_verdict_is_taken_back_once_and_only_while_it_is_the_latest(client):
    first, second = (
        client.post("/api/feedback", json=each).json()["undo"] for each in (RIGHT, RIGHT | {"short": "Quill"})
    )
    refused = client.delete(f"/api/feedback/{first}")
    assert (refused.status_code, "judged again since" in refused.json()["error"]) == (400, True)
    assert client.delete(f"/api/feedback/{second}").json()["cases"] == 1
    again = client.delete(f"/api/feedback/{second}")
    assert (again.status_code, "was taken back before" in again.json()["error"]) == (400, True)


def test_many_at_once_lose_nothing(tmp_path):
    suites = [CaseFile(tmp_path / "feedback.jsonl") for _ in range(2)]  # as two servers on one library would
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: suites[n % 2].put({"id": str(n), "question": "a\u2028b"}), range(40)))
    assert suites[0].count() == 40


def test_what_somebody_wrote_there_by_hand_is_not_lost(tmp_path):
    suite = CaseFile(tmp_path / "feedback.jsonl")
    suite.path.write_text('{"id": "mine",   "question": "Who?"}\n\n', encoding="utf-8")
    suite.put({"id": "c1"})
    assert suite.path.read_text(encoding="utf-8").startswith('{"id": "mine",   "question": "Who?"}\n{"id": "c1"')
    for spoilt in ("{", "[]", '{"id": 7}', '{"id": "c1"}\n{"id": "c1"}'):
        suite.path.write_text(spoilt, encoding="utf-8")
        with pytest.raises(QAError, match=r"line \d is no case"):
            suite.put({"id": "c2"})
        assert suite.path.read_text(encoding="utf-8") == spoilt


def test_a_library_that_is_gone_is_not_made_anew(tmp_path):
    with pytest.raises(LibraryNotFound):
        CaseFile(tmp_path / "gone" / "feedback.jsonl").put({"id": "c1"})
    assert not (tmp_path / "gone").exists()


def test_a_case_is_no_longer_than_a_case_may_be(client):
    assert client.post("/api/feedback", json=RIGHT | {"short": None, "claims": ["word " * 3_900]}).status_code == 200
    refused = client.post("/api/feedback", json=RIGHT | {"short": None, "claims": [f"{n} " * 9_000 for n in range(4)]})
    assert (refused.status_code, "one may have 50,000" in refused.json()["error"]) == (400, True)
    refused = client.post("/api/feedback", json=RIGHT | {"verdict": "wrong", "answers": [str(n) for n in range(51)]})
    assert (refused.status_code, "51 accepted answers, but one may have 50" in refused.json()["error"]) == (400, True)
    places = [{"article_id": MILL.id, "start": n // 10, "end": n % 10 + 20} for n in range(100)]
    refused = client.post("/api/feedback", json=RIGHT | {"citations": places})
    assert (refused.status_code, "places, but one may have 50" in refused.json()["error"]) == (400, True)
    assert client.get("/api/feedback").json()["cases"] == 1


def test_what_undoes_a_verdict_holds_no_more_than_what_it_replaced(tmp_path):
    suite = CaseFile(tmp_path / "feedback.jsonl")
    long = {"id": "c1", "question": "w " * 20_000}
    first, _ = suite.put(long)
    assert len(repr(first)) < 500
    second, _ = suite.put({"id": "c1", "question": "Who?"})
    assert suite.take_back(second) == 1 and json.loads(suite.path.read_text(encoding="utf-8")) == long
    assert suite.take_back(first) == 0


def test_undoing_brings_a_line_written_by_hand_back_as_it_was(tmp_path):
    suite = CaseFile(tmp_path / "feedback.jsonl")
    suite.path.write_text('{"id":"c1",   "question": "Who?"}\n', encoding="utf-8")
    undo, _ = suite.put({"id": "c1"})
    suite.take_back(undo)
    assert suite.path.read_text(encoding="utf-8") == '{"id":"c1",   "question": "Who?"}\n'


@pytest.mark.parametrize("content", [b"{\n", b"\xff\n", b'{"id": 7}\n'])
def test_a_file_spoilt_by_hand_is_no_fault_of_the_program(client, tmp_path, content):
    (tmp_path / "feedback.jsonl").write_bytes(content)
    for reply in (client.post("/api/feedback", json=RIGHT), client.get("/api/feedback")):
        assert (reply.status_code, reply.json()["kind"]) == (400, "UsageError")
        assert "move the file away; then judge again" in reply.json()["error"]
    assert (tmp_path / "feedback.jsonl").read_bytes() == content


def test_a_file_that_may_not_be_written_is_no_fault_of_the_program(client, tmp_path):
    client.post("/api/feedback", json=NOWHERE)
    (tmp_path / "feedback.jsonl").chmod(0o444)
    reply = client.post("/api/feedback", json=RIGHT)
    assert (reply.status_code, reply.json()["kind"]) == (403, "CasesNotWritten")
    assert "Let whoever runs `qa serve` write that file" in reply.json()["error"]
    assert client.get("/api/feedback").json()["cases"] == 1


@pytest.mark.parametrize(
    ("number", "status", "mend"),
    [
        (errno.EACCES, 403, "Let whoever runs `qa serve` write"),
        (errno.EROFS, 403, "Let whoever runs `qa serve` write"),
        (errno.ENOSPC, 507, "Free some space"),
    ],
)
def test_a_folder_that_takes_no_file_is_no_fault_of_the_program(client, monkeypatch, number, status, mend):
    def refused(*_, **__):  # whoever runs the tests may be allowed everything
        raise OSError(number, "The system refused")

    monkeypatch.setattr("qa.saving.tempfile.mkstemp", refused)
    reply = client.post("/api/feedback", json=RIGHT)
    assert (reply.status_code, reply.json()["kind"]) == (status, "CasesNotWritten")
    assert mend in reply.json()["error"]


@pytest.mark.parametrize("name", ["feedback.jsonl", "feedback.lock"])
def test_a_folder_in_the_place_of_the_file_is_told(client, tmp_path, name):
    (tmp_path / name).mkdir()
    reply = client.post("/api/feedback", json=RIGHT)
    assert (reply.status_code, reply.json()["kind"]) == (400, "UsageError")
    assert "Move away what is in that place" in reply.json()["error"]


def test_half_of_a_character_and_fields_of_another_release_are_refused(client):
    assert client.post("/api/feedback", content=json.dumps(RIGHT | {"question": "\ud800?"})).status_code == 422
    assert client.post("/api/feedback", json=RIGHT | {"colour": "red"}).status_code == 422
    assert client.get("/api/feedback").json()["cases"] == 0


# What `qa eval` makes of it


@pytest.fixture
def judged(seeds):
    """A library of the seeds, with a way to judge answers of it: the client, and the library."""
    with qa.open(seeds) as library:
        app = FastAPI()
        app.include_router(feedback.router(SimpleNamespace(library=library)))
        yield TestClient(app), library


def sent(answer, *, history=(), **judged):
    record = conversation_record([Turn(answer.question, answer)])["turns"][0]["answer"]
    cited = [each["span"] | {"quote": each["quote"]} for each in record["citations"]]
    kept = {name: record[name] for name in ("question", "standalone", "status", "short", "filters")}
    return (
        kept | {"claims": [each["text"] for each in record["claims"]], "citations": cited, "history": history} | judged
    )


def test_verdicts_are_a_suite_that_qa_eval_runs_on_the_library_it_lies_in(judged, tmp_path, monkeypatch):
    client, library = judged
    monkeypatch.setenv("QA_RUNS", str(tmp_path / "runs"))
    chat = library.chat()
    asked = ["Who is the commander of the CSTO peacekeeping force?", "Why did the protests start?", "Who won the cup?"]
    first = chat.ask(asked[0])
    follow = chat.ask("And its Secretary-General?")
    wanted = follow.citations[0].span
    talasov = library.article(wanted.article_id)
    place = talasov.text.index("Mukhamedzhan Talasov")
    for body in (
        sent(first, verdict="right"),
        sent(follow, verdict="right", history=[asked[0]]),
        sent(library.ask(asked[1]), verdict="right"),
        sent(library.ask(asked[2]), verdict="right"),
        sent(library.ask("Who came from the ministry?"), verdict="wrong")
        | {"marked": [{"article_id": talasov.id, "start": place, "end": place + 20}]},
    ):
        assert client.post("/api/feedback", json=body).status_code == 200, body
    suite = open_suite(str(library.folder / "feedback.jsonl"))
    assert suite.home == library.folder and len(suite.cases) == 5
    assert suite.cases[1].history == (asked[0],) and suite.cases[1].standalone == follow.standalone
    known = resolve(suite, library.articles()).known
    assert all(known[each.id].spans for each in suite.cases if each.answerable)

    done = CliRunner().invoke(build(), ["eval", str(library.folder / "feedback.jsonl"), "--json"])
    assert done.exit_code == 0, done.output
    verdicts = {each["question"]: each["verdict"] for each in json.loads(done.stdout)["cases"]}
    assert [verdicts[each] for each in (*asked[:2], "And its Secretary-General?")] == ["right"] * 3
    assert verdicts[asked[2]] == "right"


def test_a_case_outlives_an_edit_of_its_article_and_one_whose_words_are_gone_is_left_out(tmp_path):
    file = tmp_path / "mill.txt"
    file.write_text(TEXT, encoding="utf-8")
    with qa.open(tmp_path / "library") as library:
        library.add(file)
        app = FastAPI()
        app.include_router(feedback.router(SimpleNamespace(library=library)))
        (article,) = library.articles()
        for question, quote in (("Who owns it?", QUOTE), ("What burned?", "The mill 🏭 burned down.")):
            start = article.text.index(quote)
            cited = {"article_id": article.id, "start": start, "end": start + len(quote), "quote": quote}
            body = RIGHT | {"question": question, "citations": [cited], "short": None}
            assert TestClient(app).post("/api/feedback", json=body).status_code == 200
        file.write_text(TEXT.replace("The mill 🏭 burned down.", "Corrected: the barn burned down."), encoding="utf-8")
        library.add(file)
        suite = open_suite(str(library.folder / "feedback.jsonl"))
        kept, left_out = standing(suite, library.articles())
        assert [each.question for each in kept.cases] == ["Who owns it?"]
        assert len(left_out) == 1 and "stand 0 times" in left_out[0]
        file.write_text("Another story altogether.", encoding="utf-8")
        library.add(file)
        with pytest.raises(UsageError, match="bears out none of its cases"):
            standing(suite, library.articles())

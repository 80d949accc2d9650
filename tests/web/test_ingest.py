"""Adding articles over HTTP and removing them: what is kept, what is refused, what is told."""

import errno
import os
import socket
import threading
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.web.shelf import uploads
from qa.web.shelf.jobs import MOST_WAITING, Jobs
from qa_index.errors import LibraryDamaged
from qa_index.storage.locking import held
from tests.index.fakes import HashingEmbedder
from tests.web.shelved import app_of, engine_of, listening

STORM = b"Storm hits the coast\n\nA storm hit the coast on Monday. Two people were hurt."
VOTE = b"Town votes for a bridge\n\nThe town voted for a new bridge on Sunday."


@pytest.fixture
def engine(tmp_path):
    made = engine_of(tmp_path / "library", max_file_mb=1)
    yield made
    made.library.close()


@pytest.fixture
def client(engine):
    with TestClient(app_of(engine)) as connected:
        yield connected


def send(client, *files):
    return client.post("/api/articles", files=[("files", file) for file in files])


def ended(client, job):
    """Wait until a job has ended."""
    until = time.monotonic() + 20
    while job["state"] in ("waiting", "running"):
        assert time.monotonic() < until
        time.sleep(0.02)
        job = client.get(f"/api/jobs/{job['id']}").json()
    return job


def names(engine):
    return sorted(path.name for path in engine.library.uploads.iterdir())


def outcomes(reply):
    return [each["outcome"] for each in reply.json()["files"]]


def test_a_file_that_is_sent_becomes_an_article_and_is_kept(client, engine):
    reply = send(client, ("storm.txt", STORM))
    assert reply.status_code == 202
    job = ended(client, reply.json()["job"])
    assert (job["state"], job["added"], job["files"], job["share"]) == ("done", 1, 1, 1)
    assert (job["stage"], job["words"]) == ("storing", "Storing 1 of 1 vector")
    assert engine.library.articles()[0].title == "Storm hits the coast"
    assert (engine.library.uploads / "storm.txt").read_bytes() == STORM
    assert names(engine) == ["storm.txt"]
    assert engine.library.add(engine.library.uploads).unchanged == 1  # a later sync has it


def test_the_same_file_again_is_already_there_whatever_it_is_called_now(client, engine):
    ended(client, send(client, ("storm.txt", STORM)).json()["job"])
    reply = send(client, ("storm.txt", STORM), ("other.txt", STORM))
    assert outcomes(reply) == ["already", "already"]
    assert reply.json()["job"] is None
    assert outcomes(send(client, ("vote.txt", VOTE), ("vote.txt", VOTE))) == ["accepted", "already"]


def test_another_file_of_the_same_name_gets_a_number(client, engine):
    job = send(client, ("a.txt", STORM), ("a.txt", VOTE)).json()["job"]
    assert ended(client, job)["added"] == 2
    assert names(engine) == ["a-2.txt", "a.txt"]


def test_files_that_cannot_be_articles_are_refused_with_the_reason_and_the_others_go_in(client, engine):
    reply = send(
        client,
        ("good.txt", STORM),
        ("empty.txt", b""),
        ("photo.jpg", b"\xff\xd8\xff"),
        ("sheet.csv", b"\xd0\xcf\x11\xe0 words"),
        ("picture.md", b"\x89PNG words"),
        ("binary.txt", bytes(range(256)) * 40),
        ("large.txt", b"word " * 200_001),
        ("good.md", VOTE),
    )
    files = reply.json()["files"]
    assert [each["outcome"] for each in files] == ["accepted", *["refused"] * 6, "accepted"]
    for each, words in zip(
        files[1:7], ("empty", "it is not text, a web page", "password", "an image", "binary", "1,000,000"), strict=True
    ):
        assert words in each["reason"] and "index that" not in each["reason"]
    assert ended(client, reply.json()["job"])["added"] == 2
    assert names(engine) == ["good.md", "good.txt"]


def test_a_file_of_exactly_the_most_bytes_is_taken(client):
    whole = STORM + b" " * (1_000_000 - len(STORM))
    assert outcomes(send(client, ("a.txt", whole))) == ["accepted"]
    assert send(client, ("b.txt", whole + b" ")).status_code == 422


def test_if_every_file_is_refused_that_is_an_error_in_words(client, engine):
    reply = send(client, ("a.exe", b"MZ"))
    assert reply.status_code == 422
    assert reply.json()["error"].startswith("a.exe was refused: it is not text, a web page, PDF")
    assert names(engine) == []


def test_no_more_than_so_many_files_come_at_once(client, monkeypatch):
    monkeypatch.setattr("qa.web.shelf.receiving.MOST_FILES", 2)  # a table of 501 files would take seconds
    reply = send(client, ("a.txt", STORM), ("b.txt", VOTE), ("c.txt", b"Third words."))
    assert outcomes(reply) == ["accepted", "accepted", "refused"]
    assert "no more than 2 files" in reply.json()["files"][2]["reason"]


NAMES = {
    "../../etc/passwd.txt": "passwd.txt",
    "..\\..\\boot.txt": "boot.txt",
    "C:\\news\\a.TXT": "a.TXT",
    "/etc/cron.d/x.md": "x.md",
    "<img src=x onerror=alert(1)>.txt": "_img src=x onerror=alert(1)_.txt",
    "a\0b.txt": "a_b.txt",
    "line\nbreak.txt": "line_break.txt",
    "أخبار اليوم.txt": "أخبار اليوم.txt",
    "exe\u202etxt.txt": "exetxt.txt",
    "e\u0301.txt": "\u00e9.txt",
    ".hidden.txt": "hidden.txt",
    "...txt": "article.txt",
    "CON.txt": "_CON.txt",
    "com1.old.txt": "_com1.old.txt",
    "con man.txt": "con man.txt",
    "trailing .txt": "trailing.txt",
    "📰.md": "📰.md",
    '"quoted".txt': "_quoted_.txt",
}


@pytest.mark.parametrize(("name", "kept"), NAMES.items(), ids=range(len(NAMES)))
def test_the_name_a_file_is_kept_under_is_never_a_path_nor_a_trap(name, kept):
    assert uploads.safe_name(name) == kept


@settings(max_examples=200)
@given(st.text(max_size=400).map(lambda stem: f"{stem}.txt") | st.text(max_size=20))
def test_every_name_is_one_that_a_file_can_have(name):
    safe = uploads.safe_name(name)
    assert safe and Path(safe).name == safe and not safe.startswith(".")
    assert len(safe.encode()) <= 200
    assert not name.endswith(".txt") or (safe.endswith(".txt") and uploads.safe_name(safe) == safe)


@pytest.mark.parametrize("name", [*NAMES, "x" * 300 + ".txt", "%22.txt", "a;filename=b.txt"], ids=repr)
def test_a_file_of_any_name_stays_among_the_uploads(client, engine, tmp_path, name):
    raw = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A").encode()  # as browsers do
    form = b'--x\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\n%s\r\n--x--\r\n' % (raw, STORM)
    before = {path for path in tmp_path.rglob("*") if "library" not in path.parts}
    reply = client.post("/api/articles", content=form, headers={"content-type": "multipart/form-data; boundary=x"})
    if reply.status_code == 202:
        assert ended(client, reply.json()["job"])["state"] == "done"
        assert len(names(engine)) == 1
    else:  # a name that no form can carry
        assert reply.status_code in (400, 422) and reply.json()["error"]
    assert {path for path in tmp_path.rglob("*") if "library" not in path.parts} == before


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("text/plain", STORM),
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"nonsense"),
        ("multipart/form-data; boundary=x", b"--x--\r\n"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n--x--\r\n',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="a.txt"\r\n\r\ncut o',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="' + b"a" * 70_000 + b'"\r\n\r\nx\r\n--x--\r\n',
        ),
        ("multipart/form-data; boundary=" + "x" * 9_000, b"--x--"),
    ],
)
def test_a_damaged_form_is_refused_in_words_and_leaves_nothing(client, engine, kind, body):
    reply = client.post("/api/articles", content=body, headers={"content-type": kind})
    assert reply.status_code == 400
    assert reply.json()["error"].startswith("Asked to add articles, but")
    assert names(engine) == []


def test_when_the_sender_goes_in_the_middle_nothing_of_it_stays(engine):
    with listening(app_of(engine)) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as line:
            line.sendall(
                b"POST /api/articles HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n"
                b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
                b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n' + STORM * 1000
            )
            until = time.monotonic() + 10
            while not list(engine.library.uploads.glob(".incoming-*/0")):
                assert time.monotonic() < until
                time.sleep(0.01)
        while names(engine):
            assert time.monotonic() < until
            time.sleep(0.01)


def test_while_another_process_writes_the_job_says_who_and_can_be_tried_again(client, engine):
    engine.library.folder.mkdir()
    with held(engine.library.folder):
        job = ended(client, send(client, ("storm.txt", STORM)).json()["job"])
    assert (job["state"], job["kind"]) == ("failed", "LibraryLocked")
    assert f"process {os.getpid()} is writing" in job["problem"]
    assert names(engine) == []  # nothing lies there that the page does not show
    again = send(client, ("other.txt", STORM))
    assert outcomes(again) == ["accepted"]
    assert ended(client, again.json()["job"])["added"] == 1
    assert names(engine) == ["other.txt"]


def test_of_a_job_that_fails_half_way_the_articles_stay_and_the_other_files_go(client, engine, monkeypatch):
    add = engine.library._index.add

    def half(*sources, **options):
        add(*sources[:1], **options)
        raise LibraryDamaged("Asked for more, but the disk is gone.")

    monkeypatch.setattr(engine.library._index, "add", half)
    job = ended(client, send(client, ("storm.txt", STORM), ("vote.txt", VOTE)).json()["job"])
    assert (job["state"], job["problem"]) == ("failed", "Asked for more, but the disk is gone.")
    assert (names(engine), len(engine.library.articles())) == (["storm.txt"], 1)


def test_a_file_that_another_job_has_too_stays_for_that_job(tmp_path):
    slow = SlowEmbedder()
    engine = engine_of(tmp_path / "library", embedder=slow)
    with TestClient(app_of(engine)) as client:
        first = send(client, ("vote.txt", VOTE)).json()["job"]
        assert slow.begun.wait(10)
        second, third = (send(client, ("storm.txt", STORM)).json()["job"] for _ in range(2))
        add, calls = engine.library._index.add, []

        def fails_once(*sources, **options):
            calls.append(sources)
            if len(calls) == 1:
                raise LibraryDamaged("Asked for too much.")
            return add(*sources, **options)

        engine.library._index.__dict__["add"] = fails_once
        slow.let.set()
        assert [ended(client, job)["state"] for job in (first, second, third)] == ["done", "failed", "done"]
        assert names(engine) == ["storm.txt", "vote.txt"]
        assert len(engine.library.articles()) == 2
    engine.library.close()


def test_where_nothing_can_be_written_that_is_said(client, engine):
    engine.library.folder.mkdir()
    engine.library.uploads.write_text("in the way")
    reply = send(client, ("storm.txt", STORM))
    assert reply.status_code == 403
    assert "cannot be written" in reply.json()["error"]


def test_a_full_disk_is_said_and_nothing_is_left(client, engine, monkeypatch):
    def full(*_):  # a disk cannot be filled for a test
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("qa.web.shelf.ingest.shutil.copyfile", full)
    reply = client.post("/api/seeds")
    assert reply.status_code == 507
    assert "disk is full" in reply.json()["error"]
    assert names(engine) == []


def test_what_was_left_half_there_long_ago_is_cleared_away(client, engine):
    old, new = engine.library.uploads / ".incoming-old", engine.library.uploads / ".incoming-new"
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    send(client, ("a.exe", b""))
    assert names(engine) == [".incoming-new"]


def test_a_file_that_was_left_is_cleared_away_too(client, engine):
    engine.library.uploads.mkdir(parents=True)
    left = engine.library.uploads / ".incoming-0123"
    left.write_text("words")
    os.utime(left, (0, 0))
    send(client, ("a.exe", b""))
    assert names(engine) == []


def test_when_the_disk_is_full_half_way_none_of_the_files_stays(client, engine, monkeypatch):
    replace = Path.replace

    def full(path, target):  # a disk cannot be filled for a test
        if target.name == "vote.txt":
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", full)
    assert send(client, ("storm.txt", STORM), ("vote.txt", VOTE)).status_code == 507
    assert names(engine) == []


def test_the_samples_become_articles_once(client, engine):
    reply = client.post("/api/seeds")
    assert ended(client, reply.json()["job"])["added"] == 5
    assert engine.library.searched().articles == 5
    assert set(outcomes(client.post("/api/seeds"))) == {"already"}


def test_an_unknown_job_is_an_error_in_words(client):
    reply = client.get("/api/jobs/none")
    assert reply.status_code == 404
    assert "there is none" in reply.json()["error"]


# Removing


def test_removing_an_article_that_was_sent_removes_its_file_so_that_it_does_not_come_back(client, engine):
    ended(client, send(client, ("storm.txt", STORM), ("vote.txt", VOTE)).json()["job"])
    article = next(each for each in engine.library.articles() if "Storm" in each.label)
    reply = client.delete(f"/api/articles/{article.id}")
    assert reply.status_code == 200
    assert reply.json()["message"] == "“Storm hits the coast” was removed from the library."
    assert names(engine) == ["vote.txt"]
    engine.library.add(engine.library.uploads)
    assert [each.label for each in engine.library.articles()] == ["Town votes for a bridge"]
    assert client.delete(f"/api/articles/{article.id}").status_code == 404


def test_a_file_that_lies_elsewhere_is_never_touched_and_the_reply_says_how_it_would_come_back(
    client, engine, tmp_path
):
    own = tmp_path / "own"
    own.mkdir()
    (own / "storm.txt").write_bytes(STORM)
    engine.library.add(own)
    told = client.delete(f"/api/articles/{engine.library.articles()[0].id}").json()
    assert (own / "storm.txt").exists()
    assert told["left"] == [str(own / "storm.txt")]
    assert "`qa index` of that folder brings it back" in told["message"]


def test_if_an_article_cannot_be_removed_its_file_stays(client, engine):
    ended(client, send(client, ("storm.txt", STORM)).json()["job"])
    with held(engine.library.folder):
        reply = client.delete(f"/api/articles/{engine.library.articles()[0].id}")
    assert reply.status_code == 423
    assert names(engine) == ["storm.txt"]
    assert len(engine.library.articles()) == 1


def test_uploads_that_cannot_be_written_are_no_bug_when_an_article_is_removed(client, engine, monkeypatch):
    ended(client, send(client, ("storm.txt", STORM)).json()["job"])

    def refused(*_, **__):  # whoever runs the tests may be allowed everything
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("qa.web.shelf.uploads.tempfile.mkdtemp", refused)
    reply = client.delete(f"/api/articles/{engine.library.articles()[0].id}")
    assert (reply.status_code, reply.json()["kind"]) == (403, "LibraryReadOnly")
    assert (names(engine), len(engine.library.articles())) == (["storm.txt"], 1)


def test_an_old_file_that_is_taken_away_for_a_moment_does_not_pass_for_a_forgotten_one(tmp_path):
    old = tmp_path / "old.txt"
    old.write_bytes(STORM)
    os.utime(old, (0, 0))
    with pytest.raises(ValueError, match="too bad"), uploads.put_aside([old]):
        assert not old.exists()
        with uploads.arriving(tmp_path):
            pass
        raise ValueError("too bad")
    assert (old.read_bytes(), old.stat().st_mtime) == (STORM, 0)
    assert list(tmp_path.iterdir()) == [old]


def test_only_a_whole_id_removes_an_article(client, engine):
    ended(client, send(client, ("storm.txt", STORM)).json()["job"])
    whole = engine.library.articles()[0].id
    for part in (whole[:4], whole[:-1]):
        reply = client.delete(f"/api/articles/{part}")
        assert (reply.status_code, "Give the whole id" in reply.json()["error"]) == (404, True)
    assert (names(engine), len(engine.library.articles())) == (["storm.txt"], 1)
    assert client.delete(f"/api/articles/{whole}").status_code == 200


@pytest.mark.parametrize("article_id", ["0000000000000000", "..%2f..%2fx", "%00", "a"])
def test_removing_what_is_not_there_is_an_error_in_words(client, article_id):
    reply = client.delete(f"/api/articles/{article_id}")
    assert reply.status_code == 404
    assert reply.json()["error"]


# Jobs


class SlowEmbedder(HashingEmbedder):
    """Embeds when it is let."""

    def __init__(self):
        super().__init__()
        self.begun, self.let = threading.Event(), threading.Event()

    def embed(self, texts):
        self.begun.set()
        assert self.let.wait(20)
        return super().embed(texts)


def test_a_job_that_is_ended_leaves_a_library_that_works(tmp_path):
    slow = SlowEmbedder()
    engine = engine_of(tmp_path / "library", embedder=slow)
    with TestClient(app_of(engine)) as client:
        first = send(client, ("storm.txt", STORM)).json()["job"]
        second = send(client, ("vote.txt", VOTE)).json()["job"]
        assert slow.begun.wait(10)
        assert client.get(f"/api/jobs/{second['id']}").json()["state"] == "waiting"
        blocked = client.delete("/api/articles/0123456789abcdef")
        assert blocked.status_code == 423
        assert "articles are being added" in blocked.json()["error"]
        threading.Timer(0.3, slow.let.set).start()
    assert not (engine.library.uploads / "vote.txt").exists()  # it was waiting
    engine.library.close()
    with TestClient(app_of(engine_of(tmp_path / "library"))) as client:
        assert client.get(f"/api/jobs/{first['id']}").status_code == 404
        job = send(client, ("storm.txt", STORM), ("vote.txt", VOTE)).json()["job"]
        assert job is not None
        assert ended(client, job)["state"] == "done"


def test_a_file_that_fails_when_it_is_read_again_is_not_kept(client, engine, monkeypatch):
    as_if_read_well = "qa.web.shelf.receiving._checked"  # the first time
    monkeypatch.setattr(as_if_read_well, lambda one, max_bytes: one)
    job = ended(client, send(client, ("bad.txt", b"%PDF-1.7"), ("good.txt", STORM)).json()["job"])
    assert job["added"] == 1
    assert [each["source"] for each in job["failed"]] == ["bad.txt"]
    assert (names(engine), engine.library.failures()) == (["good.txt"], ())


def test_too_many_waiting_jobs_are_refused_and_old_ones_forgotten(tmp_path, monkeypatch):
    slow = SlowEmbedder()
    engine = engine_of(tmp_path / "library", embedder=slow)
    engine.library.uploads.mkdir(parents=True)
    (engine.library.uploads / "a.txt").write_bytes(STORM)
    jobs = Jobs(engine.library)
    first = jobs.start([engine.library.uploads / "a.txt"])
    assert slow.begun.wait(10)
    waiting = [jobs.start([]) for _ in range(MOST_WAITING)]
    with TestClient(app_of(engine)):
        pass
    with pytest.raises(Exception, match="waiting already"):
        jobs.start([])
    slow.let.set()
    until = time.monotonic() + 20
    while jobs.get(waiting[-1].id).state != "done":
        assert time.monotonic() < until
        time.sleep(0.01)
    monkeypatch.setattr("qa.web.shelf.jobs.KEPT", 10)
    jobs.start([])
    assert jobs.get(first.id) is None
    jobs.close()
    engine.library.close()

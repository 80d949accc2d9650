"""`qa serve`: what it refuses before it starts, what it says, and how it ends. In processes of their own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from qa.cli import build
from qa.commands.session import Session
from qa.web import running
from qa.web.guard.guard import rules_for
from qa_index.errors import ModelUnavailable, UsageError
from tests.qa.samples import Library
from tests.web.calling import events_of
from tests.web.small_server import ROOT, started

pytestmark = pytest.mark.alone

PASSWORD = "eight letters"


@pytest.fixture
def qa(tmp_path, monkeypatch):
    """Run `qa serve` here, with a library made by hand; for what ends before anything is served."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("QA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    library = Library()

    def run(*arguments: str, **environ: str):
        session = Session(open_library=library.opener)
        return CliRunner(env=environ).invoke(build(), ["serve", "--port", "0", *arguments], obj=session)

    run.library = library
    return run


@contextlib.contextmanager
def serving(*arguments: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """The real command; it is killed if it has not ended after a minute."""
    code = "import sys; from qa.cli import main; sys.argv[0] = 'qa'; main()"
    paths = f"{ROOT}:{ROOT / 'index'}:{ROOT / 'eval'}"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("QA_")}
        | {"PYTHONPATH": paths}
        | environ,
    )
    watch = threading.Timer(60, process.kill)
    watch.start()
    try:
        yield process
    finally:
        watch.cancel()
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str], number: int) -> tuple[int, float, str]:
    """Send a signal; return the exit code, the seconds until then, and what was said."""
    began = time.monotonic()
    process.send_signal(number)
    code = process.wait(timeout=10)
    return code, time.monotonic() - began, process.stderr.read()


# What is refused before anything is opened


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "0", "192.0.2.7"])
def test_other_machines_are_not_let_in_without_a_password(qa, host):
    done = qa("--host", host)
    assert done.exit_code == 2
    assert "with no password anybody there could read the articles" in done.stderr
    assert "QA_PASSWORD" in done.stderr
    assert qa.library.done == []


@pytest.mark.parametrize("written", ["Qx7!", "Qx7!Qx7!Qx7", "with a \t tab", ""])
def test_a_password_that_is_too_short_is_refused_and_never_shown(qa, tmp_path, written):
    (tmp_path / "secret").write_text(f"{written}\nanother line, long enough\n", encoding="utf-8")
    for done in (qa("--password-file", "secret"), *([qa(QA_PASSWORD=written)] if written else ())):
        assert done.exit_code == 2
        assert "shorter than 12 letters" in done.stderr
        assert not written or written not in done.stderr


def test_an_empty_variable_is_no_password(qa):
    assert "with no password" in qa("--host", "0.0.0.0", QA_PASSWORD="").stderr


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00password"])
def test_a_password_file_that_cannot_be_read_is_said(qa, tmp_path, content):
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    done = qa("--password-file", "secret")
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: Asked to read the password in secret, but")
    assert done.stderr.count("\n") == 1


def test_there_is_no_option_that_would_show_the_password_to_who_lists_processes(qa):
    assert qa("--password", PASSWORD).exit_code == 2
    assert "--password " not in qa("--help").stdout


@pytest.mark.parametrize(
    "name", ["http://archive.example", "archive.example:80", "*", "a b", "", "a/b", "evil,example"]
)
def test_what_is_no_host_cannot_be_allowed(qa, name):
    done = qa("--allow-host", name)
    assert done.exit_code == 2
    assert "which is no host" in done.stderr


def test_a_library_that_is_a_file_is_said(qa, tmp_path):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    done = qa("--library", "file")
    assert done.exit_code == 2
    assert "but that is a file" in done.stderr


def test_a_host_that_is_none_is_said(qa):
    done = qa("--host", "no such host")
    assert done.exit_code == 2
    assert "no address of this machine" in done.stderr


def test_a_folder_may_not_send_articles_elsewhere(qa, tmp_path):
    (tmp_path / "qa.toml").write_text('llm = "m"\nllm_url = "https://evil.example/v1"\n', encoding="utf-8")
    done = qa()
    assert done.exit_code == 2
    assert "may not name another machine" in done.stderr
    assert qa.library.done == []


# The port


def test_a_port_in_use_is_said_at_once():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        began = time.monotonic()
        with serving("--port", port, "--library", "nowhere") as process:
            assert process.wait(timeout=20) == 1
            assert process.stderr.read() == (
                f"Error: Asked to listen at 127.0.0.1:{port}, but another program does. "
                "Name another port with `--port`, such as `--port 0` for any that is free.\n"
            )
        assert time.monotonic() - began < 4
        assert not Path("nowhere").exists()


def test_a_citewell_that_runs_already_is_known():
    said = "Citewell answers there already. Open http://127.0.0.1:"
    with started() as (url, _), pytest.raises(running.PortTaken, match=said):
        running.listen("127.0.0.1", int(url.rpartition(":")[2]))


def test_an_address_of_another_machine_is_said():
    with pytest.raises(running.PortTaken, match="has no such address"):
        running.listen("192.0.2.7", 0)


def test_who_asks_before_the_page_is_ready_waits_for_it():
    with running.listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()) as early:
        assert early.getpeername() == listener.getsockname()


# Addresses


@pytest.mark.parametrize(
    ("host", "address", "alone"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("localhost", "127.0.0.1", True),
        ("127.0.0.9", "127.0.0.9", True),
        ("::1", "::1", True),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1", True),
        ("0.0.0.0", "0.0.0.0", False),
        ("0", "0.0.0.0", False),
        ("::", "::", False),
        ("192.0.2.7", "192.0.2.7", False),
    ],
)
def test_which_addresses_only_this_machine_can_reach(host, address, alone):
    assert running.resolve(host) == address
    assert running.is_loopback(address) is alone


def test_a_host_that_means_nothing_is_no_address():
    with pytest.raises(UsageError):
        running.resolve("a" * 70)


@pytest.mark.parametrize(("address", "shown"), [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_the_address_that_is_shown_can_be_opened_here(address, shown):
    with running.listen(address, 0) as listener:
        assert running.address_of(listener) == f"http://{shown}:{listener.getsockname()[1]}"


def test_rules_follow_the_address_and_the_settings():
    rules = rules_for("192.0.2.7", allowed=["archive.example"], password=None, max_file_mb=500)
    assert rules.hosts == {"127.0.0.1", "localhost", "[::1]", "192.0.2.7", "archive.example"}
    assert rules.upload_bytes > 500_000_000
    assert "0.0.0.0" not in rules_for("0.0.0.0", allowed=(), password="x" * 8, max_file_mb=1).hosts
    assert "x" * 8 not in repr(rules_for("0.0.0.0", allowed=(), password="x" * 8, max_file_mb=1))


# Getting ready


def test_warming_up_loads_the_models_for_an_empty_library_and_asks_no_language_model():
    done = []

    class Reader:
        def read(self, understood, passages):
            done.append((understood.standalone, len(passages)))

    class Empty:
        reader = Reader()

        def search(self, text, *, limit):
            done.append(limit)

    running.warm(Empty()).join()
    assert done == [("When was the bridge opened?", 1), 1]


def test_a_model_that_is_missing_is_said_and_the_page_is_served_all_the_same(capsys):
    class Modelless:
        @property
        def reader(self):
            raise ModelUnavailable("The model is missing. Install it.")

    running.warm(Modelless()).join()
    assert capsys.readouterr().err == "Error: The model is missing. Install it.\n"


# Ending


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_it_ends_soon_and_quietly_though_a_stream_is_open(number, code):
    with started() as (url, process), httpx.stream("GET", f"{url}/api/events") as stream:
        next(stream.iter_raw())
        ended_with, seconds, said = ended(process, number)
    assert (ended_with, seconds < 2) == (code, True)
    assert "ERROR" not in said


def test_it_ends_soon_though_a_thread_works_on():
    with started() as (url, process):
        asking = threading.Thread(target=lambda: contextlib.suppress(Exception) and _ask(f"{url}/api/slow"))
        asking.start()
        time.sleep(0.5)
        ended_with, seconds, _ = ended(process, signal.SIGINT)
        asking.join()
    assert ended_with in (130, -signal.SIGINT)
    assert seconds < 2.5


ASKING = """
import sys, time
from qa.web.guard.guard import Guard, Rules
from qa.web.running import address_of, listen, run
from tests.qa.samples import ANSWERED
from tests.web.calling import app_of

class Endless:
    def searched(self, **filters):
        return ANSWERED.searched

    def stream(self, question, *, stop, **filters):
        yield ANSWERED.claims[0]
        print("asked", flush=True)
        time.sleep(60)

listener = listen("127.0.0.1", 0)
run(
    listener,
    lambda: Guard(app_of(Endless()), rules=Rules()),
    ready=lambda: print(address_of(listener), flush=True),
    verbose=False,
)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_waits_for_an_answer_when_it_ends_is_told_so(number):
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'index'}:{ROOT / 'eval'}"}
    with subprocess.Popen(
        [sys.executable, "-c", ASKING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    ) as process:
        url = process.stdout.readline().strip()
        with ThreadPoolExecutor() as people:
            plain, stream = (
                people.submit(httpx.post, f"{url}/api/ask", json={"question": "Who?", "stream": stream}, timeout=20)
                for stream in (False, True)
            )
            assert [process.stdout.readline() for _ in range(2)] == ["asked\n"] * 2
            _, seconds, said = ended(process, number)
        told = "The server was ended before the answer was there. Ask again when it runs."
        assert plain.result().status_code == 503
        assert plain.result().json() == {"error": told, "kind": "ServerEnded"}
        assert plain.result().headers["content-security-policy"]
        names = [name for name, _ in events_of(stream.result().text)]
        assert names == ["claim", "problem"]
        assert events_of(stream.result().text)[-1][1] == {"error": told, "kind": "ServerEnded"}
        assert (seconds < 2.5, "ERROR" in said) == (True, False)


def _ask(url: str) -> None:
    with contextlib.suppress(httpx.HTTPError):
        httpx.get(url, timeout=20)


# The real thing


def test_a_library_that_is_damaged_is_said_at_the_start(tmp_path):
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "catalog.sqlite").write_bytes(b"no database at all" * 100)
    with serving("--port", "0", "--library", str(tmp_path / "library")) as process:
        assert process.wait(timeout=30) == 1
        said = process.stderr.read()
    assert said.startswith("Error: Asked to open the library in ")
    assert said.count("\n") == 1


def test_ctrl_c_while_the_page_is_made_ends_it_in_peace(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    with serving("--port", str(port), "--library", str(tmp_path / "new")) as process:
        while process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        time.sleep(0.3)
        code, _, said = ended(process, signal.SIGINT)
    assert (code, said) == (130, "")


def check_how_it_may_be_asked(url: str) -> None:
    """Whatever is asked of /api, /page or /mcp, and however: never is it the page's framework that answers."""
    assert httpx.head(f"{url}/").status_code == 200
    assert httpx.options(f"{url}/").status_code == 404
    for method, path, status in (
        ("GET", "/api/nothing", 404),
        ("POST", "/api/nothing/at/all", 404),
        ("OPTIONS", "/api/nothing", 404),
        ("GET", "/api/ask", 405),
        ("DELETE", "/api/ask", 405),
        ("OPTIONS", "/api/ask", 405),
        ("POST", "/api/library", 405),
        ("HEAD", "/api/library", 405),
        ("PUT", "/api/articles", 405),
        ("GET", "/page/nothing", 404),
        ("GET", "/api", 404),
        ("GET", "/mcp", 405),
        ("PUT", "/mcp", 405),
        ("GET", "/mcp/more", 404),
    ):
        answer = httpx.request(method, f"{url}{path}")
        if path == "/mcp" and answer.status_code == 501:
            continue  # the extra that speaks it is not installed
        assert (answer.status_code, "allow" in answer.headers) == (status, status == 405), (method, path)
        assert answer.headers["server"] == "Citewell"
        assert answer.headers["content-security-policy"]
        if path.startswith(("/api/", "/mcp")) and method != "HEAD":
            assert set(answer.json()) == {"error", "kind"}
    assert httpx.put(f"{url}/api/articles").headers["allow"] == "GET, POST"


def test_a_new_library_is_served_until_ctrl_c(tmp_path):
    with serving("--port", "0", "--library", str(tmp_path / "new")) as process:
        said = process.stderr.readline()
        url = re.fullmatch(r"Citewell answers at (http://127\.0\.0\.1:\d+) — Ctrl-C ends it\.\n", said)[1]
        front = httpx.get(url)
        assert front.status_code == 200
        assert "frame-ancestors 'none'" in front.headers["content-security-policy"]
        assert httpx.get(f"{url}/", headers={"Host": "evil.example"}).status_code == 421
        assert httpx.post(f"{url}/gradio_api/upload").status_code == 404
        assert json.loads(httpx.get(f"{url}/api/openapi.json").text)["info"]["title"] == "Citewell"
        check_how_it_may_be_asked(url)
        code, seconds, said = ended(process, signal.SIGINT)
        assert (code, seconds < 2) == (130, True)
        assert process.stdout.read() == ""
        assert "Traceback" not in said

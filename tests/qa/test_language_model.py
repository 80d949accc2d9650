"""A language model is asked and may fail in any way: there is a reply, or one sentence, in time, and never a key."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from qa.language_model import is_loopback, named_server, of_llama_index, open_model
from qa.language_model.errors import explain
from qa.language_model.listing import window
from qa.language_model.probe import probe
from qa.language_model.wire import Server
from qa.settings import DEFAULT_LLM_URL, Settings, load
from qa.types import Message
from qa_index.errors import LanguageModelUnavailable, UsageError
from tests.qa import llm_servers
from tests.qa.llm_servers import KEY, Request, is_writing, llama_server, serving, talking, write_model

pytestmark = pytest.mark.alone

ASKED = (Message("system", "You write."), Message("user", "Who opened the bridge?"))
SCHEMA = {
    "type": "object",
    "properties": {"answerable": {"type": "boolean"}, "sentence": {"type": "integer"}},
    "required": ["answerable", "sentence"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module", autouse=True)
def _imported():
    """Import what is slow before anything is timed."""
    import llama_index.llms.openai_like  # noqa: F401
    import openai.resources.chat  # noqa: F401


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(1)
        assert not thread.is_alive(), thread.name


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("model") / "random.gguf"
    write_model(path)
    return path


@pytest.fixture(scope="module")
def small_window(weights):
    """llama.cpp's server, with a key and 512 tokens."""
    with llama_server(weights, window=512, key=KEY) as address:
        yield address


@pytest.fixture(scope="module")
def endless(weights):
    """llama.cpp's server, with room for some ten seconds of writing."""
    with llama_server(weights, window=65_536) as address:
        yield address


def opened(address: str, *, key: str | None = None, model: str = "tiny", **settings):
    return open_model(Settings(llm=model, llm_url=address, **settings), {"QA_LLM_KEY": key} if key else {})


def written(model, *, schema=None, seconds: float = 20, stop=None, asked=ASKED) -> str:
    return "".join(model.stream(asked, schema=schema, seconds=seconds, stop=stop))


def refused(model, **options) -> str:
    """The one line that says why there was no reply."""
    with pytest.raises(LanguageModelUnavailable) as caught:
        written(model, **options)
    message = str(caught.value)
    assert "\n" not in message and message.startswith("Asked ") and message.endswith(".") and len(message) < 400
    return message


@contextmanager
def within(seconds: float):
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


# llama.cpp's own server


def test_a_reply_comes_in_pieces(endless):
    pieces = opened(endless).stream(ASKED, schema=None, seconds=20, stop=None)
    first, second = next(pieces), next(pieces)
    pieces.close()
    assert first and second


def test_the_same_question_has_the_same_reply(small_window):
    one, two = (written(opened(small_window, key=KEY), schema=SCHEMA) for _ in range(2))
    assert one == two


def test_a_reply_follows_the_schema_even_if_the_weights_are_random(small_window):
    reply = json.loads(written(opened(small_window, key=KEY), schema=SCHEMA))
    assert set(reply) == {"answerable", "sentence"} and isinstance(reply["answerable"], bool)


def test_a_schema_that_the_server_refuses_is_left_out_and_stays_so(endless):
    model = opened(endless)
    pieces = model.stream(ASKED, schema={"type": "bogus"}, seconds=20, stop=None)
    assert next(pieces)
    pieces.close()
    assert model.left_out == {"response_format"}


def test_the_window_is_the_one_the_server_was_started_with_unless_it_is_set(small_window):
    assert opened(small_window, key=KEY).window == 512
    assert opened(small_window, key=KEY, llm_window=300).window == 300


def test_a_question_longer_than_the_window_is_refused_in_a_sentence(small_window):
    found = refused(opened(small_window, key=KEY), asked=[Message("user", "word " * 500)], schema=SCHEMA)
    assert "longer than its window takes (request (" in found and "`llm_window`" in found


def test_a_reply_that_fills_the_window_is_not_whole(small_window):
    assert "its window was full before it was done" in refused(opened(small_window, key=KEY))


def test_a_wrong_key_is_refused_in_a_sentence_and_a_missing_one_asked_for(small_window):
    assert "it refused the key. Put the right one into the variable QA_LLM_KEY." in refused(
        opened(small_window, key="sk-another-key-0123456")
    )
    assert "it wants a key. Put one into the variable QA_LLM_KEY." in refused(opened(small_window))


def test_stopping_ends_the_request_within_a_second(endless):
    stop = threading.Event()
    pieces = opened(endless).stream(ASKED, schema=None, seconds=20, stop=stop)
    next(pieces)
    assert is_writing(endless)
    stop.set()
    with within(1):
        assert len("".join(pieces)) < 1_000  # it ends, and raises nothing
        while is_writing(endless):
            time.sleep(0.01)


def test_stopping_ends_the_request_even_if_nobody_asks_for_the_next_piece(endless):
    stop = threading.Event()
    pieces = opened(endless).stream(ASKED, schema=None, seconds=20, stop=stop)
    next(pieces)
    stop.set()
    with within(1):
        while is_writing(endless):
            time.sleep(0.01)
    assert list(pieces) == []


def test_closing_the_reply_ends_the_request_within_a_second(endless):
    pieces = opened(endless).stream(ASKED, schema=None, seconds=20, stop=None)
    next(pieces)
    with within(1):
        pieces.close()
        while is_writing(endless):
            time.sleep(0.01)
    assert not is_writing(endless)


def test_a_slow_server_is_given_up_on_when_the_time_is_over(endless):
    with within(1.5):
        found = refused(opened(endless), seconds=1)
    assert "it was still writing when its time was over. An answer may take 60 seconds: " in found
    assert "`llm_seconds`" in found
    with within(1):
        while is_writing(endless):
            time.sleep(0.01)


def test_a_server_that_is_killed_in_the_middle_is_given_up_on_at_once(weights):
    command = [sys.executable, llm_servers.__file__, str(weights)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            pieces = opened(server.stdout.readline().strip()).stream(ASKED, schema=None, seconds=20, stop=None)
            next(pieces)
            server.send_signal(signal.SIGKILL)
            with within(1), pytest.raises(LanguageModelUnavailable, match="the connection broke off"):
                list(pieces)
        finally:
            server.kill()


# What a server says instead of a reply


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        (401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}, "it refused the key. Put"),
        (403, {"error": f"{KEY} may not"}, "it refused the key. Put"),
        (
            404,
            {"error": {"message": "model 'tiny' not found"}},
            r"no such model, .* \(model 'tiny' not found\). `qa doc",
        ),
        (400, {"error": {"message": "max context length is 9 tokens"}}, r"longer than its window takes \(max context"),
        (413, b"<html>too large</html>", "longer than its window takes. Start"),
        (400, {"detail": "no"}, r"it refused with HTTP 400 \(no\). `qa doctor`"),
        (
            418,
            {"error": {"message": f"a {KEY}\n\x1b[31mteapot " + "x" * 900}},
            r"HTTP 418 \(a … \[31mteapot x+…\). `qa",
        ),
        (402, {}, "it wants to be paid first. Look"),
        (200, b"<html>hello</html>", "it sent an empty reply. Check"),
        (200, {"choices": [{"message": {"content": "hello"}}]}, "it sent an empty reply. Check"),
        (200, b"data: {not json\n\n", "it sent what is no JSON. Check"),
        (200, b"data: \xff\xfe\n\n", "it sent what is no JSON. Check"),
        (200, b'data: {"choices": 5}\n\n', r"it sent what is no reply \(TypeError\). `qa"),
        (200, b'data: {"error": {"message": "out of memory"}}\n\n', r"it sent what is no reply \(out of memory\). `qa"),
    ],
)
def test_what_is_no_reply_becomes_one_sentence_without_the_key(status, said, expected, caplog):
    caplog.set_level(logging.DEBUG)
    with serving(lambda request: request.send(status, said)) as server:
        model = opened(server.url, key=KEY)
        with pytest.raises(LanguageModelUnavailable, match=expected) as caught:
            written(model)
    message = str(caught.value)
    assert message.startswith(f"Asked tiny at {server.host} to write, but ")
    assert "\n" not in message and message.isprintable() and len(message) < 400
    assert len(server.asked) == 1
    assert server.asked[0].headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in message + repr(caught.value.__cause__) + repr(caught.value.__context__)
    assert KEY not in caplog.text
    assert KEY not in repr(model) + repr(vars(model))


def test_what_may_pass_is_asked_again_after_the_time_the_server_wants():
    def answer(request: Request) -> None:
        if len(server.asked) == 1:
            request.send(429, {"error": {"message": "slow down"}}, headers={"Retry-After": "0.6"})
        else:
            request.reply("hello")

    with serving(answer) as server:
        started = time.monotonic()
        assert written(opened(server.url)) == "hello"
        assert 0.6 <= time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    ("status", "expected"), [(500, "it failed with HTTP 500"), (503, "HTTP 503"), (429, "too often")]
)
def test_what_does_not_pass_is_asked_three_times(status, expected, monkeypatch):
    monkeypatch.setattr("qa.language_model.endpoint._WAITS", (0.01, 0.02))  # else two seconds go by
    with serving(lambda request: request.send(status, {"error": {"message": "overloaded"}})) as server:
        assert f"{expected} (overloaded)" in refused(opened(server.url))
    assert len(server.asked) == 3


def test_nobody_waits_for_a_server_that_wants_more_time_than_there_is():
    with serving(lambda request: request.send(429, {}, headers={"Retry-After": "60"})) as server, within(1):
        assert "it has been asked too often. Wait" in refused(opened(server.url), seconds=5)
    assert len(server.asked) == 1


@pytest.mark.parametrize("option", ["response_format", "temperature"])
def test_an_option_that_a_server_does_not_know_is_left_out_from_then_on(option):
    def answer(request: Request) -> None:
        if option in request.body:
            request.send(400, {"error": {"message": f"'{option}' is not supported"}})
        else:
            request.reply("hello")

    with serving(answer) as server:
        model = opened(server.url)
        assert [written(model, schema=SCHEMA) for _ in range(2)] == ["hello", "hello"]
    others = {"response_format", "temperature"} - {option}
    assert [{"response_format", "temperature"} & set(asked.body) for asked in server.asked] == [
        {"response_format", "temperature"},
        others,
        others,
    ]


def test_a_reply_that_breaks_off_is_not_taken_for_a_whole_one():
    def answer(request: Request) -> None:
        request.begin()
        request.piece("The mayor opened")

    with serving(answer) as server:
        assert "its reply broke off in the middle" in refused(opened(server.url))


def test_a_reply_that_a_filter_holds_back_says_so():
    def answer(request: Request) -> None:
        request.begin()
        request.piece("The", end="content_filter")

    with serving(answer) as server:
        assert "a filter there held its reply back" in refused(opened(server.url))


def test_a_reply_that_only_says_that_it_is_done_is_whole():
    def answer(request: Request) -> None:
        request.begin()
        request.piece("The mayor.")
        request.event("[DONE]")

    with serving(answer) as server:
        assert written(opened(server.url)) == "The mayor."


@pytest.mark.parametrize("size", [5_000, 1_000_001])
def test_a_reply_of_a_megabyte_is_cut_off(size):
    def answer(request: Request) -> None:
        request.begin()
        while True:
            request.piece("x" * size)

    with serving(answer) as server, within(5):
        assert "it sent more than a megabyte" in refused(opened(server.url))
        assert server.gone.wait(1)


def test_a_line_without_an_end_is_cut_off():
    def answer(request: Request) -> None:
        request.begin()
        while True:
            request.wfile.write(b"data: " + b"x" * 1_000_000)

    with serving(answer) as server, within(5):
        assert "it sent more than any reply can be" in refused(opened(server.url))
        assert server.gone.wait(1)


def test_a_server_that_hangs_is_given_up_on_when_the_time_is_over():
    with serving(Request.linger) as server, within(1):
        found = refused(opened(server.url, llm_seconds=1), seconds=0.5)
        assert found == (
            f"Asked tiny at {server.host} to write, but it had sent nothing when its time was over. "
            "An answer may take 1 second: allow more with `llm_seconds`, or name a faster model."
        )
        assert server.gone.wait(1)


def test_a_server_that_drips_is_given_up_on_when_the_time_is_over():
    def answer(request: Request) -> None:
        request.begin()
        while not request.small.closing.wait(0.02):
            request.piece("x")

    with serving(answer) as server, within(1):
        assert "it was still writing when its time was over" in refused(opened(server.url), seconds=0.5)


def test_no_time_at_all_is_no_time():
    with serving(Request.linger) as server, within(0.5):
        assert "it had sent nothing when its time was over" in refused(opened(server.url), seconds=0)
    assert server.asked == []


def test_pieces_that_came_in_time_are_not_lost_to_whoever_takes_long_over_each():
    with serving(lambda request: request.reply("one ", "two ", "three")) as server:
        found = []
        for piece in opened(server.url).stream(ASKED, schema=None, seconds=0.5, stop=None):
            found.append(piece)
            time.sleep(0.3)
    assert found == ["one ", "two ", "three"]


def test_stopping_ends_a_request_that_waits_for_its_first_piece():
    stop = threading.Event()
    with serving(Request.linger) as server:
        threading.Timer(0.2, stop.set).start()
        with within(1.2):
            assert written(opened(server.url), stop=stop) == ""
            assert server.gone.wait(1)


def test_stopping_ends_the_wait_before_asking_again():
    stop = threading.Event()
    with serving(lambda request: request.send(503, {}, headers={"Retry-After": "10"})) as server:
        threading.Timer(0.2, stop.set).start()
        with within(1.2):
            assert written(opened(server.url), stop=stop) == ""
    assert len(server.asked) == 1


def test_a_name_server_that_hangs_does_not_hold_anybody_up(monkeypatch):
    resolve, answered = socket.getaddrinfo, threading.Event()

    def slowly(host, *args, **options):
        if host in ("slow.example", b"slow.example"):
            answered.wait(5)
            raise socket.gaierror("no such host")
        return resolve(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slowly)  # no test can make the system's own slow
    with within(1):
        assert "it had sent nothing" in refused(opened("http://slow.example/v1"), seconds=0.3)
    answered.set()


# Where things go


def test_nothing_answers_where_no_server_is():
    with talking(b"") as nobody:
        pass
    with within(1):
        found = refused(opened(f"http://{nobody}/v1"))
    assert found == (
        f"Asked tiny at {nobody} to write, but nothing answers there. "
        "Start the server, or name its address with `--llm-url`."
    )


def test_a_host_that_is_not_found_is_named():
    error = httpx.ConnectError("all attempts failed")
    error.__cause__ = socket.gaierror(-2, "Name or service not known")
    assert "at llm.example to write, but no host of that name was found" in str(explained(error))


def explained(error: Exception):
    return explain(error, Server("tiny", "https://llm.example/v1", KEY)).error


def test_a_certificate_that_nobody_signed_is_said_to_be_one():
    error = httpx.ConnectError("handshake")
    error.__cause__ = ssl.SSLCertVerificationError(1, "certificate verify failed")
    assert "its certificate is not one that this machine trusts. Point SSL_CERT_FILE" in str(explained(error))


def test_encrypting_to_a_server_that_does_not_is_said_so():
    with talking(b"HTTP/1.1 400 Bad Request\r\n\r\n") as host:
        assert "no encrypted connection came about" in refused(opened(f"https://{host}/v1"))


def test_a_server_that_wants_encryption_is_said_to_break_off(monkeypatch):
    monkeypatch.setattr("qa.language_model.endpoint._WAITS", ())
    with talking(b"\x15\x03\x01\x00\x02\x02\x46") as host:
        found = refused(opened(f"http://{host}/v1"))
    assert "the connection broke off" in found and "https://" in found


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nothing_is_sent_on_to_where_a_server_points(status):
    with serving(lambda request: request.reply("hello")) as other:

        def answer(request: Request) -> None:
            request.send(status, b"", headers={"Location": f"{other.url}/chat/completions"})

        with serving(answer) as server:
            found = refused(opened(server.url, key=KEY))
    assert f"it sends on to {other.url}/chat/completions, which nobody named" in found
    assert other.asked == []


def test_no_proxy_sees_what_is_meant_for_this_machine(monkeypatch):
    with (
        serving(lambda request: request.reply("from the proxy")) as proxy,
        serving(lambda request: request.reply("from the model")) as server,
    ):
        for variable in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(variable, proxy.url.removesuffix("/v1"))
        assert written(opened(server.url)) == "from the model"
    assert proxy.asked == []


def test_only_what_is_needed_is_sent(monkeypatch):
    for variable in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(variable, f"{variable}-of-this-process")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Mine: of-this-process")
    monkeypatch.setenv("OPENAI_API_BASE", "http://elsewhere.example/v1")
    with serving(lambda request: request.reply("hello")) as server:
        assert written(opened(server.url), schema=SCHEMA) == "hello"
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    names = {name.lower() for name in asked.headers}
    assert names == {"host", "accept", "accept-encoding", "connection", "content-type", "content-length", "user-agent"}
    assert "of-this-process" not in str(asked.headers)
    assert asked.body == {
        "model": "tiny",
        "messages": [
            {"role": "system", "content": "You write."},
            {"role": "user", "content": "Who opened the bridge?"},
        ],
        "temperature": 0.0,
        "stream": True,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": SCHEMA, "strict": True},
        },
    }


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8080/v1", True),
        ("http://127.8.9.10/v1", True),
        ("http://localhost/v1", True),
        ("http://LOCALHOST.:1/v1", True),
        ("http://[::1]:8080/v1", True),
        ("http://[::ffff:127.0.0.1]/v1", True),
        ("http://0.0.0.0/v1", False),
        ("http://192.168.1.5/v1", False),
        ("http://127.0.0.1.example.org/v1", False),
        ("http://localhost.example.org/v1", False),
        ("http://127.0.0.1@example.org/v1", False),
        ("http://2130706433/v1", False),
        ("https://api.example.org/v1", False),
    ],
)
def test_what_is_on_this_machine_is_known_from_its_address(url, loopback):
    assert is_loopback(url) is loopback


@pytest.mark.parametrize(
    ("url", "address", "host"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1", "127.0.0.1:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1", "127.0.0.1:8080"),
        ("https://llm.example/api/v3/", "https://llm.example/api/v3", "llm.example"),
    ],
)
def test_an_address_without_a_path_is_the_usual_one(url, address, host):
    server = named_server(Settings(llm="m", llm_url=url), {})
    assert (server.address, server.host) == (address, host)


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({}, None),
        ({"OPENAI_API_KEY": "one"}, None),
        ({"QA_LLM_KEY": "two", "OPENAI_API_KEY": "one"}, "two"),
        ({"QA_LLM_KEY": " two\n"}, "two"),
        ({"QA_LLM_KEY": "", "OPENAI_API_KEY": "one"}, None),
    ],
)
def test_a_key_comes_from_the_environment_and_names_no_host(environ, key):
    server = named_server(Settings(llm="m"), environ)
    assert (server.key, server.host) == (key, "127.0.0.1:11434")


def test_a_key_that_cannot_be_one_is_refused_unseen():
    with pytest.raises(UsageError, match="QA_LLM_KEY holds letters that no key has") as caught:
        open_model(Settings(llm="m"), {"QA_LLM_KEY": "sk-one\r\nX-Evil: 1"})
    assert "sk-one" not in str(caught.value)


REMOTE = "https://llm.example/v1"


def from_files(tmp_path: Path, *, project: str = "", user: str = "", environ=None, flags=None) -> Settings:
    (tmp_path / "qa.toml").write_text(project, encoding="utf-8")
    (tmp_path / "user.toml").write_text(user, encoding="utf-8")
    return load(flags=flags or {}, environ=environ or {}, start=tmp_path, user=tmp_path / "user.toml")


@pytest.mark.parametrize(
    "places",
    [
        {"project": f"llm = 'm'\nllm_url = '{REMOTE}'"},
        {"project": f"llm_url = '{REMOTE}'", "flags": {"llm": "m"}},
        {"project": f"llm_url = '{REMOTE}'", "user": "llm = 'm'"},
        {"project": "llm = 'm'", "environ": {"OPENAI_BASE_URL": REMOTE}},
        {"project": "llm = 'm'", "user": f"llm_url = '{REMOTE}'", "environ": {"OPENAI_BASE_URL": REMOTE}},
    ],
)
def test_a_folder_s_settings_cannot_send_articles_to_another_machine(tmp_path, places):
    with pytest.raises(UsageError, match="a folder's settings may not name another machine") as caught:
        open_model(from_files(tmp_path, **places), {})
    assert REMOTE in str(caught.value) and "--llm-url" in str(caught.value) and str(tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    "places",
    [
        {"user": f"llm = 'm'\nllm_url = '{REMOTE}'"},
        {"project": "llm = 'm'", "environ": {"QA_LLM_URL": REMOTE}},
        {"project": "llm = 'm'", "flags": {"llm_url": REMOTE}},
        {"flags": {"llm": "m"}, "environ": {"OPENAI_BASE_URL": REMOTE}},
        {"user": "llm = 'm'", "environ": {"OPENAI_BASE_URL": REMOTE}},
        {"project": f"llm_url = '{REMOTE}'", "flags": {"llm": "m", "llm_url": REMOTE}},
    ],
)
def test_a_host_that_the_user_named_is_used(tmp_path, places):
    assert open_model(from_files(tmp_path, **places), {}).host == "llm.example"


def test_a_folder_s_settings_may_name_a_server_on_this_machine(tmp_path):
    settings = from_files(tmp_path, project="llm = 'm'\nllm_url = 'http://localhost:1234/v1'")
    assert open_model(settings, {}).host == "localhost:1234"


BOTH = {"OPENAI_API_KEY": "one", "QA_LLM_KEY": "two"}


@pytest.mark.parametrize(
    "places",
    [
        {"user": f"llm_url = '{REMOTE}'"},
        {"environ": {"OPENAI_BASE_URL": REMOTE}},
        {"environ": {"QA_LLM_URL": REMOTE}},
        {"flags": {"llm_url": REMOTE}},
        {"project": "llm_url = 'http://127.0.0.1:1/v1'", "flags": {"llm_url": REMOTE}},
        {"flags": {"llm_url": DEFAULT_LLM_URL}},
    ],
)
def test_a_server_that_the_user_named_is_sent_either_key(tmp_path, places):
    settings = from_files(tmp_path, **{**places, "environ": {"QA_LLM": "m", **places.get("environ", {})}})
    assert [named_server(settings, {name: key}).key for name, key in BOTH.items()] == ["one", "two"]
    assert named_server(settings, BOTH).key == "two"


def test_a_server_that_is_named_in_python_is_sent_either_key():
    settings = Settings(llm="m", llm_url=REMOTE)
    assert [named_server(settings, {name: key}).key for name, key in BOTH.items()] == ["one", "two"]


def test_a_model_that_only_a_folder_names_is_sent_the_key_if_the_user_named_its_server(tmp_path):
    settings = from_files(tmp_path, project="llm = 'm'", user="llm_url = 'http://127.0.0.1:1/v1'")
    assert named_server(settings, BOTH).key == "two"


@pytest.mark.parametrize("key", BOTH)
def test_a_server_that_only_a_folder_names_is_sent_no_key_and_that_is_said(tmp_path, key):
    with serving(lambda request: request.send(401, {"error": "who are you?"}), models={"data": []}) as server:
        settings = from_files(tmp_path, project=f"llm = 'm'\nllm_url = '{server.url}'")
        found = refused(open_model(settings, {key: KEY}))
        state, said = probed(settings, **{key: KEY})["key"]
    assert server.asked and not any("Authorization" in asked.headers for asked in server.asked)
    assert "it wants a key. Yours goes only to a server that you name: `--llm-url`" in found
    assert state == "note" and said == f"is set but not sent, because only {tmp_path / 'qa.toml'} names the server"


def test_a_folder_that_names_a_model_and_a_server_here_is_not_sent_elsewhere_by_openai_s_variable(tmp_path):
    settings = from_files(
        tmp_path,
        project="llm = 'm'\nllm_url = 'http://localhost:1234/v1'",
        environ={"OPENAI_BASE_URL": "https://other.example/v1"},
    )
    assert open_model(settings, {}).host == "localhost:1234"


# What a server serves


@pytest.mark.parametrize(
    ("entry", "pages", "expected"),
    [
        ({"id": "m", "max_model_len": 32_768}, {}, 32_768),
        ({"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx": 4_096, "n_ctx_train": 131_072}}, {}, 4_096),
        (
            {"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx_train": 131_072}},
            {"/props": {"default_generation_settings": {"n_ctx": 2_048}}},
            2_048,
        ),
        ({"id": "m", "context_length": 200_000}, {}, 200_000),
        ({"id": "m", "context_window": 131_072}, {}, 131_072),
        ({"id": "m:latest", "owned_by": "library"}, {"/api/ps": {"models": []}}, 4_096),
        (
            {"id": "m:latest", "owned_by": "library"},
            {"/api/ps": {"models": [{"name": "m:latest", "context_length": 32_768}]}},
            32_768,
        ),
        ({"id": "m", "context_length": "many"}, {}, None),
        ({"id": "m", "max_model_len": True}, {}, None),
        ({"id": "m"}, {}, None),
    ],
)
def test_a_window_is_read_from_what_each_kind_of_server_says(entry, pages, expected):
    listing = {"data": [{"id": "another", "max_model_len": 1}, entry]}
    assert window(listing, "m", ask=lambda path: pages[path]) == expected


@pytest.mark.parametrize("listing", [None, [], {}, {"data": 5}, {"data": [5]}, {"data": [{"id": "a"}, {"id": "b"}]}])
def test_a_list_that_is_none_says_nothing_of_a_window(listing):
    assert window(listing, "m", ask=lambda path: None) is None


def test_a_window_that_nobody_tells_is_the_usual_one():
    with serving(lambda request: request.reply("hello")) as server:
        assert opened(server.url).window == 8_192


@pytest.mark.parametrize(("seconds", "longest"), [(1, 0.25), (60, 1.0)])
def test_a_server_that_stays_silent_is_asked_for_its_window_once_and_not_for_long(seconds, longest):
    with talking(None) as host:
        model = opened(f"http://{host}/v1", llm_seconds=seconds)
        with within(longest + 0.4):
            assert model.window == 8_192
        with within(0.01):
            assert model.window == 8_192


def test_all_that_is_asked_for_the_window_has_one_time_together():
    class Slow(dict):
        def get(self, path, default=None):
            time.sleep(0.6)
            return super().get(path, default)

    listing = {"data": [{"id": "tiny", "owned_by": "llamacpp"}]}
    pages = Slow({"/v1/models": listing, "/props": {"default_generation_settings": {"n_ctx": 999}}})
    with serving(Request.linger, models={"pages": pages}) as server:
        model = opened(server.url)
        with within(1.4):
            assert model.window == 8_192
        with within(0.01):
            assert model.window == 8_192
    # On a machine that does other things too the time may be over before the second is asked.
    assert [asked.path for asked in server.asked] in (["/v1/models", "/props"], ["/v1/models"])


def test_a_server_that_failed_is_asked_for_its_window_once_more_when_it_has_replied():
    pages: dict[str, object] = {}
    with serving(lambda request: request.reply("hello"), models={"pages": pages}) as server:
        model = opened(server.url)
        assert [model.window, model.window] == [8_192, 8_192]
        pages["/v1/models"] = {"data": [{"id": "tiny", "max_model_len": 999}]}
        assert written(model) == "hello"
        assert [model.window, model.window] == [999, 999]
    assert [asked.path for asked in server.asked].count("/v1/models") == 2


@pytest.mark.parametrize(("listing", "times"), [(None, 2), ({"data": []}, 1)])
def test_a_server_that_tells_no_window_is_not_asked_again_and_again(listing, times):
    with serving(lambda request: request.reply("hello"), models=listing) as server:
        model = opened(server.url)
        for _ in range(3):
            assert (model.window, written(model)) == (8_192, "hello")
    assert [asked.path for asked in server.asked].count("/v1/models") == times


def test_ollama_that_does_not_say_what_is_loaded_has_its_smallest_window():
    with serving(
        lambda request: request.reply("hello"), models={"data": [{"id": "m", "owned_by": "library"}]}
    ) as server:
        assert opened(server.url, model="m").window == 4_096


def probed(settings: Settings, **environ) -> dict[str, tuple[str, str]]:
    return {found.name: (found.state, found.found) for found in probe(settings, environ)}


def test_a_server_that_can_do_everything_is_in_order(small_window):
    found = probed(Settings(llm="tiny", llm_url=small_window), QA_LLM_KEY=KEY)
    assert found["address"] == ("ok", f"{small_window}, on this machine")
    assert found["key"] == ("ok", "is set")
    assert found["model"][0] == "ok" and found["model"][1].startswith("tiny replied in 0.")
    assert found["window"] == ("note", "512 tokens, says the server: few sentences have room in it")
    assert found["JSON schema"] == ("ok", "its reply kept to one")


def test_what_a_server_cannot_do_is_noted():
    with serving(lambda request: request.reply("Hello!"), models={"data": [{"id": "a"}, {"id": "b"}]}) as server:
        found = probed(Settings(llm="c", llm_url=server.url))
    assert found["model"][0] == "note" and found["model"][1].endswith("but what is listed is a, b")
    assert found["window"][0] == "note" and found["window"][1].startswith("8,192 tokens: the server does not say")
    assert found["JSON schema"][0] == "note"


def test_a_window_that_is_set_larger_than_it_is_is_noted():
    with serving(
        lambda request: request.reply("Hello!"), models={"data": [{"id": "a", "max_model_len": 4096}]}
    ) as server:
        found = probed(Settings(llm="a", llm_url=server.url, llm_window=9_000))
    assert found["window"] == ("note", "`llm_window` says 9,000 tokens, the server 4,096")


def test_a_model_that_is_not_there_is_a_problem_and_the_others_are_named():
    models = {"data": [{"id": "a"}, {"id": "b"}]}
    with serving(lambda request: request.send(404, {"error": {"message": "no c"}}), models=models) as server:
        state, found = probed(Settings(llm="c", llm_url=server.url))["model"]
    assert state == "problem" and "it knows no such model" in found and found.endswith("It lists a, b.")


def test_a_server_that_is_not_there_is_a_problem():
    with talking(b"") as nobody:
        pass
    found = probed(Settings(llm="m", llm_url=f"http://{nobody}/v1"))
    assert found["model"][0] == "problem" and "nothing answers there" in found["model"][1]


def test_doctor_looks_into_the_language_model_and_shows_no_key(monkeypatch, tmp_path):
    from typer.testing import CliRunner

    from qa.cli import build
    from qa.commands.session import Session

    monkeypatch.chdir(tmp_path)
    with serving(lambda request: request.send(500, {"error": f"{KEY} crashed"}), models={"data": []}) as server:
        environ = {
            "QA_LLM": "m",
            "OPENAI_BASE_URL": server.url,
            "QA_LLM_KEY": KEY,
            "QA_LIBRARY": str(tmp_path / "none"),
        }
        monkeypatch.setattr("qa.language_model.endpoint._WAITS", ())
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        done = CliRunner().invoke(build(), ["doctor", "--json"], obj=Session(try_model=lambda settings: "fine"))
    checks = [check for check in json.loads(done.stdout)["checks"] if check["part"] == "Language model"]
    assert [check["name"] for check in checks] == ["address", "key", "model"]
    assert "it failed with HTTP 500 (… crashed)" in checks[-1]["found"]
    assert KEY not in done.output and done.exit_code == 1


# Models that were handed over in Python


def handed(reply, *, key: object = KEY, seconds: float | None = None):
    """A language model of llama-index's whose reply is what a function yields."""
    from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

    class Handed(CustomLLM):
        api_key: object = key

        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(model_name="handed", context_window=1_234)

        def complete(self, prompt, formatted=False, **kwargs):
            raise NotImplementedError

        def stream_complete(self, prompt, formatted=False, **kwargs):
            text = ""
            for piece in reply(prompt):
                text += piece
                yield CompletionResponse(text=text, delta=piece)

    return of_llama_index(Handed(), seconds=seconds)


def test_a_model_handed_over_in_python_writes():
    model = handed(lambda prompt: iter(["The ", "mayor."]))
    assert (model.name, model.host, model.window) == ("handed", "", 1_234)
    assert written(model, schema=SCHEMA) == "The mayor."


@pytest.mark.parametrize("key", [KEY, SecretStr(KEY)])
def test_a_model_handed_over_that_fails_is_quoted_without_its_key(key):
    def fail(prompt):
        yield "The "
        raise RuntimeError(f"the\nkey <{KEY}> is used up")

    found = refused(handed(fail, key=key))
    assert found == (
        "Asked handed to write, but it failed with RuntimeError: the key <…> is used up. Ask it something by itself."
    )


def test_a_model_handed_over_that_hangs_is_left_to_itself():
    going_on = threading.Event()

    def hang(prompt):
        going_on.wait(5)
        yield "x"

    stop = threading.Event()
    with within(1.5):
        assert "it had sent nothing after 0.3 seconds" in refused(handed(hang), seconds=0.3)
        threading.Timer(0.1, stop.set).start()
        assert written(handed(hang), stop=stop) == ""
    going_on.set()


def test_a_model_handed_over_that_is_late_names_the_time_that_is_set():
    def slowly(prompt):
        yield "x"
        time.sleep(0.4)
        yield "x"

    found = refused(handed(slowly, seconds=60), seconds=0.3)
    assert "it was still writing when its time was over. An answer may take 60 seconds: allow more" in found


def test_a_model_handed_over_that_does_not_end_is_cut_off():
    def endless(prompt):
        while True:
            yield "x" * 50_000

    assert "more than a megabyte" in refused(handed(endless))


def test_a_model_handed_over_that_cannot_stream_replies_at_once():
    from llama_index.core.llms import MockLLM

    class Whole(MockLLM):
        def stream_chat(self, messages, **kwargs):
            raise NotImplementedError

    assert "Who opened the bridge?" in written(of_llama_index(Whole()))


def test_what_is_no_language_model_is_named():
    with pytest.raises(UsageError, match="write with 'int', which is no language model of llama-index"):
        of_llama_index(5)


def test_whoever_hands_over_a_name_is_told_where_names_go():
    with pytest.raises(UsageError, match=r"open the library with `settings=Settings\(llm='llama3'\)`\.") as caught:
        of_llama_index("llama3")
    assert "Hand one over" not in str(caught.value)
    with pytest.raises(UsageError, match="'str', which is no language model") as caught:
        of_llama_index("a\nb")
    assert "\n" not in str(caught.value)


def test_opening_a_model_imports_nothing_slow():
    code = (
        "import sys; from qa.settings import Settings; from qa.language_model import open_model; "
        "open_model(Settings(llm='m'), {}); print([m for m in ('llama_index', 'openai') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.strip() == "[]"

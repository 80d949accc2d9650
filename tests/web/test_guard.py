"""The guard: who may ask, for what, how much, and with which headers it leaves. On real sockets."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import time
from contextlib import closing

import httpx
import pytest
from fastapi.responses import PlainTextResponse

from qa.web.guard.guard import Guard, Rules
from qa.web.guard.password import FREE_FAILURES, LONGEST_WAIT, MOST_ADDRESSES, PAUSE, Door
from qa.web.guard.payload import is_plain
from tests.web.small_server import started

# One for all: each new one reads the certificates of the system, and a connection that is kept may be a dead server's.
http = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0), trust_env=False, timeout=20)
PASSWORD = "a bridge, at last: ü"
SAME = "same-origin"
ANY_PATH = ["/", "/api/length", "/page/part", "/assets/own.css", "/api/bug", "/nothing", "/api/nothing", "/a/../b"]


@pytest.fixture(scope="module")
def small():
    with started() as (url, _):
        yield url


@pytest.fixture(scope="module")
def gradio():
    with started("--gradio") as (url, _):
        yield url


@pytest.fixture(scope="module")
def locked():
    with started("--address", "0.0.0.0", "--password", PASSWORD, "--name", "Archive.example") as (url, _):
        yield url


def raw(url: str, text: bytes | str, *, seconds: float = 10) -> str:
    """Send exactly this, and return all that comes back until the connection ends or nothing more comes."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    with closing(socket.create_connection((host, int(port)), timeout=seconds)) as connection:
        connection.sendall(text.encode() if isinstance(text, str) else text)
        received = b""
        while b"\r\n\r\n" not in received or not _is_whole(received):
            part = connection.recv(65_536)
            if not part:
                break
            received += part
    return received.decode("latin-1")


def _is_whole(received: bytes) -> bool:
    head, _, body = received.partition(b"\r\n\r\n")
    length = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    return bool(length) and len(body) >= int(length[0])


def status_of(answer: str) -> int:
    return int(answer.split()[1])


def basic(password: str, name: str = "anybody") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


# By which name


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:7860", "localhost", "LOCALHOST:1", "localhost.", "[::1]:80"])
def test_its_own_names_are_answered_with_any_port(small, host):
    assert http.get(f"{small}/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    "evil.example evil.example:7860 localhost.evil.example 127.0.0.1.evil.example 0.0.0.0 127.0.0.2 [::] 127.1 "
    "2130706433 localhost.. testserver".split(),
)
def test_a_foreign_name_is_refused_in_a_sentence(small, host):
    answer = http.get(f"{small}/api/length", headers={"Host": host})
    assert answer.status_code in (400, 421)
    assert answer.json()["kind"] in ("ForeignHost", "BadHost")
    assert "Asked" in answer.json()["error"]


@pytest.mark.parametrize(
    "hosts",
    ["", "Host: \r\n", "Host: 127.0.0.1\r\nHost: evil.example\r\n", "Host: user@127.0.0.1\r\n", "Host: a b\r\n"],
)
def test_no_host_two_hosts_or_what_is_none_is_refused(small, hosts):
    assert status_of(raw(small, f"GET / HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n")) == 400


def test_a_name_that_the_user_allowed_is_answered_and_so_is_the_address_it_came_in_by(locked):
    port = locked.rpartition(":")[2]
    for host, expected in {"archive.example": 200, f"archive.example:{port}": 200, f"127.0.0.1:{port}": 200}.items():
        assert http.get(f"{locked}/", headers=basic(PASSWORD) | {"Host": host}).status_code == expected
    assert http.get(f"{locked}/", headers=basic(PASSWORD) | {"Host": "other.example"}).status_code == 421
    assert http.get(f"{locked}/", headers=basic(PASSWORD) | {"Host": "0.0.0.0"}).status_code == 421


@pytest.mark.parametrize(
    ("arrived_at", "host", "expected"),
    [
        ("192.0.2.5", "192.0.2.5:7860", 200),
        ("192.0.2.5", "192.0.2.6", 421),
        ("2001:db8::5", "[2001:db8::5]", 200),
        ("evil.example", "evil.example", 421),  # a name is never taken on trust
    ],
)
def test_the_address_that_a_request_came_in_by_is_a_name_too(arrived_at, host, expected):
    transport = httpx.ASGITransport(Guard(PlainTextResponse("front"), rules=Rules()))
    place = f"[{arrived_at}]" if ":" in arrived_at else arrived_at

    async def ask() -> int:
        async with httpx.AsyncClient(transport=transport, verify=False) as client:
            return (await client.get(f"http://{place}/", headers={"Host": host})).status_code

    assert asyncio.run(ask()) == expected


# From whose page


def origins(url: str) -> list[tuple[str, dict[str, str], int]]:
    port = url.rpartition(":")[2]
    return [
        ("a program that is no browser", {}, 200),
        ("our page", {"Origin": url, "Sec-Fetch-Site": SAME}, 200),
        ("our page in an older browser", {"Origin": url}, 200),
        ("our page by its other name", {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}, 200),
        ("a page elsewhere", {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
        ("a page elsewhere, older browser", {"Origin": "https://evil.example"}, 403),
        ("a sandboxed frame or a file", {"Origin": "null"}, 403),
        ("another port here", {"Origin": "http://127.0.0.1:1"}, 403),
        ("another port here, by site", {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"}, 403),
        ("the same port by another name", {"Origin": f"http://localhost:{port}"}, 403),
        ("a name that begins like ours", {"Origin": f"{url}.evil.example"}, 403),
        ("our name as a user's", {"Origin": f"http://127.0.0.1:{port}@evil.example"}, 403),
        ("an extension", {"Origin": "chrome-extension://abcdef"}, 403),
        ("nothing", {"Origin": ""}, 403),
        ("a browser that hides its origin", {"Sec-Fetch-Site": SAME}, 403),
        ("a page elsewhere that hides its origin", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("ours, but the browser says otherwise", {"Origin": url, "Sec-Fetch-Site": "cross-site"}, 403),
    ]


def test_only_our_own_page_may_change_anything(small):
    found = {who: http.post(f"{small}/api/length", headers=sent).status_code for who, sent, _ in origins(small)}
    assert found == {who: expected for who, _, expected in origins(small)}


def test_only_our_own_page_may_use_the_queue_of_the_page(gradio):
    def ask(sent: dict[str, str]) -> int:
        return http.post(f"{gradio}/gradio_api/queue/join", headers=sent, json={}).status_code

    found = {who: ask(sent) for who, sent, _ in origins(gradio)}
    assert found == {who: {200: 422}.get(expected, expected) for who, _, expected in origins(gradio)}


def test_two_origins_are_none(small):
    port = small.rpartition(":")[2]
    twice = f"Origin: {small}\r\nOrigin: https://evil.example\r\n"
    answer = raw(small, f"POST /api/length HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{twice}Content-Length: 0\r\n\r\n")
    assert status_of(answer) == 403


LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.mark.parametrize(
    ("path", "sent", "expected"),
    [
        ("/", LINK, 200),  # a link to the page
        ("/", LINK | {"Sec-Fetch-Dest": "iframe"}, 403),
        ("/", {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200),  # typed by somebody
        ("/api/length", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "script"}, 403),
        ("/api/length", {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "image"}, 403),
        ("/api/length", {"Sec-Fetch-Site": SAME}, 200),
        ("/api/length", {"Origin": "https://evil.example"}, 403),
        ("/gradio_api/queue/data?session_hash=a", LINK, 403),
        ("/gradio_api/info", {"Origin": "null"}, 403),
        ("/gradio_api/info", {"Sec-Fetch-Site": SAME}, 200),
    ],
)
def test_reading_is_for_our_page_and_for_whoever_follows_a_link(gradio, path, sent, expected):
    assert http.get(f"{gradio}{path}", headers=sent).status_code == expected


@pytest.mark.parametrize("sent", [{"Origin": "https://evil.example"}, {}])
def test_no_page_elsewhere_is_ever_told_that_it_may(gradio, sent):
    asked = sent | {"Access-Control-Request-Method": "POST"}
    for answer in (
        http.options(f"{gradio}/api/length", headers=asked),
        http.options(f"{gradio}/gradio_api/queue/join", headers=asked),
        http.get(f"{gradio}/gradio_api/info", headers=sent),
        http.get(f"{gradio}/gradio_api/info", headers={"Origin": gradio}),
        http.get(f"{gradio}/api/generous"),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("origin", ["https://evil.example", None])
def test_a_websocket_is_not_opened(small, origin):
    port = small.rpartition(":")[2]
    named = f"Origin: {origin}\r\n" if origin else ""
    answer = raw(
        small,
        f"GET /gradio_api/queue/join HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{named}Upgrade: websocket\r\nConnection: "
        "Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    )
    assert status_of(answer) in (403, 404)


# For what


@pytest.mark.parametrize(
    "target",
    [
        "/../etc/passwd",
        "/assets/../../etc/passwd",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets/%2E%2E%2fpasswd",
        "/assets/..%2f..%2fetc/passwd",
        "/assets/%252e%252e/passwd",
        "/assets/..\\..\\passwd",
        "/assets/%5c..%5cpasswd",
        "/assets/own.css%00.js",
        "/static/./x",
        "/assets/%c0%ae%c0%ae/passwd",
        "//evil.example/",
        "/%2fevil.example",
        "/gradio_api/file=/etc/passwd%0d%0aX: 1",
        "/assets/;x",
        "/api/<script>",
    ],
)
def test_an_address_that_is_no_plain_path_is_refused(gradio, target):
    answer = raw(gradio, f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert status_of(answer) == 400
    assert "root:" not in answer


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/upload"),
        ("GET", "/gradio_api/upload_progress?upload_id=a"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/file=https:/evil.example"),
        ("GET", "/gradio_api/file/etc/passwd"),
        ("GET", "/gradio_api/proxy=https:/huggingface.co"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("POST", "/gradio_api/stream/abc"),
        ("GET", "/gradio_api/stream/a/b/1/playlist.m3u8"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/run/answer"),
        ("POST", "/gradio_api/api/answer"),
        ("POST", "/gradio_api/call/answer"),
        ("POST", "/gradio_api/call/v2/answer"),
        ("GET", "/gradio_api/mcp"),
        ("POST", "/gradio_api/mcp/sse"),
        ("GET", "/gradio_api/custom_component/a/client/component/index.js"),
        ("GET", "/gradio_api/runs"),
        ("POST", "/gradio_api/run-history/connect"),
        ("GET", "/gradio_api/deep_link"),
        ("GET", "/gradio_api/openapi.json"),
        ("GET", "/gradio_api/user"),
        ("GET", "/gradio_api/token"),
        ("GET", "/gradio_api/login_check"),
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/gradio_api/vibe-edit"),
        ("GET", "/gradio_api/dev/reload"),
        ("GET", "/gradio_api/startup-events"),
        ("POST", "/login"),
        ("GET", "/logout"),
        ("GET", "/login/huggingface"),
        ("GET", "/svelte/svelte.js"),
        ("GET", "/pwa_icon"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("POST", "/"),
        ("POST", "/assets/own.css"),
        ("DELETE", "/gradio_api/queue/join"),
        ("GET", "/gradio_api/queue/join"),
    ],
)
def test_what_the_page_does_not_need_is_not_there(gradio, method, path):
    answer = http.request(method, f"{gradio}{path}")
    assert answer.status_code == 404
    assert "Asked for something that is not here" in answer.text


def test_what_the_page_needs_is_there(gradio):
    front = http.get(f"{gradio}/")
    assert front.status_code == 200
    script = next(part.split('"')[0] for part in front.text.split('src="')[1:] if "assets/" in part[:20])
    for path in (
        script.removeprefix("."),
        "/theme.css",
        "/config",
        "/gradio_api/info",
        "/gradio_api/app_id",
        "/favicon.ico",
    ):
        assert http.get(f"{gradio}{path}").status_code == 200


def test_an_answer_streams_through_the_queue_as_it_is_made(gradio):
    asked = {"data": ["How often?"], "fn_index": 0, "session_hash": "abcdef"}
    assert http.post(f"{gradio}/gradio_api/queue/join", json=asked, headers={"Origin": gradio}).status_code == 200
    shown, times = [], []
    with http.stream("GET", f"{gradio}/gradio_api/queue/data?session_hash=abcdef", timeout=20) as stream:
        assert stream.headers["content-security-policy"]
        for line in stream.iter_lines():
            if '"process_generating"' in line or '"process_completed"' in line:
                shown.append(json.loads(line.removeprefix("data: ")))
                times.append(time.monotonic())
            if '"process_completed"' in line:
                break
    assert len(shown) >= 4
    assert times[-1] - times[0] > 0.3  # nothing was held back until the end


FILE = {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}


@pytest.mark.parametrize(
    "value", [FILE, [{"role": "user", "content": [{"type": "file", "file": FILE}]}], {"a": [[{"b": {"path": "x"}}]]}]
)
def test_a_value_that_names_a_file_is_not_handed_to_gradio(gradio, value):
    asked = {"data": [value], "fn_index": 0, "session_hash": "file"}
    for body in (
        json.dumps(asked),
        json.dumps(asked).replace("path", "p\\u0061th"),
        json.dumps(asked).encode("utf-16"),
    ):
        sent = {"Content-Type": "application/json"}
        answer = http.post(f"{gradio}/gradio_api/queue/join", content=body, headers=sent)
        assert (answer.status_code, answer.json()["kind"]) == (400, "NamesAFile")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"data": ["a path", {"_type_": 1}]}', True),
        (b'{"data": [{"path": null}]}', False),
        (b'{"meta": {"_type": "gradio.FileData"}}', False),
        (b"[" * 200_000, False),
        (b"not JSON", False),
        (b"", False),
    ],
)
def test_what_is_plain(body, expected):
    assert is_plain(body) is expected


# How much


def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(small):
    began = time.monotonic()
    answer = raw(small, "POST /api/length HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n")
    assert status_of(answer) == 413
    assert "more than 2 MB" in json.loads(answer.partition("\r\n\r\n")[2])["error"]
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("length", ["-1", "1e3", "12x", "99999999999999999999999999"])
def test_a_length_that_is_none_or_beyond_all_is_refused(small, length):
    answer = raw(small, f"POST /api/length HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n")
    assert status_of(answer) in (400, 413)


@pytest.mark.parametrize("path", ["/api/length", "/api/parsed", "/gradio_api/queue/join"])
def test_a_body_without_a_length_is_cut_off_at_the_limit(gradio, path):
    def parts():
        for _ in range(40):
            yield b" " * 100_000

    answer = http.post(f"{gradio}{path}", content=parts(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["kind"]) == (413, "TooLarge")
    assert answer.headers["content-security-policy"]


def test_a_sender_that_never_ends_is_cut_off_soon(small):
    port = int(small.rpartition(":")[2])
    began, sent = time.monotonic(), 0
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        connection.sendall(b"POST /api/length HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        with pytest.raises(OSError):
            while time.monotonic() - began < 8:
                connection.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
                sent += 65_536
                time.sleep(0.01)
    assert sent > 2_000_000


def test_what_lies_within_the_limits_comes_through_whole(small):
    assert http.post(f"{small}/api/length", content=b"x" * 2_000_000).json() == {"length": 2_000_000}
    assert http.post(f"{small}/api/articles", content=b"x" * 9_000_000).json() == {"length": 9_000_000}
    assert http.post(f"{small}/api/length", content=iter([b"ab", b"cd"])).json() == {"length": 4}


def test_an_upload_has_its_own_limit(small):
    answer = raw(small, "POST /api/articles HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 200000001\r\n\r\n")
    assert status_of(answer) == 413
    answer = raw(small, "DELETE /api/articles HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2000001\r\n\r\n")
    assert status_of(answer) == 413


def test_an_answer_begun_before_the_body_was_too_large_is_ended(small):
    answer = http.post(f"{small}/api/hasty", content=iter([b" " * 100_000] * 30))
    assert answer.text == "begun cut off"


# With which headers


@pytest.mark.parametrize("path", ANY_PATH)
def test_every_response_has_the_headers_that_keep_others_out(gradio, path):
    target = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    head = raw(gradio, target).partition("\r\n\r\n")[0].lower()
    for line in (
        "x-content-type-options: nosniff",
        "x-frame-options: deny",
        "referrer-policy: no-referrer",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-resource-policy: same-origin",
        "permissions-policy: ",
        "content-security-policy: default-src 'none'; frame-ancestors 'none'"
        if path.startswith("/api/")
        else "content-security-policy: default-src 'self'; script-src 'self' 'unsafe-inline'",
    ):
        assert head.count(f"\r\n{line}") == 1, (path, line)
    kept = path.startswith(("/assets", "/static"))
    assert ("\r\ncache-control: no-store" in head) is not kept


def test_what_a_refusal_and_a_redirect_leave_with_is_the_same(locked):
    for answer in (http.get(f"{locked}/"), http.get(f"{locked}/", headers={"Host": "evil.example"})):
        assert answer.status_code in (401, 421)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_our_headers_win_over_those_of_the_application(small):
    headers = http.get(f"{small}/api/generous").headers
    assert headers.get_list("x-frame-options") == ["DENY"]
    assert headers.get_list("server") == ["Citewell"]
    assert headers["cache-control"] == "no-store"


def test_a_bug_is_answered_without_its_details(small):
    answer = http.get(f"{small}/api/bug")
    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.text


# With which password


@pytest.mark.parametrize(
    "path", [*ANY_PATH[:4], "/api/nothing", "/theme.css", "/gradio_api/queue/data", "/favicon.ico"]
)
def test_without_the_password_nothing_is_answered(locked, path):
    answer = http.get(f"{locked}{path}")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="Citewell", charset="UTF-8"'
    assert "password" in answer.text


def test_with_the_password_and_any_name_it_is(locked):
    for name in ("", "anybody", "Ä"):
        assert http.get(f"{locked}/", headers=basic(PASSWORD, name)).status_code == 200
    assert http.post(f"{locked}/api/length", headers=basic(PASSWORD), content=b"abc").json() == {"length": 3}


def test_a_foreign_page_may_not_even_guess(locked):
    answer = http.post(f"{locked}/api/length", headers=basic(PASSWORD) | {"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize(
    "sent", ["Basic", "Basic !!!", "Bearer abc", "Basic " + base64.b64encode(b"no colon").decode(), "Digest a=b", "é"]
)
def test_what_is_no_password_is_a_wrong_one(sent):
    async def knock() -> str:
        return await Door(PASSWORD).knock(sent.encode("latin-1"), address="192.0.2.1")

    assert asyncio.run(knock()) == "wrong"


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def token(password: str) -> bytes:
    return basic(password)["Authorization"].encode()


def knocks(door: Door, *guesses: tuple[str, str]) -> list[str]:
    async def all_of_them() -> list[str]:
        return [await door.knock(token(password), address=address) for password, address in guesses]

    return asyncio.run(all_of_them())


def test_guessing_becomes_slow_for_that_address_alone():
    clock = Clock()
    door = Door(PASSWORD, clock=clock, sleep=clock.sleep)
    assert knocks(door, *[("wrong", "192.0.2.1")] * FREE_FAILURES) == ["wrong"] * FREE_FAILURES
    assert clock.slept == []
    assert knocks(door, ("wrong", "192.0.2.1"), ("wrong", "192.0.2.1")) == ["wrong"] * 2
    assert clock.slept == [PAUSE, PAUSE]
    assert knocks(door, ("wrong", "192.0.2.2")) == ["wrong"]
    assert clock.slept == [PAUSE, PAUSE]


def test_time_ends_it_and_the_right_password_of_somebody_else_there_does_not():
    clock = Clock()
    door = Door(PASSWORD, clock=clock, sleep=clock.sleep)
    knocks(door, *[("wrong", "192.0.2.1")] * FREE_FAILURES, (PASSWORD, "192.0.2.1"), ("wrong", "192.0.2.1"))
    assert clock.slept == [PAUSE]
    clock.now += 3600
    knocks(door, ("wrong", "192.0.2.1"))
    assert clock.slept == [PAUSE]


def test_whoever_knows_the_password_is_let_in_at_once_while_others_at_that_address_guess():
    async def at_once() -> list[str]:
        clock, asleep = Clock(), asyncio.Event()
        door = Door(PASSWORD, clock=clock, sleep=lambda seconds: asleep.wait())
        guesses = [asyncio.ensure_future(door.knock(token("wrong"), address="192.0.2.1")) for _ in range(50)]
        await asyncio.sleep(0)
        guessed = [each.result() for each in guesses if each.done()]
        assert "waiting" in guessed
        assert len(guessed) < len(guesses)  # the others wait their turn
        outcomes = [await asyncio.wait_for(door.knock(token(PASSWORD), address="192.0.2.1"), 1) for _ in range(20)]
        asleep.set()
        await asyncio.gather(*guesses)
        return outcomes

    assert asyncio.run(at_once()) == ["right"] * 20


def test_many_guesses_at_once_wait_for_each_other_or_are_turned_away():
    async def at_once() -> list[str]:
        clock = Clock()
        door = Door(PASSWORD, clock=clock, sleep=lambda seconds: asyncio.sleep(0))
        for _ in range(FREE_FAILURES):
            await door.knock(token("wrong"), address="2001:db8::1")
        guesses = [door.knock(token("wrong"), address=f"2001:db8::{number:x}") for number in range(50)]
        return await asyncio.gather(*guesses)

    outcomes = asyncio.run(at_once())
    assert outcomes.count("wrong") <= LONGEST_WAIT / PAUSE + 1
    assert outcomes.count("waiting") >= 49 - LONGEST_WAIT / PAUSE


def test_addresses_are_forgotten_before_they_fill_the_memory():
    clock = Clock()
    door = Door(PASSWORD, clock=clock, sleep=clock.sleep)
    knocks(door, *[("wrong", f"10.0.{n // 250}.{n % 250}") for n in range(MOST_ADDRESSES + 50)])
    assert len(door._failing) == MOST_ADDRESSES


def test_a_wrong_password_is_refused_and_guessing_on_is_turned_away():
    with started("--address", "0.0.0.0", "--password", PASSWORD) as (url, _):
        first = http.get(f"{url}/api/length", headers=basic("something else"))
        assert (first.status_code, first.json()["kind"]) == (401, "PasswordWrong")

        async def guess() -> tuple[list[int], int]:
            async with httpx.AsyncClient(timeout=30) as client:
                asked = [asyncio.create_task(client.get(f"{url}/", headers=basic(f"guess {n}"))) for n in range(30)]
                done, waiting = await asyncio.wait(asked, timeout=1.5)
                for task in waiting:
                    task.cancel()
                return [task.result().status_code for task in done], len(waiting)

        codes, waiting = asyncio.run(guess())
        assert (codes.count(401), waiting > 0) == (FREE_FAILURES - 1, True)
        assert codes.count(429) >= 30 - FREE_FAILURES - LONGEST_WAIT / PAUSE
        began = time.monotonic()
        assert http.get(f"{url}/", headers=basic(PASSWORD)).status_code == 200
        assert time.monotonic() - began < PAUSE / 2


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 401),
        (basic("wrong"), 401),
        ({"Origin": "https://evil.example"}, 403),
        (basic(PASSWORD) | {"Origin": "https://evil.example"}, 403),
        (basic(PASSWORD) | {"Sec-Fetch-Site": "cross-site"}, 403),
        (basic(PASSWORD) | {"Host": "evil.example"}, 421),
    ],
)
def test_the_tools_are_guarded_as_all_else_is(locked, sent, status):
    answer = http.post(f"{locked}/mcp", headers=sent, json={})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert set(answer.json()) == {"error", "kind"}


# Behind a proxy

PROXIED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "192.0.2.9",
    "X-Forwarded-Prefix": "/elsewhere",
    "Forwarded": "host=evil.example;proto=https",
    "X-Gradio-Server": "https://evil.example",
}


def test_the_page_takes_no_address_from_what_a_request_says_it_came_by(gradio):
    for path in ("/", "/config"):
        plain, proxied = http.get(f"{gradio}{path}"), http.get(f"{gradio}{path}", headers=PROXIED)
        assert proxied.status_code == 200
        assert "evil.example" not in proxied.text
        assert f'"root":"{gradio}"' in plain.text.replace(" ", "")
        assert f'"root":"{gradio}"' in proxied.text.replace(" ", "")


# While it is being ended


def ended_in_the_middle(app, method: str, path: str) -> list[dict]:
    """What is sent when the task of a request is cancelled, which is how the server ends it."""
    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    async def receive() -> dict:
        return await asyncio.Future()

    async def ask() -> None:
        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
        scope |= {"headers": [(b"host", b"127.0.0.1")], "scheme": "http", "server": ("127.0.0.1", 80), "client": None}
        asking = asyncio.ensure_future(Guard(app, rules=Rules())(scope, receive, send))
        await asyncio.sleep(0.05)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asking, 1)

    asyncio.run(ask())
    return sent


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/ask"), ("GET", "/page/part"), ("GET", "/")])
def test_whoever_waits_while_it_is_ended_is_told_so_with_our_headers(method, path):
    async def waiting(scope, receive, send) -> None:
        await asyncio.Future()

    start, *rest = ended_in_the_middle(waiting, method, path)
    headers = dict(start["headers"])
    assert (start["status"], headers[b"server"], headers[b"x-frame-options"]) == (503, b"Citewell", b"DENY")
    body = b"".join(each.get("body", b"") for each in rest).decode()
    assert "The server was ended before the answer was there. Ask again when it runs." in body
    if path.startswith("/api/"):
        assert json.loads(body)["kind"] == "ServerEnded"


def test_an_answer_that_has_begun_is_not_begun_again_while_it_is_ended():
    async def half(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.Future()

    assert [each.get("status") for each in ended_in_the_middle(half, "GET", "/")] == [200]

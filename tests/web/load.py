"""How the server bears many people, and hours: `python -m tests.web.load`, from the root of the project.

Without options 20 people ask 5 questions each at once, through the JSON API and through the page's own queue; every
answer must be the one that is given when nobody else asks. `--minutes N` goes on for that long and watches the
server's memory. `--start` measures how long the page takes to be there, and the first answer.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.web.served import ROOT, Served, resident_bytes, serve

PEOPLE, EACH = 20, 5
QUESTIONS = (
    "Who commanded the CSTO peacekeeping force?",
    "How many soldiers are in the CSTO peacekeeping force?",
    "Who is the governor of Almaty?",
    "How many police and national guard troops died?",
    "How many people were detained?",
    "What did Putin and Tokayev talk about?",
    "Who won the World Cup in 2018?",
    "When did the protests begin?",
    "Why did the protests begin?",
    "Who is the Secretary-General of the CSTO?",
)
Seen = tuple[str, str | None, tuple[tuple[str, int, int], ...]]  # status, the bare answer, what was cited
Asking = Callable[[str], Seen]


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201 - a script


# Asking


def fetch(url: str, body: Any = None, *, timeout: float = 120) -> Any:
    """Send JSON, or ask for it."""
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, sent, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=timeout) as response:
        return json.load(response)


def by_api(server: Served) -> Asking:
    """Ask as a program does."""

    def ask(question: str) -> Seen:
        found = fetch(f"{server.url}/api/ask", {"question": question})
        spans = ((one["article_id"], one["start"], one["end"]) for one in found["citations"])
        return found["status"], found["short"], tuple(spans)

    return ask


def by_page(server: Served) -> Asking:
    """Ask as the page does, each question in a session of its own."""
    page = Page(server)
    return lambda question: seen(page.ask(question))


_SESSIONS = itertools.count()  # of all pages: two with one name would read each other's answers


class Page:
    """Asks through the queue of the page, as its script does."""

    def __init__(self, server: Served) -> None:
        self.url = f"{server.url}/gradio_api/queue"
        config = fetch(f"{server.url}/config")
        ids = {part["props"].get("elem_id"): part["id"] for part in config["components"]}
        self._composer = ids["composer"]
        submit = [self._composer, "submit"]
        self._function = next(one["id"] for one in config["dependencies"] if submit in map(list, one["targets"]))

    def ask(self, question: str, conversation: Any = None) -> Any:
        """Return the conversation with the answer at its end."""
        session = f"load{next(_SESSIONS)}"
        sent = json.dumps({"conversation": conversation, "filters": {}, "instead": None})
        asked = {"data": [question, sent, session], "fn_index": self._function, "session_hash": session}
        fetch(f"{self.url}/join", {**asked, "trigger_id": self._composer})
        return _conversation(_events(f"{self.url}/data?session_hash={session}"))


def seen(conversation: Any) -> Seen:
    """What the last answer of a conversation says, and cites."""
    answer = conversation["turns"][-1]["answer"]
    spans = (one["span"] for one in answer["citations"])
    return answer["status"], answer["short"], tuple((one["article_id"], one["start"], one["end"]) for one in spans)


def _events(url: str) -> Iterator[dict[str, Any]]:
    with urllib.request.urlopen(url, timeout=120) as response:
        for line in response:
            if line.startswith(b"data:"):
                yield json.loads(line[5:])


def _conversation(events: Iterator[dict[str, Any]]) -> Any:
    """Return the last conversation among some events."""
    kept, last = "", ""
    for event in events:
        if event["msg"] in ("process_generating", "process_completed"):
            if not event.get("success", True):
                raise RuntimeError(f"the page did not answer: {event}")
            last = str(event["output"])
            kept = next((text for text in _texts(event["output"]) if '"citewell conversation"' in text), kept)
        if event["msg"] == "process_completed":
            break
    if not kept:
        raise RuntimeError(f"the page did not answer: {last}")
    return json.loads(kept)


def _texts(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict | list):
        for one in found.values() if isinstance(found, dict) else found:
            yield from _texts(one)


# Many at once


@dataclass(frozen=True, slots=True)
class Crowd:
    """What came of many asking at once: how long each waited, and how many got an answer that was not theirs."""

    seconds: tuple[float, ...]
    strange: tuple[str, ...]

    def line(self, name: str) -> str:
        """Say it in a line."""
        ordered = sorted(self.seconds)
        return (
            f"{name}: {len(ordered)} answers, p50 {statistics.median(ordered):.2f} s, "
            f"p95 {ordered[int(0.95 * (len(ordered) - 1))]:.2f} s, longest {ordered[-1]:.2f} s, "
            f"{len(self.strange)} with another's sources"
        )


def together(ask: Asking, alone: dict[str, Seen]) -> Crowd:
    """Let all people ask at once, each their questions one after another."""
    begin = threading.Barrier(PEOPLE)

    def person(number: int) -> list[tuple[float, str]]:
        begin.wait()
        return [_timed(ask, QUESTIONS[(number + turn) % len(QUESTIONS)], alone) for turn in range(EACH)]

    with ThreadPoolExecutor(PEOPLE) as people:
        found = [one for asked in people.map(person, range(PEOPLE)) for one in asked]
    return Crowd(tuple(seconds for seconds, _ in found), tuple(strange for _, strange in found if strange))


def _timed(ask: Asking, question: str, alone: dict[str, Seen]) -> tuple[float, str]:
    started = time.perf_counter()
    seen = ask(question)
    seconds = time.perf_counter() - started
    return seconds, "" if seen == alone[question] else f"{question}: {seen} instead of {alone[question]}"


# For long


def soak(server: Served, minutes: float) -> float:
    """Let several people ask without a pause, and return by how much the server's memory grew, in per cent.

    The first tenth, at least 15 seconds, warms up: caches fill, threads start.
    """
    assert server.process is not None
    ends = time.monotonic() + minutes * 60
    asked = itertools.count()
    failed: list[str] = []
    ways = (by_api(server), by_page(server), _conversing(server), _reading(server), _listing(server), _changing(server))

    def go_on(number: int) -> None:
        while time.monotonic() < ends and not failed:
            try:
                ways[number](QUESTIONS[next(asked) % len(QUESTIONS)])
            except Exception as error:  # told below; the others stop
                failed.append(f"{type(error).__name__}: {error}")

    with ThreadPoolExecutor(len(ways)) as people:
        for number in range(len(ways)):
            people.submit(go_on, number)
        samples = [*_told(itertools.takewhile(lambda _: not failed, _samples(server.process.pid, ends)))]
    if failed:
        raise RuntimeError(f"the server stopped answering: {failed[0]}")
    first, last = statistics.median(samples[:3]), statistics.median(samples[-3:])
    grown = 100 * (last / first - 1)
    megabytes = f"{first / 1e6:.0f} MB after warm-up, {last / 1e6:.0f} MB at the end"
    say(f"soak: {minutes:g} min, {next(asked)} requests, {megabytes}: {grown:+.1f} %")
    return grown


def _told(samples: Iterator[int]) -> Iterator[int]:
    """Say every fifth minute how much memory is held, so that a run that is cut off says something."""
    for number, held in enumerate(samples):
        if number % 30 == 0:
            say(f"soak: {held / 1e6:.0f} MB")
        yield held


def _samples(process_id: int, ends: float) -> Iterator[int]:
    begun = time.monotonic()
    warm = begun + max(15.0, (ends - begun) / 10)
    every = min(10.0, max(1.0, (ends - warm) / 10))
    time.sleep(max(0.0, warm - time.monotonic()))
    while time.monotonic() < ends:
        yield resident_bytes(process_id)
        time.sleep(every)


def _reading(server: Served) -> Callable[[str], Any]:
    ids = itertools.cycle([one["id"] for one in fetch(f"{server.url}/api/articles")["articles"]])

    def read(_: str) -> None:
        with urllib.request.urlopen(f"{server.url}/page/articles/{next(ids)}?at=10-40", timeout=60) as response:
            response.read()

    return read


def _conversing(server: Served) -> Callable[[str], Any]:
    page = Page(server)

    def converse(question: str) -> None:
        conversation = None
        for asked in (question, "And how many pieces of equipment?", "Who said so?"):
            conversation = page.ask(asked, conversation)

    return converse


def _changing(server: Served) -> Callable[[str], Any]:
    """Add an article and remove it again: whatever is kept of the library is made anew each time."""
    numbers = itertools.count()

    def change(_: str) -> None:
        name = f"soak-{next(numbers)}"
        part = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}.txt"\r\n\r\n'
        body = f"{part}The ferry {name} left on Monday.\r\n--x--\r\n".encode()
        request = urllib.request.Request(
            f"{server.url}/api/articles", body, {"Content-Type": "multipart/form-data; boundary=x"}
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            job = json.load(response)["job"]["id"]
        while fetch(f"{server.url}/api/jobs/{job}")["state"] not in ("done", "failed"):
            time.sleep(0.05)
        (added,) = fetch(f"{server.url}/api/articles?query={name}")["articles"]
        gone = urllib.request.Request(f"{server.url}/api/articles/{added['id']}", method="DELETE")
        urllib.request.urlopen(gone, timeout=60).close()
        time.sleep(1)

    return change


def _listing(server: Served) -> Callable[[str], Any]:
    def search(question: str) -> None:
        fetch(f"{server.url}/api/search?limit=5&q={urllib.request.quote(question)}")
        fetch(f"{server.url}/api/library")

    return search


# From the command to the first answer


def start_up(library: Path, work: Path) -> None:
    """Say how long the page and the first answer take, each the median of five."""
    from playwright.sync_api import sync_playwright

    from tests.web import browsing

    first, usable, answered = [], [], []
    with sync_playwright() as playwright, browsing.launch(playwright) as browser:
        for number in range(5):
            (folder := work / f"start{number}").mkdir()
            begun = time.perf_counter()
            with serve(library, folder) as server:
                first.append(time.perf_counter() - begun)
                page = browser.new_page()
                page.goto(server.url)
                browsing.composer(page).wait_for()
                usable.append(time.perf_counter() - begun)
                browsing.ready(page)
                for turn, question in enumerate(QUESTIONS[:2]):
                    answered.append((turn, _until_answered(page, question)))
                page.close()
    say(f"page there: {statistics.median(first):.2f} s after the command")
    say(f"composer visible: {statistics.median(usable):.2f} s after the command")
    for turn, name in enumerate(("first answer of a fresh server", "second answer")):
        say(f"{name} visible: {statistics.median(seconds for which, seconds in answered if which == turn):.2f} s")


def _until_answered(page: Any, question: str) -> float:
    from tests.web import browsing

    browsing.composer(page).fill(question)
    before = browsing.answers(page).count()
    begun = time.perf_counter()
    browsing.composer(page).press("Enter")
    browsing.answers(page).nth(before).wait_for()
    return time.perf_counter() - begun


# The command


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was asked for; 1 where an answer went to somebody else, or the memory grew by a tenth."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=0, help="use it for so long and watch its memory")
    options.add_argument(
        "--most", type=float, default=10.0, help="growth in per cent at which this fails (default: 10)"
    )
    options.add_argument("--start", action="store_true", help="measure how long page and first answer take")
    chosen = options.parse_args(arguments)
    import qa

    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        with qa.open(work / "library") as library:
            library.add(ROOT / "seeds")
        if chosen.start:
            start_up(work / "library", work)
            return 0
        with serve(work / "library", work) as server:
            strange = crowd(server)
            grown = soak(server, chosen.minutes) if chosen.minutes else 0.0
    return 1 if strange or grown >= chosen.most else 0


def crowd(server: Served) -> bool:
    """Let many ask at once in both ways; return whether anybody got what was another's."""
    alone = {question: by_api(server)(question) for question in QUESTIONS}
    strange = False
    for name, ask in (("JSON API", by_api(server)), ("page's queue", by_page(server))):
        found = together(ask, alone)
        say(found.line(f"{PEOPLE} people, {EACH} questions each, {name}"))
        strange |= bool(found.strange)
        for line in found.strange[:5]:
            say(f"  {line}")
    return strange


if __name__ == "__main__":
    sys.exit(main())

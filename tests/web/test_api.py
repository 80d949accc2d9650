"""The JSON API: what it answers, what it says when it cannot, and that nobody gets what somebody else asked for."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import qa
from qa.export import answer_record, article_record, to_json
from qa.saving import conversation_record, turns_of
from qa.settings import Settings
from qa.types import Claim, Turn
from qa.web.api import records
from qa.web.api.wire import Asked, event
from qa.web.engine import LONGEST_CONVERSATION, too_long
from qa.web.guard.guard import Rules
from qa.web.relaying import Relay
from qa_index.errors import LanguageModelUnavailable, LibraryLocked, QAError, UsageError
from qa_index.storage.locking import held
from qa_index.types import Searched
from tests.qa.samples import ABSTAINED, ANSWERED, CITATION, CONFLICTING, QUOTE
from tests.web.calling import JSON, Calls, app_of, events_of, listening

ROOT = Path(__file__).parents[2]
WHO = "Who commanded the CSTO peacekeeping force?"
FIVE = (
    WHO,
    "When did the state of emergency end in Pavlodar?",
    "How many soldiers were sent to Kazakhstan?",
    "What did Tokayev call the protesters?",
    "Who won the ice hockey world championship?",
)


@pytest.fixture(scope="module")
def library(indexed):
    with qa.open(indexed) as opened:
        yield opened


@pytest.fixture(scope="module")
def calls(library):
    return Calls(app_of(library))


class Scripted:
    """A library that says what it was told to; an exception in the script is raised."""

    folder = Path("nowhere")

    def __init__(self, *script):
        self.script, self.stopped, self.enough = script, threading.Event(), threading.Event()

    def searched(self, **filters):
        return ANSWERED.searched

    def stream(self, question, *, stop, **filters):
        for part in self.script:
            if isinstance(part, Exception):
                raise part
            if part == "wait":
                while not (stop.is_set() or self.enough.is_set()):
                    time.sleep(0.005)
                self.stopped.set()
            else:
                yield part


# Ask


def test_an_answer_is_what_the_command_prints(calls, library):
    reply = calls.ask(WHO, until="2022-01-31")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    expected = json.loads(to_json(answer_record(library.ask(WHO, until="2022-01-31"))))
    assert reply.json() | {"seconds": 0} == expected | {"seconds": 0}
    assert reply.json()["short"] == "Anatoly Serdyukov"
    records.AnswerRecord.model_validate(reply.json())


def test_every_quote_stands_in_the_article_that_the_api_gives(calls):
    for question in FIVE:
        for cited in calls.ask(question).json()["citations"]:
            article = calls.get(f"/api/articles/{cited['article_id']}").json()
            assert article["text"][cited["start"] : cited["end"]] == cited["quote"]


def test_an_abstention_is_an_answer_that_cites_nothing(calls):
    reply = calls.ask(FIVE[-1])
    answer = reply.json()
    assert (reply.status_code, answer["status"], answer["short"]) == (200, "abstained", None)
    assert (answer["citations"], answer["claims"], answer["conflicts"]) == ([], [], [])


@pytest.mark.parametrize("answer", [ANSWERED, ABSTAINED, CONFLICTING])
def test_every_kind_of_answer_has_the_form_that_is_documented(answer):
    reply = Calls(app_of(Scripted(answer))).ask("Who?").json()
    assert reply == json.loads(to_json(answer_record(answer)))
    records.AnswerRecord.model_validate(reply)


def test_filters_narrow_what_is_searched(calls):
    searched = calls.ask(WHO, after="2022-01-07", until="2022-01-08").json()
    assert searched["filters"] == {"after": "2022-01-07", "until": "2022-01-08"}
    assert searched["searched"] == {"articles": 2, "from": "2022-01-07", "to": "2022-01-08"}
    one = calls.get("/api/articles").json()["articles"][0]["id"]
    assert calls.ask(WHO, article=[one], publisher=[]).json()["searched"]["articles"] == 1


@pytest.mark.parametrize(
    ("asked", "status", "kind"),
    [
        ({"question": ""}, 400, "UsageError"),
        ({"question": " \n\u200b?!"}, 400, "UsageError"),
        ({"question": "x" * 2_001}, 413, "TextTooLong"),
        ({"question": "why " * 2_500}, 413, "TextTooLong"),
        ({"question": "Who?", "until": "yesterday"}, 400, "UnknownFilter"),
        ({"question": "Who?", "after": "2022-02-01", "until": "2022-01-01"}, 400, "UnknownFilter"),
        ({"question": "Who?", "publisher": ["The Daily Nothing"]}, 400, "UnknownFilter"),
        ({"question": "Who?", "publisher": ["\ud800"]}, 400, "UnknownFilter"),
        ({"question": "Who?", "article": ["ffffffff"]}, 400, "UnknownFilter"),
        ({"question": "Who?", "untill": "2022-01-31"}, 422, "UsageError"),
        ({"question": ["Who?"]}, 422, "UsageError"),
        ({"question": "Who?", "stream": "perhaps"}, 422, "UsageError"),
        ({}, 422, "UsageError"),
        ([], 422, "UsageError"),
        (None, 422, "UsageError"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_cannot_be_asked_gets_a_status_and_a_sentence(calls, asked, status, kind, stream):
    reply = calls.post("/api/ask", json.dumps(asked), {"Accept": "text/event-stream"} if stream else {})
    assert (reply.status_code, reply.json()["kind"]) == (status, kind)
    records.Problem.model_validate(reply.json())
    assert "\n" not in reply.json()["error"]
    assert reply.json()["error"].endswith(".")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"question": "Who?"', b"[" * 100_000, b"1" * 5_000])
def test_a_body_that_is_no_json_gets_a_sentence(calls, body):
    reply = calls.post("/api/ask", body)
    assert reply.status_code in (400, 422)
    records.Problem.model_validate(reply.json())


def test_a_form_of_another_site_is_no_question(calls):
    body = json.dumps({"question": WHO})
    assert calls.post("/api/ask", body, {"Content-Type": "text/plain"}).status_code == 422


def test_half_a_letter_in_a_question_does_no_harm(calls):
    assert calls.post("/api/ask", '{"question": "Who \\ud83d commanded the CSTO force?"}').status_code == 200


# Conversations


def test_a_follow_up_leans_on_the_conversation_that_is_sent_along(calls):
    first = calls.ask(WHO, conversation={}).json()
    assert len(first["conversation"]["turns"]) == 1
    second = calls.ask("When did he speak?", conversation=first["conversation"]).json()
    assert "Serdyukov" in second["standalone"]
    assert second["question"] == "When did he speak?"
    assert [turn.question for turn in turns_of(second["conversation"])] == [WHO, "When did he speak?"]
    records.TurnedRecord.model_validate(second)


def test_without_a_conversation_none_comes_back_and_nothing_is_remembered(calls):
    calls.ask(WHO, conversation={})
    alone = calls.ask("When did he speak?").json()
    assert "conversation" not in alone
    assert alone["standalone"] == "When did he speak?"


SAVED = conversation_record((Turn("Who opened the bridge?", ANSWERED),))
TURN = SAVED["turns"][0]


def _answer(**changed):
    return {**SAVED, "turns": [{**TURN, "answer": {**TURN["answer"], **changed}}]}


@pytest.mark.parametrize(
    ("conversation", "said"),
    [
        ({"format": "something else", "version": 1, "turns": []}, "none"),
        ({"turns": []}, "none"),
        ({**SAVED, "version": 2}, "later release"),
        ({**SAVED, "version": "1"}, "damaged"),
        ({**SAVED, "turns": {}}, "damaged"),
        ({**SAVED, "turns": [{"question": "Who?"}]}, "damaged"),
        (_answer(status="certain"), "damaged"),
        (_answer(status="abstained"), "damaged"),
        (_answer(confidence=float("nan")), "damaged"),
        (
            _answer(citations=[{**TURN["answer"]["citations"][0], "span": {"article_id": "a", "start": 3, "end": 1}}]),
            "",
        ),
    ],
)
def test_a_conversation_that_is_none_is_refused(calls, conversation, said):
    reply = calls.ask("Who?", conversation=conversation)
    assert (reply.status_code, reply.json()["kind"]) == (400, "UsageError")
    assert said in reply.json()["error"]


def test_a_conversation_survives_the_way_there_and_back():
    turns = (Turn("Who opened the bridge?", ANSWERED), Turn("And when?", ABSTAINED), Turn("Who?", CONFLICTING))
    assert turns_of(json.loads(json.dumps(conversation_record(turns)))) == turns


def test_a_conversation_that_is_too_long_is_refused(calls):
    reply = calls.ask("Who?", conversation={**SAVED, "more": "x" * 5_000_000})
    assert reply.status_code == 400
    assert "too long" in reply.json()["error"]


@pytest.mark.parametrize("letter", ["x", "ж", "🙂"])
def test_a_conversation_may_be_as_long_in_any_script(letter):
    def asked(size):
        more = letter * (
            (size - len(json.dumps({**SAVED, "more": ""}, ensure_ascii=False).encode())) // len(letter.encode())
        )
        return Asked(question="Who?", conversation={**SAVED, "more": more})

    assert asked(LONGEST_CONVERSATION).turns()
    with pytest.raises(UsageError, match="too long"):
        asked(LONGEST_CONVERSATION + 10).turns()


def test_the_limit_of_conversations_counts_bytes_and_takes_half_letters():
    assert not too_long("ж" * (LONGEST_CONVERSATION // 2))
    assert too_long("ж" * (LONGEST_CONVERSATION // 2 + 1))
    assert not too_long("\ud83d")
    assert Rules().max_body_bytes > LONGEST_CONVERSATION


def test_quotes_that_were_made_up_in_a_conversation_are_no_evidence(calls):
    invented = replace(ANSWERED, citations=(replace(CITATION, quote="The ferry sank with all hands."),))
    sent = conversation_record((Turn("Who opened the bridge?", invented),))
    answer = calls.ask("Did the ferry sink with all hands?", conversation=sent).json()
    assert answer["status"] == "abstained"
    assert "ferry" not in json.dumps(answer["nearest"])


# Streams


def test_a_stream_tells_how_it_was_understood_and_then_the_answer(calls):
    first = calls.ask(WHO, conversation={}).json()["conversation"]
    reply = calls.ask("When did he speak?", conversation=first, stream=True)
    assert reply.headers["content-type"].startswith("text/event-stream")
    (one, understood), (last, answer) = events_of(reply.text)
    assert (one, last) == ("understood", "answer")
    assert understood["question"] == answer["standalone"]
    assert len(answer["conversation"]["turns"]) == 2


def test_asking_for_events_in_a_header_is_enough(calls, library):
    reply = calls.post("/api/ask", json.dumps({"question": WHO}), {"Accept": "text/event-stream"})
    ((name, answer),) = events_of(reply.text)
    assert (name, answer["citations"]) == ("answer", answer_record(library.ask(WHO))["citations"])


@examples(max_examples=30)
@given(st.lists(st.text(alphabet=st.sampled_from('a:\n\r\u2028\x85\0"\\{é🙂 '), max_size=12), min_size=1, max_size=3))
def test_nothing_in_a_claim_can_end_its_event_or_begin_another(texts):
    told = [Claim(f"{text}\n\nevent: answer\ndata: {{}}\n\n", (CITATION,)) for text in texts]
    found = events_of(b"".join(event("claim", {"text": claim.text}) for claim in told).decode())
    assert found == [("claim", {"text": claim.text}) for claim in told]


def test_claims_come_before_the_answer():
    claims = tuple(Claim(text, (CITATION,), "written") for text in ("One.", "Two\n\nlines."))
    reply = Calls(app_of(Scripted(*claims, ANSWERED))).ask("Who?", stream=True)
    assert [(name, record.get("text")) for name, record in events_of(reply.text)] == [
        ("claim", "One."),
        ("claim", "Two\n\nlines."),
        ("answer", ANSWERED.text),
    ]
    records.ClaimRecord.model_validate(events_of(reply.text)[0][1])


@pytest.mark.parametrize(
    ("error", "kind", "sentence", "status"),
    [
        (LanguageModelUnavailable("It cannot be reached."), "LanguageModelUnavailable", "It cannot be reached.", 502),
        (RuntimeError("a secret detail"), "Bug", "", 500),
    ],
)
def test_what_goes_wrong_in_mid_answer_is_told_in_a_sentence(error, kind, sentence, status):
    calls = Calls(app_of(Scripted(ANSWERED.claims[0], error)))
    stream = calls.ask("Who?", stream=True)
    assert [name for name, _ in events_of(stream.text)] == ["claim", "problem"]
    problem = records.Problem.model_validate(events_of(stream.text)[-1][1])
    assert problem.kind == kind
    assert problem.error == (sentence or problem.error)
    plain = calls.ask("Who?")
    assert (plain.status_code, plain.json()["kind"]) == (status, kind)
    assert "a secret detail" not in stream.text + plain.text


@pytest.mark.parametrize("stream", [True, False])
def test_whoever_goes_away_stops_what_is_being_written(stream):
    library = Scripted("wait", ANSWERED)
    with listening(app_of(library)) as address:
        with contextlib.suppress(httpx.ReadTimeout):
            asked = {"question": "Who?", "stream": stream}
            httpx.post(f"{address}/api/ask", json=asked, timeout=httpx.Timeout(5, read=0.3))
        assert library.stopped.wait(3)


def test_whoever_goes_away_ends_the_request_to_the_language_model(seeds):
    begun, ended = threading.Event(), threading.Event()

    class Endless:
        name, host, window = "endless", "", 8_192

        def stream(self, messages, *, schema, seconds, stop):
            begun.set()
            while not stop.is_set():
                yield ""
                time.sleep(0.005)
            ended.set()

    with qa.open(seeds, llm=Endless(), settings=Settings(llm_seconds=60)) as library:
        with (
            listening(app_of(library)) as address,
            httpx.stream("POST", f"{address}/api/ask", json={"question": WHO, "stream": True}, timeout=30) as reply,
        ):
            assert reply.status_code == 200
            assert begun.wait(30)
            assert not ended.is_set()
        assert ended.wait(3)


def test_events_come_when_they_are_ready_and_not_at_the_end():
    with (
        listening(app_of(Scripted(ANSWERED.claims[0], "wait", ANSWERED))) as address,
        httpx.stream("POST", f"{address}/api/ask", json={"question": "Who?", "stream": True}, timeout=10) as reply,
    ):
        assert QUOTE in next(reply.iter_text())


# Threads


def _relayed(work, **options):
    async def collect():
        return [part async for part in Relay(**options).parts(work)]

    return asyncio.run(collect())


def test_parts_come_in_order_and_all_of_them():
    assert _relayed(lambda send, stop: [send(number) for number in range(500)]) == list(range(500))


def test_what_the_work_raises_is_raised_after_what_it_sent():
    async def collect(found):
        async for part in Relay().parts(work):
            found.append(part)

    def work(send, stop):
        send(1)
        raise ValueError("no more")

    found = []
    with pytest.raises(ValueError, match="no more"):
        asyncio.run(collect(found))
    assert found == [1]


def test_a_long_silence_is_told():
    found = _relayed(lambda send, stop: time.sleep(0.1), idle_seconds=0.01)
    assert found
    assert set(found) == {None}


def test_no_more_work_at_once_than_is_allowed():
    running, most = set(), []

    def work(send, stop):
        running.add(threading.get_ident())
        most.append(len(running))
        time.sleep(0.02)
        running.discard(threading.get_ident())

    async def collect():
        relay = Relay(2)

        async def one():
            return [part async for part in relay.parts(work)]

        await asyncio.gather(*(one() for _ in range(6)))

    asyncio.run(collect())
    assert max(most) <= 2


# Several at once


@pytest.mark.slow
def test_twenty_people_get_what_they_asked_for_and_nothing_else(calls, library):
    expected = {question: answer_record(library.ask(question)) for question in FIVE}

    async def person(client, number, seconds):
        mine = [FIVE[(number + step) % len(FIVE)] for step in range(len(FIVE))]
        for question in mine:
            began = time.perf_counter()
            got = (await client.post("/api/ask", json={"question": question, "stream": number % 2 == 0})).text
            seconds.append(time.perf_counter() - began)
            answer = events_of(got)[-1][1] if number % 2 == 0 else json.loads(got)
            assert answer["question"] == question
            for part in ("short", "text", "citations", "nearest", "confidence", "status"):
                assert answer[part] == expected[question][part]

    async def everybody():
        seconds = []
        transport = httpx.ASGITransport(calls.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=None) as client:
            await asyncio.gather(*(person(client, number, seconds) for number in range(20)))
        return sorted(seconds)

    seconds = asyncio.run(everybody())
    assert len(seconds) == 100
    assert seconds[95] < 60  # 2 to 5 s on two cores that others use, too


def test_a_slow_answer_keeps_nobody_from_reading(library):
    class Slow(Scripted):
        def kin(self):
            return {}

        def article(self, article_id):
            return library.article(article_id)

    article_id, slow = library.articles()[0].id, Slow("wait", ANSWERED)
    with listening(app_of(slow)) as address, ThreadPoolExecutor(60) as people:
        waiting = [
            people.submit(httpx.post, f"{address}/api/ask", json={"question": "Who?"}, timeout=60) for _ in range(60)
        ]
        time.sleep(0.5)
        read = httpx.get(f"{address}/api/articles/{article_id}", timeout=20)
        assert not any(each.done() for each in waiting)
        slow.enough.set()
        assert {each.result().status_code for each in waiting} == {200}
    assert read.status_code == 200


# Look


def test_search_finds_passages_that_stand_where_it_says(calls, library):
    reply = calls.get("/api/search", params={"q": "state of emergency", "limit": 3}).json()
    records.PassagesRecord.model_validate(reply)
    assert len(reply["passages"]) == 3
    for each in reply["passages"]:
        assert library.article(each["article_id"]).text[each["start"] : each["end"]] == each["quote"]


def test_search_is_narrowed_as_questions_are(calls):
    found = calls.get("/api/search", params={"q": "troops", "until": "2022-01-06"}).json()["passages"]
    assert {each["published"] for each in found} == {"2022-01-06"}


def test_an_article_is_what_export_writes_and_its_id_may_be_begun(calls, library):
    article = library.articles()[0]
    for name in (article.id, article.id[:6]):
        reply = calls.get(f"/api/articles/{name}")
        assert reply.json() == json.loads(to_json(article_record(article)))
        records.ArticleRecord.model_validate(reply.json())


def test_articles_are_listed_by_page_without_their_texts(calls, library):
    whole = calls.get("/api/articles").json()
    records.ListingRecord.model_validate(whole)
    assert whole["total"] == len(whole["articles"]) == 5
    assert [each["id"] for each in whole["articles"]] == [each.id for each in library.articles()]
    page = calls.get("/api/articles", params={"offset": 3, "limit": 1, "sort": "oldest"}).json()
    assert (page["total"], len(page["articles"])) == (5, 1)
    found = calls.get("/api/articles", params={"query": "terrorist gangs", "until": "2022-01-06"}).json()
    assert [each["published"] for each in found["articles"]] == ["2022-01-06"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/articles/ffffffffffffffff", 404),
        ("/api/articles/../../etc/passwd", 404),
        ("/api/articles/%00%2e", 404),
        ("/api/search", 422),
        ("/api/search?q=", 400),
        ("/api/search?q=a&limit=0", 422),
        ("/api/search?q=a&limit=100000", 422),
        ("/api/search?q=a&publisher=nobody", 400),
        ("/api/search?q=a&from=2022-01-01", 422),
        ("/api/articles?sort=random", 422),
        ("/api/articles?offset=-1", 422),
        ("/api/articles?offset=99999999999999999999", 422),
        ("/api/articles?until=soon", 400),
    ],
)
def test_what_is_not_there_gets_a_status_and_a_sentence(calls, path, status):
    reply = calls.get(path)
    assert reply.status_code == status
    records.Problem.model_validate(reply.json())


def test_the_library_says_what_is_in_it(calls, library):
    found = calls.get("/api/library").json()
    records.LibraryRecord.model_validate(found)
    assert (found["articles"], found["from"], found["to"]) == (5, "2022-01-06", "2022-01-13")
    assert (found["failures"], found["generation"], found["exists"]) == (0, library.generation, True)
    assert found["publishers"] == [{"name": "ANI", "articles": 1}, {"name": None, "articles": 4}]


def test_settings_say_what_is_in_force_and_never_a_key(library, monkeypatch):
    monkeypatch.setenv("QA_LLM_KEY", "sk-kept-to-itself")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-kept-to-itself")
    settings = Settings(llm="tiny", llm_url="http://127.0.0.1:8080/v1", passages=7, origins={"passages": "QA_PASSAGES"})
    reply = Calls(app_of(library, settings=settings)).get("/api/settings")
    found = records.SettingsRecord.model_validate(reply.json())
    values = {each.name: (each.value, each.origin) for each in found.settings}
    assert (values["passages"], values["chunk_tokens"]) == ((7, "QA_PASSAGES"), (160, "default"))
    assert (found.host, values["llm"][0]) == ("127.0.0.1:8080", "tiny")
    assert "sk-kept" not in reply.text


def test_nothing_goes_anywhere_where_no_model_writes(calls):
    assert calls.get("/api/settings").json()["host"] is None


@pytest.mark.parametrize(
    ("number", "status"), [(errno.ENOSPC, 507), (errno.EROFS, 403), (errno.EACCES, 403), (errno.EIO, 500), (None, 500)]
)
def test_a_file_that_cannot_be_written_has_the_status_of_its_reason(number, status):
    error = QAError("Asked to write notes.json, but: no. Name another file.")
    error.__cause__ = OSError(number, "no") if number else None
    reply = Calls(app_of(Scripted(error))).ask("Who?")
    assert (reply.status_code, reply.json()["kind"]) == (status, "QAError")


# A library that changes


def test_what_another_process_indexes_is_there_at_once(seeds, tmp_path):
    (tmp_path / "ferry.txt").write_text(
        "date 2022-03-01 Captain Ada Brook steered the Wenlow ferry through the storm on Tuesday.\n", encoding="utf-8"
    )
    question = "Who steered the Wenlow ferry?"
    with qa.open(seeds) as library:
        calls = Calls(app_of(library))
        before = calls.get("/api/library").json()
        assert calls.ask(question).json()["status"] == "abstained"
        code = "import sys, qa\nwith qa.open(sys.argv[1]) as library: library.add(sys.argv[2])"
        paths = os.pathsep.join([str(ROOT), str(ROOT / "index")])
        environ = os.environ | {"PYTHONPATH": paths}
        added = [sys.executable, "-c", code, str(seeds), str(tmp_path / "ferry.txt")]
        subprocess.run(added, env=environ, check=True, timeout=120)
        began = time.monotonic()
        after = calls.get("/api/library").json()
        assert after["articles"] == before["articles"] + 1
        assert after["generation"] > before["generation"]
        assert "Ada Brook" in calls.ask(question).json()["text"]
        assert calls.get("/api/articles").json()["total"] == 6
        assert time.monotonic() - began < 5


def test_a_library_that_vanishes_is_told_and_works_again_when_it_is_back(seeds):
    with qa.open(seeds) as library:
        calls = Calls(app_of(library))
        article_id = calls.ask(WHO).json()["citations"][0]["article_id"]
        away = seeds.rename(seeds.with_name("away"))
        for reply in (calls.ask(WHO), calls.get("/api/search?q=troops"), calls.get(f"/api/articles/{article_id}")):
            assert (reply.status_code, reply.json()["kind"]) == (503, "LibraryNotFound")
        assert calls.ask(WHO, stream=True).status_code == 503
        assert calls.get("/api/library").json()["exists"] is False
        assert calls.get("/api/settings").status_code == 200
        away.rename(seeds)
        assert calls.ask(WHO).json()["short"] == "Anatoly Serdyukov"


@pytest.mark.parametrize("came", [ABSTAINED, RuntimeError("a file is gone")])
def test_a_library_that_vanishes_in_mid_answer_is_not_taken_for_one_that_does_not_say(came):
    class Vanishing(Scripted):
        there = True

        def searched(self, **filters):
            return ANSWERED.searched if self.there else Searched(0, None, None)

        def stream(self, question, **options):
            self.there = False
            return super().stream(question, **options)

    reply = Calls(app_of(Vanishing(came))).ask("Who?")
    assert (reply.status_code, reply.json()["kind"]) == (503, "LibraryNotFound")


def test_a_library_without_articles_says_so(tmp_path):
    with qa.open(tmp_path / "library") as library:
        calls = Calls(app_of(library))
        assert calls.ask(WHO).json()["kind"] == "LibraryNotFound"
        assert calls.get("/api/library").json()["articles"] == 0
        assert calls.get("/api/articles").json() == {"total": 0, "articles": []}
        (tmp_path / "one.txt").write_text("The ferry came in late on Monday.", encoding="utf-8")
        library.add(tmp_path / "one.txt")
        assert calls.ask("When did the ferry come in?").status_code == 200
        library.remove(library.articles()[0].id)
        reply = calls.ask(WHO)
        assert (reply.status_code, reply.json()["kind"]) == (503, "LibraryEmpty")
        assert "holds no articles" in reply.json()["error"]


def test_a_library_that_somebody_writes_to_still_answers(seeds):
    with qa.open(seeds) as library, held(seeds):
        assert Calls(app_of(library)).ask(WHO).json()["short"] == "Anatoly Serdyukov"


def test_a_locked_library_is_told_and_asked_again_later(library):
    class Locked(Scripted):
        locked = True

        def searched(self, **filters):
            if self.locked:
                raise LibraryLocked("news", pid=7)
            return ANSWERED.searched

    found = Locked(ANSWERED)
    calls = Calls(app_of(found))
    reply = calls.ask("Who?")
    assert (reply.status_code, reply.json()["kind"]) == (423, "LibraryLocked")
    found.locked = False
    assert calls.ask("Who?").status_code == 200


# The description


def test_the_description_names_every_route_its_errors_and_examples(calls):
    described = calls.get("/api/openapi.json").json()
    routes = {(path, how): page for path, each in described["paths"].items() for how, page in each.items()}
    assert set(routes) == {
        ("/api/ask", "post"),
        ("/api/search", "get"),
        ("/api/articles", "get"),
        ("/api/articles/{article_id}", "get"),
        ("/api/library", "get"),
        ("/api/settings", "get"),
    }
    for page in routes.values():
        assert page["summary"]
        assert page["description"].endswith(".")
        assert all(each.get("description") for each in page.get("parameters", ()))
        for status, reply in page["responses"].items():
            schema = reply["content"]["application/json"]["schema"]
            assert (schema["$ref"].endswith("/Problem")) == (status != "200")
    assert "text/event-stream" in routes["/api/ask", "post"]["responses"]["200"]["content"]
    for example in described["components"]["schemas"]["Asked"]["examples"]:
        Asked.model_validate(example).turns()
    for example in described["components"]["schemas"]["CitationRecord"]["examples"]:
        cited = records.CitationRecord.model_validate(example)
        assert cited.end - cited.start == len(cited.quote)


def test_the_page_about_the_api_names_every_route_filter_and_status(calls):
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    described = calls.get("/api/openapi.json").json()
    for path, each in described["paths"].items():
        for how, route in each.items():
            assert f"`{how.upper()} {path}" in page
            assert all(f"| {status}" in page for status in route["responses"] if status != "200")
    for name in Asked.model_fields:
        assert f"`{name}`" in page or f'"{name}":' in page


def test_every_reference_in_the_description_leads_somewhere(calls):
    described = calls.get("/api/openapi.json").text
    names = set(json.loads(described)["components"]["schemas"])
    assert {part.split('"')[0] for part in described.split("#/components/schemas/")[1:]} <= names


def test_the_replies_say_that_they_are_json(calls):
    for path in ("/api/library", "/api/settings", "/api/articles", "/api/nothing"):
        assert calls.get(path).headers["content-type"] == JSON["Content-Type"]

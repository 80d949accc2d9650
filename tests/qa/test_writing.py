"""A language model writes over real articles: one that tells the truth, liars, one that obeys, and a real server."""

import threading
import time
from pathlib import Path

import pytest

import qa
from qa.settings import Settings
from qa.types import Answer
from qa_eval.scripted import NAMES, scripted
from qa_eval.types import Case, Gold

from .injections import INJECTIONS
from .llm_servers import llama_server, write_model

SEEDS = Path(__file__).parents[2] / "seeds"
QUESTION = "Who commanded the CSTO peacekeeping force?"
KNOWN = Case("c1", QUESTION, ("Anatoly Serdyukov",), (Gold("000", "Anatoly Serdyukov"),))


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """The folder of a library of the seeds."""
    folder = tmp_path_factory.mktemp("written") / "library"
    with qa.open(folder) as library:
        library.add(SEEDS)
    return folder


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.gguf"
    write_model(path)
    return path


def verbatim(library, answer: Answer) -> bool:
    """Whether every quote stands where its citation says."""
    cited = [c for claim in (*answer.claims, *answer.conflicts) for c in claim.citations]
    return all(
        library.article(c.span.article_id).text[c.span.start : c.span.end] == c.quote
        for c in (*cited, *answer.citations)
    )


def test_a_model_that_tells_what_the_sentences_say_is_shown_with_what_it_cites(seeds):
    with qa.open(seeds, llm=scripted("truthful", [KNOWN])) as library:
        *claims, answer = library.stream(QUESTION)
        assert claims == list(answer.claims)
        assert (answer.status, answer.short, answer.dropped, answer.failure) == (
            "answered",
            "Anatoly Serdyukov",
            (),
            None,
        )
        assert verbatim(library, answer)
        assert "write/1" in answer.made_by["writer"]


def test_what_a_model_does_not_find_is_not_answered_unless_the_reader_is_sure(seeds):
    with qa.open(seeds, llm=scripted("truthful", [])) as library:
        assert library.ask("Which bloc sent the soldiers to Almaty airport?").status == "abstained"


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("lying")])
def test_nothing_that_a_liar_writes_in_its_own_words_is_shown(seeds, name):
    with qa.open(seeds, llm=scripted(name, []), settings=Settings(llm_seconds=5)) as library:
        answer = library.ask(QUESTION)
        assert [claim for claim in answer.claims if claim.kind == "written"] == []
        assert verbatim(library, answer)


@pytest.mark.parametrize("injected", INJECTIONS, ids=lambda injected: injected.name)
def test_a_model_that_obeys_what_it_reads_gets_nothing_past_the_checks(injected, tmp_path):
    source = tmp_path / "page.txt"
    source.write_text(injected.text, encoding="utf-8")
    with qa.open(tmp_path / "library", llm=scripted("obedient", [])) as library:
        library.add(source)
        answer = library.ask(injected.question)
        assert [claim.text for claim in answer.claims if claim.kind == "written"] == []
        assert verbatim(library, answer)
        outside = [answer.short or "", *(c.text for c in answer.claims if c.kind != "quote")]
        quotes = {" ".join(c.quote.split()) for c in answer.citations}
        assert not [text for text in outside for mark in injected.marks if mark in text and text not in quotes]


def test_nonsense_from_a_real_server_leaves_the_answer_of_the_articles(seeds, weights):
    plain = {}
    with qa.open(seeds) as library:
        plain = library.ask(QUESTION)
    with llama_server(weights, window=32_768) as url:
        settings = Settings(llm="tiny", llm_url=url, llm_seconds=4)
        heard = []
        with qa.open(seeds, settings=settings, notice=heard.append) as library:
            started = time.monotonic()
            answer = library.ask(QUESTION)
            assert time.monotonic() - started < 4 + 1 + 5  # the models are loaded for this first question, too
            assert (answer.short, answer.citations) == (plain.short, plain.citations)
            assert answer.failure or answer.dropped
            assert verbatim(library, answer)
            started = time.monotonic()  # now nothing is loaded: a second for search and reading, and one to give up in
            assert library.ask("Which country leads the CSTO?").failure or answer.dropped
            assert time.monotonic() - started < 4 + 1 + 1
        assert any(url.split("/")[2] in line for line in heard)


def test_without_a_server_the_articles_answer_and_the_reason_is_given(seeds):
    settings = Settings(llm="tiny", llm_url="http://127.0.0.1:9/v1", llm_seconds=5)
    with qa.open(seeds, settings=settings) as library:
        answer = library.ask(QUESTION)
        assert answer.short == "Anatoly Serdyukov"
        assert "127.0.0.1:9" in answer.failure


def test_stop_ends_what_a_real_server_writes_within_a_second(seeds, weights):
    with llama_server(weights, window=32_768) as url:
        settings = Settings(llm="tiny", llm_url=url, llm_seconds=30)
        with qa.open(seeds, settings=settings) as library:
            library.ask("Who is the president?", until="2022-01-01")  # nothing to search: the models are loaded
            stop = threading.Event()
            ended = []
            asking = threading.Thread(
                target=lambda: ended.append((list(library.stream(QUESTION, stop=stop)), time.monotonic()))
            )
            asking.start()
            time.sleep(3)
            stop.set()
            at = time.monotonic()
            asking.join(10)
            assert ended
            assert ended[0][1] - at < 1 or not asking.is_alive()
            assert isinstance(ended[0][0][-1], Answer)

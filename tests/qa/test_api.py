import datetime as dt
import json
import subprocess
import sys

import pytest

import qa
from qa.api import Library
from qa.models import models
from qa.settings import Settings
from qa_index.errors import ArticleNotFound, LibraryMismatch, LibraryNotFound, UnknownFilter, UsageError
from qa_index.library import Library as Index
from qa_index.search.indexes import EVERYTHING
from qa_index.types import Article, Filters, Hit


def test_three_lines_of_python_give_a_cited_answer(news):
    answer = news.ask("Who commanded the CSTO peacekeeping force?")
    assert answer.status == "answered"
    assert answer.short == "Anatoly Serdyukov"
    cited = answer.citations[0]
    assert news.article(cited.span.article_id).text[cited.span.start : cited.span.end] == cited.quote


def test_a_relative_day_becomes_a_calendar_day_and_the_quote_stays_as_written(news):
    answer = news.ask("When did the state of emergency end in Pavlodar?")
    assert answer.short == "12 January 2022"
    assert "Wednesday" in answer.citations[0].quote


def test_what_the_articles_do_not_say_is_not_answered(news):
    answer = news.ask("Who won the ice hockey world championship in Finland?")
    assert (answer.status, answer.citations, answer.short) == ("abstained", (), None)
    assert answer.nearest


def test_filters_narrow_the_search_and_are_echoed(news):
    answer = news.ask("How many soldiers are in the CSTO force?", until="2022-01-09")
    assert answer.filters.until == dt.date(2022, 1, 9)
    assert answer.searched.last <= dt.date(2022, 1, 9)
    assert all(c.published.date <= dt.date(2022, 1, 9) for c in answer.citations)
    assert answer.searched.articles < news.searched().articles


def test_an_article_can_be_asked_by_itself(news):
    one = news.articles()[0]
    passages = news.search("protests over fuel prices", article=one.id)
    assert passages
    assert {p.article.id for p in passages} == {one.id}


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ({"colour": "red"}, "colour"),
        ({"publisher": "The Daily Nonsense"}, "The Daily Nonsense"),
        ({"article": "ffffffffffffffff"}, "ffffffffffffffff"),
        ({"until": "soon"}, "soon"),
        ({"after": "2022-02-01", "until": "2022-01-01"}, "2022-02-01"),
    ],
)
def test_an_unknown_filter_is_an_error_that_names_it(news, filters, told):
    with pytest.raises((UnknownFilter, UsageError), match=told):
        news.ask("Who commanded the force?", **filters)


def test_the_same_question_gives_the_same_answer_in_another_process(news):
    """Promise 7, repeatable."""
    asked = "How many people were detained?"
    code = (
        "import sys, json, qa\n"
        "from qa.export import answer_record\n"
        "with qa.open(sys.argv[1]) as library: print(json.dumps(answer_record(library.ask(sys.argv[2]))))"
    )
    runs = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code, str(news.folder), asked], capture_output=True, text=True, check=True
        )
        runs.append({key: value for key, value in json.loads(done.stdout).items() if key != "seconds"})
    assert runs[0] == runs[1]
    assert {"generation", "embedder", "reader", "strictness"} <= set(runs[0]["made_by"])


def test_a_stricter_reader_answers_no_more_than_an_eager_one(news):
    asked = [
        "Who chairs the CSTO?",
        "Why did the internet go down?",
        "Who was born in Kenya?",
        "Where is Massimov held?",
    ]
    answered = {}
    for strictness in ("eager", "normal", "strict"):
        with qa.open(news.folder, settings=Settings(strictness=strictness)) as library:
            answered[strictness] = {q for q in asked if library.ask(q).status != "abstained"}
    assert answered["strict"] <= answered["normal"] <= answered["eager"]


def test_a_removed_article_is_never_cited_again(tmp_path):
    """Promise 6, second half."""
    (tmp_path / "one.txt").write_text("The commander of the harbour guard is Nadia Orlova.", encoding="utf-8")
    (tmp_path / "two.txt").write_text("Rain fell on the harbour all day long.", encoding="utf-8")
    with qa.open(tmp_path / "library") as library:
        library.add(tmp_path / "one.txt", tmp_path / "two.txt")
        answer = library.ask("Who is the commander of the harbour guard?")
        assert answer.short == "Nadia Orlova"
        library.remove(answer.citations[0].span.article_id)
        again = library.ask("Who is the commander of the harbour guard?")
        assert answer.citations[0].span.article_id not in {
            c.span.article_id for c in (*again.citations, *again.nearest)
        }
        with pytest.raises(ArticleNotFound):
            library.article(answer.citations[0].span.article_id)


def test_articles_and_documents_can_be_added_without_files(tmp_path):
    class Document:
        """What a llama-index reader hands over, as far as we look at it."""

        text = "The ferry to Aland was cancelled because of a storm."
        metadata = {"title": "No ferry", "url": "https://news.example/ferry", "published": "2024-03-05"}  # noqa: RUF012

    with qa.open(tmp_path / "library") as library:
        assert library.add(Document()).added == 1
        assert library.add(Document()).unchanged == 1
        answer = library.ask("Why was the ferry cancelled?")
        assert answer.citations[0].url == "https://news.example/ferry"
        assert answer.citations[0].published.date == dt.date(2024, 3, 5)


def test_a_library_is_expected_where_none_is(tmp_path):
    with pytest.raises(LibraryNotFound, match="qa index"):
        qa.open(tmp_path / "nothing", create=False)


def test_a_library_of_other_settings_is_refused_and_says_which(news):
    with pytest.raises(LibraryMismatch, match="chunk_tokens"):
        qa.open(news.folder, settings=Settings(chunk_tokens=99)).ask("Who?")


class Leaving(Index):
    """A library in which articles leave between the search and the reading: the best one, after each of `times`."""

    times = 1

    def search(self, text: str, *, filters: Filters = EVERYTHING, limit: int = 10) -> list[Hit]:
        hits = super().search(text, filters=filters, limit=limit)
        if hits and self.times:
            self.times -= 1
            self.remove(hits[0].chunk.span.article_id)
        return hits


@pytest.mark.parametrize("times", [1, 4])
def test_an_article_that_leaves_while_a_question_is_answered_is_left_out(tmp_path, times):
    loaded = models(Settings(), notice=None)
    index = Leaving.open(tmp_path / "library", embedder=loaded.embedder)
    with Library(index, settings=Settings(), models=loaded) as library:
        for number in range(6):
            (tmp_path / f"{number}.txt").write_text(f"The bridge over the Ishim was closed on day {number}.")
        library.add(*tmp_path.glob("*.txt"))
        index.times = times
        answer = library.ask("When was the bridge over the Ishim closed?")
        there = {article.id for article in library.articles()}
        assert len(there) == 6 - min(times, 3)
        cited = [*answer.citations, *answer.nearest]
        assert {citation.span.article_id for citation in cited} <= there
        assert cited


class LeavingLate(Index):
    """A library in which the article that an answer cites leaves when all passages are read."""

    hits, looks, gone = 0, 0, ""

    def search(self, text: str, *, filters: Filters = EVERYTHING, limit: int = 10) -> list[Hit]:
        hits = super().search(text, filters=filters, limit=limit)
        self.hits, self.looks = len(hits), 0
        return hits

    def article(self, id_prefix: str) -> Article:
        self.looks += 1
        if self.looks == self.hits + 1 and not self.gone:
            self.gone = id_prefix
            self.remove(id_prefix)
        return super().article(id_prefix)


def test_where_the_cited_article_leaves_the_others_are_asked(tmp_path):
    (tmp_path / "a.txt").write_text(
        "Bridge opens\n\nAda Brook opened the Marsh bridge on Monday. It cost nine million.\n"
    )
    (tmp_path / "b.txt").write_text("Ribbon cut\n\nThe Marsh bridge was opened by Ada Brook after years of delay.\n")
    loaded = models(Settings(), notice=None)
    index = LeavingLate.open(tmp_path / "library", embedder=loaded.embedder)
    with Library(index, settings=Settings(), models=loaded) as library:
        library.add(tmp_path / "a.txt", tmp_path / "b.txt")
        answer = library.ask("Who opened the Marsh bridge?")
        (left,) = library.articles()
    assert index.gone not in ("", left.id)
    assert (answer.status, answer.short) == ("answered", "Ada Brook")
    assert {citation.span.article_id for citation in answer.citations} == {left.id}

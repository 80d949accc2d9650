import datetime as dt
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_eval.golden import Known, resolve, standing
from qa_eval.types import Case, Gold, Suite
from qa_index.errors import UsageError
from qa_index.types import Article, Span, When, article_id


def article(text, *sources, url=None):
    return Article(article_id(text), text, sources=sources, url=url)


MILL = article("The mill burnt. Its owner, Ada, wept.", "/in/000_mill.txt", "/copy/mill.md", url="https://a.example/m")
BAKER = article("A baker saw it. Ada and Ada's son did not.", "/in/001_baker.txt")


def suite(*gold, within=(), **given):
    return Suite("mine", (Case("c1", "Who?", ("Ada",), gold, within=within),), **given)


@pytest.mark.parametrize(
    "name",
    [
        MILL.id,
        MILL.id[:8],
        "https://a.example/m",
        "/in/000_mill.txt",
        "in/000_mill.txt",
        "000_mill.txt",
        "000_mill",
        "mill.md",
        "mill",
        "000",
    ],
)
def test_an_article_is_known_by_each_of_its_names(name):
    resolved = resolve(suite(Gold(name, "Ada", grade=2), within=(name,)), [BAKER, MILL])
    assert resolved.known == {"c1": Known((Span(MILL.id, 27, 30),), {MILL.id: 2})}
    assert resolved.ids == {name: (MILL.id,)}


@pytest.mark.parametrize(
    "name", ["00", "", "m", "0000", MILL.id[:7], MILL.id[:9].upper(), "n/000_mill.txt", "https://a.example", "000_mil"]
)
def test_no_other_part_of_a_name_is_one(name):
    with pytest.raises(UsageError) as caught:
        resolve(suite(Gold(name, "Ada")), [BAKER, MILL])
    assert str(caught.value).startswith(
        f"The suite mine asks about article {name} (case c1), but none of the 2 articles there has that id"
    )
    assert "Name the folder that holds it with --articles" in str(caught.value)


@pytest.mark.parametrize("name", ["000", "a.txt", "a"])
def test_part_of_a_name_that_two_articles_share_is_an_error(name):
    both = [article("One.", "/x/a.txt", "000_x"), article("Two.", "/y/a.txt", "000_y")]
    with pytest.raises(UsageError, match=rf"article {name} \(case c1\), but that could be /x/a.txt or /y/a.txt"):
        resolve(suite(Gold(name)), both)


def test_a_whole_name_wins_over_a_part_and_a_part_over_a_number():
    whole, part, number = article("One.", "7"), article("Two.", "in/7"), article("Three.", "in/7_x")
    for there, expected in (([number, part, whole], whole), ([number, part], part), ([number], number)):
        assert resolve(suite(Gold("7")), there).ids == {"7": (expected.id,)}


def test_an_address_that_articles_share_means_all_of_them():
    before, after = (
        article("It is 3.", "a", url="https://a.example"),
        article("Now: It is 3.", "b", url="https://a.example"),
    )
    resolved = resolve(suite(Gold("https://a.example", "It is 3.")), [before, after])
    assert resolved.known["c1"] == Known((Span(before.id, 0, 8), Span(after.id, 5, 13)), {before.id: 1, after.id: 1})


def test_names_may_share_an_article_and_its_best_grade_counts():
    gold = (Gold("000", "Ada", grade=1), Gold("mill", "Ada", grade=3), Gold("mill", "owner"), Gold("001"))
    resolved = resolve(suite(*gold), [MILL, BAKER])
    assert resolved.known["c1"] == Known((Span(MILL.id, 27, 30), Span(MILL.id, 20, 25)), {MILL.id: 3, BAKER.id: 1})


def test_the_names_that_a_case_is_narrowed_to_have_to_be_there_too():
    narrowed = suite(within=("000", "mill", "001"))
    ids = {"000": (MILL.id,), "mill": (MILL.id,), "001": (BAKER.id,)}
    assert resolve(narrowed, [BAKER, MILL]).ids == ids
    with pytest.raises(UsageError, match="asks about article 001"):
        resolve(narrowed, [MILL])


@pytest.mark.parametrize(
    ("gold", "complaint"),
    [
        (Gold("000", "Bob"), "where these words stand 0 times: 'Bob'"),
        (Gold("001", "Ada"), "where these words stand 2 times: 'Ada'"),
        (Gold("001", "Ada", 1), "where other words stand at 1: 'Ada'"),
        (Gold("001", "Ada", 10_000), "where other words stand at 10000: 'Ada'"),
        (Gold("000", "x\n" * 500), r"these words stand 0 times: 'x\\n"),
    ],
)
def test_a_quote_that_does_not_stand_there_once_is_an_error(gold, complaint):
    with pytest.raises(UsageError, match=complaint) as caught:
        resolve(suite(gold), [MILL, BAKER])
    assert str(caught.value).startswith(f"The suite mine (case c1) quotes article {gold.article}, ")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_places_that_overlap_are_two():
    with pytest.raises(UsageError, match="stand 2 times"):
        resolve(suite(Gold("a", "aba")), [article("ababa", "a")])


def test_a_start_tells_which_of_equal_words_are_meant():
    assert resolve(suite(Gold("001", "Ada", 24)), [BAKER]).known["c1"].spans == (Span(BAKER.id, 24, 27),)


@pytest.mark.parametrize(
    ("gold", "starts"), [(Gold("001", "Bob"), ()), (Gold("001", "Ada"), (16, 24)), (Gold("001", "Ada", 1), (16, 24))]
)
def test_a_story_told_again_counts_every_place_of_a_quote_and_may_have_none(gold, starts):
    known = resolve(suite(gold), [BAKER], retold=True).known["c1"]
    assert known == Known(tuple(Span(BAKER.id, start, start + 3) for start in starts), {BAKER.id: 1})


def test_a_story_told_again_still_has_to_be_there():
    with pytest.raises(UsageError, match="asks about article 000"):
        resolve(suite(Gold("000", "Ada")), [BAKER], retold=True)


def test_articles_that_a_suite_brings_go_by_their_whole_names_only():
    with pytest.raises(UsageError, match=r"asks about article 000.*Index the suite's own articles"):
        resolve(suite(Gold("000"), articles=lambda: [MILL]), [MILL, BAKER])
    assert resolve(suite(Gold("/copy/mill.md"), articles=lambda: [MILL]), [MILL]).ids == {"/copy/mill.md": (MILL.id,)}


def test_a_relevant_document_that_a_collection_lacks_stays_relevant_but_one_that_the_library_lacks_is_an_error():
    one, two = article("One.", "1"), article("Two.", "2")
    judged = suite(Gold("1"), Gold("9", grade=2), articles=lambda: [one, two], retrieval_only=True)
    assert resolve(judged, [one, two]).known["c1"].grades == {one.id: 1, "9": 2}
    with pytest.raises(UsageError, match="asks about article 1"):
        resolve(judged, [two])


def dated(day):
    return replace(MILL, published=day and When(dt.datetime.fromisoformat(day), "day"))


def asked(*names, **days):
    gold = tuple(Gold(name) for name in names)
    limits = {name: dt.date.fromisoformat(day) for name, day in days.items()}
    return Suite("mine", (Case("c1", "Who?", ("Ada",), gold, **limits),))


@pytest.mark.parametrize(
    ("day", "days", "complaint"),
    [
        ("2022-01-08", {"after": "2022-01-09"}, "after 2022-01-09, but its article 000 is of 2022-01-08"),
        ("2022-01-08", {"until": "2022-01-07"}, "until 2022-01-07, but its article 000 is of 2022-01-08"),
        ("2022-01-08", {"after": "2022-01-09", "until": "2022-01-10"}, "after 2022-01-09 and until 2022-01-10, but"),
        (None, {"until": "2022-01-07"}, "until 2022-01-07, but its article 000 has no date"),
    ],
)
def test_days_that_leave_out_every_gold_article_are_an_error(day, days, complaint):
    with pytest.raises(UsageError, match=rf"^The suite mine \(case c1\) asks {complaint}"):
        resolve(asked("000", **days), [dated(day)])
    assert resolve(asked("000"), [dated(day)])


@pytest.mark.parametrize("days", [{"after": "2022-01-08"}, {"until": "2022-01-08"}, {"after": "2022-01-01"}])
def test_days_that_leave_a_gold_article_in_are_none(days):
    assert resolve(asked("000", **days), [dated("2022-01-08")])
    assert resolve(asked("001", "000", **days), [BAKER, dated("2022-01-08")])  # another is left out


def test_a_case_without_gold_knows_nothing():
    assert resolve(suite(), []).known == {"c1": Known((), {})}


@given(st.lists(st.text("ab", min_size=1, max_size=6), min_size=1, max_size=6, unique=True), st.data())
def test_every_span_is_the_quote_itself(texts, data):
    articles = [article(text, f"in/{number}") for number, text in enumerate(texts)]
    number = data.draw(st.integers(0, len(texts) - 1))
    start = data.draw(st.integers(0, len(texts[number]) - 1))
    quote = texts[number][start : start + data.draw(st.integers(1, 3))]
    (span,) = resolve(suite(Gold(str(number), quote, start)), articles).known["c1"].spans
    assert (span.article_id, span.start) == (articles[number].id, start)
    assert texts[number][span.start : span.end] == quote
    again = resolve(suite(Gold(str(number), quote)), articles, retold=True).known["c1"].spans
    assert span in again and all(texts[number][each.start : each.end] == quote for each in again)


def test_many_articles_and_many_names_take_no_longer_than_looking_at_each_once():
    articles = [Article(f"{number:016x}", "Ada", sources=(f"/a/b/c/{number:06}_x.txt",)) for number in range(20_000)]
    cases = tuple(Case(str(n), "Who?", ("Ada",), (Gold(f"{n:06}", "Ada"),)) for n in range(0, 20_000, 4))
    started = time.perf_counter()
    resolved = resolve(Suite("many", cases), articles)
    assert len(resolved.known) == 5_000 and time.perf_counter() - started < 5  # 0.2 s; all pairs take 30 s and more


def test_an_article_that_was_edited_is_found_by_its_source_and_its_quote_wherever_that_stands_now():
    edited = article("Corrected. The mill burnt. Its owner, Ada, wept.", "/in/000_mill.txt")
    gold = Gold(MILL.id, "Its owner", 16, source="/in/000_mill.txt")
    assert resolve(suite(gold), [BAKER, MILL]).known["c1"].spans == (Span(MILL.id, 16, 25),)
    assert resolve(suite(gold), [BAKER, edited]).known["c1"].spans == (Span(edited.id, 27, 36),)
    with pytest.raises(UsageError, match=f"asks about article {MILL.id}"):
        resolve(suite(gold), [BAKER])


def test_cases_that_the_articles_do_not_bear_out_any_more_are_left_out_with_the_reason():
    cases = [
        Case(name, "Who?", ("Ada",), (Gold(where, "Ada, wept"),)) for name, where in (("c1", "000"), ("c2", "002"))
    ]
    kept, left_out = standing(Suite("mine", tuple(cases)), [BAKER, MILL])
    assert [each.id for each in kept.cases] == ["c1"] and "asks about article 002 (case c2)" in left_out[0]
    assert standing(kept, [BAKER, MILL]) == (kept, ())
    with pytest.raises(UsageError, match="bears out none of its cases any more"):
        standing(kept, [BAKER])

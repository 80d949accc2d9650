"""The shipped suites and articles belong together."""

import re
from collections import Counter
from pathlib import Path

import pytest

from qa_eval.golden import resolve
from qa_eval.metrics.text import states
from qa_eval.suites import open_suite
from tests.index.fakes import read_article

SEEDS = Path(__file__).parents[2] / "seeds"
ARTICLES = {path.name[:3]: path.read_text(encoding="utf-8") for path in SEEDS.glob("*.txt")}
SUITES = ("seeds", "seeds_dev")
KINDS = {"false_premise", "missing_detail", "off_topic", "wrong_scope"}


def test_there_are_five_articles_and_a_page_about_them():
    assert sorted(ARTICLES) == ["000", "001", "002", "003", "004"]
    page = (SEEDS / "README.md").read_text(encoding="utf-8")
    assert all(path.name in page for path in SEEDS.glob("*.txt"))


@pytest.mark.parametrize(("name", "answerable", "others"), [("seeds", 80, 40), ("seeds_dev", 50, 25)])
def test_a_suite_has_as_many_cases_as_it_says_and_its_gold_is_there(name, answerable, others):
    suite = open_suite(name)
    assert Counter(case.answerable for case in suite.cases) == {True: answerable, False: others}
    resolved = resolve(suite, [read_article(path) for path in sorted(SEEDS.glob("*.txt"))])
    assert all(len(resolved.known[case.id].spans) == len(case.gold) for case in suite.cases)
    assert all(gold.quote in paragraph_of(gold) for case in suite.cases for gold in case.gold)


def paragraph_of(gold):
    return next(each for each in ARTICLES[gold.article].split("\n") if gold.quote in each)


@pytest.mark.parametrize("name", SUITES)
def test_the_gold_of_a_case_states_an_accepted_form_unless_it_is_a_weekday(name):
    for case in open_suite(name).cases:
        if case.answerable and "relative_date" not in case.tags:
            assert all(states(gold.quote, case.answers) for gold in case.gold), case.id


@pytest.mark.parametrize("name", SUITES)
def test_every_article_and_every_kind_of_unanswerable_question_is_asked_about(name):
    cases = open_suite(name).cases
    about = Counter(gold.article for case in cases for gold in case.gold)
    assert len(about) == 5 and max(about.values()) < 2.5 * min(about.values())
    kinds = Counter(tag for case in cases if not case.answerable for tag in case.tags if tag in KINDS)
    others = sum(not case.answerable for case in cases)
    assert set(kinds) == KINDS and kinds.total() == others and kinds["false_premise"] >= 0.4 * others


def test_the_suites_share_no_question():
    asked = [case for name in SUITES for case in open_suite(name).cases]
    assert len({case.id for case in asked}) == len(asked) == 195
    plain = [" ".join(re.findall(r"\w+", case.question.lower())) for case in asked]
    assert len(set(plain)) == len(plain)

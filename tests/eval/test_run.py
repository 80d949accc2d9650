import datetime as dt
from dataclasses import replace
from itertools import count

import pytest

from qa.types import Claim
from qa_eval.cases import Case, Gold
from qa_eval.run import WARM_UP, run
from tests.eval import answering
from tests.eval.answering import CASES, KEYS, TEXTS, Fake, Said, answered, cite


def measured(answer, cases=CASES, **given):
    return run(Fake(answer), cases, keys=KEYS, text_of=TEXTS.__getitem__, **given)


def test_a_right_answerer_gets_every_figure_at_its_best():
    results = measured(answering.right)
    total = results.figures
    assert (total.right, total.answered_right, total.cited_right, total.refused) == (1, 1, 1, 0)
    assert (total.abstained, total.auroc, total.verbatim, total.failed) == (1, 1, 1, 0)
    assert (total.cited_abstentions, total.uncited, results.broken) == (0, 0, ())
    assert total.citations == 5  # three, and what came nearest to the two others
    assert (total.shorts, total.exact, total.f1) == (2, 0.5, pytest.approx((1 + 2 / 3) / 2))  # "1200" of "1200 sacks"
    assert total.words == 11
    assert results.made_by == {"reader": "a test's own"}


@pytest.mark.parametrize(
    ("broken", "figure", "expected"),
    [
        (answering.beside, "verbatim", 0),
        (answering.citing_abstainer, "cited_abstentions", 2),
        (answering.always_abstaining, "refused", 1),
        (answering.always_abstaining, "right", 0),
        (answering.always_abstaining, "answered_right", 0),  # what came nearest is no answer
        (answering.always_abstaining, "auroc", 0.5),
        (answering.always_answering, "abstained", 0),
        (answering.citing_elsewhere, "cited_right", 0),
        (answering.citing_elsewhere, "right", 0),
        (answering.citing_nothing, "uncited", 3),
        (answering.citing_nothing, "right", 0),
        (answering.inventing, "verbatim", pytest.approx(5 / 8)),
        (answering.raising, "failed", 1),
        (answering.raising, "right", pytest.approx(2 / 3)),
    ],
)
def test_each_broken_answerer_is_caught_by_a_figure(broken, figure, expected):
    assert getattr(measured(broken).figures, figure) == expected


def test_an_answer_that_is_the_whole_article_shows_as_loose_and_long():
    whole, right = measured(answering.whole_article).figures, measured(answering.right).figures
    assert whole.tightness < 0.25 < 0.3 < right.tightness
    assert whole.words > 1.5 * right.words
    assert whole.shorts == 0


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (answering.beside, "c1 (Who owns the mill?) cites words that do not stand there: 'Its owner"),
        (answering.citing_abstainer, "c4 (Who set the fire?) abstains, but cites."),
        (answering.citing_nothing, "c1 (Who owns the mill?) answers, but a claim has no citation."),
        (answering.inventing, "c1 (Who owns the mill?) cites words that do not stand there: 'Ada Quill did it.'"),
        (answering.raising, "c2 (How many sacks?) failed: RuntimeError: the reader fell over"),
    ],
)
def test_a_broken_promise_is_said_in_a_sentence(broken, sentence):
    assert any(each.startswith(sentence) for each in measured(broken).broken)


def test_the_citations_inside_claims_conflicts_and_nearest_are_checked_too():
    wrong = cite("aaaa", "Nobody was hurt.", start=3)
    claim = Claim("x", (wrong,))
    said = answered("Ada Quill", "Ada Quill", cite("aaaa", "Its owner, Ada Quill"))
    for places in ({"claims": (claim,)}, {"conflicts": (claim,)}, {"nearest": (wrong,)}):
        assert measured(lambda _, places=places: replace(said, **places)).figures.verbatim == 0.5


def test_a_citation_past_the_end_of_the_text_is_not_verbatim_even_if_it_quotes_nothing():
    past = replace(cite("aaaa", "Nobody was hurt.", start=5000), quote="")
    assert measured(lambda _: answered("Ada Quill", "Ada Quill", past)).figures.verbatim == 0


def test_an_abstention_with_claims_only_is_caught():
    claim = Claim("x", (cite("aaaa", "Nobody was hurt."),))
    assert measured(lambda _: Said(claims=(claim,))).figures.cited_abstentions == 5


def test_the_accepted_form_may_stand_in_the_text_around_a_mark():
    said = answered(None, "It was Ada [1] Quill.", cite("aaaa", "Ada Quill"))
    assert measured(lambda _: said, (replace(CASES[0], answers=("Ada Quill",)),)).figures.answered_right == 1


def test_another_article_with_the_same_words_at_the_same_place_is_not_gold():
    said = answered("Ada Quill", "Ada Quill", cite("bbbb", TEXTS["bbbb"]))
    assert measured(lambda _: said, CASES[:1]).figures.cited_right == 0


OTHER_WORDS = Case("d1", "Who owns the mill?", ("Ada Quill",), (Gold("000", "the mill's owner is one Ada Quill"),))


@pytest.mark.parametrize(
    ("quote", "tags", "expected"),
    [
        ("Its owner, Ada Quill", (), 1),
        ("Nobody was hurt.", (), 0),
        ("Nobody was hurt.", ("relative_date",), 1),
    ],
)
def test_where_the_article_tells_it_in_other_words_the_quote_must_state_the_answer(quote, tags, expected):
    said = answered("Ada Quill", "Ada Quill", cite("aaaa", quote))
    assert measured(lambda _: said, (replace(OTHER_WORDS, tags=tags),)).figures.cited_right == expected


def test_other_words_in_an_article_that_is_not_gold_do_not_count():
    said = answered("Ada Quill", "Ada Quill", cite("bbbb", "A baker"))
    assert measured(lambda _: said, (replace(OTHER_WORDS, tags=("relative_date",)),)).figures.cited_right == 0


def test_filters_are_passed_on_and_the_warm_up_comes_first_untimed():
    after, until = dt.date(2022, 1, 8), dt.date(2022, 1, 9)
    fake, ticks = Fake(answering.right), count(step=0.02)
    case = replace(CASES[0], after=after, until=until)
    results = run(fake, (case,), keys=KEYS, text_of=TEXTS.__getitem__, clock=lambda: next(ticks))
    assert fake.asked == [(WARM_UP, None, None), ("Who owns the mill?", after, until)]
    assert results.figures.p50 == results.figures.p99 == pytest.approx(20)
    assert next(ticks) == pytest.approx(0.04)


def test_a_warm_up_that_raises_leaves_the_cases_to_say_so():
    def dead(question):
        raise OSError("no model")

    results = measured(dead)
    assert results.figures.failed == 5
    assert (results.figures.p50, results.figures.auroc, results.figures.verbatim) == (None, None, None)


def test_a_tag_has_figures_of_its_own():
    tags = measured(answering.always_answering).by_tag
    assert list(tags) == ["how_many", "unanswerable", "when", "who"]
    assert (tags["unanswerable"].cases, tags["unanswerable"].abstained, tags["unanswerable"].right) == (2, 0, None)
    assert (tags["who"].cases, tags["who"].right) == (1, 1)

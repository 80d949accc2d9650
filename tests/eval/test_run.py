import datetime as dt
from dataclasses import replace
from itertools import count

import pytest

from qa.types import Claim
from qa_eval.figures import by_tag, figures
from qa_eval.golden import resolve
from qa_eval.promises import broken
from qa_eval.run import DEEP, WARM_UP, run, warm_up
from qa_eval.types import Case, Gold, Suite
from tests.eval import answering
from tests.eval.answering import ARTICLES, CASES, SUITE, TEXTS, Fake, Said, answered, cite


def outcomes(answer, cases=CASES, *, library=None, retold=False, **given):
    suite = replace(SUITE, cases=tuple(cases))
    gold = resolve(suite, tuple(ARTICLES.values()), retold=retold)
    return run(library or Fake(answer), suite, gold.known, articles=ARTICLES, ids=gold.ids, **given)


def measured(answer, cases=CASES, **given):
    return figures(outcomes(answer, cases, **given))


def test_a_right_answerer_gets_every_figure_at_its_best():
    total = measured(answering.right)
    assert (total.right, total.answered_right, total.cited_right, total.false_refusals) == (1, 1, 1, 0)
    assert (total.abstention_recall, total.abstention_precision, total.auroc, total.verbatim) == (1, 1, 1, 1)
    assert (total.failed, total.cited_abstentions, total.uncited) == (0, 0, 0)
    assert (total.passage_hit_1, total.hit_1, total.mrr_10, total.ndcg_10, total.recall_100) == (1, 1, 1, 1, None)
    assert (total.article_precision, total.article_recall, total.span_recall, total.read_first) == (1, 1, 1, 1)
    assert total.citations == 5  # three, and what came nearest to the two others
    assert (total.shorts, total.short_exact, total.short_f1) == (2, 1, 1)
    assert total.facts_exact == pytest.approx(2 / 3)  # a sentence is not "14 weeks"
    assert (total.words, total.aurc) == (11, 0)
    assert broken(outcomes(answering.right)) == ()


# The five that matter most, each caught by a figure of its own, which no other of them moves.
CAUGHT = {
    "verbatim": (answering.beside, lambda value: value < 1),
    "cited_abstentions": (answering.citing_abstainer, lambda value: value > 0),
    "abstention_recall": (answering.always_answering, lambda value: value < 1),
    "false_refusals": (answering.always_abstaining, lambda value: value > 0),
    "span_precision": (answering.whole_article, lambda value: value < 0.25),
}


@pytest.mark.parametrize("figure", CAUGHT)
def test_each_broken_answerer_is_caught_by_a_figure_of_its_own(figure):
    is_caught = CAUGHT[figure][1]
    for own, (answer, _) in CAUGHT.items():
        value = getattr(measured(answer), figure)
        assert (value is not None and is_caught(value)) == (own == figure), (own, value)
    assert not is_caught(getattr(measured(answering.right), figure))


@pytest.mark.parametrize(
    ("answer", "figure", "expected"),
    [
        (answering.always_abstaining, "right", 0),
        (answering.always_abstaining, "answered_right", 0),  # what came nearest is no answer
        (answering.always_abstaining, "auroc", 0.5),
        (answering.always_abstaining, "abstention_precision", 2 / 5),
        (answering.always_abstaining, "exact", 2 / 5),  # SQuAD 2.0 counts an abstention where there is no answer
        (answering.always_answering, "aurc", pytest.approx(0.4)),  # all five are equally confident
        (answering.citing_elsewhere, "cited_right", 0),
        (answering.citing_elsewhere, "span_precision", 0),
        (answering.citing_elsewhere, "right", 0),
        (answering.wrong_headline, "right", 0),
        (answering.wrong_headline, "answered_right", 0),
        (answering.wrong_headline, "fact_recall", 1),
        (answering.saying_more, "unsupported", 0.5),
        (answering.marking_nothing, "uncited", 3),
        (answering.claiming_nothing, "uncited", 3),
        (answering.citing_nothing, "uncited", 3),
        (answering.citing_nothing, "right", 0),
        (answering.inventing, "verbatim", pytest.approx(5 / 8)),
        (answering.raising, "failed", 1),
        (answering.raising, "false_refusals", 0),  # of the two that did not fail
        (answering.raising, "right", pytest.approx(2 / 3)),
        (answering.raising, "read_first", pytest.approx(2 / 3)),  # what failed showed nothing
        (answering.always_abstaining, "read_first", 0),  # it shows nothing, not even what came nearest
        (answering.citing_elsewhere, "read_first", pytest.approx(2 / 3)),  # other words, but of a gold article
        (answering.raising, "hit_1", pytest.approx(2 / 3)),  # what was not searched for was not found
    ],
)
def test_what_goes_wrong_shows_in_the_figures(answer, figure, expected):
    assert getattr(measured(answer), figure) == expected


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (answering.beside, "c1 (Who owns the mill?) cites words that do not stand there. First: 'Its owner"),
        (answering.citing_abstainer, "c4 (Who set the fire?) abstains, but cites."),
        (answering.citing_nothing, "c1 (Who owns the mill?) answers, but a claim has no citation."),
        (
            answering.inventing,
            "c1 (Who owns the mill?) cites words that do not stand there. First: 'Ada Quill did",
        ),
        (answering.raising, "c2 (How many sacks?) failed: RuntimeError: the reader fell over"),
    ],
)
def test_a_broken_promise_is_said_in_a_sentence(answer, sentence):
    assert any(each.startswith(sentence) for each in broken(outcomes(answer)))


def test_the_citations_inside_claims_conflicts_and_nearest_are_checked_too():
    wrong = cite("aaaa", "Nobody was hurt.", start=3)
    claim = Claim("x", (wrong,))
    said = answered("Ada Quill", "Ada Quill", cite("aaaa", "Its owner, Ada Quill"))
    for places in ({"claims": (claim,)}, {"conflicts": (claim,)}, {"nearest": (wrong,)}):
        assert measured(lambda _, places=places: replace(said, **places)).verbatim == 0.5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Its owner, Ada Quill, said that 1200 sacks were lost.", 0),
        ("The owner said that 1,200 sacks were lost.", 0),
        ("Its owner, Ada Quill, said that 1,300 sacks were lost.", 1),  # a figure that no quote has
        ("A careless lodger set fire to the hay at night.", 1),
    ],
)
def test_a_claim_that_its_quotes_do_not_say_is_unsupported(text, expected):
    quote = cite("aaaa", "Its owner, Ada Quill, said that 1,200 sacks were lost.")
    said = replace(answered("1,200 sacks", text, quote), claims=(Claim(text, (quote,)),))
    assert measured(lambda _: said, CASES[1:2]).unsupported == expected


def test_a_citation_past_the_end_of_the_text_is_not_verbatim_even_if_it_quotes_nothing():
    past = replace(cite("aaaa", "Nobody was hurt.", start=5000), quote="")
    assert measured(lambda _: answered("Ada Quill", "Ada Quill", past)).verbatim == 0


def test_an_abstention_with_claims_only_is_caught():
    claim = Claim("x", (cite("aaaa", "Nobody was hurt."),))
    assert measured(lambda _: Said(claims=(claim,))).cited_abstentions == 5


def test_the_accepted_form_may_stand_in_the_text_around_a_mark():
    said = answered(None, "It was Ada [1] Quill.", cite("aaaa", "Ada Quill"))
    assert measured(lambda _: said, (replace(CASES[0], answers=("Ada Quill",)),)).answered_right == 1


def test_another_article_with_the_same_words_at_the_same_place_is_not_gold():
    said = answered("Ada Quill", "Ada Quill", cite("bbbb", TEXTS["bbbb"]))
    total = measured(lambda _: said, CASES[:1])
    assert (total.cited_right, total.article_precision) == (0, 0)


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
    assert measured(lambda _: said, (replace(OTHER_WORDS, tags=tags),), retold=True).cited_right == expected


def test_other_words_in_an_article_that_is_not_gold_do_not_count():
    said = answered("Ada Quill", "Ada Quill", cite("bbbb", "A baker"))
    assert measured(lambda _: said, (replace(OTHER_WORDS, tags=("relative_date",)),), retold=True).cited_right == 0


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (answered("x", "x", cite("aaaa", "Nobody was hurt."), cite("bbbb", "A baker")), 1),
        (answered("x", "x", cite("bbbb", "A baker"), cite("aaaa", "Its owner, Ada Quill")), 0),
        (Said(nearest=(cite("aaaa", "Nobody was hurt."), cite("bbbb", "A baker"))), 1),
        (Said(nearest=(cite("bbbb", "A baker"), cite("aaaa", "Its owner, Ada Quill"))), 0),
    ],
)
def test_what_an_answer_shows_first_is_of_a_gold_article_or_not(said, expected):
    assert measured(lambda _: said, CASES[:1]).read_first == expected
    assert measured(lambda _: said, (*CASES[:1], *CASES[3:])).read_first == expected  # of questions with gold only


def test_where_no_gold_is_known_the_answer_alone_counts():
    said = answered("Ada Quill", "Ada Quill", cite("bbbb", "A baker"))
    total = measured(lambda _: said, (replace(CASES[0], gold=()),))
    assert (total.right, total.cited_right, total.searched, total.hit_1) == (1, None, 0, None)
    assert total.read_first is None


def test_filters_are_passed_on_and_only_the_answer_is_timed():
    after, until = dt.date(2022, 1, 8), dt.date(2022, 1, 9)
    fake, ticks = Fake(answering.right), count(step=0.02)
    case = replace(CASES[0], gold=(), after=after, until=until, within=("001",))
    total = measured(answering.right, (case,), library=fake, clock=lambda: next(ticks))
    assert fake.asked == [("Who owns the mill?", {"after": after, "until": until, "article": ("bbbb",)})]
    assert total.p50 == total.p99 == pytest.approx(20)
    assert next(ticks) == pytest.approx(0.04)


def test_warming_up_says_what_makes_the_answers_and_never_fails():
    def dead(question):
        raise OSError("no model")

    fake = Fake(answering.right)
    assert warm_up(fake) == {"reader": "a test's own"} and fake.asked == [(WARM_UP, {})]
    assert warm_up(Fake(dead)) == {}
    total = measured(dead)
    assert total.failed == 5
    assert (total.p50, total.auroc, total.verbatim) == (None, None, None)


def test_a_tag_has_figures_of_its_own():
    tags = by_tag(outcomes(answering.always_answering))
    assert list(tags) == ["how_many", "unanswerable", "when", "who"]
    assert (tags["unanswerable"].cases, tags["unanswerable"].abstention_recall, tags["unanswerable"].right) == (
        2,
        0,
        None,
    )
    assert (tags["who"].cases, tags["who"].right) == (1, 1)


def test_what_is_done_is_not_asked_again_and_what_is_new_is_kept_at_once():
    first = outcomes(answering.right, CASES[:2])
    fake, kept = Fake(answering.right), []
    again = outcomes(
        None, library=fake, done={each.case.id: each for each in first}, keep=lambda each: kept.append(each.case.id)
    )
    assert again[:2] == first and len(again) == 5
    assert kept == [case.id for case in CASES[2:]]
    assert [question for question, _ in fake.asked] == [case.question for case in CASES[2:]]


def test_an_interruption_comes_through_with_what_was_kept_before_it():
    def interrupted(question):
        if question == CASES[2].question:
            raise KeyboardInterrupt
        return answering.right(question)

    kept = []
    with pytest.raises(KeyboardInterrupt):
        outcomes(interrupted, keep=kept.append)
    assert [each.case.id for each in kept] == ["c1", "c2"]


def test_a_suite_that_is_for_the_search_only_is_not_answered():
    cases = (
        Case("q1", "the mill", gold=(Gold("000", grade=2), Gold("001"))),
        Case("q2", "how it is rebuilt", gold=(Gold("000"),)),
    )
    suite = Suite("found", cases, retrieval_only=True)
    gold, fake = resolve(suite, tuple(ARTICLES.values())), Fake(answering.right)
    done = run(fake, suite, gold.known, articles=ARTICLES, ids=gold.ids)
    assert [(each.status, each.ranks, each.grades, each.depth) for each in done] == [
        ("searched", (1, 2), (2, 1), DEEP),
        ("searched", (2,), (1,), DEEP),
    ]
    total = figures(done)
    assert (total.hit_1, total.mrr_10, total.recall_10, total.recall_100) == (0.5, 0.75, 1, 1)
    assert (total.right, total.exact, total.auroc, fake.asked) == (None, None, None, [])
    assert total.read_first is None  # nothing was read


FOLLOW_UP = Case(
    "f1",
    "And who?",
    ("Ada Quill",),
    (Gold("000", "Its owner, Ada Quill"),),
    tags=("who",),
    history=("How many sacks?", "When will it be rebuilt?"),
    standalone="Who owns the mill?",
    within=("000",),
)


def test_a_case_with_a_history_is_asked_as_a_conversation():
    library = Fake(answering.right)
    (outcome,) = outcomes(answering.right, [FOLLOW_UP], library=library)
    narrowed = {"article": ("aaaa",)}
    assert library.asked == [
        *((earlier, narrowed) for earlier in FOLLOW_UP.history),
        ("Who owns the mill?", narrowed),
        ("Who owns the mill?", narrowed),  # as a person rewrote it
    ]
    assert (outcome.asked, outcome.by_hand, outcome.right) == ("Who owns the mill?", True, True)


def test_rewrites_are_counted_where_the_one_by_hand_is_answered_right():
    asked = [
        FOLLOW_UP,
        replace(FOLLOW_UP, id="f2", question="And his?"),  # not understood: the answer is another one
        replace(FOLLOW_UP, id="f3", standalone="Who set the fire?"),  # nothing was to be had
        replace(FOLLOW_UP, id="f4", standalone=None),
    ]
    total = measured(answering.right, asked)
    assert (total.by_hand, total.rewritten, total.rewrites) == (2 / 3, 2, 0.5)
    assert (measured(answering.right).by_hand, measured(answering.right).rewrites) == (None, None)

import dataclasses

import pytest

from qa.check import check, stands
from qa.compose import ABSTENTION, Made, compose
from qa.types import Question
from qa.understand import understand
from qa_index.duplicates import Teller
from qa_index.errors import ArticleNotFound
from qa_index.types import Span

from .making import NOTHING_SEARCHED, article, candidate

ONE = article("Police said that 4,266 people were detained. It snowed.", title="One", sources=("one.txt",))
TWO = article("More than 4,200 people have been detained.", title="Two")
THREE = article("Only 250 people were detained, the mayor said.", title="Three")
MADE = Made(NOTHING_SEARCHED, {"reader": "fixed"})


def articles(*known):
    def article_of(article_id):
        for one in known:
            if one.id == article_id:
                return one
        raise ArticleNotFound(f"Asked for {article_id}, but it is not here.")

    return article_of


def composed(*candidates, question="How many people were detained?", threshold=0.5, made=MADE):
    return compose(understand(Question(question)), candidates, made, threshold=threshold)


def in_one_story(*candidates):
    """Say that the articles of these candidates share their words; the first is the one that counts."""
    ids = [each.article.id for each in candidates]
    return dataclasses.replace(MADE, tellers={each: Teller(ids[-1], rank) for rank, each in enumerate(ids)})


FIRST = candidate(ONE, "Police said that 4,266 people were detained.", answer="4,266")
SECOND = candidate(TWO, "More than 4,200 people have been detained.", answer="More than 4,200", score=0.8)
THIRD = candidate(THREE, "Only 250 people were detained, the mayor said.", answer="250", score=0.8)


def test_the_likeliest_candidate_becomes_a_cited_claim():
    answer = composed(FIRST)
    assert (answer.status, answer.short) == ("answered", "4,266")
    assert answer.text == "Police said that 4,266 people were detained. [1]"
    assert answer.citations[0].quote == "Police said that 4,266 people were detained."
    assert answer.citations[0].source == "one.txt"
    assert answer.confidence == 0.9


def test_below_the_threshold_it_abstains_and_cites_nothing():
    answer = composed(FIRST, threshold=0.95)
    assert (answer.status, answer.text, answer.short) == ("abstained", ABSTENTION, None)
    assert answer.claims == answer.citations == ()
    assert [near.quote for near in answer.nearest] == ["Police said that 4,266 people were detained."]


def test_without_candidates_it_abstains():
    assert composed().status == "abstained"


def test_the_same_number_in_another_article_is_one_claim_with_two_citations():
    again = candidate(
        article("They counted 4,266 arrests in all."), "They counted 4,266 arrests in all.", answer="4,266", score=0.7
    )
    answer = composed(FIRST, again)
    assert len(answer.claims) == 1
    assert [citation.number for citation in answer.citations] == [1, 2]
    assert answer.text.endswith("[1][2]")


def test_figures_that_cannot_both_be_true_are_shown_as_two_sides():
    answer = composed(FIRST, THIRD)
    assert answer.status == "conflicting"
    assert [claim.citations[0].quote for claim in answer.conflicts] == [
        "Police said that 4,266 people were detained.",
        "Only 250 people were detained, the mayor said.",
    ]


def test_a_correction_stands_and_is_no_conflict_with_what_it_corrects():
    wrong = candidate(THREE, "Only 250 people were detained, the mayor said.", answer="250", score=0.99)
    answer = composed(wrong, FIRST, made=in_one_story(FIRST, wrong))
    assert (answer.status, answer.short, answer.conflicts) == ("answered", "4,266", ())
    assert [citation.title for citation in answer.citations] == ["One"]


@pytest.mark.parametrize(
    "note",
    [
        "We wrongly reported that 27 people were killed when the dam above Merrow burst.",
        "Our report of Friday said that 27 people were killed when the dam above Merrow burst.",
        "An earlier version said that 27 people were killed when the dam above Merrow burst.",
    ],
)
def test_what_a_paper_takes_back_is_no_answer_nor_is_what_it_had_said(note):
    question = "How many people were killed when the dam burst?"
    wrong = candidate(article(note, title="Note"), note, answer="27", score=0.95)
    said = "The dam above Merrow burst on Friday, and 27 people were killed."
    stale = candidate(article(said, title="Friday"), said, answer="27", score=0.9)
    right = candidate(article("The correct number is 17."), "The correct number is 17.", answer="17", score=0.7)
    assert composed(wrong, stale, right, question=question).short == "17"
    assert composed(wrong, stale, question=question).status == "abstained"
    assert composed(stale, question=question).short == "27"


def test_reprints_are_one_source():
    reprints = [
        candidate(article(f"{ONE.text} Agency {n}."), "Police said that 4,266 people were detained.", answer="4,266")
        for n in range(3)
    ]
    answer = composed(FIRST, *reprints, SECOND, made=in_one_story(FIRST, *reprints))
    assert [citation.title for citation in answer.citations] == ["One", "Two"]


def test_a_rounded_figure_is_no_conflict():
    assert composed(FIRST, SECOND).status == "answered"


def test_figures_that_count_different_things_are_no_conflict():
    other = article("Some 250 vehicles were detained at the border.")
    assert (
        composed(FIRST, candidate(other, "Some 250 vehicles were detained at the border.", answer="250")).status
        == "answered"
    )


def test_a_relative_day_is_shown_with_its_calendar_day():
    met = candidate(
        article("They met on Wednesday."), "They met on Wednesday.", answer="Wednesday", short="12 January 2022"
    )
    answer = composed(met, question="When did they meet?")
    assert answer.short == "12 January 2022"
    assert answer.text == "They met on Wednesday. [1] (Wednesday: 12 January 2022)"
    assert answer.citations[0].quote == "They met on Wednesday."


def test_a_sound_answer_passes_the_check_unchanged():
    answer = composed(FIRST)
    assert check(answer, articles(ONE), abstention=ABSTENTION) is answer


@pytest.mark.parametrize("shift", [-1, 1, 7])
def test_a_citation_that_does_not_stand_at_its_span_is_never_shown(shift):
    answer = composed(FIRST)
    citation = answer.citations[0]
    span = Span(ONE.id, max(0, citation.span.start + shift), citation.span.end + shift)
    wrong = dataclasses.replace(citation, span=span, quote=citation.quote if shift > 0 else "Police lied.")
    claim = dataclasses.replace(answer.claims[0], citations=(wrong,))
    checked = check(
        dataclasses.replace(answer, claims=(claim,), citations=(wrong,)), articles(ONE), abstention=ABSTENTION
    )
    assert (checked.status, checked.citations, checked.short) == ("abstained", (), None)


def test_an_article_that_is_gone_is_not_cited():
    assert check(composed(FIRST), articles(TWO), abstention=ABSTENTION).status == "abstained"


def test_what_is_left_of_an_answer_keeps_its_numbers_and_loses_its_conflict():
    checked = check(composed(FIRST, THIRD), articles(THREE), abstention=ABSTENTION)
    assert (checked.status, checked.short, checked.conflicts) == ("answered", None, ())
    assert checked.text == "Only 250 people were detained, the mayor said. [2]"


def test_masked_text_is_never_cited():
    masked = dataclasses.replace(ONE, masked=(Span(ONE.id, 0, 10),))
    assert not stands(composed(FIRST).citations[0], articles(masked))


def test_an_extract_that_is_not_its_quote_is_dropped():
    answer = composed(FIRST)
    claim = dataclasses.replace(answer.claims[0], text="Police said that 9,999 people were detained.")
    assert (
        check(dataclasses.replace(answer, claims=(claim,)), articles(ONE), abstention=ABSTENTION).status == "abstained"
    )


def test_an_abstention_that_cites_cannot_even_be_made():
    with pytest.raises(ValueError, match="cites nothing"):
        dataclasses.replace(composed(FIRST), status="abstained")


SAME, DIFFERENT, CONFLICT = "one claim", "two things", "conflict"
HOW_MANY, WHEN, WHERE, WHAT = "How many were there?", "When was it?", "Where was it?", "What was it?"


@pytest.mark.parametrize(
    ("question", "one", "other", "are"),
    [
        (HOW_MANY, "_2,500_ soldiers came.", "About _2,500_ soldiers left.", SAME),
        (HOW_MANY, "_2,500 soldiers_ came.", "_nearly 2,500_ soldiers left.", SAME),
        (HOW_MANY, "_2,500_ soldiers came.", "_250_ soldiers came.", CONFLICT),
        (HOW_MANY, "_Twelve people_ were killed.", "_Fifteen people_ were killed.", CONFLICT),
        (HOW_MANY, "_12_ people were there.", "_12_ dogs were there.", DIFFERENT),
        (HOW_MANY, "_2,500 soldiers_ left.", "_250 vehicles and 2,500 soldiers_ left.", DIFFERENT),
        (HOW_MANY, "_3,000 troops on 6 January_.", "_5,000 troops_ came.", CONFLICT),
        (HOW_MANY, "_3,000 troops on 6 January_.", "_3,000 troops_ came.", SAME),
        (HOW_MANY, "It cost _40 million_ euros.", "It cost _40m_ euros.", SAME),
        (WHEN, "It was on _5 January 2022_.", "It was on _January 5_.", SAME),
        (WHEN, "It was on _5 January 1998_.", "It was on _5 January 1990_.", DIFFERENT),
        (WHEN, "It was _before 1990_.", "It was _after 1990_.", DIFFERENT),
        (
            WHERE,
            "The summit of the four presidents was held in _Almaty_.",
            "The summit of the four presidents was held in _Astana_.",
            DIFFERENT,
        ),
        (WHERE, "In _Almaty_ it rained.", "It rained in _the city of Almaty_.", SAME),
        (WHAT, "He was _guilty_ of it.", "He was _not guilty_ of it.", DIFFERENT),
        (WHAT, "A _Jose\u0301_ it was.", "The _Jos\u00e9_ it was.", SAME),
    ],
)
def test_only_what_says_the_same_is_one_claim(question, one, other, are):
    def made(marked, score):
        before, answer, behind = marked.split("_")
        return candidate(article(before + answer + behind), before + answer + behind, answer=answer, score=score)

    answer = composed(made(one, 0.9), made(other, 0.85), question=question)
    found = CONFLICT if answer.status == "conflicting" else SAME if len(answer.citations) == 2 else DIFFERENT
    assert found == are


def test_sentences_without_a_bare_answer_are_one_claim_if_they_share_most_words():
    told = "The government resigned because fuel prices had doubled."
    again = "The government resigned on Wednesday because fuel prices had doubled."
    other = "The government resigned after a night of violence in the streets of the capital."
    one, two, three = (candidate(article(text), text, score=0.9) for text in (told, again, other))
    answer = composed(one, two, three, question="Why did the government resign?")
    assert [len(claim.citations) for claim in answer.claims] == [2, 1]


@pytest.mark.parametrize(
    ("other", "score", "short"),
    [
        ("_4,266_ were held.", 0.6, "4,266"),
        ("_4,266_ were held.", 0.5, "thousands"),
        ("_12_ were held.", 0.8, "thousands"),
    ],
)
def test_a_precise_figure_stands_before_a_vague_one_that_leaves_it_open(other, score, short):
    before, answer, behind = other.split("_")
    precise = candidate(article(before + answer + behind), before + answer + behind, answer=answer, score=score)
    vague = candidate(
        article("Before thousands came, it rained."), "Before thousands came, it rained.", answer="thousands"
    )
    assert composed(vague, precise, question="How many people came?", threshold=0.3).short == short

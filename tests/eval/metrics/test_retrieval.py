import math
import random

import ir_measures
import pytest
from ir_measures import RR, R, Success, nDCG

from qa_eval.metrics.retrieval import hit_at, ndcg_at, recall_at, reciprocal_rank


def rankings(count):
    """Yield what is judged, {name: grade}, and what was found, best first: judged or not, few or many, none at all."""
    chance = random.Random(2002)
    for _ in range(count):
        names = [f"d{number:03}" for number in range(chance.choice((3, 15, 150)))]
        judged = {
            name: chance.choice((0, 0, 1, 1, 2, 3)) for name in chance.sample(names, chance.randint(1, len(names)))
        }
        yield judged, chance.sample(names, chance.randint(1, len(names)))


def ours(judged, found):
    ranks = [rank for rank, name in enumerate(found, start=1) if judged.get(name, 0) > 0]
    grades = [judged[found[rank - 1]] for rank in ranks]
    relevant = [grade for grade in judged.values() if grade > 0]
    return {
        nDCG @ 10: ndcg_at(ranks, grades, relevant, 10),
        RR @ 10: reciprocal_rank(ranks, 10),
        R @ 10: recall_at(ranks, len(relevant), 10),
        R @ 100: recall_at(ranks, len(relevant), 100),
        Success @ 1: hit_at(ranks, 1),
        Success @ 5: hit_at(ranks, 5),
        Success @ 10: hit_at(ranks, 10),
    }


def test_300_random_rankings_get_the_figures_of_ir_measures():
    made = list(rankings(300))
    judgements = {str(i): judged for i, (judged, _) in enumerate(made)}
    run = {str(i): {name: float(-rank) for rank, name in enumerate(found)} for i, (_, found) in enumerate(made)}
    expected = [ours(judged, found) for judged, found in made]
    compared = 0
    for figure in ir_measures.iter_calc(list(expected[0]), judgements, run):
        assert expected[int(figure.query_id)][figure.measure] == pytest.approx(figure.value, rel=0, abs=1e-9)
        compared += 1
    assert compared == 300 * 7
    for measure, mean in ir_measures.calc_aggregate(list(expected[0]), judgements, run).items():
        assert sum(each[measure] for each in expected) / 300 == pytest.approx(mean, rel=0, abs=1e-9)
        assert 0.2 < mean < 0.9  # the rankings are neither all good nor all bad


def test_a_worked_example():
    # Relevant: grades 3, 2 and 1. Found: the one of grade 1 first, the one of grade 3 third.
    assert ndcg_at([1, 3], [1, 3], [3, 2, 1], 10) == pytest.approx(
        (1 / math.log2(2) + 3 / math.log2(4)) / (3 / math.log2(2) + 2 / math.log2(3) + 1 / math.log2(4))
    )
    assert ndcg_at([1, 3], [1, 3], [3, 2, 1], 2) == pytest.approx(1 / (3 + 2 / math.log2(3)))
    assert reciprocal_rank([2, 3], 10) == 0.5
    assert reciprocal_rank([11], 10) == 0
    assert reciprocal_rank([10], 10) == 0.1
    assert recall_at([1, 3, 11], 4, 10) == 0.5
    assert hit_at([5], 5) == 1
    assert hit_at([6], 5) == 0


def test_nothing_found_and_nothing_relevant_are_0():
    assert hit_at([], 10) == recall_at([], 3, 10) == reciprocal_rank([], 10) == ndcg_at([], [], [1], 10) == 0
    assert recall_at([], 0, 10) == ndcg_at([], [], [], 10) == 0


def test_every_rank_needs_its_grade():
    with pytest.raises(ValueError, match="shorter"):
        ndcg_at([1, 2], [1], [1, 1], 10)

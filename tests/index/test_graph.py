from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from qa_index.errors import ModelUnavailable
from qa_index.models import files as models
from qa_index.models.graph import GRAPH, MICROSOFT, TENSORS, Graph, encoder, sentence_graph
from qa_index.models.session import open_session, standard_error_discarded
from qa_index.models.weights import Bert, read_bert, read_weights
from tests.index import tiny_bert

IDS = [2, 5, 9, 6, 7, 10, 8, 3]
BERT = Bert(heads=tiny_bert.HEADS, epsilon=tiny_bert.EPSILON)


def build(tensors=None, *, bert=BERT, limit=16):
    return sentence_graph(tiny_bert.weights() if tensors is None else tensors, bert, limit=limit)


def cosine(left, right):
    return float(np.sum(left * right) / np.linalg.norm(left) / np.linalg.norm(right))


def run(files, ids, **inputs):
    arguments = {name: np.array([value]) for name, value in inputs.items()}
    (output,) = open_session(files).run(ids=np.array([ids]), **arguments)
    return output


@pytest.mark.parametrize("ids", [IDS, [2, 3], [2, *[5] * 200, 3]], ids=["words", "nothing", "long"])
def test_the_graph_computes_what_the_encoder_does_but_for_rounding(ids):
    vector = run(build(), ids)
    exact = tiny_bert.hidden(tiny_bert.weights(), ids).mean(0)
    assert vector.shape == (1, tiny_bert.WIDTH)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    assert cosine(vector, exact) > 0.998


def test_an_encoder_that_pools_its_first_piece_is_read_so():
    exact = tiny_bert.hidden(tiny_bert.weights(), IDS)
    vector = run(build(bert=Bert(tiny_bert.HEADS, tiny_bert.EPSILON, "cls")), IDS)
    assert cosine(vector, exact[0]) > 0.998 > 0.9 > cosine(vector, exact.mean(0))


def test_segments_tell_a_question_from_a_passage():
    segments = [0, 0, 0, 0, 1, 1, 1, 1]
    graph = Graph()
    states = encoder(graph, tiny_bert.weights(), BERT, segments="segments")
    files = graph.files({states: (1, "n", tiny_bert.WIDTH)}, inputs=["ids", "segments"])
    for kinds in ([0] * 8, segments):
        assert cosine(run(files, IDS, segments=kinds), tiny_bert.hidden(tiny_bert.weights(), IDS, kinds)) > 0.998


def test_a_weight_of_zeros_stays_zero():
    tensors = tiny_bert.weights()
    tensors["encoder.layer.0.output.dense.weight"][:] = 0
    assert cosine(run(build(tensors), IDS), tiny_bert.hidden(tensors, IDS).mean(0)) > 0.998


def test_the_same_graph_is_built_every_time():
    assert build() == build()


@pytest.mark.parametrize("threads", [1, 3])
def test_the_number_of_threads_changes_nothing(threads):
    files = build()
    ids = np.array([[2, *[5, 6, 7, 8] * 50, 3]])
    found, expected = open_session(files, threads=threads).run(ids=ids), open_session(files).run(ids=ids)
    assert np.array_equal(found[0], expected[0])


def test_a_graph_runs_the_same_from_a_folder_and_from_memory(tmp_path):
    files = build()
    for name, held in files.items():
        (tmp_path / name).write_bytes(held)
    assert np.array_equal(run(tmp_path, IDS), run(files, IDS))


def test_a_graph_may_have_several_outputs():
    graph = Graph()
    states = encoder(graph, tiny_bert.weights(), BERT)
    doubled = graph.node("Add", states, states)
    shape = (1, "n", tiny_bert.WIDTH)
    session = open_session(graph.files({states: shape, doubled: shape}, inputs=["ids"]))
    first, second = session.run(ids=np.array([IDS]))
    assert session.width == tiny_bert.WIDTH
    assert np.array_equal(second, 2 * first)


def unknown(domain: str) -> dict[str, bytes]:
    """A graph with an operator that no onnxruntime has."""
    graph = Graph()
    return graph.files(
        {graph.node("Cast", graph.node("FoldSpace", "ids", domain=domain), to=1): (1, "n")}, inputs=["ids"]
    )


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (unknown(""), "FoldSpace"),
        (unknown(MICROSOFT), "FoldSpace"),
        ({**build(), GRAPH: b""}, "Asked"),
        ({**build(), GRAPH: b"\xff no graph \n at all"}, "Asked"),
        ({**build(), GRAPH: build()[GRAPH][:-100]}, "Asked"),
        ({**build(), TENSORS: b""}, "Asked"),
    ],
    ids=["unknown operator", "unknown operator of onnxruntime", "empty", "no graph", "cut", "no tensors"],
)
def test_a_graph_that_this_onnxruntime_cannot_open_says_what_to_do(files, reason, tmp_path, capfd):
    for name, held in files.items():
        (tmp_path / name).write_bytes(held)
    for place in (files, tmp_path):
        with pytest.raises(ModelUnavailable, match=reason) as raised:
            open_session(place)
        message = str(raised.value)
        assert message.startswith(
            f"Asked to run a model, but onnxruntime {version('onnxruntime')} cannot open its graph ("
        )
        assert message.endswith("). Run `pip install --upgrade onnxruntime`.")
        assert "\n" not in message
    assert capfd.readouterr() == ("", "")


def test_a_graph_that_cannot_be_opened_is_not_kept(tmp_path):
    with pytest.raises(ModelUnavailable, match="FoldSpace"):
        models.prepare("entry", lambda: unknown(""), open_session, cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("name", ["encoder.layer.1.output.dense.bias", "embeddings.word_embeddings.weight"])
def test_a_missing_tensor_is_named(name):
    tensors = tiny_bert.weights()
    del tensors[name]
    with pytest.raises(ModelUnavailable, match=name):
        build(tensors)


def test_weights_without_a_layer_are_no_encoder():
    with pytest.raises(ModelUnavailable, match=r"lack 'encoder\.layer\.0'"):
        build({name: held for name, held in tiny_bert.weights().items() if not name.startswith("encoder")})


def test_an_encoder_that_reads_too_little_is_refused():
    with pytest.raises(ModelUnavailable, match="Asked to read 256 word pieces, but the model reads 128"):
        build(tiny_bert.weights(positions=128), limit=256)


@pytest.mark.parametrize(("dtype", "error"), [("F32", 0), ("F16", 2e-3), ("BF16", 2e-2)])
@pytest.mark.parametrize("prefix", ["", "bert."])
def test_weights_are_read_in_the_precisions_that_are_published(tmp_path, dtype, error, prefix):
    tiny_bert.write_safetensors(tmp_path / "w", tiny_bert.weights(), dtype=dtype, prefix=prefix)
    read, expected = read_weights(tmp_path / "w"), tiny_bert.weights()
    assert read.keys() == expected.keys()  # integers, such as the old table of positions, are left out
    for name, tensor in expected.items():
        assert read[name].dtype == np.float32
        assert np.allclose(read[name], tensor, atol=error)


def a_safetensors_file(tmp_path: Path) -> bytes:
    tiny_bert.write_safetensors(tmp_path / "whole", tiny_bert.weights())
    return (tmp_path / "whole").read_bytes()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: b"",
        lambda whole: whole[:5],
        lambda whole: whole[:300],
        lambda whole: whole[:-1000],
        lambda whole: b"\xff" * 8 + whole[8:],
        lambda whole: (2).to_bytes(8, "little") + b"[]",
        lambda whole: (12).to_bytes(8, "little") + b'{"a": "text"}'[:12],
        lambda whole: (10).to_bytes(8, "little") + b'{"a": {}} ',
    ],
    ids=["empty", "no length", "half a header", "no end", "huge length", "a list", "broken", "no offsets"],
)
def test_a_file_that_is_not_whole_is_refused(tmp_path, spoil):
    (tmp_path / "spoilt").write_bytes(spoil(a_safetensors_file(tmp_path)))
    with pytest.raises(ModelUnavailable, match="not a whole safetensors file"):
        read_weights(tmp_path / "spoilt")


def test_the_settings_of_a_model_are_read(tmp_path):
    assert read_bert(tiny_bert.write_model(tmp_path / "plain")) == BERT
    assert read_bert(tiny_bert.write_model(tmp_path / "mean", pooling="mean_tokens")) == BERT
    assert read_bert(tiny_bert.write_model(tmp_path / "cls", pooling="cls_token")).pooling == "cls"


@pytest.mark.parametrize(
    ("setting", "value"),
    [("model_type", "roberta"), ("hidden_act", "gelu_new"), ("position_embedding_type", "relative_key")],
)
def test_another_architecture_is_refused_by_name(tmp_path, setting, value):
    with pytest.raises(ModelUnavailable, match=f"found .*{value}"):
        read_bert(tiny_bert.write_model(tmp_path / "other", **{setting: value}))


def test_other_pooling_is_refused(tmp_path):
    with pytest.raises(ModelUnavailable, match="max_tokens"):
        read_bert(tiny_bert.write_model(tmp_path / "tiny", pooling="max_tokens"))


def test_a_further_stage_is_refused(tmp_path):
    folder = tiny_bert.write_model(tmp_path / "tiny")
    modules = [{"type": f"sentence_transformers.models.{stage}"} for stage in ("Transformer", "Pooling", "Dense")]
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="Dense"):
        read_bert(folder)


@pytest.mark.parametrize("config", ["", "[]", "{}", '{"num_attention_heads": "many"}', "\x00"])
def test_settings_that_cannot_be_read_are_refused(tmp_path, config):
    folder = tiny_bert.write_model(tmp_path / "tiny")
    (folder / "config.json").write_text(config, encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="Asked to run the model in"):
        read_bert(folder)


def test_running_a_graph_sends_nothing_and_keeps_no_identifier_of_this_machine(tmp_path):
    for name, held in build().items():
        (tmp_path / name).write_bytes(held)
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    code = (
        "import sys; from pathlib import Path; import numpy as np; from qa_index.models.session import open_session;"
        "open_session(Path(sys.argv[1])).run(ids=np.array([[2, 3]]))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_", "CI"))}
    environment |= {"HOME": str(home), "ORT_DISABLE_TELEMETRY": "0", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env=environment, cwd=work, capture_output=True, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")
    assert [*home.rglob("*"), *work.rglob("*")] == []


def test_what_compiled_code_prints_is_discarded_only_meanwhile(capfd):
    os.write(2, b"before ")
    with pytest.raises(KeyError), standard_error_discarded():
        os.write(2, b"meanwhile ")
        raise KeyError
    os.write(2, b"after")
    assert capfd.readouterr().err == "before after"


def test_two_threads_may_discard_at_once(capfd):
    inside = threading.Event()

    def first():
        with standard_error_discarded():
            inside.set()
            time.sleep(0.05)

    def second():
        inside.wait(10)
        with standard_error_discarded():
            time.sleep(0.1)

    threads = [threading.Thread(target=target) for target in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


def test_a_process_without_standard_error_can_load_a_graph():
    code = (
        "import os; os.close(2); from qa_index.models import session\n"
        "with session.standard_error_discarded(): print('fine')"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "fine\n"


def test_nothing_slow_is_imported_with_the_modules():
    heavy = ["onnx", "onnxruntime", "tokenizers", "torch", "google.protobuf"]
    code = f"import sys, qa_index.models.embedder; print([name for name in {heavy} if name in sys.modules])"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

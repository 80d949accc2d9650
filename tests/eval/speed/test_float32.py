import numpy as np
import onnxruntime

from qa_eval.speed.float32 import encoder, is_whole
from qa_index.models.graph import GRAPH, TENSORS
from qa_index.models.weights import Bert
from tests.index import tiny_bert

TEXTS = [[2, 5, 9, 6, 7, 10, 8, 3], [2, 6, 3]]


def test_the_graph_computes_what_the_encoder_does_for_padded_batches(tmp_path):
    tensors = tiny_bert.weights()
    for name, content in encoder(tensors, Bert(heads=tiny_bert.HEADS, epsilon=tiny_bert.EPSILON)).items():
        (tmp_path / name).write_bytes(content)
    ids, mask = np.zeros((2, 12), np.int64), np.zeros((2, 12), np.int64)
    for row, text in enumerate(TEXTS):
        ids[row, : len(text)], mask[row, : len(text)] = text, 1
    session = onnxruntime.InferenceSession(tmp_path / GRAPH, providers=["CPUExecutionProvider"])
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    states = session.run(None, inputs)[0]
    assert states.shape == (2, 12, tiny_bert.WIDTH)
    for row, text in enumerate(TEXTS):
        np.testing.assert_allclose(states[row, : len(text)], tiny_bert.hidden(tensors, text), atol=1e-4)
    assert (tmp_path / TENSORS).stat().st_size > 0


def test_a_model_is_whole_when_nothing_would_be_downloaded(tmp_path):
    (tmp_path / "onnx").mkdir()
    for name in ("config.json", "special_tokens_map.json", "tokenizer_config.json", "tokenizer.json", "vocab.txt"):
        (tmp_path / "onnx" / name).touch()
    assert not is_whole(tmp_path)
    (tmp_path / "onnx" / "model.onnx").touch()
    assert is_whole(tmp_path)

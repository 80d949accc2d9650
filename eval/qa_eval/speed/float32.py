"""Lay out the embedding model as Chroma's own embedding function reads it, for where its download is not at hand.

The function looks for `onnx/model.onnx` and a few files beside it, and downloads an archive when one is missing. Here
nothing is downloaded: the same weights become a float32 graph, from padded batches to last hidden states, with
attention, layer normalisation and Gelu as single operators, which is also what onnxruntime makes of the original.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_eval.speed.jobs import Job, serve
from qa_index.models.graph import GRAPH, MICROSOFT, TENSORS, Graph
from qa_index.models.weights import Bert, Weights, read_bert, read_weights

CODE = "from qa_eval.speed.float32 import main; main()"
FOLDER = "onnx"
FILES = ("config.json", "special_tokens_map.json", "tokenizer_config.json", "tokenizer.json", "vocab.txt")
MODEL = "model.onnx"


def own_model() -> Path:
    """Return the folder in which Chroma keeps the model that it downloads."""
    return Path.home() / ".cache" / "chroma" / "onnx_models" / "all-MiniLM-L6-v2"


def is_whole(model: Path) -> bool:
    """Whether `model` holds every file that Chroma's function wants to see, so that it downloads nothing."""
    return all((model / FOLDER / name).is_file() for name in (*FILES, MODEL))


def main() -> None:
    """Do the job that the command line describes."""
    serve({"export": export})


def export(job: Job) -> dict[str, Any]:
    """Write the model in `job.weights` into `job.model`, its graph last."""
    weights, target = Path(job.weights), Path(job.model) / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        if (weights / name).is_file():
            shutil.copyfile(weights / name, target / name)
        else:  # it only has to be there
            (target / name).touch()
    graph = encoder(read_weights(weights / "model.safetensors"), read_bert(weights))
    (target / TENSORS).write_bytes(graph[TENSORS])
    (target / MODEL).write_bytes(graph[GRAPH])
    return {}


def encoder(weights: Weights, bert: Bert) -> dict[str, bytes]:
    """Build the graph from ids, mask and segments, (b, n) each, to the last hidden states, (b, n, d)."""
    graph = Graph()
    hidden = _embeddings(graph, weights, bert)
    mask = graph.node("Cast", "attention_mask", to=6)
    layers = {name.split(".")[2] for name in weights if name.startswith("encoder.layer.")}
    for layer in sorted(layers, key=int):
        hidden = _layer(graph, weights, bert, f"encoder.layer.{layer}", hidden, mask)
    width = weights["embeddings.position_embeddings.weight"].shape[1]
    inputs = ["input_ids", "attention_mask", "token_type_ids"]
    files = graph.files({graph.node("Identity", hidden): ("b", "n", width)}, inputs=inputs)
    return {**files, GRAPH: _any_batch(files[GRAPH])}


def _embeddings(graph: Graph, weights: Weights, bert: Bert) -> str:
    """Add up the vectors of each word piece, its position and its segment."""
    start, count = graph.tensor(np.array([0])), graph.node("Shape", "input_ids", start=1, end=2)
    positions = graph.tensor(weights["embeddings.position_embeddings.weight"])
    total = graph.node("Slice", positions, start, count, start)
    for table, ids in (("word", "input_ids"), ("token_type", "token_type_ids")):
        rows = graph.tensor(weights[f"embeddings.{table}_embeddings.weight"])
        total = graph.node("Add", graph.node("Gather", rows, ids), total)
    return _normalised(graph, weights, bert, "embeddings.LayerNorm", total)


def _layer(graph: Graph, weights: Weights, bert: Bert, name: str, hidden: str, mask: str) -> str:
    """Add one layer: every word piece looks at every other that is no padding, then each is transformed alone."""
    parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    columns: NDArray[np.float32] = np.concatenate([weights[f"{part}.weight"] for part in parts]).T
    bias: NDArray[np.float32] = np.concatenate([weights[f"{part}.bias"] for part in parts])
    tensors = [graph.tensor(columns), graph.tensor(bias)]
    seen = graph.node("Attention", hidden, *tensors, mask, domain=MICROSOFT, num_heads=bert.heads)
    seen = graph.node("Add", _dense(graph, weights, f"{name}.attention.output.dense", seen), hidden)
    hidden = _normalised(graph, weights, bert, f"{name}.attention.output.LayerNorm", seen)
    wide = graph.node("Gelu", _dense(graph, weights, f"{name}.intermediate.dense", hidden))
    narrow = graph.node("Add", _dense(graph, weights, f"{name}.output.dense", wide), hidden)
    return _normalised(graph, weights, bert, f"{name}.output.LayerNorm", narrow)


def _dense(graph: Graph, weights: Weights, name: str, hidden: str) -> str:
    product = graph.node("MatMul", hidden, graph.tensor(weights[f"{name}.weight"].T))
    return graph.node("Add", product, graph.tensor(weights[f"{name}.bias"]))


def _normalised(graph: Graph, weights: Weights, bert: Bert, name: str, hidden: str) -> str:
    gain, bias = graph.tensor(weights[f"{name}.weight"]), graph.tensor(weights[f"{name}.bias"])
    return graph.node("LayerNormalization", hidden, gain, bias, axis=-1, epsilon=bert.epsilon)


def _any_batch(graph: bytes) -> bytes:
    """Let the inputs, which are written for one text, be of any number of them."""
    from onnx import ModelProto

    model = ModelProto.FromString(graph)
    for each in model.graph.input:
        each.type.tensor_type.shape.dim[0].dim_param = "b"
    written: bytes = model.SerializeToString()
    return written

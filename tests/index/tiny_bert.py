"""A BERT encoder small enough to make in a test, and what it computes, written out in numpy."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "peace", "force", "almaty", "rain", "##s", ".", "[", "]", "sep"]
WIDTH, INNER, LAYERS, HEADS, POSITIONS, EPSILON = 32, 64, 2, 4, 300, 1e-12
CONFIG = {"model_type": "bert", "hidden_act": "gelu", "num_attention_heads": HEADS, "layer_norm_eps": EPSILON}


def weights(seed: int = 0, positions: int = POSITIONS) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)

    def linear(name: str, rows: int, columns: int) -> dict[str, np.ndarray]:
        weight = random.normal(0, 0.2, (rows, columns))
        return {f"{name}.weight": weight, f"{name}.bias": random.normal(0, 0.1, rows)}

    def norm(name: str) -> dict[str, np.ndarray]:
        return {f"{name}.weight": random.normal(1, 0.1, WIDTH), f"{name}.bias": random.normal(0, 0.1, WIDTH)}

    made = {
        "embeddings.word_embeddings.weight": random.normal(0, 1, (len(WORDS), WIDTH)),
        "embeddings.position_embeddings.weight": random.normal(0, 0.3, (positions, WIDTH)),
        "embeddings.token_type_embeddings.weight": random.normal(0, 0.3, (2, WIDTH)),
        **norm("embeddings.LayerNorm"),
    }
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        for part in ("query", "key", "value"):
            made |= linear(f"{name}.attention.self.{part}", WIDTH, WIDTH)
        made |= linear(f"{name}.attention.output.dense", WIDTH, WIDTH) | norm(f"{name}.attention.output.LayerNorm")
        made |= linear(f"{name}.intermediate.dense", INNER, WIDTH)
        made |= linear(f"{name}.output.dense", WIDTH, INNER) | norm(f"{name}.output.LayerNorm")
    return {name: tensor.astype(np.float32) for name, tensor in made.items()}


def hidden(tensors: dict[str, np.ndarray], ids: list[int], segments: list[int] | None = None) -> np.ndarray:
    """The encoder's last hidden states, (n, WIDTH), in exact arithmetic."""

    def norm(states: np.ndarray, name: str) -> np.ndarray:
        centred = states - states.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + EPSILON)
        return scaled * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]

    def linear(states: np.ndarray, name: str) -> np.ndarray:
        return states @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]

    def heads(states: np.ndarray) -> np.ndarray:
        return states.reshape(len(ids), HEADS, -1).transpose(1, 0, 2)

    table = "embeddings.{}_embeddings.weight"
    states = tensors[table.format("word")][ids] + tensors[table.format("position")][: len(ids)]
    states = norm(states + tensors[table.format("token_type")][segments or [0] * len(ids)], "embeddings.LayerNorm")
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        query, key, value = (heads(linear(states, f"{name}.attention.self.{k}")) for k in ("query", "key", "value"))
        scores = np.exp(query @ key.transpose(0, 2, 1) / math.sqrt(WIDTH // HEADS))
        seen = (scores / scores.sum(-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(len(ids), WIDTH)
        output = f"{name}.attention.output"
        states = norm(linear(seen, f"{output}.dense") + states, f"{output}.LayerNorm")
        wide = linear(states, f"{name}.intermediate.dense")
        wide = wide * (1 + np.vectorize(math.erf)(wide / math.sqrt(2))) / 2
        states = norm(linear(wide, f"{name}.output.dense") + states, f"{name}.output.LayerNorm")
    return states


def write_safetensors(path: Path, tensors: dict[str, np.ndarray], *, dtype: str = "F32", prefix: str = "") -> None:
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in {**tensors, "embeddings.position_ids": np.arange(4)}.items():
        kind = dtype if tensor.dtype == np.float32 else "I64"
        raw = {
            "F32": lambda t=tensor: t.tobytes(),
            "F16": lambda t=tensor: t.astype(np.float16).tobytes(),
            "BF16": lambda t=tensor: (t.view(np.uint32) >> 16).astype(np.uint16).tobytes(),
            "I64": lambda t=tensor: t.tobytes(),
        }[kind]()
        place = [len(body), len(body) + len(raw)]
        header[prefix + name] = {"dtype": kind, "shape": tensor.shape, "data_offsets": place}
        body += raw
    lines = json.dumps(header).encode()
    path.write_bytes(len(lines).to_bytes(8, "little") + lines + body)


def write_model(folder: Path, *, seed: int = 0, pooling: str | None = None, **config: object) -> Path:
    """Make a model folder as sentence-transformers would; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_safetensors(folder / "model.safetensors", weights(seed))
    (folder / "config.json").write_text(json.dumps(CONFIG | config), encoding="utf-8")
    marks = {"[CLS]": 2, "[SEP]": 3}
    tokenizer = {
        "version": "1.0",
        "truncation": {"max_length": 8, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
        "padding": {
            "strategy": {"Fixed": 8},
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": 0,
            "pad_type_id": 0,
            "pad_token": "[PAD]",
        },
        "added_tokens": [
            {"id": number, "content": mark, "special": True, "normalized": False}
            | dict.fromkeys(("single_word", "lstrip", "rstrip"), False)
            for mark, number in marks.items()
        ],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "BertProcessing",
            "sep": ["[SEP]", marks["[SEP]"]],
            "cls": ["[CLS]", marks["[CLS]"]],
        },
        "decoder": None,
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {word: number for number, word in enumerate(WORDS)},
        },
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    if pooling:
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling/config.json").write_text(json.dumps({f"pooling_mode_{pooling}": True}), encoding="utf-8")
    return folder

"""Read the weights of a BERT encoder, with the settings that they do not show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qa_index.errors import ModelUnavailable

Weights = Mapping[str, NDArray[np.float32]]

# The settings of config.json that would need another graph than the one we build, with what they are for ours.
EXPECTED = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
STAGES = {"Transformer", "Pooling", "Normalize"}


@dataclass(frozen=True, slots=True)
class Bert:
    """What the weights do not say about an encoder."""

    heads: int
    epsilon: float
    pooling: Literal["mean", "cls"] = "mean"


def read_bert(folder: Path) -> Bert:
    """Read the settings of the encoder in a model folder.

    Raises:
        ModelUnavailable: if it is of an architecture that would need another graph.

    """
    try:
        config = _json(folder / "config.json")
        found = {name: config.get(name, usual) for name, usual in EXPECTED.items()}
        if found != EXPECTED:
            raise ValueError(f"an encoder with {found}")
        return Bert(int(config["num_attention_heads"]), float(config["layer_norm_eps"]), _pooling(folder))
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ModelUnavailable(
            f"Asked to run the model in {folder} as a BERT encoder with gelu, but found {error}. Name another model."
        ) from error


def read_weights(path: Path) -> Weights:
    """Map a safetensors file: its floating-point and int8 tensors by name, without a leading "bert.".

    The format: 8 bytes length of the header, the header as JSON, the raw tensors; offsets count from the header's end.

    Raises:
        ModelUnavailable: if it is not such a file, or ends before its tensors do.

    """
    try:
        raw = np.memmap(path, np.uint8, "r")
        start = 8 + int(raw[:8].view("<u8")[0])
        header = json.loads(raw[8:start].tobytes())
        header.pop("__metadata__", None)
        return {
            name.removeprefix("bert."): _float32(raw[start + first : start + last], tensor["dtype"], tensor["shape"])
            for name, tensor in header.items()
            for first, last in [tensor["data_offsets"]]
            if tensor["dtype"] in ("F32", "F16", "BF16", "I8")
        }
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise ModelUnavailable(
            f"Asked for the weights in {path}, but it is not a whole safetensors file ({error}). Fetch it again."
        ) from error


def _pooling(folder: Path) -> Literal["mean", "cls"]:
    """Read how word pieces become one vector; the mean if the folder does not say."""
    modules = _json(folder / "modules.json") if (folder / "modules.json").is_file() else []
    others = {str(module["type"]).rpartition(".")[2] for module in modules} - STAGES
    if others:
        raise ValueError(f"the further stages {sorted(others)}")
    if not (folder / "1_Pooling/config.json").is_file():
        return "mean"
    config = _json(folder / "1_Pooling/config.json")
    modes = [name.removeprefix("pooling_mode_") for name, value in config.items() if value is True]
    modes = [mode for mode in modes if mode in ("mean_tokens", "cls_token", "max_tokens", "mean_sqrt_len_tokens")]
    if modes == ["mean_tokens"]:
        return "mean"
    if modes == ["cls_token"]:
        return "cls"
    raise ValueError(f"pooling by {modes or config}")


def _float32(raw: NDArray[np.uint8], dtype: str, shape: list[int]) -> NDArray[np.float32]:
    """View the bytes of one tensor as float32, copied only if they are of another type."""
    if dtype == "I8":
        return raw.view("<i1").astype(np.float32).reshape(shape)
    if dtype == "BF16":  # the upper half of a float32
        return (raw.view("<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    return raw.view("<f4" if dtype == "F32" else "<f2").astype(np.float32, copy=False).reshape(shape)


def _json(path: Path) -> Any:  # noqa: ANN401 - JSON is whatever the file holds
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))

"""MiniLM as torch trains it, over a question and a passage at once; `qa_index.models.graph` runs the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

EPSILON = 1e-12
TOKENS = 512  # word pieces of a batch are a multiple of this, so that shapes recur
FROZEN = ("embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight")


@dataclass(frozen=True, slots=True)
class Batch:
    """Several pairs, padded: `ids`, `segments` and `real` of shape (pairs, longest)."""

    ids: Tensor
    segments: Tensor
    real: Tensor

    @classmethod
    def of(cls, pairs: Sequence[tuple[list[int], list[int]]]) -> Batch:
        """Pad pairs of (ids, segments) to the longest, and to few different shapes: each new one costs a second."""
        longest = -(-max(len(ids) for ids, _ in pairs) // 16) * 16
        table = np.zeros((3, -(-len(pairs) // 8) * 8, longest), np.int64)
        for row, (ids, segments) in enumerate(pairs):
            table[0, row, : len(ids)], table[1, row, : len(ids)], table[2, row, : len(ids)] = ids, segments, 1
        return cls(torch.from_numpy(table[0]), torch.from_numpy(table[1]), torch.from_numpy(table[2]) > 0)


class Layer(nn.Module):
    """One layer of BERT over the real word pieces alone; only attention sees the padding."""

    def __init__(self, width: int, inner: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=EPSILON), nn.LayerNorm(width, eps=EPSILON)

    def forward(self, hidden: Tensor, places: Tensor, real: Tensor) -> Tensor:
        """Take and return shape (word pieces, width)."""
        pairs, longest = real.shape
        qkv = self.qkv(hidden)
        padded = qkv.new_zeros(pairs * longest, qkv.shape[1]).index_copy(0, places, qkv)
        query, key, value = padded.view(pairs, longest, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        # Written out: the backward pass of torch's own attention takes 40 % of a step on a processor.
        unseen = torch.zeros_like(real, dtype=query.dtype).masked_fill(~real, -1e4)[:, None, None, :]
        scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2) + unseen
        seen = scores.softmax(-1).to(value.dtype) @ value
        seen = seen.transpose(1, 2).reshape(pairs * longest, -1)[places]
        hidden = self.norm1(hidden + self.out(seen))
        return self.norm2(hidden + self.narrow(functional.gelu(self.wide(hidden))))


class Encoder(nn.Module):
    """MiniLM that reads both texts at once. The head of relevance sees [CLS] and how the two agree, by dimension."""

    def __init__(self, base: Mapping[str, NDArray[np.float32]], heads: int) -> None:
        super().__init__()
        words, positions = (torch.from_numpy(np.array(base[name])) for name in FROZEN)
        self.register_buffer("words", words, persistent=False)
        self.register_buffer("positions", positions, persistent=False)
        width = words.shape[1]
        self.kinds = nn.Parameter(torch.zeros(2, width))
        self.norm = nn.LayerNorm(width, eps=EPSILON)
        count = 1 + max(int(name.split(".")[2]) for name in base if name.startswith("encoder.layer."))
        inner = base["encoder.layer.0.intermediate.dense.weight"].shape[0]
        self.layers = nn.ModuleList(Layer(width, inner, heads) for _ in range(count))
        self.head = nn.Linear(2 * width, 1)
        self.read(base)
        with torch.no_grad():  # at first the logit is the cosine of the two halves
            self.head.weight[:, :width] = 0
            self.head.weight[:, width:] = 10
            self.head.bias.fill_(-8)

    def names(self) -> dict[str, Tensor]:
        """Return what is trained by the name BERT gives it; views, so that writing to one changes the model."""
        named = {
            "embeddings.token_type_embeddings.weight": self.kinds,
            "embeddings.LayerNorm.weight": self.norm.weight,
            "embeddings.LayerNorm.bias": self.norm.bias,
            "head.weight": self.head.weight,
            "head.bias": self.head.bias,
        }
        for number, layer in enumerate(self.layers):
            name = f"encoder.layer.{number}"
            parts = ("query", "key", "value")
            for kind in ("weight", "bias"):
                tensors = getattr(layer.qkv, kind).chunk(3)
                named |= {f"{name}.attention.self.{p}.{kind}": t for p, t in zip(parts, tensors, strict=True)}
                named |= {
                    f"{name}.attention.output.dense.{kind}": getattr(layer.out, kind),
                    f"{name}.attention.output.LayerNorm.{kind}": getattr(layer.norm1, kind),
                    f"{name}.intermediate.dense.{kind}": getattr(layer.wide, kind),
                    f"{name}.output.dense.{kind}": getattr(layer.narrow, kind),
                    f"{name}.output.LayerNorm.{kind}": getattr(layer.norm2, kind),
                }
        return named

    def read(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Take over the weights that BERT names; the head only if they hold one."""
        with torch.no_grad():
            for name, tensor in self.names().items():
                if name in weights:
                    tensor.copy_(torch.from_numpy(np.array(weights[name])))

    def encode(self, batch: Batch) -> Tensor:
        """Return shape (pairs, longest, width): what the last layer makes of each word piece."""
        pairs, longest = batch.ids.shape
        places = batch.real.flatten().nonzero().squeeze(1)
        spare = (~batch.real).flatten().nonzero().squeeze(1)
        places = torch.cat([places, spare[: -len(places) % TOKENS]])
        ids, segments = batch.ids.flatten()[places], batch.segments.flatten()[places]
        kinds = torch.where(segments[:, None] > 0, self.kinds[1], self.kinds[0])  # an index sums in any order
        hidden = self.norm(self.words[ids] + self.positions[places % longest] + kinds)
        for layer in self.layers:
            hidden = layer(hidden, places, batch.real)
        padded = hidden.new_zeros(pairs * longest, hidden.shape[1]).index_copy(0, places, hidden)
        return padded.view(pairs, longest, -1).float()

    def judge(self, hidden: Tensor, batch: Batch) -> Tensor:
        """Return one logit per pair from what `encode` made."""
        passage = (batch.real & (batch.segments == 1)).float()
        question = (batch.real & (batch.segments == 0)).float()
        left, right = (functional.normalize((hidden * mask[:, :, None]).sum(1), dim=1) for mask in (question, passage))
        with torch.autocast("cpu", enabled=False):
            logits: Tensor = self.head(torch.cat([hidden[:, 0], left * right], 1)).squeeze(1)
        return logits

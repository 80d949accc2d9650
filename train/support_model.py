"""The support model as torch trains it: evidence and a claim in; whether the evidence says it, and which words not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from reader_encoder import Batch, Encoder
from torch import Tensor, nn
from torch.nn import functional

UNKNOWN = 2  # of a word piece: whether it is said
WORDS_WEIGHT, ONE_WEIGHT = 1.0, 3.0  # of the loss over word pieces; in it, of one that is not said


@dataclass(frozen=True, slots=True)
class Example:
    """The word pieces of a claim and its evidence; `unsaid` has 1, 0 or UNKNOWN for each of the claim and its marks."""

    ids: list[int]
    segments: list[int]
    supported: bool
    unsaid: list[int]


@dataclass(frozen=True, slots=True)
class Said:
    """What the model says: logits `support` of shape (pairs,); `doubts` of (pairs, longest), closed off the claim."""

    support: Tensor
    doubts: Tensor


class SupportModel(nn.Module):
    """The reader's encoder; a head doubts each word piece of the claim, the other weighs the claim as a whole.

    The logit of support is that of the whole less the logarithm of the sum of the doubts' exponentials, so that one
    word that is not said is enough; the marks around the claim take what doubt belongs to no word.
    """

    def __init__(self, base: Mapping[str, NDArray[np.float32]], heads: int) -> None:
        super().__init__()
        self.encoder = Encoder(base, heads)
        self.doubts = nn.Linear(base["embeddings.LayerNorm.weight"].shape[0], 1)
        nn.init.normal_(self.doubts.weight, std=0.02, generator=torch.Generator().manual_seed(0))
        nn.init.constant_(self.doubts.bias, -3.0)
        with torch.no_grad():
            self.encoder.head.weight.mul_(0.1)
            self.encoder.head.bias.zero_()

    def names(self) -> dict[str, Tensor]:
        """Return what is trained by its name in the file of weights."""
        return {**self.encoder.names(), "doubts.weight": self.doubts.weight, "doubts.bias": self.doubts.bias}

    def read(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Take over the weights that have these names."""
        with torch.no_grad():
            for name, tensor in self.names().items():
                if name in weights:
                    tensor.copy_(torch.from_numpy(np.array(weights[name])))

    def forward(self, examples: Sequence[Example]) -> Said:
        """Read all examples in one batch."""
        batch = Batch.of([(example.ids, example.segments) for example in examples])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self.encoder.encode(batch)
        count = len(examples)
        outside = ~(batch.real & (batch.segments == 0))
        doubts = self.doubts(hidden).squeeze(2).masked_fill(outside, -1e4)[:count]
        return Said(self.encoder.judge(hidden, batch)[:count] - doubts.logsumexp(1), doubts)


def loss_of(said: Said, examples: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """Return the mean losses of the claims, and of their word pieces where it is known which are not said."""
    supported = torch.tensor([float(example.supported) for example in examples])
    table = np.full(tuple(said.doubts.shape), UNKNOWN, np.int64)
    for row, example in enumerate(examples):
        table[row, : len(example.unsaid)] = example.unsaid
    unsaid = torch.from_numpy(table)
    known = unsaid != UNKNOWN
    each = functional.binary_cross_entropy_with_logits(
        said.doubts[known], unsaid[known].float(), pos_weight=torch.tensor(ONE_WEIGHT), reduction="sum"
    )
    claims = functional.binary_cross_entropy_with_logits(said.support, supported)
    return claims, WORDS_WEIGHT * each / max(1, int(known.sum()))

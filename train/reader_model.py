"""The span reader as torch trains it: a question and a passage in; start, end, no answer and relevance out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from reader_encoder import Batch, Encoder
from torch import Tensor, nn
from torch.nn import functional

CLOSED = -1e4  # the logit of a word piece at which no span may start or end
LONGEST_SPAN = 30  # word pieces
SPANS = 8  # of one example


@dataclass(frozen=True, slots=True)
class Example:
    """The word pieces of a question and a passage; `first` is where the text of the passage begins.

    `spans` are the (start, end, weight) that are right, ends included; the weights add up to 1. An example without
    any has no answer.
    """

    ids: list[int]
    segments: list[int]
    first: int
    spans: tuple[tuple[int, int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """What the reader says: logits `starts` and `ends` of shape (examples, longest), `relevance` of (examples,)."""

    starts: Tensor
    ends: Tensor
    relevance: Tensor


class SpanReader(nn.Module):
    """The encoder with a second head that marks where the answer starts and ends; [CLS] means nowhere."""

    def __init__(self, base: Mapping[str, NDArray[np.float32]], heads: int) -> None:
        super().__init__()
        self.encoder = Encoder(base, heads)
        self.spans = nn.Linear(base["embeddings.LayerNorm.weight"].shape[0], 2)
        nn.init.normal_(self.spans.weight, std=0.02, generator=torch.Generator().manual_seed(0))
        nn.init.zeros_(self.spans.bias)

    def names(self) -> dict[str, Tensor]:
        """Return what is trained by its name in the file of weights."""
        return {**self.encoder.names(), "spans.weight": self.spans.weight, "spans.bias": self.spans.bias}

    def read(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Take over the weights that have these names."""
        with torch.no_grad():
            for name, tensor in self.names().items():
                if name in weights:
                    tensor.copy_(torch.from_numpy(np.array(weights[name])))

    def forward(self, examples: Sequence[Example]) -> Read:
        """Read all examples in one batch."""
        batch = Batch.of([(example.ids, example.segments) for example in examples])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self.encoder.encode(batch)
        logits = self.spans(hidden).masked_fill(~_open(examples, batch)[:, :, None], CLOSED)
        count = len(examples)
        return Read(logits[:count, :, 0], logits[:count, :, 1], self.encoder.judge(hidden, batch)[:count])


def _open(examples: Sequence[Example], batch: Batch) -> Tensor:
    """Return where a span may start and end: in the text of the passage, and at [CLS]."""
    table = np.zeros(tuple(batch.ids.shape), bool)
    table[:, 0] = True
    for row, example in enumerate(examples):
        table[row, example.first : len(example.ids) - 1] = True
    return torch.from_numpy(table)


def loss_of(read: Read, examples: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """Return the mean losses of the spans and of the relevance.

    Of an answer that stands in several places, the probability of all of them together counts, weighted by how likely
    each is meant, the likeliest with 1: so the model finds out by itself which one answers.
    """
    starts, ends = np.zeros((2, len(examples), SPANS), np.int64)
    weights = np.zeros((len(examples), SPANS), np.float32)
    for row, example in enumerate(examples):
        for place, span in enumerate(example.spans or ((0, 0, 1.0),)):
            starts[row, place], ends[row, place], weights[row, place] = span
    rows = torch.arange(len(examples))[:, None]
    weights /= weights.max(1, keepdims=True)
    start = read.starts.log_softmax(1)[rows, torch.from_numpy(starts)]
    end = read.ends.log_softmax(1)[rows, torch.from_numpy(ends)]
    likely = (torch.from_numpy(weights).log() + start + end).logsumexp(1)
    answered = torch.tensor([float(bool(example.spans)) for example in examples])
    return -likely.mean() / 2, functional.binary_cross_entropy_with_logits(read.relevance, answered)


def best_spans(read: Read) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Return the best span of each example (start, end, both included), its score, and the score of no answer."""
    longest = read.starts.shape[1]
    starts, ends = read.starts.detach(), read.ends.detach()
    scores = starts[:, 1:, None] + ends[:, None, 1:]
    band = torch.ones(longest - 1, longest - 1, dtype=torch.bool).triu().tril(LONGEST_SPAN - 1)
    score, place = scores.masked_fill(~band, 4 * CLOSED).flatten(1).max(1)
    spans = torch.stack([place // (longest - 1) + 1, place % (longest - 1) + 1], 1)
    return spans.numpy(), score.numpy(), (starts[:, 0] + ends[:, 0]).numpy()

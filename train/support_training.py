"""The state of a training of the support model: as the reader's, with its own loss."""

from __future__ import annotations

from copy import deepcopy

import torch
from reader_training import AVERAGED, AVERAGED_AT_LAST, HEAD_RATE, RATE, Training
from support_model import Example, Said, SupportModel, loss_of
from torch import Tensor


class SupportTraining(Training):
    """The model, the moving mean of its weights, the optimizer, and how far they are; kept on disk as the reader's."""

    def __init__(self, model: SupportModel) -> None:
        self.model, self.mean = model, deepcopy(model).requires_grad_(False)  # type: ignore[assignment]
        heads = [*model.doubts.parameters(), *model.encoder.head.parameters()]
        body = [p for p in model.parameters() if all(p is not head for head in heads)]
        self.optimizer = torch.optim.AdamW(
            [{"params": body, "lr": RATE}, {"params": heads, "lr": HEAD_RATE}], fused=True
        )
        self.step = 0
        self.finish = None

    def teach(self, examples: list[Example]) -> tuple[Said, Tensor, Tensor]:
        """Take one step; returns what was said, and the losses of the claims and of their words."""
        for group, rate in zip(self.optimizer.param_groups, (RATE, HEAD_RATE), strict=True):
            group["lr"] = rate * self.share()
        said: Said = self.model(examples)
        claims, words = loss_of(said, examples)
        self.optimizer.zero_grad()
        torch.autograd.backward(claims + words)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        kept = min(AVERAGED_AT_LAST if self.finish else AVERAGED, self.step / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.mean.parameters()), list(self.model.parameters()), 1 - kept)
        return said, claims.detach(), words.detach()

"""The state of a training: weights, their moving mean, the optimizer, the rate; whole on disk, or not at all."""

from __future__ import annotations

import os
from copy import deepcopy
from pathlib import Path
from pickle import UnpicklingError

import torch
from reader_model import Example, Read, SpanReader, loss_of
from torch import Tensor

RATE, HEAD_RATE, WARM_UP = 2.5e-4, 1e-3, 200  # steps
AVERAGED, AVERAGED_AT_LAST = 0.999, 0.98  # what the mean of the weights keeps at each step; while the rate falls


class Training:
    """The model, the moving mean of its weights, the optimizer, and how far they are."""

    def __init__(self, model: SpanReader) -> None:
        self.model, self.mean = model, deepcopy(model).requires_grad_(False)
        heads = [*model.spans.parameters(), *model.encoder.head.parameters()]
        body = [p for p in model.parameters() if all(p is not head for head in heads)]
        self.optimizer = torch.optim.AdamW(
            [{"params": body, "lr": RATE}, {"params": heads, "lr": HEAD_RATE}], fused=True
        )
        self.step = 0
        self.finish: tuple[int, int] | None = None  # the steps at which the rate begins to fall, and is nothing

    @property
    def finished(self) -> bool:
        """Whether the rate has come down to nothing."""
        return self.finish is not None and self.step >= self.finish[1]

    def share(self) -> float:
        """Return which share of its highest the rate is at this step."""
        falling = 1.0
        if self.finish:
            first, last = self.finish
            falling = (last - self.step) / max(1, last - first)
        return max(0.0, min(1.0, (self.step + 1) / WARM_UP, falling))

    def learn(self, examples: list[Example]) -> tuple[Read, Tensor, Tensor]:
        """Take one step; returns what was read, and the losses of the spans and of the relevance."""
        for group, rate in zip(self.optimizer.param_groups, (RATE, HEAD_RATE), strict=True):
            group["lr"] = rate * self.share()
        read = self.model(examples)
        spans, relevance = loss_of(read, examples)
        self.optimizer.zero_grad()
        torch.autograd.backward(spans + relevance)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        kept = min(AVERAGED_AT_LAST if self.finish else AVERAGED, self.step / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.mean.parameters()), list(self.model.parameters()), 1 - kept)
        return read, spans.detach(), relevance.detach()

    def save(self, path: Path) -> None:
        """Write everything to `path`, whole or not at all; the checkpoint before stays beside it."""
        state = {"model": self.model.state_dict(), "mean": self.mean.state_dict(), "step": self.step}
        state |= {"optimizer": self.optimizer.state_dict(), "finish": self.finish}
        new = path.with_suffix(".new")
        with new.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        if path.is_file():
            path.replace(path.with_suffix(".before"))
        new.replace(path)

    def load(self, path: Path) -> bool:
        """Go on from the newest checkpoint that is whole; returns whether there is one."""
        for found in (path, path.with_suffix(".before")):
            try:
                state = torch.load(found, weights_only=True)
            except FileNotFoundError:
                continue
            except (OSError, RuntimeError, EOFError, UnpicklingError) as error:
                print(f"{found} is damaged: {error}", flush=True)
                continue
            self.model.load_state_dict(state["model"])
            self.mean.load_state_dict(state["mean"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.finish = state["step"], state["finish"] and tuple(state["finish"])
            return True
        return False

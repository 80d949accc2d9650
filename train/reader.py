"""Train the span reader, or report on it: `python train/reader.py DATA OUT --minutes 60`; again to go on from there.

OUT keeps the word pieces of all that is trained on, the newest checkpoint, and a log with a line a minute. The rate
stays where it is, so that training may stop and go on at any time; `--finish-in N` brings it down over N examples.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from pathlib import Path
from types import FrameType

import numpy as np
import running
from numpy.typing import NDArray
from reader_lessons import BATCH, Lessons, prepare
from reader_model import Example, Read, SpanReader, best_spans
from reader_pieces import Pieces
from reader_report import held_out, quick, report
from reader_training import Training
from safetensors.numpy import save
from torch import Tensor

from qa_index.models import files as models
from qa_index.models.embedder import MiniLM
from qa_index.models.weights import Weights, read_bert, read_weights

CHECKPOINT_SECONDS, LOG_SECONDS = 300.0, 60.0
QUICK = 400  # questions of the short report at each checkpoint
LOOKED_AT = 4  # every so many steps the spans found are compared with the right ones

Say = Callable[[str], None]


class Progress:
    """What the log tells: means since the line before."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = defaultdict(list)

    def add(self, examples: list[Example], read: Read, spans: Tensor, relevance: Tensor, *, look: bool) -> None:
        """Take in one batch; `look` at the spans found as well."""
        self._values["span loss"].append(float(spans))
        self._values["relevance loss"].append(float(relevance))
        if not look:
            return
        found, score, none = best_spans(read)
        for example, span, answered in zip(examples, found, score > none, strict=True):
            self._values["told apart"].append(answered == bool(example.spans))
            if example.spans:
                self._values["exact"].append(any(tuple(span) == place[:2] for place in example.spans))

    def told(self) -> str:
        """Return the means, and begin again."""
        line = ", ".join(f"{name} {np.mean(values):.4f}" for name, values in self._values.items())
        self._values.clear()
        return line


def train(
    training: Training, lessons: Lessons, out: Path, *, seconds: float, evaluate: Callable[[], str], say: Say
) -> None:
    """Take steps until the time is up, the rate is nothing or a signal asks to stop; then keep a checkpoint."""
    stopped: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        stopped.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    progress = Progress()
    start = logged = saved = time.monotonic()
    since = training.step
    while not stopped and not training.finished and time.monotonic() - start < seconds:
        examples = lessons.batch(training.step)
        progress.add(examples, *training.learn(examples), look=training.step % LOOKED_AT == 0)
        now = time.monotonic()
        if now - logged >= LOG_SECONDS:
            speed = (training.step - since) * BATCH / (now - logged)
            say(f"{training.step * BATCH} examples, {speed:.1f} a second, {progress.told()}")
            logged, since = now, training.step
        if now - saved >= CHECKPOINT_SECONDS:
            training.save(out / "checkpoint.pt")
            say(f"{training.step * BATCH} examples, checkpoint: {evaluate()}")
            saved = logged = time.monotonic()
            since = training.step
    training.save(out / "checkpoint.pt")
    reason = f"signal {stopped[0]}" if stopped else "the rate is nothing" if training.finished else "the time is up"
    say(f"{training.step * BATCH} examples, {reason}: {progress.told()}; checkpoint: {'' if stopped else evaluate()}")


def unrounded(path: Path) -> Weights:
    """Read shipped weights: each matrix in int8 has a scale per row beside it."""
    stored = read_weights(path)
    return {n: t * stored[f"{n}.scale"][:, None] if f"{n}.scale" in stored else t for n, t in stored.items()}


def export(model: SpanReader, to: Path) -> str:
    """Write the weights, those of the layers in int8 with a scale per row; returns the SHA-256 of the file."""
    shipped: dict[str, NDArray[np.generic]] = {}
    for name, tensor in model.names().items():
        weight: NDArray[np.float32] = tensor.detach().numpy()
        if name.startswith("encoder.") and weight.ndim == 2:
            scales = (np.abs(weight).max(1) / np.float32(127)).astype(np.float32)
            scales[scales == 0] = 1
            shipped[name] = np.rint(weight / scales[:, None]).astype(np.int8)
            shipped[f"{name}.scale"] = scales
        else:
            shipped[name] = np.ascontiguousarray(weight)
    to.write_bytes(save(shipped))
    return models.digest(to)


def options_of() -> argparse.Namespace:
    """Read the command line."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder with squad/, qed/, qamr/, ester/ and realtimeqa/")
    arguments.add_argument("out", type=Path, help="folder of the word pieces, the checkpoints and the log")
    arguments.add_argument("--minutes", type=float, default=0.0, help="how long to train now")
    arguments.add_argument("--finish-in", type=int, metavar="N", help="bring the rate down to nothing over N examples")
    arguments.add_argument("--init", type=Path, metavar="FILE", help="begin with shipped weights, not the base model's")
    arguments.add_argument(
        "--questions", type=int, metavar="N", help="only so many, to see if they can be learnt by heart"
    )
    arguments.add_argument("--report", action="store_true", help="report on questions that were kept out")
    arguments.add_argument("--size", type=int, default=10_000, help="questions of each set in the report")
    arguments.add_argument(
        "--export", type=Path, metavar="FILE", help="write the weights as they are shipped, and compare"
    )
    arguments.add_argument("--threads", type=int, default=2)
    return arguments.parse_args()


def main() -> None:
    """Prepare, train, export, report: what the options ask for."""
    options = options_of()
    running.begin(options.threads)
    say = running.logging_to(options.out)
    base = models.find().folder
    pieces = Pieces(base / models.TOKENIZER)
    if not (options.out / "lessons.npz").is_file():
        prepare(options.data, options.out / "lessons.npz", pieces, MiniLM.load().embed)
    training = begin(options, base, say)
    if options.minutes:
        lessons = Lessons(options.out / "lessons.npz", pieces, questions=options.questions)
        say(f"{BATCH * lessons.batches} examples in a pass: {dict(sorted(lessons.counts().items()))}")
        held = held_out(options.data)
        evaluate = partial(quick, training.mean, pieces, held, size=QUICK)
        train(training, lessons, options.out, seconds=60 * options.minutes, evaluate=evaluate, say=say)
    if options.report:
        say(json.dumps(report(training.mean, pieces, options.data, size=options.size), indent=1))
    if options.export:
        say(f"{options.export}: SHA-256 {export(training.mean, options.export)}")
        rounded = deepcopy(training.mean)
        rounded.read(unrounded(options.export))
        for name, model in (("as trained", training.mean), ("as shipped", rounded)):
            say(f"{name}: {quick(model, pieces, held_out(options.data), size=options.size)}")


def begin(options: argparse.Namespace, base: Path, say: Say) -> Training:
    """Return the training as its newest checkpoint left it, or a new one; at the start of its last stage, if asked."""
    model = SpanReader(read_weights(base / models.WEIGHTS), read_bert(base).heads)
    if options.init:
        model.read(unrounded(options.init))
    training, path = Training(model), options.out / "checkpoint.pt"
    say(f"goes on after {training.step} steps" if training.load(path) else f"begins with {options.init or base.name}")
    if options.finish_in and not training.finish:
        training.save(options.out / "stable.pt")  # to go on from at the full rate: copy it to checkpoint.pt
        training.finish = (training.step, training.step + options.finish_in // BATCH)
    return training


if __name__ == "__main__":
    main()

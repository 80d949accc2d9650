"""Train the support model, or report on it: `python train/support.py DATA OUT --minutes 40`; again to go on from there.

OUT keeps the word pieces of all that is trained on, the newest checkpoint, and a log with a line a minute. The rate
stays where it is, so that training may stop and go on at any time; `--finish-in N` brings it down over N examples.
"""

from __future__ import annotations

import argparse
import json
import pickle
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from types import FrameType

import numpy as np
import running
from reader import export, unrounded
from reader_pieces import Pieces
from support_lessons import BATCH, Lessons, collect, prepare
from support_model import SupportModel
from support_pairs import Pair
from support_report import judged_by, quick, report
from support_training import SupportTraining

from qa_index.models import files as models
from qa_index.models.spanreader import TRAINED as READER
from qa_index.models.weights import read_bert, read_weights

CHECKPOINT_SECONDS, LOG_SECONDS = 420.0, 60.0
QUICK = 200  # pairs of each set in the short report at each checkpoint

Say = Callable[[str], None]
Held = Mapping[str, Sequence[Pair]]


def train(
    training: SupportTraining, lessons: Lessons, out: Path, *, seconds: float, evaluate: Callable[[], str], say: Say
) -> None:
    """Take steps until the time is up, the rate is nothing or a signal asks to stop; then keep a checkpoint."""
    stopped: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        stopped.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    seen: list[tuple[float, float, float]] = []
    start = logged = saved = time.monotonic()
    while not stopped and not training.finished and time.monotonic() - start < seconds:
        examples = lessons.batch(training.step)
        said, claims, words = training.teach(examples)
        right = np.mean([(x > 0) == e.supported for x, e in zip(said.support.tolist(), examples, strict=True)])
        seen.append((float(claims), float(words), float(right)))
        now = time.monotonic()
        if now - logged >= LOG_SECONDS:
            say(f"{training.step * BATCH} examples, {len(seen) * BATCH / (now - logged):.1f} a second, {_told(seen)}")
            logged = now
            seen.clear()
        if now - saved >= CHECKPOINT_SECONDS:
            training.save(out / "checkpoint.pt")
            say(f"{training.step * BATCH} examples, checkpoint: {evaluate()}")
            saved = logged = time.monotonic()
            seen.clear()
    training.save(out / "checkpoint.pt")
    reason = f"signal {stopped[0]}" if stopped else "the rate is nothing" if training.finished else "the time is up"
    say(f"{training.step * BATCH} examples, {reason}: {_told(seen)}; checkpoint: {'' if stopped else evaluate()}")


def _told(seen: list[tuple[float, float, float]]) -> str:
    if not seen:
        return "nothing new"
    claims, words, right = np.mean(seen, axis=0)
    return f"claim loss {claims:.4f}, word loss {words:.4f}, right {right:.4f}"


def options_of() -> argparse.Namespace:
    """Read the command line."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path, help="folder with nli/, squad/, qed/, qamr/ and the sets of news")
    arguments.add_argument("out", type=Path, help="folder of the word pieces, the checkpoints and the log")
    arguments.add_argument("--minutes", type=float, default=0.0, help="how long to train now")
    arguments.add_argument("--finish-in", type=int, metavar="N", help="bring the rate down to nothing over N examples")
    arguments.add_argument("--from-base", action="store_true", help="begin with the base model, not with the reader")
    arguments.add_argument("--pairs", type=int, metavar="N", help="only so many, to see if they can be learnt by heart")
    arguments.add_argument("--report", action="store_true", help="report on pairs that were kept out")
    arguments.add_argument("--size", type=int, default=10_000, help="pairs of each set in the report")
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
    held = prepared(options.data, options.out, pieces)
    training = begin(options, base, say)
    if options.minutes:
        lessons = Lessons(options.out / "pairs.npz", pairs=options.pairs)
        say(f"{BATCH * lessons.batches} examples in a pass: {dict(sorted(lessons.counts().items()))}")
        judge = judged_by(training.mean, pieces)
        train(
            training,
            lessons,
            options.out,
            seconds=60 * options.minutes,
            evaluate=lambda: quick(judge, held, size=QUICK),
            say=say,
        )
    if options.report:
        say(json.dumps(report(judged_by(training.mean, pieces), held, size=options.size), indent=1))
    if options.export:
        say(f"{options.export}: SHA-256 {export(training.mean, options.export)}")
        rounded = deepcopy(training.mean)
        rounded.read(unrounded(options.export))
        for name, model in (("as trained", training.mean), ("as shipped", rounded)):
            say(f"{name}: {quick(judged_by(model, pieces), held, size=options.size)}")


def prepared(data: Path, out: Path, pieces: Pieces) -> Held:
    """Return the pairs that are kept out; those that are trained on are written the first time, in some minutes."""
    path = out / "held.pickle"
    if not (out / "pairs.npz").is_file() or not path.is_file():
        found = collect(data)
        prepare(found.pop("train"), out / "pairs.npz", pieces)
        path.write_bytes(pickle.dumps(found))
    held: Held = pickle.loads(path.read_bytes())
    return held


def begin(options: argparse.Namespace, base: Path, say: Say) -> SupportTraining:
    """Return the training as its newest checkpoint left it, or a new one; at the start of its last stage, if asked."""
    model = SupportModel(read_weights(base / models.WEIGHTS), read_bert(base).heads)
    if not options.from_base:
        learnt = unrounded(READER)
        model.read({name: learnt[name] for name in learnt if name.startswith(("encoder.", "embeddings."))})
    training, path = SupportTraining(model), options.out / "checkpoint.pt"
    begun = "the base model" if options.from_base else "the reader"
    say(f"goes on after {training.step} steps" if training.load(path) else f"begins with {begun}")
    if options.finish_in and not training.finish:
        training.save(options.out / "stable.pt")  # to go on from at the full rate: copy it to checkpoint.pt
        training.finish = (training.step, training.step + options.finish_in // BATCH)
    return training


if __name__ == "__main__":
    main()

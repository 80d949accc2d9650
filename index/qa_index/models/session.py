"""Run a graph on the processor. The only module that knows onnxruntime, and the one that keeps it quiet."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_index.errors import ModelUnavailable
from qa_index.models.graph import GRAPH, TENSORS

# Two threads that discard at once would each take the other's nowhere for the place to return to.
_DISCARDING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Session:
    """A loaded graph. Several threads may run it at once."""

    _inference: Any

    @property
    def width(self) -> int:
        """The size of the last axis of its first output."""
        return int(self._inference.get_outputs()[0].shape[-1])

    def run(self, **inputs: NDArray[np.int64]) -> tuple[NDArray[np.float32], ...]:
        """Return the graph's outputs for its inputs by name."""
        return tuple(self._inference.run(None, inputs))


def open_session(files: Path | Mapping[str, bytes], *, threads: int = 2) -> Session:
    """Load a graph from the folder that holds its two files, or from their contents.

    The same input gives the same output, to the last bit, in every process and with any number of `threads`.

    Raises:
        ModelUnavailable: if this onnxruntime cannot run it, such as an old one that lacks an operator.

    """
    runtime = _onnxruntime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads  # said outright, or it pins threads to cores that a container may not have
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # The graph is written as it runs; to look for improvements finds none and costs 10 ms.
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    # Spinning saves 0.5 ms of 1.5 on an idle machine, and doubles every time on a busy one (12 to 42 ms).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if isinstance(files, Path):
        source: str | bytes = str(files / GRAPH)
    else:
        tensors = files[TENSORS]
        options.add_external_initializers_from_files_in_memory([TENSORS], [tensors], [len(tensors)])
        source = files[GRAPH]
    try:
        return Session(runtime.InferenceSession(source, options, providers=["CPUExecutionProvider"]))
    except Exception as error:  # the library's own errors have no narrower base
        raise ModelUnavailable(
            f"Asked to run a model, but onnxruntime {runtime.__version__} cannot open its graph "
            f"({' '.join(str(error).split())}). Run `pip install --upgrade onnxruntime`."
        ) from error


def _onnxruntime() -> Any:  # noqa: ANN401 - a module without type information
    """Import onnxruntime so that it sends nothing and prints nothing.

    Since 1.29 it makes a device id, keeps a database of events under the user's cache folder and sends them to its
    maker, starting with the import; only this variable, set before, prevents all of it.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    if "onnxruntime" in sys.modules:
        import onnxruntime
    else:
        # It looks for graphics cards while it is imported, and warns about what a container hides; no setting
        # reaches that moment.
        with standard_error_discarded():
            import onnxruntime
    onnxruntime.disable_telemetry_events()  # for versions and systems that do not know the variable
    onnxruntime.set_default_logger_severity(3)
    return onnxruntime


@contextmanager
def standard_error_discarded() -> Iterator[None]:
    """Discard what compiled code writes to standard error meanwhile. Exceptions still pass."""
    with _DISCARDING:
        try:
            kept = os.dup(2)
        except OSError:  # closed: nothing to discard
            yield
            return
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.close(nowhere)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)

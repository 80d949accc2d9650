"""Models that were trained from the embedding model: what training changed is shipped, the rest is the base model's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from qa_index.errors import ModelUnavailable
from qa_index.models import files as models
from qa_index.models.weights import Weights, read_weights


@dataclass(frozen=True, slots=True)
class Trained:
    """A file of what training changed, and the hash it must have; `name` is "the model that reads passages"."""

    path: Path
    sha256: str
    name: str

    def base(self, folder: Path | None, *, package: str) -> models.Model:
        """Return the embedding model in `folder`, else in the installed `package`, that this was trained from.

        Raises:
            ModelUnavailable: if either is missing, or `folder` holds another model.

        """
        found = models.find(folder, package=package)
        if not found.pinned:
            raise ModelUnavailable(
                f"Asked for {self.name} on top of the one in {found.folder}, but only {models.MODEL} can carry it. "
                f"Run `{models.INSTALL}`."
            )
        if not self.path.is_file():
            raise ModelUnavailable(f"Asked for {self.name}, but {self.path} is missing. Install Citewell again.")
        models.verify(found, [models.TOKENIZER])  # what is not in a graph
        return found

    def weights(self, base: models.Model, *, notice: Callable[[str], None] | None) -> Weights:
        """Return all weights, those of the base model where training changed none; `notice` is told that it begins.

        Raises:
            ModelUnavailable: if one of the files is not what it should be.

        """
        if notice:
            notice(f"Preparing {self.name} (once, about a second) …")
        models.verify(base)
        found = models.digest(self.path)
        if found != self.sha256:
            raise ModelUnavailable(
                f"Asked for {self.name} with SHA-256 {self.sha256[:12]}, but {self.path} has {found[:12]}. "
                "Install Citewell again."
            )
        return {**read_weights(base.folder / models.WEIGHTS), **_layers(self.path)}


def _layers(path: Path) -> Weights:
    """Read what training changed: each matrix in int8 has a scale per row beside it."""
    stored = read_weights(path)
    return {
        name: tensor * stored[f"{name}.scale"][:, None] if f"{name}.scale" in stored else tensor
        for name, tensor in stored.items()
        if not name.endswith(".scale")
    }

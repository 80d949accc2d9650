"""Language models that follow a script: they know what they are shown and nothing else, and never change their mind.

They measure the checks, not the writing: one states what is known, several lie, one does whatever articles tell it.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.types import LanguageModel
from qa_eval.scripted.lying import KINDS, Lying
from qa_eval.scripted.obedient import Obedient
from qa_eval.scripted.truthful import Truthful
from qa_eval.types import Case
from qa_index.errors import UsageError

__all__ = ["KINDS", "NAMES", "Lying", "Obedient", "Truthful", "scripted"]

NAMES = ("truthful", "obedient", *(f"lying-{kind}" for kind in KINDS))


def scripted(name: str, cases: Sequence[Case]) -> LanguageModel:
    """Return the scripted language model of this name; the truthful one knows what is known about the cases.

    Raises:
        UsageError: if there is none of this name.

    """
    if name not in NAMES:
        raise UsageError(f"Asked {name!r} to write, but the scripted models are {', '.join(NAMES)}. Name one of these.")
    if name == "truthful":
        return Truthful(tuple(cases))
    return Obedient() if name == "obedient" else Lying(name.removeprefix("lying-"))

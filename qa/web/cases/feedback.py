"""Keep what people say of answers as a suite beside the library, one that `qa eval` runs."""

from __future__ import annotations

import secrets
import shlex
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from qa.web.cases.casefile import CaseFile, Undo
from qa.web.cases.verdicts import Judged, case_of
from qa.web.engine import Engine
from qa_index.errors import UsageError

FILE = "feedback.jsonl"
_UNDONE = 100  # verdicts that can be taken back; each holds at most one case


class Kept(BaseModel):
    """What is kept: how many cases, in which file, and the command that asks them."""

    cases: int
    file: str
    run: str


class Saved(Kept):
    """What a verdict has become; `undo` takes it back, `replaced` says whether the question was judged before."""

    case: dict[str, Any]
    replaced: bool
    undo: str


def router(engine: Engine) -> APIRouter:
    """Return the routes that keep verdicts, tell what is kept, and take one back."""
    routes = APIRouter(tags=["feedback"])
    suite = CaseFile(engine.library.folder.resolve() / FILE)
    given = _Given()

    @routes.get("/api/feedback", summary="How many cases are kept, where, and how to ask them")
    def kept() -> Kept:
        return _kept(suite.path, suite.count())

    @routes.post("/api/feedback", summary="Turn an answer and what is said of it into an evaluation case")
    def keep(judged: Judged) -> Saved:
        case = case_of(judged, engine.library)
        undo, cases = suite.put(case)
        replaced, token = undo.before is not None, given.remember(undo)
        return Saved(**dict(_kept(suite.path, cases)), case=case, replaced=replaced, undo=token)

    @routes.delete("/api/feedback/{undo}", summary="Take back the verdict that gave this token")
    def take_back(undo: str) -> Kept:
        return _kept(suite.path, suite.take_back(given.forget(undo)))

    return routes


def _kept(path: Path, cases: int) -> Kept:
    where, asked_of = shlex.quote(str(path)), shlex.quote(str(path.parent))  # which need not be the usual library
    return Kept(cases=cases, file=str(path), run=f"qa eval {where} --library {asked_of} --show-wrong")


@dataclass(frozen=True, slots=True)
class _Given:
    """What undoes the latest verdicts, so that who gave one, and nobody else, can take it back."""

    _by_token: OrderedDict[str, Undo] = field(default_factory=OrderedDict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def remember(self, undo: Undo) -> str:
        token = secrets.token_urlsafe(12)
        with self._turn:
            self._by_token[token] = undo
            while len(self._by_token) > _UNDONE:
                self._by_token.popitem(last=False)
        return token

    def forget(self, token: str) -> Undo:
        with self._turn:
            found = self._by_token.pop(token, None)
        if found is None:
            raise UsageError("Asked to take a verdict back, but it was taken back before, or is long past.")
        return found

"""A runner that starts no process: it answers every job with figures made from the job."""

from __future__ import annotations

import json
from pathlib import Path

from qa_eval.speed import ours, peers
from qa_eval.speed.children import ChildFailed, Ran

SLOWER = {"citewell": 1, "llama-index": 4, "chroma": 8}


class Runner:
    """Everything that ours takes a peer takes `SLOWER` times as long; `fails` and `stops` name a (subject, job)."""

    def __init__(self, *, fails=None, stops=None):
        self.ran = []
        self.fails, self.stops = fails, stops

    def __call__(self, code, *arguments, folder, allowed=(0,)):
        assert Path(folder).is_dir()
        job = json.loads(arguments[0]) if arguments[0].startswith("{") else _command(arguments)
        subject, name = job["subject"] or "citewell", job["name"]
        assert code in (ours.CODE, ours.COMMAND, peers.CODE) or name == "export"
        if self.stops == (subject, name):
            raise KeyboardInterrupt
        if self.fails == (subject, name):
            raise ChildFailed("its process ended with code 1: out of memory")
        self.ran.append((subject, name, job))
        return Ran(3.0 * SLOWER[subject], 2.0 * SLOWER[subject], 100.0 * SLOWER[subject], self.result(subject, job))

    def result(self, subject, job):
        if job["name"] == "index" and job["store"]:
            store = Path(job["store"])
            store.mkdir(parents=True, exist_ok=True)
            (store / "catalog.sqlite").write_bytes(bytes(1000 * SLOWER[subject]))
        if job["name"] == "index" and job["first"] is not None:
            added = job["last"] - job["first"]
            size = sum((Path(job["folder"]) / f"0000/{each:07}.txt").stat().st_size for each in range(added))
            counts = {"added": added, "chunks_added": 10 * added, "chunks": 10 * job["last"]}
            return {"seconds": 0.5 * added * SLOWER[subject], "bytes": size, **counts}
        if job["name"].startswith("warm"):
            asked = job["questions"][job["unmeasured"] :]
            known = sum(bool(source) for _, _, source in asked)
            times = [10.0 * SLOWER[subject] + each for each in range(len(asked))]
            return {"milliseconds": times, "known": known, "found": known}
        return {}


def _command(arguments):
    store = arguments[-1] if "--library" in arguments else ""
    name = {"index": "index", "ask": "cold_answer", "--help": "help"}[arguments[0]]
    return {"name": name, "subject": "citewell", "store": store, "first": None, "asked": arguments[1:2]}

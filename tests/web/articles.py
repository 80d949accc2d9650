"""Articles written for these tests: two that disagree, and what their parts are."""

from __future__ import annotations

from pathlib import Path

COURIER = """\
---
title: Flood empties the streets of Grimsdyke
publisher: The Sill Courier
author: Nan Weatherby
url: https://courier.example/flood
date: 2031-06-11
---
The river Sill burst its banks at Grimsdyke on Tuesday night.

The flood killed 12 people in Grimsdyke, the fire brigade said.

Mayor Orla Penwright promised help to every household.
"""
GAZETTE = """\
---
title: Grimsdyke counts its dead
publisher: The Tarnbeck Gazette
date: 2031-06-12
---
Grimsdyke woke to silence on Wednesday.

The flood killed 19 people in Grimsdyke, the hospital said.

Schools stay closed until Monday.
"""
ASKED = "How many people did the flood kill in Grimsdyke?"
MAYOR = "Who is the mayor of Grimsdyke?"


def write_flood(folder: Path) -> Path:
    """Write two articles whose figures differ."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "courier.txt").write_text(COURIER, encoding="utf-8")
    (folder / "gazette.txt").write_text(GAZETTE, encoding="utf-8")
    return folder

"""Write beside an index which library it is of, and up to which generation it holds everything."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from qa_index.search.indexes import IndexDamaged

FILE = "stamp.json"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Of `library`, complete at `generation`; an index may hold more, never less."""

    library: str
    generation: int


def read(folder: Path) -> Stamp:
    """Say what the index in `folder` holds.

    Raises:
        IndexDamaged: if nothing says so.

    """
    try:
        return Stamp(**json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise IndexDamaged(folder, f"its stamp cannot be read ({error})") from error


def put(folder: Path, stamp: Stamp) -> None:
    """Say what the index in `folder` holds; to be called after it was committed, so that a crash leaves it too old."""
    unfinished = folder / f"{FILE}.unfinished"
    unfinished.write_text(json.dumps(asdict(stamp)), encoding="utf-8")
    unfinished.replace(folder / FILE)

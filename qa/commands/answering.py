"""Print an answer as it comes: claims as they are checked, then all that belongs to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from qa.terminal import emit, show

if TYPE_CHECKING:
    from qa.types import Answer, Claim


def print_parts(parts: Iterator[Claim | Answer], *, json_output: bool) -> Answer:
    """Print the claims as they come and the answer at last, or that alone as JSON; return it."""
    from qa.types import Answer

    claims_shown = False
    for part in parts:
        if isinstance(part, Answer):
            _print(part, claims_shown=claims_shown, json_output=json_output)
            return part
        if not json_output:
            from qa.render import claim

            show(claim(part))
            claims_shown = True
    raise ValueError("the last that comes is the answer")


def _print(found: Answer, *, claims_shown: bool, json_output: bool) -> None:
    """Print a whole answer; with `claims_shown` all but its claims."""
    if json_output:
        from qa.export import answer_record, to_json

        emit(to_json(answer_record(found)))
    else:
        from qa.render import answer as laid_out

        show(*laid_out(found, claims_shown=claims_shown))

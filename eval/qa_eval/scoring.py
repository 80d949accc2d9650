"""Judge one answer against its case, and against the promises that every answer keeps."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa_eval.cases import Case, Gold
from qa_eval.metrics import exact_match, f1, overlap, states
from qa_index.errors import QAError
from qa_index.types import Span

if TYPE_CHECKING:
    from qa.types import Answer, Citation

TextOf = Callable[[str], str]
_MARK = re.compile(r"\s*\[\d+\]")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case. An answer is right if it states an accepted form and cites the words that say so.

    `exact` and `f1` judge the bare answer, None where none was due or given. `tightness` is the share of the cited
    characters that are gold, in [0, 1], None where nothing gold was cited. `altered` are the quotes that do not
    stand where their citation says. `error` is what was raised instead of an answer.
    """

    case: Case
    status: str = "failed"
    short: str | None = None
    text: str = ""
    confidence: float = 0.0
    milliseconds: float = 0.0
    answered_right: bool = False
    cited_right: bool = False
    exact: float | None = None
    f1: float | None = None
    tightness: float | None = None
    citations: int = 0
    altered: tuple[str, ...] = ()
    cited_abstention: bool = False
    uncited: bool = False
    error: str | None = None

    @property
    def abstained(self) -> bool:
        """Whether it said that the articles do not say."""
        return self.status == "abstained"

    @property
    def right(self) -> bool:
        """Whether it did what the case asks: the right answer, cited right; or, if there is none, to abstain."""
        return self.answered_right and self.cited_right if self.case.answerable else self.abstained


def judge(case: Case, answer: Answer, *, keys: Mapping[str, str], text_of: TextOf, milliseconds: float) -> Outcome:
    """Judge an answer; `keys` maps the ids of articles to the keys that gold names them by."""
    shown = _shown(answer)
    supported = bool(answer.citations) and all(claim.citations for claim in (*answer.claims, *answer.conflicts))
    abstained = answer.status == "abstained"
    due = case.answerable and not abstained
    golden = _golden(case, answer, keys, text_of) if due else []
    bare = answer.short if case.answerable else None
    return Outcome(
        case,
        status=answer.status,
        short=answer.short,
        text=answer.text,
        confidence=answer.confidence,
        milliseconds=milliseconds,
        answered_right=due
        and any(states(_MARK.sub("", each), case.answers) for each in (answer.short or "", answer.text)),
        cited_right=bool(golden),
        exact=exact_match(bare, case.answers) if bare else None,
        f1=f1(bare, case.answers) if bare else None,
        tightness=_tightness(golden, answer.citations),
        citations=len(shown),
        altered=tuple(each.quote for each in shown if not _verbatim(each, text_of)),
        cited_abstention=abstained and bool(answer.citations or answer.claims or answer.conflicts),
        uncited=not abstained and not supported,
    )


def _shown(answer: Answer) -> tuple[Citation, ...]:
    """Every citation that an answer shows anywhere, the same words at the same place once."""
    in_claims = (each for claim in (*answer.claims, *answer.conflicts) for each in claim.citations)
    return tuple({(c.span, c.quote): c for c in (*answer.citations, *in_claims, *answer.nearest)}.values())


def _verbatim(citation: Citation, text_of: TextOf) -> bool:
    try:
        text = text_of(citation.span.article_id)
    except (KeyError, QAError):  # it cites an article that is not in the library
        return False
    return citation.quote != "" and text[citation.span.start : citation.span.end] == citation.quote


def _golden(case: Case, answer: Answer, keys: Mapping[str, str], text_of: TextOf) -> list[tuple[Citation, int]]:
    """Return the citations that support the answer, each with how many of its characters are gold."""
    found = []
    for citation in answer.citations:
        key = keys.get(citation.span.article_id)
        shared = [_shared(case, gold, citation, text_of) for gold in case.gold if gold.article == key]
        if any(shared):
            found.append((citation, max(shared)))
    return found


def _shared(case: Case, gold: Gold, citation: Citation, text_of: TextOf) -> int:
    """How many characters a citation shares with the gold quote of its article.

    The same facts may be told in other words. Where the gold quote is not in the article, all that is cited counts
    if it states an accepted form; or, for a weekday that stands for a date, which no quote states, in any case.
    """
    text, cited = text_of(citation.span.article_id), citation.span
    start = text.find(gold.quote)
    if start >= 0:
        return overlap(Span(cited.article_id, start, start + len(gold.quote)), cited)
    stated = "relative_date" in case.tags or states(citation.quote, case.answers)
    return cited.end - cited.start if stated else 0


def _tightness(golden: list[tuple[Citation, int]], citations: tuple[Citation, ...]) -> float | None:
    if not golden:
        return None
    return sum(shared for _, shared in golden) / sum(each.span.end - each.span.start for each in citations)

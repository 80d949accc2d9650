"""Compose an answer: take the best candidate, gather what says the same, show where articles differ, or abstain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qa.agreement import Tellers, against, alike, in_force, most_precise, says_same, story, without_retracted
from qa.attribution import attributed_to
from qa.orders import gives_orders
from qa.types import Answer, Candidate, Citation, Claim, ClaimKind, Status, Understood
from qa_index.types import Searched

ABSTENTION = "The articles do not say."
_MOST_CITATIONS = 4
_MOST_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Made:
    """Where an answer comes from: what was searched, by what it was made, which articles are in the same words."""

    searched: Searched
    made_by: Mapping[str, str]
    tellers: Tellers = field(default_factory=dict)


def compose(understood: Understood, candidates: Sequence[Candidate], made: Made, *, threshold: float) -> Answer:
    """Compose an answer from candidates, the likeliest first; abstain if even that one is below `threshold`."""
    told = [candidate for candidate in candidates if not _gives_orders(candidate)]
    news = in_force(understood, without_retracted(told), made.tellers)
    best = news[0] if news else None
    if best is None or best.score < threshold:
        return _answer(understood, made, "abstained", (), best.score if best else 0.0, nearest=candidates)
    likely = [c for c in news if c.score >= threshold]
    if understood.answer_type == "number":
        best = most_precise(best, likely)
    other_side = against(understood, best, likely, made.tellers)
    chosen = [best]
    if other_side:
        chosen.append(other_side)
    elif best.short is None:  # where the sentence is the answer, a second one may add something
        nearly = [c for c in likely if c is not best and c.score >= 0.8 * best.score]
        chosen += [c for c in nearly if not alike(c, best, at=0.4)][:1]
    groups: list[list[Candidate]] = []
    for candidate in chosen:
        taken = [*chosen, *(c for group in groups for c in group)]
        groups.append([candidate, *_agreeing(candidate, likely, taken, made.tellers)])
    return _answer(understood, made, "conflicting" if other_side else "answered", groups, best.score)


def _gives_orders(candidate: Candidate) -> bool:
    """Whether a candidate's sentence speaks to whatever reads it: it is found like any other, but answers nothing."""
    return gives_orders(candidate.article.text[candidate.sentence.start : candidate.sentence.end])


def _agreeing(
    best: Candidate, likely: Sequence[Candidate], taken: Sequence[Candidate], tellers: Tellers
) -> list[Candidate]:
    """Return candidates that say the same as `best`: the same bare answer or, without one, nearly the same words.

    Articles in the same words are one source: of each story one is enough.
    """
    told = {story(c, tellers) for c in taken if c.article.id in tellers}
    agreeing: list[Candidate] = []
    for candidate in likely:
        if candidate in taken or not says_same(candidate, best) or story(candidate, tellers) in told:
            continue
        agreeing.append(candidate)
        told |= {story(candidate, tellers)} if candidate.article.id in tellers else set()
    return agreeing[: _MOST_CITATIONS - 1]


def _answer(
    understood: Understood,
    made: Made,
    status: Status,
    groups: Sequence[Sequence[Candidate]],
    confidence: float,
    *,
    nearest: Sequence[Candidate] = (),
) -> Answer:
    claims, count = [], 0
    for group in groups:
        citations = tuple(_citation(c, number) for number, c in enumerate(group, start=count + 1))
        count += len(citations)
        sentence = citations[0].quote
        spoken = understood.answer_type == "quote" and any(mark in sentence for mark in '“"')
        kind: ClaimKind = "quote" if spoken else "extract"
        claims.append(Claim(" ".join(sentence.split()), citations, kind, attributed_to(sentence)))
    return Answer(
        question=understood.question.text,
        standalone=understood.standalone,
        status=status,
        short=groups[0][0].short if groups else None,
        text="\n".join(_shown(claim, group[0]) for claim, group in zip(claims, groups, strict=True)) or ABSTENTION,
        claims=tuple(claims),
        citations=tuple(citation for claim in claims for citation in claim.citations),
        conflicts=tuple(claims) if status == "conflicting" else (),
        confidence=round(confidence, 4),
        nearest=tuple(_citation(c, n) for n, c in enumerate(nearest[:_MOST_NEAREST], start=1)),
        searched=made.searched,
        filters=understood.question.filters,
        made_by=made.made_by,
    )


def _shown(claim: Claim, candidate: Candidate) -> str:
    """Return a claim as a person reads it, with its marks, and the calendar day behind a relative one."""
    marks = "".join(f"[{citation.number}]" for citation in claim.citations)
    answer = candidate.answer
    written = " ".join(candidate.article.text[answer.start : answer.end].split()) if answer else candidate.short
    resolved = f" ({written}: {candidate.short})" if candidate.short and written != candidate.short else ""
    return f"{claim.text} {marks}{resolved}"


def _citation(candidate: Candidate, number: int) -> Citation:
    article, span = candidate.article, candidate.sentence
    return Citation(
        number=number,
        span=span,
        quote=article.text[span.start : span.end],
        title=article.label,
        publisher=article.publisher,
        published=article.published,
        source=article.sources[0] if article.sources else article.id,
        url=article.url,
        support=round(candidate.score, 4),
    )

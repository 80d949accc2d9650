"""Check an answer against the articles before it is shown: what is not there word for word is not shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from qa.types import Answer, Citation, Claim
from qa.wording import abstaining, shown
from qa_index.errors import ArticleNotFound
from qa_index.types import Article

ArticleOf = Callable[[str], Article]


def check(answer: Answer, article_of: ArticleOf, *, abstention: str) -> Answer:
    """Return the answer with every citation verified; claims left without one are dropped, and so may be the answer.

    A citation survives if its article is still in the library, its quote stands at its span, and none of it is
    masked. A claim that is an extract must be one of its own quotes, one that is a quote stand in one of them.
    """
    claims = tuple(kept for claim in answer.claims if (kept := _checked(claim, article_of)))
    nearest = tuple(citation for citation in answer.nearest if stands(citation, article_of))
    if claims == answer.claims and nearest == answer.nearest:
        return answer
    if not claims:
        return abstaining(answer, abstention, nearest)
    dropped = claims[0] != answer.claims[0]
    return replace(
        answer,
        status="answered",
        short=None if dropped else answer.short,
        text="\n".join(shown(claim) for claim in claims),
        claims=claims,
        citations=tuple(dict.fromkeys(citation for claim in claims for citation in claim.citations)),
        conflicts=claims if answer.conflicts and len(claims) > 1 else (),
        nearest=nearest,
    )


def stands(citation: Citation, article_of: ArticleOf) -> bool:
    """Whether an article of the library has the quote at the span, word for word, outside its boilerplate."""
    try:
        article = article_of(citation.span.article_id)
    except ArticleNotFound:
        return False
    start, end = citation.span.start, citation.span.end
    masked = any(mask.start < end and start < mask.end for mask in article.masked)
    return not masked and end <= len(article.text) and article.text[start:end] == citation.quote


def _checked(claim: Claim, article_of: ArticleOf) -> Claim | None:
    citations = tuple(citation for citation in claim.citations if stands(citation, article_of))
    if claim.kind != "written":
        said = [" ".join(citation.quote.split()) for citation in citations]
        if not any(claim.text in text if claim.kind == "quote" else claim.text == text for text in said):
            return None
    return replace(claim, citations=citations) if citations else None

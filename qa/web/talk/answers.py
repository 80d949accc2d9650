"""Show questions and answers in the page: every word of theirs as text, every quote one click from where it stands."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from qa.render import (
    DISAGREE,
    LEFT_OUT,
    NEAREST,
    NO_ANSWER,
    PARTLY,
    day,
    emphasis,
    filters,
    searched,
    sureness,
)
from qa.transcripts import GONE
from qa.types import Answer, Citation, Claim
from qa.web.markup import escaped, read_address
from qa.wording import shown

_MARKS = re.compile(r"(?:\[\d{1,4}\])+")
_LONGEST_DROPPED = 300  # characters of a claim that is not shown
_HEADLINES = ("very sure", "fairly sure")  # the bare answer of a less sure one stands in its sentence only


def asked_html(question: str) -> str:
    """Show a question as it was put."""
    return (
        f'<div class="asked"><p dir="auto">{escaped(question)}</p>'
        '<button type="button" class="edit" title="Change this question and ask again from here">Edit</button></div>'
    )


def waiting_html(doing: str, claims: Sequence[Claim] = (), *, understood: str | None = None) -> str:
    """Show what is known before the answer is complete: how the question was understood, and claims already checked."""
    written = "".join(f'<p class="text" dir="auto">{_marked(shown(one), one.citations)}</p>' for one in claims)
    so_far = f'{_understood(understood)}{written}<p class="doing">{escaped(doing)}&#8230;</p>'
    return f'<div class="answer waiting">{so_far}</div>'


def problem_html(sentence: str) -> str:
    """Show why there is no answer: what was asked, what was found, what to do."""
    return (
        f'<div class="answer failed"><p class="problem">{escaped(sentence)}</p>'
        f'<p class="actions">{_button("retry", "Ask again")}</p></div>'
    )


def answer_html(answer: Answer, *, fallen: Collection[Citation] = ()) -> str:
    """Show an answer with its sources, how sure it is and what was searched, or that the articles do not say.

    `fallen` are citations that no longer stand.
    """
    abstained = answer.status == "abstained"
    parts = (
        _understood(answer.standalone if answer.standalone != " ".join(answer.question.split()) else None),
        _abstention(answer) if abstained else _statement(answer, fallen),
        _unwritten(answer),
        _about(answer),
        _actions(abstained=abstained),
    )
    return f'<div class="answer {answer.status} kept">{"".join(parts)}</div>'


def _statement(answer: Answer, fallen: Collection[Citation]) -> str:
    if answer.conflicts:  # a headline would take a side
        return _conflict(answer) + _sources(answer, fallen)
    headline = answer.short if sureness(answer.confidence) in _HEADLINES else None
    short = f'<p class="short" dir="auto">{escaped(headline)}</p>' if headline else ""
    lines = [line for line in answer.text.splitlines() if line.strip()]
    text = "".join(f'<p class="text" dir="auto">{_marked(line, answer.citations, answer.short)}</p>' for line in lines)
    partly = f'<p class="partly">{PARTLY}</p>' if answer.status == "partial" else ""
    return short + text + partly + _sources(answer, fallen)


def _understood(question: str | None) -> str:
    if not question:
        return ""
    return f'<p class="understood">Understood as: <q dir="auto">{escaped(question)}</q></p>'


def _marked(line: str, citations: Sequence[Citation], short: str | None = None) -> str:
    """Return a line with its marks as links to the words they stand for, and the bare answer emphasised."""
    by_number = {str(citation.number): citation for citation in citations}
    at_the_end = [found for found in _MARKS.finditer(line) if line[found.end() :][:2] in ("", " (")]
    numbers = re.findall(r"\d+", at_the_end[-1][0]) if at_the_end else []  # others are the article's own words
    if not numbers or any(number not in by_number for number in numbers):
        return _emphasised(line, short)
    last = at_the_end[-1]
    marks = "".join(_mark(by_number[number]) for number in numbers)
    rest = f'<span class="worked-out">{escaped(line[last.end() :])}</span>' if line[last.end() :].strip() else ""
    return f"{_emphasised(line[: last.start()].rstrip(), short)}<sup>&#8288;{marks}</sup>{rest}"


def _emphasised(text: str, short: str | None) -> str:
    """Return a text with the bare answer in it strong."""
    pieces = emphasis(text, short)
    return "".join(f"<strong>{escaped(piece)}</strong>" if strong else escaped(piece) for piece, strong in pieces)


def _mark(citation: Citation, kind: str = "cite", text: str | None = None) -> str:
    address = escaped(read_address(citation.span))  # of a conversation that a browser kept: it may be anything
    return f'<a class="{kind}" href="{address}" title="{escaped(citation.quote)}">{text or citation.number}</a>'


def _conflict(answer: Answer) -> str:
    """Show the sides of a disagreement beside each other, each with whoever says it."""
    sides = "".join(
        f'<div class="side"><p class="said-by">{escaped(_says(claim))}</p>'
        f'<p class="text" dir="auto">{_marked(_with_marks(claim), claim.citations)}</p></div>'
        for claim in answer.conflicts
    )
    return f'<div class="conflict"><p class="disagree">{DISAGREE}</p><div class="sides">{sides}</div></div>'


def _with_marks(claim: Claim) -> str:
    marks = "".join(f"[{citation.number}]" for citation in claim.citations)
    return f"{claim.text} {marks}"


def _says(claim: Claim) -> str:
    first = claim.citations[0]
    where = ", ".join(part for part in (first.publisher or first.title, day(first.published)) if part)
    return f"{claim.attributed_to} ({where})" if claim.attributed_to else where


def _sources(answer: Answer, fallen: Collection[Citation]) -> str:
    said = " ".join(answer.text.split())
    listed = "".join(
        _source(one, repeated=" ".join(one.quote.split()) in said, gone=one in fallen) for one in answer.citations
    )
    return f'<ol class="sources">{listed}</ol>'


def _source(citation: Citation, *, repeated: bool, gone: bool) -> str:
    """Show one citation; a quote that the answer has given already is there for a program, and out of sight."""
    lapsed = f'<span class="gone">{GONE}</span>' if gone else ""
    quote = f'<blockquote class="{"given" if repeated else "quoted"}" dir="auto">{escaped(citation.quote)}</blockquote>'
    return f"<li>{_mark(citation)}<div>{_whence(citation)}{lapsed}{quote}</div></li>"


def _whence(citation: Citation) -> str:
    where = ", ".join(part for part in (citation.publisher, day(citation.published)) if part)
    more = f' <span class="where">{escaped(where)}</span>' if where else ""
    address = escaped(read_address(citation.span))
    return f'<a class="from" href="{address}"><span class="title" dir="auto">{escaped(citation.title)}</span>{more}</a>'


def _abstention(answer: Answer) -> str:
    said = f'<p class="short">{NO_ANSWER}</p>'
    if not answer.nearest:
        return said
    near = "".join(
        f"<li>{_mark(one, 'near', 'Read')}<div>{_whence(one)}"
        f'<blockquote dir="auto">{escaped(one.quote)}</blockquote></div></li>'
        for one in answer.nearest
    )
    return f'{said}<details class="nearest"><summary>{NEAREST.removesuffix(":")}</summary><ul>{near}</ul></details>'


def _unwritten(answer: Answer) -> str:
    """Say which claims of a language model are not shown and why, and why it wrote nothing, or not all."""
    dropped = "".join(
        f'<li><span dir="auto">{escaped(one.text[:_LONGEST_DROPPED])}</span> &#8212; {escaped(one.reason)}</li>'
        for one in answer.dropped
    )
    left_out = f'<details class="dropped"><summary>{LEFT_OUT}</summary><ul>{dropped}</ul></details>' if dropped else ""
    if not answer.failure:
        return left_out
    what = "Not finished" if any(one.kind == "written" for one in answer.claims) else "Not written"
    return f'{left_out}<p class="unwritten">{what} by the language model&#58; {escaped(answer.failure)}</p>'


def _about(answer: Answer) -> str:
    """Say how sure the answer is, what was searched for it, and who wrote it."""
    facts = (f'<span class="{kind}">{escaped(text)}</span>' for kind, text in _facts(answer))
    return f'<p class="about">{"".join(facts)}</p>'


def _facts(answer: Answer) -> Iterator[tuple[str, str]]:
    if answer.status != "abstained" and not answer.conflicts:
        words = sureness(answer.confidence)
        yield f"sure {words.split()[0]}", words[:1].upper() + words[1:]
    empty = "" if answer.searched.articles else ": the filters leave none" if answer.filters else ""
    yield "searched", searched(answer.searched) + empty
    if narrowed := filters(answer.filters):
        yield "narrowed", f"Narrowed to: {narrowed}"
    if writer := _writer(answer.made_by):
        yield "written", f"Written by {writer}, checked against the articles"


def _writer(made_by: Mapping[str, str]) -> str:
    """Return the language model that wrote, with its host."""
    return made_by.get("writer", "").split(",")[0]


def _actions(*, abstained: bool) -> str:
    copy = "" if abstained else _button("copy", "Copy", "Copy the answer with its quotes and sources")
    return (
        f'<p class="actions">{_button("right", "Right", "Keep it: qa eval will check that this stays right")}'
        f"{_button('wrong', 'Wrong', 'Say what would be right: qa eval will ask this question')}"
        f"{copy}{_button('retry', 'Ask again', 'Ask the same question again')}</p>"
    )


def _button(kind: str, text: str, title: str = "") -> str:
    described = f' title="{title}"' if title else ""
    return f'<button type="button" class="{kind}"{described}>{text}</button>'

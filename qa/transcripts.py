"""Write a conversation for a reader or a program: Markdown, JSON, or a table of its quotes that can be checked."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from qa.check import ArticleOf, stands
from qa.export import answer_record, citation_record
from qa.render import day, filters, iso
from qa.saving import is_file, place, write_whole
from qa.terminal import one_line
from qa.types import Citation, Turn
from qa_index.errors import ArticleNotFound, UsageError
from qa_index.reading.canonical import canonical

Format = Literal["markdown", "json", "csv"]
FORMATS: dict[str, Format] = {".md": "markdown", ".markdown": "markdown", ".json": "json", ".csv": "csv"}
COLUMNS = (
    "turn",
    "question",
    "standalone",
    "number",
    "quote",
    "start",
    "end",
    "outlet",
    "date",
    "title",
    "article_id",
    "text_sha256",
    "stands",
    "source",
    "url",
)
_FORMAT, _VERSION = "citewell transcript", 1
_HEADING = "# Conversation\n"
GONE = "no longer in the library as quoted"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Quoted = Callable[[Citation], dict[str, Any]]


def write(path: Path | str, turns: Sequence[Turn], article_of: ArticleOf, *, kept: Path | None = None) -> None:
    """Write a conversation to a file whose ending says how: .md, .json or .csv.

    An earlier export is replaced, any other file left alone; `kept` is the file that the conversation is saved in.

    Raises:
        UsageError: for any other ending, a file that is something else, or a conversation without a question.
        QAError: if it cannot be written.

    """
    target = place(path)
    how = FORMATS.get(Path(path).suffix.lower())
    if how is None:
        raise UsageError(
            f"Asked to export the conversation to {path}, but its ending does not say how. "
            "Name a file that ends in .md, .json or .csv."
        )
    if not turns:
        raise UsageError(
            f"Asked to export the conversation to {path}, but nothing has been asked in it. Ask something first."
        )
    if kept is not None and place(kept) == target:
        raise UsageError(f"Asked to export the conversation to {path}, but it is saved there. Name another file.")
    if not _may_be_replaced(target, how):
        raise UsageError(
            f"Asked to export the conversation to {path}, but a file is there that is no earlier export. "
            "Name a new one, or remove it first."
        )
    write_whole(path, transcript(turns, how, article_of))


def _may_be_replaced(target: Path, how: Format) -> bool:
    """Whether there is no file, or one that was exported in the same form; a folder or pipe is for others to refuse."""
    if not is_file(target):
        return True
    try:
        content = target.read_bytes()
    except OSError:
        return False
    if how == "json":
        return _is_transcript(content)
    begins = _row(COLUMNS) if how == "csv" else f"{_HEADING}\n## 1. "
    return content.startswith(begins.encode())


def _is_transcript(content: bytes) -> bool:
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(record, dict) and record.get("format") == _FORMAT


def transcript(turns: Sequence[Turn], how: Format, article_of: ArticleOf) -> str:
    """Return a conversation with its citations, each checked against the library as it is now."""

    def quoted(citation: Citation) -> dict[str, Any]:
        return checked(citation, article_of)

    if how == "markdown":
        return "".join(_markdown(turns, quoted))
    if how == "csv":
        return "".join(_csv(turns, quoted))
    record = {
        "format": _FORMAT,
        "version": _VERSION,
        "turns": [_record(turn, quoted) for turn in turns],
    }
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def checked(citation: Citation, article_of: ArticleOf) -> dict[str, Any]:
    """Return a citation with the hash of its article's text, and whether its quote still stands there.

    Where it stands, text[start:end] is the quote, in code points of what `qa show ID --text` prints. The hash is
    SHA-256 of that text in UTF-8, None if the article is gone; the article's id is how it begins.
    """
    try:
        text = article_of(citation.span.article_id).text
        digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    except ArticleNotFound:
        digest = None
    return citation_record(citation) | {"text_sha256": digest, "stands": stands(citation, article_of)}


def _record(turn: Turn, quoted: Quoted) -> dict[str, Any]:
    """Return an answer as `qa ask --json` prints it, every citation with its hash."""
    answer = turn.answer
    record = answer_record(answer)
    record["question"] = turn.question
    record["citations"] = [quoted(one) for one in answer.citations]
    for name, claims in (("claims", answer.claims), ("conflicts", answer.conflicts)):
        for shown, claim in zip(record[name], claims, strict=True):
            shown["citations"] = [quoted(one) for one in claim.citations]
    return record


def _markdown(turns: Sequence[Turn], quoted: Quoted) -> Iterator[str]:
    yield _HEADING
    for number, turn in enumerate(turns, start=1):
        answer = turn.answer
        yield f"\n## {number}. {literal(canonical(turn.question))}\n"
        if answer.standalone != turn.question:
            yield f"\nUnderstood as: {literal(canonical(answer.standalone))}\n"
        if narrowed := filters(answer.filters):
            yield f"\nNarrowed to: {literal(narrowed)}\n"
        if answer.short:
            yield f"\n**{literal(answer.short)}**\n"
        for line in answer.text.splitlines():
            yield f"\n{literal(line)}\n"
        if answer.status == "conflicting":
            yield "\nThe articles disagree.\n"
        yield "".join(_source(one, quoted(one)) for one in answer.citations)


def _source(citation: Citation, known: dict[str, Any]) -> str:
    """Return a citation as a line of a list: the quote, where it was published, and exactly where it stands."""
    where = ", ".join(part for part in (citation.publisher, day(citation.published)) if part)
    whose = " — ".join(literal(part) for part in (citation.title, where) if part)
    digest = f", text SHA-256 {known['text_sha256']}" if known["text_sha256"] else ""
    span = citation.span
    gone = "" if known["stands"] else f" ({GONE})"
    address = f" {literal(citation.url)}" if citation.url else ""
    return (
        f"\n- \\[{citation.number}\\] “{literal(citation.quote)}” — {whose}{gone}  \n"
        f"  article {span.article_id}, characters {span.start} to {span.end}{digest}, "
        f"{literal(citation.source)}{address}\n"
    )


def literal(text: str) -> str:
    """Text in Markdown that stays text: no link, image, tag, heading or list comes of it."""
    line = re.sub(r"([\\`*_\[\]<>#!|&~])", r"\\\1", one_line(text))
    return re.sub(r"^([-+]|\d+(?=[.)]))", r"\\\1" if not line[:1].isdigit() else r"\1\\", line)


def _csv(turns: Sequence[Turn], quoted: Quoted) -> Iterator[str]:
    """Yield a row for each quote; a question without one, where the articles do not say, has a row all the same."""
    yield _row(COLUMNS)
    for number, turn in enumerate(turns, start=1):
        asked = {
            "turn": number,
            "question": canonical(turn.question),
            "standalone": canonical(turn.answer.standalone),
        }
        for record in [_cited(one, quoted(one)) for one in turn.answer.citations] or [{}]:
            yield _row([cell((record | asked).get(name)) for name in COLUMNS])


def _cited(citation: Citation, known: dict[str, Any]) -> dict[str, Any]:
    return known | {
        "outlet": citation.publisher,
        "date": iso(citation.published),
        "stands": "yes" if known["stands"] else "no",
    }


def _row(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def cell(value: object) -> str:
    """Return a cell for a spreadsheet: what it would run as a formula gets an apostrophe in front.

    What begins with apostrophes and goes on like one gets another, so that `written` gives back what was there.
    """
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def written(text: str) -> str:
    """Return what a cell stands for: without the apostrophe that keeps a spreadsheet from running it."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA) else text

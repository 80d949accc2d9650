"""Read a weekly news quiz with the articles around it: a folder of `questions*.jsonl` and `articles*.jsonl`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_eval.formats.files import (
    complaints,
    field,
    identifier,
    json_lines,
    line_of,
    only_file,
    plain_name,
    texts,
    words,
)
from qa_eval.types import Case, Gold, Suite
from qa_index.errors import UsageError
from qa_index.reading import articles as reading
from qa_index.reading.canonical import is_visible
from qa_index.types import Article

HELD = "held"  # the tag of questions whose answer stands in an article that is there


@dataclass(frozen=True, slots=True)
class _Told:
    """What a line says about an article."""

    url: str
    text: str
    title: str | None
    authors: tuple[str, ...]
    published: dt.date | None


def load(path: Path) -> Suite:
    """Read the questions; each article around them is one article.

    `path` is the folder, or the file of the questions where it holds several. A question is taken once, however often
    it was asked. Which articles hold its answer is known from the addresses that the record names; a question without
    one is asked all the same, and lacks the tag "held".

    Raises:
        UsageError: naming the file, and the line, that is not there or not of this layout.

    """
    questions, articles = _files(path)
    there = {each.url for each in _told(articles)}
    cases: dict[str, Case] = {}
    taken: dict[str, str] = {}
    for number, record in json_lines(questions):
        with complaints(line_of(questions, number)):
            case = _case(record, there)
            if taken.setdefault(case.id, case.question) != case.question:
                raise ValueError(f"the qid {case.id!r} is already taken")
        cases.setdefault(case.question, case)
    if not cases:
        raise UsageError(f"Asked for the suite {questions}, but it holds no question. Add one JSON object a line.")
    name = "-".join(("news-quiz", *plain_name(questions).split("_")[1:]))
    return Suite(name, tuple(cases.values()), lambda: _articles(articles))


def _files(path: Path) -> tuple[Path, Path]:
    """Return the files of the questions and of the articles."""
    if path.is_file():
        return path, only_file(path.parent, "articles" + path.name.removeprefix("questions"))
    return only_file(path, "questions*.jsonl*"), only_file(path, "articles*.jsonl*")


def _case(record: Mapping[str, Any], there: set[str]) -> Case:
    """Make a case of a question; a ValueError says in a clause what is wrong with it."""
    holds = field(record, "gcs_has_answer", list, [])
    found = [url for url, has in zip(texts(record, "gcs_urls"), holds, strict=False) if has]
    named = (*texts(record, "evidence_urls"), *texts(record, "gold_urls"), *found)
    gold = tuple(Gold(url) for url in dict.fromkeys(named) if url in there)
    source = field(record, "source", str, "")
    tags = (*([HELD] if gold else []), *([source] if source else []))
    return Case(identifier(record, "qid"), words(record, "question"), (words(record, "answer"),), gold, tags=tags)


def _told(path: Path) -> Iterator[_Told]:
    """Yield what each line says about an article that shows anything."""
    for number, record in json_lines(path):
        with complaints(line_of(path, number)):
            told = _Told(
                words(record, "url"),
                field(record, "text", str),
                field(record, "title", str, "") or None,
                _authors(record),
                _day(field(record, "publish_date", str, "")),
            )
        if is_visible(told.text):
            yield told


def _authors(record: Mapping[str, Any]) -> tuple[str, ...]:
    authors = field(record, "authors", list, [])
    if not all(isinstance(each, str) for each in authors):
        raise ValueError("the field 'authors' holds something that is not text")
    return tuple(authors)


def _articles(path: Path) -> Iterator[Article]:
    for told in _told(path):
        yield reading.from_text(
            told.text,
            source=told.url,
            title=told.title,
            authors=told.authors,
            published=told.published,
            url=told.url,
        )


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.replace("/", "-")) if text else None
    except ValueError:
        raise ValueError(f"publish_date holds {text!r}, which is no day such as 2023/01/31") from None

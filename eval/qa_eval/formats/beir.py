"""Read a folder in the layout of BEIR: documents, queries, and which documents are relevant to a query.

The layout: Thakur et al., "BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of Information Retrieval Models",
NeurIPS 2021.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa_eval.formats.files import complaints, field, identifier, json_lines, line_of, read_text, words
from qa_eval.types import Case, Gold, Suite
from qa_index.errors import UsageError
from qa_index.reading.canonical import canonical, is_visible
from qa_index.types import Article, article_id

Grades = dict[str, dict[str, int]]  # of each query, the grade of each document


def load(folder: Path) -> Suite:
    """Read the judged queries of a folder; each document is an article, named by its id.

    A query is left out if no document is relevant to it. A relevant document that the folder lacks, or that is empty,
    stays relevant: it counts as not found, as it does for trec_eval.

    Raises:
        UsageError: naming the file, and the line, that is not there or not of this layout.

    """
    if not folder.is_dir():
        raise UsageError(f"Asked for a BEIR folder, but {folder} is a file. Name the folder that holds corpus.jsonl.")
    corpus, queries = _file(folder, "corpus.jsonl"), _file(folder, "queries.jsonl")
    judgements = _file(folder, "qrels/test.tsv", "qrels/dev.tsv")
    questions = _questions(queries)
    grades = _grades(judgements, questions)
    cases = tuple(
        Case(query, question, gold=tuple(Gold(document, grade=grade) for document, grade in grades[query].items()))
        for query, question in questions.items()
        if query in grades
    )
    if not cases:
        raise UsageError(f"Asked for the suite {folder}, but {judgements} finds no document relevant to any query.")
    return Suite(folder.resolve().name, cases, lambda: _articles(corpus), retrieval_only=True)


def _file(folder: Path, *names: str) -> Path:
    """Return the first of some files that is there, plain or gzipped."""
    for name in names:
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                return path
    raise UsageError(
        f"Asked for a BEIR folder, but {folder} holds no {' or '.join(names)}. "
        "Name a folder with corpus.jsonl, queries.jsonl and qrels/test.tsv."
    )


def _questions(path: Path) -> dict[str, str]:
    """Return the text of each query by its id, in the order of the file."""
    questions: dict[str, str] = {}
    for number, record in json_lines(path):
        with complaints(line_of(path, number)):
            query = identifier(record, "_id")
            if query in questions:
                raise ValueError(f"the id {query!r} is already taken")
            questions[query] = words(record, "text")
    return questions


def _grades(path: Path, questions: dict[str, str]) -> Grades:
    """Return the grades above 0; a pair that is judged twice has its last grade, as in BEIR's own loader."""
    judged: Grades = defaultdict(dict)
    first = True
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        with complaints(line_of(path, number)):
            parts = [part.strip() for part in line.split("\t")]
            if len(parts) != 3:
                raise ValueError(
                    f"here are {len(parts)} columns, not a query, a document and a grade, with tabs between"
                )
            query, document, grade = parts
            if not (first and not _is_number(grade)):  # else it is the line of the columns' names
                judged[_known(query, questions)][document] = _number(grade)
        first = False
    relevant = {query: {name: grade for name, grade in found.items() if grade > 0} for query, found in judged.items()}
    return {query: found for query, found in relevant.items() if found}


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def _number(text: str) -> int:
    if not _is_number(text):
        raise ValueError(f"the grade is {text!r}, not a whole number")
    return int(text)


def _known(query: str, questions: dict[str, str]) -> str:
    if query not in questions:
        raise ValueError(f"the query {query!r} is judged, but is not among the queries")
    return query


def _articles(path: Path) -> Iterator[Article]:
    """Make an article of every document that shows anything."""
    taken: set[str] = set()
    for number, record in json_lines(path):
        with complaints(line_of(path, number)):
            name = identifier(record, "_id")
            if name in taken:
                raise ValueError(f"the id {name!r} is already taken")
            taken.add(name)
            article = _article(name, record)
        if article:
            yield article


def _article(name: str, record: dict[str, Any]) -> Article | None:
    """Make an article of a document as it stands; None if it is empty. One that has a title only is its title.

    A text that begins with its title (all of Cranfield) keeps it there, as where others measure with this layout.
    nDCG@10 of Cranfield: so .432, the repetition masked .412, without the title .420.
    """
    title, text = (canonical(field(record, key, str, "")) for key in ("title", "text"))
    title = " ".join(title.split())
    if not is_visible(text):
        title, text = "", title
    return Article(article_id(text), text, title=title or None, sources=(name,)) if is_visible(text) else None

"""Read SQuAD 1.1 and 2.0: each paragraph an article, each question a case.

The layout: Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text", EMNLP 2016, and "Know What
You Don't Know: Unanswerable Questions for SQuAD", ACL 2018.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from reprlib import repr as shortly
from typing import Any
from urllib.parse import unquote

from qa_eval.formats.files import complaints, field, json_file, plain_name, words
from qa_eval.types import Case, Gold, Suite
from qa_index.errors import UsageError
from qa_index.reading.canonical import canonical, is_visible
from qa_index.types import Article, article_id


def load(path: Path, *, closed: bool = False) -> Suite:
    """Read the questions of a SQuAD file about all its paragraphs; `closed` narrows each to its own paragraph.

    Paragraphs are named for their title and numbered from 1: "Beyoncé/0003". Equal ones are one article. The tags of
    a question are "answerable" or "impossible", and the title that its paragraph stands under: "Beyoncé".

    Raises:
        UsageError: naming the file, and the place in it, that is not of this layout.

    """
    articles: dict[str, Article] = {}  # by text
    cases: dict[str, Case] = {}
    for place, name, paragraph in _paragraphs(path):
        title = name.rpartition("/")[0]
        with complaints(place):
            context, questions = words(paragraph, "context"), field(paragraph, "qas", list)
            made = _article(context, name, title=title.replace("_", " "))
        article = articles.setdefault(made.text, made)
        for number, question in enumerate(questions):
            with complaints(f"{place}.qas[{number}]"):
                case = _case(question, context, article, title=title, closed=closed)
                if case.id in cases:
                    raise ValueError(f"the id {case.id!r} is already taken")
            cases[case.id] = case
    if not cases:
        raise UsageError(f"Asked for the suite {path}, but it holds no question. Name a SQuAD file that does.")
    return Suite(plain_name(path) + ("-closed" if closed else ""), tuple(cases.values()), articles.values)


def _paragraphs(path: Path) -> Iterator[tuple[str, str, Any]]:
    """Yield every paragraph with its place in the file and its name."""
    content = json_file(path)
    counts: Counter[str] = Counter()
    if not isinstance(content, dict) or not isinstance(content.get("data"), list):
        raise UsageError(f"{path} holds no list named 'data', so it is no SQuAD file. Name one, or another layout.")
    for number, record in enumerate(content["data"]):
        place = f"{path}, data[{number}]"
        with complaints(place):
            title, paragraphs = unquote(words(record, "title")), field(record, "paragraphs", list)
        for index, paragraph in enumerate(paragraphs):
            counts[title] += 1
            yield f"{place}.paragraphs[{index}]", f"{title}/{counts[title]:04}", paragraph


def _article(context: str, name: str, *, title: str) -> Article:
    """Make an article of a paragraph as it stands: no line of it is a headline, a date or boilerplate.

    Its number is in its name only: a title is searched with every passage, and questions hold numbers too.
    """
    text = canonical(context)
    if not is_visible(text):
        raise ValueError("the field 'context' shows no letter, digit or sign")
    return Article(article_id(text), text, title=title, sources=(name,))


def _case(record: object, context: str, article: Article, *, title: str, closed: bool) -> Case:
    """Make a case of a question; a ValueError says in a clause what is wrong with it."""
    known = field(record, "answers", list, [])
    # Version 1.1 has no such field, and the official script of 2.0 takes a question without answers for one.
    impossible = field(record, "is_impossible", bool, not known)
    if not impossible and not known:
        raise ValueError("the question is not impossible, but has no answers")
    name = article.sources[0]
    places = [] if impossible else [_place(each, context, article) for each in known]
    return Case(
        id=words(record, "id"),
        question=words(record, "question"),
        answers=tuple(dict.fromkeys(text for text, _ in places)),
        gold=tuple(dict.fromkeys(gold for _, gold in places)),
        answerable=not impossible,
        tags=("impossible" if impossible else "answerable", title),
        within=(name,) if closed else (),
    )


def _place(record: object, context: str, article: Article) -> tuple[str, Gold]:
    """Return an answer and where it stands; the article as a whole if it cannot be told which place is meant."""
    text, start = words(record, "text"), field(record, "answer_start", int)
    if not 0 <= start < len(context):
        raise ValueError(f"answer_start is {start}, but the context has {len(context)} characters")
    quote, name = canonical(text), article.sources[0]
    moved = len(canonical(context[:start]))  # characters that the article dropped move what follows them
    if quote and article.text.startswith(quote, moved):
        return text, Gold(name, quote, moved)
    found = article.text.find(quote) if quote else -1
    if found >= 0 and article.text.find(quote, found + 1) < 0:
        return text, Gold(name, quote, found)
    if found < 0 and text not in context:
        raise ValueError(f"the answer {shortly(text)} does not stand in the context")
    return text, Gold(name)

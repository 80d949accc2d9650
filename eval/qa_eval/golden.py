"""Find what a suite calls by name among the articles of a library: gold articles, and gold quotes in them."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from qa_eval.types import Case, Gold, Suite
from qa_index.errors import UsageError
from qa_index.types import Article, Span

_PREFIX = re.compile(r"[0-9a-f]{8,16}")
_NUMBER = re.compile(r"[0-9]+")
_SHOWN = 80  # characters of a quote in a message
# How sure it is that an article is meant; only what is surest counts. A whole name (an id, an address, a source) may be
# shared by articles and then means all of them; a part of a name must not be.
_WHOLE, _PART, _LEADING_NUMBER = range(3)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about a case, in a library's terms: where gold quotes stand, and the grade of each gold article.

    `grades` has the ids of articles; what is relevant and was never there to be found has the suite's name for it.
    """

    spans: tuple[Span, ...] = ()
    grades: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A suite in a library's terms: what is known about each case, by its id, and the articles that each name means.

    `ids` has the names that gold and `within` use; a name of a document that no collection holds is not among them.
    """

    known: Mapping[str, Known]
    ids: Mapping[str, tuple[str, ...]]


def resolve(suite: Suite, articles: Sequence[Article], *, retold: bool = False) -> Resolved:
    """Find every article that a suite names, and where in it each gold quote stands.

    A name is an id or the first 8 or more digits of it, an address, a source, the end of a source from a "/" on, the
    name of its file with or without the ending, or the number that this starts with. Articles that a suite brings
    itself go by their whole names only. An article whose text was changed has another id: the source that gold has
    beside it names it then. `retold` articles tell the same in words of their own: every place of a quote counts, and
    it may have none.

    Raises:
        UsageError: naming the suite, the case and the article, if an article is not there or two could be meant, if
            a quote without a start does not stand in its article exactly once, or if the days of a case leave out
            all its gold articles.

    """
    suite = _changed_since(suite, articles)
    names = _names(suite)
    ids = _matches(suite, names, articles)
    if lacking := _lacking(suite, [name for name in names if name not in ids]):
        advice = "Index the suite's own articles" if suite.articles else "Name the folder that holds it with --articles"
        raise UsageError(
            f"The suite {suite.name} asks about article {lacking[0]} (case {names[lacking[0]]}), but none of the "
            f"{len(articles):,} articles there has that id, address, file name or number. "
            f"{advice}, or correct the suite."
        )
    wanted = {article_id for found in ids.values() for article_id in found}
    there = {each.id: each for each in articles if each.id in wanted}
    for case in suite.cases:
        gold = [(each.article, there[found]) for each in case.gold for found in ids.get(each.article, ())]
        _check_days(suite, case, gold)
    texts = {each.id: each.text for each in there.values()}
    return Resolved({case.id: _known(suite, case, ids, texts, retold=retold) for case in suite.cases}, ids)


def standing(suite: Suite, articles: Sequence[Article]) -> tuple[Suite, tuple[str, ...]]:
    """Return a suite without the cases that its articles do not bear out any more, and for each of these why.

    For a suite that is kept in a library: articles go from there, and are changed, which is no mistake in the suite.

    Raises:
        UsageError: if no case is left.

    """
    if _complaint(suite, articles) is None:
        return suite, ()
    complaints = {case.id: _complaint(replace(suite, cases=(case,)), articles) for case in suite.cases}
    cases = tuple(case for case in suite.cases if complaints[case.id] is None)
    if not cases:
        raise UsageError(
            f"Asked for the suite {suite.name}, but its library bears out none of its cases any more. "
            f"{next(filter(None, complaints.values()))}"
        )
    return replace(suite, cases=cases), tuple(filter(None, complaints.values()))


def _complaint(suite: Suite, articles: Sequence[Article]) -> str | None:
    try:
        resolve(suite, articles)
    except UsageError as error:
        return str(error)
    return None


def _changed_since(suite: Suite, articles: Sequence[Article]) -> Suite:
    """Name gold articles by their source where no article has their name any more, but one has that source."""
    if not any(gold.source for case in suite.cases for gold in case.gold):
        return suite
    ids = {each.id for each in articles}
    sources = {name for each in articles for name in (each.url, *each.sources) if name}

    def renamed(gold: Gold) -> Gold:
        if gold.source is None or gold.article in ids or gold.source not in sources:
            return gold
        return replace(gold, article=gold.source, start=None)  # what stood there may stand elsewhere now

    cases = (replace(case, gold=tuple(map(renamed, case.gold))) for case in suite.cases)
    return replace(suite, cases=tuple(cases))


def _names(suite: Suite) -> dict[str, str]:
    """Return the names of articles that a suite uses, each with the first case that does."""
    names: dict[str, str] = {}
    for case in suite.cases:
        for name in (*(gold.article for gold in case.gold), *case.within):
            names.setdefault(name, case.id)
    return names


def _lacking(suite: Suite, missing: Sequence[str]) -> Sequence[str]:
    """Return the missing names of articles that should be there.

    Collections for retrieval judge documents that they do not hold. Those stay relevant, and are never found.
    """
    if not (missing and suite.retrieval_only and suite.articles):
        return missing
    held = {source for article in suite.articles() for source in article.sources}
    return [name for name in missing if name in held]


# Names


def _matches(suite: Suite, names: Mapping[str, str], articles: Sequence[Article]) -> dict[str, tuple[str, ...]]:
    """Return the ids of the articles that each name means, of those names that mean any; one pass over the articles."""
    best: dict[str, tuple[int, dict[str, str]]] = {}
    lengths = {len(name) for name in names if _PREFIX.fullmatch(name)}
    for article in articles:
        label = article.sources[0] if article.sources else article.id
        for rank, name in _called(article, lengths, whole=suite.articles is not None):
            if name not in names:
                continue
            if name not in best or rank < best[name][0]:
                best[name] = (rank, {})
            if rank == best[name][0]:
                best[name][1][article.id] = label
    for name, (rank, found) in best.items():
        if rank != _WHOLE and len(found) > 1:
            one, other = sorted(found.values())[:2]
            raise UsageError(
                f"The suite {suite.name} asks about article {name} (case {names[name]}), but that could be {one} or "
                f"{other}. Rename one, or take it out of the folder."
            )
    return {name: tuple(found) for name, (_, found) in best.items()}


def _called(article: Article, lengths: Collection[int], *, whole: bool) -> Iterator[tuple[int, str]]:
    """Yield what an article may be called, and how sure it is that this article is meant."""
    for name in (article.id, article.url, *article.sources):
        if name:
            yield _WHOLE, name
    if whole:
        return
    for length in lengths:
        yield _PART, article.id[:length]
    for source in article.sources:
        path = source.replace(os.sep, "/")
        for match in re.finditer("/", path):
            yield _PART, path[match.end() :]
        file = path.rpartition("/")[2]
        yield _PART, PurePosixPath(file).stem
        if number := _NUMBER.match(file):
            yield _LEADING_NUMBER, number[0]


# Days


def _check_days(suite: Suite, case: Case, gold: Sequence[tuple[str, Article]]) -> None:
    """Refuse a case that no answer could be right about, because its days leave out all its gold articles."""
    if not gold or any(_passes(article, case) for _, article in gold):
        return
    asked = " and ".join(f"{word} {day}" for word, day in (("after", case.after), ("until", case.until)) if day)
    name, article = gold[0]
    dated = f"is of {article.published.date}" if article.published else "has no date"
    raise UsageError(
        f"The suite {suite.name} (case {case.id}) asks {asked}, but its article {name} {dated}: "
        "no answer could be right. Correct the days or the gold."
    )


def _passes(article: Article, case: Case) -> bool:
    """Whether a search with the days of a case looks at an article; one without a date passes no day."""
    if not (case.after or case.until):
        return True
    day = article.published.date if article.published else None
    return day is not None and (case.after or day) <= day <= (case.until or day)


# Quotes


def _known(
    suite: Suite, case: Case, ids: Mapping[str, tuple[str, ...]], texts: Mapping[str, str], *, retold: bool
) -> Known:
    spans: dict[Span, None] = {}
    grades: dict[str, int] = {}
    for gold in case.gold:
        found = ids.get(gold.article, ())
        for name in found or (gold.article,):
            grades[name] = max(gold.grade, grades.get(name, 0))
        if gold.quote and found:
            try:
                places = _places(gold, {article_id: texts[article_id] for article_id in found}, retold=retold)
            except ValueError as error:
                raise UsageError(
                    f"The suite {suite.name} (case {case.id}) quotes article {gold.article}, {error}: "
                    f"{_short(gold.quote)}. Quote words that stand there once, or say with start where they do."
                ) from None
            spans |= dict.fromkeys(places)
    return Known(tuple(spans), grades)


def _places(gold: Gold, texts: Mapping[str, str], *, retold: bool) -> list[Span]:
    """Return where a quote stands; a ValueError says in a clause why that cannot be told."""
    length = len(gold.quote)
    if gold.start is not None:
        there = [each for each, text in texts.items() if text.startswith(gold.quote, gold.start)]
        if there:
            return [Span(each, gold.start, gold.start + length) for each in there]
        if not retold:
            raise ValueError(f"where other words stand at {gold.start}")
    starts = {each: list(_starts(gold.quote, text)) for each, text in texts.items()}
    times = max(map(len, starts.values()))
    if times != 1 and not retold:
        raise ValueError(f"where these words stand {times} times")
    return [Span(each, start, start + length) for each, found in starts.items() for start in found]


def _starts(quote: str, text: str) -> Iterator[int]:
    """Yield every place where a quote stands, those that overlap too."""
    start = text.find(quote)
    while start >= 0:
        yield start
        start = text.find(quote, start + 1)


def _short(quote: str) -> str:
    return repr(quote if len(quote) <= _SHOWN else quote[: _SHOWN - 2] + " …")

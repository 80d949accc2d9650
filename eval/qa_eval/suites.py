"""Find and read suites: questions whose answers are known, in our layout, one JSON object a line, or in another's."""

from __future__ import annotations

import datetime as dt
import difflib
import textwrap
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from reprlib import repr as shortly
from typing import Any, Literal, get_args

from qa.dates import calendar_day
from qa_eval.formats.files import complaints, field, json_lines, line_of, plain_name, texts, words
from qa_eval.metrics.text import normalise
from qa_eval.types import Case, Gold, Suite
from qa_index.errors import UsageError

Layout = Literal["citewell", "squad", "beir", "news-quiz"]

_SUITES = (Path(__file__).parent / "suites", Path(__file__).parent.parent / "suites")  # installed; in the checkout
_REQUIRED = ("id", "question", "answers", "gold", "answerable")
_FIELDS = (*_REQUIRED, "tags", "after", "until", "publisher", "within", "history", "standalone")
_SHOWN = 80  # characters of a name that nothing can have, in a message
_TAGS_NAMED = 8  # in a message
_TAG_SHOWN = 60  # characters
_FOREIGN = {
    "squad": "a JSON file of SQuAD 1.1 or 2.0",
    "beir": "a folder with corpus.jsonl, queries.jsonl and qrels",
    "news-quiz": "a folder with questions*.jsonl and articles*.jsonl",
}


def open_suite(name: str, *, layout: Layout = "citewell", closed: bool = False) -> Suite:
    """Return the suite of that name: one that is shipped ("seeds"), or the one at a path.

    A name with a separator or an ending is a path. Other layouts are always at a path. `closed` narrows each question
    of SQuAD to its own paragraph.

    Raises:
        UsageError: if there is no such suite or layout, or it is not of this layout.

    """
    if layout not in get_args(Layout):
        known = ", ".join(get_args(Layout))
        raise UsageError(f"Asked for a suite in the layout {layout}, but the layouts are {known}. Name one of these.")
    if closed and layout != "squad":
        raise UsageError(
            f"Asked to close the book with --closed, but the layout {layout} has no paragraph for each question. "
            "Leave --closed out, or name a SQuAD file with --layout squad."
        )
    if layout == "citewell":
        return _own(name)
    path = _path(name)
    if not path.exists():
        raise UsageError(
            f"Asked for a suite in the layout {layout}, but nothing is at {name}. "
            f"Name the path of {_FOREIGN[layout]}: qa eval PATH --layout {layout}."
        )
    return _foreign(path, layout, closed=closed)


def shipped_articles() -> Path:
    """Return the folder of the shipped articles, in an installation or in the checkout."""
    import qa

    package = Path(qa.__file__).parent
    inside = package / "seeds"
    return inside if inside.is_dir() else package.parent / "seeds"


def _foreign(path: Path, layout: Layout, *, closed: bool) -> Suite:
    if layout == "squad":
        from qa_eval.formats import squad

        return squad.load(path, closed=closed)
    if layout == "beir":
        from qa_eval.formats import beir

        return beir.load(path)
    from qa_eval.formats import newsquiz

    return newsquiz.load(path)


def _own(name: str) -> Suite:
    """Find a suite in our layout, by its name or its path."""
    shipped = {each.stem: each for folder in reversed(_SUITES) for each in folder.glob("*.jsonl")}
    if name in shipped:
        return replace(load(shipped[name]), shipped=True)
    path = _path(name)
    if path.is_file():
        return replace(load(path), home=_home(path))
    if path.is_dir():
        raise UsageError(
            f"Asked for the suite {name}, but that is a folder. "
            "Name a JSON Lines file, or say with --layout that it is beir or news-quiz."
        )
    raise UsageError(
        f"Asked for the suite {name}, but no file and no shipped suite has that name. "
        f"Name a JSON Lines file, or one of: {', '.join(sorted(shipped))}."
    )


def _home(path: Path) -> Path | None:
    """Return the folder of the library in which a suite is kept, None if it is kept elsewhere."""
    from qa_index.storage.catalog import FILE

    folder = path.absolute().parent
    return folder if (folder / FILE).is_file() else None


def _path(name: str) -> Path:
    """Return the path that a name is; a UsageError if nothing can be at it, such as a name that is too long."""
    try:
        path = Path(name).expanduser()
        path.exists()
    except (OSError, RuntimeError) as error:  # RuntimeError: "~ada", where no Ada has a home
        reason = error.strerror if isinstance(error, OSError) else str(error)
        brief = name if len(name) <= _SHOWN else name[:_SHOWN] + "…"
        raise UsageError(f"Asked for the suite {brief}, but no file can be there: {reason}. Name another.") from None
    return path


def load(path: Path | str) -> Suite:
    """Read a suite from a file of one JSON object a line; blank lines are left out.

    Raises:
        UsageError: naming the file and the line, if a line is not a case, an id comes twice, or there is no case.

    """
    path = Path(path)
    cases: dict[str, Case] = {}
    for number, record in json_lines(path):
        with complaints(line_of(path, number)):
            case = _case(record)
            if case.id in cases:
                raise ValueError(f"the id {case.id!r} is already taken")
        cases[case.id] = case
    if not cases:
        raise UsageError(f"Asked for the suite {path}, but it holds no case. Add one JSON object a line.")
    return Suite(plain_name(path), tuple(cases.values()))


def tagged(suite: Suite, tags: Collection[str]) -> Suite:
    """Return a suite with those of its cases that have one of the tags, in its order, about the same articles.

    Raises:
        UsageError: if one of the tags is that of no case.

    """
    there = Counter(tag for case in suite.cases for tag in case.tags)
    if (unknown := next((tag for tag in tags if tag not in there), None)) is not None:
        raise UsageError(
            f"Asked for the cases of the suite {suite.name} with the tag {shortly(unknown)}, but no case has it. "
            f"{_tags_there(unknown, there)}"
        )
    return replace(suite, cases=tuple(case for case in suite.cases if any(tag in tags for tag in case.tags)))


def _tags_there(wanted: str, there: Counter[str]) -> str:
    """Say which tags there are that were perhaps meant, or else those that most cases have."""
    if not there:
        return "None of its cases has a tag: leave --tag out."
    folded = {tag.casefold(): tag for tag in there}
    if near := difflib.get_close_matches(wanted.casefold(), folded, n=3):
        return f"Did you mean {' or '.join(_on_one_line(folded[each]) for each in near)}?"
    most = [tag for tag, _ in there.most_common(_TAGS_NAMED)]
    more = f" and {len(there) - len(most)} more" if len(there) > len(most) else ""
    return f"Its tags are {', '.join(map(_on_one_line, most))}{more}: name one of these."


def _on_one_line(tag: str) -> str:
    return textwrap.shorten(tag, _TAG_SHOWN, placeholder="…")


def thinned(suite: Suite, limit: int) -> Suite:
    """Return a suite with at most `limit` of its cases, evenly spaced over it and in its order; always the same ones.

    Raises:
        UsageError: if that would leave no case.

    """
    if limit < 1:
        raise UsageError(f"Asked for {limit} cases of the suite {suite.name}, which leaves none. Ask for 1 or more.")
    count = len(suite.cases)
    if limit >= count:
        return suite
    return replace(suite, cases=tuple(suite.cases[number * count // limit] for number in range(limit)))


def _case(record: Mapping[str, Any]) -> Case:
    """Make a case of a JSON object; a ValueError says in a clause what is wrong with it."""
    if unknown := sorted(set(record) - set(_FIELDS)):
        raise ValueError(f"unknown field {unknown[0]!r}, the fields are {', '.join(_FIELDS)}")
    if missing := [name for name in _REQUIRED if record.get(name) is None]:
        raise ValueError(f"the field {missing[0]!r} is missing")
    answers, answerable = texts(record, "answers"), field(record, "answerable", bool)
    gold = tuple(_gold(each) for each in field(record, "gold", list))
    if bool(answers) != answerable:
        state = "answerable" if answerable else "not answerable"
        raise ValueError(f"the question is {state}, but answers holds {len(answers)} entries")
    if gold and not answerable:
        raise ValueError(f"the question is not answerable, but gold holds {len(gold)} entries")
    if blank := next((each for each in answers if not normalise(each)), None):
        raise ValueError(f"answers holds {blank!r}, which has no word")
    after, until = _day(record, "after"), _day(record, "until")
    if after and until and after > until:
        raise ValueError(f"after ({after}) is later than until ({until})")
    history, alone = texts(record, "history"), record.get("standalone")
    if alone is not None and not history:
        raise ValueError("standalone says what a question means after a history, but there is none")
    return Case(
        id=words(record, "id"),
        question=words(record, "question"),
        answers=answers,
        gold=gold,
        answerable=answerable,
        tags=texts(record, "tags"),
        after=after,
        until=until,
        history=history,
        within=texts(record, "within"),
        publishers=texts(record, "publisher"),
        standalone=words(record, "standalone") if alone is not None else None,
    )


def _gold(record: object) -> Gold:
    least = {"article", "quote"}
    if not isinstance(record, dict) or not least <= set(record) <= least | {"start", "source"}:
        raise ValueError(
            "an entry of gold is an object with article and quote, start where a quote needs it, and perhaps source"
        )
    start = field(record, "start", int) if record.get("start") is not None else None
    if start is not None and start < 0:
        raise ValueError(f"the start of a quote is {start}, but characters are counted from 0")
    source = words(record, "source") if record.get("source") is not None else None
    return Gold(words(record, "article"), words(record, "quote"), start, source=source)


def _day(record: Mapping[str, Any], name: str) -> dt.date | None:
    text = field(record, name, str, "")
    if not text and record.get(name) is None:
        return None
    if day := calendar_day(text):
        return day
    raise ValueError(f"{name} holds {text!r}, which is no day such as 2022-01-31")

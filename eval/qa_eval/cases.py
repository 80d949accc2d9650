"""Read suites: questions whose answers are known, one JSON object a line."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_index.errors import UsageError

_SUITES = (Path(__file__).parent / "suites", Path(__file__).parent.parent / "suites")  # installed; in the checkout
_TYPES: dict[str, type] = {
    "id": str,
    "question": str,
    "answers": list,
    "gold": list,
    "answerable": bool,
    "tags": list,
    "after": str,
    "until": str,
}
_REQUIRED = ("id", "question", "answers", "gold", "answerable")


@dataclass(frozen=True, slots=True)
class Gold:
    """Words that support the answer: `quote` stands exactly once in the article whose key is `article`."""

    article: str
    quote: str


@dataclass(frozen=True, slots=True)
class Case:
    """One question and what is known about it.

    `answers` are the accepted forms: an answer that states one of them is right. `gold` holds a quote for every
    place that states the fact. Both are empty where the articles (as narrowed by `after` and `until`, days that are
    included) do not say.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    gold: tuple[Gold, ...] = ()
    answerable: bool = True
    tags: tuple[str, ...] = ()
    after: dt.date | None = None
    until: dt.date | None = None


def suite_path(name: str) -> Path:
    """Find a suite: one that is shipped, by its name ("seeds"), or any other by the path of its file.

    Raises:
        UsageError: if there is no such suite.

    """
    for folder in _SUITES:
        if (shipped := folder / f"{name}.jsonl").is_file():
            return shipped
    if (path := Path(name).expanduser()).is_file():
        return path
    known = sorted({each.stem for folder in _SUITES for each in folder.glob("*.jsonl")})
    raise UsageError(
        f"Asked for the suite {name}, but no file and no shipped suite has that name. "
        f"Name a JSON Lines file, or one of: {', '.join(known)}."
    )


def load(path: Path | str) -> tuple[Case, ...]:
    """Read a suite from a file of one JSON object a line; blank lines are left out.

    Raises:
        UsageError: naming the file and the line, if a line is not a case, an id comes twice, or there is no case.

    """
    cases: dict[str, Case] = {}
    for number, line in enumerate(_lines(Path(path)), start=1):
        if not line.strip():
            continue
        try:
            case = _case(json.loads(line))
            if case.id in cases:
                raise ValueError(f"the id {case.id!r} is already taken")
        except ValueError as error:  # JSONDecodeError is one
            raise UsageError(f"{path}, line {number}: {error}. Correct this line and run it again.") from None
        cases[case.id] = case
    if not cases:
        raise UsageError(f"Asked for the suite {path}, but it holds no case. Add one JSON object a line.")
    return tuple(cases.values())


def check_gold(cases: tuple[Case, ...], articles: Mapping[str, str]) -> None:
    """Check that every gold quote stands exactly once in its article; `articles` maps keys to texts.

    Raises:
        UsageError: naming the case and the quote that does not.

    """
    for case in cases:
        for gold in case.gold:
            if gold.article not in articles:
                raise UsageError(
                    f"Case {case.id} quotes article {gold.article}, which is not there. "
                    f"Add a file whose name starts with {gold.article}, or correct the suite."
                )
            if (times := articles[gold.article].count(gold.quote)) != 1:
                raise UsageError(
                    f"Case {case.id} quotes article {gold.article}, where these words stand {times} times: "
                    f"{gold.quote!r}. Quote words that stand there once."
                )


def _lines(path: Path) -> list[str]:
    try:
        # Not splitlines(): a line separator (U+2028) may stand inside a JSON string.
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"Asked for the suite {path}, but it cannot be read: {reason}.") from None


def _case(record: object) -> Case:
    """Make a case of a JSON value; a ValueError says in a clause what is wrong with it."""
    fields = _fields(record)
    answers, tags = _texts(fields, "answers"), _texts(fields, "tags")
    gold = tuple(_gold(each) for each in fields["gold"])
    if not fields["id"] or not fields["question"].strip():
        raise ValueError("a case needs an id and a question")
    for name, values in (("answers", answers), ("gold", gold)):
        if bool(values) != fields["answerable"]:
            state = "answerable" if fields["answerable"] else "not answerable"
            raise ValueError(f"the question is {state}, but {name} holds {len(values)} entries")
    after, until = _day(fields, "after"), _day(fields, "until")
    if after and until and after > until:
        raise ValueError(f"after ({after}) is later than until ({until})")
    return Case(fields["id"], fields["question"], answers, gold, fields["answerable"], tags, after, until)


def _fields(record: object) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise ValueError("a case is a JSON object")
    if unknown := sorted(set(record) - set(_TYPES)):
        raise ValueError(f"unknown field {unknown[0]!r}, the fields are {', '.join(_TYPES)}")
    if missing := [name for name in _REQUIRED if name not in record]:
        raise ValueError(f"the field {missing[0]!r} is missing")
    for name, value in record.items():
        if not isinstance(value, _TYPES[name]):
            raise ValueError(f"the field {name!r} holds {value!r}, not a {_TYPES[name].__name__}")
    return record


def _texts(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = fields.get(name, [])
    if not all(isinstance(each, str) and each.strip() for each in values):
        raise ValueError(f"the field {name!r} holds something that is not text")
    return tuple(values)


def _gold(record: object) -> Gold:
    if not isinstance(record, dict) or set(record) != {"article", "quote"}:
        raise ValueError("an entry of gold is an object with article and quote")
    if not all(isinstance(each, str) and each for each in record.values()):
        raise ValueError("article and quote of gold are texts that are not empty")
    return Gold(record["article"], record["quote"])


def _day(fields: Mapping[str, Any], name: str) -> dt.date | None:
    if name not in fields:
        return None
    try:
        return dt.date.fromisoformat(fields[name])
    except ValueError:
        raise ValueError(f"{name} holds {fields[name]!r}, which is no day such as 2022-01-31") from None

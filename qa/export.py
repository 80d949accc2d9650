"""Write answers and articles for other programs: JSON, Markdown and CSV that lose nothing and run nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from qa.render import iso, moment, relation
from qa.terminal import one_line

if TYPE_CHECKING:
    from qa.types import Answer, Citation, Claim
    from qa_index.duplicates import Kin
    from qa_index.types import Article, Filters, Searched, When

Format = Literal["json", "markdown", "csv"]
COLUMNS = (
    *("id", "title", "publisher", "authors", "published", "updated", "url", "sources", "language"),
    *("original", "relation", "text"),
)

# Letters that JSON may hold as they are, but that end a line for some readers or that a terminal would obey.
_ESCAPED = re.compile(r"[\x7f-\x9f\u2028\u2029]")


def to_json(record: Mapping[str, Any]) -> str:
    """Return `record` as one line of JSON, letters as they are, with its line end."""
    text = json.dumps(record, ensure_ascii=False, separators=(", ", ": "))
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def answer_record(answer: Answer) -> dict[str, Any]:
    """Return an answer as `qa ask --json` prints it; `start` and `end` index what `qa show ID --text` prints."""
    return {
        "question": answer.question,
        "standalone": answer.standalone,
        "status": answer.status,
        "short": answer.short,
        "text": answer.text,
        "confidence": round(answer.confidence, 4),
        "citations": [citation_record(each) for each in answer.citations],
        "claims": [claim_record(each) for each in answer.claims],
        "conflicts": [claim_record(each) for each in answer.conflicts],
        "nearest": [citation_record(each) for each in answer.nearest],
        "dropped": [{"text": each.text, "check": each.check, "reason": each.reason} for each in answer.dropped],
        "failure": answer.failure,
        "searched": searched_record(answer.searched),
        "filters": filters_record(answer.filters),
        "made_by": dict(answer.made_by),
        "seconds": round(answer.seconds, 3),
    }


def citation_record(citation: Citation) -> dict[str, Any]:
    """Return whose words are cited, which words, and exactly where they stand."""
    return {
        "number": citation.number,
        "article_id": citation.span.article_id,
        "title": citation.title,
        "publisher": citation.publisher,
        "published": iso(citation.published),
        "source": citation.source,
        "url": citation.url,
        "start": citation.span.start,
        "end": citation.span.end,
        "quote": citation.quote,
        "support": round(citation.support, 4),
    }


def claim_record(claim: Claim) -> dict[str, Any]:
    """One statement with the citations that carry it, whole, so that it can be checked by itself."""
    return {
        "text": claim.text,
        "kind": claim.kind,
        "attributed_to": claim.attributed_to,
        "citations": [citation_record(each) for each in claim.citations],
    }


def searched_record(searched: Searched) -> dict[str, Any]:
    """How many articles were searched, and from which day to which."""
    first, last = searched.first, searched.last
    return {
        "articles": searched.articles,
        "from": first.isoformat() if first else None,
        "to": last.isoformat() if last else None,
    }


def filters_record(filters: Filters) -> dict[str, Any]:
    """Return the filters that were set, under the names by which `Library.ask` takes them."""
    found = {
        "after": filters.after.isoformat() if filters.after else None,
        "until": filters.until.isoformat() if filters.until else None,
        "publisher": list(filters.publishers),
        "article": list(filters.articles),
    }
    return {name: value for name, value in found.items() if value}


def article_record(article: Article, *, with_text: bool = True, kin: Kin | None = None) -> dict[str, Any]:
    """Return an article with everything that is known about it; `masked` are [start, end) ranges of its text.

    `original` is the id of the earlier article whose words it has, and `relation` what it is to that one; by `kin`.
    """
    record: dict[str, Any] = {
        "id": article.id,
        "title": article.title,
        "publisher": article.publisher,
        "authors": list(article.authors),
        "published": _when(article.published),
        "published_zone": article.published.zone if article.published else None,
        "updated": _when(article.updated),
        "updated_zone": article.updated.zone if article.updated else None,
        "url": article.url,
        "sources": list(article.sources),
        "language": article.language,
        "provenance": dict(article.provenance),
        "other_dates": [
            {"published": _when(each), "zone": each.zone, "found_by": each.method} for each in article.other_dates
        ],
        "characters": len(article.text),
        **kin_record(kin),
    }
    if with_text:
        record["masked"] = [[span.start, span.end] for span in article.masked]
        record["text"] = article.text
    return record


def kin_record(kin: Kin | None) -> dict[str, str | None]:
    """Return which earlier article's words an article has, and what it is to it; null where it stands alone."""
    return {"original": kin.original_id if kin else None, "relation": kin.relation if kin else None}


def _when(when: When | None) -> str | None:
    """Return a date as finely as it is known, in local time as written: "2022-01", "2022-01-09T00:08"."""
    if when is None or when.precision in ("year", "month", "day"):
        return iso(when)
    return when.value.replace(tzinfo=None).isoformat(timespec="minutes" if when.precision == "minute" else "seconds")


def articles(listed: Iterable[Article], how: Format, kin: Mapping[str, Kin] = MappingProxyType({})) -> Iterator[str]:
    """Yield the articles piece by piece: JSON Lines, one Markdown document, or one CSV table with a header."""
    if how == "json":
        return (to_json(article_record(each, kin=kin.get(each.id))) for each in listed)
    return _markdown(listed, kin) if how == "markdown" else _csv(listed, kin)


def _markdown(listed: Iterable[Article], kin: Mapping[str, Kin]) -> Iterator[str]:
    """Yield for each a heading, a list of what is known, and the text, fenced so that it stays exactly as it is."""
    for number, article in enumerate(listed):
        known = (
            ("Publisher", article.publisher),
            ("Authors", ", ".join(article.authors)),
            ("Published", moment(article.published)),
            ("Updated", moment(article.updated)),
            ("Address", article.url),
            *(("Source", source) for source in article.sources),
            ("Article", article.id),
            ("Original", relation(kin.get(article.id))),
        )
        details = "".join(f"- {name}: {_literal(value)}\n" for name, value in known if value)
        runs = (len(run) for run in re.findall(r"`+", article.text))
        fence = "`" * max(3, 1 + max(runs, default=0))
        end = "" if article.text.endswith("\n") else "\n"
        gap = "\n" if number else ""
        yield f"{gap}# {_literal(article.label)}\n\n{details}\n{fence}text\n{article.text}{end}{fence}\n"


def _literal(text: str) -> str:
    """Text in Markdown that stays text: no link, image, tag or emphasis comes of it."""
    return re.sub(r"([\\`*_\[\]<>#!|&~])", r"\\\1", one_line(text))


def _csv(listed: Iterable[Article], kin: Mapping[str, Kin]) -> Iterator[str]:
    yield _row(COLUMNS)
    for article in listed:
        record = article_record(article, kin=kin.get(article.id))
        yield _row([_cell(record[name]) for name in COLUMNS])


def _row(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cell(value: object) -> str:
    """Return a cell for a spreadsheet: what it would run as a formula gets an apostrophe in front."""
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text

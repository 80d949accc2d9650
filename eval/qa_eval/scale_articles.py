"""Make any number of articles out of some thousand real ones, so that no two tell the same: input for `qa_eval.scale`.

Of a real article every further one has about half the paragraphs, and half of those of another, all in another order;
with other names, numbers, day and address. No two of them are near-duplicates, as no two days of a newspaper are.
"""

from __future__ import annotations

import datetime as dt
import gzip
import html
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

RECORDS_PER_FILE = 500
EVERY, PAGE, PLAIN = 50, 7, 31  # of so many articles one is a web page and one plain text
DAYS = 365  # that the day of an article made from another may be away from its own
_DIGIT = re.compile(r"\d")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}\b")  # not at the start of a sentence

Record = Mapping[str, str]


def real(source: Path) -> list[Record]:
    """Read the articles of a gzipped file of JSON lines that have a text; `publish_date` is year/month/day.

    The file names no publishers; the host of its address stands for one.
    """
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [{**record, "publisher": urlsplit(record["url"]).netloc} for record in records if record["text"].strip()]


def made(records: Sequence[Record], count: int) -> Iterator[Record]:
    """Yield `count` articles: the real ones, then those made from them, the same every time."""
    for number in range(count):
        record = records[number % len(records)]
        if number < len(records):
            yield record
        else:
            rng = random.Random(number)
            yield _varied(record, records[rng.randrange(len(records))], number, rng)


def write(records: Sequence[Record], folder: Path, count: int) -> int:
    """Write `count` articles as files of JSON lines, web pages and plain text; return their size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    size, held = 0, list[str]()
    for number, record in enumerate(made(records, count)):
        if number % EVERY == PAGE:
            size += _put(folder / f"{number:07}.html", _page(record))
        elif number % EVERY == PLAIN:
            size += _put(folder / f"{number:07}.txt", _plain(record))
        else:
            held.append(json.dumps(record, ensure_ascii=False) + "\n")
        if len(held) == RECORDS_PER_FILE or number == count - 1:
            size += _put(folder / f"{number:07}.jsonl", "".join(held))
            held = []
    return size


def _varied(one: Record, other: Record, number: int, rng: random.Random) -> Record:
    paragraphs = [part for record in (one, other) for part in record["text"].split("\n\n") if rng.random() < 0.5]
    rng.shuffle(paragraphs)
    text = "\n\n".join(paragraphs) or one["text"]
    names = sorted(set(_NAME.findall(text)))
    instead = dict(zip(names, rng.sample(names, len(names)), strict=True))
    text = _NAME.sub(lambda found: instead[found[0]] if found[0] in instead else found[0], text)
    return {
        "url": f"{one['url']}?edition={number}",
        "title": one["title"],
        "publisher": one["publisher"],
        "text": _DIGIT.sub(lambda _: rng.choice("0123456789"), text),
        "publish_date": _moved(one["publish_date"], rng.randint(-DAYS, DAYS)),
    }


def _moved(day: str | None, days: int) -> str:
    try:
        known = dt.datetime.strptime(day or "", "%Y/%m/%d").date()
    except ValueError:
        return ""
    return (known + dt.timedelta(days=days)).isoformat()


def _page(record: Record) -> str:
    paragraphs = "\n".join(f"<p>{html.escape(each)}</p>" for each in record["text"].split("\n\n"))
    title, url = html.escape(record["title"] or "Untitled"), html.escape(record["url"])
    day = str(record["publish_date"] or "").replace("/", "-")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        f'<link rel="canonical" href="{url}"><meta property="article:published_time" content="{day}">\n'
        f'<meta property="og:site_name" content="{html.escape(record["publisher"])}"></head>\n'
        f"<body><article><h1>{title}</h1>\n{paragraphs}\n</article></body></html>\n"
    )


def _plain(record: Record) -> str:
    return f"{record['title'] or 'Untitled'}\n\n{record['text']}\n"


def _put(path: Path, content: str) -> int:
    return path.write_bytes(content.encode("utf-8", "replace"))

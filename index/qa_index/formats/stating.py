"""Take what a file says of its story at its word: a date, whoever wrote it, an address, a language."""

from __future__ import annotations

import datetime as dt
import html
import re
from urllib.parse import urljoin, urlsplit

from qa_index.reading import dates, names
from qa_index.types import When

# What JavaScript and mail programs add to a date: "GMT+0000 (Coordinated Universal Time)", "+0100 (CET)".
_REMARK = re.compile(r"(?<=[\d+A-Z])\s*\([^()]{1,60}\)$")
_ZONE_NAME = re.compile(r"\[[A-Za-z_/]{3,40}\]$")  # Java: 2022-01-06T07:35+06:00[Asia/Almaty]
_LABEL = re.compile(
    r"^(?:first )?(?:published|updated|posted|last updated|last modified|modified|date)(?: on| at)?\s*:?\s+",
    re.IGNORECASE,
)
_MONTH = re.compile(r"((?:19|20)\d\d)[/-](0[1-9]|1[0-2])")  # how journals write the month of an issue
_EPOCH = dt.datetime(1970, 1, 1)  # what programs write for "no date"

_BY = re.compile(
    r"(?:(?:written|reported|posted|edited|story|words|reporting|text) )?by\b[\s:]+|"
    r"(?:author|authors|reporter|byline)\s*:\s*|"
    r"(?:автор|авторы|текст|von|por|par|di|door)\s*:?\s+(?=[A-ZА-ЯЁ])",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_MAIL_THEN_NAME = re.compile(r"^\s*[\w.+%-]{1,64}@[\w.-]{1,200}\s*\(([^()]{1,100})\)\s*$")
_NOBODY = frozenset(
    "admin administrator anonymous author blogger contributor default editorial guest null newsdesk newsroom none "
    "redaction root super-admin superadmin unknown user webmaster webteam wire".split()
)
_UNCASED_NAME = re.compile(r"[^\W\d_a-zA-Z]{2,8}(?:[ ·・][^\W\d_a-zA-Z]{1,12}){0,3}")
_LOOSE_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){1,4}")
_GROUP = re.compile(
    r"\b(?:staff|desk|newsroom|team|editor|editors|editorial|agency|agencies|news|press|bureau|department|redaktion|"
    r"редакция|служба|агентство)\b",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})*")


def when(stated: str, method: str) -> When | None:
    """Return the date that a field states, None if it states none or two are possible; `method` names the field."""
    text = html.unescape(stated[:200]).strip()
    text = _LABEL.sub("", _ZONE_NAME.sub("", _REMARK.sub("", text)), count=1)
    if month := _MONTH.fullmatch(text):
        return When(dt.datetime(int(month[1]), int(month[2]), 1), "month", method=method)
    moment = dates.whole(text)
    if moment is None or moment.value is None or moment.value == _EPOCH:
        return None
    return When(moment.value, moment.precision, moment.zone, method=method)


def people(stated: str, *, outlets: tuple[str, ...] = (), declared: bool = False) -> tuple[str, ...]:
    """Return the persons that a byline names, without "By", jobs, addresses and the outlet's own name.

    `declared`: the file says that this is one person's name, so it need not look like one.
    """
    text = " ".join(html.unescape(stated[:500]).split())
    if match := _MAIL_THEN_NAME.match(text):  # how RSS writes an author
        text = match[1]
    text = _MAIL.sub(" ", text).replace("<", " ").replace(">", " ").strip(" ,;|\"'")
    if match := _BY.match(text):
        text = text[match.end() :]
    if not text or "://" in text or text.startswith(("www.", "@", "#")) or text.casefold() in _NOBODY:
        return ()
    own = {name.casefold().removeprefix("the ") for name in outlets}
    found = _named(" ".join(text.split()), declared=declared)
    return tuple(dict.fromkeys(name for name in found if name.casefold().removeprefix("the ") not in own))


def _named(text: str, *, declared: bool) -> tuple[str, ...]:
    credit = names.credit(text, one_word=declared and not names.is_role(text))
    if credit is not None:
        return tuple(name for name in credit.authors if name.casefold() not in _NOBODY)
    if not any(c.isupper() or c.islower() for c in text):
        parts = [part.strip() for part in re.split(r"[,，、;；/]|\s{2,}", text)]
        return tuple(part for part in parts if _UNCASED_NAME.fullmatch(part))
    if (
        declared
        and not _GROUP.search(text)
        and len(text) <= 60
        and _LOOSE_NAME.fullmatch(text)
        and not names.is_role(text)
    ):
        return (text,) if names.outlet(text) is None else ()
    return ()


def address(stated: str | None, *, base: str | None = None) -> str | None:
    """Return a web address as a whole one, None if it is none or only leads to a site's front page."""
    if not stated or len(stated) > 2000:
        return None
    try:
        whole = urljoin(base or "", html.unescape(stated.strip()))
        parts = urlsplit(whole)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or re.search(r"[\s<>\"]", whole):
        return None
    return whole if parts.path.strip("/") or parts.query else None


def language(stated: str | None) -> str | None:
    """Return the language of a tag such as "en_GB", in small letters: "en"."""
    match = _LANGUAGE.fullmatch((stated or "").strip().split(",")[0])
    return match[1].lower() if match else None


def line(stated: str | None) -> str | None:
    """Return what was written as one line, its character references read; None if it shows nothing."""
    return " ".join(html.unescape(stated).split()) or None if stated else None

"""Tell what a mail says itself, or passes on, from the mails that it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Said:
    """What a mail says: its own words, and those it passes on; `headers` is what it says of the mail passed on.

    The names of `headers` are "from", "date" and "subject", whatever language the mail program speaks.
    """

    text: str
    is_forwarded: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


_SIGNATURE = re.compile(r"^-- ?$")
_PASSED_ON = re.compile(
    r"[-_\s]*(?:(?:begin\s+)?forwarded\s+message|weitergeleitete\s+nachricht|message\s+transféré|"
    r"mensaje\s+reenviado|(?:пересылаемое|пересланное|перенаправленное)\s+сообщение)\s*(?:[-_]{2,}|:)\s*",
    re.IGNORECASE,
)
_ANSWERED = re.compile(
    r"[-_]{2,}\s*(?:original\s+message|original\s+appointment|ursprüngliche\s+nachricht|message\s+d['’]origine|"
    r"исходное\s+сообщение)\s*[-_]{2,}\s*",
    re.IGNORECASE,
)
_FORWARD_SUBJECT = re.compile(r"\s*(?:fwd?|wg|rv|enc|пересл?|hl)\s*:\s*", re.IGNORECASE)
_WROTE = re.compile(
    r"(?:On\b.{4,200}\bwrote|Am\b.{4,200}\bschrieb\b.{0,100}|Le\b.{4,200}\ba écrit|El\b.{4,200}\bescribió|"
    r".{4,200}\b(?:пишет|написал|написала))\s*:",
    re.DOTALL,
)
_HEADER = re.compile(r"[>*_\s]{0,6}(?P<name>[^\W\d_][\w -]{0,14}?)[*_\s]{0,3}:[*_\s]*(?P<value>.*)")
_NAMES = {
    "from": "from", "von": "from", "de": "from", "от": "from", "от кого": "from",
    "date": "date", "sent": "date", "gesendet": "date", "datum": "date", "envoyé": "date", "fecha": "date",
    "enviado": "date", "отправлено": "date", "дата": "date",
    "subject": "subject", "betreff": "subject", "objet": "subject", "asunto": "subject", "тема": "subject",
    "to": "", "an": "", "à": "", "para": "", "кому": "", "cc": "", "kopie": "", "копия": "", "bcc": "",
    "reply-to": "", "importance": "", "attachments": "", "organization": "",
}  # fmt: skip
_BEGINS = re.compile(r"[>*_\s]{0,6}(?:from|von|de|от)\b", re.IGNORECASE)
_MOST_HEADERS = 12  # lines, with blank ones between them and long lists of recipients that go on


def without_forward(subject: str) -> str:
    """Return a subject without the "Fwd:" that a mail program put before it."""
    while found := _FORWARD_SUBJECT.match(subject):
        subject = subject[found.end() :]
    return subject


def said(text: str, subject: str = "") -> Said:
    """Return what a mail says and passes on, without its signature and the mails it answers."""
    lines = text.split("\n")
    is_forward = _FORWARD_SUBJECT.match(subject) is not None
    for at, line in enumerate(lines):
        passed_on = _PASSED_ON.fullmatch(line)
        answered = _ANSWERED.fullmatch(line) or (_headers(lines, at)[0] > at)
        if passed_on or (answered and is_forward):
            return _forwarded(lines, at)
        if answered and any(own.strip() for own in lines[:at]):
            return Said(_own(lines[:at]))
    return Said(_own(lines), is_forwarded=is_forward)


def _forwarded(lines: list[str], at: int) -> Said:
    """Return the note above a mail that is passed on, and that mail without its headers."""
    begin = at if _headers(lines, at)[0] > at else at + 1
    after = lines[begin:]
    if all(line.startswith(">") for line in after if line.strip()):
        after = [re.sub(r"^> ?", "", line) for line in after]
    first = next((number for number, line in enumerate(after) if line.strip()), 0)
    end, headers = _headers(after, first)
    parts = (_own(lines[:at]), "\n".join(after[end:]).strip())
    return Said("\n\n".join(part for part in parts if part), is_forwarded=True, headers=headers)


def _headers(lines: list[str], at: int) -> tuple[int, dict[str, str]]:
    """Return where the headers of a mail end that begin at a line, and what they state; `at` if none begin there."""
    found: dict[str, str] = {}
    end = at
    if at >= len(lines) or not _BEGINS.match(lines[at]):
        return at, found
    for number in range(at, min(at + _MOST_HEADERS, len(lines))):
        if not lines[number].strip():
            if number == at:
                break
            continue
        header = _HEADER.fullmatch(lines[number]) if len(lines[number]) <= 2_000 else None
        name = _NAMES.get(header["name"].lower()) if header else None
        if header is None or name is None or ((number == at) != (name == "from")):
            break
        found.setdefault(name, header["value"].strip())
        end = number + 1
    return (end, found) if "from" in found and {"date", "subject"} & found.keys() else (at, {})


def _own(lines: list[str]) -> str:
    """Return the lines above the signature, without those that are quoted and what introduces them."""
    ends = (number for number, line in enumerate(lines) if _SIGNATURE.fullmatch(line))
    end = next((number for number in ends if any(line.strip() for line in lines[:number])), len(lines))
    lines = lines[:end]
    kept = [line for line in lines if not line.startswith(">")]
    if len(kept) == len(lines):
        return "\n".join(lines).strip()
    first = next(number for number, line in enumerate(lines) if line.startswith(">"))
    before = lines[:first]
    for count in (1, 2, 3):  # "On Thursday, Ann Lee wrote:" above the quotation, broken over up to three lines
        tail = [line for line in before if line.strip()][-count:]
        if tail and _WROTE.fullmatch(" ".join(tail).strip()):
            cut = before.index(tail[0]) if before.count(tail[0]) == 1 else len(before) - count
            return "\n".join([*before[:cut], *(line for line in lines[first:] if not line.startswith(">"))]).strip()
    return "\n".join(kept).strip()

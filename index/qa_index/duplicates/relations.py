"""Which of several articles in the same words came first, and what the others are to it."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import numpy as np

from qa_index.duplicates import Kin, Relation
from qa_index.duplicates.signature import SHINGLE, body, shingle_hashes, words
from qa_index.types import Article, When

_Moment = tuple[dt.date, dt.datetime]
Age = tuple[dt.date, dt.datetime, _Moment, int, str]

_HEAD, _TAIL = 700, 1500  # characters in which an article says that it was changed
_SENTENCE_WORDS = 8  # less is a line under a picture, or "Read more"
_NEVER = (dt.date.min, dt.datetime.min)
_UNTIMED = dt.datetime.max  # after those of its day that say the hour: agencies do, and they come first
_ERROR = (
    r"mis(?:stat|identif|spell|spelt|character|quot|nam|report|attribut|label|calculat)|incorrect|inaccura|erroneous|wrong"
    r"|mistaken|in error|transpos|overstat|understat|omitted"
)
_PIECE = r"(?:story|article|report|piece|post|version|item|headline|column|dispatch|page)"
_DATED = r"(?: (?:to|of) [^\n:]{0,60}|[ ,(]{1,2}[^\n:]{0,20}\d[^\n:]{0,8})?"
_CORRECTS = (
    r"(?:to|in|paragraph|para|headline|spelling|name|date|day|year|month|number|figure|title|attribution|typo)s?\b"
)
_CORRECTION = re.compile(
    rf"^[^\w\n]*(?:corrections?(?: (?:&|and) clarifications?)?|corrected|clarifications?){_DATED}\s*[:\-–—|].*"
    r"|^[^\w\n]*(?-i:CORRECT(?:ED|ION|S))\b.*"  # "Corrections officers" are none
    rf"|^[^\w\n]*(?:\((?:corrects|refiles)\b|(?:corrects|refiles) {_CORRECTS}).*"
    rf"|\bthis {_PIECE}(?: has been| was| is| had been)? (?:correct(?:s|ed)|refiled)\b.*"
    rf"|\bthis {_PIECE} (?:has been|was) (?:updated|amended|changed|edited|revised) to "
    r"(?:correct|fix|clarify|accurately|(?:include|reflect|show|give) the correct)\b.*"
    rf"|\bthis {_PIECE} was amended on\b.*"
    r"|\b(?:earlier|previous) version (?:of it )?(?:said|stated|gave)\b[^\n]{0,160}; (?:it|that) (?:was|is|should)\b.*"
    r"|\b(?:earlier|previous|prior|original|first) (?:version|edition)s? of this "
    rf"{_PIECE}\b[^\n]{{0,120}}?(?:{_ERROR}).*"
    rf"|\bthis {_PIECE} (?:originally|previously|earlier|initially|incorrectly)\b[^\n]{{0,120}}?(?:{_ERROR}).*",
    re.IGNORECASE | re.MULTILINE,
)
_UPDATE = re.compile(
    r"^[^\w\n]*update(?:d)?[ \-–]?\d{1,2}\b\W.*"
    r"|^[^\w\n]*(?:update|latest)\s*[:\-–—|].*"
    r"|^[^\w\n]*updates (?:with|throughout|to|lede?|headline|number|toll|prices|story|paragraph|shares)\b.*"
    r"|^[^\w\n]*(?:\((?:updates|adds|recasts)\b|recasts[ ,;)]).*"
    rf"|\bthis (?:is an updated {_PIECE}|{_PIECE} (?:has been|was|is being) updated)\b.*",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBER = re.compile(r"\d[\d.,]*")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+|\n+")
_SUBDOMAIN = re.compile(r"^(?:www\d?|m|mobile|amp|edition)\.")


def age(published: When | None, characters: int, article_id: str, *, updated: When | None = None) -> Age:
    """Return what sorts articles by which came first.

    Known dates before unknown ones; on one day those that say the hour first; of one moment of publication those that
    were not updated since, then those that were updated earliest, as versions of one page are; then the longest, then
    by id. A month or a year counts as its last day, so that what is surely earlier stays earlier.
    """
    first = _moment(published) if published else (dt.date.max, _UNTIMED)
    last = _moment(updated) if updated else _NEVER
    return *first, last if last != first else _NEVER, -characters, article_id


def _moment(when: When) -> _Moment:
    hour = _in_utc(when) if when.precision in ("minute", "second") else _UNTIMED
    return _last_day(when), hour


def family(members: Sequence[Article]) -> tuple[Kin, ...]:
    """Return what each of a group is to its original, the earliest, which is left out; in the order they came."""
    original, *others = sorted(members, key=_age_of)
    return tuple(Kin(other.id, original.id, relation(original, other)) for other in others)


def _age_of(article: Article) -> Age:
    return age(article.published, len(article.text), article.id, updated=article.updated)


def relation(original: Article, other: Article) -> Relation:
    """Tell what an article is to an earlier one in the same words.

    A correction says so, where the original does not. An update says so, or has other figures, or is by the same
    publisher or at the same address and has a sentence of its own. What is left is a reprint.
    """
    if _says(_CORRECTION, other, original):
        return "correction"
    if _says(_UPDATE, other, original) or _has_own_figures(original, other):
        return "update"
    return "update" if _same_house(original, other) and _has_own_sentence(original, other) else "reprint"


def _in_utc(moment: When) -> dt.datetime:
    """Return the moment in UTC where its offset is stated, else as written."""
    stated = re.fullmatch(r"([+-])(\d{1,2}):?(\d\d)", moment.zone or "")
    if not stated:
        return moment.value
    offset = dt.timedelta(hours=int(stated[2]), minutes=int(stated[3]))
    try:
        return moment.value - offset if stated[1] == "+" else moment.value + offset
    except OverflowError:  # in the first or last hours of the calendar
        return moment.value


def _last_day(moment: When) -> dt.date:
    day = moment.date
    if moment.precision == "year":
        return day.replace(month=12, day=31)
    if moment.precision == "month":
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day


def _says(notice: re.Pattern[str], other: Article, original: Article) -> bool:
    """Tell whether the other one has a notice of this kind that the original has not.

    Masked text counts: a notice often stands in what is masked.
    """
    known = {tuple(words(found)) for found in _notices(notice, original)}
    return any(tuple(words(found)) not in known for found in _notices(notice, other))


def _notices(notice: re.Pattern[str], article: Article) -> list[str]:
    text = article.text
    ends = [text] if len(text) <= _HEAD + _TAIL else [text[:_HEAD], text[-_TAIL:]]
    return [found.group() for place in (article.title or "", *ends) for found in notice.finditer(place)]


def _same_house(original: Article, other: Article) -> bool:
    if original.url and other.url and _address(original.url) == _address(other.url):
        return True
    if original.publisher and other.publisher:
        return original.publisher.strip().casefold() == other.publisher.strip().casefold()
    return bool(original.url and other.url) and _host(original.url or "") == _host(other.url or "")


def _address(url: str) -> tuple[str, str]:
    """Return host and path of an address, without what names a reader, a place in the page or a form of it."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return "", url
    return _host(url), re.sub(r"(?:/amp|/index\.html?|\.amp)?/*$", "", path)


def _host(url: str) -> str:
    try:
        return _SUBDOMAIN.sub("", (urlsplit(url).hostname or url).casefold())
    except ValueError:
        return url


def _has_own_figures(original: Article, other: Article) -> bool:
    """Tell whether a sentence of the original stands in the other one with another number in it."""
    known = {tuple(_NUMBER.sub("#", sentence).split()): sentence for sentence in _sentences(original)}
    for sentence in _sentences(other):
        before = known.get(tuple(_NUMBER.sub("#", sentence).split()))
        if before is not None and before != sentence:
            return True
    return False


def _sentences(article: Article) -> list[str]:
    found = (" ".join(each.split()) for each in _SENTENCE_END.split(body(article.text, article.masked)))
    return [each for each in found if each.count(" ") >= _SENTENCE_WORDS - 1]


def _has_own_sentence(original: Article, other: Article) -> bool:
    """Tell whether the other one has a sentence, or a changed one, that the original has not."""
    sentences = [words(sentence) for sentence in _SENTENCE_END.split(body(other.text, other.masked))]
    own = ~np.isin(
        shingle_hashes([word for sentence in sentences for word in sentence]),
        shingle_hashes(words(body(original.text, original.masked))),
    )
    ends = np.cumsum([len(sentence) for sentence in sentences]).tolist()
    return any(
        len(sentence) >= _SENTENCE_WORDS and own[end - len(sentence) : end - SHINGLE + 1].any()
        for sentence, end in zip(sentences, ends, strict=True)
    )

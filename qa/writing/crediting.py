"""Whether a claim keeps to whom its sentences give their news, and who that is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa.attribution import attributed_to
from qa.dates import find_dates
from qa.names import ROLES, find_names
from qa.words import FUNCTION_WORDS, content, stem, stems, words
from qa.writing.evidence import Evidence, nfc, published

_SAY = (
    "said|says|say|saying|told|tells|tell|reported|reports|report|reporting|stated|states|announced|announces|added|adds"
    "|claimed|claims|revealed|stressed|wrote|writes|noted|warned|argued|confirmed|denied|explained|insisted|declared|tweeted"
    "|suggested|estimated|estimates|acknowledged|admitted|emphasized|emphasised|alleged|believes|believed|thinks"
)
# Anything in a sentence that shows that somebody says something.
_SAYING = (
    f"{_SAY.replace('|', ' ')} according accord cite citing cited quote quoted statement spokesman spokeswoman "
    "spokesperson describe described call called thank thanked urge urged ask asked accuse accused promise promised "
    "pledge pledged comment commented interview speech letter testify testified name named assert asserted reveal "
    "show showed found find survey poll study inform informed publish published release released"
)
_MAYBE = r"\s+(?:has\s+|have\s+|had\s+|also\s+)?"
_LONGEST_CREDIT = 9  # words
_LONGEST_SENTENCE = 2_000  # characters: what is longer is no sentence that gives its news to one person
_SPEAKS = re.compile(rf"(?:,[^,]{{2,80}},|,)?{_MAYBE}(?:{_SAY})\b", re.IGNORECASE)
_SPOKEN = re.compile(
    rf"(?:\b(?:according to|citing|cited|(?:{_SAY}) by)"
    r"|\b(?:announcement|statement|report|letter|interview)\s(?:\w+\s){0,2}(?:from|by|of|with)"
    rf"|[,”\"'’]\s(?:{_SAY}))\s(?:[\w’'-]+\s){{0,5}}$",
    re.IGNORECASE,
)
_CREDIT_FIRST = re.compile(
    r"^\s*(?:according to|as reported by|as per|citing)\s+(?P<who>[^,]{2,80}),\s*", re.IGNORECASE
)
_CREDIT_LAST = re.compile(
    rf",\s*(?:according to|as reported by|citing|(?P<verb>{_SAY})\s)\s*(?P<who>[^,.]{{2,80}})[.\s]*$"
    rf"|,\s*(?P<who2>[^,.]{{2,80}}?)\s+(?:{_SAY})(?:\s+on\s[\w\s]{{3,30}})?[.\s]*$",
    re.IGNORECASE,
)
_CREDIT_THAT = re.compile(
    rf"^\s*(?P<who>[^,.]{{2,80}}?){_MAYBE}(?:{_SAY})"
    rf"(?:\s+(?P<when>(?:on|in)\s[^,]{{3,30}}?))?(?:,|\s+that\b|:)\s*",
    re.IGNORECASE,
)
# What gives a claim to an outlet and adds nothing: no "denied", "claimed" or "alleged".
_REPORTS = (
    r"(?:has\s+|had\s+|have\s+)?(?:also\s+)?(?:sa(?:id|ys?)|report(?:ed|s)?|stated?|states|wrote|writes?|noted?|notes)"
)
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
_DAY = rf"(?:{_NTH}\s+(?:of\s+)?[a-z]{{3,9}}\.?|[a-z]{{3,9}}\.?\s+{_NTH})(?:,?\s+\d{{4}})?|\d{{4}}-\d\d-\d\d"
_WHEN = rf"(?P<when>,?\s+(?:on\s+)?(?:(?:[a-z]+day,?\s+)?(?:the\s+)?(?:{_DAY})|[a-z]+day)(?![\w’']))?"
_BY_OUTLET = (
    rf"^\s*(?:according to|as reported by|as per)\s+{{who}}{_WHEN},\s*",
    rf"^\s*{{who}}\s+{_REPORTS}{_WHEN}(?:\s+that\b|\s*[,:])\s*",
    rf"^\s*{{who}}(?P<when>)\s+{_REPORTS}\s+",
    rf",\s*(?:according to|as reported by)\s+{{who}}{_WHEN}[.\s]*$",
    rf",\s*{{who}}\s+{_REPORTS}{_WHEN}[.\s]*$",
    rf",\s*{_REPORTS}\s+{{who}}{_WHEN}[.\s]*$",
)
# Where a sentence passes to something that need not be the same person's news.
_PIECE = re.compile(
    r"\n|;\s|\s[–—]\s|,\s+(?:while|whereas|but|although|though|and|as)\b|\s(?:while|whereas|although|though)\s"
)
_SAID_BEHIND = re.compile(
    rf"(?:,[^,]{{2,80}},)?{_MAYBE}(?:(?:said|says|told|stated|states|wrote|writes)\b"
    rf"|(?:{_SAY})\b(?=\s+that\b|\s*[,.:“\"]|\s*$))(?:\s+that\b)?",
    re.IGNORECASE,
)
_GIVEN_BEFORE = re.compile(
    rf"(?:\b(?:according to|as reported by)|[,”\"'’]\s(?:{_SAY}))\s(?:[\w’'-]+\s){{0,4}}$",
    re.IGNORECASE,
)
_CREDIT_SAID = re.compile(rf"^\s*(?P<who>[^,.]{{2,80}}?){_MAYBE}(?:{_SAY})\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Credit:
    """Whom a text gives its news to, and the rest of the text, which is that news."""

    who: str
    rest: str
    around: str


def credits_of(text: str) -> Iterator[Credit]:
    """Yield whom a text gives its news to in so many words: "According to …", "… said that", "…, … reported"."""
    for form in (_CREDIT_FIRST, _CREDIT_THAT, _CREDIT_LAST, _CREDIT_SAID):
        if match := form.search(text):
            groups = match.groupdict()
            who = (groups.get("who") or groups.get("who2") or "").strip()
            if who and len(who.split()) <= _LONGEST_CREDIT:
                yield Credit(who, (text[: match.start()] + text[match.end() :]).strip(" ,"), match.group())


def by_outlet(claim: str, evidence: Evidence) -> Credit | None:
    """Return the credit of a claim that gives its news to the outlet of a cited article, and to nobody else.

    Nothing is cut but the outlet, a verb that says no more than that it says so, and the day the article appeared.
    """
    for article in evidence.articles:
        outlet = re.findall(r"\w+", nfc(article.publisher or ""))
        if outlet and (given := _given_to(_outlet(outlet), claim, published(article))):
            return given
    return None


def _outlet(name: list[str]) -> str:
    """Return the pattern of an outlet's name, with or without "the"."""
    told = name[1:] if name[0].lower() == "the" and len(name) > 1 else name
    return r"(?P<who>(?:the\s+)?" + r"\W+".join(map(re.escape, told)) + r"\b)"


def _given_to(who: str, claim: str, day: dt.date | None) -> Credit | None:
    """Return the credit of a claim to what a pattern finds, if what stands with it is a verb and this day."""
    for form in _BY_OUTLET:
        if match := re.search(form.replace("{who}", who), claim, re.IGNORECASE):
            rest = (claim[: match.start()] + claim[match.end() :]).strip(" ,")
            if len(rest.split()) > 1 and _is_day(match["when"] or "", day):
                return Credit(match["who"], rest, match.group())
    return None


def _is_day(when: str, day: dt.date | None) -> bool:
    """Whether what stands beside an outlet is nothing, or the day the article appeared."""
    bare = re.sub(r"^on\s+", "", when.strip(" ,"))
    dates = list(find_dates(bare, day))
    whole = len(dates) == 1 and (dates[0].start, dates[0].end) == (0, len(bare))
    return not bare or (whole and day is not None and dates[0].day == day)


def source_of(text: str, evidence: Evidence) -> str | None:
    """Return whom the one cited sentence gives this text to, None if it gives it to nobody who can be named."""
    if len(evidence.sentences) != 1 or len(evidence.text) > _LONGEST_SENTENCE:
        return None
    if not (who := attributed_to(evidence.text)):
        return None
    told = {word.stem for word in content(text)} & evidence.stems
    told -= {word.stem for word in words(who)} | stems(_SAYING) | ROLES
    for piece in _PIECE.split(evidence.text):
        if told and any(told <= stems(news) for news in _news_of(who, piece)):
            return who
    return None


def _news_of(who: str, piece: str) -> Iterator[str]:
    """Yield what a part of a sentence gives to somebody: what stands behind "she said that", else all around it."""
    for match in re.finditer(rf"\b{re.escape(who)}(?!\w)", piece):
        before, behind = piece[: match.start()], piece[match.end() :]
        said = _SAID_BEHIND.match(behind)
        if _GIVEN_BEFORE.search(before):
            yield before + behind
        elif said and sum(1 for _ in content(behind[said.end() :])) > 1 and not re.search(r"[,”\"'’]\s*$", before):
            yield behind[said.end() :]
        elif said:
            yield before + behind


def sources(evidence: Evidence) -> Iterator[str]:
    """Yield whom the evidence gives its news to, as it says; for a ministry or "officials" as for a person."""
    for sentence in evidence.sentences:
        text = nfc(" ".join(sentence.text.split()))
        if named := attributed_to(text):
            yield named
        for name in find_names(text):
            if _SPEAKS.match(text, name.end) or _SPOKEN.search(text, max(0, name.start - 40), name.start):
                yield text[name.start : name.end]
        yield from (given.who for given in credits_of(text))


def miscredited(claim: str, evidence: Evidence) -> str | None:
    """Return whom a claim gives its news to, if the evidence gives it to somebody else or to nobody; else None."""
    known = [_telling(source) for source in sources(evidence)]
    given = [each.who for each in credits_of(claim)]
    if not given and (named := attributed_to(claim)):
        given = [named]
    for who in given:
        own = _telling(who)
        if not own or any(own & each for each in known):
            continue
        if known or not any(_speaks(nfc(sentence.text), own) for sentence in evidence.sentences):
            return who
    return None


def _telling(who: str) -> set[str]:
    """Return the stems of the words that tell one source from another."""
    names = {stem(word.text) for name in find_names(who) for word in words(who[name.start : name.end])}
    told = names or {word.stem for word in content(who)}
    return {each for each in told if each not in FUNCTION_WORDS | ROLES} or {word.stem for word in content(who)}


def _speaks(sentence: str, own: set[str]) -> bool:
    """Whether a sentence names somebody and has anybody say something behind that."""
    told = [word.stem for word in words(sentence)]
    first = next((place for place, each in enumerate(told) if each in own), len(told))
    return bool(stems(_SAYING).intersection(told[first:]))

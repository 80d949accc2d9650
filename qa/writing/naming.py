"""Whether every name of a claim stands in the sentences it cites, under this name or another of the same."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import pairwise

from qa.names import CAPITALS, ROLES, Name, acronyms, find_names, is_country, is_demonym
from qa.words import FUNCTION_WORDS, same, stem, words
from qa.writing.evidence import Evidence

# Names of one thing that do not begin alike; several words of a name are one of its words each.
_ALIASES = (
    "us|u.s|usa|america|american|americans|united states",
    "uk|u.k|britain|british|briton|britons|united kingdom",
    "eu|european union",
    "un|u.n|united nations",
    "uae|united arab emirates|emirati",
    "nato|north atlantic treaty organization|north atlantic treaty organisation",
    "who|world health organization|world health organisation",
    "imf|international monetary fund",
    "france|french",
    "germany|german",
    "spain|spanish",
    "netherlands|dutch|holland",
    "greece|greek",
    "turkey|turkish|turkiye|türkiye",
    "poland|polish",
    "denmark|danish",
    "sweden|swedish",
    "finland|finnish",
    "norway|norwegian",
    "switzerland|swiss",
    "wales|welsh",
    "ireland|irish",
    "scotland|scottish",
    "england|english",
    "china|chinese",
    "thailand|thai",
    "kyrgyzstan|kyrgyz",
    "tajikistan|tajik",
    "uzbekistan|uzbek",
    "turkmenistan|turkmen",
    "philippines|filipino",
    "czechia|czech",
    "iraq|iraqi",
    "ukraine|ukrainian",
    "mexico|mexican",
    "peru|peruvian",
    "cyprus|cypriot",
    "iceland|icelandic",
    "myanmar|burma",
)
_ACRONYM = re.compile(r"[A-Z]{2,7}")
_TITLES = frozenset("mr mrs ms dr sir lord lady rev".split())
_NOT_IN_NAMES = FUNCTION_WORDS | frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december al de la le van von bin today yesterday tomorrow".split()
)
# Nouns that begin a sentence without an article; any other lone capital before a verb is a name.
_MASS = frozenset(
    "police unrest violence oil gas water fuel work traffic power trade news rain snow fire food money aid research "
    "media data evidence people everyone everybody everything nothing nobody someone something life death war peace "
    "anger fear support demand help access staff crew talk debate growth progress trouble damage control order law "
    "business industry health music sport school university court parliament government congress production inflation "
    "unemployment crime poverty energy electricity coal steel gold labour labor voter turnout output".split()
)
_MASS_ENDING = re.compile(r"(?:s|ing|ed|ly|tion|sion|ment|ness|ity|ism|ance|ence|ship|cy|age|ure|ery|est|more|less)$")
_VERB_BEHIND = re.compile(
    r"(?:['’]s)?,?\s+"
    r"(?:(?:also|then|later|now|never|not|just|still|soon|again|[a-z]+ly|himself|herself|in person|who)\s+){0,2}"
    r"(?:himself|herself|whose|opens|says|visits|meets|signs|calls|orders|wants|holds|takes|makes|leaves|wins|loses|leads"
    r"|is|was|has|had|will|would|did|does|can|could|may|might|said|says|told|took|made|won|lost|left|became|came|went"
    r"|[a-z]{2,}ed)\b"
)


def strange_name(claim: str, evidence: Evidence) -> str | None:
    """Return the first name of the claim that the evidence does not have, None if it has all.

    A surname stands for the full name that the article gives, an acronym for the name it defines, and the word for a
    country's people for the country. An office before a name must be one that the article gives it.
    """
    here = _known(evidence)
    for name in find_names(claim):
        text = claim[name.start : name.end]
        lacking = [token for token in _tokens(text) if not _is_there(token, evidence, here)]
        if lacking and _begins_sentence(claim, name.start) and _is_common(claim, name, lacking[0]):
            lacking = lacking[1:]
        if lacking and not _is_alias(text, lacking, evidence):
            return text
        if not lacking and _is_blended(text, evidence):
            return text
        if (office := _strange_office(claim, name, evidence)) is not None:
            return office
    return None


def _tokens(name: str) -> list[str]:
    """Return the words of a name that tell it from others."""
    found = re.findall(r"(?:[^\W_]\.){2,}|[^\W_][\w\u0300-\u036f]*", name)
    return [token for token in found if len(token) > 1 and token.lower() not in _NOT_IN_NAMES | _TITLES]


def _known(evidence: Evidence) -> frozenset[str]:
    """Return the words of all other names for what the evidence names."""
    text = " " + " ".join(re.findall(r"[\w.]+", evidence.text.lower())).replace(". ", " ").rstrip(".") + " "
    cased = " " + " ".join(re.findall(r"\w+", evidence.text)) + " "
    found: set[str] = set()
    for group in _ALIASES:
        names = group.split("|")
        if any(f" {name} " in text for name in names if len(name) > 3) or any(
            f" {name.upper().replace('.', ' ')} " in cased for name in names if len(name) <= 3
        ):
            found.update(part for name in names for part in (name, *name.split()))
    return frozenset(found)


def _is_there(token: str, evidence: Evidence, known: Collection[str]) -> bool:
    """Whether one word of a name stands in the evidence, or a word for the same does."""
    if token in evidence.surfaces or token.lower().rstrip(".") in known:
        return True
    if _ACRONYM.fullmatch(token):
        return token in acronyms(evidence.text)
    own = stem(token)
    if own in evidence.stems:
        return True
    if is_country(token) or is_demonym(token) or not token.isascii():
        return any(same(own, word.stem) for word in evidence.words if word.is_name)
    return False


def _is_alias(name: str, lacking: Collection[str], evidence: Evidence) -> bool:
    """Whether the article gives this name to somebody whom the evidence names by a part of it, or by its initials."""
    tokens = _tokens(name)
    pattern = re.compile(r"[\s-]+".join(map(re.escape, re.findall(r"\w+", name))))
    for text in evidence.around:
        if not pattern.search(text):
            continue
        last = tokens[-1]
        if last not in lacking and last in evidence.surfaces and len(_full_names(text, last)) == 1:
            return True
        initials = "".join(part[0] for part in re.findall(r"[A-Z]\w+", name))
        if len(initials) > 2 and initials in evidence.surfaces:
            return True
    return False


def _is_blended(name: str, evidence: Evidence) -> bool:
    """Whether a name is made of parts of two: "Ada Venn" of "Ada Brook" and "Karl Venn"."""
    for one, two in pairwise(name.split()):
        if not (_is_personal(one) and _is_personal(two)):
            continue
        first, last = re.escape(one), re.escape(two)
        together = re.compile(rf"\b{first}[\s-]+(?:\w[\w.’'-]*\s+){{0,2}}{last}\b")
        if any(together.search(text) for text in evidence.around):
            continue
        other_last = re.search(rf"\b{first}\s+[{CAPITALS}]", evidence.text)
        other_first = re.search(rf"\b([{CAPITALS}][\w’'-]*)\s+{last}\b", evidence.text)
        if other_last and other_first and _is_personal(other_first[1]):
            return True
    return False


def _is_personal(word: str) -> bool:
    """Whether a word may be part of a person's name."""
    lowered = word.lower()
    titled = lowered in ROLES | _NOT_IN_NAMES | _TITLES
    return word.istitle() and not titled and not is_country(word) and not is_demonym(word)


@lru_cache(maxsize=256)
def _full_names(text: str, surname: str) -> frozenset[str]:
    """Return the first names that an article gives people of this surname."""
    found = re.findall(rf"\b([{CAPITALS}][\w-]+)\s+{re.escape(surname)}\b", text)
    return frozenset(first for first in found if first.lower() not in ROLES | _NOT_IN_NAMES and not is_demonym(first))


def _begins_sentence(claim: str, start: int) -> bool:
    return not claim[:start].strip(" \"'“”‘’«»(") or re.search(r"[.!?:;]\W*$", claim[:start]) is not None


def _is_common(claim: str, name: Name, first: str) -> bool:
    """Whether the capital of a sentence's first word is no name's, as far as can be told from its looks."""
    text = claim[name.start : name.end]
    if not text.startswith(first) or _ACRONYM.fullmatch(first):
        return False
    if text != first:
        return False  # of several capitals in a row none is there by chance
    lowered = first.lower()
    if lowered in _MASS or _MASS_ENDING.search(lowered):
        return not is_demonym(first) or lowered in _MASS
    return not _VERB_BEHIND.match(claim, name.end)


def _strange_office(claim: str, name: Name, evidence: Evidence) -> str | None:
    """Return the office before a person's name with the name, if the article gives that person only others."""
    offices = _offices_before(claim, name.start)
    tokens = _tokens(claim[name.start : name.end])
    if not offices or not tokens:
        return None
    given: set[str] = set()
    for text in evidence.around:
        for match in re.finditer(rf"\b{re.escape(tokens[-1])}\b", text):
            given.update(_offices_near(text, match.start(), match.end()))
    if set(offices) <= given or (not given and set(map(stem, offices)) <= evidence.stems):
        return None
    return claim[_office_start(claim, name.start) : name.end]


def _offices_before(text: str, start: int) -> list[str]:
    """Return the offices that stand right before a name, without titles such as "Mr"."""
    found = words(text, max(0, start - 80), start)
    offices: list[str] = []
    end = start
    for word in reversed(found):
        lowered = word.text.lower()
        if lowered not in ROLES or text[word.end : end].strip(" -."):
            break
        offices.append(lowered)
        end = word.start
    return [office for office in offices if office not in _TITLES]


def _office_start(text: str, start: int) -> int:
    for word in reversed(words(text, max(0, start - 80), start)):
        if word.text.lower() not in ROLES:
            break
        start = word.start
    return start


def _offices_near(text: str, start: int, end: int) -> Iterator[str]:
    """Yield the offices around a name: in the words before it up to a comma, and in what is set behind it."""
    before = re.split(r"[,.;:\n]", text[max(0, start - 100) : start])[-1]
    behind = re.match(r"(?:,|\s+(?:is|was|as|who)\b)[^.;\n]{0,80}", text[end : end + 100])
    for part in (before, behind.group() if behind else ""):
        yield from (word.text.lower() for word in words(part) if word.text.lower() in ROLES)

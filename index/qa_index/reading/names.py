"""Tell people, publishers and roles apart in a byline."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Credit:
    """Who a byline names, as it is written; both empty if it names only a role, such as "Staff writer"."""

    authors: tuple[str, ...] = ()
    publisher: str | None = None


_AGENCIES = frozenset(
    name.casefold()
    for name in (
        "24.kg|AFP|Agence France-Presse|AKIpress|Al Jazeera|Anadolu|Anadolu Agency|ANI|ANSA|AP|APA|"
        "Asian News International|Associated Press|Axios|BBC|BelTA|Bloomberg|Business Insider|"
        "Business Wire|Caixin|CBS News|China Daily|CNBC|CNN|CNN Business|CNN Politics|"
        "Deutsche Welle|DPA|DW|EFE|Euronews|"
        "Financial Times|Fox News|Global Times|Globe Newswire|GlobeNewswire|IANS|Interfax|Interfax-Kazakhstan|IRNA|"
        "Kabar|Kazinform|KCNA|Khabar|Khabar 24|Kyodo|Kyodo News|Le Monde|MTI|NBC News|NHK|NHK World|"
        "NPR|PA|PA Media|Politico|PR Newswire|Press Association|Press Trust of India|PRNewswire|PTI|"
        "Radio Free Europe|Radio Free Europe/Radio Liberty|Reuters|RFE/RL|RIA|RIA Novosti|Sky News|"
        "Sputnik|SWNS|TASS|Tengri News|Tengrinews|The Guardian|The Hill|The Independent|The Week|Time|"
        "Trend|Trend News Agency|UNI|United Press International|UPI|USA TODAY|VOA|Voice of America|Vox|"
        "Wired|Xinhua|Yonhap|Zakon|Zakon.kz|Интерфакс|Казинформ|КазТАГ|Рейтер|РИА Новости|Спутник|ТАСС"
    ).split("|")
)
# The last word of the names that newspapers, broadcasters and agencies give themselves.
_OUTLET = re.compile(
    r"(?:News|Times|Post|Herald|Tribune|Journal|Gazette|Register|Observer|Telegraph|Guardian|Press|Agency|Chronicle|"
    r"Review|TODAY|Sports|Network|Radio|TV|Television|Magazine|Bulletin|Mail|Mirror|Globe|Sentinel|Courier|Inquirer|"
    r"Examiner|Dispatch|Monitor|Wire|Newswire|Service|Newspaper|Media|Broadcasting|Corporation|Online)$"
)
_GENERIC = frozenset(
    "breaking business economy latest local more national online our photo politics sport sports tech top web "
    "world".split()
)
_SITE = re.compile(
    r"(?:www\.)?[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|info|kz|kg|uz|ru|in|uk|eu|de|fr|tv|news|media)", re.I
)
_ROLES = frozenset(
    "a admin administrator agencies agency an analyst anchor and assistant associate at breaking bureau business "
    "chief columnist contributing contributor contributors correspondent correspondents deputy desk digital "
    "diplomatic editor editorial editors energy environment film for foreign freelance from global guest health house "
    "in intern international journalist journalists lead local managing multimedia national news newsdesk newsroom of "
    "online opinion our own photographer photojournalist political politics producer regional report reporter "
    "reporters reporting science senior special sports staff state team the to travel us video web white wire with "
    "world writer writers".split()
)
_PARTICLES = frozenset("al bin da de del der di du el ibn la le ten ter uulu van von y".split())
# Words that begin in capitals in a heading ("By Popular Demand"), but never in a person's name.
_NO_NAME = frozenset(
    "A All An And Any April August By Car Day December Demand Every February For Friday From Had Has Have Her His "
    "How In Is It Its January July June Land March Monday More My Night No Not November October Of On Our Popular "
    "Saturday Sea September Some Sunday That The Their These This Those Thursday To Train Tuesday Was Wednesday "
    "Were What When Where Who Why Will With You Your".split()
)
_PLACES = frozenset("Hong Los New Nur San Washington".split())  # how places of two words begin: "By …, New York"
_SPLIT = re.compile(r"\s*(?:[,;&()/]|\band\b|\bwith\b|\bи\b)\s*", re.IGNORECASE)
_PLACED = re.compile(r"\s+(?:in|at|for|of|from)\s+(?:the\s+)?(?=[A-ZА-ЯЁ])")
_ACRONYM = re.compile(r"[A-ZА-ЯЁ]{3,6}")


def credit(written: str, *, one_word: bool = False) -> Credit | None:
    """Return whom the names after "By" mean; None if they are not names, as in "By Sunday, thousands had left".

    With `one_word`, a single word is an author too ("Author: Aida").
    """
    if publisher := outlet(written):
        return Credit((), publisher)
    authors: list[str] = []
    publishers: list[str] = []
    known = False
    for part in (part.strip(" .:") for part in _SPLIT.split(written)):
        name, *places = _PLACED.split(part)
        publishers += [found for place in (part, *places) if (found := _publisher(place))]
        if _publisher(part) or is_role(part) or (places and is_role(name)):
            known = True
        elif is_person(name) or (one_word and _is_capitalised(name)):
            authors.append(name)
            known = True
        elif part and (not _is_capitalised(part) or _NO_NAME.intersection(part.title().split())):
            return None
    return Credit(tuple(dict.fromkeys(authors)), publishers[0] if publishers else None) if known else None


def outlet(name: str) -> str | None:
    """Return `name` if it is surely that of a publisher: a known agency, a name such as "… Times", a site."""
    words = name.split()
    bare = " ".join(words[1:]) if words[:1] == ["The"] else name
    if is_agency(name) or is_agency(bare) or _SITE.fullmatch(name):
        return name
    titled = 2 <= len(words) <= 6 and all(_is_capitalised(word) or word in ("of", "and", "&", "24") for word in words)
    if titled and (is_agency(words[0]) or " ".join(words[:2]) == "USA TODAY"):
        return name
    if titled and _OUTLET.search(name) and words[0].casefold() not in _GENERIC and words[:1] != ["Special"]:
        return name
    return None


def is_agency(name: str) -> bool:
    """Tell whether this is the name of a news agency or outlet that signs with it alone."""
    return bool(_AGENCIES.intersection((name.casefold(), f"the {name.casefold()}")))


def is_role(words: str) -> bool:
    """Tell whether these words name a job or nobody in particular: "Staff writers", "Our Correspondent"."""
    return bool(words) and all(word.casefold().strip("-.") in _ROLES for word in words.split())


def is_person(name: str) -> bool:
    """Tell whether this looks like the full name of a person: two to five capitalised words."""
    words = name.split()
    if not 2 <= len(words) <= 5 or not _is_capitalised(name) or words[0] in _PLACES:
        return False
    return outlet(name) is None and not is_role(name) and not _NO_NAME.intersection(name.title().split())


def affiliation(line: str) -> Credit | None:
    """Return what a line below a name adds: a publisher, or nothing but a role; None if it is neither."""
    line = line.strip(" ,;.")
    special = re.fullmatch(r"special (?:to|for) (?:(?-i:the) )?(.+)", line, re.IGNORECASE)
    if special and _is_capitalised(special[1]):
        return Credit((), special[1])
    if publisher := _publisher(line):
        return Credit((), publisher)
    return Credit() if is_role(line) else None


def _publisher(part: str) -> str | None:
    """Return the publisher that one part of a byline names: an outlet, an acronym, "Associated Press Writer"."""
    if _ACRONYM.fullmatch(part) and not is_role(part):
        return part
    words = part.split()
    while words and words[-1].casefold() in _ROLES and outlet(" ".join(words)) is None:
        words.pop()
    return outlet(" ".join(words)) if words else None


def _is_capitalised(name: str) -> bool:
    """Tell whether every word begins with a capital and holds only what names are made of."""
    words = name.split()
    made_of_letters = all(all(c.isalpha() or c in "-'’." for c in word) for word in words)
    return bool(words) and made_of_letters and all(w[0].isupper() or w in _PARTICLES for w in words)

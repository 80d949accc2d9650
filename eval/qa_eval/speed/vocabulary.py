"""Words for made-up news: names that are nobody's, and some thousand words that come up as unequally as in any text."""

from __future__ import annotations

from itertools import accumulate, product

_FAMILIAR = {
    "noun": """government minister report year week police city water election court school market price company
        bank war road hospital law budget vote union parliament strike river factory energy border aid storm harvest
        tax fire company airport agreement deal investigation crisis official leader plan team party committee study
        power worker farmer railway bridge port protest resident student doctor victim supply food health security
        industry trade debt growth agency programme proposal decision statement dispute campaign region village coast
        valley shipment contract licence permit witness judge sentence appeal audit deficit subsidy pension wage rent
        loan reserve export import tariff ferry tunnel dam pipeline mine forest drought flood fleet convoy shelter""",
    "verb": """said announced rejected approved delayed ended opened closed joined left warned praised criticised
        blocked signed cut raised lowered halted resumed defended questioned ordered cancelled extended reviewed
        postponed expanded reduced doubled inspected repaired funded banned lifted backed opposed welcomed withdrew
        confirmed denied presented replaced restored suspended supported tested visited won lost sold bought""",
    "adjective": """new old national local public private early late high low large small northern southern eastern
        western central former foreign domestic emergency annual senior regional independent temporary federal rural
        urban coastal joint armed legal medical industrial economic political financial official strong weak long
        short recent possible likely heavy light free open final first second third main major minor empty full""",
}
_STARTS = "b br c cl d dr f fl g gr h j k l m n p pl pr qu r s sk st t tr v w z".split()
_VOWELS = "a e i o u ai ea ou".split()
_ENDS = "l m n r s t nd rk st ld".split()
_ENDINGS = {
    "noun": ("", "er", "ing", "ment", "age", "ity"),
    "verb": ("ed", "ated", "ised", "ened"),
    "adjective": ("al", "ic", "ous", "ive", "ish"),
}
_MADE = {"noun": 2_400, "verb": 900, "adjective": 900}
_STEP = 7_919  # a prime, so that `number * _STEP` visits every stem, and neighbours look unlike each other

FIRST_NAMES = """Anna Boris Clara Daniel Elena Farid Greta Hugo Irina Jonas Katrin Leon Marta Nils Olga Pavel Rosa
    Samir Tamara Umar Vera Walter Yusuf Zora Amina Bruno Celia Dmitri Edith Felix Gloria Henrik Ines Jakob Karim Lydia
    Mikael Nadia Oscar Petra""".split()
ROLES = """head director spokesman spokeswoman chair secretary deputy adviser founder auditor inspector
    commissioner""".split()
BODIES = """Ministry Council University Hospital Police Chamber Museum Railway Authority Academy Tribunal
    Union""".split()
MONTHS = """January February March April May June July August September October November
    December""".split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

_KEY_SYLLABLES = [a + b for a, b in product("bdfgklmnprstvz", "aeiou")] + [
    a + b for a, b in product(("kr", "tr", "sh", "gl", "th", "dr"), "aeiou")
]
KEYS = len(_KEY_SYLLABLES) ** 3


def key(number: int) -> str:
    """Return a name that belongs to `number` alone, for numbers below `KEYS`."""
    place, syllables = number * _STEP % KEYS, []
    for _ in range(3):
        place, syllable = divmod(place, len(_KEY_SYLLABLES))
        syllables.append(_KEY_SYLLABLES[syllable])
    return "".join(syllables).capitalize() + "x"


def _stem(number: int) -> str:
    """Return one of the made-up stems of two syllables; different numbers give different stems for a long time."""
    parts = (_STARTS, _VOWELS, _ENDS[:5], _STARTS, _VOWELS, _ENDS)
    total = 1
    for part in parts:
        total *= len(part)
    place, letters = number * 6_700_417 % total, []
    for part in parts:
        place, chosen = divmod(place, len(part))
        letters.append(part[chosen])
    return "".join(letters)


def words(kind: str) -> list[str]:
    """Return the words of a kind ("noun", "verb", "adjective"), those first that come up most."""
    endings = _ENDINGS[kind]
    offset = 10_000 * list(_MADE).index(kind)
    made = (_stem(offset + each) + endings[each % len(endings)] for each in range(_MADE[kind]))
    return list(dict.fromkeys([*_FAMILIAR[kind].split(), *made]))


def zipf(count: int) -> list[float]:
    """Return running totals of 1 / (rank + 2) over `count` ranks: how often words come up, as Mandelbrot has it."""
    return list(accumulate(1 / (rank + 2) for rank in range(1, count + 1)))


def surnames() -> list[str]:
    """Return made-up family names."""
    return [_stem(40_000 + each).capitalize() + ("ev", "sen", "ak", "oro")[each % 4] for each in range(900)]


def places() -> list[str]:
    """Return made-up names of towns."""
    return [_stem(50_000 + each).capitalize() + ("burg", "a", "ovo", " Bay", "stad")[each % 5] for each in range(400)]

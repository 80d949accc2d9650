"""How far an answer agrees with the accepted ones once numbers, dates and names are written alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from qa_eval.metrics.dates import alike_dates
from qa_eval.metrics.names import alike_names
from qa_eval.metrics.numbers import POINT, alike_numbers, alike_ranges
from qa_eval.metrics.text import exact_match, f1

_SPELLINGS = (
    (re.compile("[\u00ad\u200b\u2060\ufeff]"), ""),
    (re.compile("[’‘ʼ`´]"), "'"),
    (re.compile("[‐‑]"), "-"),
)
# What parts digits goes on parting them, by signs that SQuAD's normalising leaves alone: 4:2 is neither 42 nor 4.2.
_BETWEEN_DIGITS = str.maketrans({".": POINT, ",": "‚", ":": "∶", "/": "⁄"})
_PARTED = re.compile(r"(?<=\d)[.,:/](?=\d)")
_OTHER = re.compile(rf"(?!(?<=\w)[’{POINT}‚∶⁄](?=\w))(?:\W|_)")
_SIGNS = {"&": " and ", "+": " plus ", "<": " less than ", ">": " more than ", "~": " about ", "$": " dollars "}


def alike(text: str) -> str:
    """Return the words of a text in lower case, one number, date or name written in one way only.

    "1,200" is 1200, "twenty-five" 25, "4.2 million" 4200000, "20 %" 20 percent; "Jan. 12, 2022" and "2022-01-12" are
    12 january 2022; "President Łukasz Młynarz's" is lukasz mlynarz, "J. K." jk. What may mean two things stays as it
    is: 12/01/2022, "2,5", "5 pounds". Titles are dropped, so Mr and Mrs of one name become alike. There is no ASCII
    punctuation left for SQuAD's normalising to drop: "4.2" stays apart from "42". Empty if no word is left.

    Source: our own; the tables in `tests/eval/metrics/test_facts.py` say what must become alike and what must not.
    """
    for pattern, spelling in _SPELLINGS:
        text = pattern.sub(spelling, text)
    text = alike_ranges(alike_dates(alike_numbers(alike_names(text)))).casefold()
    text = _PARTED.sub(lambda found: found[0].translate(_BETWEEN_DIGITS), text)
    return " ".join(_OTHER.sub(_plain, re.sub(r"(?<=\w)#", " sharp ", text)).split())


def facts_exact(answer: str, accepted: Sequence[str]) -> float:
    """1 if the answer equals an accepted form once both are alike, else 0; where no form is left, "" is right.

    Source: exact match of SQuAD 2.0, over `alike`.
    """
    return exact_match(alike(answer), [alike(form) for form in accepted])


def facts_f1(answer: str, accepted: Sequence[str]) -> float:
    """How many words the answer shares with the closest accepted form once both are alike, in [0, 1].

    Where no form is left, "" is right. Source: F1 of SQuAD 2.0, over `alike`.
    """
    return f1(alike(answer), [alike(form) for form in accepted])


def _plain(found: re.Match[str]) -> str:
    """Return what is no letter, digit or sign between them as words, as it is, or as the space that it stands for."""
    sign = found[0]
    category = unicodedata.category(sign)[0]
    if category == "M" or (category == "S" and not sign.isascii()):
        return sign
    return _SIGNS.get(sign, " ")

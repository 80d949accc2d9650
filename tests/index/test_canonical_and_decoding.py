from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.reading.canonical import canonical
from qa_index.reading.decoding import decode

# Canonical text

CANONICAL = {
    "windows\r\nmac\rline": "windows\nmac\nline",
    "a\x0bb\x0cc\x85d\u2028e\u2029f": "a\nb\nc\nd\ne\nf",
    "a\x00b\x07c\x1bd\x7fe\x80f": "abcdef",
    "tab\tand\nline stay": "tab\tand\nline stay",
    "lone \ud800surrogate": "lone surrogate",
    "zero\u200bwidth\u2060word\u2063joiner\ufeffmark": "zerowidthwordjoinermark",
    "soft\u00adhyphen mongolian\u180eseparator": "softhyphen mongolianseparator",
    "\u202eoverride\u202c \u2066isolate\u2069": "override isolate",
    "tags\U000e0001\U000e0041\U000e007f": "tags",
    "no\ufdd0char\ufffeac\U0001ffffter": "nocharacter",
    "  leading and trailing  \n": "  leading and trailing  \n",
    "cafe\u0301 STAYS decomposed": "cafe\u0301 STAYS decomposed",
    "a\u200db c\u200cd": "ab cd",
    "می\u200cخواهم": "می\u200cخواهم",
    "क्\u200dष": "क्\u200dष",
    "👩\u200d🚀 flies": "👩\u200d🚀 flies",
    "\u200dstart": "start",
    "ﬁ ½ № Ⅷ \xa0": "ﬁ ½ № Ⅷ \xa0",
    "left\u200eto\u200fright marks stay": "left\u200eto\u200fright marks stay",
}


@pytest.mark.parametrize(("text", "expected"), CANONICAL.items())
def test_a_canonical_text_loses_what_cannot_be_seen_and_nothing_else(text, expected):
    assert canonical(text) == expected


MARKS = st.sampled_from(list("\r\n\x0b\x85\u2028\u200c\u200d\u200b\ufeff\ud800\u202eaéаی👩क \t\u0301"))


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(MARKS, max_size=20).map("".join)))
def test_a_canonical_text_is_its_own(text):
    once = canonical(text)
    assert canonical(once) == once
    assert once.encode("utf-8").decode("utf-8") == once


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x52F, exclude_categories=["Cc", "Cf", "Cs"])))
def test_a_plain_text_keeps_its_own_offsets(text):
    assert canonical(text) == text


# Encodings

RUSSIAN = "Президент подписал закон о бюджете."
KAZAKH = "Қазақстан Президенті бүгін мәлімдеді: Алматыдағы жағдай тұрақты."
ENCODED = [
    ("Plain ASCII.", "ascii"),
    ("Naïve “café” – über №5 Қазақ 你好 👩", "utf-8"),
    ("With a mark: ё", "utf-8-sig"),
    ("With a mark: ё", "utf-16"),
    ("With a mark: ё", "utf-32"),
    ("Without a mark.", "utf-16-le"),
    ("Without a mark.", "utf-16-be"),
    (RUSSIAN, "utf-16-le"),
    (RUSSIAN, "utf-16-be"),
    ("Without a mark.", "utf-32-le"),
    ("Да", "cp1251"),
    ("Привет, мир!", "cp1251"),
    (RUSSIAN, "cp1251"),
    (RUSSIAN.upper(), "cp1251"),
    ("вышел новый закон о бюджете", "cp1251"),
    ("«Мы не сдаёмся» — сказал он… №5", "cp1251"),
    ("The word мир means peace.", "cp1251"),
    ("Президент жарлыкка кол койды, сессия бітті", "cp1251"),
    (KAZAKH, "kz1048"),
    ("Президент України підписав закон про її бюджет.", "cp1251"),
    ("Председник је потписао закон о буџету Њујорка.", "cp1251"),
    (RUSSIAN, "koi8-r"),
    ("вышел новый закон о бюджете", "koi8-r"),
    (RUSSIAN, "cp866"),
    (RUSSIAN, "iso8859-5"),
    ("He said “no” – it’s over.", "cp1252"),
    ("It costs £5m at 5 °C.", "cp1252"),
    ("Meet at the café", "cp1252"),
    ("Le président a signé la loi à Genève après l’été.", "cp1252"),
    ("Der Präsident hat das Gesetz für Österreich größer gemacht.", "cp1252"),
    ("¿Qué pasó en España mañana?", "cp1252"),
    ("Prezydent podpisał ustawę o budżecie państwa.", "cp1250"),
    ("Prezident podepsal zákon o státním rozpočtu, řekl mluvčí.", "cp1250"),
    ("Cumhurbaşkanı bütçe yasasını imzaladı.", "cp1254"),
    ("Ο πρόεδρος υπέγραψε τον νόμο.", "cp1253"),
    ("وقع الرئيس على قانون الميزانية", "cp1256"),
    ("大統領は予算法案に署名した。", "shift_jis"),
    ("总统签署了预算法案。今天北京", "gb18030"),
    ("대통령이 예산안에 서명했다.", "euc_kr"),
]


@pytest.mark.parametrize("times", [1, 30])
@pytest.mark.parametrize(("text", "encoding"), ENCODED)
def test_text_is_decoded_as_it_was_written(text, encoding, times):
    written = "\n".join([text] * times)
    assert decode(written.encode(encoding)) == written


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("naïve café – fine ".encode() + b"\xff", "naïve café – fine \ufffd"),
        ("Президент".encode()[:-1] + b" " + "подписал закон".encode(), "Президен\ufffd подписал закон"),
        ("Тоқаев “айтты” ".encode() * 30 + b"\x93", "Тоқаев “айтты” " * 30 + "\ufffd"),
        (codecs.BOM_UTF8 + b"caf\xe9", "caf\ufffd"),
    ],
)
def test_a_damaged_byte_does_not_turn_utf8_into_something_else(data, expected):
    assert decode(data) == expected


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_decode_to_some_text(data):
    assert isinstance(decode(data), str)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=200))
def test_utf8_is_always_read_as_utf8(text):
    assert decode(text.encode("utf-8")) == text

"""From bytes to text, whatever encoding they were written in."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

# Longest first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# The letters beyond ASCII of the languages that were written in each one-byte encoding, in order of preference.
_WESTERN = {
    "cp1252": "àâæçéèêëîïôœùûüÿ äöüß áéíñóúü áâãàçéêíóôõúü àèéìíòóùú åäöæøéü áðéíóúýþæö éèëïöüáóí äöõüšž",
    "cp1250": "ąćęłńóśźż áčďéěíňóřšťúůýž áäčďéíĺľňóôŕšťúýž áéíóöőúüű ăâîşţ čćđšž",
    "cp1254": "çğıöşüâîû",
}
_CYRILLIC = ("cp1251", "koi8-r", "kz1048", "cp866", "koi8-u", "iso8859-5", "mac-cyrillic")
# How common a letter is, in percent of prose: Russian, with the letters that Ukrainian and Kazakh have besides.
_FREQUENCIES = (
    "о11.0 е8.5 а8.2 и7.4 н6.7 т6.3 с5.5 і5.0 р4.7 в4.5 л4.4 ы4.0 к3.5 м3.2 д3.0 қ3.0 п2.8 у2.6 я2.0 ь1.7 г1.7 з1.6 "
    "б1.6 ғ1.5 ә1.5 ң1.5 ч1.4 й1.2 х1.0 ұ1.0 ү1.0 ө1.0 ж0.9 ш0.7 ї0.7 ю0.6 ц0.5 щ0.4 є0.4 э0.3 ф0.3 ё0.1 ў1.5 ј1.0"
)
_FREQUENCY = {item[0]: float(item[1:]) for item in _FREQUENCIES.split()}
_MEAN_FREQUENCY = 4.8  # of the letters of a text, at least; 3 for letters by chance, 5.6 for Russian
_EASTERN = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў")
_KAZAKH = frozenset("әғқңөұүһ")
_SOUTHERN = frozenset("ђјљњћџѓќѕ")  # Serbian and Macedonian: the bytes of Kazakh letters in another code page
_NEVER_SOUTHERN = frozenset("ыэьюя")
_CYRILLIC_FROM = 0.75
_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE_BYTES = 200_000
_MOST_CONTROLS = 0.01  # of all characters; news texts have none, random bytes about a tenth
_MOST_REPLACED = 0.10


def decode(data: bytes) -> str:
    """Return the text of `data`: by its byte order mark, as UTF-8, or as what its letters make likely.

    A text that is UTF-8 but for some damaged bytes stays UTF-8; the damage becomes replacement characters.
    """
    return data.decode(encoding(data), errors="replace")


def encoding(data: bytes) -> str:
    """Return the encoding that `decode` reads `data` in; a byte order mark is not part of the text."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    if b"\0" in data:
        return _wide(data) or "utf-8"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "utf-8" if _is_mostly_utf8(data) else _guess(data[:_SAMPLE_BYTES])
    return "utf-8"


def is_binary(text: str) -> bool:
    """Tell whether this is no text, however it was decoded: zeros, control characters, damage all over."""
    controls = sum(text.count(chr(code)) for code in (*range(1, 9), *range(14, 32), 127))
    return "\0" in text or controls > _MOST_CONTROLS * len(text) or text.count("\ufffd") > _MOST_REPLACED * len(text)


def _wide(data: bytes) -> str | None:
    """Return UTF-16 or UTF-32 without a mark, told by where the zeros are; None if they look like binary data."""
    sample = data[: _SAMPLE_BYTES // 4 * 4]
    for encoding, size in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        whole = sample[: len(sample) // size * size]
        text = whole.decode(encoding, errors="replace")
        shown = sum(character.isprintable() or character in "\r\n\t" for character in text)
        # Read the wrong way round, the space and the line end become rare signs, and most letters are unassigned.
        if "\ufffd" not in text[:-1] and shown >= 0.98 * len(text) and re.search(r"[ \n]", text):
            return encoding
    return None


def _is_mostly_utf8(data: bytes) -> bool:
    """Tell whether what is wrong is damage: the sequences of several bytes that are right outnumber what is wrong."""
    text = data.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd")
    right = sum(character > "\x7f" for character in text) - wrong
    # In other encodings nearly every such byte is wrong; 1 in 100 of all bytes allows for a short damaged text.
    return right >= 3 * wrong or (right >= wrong and 100 * wrong <= len(data))


def _guess(data: bytes) -> str:
    """Return the likeliest encoding of bytes that are not UTF-8."""
    western, share = max(((name, _western_share(data, name)) for name in _WESTERN), key=lambda pair: pair[1])
    cyrillic, likeness = max(((name, _cyrillic_likeness(data, name)) for name in _CYRILLIC), key=lambda pair: pair[1])
    if share > 0.9 and (likeness < _CYRILLIC_FROM or not _is_dense(data)):
        return western
    if likeness >= _CYRILLIC_FROM:
        return cyrillic
    # 40 ms to import; for Greek, Arabic, Hebrew, Chinese, Japanese and Korean. For short European texts its
    # answers were wrong in 5 of 11 trials (cp1250 for French, cp1251 for Kazakh).
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return best.encoding if best else western


def _is_dense(data: bytes) -> bool:
    """Tell whether most letters lie beyond ASCII, which no language written in Latin letters reaches."""
    beyond = sum(byte > 0x7F for byte in data)
    return beyond > sum(byte < 0x80 and chr(byte).isalpha() for byte in data)


def _western_share(data: bytes, encoding: str) -> float:
    """Return the largest share of letters beyond ASCII that belong to one language of the encoding, 0 to 1."""
    text = data.decode(encoding, errors="replace")
    beyond = [c for c in "".join(_suspicious(text)).lower() if c > "\x7f"]
    languages = (set(letters) for letters in _WESTERN[encoding].split())
    return max(sum(c in letters for c in beyond) / len(beyond) for letters in languages) if beyond else 1.0


def _suspicious(text: str) -> Iterator[str]:
    """Yield letters beyond ASCII, and signs beyond ASCII inside words, where no language has them."""
    yield from re.findall(r"[^\x00-\x7f\W\d_]|\ufffd|(?<=[A-Za-z])[\x80-\x9f¡-¦¨©¬®-¶¸-¿](?=[a-z])", text)


def _cyrillic_likeness(data: bytes, encoding: str) -> float:
    """Return how much the text reads like Cyrillic prose, 0 to 1: its letters, their frequency, its capitals."""
    text = data.decode(encoding, errors="replace")
    high = [c for c in text if c > "\x7f" and c not in "«»“”„‘’–—…№\xa0°€"]
    words = [word for word in _WORD.findall(text) if any("\u0400" <= c <= "\u04ff" for c in word)]
    letters = [c for word in words for c in word.lower()]
    if not high or not letters:
        return 0.0
    known = _EASTERN | (_KAZAKH if _NEVER_SOUTHERN.intersection(letters) else _SOUTHERN)
    share = sum(c.lower() in known for c in high) / len(high)
    cased = sum(word.islower() or word.isupper() or word.istitle() for word in words) / len(words)
    frequency = sum(_FREQUENCY.get(c, 0.0) for c in letters) / len(letters)
    # Hebrew and Greek read as KOI8 come close to prose (0.81); KOI8 itself is well above.
    trust = 0.9 if encoding.startswith("koi8") else 1.0
    return float(trust * share * cased * min(1.0, frequency / _MEAN_FREQUENCY))

"""Where the sentences of a text are. The only module that knows syntok."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from qa_index.reading.lines import Range, paragraphs, trim

__all__ = ["in_paragraph", "paragraphs", "split"]

_LONGEST_QUOTE = 600
_MOST_QUOTED = 3  # sentences of one quotation that stay together

# Characters that syntok does not know, as ones that it does; one for one, so that offsets stay.
_FAMILIAR = str.maketrans(
    {"«": '"', "»": '"', "“": '"', "”": '"', "„": '"', "\n": " ", "।": ".", "۔": ".", "؟": "?", ";": ","}
)
_NO_STOP = "\u2024"  # looks like a full stop and is none: takes the place of the one that ends an abbreviation

_STARTERS = (
    "A|About|According|After|All|Although|Also|An|And|Another|As|At|Because|Before|Both|But|By|Despite|During|Each|Earlier"
    "|Even|Every|For|From|Furthermore|He|Her|His|How|However|I|If|In|Instead|It|Its|Last|Later|Many|Meanwhile|Moreover|Most"
    "|My|No|Not|Nor|Now|On|Once|One|Only|Or|Other|Others|Our|She|Since|So|Some|Still|Such|That|The|Their|Then|There|These"
    "|They|This|Those|Though|Through|Thus|To|Today|Under|Until|We|What|When|Where|Which|While|Who|Why|With|Yet|You"
    "|А|Без|В|Во|Все|Где|Для|До|Его|Если|За|Затем|И|Из|Их|К|Как|Когда|Между|Мы|На|Не|Но|О|Об|Однако|Он|Она|Они|От|По|Позже"
    "|После|При|Ранее|С|Также|Так|То|Тогда|У|Что|Эта|Эти|Это|Этот|Я"
)
_STARTS = rf"(?=\s+[\"'‘(\[]*(?:{_STARTERS})\b)"

# Full stops that end no sentence: before a name, before a number, and wherever no clear beginning follows.
_ABBREVIATIONS = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Mx|Dr|Drs|Prof|Gen|Lt|Col|Maj|Capt|Cmdr|Sgt|Cpl|Adm|Gov|Sen|Sens|Rep|Reps|Rev|Hon|Pres|Amb|Supt|Insp|Det"
    r"|Brig|Messrs|Mme|Mlle|St|Ste|Mt|Ft|vs|им|ул|тов|акад|проф)"
    r"|\b(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|No|Nos|Art|Sec|Fig|Vol|pp|approx|ca|руб|тыс|млн|млрд|стр|ст)(?=\.\s+\d)"
    r"|(?<!\d)(?<!\d\s)\bг(?=\.\s+[А-ЯЁ])"
    rf"|\b(?:Inc|Corp|Co|Ltd|Bros|Jr|Sr|etc|al|Ave|Blvd|Dept|Univ|Assn|[ap]\.m|Ph\.D|тыс|млн|млрд|руб)(?!\.{_STARTS})"
    rf"|\b(?:[A-Z]\.)+[A-Z](?!\.{_STARTS})"
    rf"|(?<![\w.])(?<!\b[Pp]lan )(?<!amin )(?<!atitis )[A-ZА-ЯЁ](?=\.\s?[A-ZА-ЯЁ])(?!\.{_STARTS})"
    r")(?P<stop>\.)"
)
_BEFORE_NUMBER = re.compile(r"[^\W\d_]{3}[.!?][\"')\]]?\s+(?=\d)")
_MAY_END = re.compile(r"[.!?\u203c-\u203d\u2047-\u2049]\S{0,9}\s|[(\[{]|[a-z][.!?][A-Z]")
_BRACKET = re.compile(r"[(\[{]")
_CHINESE_STOP = re.compile(r"[。！？｡]+[”」』）》]*")
_SAID = re.compile(
    r"[\"”»]\s*(?:[^\W\d_a-z][\w'’-]+\s+){1,4}(?:said|says|asked|asks|added|told|wrote|shouted|replied|tweeted|warned)\b"
)


def split(text: str, start: int = 0, end: int | None = None) -> list[Range]:
    """Return the sentences of [start, end), trimmed, in order; together they cover all that is not white space.

    No sentence crosses a paragraph. What one person is quoted as saying stays one sentence, up to three sentences or
    600 characters, so that a quotation keeps its speaker.
    """
    return [sentence for paragraph in paragraphs(text, start, end) for sentence in in_paragraph(text, *paragraph)]


def in_paragraph(text: str, start: int, end: int) -> list[Range]:
    """Return the sentences of one paragraph, as `split` does."""
    paragraph = text[start:end]
    cuts = _join_quotations(paragraph, sorted({*_boundaries(paragraph), *_chinese_boundaries(paragraph)}))
    borders = [0, *cuts, len(paragraph)]
    pieces = (trim(text, start + left, start + right) for left, right in pairwise(borders))
    return [piece for piece in pieces if piece[0] < piece[1]]


def _boundaries(paragraph: str) -> Iterator[int]:
    """Yield where syntok begins a new sentence, and where it misses one because a number begins it."""
    from syntok import segmenter  # 30 ms, with its regular expressions
    from syntok.tokenizer import Tokenizer

    familiar = _ABBREVIATIONS.sub(_without_stop, paragraph.translate(_FAMILIAR))
    if 20 * len(_BRACKET.findall(familiar)) > len(familiar):
        familiar = _BRACKET.sub(" ", familiar)  # syntok looks 50 tokens ahead at each: a minute for a megabyte of them
    if not _MAY_END.search(familiar):
        return  # two of five paragraphs of news: reading them would cost as long as all the others
    for match in _BEFORE_NUMBER.finditer(familiar):
        yield match.end()
    # "n't" must stay as it is written: otherwise the token is not what stands at its offset.
    tokens = Tokenizer(replace_not_contraction=False).tokenize(familiar)
    for number, sentence in enumerate(segmenter.segment(tokens)):
        if number:
            yield sentence[0].offset


def _without_stop(match: re.Match[str]) -> str:
    return match.group()[:-1].replace(".", _NO_STOP) + _NO_STOP


def _chinese_boundaries(paragraph: str) -> Iterator[int]:
    """Yield the boundaries that no white space marks."""
    for match in _CHINESE_STOP.finditer(paragraph):
        yield match.end()


def _join_quotations(paragraph: str, cuts: Sequence[int]) -> list[int]:
    """Take out the boundaries inside short quotations, and between a quoted question and who asked it."""
    dropped: set[int] = set()
    for opening, closing in _quotations(paragraph):
        inside = cuts[bisect_right(cuts, opening) : bisect_right(cuts, closing)]
        if len(inside) < _MOST_QUOTED and closing - opening <= _LONGEST_QUOTE:
            dropped.update(inside)
    for cut in cuts:
        before = paragraph[:cut].rstrip() if cut < 4 else paragraph[max(0, cut - 4) : cut].rstrip()
        asked = len(before) > 1 and before[-1] in '"”»' and before[-2] in "?!"
        if asked and _SAID.match(before[-1] + paragraph[cut - 1 : cut + 120].lstrip(before[-1])):
            dropped.add(cut)
    return [cut for cut in cuts if cut not in dropped]


def _quotations(paragraph: str) -> Iterator[Range]:
    """Yield the ranges between quotation marks; a mark without its partner opens nothing."""
    opened: int | None = None
    for match in re.finditer(r"[\"“”„«»]", paragraph):
        place, mark = match.start(), match.group()
        before, after = paragraph[place - 1 : place], paragraph[place + 1 : place + 2]
        # A straight mark opens after white space and closes before it; “ closes what „ opened.
        german = mark == "“" and opened is not None and paragraph[opened] == "„"
        straight_opens = mark == '"' and (not before or before in " \n\t([—–-\xa0") and not after.isspace()
        if (mark in "“„«" and not german) or straight_opens:
            opened = place
        elif opened is not None:
            yield opened, place
            opened = None

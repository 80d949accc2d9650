"""Read the text of a PDF. The only module that knows pypdf."""

from __future__ import annotations

import io
import itertools
import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from qa_index.formats.properties import authors_of, title_of
from qa_index.formats.unfolding import Refused
from qa_index.reading.canonical import is_visible
from qa_index.stories import Broken, Limits, Piece, Story

_MOST_PAGES = 5_000
# Of all pages together, some 500 a page in a long report: a page may draw the same form a million times.
_MOST_OPERATIONS = 10_000_000
_MOST_SECONDS = 300.0  # for what no count foresees; 5,000 pages of text take 60
_EDGE_LINES = 3  # where heads and feet are, at the top and the bottom of a page
_HEAD_PAGES = 3  # a line that comes back on fewer pages is no head
_HEAD_SHARE = 0.5
_LONGEST_HEAD = 100
_FULL_LINE = 0.75  # of the length of long lines: a shorter one with a full stop ends a paragraph
_HALF_LINE = 0.6  # a still shorter one ends a paragraph, or is a heading, if a capital follows
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’»)\]]*$")
_HYPHEN = re.compile(r"(?P<left>[^\W\d_]+)(?P<mark>[-\xad‐])$")
_WORD = re.compile(r"[^\W\d_]+(?:[-‐'’][^\W\d_]+)*")
_SUSPENDED = ("and", "und", "et", "y", "и")  # "pre- and post-war"
# What makes compounds whose parts are rarely met alone in the same document.
_FIRST_PARTS = frozenset(
    "all anti audio co cross double ex far first four full half hard high ill inter left life long low mid multi near "
    "non off old one open part pan post pre pro quasi record right second self semi short single six so soft state ten "
    "third three two ultra under vice well whole wide year".split()
)
_LONGEST_PAIR = 60  # of a head that two pages alone repeat
_DIGITS_ALONE = re.compile(r"[\d\W]*")  # a row of a table
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"(?:page|p\.|seite|стр\.)?\s*[-–—|]?\s*\d{1,4}\s*(?:(?:of|/|von|из)\s*\d{1,4})?\s*[-–—|]?", re.I
)
_ENCRYPTED = "it is encrypted; save it without a password and index that"
_UNFOLDS = "it unfolds to more than a PDF of articles does; print it to a new PDF, in parts, and index those"


def stories(piece: Piece, limits: Limits | None = None) -> Iterator[Story | Broken]:
    """Yield the story of a PDF: its pages in order, with lines joined to paragraphs and without heads and feet.

    Its title and author are taken where they look like ones; the day the file was made is no day of publication.
    """
    try:
        pages, information = _read(piece.content, limits or Limits())
    except Refused as reason:
        yield Broken(piece.place, str(reason))
        return
    text = _paragraphs(_without_heads(pages))
    if not is_visible(text):
        yield Broken(piece.place, "it has pages but no text; run text recognition (OCR) over it first")
        return
    title, authors = title_of(information.get("title", "")), authors_of(information.get("author", ""))
    found = (("title", title), ("authors", authors))
    rules = tuple((field, "PDF information") for field, value in found if value)
    yield Story(text=text, place=piece.place, title=title, authors=authors, url=piece.url, rules=rules)


def _read(content: bytes, limits: Limits) -> tuple[list[list[str]], dict[str, str]]:
    """Return the lines of each page, and what the file says of itself.

    Raises:
        Refused: if it cannot be read, or is larger than one story may be.

    """
    import pypdf
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of everything that it mends
    try:
        reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused(_ENCRYPTED)
        return list(_pages(reader, limits)), _information(reader)
    except (Refused, ModuleNotFoundError):
        raise
    except FileNotDecryptedError:
        raise Refused(_ENCRYPTED) from None
    except DependencyError:
        raise ModuleNotFoundError("cryptography", name="cryptography") from None
    except LimitReachedError:
        raise Refused(_UNFOLDS) from None
    except Exception as error:  # damage surfaces as any exception there is: KeyError, TypeError, RecursionError
        raise Refused(f"it is a damaged PDF ({type(error).__name__}); print it to a new PDF and index that") from None


def _pages(reader: Any, limits: Limits) -> Iterator[list[str]]:  # noqa: ANN401 - pypdf's own
    if len(reader.pages) > _MOST_PAGES:
        raise Refused(f"it has more than {_MOST_PAGES:,} pages; split it")
    count = _counter()
    length = 0
    for page in reader.pages:
        text = page.extract_text(visitor_operand_before=count)
        count()
        length += len(text)
        if length > limits.story_bytes:
            raise Refused(_UNFOLDS)
        yield [" ".join(line.split()) for line in text.split("\n")]


def _counter(clock: Callable[[], float] = time.monotonic) -> Callable[..., None]:
    """Return what is called before each drawing operation, and ends a file that never would."""
    left = _MOST_OPERATIONS
    end = clock() + _MOST_SECONDS

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0 or clock() > end:
            raise Refused(_UNFOLDS)

    return count


def _information(reader: Any) -> dict[str, str]:  # noqa: ANN401 - pypdf's own
    """Return title and author as the file has them; what cannot be read is left out."""
    try:
        found = reader.metadata or {}
        return {name: str(found.get(key) or "") for name, key in (("title", "/Title"), ("author", "/Author"))}
    except Exception:  # a damaged note about the file is no reason to lose its text
        return {}


def _without_heads(pages: Sequence[list[str]]) -> list[list[str]]:
    """Return the lines of each page but for those at its edges that most pages repeat, and its number."""
    pages = [[line for line in page if line] for page in pages]
    edge_lines = _EDGE_LINES if len(pages) > 2 else 2  # a head and the number
    edges = [{*page[:edge_lines], *page[-edge_lines:]} for page in pages]
    counts = Counter(shape for lines in edges for shape in {_shape(line) for line in lines})
    often = max(min(_HEAD_PAGES, max(2, len(pages))), _HEAD_SHARE * len(pages))
    longest = _LONGEST_HEAD if len(pages) > 2 else _LONGEST_PAIR

    def is_head(line: str) -> bool:
        if _PAGE_NUMBER.fullmatch(line):
            return len(pages) > 1
        if len(pages) == 2 and _SENTENCE_END.search(line):
            return False
        return len(line) <= longest and counts[_shape(line)] >= often and not _DIGITS_ALONE.fullmatch(line)

    kept = []
    for page in pages:
        edge = min(edge_lines, len(page))
        top = sum(1 for _ in itertools.takewhile(is_head, page[:edge]))
        bottom = sum(1 for _ in itertools.takewhile(is_head, reversed(page[max(top, len(page) - edge) :])))
        kept.append(page[top : len(page) - bottom])
    return kept


def _shape(line: str) -> str:
    return _DIGITS.sub("0", line)


def _paragraphs(pages: Sequence[Sequence[str]]) -> str:
    """Return the lines of all pages as paragraphs; one may go on from page to page."""
    lines = [line for page in pages for line in page]
    if not lines:
        return ""
    full = sorted(map(len, lines))[len(lines) * 9 // 10]
    known = _words(lines)
    text: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if (hyphen := _HYPHEN.search(line)) and following[:1].isalpha():
            text.append(_joined(line, following, hyphen, known))
        elif _ends_paragraph(line, following, full):
            text.append(line + "\n\n")
        else:
            text.append(line + " ")
    return "".join(text).strip()


def _words(lines: Sequence[str]) -> frozenset[str]:
    """Return the words of a document, and the parts of compounds, but for those that a line end cuts."""
    words: set[str] = set()
    cut = False
    for line in lines:
        found = _WORD.findall(line.casefold())
        ends = _HYPHEN.search(line) is not None
        whole = found[1 if cut else 0 : len(found) - 1 if ends else None]
        words.update(whole, *(re.split(r"[-‐'’]", word) for word in whole))
        cut = ends
    return frozenset(words)


def _joined(line: str, following: str, hyphen: re.Match[str], known: frozenset[str]) -> str:
    """Return a line that ends in a hyphen as it stands before the next: without it if it only cuts a word.

    In doubt it stays, for a quotation has to be what the page says.
    """
    right = _WORD.match(following)
    left, after = hyphen["left"].casefold(), right.group().casefold() if right else ""
    if hyphen["mark"] == "\xad" or left + after in known:
        return line[:-1]
    if after in _SUSPENDED:
        return line + " "
    named = hyphen["left"][0].isupper() or not following[0].islower()
    compound = {left, after} <= known or left in _FIRST_PARTS or f"{left}-{after}" in known
    return line if named or compound else line[:-1]


def _ends_paragraph(line: str, following: str, full: int) -> bool:
    if _SENTENCE_END.search(line):
        return len(line) < _FULL_LINE * full
    return len(line) < _HALF_LINE * full and not following[:1].islower()

"""Small stand-ins: an embedder that hashes words, a reader of a tiny format, articles made of a few words."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from qa_index.duplicates.signature import signature
from qa_index.errors import PathNotFound, UnreadableArticle
from qa_index.formats import splitting
from qa_index.library import Library
from qa_index.storage.ledger import Marks
from qa_index.storage.preparing import prepare
from qa_index.storage.sources import Outcome, Prepared, Reading, Work
from qa_index.stories import Broken, FieldMap, Limits, Piece
from qa_index.types import Article, Chunk, Span, Vectors, When, article_id

DIMENSIONS = 32
ROOT = Path(__file__).parents[2]
PATHS = {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / place) for place in (".", "index", "eval"))}


class HashingEmbedder:
    """Texts that share words are near each other; deterministic, and counts what it was asked for."""

    def __init__(self, name: str = "hashing", *, dimensions: int = DIMENSIONS) -> None:
        self.name, self.dimensions, self.texts = name, dimensions, list[str]()

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        return np.stack([self._one(text) for text in texts])

    def _one(self, text: str) -> Vectors:
        vector = np.full(self.dimensions, 1e-3, dtype=np.float32)
        for word in re.findall(r"\w+", text.lower()):
            place = zlib.crc32(word.encode())
            vector[place % self.dimensions] += 1 if place & 0x10000 else -1
        return vector / np.linalg.norm(vector)


class FailingEmbedder(HashingEmbedder):
    """Raises at the first text with a certain word."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word

    def embed(self, texts: Sequence[str]) -> Vectors:
        if any(self.word in text for text in texts):
            raise RuntimeError("the model broke")
        return super().embed(texts)


def text_of(body: str, *, title: str | None = None, publisher: str | None = None, day: str | None = None) -> str:
    """Write an article as `read_text` reads it: `name: value` lines, an empty line, paragraphs."""
    head = [f"{name}: {value}" for name, value in (("title", title), ("publisher", publisher), ("day", day)) if value]
    return "\n".join([*head, "", body]) if head else body


def read_text(text: str, source: str | None = None, **given: object) -> Article:
    """Read that format; the head is masked. What is handed in wins."""
    if "unreadable" in text:
        raise UnreadableArticle(source or "a text", "it says so")
    identity = article_id(text)
    head = re.match(r"(?:(?:title|publisher|day): [^\n]*\n)+\n", text)
    fields = dict(re.findall(r"(title|publisher|day): ([^\n]*)\n", head[0])) if head else {}
    published = given.get("published")
    if published is None and "day" in fields:
        published = dt.date.fromisoformat(fields["day"])
    return Article(
        id=identity,
        text=text,
        title=given.get("title") or fields.get("title"),
        publisher=given.get("publisher") or fields.get("publisher"),
        authors=tuple(given.get("authors") or ()),
        published=_when(published),
        url=given.get("url"),
        sources=(source,) if source else (),
        masked=(Span(identity, 0, head.end()),) if head else (),
    )


def _when(published: object) -> When | None:
    if published is None or isinstance(published, When):
        return published
    return When(dt.datetime(published.year, published.month, published.day), "day")


def cut(article: Article) -> tuple[Chunk, ...]:
    """Cut into paragraphs, and those into sentences at full stops."""
    start = article.masked[0].end if article.masked else 0
    found = re.finditer(r"\S[^\n]*", article.text)
    return tuple(_chunk(article, match) for match in found if match.start() >= start)


def _chunk(article: Article, paragraph: re.Match[str]) -> Chunk:
    sentences = tuple(
        Span(article.id, paragraph.start() + match.start(), paragraph.start() + match.end())
        for match in re.finditer(r"[^. ][^.]*\.?", paragraph[0])
    )
    return Chunk(Span(article.id, *paragraph.span()), sentences)


class CountingReading:
    """How files become articles, and a list of what was read."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.parsed: list[str] = []

    def reading(self) -> Reading:
        return Reading(find, self._digest, self._pieces, self._in_order, read_text, prepared, cut)

    def _digest(self, path: Path) -> str:
        self.read.append(path.name)
        return digest(path)

    def _pieces(self, path: Path, fields: FieldMap) -> Iterator[Piece]:
        """A file is a piece, or one for each part between lines of dashes."""
        parts = path.read_bytes().split(b"\n---\n")
        yield from (Piece(f"part {n}" if len(parts) > 1 else "", "text", part) for n, part in enumerate(parts, start=1))

    def _in_order(self, asked: Iterable[tuple[object, Work | None]]) -> Iterator[tuple[object, Outcome]]:
        for waiting, work in asked:
            yield waiting, self._prepare(work) if work else ()

    def _prepare(self, work: Work) -> Outcome:
        self.parsed.append(Path(work.file).name)
        try:
            return (prepared(read_text(work.piece.content.decode(), work.file)),)
        except UnreadableArticle as error:
            return (Broken("", error.reason),)
        except UnicodeDecodeError as error:
            return (Broken("", f"reading it failed (UnicodeDecodeError: {error})"),)


def prepared(article: Article) -> Prepared:
    marks = Marks(signature(article.text, article.masked))
    return Prepared("", article.url or "", article, cut(article), marks)


def find(path: Path) -> tuple[Path, ...]:
    """Return the .txt files below a folder, or the file itself."""
    if not path.exists():
        raise PathNotFound(path)
    return tuple(sorted(path.resolve().rglob("*.txt"))) if path.is_dir() else (path.resolve(),)


def digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UnreadableArticle(path, f"it cannot be read ({error.strerror})") from error


def make_reading() -> Reading:
    return CountingReading().reading()


def open_library(folder: Path, embedder: object = None, **settings: object) -> Library:
    settings.setdefault("reading", make_reading())
    return Library.open(folder, embedder=embedder or HashingEmbedder(), **settings)


def write_articles(folder: Path, texts: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def many_articles(count: int, *, paragraphs: int = 3) -> dict[str, str]:
    """Make articles whose words are drawn from a list, the same every time."""
    chance = np.random.default_rng(7)
    words = [hashlib.md5(str(number).encode()).hexdigest()[:6] for number in range(400)]
    texts = {}
    for number in range(count):
        body = "\n\n".join(" ".join(chance.choice(words, 14)) + "." for _ in range(paragraphs))
        day = f"2022-{number % 12 + 1:02d}-{number % 28 + 1:02d}" if number % 5 else None
        texts[f"a{number:03d}"] = text_of(body, title=f"Story {number}", publisher=f"Paper {number % 4}", day=day)
    return texts


def contents(library: Library) -> dict[str, object]:
    """Everything that must be the same however a library came to be."""
    questions = ("Story 7", "Paper", *(article.text[-40:] for article in library.articles()[::9]))
    return {
        "articles": {article.id: article for article in library.articles()},
        "chunks": {article.id: library.chunks(article.id) for article in library.articles()},
        "hits": {text: library.search(text, limit=8) for text in questions},
        "failures": library.failures(),
    }


@contextmanager
def in_unwritable_folder() -> Iterator[tuple[Path, Callable[[str], str]]]:
    """Yield a folder, and a way to run Python in a process that can read it and cannot write it.

    Root may write anywhere, so the process becomes nobody after its imports. The folder is not pytest's own: those
    let no other user in.
    """
    place = Path(tempfile.mkdtemp(prefix="citewell-test-"))
    place.chmod(0o755)

    def run(code: str) -> str:
        for each in (place, *place.rglob("*")):
            each.chmod(0o555 if each.is_dir() else 0o444)
        become = "if os.geteuid() == 0: os.setgid(65534), os.setuid(65534)"
        imports = "import os, tantivy, qa_index.storage.backup; from pathlib import Path; from tests.index import fakes"
        script = f"{imports}\n{become}\nplace = Path({str(place)!r})\n{code}"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env=PATHS)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    try:
        yield place, run
    finally:
        for each in (place, *place.rglob("*")):
            each.chmod(0o755)
        shutil.rmtree(place)


def read_article(path: Path, *, max_bytes: int = 20_000_000) -> Article:
    """Read the one article of a file, as `qa index` does.

    Raises:
        UnreadableArticle: if it is none.

    """
    place = Path(os.path.realpath(path))
    (piece,) = splitting.pieces(place, Limits(story_bytes=max_bytes))
    (read,) = (piece,) if isinstance(piece, Broken) else prepare(Work(str(place), piece, FieldMap()), chunk_tokens=160)
    if isinstance(read, Broken):
        raise UnreadableArticle(place, read.reason)
    return read.article

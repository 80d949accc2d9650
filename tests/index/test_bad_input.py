"""A folder of all that can be read and all that should not be: the first is found, the rest is told with a reason."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from qa_index.library import Library
from qa_index.storage.preparing import standard_reading
from qa_index.types import Synced
from tests.index.fakes import PATHS, contents, many_articles, open_library, write_articles
from tests.index.formats import test_pdf, test_warc, test_word

WORDS = (
    "after again between bridge budget captain coast council debate evening ferry fishery garden harbour island "
    "journey keeper lantern market minister morning mountain opened orchard passengers people quarter railway river "
    "road school season ship signed station storm street summer teacher theatre ticket tower town travelled valley "
    "village visitors voted waited walked water weather winter wrote yesterday"
).split()


def said(name: str, sentences: int = 5) -> str:
    """Make a text of plain words, the same every time, in which only the name is found nowhere else."""
    chance = random.Random(name)
    made = [" ".join(chance.sample(WORDS, 12)) for _ in range(sentences)]
    return " ".join(f"{sentence.capitalize()}." for sentence in [f"the {name} " + made[0], *made[1:]])


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def page(text: str) -> bytes:
    return f"<!DOCTYPE html><html><head><title>A page</title></head><body><p>{text}</p></body></html>".encode()


def feed(*texts: str) -> bytes:
    items = "".join(f"<item><title>Item {n}</title><description>{t}</description></item>" for n, t in enumerate(texts))
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Gazette</title>{items}</channel></rss>'.encode()


def mail(text: str) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"], message["Date"] = "a@lake.example", "News", "Mon, 3 Jan 2022 10:00:00 +0000"
    message.set_content(text)
    return message.as_bytes()


def document(text: str) -> bytes:
    return test_word.made(text)


def pdf(text: str) -> bytes:
    return test_pdf.made([test_pdf.drawn([sentence + "." for sentence in text.split(".") if sentence])])


def lines(*records: object) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


# Each file with the names of the stories that have to be found.
GOOD: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "plain.txt": (said("zuplain").encode(), ("zuplain",)),
    "front.md": (f"---\ntitle: Matter\ndate: 2022-01-03\n---\n\n{said('zufront')}".encode(), ("zufront",)),
    "page.html": (page(said("zupage")), ("zupage",)),
    "printed.pdf": (pdf(said("zuprinted")), ("zuprinted",)),
    "written.docx": (document(said("zuwritten")), ("zuwritten",)),
    "one.json": (json.dumps({"title": "One", "text": said("zuone")}).encode(), ("zuone",)),
    "two.jsonl": (lines({"text": said("zutwo")}, {"body": said("zuthree")}), ("zutwo", "zuthree")),
    "rows.csv": (f'title,text\nA,"{said("zurow")}"\nB,"{said("zucell")}"\n'.encode(), ("zurow", "zucell")),
    "letter.eml": (mail(said("zuletter")), ("zuletter",)),
    "items.rss": (feed(said("zuitem"), said("zuentry")), ("zuitem", "zuentry")),
    "crawl.warc.gz": (
        test_warc.archive(test_warc.response(body=page(said("zucrawl"))), packed=True), ("zucrawl",)
    ),
    "packed.txt.gz": (gzip.compress(said("zupacked").encode()), ("zupacked",)),
    "folder.zip": (
        zipped({"a/inner.txt": said("zuinner").encode(), "b/inner.html": page(said("zuinside"))}),
        ("zuinner", "zuinside"),
    ),
    # not what their names say, and read all the same
    "page.txt": (page(said("zumarkup")), ("zumarkup",)),
    "printed.txt": (pdf(said("zupress")), ("zupress",)),
    "nested.zip": (zipped({"in.zip": zipped({"story.txt": said("zunested").encode()})}), ("zunested",)),
    # odd, and read all the same
    "lone.jsonl": (json.dumps({"text": "\ud800 " + said("zulone")}).encode() + b"\n", ("zulone",)),
    "mixed.txt": (f"{said('zumixed')} café ".encode() + "café naïve".encode("latin-1"), ("zumixed",)),
    "mixed.csv": (
        b"title,text\n" + f'A,"é {said("zuutf")}"\n'.encode() + f'B,"é {said("zulatin")}"\n'.encode("latin-1"),
        ("zuutf", "zulatin"),
    ),
}  # fmt: skip
# Each file, or the place in it, with what its reason says is wrong and what to do.
BAD: dict[str, tuple[bytes, str, str]] = {
    "bomb.zip#story.txt": (
        zipped({"story.txt": b"bomb " * 6_000_000, "good.txt": said("zubeside").encode()}), "unfolds", "unpack it"
    ),
    "bomb.txt.gz": (gzip.compress(b"bomb " * 6_000_000), "unfolds", "unpack it"),
    "bomb.warc.gz#record 1": (
        gzip.compress(test_warc.archive(test_warc.response(body=b"bomb " * 6_000_000))), "unfolds", "unpack it"
    ),
    "boxes.zip#1.zip#2.zip#3.zip": (
        zipped({"1.zip": zipped({"2.zip": zipped({"3.zip": zipped({"story.txt": said("zuboxed").encode()})})})}),
        "", "unpack",
    ),
    "escape.zip#../out.txt": (
        zipped({"../out.txt": said("zuescaped").encode(), "good.txt": said("zustayed").encode()}),
        "leads out of the archive", "pack it again",
    ),
    "cut.zip": (zipped({"story.txt": said("zucut").encode()})[:-30], "damaged zip", "fetch or make it again"),
    "laughs.rss": (
        b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + feed("&b;"), "entities", "remove its DOCTYPE"
    ),
    "deep.html": (b"<div>" * 20_000 + page(said("zudeep")), "nested too deep", "save the page again"),
    "locked.pdf": (test_pdf.encrypted("secret"), "encrypted", "save it without a password"),
    "scanned.pdf": (test_pdf.made([b"0 0 m 100 100 l S"]), "no text", "run text recognition"),
    "words.pdf": (said("zunopdf").encode(), "PDF", "index that"),
    "words.docx": (said("zunozip").encode(), "no Word document", "save it as .docx"),
    "picture.txt": (b"\x89PNG\r\n\x1a\n" + bytes(200), "an image", "run text recognition"),
    "binary.txt": (bytes(range(256)) * 8, "binary data", "save its text as .txt"),
    "zeros.txt": (said("zuzero").encode().replace(b" ", b"\0"), "binary data", "save its text as .txt"),
    "empty.txt": (b"", "empty", "put the article's text into it"),
    "broken.json": (b'{"text": "never closed', "no valid JSON", "correct it"),
    "broken.jsonl#line 2": (
        lines({"text": said("zubefore")}) + b'{"text": "broken\n' + lines({"text": said("zuafter")}),
        "no valid JSON", "correct it",
    ),
    "headless.csv": (
        b"Bridge opens,The council met.,2022-01-13\nFerry sails,It rained.,2022-01-14\n", "no header", "--fields text="
    ),
}  # fmt: skip
UNNAMEABLE, PIPE = "?.txt", "pipe.txt"
FOUND = [name for _, names in GOOD.values() for name in names] + ["zubeside", "zustayed", "zubefore", "zuafter"]
LOST = ["zuoutside", "zuboxed", "zuescaped", "zucut", "zudeep", "zunopdf", "zunozip"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("input")
    (place / "articles").mkdir()
    files = {name: content for name, (content, _) in GOOD.items()}
    files |= {name.partition("#")[0]: content for name, (content, _, _) in BAD.items()}
    for name, content in files.items():
        (place / "articles" / name).write_bytes(content)
    (place / "outside.txt").write_text(said("zuoutside"), encoding="utf-8")
    (place / "articles" / "link.txt").symlink_to(place / "outside.txt")
    (place / "articles" / "circle").symlink_to(place / "articles")
    os.mkfifo(place / "articles" / PIPE)
    Path(os.fsdecode(os.fsencode(place / "articles") + b"/\xff.txt")).write_bytes(b"A name that is no text.")
    return place / "articles"


@pytest.fixture(scope="module")
def opened(folder: Path) -> Iterator[Library]:
    with open_library(folder.parent / "library", reading=standard_reading(160)) as library:
        yield library


@pytest.fixture(scope="module")
def first(folder: Path, opened: Library) -> Synced:
    return opened.add(folder)


def reasons(folder: Path, synced: Synced) -> dict[str, str]:
    return {failure.source.removeprefix(f"{folder}/"): failure.reason for failure in synced.failed}


@pytest.mark.parametrize("name", FOUND)
def test_every_good_article_is_found(opened, first, name):
    hits = opened.search(name, limit=3)
    assert any(name in opened.article(hit.chunk.span.article_id).text for hit in hits)


def test_nothing_else_is_in_the_library(opened, first):
    assert first.added == len(opened.articles()) == len(FOUND)
    assert not [name for article in opened.articles() for name in LOST if name in article.text]


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_told_with_what_to_do(folder, first, name):
    _, wrong, remedy = BAD[name]
    reason = reasons(folder, first)[name]
    assert wrong in reason
    assert remedy in reason


def test_nothing_else_is_told(folder, opened, first):
    assert set(reasons(folder, first)) == {*BAD, UNNAMEABLE, PIPE}
    assert sorted(opened.failures(), key=str) == sorted(first.failed, key=str)


def test_a_second_run_changes_nothing_and_tells_the_same(folder, opened, first):
    before = contents(opened)
    again = opened.add(folder)
    assert (again.added, again.changed, again.removed, again.unchanged) == (0, 0, 0, first.added)
    assert again.failed == first.failed
    assert contents(opened) == before


def test_the_library_is_sound_after_all_that(opened, first):
    assert opened.audit() == ()


@pytest.mark.slow
def test_a_zip_of_ten_thousand_articles_is_read(tmp_path):
    archive = tmp_path / "many.zip"
    archive.write_bytes(zipped({f"{n}.txt": f"The ferry number {n:05d} sailed on.".encode() for n in range(10_000)}))
    with open_library(tmp_path / "library", reading=standard_reading(160)) as library:
        done = library.add(archive)
        assert (done.added, done.failed) == (10_000, ())
        hits = library.search("07777", limit=5)
        assert any("number 07777" in library.article(hit.chunk.span.article_id).text for hit in hits)
        assert library.add(archive).unchanged == 10_000


# A disk that is full

FULL = """
import sys
from pathlib import Path
from qa_index.errors import QAError
from tests.index.fakes import many_articles, open_library, write_articles
disk, more = Path(sys.argv[1]), sys.argv[2]
with open_library(disk / "library") as library:
    library.add(write_articles(disk / "articles", many_articles(12)))
    before = {article.id for article in library.articles()}
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        try:
            while ballast.write(bytes(65_536)) == 65_536: pass
        except OSError: pass
    try:
        library.add(more)
    except QAError as error:
        print("told", error)
with open_library(disk / "library") as library:
    assert before <= {article.id for article in library.articles()}
    assert library.search("Story 7")
    (disk / "ballast").unlink()
    library.add(more)
    assert len(library.articles()) == 312, len(library.articles())
    assert library.audit() == (), library.audit()
    print("whole")
"""


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("unshare"), reason="needs a small disk to be made")
def test_a_full_disk_costs_nothing_that_was_there_and_is_told_in_one_sentence(tmp_path):
    """The disk is there for one process only, and goes with it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=48m none "$0" && exec "$@"', str(disk)]
    if subprocess.run([*mount, "true"], capture_output=True, check=False).returncode:
        pytest.skip("a disk cannot be mounted here")
    texts = {f"m{name}": f"{text}\n\nmore" for name, text in many_articles(300).items()}
    more = write_articles(tmp_path / "more", texts)
    command = [*mount, sys.executable, "-c", FULL, str(disk), str(more)]
    ended = subprocess.run(command, capture_output=True, text=True, env=PATHS, check=False)
    assert ended.returncode == 0, ended.stderr
    told, whole = ended.stdout.splitlines()
    assert told.startswith("told Asked to change the library")
    assert "is kept" in told
    assert whole == "whole"

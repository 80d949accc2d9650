from __future__ import annotations

import datetime as dt
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index.errors import PathNotFound, UnreadableArticle
from qa_index.reading import articles
from qa_index.types import Article, Span, When, article_id

SEEDS = Path(__file__).parents[2] / "seeds"
BODY = "The council met on Monday. It decided to build a bridge over the river.\n\nWork begins in spring.\n"


def write(path: Path, content: str | bytes = BODY) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def masked(article: Article) -> list[str]:
    return [article.text[span.start : span.end] for span in article.masked]


# Finding files


def test_a_folder_gives_its_text_and_markdown_files_in_order(tmp_path):
    for name in ("b.txt", "a.md", "deep/er/c.TXT", "z.pdf", "page.html", "notes"):
        write(tmp_path / name)
    assert articles.find(tmp_path) == tuple(tmp_path.resolve() / name for name in ("a.md", "b.txt", "deep/er/c.TXT"))


def test_hidden_files_and_folders_and_the_folders_own_readme_are_left_out(tmp_path):
    for name in (".hidden.txt", ".git/a.txt", "README.md", "sub/ReadMe.TXT", "sub/readme-first.txt"):
        write(tmp_path / name)
    assert [path.name for path in articles.find(tmp_path)] == ["readme-first.txt"]


def test_a_file_that_was_named_is_returned_whatever_it_is_called(tmp_path):
    readme = write(tmp_path / "README.md")
    assert articles.find(readme) == (readme.resolve(),)


def test_links_out_of_the_folder_are_not_followed_and_links_inside_it_add_nothing(tmp_path):
    outside = write(tmp_path / "outside" / "secret.txt")
    inside = write(tmp_path / "folder" / "a.txt")
    (tmp_path / "folder" / "out.txt").symlink_to(outside)
    (tmp_path / "folder" / "out").symlink_to(outside.parent)
    (tmp_path / "folder" / "again.txt").symlink_to(inside)
    (tmp_path / "folder" / "circle").symlink_to(tmp_path / "folder")
    assert articles.find(tmp_path / "folder") == (inside.resolve(),)


@pytest.mark.parametrize("name", ["missing", "missing/er.txt", "x" * 5000, "nul\0byte"])
def test_a_path_that_is_not_there_is_named_in_the_error(tmp_path, name):
    with pytest.raises(PathNotFound, match="nothing is there"):
        articles.find(tmp_path / name)


def test_links_in_a_circle_are_not_there(tmp_path):
    (tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    with pytest.raises(PathNotFound):
        articles.find(tmp_path / "a.txt")
    with pytest.raises(UnreadableArticle):
        articles.read(tmp_path / "a.txt")


# Reading files


def test_an_article_knows_its_absolute_path_and_its_offsets_are_the_files_own(tmp_path, monkeypatch):
    write(tmp_path / "a.txt")
    monkeypatch.chdir(tmp_path)
    article = articles.read(Path("a.txt"))
    assert article.sources == (str((tmp_path / "a.txt").resolve()),)
    assert article.text == BODY
    assert article.id == article_id(BODY)


BAD_FILES = {
    "empty": (b"", "it is empty"),
    "blank": (b" \n\t\r\n ", "it is empty"),
    "invisible": ("\u200b\ufeff\u00ad \u2060".encode(), "no letter, digit or sign"),
    "blank letters": ("\u3164\u2800\n".encode(), "no letter, digit or sign"),
    "zeros": (b"Text, then\0\0 zeros and \0more", "binary data"),
    "controls": (bytes(range(1, 32)) * 20, "binary data"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "binary data"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "it is a PDF"),
    "web page": (b"\n<!DOCTYPE html><html><body>News</body></html>", "it is a web page"),
    "rtf": (rb"{\rtf1\ansi News}", "it is an RTF document"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_what_is_no_article_is_refused_with_the_reason_and_what_to_do(tmp_path, kind):
    content, reason = BAD_FILES[kind]
    with pytest.raises(UnreadableArticle, match=reason) as caught:
        articles.read(write(tmp_path / "a.txt", content))
    assert ";" in caught.value.reason
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str((tmp_path / "a.txt").resolve()))


def test_a_file_over_the_limit_is_refused_with_both_sizes(tmp_path):
    path = write(tmp_path / "a.txt", b"x" * 1201)
    with pytest.raises(UnreadableArticle, match=r"1,201 bytes, more than the 1,200 .* split it"):
        articles.read(path, max_bytes=1200)
    assert articles.read(path, max_bytes=1201).text == "x" * 1201


def test_a_file_that_vanished_a_folder_and_a_pipe_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    for path, reason in (
        (tmp_path / "gone.txt", "no longer there"),
        (tmp_path, "folder"),
        (tmp_path / "pipe.txt", "file"),
    ):
        with pytest.raises(UnreadableArticle, match=reason):
            articles.read(path)


def test_a_name_that_is_not_unicode_is_refused_in_words_that_can_be_printed(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    path.write_bytes(BODY.encode())
    with pytest.raises(UnreadableArticle, match="rename it") as caught:
        articles.read(articles.find(tmp_path)[0])
    assert str(caught.value).encode("utf-8")


class _Writer:
    """Stands in for a file that another process writes to between the two looks at it."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self, number: int) -> os.stat_result:
        if self.left:
            self.left -= 1
            os.utime(number, ns=(self.left, self.left))
        return os.stat(number)


# The clock of a file system cannot be handed in, so the one function that asks it is replaced.
@pytest.mark.parametrize(("changes", "readable"), [(0, True), (2, True), (4, False)])
def test_a_file_that_changes_while_it_is_read_is_read_once_more(tmp_path, monkeypatch, changes, readable):
    path = write(tmp_path / "a.txt")
    monkeypatch.setattr("qa_index.reading.files.os.fstat", _Writer(changes))
    if readable:
        assert articles.read_bytes(path, 1000) == BODY.encode()
    else:
        with pytest.raises(UnreadableArticle, match="changed while it was read"):
            articles.read_bytes(path, 1000)


@pytest.fixture
def somebody_else() -> Iterator[Path]:
    """A folder that everybody may enter, while the test runs as a user without privileges: root may read everything."""
    if os.name != "posix":
        pytest.skip("permissions are those of POSIX")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)


def test_a_file_and_a_folder_that_may_not_be_read_say_so(somebody_else):
    secret = write(somebody_else / "secret.txt")
    write(somebody_else / "closed" / "a.txt")
    secret.chmod(0)
    (somebody_else / "closed").chmod(0)
    reasons = {}
    for path in articles.find(somebody_else):
        with pytest.raises(UnreadableArticle) as caught:
            articles.read(path)
        reasons[path.name] = caught.value.reason
    assert reasons == {
        "secret.txt": "reading it is not permitted; change its permissions",
        "closed": "it is a folder whose files cannot be listed; name the files to index",
    }
    with pytest.raises(UnreadableArticle, match="not permitted"):
        articles.read(articles.find(somebody_else / "closed" / "a.txt")[0])
    (somebody_else / "closed").chmod(0o700)


# Making articles of text


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_an_article_or_one_error_comes_of_them(content):
    try:
        article = articles.from_bytes(content, source="a.txt")
    except UnreadableArticle:
        return
    assert article.text.encode("utf-8")
    assert articles.canonical(article.text) == article.text


PIECES = st.sampled_from(
    "By ANI | ¦Published: ¦January 9, 2022 12:08 AM¦2022-01-09T00:08:20+5:30¦\n¦\n\n¦Advertisement¦ - "
    "¦HEADLINE HERE¦The end. "
    '¦---\n¦title: X\n¦(Reuters)¦# ¦"¦“¦date ¦X | X¦\xa0¦Жаңа. ¦31.02.2022'.split("¦")
)


@settings(deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=25).map("".join))
def test_every_range_an_article_states_lies_in_its_text_in_order(text):
    try:
        article = articles.from_text(text)
    except UnreadableArticle:
        return
    spans = [*article.masked, *(when.span for when in (article.published, article.updated) if when and when.span)]
    assert all(span.article_id == article.id and span.end <= len(article.text) for span in spans)
    assert all(left.end < right.start for left, right in itertools.pairwise(article.masked))
    assert articles.from_text(text) == article


def test_what_is_given_wins_over_what_is_read():
    text = "Bridge to be built over the river\n\nBy Jane Doe | Published: 6 January 2022\n\n" + BODY
    read = articles.from_text(text)
    assert (read.title, read.authors) == ("Bridge to be built over the river", ("Jane Doe",))
    assert dict(read.provenance) == {"title": "headline", "authors": "metadata line", "published": "metadata line"}
    article = articles.from_text(
        text,
        source="s",
        title="Other",
        publisher="Herald",
        authors=["John Roe"],
        published=dt.date(2020, 2, 3),
        url="u",
    )
    assert (article.title, article.publisher, article.authors, article.url) == ("Other", "Herald", ("John Roe",), "u")
    assert article.published == When(dt.datetime(2020, 2, 3), "day")
    assert article.sources == ("s",)
    assert set(dict(article.provenance).values()) == {"given"}
    assert "Bridge to be built over the river" not in masked(article)


def test_a_moment_that_is_given_keeps_its_clock_and_zone():
    zone = dt.timezone(dt.timedelta(hours=5, minutes=30))
    given_when = articles.from_text(BODY, published=dt.datetime(2022, 1, 6, 7, 35, tzinfo=zone)).published
    assert given_when == When(dt.datetime(2022, 1, 6, 7, 35), "second", "+05:30")
    stated = When(dt.datetime(2022, 1, 1), "month")
    assert articles.from_text(BODY, published=stated).published == stated


def test_an_article_that_is_nothing_but_a_notice_keeps_its_text_searchable():
    assert articles.from_text("Advertisement\n\nPublished: 6 January 2022\n").masked == ()


def test_front_matter_gives_metadata_and_is_masked_with_the_heading_that_repeats_it():
    block = (
        "---\ntitle: 'A bridge: at last'\nauthor: [Jane Doe, John Roe]\ndate: 2022-01-06 07:35 +05:30\nlang: en\n"
        "source: The Herald\nurl: https://example.org/bridge\nlast_updated: 2022-01-07\ndraft: no\n---\n"
    )
    article = articles.from_text(block + "\n# A bridge: at last\n\n" + BODY + "\n## Background\n\nMore follows here.\n")
    assert (article.title, article.authors, article.publisher) == (
        "A bridge: at last",
        ("Jane Doe", "John Roe"),
        "The Herald",
    )
    assert (article.language, article.url) == ("en", "https://example.org/bridge")
    assert article.published is not None and article.published.span is not None
    assert article.published.value == dt.datetime(2022, 1, 6, 7, 35)
    assert article.published.zone == "+05:30"
    span = article.published.span
    assert article.text[span.start : span.end] == "2022-01-06 07:35 +05:30"
    assert article.updated is not None and article.updated.date == dt.date(2022, 1, 7)
    assert masked(article) == [block, "# A bridge: at last"]


@pytest.mark.parametrize(
    "text",
    [
        "---\nNo key here\n---\n" + BODY,
        "---\ntitle: never closed\n\n" + BODY,
        "Text\n---\ntitle: not at the start\n---\n" + BODY,
    ],
)
def test_dashes_that_hold_no_front_matter_are_text(text):
    assert "front matter" not in dict(articles.from_text(text).provenance).values()


def test_authors_may_be_a_list_below_their_key():
    text = "---\nauthors:\n  - Jane Doe\n  - 'John Roe'\ndate: 31 February 2022\n---\n\n" + BODY
    article = articles.from_text(text)
    assert article.authors == ("Jane Doe", "John Roe")
    assert article.published is None


# The articles that come with the program


def seed(number: str) -> Article:
    return articles.read(next(SEEDS.glob(f"{number}_*.txt")))


def test_the_seeds_are_found_without_the_readme_that_describes_them():
    assert [path.name[:3] for path in articles.find(SEEDS)] == ["000", "001", "002", "003", "004"]


SEED_METADATA = {
    "000": (None, None, (), When(dt.datetime(2022, 1, 13), "day"), None),
    "001": (
        "CSTO, LED BY RUSSIA, DISPATCHES TROOPS TO KAZAKHSTAN",
        None,
        (),
        When(dt.datetime(2022, 1, 7, 8, 1), "minute"),
        None,
    ),
    "002": (None, None, (), When(dt.datetime(2022, 1, 8), "day"), None),
    "003": (
        "'Restoring order' in Almaty: Russian President speaks with Kazakh counterpart by phone",
        "ANI",
        (),
        When(dt.datetime(2022, 1, 9, 0, 8, 20), "second", "+05:30"),
        When(dt.datetime(2022, 1, 10, 0, 5, 8), "second", "+05:30"),
    ),
    "004": (
        "Protesters are 'Terrorist Gangs', says Kazakhstan Prez, who wants Russia's help against unrest",
        None,
        ("Anwesha Majumdar",),
        When(dt.datetime(2022, 1, 6, 7, 35), "minute", "IST"),
        When(dt.datetime(2022, 1, 6, 7, 35), "minute", "IST"),
    ),
}


@pytest.mark.parametrize("number", SEED_METADATA)
def test_each_seed_states_its_metadata(number):
    article = seed(number)
    title, publisher, authors, published, updated = SEED_METADATA[number]
    assert (article.title, article.publisher, article.authors) == (title, publisher, authors)
    for when, expected in ((article.published, published), (article.updated, updated)):
        assert (when is None) == (expected is None)
        if when and expected:
            assert (when.value, when.precision, when.zone) == (expected.value, expected.precision, expected.zone)


SEED_MASKS = {
    "000": ["date 2022-01-13 "],
    "001": ["CSTO, LED BY RUSSIA, DISPATCHES TROOPS TO KAZAKHSTAN", "by Correspondent - January 7, 2022, 8:01 am"],
    "002": ["date 2022-01-08 "],
    "004": [
        "Updated January 6th, 2022 at 07:35 IST",
        "Protesters are 'Terrorist Gangs', says Kazakhstan Prez, who wants Russia's help against unrest",
        "Reported by: Anwesha Majumdar",
        "Image: AP | Image:self",
        "Advertisement",
        "(Image: AP)",
        "Advertisement",
        "Published January 6th, 2022 at 07:35 IST",
    ],
}


@pytest.mark.parametrize("number", SEED_MASKS)
def test_each_seed_masks_what_the_page_printed_around_it(number):
    assert masked(seed(number)) == SEED_MASKS[number]


def test_the_seed_that_repeats_itself_keeps_each_paragraph_once():
    article = seed("003")
    beginnings = [text[:22] for text in masked(article)]
    assert beginnings == [
        "'Restoring order' in A",
        "By ANI | Published on:",
        "'Restoring order' in A",
        "'Restoring order' in A",
        "After days of violence",
        "( With inputs from ANI",
        "Disclaimer: No editor ",
        "Open in app",
    ]
    standfirst = article.text.index("After days of violence")
    assert all(not (span.start <= standfirst < span.end) for span in article.masked)


def test_a_masked_range_of_an_article_is_a_span_of_it():
    assert all(isinstance(span, Span) and span.article_id == seed("003").id for span in seed("003").masked)

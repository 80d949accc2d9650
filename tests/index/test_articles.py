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
from qa_index.reading import articles, files
from qa_index.reading.canonical import canonical
from qa_index.reading.decoding import decode
from qa_index.stories import Story
from qa_index.types import Article, Span, When, article_id
from tests.index.fakes import read_article

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
    assert files.find(tmp_path) == tuple(tmp_path.resolve() / name for name in ("a.md", "b.txt", "deep/er/c.TXT"))


def test_hidden_files_and_folders_and_the_folders_own_readme_are_left_out(tmp_path):
    for name in (".hidden.txt", ".git/a.txt", "README.md", "sub/ReadMe.TXT", "sub/readme-first.txt"):
        write(tmp_path / name)
    assert [path.name for path in files.find(tmp_path)] == ["readme-first.txt"]


def test_the_folder_that_a_browser_saves_beside_a_page_is_left_out():
    names = ["Story.html", "Storm.HTM", "notes.txt"]
    assert files.saved_beside(names) >= {"story_files", "storm-dateien", "storm_fichiers", "story.files"}
    assert "notes_files" not in files.saved_beside(names)


def test_frames_beside_a_saved_page_are_not_found(tmp_path):
    for name in ("Story.html", "Story_files/ad.html", "other_files/kept.html"):
        write(tmp_path / name)
    assert [path.name for path in files.find(tmp_path, (".html",))] == ["Story.html", "kept.html"]


def test_a_file_that_was_named_is_returned_whatever_it_is_called(tmp_path):
    readme = write(tmp_path / "README.md")
    assert files.find(readme) == (readme.resolve(),)


def test_links_out_of_the_folder_are_not_followed_and_links_inside_it_add_nothing(tmp_path):
    outside = write(tmp_path / "outside" / "secret.txt")
    inside = write(tmp_path / "folder" / "a.txt")
    (tmp_path / "folder" / "out.txt").symlink_to(outside)
    (tmp_path / "folder" / "out").symlink_to(outside.parent)
    (tmp_path / "folder" / "again.txt").symlink_to(inside)
    (tmp_path / "folder" / "circle").symlink_to(tmp_path / "folder")
    assert files.find(tmp_path / "folder") == (inside.resolve(),)


@pytest.mark.parametrize("name", ["missing", "missing/er.txt", "x" * 5000, "nul\0byte"])
def test_a_path_that_is_not_there_is_named_in_the_error(tmp_path, name):
    with pytest.raises(PathNotFound, match="nothing is there"):
        files.find(tmp_path / name)


def test_links_in_a_circle_are_not_there(tmp_path):
    (tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    with pytest.raises(PathNotFound):
        files.find(tmp_path / "a.txt")
    with pytest.raises(UnreadableArticle):
        read_article(tmp_path / "a.txt")


# Reading files


def test_an_article_knows_its_absolute_path_and_its_offsets_are_the_files_own(tmp_path, monkeypatch):
    write(tmp_path / "a.txt")
    monkeypatch.chdir(tmp_path)
    article = read_article(Path("a.txt"))
    assert article.sources == (str((tmp_path / "a.txt").resolve()),)
    assert article.text == BODY
    assert article.id == article_id(BODY)


BAD_FILES = {
    "empty": (b"", "it is empty"),
    "blank": (b" \n\t\r\n ", "it is empty"),
    "invisible": ("\u200b\ufeff\u00ad \u2060".encode(), "it shows no text"),
    "blank letters": ("\u3164\u2800\n".encode(), "it shows no text"),
    "zeros": (b"Text, then\0\0 zeros and \0more", "binary data"),
    "controls": (bytes(range(1, 32)) * 20, "binary data"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "it is an image"),
    "rtf": (rb"{\rtf1\ansi News}", "it is an RTF document"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_what_is_no_article_is_refused_with_the_reason_and_what_to_do(tmp_path, kind):
    content, reason = BAD_FILES[kind]
    with pytest.raises(UnreadableArticle, match=reason) as caught:
        read_article(write(tmp_path / "a.txt", content))
    assert ";" in caught.value.reason
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str((tmp_path / "a.txt").resolve()))


def test_a_file_over_the_limit_is_refused_with_both_sizes(tmp_path):
    path = write(tmp_path / "a.txt", b"x" * 1201)
    with pytest.raises(UnreadableArticle, match=r"1,201 bytes, more than the 1,200 .* split it"):
        read_article(path, max_bytes=1200)
    assert read_article(path, max_bytes=1201).text == "x" * 1201


def test_a_file_that_vanished_a_folder_and_a_pipe_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    for path, reason in (
        (tmp_path / "gone.txt", "no longer there"),
        (tmp_path, "folder"),
        (tmp_path / "pipe.txt", "file"),
    ):
        with pytest.raises(UnreadableArticle, match=reason):
            read_article(path)


def test_a_name_that_is_not_unicode_is_refused_in_words_that_can_be_printed(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    path.write_bytes(BODY.encode())
    with pytest.raises(UnreadableArticle, match="rename it") as caught:
        read_article(files.find(tmp_path)[0])
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
        assert files.read_bytes(path, 1000) == BODY.encode()
    else:
        with pytest.raises(UnreadableArticle, match="changed while it was read"):
            files.read_bytes(path, 1000)


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
    for path in files.find(somebody_else):
        with pytest.raises(UnreadableArticle) as caught:
            read_article(path)
        reasons[path.name] = caught.value.reason
    assert reasons == {
        "secret.txt": "reading it is not permitted; change its permissions",
        "closed": "it is a folder whose files cannot be listed; name the files to index",
    }
    with pytest.raises(UnreadableArticle, match="not permitted"):
        read_article(files.find(somebody_else / "closed" / "a.txt")[0])
    (somebody_else / "closed").chmod(0o700)


# Making articles of text


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_an_article_or_one_error_comes_of_them(content):
    try:
        article = articles.from_text(decode(content), source="a.txt")
    except UnreadableArticle:
        return
    assert article.text.encode("utf-8")
    assert canonical(article.text) == article.text


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


# Making articles of what a file states


def day(*parts: int, method: str = "field date") -> When:
    return When(dt.datetime(*parts), "day", method=method)  # type: ignore[arg-type]


def clock(*parts: int, zone: str | None = None, method: str = "JSON-LD datePublished") -> When:
    return When(dt.datetime(*parts), "second" if len(parts) > 5 else "minute", zone, method=method)  # type: ignore[arg-type]


SIGNED = "Bridge to be built over the river\n\nBy Jane Doe | Published: 6 January 2022 7:35 am IST\n\n" + BODY


def test_a_story_without_metadata_is_the_article_its_text_makes():
    read = articles.from_text(SIGNED, source="a.jsonl#line 3")
    assert articles.from_story(Story(SIGNED, place="line 3"), source="a.jsonl#line 3") == read


def test_what_the_file_states_wins_over_what_the_text_says():
    story = Story(
        SIGNED,
        title=" Bridge \n to come ",
        publisher="The Herald",
        authors=("John Roe", "John Roe", " "),
        published=(day(2022, 1, 7),),
        updated=(clock(2022, 1, 8, 12, 0),),
        url="https://example.org/bridge",
        language="en",
        rules=(("title", "OpenGraph"), ("publisher", "field source"), ("url", "canonical link")),
    )
    article = articles.from_story(story, source="s")
    assert (article.title, article.publisher, article.authors) == ("Bridge to come", "The Herald", ("John Roe",))
    assert (article.url, article.language, article.sources) == ("https://example.org/bridge", "en", ("s",))
    assert (article.published, article.updated) == (day(2022, 1, 7), clock(2022, 1, 8, 12, 0))
    assert dict(article.provenance) == {
        "title": "OpenGraph",
        "publisher": "field source",
        "authors": "file",
        "published": "field date",
        "updated": "JSON-LD datePublished",
        "url": "canonical link",
        "language": "file",
    }
    assert [when.value for when in article.other_dates] == [dt.datetime(2022, 1, 6, 7, 35)]


def test_what_the_file_leaves_out_or_leaves_blank_is_read_from_the_text():
    article = articles.from_story(Story(SIGNED, title=" ", publisher="\u200b", authors=("",)), source="s")
    assert (article.title, article.authors) == ("Bridge to be built over the river", ("Jane Doe",))
    assert article.publisher is None
    assert dict(article.provenance)["authors"] == "metadata line"


# What is stated, the most trusted first: what counts, and the other days.
STATEMENTS = {
    "nothing": ((), None, ()),
    "one day": ((day(2022, 1, 6),), day(2022, 1, 6), ()),
    "a clock refines a day": ((day(2022, 1, 6), clock(2022, 1, 6, 7, 35)), clock(2022, 1, 6, 7, 35), ()),
    "a clock stays": ((clock(2022, 1, 6, 7, 35), day(2022, 1, 6)), clock(2022, 1, 6, 7, 35), ()),
    "another clock of that day adds nothing": (
        *((clock(2022, 1, 6, 7, 35), clock(2022, 1, 6, 9, 0, 1)), clock(2022, 1, 6, 7, 35), ()),
    ),
    "a zone is more": (
        (clock(2022, 1, 6, 7, 35), clock(2022, 1, 6, 7, 35, zone="IST")),
        clock(2022, 1, 6, 7, 35, zone="IST"),
        (),
    ),
    "midnight is how programs write a day": (
        *((clock(2022, 1, 6, 0, 0, 0), clock(2022, 1, 6, 7, 35)), clock(2022, 1, 6, 7, 35), ()),
    ),
    "a day refines its month and its year": (
        (When(dt.datetime(2022, 1, 1), "year"), When(dt.datetime(2022, 1, 1), "month"), day(2022, 1, 6)),
        day(2022, 1, 6),
        (),
    ),
    "other days, each once, in order": (
        (day(2022, 1, 6), day(2022, 1, 9), day(2022, 1, 7), day(2022, 1, 9, method="again")),
        day(2022, 1, 6),
        (day(2022, 1, 9), day(2022, 1, 7)),
    ),
    "one moment in two zones is one day": (
        (clock(2022, 1, 6, 20, 0, zone="+00:00"), clock(2022, 1, 7, 1, 30, 5, zone="+05:30")),
        clock(2022, 1, 6, 20, 0, zone="+00:00"),
        (),
    ),
    "the end of time": (
        (clock(9999, 12, 31, 23, 59, zone="-05:00"), clock(1, 1, 1, 1, 1, zone="+05:00")),
        clock(9999, 12, 31, 23, 59, zone="-05:00"),
        (clock(1, 1, 1, 1, 1, zone="+05:00"),),
    ),
}


@pytest.mark.parametrize("case", STATEMENTS)
def test_the_most_trusted_day_counts_in_its_most_precise_statement_and_other_days_are_kept(case):
    stated, published, others = STATEMENTS[case]
    article = articles.from_story(Story(BODY, published=stated), source="s")
    assert (article.published, article.other_dates) == (published, others)


def test_a_clock_in_the_text_refines_the_day_of_the_file_and_keeps_its_place():
    article = articles.from_story(Story(SIGNED, published=(day(2022, 1, 6),)), source="s")
    assert article.published is not None and article.published.span is not None
    assert article.text[slice(article.published.span.start, article.published.span.end)] == "6 January 2022 7:35 am IST"
    assert (article.published.zone, article.other_dates) == ("IST", ())
    assert dict(article.provenance)["published"] == "metadata line"


def test_every_day_of_publication_that_the_text_states_is_kept():
    text = (
        "---\ndate: 2022-01-05\n---\n6 January 2022\n\n"
        + BODY
        + "\nUpdated: 9 January 2022\n\nPublished: 7 January 2022\n"
    )
    article = articles.from_story(Story(text), source="s")
    assert article.published is not None and article.updated is not None
    assert (article.published.date, article.published.method) == (dt.date(2022, 1, 5), "front matter")
    assert [(when.date.day, when.method) for when in article.other_dates] == [
        (7, "metadata line"),
        (6, "metadata line"),
    ]
    assert article.updated.date == dt.date(2022, 1, 9)


def test_a_place_that_a_file_claims_in_its_text_is_not_believed():
    stated = When(dt.datetime(2022, 1, 6), "day", span=Span("0", 5, 9_999), method="field date")
    article = articles.from_story(Story(BODY, published=(stated,), updated=(stated,)), source="s")
    assert article.published is not None and article.updated is not None
    assert (article.published.span, article.updated.span) == (None, None)


@pytest.mark.parametrize(
    "title",
    [
        "Bridge to be built over the river",
        "Bridge to be built over the river | The Herald",
        "Bridge to be built over the river - News - The Herald",
        "Bridge to be built over the ...",
    ],
)
def test_the_line_of_the_headline_is_masked_however_the_file_writes_its_title(title):
    article = articles.from_story(Story(SIGNED, title=title), source="s")
    assert article.title == title
    assert masked(article)[0] == "Bridge to be built over the river"


def test_a_story_that_shows_nothing_is_refused_by_its_source():
    with pytest.raises(UnreadableArticle, match=r"^s#line 3.*no letter, digit or sign"):
        articles.from_story(Story(" \u200b\n", title="A bridge"), source="s#line 3")


WHENS = st.lists(
    st.builds(
        When,
        st.datetimes(),
        st.sampled_from(["year", "month", "day", "minute", "second"]),
        st.sampled_from([None, "+05:30", "-11:00", "IST"]),
    ),
    max_size=5,
).map(tuple)


@settings(deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=25).map("".join), WHENS, WHENS, st.text(max_size=20))
def test_whatever_a_file_states_its_ranges_are_exact_and_its_days_differ(text, published, updated, title):
    story = Story(text, title=title, authors=(title,), published=published, updated=updated)
    try:
        article = articles.from_story(story, source="s")
    except UnreadableArticle:
        return
    assert all(span.article_id == article.id and span.end <= len(article.text) for span in article.masked)
    assert all(left.end < right.start for left, right in itertools.pairwise(article.masked))
    stated = [*([article.published] if article.published else []), *article.other_dates]
    assert all(when.span is None or when.span.end <= len(article.text) for when in stated)
    assert len(set(stated)) == len(stated)
    assert bool(article.published) >= bool(published)
    assert articles.from_story(story, source="s") == article


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


@pytest.mark.parametrize(
    ("block", "publisher", "url", "authors"),
    [
        ("---\nsource: https://a.example/b\nauthor: Jane Doe\n---\n", None, "https://a.example/b", ("Jane Doe",)),
        ('---\nauthor:\n  - "[[Jane Doe]]"\n---\n', None, None, ("Jane Doe",)),
        ("---\nauthor: [[people/Jane|Jane Doe]]\n---\n", None, None, ("Jane Doe",)),
        ("---\ntitle: x\npermalink: /x/\n---\n", None, None, ()),
        ('+++\ntitle = "x"\nauthors = ["Jane Doe", "John Roe"]\n+++\n', None, None, ("Jane Doe", "John Roe")),
        (
            '+++\n[extra]\nsource = "Daily Record"\nurl = "https://a.example/b"\n+++\n',
            "Daily Record",
            "https://a.example/b",
            (),
        ),
    ],
)
def test_front_matter_is_read_as_programs_write_it(block, publisher, url, authors):
    article = articles.from_text(block + BODY)
    assert (article.publisher, article.url, article.authors) == (publisher, url, authors)


@pytest.mark.parametrize("written", ["2021-03-04T05:06:07+02:00", "2021-03-04 05:06:07+02:00"])
def test_front_matter_in_toml_states_its_date_where_it_stands(written):
    article = articles.from_text(f'+++\ntitle = "A bridge"\ndate = {written}\n+++\n{BODY}')
    assert article.title == "A bridge"
    assert article.published is not None and article.published.span is not None
    assert (article.published.value, article.published.zone) == (dt.datetime(2021, 3, 4, 5, 6, 7), "+02:00")
    assert article.text[article.published.span.start : article.published.span.end] == written


@pytest.mark.parametrize(
    "block", ["+++\nno = = toml\n+++\n", "+++\na = " + "[" * 9_000 + "\n+++\n", "+++\ntitle = 'x'\n"]
)
def test_plus_signs_that_hold_no_front_matter_are_text(block):
    assert "front matter" not in dict(articles.from_text(block + BODY).provenance).values()


def test_a_name_or_a_dateline_at_the_top_is_no_title():
    named = articles.from_text(
        "Марк Иванов\n12 мая 2020 г., 10:15 МСК\n\nВ Перми закрыли старый завод, сообщили там.\n"
    )
    assert (named.title, named.authors) == (None, ("Марк Иванов",))
    assert named.published is not None and named.published.date == dt.date(2020, 5, 12)
    wired = articles.from_text(
        "LONDON, March 4 (Wire) - \nBy Jane Doe\n\nThe bank said that it would close branches.\n"
    )
    assert (wired.title, wired.authors) == (None, ("Jane Doe",))


def test_authors_may_be_a_list_below_their_key():
    text = "---\nauthors:\n  - Jane Doe\n  - 'John Roe'\ndate: 31 February 2022\n---\n\n" + BODY
    article = articles.from_text(text)
    assert article.authors == ("Jane Doe", "John Roe")
    assert article.published is None


# The articles that come with the program


def seed(number: str) -> Article:
    return read_article(next(SEEDS.glob(f"{number}_*.txt")))


def test_the_seeds_are_found_without_the_readme_that_describes_them():
    assert [path.name[:3] for path in files.find(SEEDS)] == ["000", "001", "002", "003", "004"]


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

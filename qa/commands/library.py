"""`qa library`: copy a whole library into one file, and put it back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa.commands.options import JsonOption, LibraryOption, flags
from qa.commands.session import settings_in_force
from qa.terminal import Line, emit, say, show

FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="The file of the copy.", show_default=False)]


def back_up(file: FileArgument, library: LibraryOption = None, json_output: JsonOption = False) -> None:
    """Copy the library into one file: its articles, what was handed in through the page, and verdicts.

    It is copied as it is at one moment, also while others ask it or add to it. A copy that is there is replaced once
    the new one is whole. Search indexes are left out: they are made again when it is put back.
    """
    from qa.export import to_json
    from qa_index.storage import backup

    folder = settings_in_force(flags(library)).library
    size = backup.back_up(folder, Path(file).expanduser(), notice=say)
    if json_output:
        emit(to_json({"file": str(Path(file).expanduser().absolute()), "bytes": size, "library": str(folder)}))
    else:
        show(Line(((f"Copied library {folder} into {file} ({size / 1e6:,.1f} MB)", ""),)))


def restore(
    file: FileArgument,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Put it in place of a library that has articles, and of the files handed in to that."
        ),
    ] = False,
    library: LibraryOption = None,
    json_output: JsonOption = False,
) -> None:
    """Put a library that `qa library backup` copied in place, and make its search indexes.

    Nothing is touched before the whole copy has been read and found sound. The articles' own files need not be there.
    """
    from qa.export import to_json
    from qa.render import counted
    from qa_index.storage import backup

    folder = settings_in_force(flags(library)).library
    articles = backup.restore(Path(file).expanduser(), folder, force=force, notice=say)
    if json_output:
        emit(to_json({"articles": articles, "library": str(folder)}))
    else:
        show(Line(((f"Put {counted(articles, 'article')} back: library {folder}", ""),)))

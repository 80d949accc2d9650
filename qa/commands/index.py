"""`qa index`: read files and folders into the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from qa.commands.options import JsonOption, LibraryOption, flags
from qa.commands.session import open_library
from qa.terminal import emit, progress, say, show

if TYPE_CHECKING:
    from pathlib import Path

    from qa_index.types import Synced

SOME_FAILED = 4
INTERRUPTED = 130


def index(
    context: typer.Context,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Files and folders of articles.", show_default=False)
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make the whole search index anew first; PATH may then be left out.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep articles whose files are gone.")] = False,
    library: LibraryOption = None,
    json_output: JsonOption = False,
) -> None:
    """Read files and folders into the library.

    Run it again to bring the library up to date: what has not changed is not read again, and articles whose files
    are gone from a folder are removed. Interrupting it loses nothing that is done.

    Exit code 4: some files could not be read; they are listed, and the others are in the library.
    """
    if not paths and not rebuild:
        raise typer.BadParameter("name the files or folders to read.", param_hint="PATH")
    try:
        with open_library(context, flags(library), create=True) as opened:
            if rebuild:
                with progress("Rebuilding") as shown:
                    opened.rebuild(progress=shown)
            if not paths:
                say(f"Rebuilt: library {opened.folder}")
                return
            with progress("Indexing") as shown:
                done = opened.add(*paths, progress=shown, keep=keep)
            _report(done, opened.folder, json_output=json_output)
    except KeyboardInterrupt:
        say("Interrupted. What is done is kept: run the same command again to go on from there.")
        raise typer.Exit(INTERRUPTED) from None
    if done.failed:
        raise typer.Exit(SOME_FAILED)


def _report(done: Synced, folder: Path, *, json_output: bool) -> None:
    from qa.export import to_json
    from qa.render import synced
    from qa.terminal import Line

    for failure in done.failed:
        say(f"Not indexed: {failure.source}: {failure.reason}")
    if json_output:
        failed = [{"source": each.source, "reason": each.reason} for each in done.failed]
        counts = {"added": done.added, "changed": done.changed, "unchanged": done.unchanged, "removed": done.removed}
        emit(to_json({**counts, "failed": failed, "library": str(folder)}))
    else:
        show(Line(((synced(done, folder), ""),)))

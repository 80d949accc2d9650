"""`qa index`: read files and folders into the library, once or as they change."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from qa.commands.options import JsonOption, LibraryOption, flags
from qa.commands.session import open_library
from qa.terminal import Line, emit, progress, say, show

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qa.commands.session import Library
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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and write nothing.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and keep up with what changes, until Ctrl-C.")] = False,
    poll: Annotated[
        bool, typer.Option("--poll", help="With --watch, for drives that tell of no change: look every 2 seconds.")
    ] = False,
    fields: Annotated[
        str | None,
        typer.Option(
            "--fields",
            metavar="FIELD=NAME,…",
            help="What JSON and CSV records call their text, title, published, updated, url, authors, publisher, "
            "language, where it is not a usual name [env: QA_FIELDS].",
        ),
    ] = None,
    library: LibraryOption = None,
    json_output: JsonOption = False,
) -> None:
    """Read files and folders into the library.

    Read are .txt and .md; .json, .jsonl and .csv; .eml; .zip of these; and with extra packages .html (pip install
    'citewell[html]'), .pdf ([pdf]), .docx ([docx]), feeds ([feeds]) and .warc ([warc]), or all of them ([formats]). A
    file may hold many articles. docs/formats.md tells the rest.

    Run it again to bring the library up to date: what has not changed is not read again, and articles whose files
    are gone from a folder are removed. Questions find by its words what has been read, and by its meaning once it is
    embedded. Interrupting it loses nothing that is done.

    Exit code 4: some files could not be read, or parts of them; they are listed, and the others are in the library.
    """
    _require_sense(paths, rebuild=rebuild, dry_run=dry_run, watch=watch, poll=poll)
    wanted = paths or []
    named = {"fields": fields} if fields else {}
    done: Synced | None = None
    try:
        with open_library(context, flags(library) | named, create=True) as opened:
            if dry_run:
                done = _preview(opened, wanted, keep=keep, json_output=json_output)
            elif watch:
                _watch(opened, wanted, rebuild=rebuild, keep=keep, poll=poll, json_output=json_output)
            else:
                _rebuild(opened, wanted=rebuild)
                done = _add(opened, wanted, keep=keep, json_output=json_output) if wanted else None
    except KeyboardInterrupt:
        say("Interrupted. What is done is kept: run the same command again to go on from there.")
        raise typer.Exit(INTERRUPTED) from None
    if done and done.failed:
        raise typer.Exit(SOME_FAILED)


def _require_sense(paths: list[str] | None, *, rebuild: bool, dry_run: bool, watch: bool, poll: bool) -> None:
    if not paths and not (rebuild and not watch):
        raise typer.BadParameter("name the files or folders to read.", param_hint="PATH")
    if dry_run and (rebuild or watch):
        other = "--rebuild" if rebuild else "--watch"
        raise typer.BadParameter(f"it writes nothing, and {other} does. Leave one of them out.", param_hint="--dry-run")
    if poll and not watch:
        raise typer.BadParameter("it says how to --watch. Give both.", param_hint="--poll")


def _rebuild(library: Library, *, wanted: bool) -> None:
    if wanted:
        with progress() as shown:
            library.rebuild(progress=shown)
        say(f"Rebuilt: library {library.folder}")


def _add(library: Library, paths: Sequence[str], *, keep: bool, json_output: bool) -> Synced:
    with progress() as shown:
        done = library.add(*paths, progress=shown, keep=keep)
    _report(done, library.folder, json_output=json_output)
    return done


def _preview(library: Library, paths: Sequence[str], *, keep: bool, json_output: bool) -> Synced:
    from qa.render import synced

    with progress() as shown:
        would = library.preview(*paths, progress=shown, keep=keep)
    _say_failures(would, "Could not be indexed")
    if json_output:
        _emit(would, library.folder, dry_run=True)
    else:
        show(Line(((f"Nothing was written. It would be: {synced(would, library.folder)}", ""),)))
    return would


def _watch(library: Library, paths: Sequence[str], *, rebuild: bool, keep: bool, poll: bool, json_output: bool) -> None:
    from qa.watching import Watch, changes, ended_in_peace
    from qa_index.formats.kinds import is_article_name

    def changed(done: Synced) -> None:
        from qa.render import changes as said

        _say_failures(done)
        now = dt.datetime.now().astimezone()
        if json_output:
            _emit(done, library.folder, at=now.isoformat(timespec="seconds"))
        else:
            show(Line(((f"{now:%H:%M} {said(done)}", ""),)))

    def first(there: Sequence[str]) -> Synced:
        with progress() as shown:
            return library.add(*there, progress=shown, keep=keep)

    watching = Watch(paths, lambda there: library.add(*there, keep=keep), changed, say)
    with ended_in_peace():
        _rebuild(library, wanted=rebuild)
        _report(watching.first(first), library.folder, json_output=json_output)
        say("Watching for changes. Ctrl-C ends it.")
        watching.follow(changes(paths, is_article=is_article_name, outside=library.folder, poll=poll))


def _report(done: Synced, folder: Path, *, json_output: bool) -> None:
    from qa.render import synced

    _say_failures(done)
    if json_output:
        _emit(done, folder)
    else:
        show(Line(((synced(done, folder), ""),)))


def _say_failures(done: Synced, what: str = "Not indexed") -> None:
    for failure in done.failed:
        say(f"{what}: {failure.source}: {failure.reason}")


def _emit(done: Synced, folder: Path, **beside: object) -> None:
    from qa.export import to_json

    failed = [{"source": each.source, "reason": each.reason} for each in done.failed]
    counts = {"added": done.added, "changed": done.changed, "unchanged": done.unchanged, "removed": done.removed}
    emit(to_json({**beside, **counts, "failed": failed, "library": str(folder)}))

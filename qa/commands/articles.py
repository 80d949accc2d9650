"""`qa articles`, `show`, `remove`, `export`: look at what is in the library, and take it out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qa.commands.options import (
    AfterOption,
    ArticleOption,
    JsonOption,
    LibraryOption,
    PublisherOption,
    UntilOption,
    filters,
    flags,
)
from qa.commands.session import open_library
from qa.terminal import emit, say, show
from qa_index.errors import ArticleNotFound, QAError

if TYPE_CHECKING:
    from qa.commands.session import Library
    from qa_index.duplicates import Kin
    from qa_index.types import Article

_MOST_OTHERS = 50  # articles with the same words that are named
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The article's id, or enough of its beginning.")]


def articles(
    context: typer.Context,
    after: AfterOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
    article: ArticleOption = None,
    library: LibraryOption = None,
    json_output: JsonOption = False,
) -> None:
    """List the articles in the library.

    In a pipe: id, day, publisher, title, source, and for an article in the words of an earlier one what it is to that
    ("reprint of 7fdb55270c037503"), separated by tabs.
    """
    from qa import export, render

    narrowed = filters(after=after, until=until, publisher=publisher, article=article)
    with open_library(context, flags(library)) as opened:
        found = opened.articles(**narrowed)
        extent = opened.searched(**narrowed)
        kin = opened.kin()
    if json_output:
        for each in found:
            emit(export.to_json(export.article_record(each, with_text=False, kin=kin.get(each.id))))
        return
    if found:
        show(render.articles(found, kin))
    say(render.extent(extent))


def show_article(
    context: typer.Context,
    article_id: IdArgument,
    text: Annotated[bool, typer.Option("--text", help="Print exactly the text that citations count in.")] = False,
    marks: Annotated[
        bool, typer.Option("--marks", help="Put [[ and ]] around what is never searched or cited.")
    ] = False,
    library: LibraryOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show an article: what is known about it, where its dates were read, and its text.

    Other articles with the same words are named: the original, reprints, updates, corrections. What is never searched
    or cited (menus, notices) is dimmed. With --text nothing but the text is printed, not even a line end after it:
    `start` and `end` of a citation count its characters (Unicode code points) from 0.
    """
    from qa import export, render

    with open_library(context, flags(library)) as opened:
        found = opened.article(article_id)
        kin = {} if text else opened.kin()
        others = () if text or json_output else _same_words(opened, found.id, kin)
    if json_output:
        emit(export.to_json(export.article_record(found, kin=kin.get(found.id))))
    elif text:
        emit(found.text)
    else:
        show(*render.article(found, others, marks=("[[", "]]") if marks else ("", "")))


def _same_words(library: Library, article_id: str, kin: Mapping[str, Kin]) -> tuple[tuple[str, Article], ...]:
    """Return the articles that share an article's words, each with what it is."""
    from qa.families import family_of

    family = family_of(article_id, kin)
    others = family.others_than(article_id)[:_MOST_OTHERS] if family else ()
    found: list[tuple[str, Article]] = []
    for identity, relation in others:
        with suppress(ArticleNotFound):  # it has left meanwhile
            found.append((relation, library.article(identity)))
    return tuple(found)


def remove(
    context: typer.Context,
    article_id: IdArgument,
    library: LibraryOption = None,
    json_output: JsonOption = False,
) -> None:
    """Take an article out of the library; its files stay where they are.

    It can no longer be found or cited. Indexing its files again brings it back.
    """
    from qa import export

    with open_library(context, flags(library)) as opened:
        kin = opened.kin() if json_output else {}
        gone = opened.remove(article_id)
    if json_output:
        emit(export.to_json(export.article_record(gone, with_text=False, kin=kin.get(gone.id))))
    say(f"Removed {gone.id}: {gone.label}")


def export_articles(
    context: typer.Context,
    form: Annotated[
        Literal["json", "markdown", "csv"],
        typer.Option("--format", help="json is JSON Lines: one article a line, with everything known about it."),
    ] = "json",
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file instead.")
    ] = None,
    library: LibraryOption = None,
) -> None:
    """Write out every article with what is known about it and its text, as UTF-8.

    In csv, a cell that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    from qa import export
    from qa.render import counted

    with open_library(context, flags(library)) as opened:
        found, kin = opened.articles(), opened.kin()
    pieces = export.articles(found, form, kin)
    if output is None or output == "-":
        for piece in pieces:
            emit(piece)
        return
    _write(Path(output), pieces)
    say(f"{counted(len(found), 'article')} written to {output}")


def _write(path: Path, pieces: Iterable[str]) -> None:
    """Write a file whole or not at all.

    Raises:
        QAError: if it cannot be written there.

    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _unwritable(path, error) from error
    part = Path(name)
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 (an open handle, not a path)
            file.writelines(pieces)
        _with_usual_rights(part)
        part.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink()


def _with_usual_rights(path: Path) -> None:
    """Let others read it as they could any new file: mkstemp lets nobody else."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)


def _unwritable(path: Path, error: OSError) -> QAError:
    return QAError(f"Asked to write {path}, but: {error.strerror}. Name another file with `--output FILE`.")

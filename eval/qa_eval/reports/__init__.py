"""Show a run to a person and to a machine: Markdown, a page for the browser, JUnit XML."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa_eval.folder import Run

MARKDOWN, HTML, JUNIT = "report.md", "report.html", "junit.xml"


def write(run: Run) -> None:
    """Write the three reports of a run into its folder, each whole or not at all.

    Raises:
        QAError: if the folder cannot be written.

    """
    from qa_eval.records import write_atomically
    from qa_eval.reports.html import page
    from qa_eval.reports.junit import junit
    from qa_eval.reports.markdown import markdown

    for name, made in ((MARKDOWN, markdown), (HTML, page), (JUNIT, junit)):
        write_atomically(run.path / name, made(run))

"""Tell a title and an author in a document's properties from what a program put there."""

from __future__ import annotations

import re

from qa_index.reading import names

# What programs put where a title belongs.
_NO_TITLE = re.compile(
    r"(?:microsoft|powerpoint|word|libreoffice)\b.* - .*|untitled.*|word document|(?:document|dokument|slide) \d+|"
    r".*\.(?:docx?|pdf|indd|qxd|odt|rtf|txt|html?|tex|dvi)",
    re.IGNORECASE,
)


def title_of(written: str) -> str | None:
    """Return what a document's properties call its title if it is one, not what a program put there."""
    written = " ".join(written.split())
    return written if len(written.split()) > 1 and not _NO_TITLE.fullmatch(written) else None


def authors_of(written: str) -> tuple[str, ...]:
    """Return the people that a document's properties name as its authors, not the name of an account or a program."""
    credit = names.credit(" ".join(written.split()))
    return credit.authors if credit else ()

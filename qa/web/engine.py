"""What every part of the server is handed: the library it answers from and the settings in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from qa.api import Library
    from qa.settings import Settings

LONGEST_CONVERSATION = 1_500_000  # bytes that are sent along with a question; some two hundred answers


def too_long(written: str) -> bool:
    """Whether a conversation, as it is written, is past what may be sent: counted in bytes, as it is on its way."""
    return len(written.encode("utf-8", "surrogatepass")) > LONGEST_CONVERSATION


@dataclass(frozen=True, slots=True)
class Engine:
    """One library for everybody who is connected; threads may share it."""

    library: Library
    settings: Settings

    @property
    def written_at(self) -> str | None:
        """Names the host to which text of articles goes, because a language model writes there; None if none does."""
        if self.settings.llm is None:
            return None
        return urlsplit(self.settings.llm_url).netloc.rpartition("@")[2]

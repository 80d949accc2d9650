"""Read what is said to a language model: one Markdown file each, cut into roles before anything is filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import Literal, cast

from qa.types import Message
from qa_index.errors import ModelUnavailable

Role = Literal["system", "user", "assistant"]
_HEADING = re.compile(r"^## (system|user|assistant)[ \t]*$", re.MULTILINE)
_VERSION = re.compile(r"version: (\d+)\n")
# Of a chat template's own marks, such as <|im_start|> or </s>: some servers read them inside a text, too.
_MARK = re.compile(r"<(?=[|/A-Za-z][^<>\n]{0,60}>)|(?<=\|)>")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is said in each role, in order; `name` holds its version and hash, and is part of what made an answer."""

    name: str
    roles: tuple[tuple[Role, str], ...]

    def fill(self, **values: str) -> tuple[Message, ...]:
        """Return the messages; a value is put in as it is, and neither a role nor a variable in it means anything.

        Raises:
            ValueError: if a variable has no value, or a value no variable.

        """
        wanted = {name for _, text in self.roles for name in Template(text).get_identifiers()}
        if wanted != set(values):
            raise ValueError(f"the prompt {self.name} takes {sorted(wanted)}, got {sorted(values)}")
        return tuple(Message(role, Template(text).substitute(values)) for role, text in self.roles)


@cache
def load(name: str) -> Prompt:
    """Read the prompt of this name.

    Raises:
        ModelUnavailable: if it is missing or damaged.

    """
    try:
        text = (_folder() / f"{name}.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelUnavailable(
            f"Asked for the prompt {name!r}, but it cannot be read ({error!r}). Install Citewell again."
        ) from error
    return parse(name, text)


def _folder() -> Path:
    """Return the folder of the prompts, in an installation or in the checkout."""
    package = Path(__file__).parent
    inside = package / "prompts"
    return inside if inside.is_dir() else package.parent / "prompts"


def parse(name: str, text: str) -> Prompt:
    """Make a prompt of the text of its file: a version, then a heading for each role.

    Raises:
        ModelUnavailable: if it has no version or no role.

    """
    version = _VERSION.match(text)
    cut = _HEADING.split(text)
    if not version or len(cut) < 3:  # what stands before the first role, then each role and its text
        raise ModelUnavailable(
            f"Asked for the prompt {name!r}, but it has no version or no role. Install Citewell again."
        )
    roles = tuple((cast(Role, role), said.strip()) for role, said in zip(cut[1::2], cut[2::2], strict=True))
    return Prompt(f"{name}/{version[1]} {sha256(text.encode()).hexdigest()[:8]}", roles)


def quoted(text: str) -> str:
    """Return text of an article on one line, as it may stand in a prompt: nothing in it looks like a role's mark."""
    return _MARK.sub(lambda match: "‹" if match[0] == "<" else "›", " ".join(text.split()))

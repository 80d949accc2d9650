"""Tell where "it" and "that" mean what was said or done: no person, company or place may stand for them there."""

from __future__ import annotations

import re
from typing import Literal

from qa.followups.clauses import bare
from qa.followups.verbs import AUXILIARIES, BE, DO

Sense = Literal["", "deed", "speaker", "text"]

_TOLD = frozenset(
    "say says said saying tell tells told mean means meant report reports reported claim claims claimed announce "
    "announces announced state stated think thinks thought believe believes believed explain explained deny denied "
    "confirm confirmed know knows knew admit admitted".split()
)
_DONE = frozenset("do doing done does happen happens happened".split())
_OF_DEEDS = frozenset(
    "legal illegal lawful unlawful right wrong true false fair unfair justified possible necessary violent peaceful "
    "planned expected intentional deliberate successful useful serious surprising dangerous allowed permitted "
    "criticised criticized condemned".split()
)
_OF_TEXTS = frozenset(
    "published announced confirmed denied lifted revoked imposed reported declared broadcast filmed recorded leaked "
    "publish announce lift revoke impose declare film record leak over on last begin start continue ended end "
    "extended extend".split()
)
_OF_OUTCOMES = frozenset("mean means work help succeed fail matter happen occur".split())
_AFTER = frozenset("after before since until during by".split())
_BETWEEN = frozenset("not really ever also even still been be then actually".split())
_WHO_WAS = re.compile(r"(?:who|(?:which|what|whose)\s+(?!kind|sort|type)[\w'’-]+)\s+(?:is|was|are|were)", re.IGNORECASE)


def sense(before: str, behind: str) -> Sense:
    """Return what a pronoun between two parts of a question means by the verb beside it; empty for any thing.

    A `deed` is nothing that a name or a noun phrase can say; a `speaker` is a body of people; a `text` has no name.
    """
    left, right = [bare(token) for token in before.split()], [bare(token) for token in behind.split()]
    previous = left[-1] if left else ""
    following = next((word for word in right if word not in _BETWEEN), "")
    inverted = previous in AUXILIARIES and not (previous == "do" and AUXILIARIES & set(left[:-1]))
    if _is_deed(before, previous, following, inverted=inverted):
        return "deed"
    if previous == "of" or (previous == "about" and _TOLD & set(left)):
        return "text"
    if inverted and following in _TOLD | _DONE and previous not in BE.split():
        return "speaker"
    return "text" if following in _OF_TEXTS or previous in _OF_TEXTS else ""


def _is_deed(before: str, previous: str, following: str, *, inverted: bool) -> bool:
    """Whether a pronoun is the object of what was said or done, the subject of "legal", or asks who somebody was."""
    if inverted:
        judged = previous in f"{BE} been has had have".split() and following in _OF_DEEDS
        asks_who = not following and bool(_WHO_WAS.fullmatch(before.strip()))
        return judged or asks_who or following in _OF_OUTCOMES or (not following and previous in DO.split())
    return previous in _TOLD | _DONE | _AFTER

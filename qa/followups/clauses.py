"""Cut a question into its parts, and put it together again with another opening or another word in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from qa.followups.verbs import ASIDE, AUXILIARIES, BASE, BASES, BE, DETERMINERS, DO, HAVE, PREPOSITIONS, is_verb

Role = Literal["adjunct", "object", "subject", "copula", "none"]

_STOPS = PREPOSITIONS | DETERMINERS | frozenset("and or but when while who whom which that if than how what".split())
_WH = r"(?:how (?:many|much|long|old|big|far|often|soon)|who|whom|whose|what|which|when|where|why|how)\b"
_OPENING = re.compile(rf"(?:(?:according to|as of|{'|'.join(sorted(PREPOSITIONS))})\s+)?{_WH}", re.IGNORECASE)
_STAND_ALONE = frozenset("this that these those his her some any each".split())
_LINKS = frozenset({"that", "who", "which"})
_ADJUNCT = re.compile(r"(?:when|where|why|how(?! (?:many|much)\b))\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """A question in parts, such as "In which regions | has | the state of emergency | ended | first".

    `role` says what the opening stands for: the `subject`, the `object`, an `adjunct` (when, where, in which …), what
    is said by a form of "be" (`copula`), or `none` where yes or no is asked. Without an `auxiliary` the opening is the
    subject of `verb`. Where the subject cannot be told from what follows, `verb` is empty and `subject` holds both.
    """

    opening: str
    auxiliary: str
    subject: str
    verb: str
    after: str
    role: Role

    @property
    def head(self) -> str:
        """What is counted or named by the opening: "people" of "How many people"; empty for "who" and the like."""
        found = re.fullmatch(r"(?:.*\b)?(?:how many|how much|which|what|whose)\s+(.+)", self.opening, re.IGNORECASE)
        return found[1] if found else ""

    @property
    def rest(self) -> str:
        """What follows the auxiliary."""
        return joined(self.subject, self.verb, self.after)


def joined(*parts: str) -> str:
    """Put parts of a sentence together, without those that are empty."""
    return " ".join(part for part in parts if part)


def question(*parts: str) -> str:
    """Put parts together as a question."""
    text = re.sub(r"\s+([,.?!])", r"\1", joined(*parts)).strip(" ?")
    return f"{text[:1].upper()}{text[1:]}?"


def parse(text: str) -> Clause | None:
    """Cut a question into its parts; None for what is none, such as "Almaty governor?"."""
    tokens = text.strip(" ?!.").split()
    places = [place for place, token in enumerate(tokens) if bare(token) in AUXILIARIES]
    if tokens and places and places[0] == 0:
        return _inverted("", tokens, 0, "none")
    opening = _OPENING.match(text.strip())
    if not opening:
        return None
    least = len(opening[0].split())
    place = next((each for each in places if each >= least), None)
    if place is None or not _ends_opening(tokens[least:place]):
        return _subject_first(tokens, least)
    front = " ".join(tokens[:place])
    if _ADJUNCT.match(front) or not re.match(_WH, front, re.IGNORECASE):
        return _inverted(front, tokens, place, "adjunct")
    return _of_role(front, tokens, place)


def bare(token: str) -> str:
    """Return a token in lower case, without the marks around it."""
    return token.strip(",.;:!?'\"“”‘’()").lower()


def _ends_opening(between: list[str]) -> bool:
    """Whether nothing but a noun phrase stands between the question word and the auxiliary."""
    words = [bare(token) for token in between]
    return not any(word in BASE or (word.endswith("ed") and len(word) > 4) or word in _LINKS for word in words)


def _subject_first(tokens: list[str], least: int) -> Clause | None:
    """Cut "Which company | cut | off the internet": the opening is the subject of a full verb."""
    if least >= len(tokens):
        return Clause(" ".join(tokens), "", "", "", "", "none")
    named = bare(tokens[least - 1]) in ("which", "what", "whose", "many", "much")
    first = least + 1 if named else least
    end = next((i for i in range(first, len(tokens)) if is_verb(bare(tokens[i]))), first)
    if bare(tokens[least - 1]) == "what" and is_verb(bare(tokens[least])):
        end = least
    if end >= len(tokens) or (not named and end != first):
        end = first
    if end >= len(tokens):
        return Clause(" ".join(tokens), "", "", "", "", "none")
    return Clause(" ".join(tokens[:end]), "", "", tokens[end], " ".join(tokens[end + 1 :]), "subject")


def _of_role(front: str, tokens: list[str], place: int) -> Clause:
    """Cut a question whose opening is followed by an auxiliary: subject, object, or what is said by "be"."""
    auxiliary, behind = bare(tokens[place]), tokens[place + 1 :]
    if auxiliary in DO.split():
        return _inverted(front, tokens, place, "object")
    begins = bool(behind) and (bare(behind[0]) in DETERMINERS or behind[0][:1].isupper())
    cut = _inverted(front, tokens, place, "object")
    if begins and cut.verb:
        return cut
    if auxiliary in BE.split() and (begins or not is_verb(bare(behind[0] if behind else ""))):
        return Clause(front, tokens[place], " ".join(behind), "", "", "copula")
    verbs = next((i for i, token in enumerate(behind) if bare(token) not in ("been", "being", "be", "not")), 0)
    verb, after = " ".join(behind[: verbs + 1]), " ".join(behind[verbs + 1 :])
    return Clause(front, tokens[place], "", verb, after, "subject")


def _inverted(front: str, tokens: list[str], place: int, role: Role) -> Clause:
    """Cut what follows an auxiliary into subject, verb and the rest, as far as that can be told.

    The subject goes on over "of"; its verb is the last word before the next preposition or determiner.
    """
    auxiliary, behind = tokens[place], tokens[place + 1 :]
    end = 1
    while end < len(behind) and (bare(behind[end]) not in _STOPS or _goes_on(behind, end)):
        end += 1
    run = behind[:end]
    place = _verb_place(run, auxiliary)
    if not place:
        return Clause(front, auxiliary, " ".join(behind), "", "", role)
    first = place - 1 if place > 1 and bare(run[place - 1]) in ("been", "being", "be") else place
    verb, after = " ".join(behind[first : place + 1]), " ".join(behind[place + 1 :])
    return Clause(front, auxiliary, " ".join(run[:first]), verb, after, role)


def _verb_place(run: list[str], auxiliary: str) -> int:
    """Return where the verb stands behind its subject; 0 where that cannot be told."""
    first = 2 if run and bare(run[0]) in DETERMINERS - _STAND_ALONE else 1  # "the strike"
    places = [place for place in range(first, len(run)) if _may_be_verb(run[place], auxiliary)]
    if bare(auxiliary) in f"{BE} {HAVE}".split():  # "detained first", but not "peacekeeping force"
        return next((p for p in reversed(places) if p == len(run) - 1 or _is_aside(run[p + 1])), 0)
    after_name = next((place for place in places if _follows_name(run, place)), 0)
    known = next((place for place in places if bare(run[place]) in BASES), 0)
    return after_name or known or max(places, default=0)


def _follows_name(run: list[str], place: int) -> bool:
    """Whether a word stands right behind a name that opens the run and is no plural: "Ada Brook | voice"."""
    named = all((token[:1].isupper() or token == "and") and not re.search(r"['’]s?$", token) for token in run[:place])
    return named and not bare(run[place]).endswith("s")


def _is_aside(token: str) -> bool:
    """Whether a word may follow a verb without belonging to a noun that follows: "first", "Kazakhstan", "2022"."""
    return not token[:1].islower() or bare(token) in ASIDE or bare(token).endswith("ly")


def _goes_on(behind: list[str], place: int) -> bool:
    """Whether the subject goes on over this word: "of", what stands behind it, "and", or "in" before a name."""
    word, before = bare(behind[place]), bare(behind[place - 1])
    if word in ("of", "and") or before in ("of", "and"):
        return True
    named = place + 2 < len(behind) and behind[place + 1][:1].isupper() and bare(behind[place + 2]) not in _STOPS
    return word == "in" and named


def _may_be_verb(token: str, auxiliary: str) -> bool:
    word = bare(token)
    if token[:1].isupper() or not word or word in _STOPS or not word.isalpha() or word.endswith("ly"):
        return False
    if bare(auxiliary) in f"{BE} {HAVE}".split():
        return (word.endswith(("ed", "ing")) and len(word) > 4) or word in BASE
    return word not in ASIDE

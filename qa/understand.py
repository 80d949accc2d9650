"""Understand a question: which type of answer it asks for, and which of its words an answer has to meet."""

from __future__ import annotations

import re
import unicodedata

from qa.types import AnswerType, Question, Understood
from qa.words import Word, content, words
from qa_index.errors import TextTooLong, UsageError

MAX_CHARACTERS = 2_000

# "which", "what is the", and up to three words before the noun that tells the type.
_WHICH = (
    r"\b(?:what|which)(?: (?:is|was|are|were))?(?: (?:the|an?))?"
    r"(?: (?!(?:in|of|to|at|on|from|with|for|by|did|does|do|has|have|the|and|happen\w*)\b)[\w.'’-]+){0,3}? "
)
_TELL = (
    r"(?:say|said|tell|told|claim\w*|announce\w*|state|stated|call|called|describe\w*|stress\w*|express\w*|believe\w*|reveal\w*|"
    r"report|reported|add|added|think|promise\w*|agree\w*|comment\w*|respond\w*|declare\w*|argue\w*|warn\w*|thank\w*|discuss\w*)"
)
# The first pattern that matches decides. Measured on the typed questions of TREC (docs/log.md).
_RULES: tuple[tuple[AnswerType, str], ...] = (
    ("duration", r"\bhow (?:long|soon|quickly)\b|\bwithin how\b|\bhow many (?:days|weeks|months|years|hours)\b"),
    ("number", r"\bhow (?:many|much|old|big|large|high|tall|far|fast|deep|heavy|wide|hot|cold)\b|\bnumber of\b"),
    (
        "number",
        _WHICH
        + r"(?:number|percentage|percent|proportion|share|amount|price|cost|population|count|toll|rate|size|length)\b",
    ),
    ("date", r"^(?:\w+\W+){0,3}when\b|\bwhen (?:did|does|do|was|were|is|are|will|has|had|have)\b|\bdate of\b"),
    ("date", _WHICH + r"(?:date|day|year|month|weekday|time)\b"),
    ("reason", r"\bwhy\b|\bhow come\b|\bwhat for\b|\breasons? for\b|\bcause of\b|\bfor what reason\b"),
    ("reason", r"\b(?:what|which) (?:\w+ )?(?:caused|triggered|sparked|prompted|provoked|led to|set off|lay behind)\b"),
    ("reason", _WHICH + r"(?:reasons?|causes?|triggers?|motives?)\b"),
    ("quote", rf"\bwhat (?:did|does|has|had|do) .*\b{_TELL}\b|\bwhat .*\baccording to\b|\baccording to\b.*\bwhat\b"),
    (
        "quote",
        r"\bhow (?:did|does|has|do) .*\b(?:describe|characteri[sz]e|call|portray|refer|put|see|respond|react)d?\b",
    ),
    ("quote", r"\bwhat (?:was|is|were) .*\b(?:statement|message|comment|response|position|said|told)\b"),
    ("list", r"\bwho (?:were|are|all)\b|\bwho attended\b|^(?:list|name)\b|\bnames of\b"),
    (
        "list",
        _WHICH + r"(?:countries|nations|states|regions|cities|towns|officials|members|places|people|problems|issues|"
        r"grievances|outlets|tasks|groups|leaders|reasons)\b",
    ),
    (
        "person",
        r"\bwho(?:m|se)?\b|\bname of the (?:president|minister|commander|man|woman|person|leader|head|spokes\w+)\b",
    ),
    ("place", r"\bwhere\b"),
    (
        "place",
        _WHICH + r"(?:country|city|town|village|region|place|nation|state|location|province|venue|university|capital|"
        r"continent|county|river|island|lake|mountain|part of)\b",
    ),
    (
        "organisation",
        _WHICH
        + r"(?:organi[sz]ation|agency|company|firm|channel|ministry|alliance|bloc|group|outlet|newspaper|broadcaster|"
        r"committee|council|operator|body|party|union|media|team|network|provider|carrier)\b",
    ),
    (
        "person",
        _WHICH
        + r"(?:person|president|minister|official|politician|leader|commander|man|woman|spokes\w+|actor|author)\b",
    ),
    ("yes_no", r"^(?:is|are|was|were|did|does|do|has|have|had|will|would|can|could|should)\b"),
)
_TYPES = tuple((answer_type, re.compile(pattern, re.IGNORECASE)) for answer_type, pattern in _RULES)
# "Who is Karim Massimov?" names the person already: a description is asked for.
_WHO_IS = re.compile(r"[Ww]ho(?:['’]s| is| was| are| were)(?: [A-Z][\w'’-]*)+\s*\??")
_ROLE_FIRST = re.compile(
    r"\b(?:president|minister|commander|governor|secretary-general|chief|spokes\w+|head|mayor|ceo|leader)\??$", re.I
)
# "how many SOLDIERS were", "which REGIONS did": the noun that is counted or named.
_FOCUS = re.compile(
    r"\b(?:how many|how much|which|what|number of)\s+((?:[\w'’-]+\s+){0,2}?[\w'’-]+?)"
    r"(?=\s+(?:is|are|was|were|did|does|do|has|have|had|will|of|in|to|from|took|sent|came|died|belong|arrived|attended|make|made|said|who|that|\w+ed)\b|\?|$)",
    re.IGNORECASE,
)
# Words that say which type of answer is wanted, not what it is about.
_ASKING = frozenset(
    "many much date day year name number count reason cause person people time kind type sort called call".split()
)


def understand(question: Question) -> Understood:
    """Read a question: the type of its answer, its content words, names, numbers and focus.

    Raises:
        UsageError: if nothing is asked (no letter or digit).
        TextTooLong: past 2,000 characters.

    """
    text = clean(question.standalone or question.text)
    answer_type = type_of(text)
    found = [word for word in content(text) if word.text.lower() not in _ASKING]
    forms = {word.stem: word.text.lower() for word in reversed(found)}
    forms = dict(reversed(forms.items()))
    focus = _FOCUS.search(text)
    return Understood(
        question=question,
        standalone=text,
        answer_type=answer_type,
        terms=tuple(forms),
        surfaces=tuple(forms.values()),
        names=frozenset(word.stem for word in found if _is_name(word, text)),
        numbers=frozenset(word.stem for word in found if word.is_number),
        focus=tuple(word.stem for word in words(focus[1]) if word.is_content) if focus else (),
    )


def clean(text: str) -> str:
    """Return a question on one line, without control and format characters; refuse one that asks nothing."""
    if len(text) > MAX_CHARACTERS:
        raise TextTooLong(
            f"Asked a question of {len(text):,} characters, but the limit is {MAX_CHARACTERS:,}. "
            "Ask the question by itself; add articles with `qa index`."
        )
    spaced = "".join(
        " " if unicodedata.category(c) == "Cc" else c for c in text if unicodedata.category(c) not in ("Cf", "Cs")
    )
    line = " ".join(unicodedata.normalize("NFC", spaced).split())
    if not any(character.isalnum() for character in line):
        raise UsageError("Asked an empty question: there is no word in it. Write in words what you want to know.")
    return line


def type_of(text: str) -> AnswerType:
    """Return the type of answer a question asks for; "other" where no rule tells."""
    if _WHO_IS.fullmatch(text):
        return "other"
    for answer_type, pattern in _TYPES:
        if pattern.search(text):
            return answer_type
    return "person" if _ROLE_FIRST.search(text) else "other"


def _is_name(word: Word, text: str) -> bool:
    """Whether a word is capitalised, and not because it opens the question or all of it is in capitals."""
    return word.is_name and word.start > 0 and not text.isupper()

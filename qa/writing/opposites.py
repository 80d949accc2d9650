"""Words that say the opposite of each other, words that deny, and the base forms of irregular verbs."""

from __future__ import annotations

from functools import cache

from qa.words import Word, stems

# What denies in other words: with one of these in the evidence a "not" in the claim may be right.
DENYING = (
    "deny denied refuse fail failed lack lacked lacking unable prevent prevented avoid avoided reject rejected ban "
    "banned halt halted absent absence unlikely few little hardly barely scarcely despite stop stopped "
    "exclude excluded rule decline declined dismiss dismissed miss missed impossible cancel cancelled canceled "
    "postpone postponed delay delayed suspend suspended block blocked resist resisted oppose opposed withdraw "
    "withdrew instead rather unless unclear unknown unaware unwilling uncertain unchanged unhurt unharmed "
    "forbid forbidden prohibit prohibited neither nor false untrue yet illegal incorrect "
    "abandon abandoned drop dropped disagree impose"
)

# Opposites: what one side says the other denies. Only words that no paraphrase would exchange.
_OPPOSITES = (
    "begin began begun start started commence|end ended finish finished conclude cease ceased halt halted stop stopped",
    "rise rose risen increase increased climb climbed grow grew jump jumped soar soared raise raised higher"
    "|fall fell fallen decrease decreased drop dropped decline declined shrink shrank slump slumped cut lower",
    "arrive arrived enter entered|leave left depart departed withdraw withdrew",
    "accept accepted approve approved agree agreed|reject rejected refuse refused decline declined",
    "support supported back backed favour favor|oppose opposed",
    "allow allowed permit permitted|ban banned forbid forbade forbidden prohibit prohibited",
    "confirm confirmed|deny denied",
    "open opened reopen reopened|close closed shut",
    "arrest arrested detain detained jail jailed|release released free freed acquit acquitted",
    "guilty convicted convict|innocent acquitted acquit",
    "win won victory|lose lost defeat defeated",
    "alive survive survived|dead die died kill killed",
    "north northern|south southern",
    "east eastern|west western",
    "male man men|female woman women",
    "more|less fewer",
    "most|least",
    "maximum|minimum",
    "buy bought purchase|sell sold",
    "success successful succeed succeeded|failure fail failed unsuccessful",
    "praise praised welcome welcomed thank thanked|criticise criticised criticize criticized condemn condemned",
    "strengthen strengthened|weaken weakened",
    "improve improved|worsen worsened deteriorate",
    "first|last",
    "early|late",
    "legal|illegal",
    "lift lifted revoke revoked|impose imposed introduce introduced",
    "hire hired appoint appointed|fire fired dismiss dismissed sack sacked resign resigned",
    "all every entire whole always|some several few part sometimes",
    "import imported|export exported",
    "older|younger",
    "cause|prevent",
    "violent|peaceful",
    "violently|peacefully",
    "largest biggest highest|smallest lowest",
    "large big|small little",
    "high|low",
    "temporary temporarily|permanent permanently",
    "domestic|foreign",
    "public|private",
    "morning|evening",
    "husband|wife",
    "son|daughter",
    "brother|sister",
    "father|mother",
    "profit|loss",
    "strong stronger|weak weaker",
    "good better best|bad worse worst",
    "old|young",
    "hot|cold",
    "safe|dangerous unsafe",
    "rich|poor",
    "majority|minority",
    "above|below",
)
# Irregular verbs: the base form, then the others.
_VERBS = (
    "be is are was were been,have has had,do did does done,go goes went gone,take took taken,come came,get got,"
    "give gave given,make made,say said,see saw seen,tell told,know knew known,find found,think thought,leave left,"
    "begin began begun,keep kept,hold held,bring brought,write wrote written,stand stood,lose lost,win won,meet met,"
    "run ran,pay paid,send sent,build built,fall fell fallen,sell sold,buy bought,rise rose risen,lead led,"
    "grow grew grown,break broke broken,speak spoke spoken,show shown,choose chose chosen,fight fought,strike struck"
)


@cache
def opposites() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Return the stems of each side with those of the other, both ways round."""
    pairs = [tuple(map(stems, pair.split("|"))) for pair in _OPPOSITES]
    return tuple((side, other) for one, two in pairs for side, other in ((one, two), (two, one)))


@cache
def _bases() -> dict[str, str]:
    return {form: base for base, *forms in map(str.split, _VERBS.split(",")) for form in forms}


def base_of(word: Word) -> str:
    """Return a word's stem, of irregular verbs that of their base form."""
    return _bases().get(word.text.lower(), word.stem)

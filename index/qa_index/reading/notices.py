"""What a page says for itself and not for its story: subscribe, follow us, write to the author, who paid for this.

Each row holds words one of which is in every such line, and the pattern; the words are looked for first, since that
takes a twentieth of the time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_SITES = (
    r"(?:twitter|x|facebook|instagram|threads|tiktok|linkedin|youtube|telegram|whatsapp|bluesky|mastodon|google\s+news)"
)
_STORY = r"(?:story|article|column|piece|post|report|commentary|review|list|analysis|roundup)"
_START = r"(?:^|[.!?:;►>]\s*|[–—-]\s+)(?:please\s+|you\s+can\s+(?:also\s+)?|to\s+)?"
_ADDRESS = r"(?:\S@\w[\w-]*\.\w|@\w{2}|https?://|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4})"
_NAME = r"(?-i:[A-Z][\w.'’-]*\s+){2,4}"
_BODY_VERB = r"(?:is|was|are|covers?|writes?|reports?|edits|works?|has|joined|can\s+be)\b"
_NOTE = r"(?:editor[’']?s\s+note\s*:\s*)?"
_LETTER = r"\b(?:newsletters?|inbox|e-?mail\s+alerts?|alerts?|briefings?)\b"
_ASK = r"(?:sign(?:ing)?[- ]up|subscrib(?:e|ing))\b"

_Row = tuple[tuple[str, ...], re.Pattern[str]]


def _rows(*rows: tuple[str, str]) -> tuple[_Row, ...]:
    return tuple((tuple(words.split()), re.compile(pattern, re.IGNORECASE)) for words, pattern in rows)


# Whole lines that are boilerplate wherever they are met, if only once.
_WHOLE = _rows(
    ("contributed", rf"[–—-]*\s*[^\"“”]{{2,200}}\bcontributed\s+(?:\w+\s+)?to\s+this\s+{_STORY}\s*\W*"),
    ("contributing", r"contributing\s*:\s*(?-i:[^\W\d_a-z]|the\b)[^.!?]{1,150}\.?"),
    (
        "@ :// -",
        r"(?:please\s+)?(?:contact|reach|e-?mail|follow|write\s+to|send\s+(?:story\s+)?(?:tips|ideas))\b"
        rf".{{0,120}}{_ADDRESS}.{{0,300}}",
    ),
    (
        "@ ://",
        rf"{_NAME}{_BODY_VERB}.{{0,400}}\b(?:contact|reach|e-?mail|follow)(?:ed)?\b\s*(?:him|her|them|me)?\b"
        rf".{{0,40}}{_ADDRESS}.{{0,200}}",
    ),
    (
        "version",
        rf"{_NOTE}an?\s+(?:\w+\s+)?version\s+of\s+this\s+{_STORY}\s+(?:\w+\s+){{0,2}}"
        r"(?:appear|publish|ran\b|was\s+(?:\w+\s+)?publish).{0,300}",
    ),
    (
        "originally first",
        rf"{_NOTE}(?:this|the)\s+{_STORY}\s+(?:(?:was|has\s+been)\s+)?(?:originally|first)\s+"
        r"(?:appeared|published|ran|posted).{0,200}",
    ),
    ("://", r"(?:more\s+)?ap\s+[\w &’'-]{2,40}:\s*https?://\S+(?:\s+and\s+https?://\S+)?.{0,200}"),
    (
        "newsletter inbox alert briefing",
        rf"(?:.{{0,160}}[.!?:;,)►>–—]\s*)?(?:please\s+)?{_ASK}.{{0,120}}{_LETTER}.{{0,200}}",
    ),
    ("newsletter inbox", rf"(?=.{{0,250}}{_LETTER})(?:get|want|receive)\b.{{0,200}}{_ASK}.{{0,120}}"),
    ("here", r"(?:for\s+[^.!?]{3,60},?\s+)?(?:click|tap)\s+here\W*|read\s+(?:more|[^.!?]{2,70})\s+here\W*"),
    ("forecast", r".{0,90}\bcheck\s+(?:your|the)\s+(?:local\s+)?forecast\s+here\W*"),
    (
        "journalism",
        r"(?:please\s+)?(?:consider\s+)?(?:support(?:ing)?|thank\s+you\s+for\s+supporting)\s+"
        r"(?:(?:our|local|strong|quality|community)\s+)*journalism\b.{0,160}",
    ),
    ("subscri", r"subscribe\s+to\s+\S+(?:\s+\S+){0,3}\s+(?:today|now|here)\b.{0,80}"),
    ("content partner", r".{2,200}\bis\s+an?\s+.{2,40}\bcontent\s+partner\b.{0,300}"),
    (
        "commission affiliate",
        r".{0,200}\b(?:purchases?|links?)\b.{0,120}\b(?:may|might|can)\s+(?:earn|receive)\b.{0,200}",
    ),
    (
        "accurate correct",
        r".{0,60}\bprices?\s+(?:was|were|are|is)\s+(?:accurate|correct)\b.{0,80}\b(?:publi|updat)\w*.{0,60}",
    ),
    (
        "grant",
        r".{0,60}\b(?:coverage|work|reporting|journalism)\b.{0,60}\b(?:supported|funded|made\s+possible)\b"
        r".{0,40}\bgrant\b.{0,300}",
    ),
    (
        "expressed",
        r"(?:the\s+)?(?:views|opinions)\s+(?:and\s+opinions\s+)?expressed\s+"
        r"(?:in\s+this|here|by\s+the\s+author)\b.{0,300}",
    ),
    (
        "staff wire agenc",
        r"(?:from|by|compiled\s+from)\s+(?:[\w.’' ]{2,40}\s+)?(?:staff|wire|agency)(?:\s+and\s+(?:wire|agency))?"
        r"\s+(?:reports?|services?)\.?|(?:staff|wire)\s+(?:and\s+wire\s+)?reports?\.?",
    ),
    ("feedback", r"video\s+ad\s+feedback\b.{0,300}"),
    (
        "updated",
        rf"this\s+{_STORY}\s+and\s+(?:its\s+)?headline\s+(?:has|have)\s+been\s+updated.{{0,80}}"
        rf"|this\s+{_STORY}\s+has\s+been\s+updated\s+with\s+(?:additional|more|new)\s+\w+(?:\s+(?:on\s+)?\w+day)?\.?",
    ),
    ("transcript", r"hit\s+play\b.{0,200}\btranscript\b.{0,300}"),
)

# What makes a line that is repeated boilerplate; in a long one it must come early, or a story only ends with it.
_REPEATED = _rows(
    ("newsletter inbox", rf"(?:{_START}|,\s*)(?:{_ASK}|get\b|join\b|receive\b)|\byour\s+inbox\b|\b{_ASK}"),
    (
        "subscri",
        rf"{_START}(?:subscribe|start\s+your)\b|\b(?:consider|please)\s+(?:\w+\s+)?subscrib"
        r"|\bbecome\s+an?\b.{0,30}\bsubscriber"
        r"|subscriber[- ](?:only|exclusive)|\bfor\s+(?:[\w ]{1,30}\s)?subscribers\b\W*(?:$|you\b)",
    ),
    (
        "sign",
        rf"{_START}sign\s+up\s+(?:now|here|today|for\s+free)\b|\bsign\s+up\s+(?:for\s+free\s+)?(?:right\s+)?here\b",
    ),
    (
        "follow find join connect",
        rf"{_START}(?:also\s+)?(?:follow|find|join|connect\s+with)\b.{{0,60}}"
        rf"(?:@\w|\bon\s+(?:\w+\s+and\s+)?{_SITES}\b)|\bfollow\s+(?:him|her|them|us|me)\s+(?:on|at)\b|^follow\s+along\b",
    ),
    (
        "@ -",
        r"(?:^|\b(?:can|may)\s+be\s+|[.!?]\s+(?:you\s+can\s+)?)"
        r"(?:contact(?:ed)?|reach(?:ed)?|e-?mail(?:ed)?|send|say\s+hello)\b"
        rf".{{0,100}}{_ADDRESS}|^{_NAME}(?:is\s+)?(?:on\s+twitter\s+)?(?:at\s+)?{_ADDRESS}",
    ),
    (
        "journalism newsroom fact",
        r"\bsupport(?:ing)?\b.{0,30}\bjournalism\b|\bour\s+(?:journalism|newsroom|fact[- ]check)"
        r"|\bjournalism\s+like\s+this\b",
    ),
    ("revenue commission affiliate", r"\b(?:may|might)\s+(?:earn|receive|make|get)\b|\baffiliate\s+(?:links?|fee)\b"),
    (
        "this",
        rf"\bthis\s+{_STORY}\b.{{0,40}}\b(?:originally|first)\s+(?:appear|publish|ran)"
        rf"|\ba\s+version\s+of\s+this\s+{_STORY}\b",
    ),
    ("independently", r"\bproduced\s+independently\b|\bindependently\s+chosen\b"),
    (
        "grant editorial",
        r"\b(?:coverage|work|reporting|journalism|project)\b.{0,60}\b(?:funded|supported|made\s+possible)\b"
        r".{0,40}\bgrant|\beditorial\s+input\b",
    ),
    (
        "expressed opinion",
        r"\b(?:views|opinions)\s+expressed\b|\b(?:view|read)\s+more\s+opinion\b|\bopinion\s+front\s+page\b",
    ),
    ("podcast", r"\blisten\s+(?:to|on|wherever)\b.{0,60}\bpodcast|\bpodcasts?\s+right\s+here\b|^subscribe\b"),
    ("app", rf"{_START}download\s+(?:the|our)\b.{{0,40}}\bapp\b"),
    (
        "here read",
        r"^(?:[^.!?]{0,60}[.!?:]\s*)?(?:read|click|tap|see|check)\b[^.!?]{0,100}\bhere\W*$"
        r"|^read\s+(?:more|next|also|all)\b[^.!?]{0,100}\W*$",
    ),
    ("note", r"^editor[’']?s\s+notes?:.{0,200}\b(?:here|live\s+updates|sign\s+up)\W*$"),
    (
        "idea tip feedback thoughts",
        r"^(?:do\s+you\s+)?(?:have|got)\s+(?:a|an|any)\s+(?:\w+\s+){0,4}(?:tips?|ideas?|feedback)\b"
        r"|\bshare\s+your\s+(?:thoughts|feedback)\b",
    ),
    (
        "rights terms privacy",
        r"\ball\s+rights\s+reserved\b|^by\s+\w+ing\b.{0,80}\b(?:terms\s+of|privacy\s+(?:policy|notice))",
    ),
    ("подпи рассылк перепечатк жазыл", r"подпи(?:шитесь|сывайтесь)|наш[аеу]\w*\s+рассылк|перепечатк|жазылыңыз"),
    (
        "abonn folgen inscri suscr síg sig",
        r"\babonnieren\s+sie|\bfolgen\s+sie|\babonnez[- ]vous|\binscrivez[- ]vous|\bsuscríb[ae]|\bs[ií]gu?enos",
    ),
)
_LONG, _EARLY = 300, 200
_WRITER = re.compile(rf"{_NAME}(?-i:{_BODY_VERB})")
_SPOKEN = re.compile(
    r"^[\"“«„'‘]|[\"“«„].{45,}[\"”»]|\b(?:said|says|told|wrote|tweeted|posted|according)\b", re.IGNORECASE
)


def is_notice(line: str) -> bool:
    """Tell whether a line is surely a page's own, without having seen it anywhere else."""
    return _found(_WHOLE, line, whole=True) is not None and not is_spoken(line)


def may_be_notice(line: str) -> bool:
    """Tell whether a line is a page's own if it is repeated in several stories."""
    found = _found(_REPEATED, line, whole=False)
    if found is None or is_spoken(line):
        return False
    return len(line) <= _LONG or found.start() <= _EARLY or _WRITER.match(line) is not None


def is_spoken(line: str) -> bool:
    """Tell whether somebody says the line, so that it is news whatever it asks for."""
    return _SPOKEN.search(line) is not None


def _found(rows: Sequence[_Row], line: str, *, whole: bool) -> re.Match[str] | None:
    small = line.casefold()
    for words, pattern in rows:
        if any(word in small for word in words):
            match = pattern.fullmatch(line) if whole else pattern.search(line)
            if match:
                return match
    return None

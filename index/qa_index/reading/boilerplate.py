"""Find what pages print around an article: credits, advertisements, links, repetitions. It is kept, but never cited."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa_index.reading import notices
from qa_index.reading.lines import Range, lines, lines_outside, merged

_LONGEST_NOTICE = 500
_SHORTEST_REPEAT = 40  # shorter paragraphs repeat for a reason: "Yes.", a name, a score

_MEDIA = (
    r"(?:(?:file|representative|representational|cover|featured)\s+)?"
    r"(?:images?|photos?|photographs?|pictures?|pics?|videos?|graphics?|illustrations?)"
)
# Names and what joins them. Not more: "Photo: Protesters gather in the square" tells something.
# Possessive, or "AAAA" would be tried as one name, two names, three names.
_NAMES = (
    r"(?-i:(?:[^\W\d_a-z][\w.'’-]*+|\d{4}|@\w+|[Vv]ia|from|[Cc]ourtesy|of|the|and|self|file|by|handout|"
    r"(?:image|photo|video|credit|source)(?=:)|[/|:,;&()©@–—-]|\s)++)"
)
_AGENCY_PICTURE = (
    r"(?:reuters/\S[^.!?]{0,60}|(?:(?:ap|afp|epa|pa|ria|tass)?\s?(?:photo)?\s?(?:/|\||-|via)?\s?)?"
    r"getty(?:\s+images)?(?:/[^.!?]{0,60})?|(?:ap|afp|epa)\s?photos?\s?/\s?[^.!?]{0,60}"
    r"|[^.!?/]{2,40}/\s?(?:ap|afp|epa|reuters|getty|getty images|shutterstock)"
    r"|istock(?:photo)?|shutterstock|wikimedia commons|unsplash)"
)

# Not two sentences, a short word with a stop being an abbreviation: "Related: that is how he felt. It was his cousin."
_ONE_SENTENCE = r"(?!.*(?-i:[a-z]{4}[.!]\s+[A-Z]))"

# One line each, and the whole line: a sentence of the body that begins with the same words is not touched.
_LINE = re.compile(
    "|".join(
        (
            # credits for pictures
            rf"\(?\s*{_MEDIA}(?:\s+(?:credit|source|courtesy|by))?\s*(?::|/){_NAMES}\)?\.?",
            rf"\(?\s*(?:{_MEDIA}\s+)?(?:credits?|courtesy)\s*:{_NAMES}\)?\.?",
            rf"\(?\s*{_MEDIA}\s+(?:credit|source|courtesy|by|from|via)\s+{_NAMES}\)?\.?",
            rf"\(?\s*(?:credit\s*:?\s*)?{_AGENCY_PICTURE}\s*\)?",
            r"!\[[^\]]*\]\([^)]*\)",
            rf"(?:enlarge\s+)?{_MEDIA}(?:\s+(?:copyright|credit|caption|gallery))?(?:\s+{_AGENCY_PICTURE})?",
            # advertisements
            r"[-–—*\s\[(]*advert(?:isement|ising|orial)?s?(?:\s*[-–—:]\s*.{0,60})?[-–—*\s\])]*",
            r"(?:story|article|content)\s+continues\s+(?:below|after)(?:\s+(?:this\s+)?(?:ad|advertisement))?\W*",
            r"(?:sponsored(?:\s+content)?|promoted(?:\s+content)?|paid\s+(?:post|content)|(?:keep\s+scrolling|scroll\s+(?:down|to\s+continue)).{0,40})",
            # what a page asks its reader to do
            r"(?:open|view|read|continue)\s+in\s+(?:the\s+)?app\W*",
            rf"{_ONE_SENTENCE}(?:read|learn|see|view|load|show)\s+(?:more|less|all|full\s+(?:story|article))(?:\s*[:|»>→…-].{{0,200}}|\W*)",
            rf"{_ONE_SENTENCE}(?:also\s+read|read\s+also|read\s+(?:next|this)|see\s+also|also\s+see|related(?:\s+(?:articles?|stories|news|topics?"
            r"|content))?|recommended(?:\s+(?:for\s+you|stories|articles?))?|don[’']t\s+miss|must\s+read|in\s+pictures|watch"
            r"|more\s+on\s+this\s+(?:story|topic))\s*[:|»>–—]+.{0,200}",
            r"(?:related(?:\s+(?:articles?|stories|news|topics?|content))|recommended(?:\s+(?:for\s+you|stories|articles?))"
            r"|you\s+(?:may|might)\s+also\s+like|most\s+(?:read|popular|viewed)|trending(?:\s+now)?|top\s+stories"
            r"|more\s+from\s+[\w .]{2,40}|about\s+the\s+authors?|more\s+on\s+this\s+story|up\s+next"
            r"|editors?[’']?s?\s+picks?)\W*",
            r"(?:share|tweet|print|email|save|comments?|reply|copy\s+link|like|follow|subscribe|sign\s+in|sign\s+up|log\s+in"
            r"|register|facebook|twitter|whatsapp|telegram|linkedin|reddit|flipboard|pinterest|vk|x|menu|search|home|close"
            r"|loading|skip|listen|play|back\s+to\s+top|skip\s+to\s+(?:main\s+)?content|\d+\s+comments?|leave\s+a\s+comment"
            r"|post\s+a\s+comment)(?:\W+(?:share|tweet|print|email|save|facebook|twitter|whatsapp|telegram|linkedin|reddit))*\W*",
            r"share\s+(?:this(?:\s+(?:article|story|post|page))?(?:\s+(?:on|via|with)\b.{0,60})?|(?:on|via)\s+.{2,40})\W*",
            r"(?:subscribe|sign\s+up)\s+(?:now|here|today)\W*|(?:subscribe|sign\s+up)\s+(?:now\s+)?(?:here\s+)?(?:to|for)\b.{0,120}"
            r"\b(?:newsletters?|updates?|alerts?|e-?mails?|briefings?|bulletins?|digest|notifications?|subscription|inbox|channel|news)\b"
            r".{0,200}",
            r"(?:follow|like|find|join)\s+(?:us|me|our|@?[\w .’']{2,60})\s+(?:on|at|via)\s+(?:\w+\s+(?:and|or)\s+)?"
            r"(?:twitter|x|facebook|instagram|telegram|whatsapp|youtube|linkedin|google\s+news|tiktok)\b.{0,160}",
            r"(?:contact|reach|email|write\s+to)\s+(?:\w+\s+){1,6}?(?:at|on|:)?\s*\S+@\S+.{0,100}",
            rf"{_ONE_SENTENCE}(?:click|tap)\s+(?:here|on|to)\b.{{0,150}}",
            r"(?:download|get|install)\s+(?:the|our)\s+(?:[\w-]+\s+){0,3}app\b.{0,120}",
            r"(?:listen|watch)\s+(?:to\s+)?(?:this\s+(?:article|story|video)|live|now)\W*(?:\d.{0,20})?",
            r"(?:tags?|topics?|keywords?|filed\s+under|categor(?:y|ies)|теги)\s*:.{1,200}",
            r"(?:читайте\s+также|смотрите\s+также|подписывайтесь\s+на|оқи\s+отырыңыз)\b.{0,200}|(?:поделиться|реклама|жарнама)\W*",
            r"the\s+post\s+.{2,250}\s(?:appeared\s+first|first\s+appeared)\s+on\s+.{2,80}",
            r"continue\s+reading(?:\s*[:|»>→…\[(\"“-].{0,250}|\W*)",
            # where the text came from, and who owns it
            r"\(?\s*with\s+(?:\w+\s+){0,2}inputs?\s+from\s.{2,100}",
            r"\(?\s*(?:disclaimer\s*:\s*)?(?:this|the\s+above)\s+(?:post|story|article|report|copy|content)\s+(?:has\s+been|has\s+not"
            r"\s+been|was|is)\s+(?:auto-?\s?published|auto-?\s?generated|published|generated|sourced|taken|edited|created)\b"
            r".{0,80}\b(?:agency|wire|syndicated|third[- ]party|feed)\b.{0,400}",
            r"disclaimer\s*[:–—-].{1,480}",
            r"(?:except\s+for\s+the\s+headline,\s+)?this\s+(?:story|report|article)\s+has\s+not\s+been\s+edited\s+by\b.{0,300}",
            r"this\s+(?:story|article|post|report)\s+(?:has\s+been|was|will\s+be)\s+updated(?:\s+(?:with|to\s+(?:add|include|reflect))"
            r"\s+(?:additional|more|further|new|the\s+latest)\s+\w+(?:\s+and\s+\w+)?)?\s*\.?",
            r"[*_•·♦■●▪~+|.]+(?:\s+[*_•·♦■●▪~+|.]+)*",
            r"(?:©|\(c\)\s|copyright\b\s*(?:©|\(c\)|\d{4}|by\b)).{0,300}",
            r"[^.!?]{0,80}\ball\s+rights\s+reserved\b.{0,200}",
            r"this\s+material\s+may\s+not\s+be\s+published,.{0,200}",
        )
    ),
    re.IGNORECASE,
)
_PLAIN = str.maketrans("‘’“”–—", "''\"\"--")
_SITE_SUFFIX = re.compile(r"\s+[|•·–—-]\s+[^|•·–—\s][^|•·–—]{0,40}$")  # "X | The Herald"
_LONGEST_HEADLINE, _SHORTEST_CUT = 200, 20


def find(text: str) -> tuple[Range, ...]:
    """Return the lines that are surely not part of the article, whatever it is about; sorted and disjoint."""
    return merged(line for line in lines(text) if _is_boilerplate(text, *line))


def repetitions(text: str, headline: str | None, *, skip: Sequence[Range] = ()) -> tuple[Range, ...]:
    """Return lines that say again what was said: the headline, also as "X | X", and whole paragraphs.

    The first paragraph of its kind stays; every line that repeats the headline is one too many, since the headline
    itself is kept as the title. Lines inside the sorted ranges `skip` are neither returned nor compared with.
    """
    titles = _titles(headline) if headline else frozenset()
    seen: set[str] = set()
    found: list[Range] = []
    for start, end in lines_outside(text, skip):
        key = _key(text[start:end])
        if _says_only(key, titles) or (end - start >= _SHORTEST_REPEAT and key in seen):
            found.append((start, end))
        seen.add(key)
    return merged(found)


def _is_boilerplate(text: str, start: int, end: int) -> bool:
    if end - start > _LONGEST_NOTICE:
        return False
    return _LINE.fullmatch(text, start, end) is not None or notices.is_notice(text[start:end])


def _key(line: str) -> str:
    """Return what two lines have in common when they say the same; never used for offsets."""
    words = " ".join(line.lstrip().lstrip("#").split())
    return (words if words.isascii() else words.translate(_PLAIN)).casefold()


def _titles(headline: str) -> frozenset[str]:
    """Return the ways a line may say the headline: as it is, and without the name of the site behind it."""
    titles = [headline]
    while (cut := _SITE_SUFFIX.sub("", titles[-1])) != titles[-1]:
        titles.append(cut)
    return frozenset(key for key in map(_key, titles) if key)


def _says_only(key: str, titles: frozenset[str]) -> bool:
    """Tell whether a line is the headline, once or more ("X", "X | X"), or in full where the headline is cut off."""
    if key in titles or ("|" in key and {part.strip() for part in key.split("|")} <= titles):
        return True
    if len(key) > _LONGEST_HEADLINE:
        return False
    cut_off = (title.rstrip(".… ") for title in titles if title.endswith(("...", "…")))
    return any(len(title) >= _SHORTEST_CUT and key.startswith(title) for title in cut_off)

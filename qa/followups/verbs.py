"""English verbs, as far as a question needs them: auxiliaries, past forms, and the base form behind one."""

from __future__ import annotations

import re

from qa.words import words

DO, BE, HAVE = "did does do", "is are was were", "has have had"
_MODAL = "will would can could shall should may might must"
AUXILIARIES = frozenset(f"{DO} {BE} {HAVE} {_MODAL}".split())
PREPOSITIONS = frozenset(
    "about according after against along among around as at because before besides between by during for from in "
    "inside into near of off on onto out outside over per since through to toward towards under until up upon via "
    "with within without".split()
)
DETERMINERS = frozenset("a an the this that these those its his her their my your our no any some each every".split())
ASIDE = frozenset(
    "first last again today yesterday tomorrow so too there then off down up out away back yet now".split()
)
# What loses an "e" before "ed": "declar", "includ", "toppl", but not "clear", "avoid", "kill".
_SILENT = re.compile(
    r"(?:v|z|u|c|[^aeioul]l|[^aeiou]ul|[^eo]at|[drae]g|[ao]ng|[^aeiou][aiou]d|[^aeiou][aio]k|[aeioulnr]s|ur|[^aeiou]ut|"
    r"[^aeiou]ir|[^eo]ar|(?:[^i]t|pl|gn)or|[^aeiou]ap|[aiu]b|(?:pl|l)et|(?:m|qu|v)ot|[cuv]it|[mglf]in|pon|om|er[eg])$"
)
# Irregular verbs of the news: past and participle behind each base form.
_IRREGULAR = (
    "be was been,become became become,begin began begun,break broke broken,bring brought brought,build built built,"
    "buy bought bought,catch caught caught,choose chose chosen,come came come,cut cut cut,do did done,draw drew drawn,"
    "drive drove driven,fall fell fallen,feel felt felt,fight fought fought,find found found,flee fled fled,fly flew "
    "flown,get got got,give gave given,go went gone,grow grew grown,have had had,hear heard heard,hit hit hit,hold "
    "held held,hurt hurt hurt,keep kept kept,know knew known,lead led led,leave left left,lose lost lost,make made "
    "made,meet met met,pay paid paid,put put put,quit quit quit,read read read,rise rose risen,run ran run,say said "
    "said,see saw seen,seek sought sought,sell sold sold,send sent sent,set set set,shoot shot shot,shut shut shut,"
    "speak spoke spoken,spend spent spent,stand stood stood,steal stole stolen,strike struck struck,swear swore sworn,"
    "take took taken,teach taught taught,tear tore torn,tell told told,think thought thought,throw threw thrown,"
    "understand understood understood,win won won,withdraw withdrew withdrawn,write wrote written"
)
# Those whose base form is a noun, too, or rare: only their past is known as a verb.
_PAST_ONLY = (
    "bear born, bite bit bitten, bleed bled, blow blew blown, creep crept, deal dealt, dig dug, drink drank "
    "drunk, eat ate eaten, feed fed, forbid forbade forbidden, forget forgot forgotten, freeze froze frozen, "
    "hang hung, hide hid hidden, lay laid, lend lent, mean meant, overthrow overthrew overthrown, ride rode "
    "ridden, ring rang rung, shake shook shaken, show shown, shrink shrank shrunk, sing sang sung, sink sank "
    "sunk, sit sat, sleep slept, spin spun, stick stuck, sweep swept, swim swam swum, wake woke woken, wear "
    "wore worn"
)
_FORMS = tuple(tuple(each.split()) for each in _IRREGULAR.split(","))
_RARE = tuple(tuple(each.split()) for each in _PAST_ONLY.split(","))
BASE = {form: base for base, *forms in (*_FORMS, *_RARE) for form in forms}
_SAME = "beat bet burst cast cost let rid shed split spread upset wed"  # the past is the base form
_PAST = {base: past for base, past, *_ in (*_FORMS, *_RARE)} | {base: base for base in _SAME.split()} | {"bear": "bore"}
BASES = frozenset(base for base, *_ in _FORMS) | frozenset("happen mean look live work want need help die kill".split())


def is_verb(word: str) -> bool:
    """Whether a word looks like a verb in the past, or is a common one."""
    return word in BASE or word in BASES or (word.endswith("ed") and len(word) > 3)


def base_form(verb: str) -> tuple[str, str]:
    """Return the form of "do" and the base form that together say what a finite verb says: "cut" is "did", "cut"."""
    word = verb.lower()
    if word in BASE:
        return "did", BASE[word]
    if word in ("died", "lied", "tied"):
        return "did", word[:-1]
    if word.endswith("ied"):
        return "did", word[:-3] + "y"
    if word.endswith("ed"):
        return "did", _without_ed(word)
    if word.endswith("s") and not word.endswith("ss"):
        ending = 2 if word.endswith(("shes", "ches", "xes", "sses", "goes")) else 1
        return "does", word[:-3] + "y" if word.endswith("ies") else word[:-ending]
    return "did", word


def _without_ed(word: str) -> str:
    """Return the base form of a regular past: "stopped" stop, "phoned" phone, "topple" topple."""
    root = word[:-2]
    if re.search(r"([bdgmnprt])\1$", root):
        return root[:-1]
    short = re.search(r"^[^aeiou]*[aeiou][^aeiouwxy]$", root)
    return word[:-1] if short or _SILENT.search(root) else root


def finite(auxiliary: str, verb: str) -> str:
    """Return one word for a form of "do" and a base form: "did", "end" is "ended"; empty where they are no such two."""
    if auxiliary not in DO.split() or not verb.isalpha():
        return ""
    if auxiliary == "do":
        return verb
    if auxiliary == "does":
        if verb in ("have", "do", "go"):
            return {"have": "has", "do": "does", "go": "goes"}[verb]
        return verb[:-1] + "ies" if re.search(r"[^aeiou]y$", verb) else verb + _ending(verb)
    return _PAST.get(verb) or _with_ed(verb)


def _ending(verb: str) -> str:
    return "es" if verb.endswith(("sh", "ch", "x", "ss", "z")) else "s"


def _with_ed(verb: str) -> str:
    """Return the past of a regular verb: "stop" stopped, "topple" toppled, "carry" carried."""
    if verb.endswith("e"):
        return verb + "d"
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ied"
    short = re.search(r"^[^aeiou]*[aeiou][^aeiouwxy]$", verb)
    return f"{verb}{verb[-1]}ed" if short else f"{verb}ed"


def is_clause(text: str) -> bool:
    """Whether a text holds a verb that makes it a question of its own."""
    found = {word.text.lower() for word in words(text)}
    return bool(found & AUXILIARIES) or any(is_verb(word) for word in found)

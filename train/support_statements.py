"""Turn a question and its answer into the statement that they make together: by rules, without a parser."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from support_words import IRREGULAR, listed

BE, DO, HAVE = "is are was were".split(), "do does did".split(), "has have had".split()
MODALS = "can could will would should may might must".split()
AUXILIARIES = frozenset([*BE, *DO, *HAVE, *MODALS])
PREPOSITIONS = frozenset(
    "in on at by for from to with of during under over into through since after before between among as about against "
    "near around within until behind across along".split()
)
DETERMINERS = (
    "the a an this that these those his her its their our my your no any every each some and or of more most least"
)
BEFORE_NOUN = PREPOSITIONS | frozenset(DETERMINERS.split())
ADVERB = re.compile(r"first|last|originally|also|currently|now|still|ever|never|\w+ly")
FORMS = {base: (past, *rest) for base, past, *rest in map(str.split, listed(IRREGULAR))}
PARTICIPLES = frozenset(forms[-1] for forms in FORMS.values())


def past(verb: str) -> str:
    """Return the past tense of an English verb."""
    if verb in FORMS:
        return FORMS[verb][0]
    if verb.endswith("e"):
        return f"{verb}d"
    if re.search(r"[^aeiou]y$", verb):
        return f"{verb[:-1]}ied"
    if re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", verb):
        return f"{verb}{verb[-1]}ed"
    return f"{verb}ed"


def present(verb: str) -> str:
    """Return the third person of an English verb."""
    if verb in ("have", "be", "do", "go"):
        return {"have": "has", "be": "is", "do": "does", "go": "goes"}[verb]
    if re.search(r"(s|x|z|ch|sh)$", verb):
        return f"{verb}es"
    return f"{verb[:-1]}ies" if re.search(r"[^aeiou]y$", verb) else f"{verb}s"


def verbs_of(texts: Iterable[str]) -> frozenset[str]:
    """Return the verbs that a collection holds in their base form: what follows "to" and exists with -ing as well."""
    counts, words = Counter[str](), Counter[str]()
    for text in texts:
        counts.update(re.findall(r"\bto ([a-z]{2,})\b", text))
        words.update(re.findall(r"\b[a-z]+ing\b", text))

    def gerund(verb: str) -> bool:
        return any(form in words for form in (f"{verb}ing", f"{verb[:-1]}ing", f"{verb}{verb[-1]}ing"))

    return frozenset(verb for verb, count in counts.items() if count >= 4 and gerund(verb)) - AUXILIARIES


def is_participle(word: str) -> bool:
    """Whether a lower-case word looks like the past participle of a verb."""
    return word in PARTICIPLES or (len(word) > 4 and word.endswith("ed"))


class Statements:
    """Makes statements of questions; `verbs` are those it knows in their base form."""

    def __init__(self, verbs: frozenset[str]) -> None:
        self._verbs = verbs

    def state(self, question: str, answer: str) -> str | None:
        """Return the statement, None for a question of a form that is not known."""
        asked = re.sub(r"\s+", " ", question).strip().rstrip("?. ")
        answer = answer.strip().rstrip(".,;: ")
        found = re.match(
            rf"(?:(.+), )?((?:{_OR} )?)(who|whom|what|which|when|where|why|how)\b(.*)$", asked, re.IGNORECASE
        )
        if not found:
            return self._in_place(asked, answer)
        before, preposition, wh, rest = (part.strip() if part else "" for part in found.groups())
        said = self._after(preposition.lower(), wh.lower(), rest.split(), answer)
        if not said:
            return None
        if before and len(before.split()) <= 8:
            said = f"{before}, {said}"
        elif before:
            return None
        said = re.sub(r"\s+", " ", said).strip()
        return f"{said[0].upper()}{said[1:]}." if len(said.split()) > 2 else None

    def _in_place(self, asked: str, answer: str) -> str | None:
        """Put the answer where the question word stands: "MediaOne merged with what company?"."""
        found = re.search(r"^(.+ )(?:what|which|who|whom)((?: [\w'’-]+){0,2})$", asked)
        return f"{found[1]}{answer}." if found and len(found[1].split()) >= 2 else None

    def _after(self, preposition: str, wh: str, words: list[str], answer: str) -> str | None:
        """State what stands after a question word at the beginning."""
        place = next((i for i, word in enumerate(words) if word.lower() in AUXILIARIES), None)
        if place is None or place > 7:
            return self._subject(preposition, wh, words, answer)
        noun, auxiliary, rest = words[:place], words[place].lower(), words[place + 1 :]
        if not rest or (noun and noun[0].lower() in ("'s", "’s")):
            return None
        answer = _counted(wh, noun, answer)
        if auxiliary in DO:
            return self._done(_led(preposition, wh, noun, answer), auxiliary, rest)
        if self._acts(wh, noun, preposition, auxiliary, rest):
            return f"{answer} {auxiliary} {' '.join(rest)}"
        return self._turned(_led(preposition, wh, noun, answer), auxiliary, rest, wh)

    def _acts(self, wh: str, noun: list[str], preposition: str, auxiliary: str, rest: list[str]) -> bool:
        """Whether the question word is the subject: "who was elected", "how many people were there"."""
        if preposition or wh in ("when", "where", "why") or (wh == "how" and not noun):
            return False
        first = rest[1] if ADVERB.fullmatch(rest[0]) and len(rest) > 1 else rest[0]
        verbal = (
            is_participle(first) or first in self._verbs or first.endswith("ing") or first in ("been", "be", "able")
        )
        return verbal or first in PREPOSITIONS or (auxiliary in BE and wh == "who" and not noun)

    def _subject(self, preposition: str, wh: str, words: list[str], answer: str) -> str | None:
        """State "who founded the town", "which team won the cup"."""
        if preposition or wh in ("when", "where", "why") or not words:
            return None
        if wh == "how" and words[0].lower() not in ("many", "much"):
            return None
        for place, word in enumerate(words[:5]):
            if word.islower() and (is_participle(word) or self._is_past(word) or self._is_present(word)):
                if place == 0 and wh != "who" and len(words) < 2:
                    return None
                return f"{_counted(wh, words[:place], answer)} {' '.join(words[place:])}"
        return None

    def _is_past(self, word: str) -> bool:
        return any(word == forms[0] for forms in FORMS.values())

    def _is_present(self, word: str) -> bool:
        return word.endswith("s") and (word[:-1] in self._verbs or word[:-2] in self._verbs) and not word.endswith("ss")

    def _done(self, answer: str, auxiliary: str, rest: list[str]) -> str | None:
        """State "what did the company sell in 2005": the verb takes its tense back."""
        for place in range(1, len(rest)):
            word = rest[place]
            if word in self._verbs and rest[place - 1].lower() not in BEFORE_NOUN:
                break
        else:
            return None
        verb = past(word) if auxiliary == "did" else present(word) if auxiliary == "does" else word
        subject, behind = rest[:place], rest[place + 1 :]
        if behind and (behind[-1] in PREPOSITIONS or _leads(answer) or behind[0] not in PREPOSITIONS):
            return " ".join([*subject, verb, *behind, answer])
        return " ".join([*subject, verb, answer, *behind])

    def _turned(self, answer: str, auxiliary: str, rest: list[str], wh: str) -> str | None:
        """State "when was the treaty signed", "what is the capital of the country": subject first."""
        last = None
        for place in range(1, len(rest)):
            word = rest[place]
            fits = is_participle(word) or word.endswith("ing") if auxiliary in [*BE, *HAVE] else word in self._verbs
            if fits and word.islower() and rest[place - 1].lower() not in BEFORE_NOUN:
                last = place - 1 if place > 1 and ADVERB.fullmatch(rest[place - 1]) else place
                break
        if last is not None:
            return " ".join([*rest[:last], auxiliary, *rest[last:], answer])
        if auxiliary not in BE:
            return None
        if rest[0] == "there":
            return " ".join(["there", auxiliary, answer, *rest[1:]])
        return " ".join([*rest, auxiliary, answer])


_OR = "(?:" + "|".join(sorted(PREPOSITIONS)) + ")"


def _counted(wh: str, noun: list[str], answer: str) -> str:
    """Return the answer with what is counted: "how many soldiers" and "40" are "40 soldiers"."""
    if wh == "how" and noun[:1] == ["many"] and noun[-1].lower() not in answer.lower():
        return f"{answer} {' '.join(noun[1:])}"
    if wh in ("what", "which") and noun[:1] in (["percentage"], ["percent"]) and not re.search("%|percent", answer):
        return f"{answer} percent {' '.join(noun[1:])}"
    return answer


def _led(preposition: str, wh: str, noun: list[str], answer: str) -> str:
    """Return the answer with the preposition that it needs behind a verb."""
    if _leads(answer) or re.match(r"(?:because|due|to|more|less|every|nearly|about)\b", answer):
        return answer
    named = " ".join(noun[:1]).lower()
    day = re.match(r"(?:[A-Z][a-z]+ \d|\d{1,2} [A-Z]|[A-Z][a-z]+day)", answer)
    if preposition:
        return f"{preposition} {answer}"
    if wh == "when" or named in ("year", "month", "decade", "century", "day", "date"):
        return f"{'on' if day else 'in'} {answer}"
    if wh == "where":
        return f"in {answer}"
    if wh == "why":
        return f"because of {answer}" if len(answer.split()) < 6 else f"because {answer}"
    if wh == "how":
        return f"for {answer}" if named == "long" else f"by {answer}" if re.match(r"\w+ing\b", answer) else answer
    return answer


def _leads(answer: str) -> bool:
    return answer.split(" ")[0].lower() in PREPOSITIONS

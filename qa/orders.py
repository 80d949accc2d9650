"""Tell a sentence that gives orders to whatever reads it, or is no prose at all, from news."""

from __future__ import annotations

import re

from qa.words import FUNCTION_WORDS, words

_ENGLISH = 0.12  # of the words of an English sentence are function words; of German or Spanish fewer look like one

# A sentence that is not news but speaks to a program that reads it; only its own words may come of it. It gives an
# order where a sentence begins, or says to whom it speaks: "the troops return only in May" does neither.
_BEGIN = (
    r"(?:(?:^|[.!?:;—–]\s+|[\"“”‘'(\[>]\s*|\n\s*)(?:and\s+|then\s+|so\s+)?"
    r"(?:(?:please|now|always|only|just|instead|do\s+not|don['’]t|never|you\s+(?:must|should|shall|will))\s+)*)"
)
_RULES = r"(?:instructions?|prompts?|rules|guidelines)"
_WHO = (
    r"(?:(?:an?\s+)?ai|llms?|assistants?|(?:language\s+)?models?|chatbots?|bots?|programs?|readers?|summari[sz]ers?|whoever"
    r"|anyone|anybody|everyone|those|you)"
)
_READS = r"(?:reads?|reading|summari[sz]es?|summari[sz]ing|process(?:es|ing)?|answers?|answering|parses?|parsing)"
_MUST = r"(?:must|should|shall|ha(?:s|ve)\s+to|(?:is|are)\s+to|needs?\s+to)"
_INSTRUCTING = re.compile(
    rf"{_BEGIN}(?:ignore|disregard|forget|override)\b.{{0,40}}\b(?:{_RULES}|above|previous|prior)\b"
    rf"|\b(?:ignore|disregard|forget|override)\s+(?:\w+\s+){{0,3}}(?:previous|prior|above|earlier|your)\s+(?:\w+\s+)?{_RULES}\b"
    rf"|\b(?:your|new|hidden)\s+(?:system|developer)\s+(?:{_RULES}|messages?)\b"
    rf"|{_BEGIN}(?:system|developer)\s+(?:{_RULES}|messages?)\s*[:=]"
    r"|\bas an? (?:ai|(?:ai )?language model|(?:ai )?assistant)(?: assistant| model)?,"
    r"|\b(?:you are|you're) (?:now |an? )*(?:ai|assistant|chatbot|language model|dan)\b"
    r"|\b(?:note|message|instructions?) (?:to|for) (?:the |any |all )?"
    r"(?:ai|llms?|assistants?|language models?|chatbots?|models?)\b"
    rf"|\byour (?:answer|reply|response|output|summary) {_MUST}\b"
    rf"|\b(?:answers?|repl(?:y|ies)|responses?|outputs?|summar(?:y|ies)|translations?)\s+(?:of|to|about)\s+this\s+"
    rf"(?:article|text|page|document|story|report)\s+{_MUST}\b"
    rf"|\b{_WHO}\s+(?:(?:who|that|which)\s+)?{_READS}\s+this\b[^.]{{0,40}}?\s{_MUST}\b"
    rf"|{_BEGIN}(?:answer|reply|respond|output|print|return)\s+(?:only|exactly|with|that|as follows|in json)\b"
    r"|,\s+(?:answer|reply|respond)\s+(?:exactly|as follows|in json|(?:only\s+)?with\s+[\"“‘'])"
    rf"|{_BEGIN}(?:say|write|repeat|insist|pretend|conclude)\s+(?:only\s+)?that\b(?!\s+again)"
    rf"|{_BEGIN}(?:tell|inform|remind|convince|warn|assure)\s+(?:the\s+|all\s+|your\s+)?(?:users?\b|(?:readers|them)\s+that\b)"
    rf"|{_BEGIN}(?:ignore|disregard|forget)\s+(?:the\s+rest|everything|what\s+(?:was|is|stands))\b"
    rf"|{_BEGIN}(?:report|state|confirm|mention|claim|insist)\s+(?:only\s+)?that\b"
    rf"|{_BEGIN}(?:answer|reply|respond)\s+(?:(?:to\s+)?(?:every|any|all|each|the)\s+questions?|that)\b"
    rf"|{_BEGIN}(?:add|include|attach)\s+[!\[(<]"
    r"|:\s*(?:answer|reply|respond|say|write)\s+(?:\S+\s+)?with\b"
    # no prose: what a page shows is not what it is made of
    r"|!\[|\]\(|https?:[^\s)]+\)\s+and\s|<!--|-->|\$(?:question|sentences|claims)\b|```"
    r"|(?:^|[\n.!?>\]#]\s*)(?:system|assistant|user|human)\s?:|<\|?[a-z_/]+\|?>|\{\s*[\"“][a-z_]+[\"”]\s*:|\[/?INST\]",
    re.IGNORECASE,
)


def gives_orders(sentence: str) -> bool:
    """Whether a sentence speaks to a program that reads it, as no news does."""
    return _INSTRUCTING.search(sentence) is not None


def is_english(sentence: str) -> bool:
    """Whether a sentence may be English, going by its letters and its small words."""
    letters = [letter for letter in sentence if letter.isalpha()]
    if 2 * sum(letter.isascii() for letter in letters) < len(letters):
        return False
    found = [word.text.lower() for word in words(sentence)]
    return len(found) < 6 or sum(word in FUNCTION_WORDS for word in found) >= _ENGLISH * len(found)

"""Check a claim that a language model proposes: what its sentences do not say is dropped, with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from qa.orders import gives_orders, is_english
from qa.types import Check, Citation, Claim, Dropped, Judge, Numbered, Proposed
from qa.words import content
from qa.writing.crediting import by_outlet, miscredited, source_of
from qa.writing.evidence import Evidence, named, nfc, shortened
from qa.writing.facts import strange_date, strange_number
from qa.writing.form import flaw
from qa.writing.naming import strange_name
from qa.writing.quoted import quoted
from qa.writing.quoting import LONGEST, is_too_short, locate
from qa.writing.retelling import change
from qa.writing.reversal import reversal

MOST_SENTENCES = 6
_LEAST_SHARED = 0.25  # of a claim's content words: below, its sentences are about something else

# Words that make of what stands beside them something that is not so, or not yet: without them it would say more.
_DOUBTING = re.compile(
    r"\b(?:not|never|no|none|nor|neither|without|if|unless|whether|would|could|may|might|should|alleg\w*|claim\w*|deni\w*|deny\w*"
    r"|accus\w*|reported(?:ly)?|rumou?r\w*|false\w*|fake|wrong\w*|untrue|refut\w*|reject\w*|dismiss\w*|doubt\w*|fear\w*|hope\w*"
    r"|expect\w*|plan\w*|propos\w*|threat\w*|suspect\w*|supposed\w*|apparent\w*|possib\w*|likely|unlikely|according|yet|unable"
    r"|pretend\w*|joke\w*|myth|hoax|speculat\w*)\b|n['’]t\b",
    re.IGNORECASE,
)


class _Fails(Exception):
    """A claim fails a check; the reason is a sentence."""

    def __init__(self, check: Check, reason: str) -> None:
        super().__init__(reason)
        self.check, self.reason = check, reason


def verify(proposed: Proposed, numbered: Mapping[int, Numbered], *, judge: Judge) -> Claim | Dropped:
    """Return the claim with the sentences that carry it, numbered from 1, or what is wrong with it.

    The checks run in this order: its form; its sentences exist; its quote stands in them word for word; so does every
    number, date and name (under another name for the same, too); it turns nothing round and gives the news to
    nobody else; the judge finds that the sentences say it. A claim in an article's own words needs no judge.
    """
    text = nfc(" ".join(proposed.text.split()))
    try:
        if wrong := flaw(text):
            raise _Fails("form", wrong)
        evidence = _cited(proposed, numbered)
        place = _check_quote(proposed.quote, evidence)
        if (plain := _plain(text, evidence)) is not None:
            return plain
        _check_quoted_words(text, evidence)
        _check_news(evidence)
        own = by_outlet(text, evidence)
        statement = own.rest if own else text
        _check_facts(statement, evidence)
        _check_sense(statement, evidence, credited=own is None)
        kept = _trimmed(statement, evidence, place)
        support = _judged(statement, kept, judge)
    except _Fails as failed:
        return Dropped(text or proposed.text, failed.check, failed.reason)
    source = own.who if own else source_of(text, kept)
    return Claim(text, _citations(kept, support), "written", source)


def _cited(proposed: Proposed, numbered: Mapping[int, Numbered]) -> Evidence:
    """Return the sentences a claim cites, each once."""
    numbers = list(dict.fromkeys(proposed.sentences))
    if not numbers:
        raise _Fails("sentences", "The claim names no sentence; name those that say it.")
    if len(numbers) > MOST_SENTENCES:
        raise _Fails("sentences", f"The claim names {len(numbers)} sentences; name at most {MOST_SENTENCES}.")
    if missing := [number for number in numbers if number not in numbered]:
        raise _Fails("sentences", f"There is no {named(missing)}.")
    return Evidence(tuple(numbered[number] for number in numbers))


def _check_quote(quote: str, evidence: Evidence) -> set[int]:
    """Return the numbers of the sentences that the quote stands in."""
    if len(quote) > LONGEST:
        raise _Fails("quote", f"The quote has {len(quote):,} characters; quote at most {LONGEST:,}.")
    if is_too_short(quote):
        raise _Fails("quote", "The quote has fewer than two words; quote the words that say it.")
    for wanted in dict.fromkeys((quote, quote.strip().strip("\"“”„«»'‘’").rstrip(" .,;:"))):
        for run in _runs(evidence):
            start, end = run[0].span.start, run[-1].span.end
            if found := locate(wanted, run[0].article.text[start:end]):
                left, right = start + found[0], start + found[1]
                return {each.number for each in run if each.span.start < right and left < each.span.end}
    raise _Fails("quote", f"The quote “{shortened(quote)}” does not stand in {evidence.named} word for word.")


def _runs(evidence: Evidence) -> Iterator[list[Numbered]]:
    """Yield the cited sentences in reading order, those that follow each other in one article together."""
    run: list[Numbered] = []
    for sentence in sorted(evidence.sentences, key=lambda each: (each.span.article_id, each.span.start)):
        if run and not _follows(sentence, run[-1]):
            yield run
            run = []
        run.append(sentence)
    yield run


def _follows(sentence: Numbered, last: Numbered) -> bool:
    between = sentence.article.text[last.span.end : sentence.span.start]
    return sentence.article.id == last.article.id and sentence.span.start >= last.span.end and not between.strip()


def _plain(text: str, evidence: Evidence) -> Claim | None:
    """Return the sentence whose words a claim is in, as a quote, if what the claim leaves out turns nothing round.

    It is shown whole: words torn out of "say that …" would read as if the article said so.
    """
    bare = text.strip('"“”„«» ').rstrip(". ") if text[0] in '"“„«' else text.rstrip(". ")
    if is_too_short(bare):
        return None
    for sentence in evidence.sentences:
        found = locate(bare, sentence.text)
        if found is None or "…" in bare or "..." in bare:
            continue
        if _DOUBTING.search(sentence.text[: found[0]] + " | " + sentence.text[found[1] :]):
            return None
        whole, alone = " ".join(sentence.text.split()), Evidence((sentence,))
        return Claim(whole, _citations(alone, 1.0), "quote", source_of(whole, alone))
    return None


def _check_quoted_words(text: str, evidence: Evidence) -> None:
    """Fail a claim that puts words into quotation marks which do not stand in its sentences."""
    said = quoted(text)
    if said is None:
        raise _Fails("quote", "The claim opens a quotation that it does not close; put what is quoted into one pair.")
    for each in said:
        words = each.strip().rstrip(" .,;:!?")
        if _is_title(words):
            continue
        if words and not any(locate(words, _whole(run)) for run in _runs(evidence)):
            raise _Fails("quote", f"The claim quotes “{shortened(words)}”, which does not stand in {evidence.named}.")


def _is_title(text: str) -> bool:
    """Whether words in quotation marks are a title, checked as a name is: each that says something has a capital."""
    told = [word for word in content(text) if not word.is_number]
    return bool(told) and all(word.is_name for word in told) and (len(told) > 1 or text.istitle())


def _whole(run: list[Numbered]) -> str:
    return run[0].article.text[run[0].span.start : run[-1].span.end]


def _check_news(evidence: Evidence) -> None:
    """Fail a claim in words of its own made of a sentence that gives orders to whatever reads it."""
    for sentence in evidence.sentences:
        if gives_orders(sentence.text):
            raise _Fails(
                "support", f"Sentence {sentence.number} gives orders, not news; at most quote it word for word."
            )
        if not is_english(sentence.text):
            raise _Fails("support", f"Sentence {sentence.number} is not in English; at most quote it word for word.")


def _check_facts(text: str, evidence: Evidence) -> None:
    """Fail a claim with a number, date or name that its sentences do not have."""
    if number := strange_number(text, evidence):
        raise _Fails("number", f"The number {shortened(number)} is not in {evidence.named}.")
    if date := strange_date(text, evidence):
        raise _Fails("date", f"The date {shortened(date)} is not in {evidence.named}.")
    if name := strange_name(text, evidence):
        raise _Fails("name", f"The name {shortened(name)} is not in {evidence.named}.")


def _check_sense(text: str, evidence: Evidence, *, credited: bool) -> None:
    """Fail a claim that turns its sentences round, speaks of something else, or gives their news to somebody else."""
    told = {word.stem for word in content(text)}
    if len(told & evidence.stems) < _LEAST_SHARED * len(told):
        raise _Fails("support", f"What the claim says is not what {evidence.named} is about.")
    if turned := reversal(text, evidence) or change(text, evidence):
        raise _Fails("support", f"The claim {turned}.")
    if credited and (who := miscredited(text, evidence)):
        raise _Fails("attribution", f"In {evidence.named} it is not {shortened(who)} who says so.")


def _trimmed(text: str, evidence: Evidence, quoted: set[int]) -> Evidence:
    """Leave out sentences that share no word with the claim, if they hold neither the quote nor one of its facts."""
    told = {word.stem for word in content(text)}
    for each in evidence.sentences:
        if each.number in quoted or told & Evidence((each,)).stems:
            continue
        rest = Evidence(tuple(other for other in evidence.sentences if other is not each))
        if not (strange_number(text, rest) or strange_date(text, rest) or strange_name(text, rest)):
            evidence = rest
    return evidence


def _judged(text: str, evidence: Evidence, judge: Judge) -> float:
    support = judge.support(evidence.stated(), text)
    if not support >= judge.threshold:  # NaN fails, too
        raise _Fails("support", f"What the claim says does not follow from {evidence.named}.")
    return support


def _citations(evidence: Evidence, support: float) -> tuple[Citation, ...]:
    return tuple(
        Citation(
            number=number,
            span=sentence.span,
            quote=sentence.text,
            title=sentence.article.label,
            publisher=sentence.article.publisher,
            published=sentence.article.published,
            source=sentence.article.sources[0] if sentence.article.sources else sentence.article.id,
            url=sentence.article.url,
            support=round(support, 4),
        )
        for number, sentence in enumerate(evidence.sentences, start=1)
    )

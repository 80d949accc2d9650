"""Make of an article what reaches an archive besides it: cut, re-titled, re-ordered, corrected and edited copies."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Callable, Iterator, Sequence

from qa_index.duplicates.signature import words
from qa_index.reading.articles import from_text
from qa_index.types import Article

Change = Callable[[str, random.Random], str]

_DAY = dt.datetime(2023, 1, 2)
_PLACES = "Ashford Brill Calder Denby Eastmoor Fenwick Garth Holt Ilmer Kirby Lorne Marsh".split()
_WINDS = ("north", "east", "south", "west")


def _paragraphs(text: str) -> list[str]:
    return [paragraph for paragraph in re.split(r"\n\s*\n|\n", text) if paragraph.strip()]


def _cut(text: str, chance: random.Random) -> str:
    kept = int(len(text) * chance.uniform(0.5, 0.8))
    end = max(text.rfind(". ", 0, kept), text.rfind(".\n", 0, kept)) + 1
    return text[: end if end > kept * 0.8 else kept]


def _retitled(text: str, chance: random.Random) -> str:
    taken = chance.sample([word for word in words(text) if len(word) > 4], 7)
    return " ".join(taken).capitalize() + "\n\n" + text


def _reordered(text: str, chance: random.Random) -> str:
    parts = _paragraphs(text)
    chance.shuffle(parts)
    return "\n\n".join(parts)


def _corrected(text: str, chance: random.Random) -> str:
    numbers = list(re.finditer(r"\b\d{1,3}\b", text))
    for number in sorted(chance.sample(numbers, min(3, len(numbers))), key=lambda found: -found.start()):
        text = text[: number.start()] + str(int(number.group()) + chance.randint(1, 9)) + text[number.end() :]
    noun = chance.choice(("article", "story", "report"))
    wrong = chance.choice(("misstated a figure", "gave an incorrect number", "misspelled a name"))
    notice = chance.choice(
        (
            f"Correction: An earlier version of this {noun} {wrong}.",
            f"An earlier version of this {noun} {wrong}.",
            f"(This {noun} corrects a figure in the third paragraph.)",
            "CORRECTED: A number in paragraph two.",
        )
    )
    return f"{notice}\n\n{text}" if chance.random() < 0.5 else f"{text}\n\n{notice}"


def _framed(text: str, chance: random.Random) -> str:
    parts = _paragraphs(text)
    parts.insert(len(parts) // 2, "Advertisement")
    parts.insert(len(parts) // 3, "Sign up for our morning newsletter and get the day's stories in your inbox.")
    head = f"By {chance.choice(('Staff', 'Wire'))} reporters\nShare this story on Facebook Share on Twitter Email Print"
    tail = "All rights reserved. This material may not be published, broadcast, rewritten or redistributed."
    return "\n\n".join([head, *parts, "Follow us for more news, video and pictures from around the region.", tail])


def _edited(text: str, chance: random.Random) -> str:
    sentences = re.split(r"(?<=[.!?])(\s+)", text)
    for place in range(0, len(sentences), 2):
        said = sentences[place].split(" ")
        if len(said) > 5 and chance.random() < 0.1:
            where = chance.randrange(1, len(said) - 1)
            said[where : where + 1] = chance.choice(([], ["reportedly", said[where]], ["roughly"]))
            sentences[place] = " ".join(said)
    return "".join(sentences)


def _all_together(text: str, chance: random.Random) -> str:
    for change in (_cut, _edited, _framed, _retitled):
        text = change(text, chance)
    return text


CHANGES: dict[str, Change] = {
    "cut to 50-80 %": _cut,
    "re-titled": _retitled,
    "re-ordered": _reordered,
    "corrected": _corrected,
    "byline and boxes": _framed,
    "one sentence in ten edited": _edited,
    "cut, edited, framed, re-titled": _all_together,
}


def made(bases: Sequence[Article], seed: int) -> Iterator[tuple[str, int, Article]]:
    """Yield changed copies of articles: what was changed, the place of the article, the copy."""
    chance = random.Random(seed)
    for place, base in enumerate(bases):
        published = base.published.value if base.published else _DAY
        for number, (kind, change) in enumerate(CHANGES.items()):
            day = published + dt.timedelta(days=chance.choice((0, 0, 1, 2)))
            copy = from_text(change(base.text, chance), title=base.title, publisher=f"Copy {number}", published=day)
            yield kind, place, copy


def made_earlier(base: Article, chance: random.Random) -> Article:
    """Return what stood at the same publisher the day before: the first part of the article."""
    kept = base.text[: int(len(base.text) * chance.uniform(0.6, 0.8))]
    published = (base.published.value if base.published else _DAY) - dt.timedelta(days=1)
    return from_text(kept, title=base.title, publisher=base.publisher, published=published)


def forms(days: int = 40) -> list[Article]:
    """Return what is filled in anew every day and is no copy of the day before: weather, markets, winning numbers."""
    chance = random.Random(4)
    start = dt.datetime(2023, 3, 1)
    return [
        from_text(fill(chance, day), title=f"{fill.__name__} {day:%d %B}", publisher="Daily", published=day)
        for fill in (_weather, _market, _lottery, _briefing)
        for day in (start + dt.timedelta(days=number) for number in range(days))
    ]


def _weather(chance: random.Random, day: dt.datetime) -> str:
    lines = [
        f"{place} will see a high of {chance.randint(1, 35)} degrees and a low of {chance.randint(-9, 9)} with winds "
        f"of {chance.randint(3, 60)} km/h from the {chance.choice(_WINDS)}, and the chance of rain stands at "
        f"{chance.randint(0, 100)} per cent."
        for place in _PLACES
    ]
    return f"Here is the forecast for {day:%A, %d %B}.\n\n" + "\n\n".join(lines)


def _market(chance: random.Random, day: dt.datetime) -> str:
    lines = [
        f"The {place} index closed {chance.choice(('up', 'down'))} {chance.randint(1, 400)} points at "
        f"{chance.randint(1000, 9999)} on {day:%A}, after {chance.randint(100, 900)} million shares changed hands, "
        f"against {chance.randint(100, 900)} million the day before."
        for place in _PLACES
    ]
    return "\n\n".join(lines)


def _lottery(chance: random.Random, day: dt.datetime) -> str:
    drawn = ", ".join(str(chance.randint(1, 69)) for _ in range(6))
    jackpot, cash = chance.randint(20, 900), chance.randint(10, 500)
    return (
        f"The winning numbers of {day:%A, %d %B} were {drawn}.\n\nThe jackpot stood at {jackpot} million, with a cash "
        f"value of {cash} million, and {chance.randint(0, 9)} tickets won {chance.randint(1, 9)} million.\n\n"
        "Tickets are sold until an hour before the drawing at most shops and petrol stations of the states that take "
        "part. Whoever matches all six numbers wins the jackpot, which is paid in yearly parts or at once. Whoever "
        "matches five of them wins the second prize. Smaller prizes are paid by the shop that sold the ticket. "
        "Drawings are held on three evenings of the week and shown on television."
    )


def _briefing(chance: random.Random, day: dt.datetime) -> str:
    first = (day - dt.datetime(2023, 3, 1)).days  # each day one item goes and one comes
    return "\n\n".join(_item(number) for number in range(first, first + 8))


def _item(number: int) -> str:
    chance = random.Random(number)
    return (
        " ".join("".join(chance.choice("aeioukstrlmnp") for _ in range(chance.randint(2, 9))) for _ in range(45)) + "."
    )

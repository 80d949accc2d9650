"""Two small articles, a suite about them, and answerers: one that is right, and several that are broken."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from qa.types import Citation, Claim, Passage
from qa_eval.types import Case, Gold, Suite
from qa_index.types import Article, Chunk, Span

TEXTS = {
    "aaaa": "The mill burned down on Monday. Its owner, Ada Quill, said that 1,200 sacks were lost. Nobody was hurt.",
    "bbbb": "A baker in the valley has found work for the miller. The village will rebuild the mill in 14 weeks.",
}
ARTICLES = {
    "aaaa": Article("aaaa", TEXTS["aaaa"], sources=("in/000_mill.txt",)),
    "bbbb": Article("bbbb", TEXTS["bbbb"], sources=("in/001_baker.txt",)),
}
CASES = (
    Case("c1", "Who owns the mill?", ("Ada Quill", "Quill"), (Gold("000", "Its owner, Ada Quill"),), tags=("who",)),
    Case(
        "c2", "How many sacks?", ("1,200 sacks", "1,200"), (Gold("000", "1,200 sacks were lost"),), tags=("how_many",)
    ),
    Case("c3", "When will it be rebuilt?", ("14 weeks",), (Gold("001", "in 14 weeks"),), tags=("when",)),
    Case("c4", "Who set the fire?", answerable=False, tags=("unanswerable",)),
    Case("c5", "How old is the baker?", answerable=False, tags=("unanswerable",)),
)
SUITE = Suite("mill", CASES)
KNOWN = {
    "Who owns the mill?": ("aaaa", "Its owner, Ada Quill, said that 1,200 sacks were lost.", "Ada Quill"),
    "How many sacks?": ("aaaa", "Its owner, Ada Quill, said that 1,200 sacks were lost.", "1200"),
    "When will it be rebuilt?": ("bbbb", "The village will rebuild the mill in 14 weeks.", None),
}


@dataclass(frozen=True)
class Said:
    """The fields of `qa.types.Answer` that are judged, without its checks: a broken answer must be possible."""

    status: str = "abstained"
    short: str | None = None
    text: str = "The articles do not say."
    citations: tuple = ()
    claims: tuple = ()
    conflicts: tuple = ()
    nearest: tuple = ()
    confidence: float = 0.1
    made_by: dict = field(default_factory=lambda: {"reader": "a test's own"})
    standalone: str = ""


@dataclass
class FakeChat:
    """A conversation that takes "And …" for a question about the mill, once there was one before it."""

    library: "Fake"
    filters: dict
    turns: int = 0

    def ask(self, question):
        standalone = question.replace("And who?", "Who owns the mill?") if self.turns else question
        self.turns += 1
        return replace(self.library.ask(standalone, **self.filters), standalone=standalone)


@dataclass
class Fake:
    """An answerer made of a function."""

    answer: Callable[[str], Said]
    asked: list = field(default_factory=list)

    def ask(self, question, **filters):
        self.asked.append((question, filters))
        return self.answer(question)

    def chat(self, **filters):
        return FakeChat(self, filters)

    def search(self, text, *, limit=10, **filters):
        """Each article is a passage; the second comes first for the third question only."""
        order = ("bbbb", "aaaa") if "rebuilt" in text else ("aaaa", "bbbb")
        spans = [Span(name, 0, len(TEXTS[name])) for name in order]
        return tuple(Passage(Chunk(span, (span,)), ARTICLES[span.article_id], 1.0, ("words",)) for span in spans)[
            :limit
        ]


def cite(article_id: str, quote: str, *, start: int | None = None) -> Citation:
    """A citation of words of an article; `start` puts it elsewhere."""
    at = TEXTS[article_id].index(quote) if start is None else start
    return Citation(1, Span(article_id, at, at + len(quote)), quote, "A title", None, None, "mill.txt")


def answered(short: str | None, text: str, *citations: Citation) -> Said:
    """An answer that makes one claim of its text, as every answer of ours does."""
    claims = (Claim(re.sub(r"\s*\[\d+\]", "", text), citations),) if citations else ()
    return Said("answered", short, text, citations, claims, confidence=0.9)


def right(question: str) -> Said:
    if question not in KNOWN:
        return Said(nearest=(cite("aaaa", "Nobody was hurt."),))
    article_id, sentence, short = KNOWN[question]
    return answered(short, f"{sentence} [1]", cite(article_id, sentence))


def beside(question: str) -> Said:
    """Right, but every citation stands one character further left than it says."""
    said = right(question)
    moved = tuple(cite(c.span.article_id, c.quote, start=c.span.start - 1) for c in said.citations)
    return answered(said.short, said.text, *moved) if moved else said


def citing_abstainer(question: str) -> Said:
    return right(question) if question in KNOWN else Said(citations=(cite("aaaa", "Nobody was hurt."),))


def always_abstaining(question: str) -> Said:
    return Said(text="The articles do not say. Nearest: Ada Quill, 1,200 sacks, 14 weeks.")


def always_answering(question: str) -> Said:
    return right(question) if question in KNOWN else answered("Nobody", "Nobody.", cite("aaaa", "Nobody was hurt."))


def whole_article(question: str) -> Said:
    if question not in KNOWN:
        return Said()
    text = TEXTS[KNOWN[question][0]]
    return answered(None, text, cite(KNOWN[question][0], text))


def wrong_headline(question: str) -> Said:
    """Cites and quotes what is right, and says something else where a person looks first."""
    said = right(question)
    return answered("Donald Duck", said.text, *said.citations) if said.citations else said


def saying_more(question: str) -> Said:
    """Adds a sentence that nothing stands behind."""
    said = right(question)
    return replace(said, text=f"{said.text}\nThe mayor lit it.") if said.citations else said


def marking_nothing(question: str) -> Said:
    """Has a mark in its text that is no citation's number."""
    said = right(question)
    return replace(said, text=said.text.replace("[1]", "[7]")) if said.citations else said


def claiming_nothing(question: str) -> Said:
    return replace(right(question), claims=())


def citing_elsewhere(question: str) -> Said:
    said = right(question)
    return answered(said.short, said.text, cite("aaaa", "Nobody was hurt.")) if said.citations else said


def citing_nothing(question: str) -> Said:
    said = right(question)
    return answered(said.short, said.text) if said.citations else said


def inventing(question: str) -> Said:
    """Cites an article that is not there."""
    said = right(question)
    quote = "Ada Quill did it."
    invented = Citation(1, Span("zzzz", 0, len(quote)), quote, "A title", None, None, "none.txt")
    return answered(said.short, said.text, *said.citations, invented) if said.citations else said


def raising(question: str) -> Said:
    if question == "How many sacks?":
        raise RuntimeError("the reader fell over")
    return right(question)

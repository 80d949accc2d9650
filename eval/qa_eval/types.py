"""The values of an evaluation: what is asked, what is known, what became of it, and the figures."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from qa_index.types import Article


@dataclass(frozen=True, slots=True)
class Gold:
    """Words that support the answer.

    `article` names the article as the suite does: an id, an address, a file's name or the number that it starts with.
    `quote` stands at `start`; without a `start` it stands in the article exactly once; an empty quote means that
    the article as a whole is known to answer. `grade` is how relevant the article is, 1 or more. `source` is the file
    or address that the article came from: it names the article when no article has the other name any more.
    """

    article: str
    quote: str = ""
    start: int | None = None
    grade: int = 1
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One question and what is known about it.

    `answers` are the accepted forms: an answer that states one of them is right. `gold` holds every place known to
    state the fact; there may be none. Both are empty where the articles (as narrowed by `after` and `until`, days that
    are included, by `within`, names of articles, and by `publishers`) do not say. `history` holds the questions asked
    before, oldest first, and `standalone` asks the same without them, in a person's words.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    gold: tuple[Gold, ...] = ()
    answerable: bool = True
    tags: tuple[str, ...] = ()
    after: dt.date | None = None
    until: dt.date | None = None
    history: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    standalone: str | None = None
    publishers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases that are asked together, by name.

    `articles` makes the articles they are about, None where the suite brings none. With `retrieval_only` there are
    no answers to judge, only which articles should be found. `shipped` suites are about the shipped articles. `home` is
    the folder of the library in which the suite is kept, and about whose articles it is.
    """

    name: str
    cases: tuple[Case, ...]
    articles: Callable[[], Iterable[Article]] | None = None
    retrieval_only: bool = False
    shipped: bool = False
    home: Path | None = None

    @property
    def digest(self) -> str:
        """Stands for the cases, in their order: 16 hexadecimal digits; runs of equal digests can be compared."""
        cases = [asdict(case) for case in self.cases]
        for each in cases:  # as before there were such fields
            _drop_empty(each, "standalone", "publishers")
            for gold in each["gold"]:
                _drop_empty(gold, "source")
        content = json.dumps(cases, default=str, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def _drop_empty(record: dict[str, Any], *names: str) -> None:
    for name in names:
        if not record[name]:
            del record[name]


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation that an answer showed, with what surrounds it; `start` and `end` are code points of the article.

    `gold` are the ranges of the quote itself, [start, end), that gold quotes cover. `right_article` says whether its
    article is one that gold names. `verbatim` says whether the quote stands where the citation says.
    """

    article_id: str
    title: str
    published: str | None
    source: str
    start: int
    end: int
    quote: str
    before: str = ""
    after: str = ""
    gold: tuple[tuple[int, int], ...] = ()
    right_article: bool = False
    verbatim: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case. An answer is right if it states an accepted form and cites the words that say so.

    `stated` says whether an accepted form stands anywhere in what was said; `answered_right` whether it stands in the
    bare answer, where there is one, because that is what a person takes for the answer.
    `cited_right` is None where no gold is known. `exact` and `f1` judge the bare answer, or the text where there is no
    bare one, against the accepted forms, "" standing for an abstention, as SQuAD 2.0 does; `facts_exact` and
    `facts_f1` do so after numbers, dates and names were made alike. The four rates of citations are in [0, 1] and
    None where nothing was cited or nothing gold is known. `unsupported` of the `claims` say what none of their
    citations says. `altered` counts shown quotes that do not stand where their citation says, of `shown` in all.
    `ranks` are the ranks, from 1, at which a search for `depth` passages found gold articles, best first, and `grades`
    the grade of each; `relevant` holds the grades of all gold articles; `passage_rank` is the rank of the first passage
    that holds one of the `gold_spans` gold quotes, None if none does. `status` is that of the answer, "searched" where
    only the search was measured, "failed" with `error`, what was raised instead.
    """

    case: Case
    status: str = "failed"
    short: str | None = None
    text: str = ""
    confidence: float = 0.0
    milliseconds: float = 0.0
    stated: bool = False
    answered_right: bool = False
    cited_right: bool | None = None
    exact: float | None = None
    f1: float | None = None
    facts_exact: float | None = None
    facts_f1: float | None = None
    span_precision: float | None = None
    span_recall: float | None = None
    article_precision: float | None = None
    article_recall: float | None = None
    claims: int = 0
    unsupported: int = 0
    shown: int = 0
    altered: int = 0
    cited_abstention: bool = False
    uncited: bool = False
    depth: int = 0
    ranks: tuple[int, ...] = ()
    grades: tuple[int, ...] = ()
    relevant: tuple[int, ...] = ()
    passage_rank: int | None = None
    gold_spans: int = 0
    citations: tuple[Cited, ...] = ()
    error: str | None = None
    asked: str | None = None
    by_hand: bool | None = None

    @property
    def abstained(self) -> bool:
        """Whether it said that the articles do not say."""
        return self.status == "abstained"

    @property
    def right(self) -> bool:
        """Whether it did what the case asks: the right answer, cited right; or, if there is none, to abstain."""
        if not self.case.answerable:
            return self.abstained
        return self.answered_right and self.cited_right is not False

    @property
    def cluster(self) -> str:
        """What cases are counted together by where they are not independent: the article of the first gold quote."""
        return self.case.gold[0].article if self.case.gold else f"case {self.case.id}"


@dataclass(frozen=True, slots=True)
class Figures:
    """How good some answers are. Rates are in [0, 1], times in milliseconds; None where there was nothing to count.

    Over the answerable cases: `right` (answered right and cited right), `answered_right`, `fact_recall` (stated in any
    part of the answer), `cited_right`, `false_refusals` (of those that did not fail), `answerable_exact`,
    `answerable_f1`, `facts_exact`, `facts_f1`. Over all: `exact`, `f1`, as SQuAD 2.0 does; `best_f1` is the latter
    if of the answers given only those above the best threshold on confidence were. `short_exact` and `short_f1`
    are means over the `shorts` bare answers given. `abstention_precision` and `_recall`
    take an abstention for the verdict that the articles do not say. `auroc` is how well confidence tells answerable
    questions from the others, `auroc_right` right answers from wrong ones; `aurc` is the area under the risk-coverage
    curve, lower is better; `ece` the expected calibration error of answered cases. The four rates of citations are
    means over answers to answerable cases. `unsupported` is the rate over all `claims`, `verbatim` over all `citations`
    shown. `read_first` is how often what is shown first, the first citation of an answer or what came nearest to an
    abstention, is of a gold article, over the `searched` cases that have one. Over the follow-ups that a person rewrote
    too, `by_hand` is how often that rewrite is answered right, and `rewrites` how often ours is where that one is;
    `rewritten` counts the latter. A case that failed counts as wrong
    wherever it would have counted.
    """

    cases: int
    answerable: int
    failed: int
    right: float | None
    answered_right: float | None
    fact_recall: float | None
    cited_right: float | None
    false_refusals: float | None
    abstention_recall: float | None
    abstention_precision: float | None
    exact: float | None
    f1: float | None
    best_f1: float | None
    answerable_exact: float | None
    answerable_f1: float | None
    facts_exact: float | None
    facts_f1: float | None
    shorts: int
    short_exact: float | None
    short_f1: float | None
    span_precision: float | None
    span_recall: float | None
    article_precision: float | None
    article_recall: float | None
    claims: int
    unsupported: float | None
    citations: int
    verbatim: float | None
    cited_abstentions: int
    uncited: int
    auroc: float | None
    auroc_right: float | None
    aurc: float | None
    ece: float | None
    searched: int
    passage_hit_1: float | None
    passage_hit_5: float | None
    passage_hit_10: float | None
    hit_1: float | None
    hit_5: float | None
    hit_10: float | None
    read_first: float | None
    recall_10: float | None
    recall_100: float | None
    mrr_10: float | None
    ndcg_10: float | None
    by_hand: float | None
    rewritten: int
    rewrites: float | None
    words: float | None
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Header:
    """What a run was made with, all of it known before the first question: the settings, the models, the machine.

    `suite_digest` stands for the cases; `arguments` is the command that repeats it. `started` is a moment with its
    zone, as it was handed in. `articles_digest` stands for the texts of the articles that were asked about.
    """

    suite: str
    suite_digest: str
    cases: int
    retrieval_only: bool
    started: str
    arguments: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    made_by: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    machine: dict[str, str] = field(default_factory=dict)
    articles: int = 0
    articles_digest: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """What is known once the last question was answered.

    `seconds` is what answering took (searching, where only that was measured), added up over all cases, those asked
    before an interruption among them; `peak_mb` the most memory that the process which finished held.
    """

    seconds: float
    peak_mb: float

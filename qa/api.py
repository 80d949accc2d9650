"""The Python interface: a library that can be filled, asked, searched and audited."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from qa.answer import answer
from qa.chat import Chat
from qa.compose import ABSTENTION, Made
from qa.filtering import parse_filters
from qa.models import Models, Notice, models, passage_reader
from qa.settings import Settings
from qa.types import Answer, Claim, Passage, Question, Stop, Turn
from qa_index.errors import ArticleNotFound, LanguageModelUnavailable, ModelUnavailable
from qa_index.library import Library as Index
from qa_index.storage.preparing import standard_reading
from qa_index.storage.sync import DEFAULT_FIELDS
from qa_index.stories import FieldMap
from qa_index.types import (
    Article,
    Chunk,
    Failure,
    Filters,
    Finding,
    Listing,
    Outlet,
    Progress,
    Searched,
    Sort,
    Span,
    Synced,
    Timeline,
)

if TYPE_CHECKING:
    from qa.types import Reader
    from qa.writing.writer import Writer
    from qa_index.duplicates import Kin

_REWRITING = 10.0  # seconds a language model may take to rewrite a question
_SEARCHES = 3  # for one question, while articles come and go


class Library:
    """A collection of articles on disk that answers questions; a context manager, to be closed after use."""

    def __init__(self, index: Index, *, settings: Settings, models: Models, notice: Notice | None = None) -> None:
        self._index, self._settings, self._models = index, settings, models
        self._notice = notice or (lambda line: None)
        self._reader: Reader | None = None
        self._writer: Writer | None = None
        self._kin: tuple[tuple[str, int], Mapping[str, Kin]] | None = None

    @property
    def folder(self) -> Path:
        """Where the library lives."""
        return self._index.folder

    @property
    def generation(self) -> int:
        """Counts the changes made to the library; an answer names the one it was made from."""
        return self._index.generation

    @property
    def state(self) -> tuple[str, int]:
        """Names the library and its generation: the same state, the same articles."""
        return self._index.state

    def add(
        self,
        *sources: object,
        progress: Progress | None = None,
        keep: bool = False,
        fields: FieldMap | str | None = None,
    ) -> Synced:
        """Bring the library up to date with files, folders, Article objects or llama-index Documents.

        Files under a folder added before that are gone are removed, unless `keep`. `fields` says which fields of JSON
        and CSV records hold what, "text=story,title=name" for example; without it the settings do. `progress` is called
        with each step.
        """
        return self._index.add(*sources, progress=progress, keep=keep, fields=self._fields(fields))

    def preview(
        self,
        *sources: object,
        progress: Progress | None = None,
        keep: bool = False,
        fields: FieldMap | str | None = None,
    ) -> Synced:
        """Say what `add` would do, and change nothing; also while another process writes, or nothing can be written."""
        return self._index.preview(*sources, progress=progress, keep=keep, fields=self._fields(fields))

    def _fields(self, fields: FieldMap | str | None) -> FieldMap:
        if isinstance(fields, FieldMap):
            return fields
        named = fields or self._settings.fields
        if not named:
            return DEFAULT_FIELDS
        from qa_index.formats.records import parse_fields

        return parse_fields(named)

    def ask(self, question: str, **filters: Any) -> Answer:  # noqa: ANN401 - each filter is checked by name
        """Answer a question with exact citations, or abstain.

        Filters: `after` and `until` (a date or "2022-01-31", both included), `publisher`, `article` (one or several).
        """
        return self.answer(Question(question, parse_filters(filters)))

    def stream(self, question: str, *, stop: Stop | None = None, **filters: Any) -> Iterator[Claim | Answer]:  # noqa: ANN401
        """Yield the claims of an answer as they are checked, and last the whole answer; the filters of `ask` apply.

        Without a language model there is only the answer. Set `stop`, or close this, to cancel what is being written.
        """
        return self.answering(Question(question, parse_filters(filters)), stop=stop)

    def chat(self, **filters: Any) -> Chat:  # noqa: ANN401
        """Begin a conversation, in which a question may lean on those before it; the filters of `ask` apply to all."""
        parse_filters(filters)
        return Chat(
            self.answering,
            article_of=self._index.article,
            rewrite=self._rewritten,
            narrow=parse_filters,
            filters=filters,
        )

    def answer(self, question: Question) -> Answer:
        """Answer a question that may belong to a conversation."""
        *_, found = self.answering(question)
        if not isinstance(found, Answer):
            raise TypeError("the last that comes is the answer")
        return found

    def answering(
        self, question: Question, *, stop: Stop | None = None, spent: float = 0.0
    ) -> Iterator[Claim | Answer]:
        """Yield what `stream` yields, for a question that may belong to a conversation.

        `spent` are seconds that a language model has had for this question already.
        """
        started = time.perf_counter()
        writer, failure = self._ready_to_write(spent)
        parts = answer(
            question,
            search=partial(self._passages, at_hand=question.at_hand),
            reader=self.reader,
            article_of=self._index.article,
            made=Made(self._index.searched(question.filters), self._made_by(writer), self._index.tellers()),
            settings=self._settings,
            writer=writer,
            stop=stop,
        )
        for part in parts:
            if isinstance(part, Answer):
                part = replace(part, seconds=round(time.perf_counter() - started, 4), failure=failure or part.failure)
            yield part

    def search(self, text: str, *, limit: int = 10, **filters: Any) -> tuple[Passage, ...]:  # noqa: ANN401
        """Return the passages nearest to a text, best first; the filters of `ask` apply."""
        return self._passages(text, filters=parse_filters(filters), limit=limit)

    @property
    def reader(self) -> Reader:
        """Reads passages; made when the first question comes."""
        if self._reader is None:
            self._reader = passage_reader(self._models)
        return self._reader

    def article(self, id_prefix: str) -> Article:
        """Return the article whose id begins with these (at least four) characters."""
        return self._index.article(id_prefix)

    def articles(self, **filters: Any) -> tuple[Article, ...]:  # noqa: ANN401
        """Return the articles, newest first, those without a date last."""
        return self._index.articles(parse_filters(filters))

    def listing(
        self,
        *,
        query: str = "",
        sort: Sort = "newest",
        offset: int = 0,
        limit: int = 50,
        undated: bool = False,
        clustered: bool = False,
        **filters: Any,  # noqa: ANN401
    ) -> Listing:
        """Return a page of the list of articles, without their texts; the filters of `ask` apply.

        Every word of `query` is in the title, the publisher or a source. `undated` leaves those of no known date,
        `clustered` one of those that tell one story in the same words, the original if it is there.
        """
        return self._index.listing(
            parse_filters(filters),
            query=query,
            sort=sort,
            offset=offset,
            limit=limit,
            undated=undated,
            clustered=clustered,
        )

    def kin(self) -> Mapping[str, Kin]:
        """Return by their ids the articles that tell a story in the words of an earlier one, the original."""
        state = self._index.state
        if self._kin is None or self._kin[0] != state:
            self._kin = state, self._index.kin()
        return self._kin[1]

    def timeline(self, **filters: Any) -> Timeline:  # noqa: ANN401
        """Return how many articles there are over time, by publisher; the filters of `ask` apply."""
        return self._index.timeline(parse_filters(filters))

    def outlets(self) -> tuple[Outlet, ...]:
        """Return the publishers with their numbers of articles, in alphabetical order; last, how many name none."""
        return self._index.outlets()

    @property
    def uploads(self) -> Path:
        """Where files that were handed in through the page are kept, inside the library's folder."""
        return self._index.uploads

    def digests(self, folder: Path) -> dict[str, str | None]:
        """Return the files below a folder that articles came from, with the SHA-256 of their bytes."""
        return self._index.digests(folder)

    def searched(self, **filters: Any) -> Searched:  # noqa: ANN401
        """Return how many articles a question with these filters looks through, and of which dates."""
        return self._index.searched(parse_filters(filters))

    def remove(self, id_prefix: str) -> Article:
        """Remove one article and return it; a file that is still there comes back with the next `add` of its folder."""
        return self._index.remove(id_prefix)

    def forget(self, *sources: str) -> None:
        """Forget files, and the articles that came only from them."""
        self._index.forget(*sources)

    def failures(self) -> tuple[Failure, ...]:
        """Return the files that could not become articles, and why."""
        return self._index.failures()

    def audit(self, *, repair: bool = False) -> tuple[Finding, ...]:
        """Compare the caches with the catalog; say what is wrong and, if asked, put it right."""
        return self._index.audit(repair=repair)

    def rebuild(self, *, progress: Progress | None = None) -> None:
        """Cut and embed every article again with the settings in force; until that is done it answers as before."""
        self._index.rebuild(progress=progress)

    def close(self) -> None:
        """Let go of the files."""
        self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _rewritten(self, question: str, turns: Sequence[Turn], *, stop: Stop | None = None) -> str:
        """Put a question of a conversation into words that stand alone; with the language model, if there is one."""
        from qa.followups import standalone  # only a conversation needs it: 25 ms

        if self._models.language_model is None or not turns:
            return standalone(question, turns)
        from qa.followups.rewriting import rewrite_with  # only where a language model writes

        try:
            self._written_by()  # says where the text goes, before any goes there
            model = self._models.language_model()
        except (LanguageModelUnavailable, ModelUnavailable):  # the answer says which
            return standalone(question, turns)
        seconds = min(_REWRITING, self._settings.llm_seconds / 4)
        return rewrite_with(model, question, turns, seconds=seconds, stop=stop)

    def _passages(
        self, text: str, *, filters: Filters, limit: int, at_hand: tuple[Span, ...] = ()
    ) -> tuple[Passage, ...]:
        """Search; the passages of spans that are at hand come behind what was found."""
        found = self._found(text, filters, limit)
        for span in at_hand:
            if not any(_holds(passage.chunk, span) for passage in found):
                found += self._passage_of(span)
        return tuple(found)

    def _found(self, text: str, filters: Filters, limit: int) -> list[Passage]:
        """Search, and again if an article left the library before it was read; what has gone for good is left out."""
        for _ in range(_SEARCHES):
            hits = self._index.search(text, filters=filters, limit=limit)
            found = [passage for hit in hits for passage in self._passage(hit.chunk, hit.score, hit.found_by)]
            if len(found) == len(hits):
                break
        return found

    def _passage(self, chunk: Chunk, score: float, found_by: tuple[str, ...]) -> list[Passage]:
        """Return a chunk in its article, if that is there."""
        try:
            return [Passage(chunk, self._index.article(chunk.span.article_id), score, found_by)]
        except ArticleNotFound:
            return []

    def _passage_of(self, span: Span) -> list[Passage]:
        """Return the passage that holds a span cited earlier; none if its article is gone."""
        try:
            chunks = self._index.chunks(span.article_id)
        except ArticleNotFound:
            return []
        holding = [chunk for chunk in chunks if _holds(chunk, span)][:1]
        return [passage for chunk in holding for passage in self._passage(chunk, 0.0, ("conversation",))]

    def _ready_to_write(self, spent: float) -> tuple[Writer | None, str | None]:
        """Return what writes, with the time that is left for it, or why nothing can though it should."""
        try:
            writer = self._written_by()
        except ModelUnavailable as error:  # of the judge: without one nothing is believed
            return None, str(error)
        return replace(writer, seconds=writer.seconds - spent) if writer else None, None

    def _written_by(self) -> Writer | None:
        """Return what writes with a language model, made when the first question comes; None if there is none."""
        if self._writer is None and self._models.language_model is not None:
            from qa.writing.writer import Writer  # only where a language model writes

            model, judge = self._models.language_model(), self._models.judge()
            if model.host:
                self._notice(f"The text of articles goes to {model.host}, where {model.name} writes the answers.")
            self._writer = Writer(
                model,
                judge,
                seconds=self._settings.llm_seconds,
                sure=self.reader.threshold("strict"),
                abstention=ABSTENTION,
            )
        return self._writer

    def _made_by(self, writer: Writer | None) -> dict[str, str]:
        from qa import __version__

        written_by = {"writer": writer.name} if writer else {}
        return written_by | {
            "citewell": __version__,
            "generation": str(self._index.generation),
            "embedder": self._index.embedder_name,
            "reader": f"{self.reader.name}, {self._models.reader().name}",
            "passages": str(self._settings.passages),
            "strictness": self._settings.strictness,
        }


def open_library(
    folder: str | Path | None = None,
    *,
    settings: Settings | None = None,
    create: bool = True,
    notice: Notice | None = None,
    llm: object = None,
) -> Library:
    """Open the library in a folder, or create it; models are loaded when they are first needed.

    `llm`, a language model of llama-index or any `LanguageModel`, writes the answers; without it one writes if the
    settings name it. `notice` is told once to which host the text of articles goes.

    Raises:
        LibraryNotFound: if there is none and `create` is false.
        LibraryDamaged: if its catalog cannot be read. Other settings than it was built with show at the first search.

    """
    settings = settings or Settings()
    loaded = models(settings, notice=notice, llm=llm)
    index = Index.open(
        Path(folder).expanduser() if folder else settings.library,
        embedder=loaded.embedder,
        chunk_tokens=settings.chunk_tokens,
        reading=partial(standard_reading, settings.chunk_tokens, max_bytes=settings.max_file_mb * 1_000_000),
        create=create,
    )
    return Library(index, settings=settings, models=loaded, notice=notice)


def _holds(chunk: Chunk, span: Span) -> bool:
    """Whether a span lies in a chunk."""
    whole = chunk.span
    return whole.article_id == span.article_id and whole.start <= span.start and span.end <= whole.end

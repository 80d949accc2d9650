"""Citewell's answers as a llama-index query engine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from qa.filtering import parse_filters
from qa.llama.base import BaseQueryEngine, CallbackManager, NodeWithScore, QueryBundle, Response
from qa.llama.nodes import from_citation
from qa.types import Answer

if TYPE_CHECKING:
    from qa.api import Library


class CitewellQueryEngine(BaseQueryEngine):
    """Answers from a library: the response's source nodes are exactly the words that are cited, or it abstains.

    The text has marks such as [1]; the source node whose metadata have that `number` is what stands behind it.
    `response.metadata` holds `status`, `short`, `confidence`, `standalone`, and `failure` where a language model was
    asked and wrote nothing. An abstention says so in its text and has no source nodes. The filters are those of
    `library.ask`: `after`, `until`, `publisher`, `article`.

    Raises:
        UnknownFilter: if a filter has another name, or is no day.

    """

    def __init__(
        self,
        library: Library,
        *,
        callback_manager: CallbackManager | None = None,
        **filters: Any,  # noqa: ANN401 - each filter is checked by name
    ) -> None:
        parse_filters(filters)  # what cannot be a filter is said now, not at the first question
        self._library, self._filters = library, filters
        super().__init__(callback_manager=callback_manager)

    def _query(self, query_bundle: QueryBundle) -> Response:
        answer = self._library.ask(query_bundle.query_str, **self._filters)
        return Response(answer.text, source_nodes=cited(answer), metadata=described(answer))

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}  # what is said to a language model is Citewell's own, and checked


def cited(answer: Answer) -> list[NodeWithScore]:
    """Return the cited words of an answer, in the order of their marks."""
    return [from_citation(citation) for citation in answer.citations]


def described(answer: Answer) -> dict[str, Any]:
    """Return what is known about an answer beside its text; flat, because other engines put it into metadata."""
    return {
        "status": answer.status,
        "short": answer.short,
        "confidence": answer.confidence,
        "standalone": answer.standalone,
        "failure": answer.failure,
    }

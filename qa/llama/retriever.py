"""Citewell's search as a llama-index retriever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from qa.filtering import parse_filters
from qa.llama.base import BaseRetriever, CallbackManager, NodeWithScore, QueryBundle
from qa.llama.nodes import from_passage

if TYPE_CHECKING:
    from qa.api import Library


class CitewellRetriever(BaseRetriever):
    """Finds the passages nearest to a question, by words and by meaning, each with the exact place it stands at.

    A node's text is `library.article(article_id).text[start:end]`, and its metadata hold `article_id`, `start`, `end`,
    `title`, `publisher`, `published`, `source` and `url`; what is not known is None. The filters are those of
    `library.search`: `after`, `until`, `publisher`, `article`.

    Raises:
        UnknownFilter: if a filter has another name, or is no day.
        ValueError: if `limit`, how many passages are found at most, is below 1.

    """

    def __init__(
        self,
        library: Library,
        *,
        limit: int = 10,
        callback_manager: CallbackManager | None = None,
        **filters: Any,  # noqa: ANN401 - each filter is checked by name
    ) -> None:
        if limit < 1:
            raise ValueError(f"a retriever needs limit >= 1, got {limit}")
        parse_filters(filters)  # what cannot be a filter is said now, not at the first question
        self._library, self._limit, self._filters = library, limit, filters
        super().__init__(callback_manager=callback_manager)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._library.search(query_bundle.query_str, limit=self._limit, **self._filters)
        return [from_passage(passage) for passage in found]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)

"""Citewell's chunks as llama-index nodes."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qa.llama.base import BaseNode, Document, Field, IdFuncCallable, NodeParser, NodeRelationship, TextNode
from qa.llama.nodes import kept_from_models, kept_from_vectors, place
from qa_index.reading.chunks import SMALLEST_CHUNK
from qa_index.storage.preparing import standard_reading
from qa_index.storage.sources import Given, Reading, collect
from qa_index.types import Article, Chunk

_LOG = logging.getLogger(__name__)


def stable_id(i: int, doc: BaseNode) -> str:
    """Return the same id for the same part of the same document every time, as a UUID, which some stores insist on."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"citewell {doc.node_id} {i}"))


class ArticleNodeParser(NodeParser):
    r"""Cuts documents where Citewell cuts articles: whole sentences, a few paragraphs a node, never boilerplate.

    `start_char_idx` and `end_char_idx` (`start` and `end` in the metadata) count characters of the article's text. That
    is the document's own text, except that line ends are "\n" and characters that cannot be seen are gone;
    `article_id` names it, the same as in a library to which the document was added. Each node knows its document, the
    node before it and the node after it. A document without a visible character has no nodes; a warning is logged.
    """

    chunk_tokens: int = Field(
        default=160, ge=SMALLEST_CHUNK, le=512, description="The most tokens in a node, as tiktoken counts them."
    )
    id_func: IdFuncCallable = Field(default=stable_id, description="Makes the id of a document's i-th node.")

    @classmethod
    def class_name(cls) -> str:
        """Name it as llama-index writes it into stored pipelines."""
        return "ArticleNodeParser"

    def _parse_nodes(
        self,
        nodes: Sequence[BaseNode],
        show_progress: bool = False,
        **kwargs: Any,  # noqa: ANN401 - NodeParser's own
    ) -> list[BaseNode]:
        reading = standard_reading(self.chunk_tokens)
        return [node for document in nodes for node in self._cut(document, reading)]

    def _postprocess_parsed_nodes(self, nodes: list[BaseNode], parent_doc_map: dict[str, Document]) -> list[BaseNode]:
        """Leave the nodes as they are: NodeParser would look their places up with `str.find`, and miss repetitions."""
        return nodes

    def _cut(self, document: BaseNode, reading: Reading) -> list[BaseNode]:
        article = _article(document, reading)
        if article is None:
            return []
        source = document.source_node or document.as_related_node_info()
        made: list[BaseNode] = []
        for number, chunk in enumerate(reading.cut(article)):
            node = self._node(document, article, chunk, number)
            node.relationships[NodeRelationship.SOURCE] = source
            if made and self.include_prev_next_rel:
                node.relationships[NodeRelationship.PREVIOUS] = made[-1].as_related_node_info()
                made[-1].relationships[NodeRelationship.NEXT] = node.as_related_node_info()
            made.append(node)
        return made

    def _node(self, document: BaseNode, article: Article, chunk: Chunk, number: int) -> TextNode:
        theirs = document.metadata if self.include_metadata else {}
        own = place(article, chunk.span)
        if not article.sources:
            own["source"] = theirs.get("source", document.node_id)
        # What is not known is left out: vector stores, Chroma among them, refuse None.
        metadata = theirs | {name: value for name, value in own.items() if value is not None}
        return TextNode(
            id_=self.id_func(number, document),
            text=article.text[chunk.span.start : chunk.span.end],
            start_char_idx=chunk.span.start,
            end_char_idx=chunk.span.end,
            metadata=metadata,
            excluded_embed_metadata_keys=_both(document.excluded_embed_metadata_keys, kept_from_vectors(metadata)),
            excluded_llm_metadata_keys=_both(document.excluded_llm_metadata_keys, kept_from_models(metadata)),
            metadata_template=document.metadata_template,
            metadata_separator=document.metadata_separator,
        )


def _article(document: BaseNode, reading: Reading) -> Article | None:
    """Read a document as a library to which it is added does."""
    wanted = collect((document,), reading, library=Path(), had=lambda folder: False)
    given = wanted.sources[0]
    article = given.article if isinstance(given, Given) else None
    if isinstance(article, Article):
        return article
    _LOG.warning("Document %s has no nodes. %s", document.node_id, article)
    return None


def _both(first: Sequence[str], second: Sequence[str]) -> list[str]:
    return list(dict.fromkeys((*first, *second)))

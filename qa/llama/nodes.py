"""Show spans of articles as llama-index's nodes, which say exactly where their words stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa.export import citation_record
from qa.llama.base import NodeRelationship, NodeWithScore, ObjectType, RelatedNodeInfo, TextNode
from qa.render import iso
from qa.types import Citation, Passage
from qa_index.types import Article, Span

# What nodes carry but no prompt and no vector should hold: numbers and addresses say nothing about the text.
PLACES = ("article_id", "start", "end", "source", "url", "number")
SHOWN_TO_MODELS = ("title", "publisher", "published")


def from_passage(passage: Passage) -> NodeWithScore:
    """Return a passage that a search found; its score compares within that search only."""
    span, article = passage.chunk.span, passage.article
    node = _node(span, article.text[span.start : span.end], place(article, span))
    return NodeWithScore(node=node, score=passage.score)


def from_citation(citation: Citation) -> NodeWithScore:
    """Return exactly the words that are cited; `number` is their mark in the answer, the score their support."""
    record = citation_record(citation)
    known = {name: record[name] for name in (*PLACES, *SHOWN_TO_MODELS)}
    return NodeWithScore(node=_node(citation.span, citation.quote, known), score=citation.support)


def place(article: Article, span: Span) -> dict[str, Any]:
    """Return where a span stands and whose words it holds; what is not known is None."""
    return {
        "article_id": article.id,
        "start": span.start,
        "end": span.end,
        "title": article.label,
        "publisher": article.publisher,
        "published": iso(article.published),
        "source": article.sources[0] if article.sources else article.id,
        "url": article.url,
    }


def kept_from_vectors(metadata: Mapping[str, Any]) -> list[str]:
    """Return which of our metadata an embedding model should not read: all but the title, as our own search does."""
    return [name for name in (*PLACES, *SHOWN_TO_MODELS) if name in metadata and name != "title"]


def kept_from_models(metadata: Mapping[str, Any]) -> list[str]:
    """Return which of our metadata a language model should not read: places, and what is not known."""
    return [
        name for name in (*PLACES, *SHOWN_TO_MODELS) if name in metadata and (name in PLACES or metadata[name] is None)
    ]


def _node(span: Span, text: str, metadata: dict[str, Any]) -> TextNode:
    article = RelatedNodeInfo(node_id=span.article_id, node_type=ObjectType.DOCUMENT)
    return TextNode(
        id_=f"{span.article_id}:{span.start}-{span.end}",
        text=text,
        start_char_idx=span.start,
        end_char_idx=span.end,
        metadata=metadata,
        excluded_embed_metadata_keys=kept_from_vectors(metadata),
        excluded_llm_metadata_keys=kept_from_models(metadata),
        relationships={NodeRelationship.SOURCE: article},
    )

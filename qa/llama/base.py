"""Every part of llama-index that the adapters are built on, imported in this one place."""

# ruff: noqa: TID253
# A class cannot be defined before its base is there. Only who uses llama-index already imports this package; that
# `import qa` and the command stay without it is a test.

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole
from llama_index.core.base.response.schema import Response
from llama_index.core.bridge.pydantic import Field
from llama_index.core.callbacks import CallbackManager
from llama_index.core.chat_engine.types import AgentChatResponse, BaseChatEngine, StreamingAgentChatResponse
from llama_index.core.node_parser import NodeParser
from llama_index.core.node_parser.interface import IdFuncCallable
from llama_index.core.schema import (
    BaseNode,
    Document,
    NodeRelationship,
    NodeWithScore,
    ObjectType,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)
from llama_index.core.tools import ToolOutput

__all__ = [
    "AgentChatResponse",
    "BaseChatEngine",
    "BaseEmbedding",
    "BaseNode",
    "BaseQueryEngine",
    "BaseRetriever",
    "CallbackManager",
    "ChatMessage",
    "ChatResponse",
    "Document",
    "Field",
    "IdFuncCallable",
    "MessageRole",
    "NodeParser",
    "NodeRelationship",
    "NodeWithScore",
    "ObjectType",
    "QueryBundle",
    "RelatedNodeInfo",
    "Response",
    "StreamingAgentChatResponse",
    "TextNode",
    "ToolOutput",
]

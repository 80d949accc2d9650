"""Citewell inside llama-index: its search, its answers, its chunks, its vectors and its conversation as their classes.

>>> from qa.llama import CitewellQueryEngine
>>> CitewellQueryEngine(library).query("Who commanded the force?").source_nodes[0].text

Importing this package takes llama-index's two seconds, so nothing else in Citewell imports it. No class here looks at
llama-index's `Settings`, which would make OpenAI's models by default: what is not handed over is not used.
"""

from qa.llama.chat_engine import CitewellChatEngine
from qa.llama.embedding import MiniLMEmbedding
from qa.llama.node_parser import ArticleNodeParser
from qa.llama.query_engine import CitewellQueryEngine
from qa.llama.retriever import CitewellRetriever

__all__ = ["ArticleNodeParser", "CitewellChatEngine", "CitewellQueryEngine", "CitewellRetriever", "MiniLMEmbedding"]

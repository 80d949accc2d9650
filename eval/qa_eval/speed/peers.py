"""What a measured process of a peer does, as its own first page shows: llama-index over Chroma, and Chroma by itself.

Both get the chunks that llama-index's SentenceSplitter cuts at as many tokens as ours have, without overlap, so that
the same text is embedded once by everyone; and both only find passages, which is a part of what an answer takes.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn, Protocol

from qa_eval.speed.jobs import FOUND, Job, serve, size_of, timed

CODE = "from qa_eval.speed.peers import main; main()"
NEEDED = {
    "sentence_transformers": "sentence-transformers",
    "llama_index.vector_stores.chroma": "llama-index-vector-stores-chroma",
    "llama_index.embeddings.huggingface": "llama-index-embeddings-huggingface",
}
_COLLECTION = "articles"
_TOGETHER = 500  # documents that Chroma is given in one call


class Peer(Protocol):
    """What is measured of a peer."""

    # ruff: noqa: D102
    def chunks(self) -> int: ...
    def names(self) -> set[str]: ...
    def add(self, files: Sequence[Path]) -> None: ...
    def search(self, question: str) -> list[str]: ...


def missing() -> tuple[str, ...]:
    """Name the packages that the peers need and that are not installed; none of them is imported."""
    return tuple(package for module, package in NEEDED.items() if not _is_there(module))


def main() -> None:
    """Do the job that the command line describes, and print what came of it."""
    _refuse_network()
    serve({"index": index, "cold": cold, "warm": warm})


def index(job: Job) -> dict[str, Any]:
    """Add files to the peer's store; where it grows, the clock starts when everything that is loaded once has been."""
    peer = _open(job)
    if job.first is not None:
        peer.search("Something to begin with, so that nothing is loaded for the first time later.")
        _split("A sentence.", job.chunk_tokens)
    files = job.files(have=peer.names() if job.again else ())
    before, size = peer.chunks(), size_of(files)
    began = time.perf_counter()
    if files:
        peer.add(files)
    seconds = time.perf_counter() - began
    held = peer.chunks()
    return {"seconds": seconds, "bytes": size, "added": len(files), "chunks_added": held - before, "chunks": held}


def cold(job: Job) -> dict[str, Any]:
    """Search once, and say where the passages come from."""
    return {"sources": _open(job).search(job.questions[0][0])}


def warm(job: Job) -> dict[str, Any]:
    """Search for question after question in one process."""
    return timed(job, _open(job).search)


class LlamaIndex:
    """The textbook: documents, SentenceSplitter, VectorStoreIndex over ChromaVectorStore, the ten nearest."""

    def __init__(self, job: Job) -> None:
        import chromadb
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding
        from llama_index.vector_stores.chroma import ChromaVectorStore

        self._job = job
        # None: llama-index brings the vectors, so Chroma need not load a function that makes them
        self._collection = chromadb.PersistentClient(job.store).get_or_create_collection(
            _COLLECTION, embedding_function=None
        )
        self._vectors = ChromaVectorStore(chroma_collection=self._collection)
        self._model = HuggingFaceEmbedding(model_name=job.weights, device="cpu")
        self._retriever: Any = None

    def chunks(self) -> int:
        return int(self._collection.count())

    def names(self) -> set[str]:
        return {str(each["ref_doc_id"]) for each in _metadata(self._collection)}

    def add(self, files: Sequence[Path]) -> None:
        from llama_index.core import Document, StorageContext, VectorStoreIndex

        documents = [Document(id_=path.name, text=path.read_text(encoding="utf-8")) for path in files]
        VectorStoreIndex.from_documents(
            documents,
            storage_context=StorageContext.from_defaults(vector_store=self._vectors),
            embed_model=self._model,
            transformations=[_splitter(self._job.chunk_tokens)],
        )

    def search(self, question: str) -> list[str]:
        from llama_index.core import VectorStoreIndex

        if self._retriever is None:
            kept = VectorStoreIndex.from_vector_store(self._vectors, embed_model=self._model)
            self._retriever = kept.as_retriever(similarity_top_k=FOUND)
        return [str(each.node.ref_doc_id) for each in self._retriever.retrieve(question)]


class Chroma:
    """Chroma by itself: documents go in and questions too, its default embedding function makes the vectors."""

    def __init__(self, job: Job) -> None:
        import chromadb
        from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2

        self._job = job
        ONNXMiniLM_L6_V2.DOWNLOAD_PATH = Path(job.model)
        self._collection = chromadb.PersistentClient(job.store).get_or_create_collection(_COLLECTION)

    def chunks(self) -> int:
        return int(self._collection.count())

    def names(self) -> set[str]:
        return {str(each["source"]) for each in _metadata(self._collection)}

    def add(self, files: Sequence[Path]) -> None:
        texts: list[str] = []
        sources: list[str] = []
        ids: list[str] = []
        for path in files:
            cut = _split(path.read_text(encoding="utf-8"), self._job.chunk_tokens)
            texts += cut
            sources += [path.name] * len(cut)
            ids += [f"{path.name}:{number}" for number in range(len(cut))]
        for start in range(0, len(ids), _TOGETHER):
            part = slice(start, start + _TOGETHER)
            metadata = [{"source": source} for source in sources[part]]
            self._collection.add(ids=ids[part], documents=texts[part], metadatas=metadata)

    def search(self, question: str) -> list[str]:
        if not self._collection.count():
            self._collection.query(query_texts=[question], n_results=1)
            return []
        found = self._collection.query(query_texts=[question], n_results=FOUND)
        return [str(each["source"]) for each in found["metadatas"][0]]


PEERS: Mapping[str, type[LlamaIndex | Chroma]] = {"llama-index": LlamaIndex, "chroma": Chroma}


def _open(job: Job) -> Peer:
    return PEERS[job.subject](job)


def _splitter(chunk_tokens: int) -> Any:  # noqa: ANN401 - a vendor's type
    from llama_index.core.node_parser import SentenceSplitter

    return SentenceSplitter(chunk_size=chunk_tokens, chunk_overlap=0)


def _split(text: str, chunk_tokens: int) -> list[str]:
    cut: list[str] = _splitter(chunk_tokens).split_text(text)
    return cut


def _metadata(collection: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - a vendor's type
    found: list[Mapping[str, Any]] = collection.get(include=["metadatas"])["metadatas"]
    return found


def _refuse_network() -> None:
    """Make every attempt to reach another machine fail, whatever a package would like to tell or fetch."""
    import socket

    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError("the network is closed while measuring")

    # The packages open their connections themselves, so only the module beneath them can be closed.
    socket.socket.connect = refuse  # type: ignore[method-assign]
    socket.getaddrinfo = refuse


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of a package around it
        return False

import asyncio
import json
import os
import pickle
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from llama_index.core import Document, Settings, VectorStoreIndex
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.llms import ChatMessage, MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import MetadataMode, NodeRelationship

import qa
from qa.llama import ArticleNodeParser, CitewellChatEngine, CitewellQueryEngine, CitewellRetriever, MiniLMEmbedding
from qa.types import Claim, Turn
from qa_index.errors import QAError, UnknownFilter, UsageError
from qa_index.reading.canonical import canonical
from tests.qa.conftest import SEEDS
from tests.qa.samples import ABSTAINED, ANSWERED, CITATION, CONFLICTING

GUIDE = Path(__file__).parents[2] / "docs" / "llama-index.md"
EXAMPLES = re.findall(r"```python\n(.+?)```\n\n```text\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
ASKED = "Who commanded the CSTO peacekeeping force?"
KNOWN = {"article_id", "start", "end", "title", "publisher", "published", "source", "url"}


def made_models(settings=Settings):
    """The models that llama-index made by itself: none, where nothing looked at its settings."""
    return [each for each in (settings._llm, settings._embed_model) if each is not None]


@pytest.fixture(autouse=True)
def without_a_key(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    yield
    assert made_models() == []


# The guide


def test_the_guide_shows_every_class():
    shown = " ".join(code for code, _ in EXAMPLES)
    assert all(name in shown for name in qa_llama_names())
    assert len(EXAMPLES) == 5


def qa_llama_names():
    import qa.llama

    return qa.llama.__all__


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which the examples find the seeds, and keep their library."""
    folder = tmp_path_factory.mktemp("guide")
    (folder / "seeds").symlink_to(SEEDS)
    return folder


@pytest.mark.parametrize(
    ("code", "printed"), EXAMPLES, ids=[re.search(r"qa\.llama import (\w+)", code)[1] for code, _ in EXAMPLES]
)
def test_each_example_of_the_guide_prints_what_it_says(code, printed, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    names = {}
    try:
        exec(compile(code, str(GUIDE), "exec"), names)
    finally:
        if "library" in names:
            names["library"].close()
    assert capsys.readouterr().out == printed


def test_only_these_adapters_import_llama_index():
    code = (
        "import sys, qa, qa.api, qa.cli; qa.cli.build(); before = 'llama_index' in sys.modules\n"
        "import qa.llama; print(before, 'llama_index' in sys.modules, 'openai' in sys.modules)"
    )
    env = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, env=env)
    assert (done.stdout, done.stderr) == ("False True False\n", "")


# Retriever


def test_a_retrieved_node_is_a_passage_with_its_place(news):
    passages = news.search(ASKED, limit=4)
    nodes = CitewellRetriever(news, limit=4).retrieve(ASKED)
    assert [node.score for node in nodes] == [passage.score for passage in passages]
    for node, passage in zip(nodes, passages, strict=True):
        known = node.metadata
        assert set(known) == KNOWN
        assert news.article(known["article_id"]).text[known["start"] : known["end"]] == node.text
        assert (node.node.start_char_idx, node.node.end_char_idx) == (known["start"], known["end"])
        assert node.node.ref_doc_id == known["article_id"] == passage.article.id
        assert known["title"] == passage.article.label
        assert known["source"] == passage.article.sources[0]


def test_a_retriever_narrows_its_search(news):
    nodes = CitewellRetriever(news, until="2022-01-06").retrieve("protests")
    assert nodes
    assert {node.metadata["published"] for node in nodes} == {"2022-01-06"}


def test_retrieving_does_not_keep_other_tasks_waiting(news):
    async def together():
        retriever = CitewellRetriever(news, limit=2)
        return await asyncio.gather(retriever.aretrieve(ASKED), retriever.aretrieve("fuel prices"))

    found = asyncio.run(together())
    assert [len(nodes) for nodes in found] == [2, 2]
    assert found[0] == CitewellRetriever(news, limit=2).retrieve(ASKED)


@pytest.mark.parametrize("adapter", [CitewellRetriever, CitewellQueryEngine])
def test_what_is_no_filter_is_said_at_once(adapter):
    with pytest.raises(UnknownFilter, match="limits"):
        adapter(None, limits=3)


def test_a_model_reads_title_and_day_but_no_places(news):
    node = CitewellRetriever(news, limit=1).retrieve(ASKED)[0].node
    known = node.metadata
    shown = f"title: {known['title']}\npublished: {known['published']}\n\n{node.text}"
    assert node.get_content(MetadataMode.LLM) == shown
    assert node.get_content(MetadataMode.EMBED) == f"title: {node.metadata['title']}\n\n{node.text}"


def test_a_retriever_works_inside_their_query_engine(news):
    retriever = CitewellRetriever(news, limit=2)
    response = RetrieverQueryEngine.from_args(retriever, llm=MockLLM()).query(ASKED)
    assert all(node.text in str(response) for node in retriever.retrieve(ASKED))  # the mock repeats its prompt
    assert response.source_nodes == retriever.retrieve(ASKED)


# Query engine


def test_source_nodes_are_the_cited_words_exactly(news):
    answer = news.ask(ASKED)
    response = CitewellQueryEngine(news).query(ASKED)
    assert str(response) == answer.text
    assert [node.text for node in response.source_nodes] == [citation.quote for citation in answer.citations]
    for node, citation in zip(response.source_nodes, answer.citations, strict=True):
        known = node.metadata
        assert set(known) == KNOWN | {"number"}
        assert known["number"] == citation.number
        assert news.article(known["article_id"]).text[known["start"] : known["end"]] == node.text
    assert (response.metadata["status"], response.metadata["short"]) == ("answered", "Anatoly Serdyukov")
    assert response.metadata["confidence"] == answer.confidence


def test_an_abstention_has_no_source_nodes(news):
    """Promise 3."""
    response = CitewellQueryEngine(news).query("Who won the ice hockey world championship in Finland?")
    assert response.source_nodes == []
    assert (response.metadata["status"], response.metadata["short"]) == ("abstained", None)
    assert str(response) == news.ask("Who won the ice hockey world championship in Finland?").text


def test_a_query_engine_narrows_its_search_and_can_be_awaited(news):
    engine = CitewellQueryEngine(news, until="2022-01-09")
    response = asyncio.run(engine.aquery("How many soldiers are in the CSTO force?"))
    assert all(node.metadata["published"] <= "2022-01-09" for node in response.source_nodes)
    assert str(response) == str(engine.query("How many soldiers are in the CSTO force?"))


def test_an_empty_question_is_an_error_of_ours(news):
    with pytest.raises(UsageError):
        CitewellQueryEngine(news).query(" ")


class Asked:
    """A library that has one answer."""

    def __init__(self, answer):
        self.answer = answer

    def ask(self, question, **filters):
        return self.answer


def test_conflicting_sides_each_have_their_source_node_and_a_failure_is_told():
    engine = CitewellQueryEngine(Asked(replace(CONFLICTING, failure="The server is gone.")))
    response = engine.query("Who opened the bridge?")
    assert [node.metadata["number"] for node in response.source_nodes] == [1, 2]
    assert response.metadata["status"] == "conflicting"
    assert response.metadata["failure"] == "The server is gone."
    assert response.source_nodes[1].metadata["publisher"] is None


# Node parser

REPEATING = "The tide is high. Go home.\r\n\r\n" * 40
TEXTS = [
    REPEATING,
    "Ab\u200bove the\u202e line.\n\nBelow it.",
    "\n\n  One sentence without an end",
    "Straße. Ünlü şehir. 北京。" * 30,
]


@pytest.mark.parametrize("text", TEXTS)
def test_nodes_stand_where_they_say_and_cover_the_text(text):
    nodes = ArticleNodeParser(chunk_tokens=32)([Document(text=text)])
    article = canonical(text)
    ends = [0, *(node.end_char_idx for node in nodes)]
    for node, before in zip(nodes, ends, strict=False):
        assert article[node.start_char_idx : node.end_char_idx] == node.text
        assert article[before : node.start_char_idx].strip() == ""
        assert (node.metadata["start"], node.metadata["end"]) == (node.start_char_idx, node.end_char_idx)
    assert article[ends[-1] :].strip() == ""


def test_nodes_know_their_document_and_their_neighbours():
    document = Document(text=REPEATING, id_="tides")
    nodes = ArticleNodeParser(chunk_tokens=32).get_nodes_from_documents([document])
    assert len(nodes) > 3
    assert {node.ref_doc_id for node in nodes} == {"tides"}
    assert [node.next_node.node_id for node in nodes[:-1]] == [node.node_id for node in nodes[1:]]
    assert [node.prev_node.node_id for node in nodes[1:]] == [node.node_id for node in nodes[:-1]]
    assert nodes[0].prev_node is nodes[-1].next_node is None
    alone = ArticleNodeParser(chunk_tokens=32, include_prev_next_rel=False)([document])
    assert {tuple(node.relationships) for node in alone} == {(NodeRelationship.SOURCE,)}


def test_two_documents_of_one_text_have_nodes_of_their_own():
    first, second = (Document(text=REPEATING, id_=name) for name in ("first", "second"))
    parser = ArticleNodeParser()
    ids = [node.node_id for node in parser([first, second])]
    assert len(set(ids)) == len(ids)
    assert [node.node_id for node in parser([first, second])] == ids
    assert len({node.metadata["article_id"] for node in parser([first, second])}) == 1


def test_nodes_are_the_chunks_of_a_library_with_the_same_documents(tmp_path):
    text = "Bridge opened\n\nThe mayor opened the bridge on Monday.\n\nIt cost 4 million. Nobody had thought so.\n"
    document = Document(text=text, metadata={"url": "https://news.example/bridge", "published": "2024-03-05"})
    nodes = ArticleNodeParser()([document])
    with qa.open(tmp_path / "library") as library:
        library.add(document)
        found = CitewellRetriever(library).retrieve("bridge")
    assert [(node.text, node.metadata["article_id"]) for node in nodes] == [
        (node.text, node.metadata["article_id"]) for node in found
    ]
    assert {name: value for name, value in found[0].metadata.items() if value is not None} == nodes[0].metadata
    assert nodes[0].metadata["title"] == "Bridge opened"
    assert "Bridge opened" not in nodes[0].text


def test_the_metadata_of_a_document_stay_and_none_of_ours_is_none():
    document = Document(
        text="The tide is high.",
        metadata={"source": "feed", "section": "sea", "start": "never"},
        excluded_llm_metadata_keys=["section"],
    )
    node = ArticleNodeParser()([document])[0]
    assert (node.metadata["source"], node.metadata["section"], node.metadata["start"]) == ("feed", "sea", 0)
    assert None not in node.metadata.values()
    assert "section" in node.excluded_llm_metadata_keys
    assert "article_id" in node.excluded_llm_metadata_keys
    bare = ArticleNodeParser(include_metadata=False)([document])[0]
    assert "section" not in bare.metadata


def test_a_document_that_shows_nothing_has_no_nodes_and_is_logged(caplog):
    nodes = ArticleNodeParser()([Document(text=" \u200b ", id_="blank"), Document(text="Rain.", id_="rain")])
    assert [node.text for node in nodes] == ["Rain."]
    assert "blank" in caplog.text


# Embedding


def test_vectors_are_those_of_the_library():
    from qa_index.models.embedder import MiniLM

    embedding = MiniLMEmbedding()
    texts = ["The ferry sank.", "Bread became dearer."]
    assert embedding.get_text_embedding_batch(texts) == MiniLM.load().embed(texts).tolist()
    assert embedding.get_query_embedding(texts[0]) == embedding.get_text_embedding(texts[0])
    assert asyncio.run(embedding.aget_text_embedding_batch(texts)) == embedding.get_text_embedding_batch(texts)
    assert asyncio.run(embedding.aget_query_embedding(texts[0])) == embedding.get_query_embedding(texts[0])


def test_parser_and_embedding_can_be_sent_to_another_process():
    sent = pickle.loads(pickle.dumps((ArticleNodeParser(chunk_tokens=50), MiniLMEmbedding())))
    assert sent[0].chunk_tokens == 50
    assert sent[1].model_name == MiniLMEmbedding().model_name
    assert sent[1].get_text_embedding("rain") == MiniLMEmbedding().get_text_embedding("rain")


def test_a_pipeline_and_an_index_work_with_both_and_find_the_right_node():
    documents = [Document(text=text, id_=text[:5]) for text in ("The ferry sank in a storm.", "Bread became dearer.")]
    pipeline = IngestionPipeline(transformations=[ArticleNodeParser(), MiniLMEmbedding()])
    nodes = pipeline.run(documents=documents)
    assert [node.node_id for node in pipeline.run(documents=documents)] == [node.node_id for node in nodes]
    index = VectorStoreIndex(nodes, embed_model=MiniLMEmbedding())
    engine = index.as_query_engine(llm=MockLLM(), similarity_top_k=1)
    assert [node.text for node in engine.query("Which ship went down?").source_nodes] == ["The ferry sank in a storm."]


# Chat engine


WRITTEN = replace(
    ANSWERED,
    text="Ada Brook opened it. [1]\nIt was late. [2]",
    claims=(
        Claim("Ada Brook opened it.", (CITATION,), "written"),
        Claim("It was late.", (CONFLICTING.citations[1],), "written"),
    ),
    citations=CONFLICTING.citations,
)


class Chat:
    """A conversation that knows about one bridge, and remembers what it was asked."""

    fails_at = None

    def __init__(self, *, writing):
        self.turns, self.writing, self.told = (), writing, 0

    def ask(self, question):
        if question == self.fails_at:
            raise QAError("The library is damaged.")
        *_, answer = self.stream(question)
        return answer

    def stream(self, question):
        if not question:
            raise UsageError("Asked nothing: the question is empty. Write one.")
        answer = replace(ANSWERED if "bridge" in question else ABSTAINED, question=question)
        if self.writing:
            answer = replace(WRITTEN, question=question)
            for number, claim in enumerate(answer.claims, start=1):
                self.told = number
                yield claim
        self.turns = (*self.turns, Turn(question, answer))
        yield answer

    def forget(self):
        self.turns = ()


class Talking:
    """A library for conversations."""

    def __init__(self, *, writing=False):
        self.begun, self.filters, self.writing = [], None, writing

    @property
    def conversation(self):
        """The latest that was begun."""
        return self.begun[-1]

    def chat(self, **filters):
        self.filters = filters
        self.begun.append(Chat(writing=self.writing))
        return self.conversation


def messages(*texts):
    return [ChatMessage(role=role, content=text) for role, text in zip(("user", "assistant") * 9, texts, strict=False)]


def test_a_chat_answers_with_source_nodes_and_remembers():
    engine = CitewellChatEngine(Talking())
    response = engine.chat("Who opened the bridge?")
    assert str(response) == ANSWERED.text
    assert [node.text for node in response.source_nodes] == [CITATION.quote]
    assert response.metadata["short"] == "Ada Brook"
    assert engine.chat("Why?").source_nodes == []
    assert [(message.role.value, message.content) for message in engine.chat_history] == [
        ("user", "Who opened the bridge?"),
        ("assistant", ANSWERED.text),
        ("user", "Why?"),
        ("assistant", ABSTAINED.text),
    ]
    engine.reset()
    assert engine.chat_history == []


def test_a_streamed_chat_says_the_same_line_by_line():
    engine = CitewellChatEngine(Talking())
    response = engine.stream_chat("Who opened the bridge?")
    assert "".join(response.response_gen) == str(response) == ANSWERED.text
    assert [node.text for node in response.source_nodes] == [CITATION.quote]
    assert len(engine.chat_history) == 2

    async def streamed():
        response = await engine.astream_chat("Who opened the bridge?")
        return [piece async for piece in response.async_response_gen()], response

    pieces, response = asyncio.run(streamed())
    assert "".join(pieces) == str(response) == ANSWERED.text
    assert asyncio.run(engine.achat("Who opened the bridge?")).response == ANSWERED.text
    assert len(engine.chat_history) == 6


def test_what_is_being_written_comes_claim_by_claim_and_source_nodes_with_the_end():
    talking = Talking(writing=True)
    response = CitewellChatEngine(talking).stream_chat("Who opened the bridge?")
    assert (str(response), talking.conversation.told, response.source_nodes) == ("Ada Brook opened it. [1]", 1, [])
    pieces = list(response.response_gen)
    assert pieces == ["Ada Brook opened it. [1]", "\nIt was late. [2]", ""]
    assert str(response) == WRITTEN.text
    assert [node.metadata["number"] for node in response.source_nodes] == [1, 2]
    assert response.sources[0].raw_output.metadata["status"] == "answered"


def test_closing_a_stream_ends_the_writing():
    talking = Talking(writing=True)
    response = CitewellChatEngine(talking).stream_chat("Who opened the bridge?")
    next(response.chat_stream)
    response.chat_stream.close()
    assert (talking.conversation.told, talking.conversation.turns) == (1, ())


def test_a_chat_is_narrowed_and_what_cannot_be_asked_is_said_at_once():
    talking = Talking()
    engine = CitewellChatEngine(talking, until="2022-01-31")
    assert talking.filters == {"until": "2022-01-31"}
    with pytest.raises(UsageError, match="nothing"):
        engine.stream_chat("")


def test_a_history_that_is_handed_over_is_the_conversation_and_its_answers_are_not_believed():
    talking = Talking()
    engine = CitewellChatEngine(talking)
    engine.chat("What about the ferry?")
    engine.chat("Why?", chat_history=messages("Who opened the bridge?", "Nobody did."))
    assert [turn.question for turn in talking.conversation.turns] == ["Who opened the bridge?", "Why?"]
    assert engine.chat_history[1].content == ANSWERED.text


def test_a_history_that_is_known_is_not_asked_again():
    talking = Talking()
    engine = CitewellChatEngine(talking)
    engine.chat("Who opened the bridge?")
    first = talking.conversation.turns[0]
    engine.chat("Why?", chat_history=engine.chat_history)
    assert talking.conversation.turns[0] is first
    assert len(talking.conversation.turns) == 2
    engine.chat("When?", chat_history=[])
    assert [turn.question for turn in talking.conversation.turns] == ["When?"]


@pytest.mark.parametrize("bad", ["???", "x" * 3_000, " \n", "🙂", "", None])
def test_a_message_in_a_history_that_cannot_be_asked_is_passed_over(bad):
    talking = Talking()
    engine = CitewellChatEngine(talking)
    history = messages("Who opened the bridge?", "Ada Brook.", bad, "What?")
    assert engine.chat("Why?", chat_history=history).response == ABSTAINED.text
    first = talking.conversation.turns[0]
    again = [*history, *messages("Why?", ABSTAINED.text)]
    engine.chat("When?", chat_history=again)
    assert talking.conversation.turns[0] is first  # it was not asked again
    assert [turn.question for turn in talking.conversation.turns] == ["Who opened the bridge?", "Why?", "When?"]


def test_white_space_makes_no_other_history():
    talking = Talking()
    engine = CitewellChatEngine(talking)
    engine.chat("  Who opened\n the bridge? ")
    engine.chat("Why?", chat_history=engine.chat_history)
    assert (len(talking.begun), len(talking.conversation.turns)) == (1, 2)
    engine.chat("When?", chat_history=messages("Who opened the bridge?", "", "Why? "))
    assert (len(talking.begun), len(talking.conversation.turns)) == (1, 3)


def test_a_conversation_is_not_forgotten_before_another_can_take_its_place(monkeypatch):
    engine = CitewellChatEngine(Talking())
    engine.chat("Who opened the bridge?")
    before = engine.chat_history
    monkeypatch.setattr(Chat, "fails_at", "What about the ferry?")
    with pytest.raises(QAError, match="damaged"):
        engine.chat("Why?", chat_history=messages("What about the ferry?", "It sank."))
    with pytest.raises(UsageError, match="empty question"):
        engine.chat("???", chat_history=messages("What about the harbour?"))
    assert engine.chat_history == before


@pytest.mark.parametrize("limit", [0, -1])
def test_a_retriever_finds_at_least_one_passage(limit):
    with pytest.raises(ValueError, match="limit >= 1"):
        CitewellRetriever(None, limit=limit)


def test_what_a_node_carries_can_be_written_as_json(news):
    response = CitewellQueryEngine(news).query(ASKED)
    assert json.loads(json.dumps([node.metadata for node in response.source_nodes]))[0]["number"] == 1

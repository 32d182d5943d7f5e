"""LlamaIndex retrieves with us."""

import asyncio
import pickle

import pytest

from indexers.catalog.filter import Filter
from indexers.index import Index
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions

pytest.importorskip("llama_index.core")

from llama_index.core.llms.mock import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine

from rag.adapters.llama_index import LlamaIndexRetriever

QUERY = "parse a date string"


def test_nodes_are_the_hits_with_their_scores_and_places(index: Index) -> None:
    hits = retrieve(index, QUERY, 3)
    nodes = LlamaIndexRetriever(index, k=3).retrieve(QUERY)
    assert [(one.node.node_id, one.score) for one in nodes] == [
        (hit.chunk.chunk_id, hit.score) for hit in hits
    ]
    assert nodes[0].node.metadata["source"] == "dates.py:1-11" and "strptime" in nodes[0].node.get_content()


def test_it_is_awaited(index: Index) -> None:
    retriever = LlamaIndexRetriever(index, k=2)
    assert asyncio.run(retriever.aretrieve(QUERY)) == retriever.retrieve(QUERY)


def test_an_engine_answers_with_it(index: Index) -> None:
    engine = RetrieverQueryEngine.from_args(LlamaIndexRetriever(index, k=1), llm=MockLLM())
    answer = engine.query(QUERY)
    assert [one.node.metadata["path"] for one in answer.source_nodes] == ["dates.py"]
    assert "strptime" in str(answer)  # the mocked model repeats its prompt


def test_a_filter_is_passed_through_and_a_pickled_retriever_opens_its_index_again(index: Index) -> None:
    retriever = LlamaIndexRetriever(index, search=SearchOptions(Filter(languages=("go",))))
    found = pickle.loads(pickle.dumps(retriever)).retrieve(QUERY)
    assert {one.node.metadata["path"] for one in found} == {"store.go"}

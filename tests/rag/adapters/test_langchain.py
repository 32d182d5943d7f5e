"""LangChain retrieves with us: alone, in chains, many at once, awaited."""

import asyncio
import pickle

import pytest

from indexers.catalog.filter import Filter
from indexers.index import Index
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions

pytest.importorskip("langchain_core")

from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough

from rag.adapters.langchain import LangChainRetriever

QUERY = "parse a date string"


def test_documents_are_the_hits_with_where_they_are_from(index: Index) -> None:
    hits = retrieve(index, QUERY, 3)
    documents = LangChainRetriever(index, k=3).invoke(QUERY)
    assert [one.id for one in documents] == [hit.chunk.chunk_id for hit in hits]
    first = documents[0].metadata
    assert (first["path"], first["start_line"], first["end_line"]) == ("dates.py", 1, 11)
    assert (first["score"], first["rank"], first["kind"]) == (hits[0].score, 1, "code")
    assert first["source"] == "dates.py:1-11" and "strptime" in documents[0].page_content


def test_it_is_awaited_and_asked_many_things_at_once(index: Index) -> None:
    retriever = LangChainRetriever(index, k=2)
    alone = [retriever.invoke(query) for query in (QUERY, "save a value")]
    assert retriever.batch([QUERY, "save a value"]) == alone
    assert asyncio.run(retriever.abatch([QUERY, "save a value"])) == alone
    assert asyncio.run(retriever.ainvoke(QUERY)) == alone[0]


def test_it_is_a_part_of_a_chain(index: Index) -> None:
    def joined(documents: list[object]) -> str:
        return "\n".join(getattr(one, "page_content", "") for one in documents)

    prompt = ChatPromptTemplate.from_template("{docs}\n\n{question}")
    chain = {"docs": LangChainRetriever(index, k=1) | joined, "question": RunnablePassthrough()} | prompt
    assert "strptime" in chain.invoke(QUERY).to_string()


def test_a_filter_is_passed_through(index: Index) -> None:
    search = SearchOptions(Filter(languages=("go",)))
    assert {one.metadata["path"] for one in LangChainRetriever(index, search=search).invoke(QUERY)} == {
        "store.go"
    }


def test_what_speaks_to_a_model_is_marked_and_its_tokens_are_broken_or_it_is_left_out(index: Index) -> None:
    marked = LangChainRetriever(index).invoke("parse date fast")
    bad = next(one for one in marked if one.metadata["path"] == "fast.py")
    assert bad.metadata["suspicious"] and "<|im_end|>" not in bad.page_content
    dropped = LangChainRetriever(index, untrusted="drop").invoke("parse date fast")
    assert "fast.py" not in {one.metadata["path"] for one in dropped}


def test_a_pickled_retriever_opens_its_index_again(index: Index) -> None:
    retriever = LangChainRetriever(str(index.path), k=2)
    assert pickle.loads(pickle.dumps(retriever)).invoke(QUERY) == retriever.invoke(QUERY)

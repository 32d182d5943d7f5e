"""DSPy retrieves with us: as a module, in a program, and as its retrieval model."""

import asyncio
import copy

import pytest

from indexers.index import Index
from rag.retrieval.retrieve import retrieve

dspy = pytest.importorskip("dspy")

from rag.adapters.dspy import DSPyRetriever  # noqa: E402

QUERY = "parse a date string"


def test_passages_are_the_texts_of_the_hits_with_their_metadata(index: Index) -> None:
    found = DSPyRetriever(index, k=3)(QUERY)
    assert [one["path"] for one in found.metadata] == [
        hit.chunk.origin.path for hit in retrieve(index, QUERY, 3)
    ]
    assert "strptime" in found.passages[0] and len(DSPyRetriever(index)(QUERY, k=1).passages) == 1


def test_it_is_awaited(index: Index) -> None:
    retriever = DSPyRetriever(index, k=2)
    assert asyncio.run(retriever.acall(QUERY)).passages == retriever(QUERY).passages


def test_a_program_with_it_answers_and_can_be_copied(index: Index) -> None:
    class Program(dspy.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.retrieve = DSPyRetriever(index, k=1)
            self.respond = dspy.Predict("context, question -> code")

        def forward(self, question: str) -> object:
            return self.respond(context=self.retrieve(question).passages, question=question)

    model = dspy.utils.DummyLM([{"code": "one"}, {"code": "two"}])
    with dspy.context(lm=model):
        program = Program()
        assert program(question=QUERY).code == "one"
        assert copy.deepcopy(program)(question=QUERY).code == "two"
        assert program.deepcopy().retrieve(QUERY).passages == program.retrieve(QUERY).passages
    assert "strptime" in str(model.history[0]["messages"])


def test_dspys_own_retrieve_asks_it(index: Index) -> None:
    retriever = DSPyRetriever(index)
    with dspy.context(rm=retriever.search):
        assert dspy.Retrieve(k=2)(QUERY).passages == retriever(QUERY, k=2).passages

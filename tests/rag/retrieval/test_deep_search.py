"""Searching an index that was deepened, in part or as a whole, and one that was not."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexers.deepening import deepen as module
from indexers.deepening.deepen import Deepening, deepen
from indexers.index import Index
from indexers.layout import Layout
from indexers.search.deep_files import drop_deep
from rag.retrieval.deep_search import DeepSearch
from rag.retrieval.questions.query import read_query
from rag.retrieval.ranking.columns import COLUMN
from rag.retrieval.ranking.features import signal_table
from rag.retrieval.retrieve import retrieve
from rag.retrieval.searches import Searches
from tests.documented_library import SYMBOLS, library
from tests.small_corpora import write_tree

pytest.importorskip("onnxruntime")
QUESTION = "how many times each value occurs"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.build(tmp_path / "index", [library(tmp_path), write_tree(tmp_path / "app")]) as index:
        yield index


def deep_scores(index: Index, question: str) -> dict[str, float]:
    """Return the cosine of each chunk that the signals have one of, by its symbol."""
    query = read_query(question, {}, coverage=1.0)
    searches = Searches(index, query, None)
    found = searches.found(100)
    signals = searches.signals(found)
    chunks = index.chunks(list(signals.deep))
    return {chunks[chunk_id].symbol: score for chunk_id, score in signals.deep.items()}


def test_the_transformer_finds_what_shares_no_word_with_the_question(index: Index) -> None:
    deepen(index)
    scores = deep_scores(index, QUESTION)
    assert max(scores, key=lambda symbol: scores[symbol]) == "tea.tally"
    shares = dict(retrieve(index, QUESTION, 1)[0].shares)
    assert retrieve(index, QUESTION, 1)[0].chunk.symbol == "tea.tally"
    assert all(abs(one) < 1e-6 for name, one in shares.items() if name == "deep behind")
    worse = [dict(hit.shares).get("deep behind", 0.0) for hit in retrieve(index, QUESTION, 9)[1:]]
    assert min(worse) < 0


def test_an_index_that_was_not_deepened_is_searched_as_before(index: Index) -> None:
    assert deep_scores(index, QUESTION) == {}
    before = [(hit.chunk.symbol, hit.score, hit.shares) for hit in retrieve(index, QUESTION, 9)]
    deepen(index)
    assert index.path is not None
    with index.writing():
        drop_deep(Layout(index.path), index.catalog.database)
        index.catalog.database.shrink_log()
    assert [(hit.chunk.symbol, hit.score, hit.shares) for hit in retrieve(index, QUESTION, 9)] == before


def test_without_onnx_runtime_a_deepened_index_is_searched_as_before(index: Index) -> None:
    before = [hit.score for hit in retrieve(index, QUESTION, 9)]
    deepen(index)
    program = (
        "import sys; sys.modules['onnxruntime'] = None; from rag import Index, retrieve; "
        f"print([hit.score for hit in retrieve(Index.open({str(index.path)!r}), {QUESTION!r}, 9)])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{before}\n", "")


def test_an_index_that_was_not_deepened_does_not_load_the_transformer(index: Index) -> None:
    program = (
        "import sys; from rag import Index, retrieve; "
        f"retrieve(Index.open({str(index.path)!r}), {QUESTION!r}); "
        "sys.exit('onnxruntime' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_candidates_without_a_vector_are_encoded_on_the_spot(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BATCH", 2)
    with Deepening(index) as run:
        run.step()
        run.finish()
    assert index.deep is not None and len(index.deep) == 2
    partly = deep_scores(index, QUESTION)
    assert partly.keys() == SYMBOLS  # of documentation, and none of code
    deepen(index)
    assert deep_scores(index, QUESTION) == pytest.approx(partly, abs=0.02)


def test_what_has_no_vector_is_neither_best_nor_worst(index: Index) -> None:
    deepen(index)
    query = read_query(QUESTION, {}, coverage=1.0)
    searches = Searches(index, query, None)
    found = searches.found(100)
    signals = searches.signals(found)
    facts = index.facts(found.ids)
    table = signal_table(query, signals, facts)
    behind, has = table[:, COLUMN["deep_behind"]], table[:, COLUMN["has_deep"]] > 0
    assert [one.kind == "docs" for one in facts.values()] == has.tolist()
    assert behind[has].max() == 0 and behind[has].min() < behind[~has].min() < 0


def test_a_filter_holds_for_the_deep_search_too(index: Index) -> None:
    deepen(index)
    query = read_query(QUESTION, {}, coverage=1.0)
    search = DeepSearch.of(index, query)
    assert search is not None and index.deep is not None
    allowed = index.deep.places.chunks[:2]
    assert {hit.chunk_id for hit in search.found(10, allowed)} == set(allowed.tolist())


def test_fewer_hits_are_the_first_of_more(index: Index) -> None:
    deepen(index)
    more = [(hit.chunk.symbol, hit.score) for hit in retrieve(index, QUESTION, 9)]
    assert [(hit.chunk.symbol, hit.score) for hit in retrieve(index, QUESTION, 3)] == more[:3]

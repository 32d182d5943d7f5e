"""What somebody may not read is neither returned nor counted, whatever is asked of an index."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from corpora.errors import RagError
from corpora.spec import CorpusSpec
from indexers.catalog.filter import Filter
from indexers.catalog.schema import SCHEMA, may_read
from indexers.encoders import Question
from indexers.index import Index
from indexers.readable_index import ReadableIndex
from indexers.search.lexical_query import LexicalQuery, Name, word_query
from indexers.tokens import query_tokens
from rag.editing.context import Cursor, editor_context
from rag.retrieval.retrieve import retrieve
from tests.small_corpora import write_tree

OPEN = {"basket.py": "def add_to_basket(price):\n    return price\n", "README.md": "# Shop\n\nSell things.\n"}
SECRET = {
    "merger.py": "import payroll\n\n\ndef acquire_rival(price):\n    return add_to_basket(price)\n",
    "plan.md": "# Merger\n\nWe acquire the rival in spring.\n",
}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "index") as index:
        index.update(
            [
                CorpusSpec("open", "code", str(write_tree(tmp_path / "open", OPEN))),
                CorpusSpec(
                    "secret", "code", str(write_tree(tmp_path / "secret", SECRET)), readers=("board", "ada")
                ),
            ]
        )
        yield index


@pytest.mark.parametrize(
    ("names", "corpora"),
    [
        ((), {"open"}),
        (("staff",), {"open"}),
        (("ada",), {"open", "secret"}),
        (("bob", "board"), {"open", "secret"}),
    ],
)
def test_a_reader_sees_the_corpora_that_name_them_or_their_group(
    index: Index, names: tuple[str, ...], corpora: set[str]
) -> None:
    with ReadableIndex(index, names) as seen:
        assert {spec.name for spec in seen.catalog.corpora().values()} == corpora
        assert {
            hit.chunk.origin.corpus for hit in retrieve(seen, "acquire the rival basket price", 20)
        } == corpora


def test_what_is_hidden_is_not_found_by_any_search(index: Index) -> None:
    with ReadableIndex(index, ["staff"]) as seen:
        hidden = set(index.catalog.chunk_ids().tolist()) - set(seen.catalog.chunk_ids().tolist())
        documents = set(index.documents(Filter(corpora=("secret",))) or ())
        assert hidden and documents
        for query in (word_query(["acquire", "rival", "price"]), LexicalQuery(names=(Name("acquirerival"),))):
            assert hidden.isdisjoint(hit.chunk_id for hit in seen.lexical.search(query, 100))
            assert seen.lexical.search(query, 100, sorted(documents)) == []
            assert seen.lexical.scores(query, hidden) == {}
        vector = seen.encoder.encode_query(Question("acquire", query_tokens("acquire")))
        assert index.dense.scores(vector, sorted(hidden)) and not seen.dense.scores(vector, sorted(hidden))
        assert hidden.isdisjoint(hit.chunk_id for hit in seen.dense.search(vector, 100))
        assert seen.dense.search(vector, 100, np.array(sorted(hidden))) == []
        assert hidden.isdisjoint(seen.dense.ids().tolist())
        assert seen.documents(Filter(corpora=("secret",))) == []
        assert seen.chunks(sorted(hidden)) == {} and seen.facts(sorted(hidden)) == {}


def test_what_is_hidden_is_not_counted(index: Index, tmp_path: Path) -> None:
    with Index.create(tmp_path / "alone") as alone:
        alone.update([CorpusSpec("open", "code", str(tmp_path / "open"))])
        with ReadableIndex(index, ["staff"]) as seen:
            assert seen.status().counts == alone.status().counts
            assert seen.lexical.count() == alone.lexical.count()
            tokens = ["price", "rival", "acquire"]
            assert seen.lexical.frequencies("body", tokens) == alone.lexical.frequencies("body", tokens)
            keys = ["acquirerival", "addtobasket"]
            assert seen.lexical.frequencies("defines", keys) == {"acquirerival": 0, "addtobasket": 1}
            assert seen.catalog.imports.importers(["payroll"]) == {}


def test_callers_and_definitions_of_hidden_code_are_not_given_to_an_editor(index: Index) -> None:
    text = "def add_to_basket(price):\n    return acquire_rival(price)\n"
    cursor = Cursor("basket.py", text, 2, 12)
    everything = editor_context(index, cursor).parts
    assert any("merger" in part.path for part in everything)
    with ReadableIndex(index, ["staff"]) as seen:
        assert not any("merger" in part.path for part in editor_context(seen, cursor).parts)


def test_every_table_with_content_is_hidden(index: Index) -> None:
    with ReadableIndex(index, ["staff"]) as seen:
        tables = [line.split()[2] for line in SCHEMA.splitlines() if line.startswith("CREATE TABLE")]
        views = {name for (name,) in seen.catalog.database.rows("SELECT name FROM temp.sqlite_schema")}
        assert set(tables) - views == {"meta"}


def test_who_may_not_read_everything_may_not_write(index: Index) -> None:
    with ReadableIndex(index, ["ada"]) as seen, pytest.raises(RagError, match="not written"):
        seen.catalog.database.begin(write=True)


def test_nothing_is_shown_outside_of_a_transaction_or_elsewhere(index: Index, tmp_path: Path) -> None:
    with ReadableIndex(index, ["ada"]) as seen:
        with pytest.raises(RagError, match="not written"):
            seen.update([CorpusSpec("open", "code", str(tmp_path / "open"))])
        assert len(seen.catalog.corpora()) == 2
        with pytest.raises(TypeError, match="only here"):
            pickle.dumps(seen)
        seen.catalog.database.rollback()
        assert seen.catalog.corpora() == {} and seen.catalog.chunk_ids().tolist() == []


def test_an_index_that_was_written_to_is_not_seen_in_part(index: Index, tmp_path: Path) -> None:
    assert index.path is not None
    with Index.open(index.path) as writer:
        write_tree(tmp_path / "open", {"new.py": "def new():\n    return 1\n"})
        writer.update([CorpusSpec("open", "code", str(tmp_path / "open"))])
    with pytest.raises(RagError, match="written to meanwhile"):
        ReadableIndex(index, ["ada"])
    with pytest.raises(RagError, match="in memory"):
        ReadableIndex(Index.in_memory([tmp_path / "open"]), ["ada"])


def test_readers_that_were_changed_count_from_the_next_update(index: Index, tmp_path: Path) -> None:
    index.update([CorpusSpec("secret", "code", str(tmp_path / "secret"), readers=("bob",))])
    with ReadableIndex(index, ["ada"]) as seen:
        assert [spec.name for spec in seen.catalog.corpora().values()] == ["open"]
    with ReadableIndex(index, ["bob"]) as seen:
        assert len(seen.catalog.corpora()) == 2


def test_a_corpus_without_readers_is_for_everybody() -> None:
    assert may_read((), ()) and may_read((), ["ada"])
    assert not may_read(["ada"], ()) and not may_read(["ada"], ["Ada", "ad", "ada "])

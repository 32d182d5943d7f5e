"""What a hit is to the name that a question asks for."""

import json
from pathlib import Path

import pytest

from corpora.document import Document, Origin
from indexers.chunking.chunk import Chunk
from indexers.chunking.document import chunk_document
from indexers.index import Index
from rag.cli.main import main
from rag.retrieval.ranking.relation import NameRelation, relation
from rag.retrieval.retrieve import retrieve

QUEUE = "class Queue:\n    LIMIT = 3\n\n    def push_item(self): ...\n"


def chunk_of(text: str, path: str = "app/queue.py") -> Chunk:
    """Return the only chunk of a file of Python."""
    (chunk,) = chunk_document(Document(Origin("app", path, "python", "code"), text, "hash")).chunks
    return chunk


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Queue", NameRelation("defines", "exact", is_whole=True)),
        ("Queue.push_item", NameRelation("defines", "exact", is_whole=True)),
        ("Queue::push_item", NameRelation("defines", "exact", is_whole=True)),
        ("push_item()", NameRelation("defines", "exact")),
        ("queue", NameRelation("defines", "case", is_whole=True)),
        ("limit", NameRelation("defines", "case")),
        ("pushItem", NameRelation("defines", "underscores")),
        ("self", NameRelation("uses", "exact")),
        ("item", NameRelation()),
        ("sh_item", NameRelation()),
        ("", NameRelation()),
    ],
)
def test_a_chunk_defines_its_names_in_full_or_by_their_end(name: str, expected: NameRelation) -> None:
    """The strictest spelling that fits decides; part of a word is no name."""
    assert relation(chunk_of(QUEUE), name) == expected


@pytest.mark.parametrize("text", ["\u017felf.run()", "a = self.run()  # é", "SELF()  # \u212a"])
def test_a_name_is_found_in_text_beyond_ascii(text: str) -> None:
    """A long s counts as `s` where capitals do not matter, as in the expressions of Python."""
    assert relation(chunk_of(text), "self").kind == "uses"
    assert relation(chunk_of(text), "other") == NameRelation()


def test_roles_are_told_apart() -> None:
    """What only declares or re-exports a name does not define it."""
    assert relation(chunk_of("def push(): ...\n", "app/queue.pyi"), "push").kind == "declares"
    assert relation(chunk_of("from .queue import push\n", "app/__init__.py"), "push").kind == "re-exports"
    assert relation(chunk_of("from app import push\npush()\n"), "push").kind == "uses"


def test_documentation_documents() -> None:
    """A unit of documentation is known by its name and by its aliases."""
    origin = Origin("docs", "pandas.html", "python", "docs")
    unit = Chunk(origin, "Merge frames.", 1, 1, 0, 13, symbol="pandas.DataFrame.merge", aliases=("pd.merge",))
    assert relation(unit, "DataFrame.merge") == NameRelation("documents", "exact")
    assert relation(unit, "pd.merge").kind == "documents"
    assert relation(unit, "frames").kind == "uses"


def test_a_dotted_name_is_used_with_its_last_two_parts() -> None:
    """`join` alone is not `os.path.join`."""
    assert relation(chunk_of("from os import path\n\npath.join(a, b)\n"), "os.path.join").kind == "uses"
    assert relation(chunk_of('print(", ".join(words))\n'), "os.path.join").kind == ""


def test_hits_say_what_they_are_to_the_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The definition defines it, its caller uses it; a question without a name leaves both open."""
    (tmp_path / "queue.py").write_text(QUEUE)
    (tmp_path / "worker.py").write_text("from queue import Queue\n\nQueue().push_item()\n")
    with Index.build(tmp_path / ".rag", [tmp_path]) as index:
        related = {hit.chunk.origin.path: hit.relation for hit in retrieve(index, "push_item")}
        assert related == {"queue.py": "defines", "worker.py": "uses"}
        assert {hit.relation for hit in retrieve(index, "put something into a queue")} == {""}
        facts = index.catalog.facts(index.catalog.chunk_ids().tolist())
        assert {relation(fact, "push_item").kind for fact in facts.values()} == {"defines", ""}
    assert main(["search", "--index", str(tmp_path / ".rag"), "push_item"]) == 0
    lines = capsys.readouterr().out.splitlines()
    heading = next(line for line in lines if "queue.py:1:" in line)
    assert "(defines it, " in heading
    assert main(["search", "--json", "--index", str(tmp_path / ".rag"), "push_item"]) == 0
    found = {hit["path"]: hit for hit in json.loads(capsys.readouterr().out)}
    first = found["queue.py"]
    assert first["relation"] == "defines"
    assert {"name": "Queue.push_item", "role": "defines"} in first["names"]

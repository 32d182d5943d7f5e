"""Every document of an index has a role: ranking, `rag status` and near-duplicates know it."""

from pathlib import Path

import pytest

from corpora.spec import CorpusSpec
from indexers.index import Index
from rag.retrieval.retrieve import retrieve
from tests.small_corpora import write_tree

FILES = {
    "src/cart.py": "def add(item):\n    return [item]\n",
    "tests/test_cart.py": "from cart import add\n\n\ndef test_add():\n    assert add(1) == [1]\n",
    "examples/shop.py": "from cart import add\n\nprint(add(2))\n",
    "README.md": "# Cart\n\nIt holds items.\n",
    "CHANGELOG.md": "# 1.0\n\n- Items can be added.\n",
    "pyproject.toml": '[project]\nname = "cart"\n',
}


def roles_of(index: Index) -> dict[str, str]:
    facts = index.catalog.facts(index.catalog.chunk_ids().tolist()).values()
    return {one.path: one.role for one in facts}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "tree", FILES)


def build(tree: Path, kind: str = "code") -> Index:
    spec = CorpusSpec(name="cart", kind=kind, location=str(tree), library="cart" if kind == "docs" else "")
    return Index.build(tree.parent / "index", [spec])


def test_ranking_is_told_the_role_of_each_file(tree: Path) -> None:
    index = build(tree)
    assert roles_of(index) == {
        "src/cart.py": "code",
        "tests/test_cart.py": "test",
        "examples/shop.py": "example",
        "README.md": "documentation",
        "CHANGELOG.md": "changelog",
        "pyproject.toml": "configuration",
    }
    assert index.status().counts.roles == dict.fromkeys(sorted(roles_of(index).values()), 1)
    hit = retrieve(index, "add an item", 1)[0]
    assert (hit.chunk.origin.path, hit.chunk.origin.role) == ("src/cart.py", "code")


def test_a_copy_among_the_examples_does_not_stand_for_the_code(tree: Path) -> None:
    text = "\n\n".join(f"def add_{number}(item):\n    return [item] * {number}" for number in range(40))
    write_tree(tree, dict.fromkeys(("src/cart.py", "examples/cart.py", "src/old/cart.py"), text))
    index = build(tree)
    roles = roles_of(index)
    assert roles["examples/cart.py"] == "example"
    assert roles["src/cart.py"] == "code"
    assert "src/old/cart.py" not in roles  # it follows the other file of its role


def test_documentation_is_documentation_whatever_its_path_says(tree: Path) -> None:
    assert set(roles_of(build(tree, "docs")).values()) == {"documentation", "changelog"}

"""A repository and a wheel become a tree without the questions, and questions whose gold it holds."""

import subprocess
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from bench.made_questions.output import Made, write_made
from bench.made_questions.package import make_package, make_package_pairs, package_spec
from bench.made_questions.repository import make_repository, make_repository_pairs
from bench.made_retrieval import open_index, right_rank, sampled_questions
from rag import Index, retrieve

SHOP = '''"""Carts of a shop that sells tea."""

import os


class Cart:
    """Hold what a customer has chosen so far."""

    def add_item(self, item):
        """Put one more thing into the basket.

        Heavy things are refused.
        """
        # Refuse what nobody could carry home.
        if item.weight > float(os.environ.get("SHOP_MAX_WEIGHT", 20)):
            raise ValueError(f"the thing {item} is too heavy for the cart")
        self.items.append(item)
        self.weight += item.weight
        self.changed = True
        self.total_price += item.price
        return self.total_price
'''


def git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=Ann", "-c", "user.email=ann@example.com", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, Path]:
    folder = tmp_path_factory.mktemp("made")
    repository = folder / "repository"
    (repository / "tests").mkdir(parents=True)
    git(folder, "init", "--quiet", str(repository))
    (repository / "shop.py").write_text(SHOP)
    (repository / "tests" / "test_shop.py").write_text(
        'def test_heavy():\n    """Ask for a heavy thing."""\n'
    )
    (repository / "link.txt").symlink_to("/etc/passwd")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "shop: refuse things that nobody can carry (#3)")
    source = {"name": "shop", "revision": git(repository, "rev-parse", "HEAD"), "split": "train"}
    return make_repository(source, repository, folder / "trees", seed=1), folder


def of_kind(made: Made, kind: str) -> list[dict[str, Any]]:
    return [question for question in made.questions if question["kind"] == kind]


def test_what_was_asked_is_not_in_the_tree(made: tuple[Made, Path]) -> None:
    text = (made[1] / "trees" / "shop" / "shop.py").read_text()
    for kind in ("doc_comment", "inner_comment"):
        assert of_kind(made[0], kind)
        for question in of_kind(made[0], kind):
            assert question["query"].lower() not in text.lower()
    compile(text, "shop.py", "exec")
    assert "class Cart:" in text and "self.items.append(item)" in text
    assert not (made[1] / "trees" / "shop" / "link.txt").exists()


@pytest.mark.parametrize(
    ("kind", "query", "line"),
    [
        ("doc_comment", "Put one more thing into the basket", "def add_item(self, item):"),
        ("inner_comment", "Refuse what nobody could carry home", "if item.weight"),
        ("environment", "SHOP_MAX_WEIGHT", "SHOP_MAX_WEIGHT"),
        ("name_words", "add item", "def add_item(self, item):"),
    ],
)
def test_gold_is_where_the_tree_has_it(made: tuple[Made, Path], kind: str, query: str, line: str) -> None:
    (question,) = [question for question in of_kind(made[0], kind) if query in question["query"]]
    (gold,) = question["gold"]
    lines = (made[1] / "trees" / "shop" / gold["path"]).read_text().splitlines()
    assert line in lines[gold["start_line"] - 1]
    assert gold["end_line"] <= len(lines)


def test_a_message_is_asked_as_it_is_printed(made: tuple[Made, Path]) -> None:
    (question,) = of_kind(made[0], "message_filled")
    assert "{item}" not in question["query"] and "heavy" in question["query"]


def test_a_commit_asks_for_the_sources_that_it_changed(made: tuple[Made, Path]) -> None:
    (question,) = of_kind(made[0], "commit")
    assert question["query"] == "refuse things that nobody can carry"
    assert question["gold"] == [{"path": "shop.py"}]


def test_pairs_hold_the_code_without_the_sentence(made: tuple[Made, Path]) -> None:
    pair = next(pair for pair in made[0].pairs if pair["name"] == "Cart.add_item")
    assert pair["query"] == "Put one more thing into the basket"
    assert pair["text"].startswith("def add_item(self, item):") and "Heavy things" in pair["text"]
    assert "basket" not in pair["text"] and pair["split"] == "train"


def test_pairs_alone_are_the_same(made: tuple[Made, Path]) -> None:
    repository = made[1] / "repository"
    source = {"name": "shop", "revision": git(repository, "rev-parse", "HEAD"), "split": "train"}
    assert make_repository_pairs(source, repository) == Made("shop", [], made[0].pairs)


def test_the_same_seed_makes_the_same_questions(made: tuple[Made, Path], tmp_path: Path) -> None:
    repository = made[1] / "repository"
    source = {"name": "shop", "revision": git(repository, "rev-parse", "HEAD"), "split": "train"}
    assert make_repository(source, repository, tmp_path, seed=1) == made[0]


def test_gold_is_found_by_a_search_in_the_tree(made: tuple[Made, Path], tmp_path: Path) -> None:
    write_made(made[0], made[1])
    (question,) = sampled_questions(made[1] / "questions" / "shop.jsonl", ["name_words"], 5)
    with open_index(made[1] / "trees" / "shop", tmp_path) as index:
        assert right_rank(retrieve(index, question["query"], 10), question["gold"]) == 1


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "shop-1.0-py3-none-any.whl"
    with ZipFile(path, "w") as archive:
        archive.writestr("shop/__init__.py", SHOP)
        archive.writestr("../outside.py", "x = 1\n")
        archive.writestr("shop-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n")
        archive.writestr("shop-1.0.dist-info/top_level.txt", "shop\n")
        archive.writestr("shop-1.0.dist-info/RECORD", "shop/__init__.py,,\nshop-1.0.dist-info/METADATA,,\n")
    return path


def test_units_of_a_package_are_asked_without_their_first_sentence(wheel: Path, tmp_path: Path) -> None:
    made = make_package({"name": "shop", "split": "held_out"}, wheel, tmp_path / "trees", seed=1)
    asked = {question["query"]: question["gold"] for question in of_kind(made, "docs_first")}
    assert asked["Put one more thing into the basket"] == [{"symbol": "shop.Cart.add_item"}]
    assert not (tmp_path / "outside.py").exists()
    with Index.in_memory([package_spec(tmp_path / "trees" / "pkg-shop")]) as index:
        hits = retrieve(index, "add_item", 5)
        assert not any("basket" in hit.chunk.text for hit in hits)
        assert right_rank(hits, [{"symbol": "shop.Cart.add_item"}]) == 1


def test_pairs_are_made_without_a_tree(wheel: Path) -> None:
    made = make_package_pairs({"name": "shop", "split": "train"}, wheel)
    assert not made.questions
    pair = next(pair for pair in made.pairs if pair["name"] == "shop.Cart.add_item")
    assert pair["query"] == "Put one more thing into the basket" and "basket" not in pair["text"]

"""How the built-in encoder is made, on a corpus of three functions, and from what it may not be made."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from indexers.training.mine_pairs import mine_folder
from indexers.training.vocabulary import count_tokens, distil
from tests.small_corpora import write_tree

PACKAGES = Path("indexers/training/packages.txt")
SOURCE = '''
def add(a, b):
    """Add two numbers to each other.

    Works for whatever numbers there are, and for lists, which it concatenates without a copy.
    """
    total = a + b
    remember_that_this_was_done(total)
    return total

def undocumented():
    return 1
'''


def test_a_docstring_is_paired_with_its_rest_and_with_its_code(tmp_path: Path) -> None:
    pairs = list(mine_folder(write_tree(tmp_path, {"numbers.py": SOURCE})))
    assert {pair.question for pair in pairs} == {"Add two numbers to each other."}
    assert {pair.name for pair in pairs} == {"numbers.add"}
    assert "concatenates" in pairs[0].passage and "remember_that" in pairs[1].passage
    assert all("Add two numbers" not in pair.passage for pair in pairs)


def test_tests_and_broken_files_teach_nothing(tmp_path: Path) -> None:
    tree = write_tree(tmp_path, {"test_numbers.py": SOURCE, "python2.py": "print 'x'", "tests/a.py": SOURCE})
    assert list(mine_folder(tree)) == []


def test_a_token_is_taught_by_its_commonest_spelling() -> None:
    vocabulary = count_tokens(["parse parse parsing dates", "date date"], size=10, min_count=2)
    assert dict(zip(vocabulary.tokens, vocabulary.spellings, strict=True)) == {
        "pars": "parse",
        "date": "date",
    }


def test_rare_tokens_start_heavier_than_frequent_ones() -> None:
    vocabulary = count_tokens(["the " * 50 + "kernel kernel disk disk"], size=10, min_count=2)
    start = distil(vocabulary, lambda texts: np.eye(len(texts), 8, dtype=np.float32), 2)
    lengths = dict(zip(vocabulary.tokens, np.linalg.norm(start, axis=1), strict=True))
    assert lengths["the"] < lengths["kernel"]


def test_every_source_is_pinned_and_says_its_licence() -> None:
    lines = [line for line in PACKAGES.read_text().splitlines() if not line.startswith("#")]
    assert lines and all("==" in line and line.partition("#")[2].strip() for line in lines)
    assert not any(word in line for line in lines for word in ("GPL", "AGPL", "Proprietary"))


def test_no_repository_of_the_code_search_benchmark_is_a_source() -> None:
    data = Path(os.environ.get("RAG_BENCH_DATA", "../shared/data"), "codesearch", "repos.json")
    if not data.exists():
        pytest.skip("no benchmark data: set RAG_BENCH_DATA")
    names = {repository["name"].lower() for repository in json.loads(data.read_text())}
    sources = {line.partition("==")[0].strip().lower() for line in PACKAGES.read_text().splitlines()}
    assert not names & sources

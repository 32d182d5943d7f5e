"""Token tables are trained on pairs that are mined from code."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from corpora.document import Document, Origin
from corpora.spec import CorpusSpec
from indexers.encoders import Parts
from indexers.tokens import tokenize
from indexers.training.contrastive import Schedule, loss_and_gradient, train
from indexers.training.mine_pairs import Pair, mine_corpora, mine_document, without_repeats
from indexers.training.mine_usage import mine_usage
from indexers.training.vocabulary import (
    Vocabulary,
    distil,
    known_parts,
    most_frequent_tokens,
    new_tokens,
    start_vectors,
)
from tests.small_corpora import write_tree

PACKAGES = Path("indexers/training/packages.txt")
PURPOSES_PACKAGES = Path("indexers/training/purposes_packages.txt")
FIRST_ANSWERS = Path("bench/data/first_answers")
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
# The same function in several languages: a comment that must not be in the passage, and code that must.
LANGUAGES = {
    "a.py": 'def put(key, value):\n    """Save a value under a key."""\n    database.write(key, value)\n'
    "    return acknowledge(key)\n",
    "a.go": "package store\n\n// Save a value under a key.\nfunc Put(key string, value []byte) error {\n"
    "\tdatabase.write(key, value)\n\treturn acknowledge(key)\n}\n",
    "A.java": "class A {\n  /** Save a value under a key. */\n  Ack put(String key, byte[] value) {\n"
    "    database.write(key, value);\n    return acknowledge(key);\n  }\n}\n",
    "a.rs": "/// Save a value under a key.\npub fn put(key: &str, value: &[u8]) -> Ack {\n"
    "    database.write(key, value);\n    acknowledge(key)\n}\n",
    "a.ts": "/** Save a value under a key. */\nexport function put(key: string, value: Blob): Ack {\n"
    "  database.write(key, value);\n  return acknowledge(key);\n}\n",
    "a.rb": "# Save a value under a key.\ndef put(key, value)\n  database.write(key, value)\n"
    "  acknowledge(key, value, database)\nend\n",
}


def mine(folder: Path, files: dict[str, str]) -> list[Pair]:
    return list(mine_corpora([CorpusSpec("own", "code", str(write_tree(folder, files)))]))


@pytest.mark.slow
def test_a_file_that_no_parser_gets_through_costs_only_its_own_pairs(tmp_path: Path) -> None:
    hostile = {"zebra.zig": "<<<a\n=" * 20_000}  # 22 seconds and 6 GB, where nothing ends it
    assert mine(tmp_path / "b", {**LANGUAGES, **hostile}) == mine(tmp_path / "a", LANGUAGES) != []


def test_a_docstring_is_paired_with_its_rest_and_with_its_code(tmp_path: Path) -> None:
    code, rest = mine(tmp_path, {"numbers.py": SOURCE})
    assert {code.text, rest.text} == {"Add two numbers to each other."}
    assert (code.is_code, rest.is_code) == (True, False) and code.source == rest.source
    assert list(code.passage.name) == ["add"] and list(rest.passage.name) == ["number", "add"]
    assert "rememb" in code.passage.body and "concaten" in rest.passage.body
    assert "concaten" not in code.passage.body


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_comment_above_code_is_its_question_in_every_language(tmp_path: Path, name: str) -> None:
    (pair,) = mine(tmp_path, {name: LANGUAGES[name]})
    assert pair.text == "Save a value under a key."
    assert {"databas", "write", "acknowledg"} <= set(pair.passage.body)
    assert "save" not in pair.passage.body and "put" in pair.passage.name


def test_the_code_of_a_class_does_not_hold_what_documents_its_members(tmp_path: Path) -> None:
    source = 'class Queue:\n    """First in, first out."""\n    def push(self, item):\n'
    source += (
        '        """Append at the end."""\n        self.items.insert_behind_all(item, len(self.items))\n'
    )
    of_class, of_method = mine(tmp_path, {"queue.py": source})
    assert "append" not in of_class.passage.body and "behind" in of_class.passage.body
    assert list(of_method.passage.name)[:2] == ["queue", "push"]


def test_tests_and_broken_files_teach_nothing(tmp_path: Path) -> None:
    files = {"test_numbers.py": SOURCE, "python2.py": "print 'x'", "tests/a.py": SOURCE}
    assert mine(tmp_path, files) == []


def test_secrets_are_not_learned(tmp_path: Path) -> None:
    key = "AKIA" + "Q7ZT" * 4
    source = SOURCE.replace("total = a + b", f'aws_access_key_id = "{key}"')
    assert all(key.lower() not in pair.passage.body for pair in mine(tmp_path, {"numbers.py": source}))


@given(st.text(), st.sampled_from(sorted(LANGUAGES)))
def test_no_text_breaks_mining(text: str, name: str) -> None:
    language = {"py": "python", "go": "go", "java": "java", "rs": "rust", "ts": "typescript", "rb": "ruby"}
    origin = Origin("own", name, language[name.rpartition(".")[2]], "code")
    for pair in mine_document(Document(origin, LANGUAGES[name] + text + LANGUAGES[name], "")):
        assert len(pair.text.split()) >= 3


def test_a_question_is_kept_with_two_passages_of_a_kind_at_most() -> None:
    same = [Pair("Same as above.", (), Parts(), str(n), is_code=n % 2 == 0) for n in range(10)]
    assert [pair.source for pair in without_repeats(same)] == ["0", "1", "2", "3"]


def test_a_comment_asks_for_the_documentation_of_what_is_called_below(tmp_path: Path) -> None:
    caller = "from shop import numbers as n\n\ndef f(x):\n    # sum up the bill of a guest\n    n.add(x, 1)\n"
    tree = write_tree(tmp_path, {"shop/numbers.py": SOURCE, "shop/bill.py": caller})
    (pair,) = mine_usage([CorpusSpec("own", "code", str(tree))])
    assert pair.text == "sum up the bill of a guest"
    assert list(pair.passage.name) == ["shop", "number", "add"] and "concaten" in pair.passage.body


def test_a_relative_import_is_resolved(tmp_path: Path) -> None:
    caller = 'from .numbers import add\n\ndef bill(x):\n    """Sum up the bill."""\n    return add(x, 1)\n'
    tree = write_tree(tmp_path, {"shop/numbers.py": SOURCE, "shop/bill.py": caller})
    assert [pair.text for pair in mine_usage([CorpusSpec("own", "code", str(tree))])] == ["Sum up the bill."]


def to_matrix(bags: list[tuple[list[int], list[float]]], n_rows: int) -> csr_matrix:
    ends = np.cumsum([0, *(len(rows) for rows, _ in bags)])
    rows, weights = (np.concatenate([np.array(bag[n], dtype=float) for bag in bags]) for n in (0, 1))
    return csr_matrix((weights.astype(np.float32), rows.astype(np.int32), ends), shape=(len(bags), n_rows))


def test_the_gradient_is_that_of_finite_differences() -> None:
    random = np.random.default_rng(0)
    vectors: Any = random.standard_normal((6, 4))  # float64: differences of float32 are noise
    questions = to_matrix([([0, 1], [1.0, 0.5]), ([2], [1.0]), ([3, 0], [0.3, 0.7])], 6).astype(float)
    passages = to_matrix([([1, 4], [1.0, 2.0]), ([2, 3], [0.5, 0.5]), ([4], [1.0])], 6).astype(float)
    step = loss_and_gradient(vectors, questions, passages, 0.3)
    assert step.rows.tolist() == [0, 1, 2, 3, 4]
    for place, row in enumerate(step.rows):
        for column in range(4):
            losses = []
            for sign in (1, -1):
                moved = vectors.copy()
                moved[row, column] += sign * 1e-5
                losses.append(loss_and_gradient(moved, questions, passages, 0.3).loss)
            slope = (losses[0] - losses[1]) / 2e-5
            assert step.gradient[place, column] == pytest.approx(slope, abs=1e-6)


def test_training_brings_questions_to_their_passages_and_repeats_itself() -> None:
    vectors = np.random.default_rng(1).standard_normal((20, 8)).astype(np.float32)
    questions = to_matrix([([n], [1.0]) for n in range(10)], 20)
    passages = to_matrix([([n + 10], [1.0]) for n in range(10)], 20)
    schedule, told = Schedule(epochs=60, batch=5, learning_rate=0.05), list[str]()
    trained = train(vectors, questions, passages, schedule, told.append)
    assert ((trained[:10] @ trained[10:].T).argmax(axis=1) == np.arange(10)).all()
    assert len(told) == 60
    again = train(vectors, questions, passages, schedule, told.append)
    np.testing.assert_array_equal(trained, again)


def test_texts_without_a_known_token_do_no_harm() -> None:
    vectors = np.ones((2, 3), dtype=np.float32)
    trained = train(vectors, to_matrix([([], []), ([0], [1.0])], 2), to_matrix([([], []), ([1], [1.0])], 2),
                    Schedule(epochs=2), lambda line: None)  # fmt: skip
    assert np.isfinite(trained).all()


def count(texts: list[str]) -> Vocabulary:
    return most_frequent_tokens(map(tokenize, texts), texts, size=10, min_count=2)


def test_a_token_is_taught_by_its_commonest_spelling() -> None:
    vocabulary = count(["parse parse parsing dates", "date date"])
    assert dict(zip(vocabulary.tokens, vocabulary.spellings, strict=True)) == {
        "pars": "parse",
        "date": "date",
    }


def test_rare_tokens_start_heavier_than_frequent_ones() -> None:
    vocabulary = count(["the " * 50 + "kernel kernel disk disk"])
    start = distil(vocabulary, lambda texts: np.eye(len(texts), 8, dtype=np.float32), 2)
    lengths = dict(zip(vocabulary.tokens, np.linalg.norm(start, axis=1), strict=True))
    assert lengths["the"] < lengths["kernel"]


def test_new_tokens_are_the_frequent_ones_that_are_not_known() -> None:
    texts = [["sort", "asyncsession"], ["asyncsession", "mne", "mne"], ["mne", "once"]]
    assert new_tokens(texts, {"sort"}, size=5, min_count=2) == ["asyncsession", "mne"]
    assert new_tokens(texts, {"sort"}, size=1, min_count=2) == ["asyncsession"]


def test_a_new_token_starts_at_the_mean_of_its_known_parts() -> None:
    rows = {"async": 0, "session": 1}
    vectors = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    start = start_vectors(["asyncsession", "xqz"], rows, vectors)
    np.testing.assert_array_equal(start, [[0.5, 0.5], [0.0, 0.0]])


@given(st.text(max_size=64))
def test_parts_of_any_token_are_known_rows(token: str) -> None:
    assert set(known_parts(token, {"async": 0, "session": 1, "pars": 2})) <= {0, 1, 2}


def listed(packages: Path) -> list[str]:
    return [line for line in packages.read_text().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("packages", [PACKAGES, PURPOSES_PACKAGES], ids=lambda path: path.name)
def test_every_source_is_pinned_and_says_its_licence(packages: Path) -> None:
    lines = listed(packages)
    assert lines and all("==" in line and line.partition("#")[2].strip() for line in lines)
    assert not any(word in line for line in lines for word in ("GPL", "AGPL", "Proprietary"))


@pytest.mark.parametrize("packages", [PACKAGES, PURPOSES_PACKAGES], ids=lambda path: path.name)
def test_no_repository_of_the_code_search_benchmark_is_a_source(packages: Path) -> None:
    data = Path(os.environ.get("RAG_BENCH_DATA", "../shared/data"), "codesearch", "repos.json")
    if not data.exists():
        pytest.skip("no benchmark data: set RAG_BENCH_DATA")
    names = {repository["name"].lower() for repository in json.loads(data.read_text())}
    assert not names & {line.partition("==")[0].strip().lower() for line in listed(packages)}


def test_no_subject_of_our_own_questions_is_a_source_of_purposes() -> None:
    corpora = json.loads((FIRST_ANSWERS / "corpora.json").read_text())
    names = {each["name"] for kind in ("repositories", "libraries") for each in corpora[kind]}
    assert not names & {line.partition("==")[0].strip().lower() for line in listed(PURPOSES_PACKAGES)}

"""The questions of `bench.first_answers`, and the search for the longest verbatim run."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.first_answers import CORPORA, DATA, definitions, questions_of
from bench.verbatim import longest_run, read_text, read_tree, search
from corpora.spec import CorpusSpec
from rag.evaluation.questions import Gold
from tests.small_corpora import make_wheel, write_tree

REPOSITORIES = [repository["name"] for repository in CORPORA["repositories"]]
LIBRARIES = [library["name"] for library in CORPORA["libraries"]]


def test_every_corpus_has_questions_and_every_file_a_corpus() -> None:
    assert {path.stem for path in DATA.glob("*.jsonl")} == {*REPOSITORIES, *LIBRARIES}


def test_there_are_80_questions_about_code_and_40_about_documentation() -> None:
    assert sum(len(questions_of(name)) for name in REPOSITORIES) == 80
    assert sum(len(questions_of(name)) for name in LIBRARIES) == 40


@pytest.mark.parametrize("names", [REPOSITORIES, LIBRARIES], ids=["code", "documentation"])
def test_each_kind_has_at_least_eight_questions(names: list[str]) -> None:
    assert min(Counter(one.kind for name in names for one in questions_of(name)).values()) >= 8


def test_gold_of_code_is_a_file_and_gold_of_documentation_a_name() -> None:
    assert all(one.path and not one.symbol for n in REPOSITORIES for q in questions_of(n) for one in q.gold)
    assert all(one.symbol and not one.path for n in LIBRARIES for q in questions_of(n) for one in q.gold)


def test_revisions_and_versions_are_pinned() -> None:
    assert all(len(repository["revision"]) == 40 for repository in CORPORA["repositories"])
    assert all(library["version"] for library in CORPORA["libraries"])
    assert json.loads((DATA / "corpora.json").read_text()) == CORPORA


def test_the_file_with_the_longest_run_is_first_with_the_lines_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("# no key\n")
    (tmp_path / "b.py").write_text('\n\nraise Bad("wrong password\n          or no key")\n')
    (tmp_path / ".hidden").write_text("Fatal: wrong password or no key found")
    found = search("Fatal: wrong password or no key found", read_tree(tmp_path))
    assert [(place.paths, place.start_line, place.end_line) for place in found] == [
        (("b.py",), 3, 4),
        (("a.py",), 1, 1),
    ]


def test_what_stands_nowhere_finds_nothing() -> None:
    assert search("zebra", [read_text("a.py", "x = 1")]) == []


@given(st.lists(st.sampled_from(["a", "b", "c", "ab"]), max_size=8), st.text("abc ", max_size=30))
def test_the_longest_run_is_that_of_a_search_through_all(words: list[str], text: str) -> None:
    runs = [" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)]
    longest = max((len(run) for run in runs if run in text), default=0)
    assert len(longest_run(" ".join(words), text)) == longest


def test_names_of_a_package_are_the_lines_of_definitions_and_of_the_heads_of_classes(tmp_path: Path) -> None:
    pot = 'class Pot:\n    """Hold tea."""\n\n    def pour(self):\n        """Pour."""\n        return 1\n'
    files = {"tea/__init__.py": "from tea.pot import Pot\n", "tea/pot.py": pot}
    wheel = make_wheel(tmp_path, "tea", "1.0", files)
    found = dict(definitions(CorpusSpec("tea", "package", str(wheel)), write_tree(tmp_path / "tree", files)))
    assert found["tea.Pot"] == found["tea.pot.Pot"] == Gold("tea/pot.py", 1, 2)
    assert found["tea.Pot.pour"] == Gold("tea/pot.py", 4, 6)

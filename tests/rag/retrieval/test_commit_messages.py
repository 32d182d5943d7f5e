"""Questions in the words of commit messages find the files that these commits changed."""

from pathlib import Path

import pytest

from indexers.index import Index
from rag.evaluation.questions.measured import evaluate_retrieval
from rag.evaluation.questions.question import Gold, GoldQuestion
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from tests.code_trees import git, repository, write

BODY = "def apply(entries, limit):\n    return [one for one in entries if one.age < limit]\n"
MANY = {f"part{n}.py": BODY.replace("apply", f"handle{n}").replace("age", f"size{n}") for n in range(12)}
QUESTION = "how are weekly and monthly backups retained"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    root = repository(tmp_path / "app", {**MANY, "policy.py": BODY})
    for number in range(12):
        write(root, {f"part{number}.py": MANY[f"part{number}.py"] + f"# {number}\n"})
        git(root, "commit", "-qam", f"Handle part {number} with care")
    write(root, {"policy.py": BODY + "\n"})
    git(root, "commit", "-qam", "Retain weekly and monthly backups")
    return root


def test_a_file_is_found_by_what_a_commit_says_of_it(app: Path) -> None:
    first, *others = retrieve(Index.in_memory([app]), QUESTION, 10)
    assert first.chunk.origin.path == "policy.py"
    assert dict(first.shares)["commit messages"] > 0
    assert not any("commit messages" in dict(hit.shares) for hit in others)


def test_files_of_the_same_path_in_another_corpus_gain_nothing(app: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write(other, {"policy.py": BODY.replace("apply", "use")})
    shares = {
        hit.chunk.origin.corpus: dict(hit.shares).get("commit messages", 0.0)
        for hit in retrieve(Index.in_memory([app, other]), QUESTION, 30)
        if hit.chunk.origin.path == "policy.py"
    }
    assert shares["app"] > 0 and shares["other"] == 0


def test_a_name_is_not_asked_for_in_the_words_of_a_commit(app: Path) -> None:
    assert not any(
        "commit messages" in dict(hit.shares) for hit in retrieve(Index.in_memory([app]), "monthly", 30)
    )


def test_questions_made_of_commits_are_measured_without_them(app: Path) -> None:
    index = Index.in_memory([app])
    gold = (Gold("policy.py"),)
    made = [GoldQuestion("Retain weekly and monthly backups", gold, kind) for kind in ("commit", "how")]
    ranks = [one.rank for one in evaluate_retrieval(index, made).questions]
    assert ranks[1] == 1 < ranks[0]
    options = SearchOptions(commits=False)
    assert not any("commit messages" in dict(hit.shares) for hit in retrieve(index, QUESTION, 9, options))


def test_a_message_that_says_little_of_a_question_counts_for_less(app: Path) -> None:
    question = "weekly figures of sales by country, printed as a table in colour"
    hits = {hit.chunk.origin.path: dict(hit.shares) for hit in retrieve(Index.in_memory([app]), question, 30)}
    whole = dict(retrieve(Index.in_memory([app]), QUESTION, 1)[0].shares)["commit messages"]
    assert 0 < hits["policy.py"]["commit messages"] < whole / 2

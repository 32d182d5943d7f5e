"""Questions in the words of commit messages find the files that these commits changed."""

from pathlib import Path

import pytest

from indexers.index import Index
from rag.evaluation.questions.measured import evaluate_retrieval
from rag.evaluation.questions.question import Gold, GoldQuestion
from rag.retrieval.hit import Hit
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from tests.code_trees import git, repository, write

BODY = "def apply(entries, limit):\n    return [one for one in entries if one.age < limit]\n"
UNIT = BODY.replace("apply", "handle_one").replace("age", "size")
MANY = {f"part{n}.py": BODY.replace("apply", f"handle{n}").replace("age", f"size{n}") for n in range(12)}
QUESTION = "how are weekly and monthly backups retained"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    root = repository(tmp_path / "app", {**MANY, "unit.py": UNIT})
    for number in range(12):
        write(root, {f"part{number}.py": MANY[f"part{number}.py"] + f"# {number}\n"})
        git(root, "commit", "-qam", f"Handle part {number} with care")
    write(root, {"unit.py": UNIT + "\n"})
    git(root, "commit", "-qam", "Retain weekly and monthly backups")
    return root


def hits(index: Index, question: str, *, commits: bool = True) -> dict[str, Hit]:
    """Return the hits by their paths, best first."""
    found = retrieve(index, question, 30, SearchOptions(commits=commits))
    return {f"{hit.chunk.origin.corpus}/{hit.chunk.origin.path}": hit for hit in found}


def share(hit: Hit) -> float:
    return dict(hit.shares).get("commit messages", 0.0)


def test_a_file_comes_before_others_for_what_a_commit_says_of_it(app: Path) -> None:
    index = Index.in_memory([app])
    found, without = hits(index, QUESTION), hits(index, QUESTION, commits=False)
    assert [*found].index("app/unit.py") < [*without].index("app/unit.py")
    assert {path for path, hit in found.items() if share(hit)} == {"app/unit.py"}
    assert not any(map(share, without.values()))


def test_files_of_the_same_path_in_another_corpus_gain_nothing(app: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write(other, {"unit.py": UNIT.replace("handle", "use")})
    found = hits(Index.in_memory([app, other]), QUESTION)
    assert share(found["app/unit.py"]) > 0 == share(found["other/unit.py"])


def test_a_name_is_not_asked_for_in_the_words_of_a_commit(app: Path) -> None:
    assert not any(map(share, hits(Index.in_memory([app]), "monthly").values()))


def test_questions_made_of_commits_are_measured_without_them(app: Path) -> None:
    gold = (Gold("unit.py"),)
    made = [GoldQuestion("Retain weekly and monthly backups", gold, kind) for kind in ("commit", "how")]
    of_commit, other = evaluate_retrieval(Index.in_memory([app]), made).questions
    assert 0 < other.rank < of_commit.rank


def test_a_message_that_says_little_of_a_question_counts_for_less(app: Path) -> None:
    index = Index.in_memory([app])
    question = "weekly figures of sales by country, printed as a table in colour"
    little, whole = (share(hits(index, one)["app/unit.py"]) for one in (question, QUESTION))
    assert 0 < little < whole / 2

"""First sets of questions, made from commits and from documentation."""

from pathlib import Path

import pytest

from corpora.errors import CorpusError
from indexers.index import Index
from rag.evaluation.questions import Gold, evaluate_retrieval, questions_from_docs, questions_from_git
from tests.code_trees import git, repository, write
from tests.small_corpora import write_tree


def commit(root: Path, subject: str, *paths: str) -> None:
    write(root, {path: f"x = {subject!r}\n" for path in paths})
    git(root, "add", "-A")
    git(root, "commit", "-qm", subject)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return repository(tmp_path, {"app.py": "x = 0\n", "gone.py": "x = 0\n"})


def asked(root: Path) -> dict[str, tuple[str, ...]]:
    return {question.text: tuple(map(str, question.gold)) for question in questions_from_git(root)}


def test_the_subject_of_a_commit_asks_for_the_files_that_it_changed(project: Path) -> None:
    commit(project, "fix(app)!: Close sessions that nobody uses (#12)", "app.py", "lib/pool.py")
    assert asked(project) == {"Close sessions that nobody uses": ("app.py", "lib/pool.py")}
    assert questions_from_git(project)[0].kind == "commit"


def test_what_says_nothing_of_the_code_is_left_out(project: Path) -> None:
    commit(project, "Close sessions that nobody uses", "app.py")
    for subject in ("Fix it", "Bump requests from 1 to 2", "Release 1.2 of the app", "Fix a few typos",
                    "Revert close sessions that nobody uses", "1.2.3 is out now"):  # fmt: skip
        commit(project, subject, "app.py")
    commit(project, "Test that sessions close", "tests/test_app.py")
    commit(project, "Say what a session is", "README.md")
    commit(project, "Reformat all of the files", *(f"file{number}.py" for number in range(6)))
    commit(project, "Change what is gone now", "gone.py")
    commit(project, "The same words are used twice", "app.py")
    commit(project, "the same words are used twice", "lib.py")
    git(project, "rm", "-q", "gone.py")
    commit(project, "Remove what is gone", "app.py")
    assert set(asked(project)) == {"Close sessions that nobody uses", "Remove what is gone"}


def test_tests_and_pages_among_the_changed_files_are_no_gold(project: Path) -> None:
    commit(project, "Close sessions that nobody uses", "app.py", "tests/test_app.py", "README.md")
    assert asked(project) == {"Close sessions that nobody uses": ("app.py",)}


def test_a_secret_in_a_subject_is_redacted(project: Path) -> None:
    commit(project, 'Use password = "c0rrect-h0rse" to log in', "app.py")
    assert "c0rrect" not in str(asked(project))


def test_a_folder_without_commits_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        questions_from_git(tmp_path)
    assert "git repository" in caught.value.fix


def test_first_sentences_and_headings_ask_for_their_places(tmp_path: Path) -> None:
    write_tree(tmp_path)
    made = {question.text: question.gold for question in questions_from_docs(tmp_path)}
    assert made["Parse a date string with a format"] == (Gold("dates.py", 4, 6),)
    assert made["Put saves a value under a key"] == (Gold("store.go", 3, 6),)


def test_a_heading_asks_for_its_section(tmp_path: Path) -> None:
    text = "# Calendar\n\nx\n\n## Move a holiday\n\ny\n\n## 2.1 - 2026\n\nz\n"
    write_tree(
        tmp_path, {"guide.md": text, "CHANGELOG.md": "## Move a day\n", ".github/x.md": "# Say a word\n"}
    )
    (question,) = questions_from_docs(tmp_path)
    assert (question.text, question.kind) == ("Move a holiday", "heading")
    assert question.gold == (Gold("guide.md", 5, 8),)


def test_a_class_is_asked_for_by_its_head_not_by_its_members(tmp_path: Path) -> None:
    code = 'class Pool:\n    """Keep connections that are open."""\n\n    def get(self):\n        return 1\n'
    write_tree(tmp_path, {"pool.py": code})
    (question,) = questions_from_docs(tmp_path)
    assert question.gold == (Gold("pool.py", 1, 2),)


def test_markup_license_notes_and_tests_are_no_questions(tmp_path: Path) -> None:
    texts = ["Copyright 2026 by Ann and others.", "TODO: write what this is.", "@return the number of cups",
             "See the other one for this.", "One two."]  # fmt: skip
    code = "\n".join(f'def f{n}():\n    """{text}"""\n' for n, text in enumerate(texts))
    good = 'def brew():\n    """Brew `tea` in the *pot*. It takes a while.\n\n    More.\n    """\n'
    write_tree(tmp_path, {"a.py": code + good, "tests/test_a.py": good.replace("tea", "coffee")})
    assert [question.text for question in questions_from_docs(tmp_path)] == ["Brew tea in the pot"]


@pytest.mark.parametrize(
    "field", ["@param port the port", "\\\\return the pool", ":param int port: it", "@returns {x}"]
)
def test_what_a_comment_says_of_parameters_is_no_part_of_a_question(tmp_path: Path, field: str) -> None:
    comment = f"Opens a pool of sessions\n{field}\n"
    write_tree(tmp_path, {"pool.py": f'def open_pool(port):\n    """{comment}    """\n    return port\n'})
    assert [question.text for question in questions_from_docs(tmp_path)] == ["Opens a pool of sessions"]


def test_of_many_questions_some_are_kept_that_spread_over_the_tree(tmp_path: Path) -> None:
    functions = [f'def f{n}():\n    """Brew the tea number n{n}."""\n' for n in range(40)]
    write_tree(tmp_path, {f"part{n}.py": "\n".join(functions[n * 10 : n * 10 + 10]) for n in range(4)})
    made = questions_from_docs(tmp_path, most=8)
    assert [question.gold[0].path for question in made] == [f"part{n}.py" for n in range(4) for _ in (1, 2)]
    assert made == questions_from_docs(tmp_path, most=8)


def test_a_tree_without_documentation_is_an_error(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.py": "x = 1\n"})
    with pytest.raises(CorpusError):
        questions_from_docs(tmp_path)


def test_an_index_of_the_tree_finds_what_is_asked(tmp_path: Path) -> None:
    write_tree(tmp_path / "src")
    index = Index.build(tmp_path / ".rag", [tmp_path / "src"])
    found = evaluate_retrieval(index, questions_from_docs(tmp_path / "src"))
    assert [one.rank for one in found.questions] == [1] * len(found.questions)

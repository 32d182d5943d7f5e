"""`rag eval retrieval` and `rag eval questions` as their users meet them."""

import json
from pathlib import Path

import pytest

from indexers.index import Index
from rag.cli.main import main
from rag.evaluation.questions import read_questions
from tests.code_trees import git, repository
from tests.small_corpora import FILES, write_tree

Captured = pytest.CaptureFixture[str]

ASKED = [
    {"question": "parse a date string", "gold": "src/dates.py:4-6", "kind": "how"},
    {"question": "save a value under a key", "gold": "Put", "kind": "how"},
    {"question": "who pays the bill", "gold": "src/invoices.py", "kind": "concept"},
]
RETRIEVAL = ["eval", "retrieval", "asked.jsonl"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    Index.build(root / ".rag", [write_tree(root / "src")]).close()
    (root / "asked.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in ASKED))
    return root


@pytest.fixture
def project(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(made)
    return made


def test_scores_are_printed_by_kind_and_what_no_search_can_find_is_noted(
    project: Path, capsys: Captured
) -> None:
    assert main(RETRIEVAL) == 0
    out, err = capsys.readouterr()
    assert "3 questions, of each the first 10 hits" in out
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()[1:5]}
    assert rows["how"] == ["2", "1.000", "1.000", "1.000"]
    assert rows["all"] == ["3", "0.667", "0.667", "0.667"]
    assert "no search can answer 1 question" in err and "who pays the bill" in err


@pytest.mark.parametrize(
    ("minima", "code"),
    [
        (["hit@1=0.6"], 0),
        (["hit@5=0.9"], 1),
        (["hit@1=0.6", "MRR=0.7"], 1),
        (["mrr=0.6", "HIT@20=0.5"], 0),
    ],
)
def test_a_score_below_its_minimum_fails(
    project: Path, capsys: Captured, minima: list[str], code: int
) -> None:
    assert main([*RETRIEVAL, *(part for one in minima for part in ("--min", one))]) == code
    out, err = capsys.readouterr()
    assert "3 questions" in out
    assert ("below the minimum of" in err) == bool(code)


@pytest.mark.parametrize("minimum", ["hit@5", "hit@0=0.5", "ndcg=0.5", "hit@5=7", "hit@5=x"])
def test_a_minimum_that_means_nothing_is_wrong_usage(project: Path, capsys: Captured, minimum: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*RETRIEVAL, "--min", minimum])
    assert caught.value.code == 2
    assert "--min" in capsys.readouterr().err


def test_an_earlier_run_is_compared_question_by_question(project: Path, capsys: Captured) -> None:
    assert main([*RETRIEVAL, "--language", "go", "--json"]) == 0
    (project / "before.json").write_text(capsys.readouterr().out)
    assert main([*RETRIEVAL, "--against", "before.json"]) == 0
    out = capsys.readouterr().out
    assert "gained: 1 question" in out and "->    1  parse a date string" in out
    assert main([*RETRIEVAL, "--against", "before.json", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    hit = found["comparison"]["measures"]["hit@1"]
    assert (hit["before"], hit["after"]) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert found["scores"]["all"]["hit@1"] == pytest.approx(2 / 3)


def test_verbose_shows_what_stands_first_instead(project: Path, capsys: Captured) -> None:
    assert main([*RETRIEVAL, "-v"]) == 0
    assert "concept: who pays the bill\n  rank -; first: " in capsys.readouterr().out


def test_a_line_that_is_no_question_is_named(project: Path, capsys: Captured) -> None:
    (project / "bad.jsonl").write_text('{"question": "q", "gold": "a/b"}\n{"question": "q"}\n')
    assert main(["eval", "retrieval", "bad.jsonl"]) == 1
    out, err = capsys.readouterr()
    assert not out and "bad.jsonl, line 2: the gold is missing" in err


def test_questions_of_documentation_are_written_and_asked(
    project: Path, tmp_path: Path, capsys: Captured
) -> None:
    made = tmp_path / "made.jsonl"
    assert main(["eval", "questions", "--from", "docs", "src", "--out", str(made)]) == 0
    assert "questions in" in capsys.readouterr().out
    assert len(read_questions(made)) >= 4
    assert main(["eval", "retrieval", str(made), "--min", "hit@1=0.9"]) == 0


def test_questions_are_printed_as_json_lines(project: Path, capsys: Captured) -> None:
    assert main(["eval", "questions", "--from", "docs", "src", "-n", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and all(json.loads(line)["kind"] == "docstring" for line in lines)


def test_a_file_of_questions_is_never_overwritten(project: Path, capsys: Captured) -> None:
    before = (project / "asked.jsonl").read_text()
    assert main(["eval", "questions", "--from", "docs", "src", "--out", "asked.jsonl"]) == 1
    assert "exists already" in capsys.readouterr().err
    assert (project / "asked.jsonl").read_text() == before


def test_questions_of_commits_are_made_of_the_folder_where_the_user_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    root = repository(tmp_path, FILES)
    (root / "dates.py").write_text("x = 1\n")
    git(root, "commit", "-qam", "Count days from one")
    monkeypatch.chdir(root)
    assert main(["eval", "questions", "--from", "git"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed) == {
        "question": "Count days from one",
        "kind": "commit",
        "gold": [{"path": "dates.py"}],
    }


@pytest.mark.parametrize("words", [["--help"], ["-h"]])
def test_help_shows_the_commands(words: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit):
        main(["eval", *words])
    out = capsys.readouterr().out
    assert all(f"    {name}" in out for name in ("run", "retrieval", "questions"))


@pytest.mark.parametrize("words", [[], ["run"]])
def test_run_may_be_left_out(words: list[str], project: Path, capsys: Captured) -> None:
    assert main(["eval", *words]) == 1
    assert "there is no data set" in capsys.readouterr().err
    assert main(["eval", *words, "--json", "missing.jsonl"]) == 1
    assert "missing.jsonl" in capsys.readouterr().err

"""Natural language to one command of a shell."""

from pathlib import Path

import pytest

from indexers.index import Index
from rag.doc_prompter import DocPrompter
from rag.prompting.prompt import Prompt
from rag.tasks.shell import command_problem, read_command, shell_task
from tests.small_corpora import write_tree

PAGE = {"tar.md": "# tar\n\n> Archive files.\n\n- Extract an archive:\n\n`tar xf path/to/file.tar`\n"}


def test_a_command_is_asked_for_and_read(tmp_path: Path) -> None:
    asked: list[Prompt] = []

    def model(prompt: Prompt) -> str:
        asked.append(prompt)
        return "You can use this:\n```bash\n$ tar xf a.tar\nx a\n```\nIt extracts."

    with Index.build(tmp_path / "index", [write_tree(tmp_path / "pages", PAGE)]) as index:
        assert DocPrompter(index, model, task=shell_task())("extract an archive").code == "tar xf a.tar"
    assert "one command for bash" in asked[0].text and "path/to/file.tar" in asked[0].text


@pytest.mark.parametrize(
    ("answer", "command"),
    [
        ("`ls -l`", "ls -l"),
        ("ls -l", "ls -l"),
        ("```sh\nfor f in *; do\n  echo $f\ndone\n```", "for f in *; do\n  echo $f\ndone"),
        ("<think>rm -rf /</think>\nls", "ls"),
        ("```bash\nls \x1b[31m\u202e-l\n```", "ls -l"),
    ],
)
def test_what_is_read_is_the_command_alone(answer: str, command: str) -> None:
    assert read_command(answer) == command


@pytest.mark.parametrize(
    "command", ["ls -l | sort", "for f in *; do echo $f; done", "a && (b || c) > d 2>&1", ""]
)
def test_a_command_in_order_has_no_problem(command: str) -> None:
    assert command_problem(command) == ""


@pytest.mark.parametrize("command", ["ls |", "if true; then echo", "echo $(ls"])
def test_a_broken_command_is_told(command: str) -> None:
    assert "bash would not understand it: line 1" in command_problem(command)

"""Help that fits a terminal of 80 columns, and errors in the words of the command line."""

import argparse
import contextlib
import json
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from corpora.counted import counted
from indexers.index import Index
from rag.cli.completion import SHELLS, completion_script
from rag.cli.main import command_parser, main
from rag.cli.rendering.help_examples import EXAMPLES
from rag.evaluation.questions import (
    Gold,
    GoldQuestion,
    QuestionRank,
    RetrievalResult,
    retrieval_json,
    write_questions,
)
from tests.installed_libraries import environment_with
from tests.small_corpora import write_tree

Captured = pytest.CaptureFixture[str]


def commands(
    parser: argparse.ArgumentParser, name: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    yield name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, below in action.choices.items():
                yield from commands(below, f"{name} {word}".strip())


def filled(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Have a parser add the options that it adds when it is used."""
    with pytest.raises(SystemExit):
        parser.parse_args(["--help"])
    return parser


@pytest.mark.parametrize("name", [name for name, _ in commands(command_parser())])
def test_every_command_explains_each_of_its_options(
    name: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    parser = filled(dict(commands(command_parser()))[name])
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    silent = [action.dest for action in parser._actions if not action.help and action.dest != "command"]
    subcommands = [action.dest for action in parser._actions if action.nargs == argparse.PARSER]
    assert set(silent) <= set(subcommands)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Path:
    write_tree(tmp_path / "src")
    monkeypatch.chdir(tmp_path)
    assert main(["index", "src"]) == 0
    capsys.readouterr()
    return tmp_path


ALL = [name for name, _ in commands(command_parser())]


@pytest.mark.parametrize("name", ALL)
def test_options_say_what_they_are_by_default(name: str) -> None:
    parser = dict(commands(whole_parser()))[name]
    nothing: tuple[object, ...] = (None, False, [], "", argparse.SUPPRESS)
    unsaid = [
        action.dest
        for action in parser._actions
        if action.default not in nothing and "default" not in (action.help or "")
    ]
    assert not unsaid


def whole_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands with all of their options."""
    parser = command_parser()
    completion_script(parser, "bash")
    return parser


def test_every_command_has_examples_and_there_are_no_others() -> None:
    assert {f"rag {name}".strip() for name, _ in commands(whole_parser())} == set(EXAMPLES)


# That name and version, but few pages: the transformer takes seconds to read those of the real one.
SMALL_JINJA = {
    "jinja2/__init__.py": """class Template:
    def render(self, **values: object) -> str:
        '''Render the template with values.'''

class Environment:
    def from_string(self, source: str) -> Template:
        '''Load a template from a string.'''

    def _parse(self, source: str) -> None:
        '''Parse the source.'''
"""
}


NOT_RUN = {"unpack", "watch", "train", "open", "serve", "mcp", "agents"}
"""Endless, long, of a search on a terminal, and what would change settings of whoever runs the tests."""


@pytest.mark.slow
def test_the_examples_in_the_help_run(
    project: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = metadata.version("jinja2")
    monkeypatch.setenv("VIRTUAL_ENV", str(environment_with(project, jinja2=(version, SMALL_JINJA))))
    write_tree(project / "site", {"index.html": "<h1>Billing</h1><p>How to send an invoice.</p>"})
    (project / "requirements.txt").write_text(f"jinja2=={version}\n")
    write_tree(project / "old" / "shop", {"__init__.py": "class Cart:\n    size = 1\n"})
    write_tree(project / "new" / "shop", {"__init__.py": "class Cart:\n    size = 1\n    tax = 2\n"})
    task = {
        "intent": "one",
        "shown": "def one():\n",
        "reference": "    return 1\n",
        "tests": "assert one() == 1",
    }
    (project / "tasks.jsonl").write_text(json.dumps(task) + "\n")
    asked = GoldQuestion("parse a date string", (Gold("src/dates.py"),))
    (project / "asked.jsonl").write_text(write_questions([asked]))
    before = RetrievalResult(10, (QuestionRank(asked.text, "", 0, ""),))
    (project / "before.json").write_text(json.dumps(retrieval_json(before)))
    assert (
        main(["eval", "tasks.jsonl", "--generator", "echo", "--out", "other", "--isolation", "process"]) == 0
    )
    for command, lines in EXAMPLES.items():
        for line, _ in lines:
            words = shlex.split(line.partition(" > ")[0])[1:]
            assert f"rag {' '.join(words)}".startswith(command)
            if words[0] in NOT_RUN or words[:2] == ["eval", "build"]:
                command_parser().parse_args(words)
                continue
            more = {
                "eval": [] if {"questions", "retrieval"} & {*words} else ["--isolation", "process"],
                "generate": ["--max-tokens", "400", "--max-output-tokens", "4"],
            }
            assert main([*words, *more.get(words[0], [])]) == 0, line
            assert capsys.readouterr().out, line


def test_rag_alone_and_rag_docs_alone_print_their_help(capsys: Captured) -> None:
    for arguments in ([], ["docs"]):
        assert main(arguments) == 0
        out, err = capsys.readouterr()
        assert out.startswith(f"usage: {' '.join(['rag', *arguments])}") and "examples:" in out and not err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["serch", "x"], "did you mean rag search?"),
        (["grep", "x"], "did you mean rag search?"),
        (["list"], "did you mean rag docs list?"),
        (["frobnicate"], "see: rag --help"),
        (["docs", "ad", "x"], "did you mean rag docs add?"),
        (["docs", "rm", "x"], "did you mean rag docs remove?"),
        (["eval", "retreival"], "did you mean rag eval retrieval?"),
        (["eval", "retreival", "q.jsonl", "--min", "hit@5=0.9"], "did you mean rag eval retrieval?"),
        (["eval", "question", "--from", "git"], "did you mean rag eval questions?"),
        (["eval", "questions", "--form", "git"], "required: --from; did you mean --from?"),
        (["eval", "questions", "--from", "gti"], "did you mean git?"),
        (["eval", "retrieval", "q.jsonl", "--aganst", "x"], "did you mean --against?"),
        (["eval", "retrieval"], "required: QUESTIONS"),
        (["search", "--lnguage", "go", "x"], "did you mean --language?"),
        (["search", "--lnguage=go", "x"], "did you mean --language?"),
        (["--verson"], "did you mean --version?"),
        (["search", "--kind", "cod", "x"], "did you mean code? (one of code, docs)"),
        (["search", "--versions", "old", "x"], "'old' (one of prefer, lock, any)"),
        (["search", "-k", "many", "x"], "'many' is not a whole number"),
        (["search", "x", "--zzz"], "see: rag search --help"),
        (["search", "git", "log", "-n"], "put a question with dashes in quotes"),
        (["docs", "list", "--zzz"], "--zzz; see: rag docs list --help"),
    ],
)
def test_a_typing_error_is_one_line_that_says_what_was_meant(
    typed: list[str], meant: str, capsys: Captured
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(typed)
    out, err = capsys.readouterr()
    assert caught.value.code == 2 and not out
    assert len(err.splitlines()) == 1 and meant in err


def test_a_file_of_tasks_that_is_called_like_a_command_is_a_file(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "retreival").write_text("")
    with contextlib.chdir(tmp_path):
        assert main(["eval", "retreival"]) != 0
    assert "did you mean rag eval" not in capsys.readouterr().err


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_completes_all_commands_and_options(shell: str, capsys: Captured) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for name, parser in commands(whole_parser()):
        assert name.split(" ")[-1] in script
        shown = [action for action in parser._actions if action.help != argparse.SUPPRESS]
        options = [option.lstrip("-") for action in shown for option in action.option_strings]
        assert all(option in script for option in options)


@pytest.mark.skipif(not shutil.which("bash"), reason="needs: bash")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["rag", "se"], {"search"}),
        (["rag", "docs", ""], {"add", "list", "update", "remove", "sync"}),
        (["rag", "search", "--lan"], {"--language"}),
        (["rag", "search", "--kind", ""], {"code", "docs"}),
    ],
)
def test_bash_completes(words: list[str], expected: set[str], tmp_path: Path, capsys: Captured) -> None:
    assert main(["completion", "bash"]) == 0
    (tmp_path / "rag.bash").write_text(capsys.readouterr().out)
    program = (
        'source rag.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        "$(complete -p rag | sed 's/.*-F \\([^ ]*\\) .*/\\1/'); printf '%s\n' \"${COMPREPLY[@]}\""
    )
    command = ["bash", "-c", program, "bash", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert expected <= {line.strip() for line in done.stdout.splitlines()}


@pytest.mark.parametrize(
    ("options", "what", "fix"),
    [
        (
            ["--generator=openai"],
            "the generator openai needs a model",
            "write it after a colon, openai:MODEL",
        ),
        (["--generator=command"], "the generator command needs a command", "write it after a colon"),
        (
            ["--generator=echo", "--base-url=x"],
            "the generator echo does not take --base-url",
            "leave out --base-url",
        ),
    ],
)
def test_a_missing_or_needless_option_is_named_as_the_command_line_names_it(
    project: Path, capsys: Captured, options: list[str], what: str, fix: str
) -> None:
    assert main(["generate", *options, "parse a date"]) == 1
    error, why, advice = capsys.readouterr().err.splitlines()
    assert error == f"error: {what}" and advice.startswith(f"  fix: {fix}")
    assert "argument" not in why and "base_url" not in why


def test_a_place_that_cannot_hold_an_index_is_named_with_what_to_do(project: Path, capsys: Captured) -> None:
    assert main(["index", "--index", "src/dates.py", "src"]) == 1
    error, why, fix = capsys.readouterr().err.splitlines()
    assert (
        "src/dates.py" in error and why == "  why: Not a directory" and fix.startswith("  fix: name a folder")
    )


@pytest.mark.parametrize(
    "command",
    [
        ["report", "nowhere"],
        ["report", "nowhere", "--html", "x.html"],
        ["eval", "nowhere.jsonl"],
        ["generate", "--generator=local:nowhere.gguf", "x"],
        ["generate", "--generator=command:nowhere", "x"],
    ],
)
def test_what_is_not_there_is_named_once_and_without_numbers(
    command: list[str], project: Path, capsys: Captured
) -> None:
    assert main(command) == 1
    error, why, _ = capsys.readouterr().err.splitlines()
    assert "nowhere" in error and why == "  why: No such file or directory"


def test_where_nothing_is_indexed_yet_is_said(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["search", "x"]) == 1
    assert "why: nothing was indexed there yet" in capsys.readouterr().err
    Index.create(tmp_path / ".rag").close()
    assert main(["search", "x"]) == 1
    assert "is not finished" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main(["index", "empty"]) == 0
    capsys.readouterr()
    assert main(["search", "x"]) == 1
    assert capsys.readouterr().err == "nothing found: the index is empty; run: rag index FOLDER\n"
    assert main(["status"]) == 0
    assert (
        "languages  none\nroles      none\ncut by     nothing\nskipped    nothing\n"
        in capsys.readouterr().out
    )


def test_one_of_a_kind_is_singular(project: Path, capsys: Captured) -> None:
    assert (
        main(["index", "--rebuild", "--name", "one", str(write_tree(project / "one", {"a.py": "x = 1\n"}))])
        == 0
    )
    assert "1 document, 1 chunk, " in capsys.readouterr().out
    assert main(["prompt", "-k", "1", "x"]) == 0
    assert ", 1 passage\n" in capsys.readouterr().err
    assert [counted(number, "hit") for number in (0, 1, 2)] == ["0 hits", "1 hit", "2 hits"]

"""Help that fits a terminal of 80 columns, and errors in the words of the command line."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora.counted import counted
from rag.cli.main import _parser, main
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


@pytest.mark.parametrize("name", [name for name, _ in commands(_parser())])
def test_every_command_explains_each_of_its_options(
    name: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    parser = filled(dict(commands(_parser()))[name])
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


@pytest.mark.parametrize(
    ("options", "what", "fix"),
    [
        (["--backend=openai"], "--backend openai needs --model", "add --model"),
        (["--backend=command"], "--backend command needs --command", "add --command"),
        (
            ["--backend=echo", "--base-url=x"],
            "--backend echo does not take --base-url",
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


def test_one_of_a_kind_is_singular(project: Path, capsys: Captured) -> None:
    assert (
        main(["index", "--rebuild", "--name", "one", str(write_tree(project / "one", {"a.py": "x = 1\n"}))])
        == 0
    )
    assert "1 document, 1 chunk, " in capsys.readouterr().out
    assert main(["prompt", "-k", "1", "x"]) == 0
    assert ", 1 passage\n" in capsys.readouterr().err
    assert [counted(number, "hit") for number in (0, 1, 2)] == ["0 hits", "1 hit", "2 hits"]

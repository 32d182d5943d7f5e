"""Nothing that others wrote acts on a terminal, whichever command prints it; JSON stays exact."""

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import IndexDamaged
from corpora.outside.characters import escape_for_json, escape_for_terminal
from rag.cli.main import main
from rag.cli.terminal import show, show_stream
from rag.rendering.json_text import json_text
from tests import ROOT
from tests.loopback_endpoint import answer, serving

EVIL = "\x1b]0;owned\x07\x1b[31m\u202egnp\x9b2J"
ACTING = ("\x1b", "\x9b", "\x07", "\u202e", "\r")


def acts(text: str) -> bool:
    return any(character in text for character in ACTING)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a repository whose names, texts and manifest hold escape sequences, and index it."""
    place = tmp_path_factory.mktemp("hostile")
    tree = place / f"tree{EVIL}"
    tree.mkdir()
    (tree / f"a{EVIL}.py").write_text(f'def pour():\n    """Pour the tea. {EVIL}"""\n', encoding="utf-8")
    (tree / f"b{EVIL}.bin").write_bytes(b"\0\0")
    pages = place / "pages"
    pages.mkdir()
    page = f"<title>Tea</title><h1>Pour {EVIL}</h1><p>Pour the tea.</p>"
    (pages / f"page{EVIL}.html").write_text(page, encoding="utf-8")
    (pages / "plain.html").write_text(page.replace(EVIL, ""), encoding="utf-8")
    before = Path.cwd()
    os.chdir(place)
    assert main(["index", "--index", "ix", str(tree)]) == 0
    documented = ["docs", "add", "--index", "ix", "pages", "--library", f"tea{EVIL}", "--version", f"1{EVIL}"]
    assert main(documented) == 0
    yield place
    os.chdir(before)


COMMANDS = [
    ["search", "pour the tea"],
    ["search", "--explain", "pour"],
    ["prompt", "pour the tea"],
    ["generate", "--generator", "echo", "pour the tea"],
    ["generate", "--generator", f"command:printf '%b' '\\033]0;x\\007 {EVIL}'", "pour"],
    ["status"],
    ["verify"],
    ["docs", "list"],
    ["docs", "update"],
    ["docs", "remove", f"no such{EVIL}"],
    ["search", "--library", f"none{EVIL}", "pour"],
    ["search", "--rerank", f"none{EVIL}", "pour"],
    ["prompt", "--template", f"none{EVIL}", "pour"],
    ["index", "-v"],
    ["index", "--dry-run"],
    ["index", f"nowhere{EVIL}"],
]


@pytest.mark.parametrize(
    "command", COMMANDS, ids=lambda command: " ".join(command)[:24].encode("ascii", "replace").decode()
)
def test_no_command_prints_what_acts_on_a_terminal(
    hostile: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    main([*command, "--index", "ix"])
    printed = capsys.readouterr()
    assert printed.out + printed.err
    assert not acts(printed.out + printed.err)


@pytest.mark.parametrize(
    "command", [["search", "pour the tea"], ["status"], ["docs", "list"], ["prompt", "pour"]]
)
def test_json_is_exact_and_does_not_act_either(
    hostile: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert main([*command, "--index", "ix", "--json"]) == 0
    printed = capsys.readouterr().out
    assert not acts(printed)
    assert EVIL in "".join(strings(json.loads(printed)))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


def test_a_name_that_is_no_utf8_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    show(json_text({"path": os.fsdecode(b"tea\xff")}, indent=None), json=True)
    printed = capsys.readouterr().out
    assert printed == '{"path": "tea\\udcff"}\n'
    assert json.loads(printed) == {"path": os.fsdecode(b"tea\xff")}


def test_a_number_that_json_cannot_write_is_no_json() -> None:
    with pytest.raises(IndexDamaged, match="not a number"):
        json_text({"score": float("nan")})


@pytest.mark.slow
@pytest.mark.parametrize("name", ["[", "[bold red]", "[link=x]a", f"x{EVIL}"])
def test_a_folder_of_any_name_is_indexed_on_a_terminal(tmp_path: Path, name: str) -> None:
    tree = tmp_path / name / "["  # whose first file is `[/]`
    tree.mkdir(parents=True)
    for number in range(60):
        (tree / f"]{number}.py").write_text(f"def pour_{number}(): ...\n" * 50)
    code, printed = on_a_terminal(
        [sys.executable, "-m", "rag.cli.main", "index", "--index", str(tmp_path / "ix"), str(tree)]
    )
    assert code == 0, printed
    assert "60 added" in printed
    assert "\x1b]0;" not in printed
    assert "\u202e" not in printed


def on_a_terminal(command: list[str]) -> tuple[int, str]:
    ours, theirs = pty.openpty()
    root = ROOT
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=root) as process:
        os.close(theirs)
        printed, end = b"", time.monotonic() + 60
        while time.monotonic() < end:
            try:
                data = os.read(ours, 65_536)
            except OSError:  # EIO: the last writer has closed the terminal
                break
            if not data:
                break
            printed += data
        process.wait(30)
    os.close(ours)
    return process.returncode, printed.decode("utf-8", "replace")


@given(st.text())
def test_written_out_text_never_acts_and_json_parses_to_the_same(text: str) -> None:
    assert not acts(escape_for_terminal(text))
    assert not acts(escape_for_json(json.dumps(text, ensure_ascii=False)))
    assert json.loads(escape_for_json(json.dumps(text, ensure_ascii=False))) == text


def test_what_is_only_unusual_stays_as_it_is() -> None:
    text = "a\tb\nna\u00efve \u4f60 \u0645\u06cc\u200c\u062e \u2764\ufe0f \U0001f469\u200d\U0001f680 \u3000"
    assert escape_for_terminal(text) == text


@given(st.text(st.sampled_from("a\x1b[\x9b\r\n\x07\u202e\x80é]0;")), st.lists(st.integers(1, 4)))
def test_an_answer_in_pieces_is_printed_like_the_whole_of_it(text: str, sizes: list[int]) -> None:
    rest, pieces = text, []
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    with redirect_stdout(StringIO()) as printed:
        show_stream([*pieces, rest])
    assert printed.getvalue() == f"{escape_for_terminal(text)}\n"


@pytest.mark.slow
def test_an_answer_that_comes_in_pieces_does_not_act_on_a_terminal(
    hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    pieces = ["pour \x1b", "]0;ow", "ned\x07 \x1b", "[31m\r", "\n\u202eaet"]
    events = [{"choices": [{"delta": {"content": piece}}]} for piece in pieces]
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    with serving((200, {"Content-Type": "text/event-stream"}, body)) as endpoint:
        command = [sys.executable, "-m", "rag.cli.main", "generate", "--index", str(hostile / "ix"), "pour"]
        code, printed = on_a_terminal([*command, "--generator=openai:m", f"--base-url={endpoint.url}"])
        assert endpoint.sent[0]["stream"] is True
    assert code == 0 and "pour \\x1b]0;owned\\x07 \\x1b[31m" in printed
    assert not acts(printed.replace("\r\n", "\n"))


def test_an_answer_goes_to_a_file_as_code_alone(
    hostile: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(answer("So:\n```python\nx = 1\n```")) as endpoint:
        command = ["generate", "--index", "ix", "--generator=openai:m", f"--base-url={endpoint.url}"]
        assert main([*command, "pour"]) == 0
        assert "stream" not in endpoint.sent[0]
    assert capsys.readouterr().out == "x = 1\n"


def test_an_answer_that_breaks_off_ends_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    def pieces() -> Iterator[str]:
        yield "x = "
        raise OSError("no power")

    with pytest.raises(OSError, match="no power"):
        show_stream(pieces())
    assert capsys.readouterr().out == "x = \n"

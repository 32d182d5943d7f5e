"""What `rag search` prints: in a pipe, on a terminal of 24 lines and 80 columns, and as JSON."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from rich.cells import cell_len, set_cell_size

from corpora.document import Origin
from indexers.chunking.chunk import Chunk
from indexers.tokens import query_tokens
from rag.cli.main import main
from rag.cli.rendering.styled_hits import styled_hits
from rag.rendering.excerpt import excerpt_of
from rag.rendering.hits import HitView, plain_hits
from rag.retrieval.hit import Hit
from tests import ROOT
from tests.small_corpora import write_tree

Captured = pytest.CaptureFixture[str]

LONG = '''def save_report(path):
    """Write a report."""
    lines = []
    for row in rows:
        lines.append(row)

    total = sum(rows)
    if not total:
        return None
    # Encrypt with the key of the customer.
    sealed = encrypt(lines, customer.key)
    path.write_bytes(sealed)
    return path
'''
FILES = {
    "app/dates.py": 'def parse_date(text):\n    """Parse a date."""\n    return strptime(text)\n',
    "app/report.py": LONG,
    "app/wide.py": f'def width():\n    """Date width."""\n    return "{"x" * 300} date"\n',
    "app/日付.py": (
        f'# 日付 date\ndef 日付(text):\n    return "{"日付を読む関数です。" * 5}" + text  # date\n'
    ),
    "app/tab.py": "def tabs(date):\n\treturn date\n",
    "lib/dates.py": 'def format_date(day):\n    """Format a date as text."""\n    return day.isoformat()\n',
    "lib/min.js": f"function date(){{{'var a=1;' * 60}}}\n",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Index two folders, and return the folder that holds both."""
    place = write_tree(tmp_path_factory.mktemp("project"), FILES)
    for name in ("app", "lib"):
        assert main(["index", "--index", str(place / ".rag"), str(place / name)]) == 0
    return place


@pytest.fixture(autouse=True)
def _in_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)


def found(path: str, text: str, language: str = "python", start: int = 1) -> Hit:
    end = start + text.count("\n")
    return Hit(Chunk(Origin("app", path, language, "code"), text, start, end, 0, len(text.encode())), 1.0, 1)


# -- in a pipe ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("here", "path"), [(".", "app/dates.py"), ("app", "dates.py"), ("lib", "../app/dates.py")]
)
def test_each_hit_begins_with_a_path_that_opens_from_here_and_its_line(
    project: Path, here: str, path: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / here)
    assert main(["search", "parse_date"]) == 0
    place = capsys.readouterr().out.split(": ")[0]
    assert place == f"{path}:1" and Path(path).is_file()


def test_a_path_far_away_is_absolute(
    project: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = tmp_path / "a" / "b" / "c"
    far.mkdir(parents=True)
    monkeypatch.chdir(far)
    assert main(["search", "--index", str(project / ".rag"), "parse_date"]) == 0
    assert capsys.readouterr().out.startswith(f"{project}/app/dates.py:1: ")


def test_lines_of_a_pipe_are_the_same_whatever_the_width_of_the_terminal(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = []
    for columns in ("20", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        assert main(["search", "date"]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] and max(map(len, printed[0].splitlines())) < 220


def test_globs_match_what_is_printed_and_what_is_in_the_corpus(
    project: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    for here, glob in (
        (".", "app/*.py"),
        ("lib", "../app/**"),
        ("lib", "../app/dates.py"),
        ("lib", "/report.py"),
    ):
        monkeypatch.chdir(project / here)
        assert main(["search", "--files", "--path", glob, "date report"]) == 0
        paths = capsys.readouterr().out.splitlines()
        assert paths and all(path.startswith("app" if here == "." else "../app") for path in paths)


def test_files_are_listed_once_each(capsys: Captured) -> None:
    assert main(["search", "--files", "-k", "50", "date"]) == 0
    paths = capsys.readouterr().out.splitlines()
    assert sorted(paths) == sorted(set(paths)) and all(Path(path).is_file() for path in paths)


def test_json_has_root_relative_and_absolute_path(project: Path, capsys: Captured) -> None:
    assert main(["search", "--json", "parse_date"]) == 0
    first = json.loads(capsys.readouterr().out)[0]
    assert first["root"] == str(project / "app") and first["path"] == "dates.py"
    assert first["absolute_path"] == str(project / "app" / "dates.py")


def test_scores_are_shown_only_when_asked_for(capsys: Captured) -> None:
    assert main(["search", "parse_date"]) == 0
    assert "score" not in capsys.readouterr().out
    assert main(["search", "--explain", "parse_date"]) == 0
    assert re.search(
        r"^    score \d+\.\d+ \(lexical #1, dense #\d+\)$", capsys.readouterr().out, re.MULTILINE
    )


def test_a_pipe_loads_nothing_that_only_a_terminal_needs(project: Path) -> None:
    program = (
        "import sys; from rag.cli.main import main; main(['search', 'date']); "
        "sys.exit(any(name.split('.')[0] in {'rich', 'pygments', 'shtab'} for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], stdout=subprocess.PIPE, check=False)
    assert done.returncode == 0 and done.stdout


# -- which lines ----------------------------------------------------------------------------------


def test_the_first_line_and_those_that_match_best_are_shown_with_their_numbers() -> None:
    part = excerpt_of(
        found("report.py", LONG, start=41), frozenset(query_tokens("encrypt for the customer")), 3
    )
    assert [(line.number, line.after_gap) for line in part.lines] == [(41, False), (50, True), (51, False)]
    assert part.is_cut


def test_a_declaration_that_nobody_documented_is_shown_once() -> None:
    origin = Origin("api", "api.d.ts", "typescript", "docs", library="api", version="1")
    for text, shown in (("f(): void\n", ["f(): void"]), ("It does.\n", ["f(): void", "It does."])):
        bare = Hit(Chunk(origin, text, 1, 1, 0, len(text), signature="f(): void"), 1.0, 1)
        assert [line.text for line in excerpt_of(bare, frozenset(), 3).lines] == shown


def test_without_a_match_the_lines_after_the_first_are_shown() -> None:
    part = excerpt_of(found("report.py", LONG), frozenset({"zzz"}), 3)
    assert [line.number for line in part.lines] == [1, 2, 3]


def test_in_a_pipe_a_gap_of_two_lines_is_shown_and_a_longer_one_is_marked(capsys: Captured) -> None:
    hit, words = found("report.py", LONG), frozenset(query_tokens("none path"))
    shown = [[(line.number, line.after_gap) for line in excerpt_of(hit, words, 3, filled=most).lines]
             for most in (1, 2)]  # fmt: skip
    assert shown[0] == [(1, False), (9, True), (12, True)]
    assert shown[1] == [(1, False), (9, True), (10, False), (11, False), (12, False)]
    assert main(["search", "--lines", "3", "-k", "1", "--path", "report.py", "none path"]) == 0
    printed = [line.split("|")[0].strip() for line in capsys.readouterr().out.splitlines()[1:]]
    assert printed == ["1", "...", "9", "10", "11", "12"]


def test_in_full_every_line_is_shown(capsys: Captured) -> None:
    assert main(["search", "--full", "-k", "1", "save_report"]) == 0
    numbers = re.findall(r"^ +(\d+) ?\|", capsys.readouterr().out, re.MULTILINE)
    assert numbers == [str(number) for number in range(1, LONG.count("\n") + 1)]


def test_lines_may_be_chosen(capsys: Captured) -> None:
    assert main(["search", "--lines", "2", "-k", "1", "encrypt customer"]) == 0
    out = capsys.readouterr().out
    assert out.count("|") == 2 and "    ...\n" in out and "Encrypt" in out


# -- on a terminal --------------------------------------------------------------------------------


def on_terminal(arguments: list[str], here: Path, columns: int = 80, rows: int = 24) -> bytes:
    """Run `rag` on a terminal of its own, and return what it printed there."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(here)
        variables = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "EDITOR": "true"}
        for name in ("NO_COLOR", "COLUMNS", "LINES", "VISUAL"):
            variables.pop(name, None)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.execve(sys.executable, [sys.executable, "-m", "rag.cli.main", *arguments], variables)
    printed = b""
    while True:
        try:
            piece = os.read(terminal, 65_536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        printed += piece
    os.waitpid(child, 0)
    os.close(terminal)
    return printed


@pytest.mark.slow(3)
def test_five_hits_fit_a_screen_with_links_marks_and_no_line_that_wraps(project: Path) -> None:
    printed = on_terminal(["search", "parse a date"], project).decode()
    links = re.findall(r"\x1b\]8;[^;]*;([^\x1b]+)\x1b", printed)
    plain = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\|\x1b\[[0-9;]*m", "", printed).replace("\r\n", "\n")
    assert "\x1b" not in plain and "\x1b[1;31mdate" in printed
    assert len(links) == 5 and all(Path(unquote(urlsplit(link).path)).is_file() for link in links)
    lines = plain.splitlines()
    assert len(lines) <= 23 and max(map(cell_len, lines)) <= 80
    assert [line[:3] for line in lines if re.match(r" \d\. ", line)] == [f" {n}." for n in range(1, 6)]
    opened = on_terminal(["open", "2"], project)
    assert opened == b"", opened


@pytest.mark.slow(2)
def test_a_terminal_that_shows_only_ascii_gets_no_other_marks(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    printed = on_terminal(["search", "-k", "9", "date"], project)
    assert printed.isascii() and b" | " in printed
    assert not any(mark in printed for mark in (b"\\u2502", b"\\u2026", b"\\u22ee"))


def lines_of(hit: Hit, query: str, width: int = 80) -> list[str]:
    view = HitView(words=frozenset(query_tokens(query)), lines=3)
    return [line.plain for line in styled_hits([hit], view, width, 24)]


def test_a_match_far_to_the_right_is_seen() -> None:
    text = f'x = "{"lorem ipsum " * 40}needle {"dolor " * 40}"\n'
    assert "needle" in lines_of(found("a.py", text), "needle")[1][:80]


def test_all_parts_of_a_score_are_shown_in_lines_that_fit() -> None:
    shares = tuple((f"a signal {number}", (-1) ** number * 0.25) for number in range(12))
    hit = replace(found("a.py", "date\n"), shares=shares)
    shown = [line.plain for line in styled_hits([hit], HitView(lines=3, explain=True), 60, 24)]
    assert max(map(len, shown)) <= 60
    for number in range(12):
        assert sum(f"a signal {number} 0.2500" in line for line in shown) == 1


def test_a_match_behind_characters_of_two_columns_is_seen() -> None:
    hit = found("a.py", f"# {'日付を読む' * 20} needle {'関数です' * 20}\n")
    line = lines_of(hit, "needle")[1]
    assert "needle" in set_cell_size(line, 79)


def test_a_minified_line_is_bounded() -> None:
    shown = lines_of(found("a.js", "var a=1;" * 100_000, "javascript"), "a")
    assert max(map(len, shown)) < 1_100


@pytest.mark.parametrize("text", ["\x1b]0;owned\x07 date", "a\rdate\u202e", "date\x9b2J", "\u2028date"])
def test_nothing_in_a_chunk_acts_on_a_terminal(text: str) -> None:
    hit = found("a.py", f"{text}\n# date {text}\n")
    assert not re.search("[\x1b\x07\r\x9b\u202e\u2028]", "".join(lines_of(hit, "date")))


def test_a_lexer_that_takes_for_ever_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.cli.rendering.styled_hits._HIGHLIGHT_SECONDS", 0.01)
    hit = found("a.py", "x = '" + "\\a" * 9_000 + "\n" + "f(x)\n" * 900)
    many = [replace(hit, rank=rank) for rank in range(1, 60)]
    assert len(styled_hits(many, HitView(lines=2), 80, 24)) == 59 * 3


def test_a_hit_names_the_places_of_its_variants() -> None:
    hit = replace(found("v4/cart.py", "def add(): ..."), similar_at=("v3/", "v5/"))
    assert "    similar in: v3/, v5/\n" in plain_hits([hit], HitView())

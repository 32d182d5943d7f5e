"""The command line as its users meet it: exit codes, three lines of error, JSON, stdin."""

import json
import sqlite3
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from rag.cli.main import main
from tests.small_corpora import FILES, write_tree

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Path:
    write_tree(tmp_path / "src")
    monkeypatch.chdir(tmp_path)
    assert main(["index", "src"]) == 0
    capsys.readouterr()
    return tmp_path


def error_of(arguments: list[str], capsys: Captured) -> list[str]:
    """Return the three lines that a failing command prints, and check that it prints no result."""
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert [line.split(":")[0].strip() for line in lines] == ["error", "why", "fix"]
    return lines


def test_indexing_reports_what_it_did(project: Path, capsys: Captured) -> None:
    assert main(["index", "src"]) == 0
    assert f"0 added, 0 changed, 0 removed, {len(FILES)} unchanged" in capsys.readouterr().out


def test_indexing_reports_the_same_as_json(project: Path, capsys: Captured) -> None:
    (project / "src" / "logo.png").write_bytes(b"\x89PNG\0")
    assert main(["index", "--json", "src"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["unchanged"], report["skipped"]) == (len(FILES), {"binary": 1})


def test_search_shows_place_source_and_lines(project: Path, capsys: Captured) -> None:
    assert main(["search", "parse a date string", "-k", "1"]) == 0
    out = capsys.readouterr().out
    first, second, *_ = out.splitlines()
    assert first == "src/dates.py:1: parse_date (src, python, lines 1-11)"
    assert second == '     1 | """Dates and times."""' and "     4 | def parse_date" in out


def test_search_prints_json_with_the_signals_of_each_retriever(project: Path, capsys: Captured) -> None:
    assert main(["search", "--json", "parse a date string"]) == 0
    first = json.loads(capsys.readouterr().out)[0]
    assert first["path"] == "dates.py" and first["symbol"] == "parse_date"
    assert first["lexical"]["rank"] == first["dense"]["rank"] == first["rank"] == 1


@pytest.mark.parametrize(
    ("option", "path"),
    [("--language=go", "store.go"), ("--path=net/**", "net/download.py"), ("--path=*.md", "README.md")],
)
def test_filters_leave_only_what_passes(project: Path, capsys: Captured, option: str, path: str) -> None:
    assert main(["search", "--json", option, "save a file"]) == 0
    assert {hit["path"] for hit in json.loads(capsys.readouterr().out)} == {path}


def test_nothing_found_is_said_on_stderr_and_by_the_exit_code(project: Path, capsys: Captured) -> None:
    assert main(["search", "zzqqxx"]) == 1
    out, err = capsys.readouterr()
    assert (
        not out
        and err.startswith("nothing found: none of the words is in the index")
        and err.count("\n") == 1
    )
    assert main(["search", "?!"]) == 1
    assert capsys.readouterr().err == "nothing found: there is no word in the question\n"
    assert main(["search", "--language=go", "--json", "zzqqxx"]) == 1
    assert capsys.readouterr() == ("[]\n", "nothing found that matches the filters\n")


def test_a_query_may_come_from_stdin(
    project: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("parse a date string\n"))
    assert main(["search", "-"]) == 0
    assert "parse_date" in capsys.readouterr().out


def test_a_prompt_keeps_its_budget_and_names_its_sources(project: Path, capsys: Captured) -> None:
    assert main(["prompt", "--json", "--template", "code", "--max-tokens", "300", "parse a date string"]) == 0
    prompt = json.loads(capsys.readouterr().out)
    assert prompt["tokens"] <= 300 and "dates.py:1-" in prompt["text"]


def test_a_generator_of_another_package_is_reached_by_its_name(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    source = "class Shout:\n    def __init__(self, sampling):\n        pass\n"
    source += "    def __call__(self, prompt):\n        return prompt.query.upper()\n"
    entry = "[docprompting.generators]\nshout = shouting:Shout\n"
    metadata = "Metadata-Version: 2.1\nName: shouting\nVersion: 1\n"
    package = {"shouting.py": source, "shouting-1.dist-info/entry_points.txt": entry}
    monkeypatch.syspath_prepend(
        write_tree(tmp_path / "site", {**package, "shouting-1.dist-info/METADATA": metadata})
    )
    assert main(["generate", "--generator", "shout", "parse a date string"]) == 0
    assert "PARSE A DATE STRING" in capsys.readouterr().out
    assert main(["generate", "--generator", "shoot", "parse a date string"]) == 1
    assert "did you mean 'shout'" in capsys.readouterr().err


def test_generate_prints_what_the_backend_says(project: Path, capsys: Captured) -> None:
    command = f'{sys.executable} -c "print(len(input()))"'
    assert main(["generate", "--generator", f"command:{command}", "parse a date string"]) == 0
    assert capsys.readouterr().out.strip().isdigit()


def test_status_counts_what_the_index_holds(project: Path, capsys: Captured) -> None:
    assert main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["documents"] == len(FILES)


def test_an_index_is_found_from_a_folder_below(
    project: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "src" / "net")
    assert main(["search", "parse a date string"]) == 0
    assert "parse_date" in capsys.readouterr().out


def test_verbose_lists_what_was_skipped_and_why(project: Path, capsys: Captured) -> None:
    (project / "src" / "logo.png").write_bytes(b"\x89PNG\0")
    assert main(["index", "-v"]) == 0
    assert "logo.png: binary" in capsys.readouterr().out


# -- mistakes -------------------------------------------------------------------------------------


def test_searching_without_an_index_names_the_command_that_makes_one(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "rag index" in error_of(["search", "anything"], capsys)[2]
    assert not list(tmp_path.iterdir())


def test_an_index_of_another_version_is_reported(project: Path, capsys: Captured) -> None:
    with sqlite3.connect(project / ".rag" / "catalog.sqlite") as database:
        database.execute("UPDATE meta SET value = 99 WHERE key = 'format_version'")
    assert "--rebuild" in error_of(["search", "anything"], capsys)[2]


def test_a_damaged_index_is_reported_and_rebuilding_repairs_it(project: Path, capsys: Captured) -> None:
    catalog = project / ".rag" / "catalog.sqlite"
    catalog.write_bytes(catalog.read_bytes()[:7000])
    assert "--rebuild" in error_of(["search", "anything"], capsys)[2]
    assert main(["index", "--rebuild", "src"]) == 0
    assert main(["search", "parse a date string"]) == 0


@pytest.mark.embedded_files
def test_a_damaged_search_file_is_reported_and_can_be_repaired(project: Path, capsys: Captured) -> None:
    next((project / ".rag" / "dense").glob("rows-*.bin")).write_bytes(b"")
    assert "--repair" in error_of(["search", "anything"], capsys)[2]
    assert main(["index", "--repair"]) == 0
    assert main(["search", "parse a date string"]) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["index", "--encoder", "word2vec", "src"],
        ["index", "no/such/folder"],
        ["index", "pkg:no-such-package-anywhere"],
        ["search", "--index", "elsewhere", "anything"],
        ["search", " "],
        ["prompt", "--template", "sonnet", "anything"],
        ["prompt", "--max-tokens", "3", "parse a date string"],
        ["generate", "--generator", "openai", "anything"],
        ["generate", "--generator", "command:no-such-program-anywhere", "anything"],
    ],
)
def test_mistakes_are_three_lines_and_change_nothing(
    project: Path, capsys: Captured, arguments: list[str]
) -> None:
    before = (project / ".rag" / "catalog.sqlite").read_bytes()
    error_of(arguments, capsys)
    assert (project / ".rag" / "catalog.sqlite").read_bytes() == before
    assert main(["search", "parse a date string"]) == 0


def test_a_template_of_repair_is_neither_offered_nor_taken_for_a_prompt(
    project: Path, capsys: Captured
) -> None:
    lines = error_of(["prompt", "--template", "repair-solve", "parse a date string"], capsys)
    assert "prompt template 'repair-solve'" in lines[0]
    assert "chat, code, context, docprompting" in lines[1] and "repair-" not in lines[1]
    for command in ("prompt", "generate", "eval run"):
        with pytest.raises(SystemExit):
            main([*command.split(), "--help"])
        shown = capsys.readouterr().out
        assert "docprompting" in shown and "repair-" not in shown


def test_wrong_usage_exits_with_2(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["search", "-k", "0", "anything"])
    assert caught.value.code == 2


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error(project: Path) -> None:
    command = f"{sys.executable} -m rag.cli.main search date | head -c 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_search_marks_hits_whose_file_has_changed_since(project: Path, capsys: Captured) -> None:
    (project / "src" / "dates.py").write_text("# gone elsewhere\n")
    assert main(["search", "parse a date string"]) == 0
    assert "lines 1-11, the file has changed since)" in capsys.readouterr().out


def test_status_says_how_far_the_index_is_behind(project: Path, capsys: Captured) -> None:
    assert main(["status"]) == 0
    assert "src: up to date" in capsys.readouterr().out
    (project / "src" / "dates.py").write_text("# gone elsewhere\n")
    (project / "src" / "new.py").write_text("x = 1\n")
    (project / "src" / "notes.txt").unlink()
    assert main(["status"]) == 0
    assert "src: 1 new, 1 changed, 1 gone; run: rag index" in capsys.readouterr().out


def test_status_works_where_a_corpus_is_gone(project: Path, capsys: Captured) -> None:
    (project / "src").rename(project / "moved")
    assert main(["status"]) == 0
    assert "behind     src: cannot " in capsys.readouterr().out


def test_verify_reports_what_is_wrong_and_exits_with_1(project: Path, capsys: Captured) -> None:
    assert main(["verify"]) == 0
    assert "sound" in capsys.readouterr().out
    with sqlite3.connect(project / ".rag" / "catalog.sqlite") as database:
        database.execute("DELETE FROM texts")
    assert main(["verify"]) == 1
    out, err = capsys.readouterr()
    assert "dates.py" in out and "--repair" in err


def test_two_folders_of_one_name_are_both_indexed_and_a_folder_named_twice_is_one(
    project: Path, capsys: Captured
) -> None:
    write_tree(project / "a" / "lib", {"one.py": "x = 1\n"})
    write_tree(project / "b" / "lib", {"one.py": "y = 2\n"})
    assert main(["index", "a/lib", "b/lib", "--index", "both"]) == 0
    assert "b/lib is called b/lib in the index: lib is" in capsys.readouterr().out
    assert main(["index", "a/lib", "a/lib"]) == 0
    assert "1 added" in capsys.readouterr().out

"""`rag search` with regular expressions."""

import json
from pathlib import Path

import pytest

from corpora.document import Origin
from indexers.chunking.chunk import Chunk
from indexers.search.expression import Expression
from indexers.search.scan import ScanLimits
from rag.cli.main import main
from rag.cli.rendering.styled_hits import styled_hits
from rag.rendering.excerpt import excerpt_of, first_shown, marked_spans
from rag.rendering.hits import HitView
from rag.retrieval import matching_searches
from rag.retrieval.hit import Hit
from tests.small_corpora import write_tree

Captured = pytest.CaptureFixture[str]
LINES = ["def load(path):", *(f"    step_{number}(path)" for number in range(9)), "    return path"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = write_tree(
        tmp_path_factory.mktemp("project") / "app", {"load.py": "\n".join(LINES) + "\n"}
    ).parent
    write_tree(place / "app", {"save.py": "def save(path):\n    return path\n"})
    assert main(["index", "--index", str(place / ".rag"), str(place / "app")]) == 0
    return place


@pytest.fixture(autouse=True)
def _in_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)


@pytest.mark.parametrize("arguments", [["--regex", r"step_7\("], [r"re:step_7\("], ["re:/step_7[(]/ load"]])
def test_lines_that_match_are_shown(arguments: list[str], capsys: Captured) -> None:
    assert main(["search", "--lines", "2", "-k", "1", *arguments]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.startswith("app/load.py:1: load")
    assert [line.split("|")[-1].strip() for line in lines] == [
        "def load(path):",
        "...",
        "step_7(path)",
        "...",
    ][:3]


def test_the_share_of_an_expression_is_explained(capsys: Captured) -> None:
    assert main(["search", "--explain", "--json", "--regex", "step_7"]) == 0
    assert [hit["shares"]["pattern"] for hit in json.loads(capsys.readouterr().out)] == [1.0]
    assert main(["search", "--explain", "--regex", "step_7"]) == 0
    assert "score 1.0000\n    pattern 1.0000\n" in capsys.readouterr().out


def test_nothing_that_matches_is_noted(capsys: Captured) -> None:
    assert main(["search", "re:no_such", "save a path"]) == 0
    captured = capsys.readouterr()
    assert "nothing matches the regular expression" in captured.err and "app/save.py" in captured.out
    assert main(["search", "re:no_such"]) == 1
    assert capsys.readouterr().err == "nothing found that matches the regular expression\n"


@pytest.mark.parametrize(
    ("query", "is_cut"),
    [
        (r"re:def \w+_7\(", True),
        (r"re:/def \w+_7\(/", False),
        (r"re:step_\d+ save", False),
    ],
)
def test_an_expression_that_ends_at_a_blank_is_noted(query: str, is_cut: bool, capsys: Captured) -> None:
    main(["search", query])
    said = "the expression ends at the blank: def; one with blanks is re:/.../"
    assert (said in capsys.readouterr().err) == is_cut


def test_text_in_quotes_that_stands_nowhere_is_noted(capsys: Captured) -> None:
    said = "nothing holds the text in quotes as it is"
    assert main(["search", '"return path"']) == 0
    assert said not in capsys.readouterr().err
    assert main(["search", '"save no such path"']) == 0
    assert said in capsys.readouterr().err
    assert main(["search", 'cannot save "no such path"']) == 0  # may be an error message
    assert said not in capsys.readouterr().err


def test_a_search_that_is_cut_short_is_noted_once(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching_searches, "SCAN_LIMITS", ScanLimits(seconds=0))
    for command in ("search", "prompt"):
        assert main([command, "re:step_7", "load", "--two-stage"]) == 0
        assert capsys.readouterr().err.count("warning: the regular expression was tried on 0 of 2 files") == 1


def test_a_wrong_expression_is_an_error_in_three_lines(capsys: Captured) -> None:
    assert main(["search", "re:(step"]) == 1
    what, why, fix = capsys.readouterr().err.splitlines()
    assert what == "error: the regular expression '(step' is not understood"
    assert why == "  why: missing ), at character 1: >>> (step"
    assert fix.startswith("  fix: put \\ before")


def test_neither_a_question_nor_an_expression_is_wrong_usage(capsys: Captured) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["search"])
    assert "required: QUERY" in capsys.readouterr().err


HIT = Hit(Chunk(Origin("app", "load.py", "python", "code"), "\n".join(LINES), 1, 11, 0, 300), 1.0, 1)


def test_an_excerpt_has_the_lines_of_a_match_that_spans_several() -> None:
    expression = Expression(r"step_3\(path\)\n +step_4")
    part = excerpt_of(HIT, {"return"}, 3, expressions=[expression])
    assert [line.number for line in part.lines] == [1, 5, 6]


def test_a_match_at_the_end_of_a_line_is_of_that_line_alone() -> None:
    part = excerpt_of(HIT, set(), 2, expressions=[Expression(r"step_3\(path\)\n")])
    assert [line.number for line in part.lines] == [1, 5]


def test_matches_are_marked_and_seen_in_a_long_line() -> None:
    line = f"{'x' * 300} open_file"
    expressions = [Expression(r"open_\w+|")]
    assert [*marked_spans(line, set(), expressions)] == [(301, 310)]
    assert first_shown(line, set(), 80, expressions=expressions) > 200
    styled = styled_hits([HIT], HitView(lines=2, expressions=(Expression("step_5"),)), 80, 24)
    (shown,) = [one for one in styled if "step_5" in one.plain]
    marked = {shown.plain[span.start : span.end] for span in shown.spans if "red" in str(span.style)}
    assert marked == {"step_5"}

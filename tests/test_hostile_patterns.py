"""No regular expression takes long, whatever text from outside it is run over."""

import subprocess
import sys

import pytest

from tests.pattern_seeds import ROOT, Pattern, all_patterns, slow_runs


@pytest.mark.slow
def test_no_pattern_of_the_packages_takes_more_than_linear_time() -> None:
    command = [sys.executable, "-m", "tests.pattern_seeds"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    lines = run.stdout.splitlines()
    assert [line for line in lines if line.startswith("slow:")] == []
    assert lines[-1] == "done", f"ran for more than a minute: {lines[-1]}"


def test_patterns_are_found_wherever_they_stand() -> None:
    found = all_patterns()
    assert len(found) > 200
    assert {"corpora/invisible.py", "rag/evaluation/task.py"} <= {p.place.partition(":")[0] for p in found}


@pytest.mark.parametrize("source", [r"a.*?b", r"\s+x", r"(?:a|b)*c*!", r"<[^>]*>", r"\w+@"])
def test_a_careless_pattern_is_caught(source: str) -> None:
    assert next(slow_runs(Pattern("here", source, 0, frozenset({"search"}))), "")

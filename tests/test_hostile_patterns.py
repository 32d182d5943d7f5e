"""No regular expression takes long, whatever text from outside it runs on."""

import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError

from corpora.outside.path_patterns import path_spec
from corpora.source_tree.pattern_set import PatternSet
from tests import ROOT, SLOWNESS
from tests.pattern_seeds import FULL_CHARS, MAX_SECONDS, Pattern, all_patterns, slow_runs


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
    assert {"corpora/outside/invisible_elements.py", "rag/evaluation/task.py"} <= {
        p.place.partition(":")[0] for p in found
    }


@pytest.mark.parametrize("source", [r"a.*?b", r"\s+x", r"<[^>]*>", r"\w+@"])
def test_a_careless_pattern_is_caught(source: str) -> None:
    pattern = Pattern("here", source, 0, frozenset({"search"}))
    # What takes the square of the length takes a sixteenth of the seconds for a quarter of it.
    assert next(slow_runs(pattern, FULL_CHARS // 4, MAX_SECONDS / 16), "")


@settings(max_examples=150, deadline=None)
@given(
    pattern=st.lists(
        st.sampled_from(["a", "b", "*", "?", "/", "**/", "/**", "[ab]", "[!a]"]), max_size=9
    ).map("".join),
    path=st.lists(st.sampled_from(["a", "b", "ab", "ba", "aab", "c"]), min_size=1, max_size=6).map("/".join),
)
def test_a_linear_pattern_matches_what_pathspec_says(pattern: str, path: str) -> None:
    try:
        theirs = GitIgnoreSpec.from_lines([pattern])
    except GitIgnorePatternError:
        return
    if "[!a]" in pattern:  # it matches a slash there, but not for git, nor for us
        path = path.replace("/", "")
        assert path_spec([pattern]).match_file(path) == theirs.match_file(path)
        return
    assert path_spec([pattern]).match_file(path) == theirs.match_file(path)
    assert path_spec([pattern]).match_file(f"{path}/") == theirs.match_file(f"{path}/")


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 12 + "b",
        "**/" + "*a" * 12 + "b",
        "?*" * 12 + "b",
        "[ab]*" * 12 + "c",
        "a**" * 12 + "b",
        "**/a/" * 12 + "b",
        "/".join(["*a*a*"] * 12),
        "**/a*" * 12 + "/b",
        "/a/**" * 12 + "/*b*c*d*e*f",
    ],
)
def test_a_pattern_with_many_stars_is_matched_at_once(pattern: str) -> None:
    rules = PatternSet([pattern])
    spec = path_spec([pattern])
    start = time.process_time()
    for path in ("a" * 250, "a/" * 1000 + "a", ("a" * 200 + "/") * 20 + "c", "ab" * 120):
        rules.verdict(path)
        spec.match_file(path)
    assert time.process_time() - start < 1 * SLOWNESS
